//! An application as it is shown, and what the caller may do with it.

use serde::Serialize;
use utoipa::ToSchema;

use super::applications::{self, Application, Said};
use super::model::{VolunteerApplicationAct, VolunteerApplicationStatus};
use crate::auth::whoever::account_of;
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::http::Reply;
use crate::node::Node;
use crate::people::{self, KnownBy, ShownContact, contacts};
use crate::states::{Part, in_own_matter, parts_of};
use crate::view_of;
use crate::volunteers::model::VolunteerProfile;

/// An application of somebody who wants to volunteer.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "status": "OPEN", "plan_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "name": "王○明",
    "national_id": "A12*****89",
    "profile": {
        "background": "CITIZEN", "group_name": null, "languages": ["MANDARIN"], "skills": [], "categories": ["GUIDANCE"],
        "availability": [], "service_points": [], "most_shifts_a_month": null, "wishes": null
    },
    "motive": "想為鄉里服務", "contact": null, "applied_at": "2026-11-23T09:00:00+08:00", "decided_at": null, "reason": null,
    "volunteer_id": null, "same_identity_ids": [], "known_volunteer_ids": [], "allowed_actions": ["decide", "withdraw"]
}))]
pub struct VolunteerApplicationView {
    id: Id,
    status: VolunteerApplicationStatus,
    plan_id: Id,
    /// Masked, but to whoever applied.
    #[schema(max_length = 100)]
    name: String,
    #[serde(flatten)]
    known_by: KnownBy,
    profile: VolunteerProfile,
    #[schema(max_length = 500)]
    motive: Option<String>,
    /// How to reach them: to whoever applied what they have said, whole; to staff what the office knows, masked.
    contact: Option<ShownContact>,
    applied_at: Moment,
    decided_at: Option<Moment>,
    /// Why it was refused, withdrawn or opened again, last.
    #[schema(max_length = 500)]
    reason: Option<String>,
    /// The volunteer whom it made.
    volunteer_id: Option<Id>,
    /// Other applications by the same number; to staff alone.
    #[schema(max_items = 100)]
    same_identity_ids: Vec<Id>,
    /// The record as a volunteer of whoever has that number; to staff alone.
    #[schema(max_items = 100)]
    known_volunteer_ids: Vec<Id>,
    /// What the caller may do now.
    #[schema(value_type = Vec<VolunteerApplicationAct>, max_items = 3)]
    allowed_actions: Vec<&'static str>,
}

/// What the caller has to do with an application: by having taken it, or because it is theirs or of somebody close to them.
fn parts(conn: &mut Conn, by: &By, row: &Application) -> Result<Vec<Part>> {
    let taken = account_of(&row.applied_by).map(|_| (Part::Clerk, row.applied_by.as_str(), Some(row.applied_at)));
    let mut parts = parts_of(conn, &by.caller, taken)?;
    parts.extend(in_own_matter(conn, by, &[row.person_id])?);
    Ok(parts)
}

fn allowed(conn: &mut Conn, by: &By, row: &Application) -> Result<Vec<&'static str>> {
    let is_own = by.reach == Reach::Own;
    let parts = if is_own { Vec::new() } else { parts(conn, by, row)? };
    // Whoever applied may think better of it; all else is the office's.
    let is_theirs = |act: &VolunteerApplicationAct| !is_own || *act == VolunteerApplicationAct::Withdraw;
    let acts = VolunteerApplicationAct::possible(row.status).filter(|act| act.line().is_granted(&by.caller)).filter(is_theirs);
    let mut names: Vec<&'static str> = acts.filter(|act| act.keep_apart(&parts).is_ok()).map(|act| act.line().name).collect();
    names.dedup();
    Ok(names)
}

/// The state after an act, or the refusal that names what the caller may do.
pub fn applied(conn: &mut Conn, by: &By, row: &Application, act: VolunteerApplicationAct) -> Result<VolunteerApplicationStatus> {
    let Some(status) = act.after(row.status) else { return Err(Error::wrong_state(&allowed(conn, by, row)?)) };
    if by.reach != Reach::Own {
        act.keep_apart(&parts(conn, by, row)?)?;
    }
    Ok(status)
}

/// An application as the caller sees it.
pub fn view(conn: &mut Conn, node: &Node, by: &By, row: Application) -> Result<VolunteerApplicationView> {
    let is_own = by.reach == Reach::Own;
    let allowed_actions = allowed(conn, by, &row)?;
    let (name, known_by) = if is_own {
        let (name, number) = people::store::open(conn, &node.vault, row.person_id)?;
        (name, KnownBy::whole(&number))
    } else {
        people::store::masked(conn, &node.vault, row.person_id)?
    };
    let Said { profile, motive, reason, given_contact } = row.said(&node.vault)?;
    // Whoever applied sees what they have said themselves, and nothing that the office has learned.
    let contact = if is_own { given_contact } else { contacts::of(conn, &node.vault, &row.path())? };
    let contact = contact.map(|contact| contact.shown(is_own));
    let same_identity_ids =
        if is_own { Vec::new() } else { applications::alike(conn, &row)?.into_iter().map(|one| one.id).collect() };
    let known_volunteer_ids = if is_own { Vec::new() } else { applications::volunteers_of(conn, &node.vault, &row)? };
    Ok(view_of!(VolunteerApplicationView, row {
        id, status, plan_id, applied_at, decided_at, volunteer_id
    } name, known_by, profile, motive, contact, reason, same_identity_ids, known_volunteer_ids, allowed_actions))
}

/// The answer that shows an application.
pub fn shown(conn: &mut Conn, node: &Node, by: &By, row: Application) -> Result<Reply> {
    let version = row.version;
    Ok(Reply::ok(&view(conn, node, by, row)?)?.version(version))
}
