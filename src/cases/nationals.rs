//! What is for nationals with a household registration alone, and what cases make of somebody's nationality.

use serde_json::json;

use super::fields::{Findings, Form, PartyRole};
use super::input::CaseInput;
use super::status::{Matter, Status};
use crate::db::Conn;
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::FactKind;

const WHY: (&str, &str, &str) = (
    "戶籍法 §4、§15",
    "僅設有戶籍之國民得辦理；持居留證之統一證號者請先辦理初設戶籍登記",
    "this is for nationals with a household registration: whoever has a resident number registers an initial household first",
);

/// Whether somebody in this part of a case of a type must be a national with a household registration.
pub fn must_be_national(type_code: &str, role: PartyRole) -> bool {
    let is_registered = matches!(
        Form::of_type(type_code),
        Form::MoveIn
            | Form::MoveOut
            | Form::MoveWithin
            | Form::Name
            | Form::IdCard
            | Form::HouseholdCertificate
            | Form::Seal
            | Form::SealCertificate
    );
    let by_code = matches!(type_code, "HEAD_CHANGE" | "HOUSEHOLD_MERGE" | "HOUSEHOLD_SPLIT" | "INDIGENOUS" | "NAT_LOSS");
    (is_registered || by_code) && matches!(role, PartyRole::Subject | PartyRole::Member)
}

/// Refuses whoever has a resident number (統一證號), by its form, as a party who must be a national.
pub fn check_numbers(input: &CaseInput, findings: &mut Findings) {
    for (index, party) in input.parties.iter().enumerate() {
        let is_resident = party.national_id.number().is_some_and(|number| !number.is_national());
        if is_resident && must_be_national(&input.type_code, party.role) {
            findings.add(&format!("/parties/{index}/national_id"), "not_national", WHY.0, WHY.1, WHY.2);
        }
    }
}

/// Refuses whoever has lost the nationality, as a case has registered, as a party who must be a national.
pub fn check(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    if matter.relation.is_none() {
        return Ok(());
    }
    for (index, _, person) in matter.parties.iter().filter(|(_, role, _)| must_be_national(matter.type_code, *role)) {
        let status = Status::of(conn, node, *person, matter.of)?;
        let latest = status.of_kind(FactKind::Nationality).max_by_key(|fact| (fact.valid_from, fact.source.clone()));
        if latest.is_some_and(|fact| fact.value == json!("LOST")) {
            let (zh, en) = ("此人已登記喪失國籍", "the register says that this person has lost the nationality");
            findings.add(&format!("/parties/{index}/national_id"), "not_national", WHY.0, zh, en);
        }
    }
    Ok(())
}

/// What a type makes of its subject's nationality.
pub fn nationality(type_code: &str) -> Option<&'static str> {
    match type_code {
        "NAT_ACQUIRE" | "NAT_RESTORE" => Some("ROC"),
        "NAT_LOSS" => Some("LOST"),
        _ => None,
    }
}
