//! Opinion items and improvement items as they are shown, and what the caller may do with them.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::effect::ImprovementEffect;
use super::items::{Improvement, Said, Told};
use super::model::{ImprovementAct, ImprovementStatus, ImprovementTopic, OpinionAct, OpinionSource, OpinionStatus, OpinionTone};
use super::opinions::{self, Opinion};
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::http::Reply;
use crate::node::Node;
use crate::petitions::{self, ToldBy};
use crate::states::{Part, parts_of};
use crate::view_of;

/// An opinion item.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "status": "OPEN", "source": "PRESS", "said_on": "2026-11-20", "topic": "SERVICE",
    "tone": "NEGATIVE", "origin": "地方日報", "text": "洽公等候時間過長", "owner_id": null, "response": null, "reason": null,
    "petition_id": null, "improvement_item_id": null, "created_at": "2026-11-23T09:00:00+08:00", "allowed_actions": ["update"]
}))]
pub struct OpinionItemView {
    pub id: Id,
    pub status: OpinionStatus,
    pub source: OpinionSource,
    /// Day on which it was said, Asia/Taipei.
    pub said_on: NaiveDate,
    pub topic: ImprovementTopic,
    pub tone: OpinionTone,
    /// The newspaper, the event, the survey.
    #[schema(max_length = 100)]
    pub origin: Option<String>,
    #[schema(max_length = 5000)]
    pub text: String,
    /// Account of whoever is in charge.
    pub owner_id: Option<Id>,
    /// What was answered, or is done about it.
    #[schema(max_length = 5000)]
    pub response: Option<String>,
    /// Why it was set aside or opened again, last.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    /// The petition out of which it came.
    pub petition_id: Option<Id>,
    /// What came of it.
    pub improvement_item_id: Option<Id>,
    pub created_at: Moment,
    /// What the caller may do now.
    #[schema(value_type = Vec<OpinionAct>, max_items = 6)]
    pub allowed_actions: Vec<&'static str>,
}

/// What the caller may do with an opinion item now.
pub fn allowed_on_opinion(by: &By, status: OpinionStatus) -> Vec<&'static str> {
    let acts = OpinionAct::possible(status).filter(|act| act.line().is_granted(&by.caller));
    let mut names: Vec<&'static str> = acts.map(|act| act.line().name).collect();
    names.dedup();
    names
}

pub fn opinion(node: &Node, by: &By, row: Opinion) -> Result<OpinionItemView> {
    let said = row.said(&node.vault)?;
    let (owner_id, improvement_item_id, allowed_actions) = (row.owner, row.improvement_id, allowed_on_opinion(by, row.status));
    let (origin, text, response, reason) = (said.origin, said.text, said.response, said.reason);
    Ok(view_of!(OpinionItemView, row {
        id, status, source, said_on, topic, tone, petition_id, created_at
    } origin, text, owner_id, response, reason, improvement_item_id, allowed_actions))
}

/// The answer that shows an opinion item.
pub fn shown_opinion(node: &Node, by: &By, row: Opinion) -> Result<Reply> {
    let version = row.version;
    Ok(Reply::ok(&opinion(node, by, row)?)?.version(version))
}

/// That a petitioner was told what became of their suggestion.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"petition_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72", "adopted": true, "told_by": "MAIL", "at": "2026-11-23T09:00:00+08:00"}))]
pub struct AdoptionTold {
    petition_id: Id,
    /// That it is carried out, or that it is not after all.
    adopted: bool,
    told_by: ToldBy,
    at: Moment,
}

impl From<Told> for AdoptionTold {
    fn from(told: Told) -> Self {
        view_of!(AdoptionTold, told { petition_id, adopted, told_by, at })
    }
}

