//! Writing and reading improvement items.

use actix_web::web::Data;
use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::effect::ImprovementMeasure;
use super::items::{self, Improvement, Said, end_of};
use super::model::{ImprovementAct, ImprovementFilter, ImprovementStatus, ImprovementTopic, OpinionAct, OpinionStatus};
use super::opinion_routes::note as note_opinion;
use super::opinions;
use super::policy::{CreateImprovementItem, GetImprovementItem, ListImprovementItems, UpdateImprovementItem};
use super::settings::ImprovementSettings;
use super::view::{ImprovementItemView, allowed_on_opinion, applied, improvement, shown};
use crate::accounts::staff;
use crate::auth::{By, May};
use crate::calendar::Deadline;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Record, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{
    IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, coded, is_plausible, ordered_days, patch, unknown_at,
};
use crate::node::Node;
use crate::people::Note;
use crate::scheduling::Plans;

/// An improvement to propose.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "topic": "SERVICE", "title": "增設線上取號", "cause": "尖峰時段等候過長", "plan": "於官網提供線上取號",
    "measured": {"measure": "平均等候時間", "unit": "分鐘", "before": 18}
}))]
pub struct ImprovementItemInput {
    topic: ImprovementTopic,
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    /// What is wrong today, and why.
    #[schema(min_length = 1, max_length = 2000)]
    cause: String,
    #[schema(min_length = 1, max_length = 5000)]
    plan: String,
    /// By what its effect is known.
    measured: ImprovementMeasure,
    /// Account of whoever is in charge; the caller's own where none is given.
    owner_id: Option<Id>,
    /// The last day, Asia/Taipei; after `improvements.period` where none is given.
    due_on: Option<NaiveDate>,
    /// The opinions of which it comes: each is TAKEN_UP with it.
    #[serde(default)]
    #[schema(max_items = 100)]
    opinion_item_ids: Vec<Id>,
}

/// What to change in an improvement item.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"plan": "於官網及現場提供線上取號"}))]
pub struct ImprovementItemPatch {
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    topic: Option<ImprovementTopic>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    title: Option<String>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_length = 1, max_length = 2000, nullable = false)]
    cause: Option<String>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_length = 1, max_length = 5000, nullable = false)]
    plan: Option<String>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    measured: Option<ImprovementMeasure>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    owner_id: Option<Id>,
    /// Another last day, with the `reason`.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    due_on: Option<NaiveDate>,
    /// The opinions of which it comes, in the place of those that stood there; until it is adopted.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(max_items = 100, nullable = false)]
    opinion_item_ids: Option<Vec<Id>>,
    /// Why its last day moves.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    reason: Option<Note>,
}

/// Tells the journal.
pub fn note(tx: &mut Tx, row: &Improvement, act: ImprovementAct, why: &str) {
    let data = json!({"status": row.status, "topic": row.topic, "owner_id": row.owner, "due_at": row.due_at});
    tx.record(Record::change(act.line().journal, row.path(), data).because(why));
}

fn check_due(day: NaiveDate, by: &By) -> Result<()> {
    if day < by.now.date() || !is_plausible(day) {
        return Err(Error::field("/due_on", "range", Text::new("不得早於今日", "not before today")));
    }
    Ok(())
}

/// Lets an improvement come of these opinions, and of no others.
fn link(tx: &mut Tx, by: &By, item: &Improvement, wanted: &[Id]) -> Result<()> {
    let before: Vec<Id> = opinions::behind(tx, item.id)?.into_iter().map(|(id, _)| id).collect();
    for id in before.iter().filter(|id| !wanted.contains(id)) {
        let mut row = opinions::find(tx, by, *id)?;
        (row.status, row.improvement_id) = (OpinionStatus::Open, None);
        opinions::save(tx, &mut row)?;
        note_opinion(tx, &row, OpinionAct::Reopen, "");
    }
    for (n, id) in wanted.iter().enumerate().filter(|(_, id)| !before.contains(id)) {
        let at = format!("/opinion_item_ids/{n}");
        let mut row = opinions::find(tx, by, *id).map_err(unknown_at(at))?;
        let after = OpinionAct::TakeUp.after(row.status);
        row.status = after.ok_or_else(|| Error::wrong_state(&allowed_on_opinion(by, row.status)))?;
        row.improvement_id = Some(item.id);
        opinions::save(tx, &mut row)?;
        note_opinion(tx, &row, OpinionAct::TakeUp, "");
    }
    Ok(())
}

/// Lists improvement items.
///
/// Newest first.
#[utoipa::path(tag = "Improvements", operation_id = "list_improvement_items", params(ImprovementFilter, Listing), responses(
    (status = 200, description = "A page of improvement items.", body = Page<ImprovementItemView>),
))]
#[get("/v1/improvement-items")]
pub async fn list_improvement_items(
    may: May<ListImprovementItems>,
    node: Data<Node>,
    Params(query): Params<ImprovementFilter>,
    paging: Paging,
) -> Result<Reply> {
    ordered_days(query.from, query.to)?;
    may.read(move |conn, by| {
        let page = items::list(conn, by.now, &query, &paging)?;
        Reply::ok(&page.try_map(|row| improvement(conn, &node, by, row))?)
    })
    .await
}

/// Shows an improvement item.
///
/// With the opinions of which it came, its effect, and who was told of it.
#[utoipa::path(tag = "Improvements", operation_id = "get_improvement_item", params(IdInPath), responses((status = 200, description = "The improvement item.", body = ImprovementItemView)))]
#[get("/v1/improvement-items/{id}")]
pub async fn get_improvement_item(may: May<GetImprovementItem>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let row = items::find(conn, id.0)?;
        shown(conn, &node, by, row)
    })
    .await
}

