//! The people of an application as it named them: parties stay as they were given, whatever becomes of the register. What
//! differs from what the office knows is shown to staff and settled by the paper; it refuses nobody.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize, Serializer};

use super::about;
use super::case::{Case, Party};
use super::fields::{CaseFields, Findings, Form, PartyRole};
use super::input::{CaseInput, PartyInput};
use super::meant::{Meant, as_kept};
use super::register::Faces;
use super::store;
use crate::auth::Involved;
use crate::calendar::PartialDate;
use crate::db::{Conn, Id, Tx};
use crate::domain::Parting;
use crate::error::Result;
use crate::node::Node;
use crate::people::differences::{self, IdentityDifference};
use crate::people::facts::{FactKind, Rank};
use crate::people::found_by::called;
use crate::people::store::{Named, Registered};
use crate::people::{self, Identifier, Name, RomanisedName};
use crate::schema::case_named;
use crate::secrets::vault::Vault;
use crate::{each, prepared};

/// Somebody as an application names them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Face {
    pub name: Name,
    #[serde(serialize_with = "whole")]
    pub national_id: Identifier,
    pub birth_on: Option<PartialDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub romanised_name: Option<RomanisedName>,
}

/// Numbers stand whole in what is sealed.
fn whole<S: Serializer>(number: &Identifier, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&number.expose())
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
        let face = |name: &Name, national_id: &Identifier| Face {
            name: name.clone(),
            national_id: national_id.clone(),
            birth_on: None,
            romanised_name: None,
        };
        let party = |party: &PartyInput| Face {
            birth_on: party.birth_on,
            romanised_name: party.romanised_name.clone(),
            ..face(&party.name, &party.national_id)
        };
        Self {
            parties: input.parties.iter().map(party).collect(),
            applicant: face(&input.applicant.name, &input.applicant.national_id),
            proxy: input.proxy.as_ref().map(|proxy| face(&proxy.name, &proxy.national_id)),
        }
    }
}

impl Names {
    /// Everybody whom it names, in their order.
    fn everybody(&self) -> impl Iterator<Item = &Face> {
        self.parties.iter().chain([&self.applicant]).chain(&self.proxy)
    }

    /// Those whom it names, and another naming does not, or otherwise: whether the office knows them or not.
    pub fn beside(&self, conn: &mut Conn, vault: &Vault, before: &Self) -> Result<Involved> {
        let mut new = Involved::default();
        for face in self.everybody().filter(|face| !before.everybody().any(|other| other == *face)) {
            let named = Named { name: face.name.as_str(), number: &face.national_id, birth_on: face.birth_on };
            if before.everybody().any(|other| other.national_id == face.national_id) {
                new.called.extend(called(vault, named));
                continue;
            }
            let known = people::numbers::known(conn, vault, named)?.map(|person| person.id);
            new.called.extend(called(vault, named).filter(|_| known.is_none()));
            new.records.extend(known);
            new.numbers.extend(face.national_id.finds().then(|| people::numbers::index(vault, &face.national_id)));
        }
        Ok(new)
    }

    /// What is wrong with the people, each at the member by which they were given: rules name the number, which the caller may
    /// have given something else in the place of. What asks for a number names the number.
    pub fn pointed(&self, mut findings: Findings) -> Findings {
        let parties = self.parties.iter().enumerate().map(|(index, face)| (format!("/parties/{index}"), face));
        let others = [("/applicant", Some(&self.applicant)), ("/proxy", self.proxy.as_ref())];
        let others = others.into_iter().filter_map(|(of, face)| Some((of.to_owned(), face?)));
        for (of, face) in parties.chain(others) {
            let number = format!("{of}/national_id");
            for found in findings.0.iter_mut().filter(|found| found.pointer == number && found.code != "required") {
                found.pointer = face.national_id.pointer(&of);
            }
        }
        findings
    }

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
    let row = (case_named::case_id.eq(case), case_named::body.eq(&body), case_named::said.eq(Some(true)));
    let made = prepared!(&mut **tx, diesel::insert_into(case_named::table).values(row).on_conflict_do_nothing(), execute)?;
    if made == 0 {
        diesel::update(case_named::table.find(case)).set(case_named::body.eq(&body)).execute(&mut **tx)?;
    }
    Ok(())
}

/// How an application named its people; `None` for a case of before that was kept.
pub fn of(conn: &mut Conn, node: &Node, case: Id) -> Result<Option<Names>> {
    kept(conn, &node.vault, case)
}

/// The same, for whoever has the key alone.
pub fn kept(conn: &mut Conn, vault: &Vault, case: Id) -> Result<Option<Names>> {
    let kept = case_named::table.find(case).select(case_named::body);
    let body: Option<String> = each!(conn, c => kept.first(c)).optional()?;
    body.map(|body| vault.open_json(&identity(case), body)).transpose()
}

