//! Answering an inquiry, and putting an answer right.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use super::acts::{Open, change};
use super::citations;
use super::model::{GivenAnswer, InquiryAct, InquiryToldBy, KnowledgeCitation};
use super::policy::{AnswerInquiry, CorrectInquiryAnswer};
use super::telling;
use super::view::InquiryView;
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::Tx;
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::{Note, Words};

/// An answer to give.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "請攜帶國民身分證、印章及戶口名簿。", "laws": ["戶籍法 §17"]}))]
pub struct InquiryAnswerInput {
    /// As whoever asked is told it.
    #[schema(min_length = 1, max_length = 10000)]
    text: String,
    /// Versions of knowledge answers that it rests on.
    #[serde(default)]
    #[schema(max_items = 10)]
    cites: Vec<KnowledgeCitation>,
    /// Laws that it rests on.
    #[serde(default)]
    #[schema(max_items = 10)]
    laws: Vec<Words>,
    /// When it was given in the conversation, where that is not now; at the counter and by telephone alone.
    answered_at: Option<Moment>,
}

/// An answer that takes the place of a wrong one.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "另須附居住證明。", "laws": ["戶籍法 §17"], "reason": "先前漏未告知居住證明"}))]
pub struct InquiryCorrectionInput {
    /// As whoever asked is told it.
    #[schema(min_length = 1, max_length = 10000)]
    text: String,
    #[serde(default)]
    #[schema(max_items = 10)]
    cites: Vec<KnowledgeCitation>,
    #[serde(default)]
    #[schema(max_items = 10)]
    laws: Vec<Words>,
    /// What was wrong.
    reason: Note,
}

impl InquiryAnswerInput {
    /// When it was given.
    fn at(&self, by: &By, open: &Open) -> Result<Moment> {
        let Some(at) = self.answered_at else { return Ok(by.now) };
        if !open.row.channel.is_spoken() {
            let text = Text::new("僅臨櫃及電話詢問適用", "at the counter and by telephone alone");
            return Err(Error::field("/answered_at", "not_allowed", text));
        }
        if at < open.row.asked_at || at > by.now {
            let text = Text::new("應介於詢問時刻與現在之間", "between the asking and now");
            return Err(Error::field("/answered_at", "range", text));
        }
        Ok(at)
    }
}

/// Keeps an answer as the one that stands, and tells whoever asked.
fn give(tx: &mut Tx, node: &Node, open: &mut Open, answer: GivenAnswer) -> Result<()> {
    citations::check(tx, &answer.cites)?;
    citations::put(tx, open.row.id, &answer.cites)?;
    telling::take_back(tx, node, open, answer.entered_at)?;
    open.row.answered_at = open.row.answered_at.or(Some(answer.at));
    open.row.recheck_at = None;
    open.handling.checked = None;
    let now = answer.entered_at;
    open.handling.answers.push(answer);
    telling::tell(tx, node, open, now)
}

fn laws(laws: &[Words]) -> Vec<String> {
    laws.iter().map(|law| law.as_str().to_owned()).collect()
}

/// Answers an inquiry.
///
/// At the counter and by telephone in the conversation; else by e-mail where the address is known to be theirs, by a call where there
/// is none, or none that reaches them (call list, ANSWER), or by what `:track` shows. The first answer ends the clock. Whoever asked is told
/// that it corrects an earlier one where that had been told, and the inquiry was opened again.
#[utoipa::path(tag = "Inquiries", operation_id = "answer_inquiry", params(IdInPath, IfMatchHeader), request_body = InquiryAnswerInput, responses(
    (status = 200, description = "The answered inquiry.", body = InquiryView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is a matter of the caller's own."),
))]
#[post("/v1/inquiries/{id}:answer")]
pub async fn answer_inquiry(
    may: May<AnswerInquiry>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<InquiryAnswerInput>,
) -> Result<Reply> {
    change(may, node, (id.0, if_match, InquiryAct::Answer), String::new(), move |tx, node, by, open| {
        let answer = GivenAnswer {
            text: input.text.clone(),
            cites: input.cites.clone(),
            laws: laws(&input.laws),
            by: by.caller.name(),
            at: input.at(by, open)?,
            entered_at: by.now,
            told_by: InquiryToldBy::Tracking,
            told_at: None,
            mail_id: None,
            corrects_because: None,
        };
        give(tx, node, open, answer)
    })
    .await
}

/// Puts a wrong answer right.
///
/// With the reason, by whomever; whoever asked is told that the earlier answer was wrong, by e-mail where there is one that is theirs, else by a
/// call. An answer that has not gone out is stopped, and nobody is told that it was wrong. The earlier answer stays readable; the new one is checked again.
#[utoipa::path(tag = "Inquiries", operation_id = "correct_inquiry_answer", params(IdInPath, IfMatchHeader), request_body = InquiryCorrectionInput, responses(
    (status = 200, description = "The inquiry with its new answer.", body = InquiryView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is a matter of the caller's own."),
))]
#[post("/v1/inquiries/{id}:correct")]
pub async fn correct_inquiry_answer(
    may: May<CorrectInquiryAnswer>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<InquiryCorrectionInput>,
) -> Result<Reply> {
    let why = input.reason.as_str().to_owned();
    change(may, node, (id.0, if_match, InquiryAct::Correct), why.clone(), move |tx, node, by, open| {
        let answer = GivenAnswer {
            text: input.text.clone(),
            cites: input.cites.clone(),
            laws: laws(&input.laws),
            by: by.caller.name(),
            at: by.now,
            entered_at: by.now,
            told_by: InquiryToldBy::Tracking,
            told_at: None,
            mail_id: None,
            corrects_because: Some(why.clone()),
        };
        give(tx, node, open, answer)
    })
    .await
}
