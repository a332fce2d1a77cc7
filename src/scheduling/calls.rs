//! Whom to call about bookings and the waiting list.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::bookings::model::BookingStatus;
use super::bookings::store::path;
use super::conflicts::{Cause, Resolution};
use super::plan::Plan;
use super::services::{BookingRule, Channel};
use super::waitlist::{self as waiting, WaitStatus};
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::domain::{Call, CallKind};
use crate::error::Result;
use crate::node::Node;
use crate::office::SERVICE_POINTS;
use crate::people::contacts;
use crate::scheduling::Plans;
use crate::schema::{booking_conflicts, booking_history, bookings, waitlist};

/// What is booked that day, slots that are gone or stand again, and offers; and whatever else is booked or awaited by the dead.
pub fn of_day(conn: &mut Conn, node: &Node, _: &By, day: NaiveDate) -> Result<Vec<Call>> {
    let plan = node.part::<Plans>().at(conn)?;
    let day = (Moment::start_of(day), Moment::end_of(day));
    let mut told = conflicts(conn, day)?;
    told.extend(reinstated(conn, day)?);
    let mut calls = booked(conn, &plan, day, &told)?;
    calls.extend(awaited(conn, node, &plan, day)?);
    Ok(calls)
}

fn point(plan: &Plan, service: &str) -> String {
    let rule = plan.service(service).and_then(|(_, rule)| BookingRule::point(rule));
    rule.unwrap_or(SERVICE_POINTS[0]).to_owned()
}

/// A booking's row: id, number, service, start, state, person.
type Row = (Id, String, String, Moment, BookingStatus, Id);

fn booked(conn: &mut Conn, plan: &Plan, day: (Moment, Moment), told: &HashMap<Id, Moment>) -> Result<Vec<Call>> {
    let columns =
        (bookings::id, bookings::number, bookings::service_code, bookings::starts_at, bookings::status, bookings::person_id);
    let coming = bookings::table.filter(bookings::status.eq(BookingStatus::Booked)).filter(bookings::starts_at.ge(day.0));
    let mut rows: Vec<Row> = coming.select(columns).load(conn)?;
    let others: Vec<Id> = told.keys().copied().filter(|id| !rows.iter().any(|row| row.0 == *id)).collect();
    rows.extend(bookings::table.filter(bookings::id.eq_any(others)).select(columns).load::<Row>(conn)?);
    let call = |(id, number, service, starts_at, status, person): Row| {
        let of_day = status == BookingStatus::Booked && starts_at < day.1;
        let kind = if told.contains_key(&id) { Some(CallKind::Conflict) } else { of_day.then_some(CallKind::Booking) };
        Call {
            kind,
            record: path(id),
            contact: Some(path(id)),
            number: Some(number),
            service_point: point(plan, &service),
            person,
            at: told.get(&id).copied().unwrap_or(starts_at),
        }
    };
    Ok(rows.into_iter().map(call).collect())
}

/// The bookings whose slot is gone, as far as it is known by the end of the day, and those of which somebody else than who made
/// them has decided that day, each with the moment.
fn conflicts(conn: &mut Conn, day: (Moment, Moment)) -> Result<HashMap<Id, Moment>> {
    let done = || booking_conflicts::resolved_at.assume_not_null();
    let others = || booking_conflicts::table.filter(booking_conflicts::cause.ne(Cause::Death));
    let known = others().filter(booking_conflicts::resolved_at.is_null()).filter(booking_conflicts::created_at.lt(day.1));
    let known: Vec<(Id, Moment)> = known.select((booking_conflicts::booking_id, booking_conflicts::created_at)).load(conn)?;
    let settled = others().filter(done().ge(day.0)).filter(done().lt(day.1)).order(booking_conflicts::id);
    let settled: Vec<(Id, Moment)> = settled.select((booking_conflicts::booking_id, done())).load(conn)?;
    let ids: Vec<Id> = settled.iter().map(|(id, _)| *id).collect();
    let theirs = booking_history::table.inner_join(bookings::table.on(bookings::id.eq(booking_history::booking_id)));
    let theirs = theirs.filter(bookings::id.eq_any(ids)).filter(booking_history::actor.eq(bookings::booked_by));
    let theirs = theirs.filter(booking_history::status.eq_any([BookingStatus::Moved, BookingStatus::Cancelled]));
    let own: Vec<(Id, Moment)> = theirs.select((booking_history::booking_id, booking_history::at)).load(conn)?;
    let by_others = settled.into_iter().filter(|line| !own.contains(line));
    // What is gone now counts more than what was settled before.
    Ok(by_others.chain(known).collect())
}

