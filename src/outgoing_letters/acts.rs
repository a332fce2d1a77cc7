//! What becomes of a letter before it goes out: printed, or stopped; and that it is to be printed again.

use actix_web::post;
use actix_web::web::Data;
use serde_json::json;

use super::model::{OutgoingLetterAct, OutgoingLetterStatus};
use super::policy::{MarkOutgoingLetterPrinted, PrintOutgoingLetterAgain, StopOutgoingLetter};
use super::store::{self, OutgoingLetter};
use super::view::{OutgoingLetterView, shown};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Tx};
use crate::error::{Code, Problem, Result};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::mail::{LetterNews, Matters};
use crate::node::Node;
use crate::people::Reason;
use crate::states::in_own_matter;

/// Changes one letter: found within reach, at the version that the caller read, by nobody whose own matter it is, saved, told, and followed
/// by the record that it is about. What somebody does not see any more is not shown either by an answer that was kept.
async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match): (Id, IfMatch),
    act: OutgoingLetterAct,
    why: String,
) -> Result<Reply> {
    let shared = node.clone();
    may.read(move |conn, by| store::find(conn, &shared, by, id).map(drop)).await?;
    may.write(move |tx, by| {
        let matters = node.part::<Matters>();
        let about = store::about(tx, id)?.ok_or(Code::NOT_FOUND)?;
        matters.take(tx, &about)?;
        let mut letter = store::find(tx, &node, by, id)?;
        // Whoever has printed it names what they have printed.
        if act == OutgoingLetterAct::MarkPrinted {
            if_match.seen(letter.version)?;
        } else {
            if_match.check(letter.version)?;
        }
        let involved = matters.involved(tx, &node, &letter.about)?;
        act.keep_apart(&in_own_matter(tx, by, involved)?)?;
        let before = letter.status;
        let status = act.apply(before)?;
        put(tx, &node, by, &mut letter, (act, &why))?;
        letter.status = status;
        store::save(tx, &mut letter)?;
        tell(tx, &node, &letter, act, &why)?;
        let (was_stopped, is_stopped) = (before == OutgoingLetterStatus::Stopped, status == OutgoingLetterStatus::Stopped);
        if was_stopped != is_stopped {
            let news = LetterNews { letter_id: id, goes: was_stopped, at: by.now };
            matters.follow_letter(tx, &node, &letter.about, &news)?;
        }
        Ok(Reply::ok(&shown(&node, by, &letter)?)?.version(letter.version))
    })
    .await
}

/// Notes on a letter what an act that its state allows changes.
fn put(tx: &mut Tx, node: &Node, by: &By, letter: &mut OutgoingLetter, (act, why): (OutgoingLetterAct, &str)) -> Result<()> {
    match act {
        OutgoingLetterAct::MarkPrinted => letter.printed_at = Some(by.now),
        OutgoingLetterAct::Stop => letter.stopped(tx, why),
        OutgoingLetterAct::PrintAgain => {
            let stands = letter.can_go() && node.part::<Matters>().stands(tx, node, (&letter.about, letter.id))?;
            if !stands {
                let (zh, en) = ("信函所述內容已變更，不得再印", "what it says is no longer so: it is not printed again");
                return Err(Problem::new(Code::CONFLICT).detail(zh, en).into());
            }
            (letter.stop, letter.stop_reason) = (None, None);
        }
        OutgoingLetterAct::Send | OutgoingLetterAct::Return | OutgoingLetterAct::TakeBack => {}
    }
    Ok(())
}

/// Tells the journal of an act, under the record that the letter is about.
pub fn tell(tx: &mut Tx, node: &Node, letter: &OutgoingLetter, act: OutgoingLetterAct, why: &str) -> Result<()> {
    let event = json!({"letter_id": letter.id, "status": letter.status, "stop": letter.stop});
    let told = node.part::<Matters>().told(tx, act.line().journal, &letter.about, event)?;
    tx.record(told.because(why));
    Ok(())
}

/// Marks a letter as printed.
///
/// By whoever has printed it, to be posted or handed over; `If-Match` takes the tag of the letter or of its PDF, and not `*`: what was put
/// right since it was printed is refused. That it was posted, its record notes: a petition by `:note-letters`.
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

/// Stops a letter that has not gone out.
///
/// With the reason; it is not printed or posted any more. What the record still has to tell is told by the next way: a petitioner by a
/// call. What is handed over at the counter is no reason, but noted as handed over. Stopped by mistake, it is printed again.
#[utoipa::path(tag = "Outgoing letters", operation_id = "stop_outgoing_letter", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The letter, stopped.", body = OutgoingLetterView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it has gone out, or is stopped; `own_request`: it is about whoever acts, their spouse or kin, or somebody from whose data they are barred; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/outgoing-letters/{id}:stop")]
pub async fn stop_outgoing_letter(
    may: May<StopOutgoingLetter>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    change(may, node, (id.0, if_match), OutgoingLetterAct::Stop, why.as_str().to_owned()).await
}

/// Lets a letter be printed again.
///
/// With the reason: the print was spoilt, or it was marked or stopped by mistake. What it says must still be so. One that has gone out
/// must first be noted not to have, by its record.
#[utoipa::path(tag = "Outgoing letters", operation_id = "print_outgoing_letter_again", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The letter, to be printed.", body = OutgoingLetterView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict`: what it says is no longer so; `own_request`: it is about whoever acts, their spouse or kin, or somebody from whose data they are barred; `holder_required`: nobody knows who works with the account."),
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
