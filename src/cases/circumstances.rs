//! Circumstances of the checklist: those that somebody named are kept, those that the office sees for itself follow from what the
//! case says now.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde_json::Value;

use super::case::{Case, Party};
use super::entitlement::Asking;
use super::family::{Family, MINOR_CHILDREN, PARENTS_MARRIED};
use super::fields::{CaseFields, PartyRole, SurnameFrom};
use super::named::{Face, Names};
use super::nationals::is_outside;
use super::status;
use super::surnames;
use super::types::by_law::{
    APPLICANT_WITHOUT_CARD, BACK_FROM_ABROAD, BORN_IN_THE_COUNTRY, BY_ACKNOWLEDGMENT, BY_COURT_DECISION, JOINS_A_HOUSEHOLD,
    MARRIED_ABROAD, NO_PARENTS, OUTSIDE_THE_HOUSEHOLD, SURNAME_AGREED, WITHOUT_CARD, applies_in_want,
};
use super::types::model::{CaseRules, Relation};
use crate::calendar::PartialDate;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::Rank;
use crate::people::store::Registered;
use crate::people::wards::is_of_age;
use crate::people::{self, IdNumber, Identifier};

/// A party as the circumstances look at it.
pub struct Seen<'a> {
    pub role: PartyRole,
    pub number: &'a Identifier,
    /// As far as it is known.
    pub birth_on: Option<PartialDate>,
}

