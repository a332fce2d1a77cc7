//! A surname against those of somebody's parents, at the birth and when it is changed (民法 §1059, §1059-1; 姓名條例 §8): refused where
//! it is plainly another, told where nobody but a clerk can tell.

use serde_json::json;

use super::entries::{self, Registration};
use super::fields::{BirthFields, CaseFields, Findings, Form, NameFields, NameReason, PartyRole, SurnameFrom};
use super::hints::{HintKind, RegisterHint};
use super::input::CaseInput;
use super::parents::Parents;
use super::status::{Matter, Status};
use super::types::by_law::INDIGENOUS_NAME;
use crate::calendar::PartialDate;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::FactKind;
use crate::people::wards::is_of_age;
use crate::people::{self, Identifier, names};

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

/// What of several comparisons counts: one that fits, else one of which nobody can tell.
fn best(all: &[Found]) -> Found {
    match () {
        () if all.is_empty() || all.contains(&Found::Same) => Found::Same,
        () if all.contains(&Found::Unknown) => Found::Unknown,
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
    best(&all)
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

/// Whether a surname is chosen of the parents' two, and not declared by a court: of a child under age they agree on it.
pub fn is_chosen(type_code: &str, names: &NameFields) -> bool {
    type_code == "NAME_SURNAME" && names.reason == NameReason::Other && !names.by_court
}

/// Whether a case of a type has registered a parent of somebody.
fn is_entered_by(conn: &mut Conn, status: &Status, type_code: &str) -> Result<bool> {
    for fact in status.of_kind(FactKind::Parent) {
        if let Some(case) = entries::case_of(&fact.source)
            && entries::case(conn, case)?.type_code == type_code
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whose surname somebody can take, as far as the register has them, and whether it has all of them.
fn takes_after(conn: &mut Conn, node: &Node, (matter, names): (&Matter<'_>, &NameFields), person: Id) -> Result<(Vec<Id>, bool)> {
    let status = Status::of(conn, node, person, matter.of)?;
    // Whoever's birth is registered has the parents that it names, and those of later entries.
    let is_born_here = is_entered_by(conn, &status, "BIRTH")?;
    if names.reason == NameReason::Other {
        let parents = Parents::of(conn, node, &status, (matter.day(), matter.of))?;
        let all = parents.all();
        let is_whole = is_born_here || parents.are_adopters() || all.len() > 1;
        return Ok((all, is_whole));
    }
    // With an adoption or an acknowledgment, or its end, the surname is a parent's by it, or by birth.
    let all: Vec<Id> = status.of_kind(FactKind::Parent).filter_map(|fact| fact.other_id).collect();
    Ok((all, is_born_here))
}

/// What is found of a change of surname.
fn found_of_change(conn: &mut Conn, node: &Node, change: (&Matter<'_>, &NameFields), person: Id) -> Result<Found> {
    let (parents, is_whole) = takes_after(conn, node, change, person)?;
    let mut all = if is_whole { Vec::new() } else { vec![Found::Unknown] };
    for parent in parents {
        let (name, known) = people::store::open(conn, &node.vault, parent)?;
        all.push(compared(change.1.new_name.as_str(), (&name, &known)));
    }
    Ok(best(&all))
}

/// Whether a change of surname is judged by whose child somebody is; not of whoever is called by another people's custom.
fn goes_by_parents(type_code: &str, names: &NameFields) -> bool {
    type_code == "NAME_SURNAME" && matches!(names.reason, NameReason::AdoptionOrParentage | NameReason::Other)
}

/// Refuses a change to a surname that is plainly no parent's, and a second one of those that the law lets once before somebody comes of
/// age, and once after it.
pub fn check_change(
    conn: &mut Conn,
    node: &Node,
    (matter, names, person): (&Matter<'_>, &NameFields, Id),
    earlier: &[Registration],
    findings: &mut Findings,
) -> Result<()> {
    if !goes_by_parents(matter.type_code, names) {
        return Ok(());
    }
    let fits = found_of_change(conn, node, (matter, names), person)? != Found::Another;
    let text = ("所改之姓非登記之父姓或母姓", "it is the surname of no parent whom the register has");
    let law = "民法 §1059、§1059-1、§1078；姓名條例 §8";
    findings.unless(fits, "/fields/new_name", "surname_mismatch", law, text.0, text.1);
    if !is_chosen(matter.type_code, names) {
        return Ok(());
    }
    let born = matter.birth_on(conn, node, person)?;
    let mut same = 0;
    for one in earlier {
        let is_such = matches!(&one.fields, CaseFields::Name(names) if is_chosen(&one.case.type_code, names));
        same += usize::from(is_such && is_of_one_age(born, (one, matter)));
    }
    // Of whoever's day of birth is not known, one may have been before they came of age.
    let is_first = same < if born.is_some() { 1 } else { 2 };
    let text = (
        "成年前、成年後變更為父姓或母姓各以一次為限，此人已變更",
        "the surname becomes the other parent's once before somebody comes of age and once after it, and has become so already",
    );
    findings.unless(is_first, "/fields/new_name", "already_registered", "民法 §1059", text.0, text.1);
    Ok(())
}

/// Whether somebody was of age at both of two changes, or at neither.
fn is_of_one_age(born: Option<PartialDate>, (one, matter): (&Registration, &Matter<'_>)) -> bool {
    born.is_none_or(|born| is_of_age(born, one.day()).yes == is_of_age(born, matter.day()).yes)
}

/// Whether the register has an adoption or an acknowledgment of somebody, or its end.
fn has_parentage(conn: &mut Conn, node: &Node, matter: &Matter<'_>, person: Id) -> Result<bool> {
    let status = Status::of(conn, node, person, matter.of)?;
    let is_adopted = status.of_kind(FactKind::Parent).any(|fact| fact.value == json!(PartyRole::Adopter));
    let is_ended = status.of_kind(FactKind::ParentEnd).next().is_some();
    Ok(is_adopted || is_ended || is_entered_by(conn, &status, "PARENTAGE")?)
}

/// What a clerk looks at in a change of surname: whose it is, where the register has not both parents, and on which adoption or
/// acknowledgment it goes back.
pub fn hints(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<Vec<RegisterHint>> {
    let CaseFields::Name(names) = matter.fields else { return Ok(Vec::new()) };
    if !goes_by_parents(matter.type_code, names) {
        return Ok(Vec::new());
    }
    let (mut is_known, mut is_shown) = (true, true);
    let known = matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Subject);
    for (_, _, person) in known {
        is_known &= found_of_change(conn, node, (matter, names), *person)? != Found::Unknown;
        is_shown &= has_parentage(conn, node, matter, *person)?;
    }
    if matter.strangers.iter().any(|(_, party)| party.role == PartyRole::Subject) {
        (is_known, is_shown) = (false, false);
    }
    let is_asked = names.reason == NameReason::AdoptionOrParentage;
    let found = [
        (!is_known, "/fields/new_name", HintKind::SurnameUnknown),
        (is_asked && !is_shown, "/fields/reason", HintKind::ParentageUnknown),
    ];
    Ok(found.into_iter().filter(|(holds, ..)| *holds).map(|(_, pointer, kind)| RegisterHint::at(pointer, kind)).collect())
}
