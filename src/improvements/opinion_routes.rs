//! Operations on opinion items.

use actix_web::web::Data;
use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::model::{ImprovementTopic, OpinionAct, OpinionFilter, OpinionSource, OpinionStatus, OpinionTone};
use super::opinions::{self, Opinion, Said};
use super::policy::{
    CreateOpinionItem, GetOpinionItem, ListOpinionItems, ReopenOpinionItem, SetOpinionItemAside, UpdateOpinionItem,
};
use super::view::{OpinionItemView, allowed_on_opinion, opinion, shown_opinion};
use crate::accounts::staff;
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Record, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, coded, is_plausible, ordered_days, patch};
use crate::node::Node;
use crate::people::{Label, Reason};
use crate::petitions;

/// An opinion to enter.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"source": "PRESS", "said_on": "2026-11-20", "topic": "SERVICE", "tone": "NEGATIVE", "origin": "地方日報", "text": "洽公等候時間過長"}))]
pub struct OpinionItemInput {
    source: OpinionSource,
    /// Day on which it was said; not after today.
    said_on: NaiveDate,
    topic: ImprovementTopic,
    /// NEUTRAL where none is given.
    tone: Option<OpinionTone>,
    /// The newspaper, the event, the survey.
    origin: Option<Label>,
    /// What was said, sealed; of a cutting a summary.
    #[schema(min_length = 1, max_length = 5000)]
    text: String,
    /// With PETITION, and with nothing else: the petition out of which it comes, one that the caller sees and that is no secret.
    petition_id: Option<Id>,
    /// Account of whoever is in charge.
    owner_id: Option<Id>,
}

/// What to change in an opinion item.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"response": "已於 11 月起增開一櫃。"}))]
pub struct OpinionItemPatch {
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    said_on: Option<NaiveDate>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    topic: Option<ImprovementTopic>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    tone: Option<OpinionTone>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    origin: Option<Label>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_length = 1, max_length = 5000, nullable = false)]
    text: Option<String>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    owner_id: Option<Id>,
    /// What was answered, or is done about it: an open item is ANSWERED with it.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_length = 1, max_length = 5000, nullable = false)]
    response: Option<String>,
}

fn check_day(day: NaiveDate, by: &By) -> Result<()> {
    if day > by.now.date() || !is_plausible(day) {
        return Err(Error::field("/said_on", "range", Text::new("不得晚於今日", "not after today")));
    }
    Ok(())
}

/// Tells the journal; of what came out of a petition nothing goes into the feed, since the petition may become a secret.
pub fn note(tx: &mut Tx, row: &Opinion, act: OpinionAct, why: &str) {
    let action = act.line().journal;
    let record = if row.petition_id.is_some() {
        Record::read(action, row.path(), "")
    } else {
        Record::change(action, row.path(), json!({"status": row.status, "source": row.source, "topic": row.topic}))
    };
    tx.record(record.because(why));
}

/// Lists opinion items.
///
/// Newest first; those that came out of a petition to whoever reads that as it was written.
#[utoipa::path(tag = "Improvements", operation_id = "list_opinion_items", params(OpinionFilter, Listing), responses(
    (status = 200, description = "A page of opinion items.", body = Page<OpinionItemView>),
))]
#[get("/v1/opinion-items")]
pub async fn list_opinion_items(
    may: May<ListOpinionItems>,
    node: Data<Node>,
    Params(query): Params<OpinionFilter>,
    paging: Paging,
) -> Result<Reply> {
    ordered_days(query.from, query.to)?;
    may.read(move |conn, by| {
        let page = opinions::list(conn, by, &query, &paging)?;
        Reply::ok(&page.try_map(|row| opinion(&node, by, row))?)
    })
    .await
}

/// Shows an opinion item.
///
/// One that came out of a petition to whoever reads that as it was written.
#[utoipa::path(tag = "Improvements", operation_id = "get_opinion_item", params(IdInPath), responses((status = 200, description = "The opinion item.", body = OpinionItemView)))]
#[get("/v1/opinion-items/{id}")]
pub async fn get_opinion_item(may: May<GetOpinionItem>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let row = opinions::find(conn, by, id.0)?;
        shown_opinion(&node, by, row)
    })
    .await
}

/// Enters an opinion.
///
/// Out of the press, an event, the words of a survey, a petition, an inquiry, a complaint on the spot. Improvement items are made of it
/// (`POST /v1/improvement-items`).
#[utoipa::path(tag = "Improvements", operation_id = "create_opinion_item", request_body = OpinionItemInput, responses(
    (status = 201, description = "The opinion item.", body = OpinionItemView),
    (status = 409, description = "`holder_required`: nobody knows who works with the account that is put in charge."),
))]
#[post("/v1/opinion-items")]
pub async fn create_opinion_item(
    may: May<CreateOpinionItem>,
    node: Data<Node>,
    Valid(input): Valid<OpinionItemInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let row = input.enter(tx, &node, by)?;
        note(tx, &row, OpinionAct::Enter, "");
        let (address, version) = (format!("/v1/opinion-items/{}", row.id), row.version);
        Ok(Reply::created(address, &opinion(&node, by, row)?)?.version(version))
    })
    .await
}

