//! A promotion partner who was entered by mistake: another is the head, or they were entered twice.

use actix_web::post;
use actix_web::web::Data;

use super::model::PromotionPartnerAct;
use super::policy::{RestorePromotionPartner, WithdrawPromotionPartner};
use super::routes::note;
use super::store;
use super::view::{PromotionPartnerView, applied, shown};
use crate::auth::May;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::error::Result;
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::Reason;

/// Withdraws a promotion partner.
///
/// With a reason: they were entered by mistake, and never held the office. They keep nobody from it, and stay readable.
#[utoipa::path(tag = "Promotion partners", operation_id = "withdraw_promotion_partner", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The promotion partner.", body = PromotionPartnerView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/promotion-partners/{id}:withdraw")]
pub async fn withdraw_promotion_partner(
    may: May<WithdrawPromotionPartner>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = store::find(tx, by, id.0)?;
        if_match.check(row.version)?;
        row.status = applied(by, &row, PromotionPartnerAct::Withdraw)?;
        store::save(tx, &mut row)?;
        note(tx, &node, &row, PromotionPartnerAct::Withdraw, (why.as_str(), Vec::new()))?;
        shown(tx, &node, by, row)
    })
    .await
}

/// Restores a promotion partner.
///
/// With a reason: one who was withdrawn by mistake, as long as nobody else holds the office on one of the days.
#[utoipa::path(tag = "Promotion partners", operation_id = "restore_promotion_partner", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The promotion partner.", body = PromotionPartnerView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict` with `standing_id`: somebody else holds the office on one of the days."),
))]
#[post("/v1/promotion-partners/{id}:restore")]
pub async fn restore_promotion_partner(
    may: May<RestorePromotionPartner>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = store::find(tx, by, id.0)?;
        if_match.check(row.version)?;
        let act = if row.ended_on.is_some() { PromotionPartnerAct::RestoreEnded } else { PromotionPartnerAct::Restore };
        row.status = applied(by, &row, act)?;
        store::require_alone(tx, &row)?;
        store::save(tx, &mut row)?;
        note(tx, &node, &row, act, (why.as_str(), Vec::new()))?;
        shown(tx, &node, by, row)
    })
    .await
}
