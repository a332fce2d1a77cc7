//! Reading sign-ups.

use actix_web::get;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::model::SignupFilter;
use super::policy::{GetSignup, ListBrokenSignups, ListSignupHistory, ListSignups};
use super::rules::ShiftBlocker;
use super::shift_changes::broken;
use super::store;
use super::view::{SignupView, shown, view};
use crate::auth::May;
use crate::auth::protection::closed_to;
use crate::bounded_list;
use crate::contract::IdInPath;
use crate::db::Id;
use crate::error::{Code, Result};
use crate::http::{BoundedListing, Listing, Page, Paging, Params, PathId, Reply, Stretch};
use crate::node::Node;
use crate::volunteers::history::{self, VolunteerHistoryLine};
use crate::volunteers::shifts::store as shifts;

/// Lists sign-ups.
///
/// Newest first; volunteers see their own alone.
#[utoipa::path(tag = "Sign-ups", operation_id = "list_signups", params(SignupFilter, Listing), responses((status = 200, description = "A page of sign-ups.", body = Page<SignupView>)))]
#[get("/v1/signups")]
pub async fn list_signups(
    may: May<ListSignups>,
    node: Data<Node>,
    Params(query): Params<SignupFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let page = store::list(conn, by, &query, &paging)?;
        Reply::ok(&page.try_map(|row| view(conn, &node, by, row))?)
    })
    .await
}

/// Shows a sign-up.
///
/// With what may be done with it.
#[utoipa::path(tag = "Sign-ups", operation_id = "get_signup", params(IdInPath), responses((status = 200, description = "The sign-up.", body = SignupView)))]
#[get("/v1/signups/{id}")]
pub async fn get_signup(may: May<GetSignup>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let (row, ..) = store::find(conn, by, id.0)?;
        shown(conn, &node, by, row)
    })
    .await
}

/// Lists what was done with a sign-up.
///
/// In order, with reasons.
#[utoipa::path(tag = "Sign-ups", operation_id = "list_signup_history", params(IdInPath, Listing), responses(
    (status = 200, description = "A page of the history.", body = Page<VolunteerHistoryLine>),
))]
#[get("/v1/signups/{id}/history")]
pub async fn list_signup_history(may: May<ListSignupHistory>, node: Data<Node>, id: PathId, paging: Paging) -> Result<Reply> {
    may.read(move |conn, by| {
        let (row, ..) = store::find(conn, by, id.0)?;
        Reply::ok(&history::list(conn, &node.vault, &row.path(), &paging)?)
    })
    .await
}

/// Whose sign-ups are judged.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BrokenSignupQuery {
    /// Of one volunteer alone.
    volunteer_id: Option<Id>,
}

/// A sign-up that breaks a rule by now.
#[derive(Serialize, ToSchema)]
pub struct BrokenSignup {
    signup: SignupView,
    #[schema(max_items = 40)]
    breaks: Vec<ShiftBlocker>,
}

bounded_list! {
    /// Sign-ups that break a rule.
    pub struct BrokenSignupList of BrokenSignup, at most 1000
}

/// Lists sign-ups that break a rule by now.
///
/// For shifts to come, as of the day of each: an insurance that ends before it, a certificate that was withdrawn, a shift that was moved.
/// They are neither dropped nor let pass by themselves: somebody decides. The first 1,000.
#[utoipa::path(tag = "Sign-ups", operation_id = "list_broken_signups", params(BrokenSignupQuery, BoundedListing), responses(
    (status = 200, description = "The sign-ups, in the order of their shifts.", body = BrokenSignupList),
))]
#[get("/v1/signups/broken")]
pub async fn list_broken_signups(
    may: May<ListBrokenSignups>,
    node: Data<Node>,
    Params(query): Params<BrokenSignupQuery>,
    stretch: Stretch,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let closed = closed_to(conn, by)?;
        let mut all = Vec::new();
        for row in store::all_coming(conn, by.now, query.volunteer_id)? {
            let shift = shifts::by_id(conn, row.shift_id)?.ok_or(Code::NOT_FOUND)?;
            let breaks = broken(conn, &node, (&shift, &row), &[])?;
            let is_closed = closed.contains(&store::volunteer_of(conn, &row)?.person_id);
            if !breaks.is_empty() && !is_closed && all.len() < 1000 {
                all.push(BrokenSignup { signup: view(conn, &node, by, row)?, breaks });
            }
        }
        let page = stretch.page(all, |one: &BrokenSignup| one.signup.id().to_string());
        Reply::ok(&BrokenSignupList::from(page))
    })
    .await
}
