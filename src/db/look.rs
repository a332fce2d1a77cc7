//! Looking at a store without changing it: how its tables are, whether the file is whole, whether it takes writes.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::files;
use super::migrations::{Tables, tables};
use super::open::{self, Conn, OpenError, Patience, Settings};
use crate::clock::Moment;
use crate::error::Result;

/// Opens a store for looking at it; `None` when there is no file.
pub fn look(settings: &Settings) -> Result<Option<Conn>, OpenError> {
    let Some(path) = files::file(settings)? else { return open::connect(settings).map(Some) };
    if !path.exists() {
        return Ok(None);
    }
    open::prepare_sqlite();
    let mut conn = SqliteConnection::establish(&reading(path))?;
    conn.batch_execute("PRAGMA busy_timeout = 5000")?;
    Ok(Some(Conn::Sqlite(conn)))
}

/// The address that opens a database for reading alone. A log beside it belongs to it; where there is none, nobody has
/// the database open, and the engine must not make one.
fn reading(path: &Path) -> String {
    let logged = beside(path, "-wal").exists();
    let path = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{path}?mode=ro{}", if logged { "" } else { "&immutable=1" })
}

pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// How the store's tables are; looks only, and makes nothing.
pub fn tables_of(settings: &Settings) -> Result<Tables, OpenError> {
    look(settings)?.map_or(Ok(Tables::Missing), |mut conn| tables(&mut conn))
}

/// Refuses a store that is not there, for whatever does not begin one.
pub fn refuse_nothing(settings: &Settings) -> Result<(), OpenError> {
    match tables_of(settings)? {
        Tables::Missing => Err(OpenError::Nothing(
            files::file(settings)?.map_or_else(|| "database_url".to_owned(), |path| path.display().to_string()),
        )),
        Tables::Behind | Tables::Current => Ok(()),
    }
}

#[derive(QueryableByName)]
struct Complaint {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

#[derive(QueryableByName)]
struct Lost {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = Text)]
    parent: String,
}

/// Looks through the whole file of an embedded database; PostgreSQL looks after its own.
pub fn examine(conn: &mut Conn) -> Result<(), OpenError> {
    let conn = match conn {
        Conn::Sqlite(conn) => conn,
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => return Ok(()),
    };
    let found: Vec<Complaint> = diesel::sql_query("PRAGMA integrity_check(3)").load(conn)?;
    if !found.iter().all(|complaint| complaint.integrity_check == "ok") {
        let all: Vec<String> = found.into_iter().map(|complaint| complaint.integrity_check).collect();
        return Err(OpenError::Damaged(all.join("; ")));
    }
    match diesel::sql_query("PRAGMA foreign_key_check").get_result::<Lost>(conn).optional()? {
        Some(Lost { table, parent }) => Err(OpenError::Damaged(format!("{table} names what is not in {parent}"))),
        None => Ok(()),
    }
}

/// Refuses a server that takes no writes: a file's owner is asked by [`files::refuse_unusable`].
pub fn refuse_unwritable(conn: &mut Conn, tables: Tables) -> Result<(), OpenError> {
    if matches!(conn, Conn::Sqlite(_)) {
        return Ok(());
    }
    conn.batch_execute("BEGIN")?;
    // What the first start and an upgrade do, as far as it can be tried and taken back.
    let outcome = conn.batch_execute(match tables {
        Tables::Missing | Tables::Behind => "CREATE TABLE tried (id INTEGER NOT NULL PRIMARY KEY)",
        Tables::Current => "UPDATE store_probe SET writes = writes",
    });
    open::rollback(conn);
    Ok(outcome?)
}

/// Runs `f` on one consistent state of a store, outside any request.
pub fn snapshot<T>(conn: &mut Conn, f: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    open::begin_read(conn, Patience::Usual)?;
    let outcome = f(conn);
    open::rollback(conn);
    outcome
}

/// The time by the store's own clock, where it has one that is not this machine's.
pub fn store_time(conn: &mut Conn) -> Result<Option<Moment>> {
    match conn {
        Conn::Sqlite(_) => Ok(None),
        #[cfg(feature = "postgres")]
        Conn::Postgres(conn) => {
            let now = diesel::dsl::sql::<diesel::sql_types::Timestamp>("CAST(clock_timestamp() AT TIME ZONE 'UTC' AS TIMESTAMP)");
            Ok(Some(diesel::select(now).get_result(conn)?))
        }
    }
}
