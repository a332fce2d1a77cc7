//! Opening connections, and transactions by engine.

use std::sync::{Arc, Once};
#[cfg(feature = "postgres")]
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::Error as Diesel;

#[cfg(feature = "postgres")]
use super::ANSWER_DEADLINE;
use super::Mode;
use super::faults::{self, Fault};
use super::files::{self, Place};
use super::known;
use super::migrations::{self, OLDEST_SQLITE, migrate};
use super::past;
use super::threads::{self, Health, Queue};

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
    #[error("database_url must name a file: sqlite:file:… and sqlite::memory: are SQLite's own ways around that")]
    NoFile,
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
    #[error("the database holds somebody else's table {0}: give the office a database or a schema of its own")]
    Strange(String),
    #[error(
        "the database holds the table {0} already, which is made by a migration that it does not note as done: a newer version \
         has brought it up to date in part, or the table is somebody else's; restore it from a copy"
    )]
    InPart(String),
    #[error("the database's tables are not as the migrations make them: {0}; restore it from a copy, or undo what was changed")]
    Altered(String),
    #[error("the database has lost its table {0}: restore it from a copy")]
    Lost(String),
    #[error("the database has lost what its table {0} must hold: restore it from a copy")]
    Emptied(String),
    #[error("cannot use {file}: {cause}")]
    File { file: String, cause: std::io::Error },
    #[error("the database refused a statement: {0}")]
    Statement(#[from] Diesel),
    #[error("cannot start a database thread: {0}")]
    Thread(std::io::Error),
}

/// How long SQLite waits for another connection.
pub const BUSY_MILLISECONDS: u32 = 5000;

/// Opens one connection with the engine's settings for durable work, beside others that start at the same moment: of two
/// that make one new SQLite file a write-ahead log, one is turned away without waiting.
pub fn connect(settings: &Settings) -> Result<Conn, OpenError> {
    migrations::again(migrations::start_meets_another, || connect_once(settings))
}

fn connect_once(settings: &Settings) -> Result<Conn, OpenError> {
    if let Some(path) = files::file(settings)? {
        prepare_sqlite();
        files::make_private(path)?;
        let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
        conn.batch_execute(
            // A commit of many writes fills the default's thousand pages at once: 32 MiB go back to the file less often.
            // What is given up is overwritten: see `past`.
            &format!(
                "PRAGMA busy_timeout = {BUSY_MILLISECONDS}; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 8192; \
                 PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32000; \
                 PRAGMA secure_delete = ON;"
            ),
        )?;
        return Ok(Conn::Sqlite(conn));
    }
    if settings.url.starts_with("postgres://") || settings.url.starts_with("postgresql://") {
        #[cfg(feature = "postgres")]
        return Ok(Conn::Postgres(PgConnection::establish(&impatient(&settings.url))?));
        #[cfg(not(feature = "postgres"))]
        return Err(OpenError::NoPostgres);
    }
    Err(OpenError::Scheme)
}

/// Plans of reads are made for the values at hand: nearly all cases are registered, and a plan for any status reads them
/// all. What a write looks up has a key, and a plan that is made again each time costs more than to follow it.
#[cfg(feature = "postgres")]
fn plan_for_values(conn: &mut PgConnection) {
    // An engine without the setting plans in its own way.
    let _ = conn.batch_execute("SET plan_cache_mode = force_custom_plan");
}

/// No transaction goes on, with all its locks, once nobody waits for its answer any more.
#[cfg(feature = "postgres")]
fn end_in_time(conn: &mut PgConnection) {
    let known = "FROM pg_settings WHERE name = 'transaction_timeout'";
    // An engine without the setting, as before PostgreSQL 17, bounds each statement alone.
    let _ = conn.batch_execute(&format!("SELECT set_config(name, '{}', false) {known}", ANSWER_DEADLINE.as_millis()));
}

