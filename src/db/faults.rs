//! What an engine's error says of the store, by the engine's own code: SQLSTATE, or SQLite's result code. Never by texts,
//! which servers translate.
//!
//! diesel makes kinds of the few codes that it knows, and keeps all others to itself. So both engines are overheard on the
//! thread that meets the error: SQLite by its error log, PostgreSQL where its library tells diesel the code.

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::fmt;

use diesel::result::{DatabaseErrorKind, Error as Diesel};
use libsqlite3_sys as sqlite;
use tracing::field::DisplayValue;

use crate::error::Error;

/// What an engine's error says of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Two transactions were at odds: this one may be tried again.
    AtOdds,
    /// A lock or a statement met its deadline: trying again would only wait again.
    Late,
    /// The store takes no writes, or cannot be reached.
    Unavailable,
}

/// The code of an engine's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EngineCode {
    Sqlite(c_int),
    #[cfg(feature = "postgres")]
    Sqlstate([u8; 5]),
}

impl fmt::Display for EngineCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(code) => {
                // SAFETY: for every number the function gives a text that lives as long as the process.
                let text = unsafe { CStr::from_ptr(sqlite::sqlite3_errstr(*code)) };
                write!(f, "SQLite {code}: {}", text.to_string_lossy())
            }
            #[cfg(feature = "postgres")]
            Self::Sqlstate(state) => write!(f, "SQLSTATE {}", state.escape_ascii()),
        }
    }
}

thread_local! {
    /// The code of the last error that an engine reported on this thread.
    static LAST: Cell<Option<EngineCode>> = const { Cell::new(None) };
}

/// Forgets the last error's code; to be called before each transaction.
pub fn forget() {
    LAST.set(None);
}

/// The code of the last error on this thread, for the log: an engine's own text may quote what was to be written.
pub fn last() -> Option<DisplayValue<impl fmt::Display>> {
    LAST.get().map(tracing::field::display)
}

/// Does something whose own errors are no news.
pub fn unheard<T>(f: impl FnOnce() -> T) -> T {
    let last = LAST.get();
    let done = f();
    LAST.set(last);
    done
}

/// What an error says of the store; `None` when it is the request's own, or a mistake of ours.
pub fn fault(error: &Error) -> Option<Fault> {
    match error {
        Error::Store(error) => fault_of(error),
        _ => None,
    }
}

/// As [`fault`], of an error that has just come from the engine.
pub fn fault_of(error: &Diesel) -> Option<Fault> {
    let kind = match error {
        Diesel::BrokenTransactionManager => return Some(Fault::Unavailable),
        Diesel::DatabaseError(kind, _) => kind,
        _ => return None,
    };
    match kind {
        DatabaseErrorKind::SerializationFailure => Some(Fault::AtOdds),
        DatabaseErrorKind::ReadOnlyTransaction | DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
            Some(Fault::Unavailable)
        }
        DatabaseErrorKind::Unknown => match LAST.get() {
            Some(EngineCode::Sqlite(code)) => of_sqlite(code),
            #[cfg(feature = "postgres")]
            Some(EngineCode::Sqlstate(state)) => of_sqlstate(state),
            // An error of which nothing is known is not the caller's.
            None => Some(Fault::Unavailable),
        },
        _ => None,
    }
}

/// By SQLite's result code; the bits above the lowest eight only tell more of the same.
fn of_sqlite(code: c_int) -> Option<Fault> {
    match code & 0xff {
        sqlite::SQLITE_BUSY | sqlite::SQLITE_LOCKED => Some(Fault::Late),
        sqlite::SQLITE_FULL
        | sqlite::SQLITE_READONLY
        | sqlite::SQLITE_IOERR
        | sqlite::SQLITE_CORRUPT
        | sqlite::SQLITE_NOTADB
        | sqlite::SQLITE_CANTOPEN
        | sqlite::SQLITE_PERM
        | sqlite::SQLITE_PROTOCOL
        | sqlite::SQLITE_NOMEM => Some(Fault::Unavailable),
        _ => None,
    }
}

