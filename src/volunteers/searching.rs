//! Who volunteers, by a number.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use super::model::VolunteerFilter;
use super::policy::SearchVolunteers;
use super::store;
use super::view::{VolunteerSummary, summaries};
use crate::auth::May;
use crate::auth::protection::closed_among;
use crate::db::{Id, Record};
use crate::error::Result;
use crate::http::{Listing, Page, Paging, Reply, Valid};
use crate::node::Node;
use crate::people::{self, IdNumber, Note, OtherIdentity, joins, numbers};

/// By which number a volunteer is looked for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"national_id": "A123456789", "reason": "民眾詢問志工身分"}))]
pub struct VolunteerSearch {
    /// This or `identified_by` is required, and only one of them.
    national_id: Option<IdNumber>,
    /// In the place of `national_id`, for whoever has none: one of the two is required.
    identified_by: Option<OtherIdentity>,
    /// Why; kept with the log of the read.
    reason: Note,
}

/// Looks for volunteers by a number.
///
/// That they have or once had, or that stands in the place of one, with those of records that were joined to theirs; the record that stands
/// for merged ones, whichever number names them. The number travels in the body, and each volunteer who is found is logged with the reason.
/// Staff who are barred from somebody's data find nothing by their number.
#[utoipa::path(tag = "Volunteers", operation_id = "search_volunteers", params(Listing), request_body = VolunteerSearch, responses(
    (status = 200, description = "A page of volunteers, the newest first.", body = Page<VolunteerSummary>),
))]
#[post("/v1/volunteers:search")]
pub async fn search_volunteers(
    may: May<SearchVolunteers>,
    node: Data<Node>,
    paging: Paging,
    Valid(search): Valid<VolunteerSearch>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let known = people::searched(search.national_id.as_ref(), search.identified_by.as_ref())?;
        let mut holders: Vec<Id> = numbers::holders(tx, &node.vault, &known)?.iter().map(|holder| holder.id).collect();
        let closed = closed_among(tx, by, &holders)?;
        holders.retain(|holder| !closed.contains(holder));
        let records = joins::all_records(tx, &holders)?;
        let among = store::of_records(tx, &records)?;
        let page = store::list(tx, by, &VolunteerFilter::default(), Some((among, true)), &paging)?;
        for found in &page.items {
            let read = Record::read("volunteer.searched", found.path(), "name,national_id");
            tx.record(read.about(found.person_id).because(search.reason.as_str()));
        }
        let items = summaries(tx, &node, by, page.items)?;
        Reply::ok(&Page { items, next: page.next, total: page.total })
    })
    .await
}
