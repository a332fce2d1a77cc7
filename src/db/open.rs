//! Opening connections, and transactions by engine.

use std::sync::{Arc, Once};
#[cfg(feature = "postgres")]
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as Diesel};

use super::Mode;
use super::files;
use super::migrations::{self, OLDEST_SQLITE, migrate};
use super::threads::{self, Health, Queue};
use crate::error::{Error, Result};

/// A connection to either engine.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    Sqlite(SqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(PgConnection),
}

/// The backend of [`Conn`], for functions that give queries away.
pub type Backend = <Conn as diesel::Connection>::Backend;

/// Where the store is and how many threads serve it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: String,
    pub readers: usize,
    /// Writing connections on PostgreSQL; SQLite always has one.
    pub writers: usize,
}

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("database_url must start with sqlite: or postgres://")]
    Scheme,
    #[error("this build has no PostgreSQL support: build with --features postgres")]
    NoPostgres,
    #[cfg(feature = "postgres")]
    #[error("backup copies the embedded database; for PostgreSQL use pg_dump")]
    NotEmbedded,
    #[error("cannot open the database: {0}")]
    Connect(#[from] diesel::ConnectionError),
    #[error("SQLite {0} is older than {OLDEST_SQLITE}")]
    OldSqlite(String),
    #[error("cannot migrate the database: {name}: {cause}")]
    Migrate { name: &'static str, cause: Diesel },
    #[error("a newer version of this program has changed the database (migration {0}): use that version or a later one")]
    Newer(String),
    #[error("there is no database at {0}")]
    Nothing(String),
    #[error("another process serves the database {0} already")]
    Served(String),
    #[error("{0} exists already; a copy overwrites nothing")]
    Exists(String),
    #[error("the database is damaged: {0}")]
    Damaged(String),
    #[error("cannot use {file}: {cause}")]
    File { file: String, cause: std::io::Error },
    #[error("the database refused a statement: {0}")]
    Statement(#[from] Diesel),
    #[error("cannot start a database thread: {0}")]
    Thread(std::io::Error),
}

/// Opens one connection with the engine's settings for durable work, beside others that start at the same moment: of two
/// that make one new SQLite file a write-ahead log, one is turned away without waiting.
pub fn connect(settings: &Settings) -> Result<Conn, OpenError> {
    migrations::again(migrations::start_meets_another, || connect_once(settings))
}

fn connect_once(settings: &Settings) -> Result<Conn, OpenError> {
    if let Some(path) = settings.url.strip_prefix("sqlite:") {
        spare_locks();
        files::make_private(&settings.url)?;
        let mut conn = SqliteConnection::establish(path)?;
        conn.batch_execute(
            // A commit of many writes fills the default's thousand pages at once: 32 MiB go back to the file less often.
            "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 8192; \
             PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32000;",
        )?;
        return Ok(Conn::Sqlite(conn));
    }
    if settings.url.starts_with("postgres://") || settings.url.starts_with("postgresql://") {
        #[cfg(feature = "postgres")]
        return Ok(Conn::Postgres(connect_postgres(&settings.url)?));
        #[cfg(not(feature = "postgres"))]
        return Err(OpenError::NoPostgres);
    }
    Err(OpenError::Scheme)
}

/// Plans are made for the values at hand: nearly all cases are registered, and a plan for any status reads them all.
#[cfg(feature = "postgres")]
fn connect_postgres(url: &str) -> Result<PgConnection, OpenError> {
    let mut conn = PgConnection::establish(url)?;
    // An engine without the setting plans in its own way.
    let _ = conn.batch_execute("SET plan_cache_mode = force_custom_plan");
    Ok(conn)
}

/// Spares SQLite the locks on its connections, each of which has one thread at a time, and on a count of its memory.
pub fn spare_locks() {
    static ONCE: Once = Once::new();
    // SAFETY: the options are set once, before the first connection of the process is made.
    ONCE.call_once(|| unsafe {
        libsqlite3_sys::sqlite3_config(libsqlite3_sys::SQLITE_CONFIG_MULTITHREAD);
        libsqlite3_sys::sqlite3_config(libsqlite3_sys::SQLITE_CONFIG_MEMSTATUS, 0);
    });
}

/// Migrates, then starts the readers and the writers.
pub fn start(settings: &Settings, health: &Arc<Health>) -> Result<(Queue, Queue), OpenError> {
    let mut conn = connect(settings)?;
    migrate(&mut conn)?;
    let reads = threads::start("read", settings.readers, settings, health, threads::reader)?;
    let writes = match conn {
        Conn::Sqlite(_) => threads::start("write", 1, settings, health, threads::group_writer)?,
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => threads::start("write", settings.writers, settings, health, threads::single_writer)?,
    };
    Ok((reads, writes))
}

/// Opens a connection that serves requests: nothing on it waits without end.
pub fn connect_serving(settings: &Settings) -> Result<Conn, OpenError> {
    #[allow(unused_mut, reason = "only PostgreSQL is told its deadlines")]
    let mut conn = connect_once(settings)?;
    #[cfg(feature = "postgres")]
    if let Conn::Postgres(c) = &mut conn {
        c.batch_execute(&format!(
            "SET statement_timeout = {}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {}",
            STATEMENT_DEADLINE.as_millis(),
            LOCK_DEADLINE.as_millis(),
            IDLE_DEADLINE.as_millis(),
        ))?;
    }
    Ok(conn)
}

/// How long one statement may take on PostgreSQL.
#[cfg(feature = "postgres")]
const STATEMENT_DEADLINE: Duration = Duration::from_secs(20);
/// How long a write waits for another one's lock.
#[cfg(feature = "postgres")]
pub const LOCK_DEADLINE: Duration = Duration::from_secs(5);
/// How long a transaction may stand still, with all its locks, before the server ends it: its node is gone or paused.
#[cfg(feature = "postgres")]
const IDLE_DEADLINE: Duration = Duration::from_secs(10);

pub fn begin_read(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(c) => c.batch_execute("BEGIN"),
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => c.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
    }
}

/// Begins a write; on PostgreSQL it passes the gate, beside all others or [`Mode::Alone`].
///
/// Waiters at the gate are served in their order, which locks on rows do not promise: a stream of sharers would keep
/// out for ever whoever wants a row for itself.
pub fn begin_write(conn: &mut Conn, mode: Mode) -> QueryResult<()> {
    #[cfg(not(feature = "postgres"))]
    let _ = mode;
    match conn {
        Conn::Sqlite(c) => c.batch_execute("BEGIN IMMEDIATE"),
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => c.batch_execute(match mode {
            Mode::Shared => "BEGIN; LOCK TABLE write_gate IN ROW SHARE MODE",
            Mode::Alone => "BEGIN; LOCK TABLE write_gate IN EXCLUSIVE MODE",
        }),
    }
}

pub fn commit(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute("COMMIT")
}

pub fn rollback(conn: &mut Conn) {
    // A failure here means that no transaction was open, which is what is wanted.
    let _ = conn.batch_execute("ROLLBACK");
}

/// Begins a transaction; a connection that the server has closed is replaced by a new one first.
pub fn ready(conn: &mut Conn, settings: &Settings, begin: impl Fn(&mut Conn) -> QueryResult<()>) -> Result<(), Fault> {
    let failed = |error: Diesel| fault(&error.into()).unwrap_or(Fault::Unavailable);
    let first = begin(conn).map_err(failed);
    rollback_unless(&first, conn);
    // On SQLite a connection that fails to begin is no longer to be trusted either.
    if first.is_ok() || (first != Err(Fault::Unavailable) && !matches!(conn, Conn::Sqlite(_))) {
        return first;
    }
    if let Ok(fresh) = connect_serving(settings) {
        *conn = fresh;
    }
    let second = begin(conn).map_err(failed);
    rollback_unless(&second, conn);
    second
}

fn rollback_unless(begun: &Result<(), Fault>, conn: &mut Conn) {
    if begun.is_err() {
        rollback(conn);
    }
}

/// What an engine's error says of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Two transactions were at odds: this one may be tried again.
    AtOdds,
    /// The store takes no writes, or cannot be reached.
    Unavailable,
    /// The engine has a code for it that reaches us without a kind of its own: a deadlock, a lock or a statement that
    /// took too long, a shortage; or a mistake of ours, which comes again at every attempt.
    Unnamed,
}

/// What an error says of the store; `None` when it is the request's own.
///
/// By the kinds that diesel makes of SQLSTATE, never by texts, which servers translate.
pub fn fault(error: &Error) -> Option<Fault> {
    let Error::Store(Diesel::DatabaseError(kind, _)) = error else {
        return matches!(error, Error::Store(Diesel::BrokenTransactionManager)).then_some(Fault::Unavailable);
    };
    match kind {
        DatabaseErrorKind::SerializationFailure => Some(Fault::AtOdds),
        DatabaseErrorKind::ReadOnlyTransaction | DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
            Some(Fault::Unavailable)
        }
        DatabaseErrorKind::Unknown => Some(Fault::Unnamed),
        _ => None,
    }
}
