//! What domains tell of their records for retention: which have ended, which something else rests on, and how each is erased.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::model::RetentionCategory;
use super::settings::RetentionSettings;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx, in_parts};
use crate::error::Result;
use crate::node::Node;

/// A record that has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    pub id: Id,
    /// What people quote it by.
    pub number: String,
    pub category: RetentionCategory,
    pub ended_on: NaiveDate,
}

/// Which records are asked for.
pub struct Asking<'a> {
    /// Those that the caller sees; all, where nobody asks.
    pub by: Option<&'a By>,
    /// Those of these; of all, the ones that ended first.
    pub ids: Option<&'a [Id]>,
    settings: &'a RetentionSettings,
    today: NaiveDate,
}

impl<'a> Asking<'a> {
    pub fn due(node: &'a Node, today: NaiveDate, by: Option<&'a By>, ids: Option<&'a [Id]>) -> Self {
        Self { by, ids, settings: node.config.of(), today }
    }

    /// The same of these records, whoever sees them.
    pub fn of_all<'o>(&'o self, ids: &'o [Id]) -> Asking<'o> {
        Asking { by: None, ids: Some(ids), settings: self.settings, today: self.today }
    }

    /// What ended before this moment is due.
    pub fn ended_before(&self, category: RetentionCategory) -> Moment {
        category.ended_before(self.settings, self.today)
    }
}

/// What keeps a record that is due by its age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Somebody holds it back.
    Held,
    /// What is answered together with it, or came out of it, is open still, or under appeal; or whoever petitioned has not been told its end.
    Open,
    /// An open petition cites it as an earlier answer.
    Cited,
    /// What goes together with it is kept.
    Together,
}

impl Bound {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "HELD",
            Self::Open => "OPEN",
            Self::Cited => "CITED",
            Self::Together => "TOGETHER",
        }
    }
}

/// Records that are kept though they are due by their age, each with what keeps it.
pub type Bonds = Vec<(Id, Bound)>;

/// The most records of one kind that are worked out at once.
pub const MOST: i64 = 1000;

/// The records of one kind.
#[derive(Clone, Copy)]
pub struct Keeper {
    /// As their paths begin: `petitions`.
    pub kind: &'static str,
    /// Those that are due by their age and not erased yet, at most [`MOST`], the first first.
    pub ended: fn(&mut Conn, &Node, &Asking<'_>) -> Result<Vec<Ended>>,
    /// Those of some that something rests on.
    pub bound: fn(&mut Conn, &Node, &[Id]) -> Result<Bonds>,
    /// The records, of whichever kind, that one goes together with: they are disposed of at once, or not at all, since one tells of the
    /// others.
    pub with: fn(&mut Conn, &Node, Id) -> Result<Vec<String>>,
    /// Those of some that the caller sees.
    pub seen: fn(&mut Conn, &By, &[Id]) -> Result<Vec<Id>>,
    /// Those of some that the caller reads as they were written.
    pub known: fn(&mut Conn, &By, &[Id]) -> Result<Vec<Id>>,
    /// Erases what one says, whoever it names, and how they are reached; of its own tables.
    pub erase: fn(&mut Tx, &Node, Id) -> Result<()>,
}

/// What a domain makes of the records of others: it repeats what they say, and loses it with them.
#[derive(Clone, Copy)]
pub struct Offshoots {
    /// Those of some records, by their paths, of which something is made that is still to be carried out.
    pub unfinished: fn(&mut Conn, &[String]) -> Result<Vec<String>>,
    /// Erases what is repeated of a record that is erased.
    pub erase: fn(&mut Tx, &Node, &str) -> Result<()>,
}

/// All kinds, and what is made of them; a part of the node, to which domains add theirs.
#[derive(Default)]
pub struct Keepers(Vec<Keeper>, Vec<Offshoots>);

/// A record's path, parted.
pub struct Parted {
    pub kind: String,
    pub id: Id,
}

impl Parted {
    pub fn of(record: &str) -> Option<Self> {
        let (kind, id) = record.split_once('/')?;
        Some(Self { kind: kind.to_owned(), id: id.parse().ok()? })
    }
}

impl Keepers {
    pub fn add(&mut self, keeper: Keeper) {
        self.0.push(keeper);
    }

    pub fn add_offshoots(&mut self, offshoots: Offshoots) {
        self.1.push(offshoots);
    }

    pub fn offshoots(&self) -> &[Offshoots] {
        &self.1
    }

    pub fn all(&self) -> &[Keeper] {
        &self.0
    }

    pub fn of(&self, kind: &str) -> Option<Keeper> {
        self.0.iter().copied().find(|keeper| keeper.kind == kind)
    }

    /// The records that one goes together with.
    pub fn with(&self, conn: &mut Conn, node: &Node, record: &str) -> Result<Vec<String>> {
        let keeper = Parted::of(record).and_then(|parted| Some((self.of(&parted.kind)?, parted.id)));
        keeper.map_or_else(|| Ok(Vec::new()), |(keeper, id)| (keeper.with)(conn, node, id))
    }

    /// Those of these records that the caller sees.
    pub fn seen(&self, conn: &mut Conn, by: &By, records: &[String]) -> Result<Vec<String>> {
        self.those(records, |keeper, some| (keeper.seen)(conn, by, some))
    }

    /// Whether the caller reads all of these records as they were written.
    pub fn knows(&self, conn: &mut Conn, by: &By, records: &[String]) -> Result<bool> {
        let known = self.those(records, |keeper, some| (keeper.known)(conn, by, some))?;
        Ok(records.iter().all(|record| known.contains(record)))
    }

    /// Those of these records that their keepers choose.
    fn those(&self, records: &[String], mut chosen: impl FnMut(&Keeper, &[Id]) -> Result<Vec<Id>>) -> Result<Vec<String>> {
        let mut kinds: HashMap<String, Vec<Id>> = HashMap::new();
        for Parted { kind, id } in records.iter().filter_map(|record| Parted::of(record)) {
            kinds.entry(kind).or_default().push(id);
        }
        let mut all = Vec::new();
        for keeper in &self.0 {
            let own = in_parts(kinds.get(keeper.kind).map_or(&[], Vec::as_slice), |some| chosen(keeper, some))?;
            all.extend(own.into_iter().map(|id| format!("{}/{id}", keeper.kind)));
        }
        Ok(all)
    }
}
