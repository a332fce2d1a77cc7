//! Operations on sessions, outcomes and join links.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::ConsultationSettings;
use super::advisers::{self, Advisers, adviser_of};
use super::model::{CONSULTATION, JoinWindow, OutcomeResult, Topic};
use super::policy::{JoinConsultation, ListConsultationSessions, RecordConsultationOutcome};
use super::problems::LINK_NOT_OPEN;
use super::store::{self, Outcome};
use crate::auth::{By, May, Role};
use crate::bounded_list;
use crate::clock::Moment;
use crate::contract::IfMatchHeader;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{BoundedListing, IfMatch, Params, PathId, Reply, Stretch, Valid, span};
use crate::node::Node;
use crate::office::Bilingual;
use crate::scheduling::Plans;
use crate::scheduling::availability::{OfferedSlot, View, offered};
use crate::scheduling::bookings::model::{Booking, BookingAct, BookingStatus};
use crate::scheduling::bookings::{store as bookings, turns};
use crate::scheduling::plan::Plan;
use crate::scheduling::roster::{Roster, Rostered};
use crate::scheduling::services::WeeklyHours;
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
#[derive(Clone, Debug, Deserialize, IntoParams)]
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
    /// The adviser's slots of the day with what is left of them.
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
    node: Data<Node>,
    Params(query): Params<SessionQuery>,
    stretch: Stretch,
) -> Result<Reply> {
    may.read_for_all(move |conn, by| {
        let plan = node.part::<Plans>().at(conn)?;
        let (from, to) = span(query.from, query.to, by.now.date(), 7, 61)?;
        let (_, rule) = plan.service(CONSULTATION).ok_or(Code::NOT_FOUND)?;
        let mut items = Vec::new();
        for date in from.iter_days().take_while(|date| *date <= to) {
            let mut advisers = plan.on_duty(Advisers.code(), date);
            advisers.sort_by_key(|adviser| adviser.id);
            for hours in rule.hours_on(date) {
                if advisers.is_empty() {
                    items.push(session(conn, &plan, (date, hours), None, by.now)?);
                }
                for adviser in &advisers {
                    items.push(session(conn, &plan, (date, hours), Some(adviser), by.now)?);
                }
            }
        }
        let adviser = |session: &Session| session.adviser.as_ref().map_or_else(String::new, |adviser| adviser.id.to_string());
        let page = stretch.page(items, |session| format!("{} {}", session.starts_at, adviser(session)));
        Ok(Reply::ok(&SessionList::from(page))?.public())
    })
    .await
}

/// One adviser's sitting in these hours, with the slots that are theirs alone.
fn session(
    conn: &mut Conn,
    plan: &Plan,
    (date, hours): (NaiveDate, &WeeklyHours),
    adviser: Option<&Rostered>,
    now: Moment,
) -> Result<Session> {
    let (starts_at, ends_at) = (Moment::from_taipei(date, hours.from), Moment::from_taipei(date, hours.to));
    let resource = adviser.map(|adviser| advisers::resource(adviser.id));
    let view = View { resource: resource.as_deref(), ..View::PUBLIC };
    let mut slots = offered(conn, plan, CONSULTATION, (date, date), view, now)?;
    slots.retain(|slot| starts_at <= slot.starts_at && slot.ends_at <= ends_at);
    let closed = slots.is_empty();
    Ok(Session {
        date,
        starts_at,
        ends_at,
        adviser: adviser.map(|adviser| SessionAdviser { id: adviser.id, name: adviser.name.clone() }),
        status: if closed { SessionStatus::Cancelled } else { SessionStatus::Planned },
        note: closed
            .then(|| Bilingual::new("本所當日未辦公，或當日無值班律師", "the office is closed, or nobody is on the rota")),
        slots,
    })
}

/// How a consultation ended.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"result": "ADVISED", "minutes": 25}))]
pub struct OutcomeInput {
    result: OutcomeResult,
    /// Minutes that it took; may be left out, as 0, for `NO_SHOW` and `CONFLICT`.
    #[schema(minimum = 0, maximum = 480)]
    minutes: Option<i32>,
    /// A short note; never a transcript. Kept encrypted.
    #[schema(min_length = 1, max_length = 500)]
    note: Option<String>,
}

