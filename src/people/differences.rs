//! Where somebody is named otherwise than the office knows them: shown to the clerk at hand, and settled by the paper.

use serde::Serialize;
use utoipa::ToSchema;

use super::facts::{self, FactKind, Rank};
use super::problems::IDENTITY_UNSETTLED;
use super::store::{Named, Registered};
use super::{Identifier, names, numbers};
use crate::calendar::PartialDate;
use crate::db::{Conn, Id};
use crate::error::{Problem, Result};
use crate::secrets::vault::Vault;

/// Where somebody is named otherwise than the office knows them.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "pointer": "/parties/0/name", "kind": "NAME", "person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "known_rank": "SEEN",
    "version": 2
}))]
pub struct IdentityDifference {
    /// JSON Pointer to the member of the request.
    #[schema(max_length = 60)]
    pub pointer: String,
    /// NAME or BIRTH_ON.
    pub kind: FactKind,
    /// The record that says otherwise.
    pub person_id: Id,
    /// How sure the office is of what it knows otherwise; GET /v1/people/{id}/facts shows from where.
    pub known_rank: Rank,
    /// For the `If-Match` of `:settle`: `"v{version}"`.
    #[schema(minimum = 1)]
    pub version: i32,
}

impl Registered {
    /// Whether a name is another than the one that the office has seen or registered.
    pub fn is_named_otherwise(&self, given: &str) -> bool {
        self.name_rank.is_above(Rank::Claimed) && !names::passes_for(&self.name, given)
    }

    /// Whether a day of birth cannot be the one that the office has seen or registered.
    pub fn is_born_otherwise(&self, given: PartialDate) -> bool {
        self.birth_rank.is_above(Rank::Claimed) && PartialDate::are_apart(self.birth_on, Some(given))
    }
}

/// A difference, with the version of what is known.
pub fn of(conn: &mut Conn, person: &Registered, pointer: String, kind: FactKind) -> Result<IdentityDifference> {
    let known_rank = if kind == FactKind::Name { person.name_rank } else { person.birth_rank };
    let person_id = person.record();
    let version = facts::version_of(conn, person_id)?;
    Ok(IdentityDifference { pointer, kind, person_id, known_rank, version })
}

/// What keeps a request from being followed whose people are known otherwise.
pub fn unsettled(differences: Vec<IdentityDifference>) -> Option<Problem> {
    (!differences.is_empty()).then(|| Problem::new(IDENTITY_UNSETTLED).with("differences", differences))
}

/// Refuses a request that names the people of these numbers otherwise than the office knows them: pointer, name, number.
pub fn require_none(conn: &mut Conn, vault: &Vault, named: &[(&str, &str, &Identifier)]) -> Result<()> {
    let mut known = Vec::with_capacity(named.len());
    for (_, name, number) in named {
        known.push(numbers::known(conn, vault, Named { name, number, birth_on: None })?);
    }
    let known: Vec<_> = named.iter().zip(&known).map(|((pointer, name, _), known)| (*pointer, *name, known.as_ref())).collect();
    require_known(conn, &known)
}

/// As [`require_none`], where it is known who is meant: pointer, name, person.
pub fn require_known(conn: &mut Conn, named: &[(&str, &str, Option<&Registered>)]) -> Result<()> {
    require_theirs(conn, named, &[])
}

/// The same of a request by somebody's account: whom it means by one of these records is called as the record is, however sure the
/// office is of that name.
pub fn require_theirs(conn: &mut Conn, named: &[(&str, &str, Option<&Registered>)], records: &[Id]) -> Result<()> {
    let mut differences = Vec::new();
    for (pointer, name, known) in named {
        let is_anothers = |person: &&Registered| {
            let is_theirs = records.contains(&person.id);
            person.is_named_otherwise(name) || is_theirs && !names::passes_for(&person.name, name)
        };
        if let Some(person) = known.filter(is_anothers) {
            differences.push(of(conn, person, (*pointer).to_owned(), FactKind::Name)?);
        }
    }
    unsettled(differences).map_or(Ok(()), |problem| Err(problem.into()))
}
