//! Operations on sessions, advisers, outcomes and join links.

use actix_web::web::Data;
use actix_web::{get, post, put};
use chrono::{Duration, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{Adviser, CONSULTATION, JoinWindow, OutcomeResult, Topic};
use super::store::{self, Outcome};
use crate::auth::policy::{
    CreateAdviser, JoinConsultation, ListAdvisers, ListConsultationSessions, RecordConsultationOutcome, SetRota,
};
use crate::auth::{May, Role};
use crate::bounded_list;
use crate::calendar::Moment;
use crate::contract::IfMatchHeader;
use crate::db::{Id, Record};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{BoundedListing, IfMatch, Params, PathId, PathText, Reply, Stretch, Valid, is_plausible, span};
use crate::office::Bilingual;
use crate::scheduling::availability::{OfferedSlot, offered};
use crate::scheduling::bookings::model::BookingStatus;
use crate::scheduling::bookings::{acts, store as bookings};
use crate::scheduling::conflicts::{self, Cause, Conflict};
use crate::state::State;
use crate::text_enum;

text_enum! {
    /// States of a session.
    pub enum SessionStatus {
        Planned = "PLANNED",
        /// The office is closed, or nobody is on the rota.
        Cancelled = "CANCELLED",
    }
}

/// Which sessions to list.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SessionQuery {
    /// First day; today when absent.
    from: Option<NaiveDate>,
    /// Last day, at most 61 days after the first; seven days after it when absent.
    to: Option<NaiveDate>,
}

/// One adviser's sitting on one day.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "date": "2026-11-25", "starts_at": "2026-11-25T09:00:00+08:00", "ends_at": "2026-11-25T11:30:00+08:00",
    "adviser": {"id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "name": "林律師"}, "status": "PLANNED", "note": null, "slots": []
}))]
pub struct Session {
    date: NaiveDate,
    starts_at: Moment,
    ends_at: Moment,
    /// `null` when nobody is on the rota.
    adviser: Option<SessionAdviser>,
    status: SessionStatus,
    /// Why it is cancelled.
    note: Option<Bilingual>,
    /// The day's slots with what is left of them.
    #[schema(max_items = 40)]
    slots: Vec<OfferedSlot>,
}

/// Who sits.
#[derive(Clone, Serialize, ToSchema)]
pub struct SessionAdviser {
    id: Id,
    #[schema(max_length = 100)]
    name: String,
}

bounded_list! {
    /// Sessions of legal consultation.
    pub struct SessionList of Session, at most 500
}

/// Lists sessions of legal consultation.
///
/// Generated from the rule (plan: Monday, Wednesday and Friday 09:00–11:30), the calendar and the rota.
/// Sessions on closed days stay in the list as `CANCELLED`.
#[utoipa::path(tag = "Legal consultation", operation_id = "list_consultation_sessions", params(SessionQuery, BoundedListing), responses((status = 200, description = "The sessions, by start.", body = SessionList)))]
#[get("/v1/consultations/sessions")]
pub async fn list_consultation_sessions(
    may: May<ListConsultationSessions>,
    state: Data<State>,
    Params(query): Params<SessionQuery>,
    stretch: Stretch,
) -> Result<Reply> {
    may.read_for_all(move |conn, by| {
        let plan = state.plans.at(conn)?;
        let (from, to) = span(query.from, query.to, by.now.date(), 7, 61)?;
        let (_, rule) = plan.service(CONSULTATION).ok_or(Code::NotFound)?;
        let mut items = Vec::new();
        for date in from.iter_days().take_while(|date| *date <= to) {
            let slots = offered(conn, &plan, CONSULTATION, (date, date), by.now)?;
            for hours in rule.hours_on(date) {
                let session = |adviser: Option<SessionAdviser>, note: Option<Bilingual>| Session {
                    date,
                    starts_at: Moment::from_taipei(date, hours.from),
                    ends_at: Moment::from_taipei(date, hours.to),
                    adviser,
                    status: if note.is_none() { SessionStatus::Planned } else { SessionStatus::Cancelled },
                    note,
                    slots: slots.clone(),
                };
                let closed = slots.is_empty().then(|| {
                    Bilingual::new("本所當日未辦公，或當日無值班律師", "the office is closed, or nobody is on the rota")
                });
                let mut advisers = plan.advisers_on(date);
                advisers.sort_by_key(|adviser| adviser.id);
                if advisers.is_empty() {
                    items.push(session(None, closed));
                    continue;
                }
                items.extend(
                    advisers.iter().map(|a| session(Some(SessionAdviser { id: a.id, name: a.name.clone() }), closed.clone())),
                );
            }
        }
        let adviser = |session: &Session| session.adviser.as_ref().map_or_else(String::new, |adviser| adviser.id.to_string());
        let page = stretch.page(items, |session| format!("{} {}", session.starts_at, adviser(session)));
        Ok(Reply::ok(&SessionList::from(page))?.public())
    })
    .await
}

