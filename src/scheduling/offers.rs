//! Offers to those who wait: a freed seat is kept for the first whom the rules admit, each for a while.

use chrono::Duration;
use diesel::prelude::*;
use serde_json::json;

use super::availability::suspended_until;
use super::claims::{self, Holder, HolderKind};
use super::plan::{Plan, Seat, Slot, parse_slot_id};
use super::services::BookingRule;
use super::specialties::{Asker, Context};
use super::waitlist::{WaitAct, WaitStatus};
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::Result;
use crate::find;
use crate::schema::waitlist;

/// A seat to keep for somebody who waits.
pub struct Offer {
    entry: Id,
    person: Id,
    offered_at: Moment,
    expires_at: Moment,
}

impl Offer {
    pub fn holder(&self) -> Holder {
        Holder::until(HolderKind::Offer, self.entry, self.expires_at)
    }
}

/// The first in line who may have the seat: neither suspended, nor booked that day, nor barred from it.
pub fn first_for(tx: &mut Tx, context: &Context<'_>, slot: &Slot, seat: &Seat, now: Moment) -> Result<Option<Offer>> {
    let Some((_, rule)) = context.plan.service(&slot.service_code) else { return Ok(None) };
    let date = slot.starts_at.date();
    let waiting: Vec<(Id, Id)> = waitlist::table
        .filter(waitlist::service_code.eq(&slot.service_code))
        .filter(waitlist::status.eq(WaitStatus::Waiting))
        .filter(waitlist::from_on.le(date).and(waitlist::to_on.ge(date)))
        .order(waitlist::place)
        .select((waitlist::id, waitlist::person_id))
        .load(&mut **tx)?;
    for (entry, person) in waiting {
        if may_have(tx, context, rule, (slot, seat), person, now)? && still_waits(tx, entry)? {
            return Ok(Some(Offer { entry, person, offered_at: now, expires_at: end_of_offer(rule, slot, now) }));
        }
    }
    Ok(None)
}

/// Whether nobody has offered the entry a seat of another day meanwhile.
fn still_waits(tx: &mut Tx, entry: Id) -> Result<bool> {
    let waiting = waitlist::table.find(entry).filter(waitlist::status.eq(WaitStatus::Waiting)).select(waitlist::id);
    let found: Option<Id> = find!(&mut **tx, waiting)?;
    Ok(found.is_some())
}

fn may_have(tx: &mut Tx, context: &Context<'_>, rule: &BookingRule, at: (&Slot, &Seat), person: Id, now: Moment) -> Result<bool> {
    let (slot, seat) = at;
    if suspended_until(tx, person, now)?.is_some() {
        return Ok(false);
    }
    if let Some(group) = &rule.one_per_day_group
        && claims::person_is_taken(tx, person, group, slot.starts_at.date(), now)?
    {
        return Ok(false);
    }
    Ok(context.fit(tx, &slot.service_code, Asker::Person(person, None))?.admits(seat))
}

/// As long as the rule says, but at most half of the time left: the next in line shall have a chance too.
fn end_of_offer(rule: &BookingRule, slot: &Slot, now: Moment) -> Moment {
    let half = Duration::seconds((slot.starts_at - now).num_seconds() / 2);
    now + Duration::minutes(i64::from(rule.offer_minutes)).min(half)
}

/// Notes that the seat is kept for the entry.
pub fn make(tx: &mut Tx, offer: &Offer, slot: &Slot) -> Result<()> {
    diesel::update(waitlist::table.find(offer.entry))
        .set((
            waitlist::status.eq(WaitStatus::Offered),
            waitlist::offered_slot_id.eq(&slot.id),
            waitlist::offered_at.eq(offer.offered_at),
            waitlist::offer_expires_at.eq(offer.expires_at),
            waitlist::version.eq(waitlist::version + 1),
        ))
        .execute(&mut **tx)?;
    let event = json!({"slot_id": slot.id, "expires_at": offer.expires_at});
    tx.record(Record::change(WaitAct::Offer.line().journal, format!("waitlist/{}", offer.entry), event).about(offer.person));
    Ok(())
}

/// Whether an entry's offer is to this person.
pub fn is_to(conn: &mut Conn, entry: &str, person: Id) -> Result<bool> {
    let standing = waitlist::table
        .find(entry)
        .filter(waitlist::person_id.eq(person))
        .filter(waitlist::status.eq(WaitStatus::Offered))
        .count();
    Ok(standing.get_result::<i64>(conn)? > 0)
}

