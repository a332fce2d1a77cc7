//! What becomes of a survey: opened, closed, opened again, put away and taken out again.

use actix_web::post;
use actix_web::web::Data;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::form::{all_of, days_fault};
use super::invitations;
use super::model::{Readings, SurveyAct};
use super::policy::{
    ArchiveSurvey, CloseSurvey, OpenSurvey, PauseSurveyInvitations, ReopenSurvey, RestoreSurvey, ResumeSurveyInvitations,
};
use super::problems::RESULTS_SHOWN;
use super::settings::SurveySettings;
use super::store::{self, Survey};
use super::view::{SurveyView, applied, shown};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, JsonText, Record, Tx};
use crate::error::Result;
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::{Note, Reason};

/// Tells of an act. One line when a survey closes has the numbers of it, of answers in full fives: between two closings they tell
/// nobody's.
pub fn tell(tx: &mut Tx, node: &Node, survey: &Survey, act: SurveyAct, why: &str) -> Result<()> {
    let data = if matches!(act, SurveyAct::Close | SurveyAct::End) {
        let kept = store::open_box(tx, &node.vault, survey.id)?;
        let least = survey.readings()?.least_answers;
        let at_least = kept.answers() / least * least;
        json!({"status": survey.status, "answers_at_least": at_least, "issued": survey.issued(&kept)})
    } else {
        json!({"status": survey.status})
    };
    tx.record(Record::change(act.line().journal, store::path(survey.id), data).because(why));
    Ok(())
}

/// Changes one survey: at the version that the caller read, judged, saved, told and shown.
async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match, act): (Id, IfMatch, SurveyAct),
    why: String,
    effect: impl Fn(&mut Tx, &Node, &By, &mut Survey) -> Result<()> + Send + 'static,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut survey = store::find(tx, id)?;
        if act == SurveyAct::Open {
            if_match.seen(survey.version)?;
        } else {
            if_match.check(survey.version)?;
        }
        survey.status = applied(tx, by, &survey, act)?;
        effect(tx, &node, by, &mut survey)?;
        store::save(tx, &mut survey)?;
        tell(tx, &node, &survey, act, &why)?;
        shown(tx, &node, by, &survey)
    })
    .await
}

/// Opens a survey.
///
/// By a section chief or the director who wrote none of it, as it was seen: `If-Match` names the version, and `*` none. It takes
/// answers from `opens_on` to `ends_on`, and invites whoever has a service of `sent_after` from its opening, or `opens_on`, on. What its
/// results are read by is fixed with it, and that it is anonymous.
#[utoipa::path(tag = "Surveys", operation_id = "open_survey", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The open survey.", body = SurveyView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: whoever wrote it does not open it; `asker_gone`; `holder_required`: nobody knows who works with the account."),
    (status = 422, description = "Its last day has passed: `invalid`; or the key was used for another request: `idempotency_mismatch`."),
))]
#[post("/v1/surveys/{id}:open")]
pub async fn open_survey(may: May<OpenSurvey>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    change(may, node, (id.0, if_match, SurveyAct::Open), String::new(), |tx, node, by, survey| {
        if let Some(fault) = days_fault(survey.opens_on, survey.closes_on, by.now.date()) {
            return Err(all_of(vec![fault]));
        }
        let settings = node.config.of::<SurveySettings>();
        let readings = Readings {
            least_answers: settings.survey_least_answers,
            satisfied_from: settings.survey_satisfied_from,
            confidence_percent: settings.survey_confidence_percent,
        };
        survey.readings = Some(JsonText::of(&readings)?);
        (survey.opened_by, survey.opened_at) = (Some(by.caller.name()), Some(by.now));
        let sends = !survey.form()?.sent_after.is_empty();
        survey.asked_through = survey.opens_on.max(by.now.date()).pred_opt().filter(|_| sends);
        store::insert_box(tx, &node.vault, survey.id)
    })
    .await
}

