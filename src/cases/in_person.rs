//! Who acts in a case in person, and on which day: whoever applies, comes for somebody, consents, has sent another, or is a witness. Both
//! orders of entry ask here: a case after somebody's death is refused (`life`), and a death before what they did tells a clerk to look who
//! came (`posthumous`).

use chrono::NaiveDate;
use diesel::prelude::*;

use super::acting;
use super::case::Case;
use super::entries::Registration;
use super::fields::CaseFields;
use super::representation::consents_as;
use super::states::CaseStatus;
use super::status::{self, Matter};
use super::store;
use super::types::model::Relation;
use crate::auth::protection::numbers_by;
use crate::clock::Moment;
use crate::db::{Conn, Id, in_parts};
use crate::error::Result;
use crate::node::Node;
use crate::people::store::Named;
use crate::people::{in_person, joins, numbers};
use crate::schema::{case_parties, cases};

/// As what somebody acts in a case; parties and witnesses by their place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Applies,
    Comes,
    Consents(usize),
    /// Has given the letter by which another applies.
    Sends(usize),
}

/// Those who act in an application on the day on which it is taken, as far as the register knows them: all but its witnesses.
pub fn actors(matter: &Matter<'_>) -> Vec<(Part, Id)> {
    let applies = matter.applicant.map(|person| (Part::Applies, person));
    let comes = matter.proxy.map(|person| (Part::Comes, person));
    let (about, is_proxy) = (matter.about(), matter.relation == Some(Relation::Proxy));
    let others = matter.parties.iter().filter(|(_, _, person)| matter.applicant != Some(*person));
    let others = others.filter_map(|(index, role, person)| match consents_as(matter.type_code, *role) {
        Some(_) => Some((Part::Consents(*index), *person)),
        None => (is_proxy && *index == about).then_some((Part::Sends(*index), *person)),
    });
    applies.into_iter().chain(comes).chain(others).collect()
}

/// The witnesses of a marriage or its end whom the register knows, by their place, and the day that they testify to. A marriage that
/// stood without its registration was not made before them (民法 §982 of before 2008).
pub fn witnesses(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<(NaiveDate, Vec<(usize, Id)>)> {
    let day = matter.event_on.unwrap_or(matter.acts_on);
    let named = match matter.fields {
        CaseFields::Marriage(marriage) if !marriage.stands_by_itself(matter.event_on) => marriage.witnesses.as_slice(),
        CaseFields::Divorce(divorce) => divorce.witnesses.as_slice(),
        _ => &[],
    };
    let mut known = Vec::new();
    for (index, witness) in named.iter().enumerate().filter(|_| matter.relation.is_some()) {
        let number = witness.national_id.clone().into();
        let named = Named { name: witness.name.as_str(), number: &number, birth_on: None };
        known.extend(numbers::known(conn, &node.vault, named)?.map(|person| (index, person.id)));
    }
    Ok((day, known))
}

/// Types that have witnesses.
const WITNESSED: [&str; 3] = ["DIVORCE_AGREED", "MARRIAGE", "MARRIAGE_END_748"];

/// Whether somebody did anything in person after a day, in another case than this or beside the cases.
pub fn acted_after(conn: &mut Conn, node: &Node, (human, day): (Id, NaiveDate), but: Option<Id>) -> Result<bool> {
    if in_person::acted_after(conn, human, day)? {
        return Ok(true);
    }
    let records = joins::records(conn, human)?;
    for case in candidates(conn, node, (&records, day), but)? {
        let one = Registration::opened(conn, &node.vault, case)?;
        let parties = store::parties(conn, one.case.id)?;
        let held = status::held(&one.case, &one.fields, one.case.event_on, status::placed(conn, &parties)?, one.case.received_at);
        let matter = acting::as_taken(conn, &one.case, held, one.case.received_at)?;
        let acts = matter.acts_on > day && actors(&matter).iter().any(|(_, person)| records.contains(person));
        let (on, known) = witnesses(conn, node, &matter)?;
        if acts || on > day && known.iter().any(|(_, person)| records.contains(person)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The cases in which somebody may have acted after a day: those that name them, for which they applied or came, and those since then that
/// have a witness of their number. A draft nobody has brought, and what was revoked was a mistake.
fn candidates(conn: &mut Conn, node: &Node, (records, day): (&[Id], NaiveDate), but: Option<Id>) -> Result<Vec<Case>> {
    let since = Id::first(Moment::end_of(day));
    let mut ids: Vec<Id> =
        case_parties::table.filter(case_parties::person_id.eq_any(records.to_vec())).select(case_parties::case_id).load(conn)?;
    ids.extend(cases::table.filter(cases::applicant_id.eq_any(records.to_vec())).select(cases::id).load::<Id>(conn)?);
    let texts: Vec<String> = records.iter().map(Id::to_string).collect();
    let brought = cases::table.filter(cases::id.ge(since)).filter(cases::proxy_id.assume_not_null().eq_any(texts));
    ids.extend(brought.select(cases::id).load::<Id>(conn)?);
    ids.sort_unstable();
    ids.dedup();
    let mut found: Vec<Case> = in_parts(&ids, |part| {
        let theirs = cases::table.filter(cases::id.eq_any(part.to_vec())).filter(cases::accepted_at.ge(Moment::end_of(day)));
        Ok(theirs.select(Case::as_select()).load(conn)?)
    })?;
    let witnessed = cases::table.filter(cases::type_code.eq_any(WITNESSED)).filter(cases::id.ge(since));
    let witnessed: Vec<Case> = witnessed.filter(cases::accepted_at.is_not_null()).select(Case::as_select()).load(conn)?;
    let own = numbers_by(conn, records)?;
    for case in witnessed.into_iter().filter(|case| !ids.contains(&case.id)) {
        let named = store::named_in(&node.vault, &store::open_fields(&node.vault, &case)?);
        found.extend(named.iter().any(|number| own.contains(number)).then_some(case));
    }
    found.retain(|case| Some(case.id) != but && ![CaseStatus::Draft, CaseStatus::Revoked].contains(&case.status));
    Ok(found)
}
