//! Which records mail and letters are about: each domain that sends any tells who sees its records, and whom they name, and follows what
//! becomes of its mail and its letters. What is about records of which no domain tells is seen by nobody.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::model::MailStatus;
use crate::auth::{By, Involved};
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Error, Result};
use crate::http::{Page, Paging, page_of};
use crate::node::Node;
use crate::people::Email;

/// Tells which of these records the caller sees.
pub type Seen = fn(&mut Conn, &Node, &By, &[Id]) -> Result<Vec<Id>>;

/// Tells to which address mail about a record goes now.
pub type Address = fn(&mut Conn, &Node, Id) -> Result<Option<Email>>;

/// Tells whom a record names.
pub type Names = fn(&mut Conn, &Node, Id) -> Result<Involved>;

/// What has become of a mail.
pub struct MailNews {
    pub mail_id: Id,
    pub status: MailStatus,
    /// Whether it went to the address that the record keeps now, where it keeps one.
    pub is_to_record: bool,
    /// Whether it is for that address that it did not arrive.
    pub fails_address: bool,
    pub at: Moment,
}

/// That somebody has stopped a letter, or lets one go that was stopped.
pub struct LetterNews {
    pub letter_id: Id,
    pub goes: bool,
    pub at: Moment,
}

/// The records of one kind.
#[derive(Clone, Copy)]
pub struct Matter {
    /// As their paths begin: `cases`.
    pub kind: &'static str,
    /// Those of these records of which the caller may see that mail or a letter about them went out: never one that names somebody whose data is
    /// closed to them, nor one that is kept from them.
    pub seen: Seen,
    /// The address to which mail about one of them goes, where such a record keeps how to reach whoever it is about: another address is
    /// put right there, and nowhere else.
    pub address: Option<Address>,
    /// Whom one of them names: they, their spouses and kin send nothing about it.
    pub involved: Names,
    /// Whether nothing of one of them may stand in the feed, where a gap would tell of it.
    pub withheld: fn(&mut Conn, Id) -> Result<bool>,
    /// Takes one of them before its mail or letter, so that an act upon it, which may stop the mail, and the relay meet at the record first.
    pub take: fn(&mut Tx, Id) -> Result<()>,
    /// Whether what a mail or a letter about one of them says is still so: else it is not sent again.
    pub stands: fn(&mut Conn, &Node, Id, Id) -> Result<bool>,
    /// Follows what has become of a mail about one of them: what reached nobody is told by another way.
    pub follow: fn(&mut Tx, &Node, Id, &MailNews) -> Result<()>,
    /// Follows that a letter about one of them was stopped, or goes after all.
    pub follow_letter: fn(&mut Tx, &Node, Id, &LetterNews) -> Result<()>,
}

impl Matter {
    /// Records whose mail stands in the feed, and that follow nothing.
    pub const fn of(kind: &'static str, seen: Seen, involved: Names) -> Self {
        Self {
            kind,
            seen,
            address: None,
            involved,
            withheld: |_, _| Ok(false),
            take: |_, _| Ok(()),
            stands: |_, _, _, _| Ok(true),
            follow: |_, _, _, _| Ok(()),
            follow_letter: |_, _, _, _| Ok(()),
        }
    }
}

/// What went out about a record, or is to go out: a mail, a letter.
pub trait About {
    fn id(&self) -> Id;
    /// The path of the record.
    fn about(&self) -> &str;
}

/// Rows that are read at a time, until the page is full of what the caller sees.
const STEP: usize = 500;

/// All kinds; a part of the node, to which domains add theirs.
#[derive(Default)]
pub struct Matters(Vec<Matter>);

/// The kind and the key in a record's path.
pub fn parted(about: &str) -> Result<(&str, Id)> {
    let parted = about.split_once('/').and_then(|(kind, id)| Some((kind, id.parse().ok()?)));
    parted.ok_or_else(|| Error::Internal("a mail is about no record".to_owned()))
}

impl Matters {
    pub fn add(&mut self, matter: Matter) {
        self.0.push(matter);
    }

    fn of(&self, kind: &str) -> Option<&Matter> {
        self.0.iter().find(|matter| matter.kind == kind)
    }

    /// Those of these paths that lead to records whose mail the caller sees.
    pub fn seen(&self, conn: &mut Conn, node: &Node, by: &By, paths: &HashSet<&str>) -> Result<HashSet<String>> {
        let mut kinds: HashMap<&str, Vec<Id>> = HashMap::new();
        for path in paths {
            let (kind, id) = parted(path)?;
            kinds.entry(kind).or_default().push(id);
        }
        let mut seen = HashSet::new();
        for (kind, ids) in kinds {
            let Some(matter) = self.of(kind) else { continue };
            seen.extend((matter.seen)(conn, node, by, &ids)?.into_iter().map(|id| format!("{kind}/{id}")));
        }
        Ok(seen)
    }

