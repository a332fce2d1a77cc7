//! Operations on closures: tried, made, read, withdrawn.

use actix_web::web::Data;
use actix_web::{delete, get, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::effects::{Change, Touched, touch};
use super::policy::{CreateClosure, DeleteClosure, GetClosure, ListClosures};
use crate::auth::May;
use crate::calendar::store::{self, ClosureFilter, StoredClosure};
use crate::calendar::{Closure, OfficeDay, Part};
use crate::cases;
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Record};
use crate::domain::{ChangedDays, Domains};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, is_plausible, ordered_days, page_of};
use crate::node::Node;
use crate::office::SERVICE_POINTS;
use crate::people::Note;
use crate::scheduling::Plans;
use crate::scheduling::{Context, conflicts, plan_changed};

/// A closure to decide.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"date": "2035-01-03", "part": "ALL", "reason": "颱風停止上班", "dry_run": true}))]
pub struct ClosureInput {
    date: NaiveDate,
    part: Part,
    /// Code of the service point that it is limited to; the whole office when absent.
    #[schema(min_length = 1, max_length = 20)]
    area: Option<String>,
    #[schema(value_type = Note)]
    reason: String,
    /// Only tell what would happen.
    #[serde(default)]
    #[schema(default = false)]
    dry_run: bool,
}

/// A closure and what it touches.
#[derive(Serialize, ToSchema)]
pub struct ClosureEffect {
    /// `null` in a dry run.
    id: Option<Id>,
    date: NaiveDate,
    part: Part,
    #[schema(max_length = 20)]
    area: Option<String>,
    #[schema(max_length = 500)]
    reason: String,
    dry_run: bool,
    /// The day as it is after the closure, at the service point that it is limited to.
    day: OfficeDay,
    #[serde(flatten)]
    touched: Touched,
}

/// Closes a day or half a day.
///
/// For storms and the like (天然災害停止上班及上課作業辦法 §9–10). Bookings are never deleted: those hit become
/// conflicts to work off, each with an equal slot kept. Volunteers' shifts within the closed hours are cancelled. Limits that fell on a closed day end later:
/// the office's, that for handing in papers, and the applicant's period of law (行政程序法 §48). A closed afternoon moves a limit as
/// a whole day does, to the end of the next day that is a working day to its end; a closed morning leaves the afternoon, and moves
/// none but one that ended at its noon. Limits of petitions move too, and are not listed: one may be confidential.
/// With `area` only what takes place at that service point is closed, and no limit moves: the office as such is
/// open. With `dry_run` nothing changes and 200 is answered.
#[utoipa::path(tag = "Calendar", operation_id = "create_closure", request_body = ClosureInput, responses(
    (status = 200, description = "A dry run: what would happen.", body = ClosureEffect),
    (status = 201, description = "The closure is in force.", body = ClosureEffect),
    (status = 409, description = "`conflict` with `standing_id`: the same part of the day is closed already."),
))]
#[post("/v1/calendar/closures")]
pub async fn create_closure(may: May<CreateClosure>, node: Data<Node>, Valid(input): Valid<ClosureInput>) -> Result<Reply> {
    if input.area.as_deref().is_some_and(|area| !SERVICE_POINTS.contains(&area)) {
        let text = Text::new("應為 GET /v1/office 所列之服務據點代碼", "a service point's code from GET /v1/office");
        return Err(Error::field("/area", "unknown", text));
    }
    if !is_plausible(input.date) {
        return Err(Error::field("/date", "range", Text::new("日期超出範圍", "the date is out of range")));
    }
    may.write(move |tx, by| {
        let closure = Closure { date: input.date, part: input.part, area: input.area.clone(), reason: input.reason.clone() };
        if let Some(standing) = store::standing(tx, &closure)? {
            let words = ("該日該時段已公告停止上班", "a closure of this part of the day stands already");
            return Err(Error::stands(standing, words));
        }
        let id = Id::new(by.now);
        let mut plan = node.part::<Plans>().uncommitted(tx)?;
        plan.calendar.close(closure.clone());
        let change = Change { cause_id: id.as_str(), first: input.date, last: input.date, dry_run: input.dry_run };
        let touched = touch(tx, &Context::of(&node, &plan), &node, &change, by.now)?;
        let effect = ClosureEffect {
            id: (!input.dry_run).then_some(id),
            date: input.date,
            part: input.part,
            area: input.area.clone(),
            reason: input.reason.clone(),
            dry_run: input.dry_run,
            day: plan.calendar.day_in(input.area.as_deref(), input.date),
            touched,
        };
        if input.dry_run {
            return Reply::ok(&effect);
        }
        store::insert_closure(tx, id, &closure, &by.caller.name(), by.now)?;
        plan_changed(tx)?;
        let event = json!({"date": input.date, "part": input.part, "conflicts": effect.touched.conflicts.len()});
        tx.record(Record::change("closure.created", format!("calendar/closures/{id}"), event).because(input.reason.clone()));
        Ok(Reply::created(format!("/v1/calendar/closures/{id}"), &effect)?.version(1))
    })
    .await
}

