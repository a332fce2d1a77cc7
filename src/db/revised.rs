//! What is changed rarely: remembered by this node as long as its revision in the store stands.

use std::sync::{Arc, Mutex, PoisonError};

use diesel::prelude::*;

use super::{Conn, Failures, Tx};
use crate::each;
use crate::error::Result;
use crate::schema::revisions;

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
    pub fn at(&self, conn: &mut Conn, read: impl FnOnce(&mut Conn) -> Result<T>) -> Result<Arc<T>> {
        let failures = self.failures.count();
        let latest = revisions::table.find(self.name).select(revisions::revision);
        let revision: i64 = each!(conn, c => latest.first(c))?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = last.as_ref().filter(|seen| (seen.failures, seen.revision) == (failures, revision)) {
            return Ok(Arc::clone(&seen.value));
        }
        let value = Arc::new(read(conn)?);
        *last = Some(Seen { failures, revision, value: Arc::clone(&value) });
        Ok(value)
    }
}

/// Counts a revision up; the row's lock lines up all who change the same thing.
pub fn revise(tx: &mut Tx, name: &str) -> Result<()> {
    diesel::update(revisions::table.find(name)).set(revisions::revision.eq(revisions::revision + 1)).execute(&mut **tx)?;
    Ok(())
}
