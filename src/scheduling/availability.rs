//! Which slots are free, for whom, and which come next.

use std::collections::{HashMap, HashSet};

use chrono::{Duration, NaiveDate};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::claims;
use super::plan::{Plan, Seat, Slot};
use super::services::{BookingRule, Channel};
use super::specialties::Fit;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::office::Bilingual;
use crate::people::joins;
use crate::schema::booking_suspensions;

/// Days ahead that a search for the next free slot looks.
const SEARCH_DAYS: i64 = 62;

/// Slots that such a search gives.
const NEXT: usize = 3;

/// Seats held in a stretch of time, for the slots of one service.
pub struct Held(HashSet<(String, i64, i32)>);

impl Held {
    /// Reads the claims of every resource that the slots need.
    pub fn of(conn: &mut Conn, slots: &[Slot], now: Moment) -> Result<Self> {
        let mut spans: HashMap<&str, (i64, i64)> = HashMap::new();
        for slot in slots {
            for seat in &slot.seats {
                let ticks = slot.ticks();
                let span = spans.entry(&seat.resource).or_insert((ticks.start, ticks.end));
                *span = (span.0.min(ticks.start), span.1.max(ticks.end));
            }
        }
        let mut all = HashSet::new();
        for (resource, (from, to)) in spans {
            let held = claims::held(conn, resource, from..to, now)?;
            all.extend(held.into_iter().map(|(tick, seat, _)| (resource.to_owned(), tick, seat)));
        }
        Ok(Self(all))
    }

    /// Seats of the slot that nobody holds.
    pub fn free<'s>(&self, slot: &'s Slot) -> impl Iterator<Item = &'s Seat> {
        slot.seats
            .iter()
            .filter(move |seat| slot.ticks().all(|tick| !self.0.contains(&(seat.resource.clone(), tick, seat.number))))
    }

    /// Notes a seat as held, for a search that gives out several.
    pub fn hold(&mut self, slot: &Slot, seat: &Seat) {
        for tick in slot.ticks() {
            self.0.insert((seat.resource.clone(), tick, seat.number));
        }
    }
}

/// A slot as offered.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "LEGAL_CONSULTATION-20261125T0900", "service_code": "LEGAL_CONSULTATION",
    "starts_at": "2026-11-25T09:00:00+08:00", "ends_at": "2026-11-25T09:30:00+08:00", "open": true, "capacity": 1, "free": 1,
    "place": {"zh": "視訊", "en": "By video"}
}))]
pub struct OfferedSlot {
    /// The same slot always has the same id.
    #[schema(max_length = 80)]
    pub id: String,
    #[schema(max_length = 40)]
    pub service_code: String,
    pub starts_at: Moment,
    pub ends_at: Moment,
    /// Whether it can be booked now: in lists online by anyone, whoever asks; in `alternatives` and `next` by
    /// the person in question.
    pub open: bool,
    /// Places that the slot has.
    #[schema(minimum = 0)]
    pub capacity: usize,
    /// Places that nobody holds, those for the counter and the telephone among them.
    #[schema(minimum = 0)]
    pub free: usize,
    pub place: Bilingual,
}

/// From where slots are looked at.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub channel: Channel,
    /// On days on which they have none yet.
    pub person: Option<Id>,
    /// Without the seats that are barred.
    pub fit: Option<&'a Fit>,
    /// Of one resource alone.
    pub resource: Option<&'a str>,
    /// But for one slot, which is taken.
    pub but: Option<&'a str>,
    /// As whoever gives up what they hold of days by this.
    pub holder: Option<&'a str>,
}

impl View<'_> {
    /// As anyone sees them.
    pub const PUBLIC: View<'static> =
        View { channel: Channel::Online, person: None, fit: None, resource: None, but: None, holder: None };

    fn admits(&self, seat: &Seat) -> bool {
        self.fit.is_none_or(|fit| fit.admits(seat))
    }

    fn sees(&self, seat: &Seat) -> bool {
        self.resource.is_none_or(|resource| seat.resource == resource)
    }
}

/// Seats that may be taken through a channel, in the order in which they are. Online the first `online_seats`
/// of a slot; the counter and the telephone take them all, from the other end, so that the public's last the longest.
pub fn seats_for<'s>(rule: &BookingRule, slot: &'s Slot, channel: Channel) -> Vec<&'s Seat> {
    match channel {
        Channel::Online => slot.seats.iter().take(usize::from(rule.online_seats)).collect(),
        _ => slot.seats.iter().rev().collect(),
    }
}

