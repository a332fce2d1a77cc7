//! Dates of which the day, or the month too, is unknown, and the day that the law presumes for them (民法 §124).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// First and last year in which this office has business; its registers begin before 1912, with people born long before.
pub const YEARS: std::ops::RangeInclusive<i32> = 1850..=2200;

/// A date as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartialDate {
    Year(i32),
    /// Year and month.
    Month(i32, u32),
    Day(NaiveDate),
}

/// An age in whole years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    /// Counted from the presumed day.
    pub years: i64,
    youngest: i64,
    oldest: i64,
}

/// Whether somebody is of an age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfAge {
    /// By the presumed day.
    pub yes: bool,
    /// The day is presumed, and the true one could turn the answer.
    pub is_rebuttable: bool,
}

impl PartialDate {
    /// The day that counts: the 1st of July of a year, the 15th of a month (民法 §124 II).
    pub fn presumed(self) -> NaiveDate {
        match self {
            Self::Year(year) => day(year, 7, 1),
            Self::Month(year, month) => day(year, month, 15),
            Self::Day(day) => day,
        }
    }

    /// The first day on which it can have been.
    pub fn earliest(self) -> NaiveDate {
        match self {
            Self::Year(year) => day(year, 1, 1),
            Self::Month(year, month) => day(year, month, 1),
            Self::Day(day) => day,
        }
    }

    /// The last day on which it can have been.
    pub fn latest(self) -> NaiveDate {
        match self {
            Self::Year(year) => day(year, 12, 31),
            Self::Month(year, month) => {
                let last = (28..=31).rev().find_map(|last| NaiveDate::from_ymd_opt(year, month, last));
                last.expect("each month has 28 days")
            }
            Self::Day(day) => day,
        }
    }

    /// The age on a day, of whoever was born on this one.
    pub fn age_on(self, day: impl Into<Self>) -> Age {
        let on = day.into();
        Age {
            years: years(self.presumed(), on.presumed()),
            youngest: years(self.latest(), on.earliest()),
            oldest: years(self.earliest(), on.latest()),
        }
    }

    /// Whether two dates cannot be of one day.
    pub fn is_apart_from(self, other: Self) -> bool {
        self.latest() < other.earliest() || other.latest() < self.earliest()
    }

    /// Whether two dates, as far as both are known, cannot be of one day.
    pub fn are_apart(one: Option<Self>, other: Option<Self>) -> bool {
        one.zip(other).is_some_and(|(one, other)| one.is_apart_from(other))
    }

    /// Whether somebody who gives this date knows all that is known: the date itself, or the whole day presumed for it.
    pub fn says_all_of(self, known: Self) -> bool {
        self == known || self == Self::Day(known.presumed())
    }

    /// A date out of the register, in whatever year it lies.
    pub fn from_register(text: &str) -> Option<Self> {
        read(text).ok()
    }
}

impl OfAge {
    /// What a refusal adds where the day is presumed and the true one could turn it.
    pub fn words(self) -> (&'static str, &'static str) {
        match self.is_rebuttable {
            true => (
                "；出生日期係推定（presumed: true，民法 §124），得舉證推翻",
                "; the day of birth is presumed (presumed: true, 民法 §124) and can be rebutted",
            ),
            false => ("", ""),
        }
    }
}

impl Age {
    pub fn reaches(self, years: i64) -> OfAge {
        OfAge { yes: self.years >= years, is_rebuttable: (self.youngest >= years) != (self.oldest >= years) }
    }
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("year and month were read as a date's")
}

/// Whole years between two days, none where the second comes first.
fn years(from: NaiveDate, to: NaiveDate) -> i64 {
    i64::from(to.years_since(from).unwrap_or(0))
}

/// Reads a date of any year, or says by a code what is wrong.
fn read(text: &str) -> Result<PartialDate, &'static str> {
    const FORM: &str = "partial_date";
    let mut parts = text.split('-');
    let mut next = |length: usize| {
        let Some(part) = parts.next() else { return Ok(None) };
        let plain = part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<u32>().ok().filter(|_| plain).map(Some).ok_or(FORM)
    };
    let (year, month, day) = (next(4)?.ok_or(FORM)?, next(2)?, next(2)?);
    if parts.next().is_some() {
        return Err(FORM);
    }
    if month == Some(0) || day == Some(0) {
        return Err("unknown_part");
    }
    let year = i32::try_from(year).map_err(|_| FORM)?;
    let whole = NaiveDate::from_ymd_opt(year, month.unwrap_or(1), day.unwrap_or(1)).ok_or(FORM)?;
    Ok(match (month, day) {
        (None, _) => PartialDate::Year(year),
        (Some(month), None) => PartialDate::Month(year, month),
        (Some(_), Some(_)) => PartialDate::Day(whole),
    })
}

impl FromStr for PartialDate {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let date = read(text)?;
        if YEARS.contains(&date.presumed().year()) { Ok(date) } else { Err("year") }
    }
}

