//! Rules of age: what a case must be judged by when it is taken, and again once it is registered and a correction changes what
//! they hang on.

use chrono::NaiveDate;

use super::capacity::guardian_flaw;
use super::case::{Case, Party};
use super::circumstances;
use super::fields::adoption::asks_for_age;
use super::fields::{CaseFields, Facts, Findings, Form, PartyFacts, PartyRole};
use super::input::CaseInput;
use super::named::Names;
use super::register;
use super::restore::as_registered;
use super::store;
use crate::calendar::PartialDate;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people;
use crate::people::numbers;
use crate::people::store::Named;

/// What marks a finding of a rule of age.
const TOO_YOUNG: &str = "too_young";

/// The member that is wanted of a child, and not of whoever is of age.
const RULING: &str = "/fields/court_ruling";

/// Whether a type names guardians or assistants, who are of age.
pub fn appoints(type_code: &str) -> bool {
    matches!(type_code, "ASSISTANCE" | "GUARDIANSHIP")
}

/// Refuses guardians and assistants who are under age.
pub fn of_guardians(
    (type_code, day): (&str, NaiveDate),
    parties: impl Iterator<Item = (PartyRole, Option<PartialDate>)>,
    findings: &mut Findings,
) {
    let guardians = parties.enumerate().filter(|(_, (role, _))| appoints(type_code) && *role == PartyRole::Guardian);
    for (index, born) in guardians.filter_map(|(index, (_, born))| Some((index, born?))) {
        let text = ("未成年人不得為監護人或輔助人", "nobody who is under age is a guardian or assistant");
        let age = born.age_on(day).reaches(18);
        findings.unless_age(age, &format!("/parties/{index}/birth_on"), TOO_YOUNG, "民法 §1096、§1113-1", text);
    }
}

/// Refuses to take the agreed end of an adoption of whom nobody says, or knows, how old they are.
pub fn require_known(input: &CaseInput, form: &CaseFields, today: NaiveDate, findings: &mut Findings) {
    let is_agreed = matches!(form, CaseFields::Adoption(end) if end.is_agreed()) && input.type_code == "ADOPTION_END";
    if !is_agreed || !asks_for_age(input.event_on.unwrap_or(today)) {
        return;
    }
    let children = input.parties.iter().enumerate().filter(|(_, party)| party.role == PartyRole::Adoptee);
    for (index, _) in children.filter(|(_, party)| party.birth_on.is_none()) {
        let text =
            ("僅成年人得不經法院合意終止，請填出生日期", "grown people alone agree without a court: say when they were born");
        findings.add(&format!("/parties/{index}/birth_on"), "required", "民法 §1080", text.0, text.1);
    }
}

/// What the rules of age say of a case's fields and parties.
pub fn judge(fields: &CaseFields, facts: &Facts<'_>) -> Findings {
    let mut findings = Findings::default();
    fields.check(facts, &mut findings);
    let parties = facts.parties.iter().map(|party| (party.role, party.birth_on));
    of_guardians((facts.type_code, facts.event_on.unwrap_or(facts.today)), parties, &mut findings);
    findings.0.retain(|finding| finding.code == TOO_YOUNG || finding.pointer == RULING);
    findings
}

/// A correction, as the rules of age see it: those who stay in the case stand at the same places before and after.
pub struct Change<'c> {
    pub before: &'c CaseInput,
    pub after: &'c CaseInput,
    /// Those who stay, as the case keeps them.
    pub kept: &'c [Party],
    /// Whether somebody is added or taken out.
    pub is_other: bool,
}

