//! What becomes of an honour that was entered: approved or rejected by another, withdrawn and restored.

use actix_web::post;
use actix_web::web::Data;
use serde_json::json;

use super::model::VolunteerHonourAct;
use super::policy::{ApproveVolunteerHonour, RejectVolunteerHonour, RestoreVolunteerHonour, WithdrawVolunteerHonour};
use super::store::{self, Honour};
use super::view::{VolunteerHonourView, applied, note, view};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Tx};
use crate::error::Result;
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::Reason;
use crate::volunteers::history::VolunteerChange;
use crate::volunteers::store::Volunteer;

/// Changes one honour: at the version that the caller read, judged, saved, told and shown.
async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match, act): (Id, IfMatch, VolunteerHonourAct),
    why: String,
    effect: impl Fn(&mut Tx, &By, (&mut Honour, &Volunteer)) -> Result<()> + Send + 'static,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let (mut honour, volunteer) = store::find(tx, by, id)?;
        // Nobody approves what they have not seen.
        if act == VolunteerHonourAct::Approve {
            if_match.seen(honour.version)?;
        } else {
            if_match.check(honour.version)?;
        }
        let before = honour.status;
        honour.status = applied(tx, by, (&honour, volunteer.person_id), act)?;
        effect(tx, by, (&mut honour, &volunteer))?;
        store::save(tx, &mut honour)?;
        let changed = VolunteerChange { pointer: "/status".to_owned(), before: json!(before), after: json!(honour.status) };
        note(tx, &node, (&volunteer, &honour), act, (&why, vec![changed]))?;
        let version = honour.version;
        Ok(Reply::ok(&view(tx, &node, by, honour, volunteer.person_id)?)?.version(version))
    })
    .await
}

fn decide(by: &By, honour: &mut Honour) {
    (honour.decided_by, honour.decided_at) = (Some(by.caller.name()), Some(by.now));
}

/// Approves an honour of a volunteer.
///
/// By another than whoever entered it, who has seen it. From then on a card and a certificate use up the hours before `counts_from` for the
/// next one of their own family, and for no other.
#[utoipa::path(tag = "Volunteer honours", operation_id = "approve_volunteer_honour", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The honour.", body = VolunteerHonourView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict` with `standing_id`: it is entered already; `own_request`: the caller has entered it, or it is of them or of somebody close to them; `holder_required`: nobody knows who works with the account; `asker_gone`: whoever entered it holds no office any more."),
))]
#[post("/v1/volunteer-honours/{id}:approve")]
pub async fn approve_volunteer_honour(
    may: May<ApproveVolunteerHonour>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
) -> Result<Reply> {
    let act = (id.0, if_match, VolunteerHonourAct::Approve);
    change(may, node, act, String::new(), |tx, by, (honour, volunteer)| {
        decide(by, honour);
        store::require_first(tx, volunteer, honour)
    })
    .await
}

/// Rejects an honour of a volunteer.
///
/// With a reason, by another than whoever entered it.
#[utoipa::path(tag = "Volunteer honours", operation_id = "reject_volunteer_honour", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The honour.", body = VolunteerHonourView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: the caller has entered it, or it is of them or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteer-honours/{id}:reject")]
pub async fn reject_volunteer_honour(
    may: May<RejectVolunteerHonour>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let act = (id.0, if_match, VolunteerHonourAct::Reject);
    change(may, node, act, why.as_str().to_owned(), |_, by, (honour, _)| {
        decide(by, honour);
        Ok(())
    })
    .await
}

/// Withdraws an honour of a volunteer.
///
/// With a reason: it was never granted, or is somebody else's. It uses up no hours any more.
#[utoipa::path(tag = "Volunteer honours", operation_id = "withdraw_volunteer_honour", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The honour.", body = VolunteerHonourView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteer-honours/{id}:withdraw")]
pub async fn withdraw_volunteer_honour(
    may: May<WithdrawVolunteerHonour>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let act = (id.0, if_match, VolunteerHonourAct::Withdraw);
    change(may, node, act, why.as_str().to_owned(), |_, _, _| Ok(())).await
}

/// Restores an honour of a volunteer.
///
/// With a reason: one that was rejected or withdrawn by mistake. It is proposed by the caller, and another approves it again.
#[utoipa::path(tag = "Volunteer honours", operation_id = "restore_volunteer_honour", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The honour.", body = VolunteerHonourView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict` with `standing_id`: it is entered again since; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteer-honours/{id}:restore")]
pub async fn restore_volunteer_honour(
    may: May<RestoreVolunteerHonour>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let act = (id.0, if_match, VolunteerHonourAct::Restore);
    change(may, node, act, why.as_str().to_owned(), |tx, by, (honour, volunteer)| {
        (honour.entered_by, honour.entered_at) = (by.caller.name(), by.now);
        (honour.decided_by, honour.decided_at) = (None, None);
        store::require_first(tx, volunteer, honour)
    })
    .await
}
