//! The error ledger: records to confirm.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::model::ErrorAct;
use super::policy::{ConfirmError, DismissError, GetError, ListErrors};
use super::rates::{self, LedgerRates, RateBy, RateScope};
use crate::auth::policy::Action;
use crate::auth::{By, May, is_one_with};
use crate::calendar::period_bounds;
use crate::cases::errors::{ErrorRecord, ErrorSource, ErrorStatus};
use crate::cases::{self, CaseTypes, closed_cases};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Backend, Conn, Id, Record};
use crate::error::{Code, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, ordered_days, parameter};
use crate::node::Node;
use crate::office::desk;
use crate::schema::error_records;
use crate::states::Part;
use crate::{find, read_page};

/// Filters of the error ledger.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ErrorFilter {
    /// Errors that have this status.
    status: Option<ErrorStatus>,
    /// Errors that came to light in this way.
    source: Option<ErrorSource>,
    /// Account of the clerk in charge.
    clerk_id: Option<Id>,
    /// Errors in cases of this type, by its code.
    #[serde(rename = "type")]
    #[param(min_length = 1, max_length = 40)]
    type_code: Option<String>,
    /// First day on which the cases were accepted.
    from: Option<NaiveDate>,
    /// Last day on which the cases were accepted.
    to: Option<NaiveDate>,
    /// ROC month in which the cases were accepted: `115-11`.
    #[param(min_length = 5, max_length = 7, pattern = "^[0-9]{2,3}-(0[1-9]|1[0-2])$")]
    month: Option<String>,
    /// What the rates are grouped by; TYPE when absent.
    by: Option<RateBy>,
}

/// A page of the error ledger, and on the first one the rates.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "items": [], "next": null,
    "rates": {"from_on": "2026-11-01", "to_on": "2026-11-30", "by": "TYPE", "late_requests": 1, "items": [
        {"key": "BIRTH", "accepted": 812, "by_check": 9, "by_correction": 1, "rate": "0.0123", "check_rate": "0.0111", "correction_rate": "0.0012"}]}
}))]
pub struct ErrorLedger {
    #[schema(max_items = 100)]
    items: Vec<ErrorRecord>,
    /// Cursor of the next page; `null` on the last one.
    #[schema(max_length = 400)]
    next: Option<String>,
    /// Number of all items, only with `include_total=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, nullable = false)]
    total: Option<i64>,
    /// Confirmed errors over the registrations accepted by the clerk, of the type and in the time asked for, the
    /// running year when none was; on the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    rates: Option<LedgerRates>,
}

impl ErrorFilter {
    /// First and last day asked for; the month bounds both.
    fn days(&self) -> Result<(Option<NaiveDate>, Option<NaiveDate>)> {
        ordered_days(self.from, self.to)?;
        let Some(month) = &self.month else { return Ok((self.from, self.to)) };
        let Some((first, last)) = period_bounds(month).filter(|_| month.contains('-')) else {
            return Err(parameter("month", "pattern", Text::new("應為 115-11 之月份", "a ROC month such as 115-11")));
        };
        Ok((Some(self.from.map_or(first, |day| day.max(first))), Some(self.to.map_or(last, |day| day.min(last)))))
    }

    /// What the rates are counted over.
    fn scope(&self, by: &By, (from, to): (Option<NaiveDate>, Option<NaiveDate>)) -> Result<RateScope> {
        let year = rates::year_bounds(by.now.roc_year())?;
        let mut scope = RateScope::of(by, from.unwrap_or(year.0), to.unwrap_or(year.1), self.by.unwrap_or(RateBy::Type));
        (scope.clerk, scope.type_code) = (self.clerk_id, self.type_code.clone());
        Ok(scope)
    }
}

/// The records asked for, within the caller's bounds, but for those of cases that are closed to them.
fn matching<'a>(
    query: &ErrorFilter,
    (from, to): (Option<NaiveDate>, Option<NaiveDate>),
    (by, closed): (&By, &'a [Id]),
) -> error_records::BoxedQuery<'a, Backend> {
    let mut rows = error_records::table.filter(error_records::case_id.ne_all(closed.iter().copied())).into_boxed();
    if let Some(status) = query.status {
        rows = rows.filter(error_records::status.eq(status));
    }
    if let Some(source) = query.source {
        rows = rows.filter(error_records::source.eq(source));
    }
    if let Some(clerk) = query.clerk_id {
        rows = rows.filter(error_records::clerk.eq(clerk.to_string()));
    }
    if let Some(code) = &query.type_code {
        rows = rows.filter(error_records::type_code.eq(code.clone()));
    }
    if let Some(from) = from {
        rows = rows.filter(error_records::accepted_on.ge(from));
    }
    if let Some(to) = to {
        rows = rows.filter(error_records::accepted_on.le(to));
    }
    if let Some(point) = desk::bound(by) {
        rows = rows.filter(error_records::service_point.eq(point.to_owned()));
    }
    rows
}

