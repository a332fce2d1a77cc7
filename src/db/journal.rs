//! The journal: every act and every logged read, hash-chained, and the feed's events beside them.
//!
//! SQLite numbers and chains an act's lines in the commit that makes them. On PostgreSQL an act's last statement puts
//! them into the inbox, without a lock, and `seal` numbers what is committed.

use std::borrow::Cow;
use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Conn, Id, Seals};
use crate::clock::Moment;
use crate::error::Result;
use crate::schema::{audit_log, events, journal_head};
use crate::{each, prepared};

/// Who acts, through what, from where, and when.
#[derive(Clone, Debug)]
pub struct Origin {
    /// `operationId` of the request, or the command that ran.
    pub operation: &'static str,
    /// `accounts/{id}`, `clients/{id}`, `bookings/{id}` or `receipts/{id}` (a look-up token) or `anonymous`.
    pub actor: String,
    /// The integration client that the request came through.
    pub client: String,
    /// Network address of the caller.
    pub address: String,
    pub trace_id: String,
    pub at: Moment,
}

impl Origin {
    /// An act of the office's own machinery: first start, timers, command line.
    pub fn system(operation: &'static str, at: Moment) -> Self {
        let own = || "system".to_owned();
        Self { operation, actor: own(), client: own(), address: own(), trace_id: String::new(), at }
    }
}

/// One line for the journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Past tense with the resource: `booking.created`, `person.read`.
    pub action: Cow<'static, str>,
    /// Path of the resource below `/v1/`: `bookings/{id}`.
    pub subject: String,
    /// Whose personal data was read or changed.
    pub person_id: Option<Id>,
    /// Names of the fields read or changed; never their values.
    pub fields: Cow<'static, str>,
    /// Why, where the caller had to say so.
    pub purpose: String,
    /// Body of the feed's event; reads have none. Holds no personal data.
    pub event: Option<serde_json::Value>,
}

impl Record {
    /// A change, told to the feed with `data`.
    pub fn change(action: &'static str, subject: String, data: serde_json::Value) -> Self {
        let (action, fields) = (action.into(), "".into());
        Self { action, subject, person_id: None, fields, purpose: String::new(), event: Some(data) }
    }

    /// A read of personal data: logged, not told.
    pub fn read(action: &'static str, subject: String, fields: &'static str) -> Self {
        let (action, fields) = (action.into(), fields.into());
        Self { action, subject, person_id: None, fields, purpose: String::new(), event: None }
    }

    /// Names the person whose data it is about.
    pub fn about(mut self, person: Id) -> Self {
        self.person_id = Some(person);
        self
    }

    /// Keeps the reason that the caller gave.
    pub fn because(mut self, purpose: impl Into<String>) -> Self {
        self.purpose = purpose.into();
        self
    }
}

/// A line as it stands in the audit log.
#[derive(Clone, Debug, Queryable, Insertable, Selectable, Serialize, Deserialize)]
#[diesel(table_name = audit_log, treat_none_as_default_value = false)]
pub struct Line {
    pub seq: i64,
    pub at: Moment,
    pub operation: String,
    pub actor: String,
    pub client: String,
    pub address: String,
    pub trace_id: String,
    pub action: String,
    pub subject: String,
    pub person_id: Option<Id>,
    pub fields: String,
    /// Sealed, as the hash takes it; see [`Line::said`].
    pub purpose: String,
    pub hash: String,
}

/// What the purpose of a line begins with that a start has sealed: the line keeps its hash, which is of the text in the clear.
pub const OVER: &str = "over:";

/// The row and column for which the purpose of a line is sealed: its number comes after the commit.
fn said_in(action: &str, subject: &str) -> String {
    format!("audit_log/{action}/{subject}/purpose")
}

impl Line {
    /// What its purpose is sealed for.
    pub fn identity(&self) -> String {
        said_in(&self.action, &self.subject)
    }

    /// Its purpose, opened; a line of before there were sealed purposes keeps it as its hash takes it, or sealed over that.
    pub fn said(&self, open: impl Fn(&str, &str) -> Result<String>) -> Result<String> {
        open(&self.identity(), self.purpose.strip_prefix(OVER).unwrap_or(&self.purpose))
    }

