//! Batch files: closed per cadence, read by the agency as CSV.

use actix_web::get;
use actix_web::web::Data;
use chrono::{Days, NaiveDate};
use diesel::dsl::not;
use diesel::prelude::*;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::model::{DeliveryAct, DeliveryStatus};
use super::policy::{GetAgencyBatch, ListAgencyBatches};
use super::store::{self, Delivery};
use crate::agencies;
use crate::agencies::model::{DeliveryChannel, NoticeField};
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::contract::IdInPath;
use crate::db::{Backend, Conn, Id, Record, Tx};
use crate::error::{Code, Error, Result};
use crate::http::{Listing, Page, Paging, PathId, Reply, Sheet};
use crate::node::Node;
use crate::people::OtherIdentity;
use crate::read_page;
use crate::schema::{agency_batches, agency_deliveries};
use crate::secrets::vault::Vault;

/// A batch file.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Selectable, Insertable)]
#[diesel(table_name = agency_batches)]
#[schema(example = json!({"id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "agency_code": "TAIPOWER", "period": "2026-11-23", "deliveries": 12, "made_at": "2026-11-24T00:00:05+08:00"}))]
pub struct Batch {
    pub id: Id,
    #[schema(max_length = 40)]
    pub agency_code: String,
    /// First day of the period that it closes.
    #[schema(max_length = 10)]
    pub period: String,
    #[schema(minimum = 1)]
    pub deliveries: i32,
    pub made_at: Moment,
}

/// Deliveries of an agency's periods that have ended and are in no batch yet.
fn ended(conn: &mut Conn, code: &str, start: NaiveDate) -> Result<Vec<Delivery>> {
    // Made before the running period began.
    let rows = agency_deliveries::table
        .filter(agency_deliveries::agency_code.eq(code))
        .filter(agency_deliveries::status.eq(DeliveryStatus::Queued))
        .filter(agency_deliveries::channel.eq(DeliveryChannel::Batch))
        .filter(agency_deliveries::next_at.lt(Moment::start_of(start)))
        .filter(not(store::void()))
        .order(agency_deliveries::place)
        .limit(10_000);
    Ok(rows.select(Delivery::as_select()).load(conn)?)
}

