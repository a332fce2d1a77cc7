//! Seats that are passed on: somebody asks who would take theirs, or change it for one of theirs, and whoever does passes all rules in the
//! same transaction.

use actix_web::web::Data;
use actix_web::{get, post};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::freeing::{end, promote};
use super::model::{SignupAct, SignupStatus};
use super::policy::{AcceptSwapRequest, CreateSwapRequest, GetSwapRequest, ListSwapRequests, WithdrawSwapRequest};
use super::rules::{Applicant, Question, blockers, refusal, require_before_cutoff};
use super::signing::{chosen, fresh};
use super::store::{self, Signup};
use super::view::{SignupView, note, require_possible, shown};
use crate::auth::{By, May, Reach};
use crate::clock::Moment;
use crate::contract::IdInPath;
use crate::db::{Backend, Conn, Id, Record, Tx};
use crate::error::{Code, Error, Result, Text};
use crate::http::{Listing, Page, Paging, PathId, Reply, Valid};
use crate::node::Node;
use crate::schema::{signup_swaps as swaps, signups};
use crate::volunteers::shifts::store::{self as shifts, Shift};
use crate::volunteers::store as volunteers;
use crate::{find, prepared, read_page, text_enum, view_of};

text_enum! {
    /// States of a request to swap.
    pub enum SwapRequestStatus {
        Open = "OPEN",
        Accepted = "ACCEPTED",
        Withdrawn = "WITHDRAWN",
    }
}

/// A request as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = swaps)]
struct Swap {
    id: Id,
    signup_id: Id,
    for_signup_id: Option<Id>,
    to_volunteer_id: Option<Id>,
    status: SwapRequestStatus,
    taken_by: Option<Id>,
    asked_by: String,
    asked_at: Moment,
}

/// A request to take over a seat.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "signup_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70",
    "shift_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "for_signup_id": null, "to_volunteer_id": null, "status": "OPEN",
    "taken_by": null, "asked_at": "2026-11-23T09:00:00+08:00"
}))]
pub struct SwapRequestView {
    id: Id,
    /// The seat that is passed on.
    signup_id: Id,
    shift_id: Id,
    /// The seat that is wanted for it.
    for_signup_id: Option<Id>,
    /// The one who is asked; anybody where none is named.
    to_volunteer_id: Option<Id>,
    status: SwapRequestStatus,
    /// The sign-up of whoever has it now.
    taken_by: Option<Id>,
    asked_at: Moment,
}

fn view(conn: &mut Conn, row: Swap) -> Result<SwapRequestView> {
    let shift_id = store::by_id(conn, row.signup_id)?.ok_or(Code::NOT_FOUND)?.shift_id;
    Ok(view_of!(SwapRequestView, row { id, signup_id, for_signup_id, to_volunteer_id, status, taken_by, asked_at } shift_id))
}

/// Whom to ask, and for what.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"to_volunteer_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71"}))]
pub struct SwapRequestInput {
    /// The one who is asked; anybody when absent.
    to_volunteer_id: Option<Id>,
    /// The seat of theirs that is wanted for it; none where they only take over.
    for_signup_id: Option<Id>,
}

fn tell(tx: &mut Tx, swap: &Swap, action: &'static str) {
    let data = json!({"request_id": swap.id, "status": swap.status, "taken_by": swap.taken_by});
    tx.record(Record::change(action, store::path(swap.signup_id), data));
}

