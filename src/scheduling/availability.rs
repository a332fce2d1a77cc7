//! Which slots are free, why one is not, and which come next.

use std::collections::{HashMap, HashSet};

use chrono::{Duration, NaiveDate};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::claims;
use super::plan::{Plan, Seat, Slot, parse_slot_id};
use super::services::{BookingRule, Channel, Service};
use crate::calendar::Moment;
use crate::db::{Conn, Id};
use crate::error::{Result, Text};
use crate::office::Bilingual;
use crate::schema::booking_suspensions;

/// Days ahead that a search for the next free slot looks.
const SEARCH_DAYS: i64 = 62;

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

/// A slot as offered to the public.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "LEGAL_CONSULTATION-20261125T0900", "service_code": "LEGAL_CONSULTATION",
    "starts_at": "2026-11-25T09:00:00+08:00", "ends_at": "2026-11-25T09:30:00+08:00", "open": true, "capacity": 1, "free": 1,
    "place": {"zh": "視訊（可於本所協談室連線）", "en": "By video (also from the office's consultation room)"}
}))]
pub struct OfferedSlot {
    /// The same slot always has the same id.
    #[schema(max_length = 80)]
    pub id: String,
    #[schema(max_length = 40)]
    pub service_code: String,
    pub starts_at: Moment,
    pub ends_at: Moment,
    /// Whether it can be booked online now: free, and within its window.
    pub open: bool,
    /// Places that the slot has.
    #[schema(minimum = 0)]
    pub capacity: usize,
    /// Places that nobody holds.
    #[schema(minimum = 0)]
    pub free: usize,
    pub place: Bilingual,
}

/// Seats that may be taken through a channel: the counter's own are not given out online.
pub fn seats_for<'s>(rule: &BookingRule, slot: &'s Slot, channel: Channel) -> &'s [Seat] {
    let limit = if channel == Channel::Online { usize::from(rule.online_seats) } else { usize::MAX };
    use super::services::Staffing;
    let all = slot.seats.len();
    let limit = if rule.staffing == Staffing::Advisers && limit > 0 { all } else { limit.min(all) };
    &slot.seats[..limit]
}

/// The slots of a service between two dates with what is left of them.
pub fn offered(conn: &mut Conn, plan: &Plan, code: &str, dates: (NaiveDate, NaiveDate), now: Moment) -> Result<Vec<OfferedSlot>> {
    let Some((_, rule)) = plan.service(code) else { return Ok(Vec::new()) };
    let slots: Vec<Slot> =
        dates.0.iter_days().take_while(|date| *date <= dates.1).flat_map(|date| plan.slots_on(code, date)).collect();
    let held = Held::of(conn, &slots, now)?;
    Ok(slots.iter().map(|slot| offer(plan, rule, slot, &held, now)).collect())
}

fn offer(plan: &Plan, rule: &BookingRule, slot: &Slot, held: &Held, now: Moment) -> OfferedSlot {
    let (opens, closes) = plan.window(rule, slot.starts_at);
    let free = held.free(slot).count();
    let online = seats_for(rule, slot, Channel::Online);
    let bookable = held.free(slot).any(|seat| online.contains(seat));
    OfferedSlot {
        id: slot.id.clone(),
        service_code: slot.service_code.clone(),
        starts_at: slot.starts_at,
        ends_at: slot.ends_at,
        open: bookable && opens <= now && now < closes,
        capacity: slot.seats.len(),
        free,
        place: rule.place.clone(),
    }
}

/// The next bookable slots of a service from `after` on, at most `count`; from now on when there are none.
pub fn next_open(conn: &mut Conn, plan: &Plan, code: &str, after: Moment, count: usize, now: Moment) -> Result<Vec<OfferedSlot>> {
    let Some((_, rule)) = plan.service(code) else { return Ok(Vec::new()) };
    // Counted in office days the window reaches further by the calendar; beyond it nothing is open.
    let last = now.date() + Duration::days((i64::from(rule.opens_days_before) * 2 + 7).min(SEARCH_DAYS));
    let mut found = Vec::new();
    for from in [after.max(now), now] {
        // Day by day: the first one mostly has enough, and a caller in a transaction keeps others waiting.
        for date in from.date().iter_days().take_while(|date| *date <= last) {
            let slots = offered(conn, plan, code, (date, date), now)?;
            found.extend(slots.into_iter().filter(|slot| slot.open && slot.starts_at >= from));
            if found.len() >= count {
                found.truncate(count);
                return Ok(found);
            }
        }
        if !found.is_empty() || after <= now {
            break;
        }
    }
    Ok(found)
}

/// One rule of booking, as it turned out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleOutcome {
    /// Stable name of the rule.
    #[schema(max_length = 40)]
    pub rule: &'static str,
    pub passed: bool,
    /// The rule in words.
    pub reason: Bilingual,
}

