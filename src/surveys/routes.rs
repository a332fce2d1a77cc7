//! Operations on the forms of surveys.

use actix_web::web::Data;
use actix_web::{get, post, put};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::form::SurveyInput;
use super::model::{SurveyAct, SurveyStatus};
use super::policy::{CreateSurvey, GetSurvey, ListSurveys, UpdateSurvey};
use super::store::{self, Survey};
use super::view::{SurveyView, applied, is_staff, require_seen, shown, view};
use crate::auth::May;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::Record;
use crate::error::Result;
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid};
use crate::node::Node;

/// Filters of the list of surveys.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SurveyFilter {
    /// Surveys that have this status; of drafts and archived ones staff alone find any.
    status: Option<SurveyStatus>,
}

/// Lists surveys.
///
/// Newest first: those that are open or closed for everybody, drafts and archived ones for clerks, section chiefs and the director
/// too.
#[utoipa::path(tag = "Surveys", operation_id = "list_surveys", params(SurveyFilter, Listing), responses((status = 200, description = "A page of surveys.", body = Page<SurveyView>)))]
#[get("/v1/surveys")]
pub async fn list_surveys(
    may: May<ListSurveys>,
    node: Data<Node>,
    Params(filter): Params<SurveyFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let page = store::list(conn, (filter.status, is_staff(by)), &paging)?;
        Reply::ok(&page.try_map(|survey| view(conn, &node, by, &survey))?)
    })
    .await
}

/// Shows a survey.
///
/// One that is open or closed to everybody; a draft or an archived one to clerks, section chiefs and the director. How many have
/// answered is told by the results alone.
#[utoipa::path(tag = "Surveys", operation_id = "get_survey", params(IdInPath), responses((status = 200, description = "The survey.", body = SurveyView)))]
#[get("/v1/surveys/{id}")]
pub async fn get_survey(may: May<GetSurvey>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let survey = store::find(conn, id.0)?;
        require_seen(by, &survey)?;
        shown(conn, &node, by, &survey)
    })
    .await
}

/// Writes a survey.
///
/// A draft, which its writer and others change (PUT) until somebody who wrote none of it opens it (`:open`).
#[utoipa::path(tag = "Surveys", operation_id = "create_survey", request_body = SurveyInput, responses((status = 201, description = "The draft.", body = SurveyView)))]
#[post("/v1/surveys")]
pub async fn create_survey(may: May<CreateSurvey>, node: Data<Node>, Valid(input): Valid<SurveyInput>) -> Result<Reply> {
    input.check(may.now().date())?;
    may.write(move |tx, by| {
        let survey = Survey::draft(&input, by.caller.name(), by.now)?;
        store::insert(tx, &survey)?;
        tx.record(Record::change(SurveyAct::Draft.line().journal, store::path(survey.id), json!({"items": input.items.len()})));
        let shown = view(tx, &node, by, &survey)?;
        Ok(Reply::created(format!("/v1/surveys/{}", survey.id), &shown)?.version(survey.version))
    })
    .await
}

/// Rewrites the draft of a survey.
///
/// Whole, as it is to be. From its opening on nothing of it changes: neither what is asked nor that it is anonymous.
#[utoipa::path(tag = "Surveys", operation_id = "update_survey", params(IdInPath, IfMatchHeader), request_body = SurveyInput, responses(
    (status = 200, description = "The draft.", body = SurveyView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it was opened."),
))]
#[put("/v1/surveys/{id}")]
pub async fn update_survey(
    may: May<UpdateSurvey>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<SurveyInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut survey = store::find(tx, id.0)?;
        if_match.check(survey.version)?;
        survey.status = applied(tx, by, &survey, SurveyAct::Change)?;
        input.check(by.now.date())?;
        survey.write(&input, by.caller.name(), by.now)?;
        store::save(tx, &mut survey)?;
        tx.record(Record::change(SurveyAct::Change.line().journal, store::path(survey.id), json!({"items": input.items.len()})));
        shown(tx, &node, by, &survey)
    })
    .await
}