    /// A page of what is about records that the caller sees, the newest first: out of the `records` of all that is looked for, and the
    /// `rows` before one, so many at most. Who may see is asked before anything is counted.
    pub fn page<T: About>(
        &self,
        conn: &mut Conn,
        (node, by): (&Node, &By),
        paging: &Paging,
        records: impl FnOnce(&mut Conn) -> Result<Vec<String>>,
        rows: impl Fn(&mut Conn, Option<Id>, i64) -> Result<Vec<T>>,
    ) -> Result<Page<T>> {
        let total = paging.total(|| records(conn).and_then(|records| self.count(conn, node, by, &records)))?;
        let mut after = paging.after(T::id)?;
        let mut found = Vec::new();
        loop {
            let rows = rows(conn, after, i64::try_from(STEP).unwrap_or(i64::MAX))?;
            let (last, whole) = (rows.last().map(T::id), rows.len() < STEP);
            let seen = self.seen(conn, node, by, &rows.iter().map(T::about).collect())?;
            found.extend(rows.into_iter().filter(|row| seen.contains(row.about())));
            if whole || found.len() > paging.limit {
                return Ok(page_of(paging, found, total, |row| row.id().to_string()));
            }
            after = last;
        }
    }

    /// How many of these are about records that the caller sees.
    fn count(&self, conn: &mut Conn, node: &Node, by: &By, records: &[String]) -> Result<i64> {
        let mut counts: HashMap<&str, i64> = HashMap::new();
        records.iter().for_each(|about| *counts.entry(about).or_default() += 1);
        let paths: Vec<&str> = counts.keys().copied().collect();
        let mut total = 0;
        for paths in paths.chunks(STEP) {
            let seen = self.seen(conn, node, by, &paths.iter().copied().collect())?;
            total += seen.iter().filter_map(|path| counts.get(path.as_str())).sum::<i64>();
        }
        Ok(total)
    }

    /// A line of the journal about a record: told to the feed, where the record may stand in it.
    pub fn told(&self, conn: &mut Conn, action: &'static str, path: &str, event: Value) -> Result<Record> {
        let (kind, id) = parted(path)?;
        let withheld = self.of(kind).map_or(Ok(false), |matter| (matter.withheld)(conn, id))?;
        Ok(if withheld { Record::read(action, path.to_owned(), "") } else { Record::change(action, path.to_owned(), event) })
    }

    /// Takes a record before its mail or letter.
    pub fn take(&self, tx: &mut Tx, path: &str) -> Result<()> {
        let (kind, id) = parted(path)?;
        self.of(kind).map_or(Ok(()), |matter| (matter.take)(tx, id))
    }

    /// Whether what a mail or a letter about a record says is still so.
    pub fn stands(&self, conn: &mut Conn, node: &Node, (path, message): (&str, Id)) -> Result<bool> {
        let (kind, id) = parted(path)?;
        self.of(kind).map_or(Ok(true), |matter| (matter.stands)(conn, node, id, message))
    }

    /// Whether mail about a record goes to an address now: to any, where the record keeps none.
    pub fn is_address(&self, conn: &mut Conn, node: &Node, (path, to): (&str, &Email)) -> Result<bool> {
        let (kind, id) = parted(path)?;
        let Some(address) = self.of(kind).and_then(|matter| matter.address) else { return Ok(true) };
        Ok(address(conn, node, id)?.is_some_and(|kept| kept.expose().eq_ignore_ascii_case(to.expose())))
    }

    /// Lets a record follow what has become of a mail about it.
    pub fn follow(&self, tx: &mut Tx, node: &Node, path: &str, news: &MailNews) -> Result<()> {
        let (kind, id) = parted(path)?;
        self.of(kind).map_or(Ok(()), |matter| (matter.follow)(tx, node, id, news))
    }

    /// Lets a record follow that a letter about it was stopped, or goes after all.
    pub fn follow_letter(&self, tx: &mut Tx, node: &Node, path: &str, news: &LetterNews) -> Result<()> {
        let (kind, id) = parted(path)?;
        self.of(kind).map_or(Ok(()), |matter| (matter.follow_letter)(tx, node, id, news))
    }

    /// Whom a record names.
    pub fn involved(&self, conn: &mut Conn, node: &Node, path: &str) -> Result<Involved> {
        let (kind, id) = parted(path)?;
        self.of(kind).map_or_else(|| Ok(Involved::default()), |matter| (matter.involved)(conn, node, id))
    }
}
