//! What whoever asked reads with number and secret, without an account.

use actix_web::post;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::{GivenAnswer, InquiryStatus, KnowledgeCitation};
use super::policy::TrackInquiry;
use super::store::by_number;
use crate::auth::May;
use crate::clock::Moment;
use crate::error::{Code, Result};
use crate::http::{Reply, Valid};
use crate::node::Node;
use crate::petitions::sources;

/// By what the answer to an inquiry is read.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "115-Q48210375", "secret": "0Yw8cI5mVn3r9kQp2sT7uA"}))]
pub struct InquiryKey {
    #[schema(min_length = 1, max_length = 40)]
    number: String,
    #[schema(min_length = 1, max_length = 60)]
    secret: String,
}

/// An answer as whoever asked reads it.
#[derive(Serialize, ToSchema)]
pub struct TrackedAnswer {
    #[schema(max_length = 10000)]
    text: String,
    #[schema(max_items = 10)]
    cites: Vec<KnowledgeCitation>,
    #[schema(max_items = 10)]
    laws: Vec<String>,
    /// When it was given, Asia/Taipei.
    at: Moment,
    /// It takes the place of an earlier one, which was wrong.
    corrects: bool,
}

/// How far an inquiry has come.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "number": "115-Q48210375", "status": "OPEN", "asked_at": "2026-11-23T09:00:00+08:00", "due_at": "2026-11-26T23:59:59+08:00",
    "answered_at": null, "answer": null, "reason": null
}))]
pub struct InquiryProgress {
    #[schema(max_length = 20)]
    number: String,
    status: InquiryStatus,
    asked_at: Moment,
    due_at: Moment,
    answered_at: Option<Moment>,
    /// The answer that stands.
    answer: Option<TrackedAnswer>,
    /// Why it was closed without an answer.
    #[schema(max_length = 500)]
    reason: Option<String>,
}

/// Shows the answer to an inquiry.
///
/// Number and secret travel in the body. A wrong number and a wrong secret answer alike, 404, and attempts are limited. The secret ends
/// where a petition was made of it that concerns whoever of the office has entered it: the petition is followed by its own.
#[utoipa::path(tag = "Inquiries", operation_id = "track_inquiry", request_body = InquiryKey, responses(
    (status = 200, description = "Status, dates and the answer that stands.", body = InquiryProgress),
    (status = 404, description = "No inquiry has this number and secret: `not_found`."),
))]
#[post("/v1/inquiries:track")]
pub async fn track_inquiry(may: May<TrackInquiry>, node: Data<Node>, Valid(key): Valid<InquiryKey>) -> Result<Reply> {
    node.limits.receipt(&may.address())?;
    may.read(move |conn, _| {
        let found = by_number(conn, &key.number)?;
        let hash = found.as_ref().map_or_else(String::new, |row| row.secret_hash.clone());
        let is_right = node.vault.is_secret(&key.secret, &hash);
        let row = found.filter(|_| is_right).ok_or(Code::NOT_FOUND)?;
        if sources::concern_whoever_entered(conn, (&row.asked_by, row.asked_at), &row.path())? {
            return Err(Code::NOT_FOUND.into());
        }
        let handling = row.handling(&node.vault)?;
        let corrects = handling.answers.len() > 1;
        let is_answered = matches!(row.status, InquiryStatus::Answered | InquiryStatus::Checked | InquiryStatus::Petition);
        let stands = is_answered && handling.answers.len() > handling.taken_back;
        let reason = handling.reason.clone().filter(|_| row.status == InquiryStatus::Closed);
        let tracked = |answer: &GivenAnswer| TrackedAnswer {
            text: answer.text.clone(),
            cites: answer.cites.clone(),
            laws: answer.laws.clone(),
            at: answer.at,
            corrects,
        };
        Reply::ok(&InquiryProgress {
            answer: handling.standing().filter(|_| stands).map(tracked),
            number: row.number,
            status: row.status,
            asked_at: row.asked_at,
            due_at: row.due_at,
            answered_at: row.answered_at,
            reason,
        })
    })
    .await
}
