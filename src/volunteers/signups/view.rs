//! A sign-up as it is shown.

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::model::{SignupAct, SignupStatus};
use super::rules::is_before_cutoff;
use super::store::{self, Signup};
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Code, Error, Result};
use crate::http::Reply;
use crate::node::Node;
use crate::people;
use crate::view_of;
use crate::volunteers::history;
use crate::volunteers::hours::model::VolunteerPresence;
use crate::volunteers::shifts::store::{self as shifts, Shift};

/// A sign-up of a volunteer for a shift.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "shift_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70",
    "volunteer_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "name": "王○明", "status": "PLACED", "as_trainee": false, "is_forced": false,
    "starts_at": "2026-12-07T08:30:00+08:00", "ends_at": "2026-12-07T12:00:00+08:00", "place": "一樓服務臺", "checked_in_at": null,
    "checked_out_at": null, "presence": null, "closed_by_timer": false, "entered_at": "2026-11-23T09:00:00+08:00",
    "allowed_actions": ["cancel"]
}))]
pub struct SignupView {
    id: Id,
    shift_id: Id,
    volunteer_id: Id,
    /// Masked, but to the volunteer themself.
    #[schema(max_length = 100)]
    name: String,
    status: SignupStatus,
    /// Sits beside a full member, and fills no seat.
    as_trainee: bool,
    /// A supervisor has put them there in spite of a rule; the history tells why.
    is_forced: bool,
    starts_at: Moment,
    ends_at: Moment,
    #[schema(max_length = 100)]
    place: String,
    checked_in_at: Option<Moment>,
    checked_out_at: Option<Moment>,
    presence: Option<VolunteerPresence>,
    /// Nobody had checked them out: it was done by itself, at the latest time that there is.
    closed_by_timer: bool,
    entered_at: Moment,
    /// What the caller may do now.
    #[schema(value_type = Vec<SignupAct>, max_items = 10)]
    allowed_actions: Vec<&'static str>,
}

impl SignupView {
    pub const fn id(&self) -> Id {
        self.id
    }
}

/// What the caller may do with a sign-up now; volunteers by themselves until the cut-off.
fn allowed(node: &Node, by: &By, (signup, shift): (&Signup, &Shift)) -> Vec<&'static str> {
    let may_now = |act: SignupAct| match act {
        SignupAct::Cancel | SignupAct::DeclinePlace if by.reach == Reach::Own => is_before_cutoff(node, shift, by.now),
        SignupAct::Cancel | SignupAct::DeclinePlace | SignupAct::AcceptPlace => by.now < shift.starts_at,
        SignupAct::NoShow => by.now >= shift.starts_at,
        SignupAct::CheckOut => by.reach != Reach::Own || signup.checked_out_at.is_none(),
        _ => true,
    };
    let acts = SignupAct::possible(signup.status).filter(|act| act.line().is_granted(&by.caller) && may_now(*act));
    acts.map(|act| act.line().name).collect()
}

/// Refuses an act that leads nowhere from where a sign-up is.
pub fn require_possible(node: &Node, by: &By, (signup, shift): (&Signup, &Shift), act: SignupAct) -> Result<()> {
    match act.after(signup.status) {
        Some(_) => Ok(()),
        None => Err(Error::wrong_state(&allowed(node, by, (signup, shift)))),
    }
}

/// What somebody is called: whole to themself, else masked.
pub fn called(conn: &mut Conn, node: &Node, by: &By, person: Id) -> Result<String> {
    if by.reach == Reach::Own {
        return Ok(people::store::open(conn, &node.vault, person)?.0);
    }
    Ok(people::store::masked(conn, &node.vault, person)?.0)
}

/// A sign-up as the caller sees it.
pub fn view(conn: &mut Conn, node: &Node, by: &By, row: Signup) -> Result<SignupView> {
    let shift = shifts::by_id(conn, row.shift_id)?.ok_or(Code::NOT_FOUND)?;
    let person = store::volunteer_of(conn, &row)?.person_id;
    let name = called(conn, node, by, person)?;
    let allowed_actions = allowed(node, by, (&row, &shift));
    let Shift { starts_at, ends_at, place, .. } = shift;
    Ok(view_of!(SignupView, row {
        id, shift_id, volunteer_id, status, as_trainee, is_forced, checked_in_at, checked_out_at, presence, closed_by_timer, entered_at
    } name, starts_at, ends_at, place, allowed_actions))
}

/// The answer that shows a sign-up.
pub fn shown(conn: &mut Conn, node: &Node, by: &By, row: Signup) -> Result<Reply> {
    let version = row.version;
    Ok(Reply::ok(&view(conn, node, by, row)?)?.version(version))
}

/// Tells history and journal; whoever it is of is told by their calendar of duties.
pub fn note(tx: &mut Tx, node: &Node, row: &Signup, act: SignupAct, why: &str) -> Result<()> {
    let person = store::volunteer_of(tx, row)?.person_id;
    history::tell(tx, &node.vault, (&row.path(), act.line().past), why, Vec::new())?;
    let data = json!({"status": row.status, "shift_id": row.shift_id, "volunteer_id": row.volunteer_id});
    tx.record(Record::change(act.line().journal, row.path(), data).about(person).because(why));
    Ok(())
}
