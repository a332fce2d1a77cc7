//! Days of the week.

use chrono::{Datelike, NaiveDate};

use crate::text_enum;

text_enum! {
    /// A day of the week.
    pub enum Weekday {
        Monday = "MON",
        Tuesday = "TUE",
        Wednesday = "WED",
        Thursday = "THU",
        Friday = "FRI",
        Saturday = "SAT",
        Sunday = "SUN",
    }
}

impl Weekday {
    pub fn of(date: NaiveDate) -> Self {
        Self::ALL[date.weekday().num_days_from_monday() as usize]
    }
}
