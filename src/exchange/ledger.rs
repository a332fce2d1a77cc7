//! The ledger of what was due, sent, acknowledged, late and missing.

use actix_web::get;
use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::model::DeliveryStatus;
use super::policy::ListNoticeLedger;
use super::store::{self, Delivery};
use crate::agencies::{self, model::DeliveryChannel};
use crate::auth::{By, May, Reach};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id};
use crate::error::Result;
use crate::http::{Listing, Page, Paging, Params, Reply, page_of, plausible_day};
use crate::schema::agency_deliveries;
use crate::text_enum;

text_enum! {
    /// Where a delivery stands in the ledger: LATE was sent, or is still unsent, after its day; MISSING is unacknowledged three days after it, whether sent or waiting to be pulled; DEAD was given up.
    pub enum LedgerStatus {
        Due = "DUE",
        Sent = "SENT",
        Acknowledged = "ACKNOWLEDGED",
        Late = "LATE",
        Missing = "MISSING",
        Dead = "DEAD",
        Withdrawn = "WITHDRAWN",
    }
}

/// One line of the ledger: no personal data.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "delivery_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "agency_code": "LAND", "due_on": "2026-11-23", "status": "ACKNOWLEDGED",
    "delivery_status": "ACKNOWLEDGED", "attempts": 1, "sent_at": "2026-11-23T10:00:05+08:00", "acknowledged_at": "2026-11-23T10:00:05+08:00", "answered_at": null,
    "late": false, "missing": false
}))]
pub struct NoticeLedgerLine {
    delivery_id: Id,
    #[schema(max_length = 40)]
    agency_code: String,
    due_on: NaiveDate,
    /// The most telling of its states in the ledger.
    status: LedgerStatus,
    /// Its own state.
    delivery_status: DeliveryStatus,
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

impl NoticeLedgerLine {
    fn of(delivery: &Delivery, today: NaiveDate) -> Self {
        let unsent = matches!(delivery.status, DeliveryStatus::Queued | DeliveryStatus::Dead);
        let late = delivery.late || (unsent && delivery.due_on < today);
        let awaited = match delivery.status {
            DeliveryStatus::Sent => true,
            DeliveryStatus::Queued => delivery.channel == DeliveryChannel::Pull,
            _ => false,
        };
        let missing = awaited && delivery.due_on < today - Days::new(MISSING_AFTER);
        let status = match delivery.status {
            DeliveryStatus::Withdrawn => LedgerStatus::Withdrawn,
            DeliveryStatus::Dead => LedgerStatus::Dead,
            _ if missing => LedgerStatus::Missing,
            DeliveryStatus::Queued if late => LedgerStatus::Late,
            DeliveryStatus::Queued => LedgerStatus::Due,
            DeliveryStatus::Sent => LedgerStatus::Sent,
            DeliveryStatus::Acknowledged | DeliveryStatus::Updated | DeliveryStatus::Rejected => LedgerStatus::Acknowledged,
        };
        Self {
            delivery_id: delivery.id,
            agency_code: delivery.agency_code.clone(),
            due_on: delivery.due_on,
            status,
            delivery_status: delivery.status,
            attempts: delivery.attempts,
            sent_at: delivery.sent_at,
            acknowledged_at: delivery.acknowledged_at,
            answered_at: delivery.answered_at,
            late,
            missing,
        }
    }
}

/// How many deliveries are in each state; one may be in several.
#[derive(Serialize, ToSchema)]
pub struct LedgerTotals {
    /// Not sent yet.
    #[schema(minimum = 0)]
    due: i64,
    #[schema(minimum = 0)]
    sent: i64,
    #[schema(minimum = 0)]
    acknowledged: i64,
    #[schema(minimum = 0)]
    late: i64,
    #[schema(minimum = 0)]
    missing: i64,
}

/// A page of the ledger, and on the first one its totals.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "items": [], "next": null, "totals": {"due": 1, "sent": 41, "acknowledged": 40, "late": 1, "missing": 0}
}))]
pub struct NoticeLedger {
    #[schema(max_items = 100)]
    items: Vec<NoticeLedgerLine>,
    /// Cursor of the next page; `null` on the last one.
    #[schema(max_length = 400)]
    next: Option<String>,
    /// Number of all items, only with `include_total=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, nullable = false)]
    total: Option<i64>,
    /// Of the agency and the day asked for, whatever the state; on the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    totals: Option<LedgerTotals>,
}

/// Filters of the ledger.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LedgerFilter {
    /// One agency's deliveries; a partner sees its own.
    #[param(min_length = 1, max_length = 40)]
    agency: Option<String>,
    /// Deliveries due on this day.
    date: Option<NaiveDate>,
    /// In this state, besides whichever others it may be in.
    status: Option<LedgerStatus>,
}