bounded_list! {
    /// Advisers of the county.
    pub struct AdviserList of Adviser, at most 200
}

/// Lists the county's advisers.
///
/// With the weekdays on which the rota has them unless it says otherwise.
#[utoipa::path(tag = "Legal consultation", operation_id = "list_advisers", params(BoundedListing), responses((status = 200, description = "The advisers.", body = AdviserList)))]
#[get("/v1/consultations/advisers")]
pub async fn list_advisers(may: May<ListAdvisers>, stretch: Stretch) -> Result<Reply> {
    may.read(move |conn, _| {
        let page = stretch.page(store::all_advisers(conn)?, |adviser| adviser.id.to_string());
        Reply::ok(&AdviserList::from(page))
    })
    .await
}

/// An adviser to add.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "林律師", "weekdays": ["MON", "WED"]}))]
pub struct AdviserInput {
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Account with the role LEG, so that the adviser sees their own sessions.
    account_id: Option<Id>,
    /// Days on the rota unless it says otherwise: `MON` … `SUN`.
    #[validate(length(max = 7))]
    #[schema(max_items = 7)]
    weekdays: Vec<String>,
}

/// Adds an adviser.
///
/// From the next matching weekday on their seats can be booked.
#[utoipa::path(tag = "Legal consultation", operation_id = "create_adviser", request_body = AdviserInput, responses(
    (status = 201, description = "The adviser.", body = Adviser),
    (status = 409, description = "`conflict`: the account is an adviser's already."),
))]
#[post("/v1/consultations/advisers")]
pub async fn create_adviser(may: May<CreateAdviser>, Valid(input): Valid<AdviserInput>) -> Result<Reply> {
    let weekdays = store::weekday_numbers(&input.weekdays)?;
    may.write(move |tx, by| {
        if let Some(account) = input.account_id {
            let facts = crate::auth::account_facts(tx, account)?;
            if !facts.is_some_and(|facts| facts.roles.contains(&Role::Adviser)) {
                let text = Text::new("查無此法律顧問帳號", "no account with the role LEG has this id");
                return Err(Error::field("/account_id", "not_allowed", text));
            }
            if store::has_adviser(tx, account)? {
                return Err(Code::Conflict.into());
            }
        }
        let id = store::insert_adviser(tx, &input.name, input.account_id, &weekdays, by.now)?;
        tx.record(Record::change("adviser.created", format!("consultations/advisers/{id}"), json!({"weekdays": input.weekdays})));
        let adviser = Adviser {
            id,
            name: input.name.clone(),
            account_id: input.account_id,
            weekdays: input.weekdays.clone(),
            active: true,
        };
        Reply::created(format!("/v1/consultations/advisers/{id}"), &adviser)
    })
    .await
}

