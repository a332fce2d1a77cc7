//! What happens to bookings inside one transaction: made, moved, freed. Used by every service's routes.

use serde_json::json;

use super::super::availability::{RuleOutcome, general_rules, next_open, seats_for, suspension_rule};
use super::super::claims::{self, Holder, HolderKind};
use super::super::plan::{Plan, Seat, Slot};
use super::super::services::{BookingRule, Channel};
use super::super::waitlist;
use super::super::{Specialties, holds};
use super::model::{Booking, BookingStatus, Contact};
use super::store::{self, Private};
use crate::auth::vault::{Vault, random_secret};
use crate::auth::{By, Reach};
use crate::calendar::Moment;
use crate::db::{Id, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};

/// What a new booking asks for, its person known.
pub struct Wish {
    pub slot_id: String,
    /// A hold of the caller's that has the seat already.
    pub hold: Option<Id>,
    /// What keeps the seat for this person beside holds and the waiting list: a referral.
    pub kept_by: Option<Id>,
    pub person: Id,
    pub channel: Channel,
    pub contact: Contact,
    pub answers: serde_json::Value,
}

/// What every act needs to know.
pub struct Desk<'a> {
    pub plan: &'a Plan,
    pub vault: &'a Vault,
    pub specialties: &'a Specialties,
}

/// A slot that exists, with the service's rule.
pub fn slot<'p>(plan: &'p Plan, slot_id: &str) -> Result<(Slot, &'p BookingRule)> {
    let not_there = || {
        let text = Text::new("查無此時段，請以 GET /v1/slots 查詢", "no such slot; see GET /v1/slots");
        Error::from(Problem::new(Code::SlotNotBookable).field("/slot_id", "slot_exists", text))
    };
    let slot = plan.slot(slot_id).ok_or_else(not_there)?;
    let (_, rule) = plan.service(&slot.service_code).ok_or_else(not_there)?;
    Ok((slot, rule))
}

/// Refuses with the first rule that fails, in the words of `explain`.
pub fn obey(rules: &[RuleOutcome]) -> Result<()> {
    let Some(broken) = rules.iter().find(|rule| !rule.passed) else { return Ok(()) };
    let code = match broken.rule {
        "not_suspended" => Code::BookingSuspended,
        "one_per_day" => Code::AlreadyBooked,
        _ => Code::SlotNotBookable,
    };
    Err(Problem::new(code)
        .detail(broken.reason.zh.clone(), broken.reason.en.clone())
        .field("/slot_id", broken.rule, broken.text())
        .into())
}

/// 409 with the nearest free slots.
pub fn taken(tx: &mut Tx, plan: &Plan, slot: &Slot, now: Moment) -> Error {
    let alternatives = next_open(tx, plan, &slot.service_code, slot.starts_at, 3, now);
    match alternatives {
        Ok(alternatives) => Problem::new(Code::SlotTaken)
            .field("/slot_id", "taken", Text::new("該時段已被預約", "the slot is taken"))
            .with("alternatives", alternatives)
            .into(),
        Err(error) => error,
    }
}

/// Books a slot, or says exactly why not.
pub fn book(tx: &mut Tx, desk: &Desk<'_>, by: &By, wish: &Wish) -> Result<(Booking, String)> {
    let (slot, rule) = slot(desk.plan, &wish.slot_id)?;
    let (service, _) = desk.plan.service(&slot.service_code).ok_or(Code::NotFound)?;
    obey(&general_rules(desk.plan, service, rule, &slot.id, wish.channel, by.now))?;
    obey(&[suspension_rule(tx, rule, wish.person, wish.channel, by.now)?])?;
    let booking = new_booking(&slot, rule, wish, by);
    let seat = claim(tx, desk, by, wish, &slot, rule, &booking)?;
    let booking = Booking { resource: seat.resource, ..booking };
    let secret = random_secret(16);
    let answers = desk.specialties.kept(&booking.service_code, &wish.answers);
    let private = Private { contact: &wish.contact, answers: &answers, secret: &secret };
    store::insert(tx, desk.vault, &booking, &private)?;
    desk.specialties.booked(tx, desk.vault, &booking, &wish.answers)?;
    let event = json!({"service_code": booking.service_code, "slot_id": booking.slot_id, "status": booking.status});
    tx.record(Record::change("booking.created", format!("bookings/{}", booking.id), event).about(wish.person));
    Ok((booking, secret))
}

