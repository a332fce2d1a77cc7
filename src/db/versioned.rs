//! Rows that count their versions, and queries that take only what is asked for.

use diesel::query_dsl::methods::FilterDsl;

use crate::error::{Code, Result};

/// Saves a changed row as its next version; 412 where it is not the version that was read, which nothing can overwrite.
///
/// The row is written whole: its type has `treat_none_as_null`.
#[macro_export]
macro_rules! save {
    ($tx:expr, $table:ident, $row:expr) => {{
        let row = $row;
        let read = $table::table.find(row.id).filter($table::version.eq(row.version));
        row.version += 1;
        $crate::db::saved($crate::prepared!(&mut **$tx, diesel::update(read).set(&*row), execute)?)
    }};
}

/// What a statement that checks the version has done, by the number of rows that it changed.
pub fn saved(rows: usize) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Code::VERSION_MISMATCH.into()) }
}

/// A boxed query that conditions are added to where they are asked for.
pub trait Narrow: Sized {
    /// Leaves the rows that the rule takes; without a value, all.
    fn narrow<V, P>(self, value: Option<V>, rule: impl FnOnce(V) -> P) -> Self
    where
        Self: FilterDsl<P, Output = Self>,
    {
        match value {
            Some(value) => FilterDsl::filter(self, rule(value)),
            None => self,
        }
    }
}

impl<Q> Narrow for Q {}