/// Who sits on a date.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"adviser_ids": ["019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f"], "reason": "林律師請假"}))]
pub struct RotaInput {
    /// Empty: nobody sits, and the day has no slots.
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    adviser_ids: Vec<Id>,
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// The rota of a date and the bookings that its change hits.
#[derive(Serialize, ToSchema)]
pub struct RotaChange {
    date: NaiveDate,
    #[schema(max_items = 20)]
    adviser_ids: Vec<Id>,
    /// Bookings whose adviser no longer sits; an equal slot is kept where there is one.
    #[schema(max_items = 1000)]
    conflicts: Vec<Conflict>,
}

/// Sets who sits on a date.
///
/// `If-Match` is `"v0"` for a date that follows the weekdays so far, else the version last answered. Bookings
/// with an adviser who no longer sits become conflicts to work off.
#[utoipa::path(tag = "Legal consultation", operation_id = "set_rota", params(
    ("date" = NaiveDate, Path, description = "The day, `YYYY-MM-DD`.", example = "2026-11-25"), IfMatchHeader,
), request_body = RotaInput, responses((status = 200, description = "The rota as set.", body = RotaChange)))]
#[put("/v1/consultations/rota/{date}")]
pub async fn set_rota(
    may: May<SetRota>,
    state: Data<State>,
    date: PathText<NaiveDate>,
    if_match: IfMatch,
    Valid(input): Valid<RotaInput>,
) -> Result<Reply> {
    let date = date.0;
    if !is_plausible(date) {
        return Err(Code::NotFound.into());
    }
    may.write(move |tx, by| {
        let version = store::rota_version(tx, date)?;
        if_match.check(version)?;
        let known = store::all_advisers(tx)?;
        if let Some(index) = input.adviser_ids.iter().position(|id| !known.iter().any(|a| a.id == *id && a.active)) {
            let text = Text::new("查無此法律顧問", "no such adviser");
            return Err(Error::field(format!("/adviser_ids/{index}"), "not_allowed", text));
        }
        store::put_rota(tx, date, &input.adviser_ids, &input.reason, version + 1, by.now)?;
        let plan = state.plans.uncommitted(tx)?;
        let start = Moment::from_taipei(date, NaiveTime::MIN);
        conflicts::withdraw(tx, &format!("rota/{date}"), by.now)?;
        let span = (start, start + Duration::days(1));
        let conflicts = conflicts::note(tx, &plan, Cause::Rota, &format!("rota/{date}"), span, false, by.now)?;
        let event = json!({"date": date, "adviser_ids": input.adviser_ids, "conflicts": conflicts.len()});
        tx.record(Record::change("rota.set", format!("consultations/rota/{date}"), event).because(input.reason.clone()));
        Ok(Reply::ok(&RotaChange { date, adviser_ids: input.adviser_ids.clone(), conflicts })?.version(version + 1))
    })
    .await
}

/// How a consultation ended.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"result": "ADVISED", "minutes": 25}))]
pub struct OutcomeInput {
    result: OutcomeResult,
    /// Minutes that it took.
    #[validate(range(min = 0, max = 480))]
    #[schema(minimum = 0, maximum = 480)]
    minutes: i32,
    /// A short note; never a transcript. Kept encrypted.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    note: Option<String>,
}

/// An outcome as recorded.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"booking_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "topic": "INHERITANCE", "result": "ADVISED", "minutes": 25, "status": "DONE", "recorded_at": "2026-11-25T09:30:00+08:00"}))]
pub struct OutcomeView {
    booking_id: Id,
    topic: Topic,
    result: OutcomeResult,
    minutes: i32,
    /// The booking's state now.
    status: BookingStatus,
    recorded_at: Moment,
}

