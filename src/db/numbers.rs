//! Running numbers, and the order of things, which hangs on no clock.
//!
//! A number that is counted up within a transaction keeps every other one waiting until the commit. So on PostgreSQL a
//! write that runs beside others draws it in a short transaction of its own, and keeps it over its retries. A drawn number
//! that ends in no record is voided with a line in the journal: none is missing without a word.

use diesel::prelude::*;

use super::{Conn, Tx};
use crate::error::Result;
use crate::schema::counters;
use crate::{each, prepared};

impl Tx<'_> {
    /// The next number under a name, from 1.
    pub fn next_number(&mut self, name: &str) -> Result<i64> {
        #[cfg(feature = "postgres")]
        if !self.is_alone() {
            return self.numbers.draw(name);
        }
        count(self, name)
    }

    /// A number that is higher than those given before, and than those of every write that this one waited for.
    pub fn next_place(&mut self) -> Result<i64> {
        #[cfg(feature = "postgres")]
        if let Conn::Postgres(c) = &mut *self.conn {
            return Ok(diesel::select(drawn::nextval("journal_inbox_n_seq")).get_result(c)?);
        }
        count(self, "places")
    }
}

/// Counts up within the transaction: whoever runs alone keeps nobody waiting.
fn count(tx: &mut Tx, name: &str) -> Result<i64> {
    let row = counters::table.filter(counters::name.eq(name));
    let counted = |tx: &mut Tx| -> Result<Option<i64>> {
        let update = diesel::update(row).set(counters::value.eq(counters::value + 1)).returning(counters::value);
        Ok(prepared!(&mut **tx, update, get_result).optional()?)
    };
    if let Some(value) = counted(tx)? {
        return Ok(value);
    }
    let first = (counters::name.eq(name), counters::value.eq(0));
    let conn: &mut Conn = tx;
    each!(conn, c => diesel::insert_into(counters::table).values(first).on_conflict_do_nothing().execute(c))?;
    counted(tx)?.ok_or_else(|| crate::error::Error::Internal("a counter is neither there nor new".to_owned()))
}

#[cfg(feature = "postgres")]
pub use drawn::{Drawer, Numbers};

/// Whether any number is there for [`void_unused`].
pub fn any_unused(conn: &mut Conn) -> Result<bool> {
    #[cfg(feature = "postgres")]
    return drawn::any_unused(conn);
    #[cfg(not(feature = "postgres"))]
    {
        let _ = conn;
        Ok(false)
    }
}

/// Voids drawn numbers that stand in no record: their write was refused after the draw, or ended with its node.
pub fn void_unused(tx: &mut Tx) -> Result<()> {
    #[cfg(feature = "postgres")]
    drawn::void_unused(tx)?;
    #[cfg(not(feature = "postgres"))]
    let _ = tx;
    Ok(())
}

#[cfg(feature = "postgres")]
mod drawn {
    use std::sync::{Arc, Mutex, PoisonError};

    use diesel::connection::SimpleConnection;
    use diesel::prelude::*;
    use diesel::result::{DatabaseErrorKind, Error as Diesel};
    use diesel::sql_types::{BigInt, Text};
    use serde_json::json;

    use crate::db::open::{self, Conn, OpenError, Settings, Task};
    use crate::db::{Prepared, Record, Tx};
    use crate::error::{Error, Result};

    #[diesel::declare_sql_function]
    extern "SQL" {
        fn nextval(sequence: Text) -> BigInt;
    }

    /// One node's connections for drawing numbers, each in a transaction of its own. No write waits for another's draw but at the
    /// server: its transaction stands still meanwhile, and would be ended.
    pub struct Drawer {
        settings: Settings,
        idle: Mutex<Vec<Conn>>,
    }

    /// How many connections are kept for the next draws.
    const KEPT: usize = 2;

    /// How long a draw may take: less than a transaction may stand still.
    const DEADLINE: &str = "SET statement_timeout = 4000; SET lock_timeout = 4000";

    #[derive(QueryableByName)]
    struct Drawn {
        #[diesel(sql_type = BigInt)]
        value: i64,
    }

