//! What a write judges by, it locks: the rows that it finds, and by name the sets that it looks through. On SQLite, and
//! for a write that runs alone, nothing is left to lock.

#[cfg(feature = "postgres")]
use std::cell::Cell;

use aws_lc_rs::digest::{SHA256, digest};

use super::Tx;
use crate::error::Result;

/// How a write runs on PostgreSQL; on SQLite each one is alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Beside others, which it meets at the rows and sets that it locks.
    Shared,
    /// With no other write at the same time: for what changes rules that others judge by, and what is rare.
    Alone,
}

#[cfg(feature = "postgres")]
thread_local! {
    /// Whether this thread is inside a write that runs beside others.
    static SHARED: Cell<bool> = const { Cell::new(false) };
}

/// Runs a job within which [`find!`](crate::find) locks the rows that it finds.
#[cfg(feature = "postgres")]
pub fn found_rows<T>(mode: Mode, job: impl FnOnce() -> T) -> T {
    SHARED.set(mode == Mode::Shared);
    let done = job();
    SHARED.set(false);
    done
}

/// Whether rows that are found now must be locked.
#[cfg(feature = "postgres")]
pub fn locks_rows() -> bool {
    SHARED.get()
}

/// Finds one row, if it is there; inside a write nobody else changes it until the write has ended.
#[macro_export]
macro_rules! find {
    ($conn:expr, $query:expr) => {
        match &mut *$conn {
            $crate::db::Conn::Sqlite(c) => $query.first(c),
            #[cfg(feature = "postgres")]
            $crate::db::Conn::Postgres(c) if $crate::db::locks_rows() => {
                $crate::db::forget_known();
                $query.for_no_key_update().first(c)
            }
            #[cfg(feature = "postgres")]
            $crate::db::Conn::Postgres(c) => $query.first(c),
        }
        .optional()
    };
}

/// As many as the migration has put into `set_locks`.
const BUCKETS: u16 = 1024;

/// Where a name falls; the same on every node and in every build.
fn bucket(name: &str) -> i32 {
    let hash = digest(&SHA256, name.as_bytes());
    let [high, low, ..] = hash.as_ref() else { unreachable!("the hash has 32 bytes") };
    i32::from(u16::from_be_bytes([*high, *low]) % BUCKETS)
}

impl Tx<'_> {
    /// Makes every other write that owns one of these sets wait until this one has ended.
    ///
    /// A set is named by what owns it: `people/{id}`, `agencies/{code}`. Own all that are known at once: they are taken
    /// in one order, so that two who want the same ones cannot lock each other out.
    pub fn own<S: AsRef<str>>(&mut self, names: impl IntoIterator<Item = S>) -> Result<()> {
        if self.is_alone() {
            return Ok(());
        }
        let mut wanted: Vec<i32> = names.into_iter().map(|name| bucket(name.as_ref())).collect();
        wanted.retain(|bucket| !self.owned.contains(bucket));
        if wanted.is_empty() {
            return Ok(());
        }
        wanted.sort_unstable();
        wanted.dedup();
        self.take(&wanted)?;
        self.owned.extend(wanted);
        Ok(())
    }

    #[cfg(feature = "postgres")]
    fn take(&mut self, buckets: &[i32]) -> Result<()> {
        use crate::schema::set_locks;
        use diesel::prelude::*;
        if let super::Conn::Postgres(c) = &mut *self.conn {
            let rows = set_locks::table.filter(set_locks::bucket.eq_any(buckets)).order(set_locks::bucket);
            let taken: Vec<i32> = rows.select(set_locks::bucket).for_update().load(c)?;
            debug_assert_eq!(taken, buckets);
            super::forget_known();
        }
        Ok(())
    }

    #[cfg(not(feature = "postgres"))]
    fn take(&mut self, _: &[i32]) -> Result<()> {
        Ok(())
    }
}