/// Notes that an offer was taken.
pub fn taken(tx: &mut Tx, entry: Id) -> Result<()> {
    diesel::update(waitlist::table.find(entry))
        .set((waitlist::status.eq(WaitStatus::Taken), waitlist::version.eq(waitlist::version + 1)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Ends an offer of the waiting list that ran out; nothing to do for other offers.
pub fn lapse(tx: &mut Tx, entry: &str) -> Result<()> {
    let standing = waitlist::table.find(entry).filter(waitlist::status.eq(WaitStatus::Offered));
    let found: Option<(Option<String>, Id)> =
        standing.select((waitlist::offered_slot_id, waitlist::person_id)).first(&mut **tx).optional()?;
    let Some((slot_id, person)) = found else { return Ok(()) };
    diesel::update(waitlist::table.find(entry))
        .set((waitlist::status.eq(WaitStatus::Expired), waitlist::version.eq(waitlist::version + 1)))
        .execute(&mut **tx)?;
    let event = json!({"slot_id": slot_id});
    tx.record(Record::change(WaitAct::Expire.line().journal, format!("waitlist/{entry}"), event).about(person));
    Ok(())
}

/// Entries whose offer has run out.
pub fn expired(conn: &mut Conn, now: Moment) -> Result<Vec<Id>> {
    Ok(waitlist::table
        .filter(waitlist::status.eq(WaitStatus::Offered))
        .filter(waitlist::offer_expires_at.le(now))
        .order(waitlist::id)
        .select(waitlist::id)
        .load(conn)?)
}

/// Entries that wait for days which are over.
pub fn past(conn: &mut Conn, now: Moment) -> Result<Vec<(Id, Id)>> {
    let over = waitlist::table.filter(waitlist::status.eq(WaitStatus::Waiting)).filter(waitlist::to_on.lt(now.date()));
    Ok(over.order(waitlist::id).select((waitlist::id, waitlist::person_id)).load(conn)?)
}

/// Ends the entries whose days are over: nothing can be offered to them any more.
pub fn end_past(tx: &mut Tx, now: Moment) -> Result<()> {
    for (entry, person) in past(tx, now)? {
        diesel::update(waitlist::table.find(entry))
            .set((waitlist::status.eq(WaitStatus::Expired), waitlist::version.eq(waitlist::version + 1)))
            .execute(&mut **tx)?;
        let event = json!({"slot_id": null});
        tx.record(Record::change(WaitAct::Expire.line().journal, format!("waitlist/{entry}"), event).about(person));
    }
    Ok(())
}

/// Lets somebody wait on who has an offer, at the same place.
pub fn wait_on(tx: &mut Tx, entry: Id) -> Result<()> {
    diesel::update(waitlist::table.find(entry))
        .set((
            waitlist::status.eq(WaitStatus::Waiting),
            waitlist::offered_slot_id.eq(None::<String>),
            waitlist::offer_expires_at.eq(None::<Moment>),
            waitlist::version.eq(waitlist::version + 1),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Lets those wait on whose offered slot a changed plan no longer has.
pub fn take_back(tx: &mut Tx, plan: &Plan, span: (Moment, Moment)) -> Result<()> {
    let offered: Vec<(Id, Id, Option<String>)> = waitlist::table
        .filter(waitlist::status.eq(WaitStatus::Offered))
        .order(waitlist::id)
        .select((waitlist::id, waitlist::person_id, waitlist::offered_slot_id))
        .load(&mut **tx)?;
    for (entry, person, slot_id) in offered {
        let slot_id = slot_id.unwrap_or_default();
        let starts_at = parse_slot_id(&slot_id).map(|(_, date, time)| Moment::from_taipei(date, time));
        if !starts_at.is_some_and(|at| span.0 <= at && at < span.1) || plan.slot(&slot_id).is_some() {
            continue;
        }
        claims::release(tx, entry)?;
        wait_on(tx, entry)?;
        let event = json!({"slot_id": slot_id});
        tx.record(Record::change(WaitAct::WithdrawOffer.line().journal, format!("waitlist/{entry}"), event).about(person));
    }
    Ok(())
}
