//! Bringing the tables up to date: each migration in one transaction, statement by statement, and beside other nodes
//! that start at the same time.

use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::Error as Diesel;
use diesel::sql_types::{BigInt, Text};

use super::faults::{self, Fault};
use super::open::{self, Conn, OpenError, Patience};
use super::shape;
use super::statements::statements;

/// The oldest SQLite without the known write-ahead-log reset fault.
pub const OLDEST_SQLITE: &str = "3.51.3";

/// A step from one state of the tables to the next.
struct Migration {
    /// `2026-11-23-000001_foundation`.
    name: &'static str,
    text: &'static str,
}

/// Every step that this program knows, in order.
const MIGRATIONS: &[Migration] = &include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

impl Migration {
    /// The name's digits, as the store remembers what was applied.
    fn version(&self) -> String {
        self.name.split('_').next().unwrap_or_default().replace('-', "")
    }
}

/// What all starts need before the first migration: where migrations are noted down, and the row that makes one start
/// wait for another. A row is a lock on every engine; named locks and locks on whole tables are not.
const GROUND: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS __diesel_schema_migrations \
     (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    "CREATE TABLE IF NOT EXISTS start_lock (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), starts BIGINT NOT NULL)",
    "INSERT INTO start_lock (id, starts) VALUES (1, 0) ON CONFLICT DO NOTHING",
];

/// How often, and for how long, a start tries what others do at the same moment.
const ATTEMPTS: u32 = 20;
const PATIENCE: Duration = Duration::from_secs(30);

/// How the tables of a store are, seen from this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tables {
    /// There are none yet.
    Missing,
    /// Older than this program, which can bring them up to date.
    Behind,
    Current,
}

/// How the tables are; an error when a newer program has changed them.
///
/// Refused as well are tables that are lost or a stranger's: before anything is made beside them.
pub fn tables(conn: &mut Conn) -> Result<Tables, OpenError> {
    // On one state of the store: another start may be making tables at this moment.
    open::begin_read(conn, Patience::Usual)?;
    let found = tables_now(conn);
    open::rollback(conn);
    found
}

fn tables_now(conn: &mut Conn) -> Result<Tables, OpenError> {
    let applied = applied(conn)?;
    let known = |version: &String| MIGRATIONS.iter().any(|migration| migration.version() == *version);
    if let Some(version) = applied.iter().find(|version| !known(version)) {
        return Err(OpenError::Newer(version.clone()));
    }
    let (done, to_do): (Vec<_>, Vec<_>) = MIGRATIONS.iter().partition(|migration| applied.contains(&migration.version()));
    let texts =
        |migrations: &[&Migration]| migrations.iter().flat_map(|migration| statements(migration.text)).collect::<Vec<_>>();
    shape::refuse_other(conn, &texts(&done), &texts(&to_do), &GROUND)?;
    Ok(match (done.len(), to_do.len()) {
        (0, _) => Tables::Missing,
        (_, 0) => Tables::Current,
        _ => Tables::Behind,
    })
}

/// Refuses tables whose columns or indexes are not as those migrations make them that are noted as done; looks only.
pub fn refuse_altered(conn: &mut Conn) -> Result<(), OpenError> {
    open::prepare_sqlite();
    let done = applied(conn)?;
    let mut made = SqliteConnection::establish(":memory:")?;
    for statement in GROUND {
        made.batch_execute(statement)?;
    }
    for migration in MIGRATIONS.iter().filter(|migration| done.contains(&migration.version())) {
        made.batch_execute(migration.text).map_err(|cause| OpenError::Migrate { name: migration.name, cause })?;
    }
    shape::refuse_altered(conn, &mut Conn::Sqlite(made))
}

/// Brings the tables up to date; many may do so at once. Says which migrations this one applied.
pub fn migrate(conn: &mut Conn) -> Result<Vec<&'static str>, OpenError> {
    match conn {
        Conn::Sqlite(conn) => assert_sqlite(conn)?,
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => {}
    }
    if tables(conn)? == Tables::Current {
        return Ok(Vec::new());
    }
    for statement in GROUND {
        // Two that make the same table at the same moment meet in the engine's own catalogue: one fails, and finds it made.
        again(|_: &OpenError| true, || Ok(conn.batch_execute(statement)?))?;
    }
    let mut done = Vec::new();
    for migration in MIGRATIONS {
        if again(start_meets_another, || apply(conn, migration))? {
            done.push(migration.name);
        }
    }
    Ok(done)
}

/// Lets the transaction wait until no other start is under way; to be its first statement.
pub fn lock_start(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute("UPDATE start_lock SET starts = starts + 1 WHERE id = 1")
}

/// Whether what went wrong may be another start's doing: the engine found the two at odds, or one held what the other
/// waited for.
pub fn meets_another(error: &Diesel) -> bool {
    matches!(faults::fault_of(error), Some(Fault::AtOdds | Fault::Late))
}

/// As [`meets_another`], of what opens a store.
pub fn start_meets_another(error: &OpenError) -> bool {
    matches!(error, OpenError::Statement(cause) if meets_another(cause))
}

