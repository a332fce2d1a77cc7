//! The error ledger: records to confirm, and rates by clerk, type and month.

use std::collections::BTreeMap;

use actix_web::{get, post};
use chrono::{Datelike, NaiveDate, NaiveTime};
use diesel::dsl::count_star;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::auth::May;
use crate::auth::policy::Action;
use crate::auth::policy::{ConfirmError, DismissError, ListErrorRates, ListErrors};
use crate::calendar::Moment;
use crate::cases::errors::{ErrorRecord, ErrorSource, ErrorStatus};
use crate::cases::types::reference::first_types;
use crate::contract::IdInPath;
use crate::counters;
use crate::db::{Backend, Conn, Id, Record};
use crate::error::{Code, Error, Result};
use crate::http::{Listing, Page, Paging, Params, PathId, Reply, page_of, plausible_day};
use crate::schema::{cases, error_records, late_requests};
use crate::text_enum;

/// Filters of the error ledger.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ErrorFilter {
    status: Option<ErrorStatus>,
    source: Option<ErrorSource>,
    /// Account of the clerk in charge.
    clerk: Option<Id>,
    #[serde(rename = "type")]
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    type_code: Option<String>,
    /// First day on which the cases were accepted.
    from: Option<NaiveDate>,
    /// Last day on which the cases were accepted.
    to: Option<NaiveDate>,
}

/// Lists the error ledger.
///
/// Oldest first. A reviewer's or checker's finding is proposed; a section chief confirms or dismisses it.
#[utoipa::path(tag = "Quality", operation_id = "list_errors", params(ErrorFilter, Listing), responses((status = 200, description = "A page of errors.", body = Page<ErrorRecord>)))]
#[get("/v1/quality/errors")]
pub async fn list_errors(may: May<ListErrors>, Params(query): Params<ErrorFilter>, paging: Paging) -> Result<Reply> {
    plausible_day("from", query.from)?;
    plausible_day("to", query.to)?;
    may.read(move |conn, _| {
        let matching = || -> error_records::BoxedQuery<'_, Backend> {
            let mut rows = error_records::table.into_boxed();
            if let Some(status) = query.status {
                rows = rows.filter(error_records::status.eq(status));
            }
            if let Some(source) = query.source {
                rows = rows.filter(error_records::source.eq(source));
            }
            if let Some(clerk) = query.clerk {
                rows = rows.filter(error_records::clerk.eq(clerk.to_string()));
            }
            if let Some(code) = &query.type_code {
                rows = rows.filter(error_records::type_code.eq(code.clone()));
            }
            if let Some(from) = query.from {
                rows = rows.filter(error_records::accepted_on.ge(from));
            }
            if let Some(to) = query.to {
                rows = rows.filter(error_records::accepted_on.le(to));
            }
            rows
        };
        let total = if paging.include_total { Some(matching().count().get_result(conn)?) } else { None };
        let mut page = matching();
        if let Some(after) = &paging.after {
            page = page.filter(error_records::id.gt(after.clone()));
        }
        let rows = page.order(error_records::id).limit(paging.rows()).select(ErrorRecord::as_select()).load(conn)?;
        Reply::ok(&page_of(&paging, rows, total, |error: &ErrorRecord| error.id.to_string()))
    })
    .await
}

async fn decide<A: Action>(may: May<A>, id: Id, status: ErrorStatus) -> Result<Reply> {
    may.write(move |tx, by| {
        let found: Option<ErrorRecord> =
            error_records::table.find(id).select(ErrorRecord::as_select()).first(&mut **tx).optional()?;
        let mut error = found.ok_or(Code::NotFound)?;
        if error.status != ErrorStatus::Proposed {
            return Err(Error::wrong_state(&[]));
        }
        if error.proposed_by == by.caller.name() {
            return Err(Code::OwnRequest.into());
        }
        (error.status, error.decided_by, error.decided_at) = (status, Some(by.caller.name()), Some(by.now));
        let waiting = error_records::table.find(id).filter(error_records::status.eq(ErrorStatus::Proposed));
        diesel::update(waiting)
            .set((
                error_records::status.eq(status),
                error_records::decided_by.eq(&error.decided_by),
                error_records::decided_at.eq(error.decided_at),
            ))
            .execute(&mut **tx)?;
        let event = json!({"case_id": error.case_id, "status": status, "source": error.source});
        tx.record(Record::change("error.decided", format!("quality/errors/{id}"), event));
        Reply::ok(&error)
    })
    .await
}

/// Confirms an error.
///
/// It counts from now on, in the year in which its case was accepted. Never by whoever proposed it.
#[utoipa::path(tag = "Quality", operation_id = "confirm_error", params(IdInPath), responses(
    (status = 200, description = "The error.", body = ErrorRecord),
    (status = 409, description = "`wrong_state`: it is decided already; `own_request`."),
))]
#[post("/v1/quality/errors/{id}:confirm")]
pub async fn confirm_error(may: May<ConfirmError>, id: PathId) -> Result<Reply> {
    decide(may, id.0, ErrorStatus::Confirmed).await
}

/// Dismisses an error.
///
/// It does not count. Never by whoever proposed it.
#[utoipa::path(tag = "Quality", operation_id = "dismiss_error", params(IdInPath), responses(
    (status = 200, description = "The error.", body = ErrorRecord),
    (status = 409, description = "`wrong_state`: it is decided already; `own_request`."),
))]
#[post("/v1/quality/errors/{id}:dismiss")]
pub async fn dismiss_error(may: May<DismissError>, id: PathId) -> Result<Reply> {
    decide(may, id.0, ErrorStatus::Dismissed).await
}

