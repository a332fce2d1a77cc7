//! Suspension of online booking after too many no-shows.

use chrono::Months;
use diesel::prelude::*;

use super::bookings::model::Booking;
use super::bookings::store::count_no_shows;
use crate::clock::Moment;
use crate::db::{Id, Record, Tx};
use crate::error::Result;
use crate::schema::booking_suspensions as rows;

/// Suspends the person when this no-show is one more than the rule allows since the last suspension.
pub fn after_no_show(tx: &mut Tx, booking: &Booking, now: Moment) -> Result<()> {
    let person = booking.person_id;
    let last: Option<Moment> = rows::table
        .filter(rows::person_id.eq(person))
        .order(rows::from_at.desc())
        .select(rows::from_at)
        .first(&mut **tx)
        .optional()?;
    if count_no_shows(tx, person, last, None)? <= i64::from(booking.policy.no_show_limit) {
        return Ok(());
    }
    let months = Months::new(u32::from(booking.policy.suspension_months));
    let until = Moment::end_of(now.date().checked_add_months(months).unwrap_or(now.date()));
    let id = Id::new(now);
    let row = (
        rows::id.eq(id),
        rows::person_id.eq(person),
        rows::from_at.eq(now),
        rows::until_at.eq(until),
        rows::reason.eq(format!("no-shows, last {}", booking.number)),
    );
    diesel::insert_into(rows::table).values(row).execute(&mut **tx)?;
    let event = serde_json::json!({"until": until});
    tx.record(Record::change("booking.suspended", format!("booking-suspensions/{id}"), event).about(person));
    Ok(())
}

/// Lifts the suspension that counted a no-show noted at that moment, where the rule allows those that are left.
pub fn without_no_show(tx: &mut Tx, booking: &Booking, noted_at: Moment) -> Result<()> {
    let person = booking.person_id;
    let own = rows::table.filter(rows::person_id.eq(person)).select((rows::id, rows::from_at, rows::until_at));
    let all: Vec<(Id, Moment, Moment)> = own.order(rows::from_at).load(&mut **tx)?;
    let Some(at) = all.iter().position(|(_, from, _)| *from >= noted_at) else { return Ok(()) };
    let since = at.checked_sub(1).map(|before| all[before].1);
    let next = all.get(at + 1).map(|(_, from, _)| *from);
    let (id, from, until) = all[at];
    // Those noted after it began have counted for no other one.
    if count_no_shows(tx, person, since, next)? > i64::from(booking.policy.no_show_limit) {
        return Ok(());
    }
    diesel::delete(rows::table.find(id)).execute(&mut **tx)?;
    let event = serde_json::json!({"from": from, "until": until});
    tx.record(Record::change("booking.suspension_lifted", format!("booking-suspensions/{id}"), event).about(person));
    Ok(())
}
