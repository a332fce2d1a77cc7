//! Operations on the office's days.

use actix_web::web::Data;
use actix_web::{delete, get, post, put};
use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::auth::May;
use crate::auth::policy::{CreateClosure, DeleteClosure, ListCalendarDays, PreviewDeadline, SetCalendarDay};
use crate::calendar::{Closure, DayKind, DayOverride, Deadline, Moment, OfficeDay, Part, Period, store};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Record};
use crate::error::{Code, Error, Result, Text};
use crate::http::{IfMatch, Params, PathId, PathText, Reply, Valid, is_plausible, parameter, span};
use crate::office::SERVICE_POINTS;
use crate::scheduling::conflicts::{self, Cause, Conflict};
use crate::scheduling::{Desk, plan_changed};
use crate::state::State;

/// Which days to list.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DayQuery {
    /// First day; today when absent.
    from: Option<NaiveDate>,
    /// Last day, at most 366 days after the first; 30 days after it when absent.
    to: Option<NaiveDate>,
}

/// Days of the office.
#[derive(Serialize, ToSchema)]
pub struct DayList {
    #[schema(max_items = 367)]
    items: Vec<OfficeDay>,
}

/// Lists the office's days.
///
/// Kind, opening hours and note of each day in Asia/Taipei, with closures and days set by hand. Years without a
/// government calendar follow the week and are `provisional`.
#[utoipa::path(tag = "Calendar", operation_id = "list_calendar_days", params(DayQuery), responses((status = 200, description = "The days, in order.", body = DayList)))]
#[get("/v1/calendar/days")]
pub async fn list_calendar_days(
    may: May<ListCalendarDays>,
    state: Data<State>,
    Params(query): Params<DayQuery>,
) -> Result<Reply> {
    may.read_for_all(move |conn, by| {
        let (from, to) = span(query.from, query.to, by.now.date(), 30, 366)?;
        let plan = state.plans.at(conn)?;
        let items = from.iter_days().take_while(|date| *date <= to).map(|date| plan.calendar.day(date)).collect();
        Ok(Reply::ok(&DayList { items })?.public())
    })
    .await
}

/// A day as it shall be.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "WORKDAY", "opens": "08:00:00", "closes": "12:00:00", "reason": "選舉日支援投票"}))]
pub struct DayInput {
    kind: DayKind,
    /// `HH:MM:SS`, Asia/Taipei; the usual hours when absent.
    #[schema(value_type = Option<String>, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$")]
    opens: Option<NaiveTime>,
    /// `HH:MM:SS`, Asia/Taipei; the usual hours when absent.
    #[schema(value_type = Option<String>, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$")]
    closes: Option<NaiveTime>,
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// A changed day and the bookings that it hits.
#[derive(Serialize, ToSchema)]
pub struct DayChange {
    day: OfficeDay,
    /// Bookings whose slot no longer exists; an equal slot is kept where there is one.
    #[schema(max_items = 10000)]
    conflicts: Vec<Conflict>,
}

/// Sets one day by hand.
///
/// Beats the government's calendar; closures beat it. `If-Match` is `"v0"` for a day never set before, else the
/// version that the last change answered.
#[utoipa::path(tag = "Calendar", operation_id = "set_calendar_day", params(
    ("date" = NaiveDate, Path, description = "The day, `YYYY-MM-DD`.", example = "2026-11-28"), IfMatchHeader,
), request_body = DayInput, responses((status = 200, description = "The day as set.", body = DayChange)))]
#[put("/v1/calendar/days/{date}")]
pub async fn set_calendar_day(
    may: May<SetCalendarDay>,
    state: Data<State>,
    date: PathText<NaiveDate>,
    if_match: IfMatch,
    Valid(input): Valid<DayInput>,
) -> Result<Reply> {
    let date = date.0;
    if !is_plausible(date) {
        return Err(Code::NotFound.into());
    }
    if input.opens.is_some() != input.closes.is_some() || input.opens.zip(input.closes).is_some_and(|(from, to)| from >= to) {
        return Err(Error::field(
            "/closes",
            "range",
            Text::new("opens 與 closes 須同時給定且有先後", "give both opens and closes, in order"),
        ));
    }
    may.write(move |tx, by| {
        let version = store::override_version(tx, date)?;
        if_match.check(version)?;
        let day = DayOverride { date, kind: input.kind, opens: input.opens, closes: input.closes, reason: input.reason.clone() };
        store::put_override(tx, &day, &by.caller.name(), version + 1, by.now)?;
        plan_changed(tx)?;
        let plan = state.plans.uncommitted(tx)?;
        let desk = Desk::of(&state, &plan);
        conflicts::withdraw(tx, &desk, &date.to_string(), by.now)?;
        let conflicts = conflicts::note(tx, &desk, Cause::Closure, &date.to_string(), whole_day(date), false, by.now)?;
        let event = json!({"date": date, "kind": input.kind});
        tx.record(Record::change("calendar_day.set", format!("calendar/days/{date}"), event).because(input.reason.clone()));
        Ok(Reply::ok(&DayChange { day: plan.calendar.day(date), conflicts })?.version(version + 1))
    })
    .await
}