/// By SQLSTATE, as the appendix "PostgreSQL Error Codes" of its manual lists them.
#[cfg(feature = "postgres")]
fn of_sqlstate(state: [u8; 5]) -> Option<Fault> {
    match &state {
        b"40001" | b"40P01" => Some(Fault::AtOdds),
        // A lock that is not available; a statement that was cancelled.
        b"55P03" | b"57014" => Some(Fault::Late),
        // A server that takes no writes, and transactions that it has ended for standing still or lasting too long.
        b"25006" | b"25P03" | b"25P04" => Some(Fault::Unavailable),
        // Connections, shortages, an operator's intervention, the system, the server itself.
        [b'0', b'8', ..] | [b'5', b'3', ..] | [b'5', b'7', b'P', ..] | [b'5', b'8', ..] | [b'X', b'X', ..] => {
            Some(Fault::Unavailable)
        }
        _ => None,
    }
}

/// Lets SQLite tell of each error; to be called before its first connection is made.
///
/// # Safety
///
/// No connection of the process may be open yet.
pub unsafe fn hear_sqlite() {
    // SAFETY: the callee keeps the pointer to a function that lives as long as the process and needs no data.
    unsafe {
        sqlite::sqlite3_config(
            sqlite::SQLITE_CONFIG_LOG,
            heard_from_sqlite as extern "C" fn(*mut c_void, c_int, *const c_char),
            std::ptr::null_mut::<c_void>(),
        );
    }
}

extern "C" fn heard_from_sqlite(_: *mut c_void, code: c_int, _: *const c_char) {
    if !matches!(code & 0xff, sqlite::SQLITE_NOTICE | sqlite::SQLITE_WARNING) {
        LAST.set(Some(EngineCode::Sqlite(code)));
    }
}

#[cfg(all(feature = "postgres", unix))]
mod libpq {
    use std::ffi::{CStr, c_char, c_int, c_void};
    use std::sync::LazyLock;

    use super::{EngineCode, LAST};

    type ErrorField = unsafe extern "C" fn(*const c_void, c_int) -> *mut c_char;

    /// The library's own function, which stands behind ours.
    static LIBRARY: LazyLock<Option<ErrorField>> = LazyLock::new(|| {
        // SAFETY: the name ends with a zero, and what is found under it has the type that libpq's manual gives it.
        unsafe {
            let found = libc::dlsym(libc::RTLD_NEXT, c"PQresultErrorField".as_ptr());
            (!found.is_null()).then(|| std::mem::transmute::<*mut c_void, ErrorField>(found))
        }
    });

    /// The field that holds the SQLSTATE, `PG_DIAG_SQLSTATE`.
    const SQLSTATE: c_int = b'C' as c_int;

