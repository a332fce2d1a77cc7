//! Who wants no invitations: by the code of one, or at the word of whoever tells a clerk so. Kept is a keyed hash of the address, and
//! nothing beside it.

use actix_web::post;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use super::policy::{ChooseSurveyInvitations, NoteSurveyChoice};
use crate::auth::May;
use crate::db::{Conn, Record, Tx};
use crate::error::{Error, Result};
use crate::http::{Reply, Valid, coded};
use crate::node::Node;
use crate::people::{Email, Note};
use crate::prepared;
use crate::schema::survey_refusals as refusals;
use crate::secrets::vault::Vault;

/// Signs by which an address is known.
const ADDRESS: usize = 22;
/// Signs that prove a code: 132 bits.
const PROOF: usize = 22;

fn address_index(vault: &Vault, email: &Email) -> String {
    let whole = vault.blind_index("surveys/refusals", &email.expose().to_ascii_lowercase());
    whole.chars().take(ADDRESS).collect()
}

fn proof(vault: &Vault, address_index: &str) -> String {
    vault.sign_link("survey choice", address_index).chars().take(PROOF).collect()
}

/// By what whoever has an address chooses: it stands in each invitation, and says nothing of the token beside it.
pub fn code_of(vault: &Vault, email: &Email) -> String {
    let index = address_index(vault, email);
    let proof = proof(vault, &index);
    format!("{index}{proof}")
}

/// Whether no invitation goes to an address.
pub fn has_refused(conn: &mut Conn, vault: &Vault, email: &Email) -> Result<bool> {
    let found: i64 = refusals::table.find(address_index(vault, email)).count().get_result(conn)?;
    Ok(found > 0)
}

/// Keeps whether invitations go to an address from now on.
fn put(tx: &mut Tx, index: &str, invited: bool) -> Result<()> {
    if invited {
        diesel::delete(refusals::table.find(index)).execute(&mut **tx)?;
    } else {
        let row = refusals::address_index.eq(index);
        prepared!(&mut **tx, diesel::insert_into(refusals::table).values(row).on_conflict_do_nothing(), execute)?;
    }
    Ok(())
}

/// Whether somebody wants to be invited.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "q3Kd0cI5mVn3r9kQ0Yw8cIZ5mVn3r9kQp2sT7uAd0cI5mV", "invited": false}))]
pub struct SurveyChoice {
    /// From an invitation; good for its address alone.
    #[schema(min_length = 1, max_length = 60)]
    code: String,
    /// Whether invitations go to the address from now on; `true` takes a refusal back.
    invited: bool,
}

/// Chooses whether to be invited to surveys.
///
/// By whoever has the code of an invitation, signed in or not, for the address to which it went and for all surveys; taken back by the
/// same code. Like an answer it leaves no line in any log: what is kept is a keyed hash of the address.
#[utoipa::path(tag = "Surveys", operation_id = "choose_survey_invitations", request_body = SurveyChoice, responses(
    (status = 204, description = "It is kept."),
))]
#[post("/v1/survey-choices")]
pub async fn choose_survey_invitations(
    may: May<ChooseSurveyInvitations>,
    node: Data<Node>,
    Valid(choice): Valid<SurveyChoice>,
) -> Result<Reply> {
    may.write_untraced(move |tx| {
        let unknown = || Error::field("/code", "unknown", coded("unknown").1);
        let (index, given) = choice.code.split_at_checked(ADDRESS).ok_or_else(unknown)?;
        if !node.vault.is_secret(given, &node.vault.secret_hash(&proof(&node.vault, index))) {
            return Err(unknown());
        }
        put(tx, index, choice.invited)?;
        Ok(Reply::done())
    })
    .await
}

/// What somebody has told the office of invitations.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "someone@example.org", "invited": false, "reason": "當事人來電表示不願再受邀"}))]
pub struct SurveyChoiceNote {
    email: Email,
    /// Whether invitations go to the address from now on; `true` takes a refusal back.
    invited: bool,
    reason: Note,
}

/// Notes whether somebody wants to be invited to surveys.
///
/// By a clerk, at the word of whoever has the address, for all surveys. The audit log tells that it was done and why, and not of which
/// address; nobody can look up who has refused.
#[utoipa::path(tag = "Surveys", operation_id = "note_survey_choice", request_body = SurveyChoiceNote, responses(
    (status = 204, description = "It is kept."),
))]
#[post("/v1/survey-choices:note")]
pub async fn note_survey_choice(
    may: May<NoteSurveyChoice>,
    node: Data<Node>,
    Valid(note): Valid<SurveyChoiceNote>,
) -> Result<Reply> {
    may.write(move |tx, _| {
        put(tx, &address_index(&node.vault, &note.email), note.invited)?;
        let noted = Record::read("survey.choice_noted", "survey-choices".to_owned(), "");
        tx.record(noted.because(note.reason.as_str()));
        Ok(Reply::done())
    })
    .await
}
