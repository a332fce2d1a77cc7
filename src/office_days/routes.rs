//! Operations on the office's days.

use actix_web::web::Data;
use actix_web::{get, put};
use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::effects::{Change, Touched, touch};
use super::policy::{GetCalendarDay, ListCalendarDays, PreviewDeadline, SetCalendarDay};
use crate::auth::May;
use crate::bounded_list;
use crate::calendar::{DayKind, DayOverride, Deadline, OfficeDay, Period, store};
use crate::cases::CaseTypes;
use crate::contract::IfMatchHeader;
use crate::db::Record;
use crate::error::{Code, Error, Result, Text};
use crate::http::{
    BoundedListing, IfMatch, Params, PathText, Reply, Stretch, Valid, is_plausible, parameter, plausible_day, span,
};
use crate::node::Node;
use crate::people::Note;
use crate::petitions::PetitionSettings;
use crate::scheduling::Plans;
use crate::scheduling::{Context, conflicts, plan_changed};

/// Which days to list.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DayQuery {
    /// First day; today when absent.
    from: Option<NaiveDate>,
    /// Last day, at most 366 days after the first; 30 days after it when absent.
    to: Option<NaiveDate>,
}

bounded_list! {
    /// Days of the office.
    pub struct DayList of OfficeDay, at most 367
}

/// Lists the office's days.
///
/// Kind, opening hours and note of each day in Asia/Taipei, with closures and days set by hand. Years without a
/// government calendar follow the week and are `provisional`.
#[utoipa::path(tag = "Calendar", operation_id = "list_calendar_days", params(DayQuery, BoundedListing), responses((status = 200, description = "The days, in order.", body = DayList)))]
#[get("/v1/calendar/days")]
pub async fn list_calendar_days(
    may: May<ListCalendarDays>,
    node: Data<Node>,
    Params(query): Params<DayQuery>,
    stretch: Stretch,
) -> Result<Reply> {
    may.read_for_all(move |conn, by| {
        let (from, to) = span(query.from, query.to, by.now.date(), 30, 366)?;
        let plan = node.part::<Plans>().at(conn)?;
        let items = from.iter_days().take_while(|date| *date <= to).map(|date| plan.calendar.day(date)).collect();
        let page = stretch.page(items, |day: &OfficeDay| day.date.to_string());
        Ok(Reply::ok(&DayList::from(page))?.public())
    })
    .await
}

/// Shows one day.
///
/// Its `ETag` is what setting the day by hand asks for as `If-Match`.
#[utoipa::path(tag = "Calendar", operation_id = "get_calendar_day", params(
    ("date" = NaiveDate, Path, description = "The day, `YYYY-MM-DD`.", example = "2026-11-28"),
), responses((status = 200, description = "The day.", body = OfficeDay)))]
#[get("/v1/calendar/days/{date}")]
pub async fn get_calendar_day(may: May<GetCalendarDay>, node: Data<Node>, date: PathText<NaiveDate>) -> Result<Reply> {
    let date = plausible(date)?;
    may.read_for_all(move |conn, _| {
        let version = store::override_version(conn, date)?;
        let day = node.part::<Plans>().at(conn)?.calendar.day(date);
        Ok(Reply::ok(&day)?.version(version).public())
    })
    .await
}

fn plausible(date: PathText<NaiveDate>) -> Result<NaiveDate> {
    if is_plausible(date.0) { Ok(date.0) } else { Err(Code::NOT_FOUND.into()) }
}

/// A day as it shall be.
#[derive(Clone, Debug, Deserialize, ToSchema)]
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
    #[schema(value_type = Note)]
    reason: String,
}

/// A changed day and what it touches.
#[derive(Serialize, ToSchema)]
pub struct DayChange {
    day: OfficeDay,
    #[serde(flatten)]
    touched: Touched,
}

