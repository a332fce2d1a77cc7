//! Bringing the tables up to date.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::open::{Conn, OpenError};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");
/// The oldest SQLite without the known write-ahead-log reset fault.
pub const OLDEST_SQLITE: &str = "3.51.3";

/// Brings the tables up to date; on PostgreSQL under a lock, since many nodes may start at once.
pub fn migrate(conn: &mut Conn) -> Result<Vec<String>, OpenError> {
    let versions: Result<Vec<String>, _> = match conn {
        Conn::Sqlite(c) => {
            assert_sqlite(c)?;
            c.run_pending_migrations(MIGRATIONS).map(|all| all.iter().map(ToString::to_string).collect())
        }
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => {
            c.batch_execute("SELECT pg_advisory_lock(4242003)")?;
            let versions = c.run_pending_migrations(MIGRATIONS).map(|all| all.iter().map(ToString::to_string).collect());
            c.batch_execute("SELECT pg_advisory_unlock(4242003)")?;
            versions
        }
    };
    versions.map_err(OpenError::Migrate)
}

/// Whether the tables are older than this program.
pub fn is_behind(conn: &mut Conn) -> Result<bool, OpenError> {
    let behind = match conn {
        Conn::Sqlite(c) => c.has_pending_migration(MIGRATIONS),
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => c.has_pending_migration(MIGRATIONS),
    };
    behind.map_err(OpenError::Migrate)
}

fn assert_sqlite(conn: &mut SqliteConnection) -> Result<(), OpenError> {
    let parts = |v: &str| v.split('.').map(|n| n.parse().unwrap_or(0)).collect::<Vec<u32>>();
    let version: String = diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>("sqlite_version()")).get_result(conn)?;
    if parts(&version) < parts(OLDEST_SQLITE) {
        return Err(OpenError::OldSqlite(version));
    }
    Ok(())
}
