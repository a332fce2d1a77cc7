//! Which records mail is about: each domain that sends any tells who sees its records, and whom they name. Mail about records of
//! which no domain tells is seen by nobody.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::auth::{By, Involved};
use crate::db::{Conn, Id, Record};
use crate::error::{Error, Result};
use crate::http::{Page, Paging, page_of};
use crate::node::Node;

/// Tells which of these records the caller sees.
pub type Seen = fn(&mut Conn, &Node, &By, &[Id]) -> Result<Vec<Id>>;

/// The records of one kind.
#[derive(Clone, Copy)]
pub struct Matter {
    /// As their paths begin: `cases`.
    pub kind: &'static str,
    /// Those of these records of which the caller may see that mail about them went out: never one that names somebody whose data is
    /// closed to them, nor one that is kept from them.
    pub seen: Seen,
    /// Whom one of them names: they, their spouses and kin send nothing about it.
    pub involved: fn(&mut Conn, &Node, Id) -> Result<Involved>,
    /// Whether nothing of one of them may stand in the feed, where a gap would tell of it.
    pub withheld: fn(&mut Conn, Id) -> Result<bool>,
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

    /// Whom a record names.
    pub fn involved(&self, conn: &mut Conn, node: &Node, path: &str) -> Result<Involved> {
        let (kind, id) = parted(path)?;
        self.of(kind).map_or_else(|| Ok(Involved::default()), |matter| (matter.involved)(conn, node, id))
    }
}
