//! Cases that may be the same as another, and the verdict that they are not.

use chrono::Duration;
use serde::Serialize;
use utoipa::ToSchema;

use super::CaseSettings;
use super::fields::{CaseFields, Form};
use super::problems::POSSIBLE_DUPLICATE;
use super::states::CaseStatus;
use super::store;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::{Problem, Result};
use crate::node::Node;

/// A case that may be the same.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-HEMEI-000001", "status": "ACCEPTED", "received_at": "2026-11-23T09:00:00+08:00"
}))]
pub struct PossibleDuplicate {
    pub id: Id,
    #[schema(max_length = 40)]
    pub number: Option<String>,
    pub status: CaseStatus,
    pub received_at: Moment,
}

/// An application as it is compared with others.
pub struct Likeness<'a> {
    pub type_code: &'a str,
    pub received_at: Moment,
    /// The case itself, once it is kept.
    pub of: Option<Id>,
    /// What it says; `None` for a draft that is not yet whole.
    pub fields: Option<&'a CaseFields>,
}

impl Likeness<'_> {
    /// Cases like it about the same people, but for those that somebody has judged to be another matter.
    pub fn matches(&self, conn: &mut Conn, node: &Node, by: &By, principals: &[Id]) -> Result<Vec<PossibleDuplicate>> {
        let since = self.received_at - Duration::days(node.config.of::<CaseSettings>().duplicate_window_days);
        let mut matches = store::same(conn, node, by, self.type_code, principals, since, self.of)?;
        if let Some(id) = self.of {
            matches = store::unjudged(conn, id, matches)?;
        }
        let mut alike = Vec::with_capacity(matches.len());
        for one in matches {
            if self.is_like(conn, node, one.0, principals)? {
                alike.push(one);
            }
        }
        let shown = |(id, number, status, received_at)| PossibleDuplicate { id, number, status, received_at };
        Ok(alike.into_iter().map(shown).collect())
    }

    /// Whether another case of the type is about the same people, as far as both name them, and not plainly another matter.
    fn is_like(&self, conn: &mut Conn, node: &Node, other: Id, principals: &[Id]) -> Result<bool> {
        let parties = store::parties(conn, other)?;
        let theirs: Vec<Id> = parties.iter().filter(|one| one.role.is_principal()).map(|one| one.person_id).collect();
        let within = |some: &[Id], all: &[Id]| some.iter().all(|one| all.contains(one));
        if !within(principals, &theirs) && !within(&theirs, principals) {
            return Ok(false);
        }
        let Some(fields) = self.fields else { return Ok(true) };
        let said = store::fields_of(conn, &node.vault, other)?;
        let said = CaseFields::kept(Form::of_type(self.type_code), &said).ok();
        Ok(!said.is_some_and(|said| fields.is_another_matter(&said)))
    }
}

/// Refuses what may be a duplicate, unless somebody says that it is none.
pub fn require_new(matches: &[PossibleDuplicate], confirmed: bool) -> Result<()> {
    if matches.is_empty() || confirmed {
        return Ok(());
    }
    Err(Problem::new(POSSIBLE_DUPLICATE).with("matches", matches).into())
}

/// Remembers that a case is none of these.
pub fn remember(tx: &mut Tx, by: &By, id: Id, matches: &[PossibleDuplicate]) -> Result<()> {
    matches.iter().try_for_each(|other| store::remember_verdict(tx, id, other.id, by))
}
