//! An inquiry as it is shown, and what the caller may do with it.

use serde::Serialize;
use utoipa::ToSchema;

use super::knowledge::InquiryTopic;
use super::model::{GivenAnswer, Handling, InquiryAct, InquiryChannel, InquiryStatus};
use super::store::Inquiry;
use crate::auth::{By, Reach};
use crate::calendar::OfficeCalendar;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Code, Error, Problem, Result};
use crate::http::Reply;
use crate::node::Node;
use crate::people::{ShownContact, contacts, mask_numbers};
use crate::petitions::{self, PetitionLanguage, PetitionTaken, Petitioner};
use crate::retention::require_kept;
use crate::scheduling::Plans;
use crate::states::{Part, in_own_matter, keep_apart, parts_of};
use crate::view_of;

/// How long an answer took: from the asking to the first answer.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(example = json!({"office": 12, "calendar": 12}))]
pub struct MinutesToAnswer {
    /// Whole minutes in which the service point was open, by the calendar as it stands.
    #[schema(minimum = 0)]
    office: i64,
    /// Whole minutes by the clock.
    #[schema(minimum = 0)]
    calendar: i64,
}

impl MinutesToAnswer {
    fn of(calendar: &OfficeCalendar, row: &Inquiry) -> Option<Self> {
        let answered_at = row.answered_at?;
        let office = calendar.open_between(Some(&row.service_point), row.asked_at, answered_at);
        Some(Self { office: office.num_minutes(), calendar: (answered_at - row.asked_at).num_minutes().max(0) })
    }
}

/// An inquiry in a list.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-Q48210375", "status": "OPEN", "channel": "PHONE",
    "topic": "REGISTRATION", "service_point": "HEMEI", "question": "請問遷入登記應備哪些文件？", "asked_at": "2026-11-23T09:00:00+08:00",
    "due_at": "2026-11-23T09:20:00+08:00", "answered_at": null, "minutes_to_answer": null, "late": false, "recheck_at": null
}))]
pub struct InquirySummary {
    id: Id,
    #[schema(max_length = 20)]
    number: String,
    status: InquiryStatus,
    channel: InquiryChannel,
    topic: InquiryTopic,
    #[schema(max_length = 20)]
    service_point: String,
    /// Numbers of people in it are masked.
    #[schema(max_length = 5000)]
    question: String,
    asked_at: Moment,
    /// The last moment for the first answer.
    due_at: Moment,
    answered_at: Option<Moment>,
    minutes_to_answer: Option<MinutesToAnswer>,
    /// Answered after its limit, or not yet though it has passed.
    late: bool,
    /// Since when it is known that the answer rests on what was wrong.
    recheck_at: Option<Moment>,
}

fn is_late(row: &Inquiry, now: Moment) -> bool {
    match row.answered_at {
        Some(at) => at > row.due_at,
        None => row.status == InquiryStatus::Open && now > row.due_at,
    }
}

/// Inquiries as a list shows them.
pub fn summary(node: &Node, calendar: &OfficeCalendar, now: Moment, row: Inquiry) -> Result<InquirySummary> {
    let question = mask_numbers(&row.asked(&node.vault)?.question);
    let (minutes_to_answer, late) = (MinutesToAnswer::of(calendar, &row), is_late(&row, now));
    Ok(view_of!(InquirySummary, row {
        id, number, status, channel, topic, service_point, asked_at, due_at, answered_at, recheck_at
    } question, minutes_to_answer, late))
}

/// An inquiry.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-Q48210375", "status": "OPEN", "channel": "PHONE",
    "topic": "REGISTRATION", "language": "zh", "service_point": "HEMEI", "question": "請問遷入登記應備哪些文件？", "asker": "王○明",
    "contact": null, "asked_at": "2026-11-23T09:00:00+08:00", "rule": "20MIN", "due_at": "2026-11-23T09:20:00+08:00",
    "answered_at": null, "minutes_to_answer": null, "late": false, "answers": [], "checked_by": null, "checked_at": null,
    "recheck_at": null, "reason": null, "petition_id": null, "allowed_actions": ["answer"]
}))]
pub struct InquiryView {
    pub id: Id,
    /// What people quote it by: random within the year.
    #[schema(max_length = 20)]
    pub number: String,
    pub status: InquiryStatus,
    pub channel: InquiryChannel,
    pub topic: InquiryTopic,
    pub language: PetitionLanguage,
    #[schema(max_length = 20)]
    pub service_point: String,
    /// To the last character.
    #[schema(max_length = 5000)]
    pub question: String,
    /// The name of whoever asks, masked; `null` where it is anonymous.
    #[schema(max_length = 100)]
    pub asker: Option<String>,
    /// How to reach them, masked but to themselves.
    pub contact: Option<ShownContact>,
    pub asked_at: Moment,
    /// Within what it is answered, as the setting was when it was asked: minutes of office time (`20MIN`), or a period (`3WD`).
    #[schema(max_length = 10)]
    pub rule: String,
    /// The last moment for the first answer; it follows the office's days.
    pub due_at: Moment,
    /// When it was answered first.
    pub answered_at: Option<Moment>,
    pub minutes_to_answer: Option<MinutesToAnswer>,
    /// Answered after its limit, or not yet though it has passed.
    pub late: bool,
    /// Each answer in order; the last one stands.
    #[schema(max_items = 100)]
    pub answers: Vec<GivenAnswer>,
    /// Who has looked at the answer that stands.
    #[schema(max_length = 60)]
    pub checked_by: Option<String>,
    pub checked_at: Option<Moment>,
    /// Since when it is known that the answer rests on what was wrong.
    pub recheck_at: Option<Moment>,
    /// Why it was closed without an answer, or opened again, last.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    /// The petition that was made of it last, also where it was opened again, to whoever reads that as it was written.
    pub petition_id: Option<Id>,
    /// By what the petition is followed: once, to be handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub petition: Option<PetitionTaken>,
    /// What the caller may do now.
    #[schema(value_type = Vec<InquiryAct>, max_items = 10)]
    pub allowed_actions: Vec<&'static str>,
}