/// Asks to swap a seat.
///
/// Of one's own, until the cut-off: whoever accepts takes it over, or changes it for one of theirs. It stays theirs until then.
#[utoipa::path(tag = "Sign-ups", operation_id = "create_swap_request", params(IdInPath), request_body = SwapRequestInput, responses(
    (status = 201, description = "The request.", body = SwapRequestView),
    (status = 409, description = "`conflict` with `standing_id`: a request for the seat is open; `too_late`: ask the office; `wrong_state` with `allowed_actions`: it is no seat."),
))]
#[post("/v1/signups/{id}/swap-requests")]
pub async fn create_swap_request(
    may: May<CreateSwapRequest>,
    node: Data<Node>,
    id: PathId,
    Valid(input): Valid<SwapRequestInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let (signup, shift, _) = store::find(tx, by, id.0)?;
        require_possible(&node, by, (&signup, &shift), SignupAct::HandOver)?;
        require_before_cutoff(tx, &node, &shift, by.now)?;
        if let Some(open) = open_of(tx, signup.id)? {
            return Err(Error::stands(open.id, ("此席次已有換班請求", "a request for this seat is open")));
        }
        if let Some(to) = input.to_volunteer_id {
            volunteers::by_id(tx, to)?.ok_or_else(|| unknown("/to_volunteer_id"))?;
        }
        if let Some(wanted) = input.for_signup_id {
            let wanted = store::by_id(tx, wanted)?.filter(|other| SignupAct::HandOver.after(other.status).is_some());
            wanted.filter(|other| other.volunteer_id != signup.volunteer_id).ok_or_else(|| unknown("/for_signup_id"))?;
        }
        let swap = Swap {
            id: Id::new(by.now),
            signup_id: signup.id,
            for_signup_id: input.for_signup_id,
            to_volunteer_id: input.to_volunteer_id,
            status: SwapRequestStatus::Open,
            taken_by: None,
            asked_by: by.caller.name(),
            asked_at: by.now,
        };
        prepared!(&mut **tx, diesel::insert_into(swaps::table).values(&swap), execute)?;
        tell(tx, &swap, "signup.swap_asked");
        Reply::created(format!("/v1/swap-requests/{}", swap.id), &view(tx, swap)?)
    })
    .await
}

fn unknown(pointer: &str) -> Error {
    Error::field(pointer, "unknown", Text::new("查無此項", "there is none"))
}

fn open_of(conn: &mut Conn, signup: Id) -> Result<Option<Swap>> {
    let open = swaps::table.filter(swaps::signup_id.eq(signup)).filter(swaps::status.eq(SwapRequestStatus::Open));
    Ok(find!(conn, open.select(Swap::as_select()))?)
}

/// Withdraws the open requests that have to do with a seat which is given back.
pub fn withdraw_all(tx: &mut Tx, signup: Id) -> Result<()> {
    let open = swaps::table.filter(swaps::status.eq(SwapRequestStatus::Open));
    let theirs = open.filter(swaps::signup_id.eq(signup).or(swaps::for_signup_id.assume_not_null().eq(signup)));
    let theirs: Vec<Swap> = theirs.order(swaps::id).select(Swap::as_select()).load(&mut **tx)?;
    for mut swap in theirs {
        close(tx, &mut swap, (SwapRequestStatus::Withdrawn, None))?;
        tell(tx, &swap, "signup.swap_withdrawn");
    }
    Ok(())
}

/// Shows a request to swap.
///
/// To those whose seat it is, and to those who are asked.
#[utoipa::path(tag = "Sign-ups", operation_id = "get_swap_request", params(IdInPath), responses((status = 200, description = "The request.", body = SwapRequestView)))]
#[get("/v1/swap-requests/{id}")]
pub async fn get_swap_request(may: May<GetSwapRequest>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let found: Option<Swap> = swaps::table.find(id.0).select(Swap::as_select()).first(conn).optional()?;
        let swap = found.ok_or(Code::NOT_FOUND)?;
        let of = store::by_id(conn, swap.signup_id)?.ok_or(Code::NOT_FOUND)?.volunteer_id;
        let is_asked = swap.status == SwapRequestStatus::Open && swap.to_volunteer_id.is_none();
        if by.reach == Reach::Own && !is_asked {
            let own = store::own_records(conn, by)?;
            let is_theirs = own.contains(&of) || swap.to_volunteer_id.is_some_and(|to| own.contains(&to));
            if !is_theirs {
                return Err(Code::NOT_FOUND.into());
            }
        }
        Reply::ok(&view(conn, swap)?)
    })
    .await
}

