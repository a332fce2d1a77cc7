//! A term of office that ends before its last day, and that it has not after all.

use actix_web::post;
use actix_web::web::Data;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::model::PromotionPartnerAct;
use super::policy::{EndPromotionPartner, ReinstatePromotionPartner};
use super::routes::note;
use super::store;
use super::view::{PromotionPartnerView, applied, shown};
use crate::auth::May;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::{Note, Reason};
use crate::volunteers::entries::{in_order, not_after};
use crate::volunteers::history::{VolunteerChange, changes, json_of};

/// When, and why, a term of office ended early.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ended_on": "2026-11-20", "reason": "辭職"}))]
pub struct PromotionPartnerEnding {
    /// The last day in office, Asia/Taipei: within the term, and not after today.
    ended_on: NaiveDate,
    reason: Note,
}

/// Both values of the day on which a term ended.
fn ended(before: Option<NaiveDate>, after: Option<NaiveDate>) -> Result<Vec<VolunteerChange>> {
    Ok(changes(&json!({"ended_on": json_of(&before)?}), &json!({"ended_on": json_of(&after)?})))
}

/// Ends the term of a promotion partner.
///
/// Before its last day, with a reason. Another head can be entered from the next day on.
#[utoipa::path(tag = "Promotion partners", operation_id = "end_promotion_partner", params(IdInPath, IfMatchHeader), request_body = PromotionPartnerEnding, responses(
    (status = 200, description = "The promotion partner.", body = PromotionPartnerView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/promotion-partners/{id}:end")]
pub async fn end_promotion_partner(
    may: May<EndPromotionPartner>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<PromotionPartnerEnding>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = store::find(tx, by, id.0)?;
        if_match.check(row.version)?;
        row.status = applied(by, &row, PromotionPartnerAct::End)?;
        not_after("", "ended_on", input.ended_on, by.now.date())?;
        in_order("", "ended_on", row.from_on, Some(input.ended_on))?;
        if row.until_on.is_some_and(|last| input.ended_on > last) {
            return Err(Error::field("/ended_on", "range", Text::new("不得晚於任期末日", "not after the term")));
        }
        let changed = ended(row.ended_on, Some(input.ended_on))?;
        row.ended_on = Some(input.ended_on);
        store::save(tx, &mut row)?;
        note(tx, &node, &row, PromotionPartnerAct::End, (input.reason.as_str(), changed))?;
        shown(tx, &node, by, row)
    })
    .await
}

/// Takes back that the term of a promotion partner has ended.
///
/// With a reason, as long as nobody else holds the office since.
#[utoipa::path(tag = "Promotion partners", operation_id = "reinstate_promotion_partner", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The promotion partner.", body = PromotionPartnerView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict` with `standing_id`: somebody else holds the office since."),
))]
#[post("/v1/promotion-partners/{id}:reinstate")]
pub async fn reinstate_promotion_partner(
    may: May<ReinstatePromotionPartner>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = store::find(tx, by, id.0)?;
        if_match.check(row.version)?;
        row.status = applied(by, &row, PromotionPartnerAct::Reinstate)?;
        let changed = ended(row.ended_on, None)?;
        row.ended_on = None;
        store::require_alone(tx, &row)?;
        store::save(tx, &mut row)?;
        note(tx, &node, &row, PromotionPartnerAct::Reinstate, (why.as_str(), changed))?;
        shown(tx, &node, by, row)
    })
    .await
}
