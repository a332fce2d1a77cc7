//! Bookings in the store: rows, history, scopes, views.

use std::collections::HashMap;

use diesel::prelude::*;

use super::super::services::Channel;
use super::model::{Booking, BookingStatus, BookingView, ConflictNote, HistoryLine, Scope};
use crate::auth::protection::{closed_to, require_open_to};
use crate::auth::{By, Caller, Reach};
use crate::clock::Moment;
use crate::db::{Conn, Id, JsonText, Narrow, Tx, saved};
use crate::error::{Code, Result};
use crate::http::{IfMatch, Paging};
use crate::node::Node;
use crate::people::{self, Contact, contacts};
use crate::scheduling::Plans;
use crate::scheduling::conflicts::Cause;
use crate::scheduling::searches::Sought;
use crate::schema::{booking_conflicts, booking_history, bookings};
use crate::secrets::vault::Vault;
use crate::states::require_anothers;
use crate::{find, prepared};

/// What a letter of proxy must cover.
pub const PROXY_SCOPE: &str = "BOOKING";

#[derive(Queryable, Selectable)]
#[diesel(table_name = bookings)]
struct Row {
    id: Id,
    number: String,
    service_code: String,
    slot_id: String,
    starts_at: Moment,
    ends_at: Moment,
    status: BookingStatus,
    channel: Channel,
    person_id: Id,
    booked_by: String,
    resource: String,
    policy: JsonText,
    sequence: i32,
    created_at: Moment,
    updated_at: Moment,
    version: i32,
}

impl Row {
    fn into_booking(self) -> Result<Booking> {
        Ok(Booking {
            id: self.id,
            number: self.number,
            service_code: self.service_code,
            slot_id: self.slot_id,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            status: self.status,
            channel: self.channel,
            person_id: self.person_id,
            booked_by: self.booked_by,
            resource: self.resource,
            policy: self.policy.read()?,
            conflict: None,
            sequence: self.sequence,
            created_at: self.created_at,
            updated_at: self.updated_at,
            version: self.version,
        })
    }
}

/// What a new booking keeps beside its model.
pub struct Private<'a> {
    pub contact: &'a Contact,
    pub answers: &'a serde_json::Value,
    pub secret: &'a str,
    /// Since when a hold kept the slot.
    pub held_at: Option<Moment>,
}

fn identity(id: Id, field: &str) -> String {
    format!("{}/{field}", path(id))
}

/// What a booking is called in the journal, and its contact is kept under.
pub fn path(id: Id) -> String {
    format!("bookings/{id}")
}

/// Writes a new booking and the beginning of its history.
pub fn insert(tx: &mut Tx, vault: &Vault, booking: &Booking, private: &Private<'_>) -> Result<()> {
    let row = (
        bookings::id.eq(booking.id),
        bookings::number.eq(&booking.number),
        bookings::service_code.eq(&booking.service_code),
        bookings::slot_id.eq(&booking.slot_id),
        bookings::starts_at.eq(booking.starts_at),
        bookings::ends_at.eq(booking.ends_at),
        bookings::status.eq(booking.status),
        bookings::channel.eq(booking.channel),
        bookings::person_id.eq(booking.person_id),
        bookings::booked_by.eq(&booking.booked_by),
        bookings::resource.eq(&booking.resource),
        bookings::policy.eq(JsonText::of(&booking.policy)?),
        bookings::answers.eq(vault.seal_json(&identity(booking.id, "answers"), private.answers)?),
        bookings::secret_hash.eq(vault.secret_hash(private.secret)),
        bookings::sequence.eq(booking.sequence),
        bookings::created_at.eq(booking.created_at),
        bookings::updated_at.eq(booking.updated_at),
        bookings::version.eq(booking.version),
    );
    prepared!(&mut **tx, diesel::insert_into(bookings::table).values(row), execute)?;
    contacts::put(tx, vault, &path(booking.id), private.contact)?;
    let lines = lines_of_new(booking, private.held_at);
    lines.iter().zip(1..).try_for_each(|(line, number)| insert_line(tx, booking.id, number, line))
}

/// How the history of a new booking begins.
pub fn lines_of_new(booking: &Booking, held_at: Option<Moment>) -> Vec<HistoryLine> {
    let line = |at, status| HistoryLine { at, status, slot_id: booking.slot_id.clone(), reason: String::new() };
    let held = held_at.map(|at| line(at, BookingStatus::Held));
    held.into_iter().chain([line(booking.created_at, booking.status)]).collect()
}

