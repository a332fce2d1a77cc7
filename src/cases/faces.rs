//! The people of a case as they are shown: masked, and whole only by `:reveal`, or to themselves.

use std::collections::btree_map::Entry;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::case::{Party, ProxyLetter};
use super::fields::PartyRole;
use super::outside::{Outside, nobody};
use super::policy::ApproveCaseProxy;
use super::register::Faces;
use super::types::model::Relation;
use crate::auth::Role;
use crate::auth::policy::Action;
use crate::calendar::PartialDate;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::store::Registered;
use crate::people::{self, Identifier, KnownBy};

/// A party as shown.
#[derive(Serialize, ToSchema)]
pub struct PartyView {
    pub role: PartyRole,
    /// The key of their record. Outside the office only one's own, and one's principals': others have a key that is the same
    /// wherever this account names that number and name, and finds nothing.
    pub person_id: Id,
    /// Masked: 王○明; whole to whoever it is.
    #[schema(max_length = 100)]
    pub name: String,
    #[serde(flatten)]
    pub known_by: KnownBy,
    /// As far as it is known; only where people are shown whole, and to whoever it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub birth_on: Option<PartialDate>,
    /// Who they are today, where that is another name or number than this case's; to staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub today: Option<PersonOfToday>,
    /// A protection mark stands on them: see GET /v1/people/{id}/protection-marks; to staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub protected: Option<bool>,
}

/// A person as the office knows them now.
#[derive(Serialize, ToSchema)]
pub struct PersonOfToday {
    #[schema(max_length = 100)]
    pub name: String,
    #[serde(flatten)]
    pub known_by: KnownBy,
}

/// The applicant as shown.
#[derive(Serialize, ToSchema)]
pub struct ApplicantView {
    /// As a party's.
    pub person_id: Id,
    #[schema(max_length = 100)]
    pub name: String,
    #[serde(flatten)]
    pub known_by: KnownBy,
    pub relation: Relation,
}

/// The proxy as shown, with the letter and the approval.
#[derive(Serialize, ToSchema)]
pub struct ProxyView {
    /// As a party's.
    pub person_id: Id,
    #[schema(max_length = 100)]
    pub name: String,
    #[serde(flatten)]
    pub known_by: KnownBy,
    /// Why the applicant does not come.
    #[schema(max_length = 500)]
    pub reason: String,
    pub dated_on: NaiveDate,
    /// The office must approve this proxy (戶籍法 §47).
    pub needs_approval: bool,
    /// Roles of which somebody who has not worked on the case may approve it; empty where no approval is wanted, or any more.
    #[schema(max_items = 13)]
    pub approvable_by: Vec<Role>,
    /// Who approved: `accounts/{id}`.
    #[schema(max_length = 60)]
    pub approved_by: Option<String>,
    pub approved_at: Option<Moment>,
}

/// Whether people are shown whole.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    Masked,
    Whole,
}

/// The people of a case, as far as they are known.
pub struct Shown<'a> {
    pub conn: &'a mut Conn,
    pub node: &'a Node,
    pub sight: Sight,
    /// One person is often party and applicant.
    pub known: Faces,
    /// What is seen otherwise outside the office.
    pub outside: Option<Outside>,
    /// To staff, on whom a protection mark stands.
    pub protected: Option<Vec<Id>>,
}

impl Sight {
    fn face(self, name: &str, number: &Identifier) -> (String, KnownBy) {
        match self {
            Self::Masked => (people::mask_name(name), KnownBy::masked(number)),
            Self::Whole => (name.to_owned(), KnownBy::whole(number)),
        }
    }
}

impl Shown<'_> {
    pub fn face(&mut self, id: Id) -> Result<(String, KnownBy)> {
        let sight = self.sight_of(id);
        let is_strange = self.outside.as_ref().is_some_and(|outside| !outside.is_own(id));
        let (name, number) = match self.known.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            // Of before names were kept there is only who they are today.
            Entry::Vacant(_) if is_strange => return Ok(nobody()),
            Entry::Vacant(unknown) => unknown.insert(people::store::open(self.conn, &self.node.vault, id)?),
        };
        Ok(sight.face(name, number))
    }

    /// Outside the office people see themselves whole.
    fn sight_of(&self, id: Id) -> Sight {
        if self.outside.as_ref().is_some_and(|outside| outside.is_caller(id)) { Sight::Whole } else { self.sight }
    }

    /// The key of somebody, as the caller may know it.
    pub fn key(&self, id: Id) -> Id {
        self.outside.as_ref().map_or(id, |outside| outside.key(self.node, id, self.known.get(&id)))
    }

    pub fn party(&mut self, party: &Party, today: Option<&Registered>) -> Result<PartyView> {
        let (name, known_by) = self.face(party.person_id)?;
        let given = self.known.get(&party.person_id);
        let differs = |one: &&Registered| given.is_some_and(|(name, number)| *name != one.name || *number != one.number);
        let today = today.filter(differs).map(|one| {
            let (name, known_by) = self.sight.face(&one.name, &one.number);
            PersonOfToday { name, known_by }
        });
        let birth_on = match self.sight_of(party.person_id) {
            Sight::Masked => None,
            Sight::Whole => people::store::birth_on(self.conn, &self.node.vault, party.person_id)?,
        };
        let protected = self.protected.as_ref().map(|protected| protected.contains(&party.person_id));
        Ok(PartyView { role: party.role, person_id: self.key(party.person_id), name, known_by, birth_on, today, protected })
    }

    pub fn proxy(&mut self, person_id: Id, letter: ProxyLetter) -> Result<ProxyView> {
        let (name, known_by) = self.face(person_id)?;
        let approvable_by = if letter.waits() { ApproveCaseProxy::LINE.roles() } else { Vec::new() };
        Ok(ProxyView {
            approvable_by,
            person_id: self.key(person_id),
            name,
            known_by,
            reason: letter.reason,
            dated_on: letter.dated_on,
            needs_approval: letter.needs_approval,
            approved_by: letter.approved_by,
            approved_at: letter.approved_at,
        })
    }
}
