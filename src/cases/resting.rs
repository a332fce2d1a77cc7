//! What rests on an entry: later entries of the same people that presuppose it. While they stand it is not revoked, nor corrected
//! to a later day or to other people than they are of: they are corrected or revoked first.

use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::json;

use super::case::Case;
use super::chain;
use super::entries::{self, OF_PARENTAGE, Registration};
use super::fields::{CaseFields, Findings, Form, NameReason, PartyRole, RelationEvent};
use super::guarded;
use super::life;
use super::marriages;
use super::nationals;
use super::parents::Parents;
use super::place::Place;
use super::reinstatements;
use super::relations;
use super::states::CaseStatus;
use super::status::{Matter, Placed, Status, placed};
use super::store;
use super::wedlock;
use crate::db::{Conn, Id};
use crate::domain::case_path;
use crate::error::{Code, Problem, Result};
use crate::node::Node;
use crate::people::facts::{Fact, FactKind, Rank, Turn};
use crate::people::holding::CARE;
use crate::people::joins;
use crate::schema::{cases, seals};

/// An entry that presupposes another.
#[derive(Clone, Debug)]
pub struct Resting {
    /// The case that registered it: `cases/{id}`.
    source: String,
    /// Those of whom the other one has to be.
    people: Vec<Id>,
    /// The day until which that has to have come about; none where another rule looks at the days.
    until: Option<NaiveDate>,
    law: &'static str,
}

/// The entry on which others rest.
struct Ground<'a> {
    case: &'a Case,
    source: String,
    parties: Vec<Placed>,
    today: NaiveDate,
}

impl Ground<'_> {
    fn with(&self, role: PartyRole) -> Vec<Id> {
        self.parties.iter().filter(|(_, one, _)| *one == role).map(|(_, _, person)| *person).collect()
    }
}

/// What rests on a case as it stands in the register.
fn on(conn: &mut Conn, node: &Node, case: &Case, today: NaiveDate) -> Result<Vec<Resting>> {
    let parties = store::parties(conn, case.id)?;
    let ground = Ground { case, source: case_path(case.id), parties: placed(conn, &parties)?, today };
    let mut found = match (Form::of_type(&case.type_code), case.type_code.as_str()) {
        (Form::Birth, _) => on_birth(conn, node, &ground)?,
        (Form::Marriage, _) => on_marriage(conn, node, &ground)?,
        (Form::Divorce, _) => on_divorce(conn, node, &ground)?,
        (Form::Seal, _) => on_seal(conn, &ground)?,
        (Form::Nationality, _) => on_nationality(conn, node, &ground)?,
        (Form::Death, _) => on_death(conn, node, &ground)?,
        (_, "ADOPTION") => on_adoption(conn, node, &ground)?,
        (_, "ADOPTION_END") => on_adoption_end(conn, node, &ground)?,
        (_, "INITIAL") => on_initial(conn, node, &ground)?,
        (_, "ASSISTANCE" | "GUARDIANSHIP" | "PARENTAL_RIGHTS") => on_ruling(conn, node, &ground)?,
        _ => Vec::new(),
    };
    found.extend(on_parentage(conn, node, &ground)?);
    Ok(found)
}

/// What is registered of a human of some kinds and stands.
fn registered(conn: &mut Conn, node: &Node, human: Id, kinds: &[FactKind]) -> Result<Vec<Fact>> {
    let mut all = joins::standing(conn, &node.vault, human, kinds)?;
    all.retain(|fact| fact.rank == Rank::Registered);
    Ok(all)
}

/// The place of a fact among others: by its day, and of one day by what was registered first.
fn place(fact: &Fact) -> Turn {
    fact.turn()
}

/// Of the ends of relations to others, those that end what a source has let begin, and nothing that another has.
fn ends_of<'f>(begun: &'f [Fact], ends: &'f [Fact], source: &str) -> Vec<&'f Fact> {
    let is_owned = |end: &&Fact| {
        let before = |fact: &&Fact| fact.other_id == end.other_id && place(fact) < place(end);
        let is_own = begun.iter().filter(before).max_by_key(|fact| place(fact)).is_some_and(|fact| fact.source == source);
        let has_ended = |fact: &Fact| {
            ends.iter().any(|one| one.other_id == end.other_id && place(fact) < place(one) && place(one) < place(end))
        };
        is_own && !begun.iter().filter(before).any(|fact| fact.source != source && !has_ended(fact))
    };
    ends.iter().filter(|end| end.source != source).filter(is_owned).collect()
}

