//! Circumstances of the checklist: those that somebody named are kept, those that the office sees for itself follow from what the
//! case says now.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde_json::Value;

use super::case::{Case, Party};
use super::entitlement::Asking;
use super::family::{Family, MINOR_CHILDREN, PARENTS_MARRIED};
use super::fields::{CaseFields, PartyRole, SurnameFrom};
use super::named::Names;
use super::status;
use super::types::by_law::{BY_ACKNOWLEDGMENT, NO_PARENTS};
use super::types::model::CaseRules;
use crate::calendar::PartialDate;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::Rank;
use crate::people::store::Registered;
use crate::people::{self, Identifier};

/// A party as the circumstances look at it.
pub struct Seen<'a> {
    pub role: PartyRole,
    pub number: &'a Identifier,
    /// As far as it is known.
    pub birth_on: Option<PartialDate>,
}

/// What the office sees for itself.
pub struct Sights<'a> {
    pub parties: Vec<Seen<'a>>,
    /// Of a draft as far as it is there.
    pub form: Option<&'a CaseFields>,
    /// What the register tells of the family.
    pub family: Vec<&'static str>,
    pub asking: Asking<'a>,
    /// The day of receipt.
    pub today: NaiveDate,
}

impl Sights<'_> {
    /// The circumstances that were named, and those of the type that hold: papers are not avoided by silence.
    pub fn with(&self, named: &[String], rules: &CaseRules) -> Vec<String> {
        let seen = rules.circumstances().into_iter().filter(|one| self.hold(one, named));
        let seen = seen.filter(|one| !named.iter().any(|named| named == one)).map(str::to_owned);
        let is_of_nobody = matches!(self.form, Some(CaseFields::Birth(birth)) if birth.is_of_nobody());
        let nobody = is_of_nobody.then(|| NO_PARENTS.to_owned());
        let father = self.fatherhood(named).filter(|way| !named.iter().any(|one| one == way) || *way == BY_ACKNOWLEDGMENT);
        let named = named.iter().filter(|one| ![NO_PARENTS, BY_ACKNOWLEDGMENT].contains(&one.as_str()) && !self.is_belied(one));
        named.cloned().chain(seen).chain(nobody).chain(father.map(str::to_owned)).collect()
    }

    /// Whether somebody named the opposite of what the case itself tells.
    fn is_belied(&self, named: &str) -> bool {
        OPPOSITES.iter().any(|(one, other)| named == *one && self.hold(other, &[]) || named == *other && self.hold(one, &[]))
    }

    fn hold(&self, circumstance: &str, named: &[String]) -> bool {
        let is_neither = || ![BY_AGREEMENT, BY_COURT].iter().any(|one| named.iter().any(|named| named == one));
        match (circumstance, self.form) {
            ("FOREIGN_PARTY", Some(CaseFields::Marriage(marriage))) => {
                self.has_paper(PartyRole::Spouse) || marriage.spouse_name.is_some()
            }
            ("FOREIGN_PARTY", _) => self.has_paper(PartyRole::Spouse),
            ("MARRIED_ABROAD", Some(CaseFields::Marriage(marriage))) => marriage.abroad,
            ("BORN_ABROAD_OR_A_PARENT_IS_FOREIGN", _) => self.has_paper(PartyRole::Mother) || self.has_paper(PartyRole::Father),
            // What is drawn by lot nobody has agreed on (戶籍法 §49).
            (PARENTS_MARRIED, Some(CaseFields::Birth(birth))) if birth.surname_from == SurnameFrom::Lot => false,
            (PARENTS_MARRIED | MINOR_CHILDREN, _) => self.family.contains(&circumstance),
            // Of the rights of a parent a paper tells by which of the two ways they were given (民法 §1055).
            (BY_AGREEMENT, Some(CaseFields::Common(common))) => is_neither() && !common.is_ruled() && !common.ends(),
            (BY_COURT, Some(CaseFields::Common(common))) => is_neither() && common.is_ruled() && !common.ends(),
            (JOINS_A_HOUSEHOLD, Some(form)) => makes_a_household(form) == Some(false),
            (NEW_HOUSEHOLD, Some(form)) => makes_a_household(form) == Some(true),
            // An agreement to end the adoption of a minor wants a court's approval (民法 §1080).
            (MINOR_ADOPTEE, _) => self.any_of_age(PartyRole::Adoptee, |born| !self.reaches(born, 18)),
            (MINOR, _) => self.any_of_age(PartyRole::Subject, |born| !self.reaches(born, 18)),
            (UNDER_14, _) => self.any_of_age(PartyRole::Subject, |born| !self.reaches(born, 14)),
            (FROM_14, _) => self.any_of_age(PartyRole::Subject, |born| self.reaches(born, 14)),
            _ => self.asking.makes(circumstance, named),
        }
    }

    fn with_role(&self, role: PartyRole) -> impl Iterator<Item = &Seen<'_>> {
        self.parties.iter().filter(move |party| party.role == role)
    }

    fn has_paper(&self, role: PartyRole) -> bool {
        self.with_role(role).any(|party| party.number.is_foreign())
    }

    /// Whether what is asked holds of the age of anybody of a role whose day of birth is known.
    fn any_of_age(&self, role: PartyRole, holds: impl Fn(PartialDate) -> bool) -> bool {
        self.with_role(role).filter_map(|party| party.birth_on).any(holds)
    }

    fn reaches(&self, born: PartialDate, age: i64) -> bool {
        born.age_on(PartialDate::Day(self.today)).reaches(age).yes
    }
}

