//! The people of an application as it named them: parties stay as they were given, whatever becomes of the register. What
//! differs from what the office knows is shown to staff and settled by the paper; it refuses nobody.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::case::{Case, Party};
use super::fields::{CaseFields, Form, PartyRole};
use super::input::CaseInput;
use super::register::Faces;
use super::store;
use crate::calendar::PartialDate;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::{self, FactKind, Rank};
use crate::people::store::Registered;
use crate::people::{self, IdNumber, Name, names};
use crate::schema::case_named;
use crate::{each, prepared};

/// Somebody as an application names them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Face {
    pub name: Name,
    #[serde(with = "number")]
    pub national_id: IdNumber,
    pub birth_on: Option<PartialDate>,
}

/// Numbers stand whole in what is sealed.
mod number {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::people::IdNumber;

    pub fn serialize<S: Serializer>(number: &IdNumber, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(number.expose())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IdNumber, D::Error> {
        IdNumber::deserialize(deserializer)
    }
}

/// The people of an application as it names them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Names {
    pub parties: Vec<Face>,
    pub applicant: Face,
    pub proxy: Option<Face>,
}

impl Names {
    pub fn of(input: &CaseInput) -> Self {
        let face = |name: &Name, national_id: &IdNumber, birth_on| Face {
            name: name.clone(),
            national_id: national_id.clone(),
            birth_on,
        };
        Self {
            parties: input.parties.iter().map(|party| face(&party.name, &party.national_id, party.birth_on)).collect(),
            applicant: face(&input.applicant.name, &input.applicant.national_id, None),
            proxy: input.proxy.as_ref().map(|proxy| face(&proxy.name, &proxy.national_id, None)),
        }
    }
}

impl Names {
    /// Names and numbers by the person whom the case means.
    pub fn faces(&self, case: &Case, parties: &[Party]) -> Faces {
        let face = |face: &Face| (face.name.as_str().to_owned(), face.national_id.clone());
        let mut faces = Faces::new();
        if let (Some(id), Some(proxy)) = (case.proxy_id, &self.proxy) {
            faces.insert(id, face(proxy));
        }
        faces.insert(case.applicant_id, face(&self.applicant));
        faces.extend(parties.iter().zip(&self.parties).map(|(party, given)| (party.person_id, face(given))));
        faces
    }
}

fn identity(case: Id) -> String {
    format!("case_named/{case}/body")
}

/// Keeps how an application names its people, in place of what was kept before.
pub fn keep(tx: &mut Tx, node: &Node, case: Id, names: &Names) -> Result<()> {
    let body = node.vault.seal_json(&identity(case), names)?;
    let row = (case_named::case_id.eq(case), case_named::body.eq(&body));
    let made = prepared!(&mut **tx, diesel::insert_into(case_named::table).values(row).on_conflict_do_nothing(), execute)?;
    if made == 0 {
        diesel::update(case_named::table.find(case)).set(case_named::body.eq(&body)).execute(&mut **tx)?;
    }
    Ok(())
}

/// How an application named its people; `None` for a case of before that was kept.
pub fn of(conn: &mut Conn, node: &Node, case: Id) -> Result<Option<Names>> {
    let kept = case_named::table.find(case).select(case_named::body);
    let body: Option<String> = each!(conn, c => kept.first(c)).optional()?;
    body.map(|body| node.vault.open_json(&identity(case), body)).transpose()
}

/// Where an application and the office's knowledge of a person differ.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "pointer": "/parties/0/name", "kind": "NAME", "person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "known_rank": "SEEN",
    "version": 2
}))]
pub struct IdentityDifference {
    /// JSON Pointer to the member of the application.
    #[schema(max_length = 60)]
    pub pointer: String,
    /// NAME or BIRTH_ON.
    pub kind: FactKind,
    pub person_id: Id,
    /// How sure the office is of what it knows otherwise; GET /v1/people/{id}/facts shows from where.
    pub known_rank: Rank,
    /// For the `If-Match` of `:settle`: `"v{version}"`.
    #[schema(minimum = 1)]
    pub version: i32,
}

fn difference(conn: &mut Conn, person_id: Id, pointer: String, kind: FactKind, known_rank: Rank) -> Result<IdentityDifference> {
    Ok(IdentityDifference { pointer, kind, person_id, known_rank, version: facts::version_of(conn, person_id)? })
}

/// What of an application differs from what the office has seen or registered of its people.
pub fn differences(conn: &mut Conn, node: &Node, case: &Case) -> Result<Vec<IdentityDifference>> {
    let Some(names) = of(conn, node, case.id)? else { return Ok(Vec::new()) };
    let parties = store::parties(conn, case.id)?;
    let known = known(conn, node, case, &parties)?;
    compared(conn, node, case, &names, &parties, &known)
}

/// The people of a case as they are known today.
pub fn known(conn: &mut Conn, node: &Node, case: &Case, parties: &[Party]) -> Result<HashMap<Id, Registered>> {
    let mut ids: Vec<Id> = parties.iter().map(|party| party.person_id).chain([case.applicant_id]).chain(case.proxy_id).collect();
    ids.sort_unstable();
    ids.dedup();
    people::store::records(conn, &node.vault, &ids)
}

/// As [`differences`], of what is read already.
pub fn compared(
    conn: &mut Conn,
    node: &Node,
    case: &Case,
    names: &Names,
    parties: &[Party],
    known: &HashMap<Id, Registered>,
) -> Result<Vec<IdentityDifference>> {
    let old = match Form::of_type(&case.type_code) {
        Form::Name => match CaseFields::sketch(Form::Name, &store::open_fields(&node.vault, case)?)? {
            Some(CaseFields::Name(names)) => Some(names.old_name),
            _ => None,
        },
        _ => None,
    };
    let renames = |id: Id| old.is_some() && parties.iter().any(|one| one.role == PartyRole::Subject && one.person_id == id);
    let mut found: Vec<(String, FactKind, Id, Rank)> = Vec::new();
    let mut name = |pointer: String, id: Id, given: &Name| {
        let Some(person) = known.get(&id).filter(|person| person.name_rank.is_above(Rank::Claimed)) else { return };
        if !names::passes_for(&person.name, given.as_str()) {
            found.push((pointer, FactKind::Name, id, person.name_rank));
        }
    };
    for (index, (party, face)) in parties.iter().zip(&names.parties).enumerate() {
        match &old {
            // What changes is the name itself: the old one stands in the fields.
            Some(old) if party.role == PartyRole::Subject => name("/fields/old_name".to_owned(), party.person_id, old),
            _ => name(format!("/parties/{index}/name"), party.person_id, &face.name),
        }
    }
    if !renames(case.applicant_id) {
        name("/applicant/name".to_owned(), case.applicant_id, &names.applicant.name);
    }
    if let (Some(id), Some(face)) = (case.proxy_id, &names.proxy) {
        name("/proxy/name".to_owned(), id, &face.name);
    }
    for (index, (party, face)) in parties.iter().zip(&names.parties).enumerate() {
        let Some(person) = known.get(&party.person_id).filter(|one| one.birth_rank.is_above(Rank::Claimed)) else { continue };
        let apart =
            |(known, given): (PartialDate, PartialDate)| known.latest() < given.earliest() || given.latest() < known.earliest();
        if person.birth_on.zip(face.birth_on).is_some_and(apart) {
            found.push((format!("/parties/{index}/birth_on"), FactKind::BirthOn, party.person_id, person.birth_rank));
        }
    }
    let shown = |(pointer, kind, id, rank)| difference(conn, id, pointer, kind, rank);
    found.into_iter().map(shown).collect()
}
