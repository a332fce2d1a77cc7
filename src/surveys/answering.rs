//! Answering a survey. An answer leaves one row changed, the survey's box, and nothing else anywhere: no line in the journal or the
//! log, no id, no moment, no stored answer to the request.

use actix_web::post;
use actix_web::web::Data;

use super::answer::SurveyResponse;
use super::model::SurveyChannel;
use super::policy::{AnswerSurvey, EnterPaperAnswer};
use super::problems::{ALREADY_ANSWERED, SURVEY_FULL, SURVEY_NOT_OPEN};
use super::settings::SurveySettings;
use super::store;
use super::tokens::{channel_of, used_hash};
use super::view::takes_answers;
use crate::auth::May;
use crate::auth::policy::Action;
use crate::contract::IdInPath;
use crate::db::Id;
use crate::error::{Code, Result};
use crate::http::{PathId, Reply, Valid};
use crate::node::Node;
use crate::scheduling::Plans;

/// Puts an answer into the box of its survey.
async fn put<A: Action>(
    may: May<A>,
    node: Data<Node>,
    id: Id,
    response: SurveyResponse,
    way: Option<SurveyChannel>,
) -> Result<Reply> {
    let today = may.now().date();
    may.write_untraced(move |tx| {
        let survey = store::find(tx, id)?;
        // Of a draft, or of one that was put away, nobody is told that it is there.
        if !survey.status.is_public() {
            return Err(Code::NOT_FOUND.into());
        }
        let plan = node.part::<Plans>().at(tx)?;
        if !takes_answers(&plan.calendar, &survey, today) {
            return Err(SURVEY_NOT_OPEN.into());
        }
        let channel = channel_of(&node.vault, id, &response.token)?;
        let mut kept = store::open_box(tx, &node.vault, id)?;
        let used = used_hash(&node.vault, &response.token);
        if kept.used.contains(&used) {
            return Err(ALREADY_ANSWERED.into());
        }
        let given = response.judged(&survey.form()?)?;
        if kept.answers() >= node.config.of::<SurveySettings>().survey_answers_at_most {
            return Err(SURVEY_FULL.into());
        }
        if !kept.add(used, way.unwrap_or(channel), &given) {
            return Err(ALREADY_ANSWERED.into());
        }
        store::save_box(tx, &node.vault, id, &kept)?;
        Ok(Reply::done())
    })
    .await
}

/// Answers a survey.
///
/// By anybody who has a token, signed in or not, which makes no difference: who sends an answer is not looked at. An answer cannot
/// be joined to a person, nor to its token, by anybody: it is added to sums, and its words are mixed with all others; it has no
/// id and no time, and neither the audit log, the feed, the server's log nor its metrics tell of it. Nor is there an
/// answer to repeat: what is sent a second time, with the same token, is 409 `already_answered`, and the first stands. It cannot
/// be found again, changed or taken back.
///
/// What stays: a used token, by its keyed hash, among all used ones; the caller's allowance of requests, which a node holds in
/// memory; and what lies beside this office: a proxy or network that keeps a log of its own. Whoever has the master key and two
/// copies of the store, between which a single answer came, can tell that answer by the difference: the store clears what it held
/// before within seconds, so keep backups as secret as the key, and no logs of changes longer than needed.
#[utoipa::path(tag = "Surveys", operation_id = "answer_survey", params(IdInPath), request_body = SurveyResponse, responses(
    (status = 204, description = "The answer is counted."),
    (status = 409, description = "`already_answered`: the token was used; `survey_not_open`; `survey_full`."),
))]
#[post("/v1/surveys/{id}/responses")]
pub async fn answer_survey(
    may: May<AnswerSurvey>,
    node: Data<Node>,
    id: PathId,
    Valid(response): Valid<SurveyResponse>,
) -> Result<Reply> {
    put(may, node, id.0, response, None).await
}

/// Enters an answer from paper.
///
/// By a clerk, with the token that is printed on the slip, so that no paper counts twice. Nobody can tell afterwards who entered it
/// or when; the results say how many came on paper. Like every answer it cannot be found again or taken back: compare it with the
/// paper first, mix the papers before, and destroy them afterwards.
#[utoipa::path(tag = "Surveys", operation_id = "enter_paper_answer", params(IdInPath), request_body = SurveyResponse, responses(
    (status = 204, description = "The answer is counted."),
    (status = 409, description = "`already_answered`: the token was used; `survey_not_open`; `survey_full`."),
))]
#[post("/v1/surveys/{id}/paper-responses")]
pub async fn enter_paper_answer(
    may: May<EnterPaperAnswer>,
    node: Data<Node>,
    id: PathId,
    Valid(response): Valid<SurveyResponse>,
) -> Result<Reply> {
    put(may, node, id.0, response, Some(SurveyChannel::Paper)).await
}