/// The ends of the marriage that a case has registered, entered by other cases; not those by a later marriage.
pub fn ends_of_marriage(conn: &mut Conn, node: &Node, case: &Case) -> Result<Vec<(String, Option<NaiveDate>)>> {
    let (parties, source) = (store::parties(conn, case.id)?, case_path(case.id));
    let mut found = Vec::new();
    for (_, _, spouse) in placed(conn, &parties)?.into_iter().filter(|(_, role, _)| *role == PartyRole::Spouse) {
        let begun = registered(conn, node, spouse, &[FactKind::Marriage])?;
        let mut ends = registered(conn, node, spouse, &[FactKind::MarriageEnd])?;
        ends.retain(|end| end.value.is_null());
        found.extend(ends_of(&begun, &ends, &source).into_iter().map(|end| (end.source.clone(), end.valid_from)));
    }
    Ok(found)
}

fn on_marriage(conn: &mut Conn, node: &Node, ground: &Ground<'_>) -> Result<Vec<Resting>> {
    let spouses = ground.with(PartyRole::Spouse);
    let resting = |source: String, until, law| Resting { source, people: spouses.clone(), until, law };
    let ends = ends_of_marriage(conn, node, ground.case)?.into_iter();
    let mut found: Vec<Resting> = ends.map(|(source, day)| resting(source, day, "民法 §1049、§1052")).collect();
    for spouse in &spouses {
        let begun = registered(conn, node, *spouse, &[FactKind::Marriage])?;
        for one in entries::naming(conn, node, *spouse, Some(ground.case.id))? {
            let (day, source) = (one.day(), one.source());
            match one.case.type_code.as_str() {
                "NAME_SPOUSE" if last_before(conn, &begun, &one)? == Some(ground.source.as_str()) => {
                    found.push(resting(source, Some(day), "民法 §1000"));
                }
                "ADOPTION" if is_of_spouses(conn, node, ground, &one)? => {
                    found.push(resting(source, Some(day), "民法 §1074"));
                }
                _ => {}
            }
        }
    }
    let &[one, other] = spouses.as_slice() else { return Ok(found) };
    for birth in wedlock::births_of(conn, node, (one, other))? {
        let is_theirs = wedlock::is_husbands(conn, node, &birth, None)?;
        if is_theirs && !wedlock::is_husbands(conn, node, &birth, Some(ground.case.id))? {
            // Whoever marries after the birth is the father from then on (民法 §1064), and was when it was registered.
            found.push(resting(birth.source(), Some(birth.case.received_at.date()), "民法 §1061、§1063"));
        }
    }
    Ok(found)
}

/// The last of what was entered that came before an entry.
fn last_before<'f>(conn: &mut Conn, begun: &'f [Fact], entry: &Registration) -> Result<Option<&'f str>> {
    let own = Place::of(conn, Some(entry.case.id), entry.day())?;
    let mut before = Vec::new();
    for fact in begun {
        if let Some(from) = fact.valid_from
            && own.is_after(conn, from, &fact.source)?
        {
            before.push(fact);
        }
    }
    Ok(before.into_iter().max_by_key(|fact| place(fact)).map(|fact| fact.source.as_str()))
}

