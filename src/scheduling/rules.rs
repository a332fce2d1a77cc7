//! The rules of booking, in order: each passed or not, with its reason in words.

use serde::Serialize;
use utoipa::ToSchema;

use super::availability::{Held, seats_for, suspended_until, window};
use super::claims;
use super::kept::Kept;
use super::plan::{Plan, Slot};
use super::problems::{ALREADY_BOOKED, BOOKING_SUSPENDED, SLOT_NOT_BOOKABLE};
use super::services::{BookingRule, Channel, Service};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Problem, Result, Text, counted};
use crate::office::Bilingual;

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

    fn text(&self) -> Text {
        Text::new(self.reason.zh.clone(), self.reason.en.clone())
    }
}

/// Refuses with the first rule that fails, in the words of `explain`.
pub fn obey(rules: &[RuleOutcome]) -> Result<()> {
    let Some(broken) = rules.iter().find(|rule| !rule.passed) else { return Ok(()) };
    let code = match broken.rule {
        "not_suspended" => BOOKING_SUSPENDED,
        "one_per_day" => ALREADY_BOOKED,
        _ => SLOT_NOT_BOOKABLE,
    };
    Err(Problem::new(code)
        .detail(broken.reason.zh.clone(), broken.reason.en.clone())
        .field("/slot_id", broken.rule, broken.text())
        .into())
}

/// A time of a service and how somebody comes to it: what the rules that look at no seat judge.
pub struct Terms<'a> {
    pub plan: &'a Plan,
    pub service: &'a Service,
    pub rule: &'a BookingRule,
    pub at: Moment,
    /// The slot that starts then, if there is one.
    pub slot: Option<&'a Slot>,
    pub channel: Channel,
    /// A seat is kept for whoever asks: they have it until the slot starts.
    pub kept: bool,
    pub now: Moment,
}

impl Terms<'_> {
    fn window(&self) -> (Moment, Moment) {
        let (opens, closes) = window(self.plan, self.rule, self.at, self.channel);
        if self.kept { (opens.min(self.now), self.at) } else { (opens, closes) }
    }

    fn outcomes(&self) -> [(&'static str, bool); 6] {
        let online = self.channel == Channel::Online;
        let (opens, closes) = self.window();
        [
            ("service_bookable", self.kept || self.service.bookable || !online),
            ("channel_offered", self.kept || self.service.channels.contains(&self.channel)),
            ("office_day", self.plan.calendar.is_workday_in(self.rule.point(), self.at.date())),
            ("slot_exists", self.slot.is_some()),
            ("window_open", opens <= self.now),
            ("before_cut_off", self.now < closes),
        ]
    }

    /// Refuses with the first rule that fails; words are made only for a refusal.
    pub fn obey(&self) -> Result<()> {
        if self.outcomes().iter().all(|(_, passed)| *passed) { Ok(()) } else { obey(&self.explain()) }
    }

    /// Every rule with its words.
    pub fn explain(&self) -> Vec<RuleOutcome> {
        let words = |(rule, passed)| {
            let (zh, en) = self.words(rule);
            RuleOutcome::of(rule, passed, zh, en)
        };
        self.outcomes().into_iter().map(words).collect()
    }

    fn words(&self, rule: &str) -> (String, String) {
        let (name, channel, date) = (&self.service.name, self.channel, self.at.date());
        let (opens, closes) = self.window();
        match rule {
            "service_bookable" => (format!("「{}」開放線上預約", name.zh), format!("{} can be booked online", name.en)),
            "channel_offered" => (
                format!("受理管道須為該服務所列（此次：{channel}）"),
                format!("the channel is one that the service lists (here: {channel})"),
            ),
            "office_day" => {
                let kind = self.plan.calendar.day_in(self.rule.point(), date).kind;
                (format!("{date} 為辦公日（{kind}）"), format!("{date} is an office day ({kind})"))
            }
            "slot_exists" => self.starts(),
            "window_open" => (format!("自 {opens} 起受理"), format!("booking opens at {opens}")),
            _ => (format!("於 {closes} 截止"), format!("booking closes at {closes}")),
        }
    }

    /// Whether the time starts a slot, and which times of the day do.
    fn starts(&self) -> (String, String) {
        if self.slot.is_some() {
            return (
                "該時間為服務時段之起點，且有值班人員".to_owned(),
                "the time is the start of a slot, with somebody on duty".to_owned(),
            );
        }
        let slots = self.plan.slots_on(&self.service.code, self.at.date());
        let starts: Vec<String> = slots.iter().map(|slot| slot.starts_at.time().format("%H:%M").to_string()).collect();
        if starts.is_empty() {
            return (
                "當日無時段：非服務日、未辦公或無值班人員".to_owned(),
                "there are no slots that day: none by rule, the office is closed, or nobody is on duty".to_owned(),
            );
        }
        let starts = starts.join(", ");
        (
            format!("該時間不是時段之起點；當日時段起點為 {starts}"),
            format!("the time is not the start of a slot; that day's slots start at {starts}"),
        )
    }
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
pub fn personal_rules(conn: &mut Conn, terms: &Terms<'_>, person: Id) -> Result<Vec<RuleOutcome>> {
    let mut rules = vec![suspension_rule(conn, terms.rule, person, terms.channel, terms.now)?];
    if let Some(group) = &terms.rule.one_per_day_group {
        let taken = claims::person_is_taken(conn, person, group, terms.at.date(), terms.now)?;
        rules.push(RuleOutcome::of("one_per_day", !taken, "每人每日限一時段", "one slot a person and day"));
    }
    Ok(rules)
}

/// Whether a seat of the slot is free for the channel, or kept for whoever asks.
pub fn seat_rule(conn: &mut Conn, terms: &Terms<'_>, slot: &Slot, kept: &[Kept]) -> Result<RuleOutcome> {
    if !kept.is_empty() {
        return Ok(RuleOutcome::of("seat_free", true, "已為您保留名額", "a place is kept for you"));
    }
    let held = Held::of(conn, std::slice::from_ref(slot), terms.now)?;
    let seats = seats_for(terms.rule, slot, terms.channel);
    let free = held.free(slot).filter(|seat| seats.contains(seat)).count();
    Ok(RuleOutcome::of("seat_free", free > 0, format!("尚有 {free} 個名額"), format!("{} left", counted(free, "place"))))
}