/// An improvement item.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "status": "ADOPTED", "topic": "SERVICE", "title": "增設線上取號",
    "cause": "尖峰時段等候過長", "plan": "於官網提供線上取號", "owner_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71",
    "due_on": "2026-12-23", "due_at": "2026-12-23T23:59:59+08:00", "overdue": false,
    "effect": {"measure": "平均等候時間", "unit": "分鐘", "before": 18, "after": null, "change": null}, "result": null,
    "opinion_item_ids": [], "done_by": null, "done_at": null, "checked_by": null, "checked_at": null, "reason": null, "told": [],
    "created_at": "2026-11-23T09:00:00+08:00", "allowed_actions": ["complete"]
}))]
pub struct ImprovementItemView {
    pub id: Id,
    pub status: ImprovementStatus,
    pub topic: ImprovementTopic,
    #[schema(max_length = 200)]
    pub title: String,
    #[schema(max_length = 2000)]
    pub cause: String,
    #[schema(max_length = 5000)]
    pub plan: String,
    /// Account of whoever is in charge.
    pub owner_id: Id,
    /// The last day, as it was said.
    pub due_on: NaiveDate,
    /// The end of that day, or of the next working day; it follows the office's days.
    pub due_at: Moment,
    /// To be carried out, and its end has passed.
    pub overdue: bool,
    pub effect: ImprovementEffect,
    /// What came of it.
    #[schema(max_length = 5000)]
    pub result: Option<String>,
    /// The opinions of which it came, of those that the caller sees.
    #[schema(max_items = 100)]
    pub opinion_item_ids: Vec<Id>,
    /// Who carried it out.
    #[schema(max_length = 60)]
    pub done_by: Option<String>,
    pub done_at: Option<Moment>,
    #[schema(max_length = 60)]
    pub checked_by: Option<String>,
    pub checked_at: Option<Moment>,
    /// Why its last day moved, it was returned, dropped or opened again, last.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    /// Which petitioners were told what, in order, of those petitions that the caller reads as they were written.
    #[schema(max_items = 1000)]
    pub told: Vec<AdoptionTold>,
    pub created_at: Moment,
    /// What the caller may do now.
    #[schema(value_type = Vec<ImprovementAct>, max_items = 10)]
    pub allowed_actions: Vec<&'static str>,
}

/// What the caller has to do with an improvement item by having proposed it, or carried it out.
fn parts(conn: &mut Conn, by: &By, row: &Improvement) -> Result<Vec<Part>> {
    let proposed = (Part::Proposer, row.proposed_by.as_str(), Some(row.created_at));
    let done = row.done_by.as_deref().map(|done| (Part::Clerk, done, row.done_at));
    parts_of(conn, &by.caller, [proposed].into_iter().chain(done))
}

/// What the caller may do with an improvement item now.
fn allowed(conn: &mut Conn, by: &By, row: &Improvement) -> Result<Vec<&'static str>> {
    let parts = parts(conn, by, row)?;
    let acts = ImprovementAct::possible(row.status).filter(|act| act.line().is_granted(&by.caller));
    let acts = acts.filter(|act| act.keep_apart(&parts).is_ok());
    let mut names: Vec<&'static str> = acts.map(|act| act.line().name).collect();
    names.dedup();
    Ok(names)
}

/// The state after an act, or the refusal that names what the caller may do.
pub fn applied(conn: &mut Conn, by: &By, row: &Improvement, act: ImprovementAct) -> Result<ImprovementStatus> {
    let Some(status) = act.after(row.status) else { return Err(Error::wrong_state(&allowed(conn, by, row)?)) };
    act.keep_apart(&parts(conn, by, row)?)?;
    Ok(status)
}

/// An improvement item as the caller sees it.
pub fn improvement(conn: &mut Conn, node: &Node, by: &By, row: Improvement) -> Result<ImprovementItemView> {
    let allowed_actions = allowed(conn, by, &row)?;
    let behind = opinions::behind(conn, row.id)?;
    let unseen = opinions::unseen_petitions(conn, by)?;
    let is_seen = |petition: &Option<Id>| petition.is_none_or(|petition| !unseen.contains(&petition));
    let opinion_item_ids = behind.iter().filter(|(_, petition)| is_seen(petition)).map(|(id, _)| *id).collect();
    let Said { title, cause, plan, measured, result, after, checked, reason, told } = row.said(&node.vault)?;
    let of: Vec<Id> = told.iter().map(|told| told.petition_id).collect();
    let known = petitions::known(conn, by, &of)?;
    let told = told.into_iter().filter(|told| known.contains(&told.petition_id)).map(AdoptionTold::from).collect();
    let (checked_by, checked_at) = checked.unzip();
    let overdue = ImprovementStatus::RUNNING.contains(&row.status) && row.due_at < by.now;
    let (owner_id, effect) = (row.owner, ImprovementEffect::of(measured, after));
    Ok(view_of!(ImprovementItemView, row {
        id, status, topic, due_on, due_at, done_by, done_at, created_at
    } title, cause, plan, owner_id, overdue, effect, result, opinion_item_ids, checked_by, checked_at, reason, told, allowed_actions))
}

/// The answer that shows an improvement item.
pub fn shown(conn: &mut Conn, node: &Node, by: &By, row: Improvement) -> Result<Reply> {
    let version = row.version;
    Ok(Reply::ok(&improvement(conn, node, by, row)?)?.version(version))
}
