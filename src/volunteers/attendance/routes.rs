//! Operations on attendance.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use super::marking::{self, Witness};
use super::policy::{CheckInSignup, CheckOutSignup, ExcuseSignup, MarkNoShow, UndoAttendance};
use crate::auth::policy::Action;
use crate::auth::{By, May, Reach};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::{Note, Reason};
use crate::states::require_anothers;
use crate::volunteers::hours::model::VolunteerPresence;
use crate::volunteers::shifts::model::ShiftStatus;
use crate::volunteers::shifts::store::Shift;
use crate::volunteers::signups::model::SignupAct;
use crate::volunteers::signups::store::{self as signup_store, Signup};
use crate::volunteers::signups::view::{SignupView, require_possible, shown};

/// When somebody came or left.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"at": "2026-12-07T08:25:00+08:00"}))]
pub struct AttendanceMoment {
    /// Now when absent; volunteers themselves say no other moment.
    at: Option<Moment>,
    reason: Option<Note>,
}

/// Why somebody did not come, and when they said so.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "發燒", "reported_at": "2026-12-07T07:40:00+08:00"}))]
pub struct AttendanceExcuse {
    reason: Note,
    /// Before the shift began; now when absent.
    reported_at: Option<Moment>,
}

/// Marks one sign-up, at the version that the caller read; nobody of the office marks their own.
async fn mark<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match, act): (Id, IfMatch, SignupAct),
    effect: impl Fn(&mut Tx, &Node, &By, (&mut Signup, &Shift)) -> Result<()> + Send + 'static,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let (mut signup, shift, volunteer) = signup_store::find(tx, by, id)?;
        if_match.check(signup.version)?;
        if by.reach != Reach::Own {
            require_anothers(tx, by, &[volunteer.person_id])?;
        }
        require_possible(&node, by, (&signup, &shift), act)?;
        if shift.status != ShiftStatus::Planned {
            return Err(Error::wrong_state(&[]));
        }
        effect(tx, &node, by, (&mut signup, &shift))?;
        shown(tx, &node, by, signup)
    })
    .await
}

/// The moment that is meant: volunteers themselves say no other than now.
fn moment(by: &By, said: Option<Moment>) -> Result<Moment> {
    match said {
        Some(_) if by.reach == Reach::Own => {
            Err(Error::field("/at", "not_allowed", Text::new("本人簽到退以現在為準", "oneself is checked in and out now")))
        }
        said => Ok(said.unwrap_or(by.now)),
    }
}

/// Checks a volunteer in.
///
/// From `attendance.early_minutes` before the shift until it ends. Volunteers do it by themselves too; they do not become the registrar of their
/// own hours by it, and somebody of the office vouches for these afterwards.
#[utoipa::path(tag = "Sign-ups", operation_id = "check_in_signup", params(IdInPath, IfMatchHeader), request_body = AttendanceMoment, responses(
    (status = 200, description = "The sign-up.", body = SignupView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: nobody of the office marks their own, or that of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/signups/{id}:check-in")]
pub async fn check_in_signup(
    may: May<CheckInSignup>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<AttendanceMoment>,
) -> Result<Reply> {
    mark(may, node, (id.0, if_match, SignupAct::CheckIn), move |tx, node, by, of| {
        let is_own = by.reach == Reach::Own;
        let presence = if is_own { VolunteerPresence::OwnCheckIn } else { VolunteerPresence::SeenByClerk };
        let why = input.reason.as_ref().map_or("", Note::as_str);
        marking::check_in(tx, node, of, moment(by, input.at)?, (&Witness::of(by, presence), why))
    })
    .await
}

/// Checks a volunteer out.
///
/// Until `attendance.late_minutes` after the shift; what was forgotten is done by itself then, at the end of the shift. What was served, from the
/// beginning of the shift at the earliest, goes to the ledger of hours. Done again by the office, it puts the time right.
#[utoipa::path(tag = "Sign-ups", operation_id = "check_out_signup", params(IdInPath, IfMatchHeader), request_body = AttendanceMoment, responses(
    (status = 200, description = "The sign-up.", body = SignupView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: nobody of the office marks their own, or that of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/signups/{id}:check-out")]
pub async fn check_out_signup(
    may: May<CheckOutSignup>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<AttendanceMoment>,
) -> Result<Reply> {
    mark(may, node, (id.0, if_match, SignupAct::CheckOut), move |tx, node, by, of| {
        if by.reach == Reach::Own && of.0.checked_out_at.is_some() {
            return Err(Error::wrong_state(&[]));
        }
        let why = input.reason.as_ref().map_or("", Note::as_str);
        marking::check_out(tx, node, of, moment(by, input.at)?, why)
    })
    .await
}

/// Marks a no-show.
///
/// With a reason, once the shift has begun. `attendance.no_shows` of them within `attendance.no_show_days` keep a volunteer from shifts for
/// `attendance.suspension_days`, as long as the marks stand.
#[utoipa::path(tag = "Sign-ups", operation_id = "mark_no_show", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The sign-up.", body = SignupView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: nobody of the office marks their own, or that of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/signups/{id}:no-show")]
pub async fn mark_no_show(
    may: May<MarkNoShow>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let act = SignupAct::NoShow;
    mark(may, node, (id.0, if_match, act), move |tx, node, _, of| marking::miss(tx, node, of, why.as_str())).await
}

/// Excuses a volunteer.
///
/// With a reason: they could not come, and have said so before the shift began. It counts to no suspension, and the seat is given to whoever
/// waits.
#[utoipa::path(tag = "Sign-ups", operation_id = "excuse_signup", params(IdInPath, IfMatchHeader), request_body = AttendanceExcuse, responses(
    (status = 200, description = "The sign-up.", body = SignupView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: nobody of the office marks their own, or that of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/signups/{id}:excuse")]
pub async fn excuse_signup(
    may: May<ExcuseSignup>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<AttendanceExcuse>,
) -> Result<Reply> {
    mark(may, node, (id.0, if_match, SignupAct::Excuse), move |tx, node, by, of| {
        marking::excuse(tx, node, of, input.reported_at.unwrap_or(by.now), input.reason.as_str())
    })
    .await
}

/// Undoes the last mark of attendance.
///
/// With a reason: a check-out, a check-in, a no-show or an excuse that was wrong. Hours that came of it are struck. Whoever has a seat again
/// must find one.
#[utoipa::path(tag = "Sign-ups", operation_id = "undo_attendance", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The sign-up.", body = SignupView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `shift_full` or `overlap`: the seat, or that time, is taken since; `own_request`: nobody of the office marks their own, or that of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/signups/{id}:undo")]
pub async fn undo_attendance(
    may: May<UndoAttendance>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let act = SignupAct::Undo;
    mark(may, node, (id.0, if_match, act), move |tx, node, by, of| marking::undo(tx, node, by, of, why.as_str())).await
}
