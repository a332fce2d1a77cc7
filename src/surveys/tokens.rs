//! Tokens: what lets somebody answer once. A token carries its own proof, so that the store knows of none before it is used, and
//! nothing leads from a record, a batch or a moment to one.

use actix_web::post;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::counting::AnswerBox;
use super::model::{SurveyChannel, SurveyStatus, SurveyedService};
use super::policy::{DrawSurveyToken, IssueSurveyTokens};
use super::problems::{ALREADY_INVITED, SURVEY_NOT_OPEN};
use super::store::{self, Survey};
use super::view::{require_seen, takes_answers};
use crate::auth::{By, May};
use crate::cases;
use crate::cases::states::CaseStatus;
use crate::contract::IdInPath;
use crate::db::{Id, Record, Tx};
use crate::error::{Error, Result};
use crate::http::{PathId, Reply, Valid, coded};
use crate::node::Node;
use crate::petitions;
use crate::scheduling::Plans;
use crate::scheduling::bookings::model::BookingStatus;
use crate::scheduling::bookings::store as bookings;
use crate::secrets::vault::{Vault, random_secret};

/// Signs of a token's own chance, after the one that tells by whom it was given out.
const CHANCE: usize = 16;
/// Signs of its proof: 132 bits.
const PROOF: usize = 22;
/// Signs of the hash by which a used one is known.
const HASH: usize = 22;

/// By whom a token was given out, as its first sign.
fn sign(channel: SurveyChannel) -> char {
    if channel == SurveyChannel::Open { 'o' } else { 's' }
}

fn proof(vault: &Vault, survey: Id, begun: &str) -> String {
    let whole = vault.sign_link("survey token", &format!("{survey}/{begun}"));
    whole.chars().take(PROOF).collect()
}

/// A new token for one answer.
pub fn new_token(vault: &Vault, survey: Id, channel: SurveyChannel) -> String {
    let begun = format!("{}{}", sign(channel), random_secret(CHANCE / 4 * 3));
    let proof = proof(vault, survey, &begun);
    format!("{begun}{proof}")
}

/// By whom a token of a survey was given out; 422 for what is none.
pub fn channel_of(vault: &Vault, survey: Id, token: &str) -> Result<SurveyChannel> {
    let unknown = || Error::field("/token", "unknown", coded("unknown").1);
    let (begun, given) = token.split_at_checked(1 + CHANCE).ok_or_else(unknown)?;
    if !vault.is_secret(given, &vault.secret_hash(&proof(vault, survey, begun))) {
        return Err(unknown());
    }
    Ok(if begun.starts_with(sign(SurveyChannel::Open)) { SurveyChannel::Open } else { SurveyChannel::Token })
}

/// By what a token is known once it was used.
pub fn used_hash(vault: &Vault, token: &str) -> String {
    vault.secret_hash(token).chars().take(HASH).collect()
}

/// By what it is kept that a token was issued for a record.
pub fn record_index(vault: &Vault, survey: Id, (service, id): (SurveyedService, Id)) -> String {
    vault.blind_index("surveys/record", &format!("{survey}/{service}/{id}"))
}

/// The record of a service that somebody had.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServedRecord {
    /// One of the survey's `services`.
    service: SurveyedService,
    /// Id of the booking that is done, of the case that is registered, or of the petition that is answered and kept from nobody.
    id: Id,
}

/// Tokens to give out: a number of printed slips, or one after a service; one of the two.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"count": 50}))]
pub struct SurveyTokenIssue {
    /// As many, for slips.
    #[schema(minimum = 1, maximum = 500)]
    count: Option<u32>,
    /// One for whoever had this service; at most one a record and service.
    record: Option<ServedRecord>,
}

/// Tokens, shown this once.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"tokens": ["s7Wd0cI5mVn3r9kQ0Yw8cI5mVn3r9kQp2sT7uA"]}))]
pub struct SurveyTokens {
    /// Each is good for one answer: print it, or send it, and keep no copy.
    #[schema(max_items = 500)]
    tokens: Vec<String>,
}

