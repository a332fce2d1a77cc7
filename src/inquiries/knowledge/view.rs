//! A knowledge answer as it is shown: to all what is published, to the office also what is in draft.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::content::{KnowledgeInput, KnowledgeText, LegalGround};
use super::model::{InquiryTopic, KnowledgeAct, KnowledgeStatus};
use super::store::{self, KnowledgeAnswer, KnowledgeVersion};
use crate::auth::{By, STAFF};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Code, Error, Result};
use crate::http::Reply;
use crate::states::{Part, parts_of};

/// A version of a knowledge answer, as it was published.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "knowledge_answer_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": 1, "topic": "REGISTRATION",
    "zh": {"question": "遷入登記要帶什麼？", "answer": "國民身分證、印章（或簽名）、戶口名簿及居住證明。"},
    "en": {"question": "What do I bring to register a move?", "answer": "Your National ID Card, a seal, the household certificate and a proof of residence."},
    "legal_grounds": [{"law": "戶籍法", "article": "§17"}], "valid_from": "2026-11-23", "valid_to": null, "wrong": false,
    "published_at": "2026-11-23T09:00:00+08:00"
}))]
pub struct KnowledgeVersionView {
    pub knowledge_answer_id: Id,
    /// Counts the versions of the answer, from 1: citations name it.
    #[schema(minimum = 1)]
    pub number: i32,
    pub topic: InquiryTopic,
    pub zh: KnowledgeText,
    pub en: KnowledgeText,
    #[schema(max_items = 10)]
    pub legal_grounds: Vec<LegalGround>,
    /// First day on which it is true, Asia/Taipei.
    pub valid_from: NaiveDate,
    /// Last day, included; `null` until further notice. Before `valid_from` where another version took its place first.
    pub valid_to: Option<NaiveDate>,
    /// It was found wrong.
    pub wrong: bool,
    pub published_at: Moment,
}

impl KnowledgeVersionView {
    pub fn of(row: KnowledgeVersion) -> Result<Self> {
        let said: KnowledgeInput = row.body.read()?;
        Ok(Self {
            knowledge_answer_id: row.answer_id,
            number: row.number,
            topic: said.topic,
            zh: said.zh,
            en: said.en,
            legal_grounds: said.legal_grounds,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            wrong: row.wrong,
            published_at: row.published_at,
        })
    }
}

/// A knowledge answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "status": "PUBLISHED", "topic": "REGISTRATION", "published": null
}))]
pub struct KnowledgeAnswerView {
    pub id: Id,
    pub status: KnowledgeStatus,
    pub topic: InquiryTopic,
    /// The version that is true today; to the office the latest one where none is. `null` where none is shown.
    pub published: Option<KnowledgeVersionView>,
    /// What is written and not published; to the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub draft: Option<KnowledgeInput>,
    /// The account in charge; to the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub owner_id: Option<Id>,
    /// Day on which it is to be looked at again; to the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub review_due_on: Option<NaiveDate>,
    /// Why before its time: the change of a law; to the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500, nullable = false)]
    pub review_reason: Option<String>,
    /// What the caller may do now; to the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<KnowledgeAct>>, max_items = 10, nullable = false)]
    pub allowed_actions: Option<Vec<&'static str>>,
}

/// Whether the caller works in the office, and so sees drafts and what was withdrawn.
pub fn is_staff(by: &By) -> bool {
    STAFF.into_iter().any(|role| by.caller.has_role(role))
}

/// What the caller has to do with the draft of an answer by having written it.
fn parts(conn: &mut Conn, by: &By, answer: &KnowledgeAnswer) -> Result<Vec<Part>> {
    let writers = answer.writers()?;
    parts_of(conn, &by.caller, writers.iter().map(|(writer, at)| (Part::Proposer, writer.as_str(), Some(*at))))
}

/// What the caller may do with an answer now.
fn allowed(conn: &mut Conn, by: &By, answer: &KnowledgeAnswer) -> Result<Vec<&'static str>> {
    let parts = parts(conn, by, answer)?;
    let acts = KnowledgeAct::possible(answer.status).filter(|act| act.line().is_granted(&by.caller));
    let acts = acts.filter(|act| act.fits(answer.draft.is_some(), answer.latest > 0) && act.keep_apart(&parts).is_ok());
    Ok(acts.map(|act| act.line().name).collect())
}

/// The state after an act, or the refusal that names what the caller may do.
pub fn applied(conn: &mut Conn, by: &By, answer: &KnowledgeAnswer, act: KnowledgeAct) -> Result<KnowledgeStatus> {
    let after = act.after(answer.status).filter(|_| act.fits(answer.draft.is_some(), answer.latest > 0));
    let Some(status) = after else { return Err(Error::wrong_state(&allowed(conn, by, answer)?)) };
    act.keep_apart(&parts(conn, by, answer)?)?;
    Ok(status)
}

/// An answer as the caller sees it; to whoever is not of the office what is not true today is not there.
pub fn view(conn: &mut Conn, by: &By, answer: &KnowledgeAnswer) -> Result<KnowledgeAnswerView> {
    let today = store::standing(conn, answer.id, by.now.date())?;
    let none = (None, None, None, None, None);
    let staff = is_staff(by);
    let version = if staff && today.is_none() { store::latest(conn, answer)? } else { today };
    if !staff && (version.is_none() || answer.status != KnowledgeStatus::Published) {
        return Err(Code::NOT_FOUND.into());
    }
    let (draft, owner_id, review_due_on, review_reason, allowed_actions) = if staff {
        let reason = Some(answer.review_reason.clone()).filter(|reason| !reason.is_empty());
        (answer.draft()?, Some(answer.owner), answer.review_due_on, reason, Some(allowed(conn, by, answer)?))
    } else {
        none
    };
    let published = version.map(KnowledgeVersionView::of).transpose()?;
    let (id, status, topic) = (answer.id, answer.status, answer.topic);
    Ok(KnowledgeAnswerView { id, status, topic, published, draft, owner_id, review_due_on, review_reason, allowed_actions })
}

/// The answer that shows an answer.
pub fn shown(conn: &mut Conn, by: &By, answer: &KnowledgeAnswer) -> Result<Reply> {
    Ok(Reply::ok(&view(conn, by, answer)?)?.version(answer.version))
}
