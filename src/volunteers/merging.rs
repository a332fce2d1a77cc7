//! Two records of one human: one stands for both and is bound by both, each keeps its own facts and history, and they can be parted again.
//! They follow the records of people, which are joined on a paper: of one human one record is live.

use actix_web::post;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::binding;
use super::expiring;
use super::history::{self, VolunteerChange};
use super::model::{VolunteerAct, VolunteerStatus};
use super::opened::Open;
use super::policy::{MergeVolunteer, UnmergeVolunteer};
use super::store::{self, Volunteer};
use super::view::{VolunteerView, applied, shown};
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Tx};
use crate::domain::{Joining, Parting};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid, unknown_at};
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
/// With a reason. The records of the person are joined before, on a paper (`POST /v1/people/{id}:join`), which merges by itself those of
/// which both are live. The other record stands for both: what was entered of either counts, suspensions and retirements of either bind it,
/// and both keep their histories. `:unmerge` parts them again.
#[utoipa::path(tag = "Volunteers", operation_id = "merge_volunteer", params(IdInPath, IfMatchHeader), request_body = VolunteerMerging, responses(
    (status = 200, description = "The merged record.", body = VolunteerView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict`: the people's records are not joined, the other record was merged itself, or it is of a trainee and this one of a full member; `own_request`: it is the caller, or somebody close to them; `holder_required`: nobody knows who works with the account."),
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
        let open = Open::find(tx, &node, by, (id.0, &if_match))?;
        let into = input.into_volunteer_id;
        if into == open.row.id {
            let text = Text::new("不得併入自身", "nothing is merged into itself");
            return Err(Error::field("/into_volunteer_id", "not_allowed", text));
        }
        let into = store::find(tx, by, into).map_err(unknown_at("/into_volunteer_id"))?;
        applied(tx, &node, by, (&open.row, &open.kept), VolunteerAct::Merge)?;
        // Nobody joins or parts the people meanwhile.
        numbers::own(tx, &[open.row.person_id, into.person_id])?;
        if !are_one(tx, &open.row, &into)? {
            return Err(conflict("請先合併人員紀錄（:join）", "join the records of the person first"));
        }
        if into.status == VolunteerStatus::Merged {
            return Err(conflict("請併入最終之紀錄", "merge into the record that stands"));
        }
        if into.member_from.is_none() && open.row.member_from.is_some() {
            return Err(conflict(
                "請將實習志工之紀錄併入正式志工之紀錄",
                "merge the record of a trainee into that of the full member",
            ));
        }
        let row = merge(tx, &node, (open, into), input.reason.as_str())?;
        shown(tx, &node, by, row)
    })
    .await
}

/// Lets one record stand for another.
fn merge(tx: &mut Tx, node: &Node, (mut open, into): (Open, Volunteer), why: &str) -> Result<Volunteer> {
    open.row.merged_into = Some(into.id);
    open.save(tx, node, VolunteerAct::Merge, why)?;
    tell_other(tx, node, ("took_in", &into), (&open.row, true), why)?;
    Ok(open.row)
}

/// Tells in the history of the record that stands, or stood, for another which one that is.
fn tell_other(
    tx: &mut Tx,
    node: &Node,
    (act, into): (&str, &Volunteer),
    (row, now): (&Volunteer, bool),
    why: &str,
) -> Result<()> {
    let (before, after) = if now { (json!(null), json!(row.id)) } else { (json!(row.id), json!(null)) };
    let changed = VolunteerChange { pointer: "/merged_ids".to_owned(), before, after };
    history::tell(tx, &node.vault, (&into.path(), act), why, vec![changed])
}

/// Parts a volunteer from the record into which they were merged.
///
/// With a reason. Each has what was entered of it; both are in the states that their own facts give. It is done by itself where the records
/// of the person are parted; as long as these are joined, only one of the two may be live.
#[utoipa::path(tag = "Volunteers", operation_id = "unmerge_volunteer", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The record, which stands again.", body = VolunteerView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict` with `standing_id`: one human would be a volunteer by two records; `own_request`: it is the caller, or somebody close to them; `holder_required`: nobody knows who works with the account."),
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
        let open = Open::find(tx, &node, by, (id.0, &if_match))?;
        numbers::own(tx, &[open.row.person_id])?;
        let status = binding::status(tx, &node.vault, (&open.row, &open.kept), by.now.date())?;
        applied(tx, &node, by, (&open.row, &open.kept), VolunteerAct::unmerge(status))?;
        let row = unmerge(tx, &node, open, why.as_str())?;
        if row.status.is_live() {
            store::require_alone(tx, &row)?;
        }
        shown(tx, &node, by, row)
    })
    .await
}

