//! What opinion items and improvement items are called in the journal, and which of them a reader of the audit log does not see.

use diesel::prelude::*;

use super::opinions::unseen_petitions;
use crate::auth::By;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::schema::opinion_items as opinions;

pub fn opinion_path(id: Id) -> String {
    format!("opinion-items/{id}")
}

pub fn improvement_path(id: Id) -> String {
    format!("improvement-items/{id}")
}

/// The subjects of lines of the audit log that the caller does not see: of opinions out of petitions that they do not see.
pub fn unseen(conn: &mut Conn, _: &Node, by: &By) -> Result<Vec<String>> {
    let petitions = unseen_petitions(conn, by)?;
    let rows = opinions::table.filter(opinions::petition_id.assume_not_null().eq_any(petitions));
    let rows: Vec<Id> = rows.order(opinions::id).select(opinions::id).load(conn)?;
    Ok(rows.into_iter().map(opinion_path).collect())
}
