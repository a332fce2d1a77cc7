//! What becomes of a line of hours: vouched for, confirmed, disputed and answered, taken back and restored, judged beside others.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use super::model::{VolunteerHourAct, VolunteerOverlap};
use super::policy::{AnswerHoursDispute, ConfirmHours, DisputeHours, JudgeHoursOverlap, RestoreHours, WithdrawHours};
use super::reporting;
use super::store::{self, Line};
use super::view::{VolunteerHoursView, applied, compared, note, one};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Tx};
use crate::error::{Code, Error, Problem, Result};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::{Note, Reason};
use crate::volunteers::history::changes;
use crate::volunteers::store::Volunteer;

/// Changes one line: at the version that the caller read, judged, saved, told with both values and shown.
async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match, acts): (Id, IfMatch, &'static [VolunteerHourAct]),
    why: String,
    effect: impl Fn(&mut Tx, &Node, &By, (&mut Line, &Volunteer)) -> Result<()> + Send + 'static,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let (mut line, volunteer) = store::find(tx, by, id)?;
        if_match.check(line.version)?;
        let before = compared(&node.vault, &line)?;
        let (act, status) = applied(tx, by, (&line, volunteer.person_id), acts)?;
        line.status = status;
        effect(tx, &node, by, (&mut line, &volunteer))?;
        reporting::settle(tx, &mut line)?;
        store::save(tx, &mut line)?;
        let changed = changes(&before, &compared(&node.vault, &line)?);
        note(tx, &node, (&volunteer, &line), act, (&why, changed))?;
        let version = line.version;
        Ok(Reply::ok(&one(tx, &node, by, line)?)?.version(version))
    })
    .await
}

/// Makes the caller the registrar of a line that has none.
fn register(by: &By, line: &mut Line) {
    if line.registrar.is_none() {
        (line.registrar, line.registered_at) = (Some(by.caller.name()), Some(by.now));
    }
}

/// Confirms a line of hours.
///
/// A volunteer says that their own line is right, also one that they had disputed. Somebody of the office vouches for a line that a volunteer
/// checked in by themself, as its registrar; nobody does for their own.
#[utoipa::path(tag = "Volunteer hours", operation_id = "confirm_hours", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The line.", body = VolunteerHoursView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/hours/{id}:confirm")]
pub async fn confirm_hours(may: May<ConfirmHours>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    const ACTS: &[VolunteerHourAct] = &[VolunteerHourAct::Vouch, VolunteerHourAct::Confirm];
    change(may, node, (id.0, if_match, ACTS), String::new(), |_, _, by, (line, _)| {
        register(by, line);
        Ok(())
    })
    .await
}

/// Disputes a line of hours.
///
/// A volunteer says why their own line is wrong, or somebody of the office writes down what they have said; it waits until another clerk than
/// its registrar answers or corrects it.
#[utoipa::path(tag = "Volunteer hours", operation_id = "dispute_hours", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The line.", body = VolunteerHoursView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/hours/{id}:dispute")]
pub async fn dispute_hours(
    may: May<DisputeHours>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let acts = (id.0, if_match, [VolunteerHourAct::Dispute, VolunteerHourAct::DisputeFor].as_slice());
    change(may, node, acts, why.as_str().to_owned(), |_, _, _, _| Ok(())).await
}

/// Answers the dispute of a line of hours.
///
/// By another than its registrar, with the reason why it stands; where it is wrong, it is corrected or taken back in the place of this.
#[utoipa::path(tag = "Volunteer hours", operation_id = "answer_hours_dispute", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The line.", body = VolunteerHoursView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `same_person`: its registrar does not answer; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/hours/{id}:answer-dispute")]
pub async fn answer_hours_dispute(
    may: May<AnswerHoursDispute>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let acts = (id.0, if_match, [VolunteerHourAct::Answer].as_slice());
    change(may, node, acts, why.as_str().to_owned(), |_, _, _, _| Ok(())).await
}

