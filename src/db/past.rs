//! What an engine keeps of a row that was written over: SQLite in its log, PostgreSQL as a dead row. It is forgotten soon after, where
//! nobody may tell what came between two states of it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::faults;
use super::open::{BUSY_MILLISECONDS, Conn};
use super::threads::Work;

/// Between two forgettings, so that many answers cost few; shorter than a stop waits for silence.
const REST: Duration = Duration::from_millis(500);
/// After one that failed.
const AFTER_FAILURE: Duration = Duration::from_secs(10);
/// A read that began before on PostgreSQL has ended by then, and with it what keeps a dead row.
#[cfg(feature = "postgres")]
const READS_HAVE_ENDED: Duration = Duration::from_secs(50);
/// How long a checkpoint waits for those who read: it comes again.
const PATIENCE_MILLISECONDS: u32 = 50;

/// Tables of which one writer has to forget what stood there before.
#[derive(Default)]
pub struct Past {
    tables: BTreeSet<&'static str>,
    due: Option<Instant>,
    last: Option<Instant>,
    #[cfg(feature = "postgres")]
    is_read_still: bool,
}

impl Past {
    /// Notes what a commit has written over.
    pub fn add(&mut self, tables: BTreeSet<&'static str>) {
        if tables.is_empty() {
            return;
        }
        self.tables.extend(tables);
        let now = Instant::now();
        self.due = Some(self.last.map_or(now, |last| now.max(last + REST)));
        #[cfg(feature = "postgres")]
        {
            self.is_read_still = true;
        }
    }

    /// The next job, or none where the queue has ended; what is due is forgotten meanwhile.
    pub fn next(&mut self, conn: &mut Conn, jobs: &Receiver<Work>) -> Option<Work> {
        loop {
            let Some(due) = self.due else { return jobs.recv().ok() };
            if due <= Instant::now() {
                self.forget(conn);
                continue;
            }
            match jobs.recv_deadline(due) {
                Ok(job) => return Some(job),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.forget(conn);
                    return None;
                }
            }
        }
    }

    fn forget(&mut self, conn: &mut Conn) {
        let now = Instant::now();
        self.last = Some(now);
        self.due = match forgotten(conn, &self.tables) {
            Ok(true) => self.after(now),
            Ok(false) => Some(now + REST),
            Err(_) => {
                tracing::warn!(code = faults::last(), "what stood in the database before could not be cleared yet");
                Some(now + AFTER_FAILURE)
            }
        };
        if self.due.is_none() {
            self.tables.clear();
        }
    }

    /// When it is done once more, where whoever was reading has kept something of it.
    #[cfg(feature = "postgres")]
    fn after(&mut self, now: Instant) -> Option<Instant> {
        std::mem::take(&mut self.is_read_still).then_some(now + READS_HAVE_ENDED)
    }

    #[cfg(not(feature = "postgres"))]
    fn after(&mut self, _: Instant) -> Option<Instant> {
        None
    }
}

#[derive(QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    busy: i32,
}

/// Whether nothing is left of it: on SQLite no frame in the log; pages that are given up are overwritten (`secure_delete`).
fn forgotten(conn: &mut Conn, tables: &BTreeSet<&'static str>) -> QueryResult<bool> {
    faults::forget();
    #[cfg(not(feature = "postgres"))]
    let _ = tables;
    match conn {
        Conn::Sqlite(c) => {
            c.batch_execute(&format!("PRAGMA busy_timeout = {PATIENCE_MILLISECONDS}"))?;
            let done = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result::<Checkpoint>(c);
            c.batch_execute(&format!("PRAGMA busy_timeout = {BUSY_MILLISECONDS}"))?;
            Ok(done?.busy == 0)
        }
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => {
            for table in tables {
                c.batch_execute(&format!("VACUUM {table}"))?;
            }
            Ok(true)
        }
    }
}

/// Clears what a process that was killed has left in the log of an embedded database.
pub fn forget_before_start(conn: &mut Conn) {
    match conn {
        // Whoever else has it open keeps it, and clears it.
        Conn::Sqlite(c) => {
            let _ = faults::unheard(|| c.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)"));
        }
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => {}
    }
}
