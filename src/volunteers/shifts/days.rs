//! Shifts that the office's days let take place or not: closures cancel them, and what closures have cancelled takes place again once
//! they are withdrawn.

use super::model::{ShiftAct, ShiftStatus};
use super::problems::OFFICE_CLOSED;
use super::store::{self, Shift};
use super::view::note;
use crate::calendar::OfficeCalendar;
use crate::clock::Moment;
use crate::db::Tx;
use crate::domain::{ChangedDays, TouchedShift};
use crate::error::Result;
use crate::node::Node;
use crate::scheduling::Plans;
use crate::volunteers::signups::shift_changes;

/// What has cancelled a shift that the office's days have.
const BY_DAYS: &str = "calendar";

/// Whether the office's days let a shift take place: no closure takes any of it, and where its template made it for that day, the office
/// is open on it.
pub fn lets(calendar: &OfficeCalendar, shift: &Shift) -> bool {
    let (point, day) = (shift.service_point.as_deref(), shift.starts_at.date());
    let is_made_for_day = shift.occurs_on == Some(day);
    !calendar.closes_any_of(point, (shift.starts_at, shift.ends_at))
        && (!is_made_for_day || calendar.day_in(point, day).opens.is_some())
}

/// Refuses to plan a shift while the office is closed.
pub fn require_open(tx: &mut Tx, node: &Node, shift: &Shift) -> Result<()> {
    let plan = node.part::<Plans>().at(tx)?;
    if lets(&plan.calendar, shift) { Ok(()) } else { Err(OFFICE_CLOSED.into()) }
}

fn touched(shift: &Shift, takes_place: bool) -> TouchedShift {
    let place = shift.place.clone();
    TouchedShift {
        id: shift.id,
        takes_place,
        starts_at: shift.starts_at,
        ends_at: shift.ends_at,
        place,
        volunteer_ids: Vec::new(),
    }
}

/// Cancels what the office's days do not let take place any more, and lets take place again what they had cancelled; what is over stays as
/// it was.
pub fn follow(tx: &mut Tx, node: &Node, calendar: &OfficeCalendar, days: &ChangedDays) -> Result<Vec<TouchedShift>> {
    let now = tx.origin().at;
    let stretch = (Moment::start_of(days.first).max(now), Moment::end_of(days.last));
    let mut all = Vec::new();
    for mut shift in store::within(tx, ShiftStatus::Planned, stretch)? {
        if lets(calendar, &shift) {
            continue;
        }
        all.push(touched(tx, &shift, false)?);
        if !days.dry_run {
            shift.cancelled_by = Some(BY_DAYS.to_owned());
            turn(tx, node, &mut shift, ShiftAct::Close)?;
        }
    }
    for mut shift in store::within(tx, ShiftStatus::Cancelled, stretch)? {
        if shift.cancelled_by.is_none() || !lets(calendar, &shift) {
            continue;
        }
        all.push(touched(tx, &shift, true)?);
        if !days.dry_run {
            turn(tx, node, &mut shift, ShiftAct::Reopen)?;
        }
    }
    Ok(all)
}

fn turn(tx: &mut Tx, node: &Node, shift: &mut Shift, act: ShiftAct) -> Result<()> {
    shift.status = act.apply(shift.status)?;
    if act == ShiftAct::Reopen {
        shift.cancelled_by = None;
    }
    store::save(tx, shift)?;
    note(tx, node, shift, act, ("", Vec::new()))?;
    shift_changes::tell_people(tx, shift.id)?;
    if act == ShiftAct::Reopen { shift_changes::stand_again(tx, node, shift) } else { Ok(()) }
}
