//! What callers no longer reach because a mandate has ended by itself, as the domains tell it that know such mandates.

use super::By;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;

/// Tells which records of a kind a caller no longer reaches.
pub type Ended = fn(&mut Conn, &Node, &By) -> Result<Vec<Id>>;

/// All that tell it; a part of the node, to which domains add theirs.
#[derive(Default)]
pub struct Mandates(Vec<Ended>);

impl Mandates {
    pub fn add(&mut self, ended: Ended) {
        self.0.push(ended);
    }

    /// Every record that the caller has lost so: an answer about it that was given before is not theirs any more.
    pub fn ended(&self, conn: &mut Conn, node: &Node, by: &By) -> Result<Vec<Id>> {
        let mut all = Vec::new();
        for ended in &self.0 {
            all.extend(ended(conn, node, by)?);
        }
        all.sort_unstable();
        Ok(all)
    }
}