/// The bookings that were at odds, that the office cancelled therefore, and that somebody else than who made them has let stand again
/// that day, each with the moment: whoever was told of the cancellation is told right.
fn reinstated(conn: &mut Conn, day: (Moment, Moment)) -> Result<HashMap<Id, Moment>> {
    let again = booking_history::table.inner_join(bookings::table.on(bookings::id.eq(booking_history::booking_id)));
    let again = again.filter(booking_history::at.ge(day.0)).filter(booking_history::at.lt(day.1));
    let again =
        again.filter(booking_history::status.eq(BookingStatus::Booked)).filter(booking_history::actor.ne(bookings::booked_by));
    let cancelled = booking_conflicts::table.filter(booking_conflicts::resolution.eq(Resolution::Cancelled));
    let again = again.filter(bookings::id.eq_any(cancelled.select(booking_conflicts::booking_id)));
    let again: Vec<(Id, i32, Moment)> = again
        .order(booking_history::line)
        .select((booking_history::booking_id, booking_history::line, booking_history::at))
        .load(conn)?;
    let ids: Vec<Id> = again.iter().map(|(id, ..)| *id).collect();
    let cancelled = booking_history::table.filter(booking_history::booking_id.eq_any(ids));
    let cancelled = cancelled.filter(booking_history::status.eq(BookingStatus::Cancelled));
    let cancelled: Vec<(Id, i32)> = cancelled.select((booking_history::booking_id, booking_history::line)).load(conn)?;
    let follows = |(id, line, _): &(Id, i32, Moment)| cancelled.contains(&(*id, line - 1));
    Ok(again.into_iter().filter(follows).map(|(id, _, at)| (id, at)).collect())
}

/// Those who wait: with an offer that runs that day, and no e-mail address to which it could have been told.
fn awaited(conn: &mut Conn, node: &Node, plan: &Plan, day: (Moment, Moment)) -> Result<Vec<Call>> {
    let columns = (
        waitlist::id,
        waitlist::service_code,
        waitlist::channel,
        waitlist::status,
        waitlist::person_id,
        waitlist::created_at,
        waitlist::offer_expires_at,
    );
    type Row = (Id, String, Channel, WaitStatus, Id, Moment, Option<Moment>);
    let live = waitlist::table.filter(waitlist::status.eq_any([WaitStatus::Waiting, WaitStatus::Offered]));
    let rows: Vec<Row> = live.order(waitlist::id).select(columns).load(conn)?;
    let records: Vec<String> = rows.iter().filter(|row| row.3 == WaitStatus::Offered).map(|row| waiting::path(row.0)).collect();
    let contacts = contacts::of_all(conn, &node.vault, &records)?;
    let call = |(id, service, channel, status, person, created_at, expires_at): Row| {
        let record = waiting::path(id);
        let told = match contacts.get(&record) {
            Some(contact) => contact.email.is_some(),
            // Whoever waits by an account of theirs sees it there.
            None => channel == Channel::Online,
        };
        let runs = status == WaitStatus::Offered && expires_at.is_some_and(|until| until > day.0);
        Call {
            kind: (runs && !told).then_some(CallKind::Offer),
            contact: Some(record.clone()),
            record,
            number: None,
            service_point: point(plan, &service),
            person,
            at: expires_at.filter(|_| runs).unwrap_or(created_at),
        }
    };
    Ok(rows.into_iter().map(call).collect())
}