impl From<NaiveDate> for PartialDate {
    fn from(day: NaiveDate) -> Self {
        Self::Day(day)
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Year(year) => write!(f, "{year:04}"),
            Self::Month(year, month) => write!(f, "{year:04}-{month:02}"),
            Self::Day(day) => write!(f, "{day}"),
        }
    }
}

impl Serialize for PartialDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PartialDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Every date of the years 1850 to 2200, leap days in leap years only.
const PATTERN: &str = concat!(
    r"^(((18[5-9]|19[0-9]|20[0-9]|21[0-9])[0-9]|2200)",
    r"(-(0[1-9]|1[0-2]|(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])))?",
    r"|(18(5[26]|[68][048]|[79][26])|(19|21)(0[48]|[2468][048]|[13579][26])|20([02468][048]|[13579][26]))-02-29)$",
);

impl PartialSchema for PartialDate {
    fn schema() -> RefOr<Schema> {
        let text = "A date as far as it is known: YYYY-MM-DD, YYYY-MM where the day is unknown, YYYY where the month is too. \
                    Of the years 1850 to 2200. What hangs on an age goes by the 15th of the month, or the 1st of July \
                    (民法 §124); a refusal tells where the true day could turn it.";
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(PATTERN))
            .min_length(Some(4))
            .max_length(Some(10))
            .description(Some(text))
            .examples([serde_json::json!("1990-05-04"), serde_json::json!("1932-05"), serde_json::json!("1932")])
            .build()
            .into()
    }
}

impl ToSchema for PartialDate {
    fn name() -> Cow<'static, str> {
        "PartialDate".into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::string::string_regex;

    use super::*;

    fn date(text: &str) -> PartialDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_law_presumes_a_day() {
        for (text, presumed, earliest, latest) in [
            ("1932", "1932-07-01", "1932-01-01", "1932-12-31"),
            ("1932-02", "1932-02-15", "1932-02-01", "1932-02-29"),
            ("1900-02", "1900-02-15", "1900-02-01", "1900-02-28"),
            ("1932-05-04", "1932-05-04", "1932-05-04", "1932-05-04"),
        ] {
            let read = date(text);
            let days = [read.presumed(), read.earliest(), read.latest()].map(|day| day.to_string());
            assert_eq!(days, [presumed, earliest, latest], "{text}");
            assert_eq!(read.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_date_is_told_apart() {
        for (text, code) in [
            ("1932-00-00", "unknown_part"),
            ("1932-05-00", "unknown_part"),
            ("1932-00", "unknown_part"),
            ("1932-13", "partial_date"),
            ("1932-02-30", "partial_date"),
            ("1932-5", "partial_date"),
            ("1932-", "partial_date"),
            ("1932-05-04-01", "partial_date"),
            ("+932", "partial_date"),
            ("民國21", "partial_date"),
            ("", "partial_date"),
            ("1849-12-31", "year"),
            ("2201", "year"),
        ] {
            assert_eq!(text.parse::<PartialDate>(), Err(code), "{text}");
        }
        assert_eq!(PartialDate::from_register("1849-12-31"), NaiveDate::from_ymd_opt(1849, 12, 31).map(PartialDate::Day));
    }

    #[test]
    fn an_age_is_counted_from_the_presumed_day_and_says_what_the_true_one_could_change() {
        let reached = |born: &str, on: &str, years| {
            let OfAge { yes, is_rebuttable } = date(born).age_on(date(on)).reaches(years);
            (yes, is_rebuttable)
        };
        assert_eq!(reached("2008", "2026-06-30", 18), (false, true));
        assert_eq!(reached("2008", "2026-07-01", 18), (true, true));
        assert_eq!(reached("2008", "2026-12-31", 18), (true, false));
        assert_eq!(reached("2009", "2026-12-31", 18), (false, false));
        assert_eq!(reached("2008-11", "2026-11-14", 18), (false, true));
        assert_eq!(reached("2008-11", "2026-11-15", 18), (true, true));
        assert_eq!(reached("2008-11-23", "2026-11-22", 18), (false, false));
        assert_eq!(reached("1980", "2000-03", 20), (false, true));
        assert_eq!(date("2026-11-23").age_on(date("2026-11-22")).years, 0);
    }

    #[test]
    fn a_proof_knows_the_register_or_the_presumed_day() {
        assert!(date("1932").says_all_of(date("1932")) && date("1932-07-01").says_all_of(date("1932")));
        assert!(!date("1932").says_all_of(date("1932-07-01")) && !date("1932-07-02").says_all_of(date("1932")));
    }

    proptest! {
        #[test]
        fn the_pattern_admits_dates_only(text in string_regex(PATTERN.trim_matches(['^', '$'])).unwrap()) {
            prop_assert_eq!(text.parse::<PartialDate>().map(|date| date.to_string()), Ok(text));
        }
    }
}