/// The address with deadlines for a server that cannot be reached or has gone without a word, unless it names its own.
#[cfg(feature = "postgres")]
fn impatient(url: &str) -> String {
    let deadlines = [("connect_timeout", 5), ("keepalives_idle", 10), ("keepalives_interval", 5), ("keepalives_count", 3)];
    let mut url = url.to_owned();
    for (name, value) in deadlines {
        if !url.contains(&format!("{name}=")) {
            let sign = if url.contains('?') { '&' } else { '?' };
            url.push_str(&format!("{sign}{name}={value}"));
        }
    }
    url
}

/// Spares SQLite the locks on its connections, each of which has one thread at a time, and on a count of its memory, and
/// lets it tell of its errors.
pub fn prepare_sqlite() {
    static ONCE: Once = Once::new();
    // SAFETY: the options are set once, before the first connection of the process is made.
    ONCE.call_once(|| unsafe {
        faults::hear_sqlite();
        libsqlite3_sys::sqlite3_config(libsqlite3_sys::SQLITE_CONFIG_MULTITHREAD);
        libsqlite3_sys::sqlite3_config(libsqlite3_sys::SQLITE_CONFIG_MEMSTATUS, 0);
    });
}

/// Migrates, then starts the readers and the writers.
pub fn start(settings: &Settings, health: &Arc<Health>) -> Result<(Queue, Queue), OpenError> {
    let mut conn = connect(settings)?;
    migrate(&mut conn)?;
    past::forget_before_start(&mut conn);
    health.watch(Place::of(settings)?);
    let reads = threads::start(("read", Task::Read), settings.readers, settings, health, threads::reader)?;
    let writes = match conn {
        Conn::Sqlite(_) => threads::start(("write", Task::Write), 1, settings, health, threads::group_writer)?,
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => threads::start(("write", Task::Write), settings.writers, settings, health, threads::single_writer)?,
    };
    Ok((reads, writes))
}

/// Opens a connection that serves requests: nothing on it waits without end, and it makes no database where one is gone.
pub fn connect_serving(settings: &Settings, task: Task) -> Result<Conn, OpenError> {
    if let Some(path) = files::file(settings)?.filter(|path| !path.exists()) {
        return Err(OpenError::Nothing(path.display().to_string()));
    }
    #[allow(unused_mut, reason = "only PostgreSQL is told its deadlines")]
    let mut conn = connect_once(settings)?;
    #[cfg(not(feature = "postgres"))]
    let _ = task;
    #[cfg(feature = "postgres")]
    if let Conn::Postgres(c) = &mut conn {
        match task {
            Task::Read => plan_for_values(c),
            Task::Write => end_in_time(c),
        }
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
const LOCK_DEADLINE: Duration = Duration::from_secs(5);
/// How long a transaction may stand still, with all its locks, before the server ends it: its node is gone or paused.
#[cfg(feature = "postgres")]
const IDLE_DEADLINE: Duration = Duration::from_secs(10);

/// How long a transaction waits for locks on PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// As long as others need who do the same work.
    Usual,
    /// Hardly: the store is in doubt, and whoever waits keeps all those waiting who want something else.
    Short,
}

impl Patience {
    pub fn of(in_doubt: bool) -> Self {
        if in_doubt { Self::Short } else { Self::Usual }
    }
}

/// Begins a read. It waits for no lock but one that keeps everybody out, which is seldom there and soon gone again.
pub fn begin_read(conn: &mut Conn, patience: Patience) -> QueryResult<()> {
    faults::forget();
    known::begin();
    #[cfg(not(feature = "postgres"))]
    let _ = patience;
    match conn {
        Conn::Sqlite(c) => c.batch_execute("BEGIN"),
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => c.batch_execute(match patience {
            Patience::Usual => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = 1000",
            Patience::Short => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = 50",
        }),
    }
}

/// Begins a write; on PostgreSQL it passes the gate, beside all others or [`Mode::Alone`].
///
/// Waiters at the gate are served in their order, which locks on rows do not promise: a stream of sharers would keep
/// out for ever whoever wants a row for itself.
pub fn begin_write(conn: &mut Conn, mode: Mode, patience: Patience) -> QueryResult<()> {
    faults::forget();
    known::begin();
    #[cfg(not(feature = "postgres"))]
    let _ = (mode, patience);
    match conn {
        Conn::Sqlite(c) => c.batch_execute("BEGIN IMMEDIATE"),
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => c.batch_execute(match (mode, patience) {
            (Mode::Shared, Patience::Usual) => "BEGIN; LOCK TABLE write_gate IN ROW SHARE MODE",
            (Mode::Alone, Patience::Usual) => "BEGIN; LOCK TABLE write_gate IN EXCLUSIVE MODE",
            (Mode::Shared, Patience::Short) => "BEGIN; SET LOCAL lock_timeout = 1000; LOCK TABLE write_gate IN ROW SHARE MODE",
            (Mode::Alone, Patience::Short) => "BEGIN; SET LOCAL lock_timeout = 1000; LOCK TABLE write_gate IN EXCLUSIVE MODE",
        }),
    }
}

/// What a connection, or a transaction that takes tables, is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    Read,
    Write,
}