fn whole_day(date: NaiveDate) -> (Moment, Moment) {
    let start = Moment::from_taipei(date, NaiveTime::MIN);
    (start, start + chrono::Duration::days(1))
}

/// A closure to decide.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"date": "2026-11-25", "part": "ALL", "reason": "颱風停止上班", "dry_run": true}))]
pub struct ClosureInput {
    date: NaiveDate,
    part: Part,
    /// Code of the service point that it is limited to; the whole office when absent.
    #[validate(length(min = 1, max = 20))]
    #[schema(min_length = 1, max_length = 20)]
    area: Option<String>,
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
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
    /// The day as it is after the closure.
    day: OfficeDay,
    /// Bookings hit; an equal slot is kept where there is one.
    #[schema(max_items = 10000)]
    conflicts: Vec<Conflict>,
}

/// Closes a day or half a day.
///
/// For storms and the like (天然災害停止上班及上課作業辦法 §9–10). Bookings are never deleted: those hit become
/// conflicts to work off, each with an equal slot kept. With `dry_run` nothing changes and 200 is answered.
#[utoipa::path(tag = "Calendar", operation_id = "create_closure", request_body = ClosureInput, responses(
    (status = 200, description = "A dry run: what would happen.", body = ClosureEffect),
    (status = 201, description = "The closure is in force.", body = ClosureEffect),
    (status = 409, description = "`conflict`: the same part of the day is closed already."),
))]
#[post("/v1/calendar/closures")]
pub async fn create_closure(may: May<CreateClosure>, state: Data<State>, Valid(input): Valid<ClosureInput>) -> Result<Reply> {
    if input.area.as_deref().is_some_and(|area| !SERVICE_POINTS.contains(&area)) {
        let text = Text::new("應為 GET /v1/office 所列之服務據點代碼", "a service point's code from GET /v1/office");
        return Err(Error::field("/area", "not_allowed", text));
    }
    if !is_plausible(input.date) {
        return Err(Error::field("/date", "range", Text::new("日期超出範圍", "the date is out of range")));
    }
    may.write(move |tx, by| {
        let closure = Closure { date: input.date, part: input.part, area: input.area.clone(), reason: input.reason.clone() };
        if store::is_closed(tx, &closure)? {
            return Err(Code::Conflict.into());
        }
        let id = Id::new(by.now);
        let mut plan = state.plans.uncommitted(tx)?;
        plan.calendar.close(closure.clone());
        let desk = Desk::of(&state, &plan);
        let day = whole_day(input.date);
        let conflicts = conflicts::note(tx, &desk, Cause::Closure, id.as_str(), day, input.dry_run, by.now)?;
        let effect = ClosureEffect {
            id: (!input.dry_run).then_some(id),
            date: input.date,
            part: input.part,
            area: input.area.clone(),
            reason: input.reason.clone(),
            dry_run: input.dry_run,
            day: plan.calendar.day(input.date),
            conflicts,
        };
        if input.dry_run {
            return Reply::ok(&effect);
        }
        store::insert_closure(tx, id, &closure, &by.caller.name(), by.now)?;
        plan_changed(tx)?;
        let event = json!({"date": input.date, "part": input.part, "conflicts": effect.conflicts.len()});
        tx.record(Record::change("closure.created", format!("calendar/closures/{id}"), event).because(input.reason.clone()));
        Reply::created(format!("/v1/calendar/closures/{id}"), &effect)
    })
    .await
}

