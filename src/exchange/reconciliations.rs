//! The office's ledger compared with an agency's own records; results are kept.

use std::collections::BTreeSet;

use actix_web::{get, post};
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::ledger::bound_to;
use super::model::DeliveryStatus;
use super::policy::{CreateReconciliation, GetReconciliation, ListReconciliations};
use super::store;
use crate::agencies;
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::contract::IdInPath;
use crate::db::{Backend, Conn, Id, JsonText, Narrow, Record};
use crate::error::{Code, Error, Result, Text};
use crate::http::{Listing, Page, Paging, PathTail, PathText, Reply, Valid, is_plausible, page_of};
use crate::office::desk;
use crate::schema::{agency_deliveries, agency_reconciliations};

/// What the agency's own records say.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from_on": "2026-11-23", "to_on": "2026-11-23", "received_ids": ["019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f"]}))]
pub struct ReconciliationInput {
    /// First day on which the deliveries were due.
    from_on: NaiveDate,
    /// Last day; at most 31 days after the first.
    to_on: NaiveDate,
    /// Ids of all deliveries of these days that the agency has.
    #[schema(max_items = 1500)]
    received_ids: Vec<Id>,
}

/// Both sides compared.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "agency_code": "LAND", "from_on": "2026-11-23", "to_on": "2026-11-23", "matched": 41,
    "missing_there_ids": [], "unknown_here_ids": [], "unsent_ids": [], "made_at": "2026-11-24T09:00:00+08:00"
}))]
pub struct Reconciliation {
    id: Id,
    #[schema(max_length = 40)]
    #[serde(alias = "agency")]
    agency_code: String,
    #[serde(alias = "from")]
    from_on: NaiveDate,
    #[serde(alias = "to")]
    to_on: NaiveDate,
    /// Known to both sides.
    #[schema(minimum = 0)]
    matched: usize,
    /// Sent by the office, not with the agency.
    #[schema(max_items = 10000)]
    #[serde(alias = "missing_there")]
    missing_there_ids: Vec<Id>,
    /// With the agency, unknown to the office within these days.
    #[schema(max_items = 1500)]
    #[serde(alias = "unknown_here")]
    unknown_here_ids: Vec<Id>,
    /// Due in these days and not sent yet.
    #[schema(max_items = 10000)]
    #[serde(alias = "unsent")]
    unsent_ids: Vec<Id>,
    made_at: Moment,
}

/// Refuses an agency that is not the caller's own, or is none.
fn reach(conn: &mut Conn, by: &By, code: &str) -> Result<()> {
    agencies::store::find(conn, code)?;
    if bound_to(by)?.is_some_and(|own| own != code) {
        return Err(Code::NOT_FOUND.into());
    }
    Ok(())
}

/// Both lists side by side; ours says when each was sent.
fn compare(code: &str, input: &ReconciliationInput, ours: &[(Id, Option<Moment>)], now: Moment) -> Reconciliation {
    let theirs: BTreeSet<Id> = input.received_ids.iter().copied().collect();
    let known: BTreeSet<Id> = ours.iter().map(|(id, _)| *id).collect();
    let lacking = |sent: bool| -> Vec<Id> {
        ours.iter().filter(|(id, at)| !theirs.contains(id) && at.is_some() == sent).map(|(id, _)| *id).collect()
    };
    let (missing_there_ids, unsent_ids) = (lacking(true), lacking(false));
    Reconciliation {
        id: Id::new(now),
        agency_code: code.to_owned(),
        from_on: input.from_on,
        to_on: input.to_on,
        matched: ours.len() - missing_there_ids.len() - unsent_ids.len(),
        missing_there_ids,
        unknown_here_ids: theirs.difference(&known).copied().collect(),
        unsent_ids,
        made_at: now,
    }
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
    let days = (input.to_on - input.from_on).num_days();
    if !is_plausible(input.from_on) || !is_plausible(input.to_on) || !(0..=31).contains(&days) {
        let text = Text::new("至多 31 日，且不得早於 from_on", "at most 31 days, and not before from_on");
        return Err(Error::field("/to_on", "range", text));
    }
    may.write(move |tx, by| {
        reach(tx, by, &code.0)?;
        let ours: Vec<(Id, Option<Moment>)> = store::within(agency_deliveries::table.into_boxed(), by)
            .filter(agency_deliveries::agency_code.eq(code.0.clone()))
            .filter(agency_deliveries::due_on.ge(input.from_on).and(agency_deliveries::due_on.le(input.to_on)))
            .filter(agency_deliveries::status.ne(DeliveryStatus::Withdrawn))
            .order(agency_deliveries::id)
            .select((agency_deliveries::id, agency_deliveries::sent_at))
            .load(&mut **tx)?;
        let result = compare(&code.0, &input, &ours, by.now);
        let row = (
            agency_reconciliations::id.eq(result.id),
            agency_reconciliations::agency_code.eq(&code.0),
            agency_reconciliations::from_on.eq(input.from_on),
            agency_reconciliations::to_on.eq(input.to_on),
            agency_reconciliations::body.eq(JsonText::of(&result)?),
            agency_reconciliations::made_by.eq(by.caller.name()),
            agency_reconciliations::made_at.eq(by.now),
        );
        diesel::insert_into(agency_reconciliations::table).values(row).execute(&mut **tx)?;
        let event = json!({
            "agency": code.0, "matched": result.matched, "missing_there_ids": result.missing_there_ids.len(), "unknown_here_ids": result.unknown_here_ids.len(),
        });
        tx.record(Record::change("agency.reconciled", format!("agencies/{}", code.0), event));
        Reply::created(format!("/v1/agencies/{}/reconciliations/{}", code.0, result.id), &result)
    })
    .await
}

