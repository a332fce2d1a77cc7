//! The government's calendars: those compiled in, and the form in which others are loaded.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};

/// A day of the government's calendar: whether it is worked, and the official word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GovernmentDay {
    pub date: NaiveDate,
    pub worked: bool,
    pub word: String,
}

/// Reads a government calendar: a line of headings, then `date,is_workday,note` for every day of whole years.
/// The error is the number of the line that breaks the form, or that follows the last one.
pub fn parse_government_days(text: &str) -> Result<Vec<GovernmentDay>, usize> {
    let mut days: Vec<GovernmentDay> = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate().skip(1) {
        let mut fields = line.splitn(3, ',');
        let date: Option<NaiveDate> = fields.next().and_then(|date| date.parse().ok());
        let worked: Option<bool> = fields.next().and_then(|worked| worked.parse().ok());
        let (Some(date), Some(worked)) = (date, worked) else { return Err(index + 1) };
        let follows = match days.last() {
            Some(last) => last.date.succ_opt() == Some(date) || (ends_year(last.date) && date.ordinal() == 1 && date > last.date),
            None => date.ordinal() == 1,
        };
        if !follows {
            return Err(index + 1);
        }
        days.push(GovernmentDay { date, worked, word: fields.next().unwrap_or("").trim().to_owned() });
    }
    if days.last().is_some_and(|last| ends_year(last.date)) { Ok(days) } else { Err(days.len() + 2) }
}

fn ends_year(date: NaiveDate) -> bool {
    (date.month(), date.day()) == (12, 31)
}

pub type GovernmentDays = HashMap<NaiveDate, GovernmentDay>;

/// The calendars of 2018–2021 and 2026–2027.
pub static GOVERNMENT: LazyLock<GovernmentDays> = LazyLock::new(|| {
    let files = [include_str!("../../reference/calendar_2018_2021.csv"), include_str!("../../reference/calendar_2026_2027.csv")];
    let days = files.into_iter().flat_map(|file| parse_government_days(file).expect("the reference calendars are well formed"));
    days.map(|day| (day.date, day)).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_of_whole_years_is_read_and_the_line_that_breaks_it_is_named() {
        let days: Vec<GovernmentDay> = GOVERNMENT.values().filter(|day| day.date.year() == 2026).cloned().collect();
        assert_eq!(days.len(), 365);
        let first: NaiveDate = "2030-01-01".parse().unwrap();
        let lines: Vec<String> = first.iter_days().take(365).map(|date| format!("{date},true,\n")).collect();
        let year = format!("date,is_workday,description\n{}", lines.concat());
        assert_eq!(parse_government_days(&year).unwrap().len(), 365);
        assert_eq!(parse_government_days(&year.replace("2030-03-01,true", "2030-03-01,yes")), Err(61));
        assert_eq!(parse_government_days(&year.replace("2030-03-01,true,\n", "")), Err(61));
        assert!(parse_government_days(&year[..4000]).is_err(), "half a year is none");
    }
}
