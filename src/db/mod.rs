//! The store: `Db::read` and `Db::write`, migrations, backup.
//! The only room that names a database engine; it knows no domain.

mod columns;
mod files;
pub mod journal;
mod look;
mod migrations;
mod open;
mod prepared;
mod revised;
mod statements;
mod threads;

use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::result::{DatabaseErrorKind, Error as Diesel};
use tokio::sync::oneshot;

use crate::error::{Code, Error, Result};
pub use columns::{Id, JsonText};
pub use files::{Served, backup, refuse_served, serve_alone};
use journal::Head;
pub use journal::{Origin, Record};
pub use look::{examine, look, refuse_nothing, refuse_unwritable, snapshot, store_time, tables_of};
pub use migrations::{Tables, lock_start, migrate, tables};
pub use open::{Backend, Conn, OpenError, Settings};
pub use prepared::Kept;
pub use revised::{Revised, revise};
use threads::{Health, Job, Outcome, Queue};

/// Runs one statement on the engine's own connection type, for what the enum cannot express.
#[macro_export]
macro_rules! each {
    ($conn:expr, $c:ident => $body:expr) => {
        match &mut *$conn {
            $crate::db::Conn::Sqlite($c) => $body,
            #[cfg(feature = "postgres")]
            $crate::db::Conn::Postgres($c) => $body,
        }
    };
}

/// The store of one office, shared by every request.
#[derive(Clone)]
pub struct Db {
    reads: Queue,
    writes: Queue,
    health: Arc<Health>,
    /// Counts commits; absent where other nodes commit too.
    commits: Option<Arc<AtomicU64>>,
}

impl Db {
    /// Opens the store, brings its tables up to date and starts its threads.
    pub fn open(settings: &Settings) -> Result<Self, OpenError> {
        let health = Arc::<Health>::default();
        let (reads, writes) = open::start(settings, &health)?;
        let commits = settings.url.starts_with("sqlite:").then(Arc::default);
        Ok(Self { reads, writes, health, commits })
    }

    /// Whether the last commit reached the disk.
    pub fn healthy(&self) -> bool {
        self.health.takes_writes()
    }

    /// A watch on failed commits, for whoever remembers what was read within a transaction.
    pub fn failures(&self) -> Failures {
        Failures(Arc::clone(&self.health))
    }

    /// How many writes this node has made: what was read at one count is still true at the same count. `None`
    /// where other nodes write to the same store.
    pub fn commits(&self) -> Option<u64> {
        self.commits.as_ref().map(|count| count.load(Ordering::Acquire))
    }

    /// Writes waiting for their turn, for the metrics.
    pub fn waiting_writes(&self) -> usize {
        self.writes.len()
    }

    /// Runs `f` on one consistent state of the store.
    pub async fn read<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let (answer, wait) = oneshot::channel();
        self.reads.push(Box::new(ReadJob { f: Some(f), result: None, answer: Some(answer) }))?;
        wait.await.map_err(|_| Error::from(Code::StoreUnavailable))?
    }

    /// Runs `f` in one transaction and answers only when it is on disk; an error leaves no trace.
    ///
    /// `f` may run more than once: an engine that finds two transactions at odds asks for a retry.
    pub async fn write<T, F>(&self, origin: Origin, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
    {
        let (answer, wait) = oneshot::channel();
        let commits = self.commits.clone();
        self.writes.push(Box::new(WriteJob { f, origin, result: None, answer: Some(answer), commits }))?;
        wait.await.map_err(|_| Error::from(Code::StoreUnavailable))?
    }
}

/// Counts failed commits: what was read within one of them may come back with other content.
#[derive(Clone, Debug)]
pub struct Failures(Arc<Health>);

impl Failures {
    pub fn count(&self) -> u64 {
        self.0.failures()
    }
}

/// One transaction: a connection, who acts in it, and what it will put into the journal.
pub struct Tx<'c> {
    conn: &'c mut Conn,
    origin: &'c Origin,
    records: Vec<Record>,
}

impl Tx<'_> {
    /// Notes an act for the audit log and the feed; written as the transaction's last step.
    pub fn record(&mut self, record: Record) {
        self.records.push(record);
    }

    /// Whether no other transaction writes before this one has ended: what it has looked up stays so.
    pub fn is_alone(&self) -> bool {
        matches!(self.conn, Conn::Sqlite(_))
    }

    /// Who acts, from where, and when.
    pub fn origin(&self) -> &Origin {
        self.origin
    }
}

impl Deref for Tx<'_> {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        self.conn
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Conn {
        self.conn
    }
}

