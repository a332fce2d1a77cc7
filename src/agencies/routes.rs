//! Operations on agencies.

use actix_web::web::Data;
use actix_web::{get, post, put};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::model::Agency;
use super::store;
use crate::auth::May;
use crate::auth::policy::{GetAgency, ListAgencies, RotateAgencySecret, UpdateAgency};
use crate::auth::vault::random_secret;
use crate::bounded_list;
use crate::contract::IfMatchHeader;
use crate::db::Record;
use crate::error::Result;
use crate::http::{BoundedListing, IfMatch, PathText, Reply, Stretch, Valid};
use crate::state::State;

/// An agency with its code.
#[derive(Serialize, ToSchema)]
pub struct AgencyView {
    #[schema(max_length = 40, example = "LAND")]
    code: String,
    #[serde(flatten)]
    agency: Agency,
}

bounded_list! {
    /// Every agency.
    pub struct AgencyList of AgencyView, at most 500
}

/// Lists the agencies.
///
/// With what each takes and how it is reached; `notification_partner` marks those that hear of changed
/// registrations on a person's consent.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "list_agencies", params(BoundedListing), responses((status = 200, description = "Every agency.", body = AgencyList)))]
#[get("/v1/agencies")]
pub async fn list_agencies(may: May<ListAgencies>, stretch: Stretch) -> Result<Reply> {
    may.read_for_all(move |conn, _| {
        let items = store::all(conn)?.into_iter().map(|(code, agency, _)| AgencyView { code, agency }).collect();
        let page = stretch.page(items, |agency: &AgencyView| agency.code.clone());
        Ok(Reply::ok(&AgencyList::from(page))?.public())
    })
    .await
}

/// Shows an agency.
///
/// With the version that a change must name.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "get_agency", params(
    ("code" = String, Path, description = "The agency's code.", min_length = 1, max_length = 40, example = "LAND"),
), responses((status = 200, description = "The agency.", body = AgencyView)))]
#[get("/v1/agencies/{code}")]
pub async fn get_agency(may: May<GetAgency>, code: PathText<String>) -> Result<Reply> {
    may.read_for_all(move |conn, _| {
        let (agency, version) = store::find(conn, &code.0)?;
        Ok(Reply::ok(&AgencyView { code: code.0, agency })?.version(version).public())
    })
    .await
}

/// Changes an agency.
///
/// Triggers, fields, channel and cadence; notices already made keep the channel under which they were made.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "update_agency", params(
    ("code" = String, Path, description = "The agency's code.", min_length = 1, max_length = 40, example = "LAND"), IfMatchHeader,
), request_body = Agency, responses((status = 200, description = "The agency.", body = AgencyView)))]
#[put("/v1/agencies/{code}")]
pub async fn update_agency(
    may: May<UpdateAgency>,
    state: Data<State>,
    code: PathText<String>,
    if_match: IfMatch,
    Valid(agency): Valid<Agency>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let (_, version) = store::find(tx, &code.0)?;
        if_match.check(version)?;
        if let Some(url) = &agency.webhook_url {
            state.outbound.check(url)?;
        }
        store::save(tx, &code.0, &agency, version + 1, by.now)?;
        let event = json!({"version": version + 1, "channel": agency.channel});
        tx.record(Record::change("agency.changed", format!("agencies/{}", code.0), event));
        Ok(Reply::ok(&AgencyView { code: code.0.clone(), agency: agency.clone() })?.version(version + 1))
    })
    .await
}

/// A secret, shown once.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}))]
pub struct WebhookSecret {
    /// `whsec_` and the key in base64, as Standard Webhooks has it.
    #[schema(max_length = 100)]
    secret: String,
}

/// Makes a new secret for an agency's webhook.
///
/// Shown this once; what is sent from now on is signed with it.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "rotate_agency_secret", params(
    ("code" = String, Path, description = "The agency's code.", min_length = 1, max_length = 40, example = "LAND"),
), responses((status = 200, description = "The secret.", body = WebhookSecret)))]
#[post("/v1/agencies/{code}:rotate-secret")]
pub async fn rotate_agency_secret(may: May<RotateAgencySecret>, state: Data<State>, code: PathText<String>) -> Result<Reply> {
    may.write(move |tx, _| {
        store::find(tx, &code.0)?;
        // 24 bytes in URL-safe base64 have no padding and are plain base64 but for two signs.
        let secret = format!("whsec_{}", random_secret(24).replace('-', "+").replace('_', "/"));
        store::set_secret(tx, &state.vault, &code.0, &secret)?;
        tx.record(Record::change("agency.secret_rotated", format!("agencies/{}", code.0), json!({})));
        Reply::ok(&WebhookSecret { secret })
    })
    .await
}
