//! Whom an application means by those whom it names, as far as the office knows them.

use super::case::Party;
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
    /// Whether two applications mean the same people, each in the same part; whoever comes in the applicant's place may be another.
    pub fn is_as(&self, other: &Self) -> bool {
        self.applicant == other.applicant && self.parties == other.parties
    }
}

/// The parties of a case with their places, each as the record that it names.
pub fn as_kept(parties: &[Party]) -> Vec<Placed> {
    parties.iter().enumerate().map(|(index, party)| (index, party.role, party.person_id)).collect()
}
