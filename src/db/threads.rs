//! The threads that own the connections: readers, the group-committing SQLite writer, PostgreSQL writers.
//! Invariant: a write is answered only after the commit that holds it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;
#[cfg(feature = "postgres")]
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use diesel::connection::SimpleConnection;
use diesel::{QueryResult, RunQueryDsl};

use super::Mode;
#[cfg(feature = "postgres")]
use super::faults::fault_of;
use super::faults::{self, Fault};
use super::files::Place;
use super::journal::Head;
#[cfg(feature = "postgres")]
use super::locks;
use super::open::{self, Conn, Patience, Settings, Task};
use super::past::Past;
use super::prepared::Command;
use crate::error::{Code, Error, Result};
use crate::prepared;

/// Jobs that may wait before the store answers 503.
const QUEUE: usize = 1024;
/// Writes that one commit may carry.
const BATCH: usize = 256;
#[cfg(feature = "postgres")]
/// Runs of one write before the store gives up on it.
const ATTEMPTS: u32 = 8;
#[cfg(feature = "postgres")]
/// After this long no further run is begun.
const PATIENCE: Duration = Duration::from_secs(6);

/// What a job wants done with its work.
pub enum Outcome {
    Keep,
    Undo,
    /// The engine failed it.
    Failed(Fault),
}

/// What the threads know of the store.
#[derive(Debug)]
pub struct Health {
    takes_writes: AtomicBool,
    answers_reads: AtomicBool,
    /// Where the files of an embedded database are.
    place: OnceLock<Place>,
    failures: AtomicU64,
    retries: AtomicU64,
    /// Milliseconds of the process's steady clock at which the journal was last sealed to its end.
    sealed_at: AtomicU64,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            takes_writes: AtomicBool::new(true),
            answers_reads: AtomicBool::new(true),
            place: OnceLock::new(),
            failures: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            sealed_at: AtomicU64::new(u64::MAX),
        }
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

    /// Writes that met another one and were run again.
    pub fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// Time since the journal was last sealed to its end; nothing where each commit seals its own.
    pub fn unsealed(&self) -> Duration {
        match self.sealed_at.load(Ordering::Relaxed) {
            u64::MAX => Duration::ZERO,
            at => Duration::from_millis(steady_milliseconds().saturating_sub(at)),
        }
    }

    #[cfg(feature = "postgres")]
    pub fn sealed(&self) {
        self.sealed_at.store(steady_milliseconds(), Ordering::Relaxed);
    }

    /// Whether nothing is known against reading.
    pub fn answers_reads(&self) -> bool {
        self.answers_reads.load(Ordering::Relaxed)
    }

    /// Keeps an eye on the database's files.
    pub fn watch(&self, place: Option<Place>) {
        if let Some(place) = place {
            // A store is opened once.
            let _ = self.place.set(place);
        }
    }

    /// Whether the files that are written to are those that a start would find.
    pub fn is_in_place(&self) -> bool {
        self.place.get().is_none_or(Place::is_kept)
    }

    /// Has the store take a write of its own this moment: an empty commit proves nothing.
    fn take(conn: &mut Conn) -> QueryResult<()> {
        open::take_all(conn, Task::Write)?;
        conn.batch_execute("UPDATE store_probe SET writes = writes + 1")
    }

    /// A store in doubt must prove itself in every transaction.
    fn prove(&self, conn: &mut Conn) -> QueryResult<()> {
        if self.takes_writes() { Ok(()) } else { Self::take(conn) }
    }

    /// How long the next write waits for locks.
    #[cfg(feature = "postgres")]
    fn patience(&self) -> Patience {
        Patience::of(!self.takes_writes())
    }

    /// Tells whether reading went well, when all was read or the store failed a read.
    pub fn report_reads(&self, answered: bool) {
        if self.answers_reads.swap(answered, Ordering::Relaxed) == answered {
            return;
        }
        if answered {
            tracing::info!("the store answers all reads again");
        } else {
            tracing::error!(code = faults::last(), "the store failed a read; it is in doubt until all its tables can be read");
        }
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
        } else if self.is_in_place() {
            tracing::error!(code = faults::last(), "the store took no write; it is in doubt until it takes one");
        } else {
            tracing::error!(
                "the database's file, its log or its locks were deleted, moved or replaced: put it back, or start anew"
            );
        }
    }
}