/// Does something until it succeeds, as long as what went wrong may be another start's doing.
pub fn again<T, E>(worth: impl Fn(&E) -> bool, mut f: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    let (begun, mut attempt) = (Instant::now(), 1);
    loop {
        match f() {
            Err(error) if attempt < ATTEMPTS && begun.elapsed() < PATIENCE && worth(&error) => {
                thread::sleep(Duration::from_millis(5 * u64::from(attempt)));
            }
            outcome => return outcome,
        }
        attempt += 1;
    }
}

/// Applies one migration in a transaction of its own, unless somebody else has.
fn apply(conn: &mut Conn, migration: &Migration) -> Result<bool, OpenError> {
    // Not through the gate of writes, which a migration makes.
    conn.batch_execute(if matches!(conn, Conn::Sqlite(_)) { "BEGIN IMMEDIATE" } else { "BEGIN" })?;
    let applied = lock_start(conn).map_err(OpenError::from).and_then(|()| apply_locked(conn, migration));
    let applied = applied.and_then(|applied| Ok(open::commit(conn).map(|()| applied)?));
    if applied.is_err() {
        open::rollback(conn);
    }
    applied
}

fn apply_locked(conn: &mut Conn, migration: &Migration) -> Result<bool, OpenError> {
    if applied(conn)?.contains(&migration.version()) {
        return Ok(false);
    }
    for statement in statements(migration.text) {
        conn.batch_execute(statement).map_err(|cause| match faults::fault_of(&cause) {
            Some(Fault::AtOdds) => OpenError::Statement(cause),
            _ => OpenError::Migrate { name: migration.name, cause },
        })?;
    }
    let noted = diesel::sql_query(format!("INSERT INTO __diesel_schema_migrations (version) VALUES ('{}')", migration.version()));
    noted.execute(conn)?;
    Ok(true)
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Versions that the store has, in order.
fn applied(conn: &mut Conn) -> Result<Vec<String>, OpenError> {
    let there = match conn {
        Conn::Sqlite(_) => "SELECT COUNT(*) AS count FROM sqlite_schema WHERE name = '__diesel_schema_migrations'",
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => {
            "SELECT COUNT(*) AS count FROM information_schema.tables \
             WHERE table_schema = current_schema() AND table_name = '__diesel_schema_migrations'"
        }
    };
    if diesel::sql_query(there).get_result::<Count>(conn)?.count == 0 {
        return Ok(Vec::new());
    }
    let rows = diesel::sql_query("SELECT version FROM __diesel_schema_migrations ORDER BY version").load::<Applied>(conn)?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}

fn assert_sqlite(conn: &mut SqliteConnection) -> Result<(), OpenError> {
    let parts = |v: &str| v.split('.').map(|n| n.parse().unwrap_or(0)).collect::<Vec<u32>>();
    let version: String = diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>("sqlite_version()")).get_result(conn)?;
    if parts(&version) < parts(OLDEST_SQLITE) {
        return Err(OpenError::OldSqlite(version));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(QueryableByName, Debug, PartialEq)]
    struct Made {
        #[diesel(sql_type = diesel::sql_types::Nullable<Text>)]
        sql: Option<String>,
    }

    fn made(conn: &mut SqliteConnection) -> Vec<Made> {
        diesel::sql_query("SELECT sql FROM sqlite_schema ORDER BY name").load(conn).unwrap()
    }

    #[test]
    fn every_migration_is_made_of_whole_statements_of_known_kinds() {
        for migration in MIGRATIONS {
            let found = statements(migration.text);
            assert!(!found.is_empty(), "{}", migration.name);
            for statement in &found {
                let kinds = ["CREATE ", "ALTER ", "INSERT ", "UPDATE ", "DELETE ", "DROP "];
                assert!(kinds.iter().any(|kind| statement.starts_with(kind)), "{}: {statement}", migration.name);
            }
            // No migration has a semicolon but at the end of a line that ends a statement.
            let plain = migration.text.lines().filter(|line| !line.trim_start().starts_with("--") && line.ends_with(';'));
            assert_eq!(plain.count(), found.len(), "{}", migration.name);
        }
    }

    #[test]
    fn statement_by_statement_makes_what_the_whole_text_makes() {
        open::prepare_sqlite();
        let memory = || SqliteConnection::establish(":memory:").unwrap();
        let (mut whole, mut single) = (memory(), memory());
        for migration in MIGRATIONS {
            whole.batch_execute(migration.text).unwrap();
            for statement in statements(migration.text) {
                diesel::sql_query(statement).execute(&mut single).unwrap();
            }
        }
        assert!(made(&mut whole).len() > 50);
        assert_eq!(made(&mut whole), made(&mut single));
    }

    #[test]
    fn the_program_has_every_migration_in_order_and_no_two_share_a_version() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let mut names: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(MIGRATIONS.iter().map(|migration| migration.name).collect::<Vec<_>>(), names);
        let versions: std::collections::HashSet<String> = MIGRATIONS.iter().map(Migration::version).collect();
        assert_eq!(versions.len(), names.len());
    }
}
