//! Into what is known of whom a branch desk looks, and on whose records it acts: of those of whom it has a matter at hand.

use super::joins;
use crate::auth::By;
use crate::db::{Conn, Id};
use crate::domain::Domains;
use crate::error::{Code, Problem, Result};
use crate::node::Node;
use crate::office::desk;

/// Whether the caller's desk has a matter of somebody at hand; the main office, and a supervisor of the whole office, need none.
pub fn has_dealings(conn: &mut Conn, node: &Node, by: &By, person: Id) -> Result<bool> {
    let Some(desk) = desk::bound(by).filter(|desk| !desk.is_empty() || !by.caller.supervises()) else { return Ok(true) };
    let records = joins::records(conn, person)?;
    node.part::<Domains>().deals_with(conn, desk, &records)
}

/// Refuses to look whole into somebody of whom a desk has no matter at hand, or to act on what is known of them.
pub fn require_dealings(conn: &mut Conn, node: &Node, by: &By, person: Id) -> Result<()> {
    if has_dealings(conn, node, by, person)? {
        return Ok(());
    }
    let (zh, en) = ("本辦公室無此人之案件", "your service point has no matter of this person at hand");
    Err(Problem::new(Code::FORBIDDEN).detail(zh, en).into())
}