impl OpinionItemInput {
    fn enter(&self, tx: &mut Tx, node: &Node, by: &By) -> Result<Opinion> {
        check_day(self.said_on, by)?;
        let rule = match (self.source == OpinionSource::Petition, self.petition_id) {
            (true, None) => Some("required"),
            (false, Some(_)) => Some("not_allowed"),
            _ => None,
        };
        if let Some(rule) = rule {
            return Err(Error::field("/petition_id", rule, coded(rule).1));
        }
        // What is secret, and what the caller does not see, answers alike.
        if let Some(petition) = self.petition_id
            && !petitions::is_open_to(tx, by, petition)?
        {
            return Err(Error::field(
                "/petition_id",
                "unknown",
                Text::new("查無此公開陳情", "no such petition that is no secret"),
            ));
        }
        let owner = self.owner_id.map(|owner| staff::in_charge(tx, by, Some(owner), "/owner_id")).transpose()?;
        let mut row = Opinion {
            id: Id::new(by.now),
            status: OpinionStatus::Open,
            source: self.source,
            said_on: self.said_on,
            topic: self.topic,
            tone: self.tone.unwrap_or(OpinionTone::Neutral),
            said: String::new(),
            owner,
            petition_id: self.petition_id,
            improvement_id: None,
            entered_by: by.caller.name(),
            created_at: by.now,
            version: 1,
        };
        let origin = self.origin.as_ref().map(|origin| origin.as_str().to_owned());
        row.put_said(&node.vault, &Said { origin, text: self.text.clone(), response: None, reason: None })?;
        opinions::insert(tx, &row)?;
        Ok(row)
    }
}

/// Changes an opinion item.
///
/// In whichever state; an open one is ANSWERED with its `response`.
#[utoipa::path(tag = "Improvements", operation_id = "update_opinion_item", params(IdInPath, IfMatchHeader), request_body = OpinionItemPatch, responses(
    (status = 200, description = "The opinion item.", body = OpinionItemView),
    (status = 409, description = "`holder_required`: nobody knows who works with the account that is put in charge."),
))]
#[patch("/v1/opinion-items/{id}")]
pub async fn update_opinion_item(
    may: May<UpdateOpinionItem>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(change): Valid<OpinionItemPatch>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = opinions::find(tx, by, id.0)?;
        if_match.check(row.version)?;
        if let Some(act) = change.put(tx, &node, by, &mut row)? {
            opinions::save(tx, &mut row)?;
            note(tx, &row, act, "");
        }
        shown_opinion(&node, by, row)
    })
    .await
}

impl OpinionItemPatch {
    /// Puts it into the item; by which act, where anything is other than it was.
    fn put(&self, tx: &mut Tx, node: &Node, by: &By, row: &mut Opinion) -> Result<Option<OpinionAct>> {
        self.said_on.map_or(Ok(()), |day| check_day(day, by))?;
        let before = (row.said(&node.vault)?, row.said_on, row.topic, row.tone, row.owner);
        let mut said = before.0.clone();
        patch::put(&mut row.said_on, self.said_on);
        patch::put(&mut row.topic, self.topic);
        patch::put(&mut row.tone, self.tone);
        patch::put(&mut said.text, self.text.clone());
        said.origin = self.origin.as_ref().map(|origin| origin.as_str().to_owned()).or(said.origin);
        said.response = self.response.clone().or(said.response);
        if let Some(owner) = self.owner_id.filter(|owner| row.owner != Some(*owner)) {
            row.owner = Some(staff::in_charge(tx, by, Some(owner), "/owner_id")?);
        }
        if before == (said.clone(), row.said_on, row.topic, row.tone, row.owner) {
            return Ok(None);
        }
        row.put_said(&node.vault, &said)?;
        let answers = OpinionAct::Answer.after(row.status).filter(|_| said.response != before.0.response);
        let Some(status) = answers else { return Ok(Some(OpinionAct::Update)) };
        row.status = status;
        Ok(Some(OpinionAct::Answer))
    }
}

/// Ends an opinion item, or opens it again, with the reason.
async fn turn<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match, act): (Id, IfMatch, OpinionAct),
    why: Reason,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = opinions::find(tx, by, id)?;
        if_match.check(row.version)?;
        let after = act.after(row.status);
        row.status = after.ok_or_else(|| Error::wrong_state(&allowed_on_opinion(by, row.status)))?;
        let said = Said { reason: Some(why.as_str().to_owned()), ..row.said(&node.vault)? };
        row.put_said(&node.vault, &said)?;
        opinions::save(tx, &mut row)?;
        note(tx, &row, act, why.as_str());
        shown_opinion(&node, by, row)
    })
    .await
}

/// Sets an opinion item aside.
///
/// With the reason why nothing comes of it, by a section chief or the director.
#[utoipa::path(tag = "Improvements", operation_id = "set_opinion_item_aside", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The opinion item.", body = OpinionItemView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/opinion-items/{id}:set-aside")]
pub async fn set_opinion_item_aside(
    may: May<SetOpinionItemAside>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    turn(may, node, (id.0, if_match, OpinionAct::SetAside), why).await
}

/// Opens an opinion item again.
///
/// With the reason: what was answered or set aside by mistake, or has come up again.
#[utoipa::path(tag = "Improvements", operation_id = "reopen_opinion_item", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The opinion item.", body = OpinionItemView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/opinion-items/{id}:reopen")]
pub async fn reopen_opinion_item(
    may: May<ReopenOpinionItem>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    turn(may, node, (id.0, if_match, OpinionAct::Reopen), why).await
}
