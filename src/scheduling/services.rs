//! Services as data: how to apply, and for those booked by slot, the rule that makes the slots.

use chrono::{NaiveDate, NaiveTime, Timelike};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::plan::TICK_MINUTES;
use super::roster::Staffing;
use crate::calendar::Weekday;
use crate::office::{Bilingual, SERVICE_POINTS};
use crate::text_enum;

text_enum! {
    /// How an application reaches the office (plan: 多元申辦管道).
    pub enum Channel {
        Online = "ONLINE",
        Phone = "PHONE",
        Fax = "FAX",
        Email = "EMAIL",
        Mail = "MAIL",
        Proxy = "PROXY",
        Counter = "COUNTER",
    }
}

text_enum! {
    /// Whether days are counted by the calendar or by office days.
    pub enum DayCount {
        Calendar = "CALENDAR_DAYS",
        Office = "OFFICE_DAYS",
    }
}

/// A service of the office.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Stable code.
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40, example = "LEGAL_CONSULTATION")]
    pub code: String,
    pub name: Bilingual,
    /// Ways to apply.
    #[validate(length(max = 7))]
    #[schema(max_items = 7)]
    pub channels: Vec<Channel>,
    /// Fee in New Taiwan dollars.
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1000000)]
    pub fee_twd: u32,
    /// How long the office takes.
    pub time_limit: Bilingual,
    /// Papers to bring.
    #[validate(length(max = 50))]
    #[schema(max_items = 50)]
    pub required_papers: Vec<Bilingual>,
    /// Whether slots can be booked by anyone who may book.
    pub bookable: bool,
    /// How slots are made; absent for services without slots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(nested)]
    pub booking: Option<BookingRule>,
}

/// The rule that makes a service's slots and bounds their booking; copied onto each booking as its policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "consistent"))]
pub struct BookingRule {
    /// Hours of the week in which slots lie, Asia/Taipei; they start on a quarter of an hour.
    #[validate(length(min = 1, max = 21))]
    #[schema(min_items = 1, max_items = 21)]
    pub weekly: Vec<WeeklyHours>,
    /// Length of a slot in minutes, a multiple of 15.
    #[validate(range(min = 15, max = 480))]
    #[schema(minimum = 15, maximum = 480, multiple_of = 15)]
    pub slot_minutes: u16,
    /// Places a slot has where no people are on a rota.
    #[validate(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100)]
    pub seats: u16,
    #[schema(schema_with = Staffing::schema)]
    pub staffing: Staffing,
    /// Code of the service point where it takes place, whose closures close it; the main office when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 20))]
    #[schema(min_length = 1, max_length = 20, example = "HEMEI")]
    pub service_point: Option<String>,
    /// Where it takes place.
    pub place: Bilingual,
    /// Held over video.
    pub video: bool,
    /// Days before the slot from which it can be booked.
    #[validate(range(min = 1, max = 366))]
    #[schema(minimum = 1, maximum = 366)]
    pub opens_days_before: u16,
    /// Days before the slot on which booking closes.
    #[validate(range(max = 60))]
    #[schema(minimum = 0, maximum = 60)]
    pub closes_days_before: u16,
    /// Hour of that day at which it closes, `HH:MM:SS`.
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$", example = "15:00:00")]
    pub closes_at: NaiveTime,
    /// How the days before are counted.
    pub counted_in: DayCount,
    /// Minutes that a hold keeps a slot.
    #[validate(range(min = 1, max = 120))]
    #[schema(minimum = 1, maximum = 120)]
    pub hold_minutes: u16,
    /// Hours before the slot until which its holder may cancel or move it, where the two below say nothing else.
    #[validate(range(max = 720))]
    #[schema(minimum = 0, maximum = 720)]
    pub change_notice_hours: u16,
    /// Minutes before the slot until which its holder may cancel it.
    #[validate(range(max = 43_200))]
    #[schema(minimum = 0, maximum = 43200)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_notice_minutes: Option<u16>,
    /// Minutes before the slot until which its holder may move it.
    #[validate(range(max = 43_200))]
    #[schema(minimum = 0, maximum = 43200)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub move_notice_minutes: Option<u16>,
    /// Services with the same group share one booking a person and day.
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_per_day_group: Option<String>,
    /// Not coming more often than this suspends online booking.
    #[validate(range(max = 100))]
    #[schema(minimum = 0, maximum = 100)]
    pub no_show_limit: u16,
    /// Months of that suspension.
    #[validate(range(min = 1, max = 60))]
    #[schema(minimum = 1, maximum = 60)]
    pub suspension_months: u16,
    /// Minutes after the start at which a slot is forfeited.
    #[validate(range(max = 480))]
    #[schema(minimum = 0, maximum = 480)]
    pub late_minutes: u16,
    /// Minutes that a freed slot rests before it is offered again, so that bots gain nothing.
    #[validate(range(max = 1440))]
    #[schema(minimum = 0, maximum = 1440)]
    pub quarantine_minutes: u16,
    /// Minutes that a freed slot is kept for the person first on the waiting list; at most half of the time
    /// that is left until it starts.
    #[validate(range(min = 5, max = 2880))]
    #[schema(minimum = 5, maximum = 2880)]
    pub offer_minutes: u16,
    /// Seats of a slot that may be booked online, those on a roster too; the others are for the counter and the
    /// telephone, which take theirs first.
    #[validate(range(max = 100))]
    #[schema(minimum = 0, maximum = 100)]
    pub online_seats: u16,
}

/// Hours on one day of the week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeeklyHours {
    pub day: Weekday,
    /// `HH:MM:SS`, Asia/Taipei.
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$", example = "09:00:00")]
    pub from: NaiveTime,
    /// `HH:MM:SS`, Asia/Taipei.
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$", example = "11:30:00")]
    pub to: NaiveTime,
}

fn consistent(rule: &BookingRule) -> Result<(), ValidationError> {
    let on_tick = |time: NaiveTime| i64::from(time.num_seconds_from_midnight()) % (60 * TICK_MINUTES) == 0;
    let ordered = rule.weekly.iter().all(|hours| hours.from < hours.to && on_tick(hours.from))
        && i64::from(rule.slot_minutes) % TICK_MINUTES == 0;
    let fits = rule.staffing.roster().is_some() || rule.online_seats <= rule.seats;
    let known = rule.service_point.as_deref().is_none_or(|point| SERVICE_POINTS.contains(&point));
    if ordered && fits && known { Ok(()) } else { Err(ValidationError::new("inconsistent")) }
}

impl BookingRule {
    /// The service point where it takes place.
    pub fn point(&self) -> Option<&str> {
        Some(self.service_point.as_deref().unwrap_or(SERVICE_POINTS[0]))
    }

    /// The hours of one date, by its day of the week.
    pub fn hours_on(&self, date: NaiveDate) -> impl Iterator<Item = &WeeklyHours> {
        self.weekly.iter().filter(move |hours| hours.day == Weekday::of(date))
    }

    /// Minutes of notice for cancelling.
    pub fn cancel_notice(&self) -> i64 {
        self.cancel_notice_minutes.map_or_else(|| i64::from(self.change_notice_hours) * 60, i64::from)
    }

    /// Minutes of notice for moving.
    pub fn move_notice(&self) -> i64 {
        self.move_notice_minutes.map_or_else(|| i64::from(self.change_notice_hours) * 60, i64::from)
    }
}

/// The services that a new office starts with.
pub fn first_services() -> Vec<Service> {
    serde_json::from_str(include_str!("../../reference/services.json")).expect("the reference services are well formed")
}
