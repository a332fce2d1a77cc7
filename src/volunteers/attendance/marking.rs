//! What is said of who came: one function for each mark, whoever says it and by whichever road.

use chrono::Duration;

use super::settings::AttendanceSettings;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::Tx;
use crate::error::{Error, Result, Text};
use crate::node::Node;
use crate::volunteers::hours::model::{VolunteerHourKind, VolunteerPresence};
use crate::volunteers::hours::{Served, enter_served, strike_served};
use crate::volunteers::shifts::model::ShiftKind;
use crate::volunteers::shifts::store::Shift;
use crate::volunteers::signups::freeing::{end, release, turn};
use crate::volunteers::signups::model::SignupAct;
use crate::volunteers::signups::shift_changes::require_room;
use crate::volunteers::signups::store::Signup;
use crate::volunteers::signups::view::require_possible;

/// How it is known that somebody was there, and who vouches for it.
#[derive(Clone, Debug)]
pub struct Witness {
    pub presence: VolunteerPresence,
    /// `accounts/{id}`; nobody where the volunteer says it themself.
    pub vouched_by: Option<String>,
}

impl Witness {
    /// Of whoever works in the office; or of the volunteer, who never is the registrar of their own hours.
    pub fn of(by: &By, presence: VolunteerPresence) -> Self {
        let is_own = presence == VolunteerPresence::OwnCheckIn;
        Self { presence, vouched_by: (!is_own).then(|| by.caller.name()) }
    }
}

/// Refuses a moment outside of the windows of a shift, or that has not come yet.
fn require_within(node: &Node, (shift, now): (&Shift, Moment), (pointer, at): (&str, Moment)) -> Result<()> {
    let settings = node.config.of::<AttendanceSettings>();
    let first = shift.starts_at - Duration::minutes(settings.early_minutes.into());
    let last = shift.ends_at + Duration::minutes(settings.late_minutes.into());
    if first <= at && at <= last && at <= now {
        return Ok(());
    }
    let text = Text::new("應在班次之簽到退時限內，且不得晚於現在", "within the windows of the shift, and not in the future");
    Err(Error::field(pointer, "range", text))
}

/// Refuses times of a row that are outside of the windows of a shift, or in no order.
pub fn require_times(node: &Node, (shift, now): (&Shift, Moment), (from, to): (Moment, Moment)) -> Result<()> {
    require_within(node, (shift, now), ("/from", from))?;
    require_within(node, (shift, now), ("/to", to))?;
    if from >= shift.ends_at || to < from {
        return Err(Error::field(
            "/to",
            "range",
            Text::new("起訖應有先後，且於班次內開始", "in order, and begun within the shift"),
        ));
    }
    Ok(())
}

/// Checks somebody in.
pub fn check_in(
    tx: &mut Tx,
    node: &Node,
    (signup, shift): (&mut Signup, &Shift),
    at: Moment,
    (witness, why): (&Witness, &str),
) -> Result<()> {
    let now = tx.origin().at;
    require_within(node, (shift, now), ("/at", at))?;
    if at >= shift.ends_at {
        let text = Text::new("班次已結束", "the shift is over by then");
        return Err(Error::field("/at", "range", text));
    }
    signup.checked_in_at = Some(at);
    (signup.presence, signup.vouched_by) = (Some(witness.presence), witness.vouched_by.clone());
    end(tx, node, signup, SignupAct::CheckIn, why)
}

/// Checks somebody out, or puts the time of it right, and hands over what they have served.
pub fn check_out(tx: &mut Tx, node: &Node, (signup, shift): (&mut Signup, &Shift), at: Moment, why: &str) -> Result<()> {
    let now = tx.origin().at;
    require_within(node, (shift, now), ("/at", at))?;
    if signup.checked_in_at.is_some_and(|since| at < since) {
        return Err(Error::field("/at", "range", Text::new("不得早於簽到", "not before the check-in")));
    }
    leave(tx, node, (signup, shift), at, (SignupAct::CheckOut, why))
}

/// Ends somebody's presence at a moment.
pub fn leave(
    tx: &mut Tx,
    node: &Node,
    (signup, shift): (&mut Signup, &Shift),
    at: Moment,
    (act, why): (SignupAct, &str),
) -> Result<()> {
    signup.checked_out_at = Some(at);
    signup.closed_by_timer = act == SignupAct::Close;
    end(tx, node, signup, act, why)?;
    hand_over(tx, node, (&*signup, shift), why)
}

/// Hands over what was served to the ledger: from the beginning of the shift at the earliest.
fn hand_over(tx: &mut Tx, node: &Node, (signup, shift): (&Signup, &Shift), why: &str) -> Result<()> {
    let (Some(since), Some(until), Some(presence)) = (signup.checked_in_at, signup.checked_out_at, signup.presence) else {
        return Ok(());
    };
    let kind = match shift.kind {
        ShiftKind::VolunteerTraining => VolunteerHourKind::Training,
        ShiftKind::Volunteer if signup.as_trainee => VolunteerHourKind::Probation,
        ShiftKind::Volunteer => VolunteerHourKind::Service,
    };
    let (begins_at, source) = (since.max(shift.starts_at), signup.path());
    let served = Served {
        volunteer: signup.volunteer_id,
        category: shift.category,
        begins_at,
        ends_at: until.min(begins_at + Duration::hours(24)),
        kind,
        presence,
        registrar: signup.vouched_by.as_deref(),
        source: &source,
        place: &shift.place,
    };
    enter_served(tx, node, &served, why)?;
    Ok(())
}

/// Marks that somebody did not come, once the shift has begun.
pub fn miss(tx: &mut Tx, node: &Node, (signup, shift): (&mut Signup, &Shift), why: &str) -> Result<()> {
    if tx.origin().at < shift.starts_at {
        return Err(Error::wrong_state(&[]));
    }
    release(tx, node, signup, SignupAct::NoShow, why)
}

/// Marks that somebody could not come and has said so before the shift began; the seat is given to whoever waits.
pub fn excuse(tx: &mut Tx, node: &Node, (signup, shift): (&mut Signup, &Shift), reported_at: Moment, why: &str) -> Result<()> {
    if reported_at >= shift.starts_at || reported_at > tx.origin().at {
        let text = Text::new("應於班次開始前告知", "it was said before the shift began");
        return Err(Error::field("/reported_at", "range", text));
    }
    release(tx, node, signup, SignupAct::Excuse, why)
}

/// Takes back the last mark; hours that came of it are struck, and whoever has a seat again must find one.
pub fn undo(tx: &mut Tx, node: &Node, by: &By, (signup, shift): (&mut Signup, &Shift), why: &str) -> Result<()> {
    require_possible(node, by, (&*signup, shift), SignupAct::Undo)?;
    if signup.checked_out_at.take().is_some() {
        strike_served(tx, node, &signup.path(), why)?;
    } else if signup.checked_in_at.take().is_some() {
        (signup.presence, signup.vouched_by) = (None, None);
        signup.closed_by_timer = false;
    } else {
        require_room(tx, node, (&*signup, shift))?;
    }
    signup.status = SignupAct::Undo.apply(signup.status)?;
    turn(tx, node, signup, SignupAct::Undo, why)
}