    /// Counts and notes the draw in one statement.
    const DRAW: &str = "WITH counted AS (INSERT INTO counters (name, value) VALUES ($1, 1) \
         ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value) \
         INSERT INTO drawn_numbers (name, value, drawn_at) SELECT $1, value, now() AT TIME ZONE 'UTC' FROM counted RETURNING value";

    impl Drawer {
        pub fn new(settings: &Settings) -> Self {
            Self { settings: settings.clone(), idle: Mutex::default() }
        }

        fn draw(&self, name: &str) -> Result<i64> {
            struct Draw;
            let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let kept = idle().pop();
            let mut conn = kept.map_or_else(|| self.connect(), Ok)?;
            let Conn::Postgres(c) = &mut conn else { return Err(Error::Internal("only PostgreSQL draws".to_owned())) };
            // A connection that failed is not kept.
            let drawn: Drawn = Prepared::<_, Draw>::new(diesel::sql_query(DRAW).bind::<Text, _>(name), c).get_result(c)?;
            let mut idle = idle();
            if idle.len() < KEPT {
                idle.push(conn);
            }
            Ok(drawn.value)
        }

        /// A draw need not reach the disk by itself: the commit that uses its number takes it along.
        fn connect(&self) -> Result<Conn> {
            // As if the connection had been closed, which is what it looks like to the write.
            let failed = |e: OpenError| Diesel::DatabaseError(DatabaseErrorKind::ClosedConnection, Box::new(e.to_string()));
            let mut conn = open::connect_serving(&self.settings, Task::Write).map_err(failed)?;
            conn.batch_execute("SET synchronous_commit = off")?;
            conn.batch_execute(DEADLINE)?;
            Ok(conn)
        }
    }

    /// The numbers of one write, over all its attempts.
    #[derive(Default)]
    pub struct Numbers {
        drawer: Option<Arc<Drawer>>,
        drawn: Vec<(String, i64)>,
        /// How many of them this attempt uses, in the order of the draws.
        used: Vec<usize>,
    }

    impl Numbers {
        pub fn new(drawer: Option<Arc<Drawer>>) -> Self {
            Self { drawer, ..Self::default() }
        }

        /// Begins another attempt: what the last one drew is there to be used.
        pub fn again(&mut self) {
            self.used.clear();
        }

        pub fn draw(&mut self, name: &str) -> Result<i64> {
            let unused = (0..self.drawn.len()).find(|index| self.drawn[*index].0 == name && !self.used.contains(index));
            let index = match unused {
                Some(index) => index,
                None => {
                    let drawer = self.drawer.as_ref().ok_or_else(|| Error::Internal("nobody draws numbers here".to_owned()))?;
                    self.drawn.push((name.to_owned(), drawer.draw(name)?));
                    self.drawn.len() - 1
                }
            };
            self.used.push(index);
            Ok(self.drawn[index].1)
        }

        /// The numbers that this attempt put into records.
        pub fn used(&self) -> impl Iterator<Item = &(String, i64)> {
            self.used.iter().map(|index| &self.drawn[*index])
        }
    }

    /// No write lives as long: its statements, its locks and its standing still have deadlines.
    const UNUSED: &str = "drawn_at < now() AT TIME ZONE 'UTC' - interval '10 minutes'";

    #[derive(QueryableByName)]
    struct Left {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = BigInt)]
        value: i64,
    }

    pub fn any_unused(conn: &mut Conn) -> Result<bool> {
        let Conn::Postgres(c) = conn else { return Ok(false) };
        let left = format!("SELECT name, value FROM drawn_numbers WHERE {UNUSED} LIMIT 1");
        Ok(!diesel::sql_query(left).load::<Left>(c)?.is_empty())
    }

    pub fn void_unused(tx: &mut Tx) -> Result<()> {
        let Conn::Postgres(c) = &mut *tx.conn else { return Ok(()) };
        let left = format!("DELETE FROM drawn_numbers WHERE {UNUSED} RETURNING name, value");
        let left: Vec<Left> = diesel::sql_query(left).load(c)?;
        for Left { name, value } in left {
            let event = json!({"name": name, "number": value});
            tx.record(Record::change("number.voided", format!("numbers/{name}/{value}"), event));
        }
        Ok(())
    }
}
