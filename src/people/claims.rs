//! What somebody has only said of a person within a matter: a record of its own, known to whoever sees the matter. To anybody else it is
//! not there, since it tells that there is such a matter, when it came and who has entered it.

use std::collections::HashSet;

use diesel::prelude::*;

use crate::auth::By;
use crate::db::{Conn, Id};
use crate::domain::Domains;
use crate::error::{Code, Result};
use crate::node::Node;
use crate::schema::people;

/// Those of some records that were said within matters which are kept from the caller.
pub fn unseen(conn: &mut Conn, node: &Node, by: &By, among: &[Id]) -> Result<Vec<Id>> {
    let said = people::table.filter(people::id.eq_any(among.iter().copied())).filter(people::claimed_by.is_not_null());
    let said: Vec<(Id, String)> = said.select((people::id, people::claimed_by.assume_not_null())).load(conn)?;
    if said.is_empty() {
        return Ok(Vec::new());
    }
    let kept: HashSet<String> = node.part::<Domains>().unseen(conn, node, by)?.into_iter().collect();
    Ok(said.into_iter().filter(|(_, claimant)| kept.contains(claimant)).map(|(id, _)| id).collect())
}

/// Refuses a record that is not there for the caller.
pub fn require_seen(conn: &mut Conn, node: &Node, by: &By, id: Id) -> Result<()> {
    if unseen(conn, node, by, &[id])?.is_empty() { Ok(()) } else { Err(Code::NOT_FOUND.into()) }
}