/// Writes a booking's new state.
pub fn update(tx: &mut Tx, booking: &Booking) -> Result<()> {
    let changed = diesel::update(bookings::table.find(booking.id).filter(bookings::version.eq(booking.version - 1)))
        .set((
            bookings::slot_id.eq(&booking.slot_id),
            bookings::starts_at.eq(booking.starts_at),
            bookings::ends_at.eq(booking.ends_at),
            bookings::status.eq(booking.status),
            bookings::resource.eq(&booking.resource),
            bookings::sequence.eq(booking.sequence),
            bookings::updated_at.eq(booking.updated_at),
            bookings::version.eq(booking.version),
        ))
        .execute(&mut **tx)?;
    saved(changed)
}

/// Counts a booking's version up, since what belongs to it has changed; its state is as it was.
pub fn count_up(tx: &mut Tx, booking: &mut Booking) -> Result<()> {
    let read = bookings::table.find(booking.id).filter(bookings::version.eq(booking.version));
    booking.version += 1;
    saved(diesel::update(read).set(bookings::version.eq(booking.version)).execute(&mut **tx)?)
}

/// Adds a line to the history.
pub fn add_line(tx: &mut Tx, booking: &Booking, status: BookingStatus, slot_id: &str, reason: &str) -> Result<()> {
    let lines: i64 = booking_history::table.filter(booking_history::booking_id.eq(booking.id)).count().get_result(&mut **tx)?;
    let line = HistoryLine { at: booking.updated_at, status, slot_id: slot_id.to_owned(), reason: reason.to_owned() };
    insert_line(tx, booking.id, i32::try_from(lines).unwrap_or(i32::MAX - 1) + 1, &line)
}

fn reason_identity(booking: Id, line: i32) -> String {
    format!("booking_history/{booking}/{line}/reason")
}

fn insert_line(tx: &mut Tx, booking: Id, number: i32, line: &HistoryLine) -> Result<()> {
    let row = (
        booking_history::booking_id.eq(booking),
        booking_history::line.eq(number),
        booking_history::at.eq(line.at),
        booking_history::status.eq(line.status),
        booking_history::slot_id.eq(&line.slot_id),
        booking_history::actor.eq(tx.origin().actor.clone()),
        booking_history::reason.eq(tx.seal_text(&reason_identity(booking, number), &line.reason)),
    );
    prepared!(&mut **tx, diesel::insert_into(booking_history::table).values(row), execute)?;
    Ok(())
}

/// Which bookings the caller reaches.
fn scope(conn: &mut Conn, node: &Node, by: &By) -> Result<Scope> {
    if by.reach >= Reach::Office {
        return Ok(Scope::All);
    }
    match &by.caller {
        Caller::Booking(id) => Ok(Scope::One(*id)),
        Caller::Account(account) if by.reach == Reach::Assigned => {
            Ok(Scope::Resources(node.part::<Plans>().of_account(conn, account.id)?))
        }
        Caller::Account(_) => Ok(Scope::Own(people::store::represented(conn, by, PROXY_SCOPE)?)),
        _ => Ok(Scope::Nothing),
    }
}

/// The booking, if it is there and within the caller's reach.
pub fn find(conn: &mut Conn, node: &Node, by: &By, id: Id) -> Result<Booking> {
    let booking = by_id(conn, id)?;
    if !scope(conn, node, by)?.holds(&booking) {
        return Err(Code::NOT_FOUND.into());
    }
    require_open_to(conn, by, &[booking.person_id])?;
    Ok(booking)
}

/// The booking at the version that the caller has read, to act on: staff act on no booking of their own.
pub fn find_to_act(tx: &mut Tx, node: &Node, by: &By, id: Id, if_match: &IfMatch) -> Result<Booking> {
    let booking = find(tx, node, by, id)?;
    if_match.check(booking.version)?;
    require_anothers(tx, by, &[booking.person_id])?;
    Ok(booking)
}

/// The booking with its open conflict, whoever asks.
pub fn by_id(conn: &mut Conn, id: Id) -> Result<Booking> {
    let row: Option<Row> = find!(conn, bookings::table.find(id).select(Row::as_select()))?;
    let row = row.ok_or(Code::NOT_FOUND)?;
    Ok(Booking { conflict: conflict(conn, id)?, ..row.into_booking()? })
}

/// A booking by number and secret, for people without an account.
pub fn find_by_secret(conn: &mut Conn, vault: &Vault, number: &str, secret: &str) -> Result<Option<Id>> {
    let row: Option<(Id, String)> = bookings::table
        .filter(bookings::number.eq(number))
        .select((bookings::id, bookings::secret_hash))
        .first(conn)
        .optional()?;
    Ok(row.filter(|(_, hash)| vault.is_secret(secret, hash)).map(|(id, _)| id))
}

