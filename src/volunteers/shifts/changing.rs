//! Changing a shift.

use actix_web::patch;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::days;
use super::model::{ShiftAct, ShiftInput, ShiftKind, ShiftNeed};
use super::policy::UpdateShift;
use super::store;
use super::view::{ShiftView, applied, note, view};
use crate::auth::May;
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::Id;
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid, patch};
use crate::node::Node;
use crate::people::{Note, Words};
use crate::volunteers::history::{changes, json_of};
use crate::volunteers::model::VolunteerCategory;
use crate::volunteers::signups::shift_changes::{self, ShiftPerson};

/// What to change of a shift.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"starts_at": "2026-12-07T09:00:00+08:00", "reason": "場地改期", "dry_run": true}))]
pub struct ShiftPatch {
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    starts_at: Option<Moment>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    ends_at: Option<Moment>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    place: Option<Words>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    category: Option<VolunteerCategory>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_items = 1, max_items = 10, nullable = false)]
    needs: Option<Vec<ShiftNeed>>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    kind: Option<ShiftKind>,
    #[serde(default, deserialize_with = "patch::set_or_clear")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 20)]
    service_point: Option<Option<String>>,
    /// Sign-ups that are released, where the shift has fewer seats then than people.
    #[serde(default)]
    #[schema(max_items = 500)]
    leaving: Vec<Id>,
    /// Why, for the history, which keeps both values, and for those who leave.
    reason: Note,
    /// Only tell what it does.
    #[serde(default)]
    #[schema(default = false)]
    dry_run: bool,
}

impl ShiftPatch {
    fn put(&self, said: &mut ShiftInput) {
        patch::put(&mut said.starts_at, self.starts_at);
        patch::put(&mut said.ends_at, self.ends_at);
        patch::put(&mut said.place, self.place.clone());
        patch::put(&mut said.category, self.category);
        patch::put(&mut said.needs, self.needs.clone());
        patch::put(&mut said.kind, self.kind);
        patch::put(&mut said.service_point, self.service_point.clone());
    }
}

/// What a change of a shift does.
#[derive(Serialize, ToSchema)]
pub struct ShiftEffect {
    /// Nothing was changed.
    dry_run: bool,
    /// The shift as it is, or in a dry run would be, afterwards.
    shift: ShiftView,
    /// Those who are signed up or wait: who leaves, and which rules the others break at the shift as it is then. They stay.
    #[schema(max_items = 1000)]
    people: Vec<ShiftPerson>,
}

/// Changes a shift.
///
/// With a reason; the history keeps both values. A shift that a template made stays the one of its office day, whenever it takes place.
/// Whoever is signed up stays, and all rules are judged again: what they break then is told. Fewer seats than people are refused until
/// `leaving` says who leaves. More seats are given to whoever waits. With `dry_run` nothing changes.
#[utoipa::path(tag = "Shifts", operation_id = "update_shift", params(IdInPath, IfMatchHeader), request_body = ShiftPatch, responses(
    (status = 200, description = "What it does, or in a dry run would do.", body = ShiftEffect),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it is not planned, or is over; `office_closed`; `more_people_than_seats` with `people`."),
))]
#[patch("/v1/shifts/{id}")]
pub async fn update_shift(
    may: May<UpdateShift>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(change): Valid<ShiftPatch>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut shift = store::find(tx, by, id.0)?;
        if_match.check(shift.version)?;
        applied(by, &shift, ShiftAct::Update)?;
        let before = shift.said()?;
        let mut after = before.clone();
        change.put(&mut after);
        after.check()?;
        let changed = changes(&json_of(&before)?, &json_of(&after)?);
        shift.put(&after)?;
        if shift.ends_at <= by.now {
            return Err(Error::field("/ends_at", "range", Text::new("班次不得已結束", "a shift that is over is not planned")));
        }
        days::require_open(tx, &node, &shift)?;
        let people = shift_changes::judge_change(tx, &node, by, &shift, &change.leaving)?;
        let does_something = !changed.is_empty() || !change.leaving.is_empty();
        if does_something && !change.dry_run {
            store::save(tx, &mut shift)?;
            note(tx, &node, &shift, ShiftAct::Update, (change.reason.as_str(), changed))?;
            shift_changes::tell_people(tx, shift.id)?;
            shift_changes::leave_shift(tx, &node, shift.id, &change.leaving, change.reason.as_str())?;
        }
        let version = shift.version;
        Ok(Reply::ok(&ShiftEffect { dry_run: change.dry_run, shift: view(by, shift)?, people })?.version(version))
    })
    .await
}
