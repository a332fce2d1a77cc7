//! What is held back from disposal, whatever its age: for a court, an audit, or whoever needs it still.

use actix_web::web::Data;
use actix_web::{get, post};
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::keepers::Keepers;
use super::model::HoldAct;
use super::policy::{CreateRetentionHold, GetRetentionHold, LiftRetentionHold, ListRetentionHolds};
use super::store::{self, Hold};
use super::view::RetentionHoldView;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Backend, Conn, Id, Record, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::{Note, Reason};
use crate::read_page;
use crate::schema::retention_holds as holds;

/// What to hold back.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"record": "petitions/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "reason": "訴訟進行中"}))]
pub struct RetentionHoldInput {
    /// `petitions/{id}`, `inquiries/{id}` or `on-site-complaints/{id}`.
    #[schema(min_length = 1, max_length = 80)]
    record: String,
    reason: Note,
}

/// Lists holds.
///
/// Newest first, those that were lifted too, of records that the caller sees. Why is `＊＊＊` where they do not read the record as it was
/// written, but for what they said themselves, and empty once that is erased.
#[utoipa::path(tag = "Retention", operation_id = "list_retention_holds", params(Listing), responses(
    (status = 200, description = "A page of holds.", body = Page<RetentionHoldView>),
))]
#[get("/v1/retention-holds")]
pub async fn list_retention_holds(may: May<ListRetentionHolds>, node: Data<Node>, paging: Paging) -> Result<Reply> {
    may.read(move |conn, by| {
        let seen = store::seen_holds(conn, &node, by)?;
        let matching = || -> holds::BoxedQuery<'_, Backend> { holds::table.filter(holds::id.eq_any(seen.clone())).into_boxed() };
        let page = read_page!(conn, &paging, matching, holds::id desc, Hold)?;
        Reply::ok(&page.try_map(|hold| RetentionHoldView::of(conn, &node, by, hold))?)
    })
    .await
}

/// Shows a hold.
///
/// Also after it was lifted.
#[utoipa::path(tag = "Retention", operation_id = "get_retention_hold", params(IdInPath), responses(
    (status = 200, description = "The hold.", body = RetentionHoldView),
))]
#[get("/v1/retention-holds/{id}")]
pub async fn get_retention_hold(may: May<GetRetentionHold>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let hold = store::find_hold(conn, &node, by, id.0)?;
        shown(conn, &node, by, hold)
    })
    .await
}

/// Holds a record back from disposal.
///
/// Whatever its age, whether it has ended or not, until the hold is lifted. Where its disposal is approved already, it is kept when that is
/// carried out.
#[utoipa::path(tag = "Retention", operation_id = "create_retention_hold", request_body = RetentionHoldInput, responses(
    (status = 201, description = "The hold.", body = RetentionHoldView),
    (status = 409, description = "`conflict`: one of the same record stands already, as `standing_id` tells."),
))]
#[post("/v1/retention-holds")]
pub async fn create_retention_hold(
    may: May<CreateRetentionHold>,
    node: Data<Node>,
    Valid(input): Valid<RetentionHoldInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let record = std::slice::from_ref(&input.record);
        if node.part::<Keepers>().seen(tx, by, record)?.is_empty() {
            return Err(Error::field("/record", "unknown", Text::new("查無此紀錄", "there is no such record")));
        }
        if !store::erased(tx, record)?.is_empty() {
            let text = Text::new("內容已銷毀，無從暫緩", "what it said was erased: nothing is left to hold back");
            return Err(Error::field("/record", "not_allowed", text));
        }
        tx.own([format!("retention-holds/{}", input.record)])?;
        if let Some(standing) = store::standing_hold(tx, &input.record)? {
            return Err(Error::stands(standing, ("此紀錄已暫緩銷毀", "it is held back already")));
        }
        let hold = held(tx, by, &input);
        store::insert_hold(tx, &hold)?;
        tx.record(Record::change(HoldAct::Hold.line().journal, hold.path(), json!({})).because(input.reason.as_str()));
        let (path, version) = (hold.path(), hold.version);
        Ok(Reply::created(format!("/v1/{path}"), &RetentionHoldView::of(tx, &node, by, hold)?)?.version(version))
    })
    .await
}

fn held(tx: &Tx, by: &By, input: &RetentionHoldInput) -> Hold {
    let mut hold = Hold {
        id: Id::new(by.now),
        record: input.record.clone(),
        reason: String::new(),
        held_by: by.caller.name(),
        held_at: by.now,
        lifted_by: None,
        lifted_at: None,
        lifted_because: String::new(),
        version: 1,
    };
    hold.put_reason(tx, input.reason.as_str());
    hold.put_lifted_because(tx, "");
    hold
}

/// Lifts a hold.
///
/// With the reason; the record is due again by its age. It can be held back anew.
#[utoipa::path(tag = "Retention", operation_id = "lift_retention_hold", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The lifted hold.", body = RetentionHoldView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it is lifted already."),
))]
#[post("/v1/retention-holds/{id}:lift")]
pub async fn lift_retention_hold(
    may: May<LiftRetentionHold>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut hold = store::find_hold(tx, &node, by, id.0)?;
        if_match.check(hold.version)?;
        HoldAct::Lift.apply(hold.status())?;
        (hold.lifted_by, hold.lifted_at) = (Some(by.caller.name()), Some(by.now));
        hold.put_lifted_because(tx, why.as_str());
        store::save_hold(tx, &mut hold)?;
        tx.record(Record::change(HoldAct::Lift.line().journal, hold.path(), json!({})).because(why.as_str()));
        shown(tx, &node, by, hold)
    })
    .await
}

fn shown(conn: &mut Conn, node: &Node, by: &By, hold: Hold) -> Result<Reply> {
    let version = hold.version;
    Ok(Reply::ok(&RetentionHoldView::of(conn, node, by, hold)?)?.version(version))
}
