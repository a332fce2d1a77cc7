//! Whom a shift may have: one volunteer judged by every rule, and all of them ranked, with the reasons.

use actix_web::get;
use actix_web::web::Data;
use chrono::{Datelike, Months};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::model::{SignupRule, SignupStatus};
use super::policy::{CheckSignup, ListShiftCandidates};
use super::rules::{Applicant, Question, ShiftBlocker, blockers, can_come};
use super::seats::{ShiftCounts, counts};
use super::signing::chosen;
use super::store;
use super::view::called;
use crate::auth::protection::closed_to;
use crate::auth::{By, May, Reach};
use crate::clock::Moment;
use crate::contract::IdInPath;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::http::{BoundedListing, Params, PathId, Reply, Stretch};
use crate::node::Node;
use crate::schema::volunteers;
use crate::volunteers::model::VolunteerStatus;
use crate::volunteers::shifts::store::{self as shifts, Shift};
use crate::volunteers::store::Volunteer;
use crate::{bounded_list, text_enum};

/// Who is judged.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SignupCheckQuery {
    /// The volunteer; the caller themself when absent, where they are one.
    volunteer_id: Option<Id>,
}

/// Whether somebody can sign up for a shift, and what keeps them from it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "shift_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "volunteer_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "can_sign_up": false,
    "can_wait": true, "as_trainee": false, "blockers": [{"code": "shift_full", "reason": null, "signup_id": null}],
    "counts": {"seats": 2, "taken": 2, "free": 0, "waiting": 1, "trainees": 0}
}))]
pub struct SignupCheck {
    shift_id: Id,
    volunteer_id: Id,
    can_sign_up: bool,
    /// No seat is free, and nothing else keeps them from it.
    can_wait: bool,
    /// They would sit beside a full member, and fill no seat.
    as_trainee: bool,
    /// Every rule that is broken; the first one would name the refusal.
    #[schema(max_items = 40)]
    blockers: Vec<ShiftBlocker>,
    counts: ShiftCounts,
}

/// Checks a sign-up.
///
/// Every rule that keeps a volunteer from a shift, as of the day of the shift, and not only the first. Nothing changes.
#[utoipa::path(tag = "Sign-ups", operation_id = "check_signup", params(IdInPath, SignupCheckQuery), responses(
    (status = 200, description = "What keeps them from it.", body = SignupCheck),
))]
#[get("/v1/shifts/{id}/signup-check")]
pub async fn check_signup(
    may: May<CheckSignup>,
    node: Data<Node>,
    id: PathId,
    Params(query): Params<SignupCheckQuery>,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let shift = shifts::find(conn, by, id.0)?;
        let row = chosen(conn, by, query.volunteer_id)?;
        let who = Applicant::of(conn, &node, row)?;
        let by_themself = by.reach == Reach::Own;
        let question = Question { shift: &shift, who: &who, besides: &[], by_themself, now: by.now };
        let blockers = blockers(conn, &node, &question)?;
        let can_wait = !blockers.is_empty() && blockers.iter().all(|blocker| blocker.code == SignupRule::ShiftFull);
        let counts = counts(conn, &shift)?;
        let (can_sign_up, as_trainee) = (blockers.is_empty(), who.is_trainee_at(&shift));
        let (shift_id, volunteer_id) = (shift.id, who.row.id);
        Reply::ok(&SignupCheck { shift_id, volunteer_id, can_sign_up, can_wait, as_trainee, blockers, counts })
    })
    .await
}

text_enum! {
    /// Why somebody comes before others.
    pub enum ShiftCandidateReason {
        /// They have said that they can come then
        CanCome = "CAN_COME",
        /// They prefer to serve at that service point
        PrefersPlace = "PREFERS_PLACE",
        /// They bring a skill that the shift needs
        BringsSkill = "BRINGS_SKILL",
        /// They have no other shift that month
        NoOtherShift = "NO_OTHER_SHIFT",
        /// They would learn beside a full member
        Trainee = "TRAINEE",
    }
}

