//! A volunteer as they are shown, and what the caller may do with them.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::binding;
use super::gate::{Facts, VolunteerReadiness};
use super::model::{
    Kept, VolunteerAbsence, VolunteerAct, VolunteerBackground, VolunteerCategory, VolunteerPaper, VolunteerProfile,
    VolunteerStatus, status_by,
};
use super::recruitment;
use super::store::{self, Volunteer};
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::http::Reply;
use crate::node::Node;
use crate::people::contacts::SpokenLanguage;
use crate::people::{self, KnownBy, ShownContact, contacts};
use crate::states::{Part, in_own_matter, parts_of};
use crate::view_of;

/// A volunteer in a list.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "status": "ACTIVE", "name": "王○明", "national_id": "A12*****89",
    "background": "CIVIC_GROUP", "languages": ["MANDARIN"], "categories": ["GUIDANCE"], "joined_on": "2026-01-05",
    "member_from": "2026-04-01", "suspended_until": null
}))]
pub struct VolunteerSummary {
    id: Id,
    status: VolunteerStatus,
    /// Masked, but to the volunteer themself.
    #[schema(max_length = 100)]
    name: String,
    #[serde(flatten)]
    known_by: KnownBy,
    background: VolunteerBackground,
    #[schema(max_items = 15)]
    languages: Vec<SpokenLanguage>,
    #[schema(max_items = 4)]
    categories: Vec<VolunteerCategory>,
    joined_on: NaiveDate,
    /// First day as a full member.
    member_from: Option<NaiveDate>,
    /// Last day of a suspension that was given one.
    suspended_until: Option<NaiveDate>,
}

/// Volunteers as a list shows them.
pub fn summaries(conn: &mut Conn, node: &Node, by: &By, rows: Vec<Volunteer>) -> Result<Vec<VolunteerSummary>> {
    let people: Vec<Id> = rows.iter().map(|row| row.person_id).collect();
    let mut masked: HashMap<Id, (String, KnownBy)> =
        if by.reach == Reach::Own { HashMap::new() } else { people::store::masked_all(conn, &node.vault, &people)? };
    let mut shown = Vec::with_capacity(rows.len());
    for row in rows {
        let (name, known_by) = match masked.remove(&row.person_id) {
            Some(masked) => masked,
            None => called(conn, node, by, row.person_id)?,
        };
        let (languages, categories) = (row.languages.read()?, row.categories.read()?);
        shown.push(view_of!(VolunteerSummary, row {
            id, status, background, joined_on, member_from, suspended_until
        } name, known_by, languages, categories));
    }
    Ok(shown)
}

/// What somebody is called and known by: whole to themself, else masked.
fn called(conn: &mut Conn, node: &Node, by: &By, person: Id) -> Result<(String, KnownBy)> {
    if by.reach != Reach::Own {
        return people::store::masked(conn, &node.vault, person);
    }
    let (name, number) = people::store::open(conn, &node.vault, person)?;
    Ok((name, KnownBy::whole(&number)))
}

/// A volunteer.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "status": "ACTIVE", "name": "王○明", "national_id": "A12*****89",
    "person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70",
    "profile": {
        "background": "CIVIC_GROUP", "group_name": "和美志工隊", "languages": ["MANDARIN"], "skills": [], "categories": ["GUIDANCE"],
        "availability": [], "service_points": [], "most_shifts_a_month": null, "wishes": null
    },
    "contact": null, "supervisor_id": null, "card": null, "record_book": null, "joined_on": "2026-01-05", "member_from": "2026-04-01",
    "suspended_until": null, "absences": [], "merged_absences": [], "readiness": [{"category": "GUIDANCE", "on": "2026-11-23", "ready": true, "blockers": [], "counts_from": "2026-04-01"}],
    "merged_into_id": null, "merged_ids": [], "same_person_ids": [], "entered_at": "2026-01-05T09:00:00+08:00",
    "allowed_actions": ["update", "suspend"]
}))]
pub struct VolunteerView {
    id: Id,
    status: VolunteerStatus,
    /// Masked, but to the volunteer themself.
    #[schema(max_length = 100)]
    name: String,
    #[serde(flatten)]
    known_by: KnownBy,
    person_id: Id,
    profile: VolunteerProfile,
    /// How to reach them: whole to themself where they have said it, else masked.
    contact: Option<ShownContact>,
    /// Account of whoever is named to look after them (志願服務法 §11).
    supervisor_id: Option<Id>,
    /// 志願服務證 (志願服務法 §12)
    card: Option<VolunteerPaper>,
    /// 服務紀錄冊 (志願服務法 §12). As long as there is none, hours wait to be entered in it; none is lost.
    record_book: Option<VolunteerPaper>,
    joined_on: NaiveDate,
    /// First day as a full member, from which on service counts.
    member_from: Option<NaiveDate>,
    /// Last day of a suspension that was given one.
    suspended_until: Option<NaiveDate>,
    /// Suspensions and retirements, in order; one that has ended keeps its days.
    #[schema(max_items = 200)]
    absences: Vec<VolunteerAbsence>,
    /// Those of the records that were merged into this one, as far as they were not lifted since: they bind it too.
    #[schema(max_items = 1000)]
    merged_absences: Vec<VolunteerAbsence>,
    /// What keeps them from serving in each of their categories on the day that was asked for.
    #[schema(max_items = 4)]
    readiness: Vec<VolunteerReadiness>,
    /// The record that stands for this one.
    merged_into_id: Option<Id>,
    /// Records that were merged into this one.
    #[schema(max_items = 100)]
    merged_ids: Vec<Id>,
    /// Other records of the same human, whose people's records were joined since: they are to be merged. To staff alone.
    #[schema(max_items = 100)]
    same_person_ids: Vec<Id>,
    entered_at: Moment,
    /// What the caller may do now.
    #[schema(value_type = Vec<VolunteerAct>, max_items = 10)]
    allowed_actions: Vec<&'static str>,
}

