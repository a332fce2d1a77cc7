//! Whom a case is about: told by what its parties are to it, whatever their order.

use super::case::Party;
use super::fields::{Form, PartyRole, related};
use super::input::{CaseInput, PartyInput};
use crate::db::Id;

/// The parts of whom a case of a type is about; where several are taken, the first goes before the others.
fn parts(type_code: &str) -> &'static [PartyRole] {
    use PartyRole::{Adoptee, Deceased, Father, Mother, Spouse, Subject};
    match Form::of_type(type_code) {
        // A birth is its parents' to tell of; of a foundling nobody knows them.
        Form::Birth => &[Mother, Father, Subject],
        Form::Death => &[Deceased],
        Form::Marriage | Form::Divorce => &[Spouse],
        Form::Adoption => &[Adoptee],
        Form::Common if type_code == "MARRIAGE_BOOKING" => &[Spouse],
        _ => &[Subject],
    }
}

/// Whether a case of a type is about whoever is in this part.
pub fn is_about(type_code: &str, role: PartyRole) -> bool {
    parts(type_code).contains(&role)
}

/// Whether a case of a type enters something of whoever is in this part: it is about them, ties them to whom it is about, or moves
/// them together with them.
pub fn enters(type_code: &str, role: PartyRole) -> bool {
    let is_beside = match Form::of_type(type_code) {
        Form::Adoption => role == PartyRole::Adopter,
        Form::MoveIn | Form::MoveOut | Form::MoveWithin => role == PartyRole::Member,
        _ => related(type_code).is_some_and(|(roles, _)| roles.contains(&role)),
    };
    is_about(type_code, role) || is_beside
}

/// The place of whom a case is about among its parties: of several in one part the first, and where no part of theirs is taken, as
/// of a house number, the first of all.
pub fn place(type_code: &str, parties: impl Iterator<Item = (usize, PartyRole)>) -> usize {
    let parts = parts(type_code);
    let rank = |role: PartyRole| parts.iter().position(|part| *part == role).unwrap_or(parts.len());
    parties.min_by_key(|(index, role)| (rank(*role), *index)).map_or(0, |(index, _)| index)
}

/// Whom a case is about, of its parties.
pub fn person(type_code: &str, parties: &[Party]) -> Option<Id> {
    let place = place(type_code, parties.iter().map(|party| party.role).enumerate());
    parties.get(place).map(|party| party.person_id)
}

impl CaseInput {
    /// The place of whom it is about.
    pub fn about(&self) -> usize {
        place(&self.type_code, self.parties.iter().map(|party| party.role).enumerate())
    }

    /// Whom it is about.
    pub fn person(&self) -> Option<&PartyInput> {
        self.parties.get(self.about())
    }
}