fn new_booking(slot: &Slot, rule: &BookingRule, wish: &Wish, by: &By) -> Booking {
    Booking {
        id: Id::new(by.now),
        number: number(by.now),
        service_code: slot.service_code.clone(),
        slot_id: slot.id.clone(),
        starts_at: slot.starts_at,
        ends_at: slot.ends_at,
        status: BookingStatus::Booked,
        channel: wish.channel,
        person_id: wish.person,
        booked_by: by.caller.name(),
        resource: String::new(),
        policy: rule.clone(),
        sequence: 0,
        created_at: by.now,
        updated_at: by.now,
        version: 1,
    }
}

/// `B115-XXXXX-XXXXX`: the ROC year and ten characters that are hard to confuse.
fn number(now: Moment) -> String {
    use chrono::Datelike;
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let bytes = uuid::Uuid::new_v4().into_bytes();
    let text: String = bytes.iter().take(10).map(|b| char::from(LETTERS[usize::from(b % 32)])).collect();
    format!("B{}-{}-{}", now.date().year() - 1911, &text[..5], &text[5..])
}

fn claim(tx: &mut Tx, desk: &Desk<'_>, by: &By, wish: &Wish, slot: &Slot, rule: &BookingRule, booking: &Booking) -> Result<Seat> {
    let holder = Holder::booking(booking.id);
    let seat = match wish.hold {
        Some(hold) => holds::redeem(tx, by, hold, slot, &holder)?,
        None => {
            let fit = desk.specialties.fit(tx, desk.vault, slot, wish)?;
            let open: Vec<&Seat> = seats_for(rule, slot, wish.channel).iter().filter(|seat| fit.admits(seat)).collect();
            let seat = match claims::take(tx, slot, open.iter().copied(), &holder, &[], by.now)? {
                Some(seat) => Some(seat.clone()),
                None => take_kept(tx, by, wish, slot, &open, &holder)?,
            };
            match seat {
                Some(seat) => seat,
                None => return Err(fit.refusal().unwrap_or_else(|| taken(tx, desk.plan, slot, by.now))),
            }
        }
    };
    if let Some(group) = &rule.one_per_day_group {
        let day = claims::person_day(wish.person, group, slot.starts_at.date());
        if !claims::take_day(tx, &day, &holder, by.now)? {
            return Err(Code::AlreadyBooked.into());
        }
    }
    Ok(seat)
}

/// Takes a seat that is kept for this very person: by a hold, an offer from the waiting list or a referral.
fn take_kept(tx: &mut Tx, by: &By, wish: &Wish, slot: &Slot, open: &[&Seat], holder: &Holder) -> Result<Option<Seat>> {
    let offers = waitlist::offers_to(tx, wish.person, &slot.id, by.now)?;
    let holds = holds::own_of(tx, &by.caller.name(), &slot.id, by.now)?;
    let own: Vec<String> = offers.iter().chain(&wish.kept_by).chain(&holds).map(Id::to_string).collect();
    if own.is_empty() {
        return Ok(None);
    }
    let seat = claims::take(tx, slot, open.iter().copied(), holder, &own, by.now)?.cloned();
    if seat.is_some() {
        waitlist::taken(tx, &offers)?;
    }
    Ok(seat)
}

