//! What is registered of somebody, case by case: which entries name them, in which parts, and since when they hold.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::case::{Case, Party};
use super::fields::{CaseFields, Form, PartyRole, related};
use super::life;
use super::states::CaseStatus;
use super::status::{self, Matter};
use super::store;
use crate::db::{Conn, Id};
use crate::domain::case_path;
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::Turn;
use crate::people::joins;
use crate::schema::{case_parties, cases};
use crate::secrets::vault::Vault;

/// A case that stands in the register.
pub struct Registration {
    pub case: Case,
    pub fields: CaseFields,
    parties: Vec<Party>,
}

impl Registration {
    /// A case as it would stand.
    pub fn opened(conn: &mut Conn, vault: &Vault, case: Case) -> Result<Self> {
        let fields = CaseFields::kept(Form::of_type(&case.type_code), &store::open_fields(vault, &case)?)?;
        let parties = store::parties(conn, case.id)?;
        Ok(Self { case, fields, parties })
    }

    /// As facts name it as their source.
    pub fn source(&self) -> String {
        case_path(self.case.id)
    }

    /// The parts in which it names one of these records.
    pub fn roles(&self, records: &[Id]) -> Vec<PartyRole> {
        self.parties.iter().filter(|party| records.contains(&party.person_id)).map(|party| party.role).collect()
    }

    /// Those whom it names in a part.
    pub fn with(&self, role: PartyRole) -> Vec<Id> {
        self.parties.iter().filter(|party| party.role == role).map(|party| party.person_id).collect()
    }

    /// The day on which what it registers came about.
    pub fn day(&self) -> NaiveDate {
        let matter = status::held(&self.case, &self.fields, self.case.event_on, Vec::new(), self.case.received_at);
        match &self.fields {
            CaseFields::Birth(_) => self.case.event_on.unwrap_or_else(|| matter.day()),
            CaseFields::Death(death) => life::last_day(&matter, death),
            _ => matter.day(),
        }
    }

    /// Where it stands among what is registered.
    pub fn turn(&self) -> Turn {
        Turn::of(self.day(), self.case.registered_at, self.source())
    }

    /// Whether it says something of its people, and does not only give them a paper.
    pub fn is_of_status(&self) -> bool {
        is_of_status(&self.case.type_code)
    }
}

/// Whether cases of a type say something of people's status, name, number, seal or residence; others give papers, or notes.
pub fn is_of_status(type_code: &str) -> bool {
    match Form::of_type(type_code) {
        Form::Adoption
        | Form::Birth
        | Form::Death
        | Form::Divorce
        | Form::Marriage
        | Form::MoveIn
        | Form::MoveOut
        | Form::MoveWithin
        | Form::Name
        | Form::Seal
        | Form::Uid => true,
        Form::Nationality => type_code != "NAT_CERT",
        Form::Common => related(type_code).is_some() || matches!(type_code, "BIRTHDATE_CORRECTION" | "INDIGENOUS" | "INITIAL"),
        _ => false,
    }
}

/// Whether cases of a type presuppose that whom they are about was born: a seal ends and comes back with the birth by itself.
pub fn presupposes_birth(type_code: &str) -> bool {
    match Form::of_type(type_code) {
        Form::Seal => false,
        Form::IdCard => true,
        _ => is_of_status(type_code),
    }
}

/// Types that say whose child somebody is, beside a birth.
pub const OF_PARENTAGE: [&str; 3] = ["ADOPTION", "ADOPTION_END", "PARENTAGE"];

/// The case of an id.
pub fn case(conn: &mut Conn, id: Id) -> Result<Case> {
    Ok(cases::table.find(id).select(Case::as_select()).first(conn)?)
}

/// All cases in the register that name a human as a party, but for one, in the order of their receipt.
pub fn naming(conn: &mut Conn, node: &Node, human: Id, but: Option<Id>) -> Result<Vec<Registration>> {
    of_human(conn, &node.vault, human, |case| Some(case.id) != but)
}

/// Those of the cases in the register that name a human as a party which are wanted, in the order of their receipt.
pub fn of_human(conn: &mut Conn, vault: &Vault, human: Id, is_wanted: impl Fn(&Case) -> bool) -> Result<Vec<Registration>> {
    let mut all = standing_of(conn, human)?;
    all.retain(is_wanted);
    all.into_iter().map(|case| Registration::opened(conn, vault, case)).collect()
}

/// Whether a matter is an entry that stands, and is of somebody in this part already: it is corrected, and not entered anew.
pub fn stands_of(conn: &mut Conn, matter: &Matter<'_>, (role, person): (PartyRole, Id)) -> Result<bool> {
    let Some(case) = matter.of.filter(|_| !matter.is_new && !matter.is_restored) else { return Ok(false) };
    let parties = store::parties(conn, case)?;
    Ok(status::placed(conn, &parties)?.iter().any(|(_, one, whom)| (*one, *whom) == (role, person)))
}

/// The cases of some states that name a human as a party, in the order of their receipt.
fn cases_of(conn: &mut Conn, human: Id, states: &[CaseStatus]) -> Result<Vec<Case>> {
    let records = joins::records(conn, human)?;
    let named = case_parties::table.filter(case_parties::person_id.eq_any(records)).select(case_parties::case_id);
    let found = cases::table.filter(cases::id.eq_any(named)).filter(cases::status.eq_any(states.to_vec()));
    Ok(found.order(cases::id).select(Case::as_select()).load(conn)?)
}

/// The cases in the register that name a human as a party.
pub fn standing_of(conn: &mut Conn, human: Id) -> Result<Vec<Case>> {
    cases_of(conn, human, &[CaseStatus::Registered, CaseStatus::Corrected])
}

/// The revoked cases that name a human as a party.
pub fn revoked_of(conn: &mut Conn, human: Id) -> Result<Vec<Case>> {
    cases_of(conn, human, &[CaseStatus::Revoked])
}

/// The case that the source of a fact names.
pub fn case_of(source: &str) -> Option<Id> {
    source.strip_prefix("cases/")?.parse().ok()
}

/// Cases as staff find them, by the sources of facts: with their numbers.
pub fn told(conn: &mut Conn, sources: &[String]) -> Result<Vec<String>> {
    let mut told = Vec::with_capacity(sources.len());
    for source in sources {
        let number: Option<String> = match case_of(source) {
            Some(id) => cases::table.find(id).select(cases::number).first::<Option<String>>(conn).optional()?.flatten(),
            None => None,
        };
        told.push(number.map_or_else(|| source.clone(), |number| format!("{number} ({source})")));
    }
    Ok(told)
}
