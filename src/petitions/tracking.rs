//! What a petitioner reads with number and secret, without an account.

use actix_web::post;
use actix_web::web::Data;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::attachments::{ReplyAttachment, sent_with};
use super::custody::countys;
use super::model::{PetitionKind, PetitionStatus};
use super::policy::TrackPetition;
use super::steps::{Adoption, Extension, SentReply};
use super::store::{Petition, by_number};
use crate::auth::May;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Code, Result};
use crate::http::{Reply, Valid};
use crate::node::Node;

/// By what a petition is followed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "115-P48210375", "secret": "0Yw8cI5mVn3r9kQp2sT7uA"}))]
pub struct PetitionKey {
    #[schema(min_length = 1, max_length = 40)]
    pub number: String,
    #[schema(min_length = 1, max_length = 60)]
    pub secret: String,
}

/// A supplement that the petitioner is asked for.
#[derive(Serialize, ToSchema)]
pub struct AskedSupplement {
    #[schema(max_length = 2000)]
    what: String,
    /// Its last day, by the office's days.
    due_on: NaiveDate,
    due_at: Option<Moment>,
}

/// How far a petition has come.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-P48210375", "kind": "INQUIRY", "status": "RECEIVED", "with_county": false,
    "received_at": "2026-11-23T09:00:00+08:00", "registered_at": "2026-11-23T09:10:00+08:00", "due_at": "2026-12-02T23:59:59+08:00",
    "first_reply_at": null, "closed_at": null, "supplement": null, "extension_reason": null, "transferred_to": null,
    "appeal_until_on": null, "replies": [], "attachments": [], "adoptions": []
}))]
pub struct PetitionProgress {
    /// For `:confirm` and `/satisfaction`.
    id: Id,
    #[schema(max_length = 20)]
    number: String,
    kind: PetitionKind,
    status: PetitionStatus,
    /// It accuses everybody of the office who could look after it, and is left to the county's ethics unit.
    with_county: bool,
    received_at: Moment,
    registered_at: Option<Moment>,
    due_at: Option<Moment>,
    first_reply_at: Option<Moment>,
    closed_at: Option<Moment>,
    supplement: Option<AskedSupplement>,
    /// Why the limit is longer.
    #[schema(max_length = 500)]
    extension_reason: Option<String>,
    #[schema(max_length = 100)]
    transferred_to: Option<String>,
    /// Last day for an appeal against the decision that it names (訴願法 §14).
    appeal_until_on: Option<NaiveDate>,
    #[schema(max_items = 100)]
    replies: Vec<SentReply>,
    /// What was sent with the replies; read by `/v1/petitions:attachment`.
    #[schema(max_items = 1000)]
    attachments: Vec<ReplyAttachment>,
    /// That what it suggests was adopted, or is dropped after all, in order.
    #[schema(max_items = 100)]
    adoptions: Vec<Adoption>,
}

/// The petition of a number and its secret. A wrong number takes as long as a wrong secret.
pub fn opened(conn: &mut Conn, node: &Node, key: &PetitionKey) -> Result<Petition> {
    let found = by_number(conn, &key.number)?;
    let hash = found.as_ref().map_or_else(String::new, |row| row.secret_hash.clone());
    let is_right = node.vault.is_secret(&key.secret, &hash);
    found.filter(|_| is_right).ok_or_else(|| Code::NOT_FOUND.into())
}

/// Shows how far a petition has come.
///
/// Number and secret travel in the body. A wrong number and a wrong secret answer alike, 404, and attempts are limited.
#[utoipa::path(tag = "Petitions", operation_id = "track_petition", request_body = PetitionKey, responses(
    (status = 200, description = "Status, dates and replies.", body = PetitionProgress),
    (status = 404, description = "No petition has this number and secret: `not_found`."),
))]
#[post("/v1/petitions:track")]
pub async fn track_petition(may: May<TrackPetition>, node: Data<Node>, Valid(key): Valid<PetitionKey>) -> Result<Reply> {
    node.limits.receipt(&may.address())?;
    may.read(move |conn, by| {
        let row = opened(conn, &node, &key)?;
        let with_county = countys(conn, by.now)?.contains(&row.id);
        let mut handling = row.handling(&node.vault)?;
        handling.replies.iter_mut().for_each(|reply| reply.written_by = None);
        let attachments = sent_with(conn, &node, &handling.replies)?;
        let matter = row.matter(&node.vault)?;
        let awaits = handling.awaits(row.status);
        let asked = handling.awaited().filter(|_| awaits);
        let supplement =
            asked.map(|asked| AskedSupplement { what: asked.what.clone(), due_on: asked.due_on, due_at: asked.due_at });
        let told = |extension: Extension| extension.stands().then_some(extension.reason);
        let Petition { id, number, kind, status, received_at, registered_at, due_at, first_reply_at, closed_at, .. } = row;
        let is_away = status == PetitionStatus::Transferred;
        Reply::ok(&PetitionProgress {
            id,
            number,
            kind,
            status,
            with_county,
            received_at,
            registered_at,
            due_at,
            first_reply_at,
            closed_at,
            supplement,
            extension_reason: handling.extension.and_then(told),
            transferred_to: handling.transfer.filter(|_| is_away).map(|transfer| transfer.to),
            appeal_until_on: matter.against_decision.map(|decision| decision.appeal_until_on),
            replies: handling.replies,
            attachments,
            adoptions: handling.adoptions,
        })
    })
    .await
}
