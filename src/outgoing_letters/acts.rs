//! What becomes of a letter: printed, or told otherwise; and that it is to be printed again.

use actix_web::post;
use actix_web::web::Data;
use serde_json::json;

use super::model::{OutgoingLetterAct, OutgoingLetterStatus};
use super::policy::{MarkOutgoingLetterPrinted, PrintOutgoingLetterAgain, SettleOutgoingLetter};
use super::store;
use super::view::{OutgoingLetterView, shown};
use crate::auth::May;
use crate::auth::policy::Action;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::Id;
use crate::error::Result;
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::mail::Matters;
use crate::node::Node;
use crate::people::Reason;
use crate::states::in_own_matter;

/// Changes one letter: found within reach, at the version that the caller read, by nobody whose own matter it is, saved and told.
async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match): (Id, IfMatch),
    act: OutgoingLetterAct,
    why: String,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut letter = store::find(tx, &node, by, id)?;
        if_match.check(letter.version)?;
        let matters = node.part::<Matters>();
        let involved = matters.involved(tx, &node, &letter.about)?;
        act.keep_apart(&in_own_matter(tx, by, involved)?)?;
        letter.status = act.apply(letter.status)?;
        if letter.status == OutgoingLetterStatus::Printed {
            letter.printed_at = Some(by.now);
        }
        store::save(tx, &mut letter)?;
        let event = json!({"letter_id": letter.id, "status": letter.status});
        let told = matters.told(tx, act.line().journal, &letter.about, event)?;
        tx.record(told.because(&why));
        Ok(Reply::ok(&shown(&node, by, &letter)?)?.version(letter.version))
    })
    .await
}

/// Marks a letter as printed.
///
/// By whoever has printed it, to be posted or handed over.
#[utoipa::path(tag = "Outgoing letters", operation_id = "mark_outgoing_letter_printed", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The letter, printed.", body = OutgoingLetterView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is about whoever acts, their spouse or kin, or somebody from whose data they are barred; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/outgoing-letters/{id}:mark-printed")]
pub async fn mark_outgoing_letter_printed(
    may: May<MarkOutgoingLetterPrinted>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
) -> Result<Reply> {
    change(may, node, (id.0, if_match), OutgoingLetterAct::MarkPrinted, String::new()).await
}

/// Settles a letter that nobody need print.
///
/// With the reason: it was told at the counter, by telephone or by mail, or nobody need be told any more.
#[utoipa::path(tag = "Outgoing letters", operation_id = "settle_outgoing_letter", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The letter, settled.", body = OutgoingLetterView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is about whoever acts, their spouse or kin, or somebody from whose data they are barred; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/outgoing-letters/{id}:settle")]
pub async fn settle_outgoing_letter(
    may: May<SettleOutgoingLetter>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    change(may, node, (id.0, if_match), OutgoingLetterAct::Settle, why.as_str().to_owned()).await
}

/// Lets a letter be printed again.
///
/// With the reason: the post brought it back, the print was spoilt, or it was marked or settled by mistake.
#[utoipa::path(tag = "Outgoing letters", operation_id = "print_outgoing_letter_again", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The letter, to be printed.", body = OutgoingLetterView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is about whoever acts, their spouse or kin, or somebody from whose data they are barred; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/outgoing-letters/{id}:print-again")]
pub async fn print_outgoing_letter_again(
    may: May<PrintOutgoingLetterAgain>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    change(may, node, (id.0, if_match), OutgoingLetterAct::PrintAgain, why.as_str().to_owned()).await
}
