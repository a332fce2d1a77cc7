//! What happens to bookings inside one transaction: made, moved, freed. Used by every service's routes.

use chrono::NaiveDate;
use serde_json::json;

use super::super::availability::{Held, View, next_open, seats_for};
use super::super::claims::{self, Holder, HolderKind};
use super::super::kept::{self, Claimant, Keeping, Kept};
use super::super::plan::{Plan, Seat, Slot};
use super::super::rules::{Terms, obey, suspension_rule};
use super::super::services::{BookingRule, Channel};
use super::super::specialties::{Asker, Context, Fit};
use super::super::{conflicts, freed};
use super::model::{Booking, BookingAct, BookingStatus};
use super::store::{self, Private};
use super::turns;
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::{Id, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::people::{Contact, OptionalReason, joins, numbers};
use crate::scheduling::problems::{ALREADY_BOOKED, HOLD_EXPIRED, SLOT_NOT_BOOKABLE, SLOT_TAKEN};
use crate::secrets::vault::random_secret;
use crate::states::require_anothers;

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

/// A booking as it was made a moment ago.
pub struct Made {
    pub booking: Booking,
    /// Shown this once.
    pub secret: String,
    /// Since when a hold kept its slot.
    pub held_at: Option<Moment>,
}

/// A slot that exists, with the service's rule.
pub fn slot<'p>(plan: &'p Plan, slot_id: &str) -> Result<(Slot, &'p BookingRule)> {
    let not_there = || {
        let text = Text::new("查無此時段，請以 GET /v1/slots 查詢", "no such slot; see GET /v1/slots");
        Error::from(Problem::new(SLOT_NOT_BOOKABLE).field("/slot_id", "unknown", text))
    };
    let slot = plan.slot(slot_id).ok_or_else(not_there)?;
    let (_, rule) = plan.service(&slot.service_code).ok_or_else(not_there)?;
    Ok((slot, rule))
}

/// 409 `slot_taken` with the nearest slots that are open.
pub fn taken(tx: &mut Tx, plan: &Plan, slot: &Slot, view: View<'_>, now: Moment) -> Error {
    let taken = Problem::new(SLOT_TAKEN).field("/slot_id", "taken", Text::new("該時段已被預約", "the slot is taken"));
    refused(tx, plan, slot, view, (taken, now))
}

fn refused(tx: &mut Tx, plan: &Plan, slot: &Slot, view: View<'_>, (problem, now): (Problem, Moment)) -> Error {
    match next_open(tx, plan, &slot.service_code, slot.starts_at, view, now) {
        Ok(alternatives) => problem.with("alternatives", alternatives).into(),
        Err(error) => error,
    }
}

/// Why nobody gets a seat of a slot. Staff are told where one is left that is barred; to anybody else it is taken, and what they are
/// told hangs in nothing on what is barred: they would learn by it what others have booked.
fn none_left(tx: &mut Tx, context: &Context<'_>, (to, holder): (&Approach<'_>, &Holder), now: Moment) -> Error {
    let (slot, plan) = (to.slot, context.plan);
    // The day that was taken for it is free again once it is refused.
    let (person, but, holder) = (Some(to.person), Some(slot.id.as_str()), Some(holder.id.as_str()));
    let view = View { channel: to.channel, person, but, holder, ..View::PUBLIC };
    if !to.tells_cause {
        return taken(tx, plan, slot, view, now);
    }
    let view = View { fit: Some(to.fit), ..view };
    let held = match Held::of(tx, std::slice::from_ref(slot), now) {
        Ok(held) => held,
        Err(error) => return error,
    };
    let left = held.free(slot).chain(to.all_kept.iter().map(|kept| &kept.seat));
    match to.fit.cause(left) {
        Some(cause) => refused(tx, plan, slot, view, (cause, now)),
        None => taken(tx, plan, slot, view, now),
    }
}

/// Refuses what the rules that look at no seat refuse.
pub fn obey_terms(plan: &Plan, slot: &Slot, channel: Channel, kept: bool, now: Moment) -> Result<()> {
    let (service, rule) = plan.service(&slot.service_code).ok_or(Code::NOT_FOUND)?;
    Terms { plan, service, rule, at: slot.starts_at, slot: Some(slot), channel, kept, now }.obey()
}