/// Lists the error ledger.
///
/// Oldest first, and on the first page the rates by clerk, type or month: four decimals, the two sources apart. A
/// reviewer's or checker's finding is proposed; a section chief confirms or dismisses it. A branch desk sees its own.
#[utoipa::path(tag = "Quality", operation_id = "list_errors", params(ErrorFilter, Listing), responses((status = 200, description = "A page of errors.", body = ErrorLedger)))]
#[get("/v1/quality/errors")]
pub async fn list_errors(
    may: May<ListErrors>,
    node: Data<Node>,
    Params(query): Params<ErrorFilter>,
    paging: Paging,
) -> Result<Reply> {
    let days = query.days()?;
    may.read(move |conn, by| {
        node.part::<CaseTypes>().check_filter(conn, "type", query.type_code.as_deref())?;
        let closed = closed_cases(conn, &node, by)?;
        let matching = || matching(&query, days, (by, &closed));
        let rates = if paging.after.is_none() { Some(rates::counted(conn, &query.scope(by, days)?)?) } else { None };
        let page = read_page!(conn, &paging, matching, error_records::id asc, ErrorRecord)?;
        let Page { items, next, total } = page;
        Reply::ok(&ErrorLedger { items, next, total, rates })
    })
    .await
}

/// An error within the caller's bounds.
fn find(conn: &mut Conn, node: &Node, by: &By, id: Id) -> Result<ErrorRecord> {
    let found: Option<ErrorRecord> = find!(conn, error_records::table.find(id).select(ErrorRecord::as_select()))?;
    let closed = closed_cases(conn, node, by)?;
    let is_seen = |error: &ErrorRecord| desk::sees(by, &error.service_point) && !closed.contains(&error.case_id);
    found.filter(is_seen).ok_or_else(|| Code::NOT_FOUND.into())
}

/// Shows an error.
///
/// As it stands in the ledger, with the version that a decision must name.
#[utoipa::path(tag = "Quality", operation_id = "get_error", params(IdInPath), responses((status = 200, description = "The error.", body = ErrorRecord)))]
#[get("/v1/quality/errors/{id}")]
pub async fn get_error(may: May<GetError>, id: PathId) -> Result<Reply> {
    let node = may.node().clone();
    may.read(move |conn, by| {
        let error = find(conn, &node, by, id.0)?;
        Ok(Reply::ok(&error)?.version(error.version()))
    })
    .await
}

async fn decide<A: Action>(may: May<A>, id: Id, if_match: IfMatch, act: ErrorAct) -> Result<Reply> {
    let node = may.node().clone();
    may.write(move |tx, by| {
        let mut error = find(tx, &node, by, id)?;
        if_match.check(error.version())?;
        let status = act.apply(error.status)?;
        let proposed = is_one_with(tx, &by.caller, (&error.proposed_by, Some(error.proposed_at)))?.then_some(Part::Proposer);
        let case = cases::store::find(tx, &node, by, error.case_id)?;
        let account = by.caller.account().ok_or(Code::FORBIDDEN)?.id;
        let clerk = format!("accounts/{}", error.clerk_id);
        let made = is_one_with(tx, &by.caller, (&clerk, Some(case.received_at)))?.then_some(Part::Clerk);
        let in_case = cases::store::parts(tx, &node.vault, &case, account, by.now.date())?;
        let in_case = in_case.into_iter().filter(|part| *part == Part::Subject);
        act.keep_apart(&proposed.into_iter().chain(made).chain(in_case).collect::<Vec<_>>())?;
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
        tx.record(Record::change(act.line().journal, format!("quality/errors/{id}"), event));
        Ok(Reply::ok(&error)?.version(error.version()))
    })
    .await
}

/// Confirms an error.
///
/// It counts from now on, in the year in which its case was accepted. Never by whoever proposed it, nor by the clerk whose case it is, nor by anybody whom it is about.
#[utoipa::path(tag = "Quality", operation_id = "confirm_error", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The error.", body = ErrorRecord),
    (status = 409, description = "`wrong_state`: it is decided already; `own_request`; `same_person`."),
))]
#[post("/v1/quality/errors/{id}:confirm")]
pub async fn confirm_error(may: May<ConfirmError>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    decide(may, id.0, if_match, ErrorAct::Confirm).await
}

/// Dismisses an error.
///
/// It does not count. Never by whoever proposed it, nor by the clerk whose case it is, nor by anybody whom it is about.
#[utoipa::path(tag = "Quality", operation_id = "dismiss_error", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The error.", body = ErrorRecord),
    (status = 409, description = "`wrong_state`: it is decided already; `own_request`; `same_person`."),
))]
#[post("/v1/quality/errors/{id}:dismiss")]
pub async fn dismiss_error(may: May<DismissError>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    decide(may, id.0, if_match, ErrorAct::Dismiss).await
}
