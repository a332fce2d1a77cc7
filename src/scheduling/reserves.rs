//! Whether a booking's slot still stands under a changed plan, and the equal slot that is kept where it does not.

use std::collections::{HashMap, HashSet};

use chrono::{Duration, NaiveDate};

use super::availability::Held;
use super::bookings::model::Booking;
use super::claims::{self, Holder, HolderKind};
use super::freed;
use super::plan::{Seat, Slot};
use super::specialties::{Asker, Context};
use crate::clock::Moment;
use crate::db::{Id, Tx};
use crate::error::Result;

/// Days after the lost slot in which an equal one is looked for.
const EQUAL_WITHIN_DAYS: i64 = 30;

/// Looks for equal slots, giving no seat and no person's day out twice even when nothing is written.
pub struct Keeper<'d> {
    context: &'d Context<'d>,
    dry_run: bool,
    now: Moment,
    given: HashMap<String, (Vec<Slot>, Held)>,
    days: HashSet<(Id, String, NaiveDate)>,
    reseated: HashSet<(String, i32)>,
}

impl<'d> Keeper<'d> {
    pub fn new(context: &'d Context<'d>, dry_run: bool, now: Moment) -> Self {
        Self { context, dry_run, now, given: HashMap::new(), days: HashSet::new(), reseated: HashSet::new() }
    }

    /// Whether the plan still carries the booking, in another seat of its slot if need be.
    pub fn stands(&mut self, tx: &mut Tx, booking: &Booking) -> Result<bool> {
        let Some(slot) = self.context.plan.slot(&booking.slot_id) else { return Ok(false) };
        if !slot.seats.iter().any(|seat| seat.resource == booking.resource) {
            return Ok(false);
        }
        let seats = claims::seats_of(tx, booking.id.as_str())?;
        match seats.iter().find(|(seat, _)| seat.resource == booking.resource) {
            Some(lost) if !slot.seats.contains(&lost.0) => self.reseat(tx, booking, &slot, lost),
            _ => Ok(true),
        }
    }

    /// Whether the slot kept by a conflict still stands.
    pub fn reserve_stands(&self, tx: &mut Tx, conflict: Id, slot_id: &str) -> Result<bool> {
        let Some(slot) = self.context.plan.slot(slot_id) else { return Ok(false) };
        Ok(claims::seats_of(tx, conflict.as_str())?.iter().all(|(seat, _)| slot.seats.contains(seat)))
    }

    /// Moves a booking whose place was cut to another place of the same slot.
    fn reseat(&mut self, tx: &mut Tx, booking: &Booking, slot: &Slot, lost: &(Seat, std::ops::Range<i64>)) -> Result<bool> {
        let held = Held::of(tx, std::slice::from_ref(slot), self.now)?;
        let free = held
            .free(slot)
            .find(|seat| seat.resource == booking.resource && !self.reseated.contains(&(slot.id.clone(), seat.number)));
        let Some(seat) = free else { return Ok(false) };
        self.reseated.insert((slot.id.clone(), seat.number));
        if self.dry_run {
            return Ok(true);
        }
        let taken = freed::take(tx, self.context, slot, &[seat], &Holder::booking(booking.id), self.now)?;
        if taken.is_some() {
            claims::release_seat(tx, booking.id.as_str(), &lost.0, &lost.1)?;
        }
        Ok(taken.is_some())
    }

    /// Keeps the nearest later slot that the booking may move to, the same hour of the day first.
    pub fn keep_equal(&mut self, tx: &mut Tx, booking: &Booking, conflict: Id) -> Result<Option<String>> {
        let fit = self.context.fit(tx, &booking.service_code, Asker::Booking(booking.id))?;
        for slot in self.later(tx, booking)? {
            let date = slot.starts_at.date();
            if !self.has_day(tx, booking, date)? {
                continue;
            }
            let Some((_, held)) = self.given.get_mut(&booking.service_code) else { return Ok(None) };
            let Some(seat) = held.free(&slot).find(|seat| fit.admits(seat)) else { continue };
            held.hold(&slot, seat);
            if self.dry_run || self.reserve(tx, booking, conflict, &slot, seat)? {
                self.days.extend(booking.policy.one_per_day_group.clone().map(|group| (booking.person_id, group, date)));
                return Ok(Some(slot.id));
            }
        }
        Ok(None)
    }

    /// Slots of the service after the lost one, the nearest first.
    fn later(&mut self, tx: &mut Tx, booking: &Booking) -> Result<Vec<Slot>> {
        if !self.given.contains_key(&booking.service_code) {
            let days = self.now.date().iter_days().take(usize::try_from(EQUAL_WITHIN_DAYS * 2).unwrap_or(60));
            let slots: Vec<Slot> = days.flat_map(|date| self.context.plan.slots_on(&booking.service_code, date)).collect();
            let held = Held::of(tx, &slots, self.now)?;
            self.given.insert(booking.service_code.clone(), (slots, held));
        }
        let last = booking.starts_at + Duration::days(EQUAL_WITHIN_DAYS);
        let first = booking.starts_at.max(self.now);
        let all = self.given.get(&booking.service_code).into_iter().flat_map(|(slots, _)| slots);
        let mut later: Vec<Slot> = all.filter(|s| s.starts_at > first && s.starts_at <= last).cloned().collect();
        later.sort_by_key(|s| (s.starts_at.date(), s.starts_at.time() != booking.starts_at.time(), s.starts_at));
        Ok(later)
    }

    /// Whether the person has nothing else of the group that day, booked or kept.
    fn has_day(&self, tx: &mut Tx, booking: &Booking, date: NaiveDate) -> Result<bool> {
        let Some(group) = booking.policy.one_per_day_group.as_ref().filter(|_| date != booking.starts_at.date()) else {
            return Ok(true);
        };
        let given = self.days.contains(&(booking.person_id, group.clone(), date));
        Ok(!given && !claims::person_is_taken(tx, booking.person_id, group, date, self.now)?)
    }

    /// Takes the seat, and the person's day with it: what is kept shall be there to take.
    fn reserve(&self, tx: &mut Tx, booking: &Booking, conflict: Id, slot: &Slot, seat: &Seat) -> Result<bool> {
        let holder = Holder { kind: HolderKind::Reserve, id: conflict.to_string(), expires_at: None };
        if freed::take(tx, self.context, slot, &[seat], &holder, self.now)?.is_none() {
            return Ok(false);
        }
        let date = slot.starts_at.date();
        let Some(group) = booking.policy.one_per_day_group.as_ref().filter(|_| date != booking.starts_at.date()) else {
            return Ok(true);
        };
        let day = claims::person_day(booking.person_id, group, date);
        let kept = claims::take_day(tx, &day, &holder, &[])?;
        if !kept {
            claims::release(tx, conflict)?;
        }
        Ok(kept)
    }
}
