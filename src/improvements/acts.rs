//! What becomes of an improvement item: adopted, carried out, checked, dropped and taken up again.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use super::items::{self, Improvement, Said};
use super::model::ImprovementAct;
use super::policy::{
    AdoptImprovementItem, CheckImprovementItem, CompleteImprovementItem, DropImprovementItem, ReopenImprovementItem,
};
use super::routes::note;
use super::telling;
use super::view::{ImprovementItemView, applied, shown};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::{Note, Reason};

/// An improvement item that is acted upon, with what it says.
struct Open {
    row: Improvement,
    said: Said,
}

/// Changes one item: at the version that the caller read, judged, saved, told and shown.
async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match, act): (Id, IfMatch, ImprovementAct),
    why: String,
    effect: impl Fn(&mut Tx, &Node, &By, &mut Open) -> Result<()> + Send + 'static,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = items::find(tx, id)?;
        // Whoever decides on what another has written names what they saw.
        if matches!(act, ImprovementAct::Adopt | ImprovementAct::Check | ImprovementAct::Return) {
            if_match.seen(row.version)?;
        } else {
            if_match.check(row.version)?;
        }
        row.status = applied(tx, by, &row, act)?;
        let said = row.said(&node.vault)?;
        let mut open = Open { row, said };
        effect(tx, &node, by, &mut open)?;
        let Open { mut row, said } = open;
        row.put_said(&node.vault, &said)?;
        items::save(tx, &mut row)?;
        note(tx, &row, act, &why);
        shown(tx, &node, by, row)
    })
    .await
}

/// Adopts an improvement.
///
/// By a section chief or the director who has not proposed it, as it was seen. Whoever suggested it in a petition is told, by e-mail, by
/// a letter, by a call, or by what `:track` shows.
#[utoipa::path(tag = "Improvements", operation_id = "adopt_improvement_item", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The adopted improvement item.", body = ImprovementItemView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: whoever proposed it does not adopt it; `asker_gone`; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/improvement-items/{id}:adopt")]
pub async fn adopt_improvement_item(
    may: May<AdoptImprovementItem>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
) -> Result<Reply> {
    change(may, node, (id.0, if_match, ImprovementAct::Adopt), String::new(), |tx, node, by, open| {
        telling::adopted(tx, node, by, (&open.row, &mut open.said))
    })
    .await
}

/// What came of an improvement.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"result": "線上取號已上線", "after": 11}))]
pub struct ImprovementCompletion {
    #[schema(min_length = 1, max_length = 5000)]
    result: String,
    /// What was measured afterwards, in the unit of `measured`.
    #[schema(minimum = -1000000000, maximum = 1000000000)]
    after: i64,
}

/// Completes an improvement.
///
/// With its result and what was measured afterwards; another checks it (`:check`).
#[utoipa::path(tag = "Improvements", operation_id = "complete_improvement_item", params(IdInPath, IfMatchHeader), request_body = ImprovementCompletion, responses(
    (status = 200, description = "The completed improvement item.", body = ImprovementItemView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/improvement-items/{id}:complete")]
pub async fn complete_improvement_item(
    may: May<CompleteImprovementItem>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<ImprovementCompletion>,
) -> Result<Reply> {
    change(may, node, (id.0, if_match, ImprovementAct::Complete), String::new(), move |_, _, by, open| {
        (open.said.result, open.said.after) = (Some(input.result.clone()), Some(input.after));
        (open.row.done_by, open.row.done_at) = (Some(by.caller.name()), Some(by.now));
        Ok(())
    })
    .await
}

/// A word on an improvement that was carried out.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"accept": true}))]
pub struct ImprovementCheck {
    /// Else it goes back to be carried out, with a reason.
    accept: bool,
    reason: Option<Note>,
}

/// Checks an improvement that was carried out, or returns it.
///
/// By a section chief or the director who has not carried it out, as it was seen.
#[utoipa::path(tag = "Improvements", operation_id = "check_improvement_item", params(IdInPath, IfMatchHeader), request_body = ImprovementCheck, responses(
    (status = 200, description = "The improvement item.", body = ImprovementItemView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `same_person`: whoever carried it out does not check it; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/improvement-items/{id}:check")]
pub async fn check_improvement_item(
    may: May<CheckImprovementItem>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<ImprovementCheck>,
) -> Result<Reply> {
    if !input.accept && input.reason.is_none() {
        return Err(Error::field("/reason", "required", Text::new("退回須敘明理由", "say why it is returned")));
    }
    let act = if input.accept { ImprovementAct::Check } else { ImprovementAct::Return };
    let why = input.reason.as_ref().map(|why| why.as_str().to_owned()).unwrap_or_default();
    change(may, node, (id.0, if_match, act), why, move |_, _, by, open| {
        if input.accept {
            open.said.checked = Some((by.caller.name(), by.now));
        } else {
            (open.row.done_by, open.row.done_at) = (None, None);
            open.said.reason = input.reason.as_ref().map(|why| why.as_str().to_owned());
        }
        Ok(())
    })
    .await
}

/// Drops an improvement.
///
/// With the reason, before it is carried out. Whoever was told that their suggestion is adopted is told that it is not carried out after
/// all.
#[utoipa::path(tag = "Improvements", operation_id = "drop_improvement_item", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The dropped improvement item.", body = ImprovementItemView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/improvement-items/{id}:drop")]
pub async fn drop_improvement_item(
    may: May<DropImprovementItem>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let why = why.as_str().to_owned();
    change(may, node, (id.0, if_match, ImprovementAct::Drop), why.clone(), move |tx, node, by, open| {
        open.said.reason = Some(why.clone());
        telling::dropped(tx, node, by, &mut open.said)
    })
    .await
}

/// Takes an improvement up again.
///
/// With the reason: one that was dropped is proposed again, one that was carried out or checked by mistake is to be carried out.
#[utoipa::path(tag = "Improvements", operation_id = "reopen_improvement_item", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The improvement item.", body = ImprovementItemView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/improvement-items/{id}:reopen")]
pub async fn reopen_improvement_item(
    may: May<ReopenImprovementItem>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let why = why.as_str().to_owned();
    change(may, node, (id.0, if_match, ImprovementAct::Reopen), why.clone(), move |_, _, _, open| {
        open.said.reason = Some(why.clone());
        open.said.checked = None;
        (open.row.done_by, open.row.done_at) = (None, None);
        Ok(())
    })
    .await
}
