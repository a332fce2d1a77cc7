//! Shifts that do not take place, were planned by mistake, and take place after all.

use actix_web::web::Data;
use actix_web::{delete, post};

use super::days;
use super::model::{ShiftAct, ShiftStatus};
use super::policy::{CancelShift, DeleteShift, RestoreShift};
use super::store::{self, Shift};
use super::view::{ShiftView, applied, note, shown};
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Tx};
use crate::error::Result;
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::Reason;
use crate::volunteers::signups::shift_changes;

/// Turns a shift to another state, at the version that the caller read.
fn turn(tx: &mut Tx, node: &Node, by: &By, (id, if_match): (Id, &IfMatch), (act, why): (ShiftAct, &str)) -> Result<Shift> {
    let mut shift = store::find(tx, by, id)?;
    if_match.check(shift.version)?;
    let before = shift.status;
    shift.status = applied(by, &shift, act)?;
    shift.cancelled_by = None;
    if act == ShiftAct::Delete && before == ShiftStatus::Planned {
        shift_changes::require_nobody(tx, node, by, &shift)?;
    }
    if act == ShiftAct::Restore {
        days::require_open(tx, node, &shift)?;
    }
    store::save(tx, &mut shift)?;
    note(tx, node, &shift, act, (why, Vec::new()))?;
    shift_changes::tell_people(tx, shift.id)?;
    if act == ShiftAct::Restore {
        shift_changes::stand_again(tx, node, &shift)?;
    }
    Ok(shift)
}

/// Cancels a shift.
///
/// With a reason: it does not take place. Whoever is signed up for it has no seat at that time any more. What was served stays, and so do
/// the hours.
#[utoipa::path(tag = "Shifts", operation_id = "cancel_shift", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The shift.", body = ShiftView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it is cancelled or deleted, or is over."),
))]
#[post("/v1/shifts/{id}:cancel")]
pub async fn cancel_shift(
    may: May<CancelShift>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let shift = turn(tx, &node, by, (id.0, &if_match), (ShiftAct::Cancel, why.as_str()))?;
        shown(by, shift)
    })
    .await
}

/// Restores a shift.
///
/// With a reason: one that was cancelled or deleted takes place after all, unless the office is closed then. Who was signed up for
/// it has the seat again, but for those who break a rule by now, such as by another shift.
#[utoipa::path(tag = "Shifts", operation_id = "restore_shift", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The shift.", body = ShiftView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it is planned, or is over; `office_closed`."),
))]
#[post("/v1/shifts/{id}:restore")]
pub async fn restore_shift(
    may: May<RestoreShift>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let shift = turn(tx, &node, by, (id.0, &if_match), (ShiftAct::Restore, why.as_str()))?;
        shown(by, shift)
    })
    .await
}

/// Deletes a shift.
///
/// One that was planned by mistake, and for which nobody is signed up: else it is cancelled first, with the reason that they are told. No run of its template, and no import, makes it again by itself; `:restore` does.
#[utoipa::path(tag = "Shifts", operation_id = "delete_shift", params(IdInPath, IfMatchHeader), responses(
    (status = 204, description = "The shift is deleted."),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it is deleted, or is over; `shift_has_people` with `people`."),
))]
#[delete("/v1/shifts/{id}")]
pub async fn delete_shift(may: May<DeleteShift>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        turn(tx, &node, by, (id.0, &if_match), (ShiftAct::Delete, ""))?;
        Ok(Reply::done())
    })
    .await
}