/// Filters of the list of bookings.
#[derive(Default)]
pub struct Filter {
    pub service: Option<String>,
    pub status: Option<BookingStatus>,
    pub from: Option<Moment>,
    pub to: Option<Moment>,
    pub person: Option<Id>,
    pub sought: Sought,
    /// The booking's own.
    pub number: Option<String>,
}

/// A human's records, to those who may know that they are one human's: outside the office only of themselves and of their principals.
fn records_of(conn: &mut Conn, scope: &Scope, person: Id) -> Result<Vec<Id>> {
    let knows = match scope {
        Scope::All => true,
        Scope::Own(persons) => persons.contains(&person),
        Scope::Resources(_) | Scope::One(_) | Scope::Nothing => false,
    };
    if knows { people::joins::records(conn, person) } else { Ok(vec![person]) }
}

/// A page of bookings by start, and their number when it is wanted.
pub fn list(conn: &mut Conn, node: &Node, by: &By, filter: &Filter, paging: &Paging) -> Result<(Vec<Booking>, Option<i64>)> {
    let scope = scope(conn, node, by)?;
    let records = filter.person.map(|person| records_of(conn, &scope, person)).transpose()?;
    let closed = closed_to(conn, by)?;
    let matching = || {
        let mut query = bookings::table.into_boxed();
        match &scope {
            Scope::All => {}
            Scope::Nothing => query = query.filter(bookings::id.eq("")),
            Scope::One(id) => query = query.filter(bookings::id.eq(*id)),
            Scope::Resources(resources) => query = query.filter(bookings::resource.eq_any(resources.clone())),
            Scope::Own(persons) => query = query.filter(bookings::person_id.eq_any(persons.clone())),
        }
        if let Some(service) = &filter.service {
            query = query.filter(bookings::service_code.eq(service.clone()));
        }
        if let Some(status) = filter.status {
            query = query.filter(bookings::status.eq(status));
        }
        if let Some(from) = filter.from {
            query = query.filter(bookings::starts_at.ge(from));
        }
        if let Some(to) = filter.to {
            query = query.filter(bookings::starts_at.lt(to));
        }
        if let Some(records) = &records {
            query = query.filter(bookings::person_id.eq_any(records.clone()));
        }
        query
            .narrow((!closed.is_empty()).then_some(&closed), |closed| bookings::person_id.ne_all(closed.clone()))
            .narrow(filter.number.as_ref(), |number| bookings::number.eq(number.clone()))
            .narrow(filter.sought.people.as_ref(), |people| bookings::person_id.eq_any(people.clone()))
            .narrow(filter.sought.ids.as_ref(), |ids| bookings::id.eq_any(ids.clone()))
            .narrow(filter.sought.services.as_ref(), |services| bookings::service_code.eq_any(services.clone()))
    };
    let total = paging.total(|| matching().count().get_result(conn))?;
    let mut page = matching();
    if let Some((at, id)) = paging.after.as_deref().and_then(parse_position) {
        page = page.filter(bookings::starts_at.gt(at).or(bookings::starts_at.eq(at).and(bookings::id.gt(id))));
    }
    let rows: Vec<Row> =
        page.order((bookings::starts_at, bookings::id)).limit(paging.rows()).select(Row::as_select()).load(conn)?;
    let mut found: Vec<Booking> = rows.into_iter().map(Row::into_booking).collect::<Result<_>>()?;
    let mut open = conflicts(conn, &found)?;
    found.iter_mut().for_each(|booking| booking.conflict = open.remove(&booking.id));
    Ok((found, total))
}

/// Bookings that were concluded within a stretch of time and are done, each with whom it was for.
pub fn done_within(conn: &mut Conn, from: Moment, before: Moment) -> Result<Vec<(Id, Id)>> {
    let done = bookings::table.filter(bookings::status.eq(BookingStatus::Done));
    let done = done.filter(bookings::updated_at.ge(from)).filter(bookings::updated_at.lt(before));
    Ok(done.order(bookings::id).select((bookings::id, bookings::person_id)).load(conn)?)
}

/// Where a booking stands in the list.
pub fn position(booking: &BookingView) -> String {
    format!("{} {}", booking.starts_at, booking.id)
}

fn parse_position(text: &str) -> Option<(Moment, Id)> {
    let (at, id) = text.split_once(' ')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}

