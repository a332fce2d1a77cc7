//! The store: `Db::read` and `Db::write`, migrations, backup.
//! The only room that names a database engine; it knows no domain.

mod columns;
mod files;
pub mod journal;
mod locks;
mod look;
mod migrations;
mod numbers;
mod open;
mod prepared;
mod revised;
#[cfg(feature = "postgres")]
mod seal;
mod statements;
mod threads;

use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::error::{Code, Error, Result};
pub use columns::{Id, JsonText};
pub use files::{Served, backup, refuse_served, serve_alone};
use journal::{Entry, Head};
pub use journal::{Origin, Record};
pub use locks::Mode;
#[cfg(feature = "postgres")]
pub use locks::locks_rows;
pub use look::{examine, look, refuse_nothing, refuse_unwritable, snapshot, store_time, tables_of};
pub use migrations::{Tables, lock_start, migrate, tables};
pub use numbers::void_unused;
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

/// How long a job waits for its turn before nobody waits for it any more.
const TURN_DEADLINE: Duration = Duration::from_secs(10);
/// How long a request waits for the store; statements and locks have shorter deadlines of their own.
const ANSWER_DEADLINE: Duration = Duration::from_secs(45);
/// Seconds after which an unsealed journal turns readiness red.
const UNSEALED: Duration = Duration::from_secs(30);

/// The store of one office, shared by every request.
#[derive(Clone)]
pub struct Db {
    reads: Queue,
    writes: Queue,
    health: Arc<Health>,
    /// Counts commits; absent where other nodes commit too.
    commits: Option<Arc<AtomicU64>>,
    #[cfg(feature = "postgres")]
    shared: Option<Shared>,
}

/// What writes that run beside others need.
#[cfg(feature = "postgres")]
#[derive(Clone)]
struct Shared {
    sealer: seal::Sealer,
    drawer: Arc<numbers::Drawer>,
}

impl Db {
    /// Opens the store, brings its tables up to date and starts its threads.
    pub fn open(settings: &Settings) -> Result<Self, OpenError> {
        let health = Arc::<Health>::default();
        let (reads, writes) = open::start(settings, &health)?;
        let embedded = settings.url.starts_with("sqlite:");
        Ok(Self {
            reads,
            writes,
            commits: embedded.then(Arc::default),
            #[cfg(feature = "postgres")]
            shared: if embedded { None } else { Some(Shared::start(settings, &health)?) },
            health,
        })
    }

    /// Whether the store takes writes, and the journal is sealed in time.
    pub fn healthy(&self) -> bool {
        self.health.takes_writes() && self.health.unsealed() <= UNSEALED
    }

    /// Writes something of its own, so that a store in doubt can prove that it takes writes again.
    pub async fn prove(&self, origin: Origin) -> Result<()> {
        self.write(origin, Mode::Shared, |_| Ok(())).await
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

    /// The store's figures for the metrics.
    pub fn figures(&self) -> Figures {
        Figures {
            waiting_writes: self.writes.len(),
            retries: self.health.retries(),
            unsealed: self.health.unsealed(),
            ready: self.healthy(),
        }
    }

    /// Waits until every act that was committed before stands in the journal, numbered.
    pub async fn sealed(&self) -> Result<()> {
        #[cfg(feature = "postgres")]
        if let Some(shared) = &self.shared
            && !tokio::time::timeout(ANSWER_DEADLINE, shared.sealer.sealed()).await.unwrap_or(false)
        {
            return Err(Code::STORE_UNAVAILABLE.into());
        }
        Ok(())
    }

    /// Runs `f` on one consistent state of the store.
    pub async fn read<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let (answer, wait) = oneshot::channel();
        let asked_at = Instant::now();
        self.reads.push(Box::new(ReadJob { f: Some(f), result: None, answer: Some(answer), asked_at }))?;
        answered(wait).await
    }

