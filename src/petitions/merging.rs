//! Petitions on one matter are merged, to be answered by one reply, and taken apart again: files are merged, not people.

use actix_web::post;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use super::acting::{Open, change, conflict};
use super::entering::can_handle;
use super::group;
use super::handling::Merge;
use super::model::{PetitionAct, PetitionStatus};
use super::policy::{MergePetition, UnmergePetition};
use super::sight::{concerns, is_kept_from};
use super::store::{Concern, Petition, concerns_of};
use super::view::PetitionView;
use crate::auth::whoever::account_of;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid, coded};
use crate::node::Node;
use crate::people::{Note, Reason};
use crate::schema::petitions;

/// Into which petition another is merged.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"into_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72", "reason": "同一路段門牌鬆脫，併案答復"}))]
pub struct PetitionMerge {
    /// RECEIVED, ASSIGNED or AWAITING_SUPPLEMENT, and not merged itself: whoever merges names the petition that is answered.
    into_id: Id,
    reason: Note,
}

/// Merges a petition into another.
///
/// To be answered by one reply: each petitioner keeps number, secret, limit, reply, rating and remedies, is told by themself, and
/// learns nothing of the others. It leaves the queues, is in the charge of whoever handles the other, and the other is DUE_SOON and
/// OVERDUE by whichever limit ends first. No chains: nothing is merged into a merged petition, and one into which others are merged is
/// not merged itself. A confidential one only with one as confidential, that concerns the same people. Whoever is kept from one is
/// kept from all.
#[utoipa::path(tag = "Petitions", operation_id = "merge_petition", params(IdInPath, IfMatchHeader), request_body = PetitionMerge, responses(
    (status = 200, description = "The merged petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict`: others are merged into it, or the other is in no state to take one in."),
))]
#[post("/v1/petitions/{id}:merge")]
pub async fn merge_petition(
    may: May<MergePetition>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<PetitionMerge>,
) -> Result<Reply> {
    change(
        may,
        node,
        id.0,
        if_match,
        |_| PetitionAct::Merge,
        move |tx, node, by, open| {
            let main = main_for(tx, node, open, input.into_id)?;
            open.handling.merge = Some(Merge { before: open.before, handler: open.row.handler });
            (open.row.merged_into, open.row.handler) = (Some(main.id), main.handler);
            let why = input.reason.as_str();
            group::write_to(tx, node, by, main.id, (PetitionAct::TakeIn, why), |_| {})?;
            Ok(why.to_owned())
        },
    )
    .await
}

fn refused(code: &'static str, zh: &'static str, en: &'static str) -> Error {
    Error::field("/into_id", code, Text::new(zh, en))
}

/// The petition that is named, where another may be merged into it.
fn main_for(conn: &mut Conn, node: &Node, open: &Open, into: Id) -> Result<Petition> {
    let seen = open.sight.rows().filter(petitions::id.eq(into)).select(Petition::as_select());
    let main: Option<Petition> = seen.first(conn).optional()?;
    let main = main.ok_or_else(|| Error::field("/into_id", "unknown", coded("unknown").1))?;
    if main.id == open.row.id {
        return Err(refused("not_allowed", "不得併入本案自身", "it cannot be merged into itself"));
    }
    if main.status == PetitionStatus::Merged {
        return Err(refused(
            "not_allowed",
            "該案已併入他案，請指定主案",
            "it is merged itself: name the petition that is answered",
        ));
    }
    if PetitionAct::TakeIn.after(main.status).is_none() {
        return Err(conflict(
            "主案非待辦，或答復稿已在核定中；請先退回",
            "the other is not open, or its reply is drafted: return the draft first",
        ));
    }
    if !is_as_secret(conn, node, &open.row, &main)? {
        return Err(refused(
            "not_allowed",
            "保密案件僅得併入同等保密且對象相同之案件",
            "a confidential one is merged only with one as confidential, that concerns the same people",
        ));
    }
    if has_told(conn, &open.row, &main)? || has_told(conn, &main, &open.row)? {
        return Err(refused(
            "not_allowed",
            "受理人為另一案之對象，知悉本案密碼",
            "whom the one concerns has taken the other, and knows its secret",
        ));
    }
    Ok(main)
}

/// Whether two petitions are kept from the same people.
fn is_as_secret(conn: &mut Conn, node: &Node, one: &Petition, other: &Petition) -> Result<bool> {
    let secrecy = |row: &Petition| (row.confidential, row.whistleblower, row.concerns_settled);
    if !one.confidential && !other.confidential {
        return Ok(one.whistleblower == other.whistleblower);
    }
    let (theirs, others) = (concerns_of(conn, &node.vault, one.id)?, concerns_of(conn, &node.vault, other.id)?);
    let hold = |all: &[Concern], some: &[Concern]| some.iter().all(|concern| all.contains(concern));
    let is_same = hold(&theirs, &others) && hold(&others, &theirs);
    Ok(secrecy(one) == secrecy(other) && is_same)
}

/// Whether somebody whom the other petition concerns, and this one does not, knows the secret of this one, since they took it.
fn has_told(conn: &mut Conn, row: &Petition, other: &Petition) -> Result<bool> {
    let Some(taker) = account_of(&row.taken_by) else { return Ok(false) };
    Ok(concerns(conn, taker, other.id)? && !concerns(conn, taker, row.id)?)
}

/// Takes a merged petition out again.
///
/// It is as it was, with its own clock, which never stood still, and what its petitioner was told together with the others stays told.
/// It is in the charge of whoever handled it before, as long as they may; as secret as it has become.
#[utoipa::path(tag = "Petitions", operation_id = "unmerge_petition", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The petition, on its own.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/petitions/{id}:unmerge")]
pub async fn unmerge_petition(
    may: May<UnmergePetition>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let choose = |open: &Open| match open.handling.merge.as_ref().map(|merge| merge.before) {
        Some(PetitionStatus::Assigned) => PetitionAct::UnmergeAssigned,
        Some(PetitionStatus::AwaitingSupplement) => PetitionAct::UnmergeAwaiting,
        Some(PetitionStatus::InApproval) => PetitionAct::UnmergeDrafted,
        _ => PetitionAct::Unmerge,
    };
    change(may, node, id.0, if_match, choose, move |tx, node, by, open| {
        if let Some(main) = open.row.merged_into.take() {
            group::write_to(tx, node, by, main, (PetitionAct::LetGo, why.as_str()), |_| {})?;
        }
        let handler = open.handling.merge.take().and_then(|merge| merge.handler);
        open.row.handler = still_fit(tx, by, open.row.id, handler)?;
        open.row.closed_at = None;
        Ok(why.as_str().to_owned())
    })
    .await
}

/// Whoever handled a petition, if they may still.
fn still_fit(tx: &mut Tx, by: &By, id: Id, handler: Option<Id>) -> Result<Option<Id>> {
    let Some(handler) = handler else { return Ok(None) };
    Ok((can_handle(tx, handler)? && !is_kept_from(tx, by.now, handler, id)?).then_some(handler))
}