/// Who exercises the rights of a parent by the agreement of two who are divorced by an entry alone, and the adoption of the one by the
/// other.
fn on_divorce(conn: &mut Conn, node: &Node, ground: &Ground<'_>) -> Result<Vec<Resting>> {
    let spouses = ground.with(PartyRole::Spouse);
    let Some(spouse) = spouses.first() else { return Ok(Vec::new()) };
    let own = registered(conn, node, *spouse, &[FactKind::MarriageEnd])?;
    let is_own = |end: &&Fact| end.source == ground.source;
    let Some(parted_on) = own.iter().find(is_own).and_then(|end| end.valid_from) else { return Ok(Vec::new()) };
    let Some(other) = own.iter().find(is_own).and_then(|end| end.other_id) else { return Ok(Vec::new()) };
    let mut found = adopted_since(conn, node, ground, (*spouse, other))?;
    if own.iter().any(|end| !is_own(&end) && end.other_id == Some(other)) {
        return Ok(found);
    }
    for child in joins::naming(conn, *spouse, &[FactKind::Parent])? {
        let parents = registered(conn, node, child, &[FactKind::Parent])?;
        let is_theirs = |spouse: Id| parents.iter().any(|fact| fact.other_id == Some(spouse));
        if !is_theirs(*spouse) || !is_theirs(other) {
            continue;
        }
        let rights = entries::of_human(conn, &node.vault, child, |case| case.type_code == "PARENTAL_RIGHTS")?;
        let is_agreed = |one: &&Registration| match &one.fields {
            CaseFields::Common(common) => !common.ends() && !common.is_ruled() && one.day() >= parted_on,
            _ => false,
        };
        found.extend(rights.iter().filter(is_agreed).map(|one| Resting {
            source: one.source(),
            people: vec![*spouse, other],
            until: Some(one.day()),
            law: "民法 §1055",
        }));
    }
    Ok(found)
}

/// The adoptions of one of two by the other, who would be married to each other but for an entry (民法 §983, §1073-1).
fn adopted_since(conn: &mut Conn, node: &Node, ground: &Ground<'_>, (one, other): (Id, Id)) -> Result<Vec<Resting>> {
    let mut found = Vec::new();
    for (adopter, child) in [(one, other), (other, one)] {
        let status = Status::of(conn, node, child, None)?;
        for adoption in relations::adoptions(&status).into_iter().filter(|adoption| adoption.by == adopter) {
            let (pair, day) = ((adopter, child), adoption.span.from);
            let is_barred = marriages::are_married_from(conn, node, pair, day, Some(ground.case.id))?;
            if is_barred && !marriages::are_married_from(conn, node, pair, day, None)? {
                let people = vec![one, other];
                found.push(Resting { source: adoption.source, people, until: Some(day), law: "民法 §983、§1073-1" });
            }
        }
    }
    Ok(found)
}

/// Whether the spouses of a marriage adopt together, or the one the child of the other, by that marriage alone.
fn is_of_spouses(conn: &mut Conn, node: &Node, ground: &Ground<'_>, adoption: &Registration) -> Result<bool> {
    let [one, other] = ground.with(PartyRole::Spouse)[..] else { return Ok(false) };
    let mut adopt = [false, false];
    for (adopts, spouse) in adopt.iter_mut().zip([one, other]) {
        *adopts = adoption.roles(&joins::records(conn, spouse)?).contains(&PartyRole::Adopter);
    }
    let is_stepchild = matches!(&adoption.fields, CaseFields::Adoption(fields) if fields.adopts_spouses_child);
    if adopt != [true, true] && !is_stepchild {
        return Ok(false);
    }
    let own = Place::of(conn, Some(adoption.case.id), adoption.day())?;
    Ok(marriages::are_married_at(conn, node, (one, other), &own, None)?
        && !marriages::are_married_at(conn, node, (one, other), &own, Some(ground.case.id))?)
}

fn on_adoption(conn: &mut Conn, node: &Node, ground: &Ground<'_>) -> Result<Vec<Resting>> {
    let adopters = ground.with(PartyRole::Adopter);
    let mut found = Vec::new();
    for child in ground.with(PartyRole::Adoptee) {
        let mut begun = registered(conn, node, child, &[FactKind::Parent])?;
        begun.retain(|fact| fact.value == json!(PartyRole::Adopter));
        let ends = registered(conn, node, child, &[FactKind::ParentEnd])?;
        for end in ends_of(&begun, &ends, &ground.source) {
            let by = adopters.iter().copied().filter(|by| end.other_id == Some(*by));
            let people = by.chain([child]).collect();
            found.push(Resting { source: end.source.clone(), people, until: end.valid_from, law: "民法 §1080" });
        }
        found.extend(guardians_on(conn, node, ground, child)?);
    }
    Ok(found)
}

