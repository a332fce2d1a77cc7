//! What is undone that was a mistake, with a reason, before anything rests on it: that a record was signed, and an extension.

use actix_web::post;
use actix_web::web::Data;

use super::acting::{Open, change};
use super::group;
use super::model::{PetitionAct, PetitionNoticeKind};
use super::policy::{RevokePetitionExtension, UnsignPetition};
use super::steps::{Extension, Undone};
use super::store::actors_of;
use super::tellings::ToldAbout;
use super::told;
use super::view::PetitionView;
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::Reason;

/// Who has signed the record of a spoken petition last, and when.
pub fn signer(conn: &mut Conn, open: &Open) -> Result<Option<(String, Moment)>> {
    if !open.row.channel.is_oral() {
        return Ok(None);
    }
    Ok(actors_of(conn, open.row.id, &[PetitionAct::Sign.line().past])?.pop())
}

/// Whether nothing rests on the record of a petition yet.
pub fn is_untouched(conn: &mut Conn, open: &Open) -> Result<bool> {
    let handling = &open.handling;
    let has_steps = !handling.supplements.is_empty() || !handling.drafts.is_empty() || !handling.replies.is_empty();
    let goes_on = handling.extension.is_some() || handling.transfer.is_some() || handling.filing.is_some();
    let is_together = !handling.together.is_empty() || !group::merged_into(conn, open.row.id)?.is_empty();
    Ok(open.row.handler.is_none() && !has_steps && !goes_on && !is_together)
}

/// Takes a signature back that was a mistake.
///
/// With the reason, by another than whoever noted it, as long as nothing rests on the record: nobody is in charge, and nothing was asked,
/// drafted, sent on or merged. The record waits to be read back and signed again, and can be corrected (行政程序法 §169); its limit runs.
#[utoipa::path(tag = "Petitions", operation_id = "unsign_petition", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The petition, to be signed.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict`: it was not signed, or something rests on it; `same_person`: whoever noted the signature does not take it back; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/petitions/{id}:unsign")]
pub async fn unsign_petition(
    may: May<UnsignPetition>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    change(
        may,
        node,
        id.0,
        if_match,
        |_| PetitionAct::Unsign,
        move |_, _, _, open| {
            open.row.registered_at = None;
            // As it was when it was taken, and no more open than it is.
            open.row.guarded |= open.row.needs_custody() || open.row.confidential;
            Ok(why.as_str().to_owned())
        },
    )
    .await
}

/// Takes an extension back that was approved by mistake.
///
/// With the reason: the limit is as it was, and an extension can be asked for anew. What has not gone out to the petitioner is stopped;
/// whoever was told that the limit is longer is told right. So it is for those that are merged into it.
#[utoipa::path(tag = "Petitions", operation_id = "revoke_petition_extension", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict`: no extension stands."),
))]
#[post("/v1/petitions/{id}:revoke-extension")]
pub async fn revoke_petition_extension(
    may: May<RevokePetitionExtension>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    change(
        may,
        node,
        id.0,
        if_match,
        |_| PetitionAct::RevokeExtension,
        move |tx, node, by, open| {
            let Some(given) = open.handling.extension.clone() else { return Ok(why.as_str().to_owned()) };
            revoke(tx, node, by, open, why.as_str())?;
            let shared = (open.row.id, PetitionAct::ShareExtensionRevocation, why.as_str());
            group::follow(tx, node, by, shared, |tx, member| {
                let is_it = |own: &Extension| own.stands() && (own.asked_at, &own.asked_by) == (given.asked_at, &given.asked_by);
                if !member.handling.extension.as_ref().is_some_and(is_it) {
                    return Ok(false);
                }
                revoke(tx, node, by, member, why.as_str())?;
                Ok(true)
            })?;
            Ok(why.as_str().to_owned())
        },
    )
    .await
}

fn revoke(tx: &mut Tx, node: &Node, by: &By, open: &mut Open, reason: &str) -> Result<()> {
    if let Some(period) = open.handling.periods.last_mut() {
        (period.extended_by, period.extended_at) = (None, None);
    }
    if let Some(extension) = &mut open.handling.extension {
        extension.revoked = Some(Undone { at: by.now, by: by.caller.name(), reason: reason.to_owned() });
    }
    told::undo(tx, node, open, (PetitionNoticeKind::ExtensionRevoked, &[(ToldAbout::Extension, 1)]), by.now)
}
