//! The ledger of what was due, sent, acknowledged, late and missing, and its comparison with the agency's own.

use actix_web::{get, post};
use chrono::{Days, NaiveDate, NaiveTime};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::DeliveryStatus;
use super::store::{self, Delivery};
use crate::agencies;
use crate::auth::policy::{CreateReconciliation, ListNoticeLedger};
use crate::auth::{By, May, Reach};
use crate::calendar::Moment;
use crate::db::{Backend, Id, JsonText, Record};
use crate::error::{Code, Error, Result, Text};
use crate::http::{Listing, Page, Paging, Params, PathText, Reply, Valid, is_plausible, page_of, plausible_day};
use crate::schema::{agency_deliveries, agency_reconciliations};
use crate::text_enum;

text_enum! {
    /// Where a delivery stands in the ledger: LATE was sent, or is still unsent, after its day; MISSING was sent but not acknowledged within three days; DEAD was given up.
    pub enum LedgerState {
        Due = "DUE",
        Sent = "SENT",
        Acknowledged = "ACKNOWLEDGED",
        Late = "LATE",
        Missing = "MISSING",
        Dead = "DEAD",
    }
}

/// One line of the ledger: no personal data.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "delivery_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "agency": "LAND", "due_on": "2026-11-23", "status": "ACKNOWLEDGED",
    "attempts": 1, "sent_at": "2026-11-23T10:00:05+08:00", "acknowledged_at": "2026-11-23T10:00:05+08:00", "answered_at": null,
    "late": false, "missing": false
}))]
pub struct NoticeLedgerLine {
    delivery_id: Id,
    #[schema(max_length = 40)]
    agency: String,
    due_on: NaiveDate,
    status: DeliveryStatus,
    #[schema(minimum = 0)]
    attempts: i32,
    sent_at: Option<Moment>,
    acknowledged_at: Option<Moment>,
    answered_at: Option<Moment>,
    late: bool,
    missing: bool,
}

/// Days after which an unacknowledged delivery is missing.
const MISSING_AFTER: u64 = 3;

fn end_of(day: NaiveDate) -> Moment {
    Moment::from_taipei(day + Days::new(1), NaiveTime::MIN)
}

impl NoticeLedgerLine {
    fn of(delivery: &Delivery, now: Moment) -> Self {
        let end = end_of(delivery.due_on);
        let unsent = delivery.status == DeliveryStatus::Queued || delivery.status == DeliveryStatus::Dead;
        let overdue = end_of(delivery.due_on + Days::new(MISSING_AFTER));
        Self {
            delivery_id: delivery.id,
            agency: delivery.agency_code.clone(),
            due_on: delivery.due_on,
            status: delivery.status,
            attempts: delivery.attempts,
            sent_at: delivery.sent_at,
            acknowledged_at: delivery.acknowledged_at,
            answered_at: delivery.answered_at,
            late: delivery.sent_at.map_or(unsent && now >= end, |sent| sent >= end),
            missing: delivery.status == DeliveryStatus::Sent && now >= overdue,
        }
    }
}

/// Filters of the ledger.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LedgerFilter {
    /// One agency's deliveries; a partner sees its own.
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    agency: Option<String>,
    /// Deliveries due on this day.
    date: Option<NaiveDate>,
    state: Option<LedgerState>,
}

/// The agency that bounds the caller: a partner's own.
fn bound_to(by: &By) -> Result<Option<String>> {
    if by.reach == Reach::Own { store::agency_of(by).map(Some) } else { Ok(None) }
}

fn matching<'a>(query: &LedgerFilter, own: Option<&String>, now: Moment) -> agency_deliveries::BoxedQuery<'a, Backend> {
    let mut rows = agency_deliveries::table.into_boxed();
    if let Some(agency) = own.or(query.agency.as_ref()) {
        rows = rows.filter(agency_deliveries::agency_code.eq(agency.clone()));
    }
    if let Some(date) = query.date {
        rows = rows.filter(agency_deliveries::due_on.eq(date));
    }
    let today = now.date();
    match query.state {
        None => rows,
        Some(LedgerState::Due) => rows.filter(agency_deliveries::status.eq(DeliveryStatus::Queued)),
        Some(LedgerState::Sent) => rows.filter(agency_deliveries::sent_at.is_not_null()),
        Some(LedgerState::Acknowledged) => rows.filter(agency_deliveries::acknowledged_at.is_not_null()),
        Some(LedgerState::Dead) => rows.filter(agency_deliveries::status.eq(DeliveryStatus::Dead)),
        Some(LedgerState::Late) => {
            let unsent = agency_deliveries::status.eq_any([DeliveryStatus::Queued, DeliveryStatus::Dead]);
            rows.filter(unsent.and(agency_deliveries::due_on.lt(today)))
        }
        Some(LedgerState::Missing) => {
            let before = today - Days::new(MISSING_AFTER);
            rows.filter(agency_deliveries::status.eq(DeliveryStatus::Sent).and(agency_deliveries::due_on.lt(before)))
        }
    }
}