/// The guardian of a child for its age who stands in the place of parents, of whom one would live without the entry, or be one; or whom
/// the entry hides (民法 §1091).
fn guardians_on(conn: &mut Conn, node: &Node, ground: &Ground<'_>, child: Id) -> Result<Vec<Resting>> {
    let found = guarded::resting(conn, node, ground.case, (child, ground.today))?.into_iter();
    let mut made = registered(conn, node, child, &[FactKind::Parent, FactKind::ParentEnd])?.into_iter();
    let own = made.find(|fact| fact.source == ground.source).and_then(|fact| fact.valid_from);
    // One of before an adoption does not rest on its day.
    let until = |day: NaiveDate| Some(day).filter(|day| own.is_none_or(|own| own <= *day));
    let resting = |(source, day)| Resting { source, people: vec![child], until: until(day), law: guarded::LAW };
    Ok(found.map(resting).collect())
}

/// The guardians of a child in whose place a ruling has come, or whom it has ended: without it they would be so again. A later day of it
/// keeps them as they are.
fn hidden_by(conn: &mut Conn, node: &Node, ground: &Ground<'_>, child: Id) -> Result<Vec<Resting>> {
    Ok(guardians_on(conn, node, ground, child)?.into_iter().map(|one| Resting { until: None, ..one }).collect())
}

fn on_death(conn: &mut Conn, node: &Node, ground: &Ground<'_>) -> Result<Vec<Resting>> {
    let mut found = Vec::new();
    for parent in ground.with(PartyRole::Deceased) {
        for child in joins::naming(conn, parent, &[FactKind::Parent])? {
            let guardians = guardians_on(conn, node, ground, child)?.into_iter();
            found.extend(guardians.map(|one| Resting { people: vec![parent], ..one }));
        }
    }
    Ok(found)
}

/// The guardian of whoever was adopted, and the rights of a natural parent, which rest while an adoption stands (民法 §1077).
fn on_adoption_end(conn: &mut Conn, node: &Node, ground: &Ground<'_>) -> Result<Vec<Resting>> {
    let mut found = Vec::new();
    for child in ground.with(PartyRole::Adoptee) {
        found.extend(guardians_on(conn, node, ground, child)?);
        let without = Status::of(conn, node, child, Some(ground.case.id))?;
        let status = Status::of(conn, node, child, None)?;
        for rights in registered(conn, node, child, &[FactKind::Custody])? {
            let Some((holder, day)) = rights.other_id.zip(rights.valid_from) else { continue };
            let rest = Parents::of(conn, node, &without, (day, Some(ground.case.id)))?.rest_of(holder);
            if rest && !Parents::of(conn, node, &status, (day, None))?.rest_of(holder) {
                found.push(Resting { source: rights.source, people: vec![child], until: Some(day), law: "民法 §1077" });
            }
        }
    }
    Ok(found)
}

/// What rests on whose child somebody is by a case: who exercises the rights of a parent, and a name that was taken because of it.
fn on_parentage(conn: &mut Conn, node: &Node, ground: &Ground<'_>) -> Result<Vec<Resting>> {
    let mut found = Vec::new();
    let is_birth = Form::of_type(&ground.case.type_code) == Form::Birth;
    if !is_birth && !OF_PARENTAGE.contains(&ground.case.type_code.as_str()) {
        return Ok(found);
    }
    for child in [ground.with(PartyRole::Subject), ground.with(PartyRole::Adoptee)].concat() {
        let parents = registered(conn, node, child, &[FactKind::Parent])?;
        let (own, others): (Vec<&Fact>, Vec<&Fact>) = parents.iter().partition(|fact| fact.source == ground.source);
        for rights in registered(conn, node, child, &[FactKind::Custody])? {
            let is_holder = |fact: &&&Fact| fact.other_id.is_some() && fact.other_id == rights.other_id;
            let Some(parent) = own.iter().find(is_holder).and_then(|fact| fact.other_id) else { continue };
            if !others.iter().any(|fact| is_holder(&fact)) {
                found.push(Resting { source: rights.source, people: vec![child, parent], until: None, law: "民法 §1089" });
            }
        }
        if is_birth {
            continue;
        }
        let all = entries::naming(conn, node, child, Some(ground.case.id))?;
        let gives_another = |one: &Registration| matches!(&one.fields, CaseFields::Name(names) if names.reason == NameReason::AdoptionOrParentage);
        for name in all.iter().filter(|one| gives_another(one) && one.case.registered_at >= ground.case.registered_at) {
            if is_taken_for(ground, name, &all) {
                let (source, until) = (name.source(), Some(name.day()));
                found.push(Resting { source, people: vec![child], until, law: "姓名條例 §8" });
            }
        }
    }
    Ok(found)
}

