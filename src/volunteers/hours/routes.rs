//! Reading hours: a volunteer's, everybody's by state, and one line.

use actix_web::get;
use actix_web::web::Data;

use super::ledger;
use super::policy::{GetHours, ListHours, ListVolunteerHours};
use super::store::{self, VolunteerHourFilter};
use super::view::{VolunteerHoursView, one, views};
use crate::auth::May;
use crate::contract::IdInPath;
use crate::error::Result;
use crate::http::{Listing, Page, Paging, Params, PathId, Reply, ordered_days};
use crate::node::Node;
use crate::volunteers::store as volunteers;

/// Lists the hours of a volunteer.
///
/// Newest first, of merged records too, with whether each counts and why not: by the days on which trainings were finished and the volunteer
/// became a full member, whenever it was entered (志願服務法 §9; 志願服務證及服務紀錄冊管理辦法 §9). Volunteers see their own alone.
#[utoipa::path(tag = "Volunteer hours", operation_id = "list_volunteer_hours", params(IdInPath, VolunteerHourFilter, Listing), responses(
    (status = 200, description = "A page of lines.", body = Page<VolunteerHoursView>),
))]
#[get("/v1/volunteers/{id}/hours")]
pub async fn list_volunteer_hours(
    may: May<ListVolunteerHours>,
    node: Data<Node>,
    id: PathId,
    Params(query): Params<VolunteerHourFilter>,
    paging: Paging,
) -> Result<Reply> {
    ordered_days(query.from, query.to)?;
    may.read(move |conn, by| {
        let volunteer = volunteers::find(conn, by, id.0)?;
        let (_, records) = ledger::standing(conn, &volunteer)?;
        let page = store::list(conn, by, &query, Some(records), &paging)?;
        let items = views(conn, &node, by, page.items)?;
        Reply::ok(&Page { items, next: page.next, total: page.total })
    })
    .await
}

/// Lists hours.
///
/// Newest first, of all volunteers whom the caller sees: by state, such as DISPUTED, by how presence is known, and by where they stand with
/// the ministry's system: NOT_REPORTED, REFUSED, and TO_CORRECT, which was reported and is otherwise since.
#[utoipa::path(tag = "Volunteer hours", operation_id = "list_hours", params(VolunteerHourFilter, Listing), responses(
    (status = 200, description = "A page of lines.", body = Page<VolunteerHoursView>),
))]
#[get("/v1/hours")]
pub async fn list_hours(
    may: May<ListHours>,
    node: Data<Node>,
    Params(query): Params<VolunteerHourFilter>,
    paging: Paging,
) -> Result<Reply> {
    ordered_days(query.from, query.to)?;
    may.read(move |conn, by| {
        let page = store::list(conn, by, &query, None, &paging)?;
        let items = views(conn, &node, by, page.items)?;
        Reply::ok(&Page { items, next: page.next, total: page.total })
    })
    .await
}

/// Shows a line of hours.
///
/// As it stands, with the line that it corrects or that corrects it.
#[utoipa::path(tag = "Volunteer hours", operation_id = "get_hours", params(IdInPath), responses((status = 200, description = "The line.", body = VolunteerHoursView)))]
#[get("/v1/hours/{id}")]
pub async fn get_hours(may: May<GetHours>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let (line, _) = store::find(conn, by, id.0)?;
        let version = line.version;
        Ok(Reply::ok(&one(conn, &node, by, line)?)?.version(version))
    })
    .await
}
