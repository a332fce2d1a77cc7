//! Seats that become free. Every way in which one does ends here: whoever waits is promoted in the same transaction, in the order in which
//! they began to wait, by all rules; who does not qualify now is stepped over and goes on waiting; and a newcomer is judged only once all of
//! them were.

use chrono::NaiveDate;

use super::model::{SignupAct, SignupStatus};
use super::rules::{Applicant, Question, blockers, is_before_cutoff};
use super::store::{self, Duty, Signup};
use super::swaps::withdraw_all;
use super::view::note;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::domain::{Joining, case_path};
use crate::error::Result;
use crate::node::Node;
use crate::people::holding;
use crate::volunteers::shifts::model::ShiftStatus;
use crate::volunteers::shifts::store as shifts;
use crate::volunteers::store as volunteers;

/// Ends what somebody has at a shift, and gives the seat to whoever waits for it.
pub fn release(tx: &mut Tx, node: &Node, signup: &mut Signup, act: SignupAct, why: &str) -> Result<()> {
    end(tx, node, signup, act, why)?;
    promote(tx, node, signup.shift_id)
}

/// Ends what somebody has at a shift, and leaves it to the caller to promote whoever waits.
pub fn end(tx: &mut Tx, node: &Node, signup: &mut Signup, act: SignupAct, why: &str) -> Result<()> {
    signup.status = act.apply(signup.status)?;
    if act == SignupAct::Release {
        signup.news_at = Some(tx.origin().at);
    }
    turn(tx, node, signup, act, why)?;
    let is_given_back = SignupAct::HandOver.after(signup.status).is_none() && act != SignupAct::HandOver;
    if is_given_back { withdraw_all(tx, signup.id) } else { Ok(()) }
}

/// Saves a sign-up that was changed, and tells of it.
pub fn turn(tx: &mut Tx, node: &Node, signup: &mut Signup, act: SignupAct, why: &str) -> Result<()> {
    store::save(tx, signup)?;
    note(tx, node, signup, act, why)
}

/// Gives every free seat of a shift to those who wait, until the cut-off.
pub fn promote(tx: &mut Tx, node: &Node, shift: Id) -> Result<()> {
    let now = tx.origin().at;
    let Some(shift) = shifts::by_id(tx, shift)? else { return Ok(()) };
    if shift.status != ShiftStatus::Planned || !is_before_cutoff(node, &shift, now) {
        return Ok(());
    }
    for mut waiting in store::of_shift(tx, shift.id, &[SignupStatus::Waiting])? {
        let row = store::volunteer_of(tx, &waiting)?;
        let who = Applicant::alone(tx, node, row.id)?;
        let question = Question { shift: &shift, who: &who, besides: &[waiting.id], by_themself: false, now };
        if blockers(tx, node, &question)?.is_empty() {
            waiting.as_trainee = who.is_trainee_at(&shift);
            waiting.status = SignupAct::Promote.apply(waiting.status)?;
            waiting.news_at = Some(now);
            store::save(tx, &mut waiting)?;
            note(tx, node, &waiting, SignupAct::Promote, "")?;
        }
    }
    Ok(())
}

/// From when, and until when, somebody does not serve.
#[derive(Clone, Copy, Debug)]
pub struct Leaving {
    pub from: NaiveDate,
    /// The last day; none where nobody knows it.
    pub until: Option<NaiveDate>,
}

/// What somebody is signed up for, or waits for, on days on which they do not serve, and has not begun.
pub fn coming(conn: &mut Conn, volunteer: Id, leaving: Leaving, now: Moment) -> Result<Vec<Duty>> {
    let merged = volunteers::merged_into(conn, volunteer)?;
    let records: Vec<Id> = [volunteer].into_iter().chain(merged.into_iter().map(|one| one.id)).collect();
    let stretch = (Moment::start_of(leaving.from).max(now), leaving.until.map(Moment::end_of));
    store::duties(conn, &records, &SignupStatus::COMING, stretch)
}

/// Releases all that somebody is signed up or waits for on days on which they do not serve; what they have done stays, and none of it comes
/// back by itself.
pub fn release_all(tx: &mut Tx, node: &Node, volunteer: Id, leaving: Leaving, why: &str) -> Result<()> {
    let now = tx.origin().at;
    Applicant::own(tx, volunteer)?;
    for duty in coming(tx, volunteer, leaving, now)? {
        // The shift first, as everywhere.
        shifts::by_id(tx, duty.signup.shift_id)?;
        let Some(mut signup) = store::by_id(tx, duty.signup.id)? else { continue };
        if SignupStatus::COMING.contains(&signup.status) {
            release(tx, node, &mut signup, SignupAct::Release, why)?;
        }
    }
    Ok(())
}

/// Why what the dead are signed up for is released.
const DECEASED: &str = "死亡登記";

/// Releases what those are signed up for whose death a case registers.
pub fn follow_case(tx: &mut Tx, node: &Node, by: &By, case: Id) -> Result<()> {
    release_dead(tx, node, by, &case_path(case))
}

/// The same of the deaths of those whose records were joined.
pub fn follow_join(tx: &mut Tx, node: &Node, by: &By, joining: &Joining) -> Result<()> {
    let deaths = holding::deaths_of(tx, &[joining.record, joining.into])?;
    deaths.iter().try_for_each(|case| release_dead(tx, node, by, case))
}

fn release_dead(tx: &mut Tx, node: &Node, by: &By, case: &str) -> Result<()> {
    let dead = holding::dead_by(tx, case)?;
    for volunteer in volunteers::of_records(tx, &dead)? {
        release_all(tx, node, volunteer, Leaving { from: by.now.date(), until: None }, DECEASED)?;
    }
    Ok(())
}