/// Records how a consultation ended.
///
/// Once, from the start of the slot on; closes the booking. `NO_SHOW` counts towards the suspension of online
/// booking. No transcript is kept.
#[utoipa::path(tag = "Legal consultation", operation_id = "record_consultation_outcome", params(
    ("booking_id" = Id, Path, description = "Id of the booking."),
), request_body = OutcomeInput, responses(
    (status = 201, description = "The outcome is recorded.", body = OutcomeView),
    (status = 409, description = "`wrong_state`: before the slot, or recorded already."),
))]
#[post("/v1/consultations/{booking_id}/outcome")]
pub async fn record_consultation_outcome(
    may: May<RecordConsultationOutcome>,
    state: Data<State>,
    id: PathId,
    Valid(input): Valid<OutcomeInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let booking = bookings::find(tx, by, id.0)?;
        let topic = store::topic(tx, booking.id)?;
        let note =
            input.note.as_ref().map(|text| state.vault.seal(&format!("consultations/{}/note", booking.id), text).into_stored());
        let actor = by.caller.name();
        let outcome = Outcome { result: input.result, minutes: input.minutes, note, by: &actor };
        store::record_outcome(tx, booking.id, &outcome, by.now)?;
        let closed = if input.result == OutcomeResult::NoShow {
            acts::no_show(tx, booking, "", by.now)?
        } else {
            let done = booking.conclude(by.now)?;
            acts::settle(tx, &done, "booking.done", input.result.as_str())?;
            done
        };
        let event = json!({"result": input.result, "minutes": input.minutes, "topic": topic});
        tx.record(Record::change("consultation.recorded", format!("consultations/{}", closed.id), event).about(closed.person_id));
        let view = OutcomeView {
            booking_id: closed.id,
            topic,
            result: input.result,
            minutes: input.minutes,
            status: closed.status,
            recorded_at: by.now,
        };
        Reply::created(format!("/v1/bookings/{}", closed.id), &view)
    })
    .await
}

/// Where to join a consultation.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"join_url": "https://meet.example.gov.tw/9f003b1d?token=…", "opens_at": "2026-11-25T08:50:00+08:00", "closes_at": "2026-11-25T09:40:00+08:00"}))]
pub struct JoinLink {
    /// Signed, and good until `closes_at`.
    #[schema(max_length = 500)]
    join_url: String,
    opens_at: Moment,
    closes_at: Moment,
}

/// Gives the link to join a consultation.
///
/// To the booked person and the adviser, from ten minutes before the slot to ten after it (a setting). Outside
/// that time 409 `link_not_open` tells when.
#[utoipa::path(tag = "Legal consultation", operation_id = "join_consultation", params(
    ("booking_id" = Id, Path, description = "Id of the booking."),
), responses(
    (status = 200, description = "The link.", body = JoinLink),
    (status = 409, description = "`link_not_open` with `opens_at` and `closes_at`, or `wrong_state`."),
))]
#[get("/v1/consultations/{booking_id}/join")]
pub async fn join_consultation(may: May<JoinConsultation>, state: Data<State>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let booking = bookings::find(conn, by, id.0)?;
        if !booking.policy.video {
            return Err(Code::NotFound.into());
        }
        if !matches!(booking.status, BookingStatus::Booked | BookingStatus::CheckedIn) {
            return Err(Error::wrong_state(booking.allowed_actions()));
        }
        let window = JoinWindow::of(&booking, state.config.join_margin_minutes);
        if !window.holds(by.now) {
            let problem = Problem::new(Code::LinkNotOpen).with("opens_at", window.opens_at).with("closes_at", window.closes_at);
            return Err(problem.into());
        }
        let adviser = booking.resource.starts_with("advisers/") && by.caller.has_role(Role::Adviser);
        let side = if adviser { "adviser" } else { "person" };
        let payload = format!("{}.{side}.{}", booking.id, window.closes_at.timestamp());
        let room = &state.vault.sign_link("room", booking.id.as_str())[..22];
        let token = format!("{payload}.{}", state.vault.sign_link("join", &payload));
        let join_url = state.config.join_url_template.replace("{room}", room).replace("{token}", &token);
        Reply::ok(&JoinLink { join_url, opens_at: window.opens_at, closes_at: window.closes_at })
    })
    .await
}
