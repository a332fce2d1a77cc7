//! What becomes of a volunteer: made a full member, suspended, retired, and all of it taken back.

use actix_web::post;
use actix_web::web::Data;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::binding;
use super::entries::{VolunteerEntryKind, in_order};
use super::entry_store;
use super::model::{AbsenceKind, Kept, VolunteerAbsence, VolunteerAct, VolunteerStatus};
use super::opened::Open;
use super::policy::{ActivateVolunteer, DeactivateVolunteer, ReinstateVolunteer, RetireVolunteer, SuspendVolunteer};
use super::recruitment;
use super::routes::check_member_from;
use super::signups::freeing::{self, Leaving};
use super::signups::store::Duty;
use super::store::{self, Volunteer};
use super::view::{VolunteerView, applied, shown, view};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::{Note, Reason};
use crate::secrets::vault::Vault;
use crate::text_enum;

/// Changes one volunteer: at the version that the caller read, judged, saved, told and shown.
async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match, act): (Id, IfMatch, VolunteerAct),
    why: String,
    effect: impl Fn(&By, &mut Open) -> Result<()> + Send + 'static,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut open = Open::find(tx, &node, by, (id, &if_match))?;
        applied(tx, &node, by, (&open.row, &open.kept), act)?;
        effect(by, &mut open)?;
        open.save(tx, &node, act, &why)?;
        shown(tx, &node, by, open.row)
    })
    .await
}

/// From when a volunteer is a full member.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"member_from": "2026-11-23", "reason": "實習期滿"}))]
pub struct VolunteerActivation {
    /// First day as a full member, Asia/Taipei; not after today, nor before the day of joining.
    member_from: NaiveDate,
    reason: Note,
}

/// Makes a trainee a full member.
///
/// From a day on, with a reason, by somebody else than whoever entered them, took their application or decided on it. Service counts from then on, as far as the trainings of the
/// category are finished.
#[utoipa::path(tag = "Volunteers", operation_id = "activate_volunteer", params(IdInPath, IfMatchHeader), request_body = VolunteerActivation, responses(
    (status = 200, description = "The volunteer.", body = VolunteerView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `same_person`: whoever entered them, took their application or decided on it does not make them a full member; `own_request`: it is the caller, or somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteers/{id}:activate")]
pub async fn activate_volunteer(
    may: May<ActivateVolunteer>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<VolunteerActivation>,
) -> Result<Reply> {
    let why = input.reason.as_str().to_owned();
    change(may, node, (id.0, if_match, VolunteerAct::Activate), why, move |by, open| {
        check_member_from(input.member_from, open.row.joined_on, by)?;
        open.row.member_from = Some(input.member_from);
        Ok(())
    })
    .await
}

/// Makes a full member a trainee again.
///
/// With a reason: where they were made one by mistake. What they do is no service from the day of joining on.
#[utoipa::path(tag = "Volunteers", operation_id = "deactivate_volunteer", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The volunteer.", body = VolunteerView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is the caller, or somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteers/{id}:deactivate")]
pub async fn deactivate_volunteer(
    may: May<DeactivateVolunteer>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let why = why.as_str().to_owned();
    change(may, node, (id.0, if_match, VolunteerAct::Deactivate), why, |_, open| {
        open.row.member_from = None;
        Ok(())
    })
    .await
}

/// Brings a volunteer back.
///
/// With a reason: one who was suspended or has retired serves again from today on, as a full member where they were one. It brings nothing
/// else back.
#[utoipa::path(tag = "Volunteers", operation_id = "reinstate_volunteer", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The volunteer.", body = VolunteerView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict` with `standing_id`: they are a volunteer by another record; `own_request`: it is the caller, or somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteers/{id}:reinstate")]
pub async fn reinstate_volunteer(
    may: May<ReinstateVolunteer>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let open = Open::find(tx, &node, by, (id.0, &if_match))?;
        let row = reinstate(tx, &node, by, open, why.as_str())?;
        shown(tx, &node, by, row)
    })
    .await
}

/// Lets somebody serve again from today on, by whichever of their records they did not; by one record alone.
pub fn reinstate(tx: &mut Tx, node: &Node, by: &By, mut open: Open, why: &str) -> Result<Volunteer> {
    let is_member = open.row.member_from.is_some();
    let act = if is_member { VolunteerAct::Reinstate } else { VolunteerAct::ReinstateTrainee };
    applied(tx, node, by, (&open.row, &open.kept), act)?;
    store::require_alone(tx, &open.row)?;
    binding::lift(tx, &node.vault, (open.row.id, &mut open.kept), by.now.date())?;
    open.save(tx, node, act, why)?;
    Ok(open.row)
}

/// For how long, and why, somebody does not serve.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "出國三個月", "until_on": "2027-02-28", "dry_run": true}))]
pub struct VolunteerSuspension {
    reason: Note,
    /// Last day, Asia/Taipei, not before today: they serve again on the day after it, by itself. Until somebody reinstates them where
    /// none is given.
    until_on: Option<NaiveDate>,
    /// Only tell what it touches.
    #[serde(default)]
    #[schema(default = false)]
    dry_run: bool,
}

/// Why somebody leaves.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "遷居外縣市", "dry_run": true}))]
pub struct VolunteerRetirement {
    reason: Note,
    /// Only tell what it touches.
    #[serde(default)]
    #[schema(default = false)]
    dry_run: bool,
}

text_enum! {
    /// What is touched where a volunteer does not serve any more.
    pub enum VolunteerTouchedKind {
        /// An insurance runs on: the insurer is to be told
        Insurance = "INSURANCE",
        /// The card is to be given back
        Card = "CARD",
        /// An application of theirs waits for a decision
        Application = "APPLICATION",
        /// A seat at a shift to come, or a place on its waiting list: it is released
        Signup = "SIGNUP",
    }
}

