//! A survey as it is shown, and what the caller may do with it.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::form::{SurveyItem, SurveyWording};
use super::model::{SurveyAct, SurveyStatus, SurveyedService};
use super::store::Survey;
use crate::auth::{By, Role};
use crate::calendar::OfficeCalendar;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Code, Error, Result};
use crate::http::Reply;
use crate::node::Node;
use crate::scheduling::Plans;
use crate::states::{Part, parts_of};

/// A survey: what it asks and when.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "status": "OPEN", "anonymous": true, "takes_answers": true, "open_to_all": false,
    "title": {"zh": "115 年度洽公服務滿意度調查", "en": "Satisfaction with our service, 2026"}, "introduction": null,
    "services": ["BOOKING_DONE"], "sent_after": ["BOOKING_DONE"], "sends_invitations": true, "opens_on": "2026-11-02", "closes_on": "2026-11-28", "ends_on": "2026-11-30", "closed_at": null,
    "items": [{
        "code": "OVERALL", "kind": "RATING", "required": true,
        "wording": {"zh": "整體而言，您對本所服務是否滿意？", "en": "All in all, are you satisfied with our service?"}
    }],
    "results_shown": false, "allowed_actions": []
}))]
pub struct SurveyView {
    pub id: Id,
    pub status: SurveyStatus,
    /// Always true, and for good: no answer can be joined to whoever gave it, by nobody.
    pub anonymous: bool,
    /// Whether answers are taken now.
    pub takes_answers: bool,
    /// Whether anybody can draw a token.
    pub open_to_all: bool,
    pub title: SurveyWording,
    pub introduction: Option<SurveyWording>,
    #[schema(max_items = 3)]
    pub services: Vec<SurveyedService>,
    /// After which services whoever had one is invited by e-mail.
    #[schema(max_items = 3)]
    pub sent_after: Vec<SurveyedService>,
    /// Whether invitations go out now: it is open, and they are not paused.
    pub sends_invitations: bool,
    pub opens_on: NaiveDate,
    pub closes_on: NaiveDate,
    /// Day at whose end no more answers are taken, Asia/Taipei: `closes_on`, or the next working day where the office is closed
    /// on it.
    pub ends_on: NaiveDate,
    pub closed_at: Option<Moment>,
    #[schema(max_items = 30)]
    pub items: Vec<SurveyItem>,
    /// Whether anybody has looked at the results: from then on it is not opened again.
    pub results_shown: bool,
    /// What the caller may do now; nothing but for staff.
    #[schema(value_type = Vec<SurveyAct>, max_items = 6)]
    pub allowed_actions: Vec<&'static str>,
}

const STAFF: [Role; 3] = [Role::Clerk, Role::Chief, Role::Director];

/// Whether the caller sees drafts and what was put away.
pub fn is_staff(by: &By) -> bool {
    STAFF.into_iter().any(|role| by.caller.has_role(role))
}

/// Refuses whoever may not see a survey: to them it is not there.
pub fn require_seen(by: &By, survey: &Survey) -> Result<()> {
    if survey.status.is_public() || is_staff(by) { Ok(()) } else { Err(Code::NOT_FOUND.into()) }
}

/// The day at whose end no more answers are taken: a limit does not end on a day on which the office is closed.
pub fn ends_on(calendar: &OfficeCalendar, survey: &Survey) -> NaiveDate {
    calendar.workday_from(survey.closes_on)
}

/// Whether a survey takes answers on a day.
pub fn takes_answers(calendar: &OfficeCalendar, survey: &Survey, today: NaiveDate) -> bool {
    let is_time = survey.opens_on <= today && today <= ends_on(calendar, survey);
    survey.status == SurveyStatus::Open && is_time
}

/// What the caller has to do with a survey by having written it.
pub fn parts(conn: &mut Conn, by: &By, survey: &Survey) -> Result<Vec<Part>> {
    let writers = survey.writers()?;
    parts_of(conn, &by.caller, writers.iter().map(|(writer, at)| (Part::Proposer, writer.as_str(), Some(*at))))
}

/// Whether what is to be done with a survey's invitations fits how they stand.
fn fits(act: SurveyAct, survey: &Survey) -> bool {
    match act {
        SurveyAct::PauseInvitations => survey.invites(),
        SurveyAct::ResumeInvitations => survey.invitations_paused_at.is_some(),
        _ => true,
    }
}

/// What the caller may do with a survey now.
fn allowed(conn: &mut Conn, by: &By, survey: &Survey) -> Result<Vec<&'static str>> {
    if !is_staff(by) {
        return Ok(Vec::new());
    }
    let parts = parts(conn, by, survey)?;
    let acts = SurveyAct::possible(survey.status).filter(|act| act.line().is_granted(&by.caller));
    let acts = acts.filter(|act| fits(*act, survey) && !(*act == SurveyAct::Reopen && survey.results_shown));
    Ok(acts.filter(|act| act.keep_apart(&parts).is_ok()).map(|act| act.line().name).collect())
}

/// The state after an act, or the refusal that names what the caller may do.
pub fn applied(conn: &mut Conn, by: &By, survey: &Survey, act: SurveyAct) -> Result<SurveyStatus> {
    let Some(status) = act.after(survey.status).filter(|_| fits(act, survey)) else {
        return Err(Error::wrong_state(&allowed(conn, by, survey)?));
    };
    act.keep_apart(&parts(conn, by, survey)?)?;
    Ok(status)
}

/// A survey as the caller sees it.
pub fn view(conn: &mut Conn, node: &Node, by: &By, survey: &Survey) -> Result<SurveyView> {
    let plan = node.part::<Plans>().at(conn)?;
    let allowed_actions = allowed(conn, by, survey)?;
    let form = survey.form()?;
    Ok(SurveyView {
        id: survey.id,
        status: survey.status,
        anonymous: true,
        takes_answers: takes_answers(&plan.calendar, survey, by.now.date()),
        open_to_all: form.open_to_all,
        title: form.title,
        introduction: form.introduction,
        services: form.services,
        sent_after: form.sent_after,
        sends_invitations: survey.status == SurveyStatus::Open && survey.invites(),
        opens_on: survey.opens_on,
        closes_on: survey.closes_on,
        ends_on: ends_on(&plan.calendar, survey),
        closed_at: survey.closed_at,
        items: form.items,
        results_shown: survey.results_shown,
        allowed_actions,
    })
}

/// The answer that shows a survey.
pub fn shown(conn: &mut Conn, node: &Node, by: &By, survey: &Survey) -> Result<Reply> {
    Ok(Reply::ok(&view(conn, node, by, survey)?)?.version(survey.version))
}