/// Moves a booking; the old slot is given up only once the new one is sure.
pub fn reschedule(tx: &mut Tx, desk: &Desk<'_>, by: &By, booking: Booking, slot_id: &str) -> Result<Booking> {
    booking.may_move(by)?;
    let (slot, rule) = slot(desk.plan, slot_id)?;
    if slot.service_code != booking.service_code || slot.id == booking.slot_id {
        let text = Text::new("應為同一服務之其他時段", "another slot of the same service is wanted");
        return Err(Error::field("/slot_id", "not_allowed", text));
    }
    let (service, _) = desk.plan.service(&slot.service_code).ok_or(Code::NotFound)?;
    let channel = if by.reach >= Reach::Office { booking.channel_for_staff() } else { Channel::Online };
    obey(&general_rules(desk.plan, service, rule, &slot.id, channel, by.now))?;
    let holder = Holder::booking(booking.id);
    let reserves: Vec<String> = super::super::conflicts::open_of(tx, booking.id)?.iter().map(Id::to_string).collect();
    let seat = claims::take(tx, &slot, seats_for(rule, &slot, channel), &holder, &reserves, by.now)?.cloned();
    let Some(seat) = seat else { return Err(taken(tx, desk.plan, &slot, by.now)) };
    move_day(tx, &booking, &slot, by.now)?;
    free(tx, desk.plan, &booking, by.now)?;
    let old_slot = booking.slot_id.clone();
    let moved = booking.moved_to(&slot, &seat.resource, by.now);
    store::update(tx, &moved)?;
    store::add_line(tx, &moved, BookingStatus::Moved, &old_slot, "")?;
    store::add_line(tx, &moved, moved.status, &moved.slot_id, "")?;
    super::super::conflicts::resolve_of(tx, moved.id, "MOVED", by.now)?;
    desk.specialties.moved(tx, &moved)?;
    let event = json!({"service_code": moved.service_code, "slot_id": moved.slot_id, "from_slot_id": old_slot});
    tx.record(Record::change("booking.moved", format!("bookings/{}", moved.id), event).about(moved.person_id));
    Ok(moved)
}

fn move_day(tx: &mut Tx, booking: &Booking, slot: &Slot, now: Moment) -> Result<()> {
    let (from, to) = (booking.starts_at.date(), slot.starts_at.date());
    let Some(group) = booking.policy.one_per_day_group.as_ref().filter(|_| from != to) else { return Ok(()) };
    if !claims::take_day(tx, &claims::person_day(booking.person_id, group, to), &Holder::booking(booking.id), now)? {
        return Err(Code::AlreadyBooked.into());
    }
    let (old, day) = claims::person_day(booking.person_id, group, from);
    claims::release_ticks(tx, booking.id.as_str(), &old.resource, day..day + 1)?;
    Ok(())
}

/// Gives up the booking's seat: to the first on the waiting list, else to a short rest.
fn free(tx: &mut Tx, plan: &Plan, booking: &Booking, now: Moment) -> Result<()> {
    let ticks = super::super::plan::tick_of(booking.starts_at)..super::super::plan::tick_of(booking.ends_at);
    let rest = chrono::Duration::minutes(i64::from(booking.policy.quarantine_minutes));
    let still_offered = plan.slot(&booking.slot_id).is_some_and(|slot| slot.seats.iter().any(|s| s.resource == booking.resource));
    if booking.starts_at <= now || !still_offered {
        claims::release_ticks(tx, booking.id.as_str(), &booking.resource, ticks)?;
        return Ok(());
    }
    let next = match waitlist::offer_next(tx, booking, now)? {
        Some(holder) => holder,
        None => Holder::until(HolderKind::Quarantine, Id::new(now), now + rest),
    };
    claims::hand_over_ticks(tx, booking.id, &booking.resource, ticks, &next)?;
    Ok(())
}

/// Cancels a booking and frees what it held.
pub fn cancel(tx: &mut Tx, desk: &Desk<'_>, by: &By, booking: Booking, reason: &str) -> Result<Booking> {
    let cancelled = booking.clone().cancel(by)?;
    free(tx, desk.plan, &booking, by.now)?;
    claims::release(tx, booking.id)?;
    super::super::conflicts::resolve_of(tx, booking.id, "CANCELLED", by.now)?;
    settle(tx, &cancelled, "booking.cancelled", reason)?;
    Ok(cancelled)
}

/// Writes a booking's new state with its line and its record.
pub fn settle(tx: &mut Tx, booking: &Booking, action: &'static str, reason: &str) -> Result<()> {
    store::update(tx, booking)?;
    store::add_line(tx, booking, booking.status, &booking.slot_id, reason)?;
    let event = json!({"service_code": booking.service_code, "slot_id": booking.slot_id, "status": booking.status});
    let record = Record::change(action, format!("bookings/{}", booking.id), event).about(booking.person_id);
    tx.record(record.because(reason));
    Ok(())
}

/// Notes a no-show; one too many suspends online booking.
pub fn no_show(tx: &mut Tx, booking: Booking, reason: &str, now: Moment) -> Result<Booking> {
    let missed = booking.no_show(now)?;
    settle(tx, &missed, "booking.no_show", reason)?;
    claims::release(tx, missed.id)?;
    super::super::suspensions::after_no_show(tx, &missed, now)?;
    Ok(missed)
}