/// Lets a case name whom it means, in place of somebody whom it named by mistake.
pub fn mean(tx: &mut Tx, node: &Node, case: &Case, parting: &Parting<'_>) -> Result<()> {
    let Some(mut names) = of(tx, node, case.id)? else { return Ok(()) };
    let (name, number) = people::store::open(tx, &node.vault, parting.to)?;
    let birth_on = people::store::birth_on(tx, &node.vault, parting.to)?;
    let is_from = |id: Id| id == parting.from;
    let parties = store::parties(tx, case.id)?;
    let parties = parties.iter().zip(&mut names.parties).filter(|(party, _)| is_from(party.person_id)).map(|(_, face)| face);
    let applicant = Some(&mut names.applicant).filter(|_| is_from(case.applicant_id));
    let proxy = names.proxy.as_mut().filter(|_| case.proxy_id.is_some_and(is_from));
    for face in parties.chain(applicant).chain(proxy) {
        let born = face.birth_on.and(birth_on);
        let name = Name::from_register(name.clone());
        *face = Face { name, national_id: number.clone(), birth_on: born, romanised_name: None };
    }
    keep(tx, node, case.id, &names)
}

/// How many cases named the person whom each is about, by case; of those that keep it.
pub fn subjects(conn: &mut Conn, node: &Node, cases: &[Case]) -> Result<HashMap<Id, String>> {
    let ids: Vec<Id> = cases.iter().map(|case| case.id).collect();
    let kept = case_named::table.filter(case_named::case_id.eq_any(ids.iter().copied()));
    let mut kept: HashMap<Id, String> = kept.select((case_named::case_id, case_named::body)).load(conn)?.into_iter().collect();
    let mut roles: HashMap<Id, Vec<PartyRole>> = HashMap::new();
    for (case, role) in store::roles_of(conn, &ids)? {
        roles.entry(case).or_default().push(role);
    }
    let mut found = HashMap::new();
    for case in cases {
        let Some(body) = kept.remove(&case.id) else { continue };
        let names: Names = node.vault.open_json(&identity(case.id), body)?;
        let roles = roles.remove(&case.id).unwrap_or_default().into_iter();
        if let Some(face) = names.parties.get(about::place(&case.type_code, roles.enumerate())) {
            found.insert(case.id, face.name.as_str().to_owned());
        }
    }
    Ok(found)
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
    people::store::records(conn, &node.vault, &case.people(parties))
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
    let fields = match Form::of_type(&case.type_code) {
        Form::Name => CaseFields::kept(Form::Name, &store::open_fields(&node.vault, case)?).ok(),
        _ => None,
    };
    let meant = Meant { parties: &as_kept(parties), applicant: Some(case.applicant_id), proxy: case.proxy_id };
    meant.differences(conn, (&case.type_code, fields.as_ref()), names, known)
}

impl Meant<'_> {
    /// What an application says otherwise of those whom it means than the office has seen or registered.
    pub fn differences(
        &self,
        conn: &mut Conn,
        (type_code, fields): (&str, Option<&CaseFields>),
        names: &Names,
        known: &HashMap<Id, Registered>,
    ) -> Result<Vec<IdentityDifference>> {
        let old = match fields {
            Some(CaseFields::Name(name)) => Some(&name.old_name),
            _ => None,
        };
        let is_renamed = |id: Option<Id>| {
            old.is_some() && self.parties.iter().any(|(_, role, one)| *role == PartyRole::Subject && Some(*one) == id)
        };
        let person = |id: Option<Id>| id.and_then(|id| known.get(&id));
        let mut found: Vec<(String, FactKind, &Registered)> = Vec::new();
        let mut name = |pointer: String, id: Option<Id>, given: &Name| {
            found.extend(
                person(id).filter(|one| one.is_named_otherwise(given.as_str())).map(|one| (pointer, FactKind::Name, one)),
            );
        };
        let parties =
            || self.parties.iter().filter_map(|(index, role, id)| Some((*index, *role, *id, names.parties.get(*index)?)));
        for (index, role, id, face) in parties() {
            match old {
                // What changes is the name itself: the old one stands in the fields.
                Some(old) if role == PartyRole::Subject => name("/fields/old_name".to_owned(), Some(id), old),
                _ => name(format!("/parties/{index}/name"), Some(id), &face.name),
            }
        }
        if !is_renamed(self.applicant) {
            name("/applicant/name".to_owned(), self.applicant, &names.applicant.name);
        }
        if let Some(face) = &names.proxy {
            name("/proxy/name".to_owned(), self.proxy, &face.name);
        }
        for (index, role, id, face) in parties() {
            // What is corrected is the day itself.
            if rank_of(type_code, role, FactKind::BirthOn) == Rank::Registered {
                continue;
            }
            let born_otherwise = person(Some(id)).zip(face.birth_on).filter(|(one, given)| one.is_born_otherwise(*given));
            found.extend(born_otherwise.map(|(one, _)| (format!("/parties/{index}/birth_on"), FactKind::BirthOn, one)));
        }
        found.into_iter().map(|(pointer, kind, one)| differences::of(conn, one, pointer, kind)).collect()
    }
}

/// How sure a registered case makes the office of what somebody is called, or when they were born: it registers what it is
/// about, and of all else it is a paper that two have seen.
pub fn rank_of(type_code: &str, role: PartyRole, kind: FactKind) -> Rank {
    let is_about = match kind {
        FactKind::BirthOn => matches!(type_code, "BIRTHDATE_CORRECTION" | "INITIAL"),
        FactKind::RomanisedName => false,
        _ => type_code == "INITIAL",
    };
    if is_about && role == PartyRole::Subject { Rank::Registered } else { Rank::Seen }
}