impl DayInput {
    fn check(&self) -> Result<()> {
        if self.opens.is_some() != self.closes.is_some() || self.opens.zip(self.closes).is_some_and(|(from, to)| from >= to) {
            let text = Text::new("opens 與 closes 須同時給定且有先後", "give both opens and closes, in order");
            return Err(Error::field("/closes", "range", text));
        }
        if self.opens.is_some() && matches!(self.kind, DayKind::Holiday | DayKind::Rest | DayKind::Closure) {
            let text = Text::new("未辦公之日不得給定時間", "a day on which the office is closed has no hours");
            return Err(Error::field("/opens", "not_allowed", text));
        }
        Ok(())
    }
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
    node: Data<Node>,
    date: PathText<NaiveDate>,
    if_match: IfMatch,
    Valid(input): Valid<DayInput>,
) -> Result<Reply> {
    let date = plausible(date)?;
    input.check()?;
    may.write(move |tx, by| {
        let version = store::override_version(tx, date)?;
        if_match.check(version)?;
        let day = DayOverride { date, kind: input.kind, opens: input.opens, closes: input.closes, reason: input.reason.clone() };
        store::put_override(tx, &day, &by.caller.name(), version + 1, by.now)?;
        plan_changed(tx)?;
        let plan = node.part::<Plans>().uncommitted(tx)?;
        let context = Context::of(&node, &plan);
        conflicts::withdraw(tx, &context, &date.to_string(), by.now)?;
        let change = Change { cause_id: &date.to_string(), first: date, last: date, dry_run: false };
        let touched = touch(tx, &context, &node, &change, by.now)?;
        let event = json!({"date": date, "kind": input.kind});
        tx.record(Record::change("calendar_day.set", format!("calendar/days/{date}"), event).because(input.reason.clone()));
        Ok(Reply::ok(&DayChange { day: plan.calendar.day(date), touched })?.version(version + 1))
    })
    .await
}

/// What to count.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DeadlineQuery {
    /// Day of the event, which is not counted.
    #[param(example = "2026-11-23")]
    from: NaiveDate,
    /// `30D` calendar days (1–3660), `7WD` working days (1–366), `1M` months (1–120), `1Y` years (1–10), or a named
    /// rule: the code of a case type with a legal period (as it stands on the day of the event), a kind of petition
    /// (INQUIRY, SUGGESTION, REPORT, RIGHTS), REGISTRATION or GENERAL.
    #[param(min_length = 1, max_length = 40, example = "7WD")]
    rule: String,
}

/// Periods that the domain knows by name: 戶籍法 §48, 行政程序法 §51, and the office's own for petitions.
fn named(settings: &PetitionSettings, rule: &str) -> Option<Period> {
    match rule {
        "REGISTRATION" => Some(Period::Days(30)),
        "GENERAL" => Some(Period::Months(2)),
        "INQUIRY" | "PETITION_INQUIRY" => Some(settings.inquiry_period),
        "SUGGESTION" | "PETITION_SUGGESTION" => Some(settings.suggestion_period),
        "REPORT" => Some(settings.report_period),
        "RIGHTS" | "PETITION_OTHER" => Some(settings.rights_period),
        _ => None,
    }
}

/// Counts a deadline.
///
/// By 行政程序法 §48: the day of the event is not counted, a last day on a Saturday ends Monday noon, on another
/// day off, or one whose afternoon is closed for the whole office, at the end of the next working day. The ledger shows every day and the paragraph that decided it;
/// `provisional` says that the government has not yet fixed one of those days.
#[utoipa::path(tag = "Calendar", operation_id = "preview_deadline", params(DeadlineQuery), responses((status = 200, description = "The deadline with its ledger.", body = Deadline)))]
#[get("/v1/deadlines/preview")]
pub async fn preview_deadline(
    may: May<PreviewDeadline>,
    node: Data<Node>,
    Params(query): Params<DeadlineQuery>,
) -> Result<Reply> {
    may.read(move |conn, _| {
        plausible_day("from", Some(query.from))?;
        let period = named(node.config.of(), &query.rule).or_else(|| query.rule.parse().ok());
        let period = match period {
            Some(period) => Some(period),
            None => node.part::<CaseTypes>().at(conn)?.legal_period(&query.rule, query.from),
        };
        let text = || Text::new("應為 30D、7WD、1M、1Y 或具名規則", "30D, 7WD, 1M, 1Y or a named rule");
        let period = period.ok_or_else(|| parameter("rule", "pattern", text()))?;
        let plan = node.part::<Plans>().at(conn)?;
        Ok(Reply::ok(&Deadline::compute(&plan.calendar, query.from, period, &[]))?.public())
    })
    .await
}
