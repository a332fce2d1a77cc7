//! What an application says wrongly by its own words, and what a correction would: entries that are registered otherwise stand until
//! these words change.

use super::fields::Findings;
use super::input::CaseInput;
use super::named::Names;
use super::nationals;
use super::surnames;
use crate::error::Result;

/// Refuses parts that a type does not know, people of whom the register has nobody, and a child's surname that is no parent's.
pub fn check(input: &CaseInput, findings: &mut Findings) {
    findings.known_roles(&input.type_code, input.parties.iter().map(|party| party.role).enumerate());
    nationals::check_numbers(input, findings);
    surnames::check(input, findings);
}

/// The same of a registered case, where a correction changes whom it names, adds or takes out, or what the child is called.
pub fn renewed((before, after): (&CaseInput, &CaseInput), is_other: bool) -> Result<()> {
    let mut findings = Findings::default();
    let is_alike = |one: &CaseInput, other: &CaseInput| {
        one.parties.len() == other.parties.len()
            && one.parties.iter().zip(&other.parties).all(|(a, b)| a.role == b.role && a.national_id == b.national_id)
    };
    let is_as_before = |index: usize, role| before.parties.get(index).is_some_and(|party| party.role == role);
    let roles = after.parties.iter().map(|party| party.role).enumerate();
    findings.known_roles(&after.type_code, roles.filter(|(index, role)| !is_as_before(*index, *role)));
    if is_other || !is_alike(before, after) {
        nationals::check_numbers(after, &mut findings);
    }
    if is_other || surnames::said(before) != surnames::said(after) {
        surnames::check(after, &mut findings);
    }
    Names::of(after).pointed(findings).into_result()
}
