//! The threads that own the connections: readers, the group-committing SQLite writer, PostgreSQL writers.
//! Invariant: a write is answered only after the commit that holds it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
#[cfg(feature = "postgres")]
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;

use super::journal::Head;
use super::open::{self, Conn, Settings};
use super::prepared::Command;
use crate::error::{Code, Error, Result};
use crate::kept;

/// Jobs that may wait before the store answers 503.
const QUEUE: usize = 1024;
/// Writes that one commit may carry.
const BATCH: usize = 256;
#[cfg(feature = "postgres")]
/// Runs of one write before the store gives up on it.
const ATTEMPTS: u32 = 8;

/// What a job wants done with its work.
pub enum Outcome {
    Keep,
    Undo,
    Retry,
    /// The store failed; no job asks for this.
    #[cfg(feature = "postgres")]
    Lost,
}

/// What the writers know of the store.
#[derive(Debug)]
pub struct Health {
    takes_writes: AtomicBool,
    failures: AtomicU64,
}

impl Default for Health {
    fn default() -> Self {
        Self { takes_writes: AtomicBool::new(true), failures: AtomicU64::new(0) }
    }
}

impl Health {
    pub fn takes_writes(&self) -> bool {
        self.takes_writes.load(Ordering::Relaxed)
    }

    /// Commits that failed.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Acquire)
    }

    /// A store in doubt must write something of its own in every transaction: an empty commit proves nothing.
    fn prove(&self, conn: &mut Conn) -> bool {
        self.takes_writes() || conn.batch_execute("UPDATE store_probe SET writes = writes + 1").is_ok()
    }

    fn report(&self, kept: bool) {
        if !kept {
            self.failures.fetch_add(1, Ordering::Release);
        }
        if self.takes_writes.swap(kept, Ordering::Relaxed) == kept {
            return;
        }
        if kept {
            tracing::info!("the store takes writes again");
        } else {
            tracing::error!("a commit failed; the store is in doubt until one succeeds");
        }
    }
}

/// A unit of work that carries its own answer.
pub trait Job: Send {
    fn attempt(&mut self, conn: &mut Conn, head: &mut Head) -> Outcome;
    /// Called once, after the commit (`true`) or when the store could not keep its word (`false`).
    fn answer(&mut self, kept: bool);
}

type Work = Box<dyn Job>;

/// A bounded line of jobs in front of one kind of thread.
#[derive(Clone)]
pub struct Queue(Sender<Work>);

impl Queue {
    pub fn push(&self, job: Work) -> Result<()> {
        self.0.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => Error::from(Code::Overloaded),
            TrySendError::Disconnected(_) => Error::from(Code::StoreUnavailable),
        })
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// Starts `count` threads over one queue; each owns a connection made on its own thread.
pub fn start(
    name: &str,
    count: usize,
    settings: &Settings,
    health: &Arc<Health>,
    body: fn(&mut Conn, &Settings, &Receiver<Work>, &Health),
) -> Result<Queue, open::OpenError> {
    let (sender, receiver) = bounded::<Work>(QUEUE);
    for index in 0..count {
        let mut conn = open::connect(settings)?;
        let (receiver, health, settings) = (receiver.clone(), Arc::clone(health), settings.clone());
        thread::Builder::new()
            .name(format!("{name}-{index}"))
            .spawn(move || body(&mut conn, &settings, &receiver, &health))
            .map_err(open::OpenError::Thread)?;
    }
    Ok(Queue(sender))
}

/// Serves reads, each on one consistent state.
pub fn reader(conn: &mut Conn, settings: &Settings, jobs: &Receiver<Work>, _: &Health) {
    for mut job in jobs {
        let reachable = open::ready(conn, settings, open::begin_read);
        if reachable {
            job.attempt(conn, &mut Head::default());
            open::rollback(conn);
        }
        job.answer(reachable);
    }
}

/// SQLite's one writer with group commit: takes what waits, runs each job in its own savepoint, commits once.
pub fn group_writer(conn: &mut Conn, settings: &Settings, jobs: &Receiver<Work>, health: &Health) {
    let mut batch: Vec<Work> = Vec::with_capacity(BATCH);
    while let Ok(first) = jobs.recv() {
        let mut kept = open::ready(conn, settings, open::begin_write) && health.prove(conn);
        let (mut head, mut next) = (Head::default(), Some(first));
        while let Some(mut job) = next {
            kept = kept && in_savepoint(conn, &mut job, &mut head).is_ok();
            batch.push(job);
            next = if batch.len() < BATCH { jobs.try_recv().ok() } else { None };
        }
        if !kept || head.store(conn).and_then(|()| open::commit(conn)).is_err() {
            kept = false;
            open::rollback(conn);
        }
        health.report(kept);
        for mut job in batch.drain(..) {
            job.answer(kept);
        }
    }
}

fn in_savepoint(conn: &mut Conn, job: &mut Work, head: &mut Head) -> diesel::QueryResult<()> {
    kept!(conn, Command("SAVEPOINT one"), execute)?;
    let mut own = head.clone();
    if matches!(job.attempt(conn, &mut own), Outcome::Keep) {
        *head = own;
    } else {
        kept!(conn, Command("ROLLBACK TO one"), execute)?;
    }
    kept!(conn, Command("RELEASE one"), execute).map(drop)
}

/// A PostgreSQL writer: one transaction a job, run again when the engine asks for it.
#[cfg(feature = "postgres")]
pub fn single_writer(conn: &mut Conn, settings: &Settings, jobs: &Receiver<Work>, health: &Health) {
    for mut job in jobs {
        let mut outcome = Outcome::Retry;
        let mut attempt = 0;
        while matches!(outcome, Outcome::Retry) && attempt < ATTEMPTS {
            outcome = one_transaction(conn, settings, &mut job, health);
            thread::sleep(if matches!(outcome, Outcome::Retry) { Duration::from_millis(1 << attempt) } else { Duration::ZERO });
            attempt += 1;
        }
        // At odds with other writers to the end: answered with 503, but the store takes writes all the same.
        job.answer(matches!(outcome, Outcome::Keep | Outcome::Undo));
    }
}

/// `Keep` when it is committed, `Undo` when the job refused, `Retry` when it met another one, `Lost` when the store failed.
#[cfg(feature = "postgres")]
fn one_transaction(conn: &mut Conn, settings: &Settings, job: &mut Work, health: &Health) -> Outcome {
    let mut outcome = Outcome::Lost;
    if open::ready(conn, settings, open::begin_write) && health.prove(conn) {
        let mut head = Head::default();
        outcome = match job.attempt(conn, &mut head) {
            Outcome::Keep => match head.store(conn).and_then(|()| open::commit(conn)) {
                Ok(()) => Outcome::Keep,
                Err(error) => {
                    if open::asks_for_retry(&error.into()) {
                        Outcome::Retry
                    } else {
                        Outcome::Lost
                    }
                }
            },
            other => other,
        };
    }
    match outcome {
        Outcome::Keep => health.report(true),
        Outcome::Lost => health.report(false),
        Outcome::Undo | Outcome::Retry => {}
    }
    if !matches!(outcome, Outcome::Keep) {
        open::rollback(conn);
    }
    outcome
}
