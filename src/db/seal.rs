//! Sealing the journal on PostgreSQL: committed acts get their numbers, their place in the chain and in the feed.
//!
//! An act that rests on another one draws its number in the inbox after that one has committed, so it can never be
//! sealed before it; one that is not committed is not seen, so it can neither be numbered early nor passed over.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tokio::sync::oneshot;

use super::journal::Entry;
use super::open::{self, Conn, OpenError, Settings, Task};
use super::threads::Health;
use crate::schema::{audit_log, events, journal_head, journal_inbox};

/// How long a committed act waits at most until somebody seals it unasked.
const TURN: Duration = Duration::from_millis(250);
/// Acts that one transaction seals at most, so that one which ends with its node has lost little.
const BATCH: i64 = 100;
/// Lines after which it takes no further act, and lines of one statement, whose parameters PostgreSQL bounds.
const LINES: usize = 1000;

/// Whom a reader of the journal asks to seal it first.
#[derive(Clone)]
pub struct Sealer(Sender<oneshot::Sender<()>>);

impl Sealer {
    /// Waits until everything is sealed that was committed before the call; `false` when that failed.
    pub async fn sealed(&self) -> bool {
        let (answer, wait) = oneshot::channel();
        self.0.send(answer).is_ok() && wait.await.is_ok()
    }
}

/// Starts the thread that seals.
pub fn start(settings: &Settings, health: &Arc<Health>) -> Result<Sealer, OpenError> {
    let (sender, receiver) = unbounded();
    let (conn, settings, health) = (open::connect_serving(settings, Task::Write)?, settings.clone(), Arc::clone(health));
    health.sealed();
    let body = move || run(conn, &settings, &receiver, &health);
    thread::Builder::new().name("seal".to_owned()).spawn(body).map_err(OpenError::Thread)?;
    Ok(Sealer(sender))
}

fn run(mut conn: Conn, settings: &Settings, asked: &Receiver<oneshot::Sender<()>>, health: &Health) {
    loop {
        let mut waiting = match asked.recv_timeout(TURN) {
            Ok(first) => vec![first],
            Err(RecvTimeoutError::Timeout) => Vec::new(),
            Err(RecvTimeoutError::Disconnected) => return,
        };
        waiting.extend(asked.try_iter());
        match all(&mut conn) {
            Ok(()) => {
                health.sealed();
                for one in waiting {
                    // Whoever hung up does without.
                    let _ = one.send(());
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the journal could not be sealed; the next turn tries again");
                if let Ok(fresh) = open::connect_serving(settings, Task::Write) {
                    conn = fresh;
                }
            }
        }
    }
}

/// Seals everything that is committed by now; what others commit meanwhile keeps nobody waiting.
pub fn all(conn: &mut Conn) -> QueryResult<()> {
    let Conn::Postgres(conn) = conn else { return Ok(()) };
    // Looked at without a lock first: most turns of most nodes find nothing.
    let last: Option<i64> = journal_inbox::table.select(diesel::dsl::max(journal_inbox::n)).first(conn)?;
    let Some(last) = last else { return Ok(()) };
    let left = journal_inbox::table.filter(journal_inbox::n.le(last)).select(journal_inbox::n);
    while left.first::<i64>(conn).optional()?.is_some() {
        conn.batch_execute("BEGIN")?;
        let sealed = batch(conn).and_then(|()| conn.batch_execute("COMMIT"));
        if sealed.is_err() {
            let _ = conn.batch_execute("ROLLBACK");
        }
        sealed?;
    }
    Ok(())
}

/// Seals the first acts of the inbox; the lock on the head lasts until the commit, so that sealers take turns.
fn batch(conn: &mut PgConnection) -> QueryResult<()> {
    let head = journal_head::table.filter(journal_head::id.eq(1));
    let (mut seq, mut hash): (i64, String) =
        head.select((journal_head::seq, journal_head::hash)).for_no_key_update().first(conn)?;
    let acts: Vec<(i64, String)> = journal_inbox::table.order(journal_inbox::n).limit(BATCH).load(conn)?;
    let (mut lines, mut told, mut sealed) = (Vec::new(), Vec::new(), Vec::new());
    for (n, body) in acts {
        if lines.len() >= LINES {
            break;
        }
        let entries: Vec<Entry> =
            serde_json::from_str(&body).map_err(|e| diesel::result::Error::DeserializationError(Box::new(e)))?;
        for entry in entries {
            let (line, event) = entry.seal(seq + 1, &hash);
            (seq, hash) = (line.seq, line.hash.clone());
            lines.push(line);
            told.extend(event);
        }
        sealed.push(n);
    }
    for lines in lines.chunks(LINES) {
        diesel::insert_into(audit_log::table).values(lines).execute(conn)?;
    }
    for told in told.chunks(LINES) {
        diesel::insert_into(events::table).values(told).execute(conn)?;
    }
    diesel::delete(journal_inbox::table.filter(journal_inbox::n.eq_any(sealed))).execute(conn)?;
    diesel::update(head).set((journal_head::seq.eq(seq), journal_head::hash.eq(hash))).execute(conn)?;
    Ok(())
}