/// What the office sees for itself.
pub struct Sights<'a> {
    pub type_code: &'a str,
    pub parties: Vec<Seen<'a>>,
    /// Of a draft as far as it is there.
    pub form: Option<&'a CaseFields>,
    /// What the register tells of the family.
    pub family: Vec<&'static str>,
    pub asking: Asking<'a>,
    pub event_on: Option<NaiveDate>,
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
        let cards = [
            (WITHOUT_CARD, self.is_without_card()),
            (APPLICANT_WITHOUT_CARD, self.has_applicant_without_card()),
            (OUTSIDE_THE_HOUSEHOLD, self.is_outside_the_household()),
        ];
        let cards = cards.into_iter().filter(|(one, holds)| *holds && rules.hangs_on(one)).map(|(one, _)| one);
        named.cloned().chain(seen).chain(nobody).chain(father.into_iter().chain(cards).map(str::to_owned)).collect()
    }

    /// Whether all whom it is about are known to be under the age at which everybody has a card; of the dead, when they died.
    fn is_without_card(&self) -> bool {
        let mut own = self.parties.iter().filter(|party| OWNERS.contains(&party.role)).peekable();
        own.peek().is_some() && own.all(|party| party.birth_on.is_some_and(|born| self.is_under_14(party.role, born)))
    }

    fn is_under_14(&self, role: PartyRole, born: PartialDate) -> bool {
        let died_on = self.event_on.filter(|_| role == PartyRole::Deceased);
        let age = born.age_on(PartialDate::Day(died_on.unwrap_or(self.today))).reaches(14);
        !age.yes && !age.is_rebuttable
    }

    /// Whether whoever applies has no card: nobody but a national has one, and with the nationality it was given back. The office
    /// shows none of itself.
    fn has_applicant_without_card(&self) -> bool {
        let applicant = self.asking.applicant;
        let mut own = self.parties.iter().filter(|party| party.number == applicant).filter_map(|party| party.birth_on);
        let is_young = own.any(|born| self.is_under_14(PartyRole::Subject, born));
        let is_national = self.type_code != "NAT_RESTORE" && applicant.number().is_some_and(IdNumber::is_national);
        let is_back = self.asking.relation == Relation::Oneself && self.is_back_from_abroad();
        self.asking.relation != Relation::ExOfficio && (is_young || !is_national || is_back)
    }

    /// Whether whoever applies is of no household that it is about.
    fn is_outside_the_household(&self) -> bool {
        let Asking { relation, applicant, .. } = self.asking;
        match relation {
            Relation::ExOfficio => false,
            Relation::ChildWelfareInstitution | Relation::PremisesManager | Relation::Undertaker => true,
            // Nobody of the household is there any more.
            _ if applies_in_want(self.type_code, relation) => true,
            Relation::Assistant | Relation::Guardian | Relation::InterestedPerson | Relation::OneParty | Relation::Petitioner => {
                !applicant.is_human() || is_outside(applicant)
            }
            _ => !applicant.is_human(),
        }
    }

    /// Whether somebody moves in from a place that is in no township of the country.
    fn is_back_from_abroad(&self) -> bool {
        matches!(self.form, Some(CaseFields::MoveIn(moved)) if moved.from_address.township().is_none())
    }

    /// Whether somebody named what the case itself tells and does not, or the opposite of what it tells.
    fn is_belied(&self, named: &str) -> bool {
        let is_told = TOLD_BY_THE_FORM.contains(&named) || named == BY_COURT_DECISION && self.is_change_of_name();
        if is_told && !self.hold(named, &[]) || named == BORN_IN_THE_COUNTRY && !self.may_be_born_in_the_country() {
            return true;
        }
        OPPOSITES.iter().any(|(one, other)| named == *one && self.hold(other, &[]) || named == *other && self.hold(one, &[]))
    }

    fn hold(&self, circumstance: &str, named: &[String]) -> bool {
        let is_neither = || ![BY_AGREEMENT, BY_COURT].iter().any(|one| named.iter().any(|named| named == one));
        match (circumstance, self.form) {
            ("FOREIGN_PARTY", Some(CaseFields::Marriage(marriage))) => {
                self.with_role(PartyRole::Spouse).any(|party| is_outside(party.number)) || marriage.spouse_name.is_some()
            }
            ("FOREIGN_PARTY", _) => self.has_paper(PartyRole::Spouse),
            (MARRIED_ABROAD, Some(CaseFields::Marriage(marriage))) => marriage.abroad,
            (BACK_FROM_ABROAD, _) => self.is_back_from_abroad(),
            (BY_COURT_DECISION, Some(CaseFields::Name(names))) => names.by_court,
            (SURNAME_AGREED, Some(CaseFields::Name(names))) => {
                surnames::is_chosen(self.type_code, names) && self.is_subject(|born| !is_of_age(born, self.today).yes)
            }
            ("BORN_ABROAD_OR_A_PARENT_IS_FOREIGN", _) => self.has_paper(PartyRole::Mother) || self.has_paper(PartyRole::Father),
            // What is drawn by lot nobody has agreed on (戶籍法 §49).
            (PARENTS_MARRIED, Some(CaseFields::Birth(birth))) if birth.surname_from == SurnameFrom::Lot => false,
            (PARENTS_MARRIED | MINOR_CHILDREN, _) => self.family.contains(&circumstance),
            // Of the rights of a parent a paper tells by which of the two ways they were given (民法 §1055).
            (BY_AGREEMENT, Some(CaseFields::Common(common))) => is_neither() && !common.is_ruled() && !common.ends(),
            (BY_COURT, Some(CaseFields::Common(common))) => is_neither() && common.is_ruled() && !common.ends(),
            // One household becomes a part of another's.
            (JOINS_A_HOUSEHOLD, _) if self.type_code == "HOUSEHOLD_MERGE" => true,
            (JOINS_A_HOUSEHOLD, Some(form)) => form.makes_household() == Some(false),
            (NEW_HOUSEHOLD, Some(form)) => form.makes_household() == Some(true),
            (BY_AGREEMENT_OF_ADULTS, Some(CaseFields::Adoption(adoption))) => adoption.is_agreed(),
            (MINOR_OR_COURT, Some(CaseFields::Adoption(adoption))) => !adoption.is_agreed(),
            // Of grown people a court alone declares a guardianship, and revokes it (民法 §14).
            (BY_APPOINTMENT, Some(CaseFields::Common(common))) => {
                let day = self.event_on.unwrap_or(self.today);
                common.by_declaration || self.is_subject(|born| is_of_age(born, day).yes)
            }
            // Whoever comes to be identified for a passport may be led by a relative.
            (UNDER_14, Some(CaseFields::Passport(_))) if named.iter().any(|one| one == LED_BY_RELATIVE) => false,
            (UNDER_14, _) => self.is_subject(|born| !self.reaches(born, 14)),
            (FROM_14, _) => self.is_subject(|born| self.reaches(born, 14)),
            (MINOR, _) => self.is_subject(|born| !self.reaches(born, 18)),
            _ => self.asking.makes(circumstance, named),
        }
    }

    fn is_change_of_name(&self) -> bool {
        matches!(self.form, Some(CaseFields::Name(_)))
    }

    /// Whether whoever has a household for the first time can be one whose birth was never registered: of twelve or more, and known by
    /// no paper of another country.
    fn may_be_born_in_the_country(&self) -> bool {
        let is_old = |party: &Seen<'_>| party.birth_on.is_none_or(|born| self.reaches(born, 12));
        self.with_role(PartyRole::Subject).all(|party| is_old(party) && !party.number.is_foreign())
    }

    /// Whether whom it is about was born on a day of which something holds.
    fn is_subject(&self, holds: impl Fn(PartialDate) -> bool) -> bool {
        self.with_role(PartyRole::Subject).any(|party| party.birth_on.is_some_and(&holds))
    }

    fn with_role(&self, role: PartyRole) -> impl Iterator<Item = &Seen<'_>> {
        self.parties.iter().filter(move |party| party.role == role)
    }

    fn has_paper(&self, role: PartyRole) -> bool {
        self.with_role(role).any(|party| party.number.is_foreign())
    }

    fn reaches(&self, born: PartialDate, years: i64) -> bool {
        born.age_on(PartialDate::Day(self.today)).reaches(years).yes
    }
}

