//! What certificates of entries say, of marriages and their ends, changes of name, moves, seals, and whether the register holds it.

use diesel::prelude::*;

use super::fields::{Findings, Form, PartyRole};
use super::states::CaseStatus;
use super::status::Matter;
use super::{entries, marriage_forms, residence, seals};
use crate::db::{Conn, Id};
use crate::error::{Code, Problem, Result};
use crate::node::Node;
use crate::people::facts::{self, Fact, FactKind, Rank};
use crate::people::joins;
use crate::schema::{case_parties, cases};

/// Of a divorce (民法 §1049, §1052).
const DIVORCE: &str = "CERT_DIVORCE";
/// Of the end of a marriage of two of one sex (司法院釋字第七四八號解釋施行法).
const END_748: &str = "CERT_MARRIAGE_END";

/// Of which entries a record is: of which forms, and in which parts they name its person.
const RECORDS: [(&str, &[Form], &[PartyRole]); 3] = [
    ("CERT_MARRIAGE_RECORD", &[Form::Marriage, Form::Divorce], &[PartyRole::Spouse]),
    ("CERT_MOVE_RECORD", &[Form::MoveIn, Form::MoveOut, Form::MoveWithin], &[PartyRole::Subject, PartyRole::Member]),
    ("CERT_NAME_RECORD", &[Form::Name], &[PartyRole::Subject]),
];

/// Whether a kind of certificate is a record of such entries as a case of a type makes of somebody in a role.
pub fn is_recorded(kind: &str, type_code: &str, role: PartyRole) -> bool {
    let form = Form::of_type(type_code);
    RECORDS.iter().any(|(one, forms, roles)| *one == kind && forms.contains(&form) && roles.contains(&role))
}

/// Whether any of the entries of which a record is stands; `None` where there has never been one of somebody.
fn stands_in_record(conn: &mut Conn, node: &Node, (forms, roles): (&[Form], &[PartyRole]), person: Id) -> Result<Option<bool>> {
    let records = joins::records(conn, person)?;
    let parties = case_parties::table.filter(case_parties::person_id.eq_any(records.iter().copied()));
    let parties: Vec<(Id, PartyRole)> = parties.select((case_parties::case_id, case_parties::role)).load(conn)?;
    let own: Vec<Id> = parties.into_iter().filter(|(_, role)| roles.contains(role)).map(|(case, _)| case).collect();
    let mut ever = own.clone();
    // An entry that named somebody by mistake has left what was struck of them.
    for record in records {
        let all = facts::all(conn, &node.vault, record)?.into_iter();
        let struck = all.filter(|fact| fact.rank == Rank::Registered && fact.struck.is_some());
        ever.extend(struck.filter_map(|fact| entries::case_of(&fact.source)));
    }
    let entered = cases::table.filter(cases::id.eq_any(ever)).filter(cases::registered_at.is_not_null());
    let mut entered: Vec<(Id, String, CaseStatus)> = entered.select((cases::id, cases::type_code, cases::status)).load(conn)?;
    entered.retain(|(_, type_code, _)| forms.contains(&Form::of_type(type_code)));
    let stands = |(id, _, status): &(Id, String, CaseStatus)| own.contains(id) && *status != CaseStatus::Revoked;
    Ok((!entered.is_empty()).then(|| entered.iter().any(stands)))
}

/// Which kind of certificate certifies the end of a marriage; none the end by a later marriage (民法 §988-1), which nobody has
/// registered as one.
fn certified_by(conn: &mut Conn, node: &Node, end: &Fact) -> Result<Option<&'static str>> {
    let Some(id) = entries::case_of(&end.source) else { return Ok(None) };
    let case = entries::case(conn, id)?;
    if Form::of_type(&case.type_code) != Form::Divorce {
        return Ok(None);
    }
    let is_748 = match (case.type_code.as_str(), end.other_id) {
        ("MARRIAGE_END_748", _) => true,
        // A court ends either.
        ("DIVORCE_COURT", Some(other)) => marriage_forms::are_of_one_sex(conn, node, (end.person_id, other))? == Some(true),
        _ => false,
    };
    Ok(Some(if is_748 { END_748 } else { DIVORCE }))
}

/// Whether the register holds what a kind of certificate says of somebody; `None` where it knows nothing of the kind at all, as of
/// entries of before it was kept: then the paper that is shown tells.
fn holds(conn: &mut Conn, node: &Node, kind: &str, person: Id) -> Result<Option<bool>> {
    if kind == "SEAL_CERT" {
        return seals::has_seal(conn, person).map(Some);
    }
    if let Some(&(_, forms, roles)) = RECORDS.iter().find(|(one, ..)| *one == kind) {
        return stands_in_record(conn, node, (forms, roles), person);
    }
    if !is_of_marriages(kind) {
        return Ok(Some(true));
    }
    let mut known = Vec::new();
    for record in joins::records(conn, person)? {
        known.extend(facts::all(conn, &node.vault, record)?);
    }
    known.retain(|fact| fact.rank == Rank::Registered && matches!(fact.kind, FactKind::Marriage | FactKind::MarriageEnd));
    for fact in known.iter().filter(|fact| fact.struck.is_none()) {
        let is_held = match fact.kind {
            FactKind::Marriage => kind == "CERT_MARRIAGE",
            _ => certified_by(conn, node, fact)? == Some(kind),
        };
        if is_held {
            return Ok(Some(true));
        }
    }
    Ok((!known.is_empty()).then_some(false))
}

fn is_of_marriages(kind: &str) -> bool {
    ["CERT_MARRIAGE", DIVORCE, END_748].contains(&kind)
}

const NOT_HELD: (&str, &str) = (
    "現行登記並無所欲證明之登記；請先查明，並補辦或更正該登記",
    "the register does not hold what is to be certified: look into it, and enter or correct that registration first",
);

/// Refuses a certificate that the office of the household registration alone gives to whoever has left the area.
pub fn require_here(conn: &mut Conn, node: &Node, kind: &str, person: Id) -> Result<()> {
    if residence::here_alone(kind).is_none() || !residence::has_left(conn, node, person)? {
        return Ok(());
    }
    Err(Problem::new(Code::CONFLICT).detail(residence::LEFT.0, residence::LEFT.1).into())
}

/// Refuses to certify what the register does not hold.
pub fn require_held(conn: &mut Conn, node: &Node, kind: &str, person: Id) -> Result<()> {
    if holds(conn, node, kind, person)? != Some(false) {
        return Ok(());
    }
    Err(Problem::new(Code::CONFLICT).detail(NOT_HELD.0, NOT_HELD.1).into())
}

/// The same, of the subject of a case for such a certificate.
pub fn held(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    for (index, _, person) in matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Subject) {
        if holds(conn, node, matter.type_code, *person)? == Some(false) {
            findings.add(&format!("/parties/{index}/national_id"), "not_registered", "戶籍法 §65", NOT_HELD.0, NOT_HELD.1);
        }
    }
    Ok(())
}

/// The subjects of a case for such a certificate of whose marriages the register knows nothing, by their places.
pub fn uncertain(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<Vec<usize>> {
    if !is_of_marriages(matter.type_code) {
        return Ok(Vec::new());
    }
    let strangers = matter.strangers.iter().filter(|(_, party)| party.role == PartyRole::Subject);
    let mut found: Vec<usize> = strangers.map(|(index, _)| *index).collect();
    for (index, _, person) in matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Subject) {
        if holds(conn, node, matter.type_code, *person)?.is_none() {
            found.push(*index);
        }
    }
    Ok(found)
}