/// Withdraws a closure.
///
/// Bookings that were not moved yet have their slots again, unless another closure or an empty rota has taken
/// them too; the slots kept for them are free.
#[utoipa::path(tag = "Calendar", operation_id = "delete_closure", params(IdInPath), responses((status = 204, description = "The closure is withdrawn.")))]
#[delete("/v1/calendar/closures/{id}")]
pub async fn delete_closure(may: May<DeleteClosure>, state: Data<State>, id: PathId) -> Result<Reply> {
    may.write(move |tx, by| {
        if !store::withdraw_closure(tx, id.0, by.now)? {
            return Err(Code::NotFound.into());
        }
        plan_changed(tx)?;
        let plan = state.plans.uncommitted(tx)?;
        let restored = conflicts::withdraw(tx, &Desk::of(&state, &plan), id.0.as_str(), by.now)?;
        tx.record(Record::change("closure.withdrawn", format!("calendar/closures/{}", id.0), json!({"restored": restored})));
        Ok(Reply::done())
    })
    .await
}

/// What to count.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DeadlineQuery {
    /// Day of the event, which is not counted.
    from: NaiveDate,
    /// `30D` calendar days (1–3660), `7WD` working days (1–366), `1M` months (1–120), `1Y` years (1–10), or a named rule: BIRTH,
    /// REGISTRATION, GENERAL, PETITION_INQUIRY, PETITION_SUGGESTION, PETITION_OTHER.
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40, example = "7WD")]
    rule: String,
}

/// Periods that the domain knows by name (戶籍法 §48, 行政程序法 §51, petition rules of the office).
fn named(rule: &str) -> Option<Period> {
    Some(match rule {
        "BIRTH" => Period::Days(60),
        "REGISTRATION" | "PETITION_OTHER" => Period::Days(30),
        "GENERAL" => Period::Months(2),
        "PETITION_INQUIRY" => Period::WorkingDays(7),
        "PETITION_SUGGESTION" => Period::Days(15),
        _ => return None,
    })
}

/// Counts a deadline.
///
/// By 行政程序法 §48: the day of the event is not counted, a last day on a Saturday ends Monday noon, on another
/// day off at the end of the next working day. The ledger shows every day and the paragraph that decided it.
#[utoipa::path(tag = "Calendar", operation_id = "preview_deadline", params(DeadlineQuery), responses((status = 200, description = "The deadline with its ledger.", body = Deadline)))]
#[get("/v1/deadlines/preview")]
pub async fn preview_deadline(
    may: May<PreviewDeadline>,
    state: Data<State>,
    Params(query): Params<DeadlineQuery>,
) -> Result<Reply> {
    may.read(move |conn, _| {
        let period = named(&query.rule).or_else(|| query.rule.parse().ok());
        let text = || Text::new("應為 30D、7WD、1M、1Y 或具名規則", "30D, 7WD, 1M, 1Y or a named rule");
        let period = period.ok_or_else(|| parameter("rule", "pattern", text()))?;
        if !is_plausible(query.from) {
            return Err(parameter("from", "range", Text::new("日期超出範圍", "the date is out of range")));
        }
        let plan = state.plans.at(conn)?;
        Ok(Reply::ok(&Deadline::compute(&plan.calendar, query.from, period, &[]))?.public())
    })
    .await
}
