//! Reading complaints on the spot: the list and its queues, one, and how to reach whoever complained.

use actix_web::web::Data;
use actix_web::{get, post};

use super::model::OnSiteFilter;
use super::policy::{GetOnSiteComplaint, ListOnSiteComplaints, RevealOnSiteContact};
use super::sight;
use super::view::{OnSiteComplaintView, OnSiteSummary, shown};
use crate::auth::May;
use crate::contract::IdInPath;
use crate::error::{Code, Result};
use crate::http::{Listing, Page, Paging, Params, PathId, Reply, Valid, known_code, ordered_days};
use crate::node::Node;
use crate::office::SERVICE_POINTS;
use crate::people::contacts::{self, Matter, NAME_AND_CONTACT};
use crate::people::{Reason, RevealedContact};

/// Lists complaints on the spot.
///
/// Newest first, of those that the caller sees: nobody finds or counts one that is about them. Queues are filters of it.
#[utoipa::path(tag = "On-site complaints", operation_id = "list_on_site_complaints", params(OnSiteFilter, Listing), responses(
    (status = 200, description = "A page of complaints.", body = Page<OnSiteSummary>),
))]
#[get("/v1/on-site-complaints")]
pub async fn list_on_site_complaints(
    may: May<ListOnSiteComplaints>,
    Params(query): Params<OnSiteFilter>,
    paging: Paging,
) -> Result<Reply> {
    ordered_days(query.from, query.to)?;
    let point = query.service_point.as_deref();
    known_code("service_point", point.is_none_or(|point| SERVICE_POINTS.contains(&point)))?;
    may.read(move |conn, by| Reply::ok(&sight::list(conn, by, &query, &paging)?.map(OnSiteSummary::from))).await
}

/// Shows a complaint on the spot.
///
/// With every step, its moment and person, and what is still to be done.
#[utoipa::path(tag = "On-site complaints", operation_id = "get_on_site_complaint", params(IdInPath), responses((status = 200, description = "The complaint.", body = OnSiteComplaintView)))]
#[get("/v1/on-site-complaints/{id}")]
pub async fn get_on_site_complaint(may: May<GetOnSiteComplaint>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let complaint = sight::find(conn, by, id.0)?;
        shown(conn, &node, by, complaint)
    })
    .await
}

/// Shows whole how to reach whoever complained on the spot.
///
/// With the name to ask for, for whoever makes the follow-up call; logged with the reason.
#[utoipa::path(tag = "On-site complaints", operation_id = "reveal_on_site_contact", params(IdInPath), request_body = Reason, responses(
    (status = 200, description = "Whom to call, and how.", body = RevealedContact),
))]
#[post("/v1/on-site-complaints/{id}:reveal-contact")]
pub async fn reveal_on_site_contact(
    may: May<RevealOnSiteContact>,
    node: Data<Node>,
    id: PathId,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let complaint = sight::find(tx, by, id.0)?;
        let withheld = complaint.is_withheld(tx)?;
        let matter = Matter {
            record: &complaint.path(),
            person: complaint.person_id.ok_or(Code::NOT_FOUND)?,
            changed: "on_site_complaint.contact_changed",
            revealed: "on_site_complaint.contact_revealed",
            shows: NAME_AND_CONTACT,
            withheld,
        };
        Reply::ok(&contacts::reveal(tx, &node.vault, &matter, &why)?)
    })
    .await
}