/// Takes every table as requests do, each in its own: fails where somebody's lock keeps requests out, or nothing is read.
pub fn take_all(conn: &mut Conn, task: Task) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(c) => match task {
            Task::Read => c.batch_execute("SELECT COUNT(*) FROM sqlite_schema"),
            Task::Write => Ok(()),
        },
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => {
            // Not the gate, which the transaction has passed or does not need.
            let tables = diesel::sql_query(
                "SELECT string_agg(quote_ident(relname), ', ' ORDER BY relname) AS names FROM pg_class \
                 WHERE relnamespace = current_schema()::text::regnamespace AND relkind = 'r' AND relname <> 'write_gate' \
                 AND has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'UPDATE')",
            );
            let Some(names) = tables.get_result::<Names>(c)?.names else { return Ok(()) };
            c.batch_execute(&format!(
                "LOCK TABLE {names} IN {} MODE",
                match task {
                    Task::Read => "ACCESS SHARE",
                    Task::Write => "ROW EXCLUSIVE",
                }
            ))
        }
    }
}

#[cfg(feature = "postgres")]
#[derive(QueryableByName)]
struct Names {
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Text>)]
    names: Option<String>,
}

pub fn commit(conn: &mut Conn) -> QueryResult<()> {
    known::end();
    conn.batch_execute("COMMIT")
}

pub fn rollback(conn: &mut Conn) {
    known::end();
    // A failure here means that no transaction was open, which is what is wanted.
    let _ = faults::unheard(|| conn.batch_execute("ROLLBACK"));
}

/// Begins a transaction; a connection that the server has closed is replaced by a new one first.
pub fn ready(
    conn: &mut Conn,
    settings: &Settings,
    health: &Health,
    task: Task,
    begin: impl Fn(&mut Conn) -> QueryResult<()>,
) -> Result<(), Fault> {
    let failed = |error: Diesel| faults::fault_of(&error).unwrap_or(Fault::Unavailable);
    let first = begin(conn).map_err(failed);
    rollback_unless(&first, conn);
    // On SQLite a connection that fails to begin is no longer to be trusted either.
    if first.is_ok() || (first != Err(Fault::Unavailable) && !matches!(conn, Conn::Sqlite(_))) {
        return first;
    }
    renew(conn, settings, health, task);
    let second = begin(conn).map_err(failed);
    rollback_unless(&second, conn);
    second
}

/// Replaces a connection on which the store has failed: a session may keep what it was opened with, such as a server that
/// took no writes then. Never by one to another file than the one that is served.
pub fn renew(conn: &mut Conn, settings: &Settings, health: &Health, task: Task) {
    if !health.is_in_place() {
        return;
    }
    if let Ok(fresh) = connect_serving(settings, task)
        && health.is_in_place()
    {
        *conn = fresh;
    }
}

fn rollback_unless(begun: &Result<(), Fault>, conn: &mut Conn) {
    if begun.is_err() {
        rollback(conn);
    }
}
