//! What becomes of a booking on its day: people come or do not, and what was noted by mistake is taken back.

use serde_json::json;

use super::super::claims::{self, Holder};
use super::super::suspensions;
use super::model::{Booking, BookingAct, BookingStatus};
use super::store;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Record, Tx};
use crate::error::Result;

/// Writes a booking's new state with its line and its record.
pub fn save_act(tx: &mut Tx, booking: &Booking, act: BookingAct, reason: &str) -> Result<()> {
    store::update(tx, booking)?;
    store::add_line(tx, booking, booking.status, &booking.slot_id, reason)?;
    let event = json!({"service_code": booking.service_code, "slot_id": booking.slot_id, "status": booking.status});
    let record = Record::change(act.line().journal, format!("bookings/{}", booking.id), event).about(booking.person_id);
    tx.record(record.because(reason));
    Ok(())
}

/// Notes a no-show; one too many suspends online booking.
pub fn no_show(tx: &mut Tx, by: &By, booking: Booking, reason: &str) -> Result<Booking> {
    let missed = booking.no_show(by)?;
    save_act(tx, &missed, BookingAct::NoShow, reason)?;
    claims::release(tx, missed.id)?;
    suspensions::after_no_show(tx, &missed, by.now)?;
    Ok(missed)
}

/// Writes what became of a booking of which something was taken back; a suspension that hung on its no-show falls.
pub fn write_taken_back(tx: &mut Tx, before: &Booking, after: &Booking, reason: &str) -> Result<()> {
    save_act(tx, after, BookingAct::TakeBack, reason)?;
    if before.status != BookingStatus::NoShow {
        return Ok(());
    }
    if let Some(group) = &after.policy.one_per_day_group {
        // The day is the person's again, unless something else has it by now.
        let day = claims::person_day(after.person_id, group, after.starts_at.date());
        claims::take_day(tx, &day, &Holder::booking(after.id), &[])?;
    }
    suspensions::without_no_show(tx, after, before.updated_at)
}

/// Takes back a no-show on a day on which the office turned out to be closed.
pub fn excuse(tx: &mut Tx, missed: &Booking, now: Moment) -> Result<Booking> {
    let excused = missed.clone().excused(now);
    write_taken_back(tx, missed, &excused, "本所當時未辦公")?;
    Ok(excused)
}