/// Whether any batch is to be closed.
pub fn any_due(conn: &mut Conn, now: Moment) -> Result<bool> {
    for (code, agency, _) in agencies::store::all(conn)? {
        if let Some(cadence) = agency.cadence
            && !ended(conn, &code, cadence.period_start(now.date()))?.is_empty()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Closes the batches whose period has ended; told by the timer, harmless when told twice.
pub fn close_due(tx: &mut Tx, now: Moment) -> Result<()> {
    for (code, agency, _) in agencies::store::all(tx)? {
        let Some(cadence) = agency.cadence else { continue };
        let start = cadence.period_start(now.date());
        let waiting = ended(tx, &code, start)?;
        if waiting.is_empty() {
            continue;
        }
        let last = cadence.period_start(start - Days::new(1));
        let made: i64 = agency_batches::table
            .filter(agency_batches::agency_code.eq(&code))
            .filter(agency_batches::period.like(format!("{last}%")))
            .count()
            .get_result(&mut **tx)?;
        // A resent dead letter may come after its period's batch was closed.
        let period = if made == 0 { last.to_string() } else { format!("{last}.{made}") };
        let deliveries = i32::try_from(waiting.len()).unwrap_or(i32::MAX);
        let batch = Batch { id: Id::new(now), agency_code: code, period, deliveries, made_at: now };
        diesel::insert_into(agency_batches::table).values(&batch).execute(&mut **tx)?;
        for mut delivery in waiting {
            delivery.status = DeliveryAct::Send.apply(delivery.status)?;
            delivery.mark_sent(now);
            delivery.batch_id = Some(batch.id);
            store::save(tx, &mut delivery, DeliveryAct::Send)?;
        }
        let event = json!({"agency": batch.agency_code, "period": batch.period, "deliveries": batch.deliveries});
        tx.record(Record::change("agency_batch.closed", format!("agency-batches/{}", batch.id), event));
    }
    Ok(())
}

/// Lists the agency's own batch files.
///
/// Newest first; each closes the deliveries of one day, week or month, by the agency's cadence.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "list_agency_batches", params(Listing), responses((status = 200, description = "A page of batches.", body = Page<Batch>)))]
#[get("/v1/agency-batches")]
pub async fn list_agency_batches(may: May<ListAgencyBatches>, paging: Paging) -> Result<Reply> {
    may.read(move |conn, by| {
        let agency = store::agency_of(by)?;
        let matching = || -> agency_batches::BoxedQuery<'_, Backend> {
            agency_batches::table.into_boxed().filter(agency_batches::agency_code.eq(&agency))
        };
        let page = read_page!(conn, &paging, matching, agency_batches::id desc, Batch)?;
        Reply::ok(&page)
    })
    .await
}

/// Reads a batch file.
///
/// CSV in UTF-8 with a header line: `delivery_id`, `trigger`, `event_on`, a column for each field, then `kind` and
/// `corrects`, and `identified_by_kind`, `identified_by_country`, `identified_by_paper` and `identified_by_number` of whoever has no
/// number of their own. A cell that a spreadsheet would run as a formula begins with `'`. The reading is logged.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "get_agency_batch", params(IdInPath), responses((status = 200, description = "The file.", body = String, content_type = "text/csv")))]
#[get("/v1/agency-batches/{id}")]
pub async fn get_agency_batch(may: May<GetAgencyBatch>, node: Data<Node>, id: PathId) -> Result<Reply> {
    let rows = may.read(move |conn, by| of_batch(conn, by, id.0)).await?;
    let read: Vec<(Id, Id)> = rows.iter().map(|delivery| (delivery.id, delivery.person_id)).collect();
    // Logged before anything is handed out, and made into a file outside the store.
    may.write_beside(move |tx, _| {
        for (id, person) in &read {
            let subject = format!("agency-deliveries/{id}");
            tx.record(Record::read("agency_delivery.read", subject, "payload").about(*person));
        }
        Ok(())
    })
    .await?;
    let file = tokio::task::spawn_blocking(move || sheet(&node.vault, &rows)?.csv()).await;
    file.map_err(|e| Error::internal("a batch cannot be written", e))?
}

/// The deliveries of a batch, if it is the agency's own.
fn of_batch(conn: &mut Conn, by: &By, id: Id) -> Result<Vec<Delivery>> {
    let agency = store::agency_of(by)?;
    let own = agency_batches::table.find(id).filter(agency_batches::agency_code.eq(agency));
    let batch: Batch = own.select(Batch::as_select()).first(conn).optional()?.ok_or(Code::NOT_FOUND)?;
    let rows = agency_deliveries::table.filter(agency_deliveries::batch_id.eq(batch.id.to_string()));
    Ok(rows.order(agency_deliveries::place).select(Delivery::as_select()).load(conn)?)
}

fn sheet(vault: &Vault, rows: &[Delivery]) -> Result<Sheet> {
    let mut header = vec!["delivery_id", "trigger", "event_on"];
    header.extend(NoticeField::ALL.iter().map(|field| field.as_str()));
    header.extend(["kind", "corrects"]);
    header.extend(["identified_by_kind", "identified_by_country", "identified_by_paper", "identified_by_number"]);
    let line = |delivery: &Delivery| {
        let payload = delivery.open(vault)?;
        let event_on = payload.event_on.map(|day| day.to_string()).unwrap_or_default();
        let mut line = vec![delivery.id.to_string(), payload.trigger.to_string(), event_on];
        line.extend(NoticeField::ALL.iter().map(|field| payload.fields.get(field).cloned().unwrap_or_default()));
        line.extend([delivery.kind.to_string(), delivery.corrects.map(|id| id.to_string()).unwrap_or_default()]);
        line.extend(payload.identified_by.map_or_else(Default::default, OtherIdentity::cells));
        Ok(line)
    };
    Ok(Sheet::new(header, rows.iter().map(line).collect::<Result<_>>()?))
}