/// The comparisons of an agency that the caller may see: a branch desk's own.
fn stored<'a>(code: &str, by: &By) -> agency_reconciliations::BoxedQuery<'a, Backend> {
    let rows = agency_reconciliations::table.filter(agency_reconciliations::agency_code.eq(code.to_owned())).into_boxed();
    if desk::bound(by).is_none() {
        return rows;
    }
    let rows = rows.filter(agency_reconciliations::made_by.eq(by.caller.name()));
    rows.narrow(by.caller.held_since(), |since| agency_reconciliations::made_at.ge(since))
}

/// Lists the comparisons of an agency.
///
/// Newest first; a partner agency sees its own.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "list_reconciliations", params(
    ("code" = String, Path, description = "The agency's code.", min_length = 1, max_length = 40, example = "LAND"), Listing,
), responses((status = 200, description = "A page of comparisons.", body = Page<Reconciliation>)))]
#[get("/v1/agencies/{code}/reconciliations")]
pub async fn list_reconciliations(may: May<ListReconciliations>, code: PathText<String>, paging: Paging) -> Result<Reply> {
    may.read(move |conn, by| {
        reach(conn, by, &code.0)?;
        let total = paging.total(|| stored(&code.0, by).count().get_result(conn))?;
        let mut page = stored(&code.0, by);
        if let Some(after) = &paging.after {
            page = page.filter(agency_reconciliations::id.lt(after.clone()));
        }
        let rows = page.order(agency_reconciliations::id.desc()).limit(paging.rows()).select(agency_reconciliations::body);
        let rows: Vec<JsonText> = rows.load(conn)?;
        let results = rows.iter().map(JsonText::read).collect::<Result<Vec<Reconciliation>>>()?;
        Reply::ok(&page_of(&paging, results, total, |result| result.id.to_string()))
    })
    .await
}

/// Shows a comparison.
///
/// As it came out when it was made.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "get_reconciliation", params(
    ("code" = String, Path, description = "The agency's code.", min_length = 1, max_length = 40, example = "LAND"), IdInPath,
), responses((status = 200, description = "The comparison.", body = Reconciliation)))]
#[get("/v1/agencies/{code}/reconciliations/{id}")]
pub async fn get_reconciliation(may: May<GetReconciliation>, code: PathText<String>, id: PathTail<Id>) -> Result<Reply> {
    may.read(move |conn, by| {
        reach(conn, by, &code.0)?;
        let row = stored(&code.0, by).filter(agency_reconciliations::id.eq(id.0.to_string()));
        let body: Option<JsonText> = row.select(agency_reconciliations::body).first(conn).optional()?;
        Reply::ok(&body.ok_or(Code::NOT_FOUND)?.read::<Reconciliation>()?)
    })
    .await
}
