//! An honour as it is shown, and what the caller may do with it.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::model::{HonourFamily, HonourGrade, HonourStatus, VolunteerHonourAct};
use super::store::{Honour, Said};
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Error, Result};
use crate::node::Node;
use crate::states::{Part, in_own_matter, parts_of};
use crate::view_of;
use crate::volunteers::history::{self, VolunteerChange};
use crate::volunteers::store::Volunteer;

/// An honour that was entered.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "volunteer_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "status": "GRANTED",
    "family": "HONOUR_CARD", "grade": null, "granted_on": "2026-11-02", "expires_on": "2029-11-01", "reviewed_on": "2026-10-20",
    "counts_from": "2026-11-03", "counts_by": null, "number": "彰志榮字第 115 號", "note": null,
    "entered_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72", "entered_at": "2026-11-03T09:00:00+08:00",
    "decided_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e73", "decided_at": "2026-11-03T10:00:00+08:00",
    "allowed_actions": ["withdraw"]
}))]
pub struct VolunteerHonourView {
    id: Id,
    /// The record of which it was entered, also where that was merged into another.
    volunteer_id: Id,
    status: HonourStatus,
    family: HonourFamily,
    grade: Option<HonourGrade>,
    granted_on: NaiveDate,
    expires_on: Option<NaiveDate>,
    reviewed_on: Option<NaiveDate>,
    /// First day whose hours count for the next one of a card or a certificate.
    counts_from: Option<NaiveDate>,
    /// The rule by which that day was worked out; `null` where the county has told it.
    #[schema(max_length = 200)]
    counts_by: Option<String>,
    #[schema(max_length = 100)]
    number: Option<String>,
    #[schema(max_length = 500)]
    note: Option<String>,
    /// `accounts/{id}`
    #[schema(max_length = 60)]
    entered_by: String,
    entered_at: Moment,
    /// Who has approved or rejected it: `accounts/{id}`.
    #[schema(max_length = 60)]
    decided_by: Option<String>,
    decided_at: Option<Moment>,
    /// What the caller may do now.
    #[schema(value_type = Vec<VolunteerHonourAct>, max_items = 4)]
    allowed_actions: Vec<&'static str>,
}

fn parts(conn: &mut Conn, by: &By, honour: &Honour, person: Id) -> Result<Vec<Part>> {
    let entered = (Part::Proposer, honour.entered_by.as_str(), Some(honour.entered_at));
    let mut parts = parts_of(conn, &by.caller, [entered])?;
    parts.extend(in_own_matter(conn, by, &[person])?);
    Ok(parts)
}

fn allowed(conn: &mut Conn, by: &By, honour: &Honour, person: Id) -> Result<Vec<&'static str>> {
    if by.reach == Reach::Own {
        return Ok(Vec::new());
    }
    let parts = parts(conn, by, honour, person)?;
    let acts = VolunteerHonourAct::possible(honour.status).filter(|act| act.line().is_granted(&by.caller));
    Ok(acts.filter(|act| act.keep_apart(&parts).is_ok()).map(|act| act.line().name).collect())
}

/// The state after an act, or the refusal that names what the caller may do.
pub fn applied(conn: &mut Conn, by: &By, (honour, person): (&Honour, Id), act: VolunteerHonourAct) -> Result<HonourStatus> {
    let Some(status) = act.after(honour.status) else { return Err(Error::wrong_state(&allowed(conn, by, honour, person)?)) };
    act.keep_apart(&parts(conn, by, honour, person)?)?;
    Ok(status)
}

/// Tells history and journal of the volunteer.
pub fn note(
    tx: &mut Tx,
    node: &Node,
    (volunteer, honour): (&Volunteer, &Honour),
    act: VolunteerHonourAct,
    (why, changed): (&str, Vec<VolunteerChange>),
) -> Result<()> {
    let at = |change: VolunteerChange| VolunteerChange { pointer: format!("/honours/{}{}", honour.id, change.pointer), ..change };
    let changed = changed.into_iter().map(at).collect();
    history::tell(tx, &node.vault, (&volunteer.path(), act.line().journal), why, changed)?;
    let data = json!({"honour_id": honour.id, "family": honour.family, "grade": honour.grade, "status": honour.status});
    tx.record(Record::change(act.line().journal, volunteer.path(), data).about(volunteer.person_id).because(why));
    Ok(())
}

/// An honour of somebody as the caller sees it.
pub fn view(conn: &mut Conn, node: &Node, by: &By, honour: Honour, person: Id) -> Result<VolunteerHonourView> {
    let allowed_actions = allowed(conn, by, &honour, person)?;
    let Said { number, note, counts_by } = honour.said(&node.vault)?;
    Ok(view_of!(VolunteerHonourView, honour {
        id, volunteer_id, status, family, grade, granted_on, expires_on, reviewed_on, counts_from, entered_by, entered_at, decided_by,
        decided_at
    } counts_by, number, note, allowed_actions))
}
