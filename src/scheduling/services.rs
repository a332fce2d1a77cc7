//! Services as data: how to apply, and for those booked by slot, the rule that makes the slots.

use chrono::{NaiveDate, NaiveTime, Timelike};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::plan::TICK_MINUTES;
use super::roster::Staffing;
use crate::calendar::Weekday;
use crate::error::{Error, Result, Text};
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Stable code.
    #[schema(min_length = 1, max_length = 40, example = "LEGAL_CONSULTATION")]
    pub code: String,
    pub name: Bilingual,
    /// Ways to apply.
    #[schema(max_items = 7)]
    pub channels: Vec<Channel>,
    /// Fee in New Taiwan dollars.
    #[schema(minimum = 0, maximum = 1000000)]
    pub fee_twd: u32,
    /// How long the office takes.
    pub time_limit: Bilingual,
    /// Papers to bring.
    #[schema(max_items = 50)]
    pub required_papers: Vec<Bilingual>,
    /// Whether slots can be booked by anyone who may book.
    pub bookable: bool,
    /// How slots are made; absent for services without slots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booking: Option<BookingRule>,
}

/// The rule that makes a service's slots and bounds their booking; copied onto each booking as its policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BookingRule {
    /// Hours of the week in which slots lie, Asia/Taipei; they start on a quarter of an hour.
    #[schema(min_items = 1, max_items = 21)]
    pub weekly: Vec<WeeklyHours>,
    /// Length of a slot in minutes, a multiple of 15.
    #[schema(minimum = 15, maximum = 480, multiple_of = 15)]
    pub slot_minutes: u16,
    /// Places a slot has where no people are on a rota.
    #[schema(minimum = 1, maximum = 100)]
    pub seats: u16,
    #[schema(schema_with = Staffing::schema)]
    pub staffing: Staffing,
    /// Code of the service point where it takes place, whose closures close it; the main office when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 20, example = "HEMEI")]
    pub service_point: Option<String>,
    /// Where it takes place.
    pub place: Bilingual,
    /// Held over video.
    pub video: bool,
    /// Days before the slot from which it can be booked.
    #[schema(minimum = 1, maximum = 366)]
    pub opens_days_before: u16,
    /// Days before the slot on which booking closes.
    #[schema(minimum = 0, maximum = 60)]
    pub closes_days_before: u16,
    /// Hour of that day at which it closes, `HH:MM:SS`.
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$", example = "15:00:00")]
    pub closes_at: NaiveTime,
    /// How the days before are counted.
    pub counted_in: DayCount,
    /// Minutes that a hold keeps a slot.
    #[schema(minimum = 1, maximum = 120)]
    pub hold_minutes: u16,
    /// Hours before the slot until which its holder may cancel or move it, where the two below say nothing else.
    #[schema(minimum = 0, maximum = 720)]
    pub change_notice_hours: u16,
    /// Minutes before the slot until which its holder may cancel it.
    #[schema(minimum = 0, maximum = 43200)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_notice_minutes: Option<u16>,
    /// Minutes before the slot until which its holder may move it.
    #[schema(minimum = 0, maximum = 43200)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub move_notice_minutes: Option<u16>,
    /// Services with the same group share one booking a person and day.
    #[schema(min_length = 1, max_length = 40)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_per_day_group: Option<String>,
    /// Not coming more often than this suspends online booking.
    #[schema(minimum = 0, maximum = 100)]
    pub no_show_limit: u16,
    /// Months of that suspension.
    #[schema(minimum = 1, maximum = 60)]
    pub suspension_months: u16,
    /// Minutes after the start at which a slot is forfeited.
    #[schema(minimum = 0, maximum = 480)]
    pub late_minutes: u16,
    /// Minutes that a freed slot rests before it is offered again, so that bots gain nothing.
    #[schema(minimum = 0, maximum = 1440)]
    pub quarantine_minutes: u16,
    /// Minutes that a freed slot is kept for the person first on the waiting list; at most half of the time
    /// that is left until it starts.
    #[schema(minimum = 5, maximum = 2880)]
    pub offer_minutes: u16,
    /// Seats of a slot that may be booked online, those on a roster too; the others are for the counter and the
    /// telephone, which take theirs first.
    #[schema(minimum = 0, maximum = 100)]
    pub online_seats: u16,
}

/// Hours on one day of the week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
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

impl BookingRule {
    /// Whether its parts fit each other.
    pub fn check(&self) -> Result<()> {
        let on_tick = |time: NaiveTime| i64::from(time.num_seconds_from_midnight()) % (60 * TICK_MINUTES) == 0;
        let ordered = self.weekly.iter().all(|hours| hours.from < hours.to && on_tick(hours.from));
        let broken = if !ordered {
            ("weekly", Text::new("各時段須自整刻起，且迄晚於起", "hours start on a quarter of an hour and end after they start"))
        } else if i64::from(self.slot_minutes) % TICK_MINUTES != 0 {
            ("slot_minutes", Text::new("須為 15 分鐘之倍數", "a multiple of 15 minutes"))
        } else if self.staffing.roster().is_none() && self.online_seats > self.seats {
            ("online_seats", Text::new("不得多於 seats", "not more than seats"))
        } else if !self.service_point.as_deref().is_none_or(|point| SERVICE_POINTS.contains(&point)) {
            ("service_point", Text::new("查無此服務據點", "there is no such service point"))
        } else {
            return Ok(());
        };
        Err(Error::field(format!("/service/booking/{}", broken.0), "inconsistent", broken.1))
    }

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