impl SurveyTokenIssue {
    /// How many; the record must be one of a service that took place, and none was issued for it.
    fn count(&self, tx: &mut Tx, node: &Node, by: &By, (survey, kept): (&Survey, &mut AnswerBox)) -> Result<u32> {
        let refused = |at: &'static str, code: &'static str| Error::field(at, code, coded(code).1);
        match (self.count, &self.record) {
            (Some(count), None) => Ok(count),
            (Some(_), Some(_)) => Err(refused("/record", "not_both")),
            (None, None) => Err(refused("/count", "required")),
            (None, Some(record)) => {
                if !survey.form()?.services.contains(&record.service) {
                    return Err(refused("/record/service", "not_allowed"));
                }
                if !took_place(tx, node, by, record)? {
                    return Err(refused("/record/id", "not_allowed"));
                }
                let index = record_index(&node.vault, survey.id, (record.service, record.id));
                if kept.invited.insert(index) { Ok(1) } else { Err(ALREADY_INVITED.into()) }
            }
        }
    }
}

/// Whether a record within the caller's reach is one of a service that took place.
fn took_place(tx: &mut Tx, node: &Node, by: &By, record: &ServedRecord) -> Result<bool> {
    let found = match record.service {
        SurveyedService::BookingDone => bookings::find(tx, node, by, record.id).map(|one| one.status == BookingStatus::Done),
        SurveyedService::CaseRegistered => {
            let registered = [CaseStatus::Registered, CaseStatus::Corrected];
            cases::store::find(tx, node, by, record.id).map(|one| registered.contains(&one.status))
        }
        SurveyedService::PetitionReplied => petitions::is_answered(tx, node, by, record.id),
    };
    match found {
        // What is not theirs to see reads like one that did not take place.
        Err(Error::Problem(_)) => Ok(false),
        found => found,
    }
}

/// Issues tokens for a survey.
///
/// For printed slips, or one for whoever had a service: at most one a record and service, whether it is issued here or was mailed with an
/// invitation. Whoever has no e-mail address is invited by no mail: hand them a slip. The office keeps how many it gave out,
/// and a keyed hash of the record, among all others in no order, but neither the tokens nor to whom one went: no answer is kept, so that
/// the same request sent again issues others, and of a record says `already_invited`. Whoever gives one out must see to it that nobody
/// notes which.
#[utoipa::path(tag = "Surveys", operation_id = "issue_survey_tokens", params(IdInPath), request_body = SurveyTokenIssue, responses(
    (status = 200, description = "The tokens.", body = SurveyTokens),
    (status = 409, description = "`survey_not_open`; `already_invited`: one was issued for the record."),
))]
#[post("/v1/surveys/{id}/tokens")]
pub async fn issue_survey_tokens(
    may: May<IssueSurveyTokens>,
    node: Data<Node>,
    id: PathId,
    Valid(input): Valid<SurveyTokenIssue>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let survey = store::find(tx, id.0)?;
        // Slips are printed before the first day.
        if survey.status != SurveyStatus::Open {
            return Err(SURVEY_NOT_OPEN.into());
        }
        let mut kept = store::open_box(tx, &node.vault, survey.id)?;
        let count = input.count(tx, &node, by, (&survey, &mut kept))?;
        kept.issued = kept.issued.saturating_add(count);
        store::save_box(tx, &node.vault, survey.id, &kept)?;
        tx.record(Record::change("survey.tokens_issued", store::path(survey.id), json!({"count": count})));
        let tokens = (0..count).map(|_| new_token(&node.vault, survey.id, SurveyChannel::Token)).collect();
        Reply::ok(&SurveyTokens { tokens })
    })
    .await
}

/// A token, shown this once.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"token": "o7Wd0cI5mVn3r9kQ0Yw8cI5mVn3r9kQp2sT7uA"}))]
pub struct SurveyToken {
    #[schema(max_length = 60)]
    token: String,
}

/// Draws a token of a survey that is open to all.
///
/// By anybody, who leaves no trace by it: it is kept nowhere, logged nowhere and counted nowhere but in the caller's allowance,
/// which a node holds in memory. So nobody can tell who draws more than one; the results say how many answers came by this way.
#[utoipa::path(tag = "Surveys", operation_id = "draw_survey_token", params(IdInPath), responses(
    (status = 200, description = "The token.", body = SurveyToken),
    (status = 409, description = "`survey_not_open`: it takes no answers now, or is not open to all."),
))]
#[post("/v1/surveys/{id}/open-tokens")]
pub async fn draw_survey_token(may: May<DrawSurveyToken>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let survey = store::find(conn, id.0)?;
        require_seen(by, &survey)?;
        let plan = node.part::<Plans>().at(conn)?;
        if !survey.form()?.open_to_all || !takes_answers(&plan.calendar, &survey, by.now.date()) {
            return Err(SURVEY_NOT_OPEN.into());
        }
        Reply::ok(&SurveyToken { token: new_token(&node.vault, survey.id, SurveyChannel::Open) })
    })
    .await
}