/// Closes a survey.
///
/// Before its last day, with the reason; after that it closes by itself. One line of the audit log tells how many answers there
/// are, in full fives. Its results can be looked at from then on. Invitations that have not gone out are stopped.
#[utoipa::path(tag = "Surveys", operation_id = "close_survey", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The closed survey.", body = SurveyView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/surveys/{id}:close")]
pub async fn close_survey(
    may: May<CloseSurvey>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let why = why.as_str().to_owned();
    change(may, node, (id.0, if_match, SurveyAct::Close), why, |tx, node, by, survey| {
        survey.closed_at = Some(by.now);
        invitations::stop(tx, node, survey.id)
    })
    .await
}

/// Why a survey is opened again, and until when.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "颱風停班，延長作答", "closes_on": "2035-04-15"}))]
pub struct SurveyReopening {
    reason: Note,
    /// Another last day; required where the one that it had has passed.
    closes_on: Option<NaiveDate>,
}

/// Opens a closed survey again.
///
/// With the reason, and only until somebody has looked at its results: further answers would be told apart by what changes.
#[utoipa::path(tag = "Surveys", operation_id = "reopen_survey", params(IdInPath, IfMatchHeader), request_body = SurveyReopening, responses(
    (status = 200, description = "The open survey.", body = SurveyView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `results_shown`: somebody has looked at its results."),
))]
#[post("/v1/surveys/{id}:reopen")]
pub async fn reopen_survey(
    may: May<ReopenSurvey>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<SurveyReopening>,
) -> Result<Reply> {
    let why = input.reason.as_str().to_owned();
    change(may, node, (id.0, if_match, SurveyAct::Reopen), why, move |_, _, by, survey| {
        if survey.results_shown || survey.words_deleted_on.is_some() {
            return Err(RESULTS_SHOWN.into());
        }
        survey.closes_on = input.closes_on.unwrap_or(survey.closes_on);
        if let Some(fault) = days_fault(survey.opens_on, survey.closes_on, by.now.date()) {
            return Err(all_of(vec![fault]));
        }
        survey.closed_at = None;
        survey.ask_from(by.now.date());
        Ok(())
    })
    .await
}

/// Pauses a survey's invitations.
///
/// With the reason, for a while or for good: the survey takes answers as before. Invitations that have not gone out are stopped; those
/// that have stay good. Nobody is invited later after services of the days until it goes on.
#[utoipa::path(tag = "Surveys", operation_id = "pause_survey_invitations", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The survey.", body = SurveyView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it is not open, sends no invitations, or is paused."),
))]
#[post("/v1/surveys/{id}:pause-invitations")]
pub async fn pause_survey_invitations(
    may: May<PauseSurveyInvitations>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let why = why.as_str().to_owned();
    change(may, node, (id.0, if_match, SurveyAct::PauseInvitations), why, |tx, node, by, survey| {
        survey.invitations_paused_at = Some(by.now);
        invitations::stop(tx, node, survey.id)
    })
    .await
}

/// Resumes a survey's invitations.
///
/// With the reason, after services of this day and those that follow.
#[utoipa::path(tag = "Surveys", operation_id = "resume_survey_invitations", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The survey.", body = SurveyView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it is not open, or not paused."),
))]
#[post("/v1/surveys/{id}:resume-invitations")]
pub async fn resume_survey_invitations(
    may: May<ResumeSurveyInvitations>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let why = why.as_str().to_owned();
    change(may, node, (id.0, if_match, SurveyAct::ResumeInvitations), why, |_, _, by, survey| {
        survey.invitations_paused_at = None;
        survey.ask_from(by.now.date());
        Ok(())
    })
    .await
}

/// Puts a closed survey away.
///
/// Staff alone find it then, and its results.
#[utoipa::path(tag = "Surveys", operation_id = "archive_survey", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The archived survey.", body = SurveyView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/surveys/{id}:archive")]
pub async fn archive_survey(may: May<ArchiveSurvey>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    change(may, node, (id.0, if_match, SurveyAct::Archive), String::new(), |_, _, _, _| Ok(())).await
}

/// Takes an archived survey out again.
///
/// With the reason; it is closed as before.
#[utoipa::path(tag = "Surveys", operation_id = "restore_survey", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The closed survey.", body = SurveyView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/surveys/{id}:restore")]
pub async fn restore_survey(
    may: May<RestoreSurvey>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let why = why.as_str().to_owned();
    change(may, node, (id.0, if_match, SurveyAct::Restore), why, |_, _, _, _| Ok(())).await
}