impl OutcomeInput {
    fn minutes(&self) -> Result<i32> {
        let took_none = matches!(self.result, OutcomeResult::NoShow | OutcomeResult::Conflict);
        let text = Text::new("請填諮詢分鐘數", "say how many minutes it took");
        self.minutes.or(took_none.then_some(0)).ok_or_else(|| Error::field("/minutes", "required", text))
    }
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
/// Once, from the start of the slot on; closes the booking unless it is `DONE` (or, for `NO_SHOW`, noted as such)
/// already, so that `If-Match` names the booking's version. `NO_SHOW` counts towards the suspension of online booking. No transcript is kept.
#[utoipa::path(tag = "Legal consultation", operation_id = "record_consultation_outcome", params(
    ("booking_id" = Id, Path, description = "Id of the booking."), IfMatchHeader,
), request_body = OutcomeInput, responses(
    (status = 201, description = "The outcome is recorded.", body = OutcomeView),
    (status = 409, description = "`wrong_state`: before the slot, or recorded already; `own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/consultations/{booking_id}/outcome")]
pub async fn record_consultation_outcome(
    may: May<RecordConsultationOutcome>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<OutcomeInput>,
) -> Result<Reply> {
    let minutes = input.minutes()?;
    may.write(move |tx, by| {
        let booking = bookings::find_to_act(tx, &node, by, id.0, &if_match)?;
        let topic = store::topic(tx, booking.id)?;
        let note =
            input.note.as_ref().map(|text| node.vault.seal(&format!("consultations/{}/note", booking.id), text).into_stored());
        let actor = by.caller.name();
        let outcome = Outcome { result: input.result, minutes, note, by: &actor };
        store::record_outcome(tx, booking.id, &outcome, by.now)?;
        let closed = close(tx, by, booking, input.result)?;
        let event = json!({"result": input.result, "minutes": minutes, "topic": topic});
        tx.record(Record::change("consultation.recorded", format!("consultations/{}", closed.id), event).about(closed.person_id));
        let view = OutcomeView {
            booking_id: closed.id,
            topic,
            result: input.result,
            minutes,
            status: closed.status,
            recorded_at: by.now,
        };
        Ok(Reply::created(format!("/v1/bookings/{}", closed.id), &view)?.version(closed.version))
    })
    .await
}

/// Brings the booking's state in line with the outcome.
fn close(tx: &mut Tx, by: &By, booking: Booking, result: OutcomeResult) -> Result<Booking> {
    if result == OutcomeResult::NoShow {
        let noted = booking.status == BookingStatus::NoShow;
        return if noted { Ok(booking) } else { turns::no_show(tx, by, booking, "") };
    }
    let Some(done) = booking.conclude(by)? else { return Ok(booking) };
    turns::save_act(tx, &done, BookingAct::Conclude, result.as_str())?;
    Ok(done)
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
pub async fn join_consultation(may: May<JoinConsultation>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let booking = bookings::find(conn, &node, by, id.0)?;
        if !booking.policy.video {
            return Err(Code::NOT_FOUND.into());
        }
        if !matches!(booking.status, BookingStatus::Booked | BookingStatus::CheckedIn) {
            return Err(Error::wrong_state(&booking.allowed_actions(by)));
        }
        let settings = node.config.of::<ConsultationSettings>();
        let window = JoinWindow::of(&booking, settings.join_margin_minutes);
        if !window.holds(by.now) {
            let problem = Problem::new(LINK_NOT_OPEN).with("opens_at", window.opens_at).with("closes_at", window.closes_at);
            return Err(problem.into());
        }
        let adviser = adviser_of(&booking.resource).is_some() && by.caller.has_role(Role::Adviser);
        let side = if adviser { "adviser" } else { "person" };
        let payload = format!("{}.{side}.{}", booking.id, window.closes_at.timestamp());
        let room = &node.vault.sign_link("room", booking.id.as_str())[..22];
        let token = format!("{payload}.{}", node.vault.sign_link("join", &payload));
        let join_url = settings.join_url_template.replace("{room}", room).replace("{token}", &token);
        Reply::ok(&JoinLink { join_url, opens_at: window.opens_at, closes_at: window.closes_at })
    })
    .await
}
