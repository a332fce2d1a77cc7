//! Error rates by clerk, type and month, of four decimals and with the two sources apart.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::get;
use chrono::{Datelike, Days, Months, NaiveDate};
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::policy::ListErrorRates;
use crate::auth::{By, May};
use crate::cases::errors::{ErrorRecord, ErrorSource, ErrorStatus};
use crate::cases::types::reference::first_types;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id};
use crate::error::{Code, Result};
use crate::http::{BoundedListing, Page, Params, Reply, Stretch};
use crate::office::desk;
use crate::schema::{cases, error_records, late_requests};
use crate::text_enum;

text_enum! {
    /// What the rates are grouped by.
    pub enum RateBy {
        Clerk = "CLERK",
        Type = "TYPE",
        Month = "MONTH",
    }
}

/// Which rates.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RateQuery {
    /// ROC year; the running one when absent.
    #[param(minimum = 100, maximum = 300)]
    roc_year: Option<i32>,
    /// What the rates are grouped by.
    by: RateBy,
}

/// One group's rate.
#[derive(Serialize, ToSchema)]
pub struct ErrorRate {
    /// Account, type code or ROC month.
    #[schema(max_length = 60)]
    key: String,
    /// Registrations accepted (those that count in K1-1).
    #[schema(minimum = 0)]
    accepted: i64,
    /// Confirmed errors found by review and spot check.
    #[schema(minimum = 0)]
    by_check: i64,
    /// Confirmed errors found by ex-officio correction (施行細則 §15).
    #[schema(minimum = 0)]
    by_correction: i64,
    /// Cases with a confirmed error over cases accepted, four decimals; `null` where nothing was accepted.
    #[schema(max_length = 10, example = "0.0123")]
    rate: Option<String>,
    /// The same of errors found by review and spot check.
    #[schema(max_length = 10, example = "0.0111")]
    check_rate: Option<String>,
    /// The same of errors found by ex-officio correction.
    #[schema(max_length = 10, example = "0.0012")]
    correction_rate: Option<String>,
}

/// Rates over a stretch of days.
#[derive(Serialize, ToSchema)]
pub struct LedgerRates {
    from_on: NaiveDate,
    to_on: NaiveDate,
    by: RateBy,
    /// Papers that were asked for after the one notice, without a new fact, and refused.
    #[schema(minimum = 0)]
    late_requests: i64,
    #[schema(max_items = 1000)]
    items: Vec<ErrorRate>,
}

/// The rates of a year, by key.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "roc_year": 115, "from_on": "2026-01-01", "to_on": "2026-12-31", "by": "TYPE", "late_requests": 1,
    "items": [{"key": "BIRTH", "accepted": 812, "by_check": 9, "by_correction": 1, "rate": "0.0123", "check_rate": "0.0111", "correction_rate": "0.0012"}],
    "next": null
}))]
pub struct ErrorRates {
    #[schema(minimum = 100)]
    roc_year: i32,
    from_on: NaiveDate,
    to_on: NaiveDate,
    by: RateBy,
    /// Papers that were asked for after the one notice, without a new fact, and refused.
    #[schema(minimum = 0)]
    late_requests: i64,
    #[schema(max_items = 1000)]
    items: Vec<ErrorRate>,
    /// Cursor of the next page; `null` on the last one.
    #[schema(max_length = 400)]
    next: Option<String>,
    /// Number of all items, only with `include_total=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, nullable = false)]
    total: Option<i64>,
}

/// What rates are counted over: days of acceptance, and whose and which cases.
#[derive(Clone)]
pub struct RateScope {
    from: NaiveDate,
    to: NaiveDate,
    by: RateBy,
    pub clerk: Option<Id>,
    pub type_code: Option<String>,
    point: Option<String>,
}

impl RateScope {
    /// All clerks and types within the caller's bounds.
    pub fn of(caller: &By, from: NaiveDate, to: NaiveDate, by: RateBy) -> Self {
        Self { from, to, by, clerk: None, type_code: None, point: desk::bound(caller).map(ToOwned::to_owned) }
    }