impl RuleOutcome {
    fn of(rule: &'static str, passed: bool, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { rule, passed, reason: Bilingual { zh: zh.into(), en: en.into() } }
    }

    pub fn text(&self) -> Text {
        Text::new(self.reason.zh.clone(), self.reason.en.clone())
    }
}

/// The rules that hold before any seat is looked at, in order.
pub fn general_rules(
    plan: &Plan,
    service: &Service,
    rule: &BookingRule,
    slot_id: &str,
    channel: Channel,
    now: Moment,
) -> Vec<RuleOutcome> {
    let Some((_, date, time)) = parse_slot_id(slot_id) else { return Vec::new() };
    let starts_at = Moment::from_taipei(date, time);
    let day = plan.calendar.day_in(rule.point(), date);
    let online = channel == Channel::Online;
    let (opens, closes) = plan.window(rule, starts_at);
    // The counter and the telephone may still fill a slot when the public's window has closed.
    let closes = if online { closes } else { starts_at };
    let name = &service.name;
    let mut rules = vec![
        RuleOutcome::of(
            "service_bookable",
            service.bookable || !online,
            format!("「{}」開放線上預約", name.zh),
            format!("{} can be booked online", name.en),
        ),
        RuleOutcome::of(
            "channel_offered",
            service.channels.contains(&channel),
            format!("受理管道須為該服務所列（此次：{channel}）"),
            format!("the channel is one that the service lists (here: {channel})"),
        ),
        RuleOutcome::of(
            "office_day",
            plan.calendar.is_workday_in(rule.point(), date),
            format!("{date} 為辦公日（{}）", day.kind),
            format!("{date} is an office day ({})", day.kind),
        ),
        RuleOutcome::of(
            "slot_exists",
            plan.slot(slot_id).is_some(),
            "該時間為服務時段之起點，且有值班人員",
            "the time is the start of a slot, with somebody on duty",
        ),
    ];
    rules.push(RuleOutcome::of("window_open", opens <= now, format!("自 {opens} 起受理"), format!("booking opens at {opens}")));
    rules.push(RuleOutcome::of(
        "before_cut_off",
        now < closes,
        format!("於 {closes} 截止"),
        format!("booking closes at {closes}"),
    ));
    rules
}

/// Whether the person may book online at all.
pub fn suspension_rule(conn: &mut Conn, rule: &BookingRule, person: Id, channel: Channel, now: Moment) -> Result<RuleOutcome> {
    let suspended = if channel == Channel::Online { suspended_until(conn, person, now)? } else { None };
    let (zh, en) =
        suspended.map_or_else(Default::default, |until| (format!("（暫停至 {until}）"), format!(" (suspended until {until})")));
    let limit = rule.no_show_limit;
    let (zh, en) = (format!("未到未逾 {limit} 次{zh}"), format!("not more than {limit} no-shows{en}"));
    Ok(RuleOutcome::of("not_suspended", suspended.is_none(), zh, en))
}

/// The rules about one person; the day is judged by its claim when it comes to booking.
pub fn personal_rules(
    conn: &mut Conn,
    rule: &BookingRule,
    slot_id: &str,
    person: Id,
    channel: Channel,
    now: Moment,
) -> Result<Vec<RuleOutcome>> {
    let mut rules = vec![suspension_rule(conn, rule, person, channel, now)?];
    if let (Some(group), Some((_, date, _))) = (&rule.one_per_day_group, parse_slot_id(slot_id)) {
        let taken = claims::person_is_taken(conn, person, group, date, now)?;
        rules.push(RuleOutcome::of("one_per_day", !taken, "每人每日限一時段", "one slot a person and day"));
    }
    Ok(rules)
}

/// Until when a person's online booking is suspended.
pub fn suspended_until(conn: &mut Conn, person: Id, now: Moment) -> Result<Option<Moment>> {
    use booking_suspensions as rows;
    Ok(rows::table
        .filter(rows::person_id.eq(person))
        .filter(rows::until_at.gt(now))
        .order(rows::until_at.desc())
        .select(rows::until_at)
        .first(conn)
        .optional()?)
}

/// Whether a seat of the slot is free for the channel.
pub fn seat_rule(conn: &mut Conn, rule: &BookingRule, slot: &Slot, channel: Channel, now: Moment) -> Result<RuleOutcome> {
    let held = Held::of(conn, std::slice::from_ref(slot), now)?;
    let seats = seats_for(rule, slot, channel);
    let free = held.free(slot).filter(|seat| seats.contains(seat)).count();
    Ok(RuleOutcome::of("seat_free", free > 0, format!("尚有 {free} 個名額"), format!("{free} places are left")))
}
