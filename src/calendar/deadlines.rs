//! Periods of law (行政程序法 §48): from the day of an event to the last moment, with a ledger of every day.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime, Weekday};
use serde::Serialize;
use utoipa::ToSchema;

use super::days::{OfficeCalendar, Part};
use crate::clock::Moment;
use crate::text_enum;

/// A length of time as laws give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// `30D`: every day counts.
    Days(u16),
    /// `7WD`: working days count.
    WorkingDays(u16),
    /// `1M`: to the day before the matching day, or to the month's end.
    Months(u16),
    /// `1Y`: as twelve months.
    Years(u16),
}

impl FromStr for Period {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |digits: &str, max: u16| {
            let plain = !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
            digits.parse::<u16>().ok().filter(|n| plain && (1..=max).contains(n)).ok_or("pattern")
        };
        if let Some(digits) = text.strip_suffix("WD") {
            number(digits, 366).map(Self::WorkingDays)
        } else if let Some(digits) = text.strip_suffix('D') {
            number(digits, 3660).map(Self::Days)
        } else if let Some(digits) = text.strip_suffix('Y') {
            number(digits, 10).map(Self::Years)
        } else {
            number(text.strip_suffix('M').ok_or("pattern")?, 120).map(Self::Months)
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(n) => write!(f, "{n}D"),
            Self::WorkingDays(n) => write!(f, "{n}WD"),
            Self::Months(n) => write!(f, "{n}M"),
            Self::Years(n) => write!(f, "{n}Y"),
        }
    }
}

text_enum! {
    /// What a day did to a period.
    pub enum LedgerKind {
        /// The day of the event: not counted.
        FirstDay = "FIRST_DAY",
        Counted = "COUNTED",
        /// Not a working day, in a period of working days.
        NotAWorkday = "NOT_A_WORKDAY",
        /// The clock was stopped.
        Paused = "PAUSED",
        /// The last day was none of work, or its afternoon was closed: the next working day takes its place.
        Moved = "MOVED",
        /// The last day was a Saturday: Monday noon takes its place.
        MovedToMondayNoon = "MOVED_TO_MONDAY_NOON",
    }
}

/// One day of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LedgerLine {
    pub date: NaiveDate,
    pub counted: bool,
    pub kind: LedgerKind,
    /// The paragraph of law.
    #[schema(max_length = 60)]
    pub article: &'static str,
}

/// A stretch in which the clock stood still, both days included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

/// The end of a period and how it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({
    "rule": "7WD", "from_on": "2026-11-23", "ends_on": "2026-12-02", "due_on": "2026-12-02", "due_at": "2026-12-02T23:59:59+08:00", "provisional": false,
    "ledger": [{"date": "2026-11-23", "counted": false, "kind": "FIRST_DAY", "article": "行政程序法 §48 II"}]
}))]
pub struct Deadline {
    /// The period.
    #[schema(max_length = 10)]
    pub rule: String,
    /// Day of the event.
    pub from_on: NaiveDate,
    /// The period's last day before any moving: an extension goes on from here.
    pub ends_on: NaiveDate,
    pub due_on: NaiveDate,
    /// The last second of `due_on`, or noon where a Saturday was moved to a day whose morning is open.
    pub due_at: Moment,
    /// A day of it lies in a year whose government calendar is not loaded: the end may still move.
    pub provisional: bool,
    #[schema(max_items = 8000)]
    pub ledger: Vec<LedgerLine>,
}

const FIRST_DAY: &str = "行政程序法 §48 II";
const LENGTH: &str = "行政程序法 §48 III";
const LAST_DAY: &str = "行政程序法 §48 IV";
const PAUSE: &str = "行政程序法 §51 V";

impl Deadline {
    /// Counts a period from the day of an event; days within pauses do not count.
    pub fn compute(calendar: &OfficeCalendar, from: NaiveDate, period: Period, pauses: &[Pause]) -> Self {
        let mut ledger = vec![LedgerLine { date: from, counted: false, kind: LedgerKind::FirstDay, article: FIRST_DAY }];
        let end = count(calendar, from, period, pauses, &mut ledger);
        Self::ending(calendar, from, period.to_string(), end, ledger)
    }