/// A closure.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "date": "2026-11-25", "part": "ALL", "area": null, "reason": "颱風停止上班",
    "created_at": "2026-11-24T20:00:00+08:00", "withdrawn_at": null
}))]
pub struct ClosureView {
    id: Id,
    date: NaiveDate,
    part: Part,
    /// Code of the service point that it is limited to.
    #[schema(max_length = 20)]
    area: Option<String>,
    #[schema(max_length = 500)]
    reason: String,
    created_at: Moment,
    withdrawn_at: Option<Moment>,
}

impl From<StoredClosure> for ClosureView {
    fn from(stored: StoredClosure) -> Self {
        let Closure { date, part, area, reason } = stored.closure;
        Self { id: stored.id, date, part, area, reason, created_at: stored.created_at, withdrawn_at: stored.withdrawn_at }
    }
}

/// Which closures to list.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ClosureQuery {
    /// First day.
    from: Option<NaiveDate>,
    /// Last day.
    to: Option<NaiveDate>,
    /// Also those that were withdrawn.
    #[param(default = false)]
    include_withdrawn: Option<bool>,
}

/// Lists closures.
///
/// Those in force, in the order of their making.
#[utoipa::path(tag = "Calendar", operation_id = "list_closures", params(ClosureQuery, Listing), responses((status = 200, description = "A page of closures.", body = Page<ClosureView>)))]
#[get("/v1/calendar/closures")]
pub async fn list_closures(may: May<ListClosures>, Params(query): Params<ClosureQuery>, paging: Paging) -> Result<Reply> {
    ordered_days(query.from, query.to)?;
    let filter = ClosureFilter { from: query.from, to: query.to, withdrawn: query.include_withdrawn.unwrap_or(false) };
    may.read(move |conn, _| {
        let (found, total) = store::list_closures(conn, &filter, paging.after.as_deref(), paging.rows(), paging.include_total)?;
        let items = found.into_iter().map(ClosureView::from).collect();
        Ok(Reply::ok(&page_of(&paging, items, total, |closure: &ClosureView| closure.id.to_string()))?.public())
    })
    .await
}

/// Shows a closure.
///
/// With the version that withdrawing it must name.
#[utoipa::path(tag = "Calendar", operation_id = "get_closure", params(IdInPath), responses((status = 200, description = "The closure.", body = ClosureView)))]
#[get("/v1/calendar/closures/{id}")]
pub async fn get_closure(may: May<GetClosure>, id: PathId) -> Result<Reply> {
    may.read(move |conn, _| {
        let kept = store::find_closure(conn, id.0)?;
        let version = kept.version;
        Ok(Reply::ok(&ClosureView::from(kept))?.version(version).public())
    })
    .await
}

/// Withdraws a closure.
///
/// Bookings that were not moved yet have their slots again, unless another closure or an empty rota has taken
/// them too; the slots kept for them are free. Volunteers' shifts that it cancelled take place again. Limits end as they did. Sent again it is answered alike, and nothing is done twice.
#[utoipa::path(tag = "Calendar", operation_id = "delete_closure", params(IdInPath, IfMatchHeader), responses((status = 204, description = "The closure is withdrawn.")))]
#[delete("/v1/calendar/closures/{id}")]
pub async fn delete_closure(may: May<DeleteClosure>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let kept = store::find_closure(tx, id.0)?;
        if kept.withdrawn_at.is_some() {
            return Ok(Reply::done());
        }
        if_match.check(kept.version)?;
        store::withdraw_closure(tx, id.0, by.now)?;
        plan_changed(tx)?;
        let plan = node.part::<Plans>().uncommitted(tx)?;
        let restored = conflicts::withdraw(tx, &Context::of(&node, &plan), id.0.as_str(), by.now)?;
        cases::recount(tx, &node, &plan.calendar, kept.closure.date, false, by.now)?;
        node.part::<Domains>().recount(tx, &node, &plan.calendar, kept.closure.date)?;
        let days = ChangedDays { first: kept.closure.date, last: kept.closure.date, dry_run: false };
        let shifts = node.part::<Domains>().follow_days(tx, &node, &plan.calendar, &days)?;
        let event = json!({"restored": restored, "shifts": shifts.len()});
        tx.record(Record::change("closure.withdrawn", format!("calendar/closures/{}", id.0), event));
        Ok(Reply::done())
    })
    .await
}