/// Lists requests to swap.
///
/// Newest first. Volunteers see those that are open and ask them, or anybody; the office sees all.
#[utoipa::path(tag = "Sign-ups", operation_id = "list_swap_requests", params(Listing), responses((status = 200, description = "A page of requests.", body = Page<SwapRequestView>)))]
#[get("/v1/swap-requests")]
pub async fn list_swap_requests(may: May<ListSwapRequests>, paging: Paging) -> Result<Reply> {
    may.read(move |conn, by| {
        let own = if by.reach == Reach::Own { Some(store::own_records(conn, by)?) } else { None };
        let matching = || -> swaps::BoxedQuery<'_, Backend> {
            let rows = swaps::table.into_boxed();
            match own.clone() {
                None => rows,
                Some(own) => rows
                    .filter(swaps::status.eq(SwapRequestStatus::Open))
                    .filter(swaps::to_volunteer_id.is_null().or(swaps::to_volunteer_id.assume_not_null().eq_any(own))),
            }
        };
        let page = read_page!(conn, &paging, matching, swaps::id desc, Swap)?;
        Reply::ok(&page.try_map(|row| view(conn, row))?)
    })
    .await
}

/// Who accepts.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"volunteer_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71"}))]
pub struct SwapAcceptance {
    /// The volunteer; the caller themself when absent, where they are one.
    volunteer_id: Option<Id>,
}

/// A seat that changes hands, and whoever gives it up.
struct Given {
    signup: Signup,
    shift: Shift,
}

/// What is swapped, with both shifts found in one order.
fn given(tx: &mut Tx, swap: &Swap) -> Result<(Given, Option<Given>)> {
    let gone = || Error::from(Code::NOT_FOUND);
    let mut ids = vec![swap.signup_id];
    ids.extend(swap.for_signup_id);
    let mut of_shifts = Vec::new();
    for id in &ids {
        let signup = signups::table.find(*id).select(signups::shift_id);
        of_shifts.push(signup.first::<Id>(&mut **tx).optional()?.ok_or_else(gone)?);
    }
    of_shifts.sort_unstable();
    for shift in of_shifts {
        shifts::by_id(tx, shift)?;
    }
    let mut all = Vec::new();
    for id in ids {
        let signup = store::by_id(tx, id)?.ok_or_else(gone)?;
        let shift = shifts::by_id(tx, signup.shift_id)?.ok_or_else(gone)?;
        all.push(Given { signup, shift });
    }
    let mut all = all.into_iter();
    Ok((all.next().ok_or_else(gone)?, all.next()))
}

/// Refuses whoever would take a seat over and breaks a rule, with all that is given up for it left out of account.
fn require_fit(tx: &mut Tx, node: &Node, by: &By, (who, shift): (&Applicant, &Shift), given_up: &[Id]) -> Result<()> {
    let question = Question { shift, who, besides: given_up, by_themself: by.reach == Reach::Own, now: by.now };
    let found = blockers(tx, node, &question)?;
    if found.is_empty() { Ok(()) } else { Err(refusal(tx, shift, &found)?) }
}

/// Passes a seat on.
fn hand_over(tx: &mut Tx, node: &Node, given: &mut Given, who: &Applicant) -> Result<Signup> {
    end(tx, node, &mut given.signup, SignupAct::HandOver, "")?;
    let taken = fresh(tx, (&given.shift, who), SignupStatus::Placed);
    store::insert(tx, &taken)?;
    note(tx, node, &taken, SignupAct::TakeOver, "")?;
    Ok(taken)
}