/// Shows the ledger of deliveries.
///
/// What was due, sent, acknowledged, late and missing, in the order of making. Filtered by LATE it lists what is
/// still unsent after its day. A partner agency sees its own lines.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "list_notice_ledger", params(LedgerFilter, Listing), responses((status = 200, description = "A page of the ledger.", body = Page<NoticeLedgerLine>)))]
#[get("/v1/notice-ledger")]
pub async fn list_notice_ledger(
    may: May<ListNoticeLedger>,
    Params(query): Params<LedgerFilter>,
    paging: Paging,
) -> Result<Reply> {
    plausible_day("date", query.date)?;
    may.read(move |conn, by| {
        let own = bound_to(by)?;
        let matching = || matching(&query, own.as_ref(), by.now);
        let total = if paging.include_total { Some(matching().count().get_result(conn)?) } else { None };
        let mut page = matching();
        if let Some(after) = &paging.after {
            page = page.filter(agency_deliveries::id.gt(after.clone()));
        }
        let rows = page.order(agency_deliveries::id).limit(paging.rows()).select(Delivery::as_select()).load(conn)?;
        let lines: Vec<_> = rows.iter().map(|delivery| NoticeLedgerLine::of(delivery, by.now)).collect();
        Reply::ok(&page_of(&paging, lines, total, |line| line.delivery_id.to_string()))
    })
    .await
}

/// What the agency's own records say.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "2026-11-23", "to": "2026-11-23", "received": ["019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f"]}))]
pub struct ReconciliationInput {
    /// First day on which the deliveries were due.
    from: NaiveDate,
    /// Last day; at most 31 days after the first.
    to: NaiveDate,
    /// Ids of all deliveries of these days that the agency has.
    #[validate(length(max = 1500))]
    #[schema(max_items = 1500)]
    received: Vec<Id>,
}

/// Both sides compared.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "agency": "LAND", "from": "2026-11-23", "to": "2026-11-23", "matched": 41,
    "missing_there": [], "unknown_here": [], "unsent": [], "made_at": "2026-11-24T09:00:00+08:00"
}))]
pub struct Reconciliation {
    id: Id,
    #[schema(max_length = 40)]
    agency: String,
    from: NaiveDate,
    to: NaiveDate,
    /// Known to both sides.
    #[schema(minimum = 0)]
    matched: usize,
    /// Sent by the office, not with the agency.
    #[schema(max_items = 10000)]
    missing_there: Vec<Id>,
    /// With the agency, unknown to the office within these days.
    #[schema(max_items = 1500)]
    unknown_here: Vec<Id>,
    /// Due in these days and not sent yet.
    #[schema(max_items = 10000)]
    unsent: Vec<Id>,
    made_at: Moment,
}

/// Compares both sides' records.
///
/// The agency, or the office in its name, lists what it has; the answer names what either side lacks. The result
/// is kept.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "create_reconciliation", params(
    ("code" = String, Path, description = "The agency's code.", min_length = 1, max_length = 40, example = "LAND"),
), request_body = ReconciliationInput, responses((status = 201, description = "The comparison.", body = Reconciliation)))]
#[post("/v1/agencies/{code}/reconciliations")]
pub async fn create_reconciliation(
    may: May<CreateReconciliation>,
    code: PathText<String>,
    Valid(input): Valid<ReconciliationInput>,
) -> Result<Reply> {
    let days = (input.to - input.from).num_days();
    if !is_plausible(input.from) || !is_plausible(input.to) || !(0..=31).contains(&days) {
        let text = Text::new("至多 31 日，且不得早於 from", "at most 31 days, and not before from");
        return Err(Error::field("/to", "range", text));
    }
    may.write(move |tx, by| {
        agencies::store::find(tx, &code.0)?;
        if bound_to(by)?.is_some_and(|own| own != code.0) {
            return Err(Code::NotFound.into());
        }
        let ours: Vec<(Id, Option<Moment>)> = agency_deliveries::table
            .filter(agency_deliveries::agency_code.eq(&code.0))
            .filter(agency_deliveries::due_on.ge(input.from).and(agency_deliveries::due_on.le(input.to)))
            .filter(agency_deliveries::status.ne(DeliveryStatus::Withdrawn))
            .order(agency_deliveries::id)
            .select((agency_deliveries::id, agency_deliveries::sent_at))
            .load(&mut **tx)?;
        let theirs: std::collections::BTreeSet<Id> = input.received.iter().copied().collect();
        let lacks = |sent: bool| {
            let wanted = ours.iter().filter(move |(id, at)| !theirs.contains(id) && at.is_some() == sent);
            wanted.map(|(id, _)| *id).collect::<Vec<_>>()
        };
        let known: std::collections::BTreeSet<Id> = ours.iter().map(|(id, _)| *id).collect();
        let mut unknown_here: Vec<Id> = input.received.iter().filter(|id| !known.contains(id)).copied().collect();
        unknown_here.sort_unstable();
        unknown_here.dedup();
        let (missing_there, unsent) = (lacks.clone()(true), lacks(false));
        let result = Reconciliation {
            id: Id::new(by.now),
            agency: code.0.clone(),
            from: input.from,
            to: input.to,
            matched: ours.len() - missing_there.len() - unsent.len(),
            missing_there,
            unknown_here,
            unsent,
            made_at: by.now,
        };
        let row = (
            agency_reconciliations::id.eq(result.id),
            agency_reconciliations::agency_code.eq(&code.0),
            agency_reconciliations::from_on.eq(input.from),
            agency_reconciliations::to_on.eq(input.to),
            agency_reconciliations::body.eq(JsonText::of(&result)?),
            agency_reconciliations::made_by.eq(by.caller.name()),
            agency_reconciliations::made_at.eq(by.now),
        );
        diesel::insert_into(agency_reconciliations::table).values(row).execute(&mut **tx)?;
        let event = json!({
            "agency": code.0, "matched": result.matched, "missing_there": result.missing_there.len(), "unknown_here": result.unknown_here.len(),
        });
        tx.record(Record::change("agency.reconciled", format!("agencies/{}", code.0), event));
        Reply::created(format!("/v1/agencies/{}/reconciliations/{}", code.0, result.id), &result)
    })
    .await
}