/// Circumstances that the fields tell, whatever is named.
const TOLD_BY_THE_FORM: [&str; 2] = [BACK_FROM_ABROAD, SURNAME_AGREED];

/// Those of a case whose cards are handed in.
const OWNERS: [PartyRole; 3] = [PartyRole::Deceased, PartyRole::Member, PartyRole::Subject];

/// How the rights of a parent came about, by a ground that is named or by none.
const BY_AGREEMENT: &str = "BY_AGREEMENT";
const BY_COURT: &str = "BY_COURT";

/// By which way an adoption ends (民法 §1080, §1081).
const BY_AGREEMENT_OF_ADULTS: &str = "BY_AGREEMENT_OF_ADULTS";
const MINOR_OR_COURT: &str = "MINOR_ADOPTEE_OR_COURT_CASE";
/// A court has given the guardian.
const BY_APPOINTMENT: &str = "APPOINTED_BY_COURT";
/// Where somebody moves to, as the fields of a move tell.
const NEW_HOUSEHOLD: &str = "NEW_HOUSEHOLD_AT_THE_ADDRESS";
/// Who leads a child who has no card yet.
const LED_BY_RELATIVE: &str = "ACCOMPANIED_BY_A_RELATIVE";

/// Circumstances that hang on the day of birth of whom it is about.
const MINOR: &str = "MINOR";
const UNDER_14: &str = "UNDER_14";
const FROM_14: &str = "14_AND_OVER";
const OF_AGE: [&str; 4] = [BY_APPOINTMENT, FROM_14, MINOR, UNDER_14];

/// Of each two one holds.
const OPPOSITES: [(&str, &str); 3] =
    [(BY_AGREEMENT_OF_ADULTS, MINOR_OR_COURT), (FROM_14, UNDER_14), (JOINS_A_HOUSEHOLD, NEW_HOUSEHOLD)];

/// Whether the day of birth of somebody in this part of a case of a type is what the case corrects.
fn is_corrected(type_code: &str, role: PartyRole) -> bool {
    type_code == "BIRTHDATE_CORRECTION" && role == PartyRole::Subject
}

/// A day of birth: one that is registered goes before what is said, and so does one that the office has seen, where both can be
/// of one day. Where they cannot, what is said counts, until a paper settles the difference: nobody is refused by another's
/// typing error. Of whoever's day is corrected the day counts that is said, or none.
pub fn birth_on(
    (type_code, role): (&str, PartyRole),
    said: Option<PartialDate>,
    known: Option<&Registered>,
) -> Option<PartialDate> {
    if is_corrected(type_code, role) {
        return said;
    }
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
    let Some(names) = names else { return Ok(named) };
    let is_of_age = rules.hangs_on(WITHOUT_CARD) || rules.circumstances().iter().any(|one| OF_AGE.contains(one));
    let applies = |face: &Face| rules.hangs_on(APPLICANT_WITHOUT_CARD) && face.national_id == names.applicant.national_id;
    let aged = parties.iter().zip(&names.parties);
    let aged = aged.filter(|(party, face)| is_of_age && OWNERS.contains(&party.role) || applies(face));
    let aged: Vec<Id> = aged.map(|(party, _)| party.person_id).collect();
    let known = if aged.is_empty() { HashMap::new() } else { people::store::records(conn, &node.vault, &aged)? };
    let placed = status::placed(conn, parties)?;
    let parties = parties.iter().zip(&names.parties).map(|(party, face)| Seen {
        role: party.role,
        number: &face.national_id,
        birth_on: birth_on((&case.type_code, party.role), face.birth_on, known.get(&party.person_id)),
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
    let sights = Sights { type_code, parties, form: form.as_ref(), family, asking, event_on: case.event_on, today };
    Ok(sights.with(&named, rules))
}
