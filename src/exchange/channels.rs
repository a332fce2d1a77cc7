//! Changes of an agency, and of the way that its waiting deliveries take.

use actix_web::put;
use actix_web::web::Data;
use diesel::prelude::*;
use serde_json::json;

use super::model::DeliveryStatus;
use super::policy::UpdateAgency;
use super::store::Delivery;
use crate::agencies;
use crate::agencies::model::{Agency, AgencyView, DeliveryChannel};
use crate::auth::May;
use crate::clock::Moment;
use crate::contract::IfMatchHeader;
use crate::db::{Record, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, PathText, Reply, Valid};
use crate::node::Node;
use crate::schema::agency_deliveries;

/// Changes an agency.
///
/// Triggers, fields, channel and cadence. What waits to be sent takes the new way from now on; what was sent stays as
/// it was. WEBHOOK needs a secret first: `:rotate-secret`.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "update_agency", params(
    ("code" = String, Path, description = "The agency's code.", min_length = 1, max_length = 40, example = "LAND"), IfMatchHeader,
), request_body = Agency, responses((status = 200, description = "The agency.", body = AgencyView)))]
#[put("/v1/agencies/{code}")]
pub async fn update_agency(
    may: May<UpdateAgency>,
    node: Data<Node>,
    code: PathText<String>,
    if_match: IfMatch,
    Valid(agency): Valid<Agency>,
) -> Result<Reply> {
    agency.check()?;
    may.write(move |tx, by| {
        let (before, version) = agencies::store::find(tx, &code.0)?;
        if_match.check(version)?;
        if let Some(url) = &agency.webhook_url {
            node.outbound.check(url)?;
        }
        let pushed = agency.channel == DeliveryChannel::Webhook;
        if pushed && agencies::store::secrets(tx, &node.vault, &code.0, by.now)?.is_empty() {
            let text = Text::new("請先以 :rotate-secret 產生簽章密鑰", "make a secret that signs first, by :rotate-secret");
            return Err(Error::field("/channel", "secret_required", text));
        }
        agencies::store::save(tx, &code.0, &agency, version + 1, by.now)?;
        let moved = redirect(tx, &code.0, &before, &agency, by.now)?;
        let event = json!({"version": version + 1, "channel": agency.channel, "moved": moved});
        tx.record(Record::change("agency.changed", format!("agencies/{}", code.0), event));
        Ok(Reply::ok(&AgencyView { code: code.0.clone(), agency: agency.clone() })?.version(version + 1))
    })
    .await
}

/// Sends what waits for an agency by its new way; gives how many deliveries that are.
fn redirect(tx: &mut Tx, code: &str, before: &Agency, after: &Agency, now: Moment) -> Result<usize> {
    let moved = (before.channel, &before.webhook_url) != (after.channel, &after.webhook_url);
    if !moved && before.cadence == after.cadence {
        return Ok(0);
    }
    let waiting = agency_deliveries::table
        .filter(agency_deliveries::agency_code.eq(code))
        .filter(agency_deliveries::status.eq(DeliveryStatus::Queued));
    let rows: Vec<Delivery> = waiting.select(Delivery::as_select()).load(&mut **tx)?;
    for delivery in &rows {
        // A new way is tried at once; within a batch's new period it waits since when it did.
        let since = if moved { now } else { delivery.next_at };
        let change = (
            agency_deliveries::channel.eq(after.channel),
            agency_deliveries::next_at.eq(since),
            agency_deliveries::due_on.eq(after.due_on(delivery.due_on, since.date())),
            agency_deliveries::version.eq(agency_deliveries::version + 1),
        );
        diesel::update(agency_deliveries::table.find(delivery.id)).set(change).execute(&mut **tx)?;
    }
    Ok(rows.len())
}