/// From when until when a slot can be booked through a channel: the counter and the telephone may still fill
/// it when the public's window has closed.
pub fn window(plan: &Plan, rule: &BookingRule, starts_at: Moment, channel: Channel) -> (Moment, Moment) {
    let (opens, closes) = plan.window(rule, starts_at);
    (opens, if channel == Channel::Online { closes } else { starts_at })
}

/// The slots of a service between two dates with what is left of them.
pub fn offered(
    conn: &mut Conn,
    plan: &Plan,
    code: &str,
    dates: (NaiveDate, NaiveDate),
    view: View<'_>,
    now: Moment,
) -> Result<Vec<OfferedSlot>> {
    let Some((service, rule)) = plan.service(code) else { return Ok(Vec::new()) };
    let slots: Vec<Slot> =
        dates.0.iter_days().take_while(|date| *date <= dates.1).flat_map(|date| plan.slots_on(code, date)).collect();
    let held = Held::of(conn, &slots, now)?;
    let taken = days_taken(conn, rule, &slots, view, now)?;
    let offer = |slot: &Slot| {
        let seen = || slot.seats.iter().filter(|seat| view.sees(seat));
        let free: Vec<&Seat> = held.free(slot).filter(|seat| view.sees(seat)).collect();
        let (opens, closes) = window(plan, rule, slot.starts_at, view.channel);
        let within = opens <= now && now < closes && !taken.contains(&slot.starts_at.date());
        let is_left = view.but != Some(slot.id.as_str());
        let bookable = within && is_left && (service.bookable || view.channel != Channel::Online);
        OfferedSlot {
            id: slot.id.clone(),
            service_code: slot.service_code.clone(),
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            open: bookable && seats_for(rule, slot, view.channel).into_iter().any(|s| free.contains(&s) && view.admits(s)),
            capacity: seen().count(),
            free: free.len(),
            place: rule.place.clone(),
        }
    };
    Ok(slots.iter().map(offer).collect())
}

fn days_taken(conn: &mut Conn, rule: &BookingRule, slots: &[Slot], view: View<'_>, now: Moment) -> Result<HashSet<NaiveDate>> {
    let (Some(person), Some(group)) = (view.person, &rule.one_per_day_group) else { return Ok(HashSet::new()) };
    let days: HashSet<NaiveDate> = slots.iter().map(|slot| slot.starts_at.date()).collect();
    let (records, mut taken) = (joins::records(conn, person)?, HashSet::new());
    for (day, record) in days.into_iter().flat_map(|day| records.iter().map(move |record| (day, *record))) {
        let (own, tick) = claims::person_day(record, group, day);
        let mut held = claims::held(conn, &own.resource, tick..tick + 1, now)?.into_iter();
        if held.any(|(_, _, holder)| view.holder != Some(holder.as_str())) {
            taken.insert(day);
        }
    }
    Ok(taken)
}

/// The next bookable slots of a service from `after` on, at most three; from now on when there are none.
pub fn next_open(
    conn: &mut Conn,
    plan: &Plan,
    code: &str,
    after: Moment,
    view: View<'_>,
    now: Moment,
) -> Result<Vec<OfferedSlot>> {
    let Some((_, rule)) = plan.service(code) else { return Ok(Vec::new()) };
    // Counted in office days the window reaches further by the calendar; beyond it nothing is open.
    let last = now.date() + Duration::days((i64::from(rule.opens_days_before) * 2 + 7).min(SEARCH_DAYS));
    let mut found = Vec::new();
    for from in [after.max(now), now] {
        // Day by day: the first one mostly has enough, and a caller in a transaction keeps others waiting.
        for date in from.date().iter_days().take_while(|date| *date <= last) {
            let slots = offered(conn, plan, code, (date, date), view, now)?;
            found.extend(slots.into_iter().filter(|slot| slot.open && slot.starts_at >= from));
            if found.len() >= NEXT {
                found.truncate(NEXT);
                return Ok(found);
            }
        }
        if !found.is_empty() || after <= now {
            break;
        }
    }
    Ok(found)
}

/// Until when a person's online booking is suspended, by whichever of their records.
pub fn suspended_until(conn: &mut Conn, person: Id, now: Moment) -> Result<Option<Moment>> {
    use booking_suspensions as rows;
    let records = joins::records(conn, person)?;
    Ok(rows::table
        .filter(rows::person_id.eq_any(records))
        .filter(rows::until_at.gt(now))
        .order(rows::until_at.desc())
        .select(rows::until_at)
        .first(conn)
        .optional()?)
}
