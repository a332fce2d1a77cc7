//! People on a shift that is changed: who is there, whom a change leaves without a seat, which rules they would break, and who leaves.

use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::freeing::{end, promote};
use super::model::{SignupAct, SignupRule, SignupStatus};
use super::problems::{MORE_PEOPLE_THAN_SEATS, SHIFT_HAS_PEOPLE};
use super::rules::{Applicant, Question, ShiftBlocker, blockers, refusal};
use super::seats::has_room;
use super::store::{self, Signup};
use super::view::called;
use crate::auth::By;
use crate::auth::protection::is_closed_to;
use crate::db::{Conn, Id, Tx};
use crate::error::{Error, Problem, Result, Text};
use crate::node::Node;
use crate::schema::signups;
use crate::volunteers::shifts::store::Shift;

/// Somebody who is signed up for a shift.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "signup_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "volunteer_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "name": "王○明",
    "status": "PLACED", "leaves": false, "breaks": []
}))]
pub struct ShiftPerson {
    signup_id: Id,
    volunteer_id: Id,
    /// Masked.
    #[schema(max_length = 100)]
    name: String,
    status: SignupStatus,
    /// The change takes their seat.
    leaves: bool,
    /// The rules that they break at the shift as it is then: they stay until somebody decides otherwise.
    #[schema(max_items = 40)]
    breaks: Vec<ShiftBlocker>,
}

/// Rules that somebody breaks at a shift for which they are signed up already.
pub fn broken(conn: &mut Conn, node: &Node, (shift, signup): (&Shift, &Signup), besides: &[Id]) -> Result<Vec<ShiftBlocker>> {
    let row = store::volunteer_of(conn, signup)?;
    let who = Applicant::of(conn, node, row)?;
    let mut besides = besides.to_vec();
    besides.push(signup.id);
    // What is signed up already is not judged by when one may sign up.
    let now = shift.starts_at.min(signup.entered_at);
    let question = Question { shift, who: &who, besides: &besides, by_themself: false, now };
    let mut found = blockers(conn, node, &question)?;
    if signup.status == SignupStatus::Waiting {
        found.retain(|blocker| blocker.code != SignupRule::ShiftFull);
    }
    if signup.is_forced {
        found.retain(|blocker| !blocker.code.yields());
    }
    Ok(found)
}

/// Somebody as the caller sees them; nobody whose data is closed to them.
fn person(conn: &mut Conn, node: &Node, by: &By, signup: &Signup, breaks: Vec<ShiftBlocker>) -> Result<Option<ShiftPerson>> {
    let volunteer = store::volunteer_of(conn, signup)?;
    if is_closed_to(conn, by, &[volunteer.person_id])? {
        return Ok(None);
    }
    Ok(Some(ShiftPerson {
        signup_id: signup.id,
        volunteer_id: volunteer.id,
        name: called(conn, node, by, volunteer.person_id)?,
        status: signup.status,
        leaves: false,
        breaks,
    }))
}

/// Volunteers who are to come to a shift, or wait for it.
pub fn people_of(conn: &mut Conn, shift: Id) -> Result<Vec<Id>> {
    let all = store::of_shift(conn, shift, &SignupStatus::COMING)?;
    all.iter().map(|signup| Ok(store::volunteer_of(conn, signup)?.id)).collect()
}

/// Lets those be told who are to come to a shift of which something has become, or wait for it.
pub fn tell_people(tx: &mut Tx, shift: Id) -> Result<()> {
    let now = tx.origin().at;
    let theirs = signups::table.filter(signups::shift_id.eq(shift)).filter(signups::status.eq_any(SignupStatus::COMING));
    diesel::update(theirs).set(signups::news_at.eq(Some(now))).execute(&mut **tx)?;
    Ok(())
}

/// Refuses where somebody is to come to a shift or waits for it, and names them.
pub fn require_nobody(conn: &mut Conn, node: &Node, by: &By, shift: &Shift) -> Result<()> {
    let all = store::of_shift(conn, shift.id, &SignupStatus::COMING)?;
    let mut people = Vec::with_capacity(all.len());
    for signup in &all {
        people.extend(person(conn, node, by, signup, Vec::new())?);
    }
    if all.is_empty() { Ok(()) } else { Err(Problem::new(SHIFT_HAS_PEOPLE).with("people", people).into()) }
}

/// Whether those who have a seat at a shift find one at it as it would be.
pub fn has_seats(conn: &mut Conn, node: &Node, shift: &Shift) -> Result<bool> {
    has_room(conn, node, shift, &[], None)
}

/// What a change does to those who are signed up; `shift` is as it would be. Fewer seats than people are refused, with all of them, until it
/// is said who leaves.
pub fn judge_change(conn: &mut Conn, node: &Node, by: &By, shift: &Shift, leaving: &[Id]) -> Result<Vec<ShiftPerson>> {
    let all = store::of_shift(conn, shift.id, &SignupStatus::COMING)?;
    for (index, id) in leaving.iter().enumerate() {
        if !all.iter().any(|signup| signup.id == *id) {
            let text = Text::new("非此班次之報名", "no sign-up for this shift");
            return Err(Error::field(format!("/leaving/{index}"), "unknown", text));
        }
    }
    let has_room = has_room(conn, node, shift, leaving, None)?;
    let mut people = Vec::with_capacity(all.len());
    for signup in &all {
        let leaves = leaving.contains(&signup.id);
        let breaks = if leaves || !has_room { Vec::new() } else { broken(conn, node, (shift, signup), leaving)? };
        people.extend(person(conn, node, by, signup, breaks)?.map(|one| ShiftPerson { leaves, ..one }));
    }
    if has_room { Ok(people) } else { Err(Problem::new(MORE_PEOPLE_THAN_SEATS).with("people", people).into()) }
}

/// Takes the seats of those who leave, and gives what is free then to whoever waits.
pub fn leave_shift(tx: &mut Tx, node: &Node, shift: Id, leaving: &[Id], why: &str) -> Result<()> {
    for id in leaving {
        let signup = store::by_id(tx, *id)?.filter(|signup| SignupStatus::COMING.contains(&signup.status));
        if let Some(mut signup) = signup {
            end(tx, node, &mut signup, SignupAct::Release, why)?;
        }
    }
    promote(tx, node, shift)
}

/// Why somebody is not signed up any more for a shift that takes place after all.
const ELSEWHERE: &str = "班次恢復時已不符報名規則";

/// Judges again those who were signed up for a shift that takes place after all: who breaks a rule by now, such as by another shift at that
/// time, is released; then whoever waits is promoted.
pub fn stand_again(tx: &mut Tx, node: &Node, shift: &Shift) -> Result<()> {
    for mut signup in store::of_shift(tx, shift.id, &SignupStatus::COMING)? {
        if !broken(tx, node, (shift, &signup), &[])?.is_empty() {
            end(tx, node, &mut signup, SignupAct::Release, ELSEWHERE)?;
        }
    }
    promote(tx, node, shift.id)
}

/// Refuses to let somebody have a seat again that another has by now, or at whose time they are elsewhere.
pub fn require_room(tx: &mut Tx, node: &Node, (signup, shift): (&Signup, &Shift)) -> Result<()> {
    let mut found = broken(tx, node, (shift, signup), &[])?;
    found.retain(|blocker| matches!(blocker.code, SignupRule::ShiftFull | SignupRule::Overlap));
    if found.is_empty() { Ok(()) } else { Err(refusal(tx, shift, &found)?) }
}