/// Whether a name was taken because of an entry: the last one before it that says whose child somebody is, unless the one before
/// that says the same.
fn is_taken_for(ground: &Ground<'_>, name: &Registration, all: &[Registration]) -> bool {
    let place = |case: &Case| (case.registered_at, case.id);
    let parents = [PartyRole::Adopter, PartyRole::Father, PartyRole::Mother];
    let mut before: Vec<&Registration> = all.iter().filter(|one| OF_PARENTAGE.contains(&one.case.type_code.as_str())).collect();
    before.retain(|one| one.case.registered_at <= name.case.registered_at);
    let last = before.into_iter().max_by_key(|one| place(&one.case));
    !last.is_some_and(|last| {
        let mut named = parents.into_iter().flat_map(|role| last.with(role));
        let says_same = last.case.type_code == ground.case.type_code
            && named.any(|one| parents.into_iter().any(|role| ground.with(role).contains(&one)));
        says_same || place(&last.case) > place(ground.case)
    })
}

/// The ends of guardianships, assistances and rights of a parent that a ruling has given, and what takes the place of it.
fn on_ruling(conn: &mut Conn, node: &Node, ground: &Ground<'_>) -> Result<Vec<Resting>> {
    let (kind, kinds, law): (FactKind, &[FactKind], &str) = match ground.case.type_code.as_str() {
        "GUARDIANSHIP" => (FactKind::Guardianship, &CARE, "民法 §14"),
        "ASSISTANCE" => (FactKind::Assistance, &CARE, "民法 §15-1"),
        _ => (FactKind::Custody, &[FactKind::Custody], "民法 §1055"),
    };
    let mut found = Vec::new();
    for ward in ground.with(PartyRole::Subject) {
        let all = registered(conn, node, ward, kinds)?;
        let changes = entries::of_human(conn, &node.vault, ward, |case| case.type_code == ground.case.type_code)?;
        let changes: Vec<String> = changes.iter().filter(|one| is_change(one)).map(Registration::source).collect();
        let presupposes = |fact: &&Fact| {
            let is_another = fact.kind == kind && fact.source != ground.source;
            is_another && (fact.other_id.is_none() || changes.contains(&fact.source))
        };
        for end in all.iter().filter(presupposes) {
            let ends_what = |but: Option<&str>| {
                let before = all.iter().filter(|fact| place(fact) < place(end) && Some(fact.source.as_str()) != but);
                before.max_by_key(|fact| place(fact)).filter(|fact| fact.kind == kind && fact.other_id.is_some())
            };
            let is_own = ends_what(None).is_some_and(|fact| fact.source == ground.source);
            if is_own && ends_what(Some(&ground.source)).is_none() {
                found.push(Resting { source: end.source.clone(), people: vec![ward], until: end.valid_from, law });
            }
        }
        found.extend(hidden_by(conn, node, ground, ward)?);
    }
    Ok(found)
}

/// Whether others take the place of those of before by an entry.
fn is_change(one: &Registration) -> bool {
    matches!(&one.fields, CaseFields::Common(common) if common.event == Some(RelationEvent::Changed))
}

