//! What becomes of a knowledge answer: published, looked at again, withdrawn and restored.

use actix_web::post;
use actix_web::web::Data;
use chrono::Months;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::model::KnowledgeAct;
use super::policy::{
    ConfirmKnowledgeAnswer, DiscardKnowledgeDraft, PublishKnowledgeAnswer, RestoreKnowledgeAnswer, WithdrawKnowledgeAnswer,
};
use super::settings::KnowledgeSettings;
use super::store::{self, KnowledgeAnswer, KnowledgeVersion};
use super::view::{KnowledgeAnswerView, applied, shown};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, JsonText, Record, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::inquiries::citations;
use crate::node::Node;
use crate::people::{Note, Reason};

/// Changes one answer: at the version that the caller read, judged, saved, told and shown.
async fn change<A: Action>(
    may: May<A>,
    (id, if_match): (Id, IfMatch),
    choose: impl Fn(&KnowledgeAnswer) -> KnowledgeAct + Send + 'static,
    why: String,
    effect: impl Fn(&mut Tx, &By, &mut KnowledgeAnswer) -> Result<()> + Send + 'static,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut answer = store::find(tx, id)?;
        let act = choose(&answer);
        if act == KnowledgeAct::Publish {
            if_match.seen(answer.version)?;
        } else {
            if_match.check(answer.version)?;
        }
        answer.status = applied(tx, by, &answer, act)?;
        effect(tx, by, &mut answer)?;
        store::save(tx, &mut answer)?;
        let data = json!({"status": answer.status, "topic": answer.topic, "number": answer.latest});
        tx.record(Record::change(act.line().journal, store::path(answer.id), data).because(why.as_str()));
        shown(tx, by, &answer)
    })
    .await
}

/// Sets when it is to be looked at again.
fn review_later(node: &Node, by: &By, answer: &mut KnowledgeAnswer) {
    let months = Months::new(node.config.of::<KnowledgeSettings>().review_months);
    answer.review_due_on = by.now.date().checked_add_months(months);
    (answer.review_reason, answer.told_at) = (String::new(), None);
}

/// How a draft is published.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"corrects": false}))]
pub struct KnowledgePublication {
    /// The version before was wrong while it stood: answers to inquiries that cite it are to be looked at again.
    #[serde(default)]
    #[schema(default = false)]
    corrects: bool,
}

/// Publishes the draft of a knowledge answer.
///
/// By a section chief or the director who wrote none of it, as it was seen: `If-Match` names the version, and `*` none. The version
/// before ends on the day before; it stays readable. Where that was wrong (`corrects`), each inquiry that was answered by it is put
/// into the queue TO_RECHECK, so that whoever was told wrong is told right.
#[utoipa::path(tag = "Knowledge answers", operation_id = "publish_knowledge_answer", params(IdInPath, IfMatchHeader), request_body = KnowledgePublication, responses(
    (status = 200, description = "The published answer.", body = KnowledgeAnswerView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: there is no draft; `own_request`: whoever wrote it does not publish it; `asker_gone`; `holder_required`: nobody knows who works with the account."),
    (status = 422, description = "Its last day has passed: `invalid`; or the key was used for another request: `idempotency_mismatch`."),
))]
#[post("/v1/knowledge-answers/{id}:publish")]
pub async fn publish_knowledge_answer(
    may: May<PublishKnowledgeAnswer>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<KnowledgePublication>,
) -> Result<Reply> {
    change(
        may,
        (id.0, if_match),
        |_| KnowledgeAct::Publish,
        String::new(),
        move |tx, by, answer| {
            let Some(draft) = answer.draft()? else { return Ok(()) };
            let today = by.now.date();
            let valid_from = draft.valid_from.unwrap_or(today);
            if draft.valid_to.is_some_and(|to| to < today || to < valid_from) {
                return Err(Error::field(
                    "/valid_to",
                    "range",
                    Text::new("效期已過，請修正草稿", "it has ended: change the draft first"),
                ));
            }
            if input.corrects && answer.latest > 0 {
                store::mark_wrong(tx, answer.id, answer.latest)?;
                citations::recheck(tx, (answer.id, answer.latest), by.now)?;
            }
            answer.latest += 1;
            let version = KnowledgeVersion {
                answer_id: answer.id,
                number: answer.latest,
                body: JsonText::of(&draft)?,
                search: draft.search(),
                valid_from,
                valid_to: draft.valid_to,
                wrong: false,
                published_at: by.now,
            };
            store::publish(tx, &version)?;
            (answer.topic, answer.draft) = (draft.topic, None);
            answer.drafted_by = JsonText::of::<[(); 0]>(&[])?;
            review_later(&node, by, answer);
            Ok(())
        },
    )
    .await
}

