//! Changes of an agency, and of the way that its waiting deliveries take.

use actix_web::web::Data;
use actix_web::{post, put};
use diesel::prelude::*;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::model::DeliveryStatus;
use super::policy::{ApproveAgency, RejectAgency, UpdateAgency};
use super::store::Delivery;
use crate::agencies;
use crate::agencies::model::{Agency, AgencyView, DeliveryChannel, Waiting};
use crate::auth::May;
use crate::clock::Moment;
use crate::contract::IfMatchHeader;
use crate::db::{Record, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, PathText, Reply, Valid};
use crate::node::Node;
use crate::schema::agency_deliveries;
use crate::secrets::vault::halves;
use crate::states::{Part, keep_apart, parts_of};

/// Changes an agency.
///
/// What it is told and where (`notification_partner`, triggers, fields, channel, `webhook_url`) opens personal data: a change
/// of any of these waits whole, as `requested`, for the approval of the director or a section chief (POST …:approve); any other
/// is in force at once, and takes back what waits. What waits to be sent takes a new way once that is in force; what was sent
/// stays as it was. WEBHOOK needs a secret first: `:rotate-secret`.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "update_agency", params(
    ("code" = String, Path, description = "The agency's code.", min_length = 1, max_length = 40, example = "LAND"), IfMatchHeader,
), request_body = Agency, responses((status = 200, description = "The agency, with what waits for approval.", body = AgencyView)))]
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
        let mut waiting = agencies::store::waiting(tx, &code.0)?;
        check_way(tx, &node, &code.0, &agency, waiting.secret.is_some(), by.now)?;
        let opens = before.opens(&agency);
        waiting.agency = opens.then(|| agency.clone());
        waiting.asked_by(&by.caller.name(), by.now);
        agencies::store::set_waiting(tx, &code.0, &waiting)?;
        if opens {
            agencies::store::save(tx, &code.0, &before, version + 1, by.now)?;
            tx.record(Record::change("agency.change_asked", format!("agencies/{}", code.0), json!({"version": version + 1})));
        } else {
            put_in_force(tx, &code.0, &before, &agency, version + 1, by.now)?;
        }
        let in_force = if opens { before } else { agency.clone() };
        Ok(Reply::ok(&AgencyView::whole(code.0.clone(), in_force, waiting))?.version(version + 1))
    })
    .await
}

/// Refuses an address that may not be called, and a channel that lacks the secret which signs.
fn check_way(tx: &mut Tx, node: &Node, code: &str, agency: &Agency, secret_waits: bool, now: Moment) -> Result<()> {
    if let Some(url) = &agency.webhook_url {
        node.outbound.check(url)?;
    }
    let pushed = agency.channel == DeliveryChannel::Webhook;
    if pushed && !secret_waits && agencies::store::secrets(tx, &node.vault, code, now)?.is_empty() {
        let text = Text::new("請先以 :rotate-secret 產生簽章密鑰", "make a secret that signs first, by :rotate-secret");
        return Err(Error::field("/channel", "secret_required", text));
    }
    Ok(())
}

fn put_in_force(tx: &mut Tx, code: &str, before: &Agency, agency: &Agency, version: i32, now: Moment) -> Result<()> {
    agencies::store::save(tx, code, agency, version, now)?;
    let moved = redirect(tx, code, before, agency, now)?;
    let event = json!({"version": version, "channel": agency.channel, "moved": moved});
    tx.record(Record::change("agency.changed", format!("agencies/{code}"), event));
    Ok(())
}

/// An agency after an approval.
#[derive(Serialize, ToSchema)]
pub struct ApprovedAgency {
    #[serde(flatten)]
    agency: AgencyView,
    /// The second half of a secret that was approved with it, shown this once; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100, nullable = false)]
    second_half: Option<String>,
}

/// What waits for an agency, for somebody to decide on it: 409 where nothing does.
fn waiting(tx: &mut Tx, code: &str) -> Result<Waiting> {
    let waiting = agencies::store::waiting(tx, code)?;
    if waiting.is_empty() { Err(Error::wrong_state(&[])) } else { Ok(waiting) }
}

/// Approves what was asked for an agency.
///
/// A change, a new secret or both. Not by whoever asked for it, nor by another account of theirs, so that of both accounts it
/// is known who works with them, and both of them hold office; `If-Match` names the version that was seen, `*` none.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "approve_agency", params(
    ("code" = String, Path, description = "The agency's code.", min_length = 1, max_length = 40, example = "LAND"), IfMatchHeader,
), responses(
    (status = 200, description = "What was asked for is in force.", body = ApprovedAgency),
    (status = 409, description = "`own_request`, `holder_required`, `asker_gone`, or `wrong_state`: nothing waits."),
))]
#[post("/v1/agencies/{code}:approve")]
pub async fn approve_agency(
    may: May<ApproveAgency>,
    node: Data<Node>,
    code: PathText<String>,
    if_match: IfMatch,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let (before, version) = agencies::store::find(tx, &code.0)?;
        if_match.seen(version)?;
        let asked = waiting(tx, &code.0)?;
        let parts = parts_of(tx, &by.caller, asked.by.iter().map(|asker| (Part::Proposer, asker.as_str(), asked.at)))?;
        keep_apart(&parts, &[Part::Unnamed, Part::Proposer, Part::Remaining])?;
        let mut second_half = None;
        if let Some(sealed) = asked.secret {
            let secret = agencies::store::open_secret(&node.vault, &code.0, sealed.clone())?;
            second_half = Some(halves(&secret).1.to_owned());
            agencies::store::set_secret(tx, &code.0, sealed, by.now)?;
            tx.record(Record::change("agency.secret_rotated", format!("agencies/{}", code.0), json!({})));
        }
        let in_force = asked.agency.unwrap_or_else(|| before.clone());
        // What named a secret that waited may have lost it to a rejection.
        check_way(tx, &node, &code.0, &in_force, false, by.now)?;
        agencies::store::set_waiting(tx, &code.0, &Waiting::default())?;
        put_in_force(tx, &code.0, &before, &in_force, version + 1, by.now)?;
        let agency = AgencyView::whole(code.0.clone(), in_force, Waiting::default());
        Ok(Reply::ok(&ApprovedAgency { agency, second_half })?.version(version + 1))
    })
    .await
}

/// Rejects what was asked for an agency.
///
/// What is in force stays.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "reject_agency", params(
    ("code" = String, Path, description = "The agency's code.", min_length = 1, max_length = 40, example = "LAND"), IfMatchHeader,
), responses(
    (status = 200, description = "What was asked for is dropped.", body = AgencyView),
    (status = 409, description = "`wrong_state`: nothing waits."),
))]
#[post("/v1/agencies/{code}:reject")]
pub async fn reject_agency(may: May<RejectAgency>, code: PathText<String>, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let (agency, version) = agencies::store::find(tx, &code.0)?;
        if_match.check(version)?;
        waiting(tx, &code.0)?;
        agencies::store::set_waiting(tx, &code.0, &Waiting::default())?;
        agencies::store::save(tx, &code.0, &agency, version + 1, by.now)?;
        tx.record(Record::change("agency.change_rejected", format!("agencies/{}", code.0), json!({"version": version + 1})));
        Ok(Reply::ok(&AgencyView::whole(code.0.clone(), agency, Waiting::default()))?.version(version + 1))
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
