//! Looking at the results of a survey, and reading its words.

use actix_web::get;
use actix_web::web::Data;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::model::SurveyStatus;
use super::policy::{GetSurveyResults, ListSurveyTexts};
use super::problems::RESULTS_WITHHELD;
use super::results::{self, SurveyResults};
use super::store::{self, Survey};
use super::view::require_seen;
use crate::auth::{By, May};
use crate::contract::IdInPath;
use crate::db::{Id, Record, Tx};
use crate::error::{Code, Result};
use crate::http::{Listing, Page, Paging, PathId, PathTail, Reply, page_of};
use crate::node::Node;

/// A survey whose results may be looked at; from now on they have been.
fn look(tx: &mut Tx, by: &By, id: Id) -> Result<Survey> {
    let survey = store::find(tx, id)?;
    if survey.status == SurveyStatus::Draft {
        require_seen(by, &survey)?;
    }
    if survey.readings.is_none() || !survey.status.has_results() {
        return Err(RESULTS_WITHHELD.into());
    }
    if !survey.results_shown {
        store::note_shown(tx, id)?;
        tx.record(Record::change("survey.results_shown", store::path(id), json!({})));
    }
    Ok(survey)
}

/// Shows the results of a survey.
///
/// Once it has closed, and always the same, so that no two views differ by anybody's answer; whoever looks first ends that it can
/// be opened again. Below five answers (a setting) nothing is shown. Numbers below that are hidden, be they few or none, and where
/// a hidden number could be worked out of the others all of its item are: what is shown leaves open of each hidden number
/// whether anybody stands behind it. Shares and means of an item with hidden numbers are the ranges in which they lie by what is shown.
#[utoipa::path(tag = "Surveys", operation_id = "get_survey_results", params(IdInPath), responses(
    (status = 200, description = "The results.", body = SurveyResults),
    (status = 409, description = "`results_withheld`: the survey has not closed."),
))]
#[get("/v1/surveys/{id}/results")]
pub async fn get_survey_results(may: May<GetSurveyResults>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.write_beside(move |tx, by| {
        let survey = look(tx, by, id.0)?;
        let mut kept = store::open_box(tx, &node.vault, survey.id)?;
        kept.issued = survey.issued(&kept);
        Reply::ok(&results::of(survey.id, survey.status, &survey.form()?, &survey.readings()?, &kept))
    })
    .await
}

/// Words that somebody has written.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"text": "等候時間可再縮短"}))]
pub struct SurveyText {
    #[schema(max_length = 500)]
    text: String,
}

/// Lists the words of an item.
///
/// Once the survey has closed, where at least five (a setting) have written any with tokens that the office gave out or on paper: else
/// the list is empty, since anybody may draw more than one token of a survey that is open to all. In an order that is by
/// chance, beside no other answer. Section chiefs and the director read them, since people may be known by what they write. They are
/// deleted some years after (a setting).
#[utoipa::path(tag = "Surveys", operation_id = "list_survey_texts", params(
    IdInPath, ("code" = String, Path, description = "Code of the item.", min_length = 1, max_length = 30, example = "WORDS"), Listing,
), responses(
    (status = 200, description = "A page of words.", body = Page<SurveyText>),
    (status = 409, description = "`results_withheld`: the survey has not closed."),
))]
#[get("/v1/surveys/{id}/items/{code}/texts")]
pub async fn list_survey_texts(
    may: May<ListSurveyTexts>,
    node: Data<Node>,
    id: PathId,
    code: PathTail<String>,
    paging: Paging,
) -> Result<Reply> {
    may.write_beside(move |tx, by| {
        let survey = look(tx, by, id.0)?;
        if survey.form()?.item(&code.0).is_none() {
            return Err(Code::NOT_FOUND.into());
        }
        let kept = store::open_box(tx, &node.vault, survey.id)?;
        let is_shown = results::are_words_shown(&survey.readings()?, &kept, &code.0);
        let words = if is_shown { kept.tally(&code.0).words } else { Vec::new() };
        let total = paging.include_total.then(|| i64::try_from(words.len()).unwrap_or(i64::MAX));
        let begin = usize::try_from(paging.after_number()).unwrap_or(0);
        let rest = words.into_iter().enumerate().skip(begin).map(|(place, text)| (place + 1, SurveyText { text })).collect();
        Reply::ok(&page_of(&paging, rest, total, |(place, _)| place.to_string()).map(|(_, text)| text))
    })
    .await
}
