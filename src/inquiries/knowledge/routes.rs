//! Reading and writing knowledge answers.

use actix_web::{get, post, put};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::content::{KnowledgeInput, searchable};
use super::model::{InquiryTopic, KnowledgeAct, KnowledgeStatus};
use super::policy::{
    CreateKnowledgeAnswer, GetKnowledgeAnswer, ListKnowledgeAnswers, ListKnowledgeVersions, UpdateKnowledgeAnswer,
};
use super::store::{self, Kept, KnowledgeAnswer, Wanted};
use super::view::{KnowledgeAnswerView, KnowledgeVersionView, applied, is_staff, shown, view};
use crate::accounts::staff;
use crate::auth::May;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, JsonText, Record};
use crate::error::{Code, Result};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, coded, parameter, plausible_day};

/// Filters of the list of knowledge answers.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct KnowledgeFilter {
    /// Words that stand in question, answer or law, in either language: two Chinese characters are enough. Blanks, capitals and signs
    /// do not count.
    #[param(min_length = 1, max_length = 50)]
    q: Option<String>,
    pub topic: Option<InquiryTopic>,
    /// What is true on a day, Asia/Taipei; today when absent.
    on: Option<NaiveDate>,
    /// Of the office's own list: answers that have this status, drafts among them.
    status: Option<KnowledgeStatus>,
    /// Of the office's own list: what is in the charge of an account.
    owner_id: Option<Id>,
    /// Of the office's own list: what is to be looked at by today.
    review_due: Option<bool>,
}

impl KnowledgeFilter {
    fn is_of_the_office(&self) -> bool {
        self.status.is_some_and(|status| status != KnowledgeStatus::Published)
            || self.owner_id.is_some()
            || self.review_due == Some(true)
    }
}

/// Lists knowledge answers.
///
/// What is published and true today, or on a day, for all; the newest first. The office finds drafts, what was withdrawn, and what is
/// to be looked at again by `status`, `owner_id` and `review_due`, which give nobody else anything.
#[utoipa::path(tag = "Knowledge answers", operation_id = "list_knowledge_answers", params(KnowledgeFilter, Listing), responses(
    (status = 200, description = "A page of knowledge answers.", body = Page<KnowledgeAnswerView>),
))]
#[get("/v1/knowledge-answers")]
pub async fn list_knowledge_answers(
    may: May<ListKnowledgeAnswers>,
    Params(query): Params<KnowledgeFilter>,
    paging: Paging,
) -> Result<Reply> {
    plausible_day("on", query.on)?;
    if query.q.as_deref().is_some_and(|words| searchable(words).is_empty()) {
        return Err(parameter("q", "pattern", coded("pattern").1));
    }
    may.read(move |conn, by| {
        let topic = query.topic;
        if query.is_of_the_office() {
            let due_by = query.review_due.filter(|due| *due).map(|_| by.now.date());
            let wanted = Kept { status: query.status, topic, owner: query.owner_id, due_by };
            if !is_staff(by) {
                return Reply::ok(&Page::<KnowledgeAnswerView> {
                    items: Vec::new(),
                    next: None,
                    total: paging.include_total.then_some(0),
                });
            }
            let page = store::kept(conn, &wanted, &paging)?;
            return Reply::ok(&page.try_map(|answer| view(conn, by, &answer))?);
        }
        let wanted = Wanted { words: query.q.as_deref(), topic, day: query.on.unwrap_or(by.now.date()) };
        let page = store::published(conn, &wanted, &paging)?.try_map(KnowledgeVersionView::of)?;
        let listed = |published: KnowledgeVersionView| KnowledgeAnswerView {
            id: published.knowledge_answer_id,
            status: KnowledgeStatus::Published,
            topic: published.topic,
            published: Some(published),
            draft: None,
            owner_id: None,
            review_due_on: None,
            review_reason: None,
            allowed_actions: None,
        };
        Ok(Reply::ok(&page.map(listed))?.public())
    })
    .await
}

