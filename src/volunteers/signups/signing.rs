//! Signing up for a shift.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use super::freeing::promote;
use super::model::{SignupAct, SignupRule, SignupStatus};
use super::policy::CreateSignup;
use super::rules::{Applicant, Question, blockers, refusal};
use super::store::{self, Signup};
use super::view::{SignupView, note, view};
use crate::auth::{By, May, Reach};
use crate::contract::IdInPath;
use crate::db::{Conn, Id, Tx};
use crate::error::{Code, Error, Result};
use crate::http::{PathId, Reply, Valid, coded};
use crate::node::Node;
use crate::people::Note;
use crate::states::{require_anothers, require_supervisor};
use crate::volunteers::model::VolunteerStatus;
use crate::volunteers::shifts::model::ShiftStatus;
use crate::volunteers::shifts::store::{self as shifts, Shift};
use crate::volunteers::store::{self as volunteers, Volunteer};

/// Who signs up.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"volunteer_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "wait": true}))]
pub struct SignupInput {
    /// The volunteer; the caller themself when absent, where they are one.
    volunteer_id: Option<Id>,
    /// Wait for a seat where none is free.
    #[serde(default)]
    #[schema(default = false)]
    wait: bool,
    /// Why they serve in spite of the rules about rest, shifts a day, quota, times at which they can come, and windows; by a supervisor alone. What
    /// the law asks for, and a seat, must be there.
    force_reason: Option<Note>,
}

/// The volunteer who is meant: the record that stands for the one that is named.
pub fn chosen(conn: &mut Conn, by: &By, said: Option<Id>) -> Result<Volunteer> {
    let named = match said {
        Some(id) => id,
        None if by.reach == Reach::Own => {
            let person = by.caller.person_id().ok_or(Code::NOT_FOUND)?;
            let mut theirs = volunteers::of_person(conn, person)?;
            theirs.sort_by_key(|one| !one.status.is_live());
            theirs.first().ok_or(Code::NOT_FOUND)?.id
        }
        None => return Err(Error::field("/volunteer_id", "required", coded("required").1)),
    };
    let named = volunteers::find(conn, by, named)?;
    if named.status != VolunteerStatus::Merged {
        return Ok(named);
    }
    let standing = volunteers::standing_for(conn, named.id)?.ok_or(Code::NOT_FOUND)?;
    if by.reach == Reach::Own { Ok(standing) } else { volunteers::find(conn, by, standing.id) }
}

/// A sign-up that nobody has made before.
pub fn fresh(tx: &Tx, (shift, who): (&Shift, &Applicant), status: SignupStatus) -> Signup {
    let origin = tx.origin();
    Signup {
        id: Id::new(origin.at),
        shift_id: shift.id,
        volunteer_id: who.row.id,
        status,
        as_trainee: who.is_trainee_at(shift),
        is_forced: false,
        checked_in_at: None,
        checked_out_at: None,
        presence: None,
        vouched_by: None,
        closed_by_timer: false,
        news_at: None,
        entered_by: origin.actor.clone(),
        entered_at: origin.at,
        version: 1,
    }
}

/// Signs up for a shift.
///
/// Every rule is judged as of the day of the shift, in one transaction with the seat: two never get one. Those who wait come first: a seat is
/// given to whoever signs up only once nobody who waits qualifies for it. Without a free seat somebody can wait (`wait`): seats that become
/// free are given in the order of waiting, by all rules, until the cut-off (`signups.cutoff_minutes`). A trainee sits beside and fills no
/// seat. A supervisor may force some of the rules, with a reason that is logged.
#[utoipa::path(tag = "Sign-ups", operation_id = "create_signup", params(IdInPath), request_body = SignupInput, responses(
    (status = 201, description = "The sign-up, with a seat or waiting.", body = SignupView),
    (status = 409, description = "`shift_full`, `already_signed_up`, `overlap`, `rest_too_short`, `one_shift_a_day`, `training_missing`, `uninsured`, `consent_missing`, `unavailable`, `quota`, `suspended`, `not_open_yet`, `too_late`, each with `blockers` and `counts`; `wrong_state`: the shift does not take place; `own_request`: a member of staff is the volunteer, or close to them, and forces a rule; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/shifts/{id}/signups")]
pub async fn create_signup(
    may: May<CreateSignup>,
    node: Data<Node>,
    id: PathId,
    Valid(input): Valid<SignupInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let shift = shifts::find(tx, by, id.0)?;
        if shift.status != ShiftStatus::Planned {
            return Err(Error::wrong_state(&[]));
        }
        let row = chosen(tx, by, input.volunteer_id)?;
        if input.force_reason.is_some() {
            require_supervisor(by)?;
            require_anothers(tx, by, &[row.person_id])?;
        }
        promote(tx, &node, shift.id)?;
        let signup = sign_up(tx, &node, by, (&shift, row), &input)?;
        Ok(Reply::created(format!("/v1/{}", signup.path()), &view(tx, &node, by, signup)?)?.version(1))
    })
    .await
}

fn sign_up(tx: &mut Tx, node: &Node, by: &By, (shift, row): (&Shift, Volunteer), input: &SignupInput) -> Result<Signup> {
    let who = Applicant::alone(tx, node, row.id)?;
    let by_themself = by.reach == Reach::Own;
    let question = Question { shift, who: &who, besides: &[], by_themself, now: by.now };
    let found = blockers(tx, node, &question)?;
    let why = input.force_reason.as_ref().map_or("", Note::as_str);
    let (act, status) = if found.is_empty() {
        (SignupAct::SignUp, SignupStatus::Placed)
    } else if !why.is_empty() && found.iter().all(|blocker| blocker.code.yields()) && by.now < shift.ends_at {
        (SignupAct::Force, SignupStatus::Placed)
    } else if input.wait && found.iter().all(|blocker| blocker.code == SignupRule::ShiftFull) {
        (SignupAct::Wait, SignupStatus::Waiting)
    } else {
        return Err(refusal(tx, shift, &found)?);
    };
    let mut signup = fresh(tx, (shift, &who), status);
    signup.is_forced = act == SignupAct::Force;
    store::insert(tx, &signup)?;
    note(tx, node, &signup, act, why)?;
    Ok(signup)
}