/// How the rights of a parent came about, by a ground that is named or by none.
const BY_AGREEMENT: &str = "BY_AGREEMENT";
const BY_COURT: &str = "BY_COURT";

/// Circumstances that hang on a day of birth.
const MINOR: &str = "MINOR";
const MINOR_ADOPTEE: &str = "MINOR_ADOPTEE_OR_COURT_CASE";
const UNDER_14: &str = "UNDER_14";
const FROM_14: &str = "14_AND_OVER";
const OF_AGE: [&str; 4] = [FROM_14, MINOR, MINOR_ADOPTEE, UNDER_14];

/// Where somebody moves to, as the fields of a move tell.
const JOINS_A_HOUSEHOLD: &str = "JOINS_A_HOUSEHOLD";
const NEW_HOUSEHOLD: &str = "NEW_HOUSEHOLD_AT_THE_ADDRESS";

/// Of each two one holds.
const OPPOSITES: [(&str, &str); 2] = [(FROM_14, UNDER_14), (JOINS_A_HOUSEHOLD, NEW_HOUSEHOLD)];

/// Whether a move makes a household of its own, or joins one that is there.
fn makes_a_household(form: &CaseFields) -> Option<bool> {
    match form {
        CaseFields::MoveIn(moved) => Some(moved.new_household),
        CaseFields::MoveWithin(moved) => Some(moved.new_household),
        _ => None,
    }
}

/// A day of birth: one that is registered goes before what is said, and so does one that the office has seen, where both can be
/// of one day. Where they cannot, what is said counts, until a paper settles the difference: nobody is refused by another's
/// typing error.
pub fn birth_on(said: Option<PartialDate>, known: Option<&Registered>) -> Option<PartialDate> {
    let goes_before = |person: &&Registered| match person.birth_rank {
        Rank::Registered => true,
        Rank::Seen => !PartialDate::are_apart(said, person.birth_on),
        Rank::Claimed => said.is_none(),
    };
    known.filter(goes_before).and_then(|person| person.birth_on).or(said)
}

/// The circumstances of a case as it stands; of one of before its names were kept those that were kept then.
pub fn of(
    conn: &mut Conn,
    node: &Node,
    case: &Case,
    rules: &CaseRules,
    (parties, names, fields): (&[Party], Option<&Names>, &Value),
) -> Result<Vec<String>> {
    let named: Vec<String> = case.circumstances.read()?;
    let possible = rules.circumstances();
    let Some(names) = names.filter(|_| !possible.is_empty()) else { return Ok(named) };
    let mut known = HashMap::new();
    if possible.iter().any(|one| OF_AGE.contains(one)) {
        let of_age = parties.iter().filter(|party| matches!(party.role, PartyRole::Adoptee | PartyRole::Subject));
        let of_age: Vec<Id> = of_age.map(|party| party.person_id).collect();
        known = people::store::records(conn, &node.vault, &of_age)?;
    }
    let placed = status::placed(conn, parties)?;
    let parties = parties.iter().zip(&names.parties).map(|(party, face)| Seen {
        role: party.role,
        number: &face.national_id,
        birth_on: birth_on(face.birth_on, known.get(&party.person_id)),
    });
    let parties: Vec<Seen<'_>> = parties.collect();
    let asking = Asking {
        relation: case.relation,
        applicant: &names.applicant.national_id,
        subject: parties.iter().find(|party| party.role == PartyRole::Subject).map(|party| party.number),
        is_by_proxy: case.is_by_proxy(),
    };
    let (today, of) = (case.received_at.date(), Some(case.id));
    let (type_code, is_met) = (case.type_code.as_str(), case.accepted_at.is_some());
    let family = Family { type_code, is_met, parties: &placed, event_on: case.event_on, today, of };
    let family = family.circumstances(conn, node, rules)?;
    // What was kept under an older rule may break a newer one.
    let form = CaseFields::sketch(rules.form, fields).unwrap_or_default();
    let sights = Sights { parties, form: form.as_ref(), family, asking, today };
    Ok(sights.with(&named, rules))
}
