//! Running numbers without gaps or clashes: counted up in the transaction that uses the number.

use chrono::Datelike;
use diesel::prelude::*;

use crate::calendar::{self, Moment};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::schema::counters;
use crate::{each, kept};

/// The next number under a name, from 1; the row stays locked until the transaction ends.
pub fn next(tx: &mut Tx, name: &str) -> Result<i64> {
    let row = counters::table.filter(counters::name.eq(name));
    let counted = |tx: &mut Tx| -> Result<Option<i64>> {
        let update = diesel::update(row).set(counters::value.eq(counters::value + 1)).returning(counters::value);
        Ok(kept!(&mut **tx, update, get_result).optional()?)
    };
    if let Some(value) = counted(tx)? {
        return Ok(value);
    }
    let first = (counters::name.eq(name), counters::value.eq(0));
    let conn: &mut Conn = tx;
    each!(conn, c => diesel::insert_into(counters::table).values(first).on_conflict_do_nothing().execute(c))?;
    counted(tx)?.ok_or_else(|| crate::error::Error::Internal("a counter is neither there nor new".to_owned()))
}

/// The ROC year in which a moment lies.
pub fn roc_year(at: Moment) -> i32 {
    calendar::roc_year(at.date().year())
}
