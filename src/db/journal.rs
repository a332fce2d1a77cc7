//! The journal: every act and every logged read, hash-chained, and the feed's events beside them.
//! Its head stays locked until the commit, so that the order of `seq` is the order of commits.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::prelude::*;

use super::{Conn, Id};
use crate::calendar::Moment;
use crate::error::Result;
use crate::kept;
use crate::schema::{audit_log, events, journal_head};

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
#[derive(Clone, Debug)]
pub struct Record {
    /// Past tense with the resource: `booking.created`, `person.read`.
    pub action: &'static str,
    /// Path of the resource below `/v1/`: `bookings/{id}`.
    pub subject: String,
    /// Whose personal data was read or changed.
    pub person_id: Option<Id>,
    /// Names of the fields read or changed; never their values.
    pub fields: &'static str,
    /// Why, where the caller had to say so.
    pub purpose: String,
    /// Body of the feed's event; reads have none. Holds no personal data.
    pub event: Option<serde_json::Value>,
}

impl Record {
    /// A change, told to the feed with `data`.
    pub fn change(action: &'static str, subject: String, data: serde_json::Value) -> Self {
        Self { action, subject, person_id: None, fields: "", purpose: String::new(), event: Some(data) }
    }

    /// A read of personal data: logged, not told.
    pub fn read(action: &'static str, subject: String, fields: &'static str) -> Self {
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
#[derive(Clone, Debug, Queryable, Insertable, Selectable)]
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
    pub purpose: String,
    pub hash: String,
}

impl Line {
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

#[derive(Insertable)]
#[diesel(table_name = events)]
struct EventRow<'a> {
    seq: i64,
    id: Id,
    type_: &'a str,
    subject: &'a str,
    at: Moment,
    data: String,
}

/// The journal's end as one commit knows it: read and locked by the first act that appends, written back once.
#[derive(Clone, Default)]
pub struct Head(Option<(i64, String)>);

impl Head {
    /// Appends the records of one act.
    pub fn append(&mut self, conn: &mut Conn, origin: &Origin, records: &[Record]) -> Result<()> {
        for record in records {
            let (seq, hash) = match self.0.take() {
                Some(end) => end,
                None => lock(conn)?,
            };
            let hash = append_one(conn, origin, record, seq + 1, &hash)?;
            self.0 = Some((seq + 1, hash));
        }
        Ok(())
    }

    /// Writes the end back as the commit's last step; the lock on it lasts until then.
    pub fn store(&mut self, conn: &mut Conn) -> QueryResult<()> {
        let Some((seq, hash)) = self.0.take() else { return Ok(()) };
        let head = journal_head::table.filter(journal_head::id.eq(1));
        kept!(conn, diesel::update(head).set((journal_head::seq.eq(seq), journal_head::hash.eq(hash))), execute).map(drop)
    }
}

/// Where the journal ends; an update, since that is a lock on either engine.
fn lock(conn: &mut Conn) -> Result<(i64, String)> {
    let head = journal_head::table.filter(journal_head::id.eq(1));
    let same = journal_head::seq.eq(journal_head::seq);
    Ok(kept!(conn, diesel::update(head).set(same).returning((journal_head::seq, journal_head::hash)), get_result)?)
}

fn append_one(conn: &mut Conn, origin: &Origin, record: &Record, seq: i64, previous: &str) -> Result<String> {
    let mut line = Line {
        seq,
        at: origin.at,
        operation: origin.operation.to_owned(),
        actor: origin.actor.clone(),
        client: origin.client.clone(),
        address: origin.address.clone(),
        trace_id: origin.trace_id.clone(),
        action: record.action.to_owned(),
        subject: record.subject.clone(),
        person_id: record.person_id,
        fields: record.fields.to_owned(),
        purpose: record.purpose.clone(),
        hash: String::new(),
    };
    line.hash = line.chained_to(previous);
    kept!(conn, diesel::insert_into(audit_log::table).values(&line), execute)?;
    if let Some(data) = &record.event {
        let row = EventRow {
            seq,
            id: Id::new(origin.at),
            type_: record.action,
            subject: &record.subject,
            at: origin.at,
            data: data.to_string(),
        };
        kept!(conn, diesel::insert_into(events::table).values(&row), execute)?;
    }
    Ok(line.hash)
}
