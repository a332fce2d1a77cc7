//! The threads that own the connections: readers, the group-committing SQLite writer, PostgreSQL writers.
//! Invariant: a write is answered only after the commit that holds it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
#[cfg(feature = "postgres")]
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use diesel::connection::SimpleConnection;

use super::journal::Head;
use super::open::{self, Conn, Settings};
use crate::error::{Code, Error, Result};

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
    healthy: &Arc<AtomicBool>,
    body: fn(&mut Conn, &Settings, &Receiver<Work>, &AtomicBool),
) -> Result<Queue, open::OpenError> {
    let (sender, receiver) = bounded::<Work>(QUEUE);
    for index in 0..count {
        let mut conn = open::connect(settings)?;
        let (receiver, healthy, settings) = (receiver.clone(), Arc::clone(healthy), settings.clone());
        thread::Builder::new()
            .name(format!("{name}-{index}"))
            .spawn(move || body(&mut conn, &settings, &receiver, &healthy))
            .map_err(open::OpenError::Thread)?;
    }
    Ok(Queue(sender))
}

/// Serves reads, each on one consistent state.
pub fn reader(conn: &mut Conn, settings: &Settings, jobs: &Receiver<Work>, _: &AtomicBool) {
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
pub fn group_writer(conn: &mut Conn, settings: &Settings, jobs: &Receiver<Work>, healthy: &AtomicBool) {
    let mut batch: Vec<Work> = Vec::with_capacity(BATCH);
    while let Ok(first) = jobs.recv() {
        let mut kept = open::ready(conn, settings, open::begin_write);
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
        report(healthy, kept);
        for mut job in batch.drain(..) {
            job.answer(kept);
        }
    }
}

fn in_savepoint(conn: &mut Conn, job: &mut Work, head: &mut Head) -> diesel::QueryResult<()> {
    conn.batch_execute("SAVEPOINT one")?;
    let mut own = head.clone();
    match job.attempt(conn, &mut own) {
        Outcome::Keep => {
            *head = own;
            conn.batch_execute("RELEASE one")
        }
        Outcome::Undo | Outcome::Retry => conn.batch_execute("ROLLBACK TO one; RELEASE one"),
    }
}

/// A PostgreSQL writer: one transaction a job, run again when the engine asks for it.
#[cfg(feature = "postgres")]
pub fn single_writer(conn: &mut Conn, settings: &Settings, jobs: &Receiver<Work>, healthy: &AtomicBool) {
    for mut job in jobs {
        let mut kept = false;
        for attempt in 0..ATTEMPTS {
            if !open::ready(conn, settings, open::begin_write) {
                break;
            }
            let mut head = Head::default();
            match job.attempt(conn, &mut head) {
                Outcome::Keep => kept = head.store(conn).and_then(|()| open::commit(conn)).is_ok(),
                Outcome::Undo => {
                    open::rollback(conn);
                    kept = true;
                }
                Outcome::Retry => {
                    open::rollback(conn);
                    thread::sleep(Duration::from_millis(1 << attempt));
                    continue;
                }
            }
            break;
        }
        report(healthy, kept);
        job.answer(kept);
    }
}

fn report(healthy: &AtomicBool, kept: bool) {
    if healthy.swap(kept, Ordering::Relaxed) != kept {
        if kept {
            tracing::info!("the store takes writes again");
        } else {
            tracing::error!("a commit failed; writes are refused until one succeeds");
        }
    }
}
