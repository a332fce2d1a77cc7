//! What callers no longer reach because a mandate has ended by itself, and who consents for whom, as the domains tell it that know
//! mandates.

use chrono::NaiveDate;

use super::By;
use crate::db::{Conn, Id};
use crate::error::{Result, Text};
use crate::node::Node;

/// Tells which records of a kind a caller no longer reaches.
pub type Ended = fn(&mut Conn, &Node, &By) -> Result<Vec<Id>>;

/// Tells whether somebody, whom the office may not know, consents for a principal on a day.
pub type Consents = fn(&mut Conn, &Node, (Id, Option<Id>), NaiveDate) -> Result<Consent>;

/// What the register says of somebody who consents for another.
pub enum Consent {
    /// The consent is theirs to give.
    Theirs,
    /// It cannot tell.
    Untold,
    /// It is not theirs: the code of the refusal, and why.
    Anothers(&'static str, Text),
}

/// All that tell it; a part of the node, to which domains add theirs.
#[derive(Default)]
pub struct Mandates {
    ended: Vec<Ended>,
    consents: Option<Consents>,
}

impl Mandates {
    pub fn add(&mut self, ended: Ended) {
        self.ended.push(ended);
    }

    /// Lets a domain tell who consents.
    pub fn tell_consents(&mut self, consents: Consents) {
        self.consents = Some(consents);
    }

    /// Every record that the caller has lost so: an answer about it that was given before is not theirs any more.
    pub fn ended(&self, conn: &mut Conn, node: &Node, by: &By) -> Result<Vec<Id>> {
        let mut all = Vec::new();
        for ended in &self.ended {
            all.extend(ended(conn, node, by)?);
        }
        all.sort_unstable();
        Ok(all)
    }

    /// What the register says of somebody who consents for a principal on a day.
    pub fn consent(&self, conn: &mut Conn, node: &Node, whom: (Id, Option<Id>), day: NaiveDate) -> Result<Consent> {
        self.consents.map_or(Ok(Consent::Untold), |consents| consents(conn, node, whom, day))
    }
}