/// Something that is touched.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"kind": "INSURANCE", "at": "volunteer-entries/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "until_on": "2026-12-31"}))]
pub struct VolunteerTouched {
    kind: VolunteerTouchedKind,
    /// Where it stands, below `/v1/`.
    #[schema(max_length = 80)]
    at: String,
    /// Its last day, where it has one; the day of the shift of a sign-up.
    until_on: Option<NaiveDate>,
}

/// What a suspension or a retirement does.
#[derive(Serialize, ToSchema)]
pub struct VolunteerEffect {
    /// Nothing was changed.
    dry_run: bool,
    /// All that is touched. Sign-ups are released, and their seats are given to whoever waits; all else stays as it is, for somebody to see
    /// to.
    #[schema(max_items = 1000)]
    touched: Vec<VolunteerTouched>,
    /// The volunteer as they are, or in a dry run would be, afterwards.
    volunteer: VolunteerView,
}

/// All that a volunteer has to do with from a day on.
fn touched(
    conn: &mut Conn,
    vault: &Vault,
    (row, kept): (&Volunteer, &Kept),
    kind: AbsenceKind,
    (leaving, now): (Leaving, Moment),
) -> Result<Vec<VolunteerTouched>> {
    let day = leaving.from;
    let records = entry_store::records_of(conn, row.id)?;
    let running = entry_store::lasting(conn, &records)?.into_iter();
    let running = running.filter(|one| one.kind == VolunteerEntryKind::Insurance && one.until_on.is_some_and(|last| last >= day));
    let insurance = |one: entry_store::Entry| VolunteerTouched {
        kind: VolunteerTouchedKind::Insurance,
        at: one.path(),
        until_on: one.until_on,
    };
    let mut all: Vec<VolunteerTouched> = running.map(insurance).collect();
    if kind == AbsenceKind::Retired {
        let card = |at| VolunteerTouched { kind: VolunteerTouchedKind::Card, at, until_on: None };
        all.extend(kept.card.as_ref().map(|_| card(row.path())));
        for merged in store::merged_into(conn, row.id)? {
            all.extend(merged.kept(vault)?.card.map(|_| card(merged.path())));
        }
    }
    let waiting = recruitment::open_of(conn, vault, row.person_id)?;
    let waits = |at| VolunteerTouched { kind: VolunteerTouchedKind::Application, at, until_on: None };
    all.extend(waiting.into_iter().map(waits));
    let signups = freeing::coming(conn, row.id, leaving, now)?;
    let signup = |duty: Duty| VolunteerTouched {
        kind: VolunteerTouchedKind::Signup,
        at: duty.signup.path(),
        until_on: Some(duty.starts_at.date()),
    };
    all.extend(signups.into_iter().map(signup));
    Ok(all)
}

/// Lets somebody serve no more from today on, or tells what that touches.
async fn leave<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match, act): (Id, IfMatch, VolunteerAct),
    (why, until_on, dry_run): (String, Option<NaiveDate>, bool),
) -> Result<Reply> {
    may.write(move |tx, by| {
        let today = by.now.date();
        let mut open = Open::find(tx, &node, by, (id, &if_match))?;
        let after = applied(tx, &node, by, (&open.row, &open.kept), act)?;
        in_order("", "until_on", today, until_on)?;
        let kind = if after == VolunteerStatus::Retired { AbsenceKind::Retired } else { AbsenceKind::Suspended };
        let leaving = Leaving { from: today, until: until_on };
        let touched = touched(tx, &node.vault, (&open.row, &open.kept), kind, (leaving, by.now))?;
        open.kept.absences.push(VolunteerAbsence { kind, from_on: today, until_on });
        if dry_run {
            open.keep(tx, &node, today)?;
        } else {
            open.save(tx, &node, act, &why)?;
            freeing::release_all(tx, &node, open.row.id, leaving, &why)?;
        }
        let version = open.row.version;
        let volunteer = view(tx, &node, by, open.row, today)?;
        Ok(Reply::ok(&VolunteerEffect { dry_run, touched, volunteer })?.version(version))
    })
    .await
}

/// Suspends a volunteer.
///
/// From today on, with a reason, until a day or until they are reinstated. With `dry_run` nothing changes, and the answer tells what it
/// would touch. What they have done stays; what they are signed up for on those days is released, and does not come back by itself.
#[utoipa::path(tag = "Volunteers", operation_id = "suspend_volunteer", params(IdInPath, IfMatchHeader), request_body = VolunteerSuspension, responses(
    (status = 200, description = "What it does, or in a dry run would do.", body = VolunteerEffect),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is the caller, or somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteers/{id}:suspend")]
pub async fn suspend_volunteer(
    may: May<SuspendVolunteer>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<VolunteerSuspension>,
) -> Result<Reply> {
    let how = (input.reason.as_str().to_owned(), input.until_on, input.dry_run);
    leave(may, node, (id.0, if_match, VolunteerAct::Suspend), how).await
}

/// Retires a volunteer.
///
/// From today on, with a reason. With `dry_run` nothing changes, and the answer tells what it would touch. What they have done stays; what they
/// are signed up for is released.
#[utoipa::path(tag = "Volunteers", operation_id = "retire_volunteer", params(IdInPath, IfMatchHeader), request_body = VolunteerRetirement, responses(
    (status = 200, description = "What it does, or in a dry run would do.", body = VolunteerEffect),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is the caller, or somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteers/{id}:retire")]
pub async fn retire_volunteer(
    may: May<RetireVolunteer>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<VolunteerRetirement>,
) -> Result<Reply> {
    let how = (input.reason.as_str().to_owned(), None, input.dry_run);
    leave(may, node, (id.0, if_match, VolunteerAct::Retire), how).await
}
