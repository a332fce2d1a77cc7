//! Two records of one human: one stands for both, each keeps its own history, and they can be parted again. They follow the records of
//! people, which are joined on a paper.

use actix_web::post;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use super::model::{VolunteerAct, VolunteerStatus};
use super::policy::{MergeVolunteer, UnmergeVolunteer};
use super::routes::note;
use super::store::{self, Volunteer};
use super::view::{VolunteerView, applied, shown};
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Tx};
use crate::domain::{Joining, Parting};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid, coded};
use crate::node::Node;
use crate::people::{Note, Reason, contacts, joins, numbers};
use crate::schema::volunteers;

/// Into which record another is merged.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"into_volunteer_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "reason": "先以護照、後以居留證申請，為同一人"}))]
pub struct VolunteerMerging {
    into_volunteer_id: Id,
    reason: Note,
}

fn conflict(zh: &'static str, en: &'static str) -> Error {
    Problem::new(Code::CONFLICT).detail(zh, en).into()
}

/// Whether two records are of one human.
fn are_one(tx: &mut Tx, one: &Volunteer, other: &Volunteer) -> Result<bool> {
    Ok(joins::records(tx, one.person_id)?.contains(&other.person_id))
}

/// Merges a volunteer into another record of theirs.
///
/// With a reason. The records of the person are joined before, on a paper (`POST /v1/people/{id}:join`). The other record stands for both:
/// what was entered of either counts, and both keep their histories. `:unmerge` parts them again.
#[utoipa::path(tag = "Volunteers", operation_id = "merge_volunteer", params(IdInPath, IfMatchHeader), request_body = VolunteerMerging, responses(
    (status = 200, description = "The merged record.", body = VolunteerView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict`: the people's records are not joined, or one of the two stands for others or was merged itself; `own_request`: it is the caller, or somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteers/{id}:merge")]
pub async fn merge_volunteer(
    may: May<MergeVolunteer>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<VolunteerMerging>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = store::find(tx, by, id.0)?;
        if_match.check(row.version)?;
        let unknown = |_| Error::field("/into_volunteer_id", "unknown", coded("unknown").1);
        let mut into = store::find(tx, by, input.into_volunteer_id).map_err(unknown)?;
        if into.id == row.id {
            let text = Text::new("不得併入自身", "nothing is merged into itself");
            return Err(Error::field("/into_volunteer_id", "not_allowed", text));
        }
        let kept = row.kept(&node.vault)?;
        row.status = applied(tx, by, (&row, &kept), VolunteerAct::Merge)?;
        // Nobody joins or parts the people meanwhile.
        numbers::own(tx, &[row.person_id, into.person_id])?;
        if !are_one(tx, &row, &into)? {
            return Err(conflict("請先合併人員紀錄（:join）", "join the records of the person first"));
        }
        if into.status == VolunteerStatus::Merged || !store::merged_into(tx, row.id)?.is_empty() {
            return Err(conflict("請併入最終之紀錄", "merge into the record that stands, and one into which none was merged"));
        }
        row.merged_into = Some(into.id);
        store::save(tx, &mut row)?;
        store::save(tx, &mut into)?;
        note(tx, &node, &row, VolunteerAct::Merge, (input.reason.as_str(), Vec::new()))?;
        shown(tx, &node, by, row)
    })
    .await
}

/// Parts a volunteer from the record into which they were merged.
///
/// With a reason. Each has what was entered of it; both are in the states that their own facts give. It is done by itself where the records
/// of the person are parted.
#[utoipa::path(tag = "Volunteers", operation_id = "unmerge_volunteer", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The record, which stands again.", body = VolunteerView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is the caller, or somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteers/{id}:unmerge")]
pub async fn unmerge_volunteer(
    may: May<UnmergeVolunteer>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = store::find(tx, by, id.0)?;
        if_match.check(row.version)?;
        let kept = row.kept(&node.vault)?;
        let act = VolunteerAct::unmerge(kept.status(row.member_from, by.now.date()));
        applied(tx, by, (&row, &kept), act)?;
        unmerge(tx, &node, by, &mut row, why.as_str())?;
        shown(tx, &node, by, row)
    })
    .await
}

fn unmerge(tx: &mut Tx, node: &Node, by: &By, row: &mut Volunteer, why: &str) -> Result<()> {
    let status = row.kept(&node.vault)?.status(row.member_from, by.now.date());
    if status != VolunteerStatus::Suspended {
        row.suspended_until = None;
    }
    let into = row.merged_into.take();
    row.status = status;
    store::save(tx, row)?;
    if let Some(mut into) = into.map_or(Ok(None), |into| store::by_id(tx, into))? {
        store::save(tx, &mut into)?;
    }
    note(tx, node, row, VolunteerAct::unmerge(status), (why, Vec::new()))
}

/// Why records are parted whose people are two humans'.
const PARTED: &str = "人員紀錄合併業經拆分";

/// Parts the records that were merged because those of their people were joined, once these are parted.
pub fn follow_join(tx: &mut Tx, node: &Node, by: &By, joining: &Joining) -> Result<()> {
    if joining.ended.is_none() {
        return Ok(());
    }
    let people = joins::all_records(tx, &[joining.record, joining.into])?;
    let merged = volunteers::table.filter(volunteers::person_id.eq_any(people)).filter(volunteers::merged_into.is_not_null());
    let merged: Vec<Id> = merged.order(volunteers::id).select(volunteers::id).load(&mut **tx)?;
    for id in merged {
        let Some(mut row) = store::by_id(tx, id)? else { continue };
        let Some(into) = row.merged_into.map_or(Ok(None), |into| store::by_id(tx, into))? else { continue };
        if !are_one(tx, &row, &into)? {
            unmerge(tx, node, by, &mut row, PARTED)?;
        }
    }
    Ok(())
}

/// Follows what a volunteer's record said of a person and is found to mean another.
pub fn follow_part(tx: &mut Tx, node: &Node, by: &By, parting: &Parting<'_>) -> Result<bool> {
    let id = parting.source.strip_prefix("volunteers/").and_then(|id| id.parse().ok());
    let Some(mut row) = id.map_or(Ok(None), |id| store::by_id(tx, id))? else { return Ok(false) };
    if row.person_id != parting.from {
        return Ok(false);
    }
    store::find(tx, by, row.id)?;
    store::require_first(tx, parting.to)?;
    row.person_id = parting.to;
    // How to reach the one tells nobody how to reach the other.
    contacts::forget(tx, &row.path())?;
    store::save(tx, &mut row)?;
    note(tx, node, &row, VolunteerAct::Update, (parting.reason, Vec::new()))?;
    Ok(true)
}