/// Accepts a request to swap.
///
/// Until the cut-off of both shifts. All rules are judged anew for both, and both seats change hands in one transaction, or none does.
#[utoipa::path(tag = "Sign-ups", operation_id = "accept_swap_request", params(IdInPath), request_body = SwapAcceptance, responses(
    (status = 200, description = "The sign-up of whoever took the seat over.", body = SignupView),
    (status = 409, description = "The codes of a sign-up, with `blockers` and `counts`, of either of the two; `wrong_state`: a seat is given back already."),
))]
#[post("/v1/signups/{id}/swap-requests:accept")]
pub async fn accept_swap_request(
    may: May<AcceptSwapRequest>,
    node: Data<Node>,
    id: PathId,
    Valid(input): Valid<SwapAcceptance>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut swap = open_of(tx, id.0)?.ok_or(Code::NOT_FOUND)?;
        let taker = chosen(tx, by, input.volunteer_id)?;
        let (mut seat, mut wanted) = given(tx, &swap)?;
        let giver = store::volunteer_of(tx, &seat.signup)?;
        let is_asked = swap.to_volunteer_id.is_none_or(|asked| asked == taker.id);
        let mut owner = None;
        if let Some(wanted) = &wanted {
            owner = Some(store::volunteer_of(tx, &wanted.signup)?.id);
        }
        if !is_asked || owner.is_some_and(|owner| owner != taker.id) || giver.id == taker.id {
            return Err(Code::NOT_FOUND.into());
        }
        for one in [Some(&seat), wanted.as_ref()].into_iter().flatten() {
            SignupAct::HandOver.apply(one.signup.status)?;
            require_before_cutoff(tx, &node, &one.shift, by.now)?;
        }
        tx.own([giver.id, taker.id].map(|one| format!("volunteers/{one}/signups")))?;
        let (taker, giver) = (Applicant::alone(tx, &node, taker.id)?, Applicant::alone(tx, &node, giver.id)?);
        let mut given_up = vec![seat.signup.id];
        given_up.extend(wanted.as_ref().map(|wanted| wanted.signup.id));
        require_fit(tx, &node, by, (&taker, &seat.shift), &given_up)?;
        if let Some(wanted) = &wanted {
            require_fit(tx, &node, by, (&giver, &wanted.shift), &given_up)?;
        }
        let taken = hand_over(tx, &node, &mut seat, &taker)?;
        if let Some(wanted) = &mut wanted {
            hand_over(tx, &node, wanted, &giver)?;
        }
        close(tx, &mut swap, (SwapRequestStatus::Accepted, Some(taken.id)))?;
        tell(tx, &swap, "signup.swap_accepted");
        for one in [Some(&seat), wanted.as_ref()].into_iter().flatten() {
            promote(tx, &node, one.shift.id)?;
        }
        shown(tx, &node, by, taken)
    })
    .await
}

fn close(tx: &mut Tx, swap: &mut Swap, (status, taken_by): (SwapRequestStatus, Option<Id>)) -> Result<()> {
    (swap.status, swap.taken_by) = (status, taken_by);
    let open = swaps::table.find(swap.id).filter(swaps::status.eq(SwapRequestStatus::Open));
    let changed = (swaps::status.eq(status), swaps::taken_by.eq(taken_by));
    crate::db::saved(diesel::update(open).set(changed).execute(&mut **tx)?)
}

/// Withdraws a request to swap.
///
/// The seat stays with whoever has it.
#[utoipa::path(tag = "Sign-ups", operation_id = "withdraw_swap_request", params(IdInPath), responses((status = 200, description = "The request.", body = SwapRequestView)))]
#[post("/v1/signups/{id}/swap-requests:withdraw")]
pub async fn withdraw_swap_request(may: May<WithdrawSwapRequest>, id: PathId) -> Result<Reply> {
    may.write(move |tx, by| {
        let (signup, ..) = store::find(tx, by, id.0)?;
        let mut swap = open_of(tx, signup.id)?.ok_or(Code::NOT_FOUND)?;
        close(tx, &mut swap, (SwapRequestStatus::Withdrawn, None))?;
        tell(tx, &swap, "signup.swap_withdrawn");
        Reply::ok(&view(tx, swap)?)
    })
    .await
}
