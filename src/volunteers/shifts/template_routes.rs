//! Operations on templates of shifts.

use actix_web::web::Data;
use actix_web::{get, patch, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::policy::{
    CreateShiftTemplate, EndShiftTemplate, GetShiftTemplate, ListShiftTemplates, ResumeShiftTemplate, UpdateShiftTemplate,
};
use super::templates::{
    self, ShiftTemplateAct, ShiftTemplateFilter, ShiftTemplateInput, ShiftTemplateView, Template, applied, note, view,
};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::Id;
use crate::error::Result;
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::{Note, Reason};
use crate::volunteers::history::{changes, json_of};

/// Lists templates of shifts.
///
/// Newest first.
#[utoipa::path(tag = "Shifts", operation_id = "list_shift_templates", params(ShiftTemplateFilter, Listing), responses(
    (status = 200, description = "A page of templates.", body = Page<ShiftTemplateView>),
))]
#[get("/v1/shift-templates")]
pub async fn list_shift_templates(
    may: May<ListShiftTemplates>,
    Params(query): Params<ShiftTemplateFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| Reply::ok(&templates::list(conn, &query, &paging)?.try_map(|row| view(by, row))?)).await
}

/// Shows a template of shifts.
///
/// With what it makes, and for which days of the week.
#[utoipa::path(tag = "Shifts", operation_id = "get_shift_template", params(IdInPath), responses((status = 200, description = "The template.", body = ShiftTemplateView)))]
#[get("/v1/shift-templates/{id}")]
pub async fn get_shift_template(may: May<GetShiftTemplate>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let row = templates::find(conn, id.0)?;
        shown(by, row)
    })
    .await
}

fn shown(by: &By, row: Template) -> Result<Reply> {
    let version = row.version;
    Ok(Reply::ok(&view(by, row)?)?.version(version))
}

/// Makes a template of shifts.
///
/// For days of the week; `POST /v1/shifts:generate` makes a shift of it for each of them on which the office is open.
#[utoipa::path(tag = "Shifts", operation_id = "create_shift_template", request_body = ShiftTemplateInput, responses(
    (status = 201, description = "The template.", body = ShiftTemplateView),
))]
#[post("/v1/shift-templates")]
pub async fn create_shift_template(
    may: May<CreateShiftTemplate>,
    node: Data<Node>,
    Valid(input): Valid<ShiftTemplateInput>,
) -> Result<Reply> {
    input.check()?;
    may.write(move |tx, by| {
        let row = Template::new(by, &input)?;
        templates::insert(tx, &row)?;
        note(tx, &node, &row, ShiftTemplateAct::Create, ("", Vec::new()))?;
        Ok(Reply::created(format!("/v1/{}", row.path()), &view(by, row)?)?.version(1))
    })
    .await
}

/// A template as it shall be from now on.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "template": {
        "name": "週間上午服務臺", "place": "二樓服務臺", "category": "GUIDANCE", "needs": [{"skill": null, "seats": 2}],
        "weekdays": ["MON", "TUE", "WED", "THU", "FRI"], "starts": "08:30:00", "lasts_minutes": 210, "from_on": "2026-12-01"
    }, "reason": "服務臺搬遷"
}))]
pub struct ShiftTemplatePatch {
    template: ShiftTemplateInput,
    /// Why, for the history, which keeps both values.
    reason: Note,
}

/// Changes a template of shifts.
///
/// As a whole, with a reason. Shifts that it made stay as they are; what it makes from now on is as it says now.
#[utoipa::path(tag = "Shifts", operation_id = "update_shift_template", params(IdInPath, IfMatchHeader), request_body = ShiftTemplatePatch, responses(
    (status = 200, description = "The template.", body = ShiftTemplateView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it has ended."),
))]
#[patch("/v1/shift-templates/{id}")]
pub async fn update_shift_template(
    may: May<UpdateShiftTemplate>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(change): Valid<ShiftTemplatePatch>,
) -> Result<Reply> {
    change.template.check().map_err(|refusal| refusal.within("/template"))?;
    may.write(move |tx, by| {
        let mut row = templates::find(tx, id.0)?;
        if_match.check(row.version)?;
        row.status = applied(by, &row, ShiftTemplateAct::Update)?;
        let changed = changes(&json_of(&row.said()?)?, &json_of(&change.template)?);
        if !changed.is_empty() {
            row.put(&change.template)?;
            templates::save(tx, &mut row)?;
            note(tx, &node, &row, ShiftTemplateAct::Update, (change.reason.as_str(), changed))?;
        }
        shown(by, row)
    })
    .await
}

/// Turns a template to another state.
async fn turn<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match): (Id, IfMatch),
    act: ShiftTemplateAct,
    why: Reason,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = templates::find(tx, id)?;
        if_match.check(row.version)?;
        row.status = applied(by, &row, act)?;
        templates::save(tx, &mut row)?;
        note(tx, &node, &row, act, (why.as_str(), Vec::new()))?;
        shown(by, row)
    })
    .await
}

/// Ends a template of shifts.
///
/// With a reason: it makes no shifts any more. Those that it made stay.
#[utoipa::path(tag = "Shifts", operation_id = "end_shift_template", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The template.", body = ShiftTemplateView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/shift-templates/{id}:end")]
pub async fn end_shift_template(
    may: May<EndShiftTemplate>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    turn(may, node, (id.0, if_match), ShiftTemplateAct::End, why).await
}

/// Lets a template of shifts go on.
///
/// With a reason: one that was ended makes shifts again.
#[utoipa::path(tag = "Shifts", operation_id = "resume_shift_template", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The template.", body = ShiftTemplateView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/shift-templates/{id}:resume")]
pub async fn resume_shift_template(
    may: May<ResumeShiftTemplate>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    turn(may, node, (id.0, if_match), ShiftTemplateAct::Resume, why).await
}
