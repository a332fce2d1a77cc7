//! What becomes of a sign-up before its shift.

use actix_web::post;
use actix_web::web::Data;

use super::freeing::{end, release};
use super::model::SignupAct;
use super::policy::{AcceptPlace, CancelSignup, DeclinePlace};
use super::rules::require_before_cutoff;
use super::store;
use super::view::{SignupView, require_possible, shown};
use crate::auth::policy::Action;
use crate::auth::{May, Reach};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::OptionalReason;

/// Changes a sign-up before its shift begins; volunteers give a seat back by themselves until the cut-off.
async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match, act): (Id, IfMatch, SignupAct),
    why: OptionalReason,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let (mut signup, shift, _) = store::find(tx, by, id)?;
        if_match.check(signup.version)?;
        require_possible(&node, by, (&signup, &shift), act)?;
        let gives_back = act != SignupAct::AcceptPlace;
        if by.reach == Reach::Own && gives_back && signup.status.is_seated() {
            require_before_cutoff(tx, &node, &shift, by.now)?;
        }
        if by.now >= shift.starts_at {
            return Err(Error::wrong_state(&[]));
        }
        if gives_back {
            release(tx, &node, &mut signup, act, why.text())?;
        } else {
            end(tx, &node, &mut signup, act, why.text())?;
        }
        shown(tx, &node, by, signup)
    })
    .await
}

/// Cancels a sign-up.
///
/// Until the shift begins; volunteers by themselves until the cut-off (`signups.cutoff_minutes`), and whoever waits at any time. The seat is
/// given in the same transaction to whoever waits for it.
#[utoipa::path(tag = "Sign-ups", operation_id = "cancel_signup", params(IdInPath, IfMatchHeader), request_body = OptionalReason, responses(
    (status = 200, description = "The sign-up.", body = SignupView),
    (status = 409, description = "`too_late`: ask the office; `wrong_state` with `allowed_actions`."),
))]
#[post("/v1/signups/{id}:cancel")]
pub async fn cancel_signup(
    may: May<CancelSignup>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<OptionalReason>,
) -> Result<Reply> {
    change(may, node, (id.0, if_match, SignupAct::Cancel), why).await
}

/// Accepts a place.
///
/// A seat that became free and was given to whoever waited: it is theirs already, and declined no more.
#[utoipa::path(tag = "Sign-ups", operation_id = "accept_place", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The sign-up.", body = SignupView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/signups/{id}:accept-place")]
pub async fn accept_place(may: May<AcceptPlace>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    change(may, node, (id.0, if_match, SignupAct::AcceptPlace), OptionalReason::default()).await
}

/// Declines a place.
///
/// A seat that became free and was given to whoever waited: until the cut-off, and then the next one who waits is asked.
#[utoipa::path(tag = "Sign-ups", operation_id = "decline_place", params(IdInPath, IfMatchHeader), request_body = OptionalReason, responses(
    (status = 200, description = "The sign-up.", body = SignupView),
    (status = 409, description = "`too_late`: ask the office; `wrong_state` with `allowed_actions`."),
))]
#[post("/v1/signups/{id}:decline-place")]
pub async fn decline_place(
    may: May<DeclinePlace>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<OptionalReason>,
) -> Result<Reply> {
    change(may, node, (id.0, if_match, SignupAct::DeclinePlace), why).await
}
