//! Free texts about people, which their columns keep sealed: whoever has the key gives the store what seals them, and rows of
//! before are sealed at a start.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Conn, Tx};
use crate::each;
use crate::error::Result;

/// Seals a text for one row and column. A text that is sealed shows it by how it begins; an empty one stays empty.
pub trait Seals: Send + Sync {
    fn seal_text(&self, identity: &str, text: &str) -> String;
}

/// A column of free text that is kept sealed, for `table/key/member`.
#[derive(Clone, Copy, Debug)]
pub struct Texts {
    pub table: &'static str,
    /// The columns of its key: one, or two of which the other is a number.
    pub key: &'static [&'static str],
    pub column: &'static str,
    /// What its texts are sealed as: the column's name, but where a text moves from one column of its row to another.
    pub member: &'static str,
}

impl Texts {
    /// A column of a table whose key is `id`.
    pub const fn of(table: &'static str, column: &'static str) -> Self {
        Self { table, key: &["id"], column, member: column }
    }

    /// As [`Texts::of`], by another key.
    pub const fn by(self, key: &'static [&'static str]) -> Self {
        Self { key, ..self }
    }

    /// As [`Texts::of`], sealed as another column's.
    pub const fn sealed_as(self, member: &'static str) -> Self {
        Self { member, ..self }
    }
}

/// What a sealed text begins with.
pub const SEALED: &str = "sealed:";

/// How many rows of before a start seals at once.
const BATCH: i64 = 500;

#[derive(QueryableByName)]
struct Open {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Text)]
    text: String,
}

impl Texts {
    /// Which of its rows stand in the clear; an index of the migration that began to seal them has the same condition.
    fn open(&self) -> String {
        let Self { table, column, .. } = self;
        let key: Vec<String> = self.key.iter().map(|key| format!("CAST({key} AS TEXT)")).collect();
        format!(
            "SELECT {} AS key, {column} AS text FROM {table} WHERE {column} <> '' AND substr({column}, 1, {}) <> '{SEALED}' LIMIT {BATCH}",
            key.join(" || '/' || "),
            SEALED.len()
        )
    }

    /// Seals what stands in the clear from before.
    pub fn seal(&self, tx: &mut Tx) -> Result<()> {
        loop {
            let conn: &mut Conn = tx;
            let rows: Vec<Open> = each!(conn, c => diesel::sql_query(self.open()).load(c))?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                let sealed = tx.seal_text(&format!("{}/{}/{}", self.table, row.key, self.member), &row.text);
                // Keys are the store's own ids and numbers, which hold no quotes.
                let of = self.key.iter().zip(row.key.split('/')).map(|(key, value)| format!("{key} = '{value}'"));
                let of = of.collect::<Vec<_>>().join(" AND ");
                let update = format!("UPDATE {} SET {} = $1 WHERE {of}", self.table, self.column);
                let conn: &mut Conn = tx;
                each!(conn, c => diesel::sql_query(update).bind::<Text, _>(sealed).execute(c))?;
            }
        }
    }
}
