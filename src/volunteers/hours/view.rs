//! A line of hours as it is shown, and what the caller may do with it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::judging::VolunteerHourJudgement;
use super::ledger::Ledger;
use super::model::{
    VolunteerField, VolunteerHourAct, VolunteerHourKind, VolunteerHourReporting, VolunteerHourStatus, VolunteerHourUnit,
    VolunteerOtherUnit, VolunteerOverlap, VolunteerPresence,
};
use super::store::Line;
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Error, Result};
use crate::node::Node;
use crate::secrets::vault::Vault;
use crate::states::{Part, in_own_matter, parts_of};
use crate::view_of;
use crate::volunteers::history::{self, VolunteerChange};
use crate::volunteers::model::VolunteerCategory;
use crate::volunteers::store::{self, Volunteer};

/// A line of hours.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "volunteer_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "status": "ENTERED",
    "judgement": {"verdict": "COUNTABLE", "reason": null, "minutes": 180}, "served_on": "2026-11-20",
    "begins_at": "2026-11-20T09:00:00+08:00", "ends_at": "2026-11-20T12:00:00+08:00", "excluded_minutes": 0, "minutes": 180,
    "category": "GUIDANCE", "field": "HOUSEHOLD", "unit": "OWN", "other_unit": null, "kind": "SERVICE", "presence": "SEEN_BY_CLERK",
    "paid_time": false, "overlap": "UNJUDGED", "reporting": "NOT_REPORTED", "note": null, "shift": null, "stands_for_id": null,
    "replaced_by_id": null, "registrar": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72",
    "registered_at": "2026-11-20T12:05:00+08:00", "entered_at": "2026-11-20T12:05:00+08:00", "allowed_actions": ["correct", "withdraw"]
}))]
pub struct VolunteerHoursView {
    id: Id,
    /// The record of which it was entered, also where that was merged into another.
    volunteer_id: Id,
    status: VolunteerHourStatus,
    /// Whether it counts, as of now.
    judgement: VolunteerHourJudgement,
    /// Day on which it began, Asia/Taipei.
    served_on: NaiveDate,
    begins_at: Option<Moment>,
    ends_at: Option<Moment>,
    /// Breaks and travel between the two.
    #[schema(minimum = 0, maximum = 1439)]
    excluded_minutes: i32,
    /// Minutes of the line.
    #[schema(minimum = 1, maximum = 1440)]
    minutes: i32,
    category: Option<VolunteerCategory>,
    field: VolunteerField,
    unit: VolunteerHourUnit,
    other_unit: Option<VolunteerOtherUnit>,
    kind: VolunteerHourKind,
    presence: VolunteerPresence,
    paid_time: bool,
    overlap: VolunteerOverlap,
    reporting: VolunteerHourReporting,
    #[schema(max_length = 500)]
    note: Option<String>,
    /// The shift as it was then, whatever became of it.
    #[schema(value_type = Option<Object>)]
    shift: Option<serde_json::Value>,
    /// The line that it corrects.
    stands_for_id: Option<Id>,
    /// The line that corrects it.
    replaced_by_id: Option<Id>,
    /// Who vouches for it: `accounts/{id}`; `null` as long as nobody does.
    #[schema(max_length = 60)]
    registrar: Option<String>,
    registered_at: Option<Moment>,
    entered_at: Moment,
    /// What the caller may do now.
    #[schema(value_type = Vec<VolunteerHourAct>, max_items = 7)]
    allowed_actions: Vec<&'static str>,
}

/// What the caller has to do with a line, by vouching for it or by being close to the volunteer.
fn parts(conn: &mut Conn, by: &By, line: &Line, person: Id) -> Result<Vec<Part>> {
    let registrar = (Part::Clerk, line.registrar.as_deref().unwrap_or(&line.entered_by), line.registered_at);
    let mut parts = parts_of(conn, &by.caller, [registrar])?;
    parts.extend(in_own_matter(conn, by, &[person])?);
    Ok(parts)
}

/// Whether an act is the volunteer's own, and nobody's for them.
const fn is_volunteers(act: VolunteerHourAct) -> bool {
    matches!(act, VolunteerHourAct::Confirm | VolunteerHourAct::Dispute)
}

/// What the caller may do with a line of somebody now.
fn allowed(conn: &mut Conn, by: &By, line: &Line, person: Id) -> Result<Vec<&'static str>> {
    let is_own = by.reach == Reach::Own;
    let parts = if is_own { Vec::new() } else { parts(conn, by, line, person)? };
    let acts = VolunteerHourAct::possible(line.status).filter(|act| act.line().is_granted(&by.caller));
    let acts = acts.filter(|act| is_volunteers(*act) == is_own && act.keep_apart(&parts).is_ok());
    Ok(acts.map(|act| act.line().name).collect())
}

