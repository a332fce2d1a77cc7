//! The application as it was made, opened, to be judged again.

use super::case::{Case, ProxyLetter};
use super::fields::{CaseFields, Form, PartyRole};
use super::input::{ApplicantInput, CaseInput, PartyInput, ProxyInput};
use super::store;
use crate::db::{Conn, Id, JsonText};
use crate::error::{Error, Result};
use crate::node::Node;
use crate::people::{self, IdNumber, Name, Note};

fn broken(case: &Case, what: &str) -> Error {
    Error::Internal(format!("case {}: {what} cannot be read back", case.id))
}

fn open(conn: &mut Conn, node: &Node, id: Id) -> Result<(Name, IdNumber)> {
    let (name, number) = people::store::open(conn, &node.vault, id)?;
    Ok((Name::from_register(name), number))
}

/// The application of a case, with the people as they are today.
pub fn restored(conn: &mut Conn, node: &Node, case: &Case) -> Result<CaseInput> {
    let mut parties = Vec::new();
    for party in store::parties(conn, case.id)? {
        let (name, national_id) = open(conn, node, party.person_id)?;
        let birth_on = people::store::birth_on(conn, &node.vault, party.person_id)?;
        parties.push(PartyInput { role: party.role, name, national_id, birth_on });
    }
    let (name, national_id) = open(conn, node, case.applicant_id)?;
    let proxy = match (case.proxy_id, &case.proxy) {
        (Some(id), Some(letter)) => {
            let letter: ProxyLetter = letter.read()?;
            let (name, national_id) = open(conn, node, id)?;
            let reason: Note = letter.reason.parse().map_err(|_| broken(case, "a reason"))?;
            Some(ProxyInput { name, national_id, reason, dated_on: letter.dated_on })
        }
        _ => None,
    };
    let area = case.registered_area.as_deref().map(|area| area.parse().map_err(|_| broken(case, "an area")));
    Ok(CaseInput {
        type_code: case.type_code.clone(),
        channel: Some(case.channel),
        service_point: Some(case.service_point.clone()),
        off_site: case.off_site,
        registered_area: area.transpose()?,
        parties,
        applicant: ApplicantInput { name, national_id, relation: case.relation },
        proxy,
        event_on: case.event_on,
        fields: store::open_fields(&node.vault, case)?,
        papers: case.papers.read()?,
        circumstances: case.circumstances.read()?,
        draft: false,
        confirm_not_duplicate: false,
    })
}

/// The application of a registered case, with the number that the case itself has replaced since.
pub fn as_registered(conn: &mut Conn, node: &Node, case: &Case) -> Result<CaseInput> {
    let mut input = restored(conn, node, case)?;
    if Form::of_type(&case.type_code) != Form::Uid {
        return Ok(input);
    }
    let CaseFields::Uid(numbers) = CaseFields::read(Form::Uid, &input.fields)? else { return Ok(input) };
    if !people::store::had(conn, &node.vault, case.person_id, &numbers.old_number)? {
        return Ok(input);
    }
    let today = input.parties.iter().find(|party| party.role == PartyRole::Subject).map(|party| party.national_id.clone());
    if today.as_ref() == Some(&input.applicant.national_id) {
        input.applicant.national_id = numbers.old_number.clone();
    }
    for party in input.parties.iter_mut().filter(|party| party.role == PartyRole::Subject) {
        party.national_id = numbers.old_number.clone();
    }
    Ok(input)
}

/// The letter of proxy of a case.
pub fn letter(case: &Case) -> Result<Option<ProxyLetter>> {
    case.proxy.as_ref().map(JsonText::read).transpose()
}
