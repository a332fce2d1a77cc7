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
    /// Whether it means nobody but whom another application means as well, each in the same part; whoever comes in the applicant's
    /// place may be another.
    pub fn is_within(&self, other: &Self) -> bool {
        let meant = |(_, role, person): &Placed| other.parties.iter().any(|(_, r, p)| (r, p) == (role, person));
        self.applicant == other.applicant && self.parties.iter().all(meant)
    }
}

/// The parties of a case with their places, each as the record that it names.
pub fn as_kept(parties: &[Party]) -> Vec<Placed> {
    parties.iter().enumerate().map(|(index, party)| (index, party.role, party.person_id)).collect()
}