    /// First moment, and the first one after.
    fn moments(&self) -> (Moment, Moment) {
        (Moment::start_of(self.from), Moment::end_of(self.to))
    }

    /// The types that count in K1-1, or the one of them asked for.
    fn types(&self) -> Vec<String> {
        let counting = first_types().into_iter().filter(|one| one.rules.counts_in_k1_1).map(|one| one.code);
        counting.filter(|code| self.type_code.as_ref().is_none_or(|asked| asked == code)).collect()
    }

    /// Cases accepted within the scope.
    fn accepted(&self) -> Box<dyn BoxableExpression<cases::table, Backend, SqlType = Nullable<Bool>>> {
        let (start, end) = self.moments();
        let mut wanted: Box<dyn BoxableExpression<cases::table, Backend, SqlType = Nullable<Bool>>> =
            Box::new(cases::accepted_at.ge(start).and(cases::accepted_at.lt(end)).and(cases::type_code.eq_any(self.types())));
        if let Some(clerk) = self.clerk {
            wanted = Box::new(wanted.and(cases::clerk.eq(clerk.to_string())));
        }
        if let Some(point) = &self.point {
            wanted = Box::new(wanted.and(cases::service_point.eq(point.clone())));
        }
        wanted
    }

    /// Confirmed errors of such cases.
    fn confirmed<'a>(&self) -> error_records::BoxedQuery<'a, Backend> {
        let mut rows = error_records::table
            .filter(error_records::accepted_on.ge(self.from).and(error_records::accepted_on.le(self.to)))
            .filter(error_records::status.eq(ErrorStatus::Confirmed))
            .filter(error_records::type_code.eq_any(self.types()))
            .into_boxed();
        if let Some(clerk) = self.clerk {
            rows = rows.filter(error_records::clerk.eq(clerk.to_string()));
        }
        if let Some(point) = &self.point {
            rows = rows.filter(error_records::service_point.eq(point.clone()));
        }
        rows
    }

    /// Cases accepted, by group.
    fn count(&self, conn: &mut Conn) -> Result<Vec<(String, i64)>> {
        match self.by {
            RateBy::Clerk => {
                let rows = cases::table.filter(self.accepted()).group_by(cases::clerk);
                let rows: Vec<(Option<Id>, i64)> = rows.select((cases::clerk, count_star())).load(conn)?;
                Ok(rows.into_iter().map(|(clerk, n)| (clerk.map(|id| id.to_string()).unwrap_or_default(), n)).collect())
            }
            RateBy::Type => {
                let rows = cases::table.filter(self.accepted()).group_by(cases::type_code);
                Ok(rows.select((cases::type_code, count_star())).load(conn)?)
            }
            RateBy::Month => {
                let mut months = Vec::new();
                let mut first = self.from.with_day(1).unwrap_or(self.from);
                while first <= self.to {
                    let next = first + Months::new(1);
                    let within = Self { from: self.from.max(first), to: self.to.min(next - Days::new(1)), ..self.clone() };
                    months.push((month_of(first), cases::table.filter(within.accepted()).count().get_result(conn)?));
                    first = next;
                }
                Ok(months)
            }
        }
    }
}

/// Errors over accepted, rounded half up to four decimals, without floating point.
fn rate(errors: i64, accepted: i64) -> Option<String> {
    let scaled = (errors * 20_000 + accepted).checked_div(2 * accepted)?;
    Some(format!("{}.{:04}", scaled / 10_000, scaled % 10_000))
}

#[derive(Default)]
struct Counts {
    accepted: i64,
    by_check: i64,
    by_correction: i64,
    wrong: BTreeSet<Id>,
    wrong_by_check: BTreeSet<Id>,
    wrong_by_correction: BTreeSet<Id>,
}

impl Counts {
    fn add(&mut self, error: &ErrorRecord) {
        self.wrong.insert(error.case_id);
        match error.source {
            ErrorSource::ExOfficioCorrection => {
                self.by_correction += 1;
                self.wrong_by_correction.insert(error.case_id);
            }
            ErrorSource::Review | ErrorSource::SpotCheck => {
                self.by_check += 1;
                self.wrong_by_check.insert(error.case_id);
            }
        }
    }