/// What the caller has to do with the answer that stands, and with whoever asked.
fn parts(conn: &mut Conn, by: &By, row: &Inquiry, handling: &Handling) -> Result<Vec<Part>> {
    let answered = handling.standing().map(|answer| (Part::Clerk, answer.by.as_str(), Some(answer.entered_at)));
    let mut parts = parts_of(conn, &by.caller, answered)?;
    parts.extend(in_own_matter(conn, by, &row.people())?);
    Ok(parts)
}

/// What keeps the caller from an act that the state allows: whoever works here does nothing in their own matter; and what ends it while
/// whoever asked knows an answer that does not stand.
fn kept(act: InquiryAct, handling: &Handling, parts: &[Part]) -> Result<()> {
    keep_apart(parts, &[Part::Subject])?;
    act.keep_apart(parts)?;
    if act == InquiryAct::Close && handling.answers.iter().any(GivenAnswer::has_told) {
        let (zh, en) =
            ("已告知之答復不再適用，請先答復更正", "whoever asked was told an answer that does not stand: answer it first");
        return Err(Problem::new(Code::CONFLICT).detail(zh, en).into());
    }
    Ok(())
}

/// What the caller may do with an inquiry now.
fn allowed(conn: &mut Conn, by: &By, row: &Inquiry, handling: &Handling) -> Result<Vec<&'static str>> {
    if by.reach == Reach::Own || row.erased_at.is_some() {
        return Ok(Vec::new());
    }
    let parts = parts(conn, by, row, handling)?;
    let acts = InquiryAct::possible(row.status).filter(|act| act.line().is_granted(&by.caller));
    Ok(acts.filter(|act| kept(*act, handling, &parts).is_ok()).map(|act| act.line().name).collect())
}

/// The state after an act, or the refusal that names what the caller may do.
pub fn applied(conn: &mut Conn, by: &By, (row, handling): (&Inquiry, &Handling), act: InquiryAct) -> Result<InquiryStatus> {
    require_kept(row.erased_at)?;
    let Some(status) = act.after(row.status) else { return Err(Error::wrong_state(&allowed(conn, by, row, handling)?)) };
    kept(act, handling, &parts(conn, by, row, handling)?)?;
    Ok(status)
}

/// An inquiry as the caller sees it.
pub fn view(conn: &mut Conn, node: &Node, by: &By, row: Inquiry, petition: Option<PetitionTaken>) -> Result<InquiryView> {
    let (asked, handling) = (row.asked(&node.vault)?, row.handling(&node.vault)?);
    let is_own = by.reach == Reach::Own;
    let allowed_actions = allowed(conn, by, &row, &handling)?;
    let contact = contacts::of(conn, &node.vault, &row.path())?.map(|contact| contact.shown(is_own));
    let calendar = &node.part::<Plans>().at(conn)?.calendar;
    let (minutes_to_answer, late) = (MinutesToAnswer::of(calendar, &row), is_late(&row, by.now));
    let petition_id = match row.petition_id.filter(|_| !is_own) {
        Some(id) => petitions::known(conn, by, &[id])?.pop(),
        None => None,
    };
    let asker = asked.asker.as_ref().map(|asker| if is_own { asker.name.clone() } else { Petitioner::masked(asker) });
    let (checked_by, checked_at) = handling.checked.filter(|_| !is_own).unzip();
    let (question, answers, reason) = (asked.question, handling.answers, handling.reason);
    Ok(view_of!(InquiryView, row {
        id, number, status, channel, topic, language, service_point, asked_at, rule, due_at, answered_at, recheck_at
    } question, asker, contact, minutes_to_answer, late, answers, checked_by, checked_at, reason, petition_id, petition,
        allowed_actions))
}

/// The answer that shows an inquiry.
pub fn shown(conn: &mut Conn, node: &Node, by: &By, row: Inquiry) -> Result<Reply> {
    let version = row.version;
    Ok(Reply::ok(&view(conn, node, by, row, None)?)?.version(version))
}
