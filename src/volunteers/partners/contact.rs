//! How to reach a promotion partner: put right, and shown whole to whoever must call.

use actix_web::web::Data;
use actix_web::{post, put};

use super::policy::{ChangePromotionPartnerContact, RevealPromotionPartnerContact};
use super::store::{self, Partner};
use super::view::{PromotionPartnerView, shown};
use crate::auth::May;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::error::Result;
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::contacts::{self, Matter, NAME_AND_CONTACT};
use crate::people::{ContactChange, Reason, RevealedContact};
use crate::volunteers::reached;

fn matter<'r>(record: &'r str, row: &Partner) -> Matter<'r> {
    let (changed, revealed) = ("promotion_partner.contact_changed", "promotion_partner.contact_revealed");
    Matter { record, person: row.person_id, changed, revealed, shows: NAME_AND_CONTACT, withheld: false }
}

/// Changes how to reach a promotion partner.
///
/// With a reason. What is sent takes the place of all that was given before; the history keeps both.
#[utoipa::path(tag = "Promotion partners", operation_id = "change_promotion_partner_contact", params(IdInPath, IfMatchHeader), request_body = ContactChange, responses(
    (status = 200, description = "The promotion partner with their contact.", body = PromotionPartnerView),
))]
#[put("/v1/promotion-partners/{id}/contact")]
pub async fn change_promotion_partner_contact(
    may: May<ChangePromotionPartnerContact>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(change): Valid<ContactChange>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = store::find(tx, by, id.0)?;
        if_match.check(row.version)?;
        reached::change(tx, &node, by, &matter(&row.path(), &row), &change)?;
        store::save(tx, &mut row)?;
        shown(tx, &node, by, row)
    })
    .await
}

/// Shows whole how to reach a promotion partner.
///
/// With the name to ask for, for whoever must call; logged with the reason.
#[utoipa::path(tag = "Promotion partners", operation_id = "reveal_promotion_partner_contact", params(IdInPath), request_body = Reason, responses(
    (status = 200, description = "Whom to call, and how.", body = RevealedContact),
))]
#[post("/v1/promotion-partners/{id}:reveal-contact")]
pub async fn reveal_promotion_partner_contact(
    may: May<RevealPromotionPartnerContact>,
    node: Data<Node>,
    id: PathId,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let row = store::find(tx, by, id.0)?;
        Reply::ok(&contacts::reveal(tx, &node.vault, &matter(&row.path(), &row), &why)?)
    })
    .await
}
