//! Opening connections, and transactions by engine.

use std::sync::{Arc, Once};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as Diesel};

use super::files;
use super::migrations::{OLDEST_SQLITE, migrate};
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

/// Opens one connection with the engine's settings for durable work.
pub fn connect(settings: &Settings) -> Result<Conn, OpenError> {
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

pub fn begin_read(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(c) => c.batch_execute("BEGIN"),
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => c.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
    }
}

pub fn begin_write(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(c) => c.batch_execute("BEGIN IMMEDIATE"),
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => c.batch_execute("BEGIN"),
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
pub fn ready(conn: &mut Conn, settings: &Settings, begin: fn(&mut Conn) -> QueryResult<()>) -> bool {
    if begin(conn).is_ok() {
        return true;
    }
    rollback(conn);
    if let Ok(fresh) = connect(settings) {
        *conn = fresh;
    }
    begin(conn).is_ok()
}

/// Whether the engine found this transaction at odds with another one.
pub fn asks_for_retry(error: &Error) -> bool {
    match error {
        Error::Store(Diesel::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
        // 40P01 reaches us without a kind of its own.
        Error::Store(Diesel::DatabaseError(DatabaseErrorKind::Unknown, info)) => info.message().contains("deadlock"),
        _ => false,
    }
}