    /// Goes on from the unmoved end by another period (行政程序法 §51); a pause or an extension never shortens.
    pub fn extend(&self, calendar: &OfficeCalendar, by: Period, pauses: &[Pause]) -> Self {
        let counted = |line: &&LedgerLine| !matches!(line.kind, LedgerKind::Moved | LedgerKind::MovedToMondayNoon);
        let mut ledger: Vec<LedgerLine> = self.ledger.iter().filter(counted).cloned().collect();
        let end = count(calendar, self.ends_on, by, pauses, &mut ledger);
        Self::ending(calendar, self.from_on, format!("{}+{by}", self.rule), end, ledger)
    }

    /// The day and the last moment at which a last day ends that somebody has set: moved where nothing can be done on it (§48 IV).
    pub fn of_day(calendar: &OfficeCalendar, day: NaiveDate) -> (NaiveDate, Moment) {
        let (due_on, noon) = last_day(calendar, day, &mut Vec::new());
        (due_on, last_moment(due_on, noon))
    }

    fn ending(calendar: &OfficeCalendar, from: NaiveDate, rule: String, ends_on: NaiveDate, mut ledger: Vec<LedgerLine>) -> Self {
        let (due_on, noon) = last_day(calendar, ends_on, &mut ledger);
        let due_at = last_moment(due_on, noon);
        let provisional = ledger.iter().any(|line| calendar.is_provisional(line.date));
        Self { rule, from_on: from, ends_on, due_on, due_at, provisional, ledger }
    }
}

fn last_moment(due_on: NaiveDate, noon: bool) -> Moment {
    let time = if noon { NaiveTime::from_hms_opt(12, 0, 0) } else { NaiveTime::from_hms_opt(23, 59, 59) };
    Moment::from_taipei(due_on, time.expect("both are times of day"))
}

/// The last day before any moving.
fn count(
    calendar: &OfficeCalendar,
    from: NaiveDate,
    period: Period,
    pauses: &[Pause],
    ledger: &mut Vec<LedgerLine>,
) -> NaiveDate {
    let paused = |day: NaiveDate| pauses.iter().any(|pause| pause.from <= day && day <= pause.to);
    let mut left = match period {
        Period::Days(n) | Period::WorkingDays(n) => i64::from(n),
        // Counted from the day after the event, the matching day's eve is the event's own day of the month.
        Period::Months(n) => (month_end(from, n) - from).num_days(),
        Period::Years(n) => (month_end(from, n * 12) - from).num_days(),
    };
    let mut day = from;
    while left > 0 {
        day = day + Days::new(1);
        let kind = if paused(day) {
            LedgerKind::Paused
        } else if matches!(period, Period::WorkingDays(_)) && !calendar.is_workday(day) {
            LedgerKind::NotAWorkday
        } else {
            left -= 1;
            LedgerKind::Counted
        };
        let article = if kind == LedgerKind::Paused { PAUSE } else { LENGTH };
        ledger.push(LedgerLine { date: day, counted: kind == LedgerKind::Counted, kind, article });
    }
    day
}

/// The day before the one that matches the period's first day, or the end of a month without it.
fn month_end(from: NaiveDate, months: u16) -> NaiveDate {
    let first = from + Days::new(1);
    let target = first.checked_add_months(Months::new(u32::from(months))).unwrap_or(first);
    // chrono cuts a missing day to the month's end, which is then itself the last day.
    if target.day() == first.day() { target - Days::new(1) } else { target }
}