/// Proposes an improvement.
///
/// Out of opinions or by itself; another adopts it (`:adopt`). A last day on which the office is closed ends with the next working day.
#[utoipa::path(tag = "Improvements", operation_id = "create_improvement_item", request_body = ImprovementItemInput, responses(
    (status = 201, description = "The improvement item.", body = ImprovementItemView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: another improvement came of the opinion, or it was set aside; `holder_required`: nobody knows who works with the account that is put in charge."),
))]
#[post("/v1/improvement-items")]
pub async fn create_improvement_item(
    may: May<CreateImprovementItem>,
    node: Data<Node>,
    Valid(input): Valid<ImprovementItemInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let row = input.propose(tx, &node, by)?;
        note(tx, &row, ImprovementAct::Propose, "");
        let (address, version) = (format!("/v1/improvement-items/{}", row.id), row.version);
        Ok(Reply::created(address, &improvement(tx, &node, by, row)?)?.version(version))
    })
    .await
}

impl ImprovementItemInput {
    fn propose(&self, tx: &mut Tx, node: &Node, by: &By) -> Result<Improvement> {
        self.due_on.map_or(Ok(()), |day| check_due(day, by))?;
        let owner = staff::in_charge(tx, by, self.owner_id, "/owner_id")?;
        let plan = node.part::<Plans>().at(tx)?;
        let period = node.config.of::<ImprovementSettings>().improvement_period;
        let usual = || Deadline::compute(&plan.calendar, by.now.date(), period, &[]).ends_on;
        let due_on = self.due_on.unwrap_or_else(usual);
        let mut row = Improvement {
            id: Id::new(by.now),
            status: ImprovementStatus::Proposed,
            topic: self.topic,
            said: String::new(),
            owner,
            proposed_by: by.caller.name(),
            done_by: None,
            done_at: None,
            due_on,
            due_at: end_of(&plan.calendar, due_on),
            overdue_at: None,
            created_at: by.now,
            version: 1,
        };
        let said = Said {
            title: self.title.clone(),
            cause: self.cause.clone(),
            plan: self.plan.clone(),
            measured: self.measured.clone(),
            result: None,
            after: None,
            checked: None,
            reason: None,
            told: Vec::new(),
        };
        row.put_said(&node.vault, &said)?;
        items::insert(tx, &row)?;
        link(tx, by, &row, &self.opinion_item_ids)?;
        Ok(row)
    }
}

/// Changes an improvement item.
///
/// Until it is carried out; its last day moves with a reason, and the opinions of which it comes stand once it is adopted.
#[utoipa::path(tag = "Improvements", operation_id = "update_improvement_item", params(IdInPath, IfMatchHeader), request_body = ImprovementItemPatch, responses(
    (status = 200, description = "The improvement item.", body = ImprovementItemView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `holder_required`: nobody knows who works with the account that is put in charge."),
))]
#[patch("/v1/improvement-items/{id}")]
pub async fn update_improvement_item(
    may: May<UpdateImprovementItem>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(change): Valid<ImprovementItemPatch>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = items::find(tx, id.0)?;
        if_match.check(row.version)?;
        row.status = applied(tx, by, &row, ImprovementAct::Update)?;
        if change.put(tx, &node, by, &mut row)? {
            items::save(tx, &mut row)?;
            note(tx, &row, ImprovementAct::Update, change.reason.as_ref().map_or("", Note::as_str));
        }
        shown(tx, &node, by, row)
    })
    .await
}

impl ImprovementItemPatch {
    /// Puts it into the item; whether anything is other than it was.
    fn put(&self, tx: &mut Tx, node: &Node, by: &By, row: &mut Improvement) -> Result<bool> {
        let before = (row.said(&node.vault)?, row.topic, row.owner, row.due_on);
        let mut said = before.0.clone();
        patch::put(&mut row.topic, self.topic);
        patch::put(&mut said.title, self.title.clone());
        patch::put(&mut said.cause, self.cause.clone());
        patch::put(&mut said.plan, self.plan.clone());
        patch::put(&mut said.measured, self.measured.clone());
        if let Some(owner) = self.owner_id.filter(|owner| row.owner != *owner) {
            row.owner = staff::in_charge(tx, by, Some(owner), "/owner_id")?;
        }
        if let Some(day) = self.due_on.filter(|day| *day != row.due_on) {
            check_due(day, by)?;
            let why = self.reason.as_ref().ok_or_else(|| Error::field("/reason", "required", coded("required").1))?;
            said.reason = Some(why.as_str().to_owned());
            let plan = node.part::<Plans>().at(tx)?;
            row.due(&plan.calendar, day);
        }
        let mut changed = before != (said.clone(), row.topic, row.owner, row.due_on);
        if let Some(wanted) = &self.opinion_item_ids {
            changed |= self.put_opinions(tx, by, row, wanted)?;
        }
        if changed {
            row.put_said(&node.vault, &said)?;
        }
        Ok(changed)
    }

    fn put_opinions(&self, tx: &mut Tx, by: &By, row: &Improvement, wanted: &[Id]) -> Result<bool> {
        let mut before: Vec<Id> = opinions::behind(tx, row.id)?.into_iter().map(|(id, _)| id).collect();
        let mut after = wanted.to_vec();
        before.sort_unstable();
        after.sort_unstable();
        after.dedup();
        if before == after {
            return Ok(false);
        }
        if row.status != ImprovementStatus::Proposed {
            let text = Text::new("採納後不得變更來源意見", "they stand once it is adopted");
            return Err(Error::field("/opinion_item_ids", "not_allowed", text));
        }
        link(tx, by, row, wanted)?;
        Ok(true)
    }
}
