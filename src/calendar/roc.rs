//! ROC years and dates: the Gregorian year less 1911, and 民國前 (`前`) before 1912.

use chrono::{Datelike, NaiveDate};

use crate::clock::roc_year;

/// `107-01-01`, or `前001-12-31` before 1912: the read-only companion of a date.
pub fn roc_date(date: NaiveDate) -> String {
    let year = roc_year(date.year());
    let before = if year < 0 { "前" } else { "" };
    format!("{before}{:03}-{:02}-{:02}", year.abs(), date.month(), date.day())
}

/// First and last day of `107`, `107Q1` or `107-03`; `None` for anything else.
pub fn period_bounds(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    let (year, first_month, months) = if let Some((year, quarter)) = text.split_once('Q') {
        let quarter: u32 = quarter.parse().ok().filter(|q| (1..=4).contains(q))?;
        (year, quarter * 3 - 2, 3)
    } else if let Some((year, month)) = text.split_once('-') {
        (year, month.parse().ok().filter(|_| month.len() == 2)?, 1)
    } else {
        (text, 1, 12)
    };
    let plain = year.len() == 3 && year.bytes().all(|b| b.is_ascii_digit());
    let year: i32 = plain.then(|| year.parse().ok()).flatten().filter(|y| *y > 0)?;
    let first = NaiveDate::from_ymd_opt(year + 1911, first_month, 1)?;
    Some((first, first.checked_add_months(chrono::Months::new(months))?.pred_opt()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn roc_dates_count_from_1912() {
        for (text, date) in [("107-01-01", day(2018, 1, 1)), ("109-02-29", day(2020, 2, 29)), ("前001-12-31", day(1911, 12, 31))]
        {
            assert_eq!(roc_date(date), text);
        }
    }

    #[test]
    fn periods_have_gregorian_bounds() {
        assert_eq!(period_bounds("107"), Some((day(2018, 1, 1), day(2018, 12, 31))));
        assert_eq!(period_bounds("107Q1"), Some((day(2018, 1, 1), day(2018, 3, 31))));
        assert_eq!(period_bounds("109-02"), Some((day(2020, 2, 1), day(2020, 2, 29))));
        for text in ["107Q5", "107-13", "107-3", "000", "2018", "x"] {
            assert_eq!(period_bounds(text), None, "{text}");
        }
    }
}
