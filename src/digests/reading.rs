//! The digest of a month as somebody reads it: frozen or live, for all who handle petitions, and as far as they see themselves.

use std::collections::HashSet;

use super::figures::{CountedMonth, DigestFigures};
use super::model::Fact;
use super::month::Month;
use super::store::{self, Digest, Snapshot};
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Code, Problem, Result};
use crate::node::Node;
use crate::petitions::{self, Sight};

/// What is read of a month.
pub struct Reading {
    pub month: Month,
    pub digest: Digest,
    /// The freezing that is shown; none of a month that is counted as it stands.
    pub snapshot: Option<Snapshot>,
    pub counted: CountedMonth,
    pub facts: Vec<Fact>,
    /// The petitions among these that the caller sees.
    seen: HashSet<Id>,
}

/// Refuses whoever does not see all petitions that are open to the office: a count would tell them of those.
pub fn require_sight(conn: &mut Conn, by: &By) -> Result<()> {
    if Sight::of(conn, by)?.is_wide() {
        return Ok(());
    }
    let (zh, en) = ("月報由主管及承辦陳情之同仁查閱", "it is for supervisors, and clerks with the duty PETITIONS");
    Err(Problem::new(Code::FORBIDDEN).detail(zh, en).into())
}

/// Refuses a month that has not begun.
pub fn require_begun(month: Month, now: Moment) -> Result<()> {
    if month <= Month::of(now.date()) {
        return Ok(());
    }
    Err(Problem::new(Code::NOT_FOUND).detail("該月尚未開始", "the month has not begun").into())
}

/// The facts in the figures that everybody sees who sees the digest.
pub fn open(facts: &[Fact]) -> Vec<&Fact> {
    facts.iter().filter(|fact| fact.open).collect()
}

/// Those whose petitions are among these.
pub fn among<'f>(facts: &'f [Fact], ids: &HashSet<Id>) -> Vec<&'f Fact> {
    facts.iter().filter(|fact| ids.contains(&fact.petition)).collect()
}

/// What a month counts as it stands. Satisfaction is shown once it is frozen: between two views of a month that ratings still come
/// in for, the difference would tell one of them.
pub fn live(conn: &mut Conn, month: Month, now: Moment) -> Result<(CountedMonth, Vec<Fact>)> {
    let facts = store::facts(conn, month, now)?;
    let figures = DigestFigures::of(&open(&facts));
    Ok((CountedMonth { figures, satisfaction: None }, facts))
}

impl Reading {
    /// Reads a month: the freezing of that number, the one that stands, or else what is counted now.
    pub fn of(conn: &mut Conn, node: &Node, by: &By, (month, revision): (Month, Option<i32>)) -> Result<Self> {
        require_sight(conn, by)?;
        require_begun(month, by.now)?;
        let (digest, _) = store::of_month(conn, month, by.now)?;
        let standing = digest.status.is_frozen().then_some(digest.revision);
        let snapshot = match revision.or(standing) {
            Some(revision) => Some(store::snapshot(conn, digest.id, revision)?.ok_or(Code::NOT_FOUND)?),
            None => None,
        };
        let (counted, mut facts) = match &snapshot {
            Some(snapshot) => (snapshot.counted(&node.vault)?, snapshot.facts(&node.vault)?),
            None => live(conn, month, by.now)?,
        };
        let ids: HashSet<Id> = facts.iter().map(|fact| fact.petition).collect();
        let ids: Vec<Id> = ids.into_iter().collect();
        let seen = petitions::seen(conn, by, &ids)?;
        // That two petitions are one petitioner's tells whose a confidential one is.
        let veiled = petitions::veiled(conn, by, &ids)?;
        facts.iter_mut().filter(|fact| veiled.contains(&fact.petition)).for_each(|fact| fact.petitioner = None);
        Ok(Self { month, digest, snapshot, counted, facts, seen })
    }

    /// What the caller sees of it, confidential petitions too as far as they see these.
    pub fn seen(&self) -> Vec<&Fact> {
        among(&self.facts, &self.seen)
    }

    /// Of what everybody sees, the petitions that the caller sees still.
    pub fn open_and_seen(&self) -> Vec<&Fact> {
        self.seen().into_iter().filter(|fact| fact.open).collect()
    }
}