/// Moves a last day on which nothing can be done to its end, day by day as §48 IV reads: a holiday, and a day whose afternoon is
/// closed, to the next day; a Saturday to Monday noon, or to Monday's end where its morning is closed. Whether it now ends at noon.
fn last_day(calendar: &OfficeCalendar, end: NaiveDate, ledger: &mut Vec<LedgerLine>) -> (NaiveDate, bool) {
    let (mut due, mut noon) = (end, false);
    // Years on end without a working day are nobody's calendar.
    for day in end.iter_days().take(400) {
        due = day;
        let at_noon = noon && !calendar.is_half_closed(day, Part::Morning);
        if calendar.is_workday(day) && (at_noon || !calendar.is_half_closed(day, Part::Afternoon)) {
            noon = at_noon;
            break;
        }
        noon = noon || day.weekday() == Weekday::Sat;
    }
    if due != end {
        let kind = if noon { LedgerKind::MovedToMondayNoon } else { LedgerKind::Moved };
        ledger.push(LedgerLine { date: due, counted: false, kind, article: LAST_DAY });
    }
    (due, noon)
}

#[cfg(test)]
mod tests {
    use super::super::Hours;
    use super::*;
    use proptest::prelude::*;

    fn calendar() -> OfficeCalendar {
        OfficeCalendar::new(Hours::default(), Vec::new(), Vec::new())
    }

    fn due(from: &str, rule: &str) -> String {
        let deadline = Deadline::compute(&calendar(), from.parse().unwrap(), rule.parse().unwrap(), &[]);
        deadline.due_at.to_string()
    }

    #[test]
    fn the_day_of_the_event_is_not_counted() {
        assert_eq!(due("2026-11-23", "1D"), "2026-11-24T23:59:59+08:00");
    }

    #[test]
    fn a_saturday_ends_monday_noon_and_a_sunday_at_mondays_end() {
        assert_eq!(due("2026-11-23", "5D"), "2026-11-30T12:00:00+08:00");
        assert_eq!(due("2026-11-23", "6D"), "2026-11-30T23:59:59+08:00");
    }

    #[test]
    fn a_friday_off_leads_over_saturday_to_monday_noon() {
        assert_eq!(due("2018-04-05", "1D"), "2018-04-09T12:00:00+08:00");
    }

    #[test]
    fn a_make_up_saturday_is_a_day_like_any_other() {
        assert_eq!(due("2018-03-30", "1D"), "2018-03-31T23:59:59+08:00");
    }

    #[test]
    fn a_last_day_whose_afternoon_is_closed_is_moved_and_one_whose_morning_is_closed_is_not() {
        let after = |closed: &[(&str, Part)], rule: &str| {
            let mut calendar = calendar();
            for (date, part) in closed {
                let date = date.parse().unwrap();
                calendar.close(super::super::Closure { date, part: *part, area: None, reason: "颱風".to_owned() });
            }
            let from = "2026-11-23".parse().unwrap();
            Deadline::compute(&calendar, from, rule.parse().unwrap(), &[]).due_at.to_string()
        };
        let (morning, afternoon) = (Part::Morning, Part::Afternoon);
        for rule in ["2D", "2WD"] {
            assert_eq!(after(&[("2026-11-25", morning)], rule), "2026-11-25T23:59:59+08:00");
            assert_eq!(after(&[("2026-11-25", afternoon)], rule), "2026-11-26T23:59:59+08:00");
            assert_eq!(after(&[("2026-11-25", afternoon), ("2026-11-26", afternoon)], rule), "2026-11-27T23:59:59+08:00");
        }
        // A half-closed day before the last one counts.
        assert_eq!(after(&[("2026-11-24", afternoon)], "2WD"), "2026-11-25T23:59:59+08:00");
        // Friday leads over Saturday to Monday noon, which its morning alone can move.
        assert_eq!(after(&[("2026-11-27", afternoon)], "4D"), "2026-11-30T12:00:00+08:00");
        assert_eq!(after(&[("2026-11-30", afternoon)], "5D"), "2026-11-30T12:00:00+08:00");
        assert_eq!(after(&[("2026-11-30", morning)], "5D"), "2026-11-30T23:59:59+08:00");
        assert_eq!(after(&[("2026-11-30", morning), ("2026-11-30", afternoon)], "5D"), "2026-12-01T12:00:00+08:00");
    }

