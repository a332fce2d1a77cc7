//! What whoever applied reads with the secret, without an account.

use actix_web::post;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::applications;
use super::model::VolunteerApplicationStatus;
use super::policy::TrackVolunteerApplication;
use crate::auth::May;
use crate::clock::Moment;
use crate::db::Id;
use crate::error::{Code, Result};
use crate::http::{Reply, Valid};
use crate::node::Node;

/// By what it is read how far an application has come.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "secret": "0Yw8cI5mVn3r9kQp2sT7uA"}))]
pub struct VolunteerApplicationKey {
    id: Id,
    #[schema(min_length = 1, max_length = 60)]
    secret: String,
}

/// How far an application has come.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"status": "OPEN", "applied_at": "2026-11-23T09:00:00+08:00", "decided_at": null, "reason": null}))]
pub struct VolunteerApplicationProgress {
    status: VolunteerApplicationStatus,
    applied_at: Moment,
    decided_at: Option<Moment>,
    /// Why it was refused, or waits again.
    #[schema(max_length = 500)]
    reason: Option<String>,
}

/// Shows how far an application to volunteer has come.
///
/// Id and secret travel in the body. A wrong id and a wrong secret answer alike, 404, and attempts are limited.
#[utoipa::path(tag = "Volunteer recruitment", operation_id = "track_volunteer_application", request_body = VolunteerApplicationKey, responses(
    (status = 200, description = "Status and dates, and why it was refused or waits again.", body = VolunteerApplicationProgress),
    (status = 404, description = "No application has this id and secret: `not_found`."),
))]
#[post("/v1/volunteer-applications:track")]
pub async fn track_volunteer_application(
    may: May<TrackVolunteerApplication>,
    node: Data<Node>,
    Valid(key): Valid<VolunteerApplicationKey>,
) -> Result<Reply> {
    node.limits.receipt(&may.address())?;
    may.read(move |conn, _| {
        let found = applications::by_id(conn, key.id)?;
        let hash = found.as_ref().map_or_else(String::new, |row| row.secret_hash.clone());
        let is_right = node.vault.is_secret(&key.secret, &hash);
        let row = found.filter(|_| is_right).ok_or(Code::NOT_FOUND)?;
        // Whoever was told that they are refused is told why it was taken back.
        let is_told = matches!(row.status, VolunteerApplicationStatus::Refused | VolunteerApplicationStatus::Open);
        let reason = row.said(&node.vault)?.reason.filter(|_| is_told);
        Reply::ok(&VolunteerApplicationProgress {
            status: row.status,
            applied_at: row.applied_at,
            decided_at: row.decided_at,
            reason,
        })
    })
    .await
}
