//! Reading inquiries: the list and its queues, and one.

use actix_web::get;
use actix_web::web::Data;

use super::model::InquiryFilter;
use super::policy::{GetInquiry, ListInquiries};
use super::store;
use super::view::{InquirySummary, InquiryView, shown, summary};
use crate::auth::May;
use crate::contract::IdInPath;
use crate::error::Result;
use crate::http::{Listing, Page, Paging, Params, PathId, Reply, ordered_days};
use crate::node::Node;
use crate::scheduling::Plans;

/// Lists inquiries.
///
/// Newest first: to citizens what they have asked with their account, to the office what was asked at the caller's desk, with the
/// minutes that each answer took. Queues are filters of it.
#[utoipa::path(tag = "Inquiries", operation_id = "list_inquiries", params(InquiryFilter, Listing), responses(
    (status = 200, description = "A page of inquiries.", body = Page<InquirySummary>),
))]
#[get("/v1/inquiries")]
pub async fn list_inquiries(
    may: May<ListInquiries>,
    node: Data<Node>,
    Params(query): Params<InquiryFilter>,
    paging: Paging,
) -> Result<Reply> {
    ordered_days(query.from, query.to)?;
    may.read(move |conn, by| {
        let plan = node.part::<Plans>().at(conn)?;
        let page = store::list(conn, by, &query, &paging)?;
        Reply::ok(&page.try_map(|row| summary(&node, &plan.calendar, by.now, row))?)
    })
    .await
}

/// Shows an inquiry.
///
/// With every answer that was given, and by which means whoever asked was told.
#[utoipa::path(tag = "Inquiries", operation_id = "get_inquiry", params(IdInPath), responses((status = 200, description = "The inquiry.", body = InquiryView)))]
#[get("/v1/inquiries/{id}")]
pub async fn get_inquiry(may: May<GetInquiry>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let inquiry = store::find(conn, by, id.0)?;
        shown(conn, &node, by, inquiry)
    })
    .await
}