    #[test]
    fn months_end_on_the_eve_of_the_matching_day_or_at_the_months_end() {
        // First day 16 January, matching day 16 February: the eve is the 15th, a Monday in 2021 but New Year's holiday.
        assert_eq!(due("2019-01-14", "1M"), "2019-02-14T23:59:59+08:00");
        // First day 31 January: February has no 31st, so the month's end; 2019-02-28 is a holiday, 03-01 a day off,
        // and the way to Monday leads over a Saturday.
        assert_eq!(due("2019-01-30", "1M"), "2019-03-04T12:00:00+08:00");
        assert_eq!(due("2019-01-14", "1Y"), "2020-01-14T23:59:59+08:00");
    }

    #[test]
    fn working_days_pass_over_the_new_year() {
        // 2018-02-15 to 02-20 are days off.
        assert_eq!(due("2018-02-13", "3WD"), "2018-02-22T23:59:59+08:00");
    }

    #[test]
    fn forms_beyond_the_bounds_are_refused() {
        for text in ["0D", "3661D", "367WD", "121M", "11Y", "D", "-1D", "01D", "1.5D", ""] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    fn periods() -> impl Strategy<Value = Period> {
        prop_oneof![
            (1u16..200).prop_map(Period::Days),
            (1u16..60).prop_map(Period::WorkingDays),
            (1u16..14).prop_map(Period::Months)
        ]
    }

    proptest! {
        #[test]
        fn a_period_ends_on_a_working_day_after_its_event(offset in 0u64..1400, period in periods()) {
            let from: NaiveDate = "2018-01-01".parse::<NaiveDate>().unwrap() + Days::new(offset);
            let calendar = calendar();
            let deadline = Deadline::compute(&calendar, from, period, &[]);
            prop_assert!(deadline.due_on > from);
            prop_assert!(calendar.is_workday(deadline.due_on));
        }

        #[test]
        fn a_pause_never_shortens(offset in 0u64..1400, period in periods(), start in 0u64..60, length in 0u64..40) {
            let from: NaiveDate = "2018-01-01".parse::<NaiveDate>().unwrap() + Days::new(offset);
            let pause = Pause { from: from + Days::new(start), to: from + Days::new(start + length) };
            let plain = Deadline::compute(&calendar(), from, period, &[]);
            let paused = Deadline::compute(&calendar(), from, period, &[pause]);
            prop_assert!(paused.due_at >= plain.due_at);
        }

        #[test]
        fn an_extension_never_shortens(offset in 0u64..1400, period in periods(), by in periods()) {
            let from: NaiveDate = "2018-01-01".parse::<NaiveDate>().unwrap() + Days::new(offset);
            let plain = Deadline::compute(&calendar(), from, period, &[]);
            // A Sunday's end already moved to Monday: one more day makes it that same Monday.
            prop_assert!(plain.extend(&calendar(), by, &[]).due_at >= plain.due_at);
        }

        #[test]
        fn a_longer_period_never_ends_earlier(offset in 0u64..1400, n in 1u16..100, more in 1u16..50) {
            let from: NaiveDate = "2018-01-01".parse::<NaiveDate>().unwrap() + Days::new(offset);
            let calendar = calendar();
            let shorter = Deadline::compute(&calendar, from, Period::Days(n), &[]);
            let longer = Deadline::compute(&calendar, from, Period::Days(n + more), &[]);
            prop_assert!(longer.due_at >= shorter.due_at);
        }

        #[test]
        fn the_ledger_counts_exactly_the_period(offset in 0u64..1400, n in 1u16..100) {
            let from: NaiveDate = "2018-01-01".parse::<NaiveDate>().unwrap() + Days::new(offset);
            for period in [Period::Days(n), Period::WorkingDays(n)] {
                let deadline = Deadline::compute(&calendar(), from, period, &[]);
                prop_assert_eq!(deadline.ledger.iter().filter(|line| line.counted).count(), usize::from(n));
            }
        }
    }
}
