//! How cases are shown: people and places masked, whole only by `:reveal`.

use std::collections::HashMap;
use std::collections::btree_map::Entry;

use serde_json::Value;

use super::allowed::allowed;
use super::case::{Case, Party, ProxyLetter};
use super::circumstances;
use super::clock;
use super::fields::{self, CaseFields, Form, PartyRole};
use super::hints::{self, RegisterHint};
use super::intake;
use super::named::{self, Names};
use super::register::{Faces, People};
use super::states::CaseStatus;
use super::status;
use super::store;
use super::types::model::CaseType;
use super::view::{ApplicantView, CaseSummary, CaseView, DueView, PartyView, PersonOfToday, ProxyView};
use crate::auth::{By, Reach, Role};
use crate::cases::CaseTypes;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::node::Node;
use crate::people::store::Registered;
use crate::people::{self, Identifier};
use crate::scheduling::Plans;

/// Who works in the office and reads cases.
const STAFF: [Role; 4] = [Role::Clerk, Role::Reviewer, Role::Chief, Role::Director];

/// Whether people are shown whole.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    Masked,
    Whole,
}

struct Shown<'a> {
    conn: &'a mut Conn,
    node: &'a Node,
    sight: Sight,
    /// One person is often party and applicant.
    known: Faces,
}

impl Sight {
    fn face(self, name: &str, number: &Identifier) -> (String, String) {
        match self {
            Self::Masked => (people::mask_name(name), number.masked()),
            Self::Whole => (name.to_owned(), number.shown()),
        }
    }
}

impl Shown<'_> {
    fn face(&mut self, id: Id) -> Result<(String, String)> {
        let (name, number) = match self.known.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(people::store::open(self.conn, &self.node.vault, id)?),
        };
        Ok(self.sight.face(name, number))
    }

    fn party(&mut self, party: &Party, today: Option<&Registered>) -> Result<PartyView> {
        let (name, national_id) = self.face(party.person_id)?;
        let given = self.known.get(&party.person_id);
        let differs = |one: &&Registered| given.is_some_and(|(name, number)| *name != one.name || *number != one.number);
        let today = today.filter(differs).map(|one| {
            let (name, national_id) = self.sight.face(&one.name, &one.number);
            PersonOfToday { name, national_id }
        });
        let birth_on = match self.sight {
            Sight::Masked => None,
            Sight::Whole => people::store::birth_on(self.conn, &self.node.vault, party.person_id)?,
        };
        Ok(PartyView { role: party.role, person_id: party.person_id, name, national_id, birth_on, today })
    }
}

/// A case with all that belongs to it; its people as it named them.
pub fn view(conn: &mut Conn, node: &Node, by: &By, case: &Case, sight: Sight) -> Result<CaseView> {
    let parties = store::parties(conn, case.id)?;
    let names = named::of(conn, node, case.id)?;
    shown(conn, node, by, case, (parties.as_slice(), names.as_ref()), sight)
}

/// A case that has been taken this moment.
pub fn view_new(conn: &mut Conn, node: &Node, by: &By, case: &Case, (people, names): (People, Names)) -> Result<CaseView> {
    shown(conn, node, by, case, (people.parties.as_slice(), Some(&names)), Sight::Masked)
}