fn steady_milliseconds() -> u64 {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// A unit of work that carries its own answer.
pub trait Job: Send {
    fn attempt(&mut self, conn: &mut Conn, head: &mut Head) -> Outcome;
    /// Called once: with `true` the job tells what came of it, with `false` that the store could not keep its word.
    fn answer(&mut self, kept: bool);
    /// Whether it waited so long for its turn that nobody waits for it any more.
    fn is_stale(&self) -> bool;
    /// Whether it runs beside others.
    #[cfg(feature = "postgres")]
    fn mode(&self) -> Mode;
}

pub type Work = Box<dyn Job>;

/// A bounded line of jobs in front of one kind of thread.
#[derive(Clone)]
pub struct Queue(Sender<Work>);

impl Queue {
    pub fn push(&self, job: Work) -> Result<()> {
        self.0.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => Error::from(Code::OVERLOADED),
            TrySendError::Disconnected(_) => Error::from(Code::STORE_UNAVAILABLE),
        })
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// Starts `count` threads over one queue; each owns a connection made on its own thread.
pub fn start(
    (name, task): (&str, Task),
    count: usize,
    settings: &Settings,
    health: &Arc<Health>,
    body: fn(&mut Conn, &Settings, &Receiver<Work>, &Health),
) -> Result<Queue, open::OpenError> {
    let (sender, receiver) = bounded::<Work>(QUEUE);
    for index in 0..count {
        let mut conn = open::connect_serving(settings, task)?;
        let (receiver, health, settings) = (receiver.clone(), Arc::clone(health), settings.clone());
        thread::Builder::new()
            .name(format!("{name}-{index}"))
            .spawn(move || body(&mut conn, &settings, &receiver, &health))
            .map_err(open::OpenError::Thread)?;
    }
    Ok(Queue(sender))
}

/// Serves reads, each on one consistent state.
pub fn reader(conn: &mut Conn, settings: &Settings, jobs: &Receiver<Work>, health: &Health) {
    for mut job in jobs {
        if job.is_stale() {
            job.answer(false);
            continue;
        }
        let patience = Patience::of(!health.answers_reads());
        let begun = open::ready(conn, settings, health, Task::Read, |conn| open::begin_read(conn, patience));
        let outcome = match begun {
            Ok(()) => job.attempt(conn, &mut Head::default()),
            Err(fault) => Outcome::Failed(fault),
        };
        open::rollback(conn);
        if begun.is_ok() && matches!(outcome, Outcome::Failed(Fault::Unavailable)) {
            open::renew(conn, settings, health, Task::Read);
        }
        if matches!(outcome, Outcome::Failed(Fault::Late | Fault::Unavailable)) {
            health.report_reads(false);
        }
        job.answer(!matches!(outcome, Outcome::Failed(_)));
    }
}

/// SQLite's one writer with group commit: takes what waits, runs each job in its own savepoint, commits once.
pub fn group_writer(conn: &mut Conn, settings: &Settings, jobs: &Receiver<Work>, health: &Health) {
    let begin = |conn: &mut Conn| open::begin_write(conn, Mode::Alone, Patience::Usual);
    let (mut batch, mut past): (Vec<Work>, _) = (Vec::with_capacity(BATCH), Past::default());
    while let Some(first) = past.next(conn, jobs) {
        let mut kept =
            open::ready(conn, settings, health, Task::Write, begin).is_ok() && health.is_in_place() && health.prove(conn).is_ok();
        let (mut head, mut next) = (Head::default(), Some(first));
        while let Some(mut job) = next {
            kept = kept && in_savepoint(conn, &mut job, &mut head);
            batch.push(job);
            next = if batch.len() < BATCH { jobs.try_recv().ok() } else { None };
        }
        // Asked once more after the commit: what went into a file that is gone is not kept.
        if !kept || head.store(conn).and_then(|()| open::commit(conn)).is_err() || !health.is_in_place() {
            kept = false;
            open::rollback(conn);
        }
        health.report(kept);
        for mut job in batch.drain(..) {
            job.answer(kept);
        }
        past.add(head.forgets);
    }
}

/// Runs one job; whether the store still takes writes.
fn in_savepoint(conn: &mut Conn, job: &mut Work, head: &mut Head) -> bool {
    if job.is_stale() {
        return true;
    }
    if prepared!(conn, Command("SAVEPOINT one"), execute).is_err() {
        return false;
    }
    let mut own = head.clone();
    let outcome = job.attempt(conn, &mut own);
    if matches!(outcome, Outcome::Keep) {
        *head = own;
    } else if prepared!(conn, Command("ROLLBACK TO one"), execute).is_err() {
        return false;
    }
    // A full, damaged or read-only disk concerns the whole batch.
    !matches!(outcome, Outcome::Failed(_)) && prepared!(conn, Command("RELEASE one"), execute).is_ok()
}

/// How one transaction on PostgreSQL ended.
#[cfg(feature = "postgres")]
enum Ended {
    Kept,
    /// The job itself refused.
    Refused,
    /// Nothing was kept, and another attempt may end otherwise.
    Failed(Fault),
    /// The store failed at the commit: nobody knows.
    Lost,
}

/// A PostgreSQL writer: one transaction a job, run again when the engine asks for it.
#[cfg(feature = "postgres")]
pub fn single_writer(conn: &mut Conn, settings: &Settings, jobs: &Receiver<Work>, health: &Health) {
    let mut past = Past::default();
    while let Some(mut job) = past.next(conn, jobs) {
        if job.is_stale() {
            job.answer(false);
            continue;
        }
        let (began, mut attempt) = (Instant::now(), 0);
        let ended = loop {
            let ended = one_transaction(conn, settings, (&mut job, &mut past), health);
            attempt += 1;
            let worth = matches!(ended, Ended::Failed(Fault::AtOdds | Fault::Unavailable));
            if !worth || attempt == ATTEMPTS || began.elapsed() > PATIENCE {
                break ended;
            }
            health.retries.fetch_add(1, Ordering::Relaxed);
            thread::sleep(pause(attempt));
        };
        let kept = match ended {
            Ended::Kept | Ended::Refused => true,
            // At odds with other writers to the end: answered with 503, but the store takes writes all the same.
            Ended::Failed(Fault::AtOdds) => false,
            Ended::Failed(Fault::Late | Fault::Unavailable) | Ended::Lost => {
                health.report(false);
                false
            }
        };
        job.answer(kept);
    }
}

/// Up to 1, 2, 4 … ms, by chance, so that two who met do not meet again.
#[cfg(feature = "postgres")]
fn pause(attempt: u32) -> Duration {
    let chance = u64::from(uuid::Uuid::new_v4().as_fields().0);
    Duration::from_micros(chance % (1000 << attempt) + 1)
}

#[cfg(feature = "postgres")]
fn one_transaction(conn: &mut Conn, settings: &Settings, (job, past): (&mut Work, &mut Past), health: &Health) -> Ended {
    let (mode, patience) = (job.mode(), health.patience());
    if let Err(fault) = open::ready(conn, settings, health, Task::Write, |conn| open::begin_write(conn, mode, patience)) {
        return Ended::Failed(fault);
    }
    let ended = match health.prove(conn) {
        Ok(()) => locked(conn, mode, job, past),
        Err(error) => Ended::Failed(fault_of(&error).unwrap_or(Fault::Unavailable)),
    };
    if matches!(ended, Ended::Kept) {
        health.report(true);
    } else {
        open::rollback(conn);
    }
    if matches!(ended, Ended::Failed(Fault::Unavailable) | Ended::Lost) {
        open::renew(conn, settings, health, Task::Write);
    }
    ended
}

/// Runs the job in the transaction that has begun, and commits what it keeps.
#[cfg(feature = "postgres")]
fn locked(conn: &mut Conn, mode: Mode, job: &mut Work, past: &mut Past) -> Ended {
    let mut head = Head::default();
    match locks::found_rows(mode, || job.attempt(conn, &mut head)) {
        Outcome::Keep => match open::commit(conn) {
            Ok(()) => {
                past.add(head.forgets);
                Ended::Kept
            }
            Err(error) => match fault_of(&error) {
                Some(Fault::AtOdds) => Ended::Failed(Fault::AtOdds),
                _ => Ended::Lost,
            },
        },
        Outcome::Undo => Ended::Refused,
        Outcome::Failed(fault) => Ended::Failed(fault),
    }
}
