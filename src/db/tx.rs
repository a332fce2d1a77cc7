//! One transaction: what a write does in it, and the lines that it leaves in the journal.

use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicI64, Ordering};

use super::journal::{Entry, Head, Origin, Record};
use super::known;
use super::locks::Mode;
#[cfg(feature = "postgres")]
use super::numbers;
use super::open::Conn;
use super::sealing::Seals;
use crate::error::Result;

/// One transaction: a connection, who acts in it, and what it will put into the journal.
pub struct Tx<'c> {
    pub(super) conn: &'c mut Conn,
    origin: &'c Origin,
    seals: &'c dyn Seals,
    mode: Mode,
    /// Sets that it has locked.
    pub(super) owned: Vec<i32>,
    records: Vec<Record>,
    /// Tables of which it leaves no past.
    forgets: BTreeSet<&'static str>,
    #[cfg(feature = "postgres")]
    pub(super) numbers: &'c mut numbers::Numbers,
}

impl Tx<'_> {
    /// Notes an act for the audit log and the feed; written as the transaction's last step.
    pub fn record(&mut self, record: Record) {
        self.records.push(record);
    }

    /// A text as its column keeps it, sealed for one row and column: see [`Seals`].
    pub fn seal_text(&self, identity: &str, text: &str) -> String {
        self.seals.seal_text(identity, text)
    }

    /// Has what a table held before this write forgotten soon after it: nobody tells two states of it apart.
    pub fn forget_past(&mut self, table: &'static str) {
        self.forgets.insert(table);
    }

    /// Takes back the lines noted after so many: of what nobody may learn by a gap in the log that it was done.
    pub fn leave_noted(&mut self, lines: usize) {
        self.records.truncate(lines);
    }

    /// The lines noted so far.
    pub fn noted(&self) -> &[Record] {
        &self.records
    }

    /// Whether no other transaction writes before this one has ended: what it has looked up stays so.
    pub fn is_alone(&self) -> bool {
        self.mode == Mode::Alone || matches!(self.conn, Conn::Sqlite(_))
    }

    /// Who acts, from where, and when.
    pub fn origin(&self) -> &Origin {
        self.origin
    }
}

impl Deref for Tx<'_> {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        self.conn
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Conn {
        self.conn
    }
}

/// One run of a write.
pub struct Attempt<'a> {
    pub origin: &'a Origin,
    pub seals: &'a dyn Seals,
    pub mode: Mode,
    #[cfg(feature = "postgres")]
    pub numbers: Option<&'a mut numbers::Numbers>,
}

impl<'a> Attempt<'a> {
    /// A run outside any request, which runs alone.
    pub fn of(origin: &'a Origin, seals: &'a dyn Seals) -> Self {
        Self {
            origin,
            seals,
            mode: Mode::Alone,
            #[cfg(feature = "postgres")]
            numbers: None,
        }
    }

    pub fn run<T>(self, conn: &mut Conn, f: &impl Fn(&mut Tx) -> Result<T>, head: &mut Head) -> Result<T> {
        #[cfg(feature = "postgres")]
        let mut none = numbers::Numbers::default();
        #[cfg(feature = "postgres")]
        let numbers = self.numbers.unwrap_or(&mut none);
        #[cfg(feature = "postgres")]
        numbers.again();
        // Another run may have ended without its changes.
        known::forget_known();
        let mut tx = Tx {
            conn,
            origin: self.origin,
            seals: self.seals,
            mode: self.mode,
            owned: Vec::new(),
            records: Vec::new(),
            forgets: BTreeSet::new(),
            #[cfg(feature = "postgres")]
            numbers,
        };
        let done = f(&mut tx);
        let entries = Entry::all(self.origin, &tx.records, self.seals);
        let place = match &done {
            Ok(_) => {
                head.forgets.append(&mut tx.forgets);
                tx.tell(entries, head)?
            }
            Err(_) => None,
        };
        tell_order(&mut tx, place);
        done
    }
}

impl Tx<'_> {
    /// The last step of an act: its lines go into the journal, on PostgreSQL by way of the inbox. Gives its place there.
    fn tell(&mut self, entries: Vec<Entry>, head: &mut Head) -> Result<Option<i64>> {
        #[cfg(feature = "postgres")]
        if let Conn::Postgres(c) = &mut *self.conn {
            return Ok(inbox::put(c, &entries, self.numbers)?);
        }
        head.append(self.conn, entries)?;
        Ok(None)
    }
}

/// Tells the log, where it asks for it, in which order writes were judged, kept ones and refused ones.
fn tell_order(tx: &mut Tx, place: Option<i64>) {
    static ORDER: AtomicI64 = AtomicI64::new(0);
    if !tracing::enabled!(target: "huzheng::order", tracing::Level::TRACE) {
        return;
    }
    let n: Result<i64> = match &*tx.conn {
        Conn::Sqlite(_) => Ok(ORDER.fetch_add(1, Ordering::Relaxed)),
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => place.map_or_else(|| tx.next_place(), Ok),
    };
    let _ = place;
    // A transaction that the engine has ended has no order.
    if let Ok(n) = n {
        tracing::trace!(target: "huzheng::order", trace_id = tx.origin.trace_id, n);
    }
}

#[cfg(feature = "postgres")]
mod inbox {
    use diesel::prelude::*;
    use diesel::sql_types::{Array, BigInt, Text};

    use crate::db::Prepared;
    use crate::db::journal::Entry;
    use crate::db::numbers::Numbers;

    #[derive(QueryableByName)]
    struct Place {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }

    /// The numbers are struck in the statement that ends the act: one way to the server less.
    const PUT: &str = "WITH struck AS (DELETE FROM drawn_numbers USING unnest($1, $2) AS used (name, value) \
         WHERE drawn_numbers.name = used.name AND drawn_numbers.value = used.value) \
         INSERT INTO journal_inbox (body) VALUES ($3) RETURNING n";

    /// Puts an act's lines down without a lock, and strikes the numbers that it used from those that are drawn.
    pub fn put(conn: &mut PgConnection, entries: &[Entry], numbers: &Numbers) -> QueryResult<Option<i64>> {
        struct Put;
        let (names, values): (Vec<&str>, Vec<i64>) = numbers.used().map(|(name, value)| (name.as_str(), *value)).unzip();
        if entries.is_empty() && names.is_empty() {
            return Ok(None);
        }
        let body = serde_json::to_string(entries).map_err(|e| diesel::result::Error::SerializationError(Box::new(e)))?;
        let put = diesel::sql_query(PUT).bind::<Array<Text>, _>(names).bind::<Array<BigInt>, _>(values).bind::<Text, _>(body);
        Prepared::<_, Put>::new(put, conn).get_result(conn).map(|place: Place| Some(place.n))
    }
}