    /// The line as its hash takes it: where a start has sealed the purpose of a line that was written in the clear, that.
    pub fn as_hashed(&self, open: impl Fn(&str, &str) -> Result<String>) -> Result<Cow<'_, Self>> {
        if self.purpose.starts_with(OVER) {
            Ok(Cow::Owned(Self { purpose: self.said(open)?, ..self.clone() }))
        } else {
            Ok(Cow::Borrowed(self))
        }
    }

    /// The hash that binds this line to all lines before it.
    pub fn chained_to(&self, previous: &str) -> String {
        let person = self.person_id.map(|id| id.to_string()).unwrap_or_default();
        let (seq, at) = (self.seq.to_string(), self.at.to_string());
        let mut text = String::with_capacity(512);
        for part in [
            previous,
            &seq,
            &at,
            &self.operation,
            &self.actor,
            &self.client,
            &self.address,
            &self.trace_id,
            &self.action,
            &self.subject,
            &person,
            &self.fields,
            &self.purpose,
        ] {
            // Lengths keep neighbouring fields from trading characters.
            text.push_str(&part.len().to_string());
            text.push(':');
            text.push_str(part);
        }
        URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
    }
}

/// A line that has no number yet, with its event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    line: Line,
    event: Option<(Id, String)>,
}

/// An event of the feed as kept.
#[derive(Insertable)]
#[diesel(table_name = events)]
pub struct EventRow {
    seq: i64,
    id: Id,
    type_: String,
    subject: String,
    at: Moment,
    data: String,
}

impl Entry {
    fn of(origin: &Origin, record: &Record, seals: &dyn Seals) -> Self {
        let line = Line {
            seq: 0,
            at: origin.at,
            operation: origin.operation.to_owned(),
            actor: origin.actor.clone(),
            client: origin.client.clone(),
            address: origin.address.clone(),
            trace_id: origin.trace_id.clone(),
            action: record.action.to_string(),
            subject: record.subject.clone(),
            person_id: record.person_id,
            fields: record.fields.to_string(),
            purpose: seals.seal_text(&said_in(&record.action, &record.subject), &record.purpose),
            hash: String::new(),
        };
        Self { line, event: record.event.as_ref().map(|data| (Id::new(origin.at), data.to_string())) }
    }

    /// The entries of an act.
    pub fn all(origin: &Origin, records: &[Record], seals: &dyn Seals) -> Vec<Self> {
        records.iter().map(|record| Self::of(origin, record, seals)).collect()
    }

    /// Numbers the line, chains it to the one before, and gives it with its event.
    pub fn seal(mut self, seq: i64, previous: &str) -> (Line, Option<EventRow>) {
        self.line.seq = seq;
        self.line.hash = self.line.chained_to(previous);
        let Line { at, action, subject, .. } = &self.line;
        let event =
            self.event.map(|(id, data)| EventRow { seq, id, type_: action.clone(), subject: subject.clone(), at: *at, data });
        (self.line, event)
    }
}

/// What one commit knows beside its rows: on SQLite the journal's end, read by the first act that appends and written back once; and
/// of which tables nothing may be told from what stood there before.
#[derive(Clone, Default)]
pub struct Head {
    end: Option<(i64, String)>,
    pub forgets: BTreeSet<&'static str>,
}

impl Head {
    /// Appends the entries of one act.
    pub fn append(&mut self, conn: &mut Conn, entries: Vec<Entry>) -> Result<()> {
        for entry in entries {
            let (seq, previous) = match self.end.take() {
                Some(end) => end,
                None => end(conn)?,
            };
            let (line, event) = entry.seal(seq + 1, &previous);
            prepared!(conn, diesel::insert_into(audit_log::table).values(&line), execute)?;
            if let Some(row) = event {
                prepared!(conn, diesel::insert_into(events::table).values(&row), execute)?;
            }
            self.end = Some((line.seq, line.hash));
        }
        Ok(())
    }

    /// Writes the end back as the commit's last step.
    pub fn store(&mut self, conn: &mut Conn) -> QueryResult<()> {
        let Some((seq, hash)) = self.end.take() else { return Ok(()) };
        let head = journal_head::table.filter(journal_head::id.eq(1));
        prepared!(conn, diesel::update(head).set((journal_head::seq.eq(seq), journal_head::hash.eq(hash))), execute).map(drop)
    }
}

/// Where the journal ends.
fn end(conn: &mut Conn) -> Result<(i64, String)> {
    let head = journal_head::table.filter(journal_head::id.eq(1)).select((journal_head::seq, journal_head::hash));
    Ok(each!(conn, c => head.first(c))?)
}