impl Change<'_> {
    /// Whether a party is another human, or has another part.
    fn is_another(&self, index: usize) -> bool {
        let one = |input: &CaseInput| input.parties.get(index).map(|party| (party.role, party.national_id.clone()));
        // Who was known by name alone is identified, and stays the same.
        let is_identified = index >= self.before.parties.len() && Form::of_type(&self.after.type_code) == Form::Marriage;
        !is_identified && one(self.before) != one(self.after)
    }

    fn is_born_otherwise(&self, index: usize) -> bool {
        let born = |input: &CaseInput| input.parties.get(index).and_then(|party| party.birth_on);
        born(self.before) != born(self.after)
    }

    fn says_otherwise(&self, members: &[&str]) -> bool {
        members.iter().any(|member| self.before.fields[*member] != self.after.fields[*member])
    }

    /// Whether what a finding hangs on is changed. Where only a true day of birth shows that somebody was too young, a marriage
    /// stands until a court annuls it (民法 §989), and so does a name until it is changed again; an adoption is void (§1079-4), and
    /// whoever is under age is no guardian (§1096).
    fn concerns(&self, form: &CaseFields, pointer: &str) -> bool {
        let index = pointer.split('/').nth(2).and_then(|index| index.parse::<usize>().ok()).unwrap_or_default();
        let is_moved = self.before.event_on != self.after.event_on;
        // Which ruling it is tells nothing of anybody's age.
        let is_ruled = |input: &CaseInput| !input.fields["court_ruling"].is_null();
        match form {
            CaseFields::Marriage(_) => is_moved || self.is_another(index),
            CaseFields::Adoption(_) => {
                let mut parties = 0..self.after.parties.len();
                is_moved
                    || self.is_other
                    || parties.any(|index| self.is_another(index) || self.is_born_otherwise(index))
                    || self.says_otherwise(&["adopts_spouses_child"])
                    || is_ruled(self.before) != is_ruled(self.after)
            }
            CaseFields::Name(_) => self.is_another(self.after.about()) || self.says_otherwise(&["earlier_changes", "reason"]),
            _ => is_moved || self.is_another(index) || self.is_born_otherwise(index),
        }
    }

    /// A party as the rules see it, and as whom the office knows them. Of another human than before, what it knows of them goes
    /// before the day of birth that was said of the first.
    fn party(&self, conn: &mut Conn, node: &Node, index: usize, kept: Option<Id>) -> Result<(PartyFacts, Option<Id>)> {
        let party = &self.after.parties[index];
        let (name, number) = (party.name.as_str().to_owned(), party.national_id.clone());
        let is_another = self.is_another(index);
        let known = match kept.filter(|_| !is_another) {
            Some(person) => Some(people::store::record(conn, &node.vault, person, &number)?),
            None => numbers::known(conn, &node.vault, Named { name: &name, number: &number, birth_on: party.birth_on })?,
        };
        let birth_on = match &known {
            Some(person) if is_another && !self.is_born_otherwise(index) => person.birth_on.or(party.birth_on),
            known => circumstances::birth_on((&self.after.type_code, party.role), party.birth_on, known.as_ref()),
        };
        Ok((PartyFacts { role: party.role, name, number, birth_on }, known.map(|person| person.id)))
    }
}

/// Refuses a correction by which somebody would be too young for what is registered of them.
pub fn obey(conn: &mut Conn, node: &Node, case: &Case, change: &Change<'_>, form: Option<&CaseFields>) -> Result<()> {
    let Some(form) = form else { return Ok(()) };
    let mut findings = found(conn, node, case, change, form)?;
    findings.0.retain(|finding| change.concerns(form, &finding.pointer));
    Names::of(change.after).pointed(findings).into_result()
}

/// Refuses to restore what is void by a day of birth that is known by now: an adoption (民法 §1079-4), or who is a guardian under age
/// (§1096). A marriage stands until a court annuls it (§989).
pub fn obey_restored(conn: &mut Conn, node: &Node, case: &Case, form: &CaseFields) -> Result<()> {
    if !matches!(form, CaseFields::Adoption(_)) && !appoints(&case.type_code) {
        return Ok(());
    }
    let input = as_registered(conn, node, case)?;
    let kept = store::parties(conn, case.id)?;
    let change = Change { before: &input, after: &input, kept: &kept, is_other: false };
    let mut findings = found(conn, node, case, &change, form)?;
    findings.0.retain(|finding| finding.code == TOO_YOUNG);
    Names::of(&input).pointed(findings).into_result()
}

/// What the rules of age say of a case as it is to stand.
fn found(conn: &mut Conn, node: &Node, case: &Case, change: &Change<'_>, form: &CaseFields) -> Result<Findings> {
    let (after, kept) = (change.after, change.kept);
    let (mut parties, mut known) = (Vec::new(), Vec::new());
    for index in 0..after.parties.len() {
        let (party, person) = change.party(conn, node, index, kept.get(index).map(|party| party.person_id))?;
        parties.push(party);
        known.push(person);
    }
    let subject = known.get(after.about()).copied().flatten();
    let facts = Facts {
        type_code: &case.type_code,
        relation: after.applicant.relation,
        special_changes: register::special_changes(conn, node, Form::of_type(&case.type_code), subject, Some(case))?,
        event_on: after.event_on,
        today: case.received_at.date(),
        effective_from: case.received_at.date(),
        parties: &parties,
        by_proxy: case.proxy.is_some(),
        circumstances: &[],
    };
    let mut findings = judge(form, &facts);
    let appointed = |index: &usize| appoints(&case.type_code) && parties[*index].role == PartyRole::Guardian;
    for index in (0..parties.len()).filter(appointed).filter(|index| change.is_another(*index)) {
        if let Some(guardian) = known[index] {
            let day = after.event_on.unwrap_or(facts.today);
            guardian_flaw(conn, node, (guardian, index), day, &mut findings)?;
        }
    }
    Ok(findings)
}