    /// Stands before libpq's function of the same name: diesel asks it for each error's code, tells nobody else, and gives
    /// no other way to the connection. Gives what the library gives.
    ///
    /// # Safety
    ///
    /// As for the library's function: `result` is one of its results.
    #[unsafe(no_mangle)]
    #[allow(non_snake_case, reason = "the library has named it")]
    pub unsafe extern "C" fn PQresultErrorField(result: *const c_void, field: c_int) -> *mut c_char {
        let Some(library) = *LIBRARY else { return std::ptr::null_mut() };
        // SAFETY: the caller keeps the library's conditions, and the library gives a text that ends with a zero or nothing.
        unsafe {
            let text = library(result, field);
            if field == SQLSTATE && !text.is_null() {
                let state: Option<[u8; 5]> = CStr::from_ptr(text).to_bytes().try_into().ok();
                // A statement in a transaction that an error has ended already: that error is the news.
                if state != Some(*b"25P02") {
                    LAST.set(state.map(EngineCode::Sqlstate));
                }
            }
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection;

    use super::*;
    use crate::db::{Conn, Settings, connect};

    fn refused(conn: &mut Conn, sql: &str) -> Option<Fault> {
        fault_of(&conn.batch_execute(sql).expect_err(sql))
    }

    fn embedded(folder: &tempfile::TempDir) -> Conn {
        let url = format!("sqlite:{}", folder.path().join("office.db").display());
        let mut conn = connect(&Settings { url, readers: 1, writers: 1 }).unwrap();
        conn.batch_execute("CREATE TABLE letters (text TEXT NOT NULL CHECK (text <> 'no')); INSERT INTO letters VALUES ('a')")
            .unwrap();
        conn
    }

    #[test]
    fn sqlites_shortages_are_the_stores_and_mistakes_are_ours() {
        let folder = tempfile::tempdir().unwrap();
        let mut conn = embedded(&folder);
        conn.batch_execute("PRAGMA max_page_count = 3").unwrap();
        let much =
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) INSERT INTO letters SELECT i FROM n";
        assert_eq!(refused(&mut conn, much), Some(Fault::Unavailable), "the disk is full");
        conn.batch_execute("PRAGMA max_page_count = 99999; PRAGMA query_only = 1").unwrap();
        assert_eq!(refused(&mut conn, "INSERT INTO letters VALUES ('b')"), Some(Fault::Unavailable), "it is read-only");
        conn.batch_execute("PRAGMA query_only = 0").unwrap();
        assert_eq!(refused(&mut conn, "INSERT INTO nowhere VALUES (1)"), None, "a mistake of ours");
        assert_eq!(refused(&mut conn, "INSERT INTO letters VALUES ('no')"), None, "a rule");
        let mut other =
            connect(&Settings { url: format!("sqlite:{}", folder.path().join("office.db").display()), readers: 1, writers: 1 })
                .unwrap();
        other.batch_execute("PRAGMA busy_timeout = 1").unwrap();
        conn.batch_execute("BEGIN IMMEDIATE").unwrap();
        // This one error SQLite keeps to itself.
        forget();
        assert_eq!(refused(&mut other, "BEGIN IMMEDIATE"), Some(Fault::Unavailable), "somebody else writes");
        assert_eq!(unheard(|| refused(&mut other, "ROLLBACK")), None);
    }

    #[test]
    fn a_damaged_database_is_the_stores_fault() {
        let folder = tempfile::tempdir().unwrap();
        let mut conn = embedded(&folder);
        conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        drop(conn);
        let file = folder.path().join("office.db");
        let length = std::fs::metadata(&file).unwrap().len();
        std::fs::write(&file, [b"SQLite format 3\0".as_slice(), &vec![7; usize::try_from(length).unwrap()]].concat()).unwrap();
        let url = format!("sqlite:{}", file.display());
        assert!(connect(&Settings { url, readers: 1, writers: 1 }).is_err());
        assert!(
            matches!(LAST.get(), Some(code) if matches!(code, EngineCode::Sqlite(code) if of_sqlite(code) == Some(Fault::Unavailable)))
        );
    }

    #[test]
    #[cfg(feature = "postgres")]
    fn every_sqlstate_that_is_the_servers_is_told_from_those_that_are_ours() {
        let of = |state: &str| of_sqlstate(state.as_bytes().try_into().unwrap());
        for state in ["08006", "53100", "53200", "53300", "57P01", "57P03", "58030", "58P01", "25006", "25P03", "XX000", "XX001"]
        {
            assert_eq!(of(state), Some(Fault::Unavailable), "{state}");
        }
        for (states, fault) in
            [(["40001", "40P01"], Some(Fault::AtOdds)), (["55P03", "57014"], Some(Fault::Late)), (["42P01", "22003"], None)]
        {
            assert!(states.iter().all(|state| of(state) == fault), "{states:?}");
        }
    }

    #[test]
    #[cfg(feature = "postgres")]
    fn the_servers_codes_are_heard() {
        let Ok(url) = std::env::var("TEST_DATABASE_URL") else { return };
        let mut conn = connect(&Settings { url, readers: 1, writers: 1 }).unwrap();
        let raise = |code: &str| format!("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{code}'; END $$");
        assert_eq!(refused(&mut conn, &raise("53100")), Some(Fault::Unavailable));
        assert_eq!(refused(&mut conn, &raise("40P01")), Some(Fault::AtOdds));
        assert_eq!(refused(&mut conn, "SELECT 1 / 0"), None);
        conn.batch_execute("BEGIN").unwrap();
        assert_eq!(refused(&mut conn, &raise("53100")), Some(Fault::Unavailable));
        assert_eq!(refused(&mut conn, "SELECT 1"), Some(Fault::Unavailable), "what follows has the same cause");
        conn.batch_execute("ROLLBACK").unwrap();
        assert_eq!(refused(&mut conn, "SET statement_timeout = 20; SELECT pg_sleep(5)"), Some(Fault::Late));
    }
}
