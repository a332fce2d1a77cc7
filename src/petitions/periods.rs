//! A period of a petition, with what stopped and extended it, and the limit that follows from the office's days.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::calendar::{Deadline, OfficeCalendar, Pause, Period};
use crate::clock::Moment;
use crate::error::{Error, Result};

/// A period as it was counted from the day it began, by the settings of that day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunningPeriod {
    pub rule: String,
    pub from_on: NaiveDate,
    pub stops_clock: bool,
    pub extended_by: Option<u16>,
    #[serde(default)]
    pub extended_at: Option<Moment>,
    /// While which a supplement was awaited: from the day on which it was asked to that on which it came, or its last one.
    pub stops: Vec<(NaiveDate, NaiveDate)>,
    /// While it was with another body: from the day on which it was sent to that on which it came back.
    #[serde(default)]
    pub away: Vec<(NaiveDate, NaiveDate)>,
}

impl RunningPeriod {
    pub fn new(period: Period, from_on: NaiveDate, stops_clock: bool) -> Self {
        Self {
            rule: period.to_string(),
            from_on,
            stops_clock,
            extended_by: None,
            extended_at: None,
            stops: Vec::new(),
            away: Vec::new(),
        }
    }

    /// The stops that had begun by a day; all of them where none is given.
    fn pauses(&self, by: Option<NaiveDate>) -> Vec<Pause> {
        // The day on which it is asked counts still, that on which it comes no more.
        let whole = |(asked, to): &(NaiveDate, NaiveDate)| Pause { from: *asked + Days::new(1), to: *to };
        let stops = self.stops.iter().filter(|_| self.stops_clock).chain(&self.away);
        let begun = stops.filter(|(asked, _)| by.is_none_or(|by| *asked <= by));
        begun.map(whole).filter(|pause| pause.from <= pause.to).collect()
    }

    fn period(&self) -> Result<Period> {
        self.rule.parse().map_err(|_| Error::Internal(format!("{} is no period", self.rule)))
    }

    /// Its end, with every day that counted.
    pub fn deadline(&self, calendar: &OfficeCalendar) -> Result<Deadline> {
        self.deadline_as_of(calendar, None)
    }

    /// The end that it had on a day, by stops and an extension of until then; by the calendar as it stands now.
    pub fn deadline_as_of(&self, calendar: &OfficeCalendar, by: Option<NaiveDate>) -> Result<Deadline> {
        let pauses = self.pauses(by);
        let plain = Deadline::compute(calendar, self.from_on, self.period()?, &pauses);
        let was_given = by.is_none_or(|by| self.extended_at.is_none_or(|at| at.date() <= by));
        let extended_by = self.extended_by.filter(|_| was_given);
        Ok(extended_by.map_or(plain.clone(), |days| plain.extend(calendar, Period::Days(days), &pauses)))
    }

    /// Whether it ends within so many days in all, stops not counted.
    pub fn is_within(&self, calendar: &OfficeCalendar, longest: u16) -> Result<bool> {
        let most = Deadline::compute(calendar, self.from_on, Period::Days(longest), &self.pauses(None));
        Ok(self.deadline(calendar)?.ends_on <= most.ends_on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Hours;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_stop_holds_the_clock_from_the_day_after_it_to_the_day_on_which_the_supplement_comes() {
        let calendar = OfficeCalendar::new(Hours::default(), Vec::new(), Vec::new());
        let mut period = RunningPeriod::new(Period::WorkingDays(7), day("2026-11-23"), true);
        let due = |period: &RunningPeriod| period.deadline(&calendar).unwrap().due_on.to_string();
        assert_eq!(due(&period), "2026-12-02");
        period.stops.push((day("2026-11-24"), day("2026-11-26")));
        assert_eq!(due(&period), "2026-12-04");
        period.stops_clock = false;
        assert_eq!(due(&period), "2026-12-02");
    }

    #[test]
    fn an_extension_of_working_days_is_bound_by_the_days_in_all() {
        let calendar = OfficeCalendar::new(Hours::default(), Vec::new(), Vec::new());
        let mut period = RunningPeriod::new(Period::WorkingDays(30), day("2026-11-23"), true);
        period.extended_by = Some(30);
        assert!(!period.is_within(&calendar, 60).unwrap());
        period.extended_by = Some(10);
        assert!(period.is_within(&calendar, 60).unwrap());
    }
}
