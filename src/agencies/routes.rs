//! Operations on agencies.

use actix_web::web::Data;
use actix_web::{get, post};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::model::{Agency, AgencyView};
use super::policy::{GetAgency, ListAgencies, RotateAgencySecret};
use super::store;
use crate::auth::policy::Action;
use crate::auth::{May, Role};
use crate::bounded_list;
use crate::contract::IfMatchHeader;
use crate::db::Record;
use crate::error::Result;
use crate::http::{BoundedListing, IfMatch, PathText, Reply, Stretch};
use crate::node::Node;
use crate::secrets::vault::{halves, random_secret};

bounded_list! {
    /// Every agency.
    pub struct AgencyList of AgencyView, at most 500
}

/// Lists the agencies.
///
/// With what each takes and how it is reached; `notification_partner` marks those that hear of changed
/// registrations on a person's consent. `webhook_url` is shown to the administrator, the director and section chiefs, and so
/// is what waits for approval.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "list_agencies", params(BoundedListing), responses((status = 200, description = "Every agency.", body = AgencyList)))]
#[get("/v1/agencies")]
pub async fn list_agencies(may: May<ListAgencies>, stretch: Stretch) -> Result<Reply> {
    let page = move |items: Vec<AgencyView>| AgencyList::from(stretch.page(items, |agency| agency.code.clone()));
    if sees_whole(&may).await? {
        return may
            .read(move |conn, _| {
                let all = store::all(conn)?;
                let whole = |(code, agency, _): (String, Agency, i32)| {
                    let waiting = store::waiting(conn, &code)?;
                    Ok(AgencyView::whole(code, agency, waiting))
                };
                Reply::ok(&page(all.into_iter().map(whole).collect::<Result<_>>()?))
            })
            .await;
    }
    may.read_for_all(move |conn, _| {
        let all = store::all(conn)?.into_iter().map(|(code, agency, _)| AgencyView::open(code, agency)).collect();
        Ok(Reply::ok(&page(all))?.public())
    })
    .await
}

/// Whether the caller still stands as one who asks for changes or approves them; others are not looked up, and share one
/// answer.
async fn sees_whole<A: Action>(may: &May<A>) -> Result<bool> {
    const ROLES: [Role; 3] = [Role::Administrator, Role::Chief, Role::Director];
    let named = |name: &String| ROLES.iter().any(|role| name == role.as_str());
    if !may.claims().is_some_and(|claims| claims.roles.iter().any(named)) {
        return Ok(false);
    }
    may.read(move |_, by| Ok(ROLES.into_iter().any(|role| by.caller.has_role(role)))).await
}

/// Shows an agency.
///
/// With the version that a change must name. `webhook_url` is shown to the administrator, the director and section chiefs, and
/// so is what waits for approval.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "get_agency", params(
    ("code" = String, Path, description = "The agency's code.", min_length = 1, max_length = 40, example = "LAND"),
), responses((status = 200, description = "The agency.", body = AgencyView)))]
#[get("/v1/agencies/{code}")]
pub async fn get_agency(may: May<GetAgency>, code: PathText<String>) -> Result<Reply> {
    if sees_whole(&may).await? {
        return may
            .read(move |conn, _| {
                let ((agency, version), waiting) = (store::find(conn, &code.0)?, store::waiting(conn, &code.0)?);
                Ok(Reply::ok(&AgencyView::whole(code.0, agency, waiting))?.version(version))
            })
            .await;
    }
    may.read_for_all(move |conn, _| {
        let (agency, version) = store::find(conn, &code.0)?;
        Ok(Reply::ok(&AgencyView::open(code.0, agency))?.version(version).public())
    })
    .await
}

/// The first half of a secret, shown once.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"secret": "whsec_MfKQ9r8GKYqrT"}))]
pub struct WebhookSecret {
    /// The first half; whoever approves is shown the second. One behind the other they are `whsec_` and the key in base64, as
    /// Standard Webhooks has it.
    #[schema(max_length = 100)]
    secret: String,
}

/// Asks for a new secret of an agency's webhook.
///
/// Whoever asks is shown one half of it, and whoever approves (the director or a section chief, POST …:approve) the other:
/// the agency puts one behind the other. What is sent from the approval on is signed with it, and for a day with the one
/// before it too: two signatures in one header, as Standard Webhooks has it.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "rotate_agency_secret", params(
    ("code" = String, Path, description = "The agency's code.", min_length = 1, max_length = 40, example = "LAND"), IfMatchHeader,
), responses((status = 200, description = "The first half of the secret, which waits for approval.", body = WebhookSecret)))]
#[post("/v1/agencies/{code}:rotate-secret")]
pub async fn rotate_agency_secret(
    may: May<RotateAgencySecret>,
    node: Data<Node>,
    code: PathText<String>,
    if_match: IfMatch,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let (agency, version) = store::find(tx, &code.0)?;
        if_match.check(version)?;
        // 24 bytes in URL-safe base64 have no padding and are plain base64 but for two signs.
        let secret = format!("whsec_{}", random_secret(24).replace('-', "+").replace('_', "/"));
        let mut waiting = store::waiting(tx, &code.0)?;
        waiting.secret = Some(store::seal_secret(&node.vault, &code.0, &secret));
        waiting.asked_by(&by.caller.name(), by.now);
        store::set_waiting(tx, &code.0, &waiting)?;
        store::save(tx, &code.0, &agency, version + 1, by.now)?;
        tx.record(Record::change("agency.secret_asked", format!("agencies/{}", code.0), json!({})));
        Ok(Reply::ok(&WebhookSecret { secret: halves(&secret).0.to_owned() })?.version(version + 1))
    })
    .await
}