fn unmerge(tx: &mut Tx, node: &Node, mut open: Open, why: &str) -> Result<Volunteer> {
    let today = tx.origin().at.date();
    let into = open.row.merged_into.take();
    let ends = match into {
        Some(into) => expiring::open_ends(tx, node, into, today)?,
        None => Vec::new(),
    };
    let status = binding::status(tx, &node.vault, (&open.row, &open.kept), today)?;
    open.save(tx, node, VolunteerAct::unmerge(status), why)?;
    let Some(mut into) = into.map_or(Ok(None), |into| store::by_id(tx, into))? else { return Ok(open.row) };
    // What was lifted of it there was lifted of whoever that is.
    let mut kept = into.kept(&node.vault)?;
    kept.lifted.retain(|lift| lift.record_id != open.row.id);
    into.keep(&node.vault, &kept)?;
    store::save(tx, &mut into)?;
    tell_other(tx, node, ("gave_back", &into), (&open.row, false), why)?;
    binding::follow_up(tx, &node.vault, Some(into.id), today)?;
    expiring::tell_again(tx, node, (into.id, &ends), today)?;
    Ok(open.row)
}

/// Why records are parted whose people are two humans'.
const PARTED: &str = "人員紀錄合併業經拆分";

/// Why records are merged whose people are one human.
const JOINED: &str = "人員紀錄業經合併為同一人";

/// Follows the records of people: merges what they were volunteers by at once, once they are joined, and parts what was merged because they
/// were, once they are parted.
pub fn follow_join(tx: &mut Tx, node: &Node, _: &By, joining: &Joining) -> Result<()> {
    let people = [joining.record, joining.into];
    if joining.ended.is_some() {
        let records = joins::all_records(tx, &people)?;
        part_strangers(tx, node, &records)?;
    }
    people.iter().try_for_each(|person| settle(tx, node, *person))
}

/// Parts those of these people's records that were merged into somebody else's.
fn part_strangers(tx: &mut Tx, node: &Node, people: &[Id]) -> Result<()> {
    let merged = volunteers::table.filter(volunteers::person_id.eq_any(people)).filter(volunteers::merged_into.is_not_null());
    let merged: Vec<Id> = merged.order(volunteers::id).select(volunteers::id).load(&mut **tx)?;
    for id in merged {
        let Some(row) = store::by_id(tx, id)? else { continue };
        let Some(into) = row.merged_into.map_or(Ok(None), |into| store::by_id(tx, into))? else { continue };
        if !are_one(tx, &row, &into)? {
            unmerge(tx, node, Open::of(node, row)?, PARTED)?;
        }
    }
    Ok(())
}

/// Leaves one live record of a human: that of a full member before that of a trainee, the older before the newer.
fn settle(tx: &mut Tx, node: &Node, person: Id) -> Result<()> {
    let mut live = store::of_person(tx, person)?;
    live.retain(|one| one.status.is_live());
    live.sort_by_key(|one| (one.member_from.is_none(), one.id));
    let Some((standing, others)) = live.split_first() else { return Ok(()) };
    for other in others {
        let Some(row) = store::by_id(tx, other.id)? else { continue };
        merge(tx, node, (Open::of(node, row)?, standing.clone()), JOINED)?;
    }
    Ok(())
}

/// Follows what a volunteer's record said of a person and is found to mean another.
pub fn follow_part(tx: &mut Tx, node: &Node, by: &By, parting: &Parting<'_>) -> Result<bool> {
    let id = parting.source.strip_prefix("volunteers/").and_then(|id| id.parse().ok());
    let Some(row) = id.map_or(Ok(None), |id| store::by_id(tx, id))? else { return Ok(false) };
    if row.person_id != parting.from {
        return Ok(false);
    }
    store::find(tx, by, row.id)?;
    move_to(tx, node, row, parting)?;
    Ok(true)
}

/// Lets a record be another person's, for whom there is none yet; what was merged with it because of the one is parted.
pub fn move_to(tx: &mut Tx, node: &Node, row: Volunteer, parting: &Parting<'_>) -> Result<()> {
    store::require_first(tx, parting.to)?;
    let (id, from) = (row.id, parting.from);
    let mut open = Open::of(node, row)?;
    open.row.person_id = parting.to;
    // How to reach the one tells nobody how to reach the other.
    open.kept.given_contact = None;
    contacts::forget(tx, &open.row.path())?;
    open.save(tx, node, VolunteerAct::Update, parting.reason)?;
    let mut people = joins::all_records(tx, &[from, parting.to])?;
    people.extend(store::merged_into(tx, id)?.iter().map(|one| one.person_id));
    part_strangers(tx, node, &people)?;
    settle(tx, node, from)
}