/// Shows a knowledge answer.
///
/// The version that is true today, for all; to the office also the draft beside it, and what was withdrawn.
#[utoipa::path(tag = "Knowledge answers", operation_id = "get_knowledge_answer", params(IdInPath), responses(
    (status = 200, description = "The knowledge answer.", body = KnowledgeAnswerView),
))]
#[get("/v1/knowledge-answers/{id}")]
pub async fn get_knowledge_answer(may: May<GetKnowledgeAnswer>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let answer = store::find(conn, id.0)?;
        let reply = shown(conn, by, &answer)?;
        Ok(if is_staff(by) { reply } else { reply.public() })
    })
    .await
}

/// Lists the versions of a knowledge answer.
///
/// Every one that was published, in order, also after it was withdrawn: answers cite them by number.
#[utoipa::path(tag = "Knowledge answers", operation_id = "list_knowledge_versions", params(IdInPath, Listing), responses(
    (status = 200, description = "A page of versions.", body = Page<KnowledgeVersionView>),
))]
#[get("/v1/knowledge-answers/{id}/versions")]
pub async fn list_knowledge_versions(may: May<ListKnowledgeVersions>, id: PathId, paging: Paging) -> Result<Reply> {
    may.read(move |conn, by| {
        let answer = store::find(conn, id.0)?;
        if answer.latest == 0 && !is_staff(by) {
            return Err(Code::NOT_FOUND.into());
        }
        Ok(Reply::ok(&store::versions_of(conn, answer.id, &paging)?.try_map(KnowledgeVersionView::of)?)?.public())
    })
    .await
}

/// Writes a knowledge answer.
///
/// A draft, which others may change (PUT) until a supervisor who wrote none of it publishes it (`:publish`).
#[utoipa::path(tag = "Knowledge answers", operation_id = "create_knowledge_answer", request_body = KnowledgeInput, responses(
    (status = 201, description = "The draft.", body = KnowledgeAnswerView),
    (status = 409, description = "`holder_required`: nobody knows who works with the account that is put in charge."),
))]
#[post("/v1/knowledge-answers")]
pub async fn create_knowledge_answer(may: May<CreateKnowledgeAnswer>, Valid(input): Valid<KnowledgeInput>) -> Result<Reply> {
    input.check()?;
    may.write(move |tx, by| {
        let owner = staff::in_charge(tx, by, input.owner_id, "/owner_id")?;
        let mut answer = KnowledgeAnswer {
            id: Id::new(by.now),
            status: KnowledgeStatus::Draft,
            topic: input.topic,
            owner,
            draft: None,
            drafted_by: JsonText::of::<[(); 0]>(&[])?,
            latest: 0,
            review_due_on: None,
            review_reason: String::new(),
            told_at: None,
            created_at: by.now,
            version: 1,
        };
        answer.write(&input, by.caller.name(), by.now)?;
        store::insert(tx, &answer)?;
        tx.record(Record::change(KnowledgeAct::Draft.line().journal, store::path(answer.id), json!({"topic": answer.topic})));
        let shown = view(tx, by, &answer)?;
        Ok(Reply::created(format!("/v1/knowledge-answers/{}", answer.id), &shown)?.version(answer.version))
    })
    .await
}

/// Rewrites the draft of a knowledge answer.
///
/// Whole, as it is to be; beside a published version it begins the draft of the next one.
#[utoipa::path(tag = "Knowledge answers", operation_id = "update_knowledge_answer", params(IdInPath, IfMatchHeader), request_body = KnowledgeInput, responses(
    (status = 200, description = "The draft.", body = KnowledgeAnswerView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it was withdrawn; `holder_required`: nobody knows who works with the account that is put in charge."),
))]
#[put("/v1/knowledge-answers/{id}")]
pub async fn update_knowledge_answer(
    may: May<UpdateKnowledgeAnswer>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<KnowledgeInput>,
) -> Result<Reply> {
    input.check()?;
    may.write(move |tx, by| {
        let mut answer = store::find(tx, id.0)?;
        if_match.check(answer.version)?;
        answer.status = applied(tx, by, &answer, KnowledgeAct::Rewrite)?;
        if input.owner_id.is_some_and(|owner| owner != answer.owner) {
            staff::in_charge(tx, by, input.owner_id, "/owner_id")?;
        }
        answer.write(&input, by.caller.name(), by.now)?;
        store::save(tx, &mut answer)?;
        tx.record(Record::change(KnowledgeAct::Rewrite.line().journal, store::path(answer.id), json!({"topic": input.topic})));
        shown(tx, by, &answer)
    })
    .await
}
