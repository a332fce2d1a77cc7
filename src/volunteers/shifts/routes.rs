//! Planning and reading shifts.

use actix_web::web::Data;
use actix_web::{get, post};

use super::days;
use super::model::{ShiftAct, ShiftFilter, ShiftInput};
use super::policy::{CreateShift, GetShift, ListShiftHistory, ListShifts};
use super::store::{self, Known, Shift};
use super::view::{ShiftView, note, shown, view};
use crate::auth::May;
use crate::contract::IdInPath;
use crate::error::{Error, Result, Text};
use crate::http::{Listing, Page, Paging, Params, PathId, Reply, Valid, ordered_days};
use crate::node::Node;
use crate::volunteers::history::{self, VolunteerHistoryLine};

/// Lists shifts.
///
/// In the order in which they were planned. Volunteers read those that take place, or were to.
#[utoipa::path(tag = "Shifts", operation_id = "list_shifts", params(ShiftFilter, Listing), responses((status = 200, description = "A page of shifts.", body = Page<ShiftView>)))]
#[get("/v1/shifts")]
pub async fn list_shifts(may: May<ListShifts>, Params(query): Params<ShiftFilter>, paging: Paging) -> Result<Reply> {
    ordered_days(query.from, query.to)?;
    may.read(move |conn, by| Reply::ok(&store::list(conn, by, &query, &paging)?.try_map(|row| view(by, row))?)).await
}

/// Shows a shift.
///
/// With the seats that it needs.
#[utoipa::path(tag = "Shifts", operation_id = "get_shift", params(IdInPath), responses((status = 200, description = "The shift.", body = ShiftView)))]
#[get("/v1/shifts/{id}")]
pub async fn get_shift(may: May<GetShift>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let row = store::find(conn, by, id.0)?;
        shown(by, row)
    })
    .await
}

/// Lists what was done with a shift.
///
/// In order, with reasons and both values of whatever was changed.
#[utoipa::path(tag = "Shifts", operation_id = "list_shift_history", params(IdInPath, Listing), responses(
    (status = 200, description = "A page of the history.", body = Page<VolunteerHistoryLine>),
))]
#[get("/v1/shifts/{id}/history")]
pub async fn list_shift_history(may: May<ListShiftHistory>, node: Data<Node>, id: PathId, paging: Paging) -> Result<Reply> {
    may.read(move |conn, by| {
        let row = store::find(conn, by, id.0)?;
        Reply::ok(&history::list(conn, &node.vault, &row.path(), &paging)?)
    })
    .await
}

/// Plans a shift.
///
/// Of volunteers: where and when, in which category, and how many seats, by skill. It may go on across midnight.
#[utoipa::path(tag = "Shifts", operation_id = "create_shift", request_body = ShiftInput, responses(
    (status = 201, description = "The shift.", body = ShiftView),
    (status = 409, description = "`office_closed`."),
))]
#[post("/v1/shifts")]
pub async fn create_shift(may: May<CreateShift>, node: Data<Node>, Valid(input): Valid<ShiftInput>) -> Result<Reply> {
    input.check()?;
    may.write(move |tx, by| {
        if input.ends_at <= by.now {
            return Err(Error::field("/ends_at", "range", Text::new("班次不得已結束", "a shift that is over is not planned")));
        }
        let shift = Shift::new(by, &input, &Known::ById)?;
        days::require_open(tx, &node, &shift)?;
        store::insert(tx, &shift)?;
        note(tx, &node, &shift, ShiftAct::Create, ("", Vec::new()))?;
        Ok(Reply::created(format!("/v1/{}", shift.path()), &view(by, shift)?)?.version(1))
    })
    .await
}