/// Takes back a line of hours.
///
/// With a reason; it counts no more and stays readable. The line that it corrected stands again.
#[utoipa::path(tag = "Volunteer hours", operation_id = "withdraw_hours", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The line.", body = VolunteerHoursView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `same_person`: a disputed line is not its registrar's to take back; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/hours/{id}:withdraw")]
pub async fn withdraw_hours(
    may: May<WithdrawHours>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    const ACTS: &[VolunteerHourAct] = &[VolunteerHourAct::Withdraw, VolunteerHourAct::WithdrawDisputed];
    let reason = why.as_str().to_owned();
    change(may, node, (id.0, if_match, ACTS), why.as_str().to_owned(), move |tx, node, by, (line, volunteer)| {
        let Some(corrected) = line.stands_for else { return Ok(()) };
        // The correction is saved first, since one alone stands for a line.
        store::save(tx, line)?;
        turn(tx, node, by, (corrected, volunteer), VolunteerHourAct::Reopen, &reason)
    })
    .await
}

/// Restores a line of hours.
///
/// With a reason: one that was taken back by mistake. It replaces the line that it corrects again.
#[utoipa::path(tag = "Volunteer hours", operation_id = "restore_hours", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The line, which stands again.", body = VolunteerHoursView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict`: another line stands in its place since; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/hours/{id}:restore")]
pub async fn restore_hours(
    may: May<RestoreHours>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let acts = (id.0, if_match, [VolunteerHourAct::Restore].as_slice());
    let reason = why.as_str().to_owned();
    change(may, node, acts, why.as_str().to_owned(), move |tx, node, by, (line, volunteer)| {
        register(by, line);
        if let Some(corrected) = line.stands_for {
            turn(tx, node, by, (corrected, volunteer), VolunteerHourAct::Supersede, &reason)?;
        }
        let Some(source) = line.source.as_deref() else { return Ok(()) };
        // The line that it corrects is of the same source, and has just been replaced.
        if store::of_source(tx, source)?.is_some() { Err(stands_already()) } else { Ok(()) }
    })
    .await
}

/// The refusal of a line in whose place another one stands.
fn stands_already() -> Error {
    Problem::new(Code::CONFLICT).detail("已有其他紀錄取代此筆時數", "another line stands in the place of this one").into()
}

/// Turns the line that another one corrects, as that one is taken back or restored.
fn turn(tx: &mut Tx, node: &Node, by: &By, (id, volunteer): (Id, &Volunteer), act: VolunteerHourAct, why: &str) -> Result<()> {
    let mut line = store::by_id(tx, id)?.ok_or_else(stands_already)?;
    let before = compared(&node.vault, &line)?;
    line.status = act.after(line.status).ok_or_else(stands_already)?;
    register(by, &mut line);
    reporting::settle(tx, &mut line)?;
    store::save(tx, &mut line)?;
    let changed = changes(&before, &compared(&node.vault, &line)?);
    note(tx, node, (volunteer, &line), act, (why, changed))
}

/// Whether a line that has no times is other service than that of all other lines.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"overlap": "APART", "reason": "已電洽該單位，為晚間服務"}))]
pub struct VolunteerOverlapJudgement {
    overlap: VolunteerOverlap,
    reason: Note,
}

/// Judges whether a line of hours overlaps others.
///
/// One that has a day and no times, of which nobody can tell by these (`OVERLAP_UNKNOWN`); with a reason, and as often as it turns out to be
/// otherwise.
#[utoipa::path(tag = "Volunteer hours", operation_id = "judge_hours_overlap", params(IdInPath, IfMatchHeader), request_body = VolunteerOverlapJudgement, responses(
    (status = 200, description = "The line.", body = VolunteerHoursView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/hours/{id}:judge-overlap")]
pub async fn judge_hours_overlap(
    may: May<JudgeHoursOverlap>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<VolunteerOverlapJudgement>,
) -> Result<Reply> {
    let acts = (id.0, if_match, [VolunteerHourAct::JudgeOverlap].as_slice());
    change(may, node, acts, input.reason.as_str().to_owned(), move |_, _, _, (line, _)| {
        if line.span().is_some() {
            let text = crate::error::Text::new("有起訖時間者由系統判斷", "a line with times is judged by these");
            return Err(Error::field("/overlap", "not_allowed", text));
        }
        line.overlap = input.overlap;
        Ok(())
    })
    .await
}
