//! Leaving the waiting list, and coming back to it.

use actix_web::web::Data;
use actix_web::{delete, post};
use diesel::prelude::*;
use serde_json::json;

use super::freed;
use super::policy::{GiveUpWaitlistPlace, LeaveWaitlist, ReinstateWaitlistEntry};
use super::specialties::Context;
use super::waitlist::{self, Place, WaitAct, WaitEntry, WaitStatus};
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Record, Tx, saved};
use crate::error::{Code, Problem, Result};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::OptionalReason;
use crate::scheduling::Plans;
use crate::schema::waitlist as places;
use crate::states::require_anothers;

/// Ends a wait; a slot that was kept goes to the next in line.
fn leave(tx: &mut Tx, node: &Node, by: &By, (place, next): (&Place, WaitStatus), why: &str) -> Result<()> {
    let sealed = (!why.is_empty()).then(|| tx.seal_text(&waitlist::why_identity(place.id), why));
    let read = places::table.find(place.id).filter(places::version.eq(place.version));
    let left = (
        places::status.eq(next),
        places::version.eq(place.version + 1),
        places::left_at.eq(Some(by.now)),
        places::left_why.eq(sealed),
    );
    saved(diesel::update(read).set(left).execute(&mut **tx)?)?;
    let plan = node.part::<Plans>().at(tx)?;
    freed::give_up_all(tx, &Context::of(node, &plan), place.id.as_str(), None, by.now)?;
    let record = Record::change(WaitAct::Leave.line().journal, waitlist::path(place.id), json!({})).about(place.person_id);
    tx.record(record.because(why));
    Ok(())
}

/// Leaves the waiting list.
///
/// A slot that was kept for the person goes to the next in line. Sent again it is answered alike, and nothing is done twice. Who
/// says why, as a clerk should who takes somebody off the list, uses POST /v1/waitlist/{id}:give-up; either is taken back by
/// `:reinstate`.
#[utoipa::path(tag = "Booking", operation_id = "leave_waitlist", params(IdInPath, IfMatchHeader), responses(
    (status = 204, description = "The person no longer waits."),
    (status = 409, description = "`wrong_state`: a slot was taken, or the offer of one has lapsed; `own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[delete("/v1/waitlist/{id}")]
pub async fn leave_waitlist(may: May<LeaveWaitlist>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let place = waitlist::find(tx, by, id.0)?;
        require_anothers(tx, by, &[place.person_id])?;
        if place.status == WaitStatus::Cancelled {
            return Ok(Reply::done());
        }
        let next = WaitAct::Leave.apply(place.status)?;
        if_match.check(place.version)?;
        leave(tx, &node, by, (&place, next), "")?;
        Ok(Reply::done())
    })
    .await
}

/// Leaves the waiting list for a reason.
///
/// As DELETE, with the reason kept in the entry, which its person sees; required of a clerk, who acts for somebody else.
#[utoipa::path(tag = "Booking", operation_id = "give_up_waitlist_place", params(IdInPath, IfMatchHeader), request_body = OptionalReason, responses(
    (status = 200, description = "The place, which is given up.", body = WaitEntry),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/waitlist/{id}:give-up")]
pub async fn give_up_waitlist_place(
    may: May<GiveUpWaitlistPlace>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<OptionalReason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let place = waitlist::find_to_act(tx, by, id.0, &if_match)?;
        let next = WaitAct::GiveUp.apply(place.status)?;
        leave(tx, &node, by, (&place, next), why.of_staff(by)?)?;
        waitlist::find(tx, by, place.id)?.shown(tx, &node, by)
    })
    .await
}

/// Comes back to the waiting list.
///
/// To the place of before where it is taken back on the day on which it was left, and nobody who waits for the service behind it has
/// been offered a slot since; else to the end of the list. It waits for the same days, as long as the last of them is not over. A
/// clerk says why.
#[utoipa::path(tag = "Booking", operation_id = "reinstate_waitlist_entry", params(IdInPath, IfMatchHeader), request_body = OptionalReason, responses(
    (status = 200, description = "The place, where the person waits again.", body = WaitEntry),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it was not left, the last day that suits is over, or the service cannot be booked any more; `already_waiting`: the person has another place for this service by now, `waitlist_entry_id`; `own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/waitlist/{id}:reinstate")]
pub async fn reinstate_waitlist_entry(
    may: May<ReinstateWaitlistEntry>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<OptionalReason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let place = waitlist::find_to_act(tx, by, id.0, &if_match)?;
        let next = WaitAct::Reinstate.apply(place.status)?;
        let why = why.of_staff(by)?;
        if place.to_on < by.now.date() || !waitlist::is_bookable(tx, &node, &place.service_code)? {
            let words = (
                "候補之日期已過，或此服務已不開放預約",
                "the last day that suits is over, or the service cannot be booked any more",
            );
            let none: [&str; 0] = [];
            return Err(Problem::new(Code::WRONG_STATE).detail(words.0, words.1).with("allowed_actions", none).into());
        }
        if let Some(problem) = waitlist::already_waiting(tx, by, &place.service_code, place.person_id)? {
            return Err(problem.into());
        }
        let position = if keeps_its_place(tx, &place, by.now)? { place.place } else { tx.next_place()? };
        let read = places::table.find(place.id).filter(places::version.eq(place.version));
        let waits = (
            places::status.eq(next),
            places::version.eq(place.version + 1),
            places::place.eq(position),
            places::left_at.eq(None::<Moment>),
            places::left_why.eq(None::<String>),
            places::offered_slot_id.eq(None::<String>),
            places::offer_expires_at.eq(None::<Moment>),
        );
        saved(diesel::update(read).set(waits).execute(&mut **tx)?)?;
        let event = json!({"service_code": place.service_code});
        let record = Record::change(WaitAct::Reinstate.line().journal, waitlist::path(place.id), event).about(place.person_id);
        tx.record(record.because(why));
        waitlist::find(tx, by, place.id)?.shown(tx, &node, by)
    })
    .await
}

/// Whether whoever comes back stands where they stood: on the day on which they left, as long as no offer has gone past them.
fn keeps_its_place(tx: &mut Tx, place: &Place, now: Moment) -> Result<bool> {
    let Some(left_at) = place.left_at.filter(|at| at.date() == now.date()) else { return Ok(false) };
    let behind = places::table.filter(places::service_code.eq(&place.service_code)).filter(places::place.gt(place.place));
    let passed: i64 = behind.filter(places::offered_at.ge(left_at)).count().get_result(&mut **tx)?;
    Ok(passed == 0)
}