/// Somebody who might serve at a shift.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "volunteer_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "name": "王○明", "ready": true, "reasons": ["CAN_COME"],
    "shifts_that_month": 1, "blockers": []
}))]
pub struct ShiftCandidate {
    volunteer_id: Id,
    /// Masked.
    #[schema(max_length = 100)]
    name: String,
    /// Nothing keeps them from it.
    ready: bool,
    #[schema(max_items = 5)]
    reasons: Vec<ShiftCandidateReason>,
    /// Seats that they have in the month of the shift.
    #[schema(minimum = 0)]
    shifts_that_month: i64,
    #[schema(max_items = 40)]
    blockers: Vec<ShiftBlocker>,
}

bounded_list! {
    /// Candidates for a shift.
    pub struct ShiftCandidateList of ShiftCandidate, at most 1000
}

fn candidate(conn: &mut Conn, node: &Node, by: &By, (shift, row): (&Shift, Volunteer)) -> Result<ShiftCandidate> {
    let who = Applicant::of(conn, node, row)?;
    let question = Question { shift, who: &who, besides: &[], by_themself: false, now: by.now };
    let blockers = blockers(conn, node, &question)?;
    let first = shift.starts_at.date().with_day(1).unwrap_or(shift.starts_at.date());
    let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
    let stretch = (Moment::start_of(first), Some(Moment::start_of(next)));
    let that_month = store::duties(conn, &who.records, &SignupStatus::SEATED, stretch)?.len();
    let profile = &who.kept.profile;
    let needs = shift.needs()?;
    let brings = needs.iter().filter_map(|need| need.skill.as_ref()).any(|skill| profile.skills.contains(skill));
    let reasons = [
        (!profile.availability.is_empty() && can_come(&who.kept, shift), ShiftCandidateReason::CanCome),
        (
            shift.service_point.as_ref().is_some_and(|point| profile.service_points.contains(point)),
            ShiftCandidateReason::PrefersPlace,
        ),
        (brings, ShiftCandidateReason::BringsSkill),
        (that_month == 0, ShiftCandidateReason::NoOtherShift),
        (who.is_trainee_at(shift), ShiftCandidateReason::Trainee),
    ];
    Ok(ShiftCandidate {
        volunteer_id: who.row.id,
        name: called(conn, node, by, who.row.person_id)?,
        ready: blockers.is_empty(),
        reasons: reasons.into_iter().filter(|(holds, _)| *holds).map(|(_, reason)| reason).collect(),
        shifts_that_month: i64::try_from(that_month).unwrap_or(i64::MAX),
        blockers,
    })
}

/// Lists candidates for a shift.
///
/// Volunteers who serve or learn, ranked: whoever nothing keeps from it first, full members before trainees, then by the reasons that speak
/// for them, and then whoever has the fewest seats that month. What keeps the others from it is told.
#[utoipa::path(tag = "Sign-ups", operation_id = "list_shift_candidates", params(IdInPath, BoundedListing), responses(
    (status = 200, description = "The candidates, the best first.", body = ShiftCandidateList),
))]
#[get("/v1/shifts/{id}/candidates")]
pub async fn list_shift_candidates(
    may: May<ListShiftCandidates>,
    node: Data<Node>,
    id: PathId,
    stretch: Stretch,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let shift = shifts::find(conn, by, id.0)?;
        let closed = closed_to(conn, by)?;
        let serving = [VolunteerStatus::Active, VolunteerStatus::Trainee];
        let rows = volunteers::table.filter(volunteers::status.eq_any(serving)).filter(volunteers::person_id.ne_all(closed));
        let rows: Vec<Volunteer> = rows.order(volunteers::id).limit(1000).select(Volunteer::as_select()).load(conn)?;
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            all.push(candidate(conn, &node, by, (&shift, row))?);
        }
        let is_trainee = |one: &ShiftCandidate| one.reasons.contains(&ShiftCandidateReason::Trainee);
        all.sort_by_key(|one| {
            let against = usize::MAX - one.reasons.len();
            (!one.ready, is_trainee(one), one.blockers.len(), against, one.shifts_that_month, one.volunteer_id)
        });
        let page = stretch.page(all, |one: &ShiftCandidate| one.volunteer_id.to_string());
        Reply::ok(&ShiftCandidateList::from(page))
    })
    .await
}