/// How somebody comes to a slot.
struct Approach<'a> {
    slot: &'a Slot,
    rule: &'a BookingRule,
    channel: Channel,
    person: Id,
    fit: &'a Fit,
    /// The seats that are kept for them.
    all_kept: &'a [Kept],
    /// The one that they get.
    kept: Option<&'a Kept>,
    /// Whether whoever asks is told why nothing is left: staff.
    tells_cause: bool,
}

/// Books a slot, or says exactly why not; staff book none for themselves, their spouse or kin.
pub fn book(tx: &mut Tx, context: &Context<'_>, by: &By, wish: &Wish) -> Result<Made> {
    require_anothers(tx, by, &[wish.person])?;
    let (slot, rule) = slot(context.plan, &wish.slot_id)?;
    context.own_days(tx, &[&slot])?;
    let fit = context.fit(tx, &slot.service_code, Asker::Person(wish.person, Some(&wish.answers)))?;
    let (caller, own) = (by.caller.name(), Vec::from_iter(wish.kept_by));
    let claimant = Claimant { caller: &caller, person: Some(wish.person), own: &own };
    let all_kept = kept::find(tx, &slot, &claimant, by.now)?;
    if wish.hold.is_some_and(|hold| !all_kept.iter().any(|kept| kept.by.id() == hold)) {
        return Err(HOLD_EXPIRED.into());
    }
    let kept = kept::choose(&all_kept, wish.hold, &fit);
    obey_terms(context.plan, &slot, wish.channel, !all_kept.is_empty(), by.now)?;
    if wish.channel == Channel::Online {
        obey(&[suspension_rule(tx, rule, wish.person, wish.channel, by.now)?])?;
    }
    let booking = new_booking(&slot, rule, wish, by);
    let holder = Holder::booking(booking.id);
    let (channel, person, tells_cause) = (wish.channel, wish.person, by.reach >= Reach::Office);
    let approach = Approach { slot: &slot, rule, channel, person, fit: &fit, all_kept: &all_kept, kept, tells_cause };
    // The day first: whether it is free says nothing of the seats.
    take_day(tx, rule, (wish.person, &slot), &holder, by.now)?;
    let seat = claim(tx, context, &approach, &holder, by.now)?;
    let held_at = kept.and_then(|kept| if let Keeping::Hold(_, at) = kept.by { Some(at) } else { None });
    kept::end(tx, context, &all_kept, kept.map(|kept| kept.by.id()), wish.hold, by.now)?;
    let booking = Booking { resource: seat.resource, ..booking };
    let secret = random_secret(16);
    let answers = context.specialties.stored(&booking.service_code, &wish.answers);
    let private = Private { contact: &wish.contact, answers: &answers, secret: &secret, held_at };
    store::insert(tx, context.vault, &booking, &private)?;
    context.specialties.booked(tx, context.vault, &booking, &wish.answers)?;
    let event = json!({"service_code": booking.service_code, "slot_id": booking.slot_id, "status": booking.status});
    tx.record(Record::change(BookingAct::Create.line().journal, format!("bookings/{}", booking.id), event).about(wish.person));
    Ok(Made { booking, secret, held_at })
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
        conflict: None,
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

/// Takes the kept seat, else one that the channel may take and the person may have.
fn claim(tx: &mut Tx, context: &Context<'_>, to: &Approach<'_>, holder: &Holder, now: Moment) -> Result<Seat> {
    let slot = to.slot;
    let seat = match to.kept {
        Some(kept) => claims::take(tx, slot, [&kept.seat], holder, &[kept.by.id()])?.cloned(),
        None => {
            let mut seats = seats_for(to.rule, slot, to.channel);
            seats.retain(|seat| to.fit.admits(seat));
            freed::take(tx, context, slot, &seats, holder, now)?.cloned()
        }
    };
    seat.ok_or_else(|| none_left(tx, context, (to, holder), now))
}

/// Moves a booking; the old slot is given up only once the new one is sure.
pub fn reschedule(tx: &mut Tx, context: &Context<'_>, by: &By, booking: Booking, slot_id: &str) -> Result<Booking> {
    booking.may_move(by)?;
    let (slot, rule) = slot(context.plan, slot_id)?;
    if slot.service_code != booking.service_code || slot.id == booking.slot_id {
        let text = Text::new("應為同一服務之其他時段", "another slot of the same service is wanted");
        return Err(Error::field("/slot_id", "not_allowed", text));
    }
    let old = context.plan.slot(&booking.slot_id);
    context.own_days(tx, &[&slot].into_iter().chain(&old).collect::<Vec<_>>())?;
    let channel = if by.reach >= Reach::Office { booking.channel_for_staff() } else { Channel::Online };
    let fit = context.fit(tx, &slot.service_code, Asker::Booking(booking.id))?;
    let (caller, reserves) = (by.caller.name(), conflicts::open_of(tx, booking.id)?);
    let claimant = Claimant { caller: &caller, person: Some(booking.person_id), own: &reserves };
    let all_kept = kept::find(tx, &slot, &claimant, by.now)?;
    let kept = kept::choose(&all_kept, None, &fit);
    obey_terms(context.plan, &slot, channel, !all_kept.is_empty(), by.now)?;
    let (holder, old_seats) = (Holder::booking(booking.id), claims::seats_of(tx, booking.id.as_str())?);
    let (person, tells_cause) = (booking.person_id, by.reach >= Reach::Office);
    let approach = Approach { slot: &slot, rule, channel, person, fit: &fit, all_kept: &all_kept, kept, tells_cause };
    move_day(tx, &booking, &slot, &reserves, by.now)?;
    let seat = claim(tx, context, &approach, &holder, by.now)?;
    kept::end(tx, context, &all_kept, kept.map(|kept| kept.by.id()), None, by.now)?;
    let rest = rest(&booking, by.now);
    for old in &old_seats {
        freed::give_up(tx, context, booking.id.as_str(), old, rest.as_ref(), by.now)?;
    }
    let old_slot = booking.slot_id.clone();
    let moved = booking.moved_to(&slot, &seat.resource, by.now);
    store::update(tx, &moved)?;
    store::add_line(tx, &moved, BookingStatus::Moved, &old_slot, "")?;
    store::add_line(tx, &moved, moved.status, &moved.slot_id, "")?;
    conflicts::resolve(tx, context, &reserves, conflicts::Resolution::Moved, by.now)?;
    context.specialties.moved(tx, &moved)?;
    let event = json!({"service_code": moved.service_code, "slot_id": moved.slot_id, "from_slot_id": old_slot});
    let record = Record::change(BookingAct::Reschedule.line().journal, store::path(moved.id), event);
    tx.record(record.about(moved.person_id));
    conflicts::note_if_dead(tx, &moved, by.now)?;
    store::by_id(tx, moved.id)
}

/// Takes the one place that somebody has that day in the services of a group.
fn take_day(tx: &mut Tx, rule: &BookingRule, (person, slot): (Id, &Slot), holder: &Holder, now: Moment) -> Result<()> {
    let Some(group) = &rule.one_per_day_group else { return Ok(()) };
    require_day(tx, (person, group.as_str()), slot.starts_at.date(), now)?;
    let day = claims::person_day(person, group, slot.starts_at.date());
    if claims::take_day(tx, &day, holder, &[])? { Ok(()) } else { Err(ALREADY_BOOKED.into()) }
}

/// Refuses a day on which somebody has a place by another record of theirs: each keeps its own, and whoever else books for the same
/// human waits.
fn require_day(tx: &mut Tx, (person, group): (Id, &str), day: NaiveDate, now: Moment) -> Result<()> {
    let records = joins::records(tx, person)?;
    let others: Vec<Id> = records.iter().copied().filter(|record| *record != person).collect();
    if others.is_empty() {
        return Ok(());
    }
    numbers::own(tx, &records)?;
    if claims::any_is_taken(tx, &others, group, day, now)? { Err(ALREADY_BOOKED.into()) } else { Ok(()) }
}

fn move_day(tx: &mut Tx, booking: &Booking, slot: &Slot, reserves: &[Id], now: Moment) -> Result<()> {
    let (from, to) = (booking.starts_at.date(), slot.starts_at.date());
    let Some(group) = booking.policy.one_per_day_group.as_ref().filter(|_| from != to) else { return Ok(()) };
    require_day(tx, (booking.person_id, group.as_str()), to, now)?;
    let day = claims::person_day(booking.person_id, group, to);
    if !claims::take_day(tx, &day, &Holder::booking(booking.id), reserves)? {
        return Err(ALREADY_BOOKED.into());
    }
    let (old, day) = claims::person_day(booking.person_id, group, from);
    claims::release_seat(tx, booking.id.as_str(), &old, &(day..day + 1))
}

/// What keeps a freed seat for a while when nobody waits for it.
fn rest(booking: &Booking, now: Moment) -> Option<Holder> {
    let minutes = i64::from(booking.policy.quarantine_minutes);
    (minutes > 0).then(|| Holder::until(HolderKind::Quarantine, rest_of(booking), now + chrono::Duration::minutes(minutes)))
}

/// What the seat rests under that a booking gives up: as long as it rests, that booking can have it again.
fn rest_of(booking: &Booking) -> Id {
    Id::standing_for(&format!("rests/{}/{}", booking.id, booking.slot_id))
}

/// Cancels a booking and frees what it held.
pub fn cancel(tx: &mut Tx, context: &Context<'_>, by: &By, booking: Booking, reason: &str) -> Result<Booking> {
    let cancelled = booking.cancel(by)?;
    freed::give_up_all(tx, context, cancelled.id.as_str(), rest(&cancelled, by.now).as_ref(), by.now)?;
    claims::release(tx, cancelled.id)?;
    let open = conflicts::open_of(tx, cancelled.id)?;
    conflicts::resolve(tx, context, &open, conflicts::Resolution::Cancelled, by.now)?;
    turns::save_act(tx, &cancelled, BookingAct::Cancel, reason)?;
    Ok(cancelled)
}

/// Lets a cancelled booking stand again: in the seat that rests since, else in one that anybody could book.
pub fn reinstate(tx: &mut Tx, context: &Context<'_>, by: &By, booking: Booking, why: &OptionalReason) -> Result<Booking> {
    booking.may_stand_again(by)?;
    let why = why.of_staff(by)?;
    let (slot, rule) = slot(context.plan, &booking.slot_id)?;
    context.own_days(tx, &[&slot])?;
    let channel = if by.reach >= Reach::Office { booking.channel_for_staff() } else { Channel::Online };
    let fit = context.fit(tx, &slot.service_code, Asker::Booking(booking.id))?;
    let (caller, own) = (by.caller.name(), [rest_of(&booking)]);
    let claimant = Claimant { caller: &caller, person: Some(booking.person_id), own: &own };
    let all_kept = kept::find(tx, &slot, &claimant, by.now)?;
    let kept = kept::choose(&all_kept, None, &fit);
    obey_terms(context.plan, &slot, channel, !all_kept.is_empty(), by.now)?;
    if channel == Channel::Online {
        obey(&[suspension_rule(tx, rule, booking.person_id, channel, by.now)?])?;
    }
    let holder = Holder::booking(booking.id);
    let (person, tells_cause) = (booking.person_id, by.reach >= Reach::Office);
    let approach = Approach { slot: &slot, rule, channel, person, fit: &fit, all_kept: &all_kept, kept, tells_cause };
    take_day(tx, &booking.policy, (booking.person_id, &slot), &holder, by.now)?;
    let seat = claim(tx, context, &approach, &holder, by.now)?;
    kept::end(tx, context, &all_kept, kept.map(|kept| kept.by.id()), None, by.now)?;
    let again = booking.moved_to(&slot, &seat.resource, by.now);
    turns::save_act(tx, &again, BookingAct::Reinstate, why)?;
    context.specialties.moved(tx, &again)?;
    conflicts::note_if_dead(tx, &again, by.now)?;
    store::by_id(tx, again.id)
}
