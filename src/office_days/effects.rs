//! What a change of the office's days touches: bookings, shifts, and the limits of open cases.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::calendar::{GovernmentDay, store};
use crate::cases::{self, MovedDeadline};
use crate::clock::Moment;
use crate::db::{Id, Record, Tx};
use crate::domain::{ChangedDays, Domains, TouchedShift};
use crate::error::Result;
use crate::node::Node;
use crate::scheduling::Plans;
use crate::scheduling::bookings::store::booked_or_missed_between;
use crate::scheduling::conflicts::{self, Cause, Conflict};
use crate::scheduling::{Context, plan_changed};

/// What a change touches.
#[derive(Serialize, ToSchema)]
pub struct Touched {
    /// Bookings hit; an equal slot is kept where there is one.
    #[schema(max_items = 10000)]
    pub conflicts: Vec<Conflict>,
    /// The same bookings, for a list to telephone by.
    #[schema(max_items = 10000)]
    bookings: Vec<TouchedBooking>,
    /// Volunteers' shifts that do not take place any more, or take place again, and who is signed up for them.
    #[schema(max_items = 10000)]
    shifts: Vec<TouchedShift>,
    /// Limits of cases that end at another time: the office's, those for papers, and periods of law; the first 10,000.
    #[schema(max_items = 10000)]
    deadlines: Vec<MovedDeadline>,
}

/// A booking hit by a change.
#[derive(Serialize, ToSchema)]
pub struct TouchedBooking {
    id: Id,
    #[schema(max_length = 40)]
    number: String,
    #[schema(max_length = 40)]
    service_code: String,
    starts_at: Moment,
    /// The equal slot kept for it.
    #[schema(max_length = 80)]
    reserved_slot_id: Option<String>,
}

/// A change of days.
pub struct Change<'a> {
    /// The closure's id, the day set by hand, or the calendar that was loaded.
    pub cause_id: &'a str,
    pub first: NaiveDate,
    pub last: NaiveDate,
    /// Only tell.
    pub dry_run: bool,
}

/// Works off a change that the plan already holds: notes the bookings hit and counts the limits of open cases and petitions anew. Those
/// of petitions are listed for nobody: one may be confidential.
pub fn touch(tx: &mut Tx, context: &Context<'_>, node: &Node, change: &Change<'_>, now: Moment) -> Result<Touched> {
    let (start, end) = (Moment::start_of(change.first), Moment::end_of(change.last));
    let conflicts = conflicts::raise(tx, context, Cause::Closure, change.cause_id, (start, end), change.dry_run, now)?;
    let mut bookings = Vec::with_capacity(conflicts.len());
    if !conflicts.is_empty() {
        for booking in booked_or_missed_between(tx, start, end)? {
            let Some(conflict) = conflicts.iter().find(|conflict| conflict.booking_id == booking.id) else { continue };
            bookings.push(TouchedBooking {
                id: booking.id,
                number: booking.number,
                service_code: booking.service_code,
                starts_at: booking.starts_at,
                reserved_slot_id: conflict.reserved_slot_id.clone(),
            });
        }
    }
    let mut deadlines = cases::recount(tx, node, &context.plan.calendar, change.first, change.dry_run, now)?;
    deadlines.truncate(10_000);
    if !change.dry_run {
        node.part::<Domains>().recount(tx, node, &context.plan.calendar, change.first)?;
    }
    let days = ChangedDays { first: change.first, last: change.last, dry_run: change.dry_run };
    let shifts = node.part::<Domains>().follow_days(tx, node, &context.plan.calendar, &days)?;
    Ok(Touched { conflicts, bookings, shifts, deadlines })
}

/// Loads government calendars of whole years; what they touch is worked off. The number of bookings hit.
pub fn load_calendar(tx: &mut Tx, node: &Node, days: &[GovernmentDay], now: Moment) -> Result<usize> {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(0) };
    store::put_government_days(tx, days, now)?;
    plan_changed(tx)?;
    let plan = node.part::<Plans>().uncommitted(tx)?;
    let change = Change { cause_id: "calendar", first: first.date, last: last.date, dry_run: false };
    let touched = touch(tx, &Context::of(node, &plan), node, &change, now)?;
    let event = serde_json::json!({"from": first.date, "to": last.date, "conflicts": touched.conflicts.len()});
    tx.record(Record::change("calendar.loaded", "calendar".to_owned(), event));
    Ok(touched.conflicts.len())
}
