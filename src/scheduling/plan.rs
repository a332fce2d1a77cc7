//! The plan: services, calendar and rosters as they stand at one revision, and the slots that follow from them.
//! Pure: availability is what the plan offers less what the claims hold.

use std::collections::HashMap;

use chrono::{Datelike, Duration, NaiveDate, NaiveTime};

use super::roster::{Duty, Roster, Rostered};
use super::services::{BookingRule, DayCount, Service};
use crate::calendar::OfficeCalendar;
use crate::clock::Moment;

/// Everything that decides which slots exist.
#[derive(Debug)]
pub struct Plan {
    pub services: HashMap<String, Service>,
    pub calendar: OfficeCalendar,
    /// Each roster with who is on duty.
    pub rosters: Vec<(&'static dyn Roster, Duty)>,
}

/// One place in a slot: what is claimed when somebody takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// What is claimed: a service's own places, or what its roster names.
    pub resource: String,
    pub number: i32,
}

/// A slot as the rules make it, taken or not.
#[derive(Clone, Debug)]
pub struct Slot {
    pub id: String,
    pub service_code: String,
    pub starts_at: Moment,
    pub ends_at: Moment,
    pub seats: Vec<Seat>,
}

/// Minutes of one tick of the claim table; slots begin and end on ticks.
pub const TICK_MINUTES: i64 = 15;

/// The tick in which a moment lies, counted from 1970.
pub fn tick_of(at: Moment) -> i64 {
    at.timestamp().div_euclid(60 * TICK_MINUTES)
}

impl Slot {
    /// The ticks that a seat is claimed for: slots that overlap share one, whatever rule made them.
    pub fn ticks(&self) -> std::ops::Range<i64> {
        tick_of(self.starts_at)..tick_of(self.ends_at)
    }

    /// Whose seats it has: seats of one resource stand together.
    pub fn resources(&self) -> Vec<&str> {
        let mut resources: Vec<&str> = self.seats.iter().map(|seat| seat.resource.as_str()).collect();
        resources.dedup();
        resources
    }
}

impl Plan {
    pub fn service(&self, code: &str) -> Option<(&Service, &BookingRule)> {
        let service = self.services.get(code)?;
        Some((service, service.booking.as_ref()?))
    }

    /// The roster of this code, with who is on duty; none in a build without its domain.
    pub fn roster(&self, code: &str) -> Option<&(&'static dyn Roster, Duty)> {
        self.rosters.iter().find(|(roster, _)| roster.code() == code)
    }

    /// Who is on duty on a date by the roster of this code.
    pub fn on_duty(&self, roster: &str, date: NaiveDate) -> Vec<&Rostered> {
        self.roster(roster).map_or_else(Vec::new, |(_, duty)| duty.on(date))
    }

    fn seats(&self, code: &str, rule: &BookingRule, date: NaiveDate) -> Vec<Seat> {
        match rule.staffing.roster() {
            None => (0..i32::from(rule.seats)).map(|number| Seat { resource: format!("services/{code}"), number }).collect(),
            Some(roster) => {
                let on_duty = self.on_duty(roster, date).into_iter();
                on_duty.map(|one| Seat { resource: one.resource.clone(), number: 0 }).collect()
            }
        }
    }

    /// The slots of a service on one date; none on days and hours on which the office is closed.
    pub fn slots_on(&self, code: &str, date: NaiveDate) -> Vec<Slot> {
        let Some((_, rule)) = self.service(code) else { return Vec::new() };
        let mut slots = Vec::new();
        for hours in rule.hours_on(date) {
            let seats = self.seats(code, rule, date);
            if seats.is_empty() || !self.calendar.is_workday_in(rule.point(), date) {
                continue;
            }
            let length = Duration::minutes(i64::from(rule.slot_minutes));
            let (mut from, end) = (Moment::from_taipei(date, hours.from), Moment::from_taipei(date, hours.to));
            while from + length <= end {
                if self.calendar.is_open_in(rule.point(), date, from.time(), (from + length).time()) {
                    slots.push(made(code, date, from, length, seats.clone()));
                }
                from = from + length;
            }
        }
        slots
    }

    /// The slot of that id, if the rules make it.
    pub fn slot(&self, id: &str) -> Option<Slot> {
        let (code, date, time) = parse_slot_id(id)?;
        let (_, rule) = self.service(code)?;
        let (from, length) = (Moment::from_taipei(date, time), Duration::minutes(i64::from(rule.slot_minutes)));
        let on_grid = rule.hours_on(date).any(|hours| {
            let since = (time - hours.from).num_seconds();
            since >= 0 && since % length.num_seconds() == 0 && from + length <= Moment::from_taipei(date, hours.to)
        });
        let point = rule.point();
        let open = on_grid
            && self.calendar.is_workday_in(point, date)
            && self.calendar.is_open_in(point, date, time, (from + length).time());
        let seats = if open { self.seats(code, rule, date) } else { Vec::new() };
        let slot = (!seats.is_empty()).then(|| made(code, date, from, length, seats))?;
        (slot.id == id).then_some(slot)
    }

    /// The slot that these ticks of a seat are, if the rules still make it.
    pub fn slot_at(&self, seat: &Seat, ticks: &std::ops::Range<i64>) -> Option<Slot> {
        let starts_at = Moment::from_timestamp(ticks.start * 60 * TICK_MINUTES)?;
        let is_it = |slot: &Slot| slot.ticks() == *ticks && slot.seats.contains(seat);
        self.services.keys().find_map(|code| self.slot(&slot_id(code, starts_at.date(), starts_at.time())).filter(is_it))
    }

    /// From when until when a slot can be booked by its public.
    pub fn window(&self, rule: &BookingRule, starts_at: Moment) -> (Moment, Moment) {
        let opens = self.days_before(rule, starts_at.date(), rule.opens_days_before);
        let closes = self.days_before(rule, starts_at.date(), rule.closes_days_before);
        (Moment::start_of(opens), Moment::from_taipei(closes, rule.closes_at).min(starts_at))
    }

    fn days_before(&self, rule: &BookingRule, date: NaiveDate, days: u16) -> NaiveDate {
        match rule.counted_in {
            DayCount::Calendar => date - Duration::days(i64::from(days)),
            DayCount::Office => {
                let (mut date, mut left) = (date, days);
                while left > 0 {
                    date -= Duration::days(1);
                    left -= u16::from(self.calendar.is_workday(date));
                }
                date
            }
        }
    }
}

fn made(code: &str, date: NaiveDate, from: Moment, length: Duration, seats: Vec<Seat>) -> Slot {
    Slot { id: slot_id(code, date, from.time()), service_code: code.to_owned(), starts_at: from, ends_at: from + length, seats }
}

/// `{service}-{YYYYMMDD}T{HHMM}` in Taipei time; the same slot always has the same id.
pub fn slot_id(code: &str, date: NaiveDate, time: NaiveTime) -> String {
    format!("{code}-{}T{}", date.format("%Y%m%d"), time.format("%H%M"))
}

/// Service, date and time of a slot id.
pub fn parse_slot_id(id: &str) -> Option<(&str, NaiveDate, NaiveTime)> {
    let (code, at) = id.rsplit_once('-')?;
    let (date, time) = at.split_once('T')?;
    let date = NaiveDate::parse_from_str(date, "%Y%m%d").ok()?;
    let time = NaiveTime::parse_from_str(time, "%H%M").ok()?;
    (1900..=2199).contains(&date.year()).then_some((code, date, time))
}
