//! Whom an application means by those whom it names, as far as the office knows them.

use super::case::Party;
use super::input::PartyInput;
use super::status::Placed;
use crate::db::Id;

/// Whom an application means.
#[derive(Clone, Copy, Debug)]
pub struct Meant<'a> {
    pub parties: &'a [Placed],
    pub applicant: Option<Id>,
    pub proxy: Option<Id>,
}

impl Meant<'_> {
    /// Whether it means nobody but whom another application means as well, each in the same part; whoever comes in the applicant's
    /// place, or is not known yet, may be another.
    pub fn is_within(&self, named: &[PartyInput], other: &Self) -> bool {
        let stays = |(place, party): (usize, &PartyInput)| {
            let meant = self.parties.iter().find(|(index, role, _)| (*index, *role) == (place, party.role));
            meant.is_some_and(|(_, role, person)| other.parties.iter().any(|(_, r, p)| (r, p) == (role, person)))
        };
        self.applicant == other.applicant && named.iter().enumerate().all(stays)
    }
}

/// The parties of a case with their places, each as the record that it names.
pub fn as_kept(parties: &[Party]) -> Vec<Placed> {
    parties.iter().enumerate().map(|(index, party)| (index, party.role, party.person_id)).collect()
}