/// The state after one of some acts, by the state of the line, or the refusal that names what the caller may do.
pub fn applied(
    conn: &mut Conn,
    by: &By,
    (line, person): (&Line, Id),
    acts: &[VolunteerHourAct],
) -> Result<(VolunteerHourAct, VolunteerHourStatus)> {
    let is_own = by.reach == Reach::Own;
    let mut theirs = acts.iter().copied().filter(|act| is_volunteers(*act) == is_own);
    let Some((act, status)) = theirs.find_map(|act| act.after(line.status).map(|status| (act, status))) else {
        return Err(Error::wrong_state(&allowed(conn, by, line, person)?));
    };
    if !is_own {
        act.keep_apart(&parts(conn, by, line, person)?)?;
    }
    Ok((act, status))
}

/// Tells history and journal of the volunteer.
pub fn note(
    tx: &mut Tx,
    node: &Node,
    (volunteer, line): (&Volunteer, &Line),
    act: VolunteerHourAct,
    (why, changed): (&str, Vec<VolunteerChange>),
) -> Result<()> {
    // Of which line each change tells.
    let at = |change: VolunteerChange| VolunteerChange { pointer: format!("/hours/{}{}", line.id, change.pointer), ..change };
    let changed = changed.into_iter().map(at).collect();
    history::tell(tx, &node.vault, (&volunteer.path(), act.line().journal), why, changed)?;
    let data = json!({"hour_id": line.id, "status": line.status, "served_on": line.served_on, "minutes": line.minutes});
    tx.record(Record::change(act.line().journal, volunteer.path(), data).about(volunteer.person_id).because(why));
    Ok(())
}

/// What a line says, as it is compared.
pub fn compared(vault: &Vault, line: &Line) -> Result<serde_json::Value> {
    let said = line.said(vault)?;
    Ok(json!({
        "status": line.status, "served_on": line.served_on, "begins_at": line.begins_at, "ends_at": line.ends_at,
        "excluded_minutes": said.excluded_minutes, "minutes": line.minutes, "category": line.category, "field": line.field,
        "other_unit": said.other_unit, "kind": line.kind, "presence": line.presence, "paid_time": line.is_paid,
        "overlap": line.overlap, "note": said.note, "registrar": line.registrar
    }))
}

/// Lines as the caller sees them, each judged beside all others of its volunteer.
pub fn views(conn: &mut Conn, node: &Node, by: &By, lines: Vec<Line>) -> Result<Vec<VolunteerHoursView>> {
    let mut ledgers: HashMap<Id, (Ledger, Id)> = HashMap::new();
    let mut shown = Vec::with_capacity(lines.len());
    for line in lines {
        let (ledger, person) = match ledgers.entry(line.volunteer_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let volunteer = store::by_id(conn, line.volunteer_id)?.ok_or(crate::error::Code::NOT_FOUND)?;
                new.insert((Ledger::of(conn, node, &volunteer)?, volunteer.person_id))
            }
        };
        let judgement = ledger.judged.get(&line.id).map(|one| one.judgement.clone()).ok_or(crate::error::Code::NOT_FOUND)?;
        let corrects = |other: &&Line| other.stands_for == Some(line.id) && other.status != VolunteerHourStatus::Withdrawn;
        let replaced_by_id = ledger.lines.iter().find(corrects).map(|other| other.id);
        shown.push(view(conn, &node.vault, by, line, (*person, judgement, replaced_by_id))?);
    }
    Ok(shown)
}

fn view(
    conn: &mut Conn,
    vault: &Vault,
    by: &By,
    line: Line,
    (person, judgement, replaced_by_id): (Id, VolunteerHourJudgement, Option<Id>),
) -> Result<VolunteerHoursView> {
    let allowed_actions = allowed(conn, by, &line, person)?;
    let said = line.said(vault)?;
    let (paid_time, stands_for_id) = (line.is_paid, line.stands_for);
    let (excluded_minutes, other_unit, note, shift) = (said.excluded_minutes, said.other_unit, said.note, said.shift);
    Ok(view_of!(VolunteerHoursView, line {
        id, volunteer_id, status, served_on, begins_at, ends_at, minutes, category, field, unit, kind, presence, overlap, reporting,
        registrar, registered_at, entered_at
    } judgement, excluded_minutes, other_unit, paid_time, note, shift, stands_for_id, replaced_by_id, allowed_actions))
}

/// A line as the caller sees it.
pub fn one(conn: &mut Conn, node: &Node, by: &By, line: Line) -> Result<VolunteerHoursView> {
    views(conn, node, by, vec![line])?.pop().ok_or_else(|| crate::error::Code::NOT_FOUND.into())
}
