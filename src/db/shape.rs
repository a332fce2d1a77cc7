//! Whether the tables of a store are this program's: none is lost, none a stranger's, and those that are never empty hold
//! what migrations put into them.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::open::{Conn, OpenError};

/// What statements of migrations leave behind.
#[derive(Default)]
struct Made<'a> {
    tables: BTreeSet<&'a str>,
    /// Those of them that are filled where they are made: the program counts on what is in them.
    filled: BTreeSet<&'a str>,
}

impl<'a> Made<'a> {
    fn by(statements: &[&'a str]) -> Self {
        let mut made = Self::default();
        for statement in statements {
            let words: Vec<&str> =
                statement.split(|c: char| c.is_whitespace() || c == '(').filter(|word| !word.is_empty()).collect();
            match words[..] {
                ["CREATE", "TABLE", "IF", "NOT", "EXISTS", table, ..] | ["CREATE", "TABLE", table, ..] => {
                    _ = made.tables.insert(table);
                }
                // One that moves rows from table to table may find none.
                ["INSERT", "INTO", table, ref rest @ ..] if !rest.iter().any(|word| made.tables.contains(word)) => {
                    made.filled.insert(table);
                }
                ["ALTER", "TABLE", table, "RENAME", "TO", name] => {
                    made.tables.remove(table);
                    made.tables.insert(name);
                }
                ["DROP", "TABLE", table] => _ = made.tables.remove(table),
                _ => {}
            }
        }
        made.filled.retain(|table| made.tables.contains(table));
        made
    }
}

/// Refuses tables that are not what the migrations that are `done` leave behind, and names that those `to_do` need.
///
/// `ground` is what stands before the first migration. An office's own further tables disturb nobody, once it is there.
pub fn refuse_other(conn: &mut Conn, done: &[&str], to_do: &[&str], ground: &[&str]) -> Result<(), OpenError> {
    let (present, ground) = (present(conn)?, Made::by(ground));
    let (ours, coming) = (Made::by(done), Made::by(&[done, to_do].concat()));
    let strange = |name: &&String| match ours.tables.is_empty() {
        true => !ground.tables.contains(name.as_str()),
        false => coming.tables.contains(name.as_str()) && !ours.tables.contains(name.as_str()),
    };
    if let Some(name) = present.iter().find(strange) {
        let of = if ours.tables.is_empty() { OpenError::Strange } else { OpenError::InPart };
        return Err(of(name.clone()));
    }
    if ours.tables.is_empty() {
        return Ok(());
    }
    let mut all = ours.tables.union(&ground.tables);
    if let Some(lost) = all.find(|table| !present.contains(**table)) {
        return Err(OpenError::Lost((*lost).to_owned()));
    }
    for table in ours.filled.union(&ground.filled) {
        let rows: Count = diesel::sql_query(format!("SELECT COUNT(*) AS count FROM {table}")).get_result(conn)?;
        if rows.count == 0 {
            return Err(OpenError::Emptied((*table).to_owned()));
        }
    }
    Ok(())
}

/// Columns of tables and their indexes, as they are told.
struct Form {
    columns: BTreeSet<String>,
    indexes: BTreeSet<String>,
}

#[derive(QueryableByName)]
struct Indexed {
    #[diesel(sql_type = Text)]
    of_table: String,
    #[diesel(sql_type = Text)]
    of_index: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    of_column: String,
}

impl Form {
    fn of(conn: &mut Conn) -> QueryResult<Self> {
        let (columns, indexes) = match conn {
            Conn::Sqlite(_) => (
                "SELECT m.name || '.' || c.name AS name FROM sqlite_schema m JOIN pragma_table_info(m.name) c \
                 WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
                "SELECT m.name AS of_table, l.name AS of_index, i.name AS of_column, \
                 CASE WHEN l.\"unique\" = 1 THEN 'unique index' ELSE 'index' END || \
                 CASE WHEN l.partial = 1 THEN ' of some rows' ELSE '' END AS kind \
                 FROM sqlite_schema m JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i \
                 WHERE m.type = 'table' AND i.name IS NOT NULL",
            ),
            #[cfg(feature = "postgres")]
            Conn::Postgres(_) => (
                "SELECT t.relname::text || '.' || a.attname::text AS name FROM pg_class t \
                 JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped \
                 WHERE t.relnamespace = current_schema()::text::regnamespace AND t.relkind IN ('r', 'p')",
                "SELECT t.relname::text AS of_table, i.relname::text AS of_index, a.attname::text AS of_column, \
                 CASE WHEN x.indisunique THEN 'unique index' ELSE 'index' END || \
                 CASE WHEN x.indpred IS NOT NULL THEN ' of some rows' ELSE '' END AS kind \
                 FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid \
                 JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY(x.indkey) \
                 WHERE t.relnamespace = current_schema()::text::regnamespace AND x.indisvalid",
            ),
        };
        let columns = diesel::sql_query(columns).load::<Name>(conn)?.into_iter().map(|row| row.name).collect();
        let mut all: BTreeMap<(String, String), (String, BTreeSet<String>)> = BTreeMap::new();
        for row in diesel::sql_query(indexes).load::<Indexed>(conn)? {
            let (_, of) = all.entry((row.of_table, row.of_index)).or_insert_with(|| (row.kind, BTreeSet::new()));
            of.insert(row.of_column);
        }
        let told = |((table, _), (kind, of)): ((String, String), (String, BTreeSet<String>))| {
            format!("the {kind} of {table} by {}", of.into_iter().collect::<Vec<_>>().join(", "))
        };
        Ok(Self { columns, indexes: all.into_iter().map(told).collect() })
    }
}

/// Refuses tables of ours that have lost a column or an index, or have a column more, compared with a store that the same
/// migrations have `made`. Indexes are told by what they are of: an engine names those of its own as it likes.
pub fn refuse_altered(conn: &mut Conn, made: &mut Conn) -> Result<(), OpenError> {
    let (found, made) = (Form::of(conn)?, Form::of(made)?);
    let table = |column: &str| column.split('.').next().unwrap_or_default().to_owned();
    let ours: BTreeSet<String> = made.columns.iter().map(|column| table(column)).collect();
    let lost = made.columns.difference(&found.columns).map(|column| format!("the column {column} is gone"));
    let further = found.columns.difference(&made.columns).filter(|column| ours.contains(&table(column)));
    let further = further.map(|column| format!("the column {column} was added"));
    let gone = made.indexes.difference(&found.indexes).map(|index| format!("{index} is gone"));
    let altered: Vec<String> = lost.chain(further).chain(gone).take(5).collect();
    if altered.is_empty() { Ok(()) } else { Err(OpenError::Altered(altered.join("; "))) }
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Tables and views where the office keeps its own; what extensions of the server bring along is nobody's.
fn present(conn: &mut Conn) -> QueryResult<BTreeSet<String>> {
    let names = match conn {
        Conn::Sqlite(_) => {
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        }
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => {
            "SELECT relname::text AS name FROM pg_class \
             WHERE relnamespace = current_schema()::text::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') \
             AND NOT EXISTS (SELECT 1 FROM pg_depend \
             WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')"
        }
    };
    let rows = diesel::sql_query(names).load::<Name>(conn)?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_followed_over_all_that_migrations_do_to_them() {
        let statements = [
            "CREATE TABLE bells (\n id INTEGER\n)",
            "CREATE TABLE IF NOT EXISTS ropes(id INTEGER)",
            "INSERT INTO bells (id) VALUES (1)",
            "INSERT INTO ropes\nSELECT 1",
            "CREATE TABLE towns (id INTEGER)",
            "INSERT INTO towns (id) SELECT id FROM bells",
            "CREATE TABLE towers_new (id INTEGER)",
            "ALTER TABLE towers_new RENAME TO towers",
            "ALTER TABLE bells ADD COLUMN tone TEXT",
            "DROP TABLE ropes",
        ];
        let made = Made::by(&statements);
        assert_eq!(made.tables, BTreeSet::from(["bells", "towers", "towns"]));
        assert_eq!(made.filled, BTreeSet::from(["bells"]));
    }
}
