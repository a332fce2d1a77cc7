//! What is changed rarely: remembered by this node as long as its revision in the store stands.
//!
//! A transaction reads the revisions once: a read has one state of the store, and a write that counts one up runs alone,
//! so that none beside it sees another one before it has ended.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use diesel::prelude::*;

use super::{Conn, Failures, Tx};
use crate::each;
use crate::error::{Error, Result};
use crate::schema::revisions;

thread_local! {
    /// The revisions as this thread's transaction has read them; nothing is kept outside of one.
    static READ: RefCell<Option<Vec<(String, i64)>>> = const { RefCell::new(None) };
}

/// Runs a job's transaction, within which the revisions are read once.
pub fn read_once<T>(job: impl FnOnce() -> T) -> T {
    READ.set(Some(Vec::new()));
    let done = job();
    READ.set(None);
    done
}

/// The revision of something as this connection's transaction sees it.
fn revision(conn: &mut Conn, name: &str) -> Result<i64> {
    let of = |all: &[(String, i64)]| all.iter().find(|(of, _)| of == name).map(|(_, revision)| *revision);
    if let Some(revision) = READ.with_borrow(|read| of(read.as_deref()?)) {
        return Ok(revision);
    }
    let all = revisions::table.select((revisions::name, revisions::revision));
    let all: Vec<(String, i64)> = each!(conn, c => all.load(c))?;
    let revision = of(&all).ok_or(diesel::result::Error::NotFound)?;
    READ.with_borrow_mut(|read| {
        if let Some(read) = read {
            *read = all;
        }
    });
    Ok(revision)
}

/// The last revision that this node has read of something.
pub struct Revised<T> {
    name: &'static str,
    failures: Failures,
    last: Mutex<Option<Seen<T>>>,
}

struct Seen<T> {
    /// Failed commits before it was read: what was read within one of them may come back with other content.
    failures: u64,
    revision: i64,
    value: Arc<T>,
}

impl<T> Revised<T> {
    pub fn new(name: &'static str, failures: Failures) -> Self {
        Self { name, failures, last: Mutex::new(None) }
    }

    /// The value as this connection sees it: from memory when its revision is the one in the store.
    ///
    /// Whoever finds another one reads it without keeping the others waiting: a transaction that waits for something else than the
    /// server stands still in its eyes, and is ended.
    pub fn at(&self, conn: &mut Conn, read: impl FnOnce(&mut Conn) -> Result<T>) -> Result<Arc<T>> {
        let failures = self.failures.count();
        let revision = revision(conn, self.name)?;
        if let Some(seen) = self.last().as_ref().filter(|seen| (seen.failures, seen.revision) == (failures, revision)) {
            return Ok(Arc::clone(&seen.value));
        }
        let value = Arc::new(read(conn)?);
        let mut last = self.last();
        // A read of an older state, which took longer, is nobody's but its own.
        if last.as_ref().is_none_or(|seen| (seen.failures, seen.revision) <= (failures, revision)) {
            *last = Some(Seen { failures, revision, value: Arc::clone(&value) });
        }
        Ok(value)
    }

    fn last(&self) -> MutexGuard<'_, Option<Seen<T>>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a revision up; only a write that runs alone may, since those beside it would judge by what is over.
pub fn revise(tx: &mut Tx, name: &str) -> Result<()> {
    if !tx.is_alone() {
        return Err(Error::Internal(format!("{name} is revised by a write that does not run alone")));
    }
    READ.with_borrow_mut(|read| read.iter_mut().for_each(Vec::clear));
    diesel::update(revisions::table.find(name)).set(revisions::revision.eq(revisions::revision + 1)).execute(&mut **tx)?;
    Ok(())
}