    /// Runs `f` in one transaction and answers only when it is on disk; an error leaves no trace.
    ///
    /// `f` may run more than once: an engine that finds two transactions at odds asks for a retry. Beside others it locks
    /// what it judges by: rows by [`find!`](crate::find), sets by [`Tx::own`].
    pub async fn write<T, F>(&self, origin: Origin, mode: Mode, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
    {
        let (answer, wait) = oneshot::channel();
        self.writes.push(Box::new(WriteJob {
            f,
            origin,
            mode,
            result: None,
            answer: Some(answer),
            commits: self.commits.clone(),
            asked_at: Instant::now(),
            #[cfg(feature = "postgres")]
            numbers: numbers::Numbers::new(self.shared.as_ref().map(|shared| Arc::clone(&shared.drawer))),
        }))?;
        answered(wait).await
    }
}

#[cfg(feature = "postgres")]
impl Shared {
    fn start(settings: &Settings, health: &Arc<Health>) -> Result<Self, OpenError> {
        Ok(Self { sealer: seal::start(settings, health)?, drawer: Arc::new(numbers::Drawer::new(settings)) })
    }
}

async fn answered<T>(wait: oneshot::Receiver<Result<T>>) -> Result<T> {
    match tokio::time::timeout(ANSWER_DEADLINE, wait).await {
        Ok(Ok(result)) => result,
        _ => Err(Code::STORE_UNAVAILABLE.into()),
    }
}

/// The store's figures at one moment.
pub struct Figures {
    /// Writes waiting for their turn.
    pub waiting_writes: usize,
    /// Writes that met another one and were run again, since the start.
    pub retries: u64,
    /// Since the journal was last sealed to its end.
    pub unsealed: Duration,
    pub ready: bool,
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
    mode: Mode,
    /// Sets that it has locked.
    owned: Vec<i32>,
    records: Vec<Record>,
    #[cfg(feature = "postgres")]
    numbers: &'c mut numbers::Numbers,
}

impl Tx<'_> {
    /// Notes an act for the audit log and the feed; written as the transaction's last step.
    pub fn record(&mut self, record: Record) {
        self.records.push(record);
    }

    /// Whether no other transaction writes before this one has ended: what it has looked up stays so.
    pub fn is_alone(&self) -> bool {
        self.mode == Mode::Alone || matches!(self.conn, Conn::Sqlite(_))
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
    whole(conn, |conn, head| Attempt::of(origin).run(conn, &f, head))
}

/// As [`at_once`], but never beside another start: whoever comes second waits, and finds what the first one has made.
pub fn one_start<T>(conn: &mut Conn, origin: &Origin, f: impl Fn(&mut Tx) -> Result<T>) -> Result<T> {
    migrations::again(
        |error: &Error| matches!(error, Error::Store(cause) if migrations::meets_another(cause)),
        || {
            at_once(conn, origin, |tx| {
                lock_start(tx)?;
                f(tx)
            })
        },
    )
}

/// One transaction that runs alone, ends with the journal's head, and leaves no trace when it fails.
fn whole<T>(conn: &mut Conn, f: impl FnOnce(&mut Conn, &mut Head) -> Result<T>) -> Result<T> {
    open::begin_write(conn, Mode::Alone)?;
    let mut head = Head::default();
    let done = f(conn, &mut head).and_then(|value| {
        head.store(conn)?;
        open::commit(conn)?;
        Ok(value)
    });
    if done.is_err() {
        open::rollback(conn);
    }
    #[cfg(feature = "postgres")]
    if done.is_ok() {
        seal::all(conn)?;
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
            Attempt::of(&origin).run(conn, &act, head)?;
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

/// One run of a write.
struct Attempt<'a> {
    origin: &'a Origin,
    mode: Mode,
    #[cfg(feature = "postgres")]
    numbers: Option<&'a mut numbers::Numbers>,
}

impl<'a> Attempt<'a> {
    /// A run outside any request, which runs alone.
    fn of(origin: &'a Origin) -> Self {
        Self {
            origin,
            mode: Mode::Alone,
            #[cfg(feature = "postgres")]
            numbers: None,
        }
    }

    fn run<T>(self, conn: &mut Conn, f: &impl Fn(&mut Tx) -> Result<T>, head: &mut Head) -> Result<T> {
        #[cfg(feature = "postgres")]
        let mut none = numbers::Numbers::default();
        #[cfg(feature = "postgres")]
        let numbers = self.numbers.unwrap_or(&mut none);
        #[cfg(feature = "postgres")]
        numbers.again();
        let mut tx = Tx {
            conn,
            origin: self.origin,
            mode: self.mode,
            owned: Vec::new(),
            records: Vec::new(),
            #[cfg(feature = "postgres")]
            numbers,
        };
        let done = f(&mut tx);
        let entries = Entry::all(self.origin, &tx.records);
        let place = match &done {
            Ok(_) => tx.tell(entries, head)?,
            Err(_) => None,
        };
        tell_order(&mut tx, place);
        done
    }
}

impl Tx<'_> {
    /// The last step of an act: its lines go into the journal, on PostgreSQL by way of the inbox. Gives its place there.
    fn tell(&mut self, entries: Vec<Entry>, head: &mut Head) -> Result<Option<i64>> {
        #[cfg(feature = "postgres")]
        if let Conn::Postgres(c) = &mut *self.conn {
            return Ok(inbox::put(c, entries, self.numbers)?);
        }
        head.append(self.conn, entries)?;
        Ok(None)
    }
}

/// Tells the log, where it asks for it, in which order writes were judged, kept ones and refused ones.
fn tell_order(tx: &mut Tx, place: Option<i64>) {
    static ORDER: AtomicI64 = AtomicI64::new(0);
    if !tracing::enabled!(target: "huzheng::order", tracing::Level::TRACE) {
        return;
    }
    let n: Result<i64> = match &*tx.conn {
        Conn::Sqlite(_) => Ok(ORDER.fetch_add(1, Ordering::Relaxed)),
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => place.map_or_else(|| tx.next_place(), Ok),
    };
    let _ = place;
    // A transaction that the engine has ended has no order.
    if let Ok(n) = n {
        tracing::trace!(target: "huzheng::order", trace_id = tx.origin.trace_id, n);
    }
}

#[cfg(feature = "postgres")]
mod inbox {
    use diesel::prelude::*;
    use diesel::sql_types::{Array, BigInt, Text};