text_enum! {
    /// What the rates are grouped by.
    pub enum RateBy {
        Clerk = "CLERK",
        Type = "TYPE",
        Month = "MONTH",
    }
}

/// Which rates.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RateQuery {
    /// ROC year; the running one when absent.
    #[validate(range(min = 100, max = 300))]
    #[param(minimum = 100, maximum = 300)]
    roc_year: Option<i32>,
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
}

/// The rates of a year.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "roc_year": 115, "from": "2026-01-01", "to": "2026-12-31", "by": "TYPE", "late_requests": 1,
    "items": [{"key": "BIRTH", "accepted": 812, "by_check": 9, "by_correction": 1, "rate": "0.0123"}]
}))]
pub struct ErrorRates {
    #[schema(minimum = 100)]
    roc_year: i32,
    from: NaiveDate,
    to: NaiveDate,
    by: RateBy,
    /// Papers asked for, or tried to be, after the one notice.
    #[schema(minimum = 0)]
    late_requests: i64,
    #[schema(max_items = 1000)]
    items: Vec<ErrorRate>,
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
    wrong: std::collections::BTreeSet<Id>,
}

fn month_of(day: NaiveDate) -> String {
    format!("{}-{:02}", day.year() - 1911, day.month())
}

fn counted(conn: &mut Conn, by: RateBy, from: NaiveDate, to: NaiveDate) -> Result<BTreeMap<String, Counts>> {
    let types: Vec<String> = first_types().into_iter().filter(|t| t.rules.counts_in_k1_1).map(|t| t.code).collect();
    let start = |day| Moment::from_taipei(day, NaiveTime::MIN);
    let mut groups: BTreeMap<String, Counts> = BTreeMap::new();
    let accepted = |from: NaiveDate, to: NaiveDate| {
        let end = to.succ_opt().unwrap_or(to);
        cases::table
            .filter(cases::accepted_at.ge(start(from)).and(cases::accepted_at.lt(start(end))))
            .filter(cases::type_code.eq_any(types.clone()))
    };
    match by {
        RateBy::Clerk => {
            let rows: Vec<(Option<Id>, i64)> =
                accepted(from, to).group_by(cases::clerk).select((cases::clerk, count_star())).load(conn)?;
            rows.into_iter()
                .for_each(|(key, n)| groups.entry(key.map(|id| id.to_string()).unwrap_or_default()).or_default().accepted = n);
        }
        RateBy::Type => {
            let rows: Vec<(String, i64)> =
                accepted(from, to).group_by(cases::type_code).select((cases::type_code, count_star())).load(conn)?;
            rows.into_iter().for_each(|(key, n)| groups.entry(key).or_default().accepted = n);
        }
        RateBy::Month => {
            for month in 1..=12 {
                let (Some(first), Some(next)) = (from.with_month(month), from.checked_add_months(chrono::Months::new(month)))
                else {
                    continue;
                };
                let last = next.pred_opt().unwrap_or(next);
                let n: i64 = accepted(first, last).count().get_result(conn)?;
                groups.entry(month_of(first)).or_default().accepted = n;
            }
        }
    }
    let errors: Vec<ErrorRecord> = error_records::table
        .filter(error_records::accepted_on.ge(from).and(error_records::accepted_on.le(to)))
        .filter(error_records::status.eq(ErrorStatus::Confirmed))
        .filter(error_records::type_code.eq_any(types))
        .select(ErrorRecord::as_select())
        .load(conn)?;
    for error in errors {
        let key = match by {
            RateBy::Clerk => error.clerk.to_string(),
            RateBy::Type => error.type_code.clone(),
            RateBy::Month => month_of(error.accepted_on),
        };
        let counts = groups.entry(key).or_default();
        match error.source {
            ErrorSource::ExOfficioCorrection => counts.by_correction += 1,
            ErrorSource::Review | ErrorSource::SpotCheck => counts.by_check += 1,
        }
        counts.wrong.insert(error.case_id);
    }
    Ok(groups)
}

/// Shows error rates.
///
/// Of the registrations accepted in a year, by clerk, type or month, with the two sources apart: found by check,
/// and found later by ex-officio correction. A case counts once, in the year in which it was accepted.
#[utoipa::path(tag = "Quality", operation_id = "list_error_rates", params(RateQuery), responses((status = 200, description = "The rates.", body = ErrorRates)))]
#[get("/v1/quality/error-rates")]
pub async fn list_error_rates(may: May<ListErrorRates>, Params(query): Params<RateQuery>) -> Result<Reply> {
    may.read(move |conn, by| {
        let roc_year = query.roc_year.unwrap_or_else(|| counters::roc_year(by.now));
        let day = |month, day| NaiveDate::from_ymd_opt(roc_year + 1911, month, day);
        let (Some(from), Some(to)) = (day(1, 1), day(12, 31)) else { return Err(Code::NotFound.into()) };
        let groups = counted(conn, query.by, from, to)?;
        let start = |day| Moment::from_taipei(day, NaiveTime::MIN);
        let year = late_requests::at.ge(start(from)).and(late_requests::at.lt(start(to.succ_opt().unwrap_or(to))));
        let late_requests: i64 = late_requests::table.filter(year).count().get_result(conn)?;
        let item = |(key, counts): (String, Counts)| ErrorRate {
            key,
            accepted: counts.accepted,
            by_check: counts.by_check,
            by_correction: counts.by_correction,
            rate: rate(i64::try_from(counts.wrong.len()).unwrap_or(i64::MAX), counts.accepted),
        };
        let items = groups.into_iter().map(item).collect();
        Reply::ok(&ErrorRates { roc_year, from, to, by: query.by, late_requests, items })
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