fn shown(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    case: &Case,
    (parties, names): (&[Party], Option<&Names>),
    sight: Sight,
) -> Result<CaseView> {
    let catalogue = node.part::<CaseTypes>().at(conn)?;
    let missing_type = || Error::Internal(format!("case {} has a type that is gone", case.id));
    let case_type = catalogue.version(&case.type_code, case.type_version).ok_or_else(missing_type)?;
    let papers: Vec<String> = case.papers.read()?;
    let fields = store::open_fields(&node.vault, case)?;
    let circumstances = circumstances::of(conn, node, case, &case_type.rules, (parties, names, &fields))?;
    let notification = super::notification(conn, case, case_type)?;
    let allowed_actions = allowed(conn, node, by, case)?;
    let due_at = moving_due(conn, node, by, case, case_type)?;
    // The county and citizens see a case as it was made; whoever works in the office, whichever their reach, what is known since.
    let is_staff = STAFF.iter().any(|role| by.reach != Reach::Own && by.caller.has_role(*role));
    let today = if is_staff { named::known(conn, node, case, parties)? } else { HashMap::new() };
    let identity_differences = match (case.registered_at, names) {
        _ if !is_staff => None,
        (None, Some(names)) => Some(named::compared(conn, node, case, names, parties, &today)?),
        _ => Some(Vec::new()),
    };
    let register_hints =
        if is_staff { Some(register_hints(conn, node, by, case, (case_type.rules.form, &fields), parties)?) } else { None };
    let known = names.map_or_else(Faces::new, |names| names.faces(case, parties));
    let mut people = Shown { conn, node, sight, known };
    let parties = parties.iter().map(|p| people.party(p, today.get(&p.person_id))).collect::<Result<_>>()?;
    let (name, national_id) = people.face(case.applicant_id)?;
    let applicant = ApplicantView { person_id: case.applicant_id, name, national_id, relation: case.relation };
    let proxy = match (case.proxy_id, &case.proxy) {
        (Some(id), Some(letter)) => Some(proxy_view(&mut people, id, letter.read()?)?),
        _ => None,
    };
    Ok(CaseView {
        id: case.id,
        number: case.number.clone(),
        type_code: case.type_code.clone(),
        type_version: case.type_version,
        status: case.status,
        channel: case.channel,
        service_point: case.service_point.clone(),
        off_site: case.off_site,
        registered_area: case.registered_area.clone(),
        registered_office: case.registered_office(),
        parties,
        applicant,
        missing_papers: intake::missing(case_type.rules.papers_for(&circumstances, proxy.is_some()), &papers),
        proxy,
        event_on: case.event_on,
        received_at: case.received_at,
        accepted_at: case.accepted_at,
        due: case.due_rule.clone().zip(due_at).map(|(rule, at)| DueView { rule, at }),
        legal_due_on: case.legal_due_on,
        late: case.late,
        clerk_id: case.clerk,
        reviewer_id: case.reviewer,
        fields: if sight == Sight::Whole { fields } else { fields::masked(&fields) },
        papers,
        circumstances,
        fee_twd: case.fee_twd,
        notification,
        registered_at: case.registered_at,
        identity_differences,
        register_hints,
        allowed_actions,
        updated_at: case.updated_at,
    })
}

/// What a clerk should look at once more in a case that is not registered yet.
fn register_hints(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    case: &Case,
    (form, fields): (Form, &Value),
    parties: &[Party],
) -> Result<Vec<RegisterHint>> {
    if form != Form::Divorce || case.registered_at.is_some() {
        return Ok(Vec::new());
    }
    let Some(fields) = CaseFields::sketch(form, fields)? else { return Ok(Vec::new()) };
    let named: Vec<PartyRole> = parties.iter().map(|party| party.role).collect();
    let placed = status::placed(conn, parties)?;
    hints::of(conn, node, &status::held(case, &fields, case.event_on, placed, by.now), &named)
}

fn proxy_view(people: &mut Shown<'_>, person_id: Id, letter: ProxyLetter) -> Result<ProxyView> {
    let (name, _) = people.face(person_id)?;
    Ok(ProxyView {
        person_id,
        name,
        reason: letter.reason,
        dated_on: letter.dated_on,
        needs_approval: letter.needs_approval,
        approved_by: letter.approved_by,
        approved_at: letter.approved_at,
    })
}

/// The office's limit as of now.
fn moving_due(conn: &mut Conn, node: &Node, by: &By, case: &Case, case_type: &CaseType) -> Result<Option<Moment>> {
    if case.status != CaseStatus::AwaitingDocuments {
        return Ok(case.due_at);
    }
    let stops = store::stops(conn, case.id)?;
    let plan = node.part::<Plans>().at(conn)?;
    Ok(clock::due_at(case, &case_type.rules, &stops, &plan.calendar, by.now))
}

/// Cases for a list: the person as the case named them, whoever they are today.
pub fn summaries(conn: &mut Conn, node: &Node, cases: Vec<Case>) -> Result<Vec<CaseSummary>> {
    let ids: Vec<Id> = cases.iter().map(|case| case.id).collect();
    let named = named::first_names(conn, node, &ids)?;
    // Cases of before names were kept.
    let others: Vec<Id> = cases.iter().filter(|case| !named.contains_key(&case.id)).map(|case| case.person_id).collect();
    let known = people::store::masked_all(conn, &node.vault, &others)?;
    let name = |case: &Case| match named.get(&case.id) {
        Some(name) => people::mask_name(name),
        None => known.get(&case.person_id).map(|(name, _)| name.clone()).unwrap_or_default(),
    };
    let summary = |case: Case| CaseSummary {
        person: name(&case),
        id: case.id,
        number: case.number,
        type_code: case.type_code,
        status: case.status,
        channel: case.channel,
        service_point: case.service_point,
        received_at: case.received_at,
        due_at: case.due_at.filter(|_| case.status != CaseStatus::AwaitingDocuments),
        late: case.late,
        clerk_id: case.clerk,
        reviewer_id: case.reviewer,
        version: case.version,
    };
    Ok(cases.into_iter().map(summary).collect())
}