    use super::journal::Entry;
    use super::numbers::Numbers;

    /// Puts an act's lines down without a lock, and strikes the numbers that it used from those that are drawn.
    pub fn put(conn: &mut PgConnection, entries: Vec<Entry>, numbers: &Numbers) -> QueryResult<Option<i64>> {
        let (names, values): (Vec<&str>, Vec<i64>) = numbers.used().map(|(name, value)| (name.as_str(), *value)).unzip();
        if !names.is_empty() {
            diesel::sql_query(
                "DELETE FROM drawn_numbers USING unnest($1, $2) AS used (name, value) \
                 WHERE drawn_numbers.name = used.name AND drawn_numbers.value = used.value",
            )
            .bind::<Array<Text>, _>(names)
            .bind::<Array<BigInt>, _>(values)
            .execute(conn)?;
        }
        if entries.is_empty() {
            return Ok(None);
        }
        use crate::schema::journal_inbox;
        let body = serde_json::to_string(&entries).map_err(|e| diesel::result::Error::SerializationError(Box::new(e)))?;
        let put = diesel::insert_into(journal_inbox::table).values(journal_inbox::body.eq(body)).returning(journal_inbox::n);
        put.get_result(conn).map(Some)
    }
}

/// A panic inside a job is that request's 500 and nobody else's.
fn guarded<T>(f: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|_| Err(Error::Panicked))
}

struct ReadJob<T, F> {
    f: Option<F>,
    result: Option<Result<T>>,
    answer: Option<oneshot::Sender<Result<T>>>,
    asked_at: Instant,
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
        outcome(self.result.as_ref())
    }

    fn answer(&mut self, reachable: bool) {
        send(&mut self.answer, self.result.take().filter(|_| reachable));
    }

    fn is_stale(&self) -> bool {
        self.asked_at.elapsed() > TURN_DEADLINE
    }

    #[cfg(feature = "postgres")]
    fn mode(&self) -> Mode {
        Mode::Shared
    }
}

/// What a job wants done, by what came of it.
fn outcome<T>(result: Option<&Result<T>>) -> Outcome {
    match result {
        Some(Ok(_)) => Outcome::Keep,
        Some(Err(error)) => open::fault(error).map_or(Outcome::Undo, Outcome::Failed),
        None => Outcome::Undo,
    }
}

struct WriteJob<T, F> {
    f: F,
    origin: Origin,
    mode: Mode,
    result: Option<Result<T>>,
    answer: Option<oneshot::Sender<Result<T>>>,
    commits: Option<Arc<AtomicU64>>,
    asked_at: Instant,
    #[cfg(feature = "postgres")]
    numbers: numbers::Numbers,
}

impl<T, F> Job for WriteJob<T, F>
where
    T: Send,
    F: Fn(&mut Tx) -> Result<T> + Send,
{
    fn attempt(&mut self, conn: &mut Conn, head: &mut Head) -> Outcome {
        let attempt = Attempt {
            origin: &self.origin,
            mode: self.mode,
            #[cfg(feature = "postgres")]
            numbers: Some(&mut self.numbers),
        };
        self.result = Some(guarded(|| attempt.run(conn, &self.f, head)));
        outcome(self.result.as_ref())
    }

    fn answer(&mut self, durable: bool) {
        // Counted before anyone is told: whoever has the answer reads what it says.
        if let Some(count) = &self.commits {
            count.fetch_add(1, Ordering::Release);
        }
        send(&mut self.answer, self.result.take().filter(|_| durable));
    }

    fn is_stale(&self) -> bool {
        self.asked_at.elapsed() > TURN_DEADLINE
    }

    #[cfg(feature = "postgres")]
    fn mode(&self) -> Mode {
        self.mode
    }
}

fn send<T>(answer: &mut Option<oneshot::Sender<Result<T>>>, result: Option<Result<T>>) {
    if let Some(answer) = answer.take() {
        // The client may have hung up; the work stands all the same.
        let _ = answer.send(result.unwrap_or_else(|| Err(Code::STORE_UNAVAILABLE.into())));
    }
}