    fn shown(self, key: String) -> ErrorRate {
        let of = |cases: &BTreeSet<Id>| rate(i64::try_from(cases.len()).unwrap_or(i64::MAX), self.accepted);
        ErrorRate {
            key,
            accepted: self.accepted,
            by_check: self.by_check,
            by_correction: self.by_correction,
            rate: of(&self.wrong),
            check_rate: of(&self.wrong_by_check),
            correction_rate: of(&self.wrong_by_correction),
        }
    }
}

fn month_of(day: NaiveDate) -> String {
    format!("{}-{:02}", day.year() - 1911, day.month())
}

/// The rates of a scope.
pub fn counted(conn: &mut Conn, scope: &RateScope) -> Result<LedgerRates> {
    let mut groups: BTreeMap<String, Counts> = BTreeMap::new();
    for (key, accepted) in scope.count(conn)? {
        groups.entry(key).or_default().accepted = accepted;
    }
    let errors: Vec<ErrorRecord> = scope.confirmed().select(ErrorRecord::as_select()).load(conn)?;
    for error in &errors {
        let key = match scope.by {
            RateBy::Clerk => error.clerk_id.to_string(),
            RateBy::Type => error.type_code.clone(),
            RateBy::Month => month_of(error.accepted_on),
        };
        groups.entry(key).or_default().add(error);
    }
    let (start, end) = scope.moments();
    let mut late = late_requests::table
        .filter(late_requests::refused.eq(true))
        .filter(late_requests::at.ge(start).and(late_requests::at.lt(end)))
        .into_boxed();
    if let Some(clerk) = scope.clerk {
        late = late.filter(late_requests::clerk.eq(clerk.to_string()));
    }
    if let Some(point) = &scope.point {
        let own = cases::table.filter(cases::service_point.eq(point.clone())).select(cases::id);
        late = late.filter(late_requests::case_id.eq_any(own));
    }
    let late_requests = late.count().get_result(conn)?;
    let items = groups.into_iter().map(|(key, counts)| counts.shown(key)).collect();
    Ok(LedgerRates { from_on: scope.from, to_on: scope.to, by: scope.by, late_requests, items })
}

/// First and last day of a ROC year.
pub fn year_bounds(roc_year: i32) -> Result<(NaiveDate, NaiveDate)> {
    let day = |month, day| NaiveDate::from_ymd_opt(roc_year + 1911, month, day);
    Ok(day(1, 1).zip(day(12, 31)).ok_or(Code::NOT_FOUND)?)
}

/// Shows error rates.
///
/// Of the registrations accepted in a year, by clerk, type or month, with the two sources apart: found by check,
/// and found later by ex-officio correction. A case counts once, in the year in which it was accepted.
#[utoipa::path(tag = "Quality", operation_id = "list_error_rates", params(RateQuery, BoundedListing), responses((status = 200, description = "The rates.", body = ErrorRates)))]
#[get("/v1/quality/error-rates")]
pub async fn list_error_rates(may: May<ListErrorRates>, Params(query): Params<RateQuery>, stretch: Stretch) -> Result<Reply> {
    may.read(move |conn, by| {
        let roc_year = query.roc_year.unwrap_or_else(|| by.now.roc_year());
        let (from, to) = year_bounds(roc_year)?;
        let LedgerRates { from_on, to_on, by, late_requests, items } = counted(conn, &RateScope::of(by, from, to, query.by))?;
        let Page { items, next, total } = stretch.page(items, |rate| rate.key.clone());
        Reply::ok(&ErrorRates { roc_year, from_on, to_on, by, late_requests, items, next, total })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::rate;

    #[test]
    fn rates_have_four_decimals_and_no_denominator_has_none() {
        assert_eq!(rate(1, 3).as_deref(), Some("0.3333"));
        assert_eq!(rate(2, 3).as_deref(), Some("0.6667"));
        assert_eq!(rate(1, 20_000).as_deref(), Some("0.0001"), "half up");
        assert_eq!(rate(3, 3).as_deref(), Some("1.0000"));
        assert_eq!(rate(0, 0), None);
    }
}
