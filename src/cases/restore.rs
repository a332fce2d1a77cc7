//! The application as it was made, opened, to be judged again.

use super::case::{Case, ProxyLetter};
use super::ex_officio;
use super::fields::{CaseFields, Form, PartyRole};
use super::input::{ApplicantInput, CaseInput, PartyInput, ProxyInput};
use super::named::{self, Face, Names};
use super::store;
use crate::db::{Conn, Id, Seals};
use crate::error::{Error, Result};
use crate::node::Node;
use crate::people::{self, Identifier, Name, Note};
use crate::secrets::vault::Vault;

fn broken(case: &Case, what: &str) -> Error {
    Error::Internal(format!("case {}: {what} cannot be read back", case.id))
}

fn open(conn: &mut Conn, node: &Node, id: Id) -> Result<(Name, Identifier)> {
    let (name, number) = people::store::open(conn, &node.vault, id)?;
    Ok((Name::from_register(name), number))
}

/// The people of a case: as it named them, or for one of before that was kept, as they are today.
fn names(conn: &mut Conn, node: &Node, case: &Case) -> Result<Names> {
    if let Some(names) = named::of(conn, node, case.id)? {
        return Ok(names);
    }
    let parties = store::parties(conn, case.id)?;
    let mut face = |id: Id| {
        let (name, national_id) = open(conn, node, id)?;
        let birth_on = people::store::birth_on(conn, &node.vault, id)?;
        Ok::<_, Error>(Face { name, national_id, birth_on, romanised_name: None })
    };
    let applicant = face(case.applicant_id)?;
    let proxy = case.proxy_id.map(&mut face).transpose()?;
    let parties = parties.iter().map(|party| face(party.person_id)).collect::<Result<_>>()?;
    Ok(Names { parties, applicant, proxy })
}

/// The application of a case as it was made.
pub fn restored(conn: &mut Conn, node: &Node, case: &Case) -> Result<CaseInput> {
    let names = names(conn, node, case)?;
    let roles = store::parties(conn, case.id)?;
    let mut kept: Vec<(Identifier, Id)> =
        roles.iter().zip(&names.parties).map(|(party, face)| (face.national_id.clone(), party.person_id)).collect();
    kept.push((names.applicant.national_id.clone(), case.applicant_id));
    kept.extend(names.proxy.as_ref().map(|face| face.national_id.clone()).zip(case.proxy_id));
    let parties = roles.iter().zip(names.parties).map(|(party, face)| {
        let Face { name, national_id, birth_on, romanised_name } = face;
        PartyInput { role: party.role, name, national_id, birth_on, romanised_name, person_id: None }
    });
    let parties = parties.collect();
    let Face { name, national_id, .. } = names.applicant;
    let proxy = match (names.proxy, &case.proxy) {
        (Some(face), Some(_)) => {
            let Some(letter) = letter(&node.vault, case)? else { return Err(broken(case, "a letter")) };
            let Face { name, national_id, .. } = face;
            let reason = Note::from_store(letter.reason);
            Some(ProxyInput { name, national_id, reason, dated_on: letter.dated_on, person_id: None })
        }
        _ => None,
    };
    let area = case.area(&node.vault)?.map(|area| area.parse().map_err(|_| broken(case, "an area")));
    Ok(CaseInput {
        type_code: case.type_code.clone(),
        channel: Some(case.channel),
        service_point: Some(case.service_point.clone()),
        off_site: case.off_site,
        registered_area: area.transpose()?,
        parties,
        applicant: ApplicantInput { name, national_id, relation: case.relation, person_id: None },
        proxy,
        ex_officio: ex_officio::of(conn, node, case)?,
        contact: None,
        event_on: case.event_on,
        fields: store::open_fields(&node.vault, case)?,
        papers: case.papers.read()?,
        circumstances: case.circumstances.read()?,
        draft: false,
        confirm_not_duplicate: false,
        kept,
    })
}

/// The application of a registered case, with the number that the case itself has replaced since.
pub fn as_registered(conn: &mut Conn, node: &Node, case: &Case) -> Result<CaseInput> {
    let mut input = restored(conn, node, case)?;
    if Form::of_type(&case.type_code) != Form::Uid || named::of(conn, node, case.id)?.is_some() {
        return Ok(input);
    }
    let CaseFields::Uid(numbers) = CaseFields::kept(Form::Uid, &input.fields)? else { return Ok(input) };
    if !people::numbers::had(conn, &node.vault, case.person_id, &numbers.old_number.clone().into())? {
        return Ok(input);
    }
    let today = input.parties.iter().find(|party| party.role == PartyRole::Subject).map(|party| party.national_id.clone());
    if today.as_ref() == Some(&input.applicant.national_id) {
        input.applicant.national_id = numbers.old_number.clone().into();
    }
    for party in input.parties.iter_mut().filter(|party| party.role == PartyRole::Subject) {
        party.national_id = numbers.old_number.clone().into();
    }
    Ok(input)
}

/// The letter of proxy of a case.
pub fn letter(vault: &Vault, case: &Case) -> Result<Option<ProxyLetter>> {
    let opened = case.proxy.as_ref().map(|kept| vault.open_text(&proxy_identity(case.id), kept)).transpose()?;
    let read = |text: String| serde_json::from_str(&text).map_err(|e| Error::internal("a letter of proxy cannot be read", e));
    opened.map(read).transpose()
}

/// A letter of proxy as its column keeps it.
pub fn seal_letter(vault: &Vault, case: Id, letter: &ProxyLetter) -> Result<String> {
    let text = serde_json::to_string(letter).map_err(|e| Error::internal("a letter of proxy is no JSON", e))?;
    Ok(vault.seal_text(&proxy_identity(case), &text))
}

fn proxy_identity(case: Id) -> String {
    format!("cases/{case}/proxy")
}
