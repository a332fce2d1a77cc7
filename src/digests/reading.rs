//! The digest of a month as somebody reads it: frozen or live, for all who handle petitions, and as far as they see themselves. Whatever
//! was counted once is shown by what is seen now.

use std::collections::{BTreeSet, HashSet};

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
use crate::secrets::vault::Vault;

/// What is read of a month.
pub struct Reading {
    pub month: Month,
    pub digest: Digest,
    /// The freezing that is shown; none of a month that is counted as it stands.
    pub snapshot: Option<Snapshot>,
    /// As far as the caller may read it.
    pub counted: CountedMonth,
    pub facts: Vec<Fact>,
    /// Every freezing of the month, and whether the caller sees all of which its numbers are: else they are not shown its hash either, by
    /// which what is left out could be guessed.
    pub freezings: Vec<(Snapshot, bool)>,
    /// Whether `counted` is not what was frozen, but what everybody sees still of it.
    pub withdrawn: bool,
    /// What everybody sees still of what was frozen, where that is less.
    left: Option<CountedMonth>,
    /// The petitions among these that the caller sees.
    seen: HashSet<Id>,
}

/// A freezing, opened.
struct Frozen {
    snapshot: Snapshot,
    counted: CountedMonth,
    facts: Vec<Fact>,
    rated: Vec<Id>,
}

impl Frozen {
    fn of(vault: &Vault, snapshot: Snapshot) -> Result<Self> {
        let (counted, facts, rated) = (snapshot.counted(vault)?, snapshot.facts(vault)?, snapshot.rated(vault)?);
        Ok(Self { snapshot, counted, facts, rated })
    }

    /// The petitions of which its numbers are that all were shown.
    fn petitions(&self) -> impl Iterator<Item = Id> {
        let counted = self.facts.iter().filter(|fact| fact.open).map(|fact| fact.petition);
        counted.chain(self.rated.iter().copied())
    }

    /// What is left of it where not everybody sees all of these petitions still: it is counted without them, and of satisfaction, of which
    /// the difference would tell a rating, nothing is left. `None` where all is.
    fn left(&self, still: &HashSet<Id>) -> Option<CountedMonth> {
        let mut counted = self.counted.clone();
        let stays: Vec<&Fact> = self.facts.iter().filter(|fact| fact.open && still.contains(&fact.petition)).collect();
        if stays.len() < self.facts.iter().filter(|fact| fact.open).count() {
            counted.figures = DigestFigures::of(&stays);
        }
        let shows_ratings = counted.satisfaction.as_ref().is_some_and(|satisfaction| satisfaction.ratings.is_some());
        if shows_ratings && self.rated.iter().any(|id| !still.contains(id)) {
            counted.satisfaction = None;
        }
        (counted != self.counted).then_some(counted)
    }
}

/// The figures of months before one that stand frozen, as far as everybody sees still of which they are, the oldest first.
pub fn earlier(conn: &mut Conn, vault: &Vault, (month, months): (Month, u32), now: Moment) -> Result<Vec<(Month, CountedMonth)>> {
    let rows = store::earlier(conn, month, months)?;
    let open = |(month, snapshot): (Month, Snapshot)| Ok((month, Frozen::of(vault, snapshot)?));
    let all: Vec<(Month, Frozen)> = rows.into_iter().map(open).collect::<Result<_>>()?;
    let ids: BTreeSet<Id> = all.iter().flat_map(|(_, frozen)| frozen.petitions()).collect();
    let still = petitions::still_open(conn, now, &ids.into_iter().collect::<Vec<_>>())?;
    let shown = |(month, frozen): (Month, Frozen)| (month, frozen.left(&still).unwrap_or(frozen.counted));
    Ok(all.into_iter().map(shown).collect())
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
        let snapshots = store::snapshots_of(conn, digest.id)?.into_iter();
        let frozen: Vec<Frozen> = snapshots.map(|snapshot| Frozen::of(&node.vault, snapshot)).collect::<Result<_>>()?;
        let standing = digest.status.is_frozen().then_some(digest.revision);
        let read = match revision.or(standing) {
            Some(revision) => Some(frozen.iter().find(|one| one.snapshot.revision == revision).ok_or(Code::NOT_FOUND)?),
            None => None,
        };
        let (mut counted, mut facts) = match read {
            Some(frozen) => (frozen.counted.clone(), frozen.facts.clone()),
            None => live(conn, month, by.now)?,
        };
        let all: BTreeSet<Id> = frozen.iter().flat_map(Frozen::petitions).collect();
        let still = petitions::still_open(conn, by.now, &all.iter().copied().collect::<Vec<_>>())?;
        let ids: BTreeSet<Id> = all.into_iter().chain(facts.iter().map(|fact| fact.petition)).collect();
        let ids: Vec<Id> = ids.into_iter().collect();
        let seen = petitions::seen(conn, by, &ids)?;
        // That two petitions are one petitioner's tells whose a confidential one is.
        let veiled = petitions::veiled(conn, by, &ids)?;
        facts.iter_mut().filter(|fact| veiled.contains(&fact.petition)).for_each(|fact| fact.petitioner = None);
        let sees_all = |frozen: &Frozen| frozen.petitions().all(|id| still.contains(&id) || seen.contains(&id));
        let is_whole = |frozen: &Frozen| sees_all(frozen) || frozen.left(&still).is_none();
        let left = read.and_then(|frozen| frozen.left(&still));
        let withdrawn = left.is_some() && !read.is_some_and(is_whole);
        if let Some(left) = left.as_ref().filter(|_| withdrawn) {
            counted = left.clone();
        }
        let snapshot = read.map(|frozen| frozen.snapshot.clone());
        let freezings = frozen.iter().map(|one| (one.snapshot.clone(), is_whole(one))).collect();
        Ok(Self { month, digest, snapshot, counted, facts, freezings, withdrawn, left, seen })
    }

    /// The same as it is handed on: of what was frozen what everybody sees still, whoever reads it.
    pub fn for_all(mut self) -> Self {
        if let Some(left) = self.left.take() {
            (self.counted, self.withdrawn) = (left, true);
        }
        self
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