/// What the service asked of whoever booked, opened.
pub fn answers(conn: &mut Conn, vault: &Vault, id: Id) -> Result<serde_json::Value> {
    let sealed: String = bookings::table.find(id).select(bookings::answers).first(conn)?;
    vault.open_json(&identity(id, "answers"), sealed)
}

/// A booking's history.
pub fn history(conn: &mut Conn, vault: &Vault, booking: Id) -> Result<Vec<HistoryLine>> {
    use booking_history as lines;
    let rows: Vec<(i32, Moment, BookingStatus, String, String)> = lines::table
        .filter(lines::booking_id.eq(booking))
        .order(lines::line)
        .select((lines::line, lines::at, lines::status, lines::slot_id, lines::reason))
        .load(conn)?;
    let open = |(line, at, status, slot_id, reason): (i32, _, _, _, String)| {
        Ok(HistoryLine { at, status, slot_id, reason: vault.open_text(&reason_identity(booking, line), &reason)? })
    };
    rows.into_iter().map(open).collect()
}

fn conflict(conn: &mut Conn, booking: Id) -> Result<Option<ConflictNote>> {
    use booking_conflicts as rows;
    let row: Option<(Id, Cause, Option<String>)> = rows::table
        .filter(rows::booking_id.eq(booking))
        .filter(rows::resolved_at.is_null())
        .select((rows::id, rows::cause, rows::reserved_slot_id))
        .first(conn)
        .optional()?;
    Ok(row.map(|(id, cause, reserved_slot_id)| ConflictNote { id, cause, reserved_slot_id }))
}

fn conflicts(conn: &mut Conn, of: &[Booking]) -> Result<HashMap<Id, ConflictNote>> {
    use booking_conflicts as rows;
    let ids: Vec<&str> = of.iter().map(|booking| booking.id.as_str()).collect();
    let found: Vec<(Id, Id, Cause, Option<String>)> = rows::table
        .filter(rows::booking_id.eq_any(ids))
        .filter(rows::resolved_at.is_null())
        .select((rows::booking_id, rows::id, rows::cause, rows::reserved_slot_id))
        .load(conn)?;
    let note = |(booking, id, cause, reserved_slot_id)| (booking, ConflictNote { id, cause, reserved_slot_id });
    Ok(found.into_iter().map(note).collect())
}

/// Booked slots from a moment on, of one service or of all, for a check against a changed plan.
pub fn booked_between(conn: &mut Conn, service: Option<&str>, from: Moment, to: Moment) -> Result<Vec<Booking>> {
    between(conn, &[BookingStatus::Booked], service, from, to)
}

/// As [`booked_between`], and those to which nobody came.
pub fn booked_or_missed_between(conn: &mut Conn, from: Moment, to: Moment) -> Result<Vec<Booking>> {
    between(conn, &[BookingStatus::Booked, BookingStatus::NoShow], None, from, to)
}

fn between(conn: &mut Conn, statuses: &[BookingStatus], service: Option<&str>, from: Moment, to: Moment) -> Result<Vec<Booking>> {
    let mut query = bookings::table
        .filter(bookings::status.eq_any(statuses.to_vec()))
        .filter(bookings::starts_at.ge(from))
        .filter(bookings::starts_at.lt(to))
        .into_boxed();
    if let Some(code) = service {
        query = query.filter(bookings::service_code.eq(code.to_owned()));
    }
    let rows: Vec<Row> = query.order((bookings::starts_at, bookings::id)).select(Row::as_select()).load(conn)?;
    rows.into_iter().map(Row::into_booking).collect()
}

/// What is booked for these people from a moment on.
pub fn coming(conn: &mut Conn, people: &[Id], from: Moment) -> Result<Vec<Booking>> {
    let booked = bookings::table.filter(bookings::person_id.eq_any(people.iter().copied()));
    let booked = booked.filter(bookings::status.eq(BookingStatus::Booked)).filter(bookings::starts_at.gt(from));
    let rows: Vec<Row> = booked.order((bookings::starts_at, bookings::id)).select(Row::as_select()).load(conn)?;
    rows.into_iter().map(Row::into_booking).collect()
}

/// How often a person has not come, of what was noted after a moment and until another.
pub fn count_no_shows(conn: &mut Conn, person: Id, since: Option<Moment>, until: Option<Moment>) -> Result<i64> {
    let mut query =
        bookings::table.filter(bookings::person_id.eq(person)).filter(bookings::status.eq(BookingStatus::NoShow)).into_boxed();
    if let Some(since) = since {
        query = query.filter(bookings::updated_at.gt(since));
    }
    if let Some(until) = until {
        query = query.filter(bookings::updated_at.le(until));
    }
    Ok(query.count().get_result(conn)?)
}
