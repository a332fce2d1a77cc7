//! Petitions on one matter are merged, to be answered by one reply, and taken apart again: files are merged, not people.

use actix_web::post;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use super::acting::{Open, change, conflict};
use super::custody::is_kept_from;
use super::entering::can_handle;
use super::marks::quarantine;
use super::model::{PetitionAct, PetitionChannel, PetitionNoticeKind, PetitionStatus};
use super::moving::undo_end;
use super::policy::{MergePetition, UnmergePetition};
use super::sight::{Sight, concerns};
use super::steps::Merge;
use super::store::{Concern, Petition, concerns_of};
use super::tellings::{TellingStatus, ToldAbout, What};
use super::view::PetitionView;
use super::{group, naming, told};
use crate::auth::{By, May};
use crate::clock::Moment;
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
    /// It is the same petition, which staff have entered twice by mistake: of the same petitioner, and not of the mailbox.
    #[serde(default)]
    #[schema(default = false)]
    entered_twice: bool,
}

/// Merges a petition into another.
///
/// To be answered by one reply: each petitioner keeps number, secret, limit, reply, rating and remedies, is told by themself, and
/// learns nothing of the others. It leaves the queues, is in the charge of whoever handles the other, and the other is DUE_SOON and
/// OVERDUE by whichever limit ends first. No chains: nothing is merged into a merged petition, and one into which others are merged is
/// not merged itself. A confidential one only with one as confidential, that concerns the same people, and by whoever looks after it.
/// Whoever is kept from one is kept from all: what is under way of theirs is taken back, and whoever merges them is left. Its petitioner
/// is told.
///
/// A double entry (`entered_twice`) is no second petition: its petitioner is told of nothing twice, what waits to be told under its number is
/// stopped, and it is counted in no digest and as no earlier answer. That it was entered twice they are told only where something has gone
/// out under its number. Merge the one whose number they were not given; `:track` shows the reply under either.
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
            let main = require_fit(tx, node, open, input.into_id)?;
            if input.entered_twice {
                require_same(node, &open.row, &main)?;
            }
            open.handling.merge = Some(Merge { before: open.before, handler: open.row.handler, at: Some(by.now) });
            let why = input.reason.as_str();
            group::take_in(tx, node, by, open, (input.into_id, why))?;
            if input.entered_twice {
                open.row.entered_twice = true;
                tell_of_double(tx, node, open, by.now)?;
            } else {
                told::notify(tx, node, open, PetitionNoticeKind::Merged, by.now)?;
            }
            Ok(why.to_owned())
        },
    )
    .await
}

fn refused(code: &'static str, zh: &'static str, en: &'static str) -> Error {
    Error::field("/into_id", code, Text::new(zh, en))
}

/// Stops what waits to be told of a petition that was entered twice, and tells that it was, where anything has gone out.
fn tell_of_double(tx: &mut Tx, node: &Node, open: &mut Open, now: Moment) -> Result<()> {
    told::sweep(tx, node, open)?;
    // What is on its way to the relay waits still, and counts as gone out.
    if open.handling.tellings.iter().any(|one| one.has_told() || one.status == TellingStatus::Waiting) {
        told::notify(tx, node, open, PetitionNoticeKind::EnteredTwice, now)?;
    }
    Ok(())
}

/// Refuses a double entry that is none: of another petitioner, or sent by themself over the mailbox.
fn require_same(node: &Node, one: &Petition, main: &Petition) -> Result<()> {
    let names = |row: &Petition| -> Result<Vec<String>> {
        Ok(row.petitioners(&node.vault)?.into_iter().map(|petitioner| petitioner.name).collect())
    };
    let is_same = one.channel != PetitionChannel::Mailbox && one.language == main.language && names(one)? == names(main)?;
    if is_same {
        return Ok(());
    }
    let text = Text::new(
        "非同仁就同一陳情人之同一陳情重複登錄",
        "it is not the same petition of the same petitioner, entered twice by staff",
    );
    Err(Error::field("/entered_twice", "not_met", text))
}

/// The petition into which another is merged: refuses one that is not there, or into which this one is not.
fn require_fit(tx: &mut Tx, node: &Node, open: &Open, into: Id) -> Result<Petition> {
    let seen = open.sight.rows().filter(petitions::id.eq(into)).select(Petition::as_select());
    let main: Option<Petition> = seen.first(&mut **tx).optional()?;
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
    if !is_as_secret(tx, node, &open.row, &main)? {
        return Err(refused(
            "not_allowed",
            "保密案件僅得併入同等保密且對象相同之案件",
            "a confidential one is merged only with one as confidential, that concerns the same people",
        ));
    }
    let mut others = group::members(tx, node, main.id)?;
    others.push(Open::of(node, (main.clone(), Sight::default()))?);
    for other in &others {
        if has_told(tx, open, other)? || has_told(tx, other, open)? {
            return Err(refused(
                "not_allowed",
                "受理人為另一案之對象，知悉本案密碼",
                "whom the one concerns has taken the other, and knows its secret",
            ));
        }
    }
    Ok(main)
}