/// The agency that bounds the caller: a partner's own.
pub fn bound_to(by: &By) -> Result<Option<String>> {
    if by.reach == Reach::Own { store::agency_of(by).map(Some) } else { Ok(None) }
}

type Rows<'a> = agency_deliveries::BoxedQuery<'a, Backend>;

/// Deliveries of the agency and the day asked for, within the caller's bounds, but for those of forms that are closed to them.
fn matching<'a>(query: &LedgerFilter, (by, closed): (&By, &'a [Id])) -> Result<Rows<'a>> {
    let rows = store::within(agency_deliveries::table.into_boxed(), by);
    let mut rows = rows.filter(agency_deliveries::notice_id.ne_all(closed.iter().copied()));
    if let Some(agency) = bound_to(by)?.or_else(|| query.agency.clone()) {
        rows = rows.filter(agency_deliveries::agency_code.eq(agency));
    }
    if let Some(date) = query.date {
        rows = rows.filter(agency_deliveries::due_on.eq(date));
    }
    Ok(rows)
}

/// Those of them that have a status.
fn with_status(rows: Rows<'_>, status: LedgerStatus, today: NaiveDate) -> Rows<'_> {
    use agency_deliveries as delivery;
    let queued = || delivery::status.eq(DeliveryStatus::Queued);
    match status {
        LedgerStatus::Due => rows.filter(queued()),
        LedgerStatus::Sent => rows.filter(delivery::sent_at.is_not_null()),
        LedgerStatus::Acknowledged => rows.filter(delivery::acknowledged_at.is_not_null()),
        LedgerStatus::Dead => rows.filter(delivery::status.eq(DeliveryStatus::Dead)),
        LedgerStatus::Withdrawn => rows.filter(delivery::status.eq(DeliveryStatus::Withdrawn)),
        LedgerStatus::Late => {
            let unsent = delivery::status.eq_any([DeliveryStatus::Queued, DeliveryStatus::Dead]);
            rows.filter(delivery::late.eq(true).or(unsent.and(delivery::due_on.lt(today))))
        }
        LedgerStatus::Missing => {
            let pulled = queued().and(delivery::channel.eq(DeliveryChannel::Pull));
            let awaited = delivery::status.eq(DeliveryStatus::Sent).or(pulled);
            rows.filter(awaited.and(delivery::due_on.lt(today - Days::new(MISSING_AFTER))))
        }
    }
}

fn totals(conn: &mut Conn, query: &LedgerFilter, (by, closed): (&By, &[Id])) -> Result<LedgerTotals> {
    let mut count = |status| -> Result<i64> {
        Ok(with_status(matching(query, (by, closed))?, status, by.now.date()).count().get_result(conn)?)
    };
    Ok(LedgerTotals {
        due: count(LedgerStatus::Due)?,
        sent: count(LedgerStatus::Sent)?,
        acknowledged: count(LedgerStatus::Acknowledged)?,
        late: count(LedgerStatus::Late)?,
        missing: count(LedgerStatus::Missing)?,
    })
}

/// Shows the ledger of deliveries.
///
/// What was due, sent, acknowledged, late and missing, in the order of making, with the totals of each on the first
/// page. A partner agency sees its own lines, a branch desk those of its service point.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "list_notice_ledger", params(LedgerFilter, Listing), responses((status = 200, description = "A page of the ledger.", body = NoticeLedger)))]
#[get("/v1/notice-ledger")]
pub async fn list_notice_ledger(
    may: May<ListNoticeLedger>,
    Params(query): Params<LedgerFilter>,
    paging: Paging,
) -> Result<Reply> {
    plausible_day("date", query.date)?;
    let node = may.node().clone();
    may.read(move |conn, by| {
        agencies::store::check_filter(conn, query.agency.as_deref())?;
        let today = by.now.date();
        let closed = store::closed(conn, &node, by)?;
        let lines = || -> Result<Rows<'_>> {
            let rows = matching(&query, (by, &closed))?;
            Ok(match query.status {
                Some(status) => with_status(rows, status, today),
                None => rows,
            })
        };
        let counted = lines()?;
        let total = paging.total(|| counted.count().get_result(conn))?;
        let totals = if paging.after.is_none() { Some(totals(conn, &query, (by, &closed))?) } else { None };
        let mut page = lines()?;
        if let Some(after) = paging.after(|delivery: &Delivery| delivery.place)? {
            page = page.filter(agency_deliveries::place.gt(after));
        }
        let rows = page.order(agency_deliveries::place).limit(paging.rows()).select(Delivery::as_select()).load(conn)?;
        let Page { items, next, total } = page_of(&paging, rows, total, |delivery: &Delivery| delivery.place.to_string());
        let items: Vec<_> = items.iter().map(|delivery| NoticeLedgerLine::of(delivery, today)).collect();
        Reply::ok(&NoticeLedger { items, next, total, totals })
    })
    .await
}
