//! A child's surname against those of its parents (民法 §1059, §1059-1): refused where it is plainly another, told where nobody but a
//! clerk can tell.

use super::fields::{BirthFields, CaseFields, Findings, Form, PartyRole, SurnameFrom};
use super::hints::{HintKind, RegisterHint};
use super::input::CaseInput;
use super::types::by_law::INDIGENOUS_NAME;
use crate::people::{Identifier, names};

/// A parent as the rule looks at them.
pub type Parent<'a> = (PartyRole, &'a str, &'a Identifier);

/// What a comparison of surnames finds.
#[derive(Clone, Copy, PartialEq)]
enum Found {
    /// It is the surname of the parent from whom it is said to come.
    Same,
    /// It is not.
    Another,
    /// A name is not written as Han names are, or a parent is from abroad and goes by another custom.
    Unknown,
}

/// Whether a name is of Han characters alone.
fn is_han(name: &str) -> bool {
    let is_ideograph =
        |c: char| matches!(u32::from(c), 0x3007 | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x323af);
    !name.is_empty() && name.chars().all(is_ideograph)
}

/// Compares a child's name with a parent's. A compound surname has its first character in common; of a parent who has put a spouse's
/// surname before their own (民法 §1000) the own one stands second.
fn compared(child: &str, (name, known): (&str, &Identifier)) -> Found {
    let (child, name) = (names::key(child), names::key(name));
    if known.is_foreign() || !is_han(&child) || !is_han(&name) {
        return Found::Unknown;
    }
    let (first, length) = (child.chars().next(), name.chars().count());
    let at = |place: usize| name.chars().nth(place) == first;
    match () {
        () if at(0) || length >= 4 && at(1) => Found::Same,
        () if length == 3 && at(1) => Found::Unknown,
        () => Found::Another,
    }
}

/// What is found of a birth: drawn by lot, the surname is one of the two.
fn found<'a>(birth: &BirthFields, parents: impl Iterator<Item = Parent<'a>>) -> Found {
    let is_from = |role: PartyRole| match birth.surname_from {
        SurnameFrom::Father => role == PartyRole::Father,
        SurnameFrom::Mother => role == PartyRole::Mother,
        SurnameFrom::Lot => matches!(role, PartyRole::Father | PartyRole::Mother),
        SurnameFrom::Guardian => false,
    };
    let from = parents.filter(|(role, ..)| is_from(*role));
    let all: Vec<Found> = from.map(|(_, name, known)| compared(birth.child_name.as_str(), (name, known))).collect();
    match () {
        () if all.is_empty() || all.contains(&Found::Same) => Found::Same,
        () if all.contains(&Found::Unknown) => Found::Unknown,
        () => Found::Another,
    }
}

fn parents(input: &CaseInput) -> impl Iterator<Item = Parent<'_>> {
    input.parties.iter().map(|party| (party.role, party.name.as_str(), &party.national_id))
}

/// What of an application the rule goes by.
pub fn said(input: &CaseInput) -> (&serde_json::Value, &serde_json::Value, Vec<(PartyRole, &str)>) {
    let names = parents(input).map(|(role, name, _)| (role, name)).collect();
    (&input.fields["child_name"], &input.fields["surname_from"], names)
}

/// Refuses a surname that is plainly not the one from which it is said to come.
pub fn check(input: &CaseInput, findings: &mut Findings) {
    let birth = match Form::of_type(&input.type_code) {
        Form::Birth => CaseFields::kept(Form::Birth, &input.fields),
        _ => return,
    };
    let Ok(CaseFields::Birth(birth)) = birth else { return };
    if input.circumstances.iter().any(|one| one == INDIGENOUS_NAME) {
        return;
    }
    let text = (
        "子女之姓與 surname_from 所示父或母之姓不符；依原住民文化慣俗命名者，請於 circumstances 填 INDIGENOUS_NAME（姓名條例 §1）",
        "the child's surname is not the one of whom surname_from names; of a name by an indigenous people's custom say INDIGENOUS_NAME in circumstances (姓名條例 §1)",
    );
    let fits = found(&birth, parents(input)) != Found::Another;
    findings.unless(fits, "/fields/child_name", "surname_mismatch", "民法 §1059、§1059-1", text.0, text.1);
}

/// Where a clerk compares the surnames.
pub fn hint<'a>(fields: &CaseFields, parents: impl Iterator<Item = Parent<'a>>) -> Option<RegisterHint> {
    let CaseFields::Birth(birth) = fields else { return None };
    let is_unknown = found(birth, parents) == Found::Unknown;
    is_unknown.then(|| RegisterHint::at("/fields/child_name", HintKind::SurnameUnknown))
}