/// All that is registered of whoever a birth has entered, and their cards. Their seal ends and comes back with it.
fn on_birth(conn: &mut Conn, node: &Node, ground: &Ground<'_>) -> Result<Vec<Resting>> {
    let Some(child) = reinstatements::child(conn, node, ground.case)? else { return Ok(Vec::new()) };
    let child = joins::last(conn, child)?;
    let mut all = entries::naming(conn, node, child, Some(ground.case.id))?;
    all.retain(|one| entries::presupposes_birth(&one.case.type_code));
    let resting = all.iter().map(|one| {
        // Of a death that rule tells which looks at it; and one is acknowledged before one is born.
        let is_dated = Form::of_type(&one.case.type_code) != Form::Death && one.case.type_code != "PARENTAGE";
        Resting { source: one.source(), people: vec![child], until: is_dated.then(|| one.day()), law: "民法 §6" }
    });
    Ok(resting.collect())
}

/// The next entry on somebody's nationality, and of whom the nationality was given all that is for nationals until it was lost.
fn on_nationality(conn: &mut Conn, node: &Node, ground: &Ground<'_>) -> Result<Vec<Resting>> {
    let Some(made) = nationals::nationality(&ground.case.type_code) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for person in ground.with(PartyRole::Subject) {
        let all = registered(conn, node, person, &[FactKind::Nationality])?;
        let Some(own) = all.iter().find(|fact| fact.source == ground.source) else { continue };
        let law = nationals::law(&ground.case.type_code).unwrap_or_default();
        let next = all.iter().filter(|fact| place(fact) > place(own)).min_by_key(|fact| place(fact));
        // Whoever had the nationality by another entry lost it by whichever of the two.
        let before = all.iter().filter(|fact| place(fact) < place(own)).max_by_key(|fact| place(fact));
        let stands_without = |next: &&Fact| before.is_some_and(|before| before.value != next.value);
        let resting = |source, until| Resting { source, people: vec![person], until, law };
        found.extend(next.filter(|next| !stands_without(next)).map(|next| resting(next.source.clone(), next.valid_from)));
        if made == nationals::LOST {
            continue;
        }
        let until = next.and_then(|next| next.valid_from);
        let records = joins::records(conn, person)?;
        let mut later = entries::naming(conn, node, person, Some(ground.case.id))?;
        later.retain(|one| {
            let is_for_nationals =
                |role| one.case.type_code == "INITIAL" || nationals::must_be_national(&one.case.type_code, role);
            let is_since = one.case.registered_at >= ground.case.registered_at && until.is_none_or(|until| one.day() < until);
            let is_another = Form::of_type(&one.case.type_code) != Form::Nationality;
            is_another && is_since && one.is_of_status() && one.roles(&records).into_iter().any(is_for_nationals)
        });
        found.extend(later.iter().map(|one| resting(one.source(), None)));
    }
    Ok(found)
}

/// What is for nationals with a household registration, of whoever has had one since.
fn on_initial(conn: &mut Conn, node: &Node, ground: &Ground<'_>) -> Result<Vec<Resting>> {
    let mut found = Vec::new();
    for person in ground.with(PartyRole::Subject) {
        let records = joins::records(conn, person)?;
        let mut all = entries::naming(conn, node, person, Some(ground.case.id))?;
        all.retain(|one| {
            let is_for_nationals = |role| nationals::must_be_national(&one.case.type_code, role);
            let is_later = one.case.registered_at >= ground.case.registered_at;
            is_later && one.is_of_status() && one.roles(&records).into_iter().any(is_for_nationals)
        });
        let resting =
            |one: Registration| Resting { source: one.source(), people: vec![person], until: None, law: "戶籍法 §15" };
        found.extend(all.into_iter().map(resting));
    }
    Ok(found)
}

/// What changed or cancelled the seal of a case.
fn on_seal(conn: &mut Conn, ground: &Ground<'_>) -> Result<Vec<Resting>> {
    let own = seals::table.filter(seals::case_id.eq(ground.case.id)).filter(seals::ended_by.is_not_null());
    let own = own.filter(seals::ended_by.assume_not_null().ne(ground.case.id.to_string()));
    let by: Vec<String> = own.select(seals::ended_by.assume_not_null()).load(conn)?;
    let standing = cases::table
        .filter(cases::id.eq_any(by))
        .filter(cases::type_code.like("SEAL%"))
        .filter(cases::status.eq_any([CaseStatus::Registered, CaseStatus::Corrected]));
    let ids: Vec<Id> = standing.order(cases::id).select(cases::id).load(conn)?;
    let people = ground.with(PartyRole::Subject);
    let resting = |id| Resting { source: case_path(id), people: people.clone(), until: None, law: "印鑑登記辦法 §2" };
    Ok(ids.into_iter().map(resting).collect())
}

