//! The store: `Db::read` and `Db::write`, migrations, backup.
//! The only room that names a database engine; it knows no domain.

mod columns;
mod faults;
mod files;
mod jobs;
pub mod journal;
mod known;
mod locks;
mod look;
mod migrations;
mod numbers;
mod open;
mod parts;
mod past;
mod prepared;
mod revised;
#[cfg(feature = "postgres")]
mod seal;
mod sealing;
mod shape;
mod statements;
mod threads;
mod tx;
mod versioned;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::error::{Code, Error, Result};
pub use columns::{Id, JsonText};
pub use files::{Served, backup, refuse_served, refuse_unusable, serve_alone, writable};
use jobs::{ReadJob, WriteJob};
use journal::Head;
pub use journal::{Origin, Record};
pub use known::{forget_known, known};
pub use locks::Mode;
#[cfg(feature = "postgres")]
pub use locks::locks_rows;
pub use look::{examine, look, refuse_nothing, refuse_unwritable, snapshot, store_time, tables_of};
pub use migrations::{Tables, lock_start, migrate, refuse_altered, tables};
pub use numbers::{any_unused, void_unused};
pub use open::{Backend, Conn, OpenError, Settings};
use open::{Patience, Task};
pub use parts::in_parts;
pub use prepared::Prepared;
#[cfg(feature = "postgres")]
pub use prepared::Returning;
pub use revised::{Revised, revise};
pub use sealing::{SEALED, Seals, Texts};
use threads::{Health, Queue};
use tx::Attempt;
pub use tx::Tx;
pub use versioned::{Narrow, saved};

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

/// How long a request waits for the store; statements and locks have shorter deadlines of their own.
const ANSWER_DEADLINE: Duration = Duration::from_secs(45);
/// How long whoever asks for readiness waits for the store; a load balancer waits hardly longer.
const READY_DEADLINE: Duration = Duration::from_millis(1500);
/// Seconds after which an unsealed journal turns readiness red.
const UNSEALED: Duration = Duration::from_secs(30);

/// The store of one office, shared by every request.
#[derive(Clone)]
pub struct Db {
    reads: Queue,
    writes: Queue,
    health: Arc<Health>,
    seals: Arc<dyn Seals>,
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
    pub fn open(settings: &Settings, seals: Arc<dyn Seals>) -> Result<Self, OpenError> {
        let health = Arc::<Health>::default();
        let (reads, writes) = open::start(settings, &health)?;
        let embedded = settings.url.starts_with("sqlite:");
        Ok(Self {
            reads,
            writes,
            seals,
            commits: embedded.then(Arc::default),
            #[cfg(feature = "postgres")]
            shared: if embedded { None } else { Some(Shared::start(settings, &health)?) },
            health,
        })
    }

    /// Whether the store takes writes and answers reads, its files are in place, and the journal is sealed in time.
    pub fn healthy(&self) -> bool {
        let sound = self.health.takes_writes() && self.health.answers_reads() && self.health.is_in_place();
        sound && self.health.unsealed() <= UNSEALED
    }

    /// As [`Db::healthy`], after a look at all tables; `false` as well where that takes too long.
    pub async fn ready(&self) -> bool {
        let looked = tokio::time::timeout(READY_DEADLINE, self.look()).await;
        matches!(looked, Ok(Ok(()))) && self.healthy()
    }

    /// Takes each table for a read.
    async fn look(&self) -> Result<()> {
        self.read(|conn| Ok(open::take_all(conn, Task::Read)?)).await?;
        self.health.report_reads(true);
        Ok(())
    }

    /// Writes something of its own and looks at all tables, so that a store in doubt can prove that it is sound again.
    pub async fn prove(&self, origin: Origin) -> Result<()> {
        self.write(origin, Mode::Shared, |_| Ok(())).await?;
        self.look().await
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
        self.reads.push(Box::new(ReadJob::new(f, answer)))?;
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
            seals: Arc::clone(&self.seals),
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

/// Runs `f` in the current thread outside any request: the command line and the first start.
pub fn at_once<T>(conn: &mut Conn, seals: &dyn Seals, origin: &Origin, f: impl Fn(&mut Tx) -> Result<T>) -> Result<T> {
    whole(conn, |conn, head| Attempt::of(origin, seals).run(conn, &f, head))
}

/// As [`at_once`], but never beside another start: whoever comes second waits, and finds what the first one has made.
pub fn one_start<T>(conn: &mut Conn, seals: &dyn Seals, origin: &Origin, f: impl Fn(&mut Tx) -> Result<T>) -> Result<T> {
    migrations::again(
        |error: &Error| matches!(error, Error::Store(cause) if migrations::meets_another(cause)),
        || {
            at_once(conn, seals, origin, |tx| {
                lock_start(tx)?;
                f(tx)
            })
        },
    )
}

/// One transaction that runs alone, ends with the journal's head, and leaves no trace when it fails.
fn whole<T>(conn: &mut Conn, f: impl FnOnce(&mut Conn, &mut Head) -> Result<T>) -> Result<T> {
    open::begin_write(conn, Mode::Alone, Patience::Usual)?;
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
pub fn each_at_once<F>(conn: &mut Conn, seals: &dyn Seals, acts: impl Iterator<Item = (Origin, F)>) -> Result<()>
where
    F: Fn(&mut Tx) -> Result<()>,
{
    whole(conn, |conn, head| {
        for (origin, act) in acts {
            Attempt::of(&origin, seals).run(conn, &act, head)?;
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
    matches!(files::file(settings), Ok(file) if file.is_none_or(Path::exists))
}
