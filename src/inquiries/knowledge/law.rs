//! The text of a law has changed: what rests on it is to be looked at, and whoever is in charge is told.

use actix_web::post;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::policy::NoteLawChange;
use super::store;
use crate::auth::May;
use crate::db::{Id, Record};
use crate::error::Result;
use crate::http::{Reply, Valid};
use crate::people::{Note, Words};

/// A law whose text has changed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"law": "戶籍法", "reason": "第 17 條於 115 年 11 月 20 日修正公布"}))]
pub struct LawChange {
    /// Its name, as the legal grounds of knowledge answers have it.
    law: Words,
    /// What has changed.
    reason: Note,
}

/// What is to be looked at.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"knowledge_answer_ids": ["019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f"]}))]
pub struct LawChangeNoted {
    /// The published answers that rest on the law.
    #[schema(max_items = 10000)]
    knowledge_answer_ids: Vec<Id>,
}

/// Notes that the text of a law has changed.
///
/// Each published answer with that law among its legal grounds is to be looked at from today on, with the reason: it stands in the list
/// of whoever is in charge (`owner_id`, `review_due`), and the feed tells of it (`knowledge_answer.law_changed`).
#[utoipa::path(tag = "Knowledge answers", operation_id = "note_law_change", request_body = LawChange, responses(
    (status = 200, description = "The answers that rest on it.", body = LawChangeNoted),
))]
#[post("/v1/knowledge-answers:note-law-change")]
pub async fn note_law_change(may: May<NoteLawChange>, Valid(input): Valid<LawChange>) -> Result<Reply> {
    may.write(move |tx, by| {
        let resting = store::resting_on(tx, input.law.as_str(), by.now.date())?;
        for id in &resting {
            let mut answer = store::find(tx, *id)?;
            // Told by this very line.
            answer.review_due_on = Some(by.now.date());
            answer.review_reason = input.reason.as_str().to_owned();
            answer.told_at = Some(by.now);
            store::save(tx, &mut answer)?;
            let data = json!({"law": input.law, "owner_id": answer.owner});
            tx.record(Record::change("knowledge_answer.law_changed", store::path(*id), data).because(input.reason.as_str()));
        }
        Reply::ok(&LawChangeNoted { knowledge_answer_ids: resting })
    })
    .await
}