/// Each of those that rest once, with the article, and the case as staff find it.
fn told(conn: &mut Conn, resting: &[Resting]) -> Result<Vec<(&'static str, String)>> {
    let mut seen = HashSet::new();
    let once: Vec<&Resting> = resting.iter().filter(|one| seen.insert(one.source.as_str())).collect();
    let sources: Vec<String> = once.iter().map(|one| one.source.clone()).collect();
    Ok(once.into_iter().map(|one| one.law).zip(entries::told(conn, &sources)?).collect())
}

/// Refuses to revoke an entry on which others rest, and names them.
pub fn require_none(conn: &mut Conn, node: &Node, case: &Case, today: NaiveDate) -> Result<()> {
    let mut resting = on(conn, node, case, today)?;
    let moves = chain::resting(conn, node, case)?.into_iter();
    resting.extend(moves.map(|(source, one)| Resting { source, people: vec![one], until: None, law: "戶籍法 §16–18" }));
    if resting.is_empty() {
        return Ok(());
    }
    let mut findings = Findings::default();
    for (law, entry) in told(conn, &resting)? {
        let presupposes = || {
            (
                format!("此登記以本登記為前提，請先撤銷：{entry}"),
                format!("this entry presupposes the one to revoke: revoke it first: {entry}"),
            )
        };
        let (zh, en) = if law == guarded::LAW { guarded::returns(&entry) } else { presupposes() };
        findings.add("/status", "later_entry", law, &zh, &en);
    }
    let problem = Problem::new(Code::CONFLICT).detail(
        "尚有以本登記為前提之其他登記；請先依 errors 所列，撤銷各該登記",
        "other entries presuppose this one: revoke those first, which `errors` lists",
    );
    Err(Problem { errors: findings.0, ..problem }.into())
}

/// Refuses to correct an entry away under others that rest on it: to other people, or to a day after theirs.
pub fn check(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let Some(id) = matter.of.filter(|_| !matter.is_new) else { return Ok(()) };
    let case = entries::case(conn, id)?;
    if !matches!(case.status, CaseStatus::Registered | CaseStatus::Corrected) {
        return Ok(());
    }
    let resting = on(conn, node, &case, matter.acts_on)?;
    let day = match matter.fields {
        CaseFields::Birth(_) => matter.event_on.unwrap_or_else(|| matter.day()),
        CaseFields::Death(death) => life::last_day(matter, death),
        _ => matter.day(),
    };
    let is_of = |person: &Id| matter.parties.iter().any(|(_, _, one)| one == person);
    let (of_them, of_others): (Vec<Resting>, Vec<Resting>) = resting.into_iter().partition(|one| one.people.iter().all(is_of));
    for (law, entry) in told(conn, &of_others)? {
        let (zh, en) = (
            format!("此登記以本登記及其當事人為前提，請先更正或撤銷：{entry}"),
            format!("this entry presupposes the one to correct, and its people: correct or revoke it first: {entry}"),
        );
        findings.add("/parties", "later_entry", law, &zh, &en);
    }
    let later: Vec<Resting> = of_them.into_iter().filter(|one| one.until.is_some_and(|until| until < day)).collect();
    for (law, entry) in told(conn, &later)? {
        let (zh, en) = (
            format!("此登記以本登記為前提，且在更正後之日期以前，請核對日期，或先更正或撤銷：{entry}"),
            format!(
                "this entry presupposes the one to correct, and is of before the new day: look at the day, or correct or revoke it first: {entry}"
            ),
        );
        findings.add(marriages::day_pointer(matter.fields), "later_entry", law, &zh, &en);
    }
    Ok(())
}