/// Discards the draft beside a published knowledge answer.
///
/// With the reason; what is published stays. What was never published is withdrawn instead.
#[utoipa::path(tag = "Knowledge answers", operation_id = "discard_knowledge_draft", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The published answer.", body = KnowledgeAnswerView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: there is no draft beside it."),
))]
#[post("/v1/knowledge-answers/{id}:discard-draft")]
pub async fn discard_knowledge_draft(
    may: May<DiscardKnowledgeDraft>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let why = why.as_str().to_owned();
    change(
        may,
        (id.0, if_match),
        |_| KnowledgeAct::DiscardDraft,
        why,
        |_, _, answer| {
            (answer.draft, answer.drafted_by) = (None, JsonText::of::<[(); 0]>(&[])?);
            Ok(())
        },
    )
    .await
}

/// Confirms that a published knowledge answer is still true.
///
/// By a section chief or the director who has looked at it, such as after a law has changed; it is looked at again after
/// `knowledge.review_months`.
#[utoipa::path(tag = "Knowledge answers", operation_id = "confirm_knowledge_answer", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The published answer.", body = KnowledgeAnswerView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/knowledge-answers/{id}:confirm")]
pub async fn confirm_knowledge_answer(
    may: May<ConfirmKnowledgeAnswer>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
) -> Result<Reply> {
    change(
        may,
        (id.0, if_match),
        |_| KnowledgeAct::Confirm,
        String::new(),
        move |_, by, answer| {
            review_later(&node, by, answer);
            Ok(())
        },
    )
    .await
}

/// Why a knowledge answer is withdrawn.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "法規已修正", "wrong": true}))]
pub struct KnowledgeWithdrawal {
    reason: Note,
    /// Its latest version was wrong while it stood: answers to inquiries that cite it are to be looked at again.
    #[serde(default)]
    #[schema(default = false)]
    wrong: bool,
}

/// Withdraws a knowledge answer.
///
/// With the reason; no list shows it any more, and its versions stay readable. Where it was `wrong`, each inquiry that was answered by
/// its latest version is put into the queue TO_RECHECK.
#[utoipa::path(tag = "Knowledge answers", operation_id = "withdraw_knowledge_answer", params(IdInPath, IfMatchHeader), request_body = KnowledgeWithdrawal, responses(
    (status = 200, description = "The withdrawn answer.", body = KnowledgeAnswerView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/knowledge-answers/{id}:withdraw")]
pub async fn withdraw_knowledge_answer(
    may: May<WithdrawKnowledgeAnswer>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<KnowledgeWithdrawal>,
) -> Result<Reply> {
    let why = input.reason.as_str().to_owned();
    change(
        may,
        (id.0, if_match),
        |_| KnowledgeAct::Withdraw,
        why,
        move |tx, by, answer| {
            if input.wrong && answer.latest > 0 {
                store::mark_wrong(tx, answer.id, answer.latest)?;
                citations::recheck(tx, (answer.id, answer.latest), by.now)?;
            }
            Ok(())
        },
    )
    .await
}

/// Restores a withdrawn knowledge answer.
///
/// With the reason: published as it was, or a draft where it never was.
#[utoipa::path(tag = "Knowledge answers", operation_id = "restore_knowledge_answer", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The answer.", body = KnowledgeAnswerView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/knowledge-answers/{id}:restore")]
pub async fn restore_knowledge_answer(
    may: May<RestoreKnowledgeAnswer>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let choose = |answer: &KnowledgeAnswer| if answer.latest > 0 { KnowledgeAct::Restore } else { KnowledgeAct::RestoreDraft };
    change(may, (id.0, if_match), choose, why.as_str().to_owned(), |_, _, _| Ok(())).await
}