/// What the caller has to do with a volunteer: by having entered them, taken their application or decided on it, or by being close to them.
pub fn parts(conn: &mut Conn, by: &By, row: &Volunteer) -> Result<Vec<Part>> {
    let hands = recruitment::hands_of(conn, row.id)?;
    let entered = (Part::Clerk, row.entered_by.as_str(), Some(row.entered_at));
    let hands = hands.iter().map(|(name, at)| (Part::Clerk, name.as_str(), Some(*at)));
    let mut parts = parts_of(conn, &by.caller, [entered].into_iter().chain(hands))?;
    parts.extend(in_own_matter(conn, by, &[row.person_id])?);
    Ok(parts)
}

/// What the caller may do with a volunteer now.
fn allowed(conn: &mut Conn, node: &Node, by: &By, (row, kept): (&Volunteer, &Kept)) -> Result<Vec<&'static str>> {
    if by.reach == Reach::Own {
        return Ok(Vec::new());
    }
    let parts = parts(conn, by, row)?;
    // Whoever is brought back is a full member where they were one, and a trainee where they were none.
    let after = status_by(&[], row.member_from, by.now.date());
    let before = binding::status(conn, &node.vault, (row, kept), by.now.date())?;
    let leads_there = |act: VolunteerAct| match act {
        VolunteerAct::Reinstate | VolunteerAct::ReinstateTrainee => act.after(row.status) == Some(after),
        VolunteerAct::CorrectAbsence => true,
        VolunteerAct::CorrectAbsenceToServing
        | VolunteerAct::CorrectAbsenceToLearning
        | VolunteerAct::CorrectAbsenceToSuspended
        | VolunteerAct::CorrectAbsenceToRetired => false,
        _ if row.status == VolunteerStatus::Merged => act == VolunteerAct::unmerge(before),
        _ => true,
    };
    let acts = VolunteerAct::possible(row.status).filter(|act| act.line().is_granted(&by.caller) && leads_there(*act));
    Ok(acts.filter(|act| act.keep_apart(&parts).is_ok()).map(|act| act.line().name).collect())
}

/// The state after an act, or the refusal that names what the caller may do.
pub fn applied(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    (row, kept): (&Volunteer, &Kept),
    act: VolunteerAct,
) -> Result<VolunteerStatus> {
    let Some(status) = act.after(row.status) else { return Err(Error::wrong_state(&allowed(conn, node, by, (row, kept))?)) };
    act.keep_apart(&parts(conn, by, row)?)?;
    Ok(status)
}

/// A volunteer as the caller sees them, with what keeps them from serving on a day.
pub fn view(conn: &mut Conn, node: &Node, by: &By, row: Volunteer, on: NaiveDate) -> Result<VolunteerView> {
    let is_own = by.reach == Reach::Own;
    let kept = row.kept(&node.vault)?;
    let allowed_actions = allowed(conn, node, by, (&row, &kept))?;
    let readiness = Facts::of(conn, node, &row, &kept)?.readiness(on);
    let (name, known_by) = called(conn, node, by, row.person_id)?;
    let contact = contacts::of(conn, &node.vault, &row.path())?;
    // What staff have learned elsewhere is shown to nobody whole.
    let contact = contact.map(|contact| contact.shown(is_own && kept.given_contact.as_ref() == Some(&contact)));
    let bound_by = binding::of_merged(conn, &node.vault, (row.id, &kept))?;
    let merged_ids = store::merged_into(conn, row.id)?.into_iter().map(|one| one.id).collect();
    let others = if is_own { Vec::new() } else { store::of_person(conn, row.person_id)? };
    let is_apart = |other: &Id| *other != row.id && Some(*other) != row.merged_into;
    let same_person_ids = others.into_iter().map(|other| other.id).filter(is_apart).collect();
    let merged_into_id = row.merged_into;
    let Kept { profile, supervisor_id, card, record_book, absences, .. } = kept;
    Ok(view_of!(VolunteerView, row {
        id, status, person_id, joined_on, member_from, suspended_until, entered_at
    } name, known_by, profile, contact, supervisor_id, card, record_book, absences, merged_absences: bound_by, readiness, merged_into_id, merged_ids,
        same_person_ids, allowed_actions))
}

/// The answer that shows a volunteer as of today.
pub fn shown(conn: &mut Conn, node: &Node, by: &By, row: Volunteer) -> Result<Reply> {
    let version = row.version;
    Ok(Reply::ok(&view(conn, node, by, row, by.now.date())?)?.version(version))
}
