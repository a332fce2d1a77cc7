//! Time within the office's hours: how much of it lies between two moments, and when so much of it has gone by.

use chrono::{Duration, NaiveDate};

use super::days::OfficeCalendar;
use crate::clock::Moment;

/// How many days are looked through at most.
const DAYS: usize = 3660;

impl OfficeCalendar {
    /// The hours of a service point on a day, as two moments; `None` where it is closed.
    fn hours_of(&self, point: Option<&str>, date: NaiveDate) -> Option<(Moment, Moment)> {
        let (opens, closes) = self.kind_and_hours(point, date).1?;
        Some((Moment::from_taipei(date, opens), Moment::from_taipei(date, closes)))
    }

    /// The hours of a service point from a moment on, day by day.
    fn hours_from<'c>(&'c self, point: Option<&'c str>, from: Moment) -> impl Iterator<Item = (Moment, Moment)> + 'c {
        let days = from.date().iter_days().take(DAYS);
        let hours = days.filter_map(move |date| self.hours_of(point, date));
        hours.map(move |(opens, closes)| (opens.max(from), closes)).filter(|(opens, closes)| opens < closes)
    }

    /// How long a service point was open between two moments.
    pub fn open_between(&self, point: Option<&str>, from: Moment, to: Moment) -> Duration {
        let hours = self.hours_from(point, from).take_while(|(opens, _)| *opens < to);
        hours.fold(Duration::zero(), |all, (opens, closes)| all + (closes.min(to) - opens))
    }

    /// When a service point will have been open for a length of time since a moment; a length that no hours fill ends where they do.
    pub fn after_open(&self, point: Option<&str>, from: Moment, length: Duration) -> Moment {
        let (mut left, mut end) = (length, from);
        for (opens, closes) in self.hours_from(point, from) {
            if closes - opens >= left {
                return opens + left;
            }
            (left, end) = (left - (closes - opens), closes);
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{Closure, Hours, Part};

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    fn calendar() -> OfficeCalendar {
        OfficeCalendar::new(Hours::default(), Vec::new(), Vec::new())
    }

    #[test]
    fn time_runs_within_the_hours_alone() {
        let calendar = calendar();
        for (from, to, minutes) in [
            ("2026-11-23T09:00:00+08:00", "2026-11-23T09:12:00+08:00", 12),
            ("2026-11-23T16:50:00+08:00", "2026-11-24T08:05:00+08:00", 15),
            ("2026-11-23T06:00:00+08:00", "2026-11-23T08:01:00+08:00", 1),
            // Saturday morning is open, Sunday is not.
            ("2026-11-27T16:00:00+08:00", "2026-11-30T09:00:00+08:00", 60 + 240 + 60),
            ("2026-11-29T09:00:00+08:00", "2026-11-29T10:00:00+08:00", 0),
            ("2026-11-23T10:00:00+08:00", "2026-11-23T09:00:00+08:00", 0),
        ] {
            assert_eq!(calendar.open_between(None, at(from), at(to)).num_minutes(), minutes, "{from} {to}");
        }
    }

    #[test]
    fn a_length_of_office_time_ends_within_the_hours() {
        let mut calendar = calendar();
        let end = |calendar: &OfficeCalendar, from: &str| calendar.after_open(None, at(from), Duration::minutes(20)).to_string();
        assert_eq!(end(&calendar, "2026-11-23T09:00:00+08:00"), "2026-11-23T09:20:00+08:00");
        assert_eq!(end(&calendar, "2026-11-23T16:50:00+08:00"), "2026-11-24T08:10:00+08:00");
        assert_eq!(end(&calendar, "2026-11-29T12:00:00+08:00"), "2026-11-30T08:20:00+08:00");
        let date = "2026-11-24".parse().unwrap();
        calendar.close(Closure { date, part: Part::Morning, area: None, reason: "颱風".to_owned() });
        assert_eq!(end(&calendar, "2026-11-23T16:50:00+08:00"), "2026-11-24T12:10:00+08:00");
    }
}