/// Runs `f` in the current thread outside any request: the command line and the first start.
pub fn at_once<T>(conn: &mut Conn, origin: &Origin, f: impl Fn(&mut Tx) -> Result<T>) -> Result<T> {
    whole(conn, |conn, head| run(conn, origin, &f, head))
}

/// As [`at_once`], but never beside another start: whoever comes second waits, and finds what the first one has made.
pub fn one_start<T>(conn: &mut Conn, origin: &Origin, f: impl Fn(&mut Tx) -> Result<T>) -> Result<T> {
    let meets_another =
        |error: &Error| matches!(error, Error::Store(Diesel::DatabaseError(DatabaseErrorKind::SerializationFailure, _)));
    migrations::again(meets_another, || {
        at_once(conn, origin, |tx| {
            lock_start(tx)?;
            f(tx)
        })
    })
}

/// One transaction that ends with the journal's head, and leaves no trace when it fails.
fn whole<T>(conn: &mut Conn, f: impl FnOnce(&mut Conn, &mut Head) -> Result<T>) -> Result<T> {
    open::begin_write(conn)?;
    let mut head = Head::default();
    let done = f(conn, &mut head).and_then(|value| {
        head.store(conn)?;
        open::commit(conn)?;
        Ok(value)
    });
    if done.is_err() {
        open::rollback(conn);
    }
    done
}

/// Runs many acts in one transaction outside any request, each with its own line in the journal.
pub fn each_at_once<F>(conn: &mut Conn, acts: impl Iterator<Item = (Origin, F)>) -> Result<()>
where
    F: Fn(&mut Tx) -> Result<()>,
{
    whole(conn, |conn, head| {
        for (origin, act) in acts {
            run(conn, &origin, &act, head)?;
        }
        Ok(())
    })
}

/// Opens a single connection for [`at_once`].
pub fn connect(settings: &Settings) -> Result<Conn, OpenError> {
    open::connect(settings)
}

/// Whether the embedded database file of these settings exists yet.
pub fn exists(settings: &Settings) -> bool {
    settings.url.strip_prefix("sqlite:").is_none_or(|path| Path::new(path).exists())
}

fn run<T>(conn: &mut Conn, origin: &Origin, f: &impl Fn(&mut Tx) -> Result<T>, head: &mut Head) -> Result<T> {
    let mut tx = Tx { conn, origin, records: Vec::new() };
    let value = f(&mut tx)?;
    let records = std::mem::take(&mut tx.records);
    head.append(tx.conn, origin, &records)?;
    Ok(value)
}

/// A panic inside a job is that request's 500 and nobody else's.
fn guarded<T>(f: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|_| Err(Error::Panicked))
}

struct ReadJob<T, F> {
    f: Option<F>,
    result: Option<Result<T>>,
    answer: Option<oneshot::Sender<Result<T>>>,
}

impl<T, F> Job for ReadJob<T, F>
where
    T: Send,
    F: FnOnce(&mut Conn) -> Result<T> + Send,
{
    fn attempt(&mut self, conn: &mut Conn, _: &mut Head) -> Outcome {
        if let Some(f) = self.f.take() {
            self.result = Some(guarded(|| f(conn)));
        }
        Outcome::Keep
    }

    fn answer(&mut self, reachable: bool) {
        send(&mut self.answer, self.result.take().filter(|_| reachable));
    }
}

struct WriteJob<T, F> {
    f: F,
    origin: Origin,
    result: Option<Result<T>>,
    answer: Option<oneshot::Sender<Result<T>>>,
    commits: Option<Arc<AtomicU64>>,
}

impl<T, F> Job for WriteJob<T, F>
where
    T: Send,
    F: Fn(&mut Tx) -> Result<T> + Send,
{
    fn attempt(&mut self, conn: &mut Conn, head: &mut Head) -> Outcome {
        let result = guarded(|| run(conn, &self.origin, &self.f, head));
        let outcome = match &result {
            Ok(_) => Outcome::Keep,
            Err(error) if open::asks_for_retry(error) => Outcome::Retry,
            Err(_) => Outcome::Undo,
        };
        self.result = Some(result);
        outcome
    }

    fn answer(&mut self, durable: bool) {
        // Counted before anyone is told: whoever has the answer reads what it says.
        if let Some(count) = &self.commits {
            count.fetch_add(1, Ordering::Release);
        }
        send(&mut self.answer, self.result.take().filter(|_| durable));
    }
}

fn send<T>(answer: &mut Option<oneshot::Sender<Result<T>>>, result: Option<Result<T>>) {
    if let Some(answer) = answer.take() {
        // The client may have hung up; the work stands all the same.
        let _ = answer.send(result.unwrap_or_else(|| Err(Code::StoreUnavailable.into())));
    }
}