/// Whether two petitions are kept from the same people.
fn is_as_secret(conn: &mut Conn, node: &Node, one: &Petition, other: &Petition) -> Result<bool> {
    let secrecy = |row: &Petition| (row.confidential, row.whistleblower, row.guarded, row.concerns_settled);
    if !one.confidential && !other.confidential {
        return Ok(one.guarded == other.guarded);
    }
    let (theirs, others) = (concerns_of(conn, &node.vault, one.id)?, concerns_of(conn, &node.vault, other.id)?);
    let hold = |all: &[Concern], some: &[Concern]| some.iter().all(|concern| all.contains(concern));
    let is_same = hold(&theirs, &others) && hold(&others, &theirs);
    Ok(secrecy(one) == secrecy(other) && is_same)
}

/// Whether somebody whom the other petition concerns, and this one does not, knows the secret of this one, since they took it.
fn has_told(conn: &mut Conn, one: &Open, other: &Open) -> Result<bool> {
    let Some(taker) = naming::taker(conn, one)? else { return Ok(false) };
    Ok(concerns(conn, taker, other.row.id)? && !concerns(conn, taker, one.row.id)?)
}

/// Takes a merged petition out again.
///
/// It is as it was, with its own clock, which never stood still, and what its petitioner was told together with the others stays told,
/// though an answer among it answers it no more (`ceased_at`): it waits for one of its own. Such an answer that has not gone out is stopped.
/// They are told of it, where they were told that it was merged, or that answer. One that was merged as entered twice and is a petition of its own after
/// all is counted again, and its petitioner is told what they were not told by itself. It is in the charge of whoever handled it before, as long as they may; as secret as it has become: one that is
/// its custodian's alone by then goes to quarantine, by its custodian.
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
        _ if open.row.guarded => PetitionAct::UnmergeGuarded,
        Some(PetitionStatus::Assigned) => PetitionAct::UnmergeAssigned,
        Some(PetitionStatus::AwaitingSupplement) => PetitionAct::UnmergeAwaiting,
        Some(PetitionStatus::InApproval) => PetitionAct::UnmergeDrafted,
        _ => PetitionAct::Unmerge,
    };
    change(may, node, id.0, if_match, choose, move |tx, node, by, open| {
        group::let_go(tx, node, by, open, why.as_str())?;
        let ceased = restore(tx, node, by, open)?;
        let was_double = std::mem::take(&mut open.row.entered_twice);
        let kind = if was_double { PetitionNoticeKind::EnteredTwice } else { PetitionNoticeKind::Merged };
        let mut untrue: Vec<What> = open.handling.notices_about(&[kind]).pop().into_iter().collect();
        if was_double {
            open.handling.owe(&ceased);
        } else {
            untrue.extend(ceased.into_iter().map(|place| (ToldAbout::Reply, place)));
        }
        let whom = told::take_back(tx, node, open, &untrue)?;
        if !(was_double && untrue.is_empty()) {
            told::tell_right(tx, node, open, (PetitionNoticeKind::Unmerged, &untrue, &whom), by.now)?;
        }
        if was_double {
            told::tell_owed(tx, node, open, |about| about != ToldAbout::Notice, by.now)?;
        }
        Ok(why.as_str().to_owned())
    })
    .await
}

/// Lets a petition go on as it was before it was merged, but for whoever it has come to concern meanwhile. Which replies answer it no more.
fn restore(tx: &mut Tx, node: &Node, by: &By, open: &mut Open) -> Result<Vec<usize>> {
    let merge = open.handling.merge.take();
    open.row.handler = still_fit(tx, by, open.row.id, merge.as_ref().and_then(|merge| merge.handler))?;
    let ceased = open.handling.cease_reply(merge.and_then(|merge| merge.at), by.now);
    if open.row.closed_at.take().is_some() {
        undo_end(open, by.now);
    }
    // It may have moved with the office's days.
    let asked_until = open.handling.open_until().or(open.row.supplement_until);
    open.row.supplement_until = asked_until.filter(|_| open.row.status == PetitionStatus::AwaitingSupplement);
    if open.row.guarded {
        quarantine(open);
    }
    naming::recall(tx, node, by, open)?;
    Ok(ceased)
}

/// Whoever handled a petition, if they may still.
fn still_fit(tx: &mut Tx, by: &By, id: Id, handler: Option<Id>) -> Result<Option<Id>> {
    let Some(handler) = handler else { return Ok(None) };
    Ok((can_handle(tx, handler)? && !is_kept_from(tx, by.now, handler, id)?).then_some(handler))
}
