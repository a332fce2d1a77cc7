//! A month of office time, its bounds, and the day on which its digest is due.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate};
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::calendar::OfficeCalendar;
use crate::clock::{Moment, roc_year};
use crate::http::is_plausible;

/// A month, Asia/Taipei: `2026-10`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(NaiveDate);

/// `month` in the path.
pub struct MonthInPath;

impl IntoParams for MonthInPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let month = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9]{4}-(0[1-9]|1[0-2])$"));
        let parameter = ParameterBuilder::new()
            .name("month")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some("The month, `YYYY-MM`, Asia/Taipei."))
            .schema(Some(month.build()))
            .example(Some(serde_json::json!("2026-10")));
        vec![parameter.build()]
    }
}

/// Where a due day goes that is no working day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueMove {
    Next,
    Before,
    Stays,
}

impl Month {
    /// The month in which a day lies.
    pub fn of(day: NaiveDate) -> Self {
        Self(day.with_day(1).unwrap_or(day))
    }

    pub fn first_day(self) -> NaiveDate {
        self.0
    }

    pub fn last_day(self) -> NaiveDate {
        self.next().0.pred_opt().unwrap_or(self.0)
    }

    pub fn next(self) -> Self {
        Self(self.0.checked_add_months(Months::new(1)).unwrap_or(self.0))
    }

    /// So many months before.
    pub fn before(self, months: u32) -> Self {
        Self(self.0.checked_sub_months(Months::new(months)).unwrap_or(self.0))
    }

    pub fn start(self) -> Moment {
        Moment::start_of(self.0)
    }

    /// Its end, which is the start of the next one.
    pub fn end(self) -> Moment {
        self.next().start()
    }

    /// The period of the plan: `115-10`.
    pub fn roc_period(self) -> String {
        format!("{:03}-{:02}", roc_year(self.0.year()), self.0.month())
    }

    /// The day on which its digest is due, by the calendar as it stands.
    pub fn due_on(self, calendar: &OfficeCalendar, day: u32, moves: DueMove) -> NaiveDate {
        let next = self.next().0;
        let due = next.with_day(day).unwrap_or(next);
        match moves {
            DueMove::Next => calendar.workday_from(due),
            DueMove::Before => {
                let mut before = (0..60).map(|days| due - Days::new(days));
                before.find(|day| calendar.is_workday_to_its_end(*day)).unwrap_or(due)
            }
            DueMove::Stays => due,
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

impl FromStr for Month {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let day: NaiveDate = format!("{text}-01").parse().map_err(|_| ())?;
        let month = Self::of(day);
        if month.to_string() == text && is_plausible(day) && day.year() >= 1912 { Ok(month) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Hours;

    #[test]
    fn a_month_is_written_in_one_way_and_has_its_bounds() {
        let month: Month = "2018-03".parse().unwrap();
        assert_eq!((month.to_string(), month.roc_period()), ("2018-03".to_owned(), "107-03".to_owned()));
        assert_eq!((month.first_day().to_string(), month.last_day().to_string()), ("2018-03-01".into(), "2018-03-31".into()));
        assert_eq!(month.before(3).to_string(), "2017-12");
        for text in ["2018-3", "2018-13", "2018-03-01", "107-03", "1911-12", "", "2018-00"] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_due_day_that_is_no_working_day_goes_where_the_setting_says() {
        let calendar = OfficeCalendar::new(Hours::default(), Vec::new(), Vec::new());
        let due = |moves| "2026-09".parse::<Month>().unwrap().due_on(&calendar, 10, moves).to_string();
        // National Day on a Saturday, for which the office rests on the Friday before.
        assert_eq!(due(DueMove::Stays), "2026-10-10");
        assert_eq!(due(DueMove::Before), "2026-10-08");
        assert_eq!(due(DueMove::Next), "2026-10-12");
    }
}
