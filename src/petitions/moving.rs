//! A petition that goes elsewhere, ends, or is taken up again.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use super::acting::{Open, change};
use super::group;
use super::handling::{Closing, Transfer};
use super::model::PetitionAct;
use super::policy::{
    ClosePetition, ReopenPetition, TransferPetition, TransferPetitionBack, TreatPetitionAsAppeal, WithdrawPetition,
};
use super::telling;
use super::view::PetitionView;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::Tx;
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::{Label, Note, OptionalReason, Reason};

/// Where a petition is sent.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"to": "彰化縣和美鎮公所", "reason": "道路維護屬鎮公所權責"}))]
pub struct PetitionTransferInput {
    /// The competent body.
    to: Label,
    reason: Note,
    /// Whether it is told who petitions; of a confidential one only with `identity_ground`.
    #[serde(default)]
    #[schema(default = false)]
    with_identity: bool,
    /// The petitioner's recorded consent to this disclosure, or the duty by which it is made (公益揭弊者保護法 §15).
    identity_ground: Option<Note>,
}

/// Sends a petition to the competent body.
///
/// At once, and the petitioner is told (行政程序法 §172). Who petitions goes along with a confidential one only by their consent to it
/// or by a duty that is named.
#[utoipa::path(tag = "Petitions", operation_id = "transfer_petition", params(IdInPath, IfMatchHeader), request_body = PetitionTransferInput, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict`: others are merged into it."),
))]
#[post("/v1/petitions/{id}:transfer")]
pub async fn transfer_petition(
    may: May<TransferPetition>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<PetitionTransferInput>,
) -> Result<Reply> {
    change(
        may,
        node,
        id.0,
        if_match,
        |_| PetitionAct::Transfer,
        move |tx, node, by, open| {
            if input.with_identity && open.row.confidential && input.identity_ground.is_none() {
                let text = Text::new("保密案件須有當事人同意或法定義務", "of a confidential one by consent or by a duty");
                return Err(Error::field("/identity_ground", "required", text));
            }
            let words = telling::transfer(open.row.language, &open.row.number, input.to.as_str());
            let told_by = telling::tell(tx, node, open, &words)?;
            open.handling.transfer = Some(Transfer {
                to: input.to.as_str().to_owned(),
                with_identity: input.with_identity,
                identity_ground: input.identity_ground.as_ref().map(|ground| ground.as_str().to_owned()),
                reason: input.reason.as_str().to_owned(),
                at: by.now,
                told_by,
            });
            open.end(by.now);
            Ok(input.reason.as_str().to_owned())
        },
    )
    .await
}

/// Takes a petition back that another body has returned.
///
/// A new period begins; that it was sent away stays as it was.
#[utoipa::path(tag = "Petitions", operation_id = "transfer_petition_back", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/petitions/{id}:transfer-back")]
pub async fn transfer_petition_back(
    may: May<TransferPetitionBack>,
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
        |_| PetitionAct::TransferBack,
        move |_, node, by, open| {
            again(node, by, open);
            Ok(why.as_str().to_owned())
        },
    )
    .await
}

/// Begins anew: a period of its own, and nobody in charge; how it ended before stays in its month.
fn again(node: &Node, by: &By, open: &mut Open) {
    if open.row.closed_at.is_none() {
        let at = open.handling.replies.last().map_or(by.now, |reply| reply.sent_at);
        open.handling.closings.push(Closing { status: open.before, at, due_at: open.row.due_at });
    }
    (open.row.closed_at, open.row.handler) = (None, None);
    (open.handling.approval, open.handling.filing) = (None, None);
    open.row.registered_at = open.row.registered_at.or(Some(by.now));
    open.begin_period(node, by.now);
}

/// Withdraws a petition.
///
/// At the petitioner's word, which is the reason.
#[utoipa::path(tag = "Petitions", operation_id = "withdraw_petition", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict`: others are merged into it."),
))]
#[post("/v1/petitions/{id}:withdraw")]
pub async fn withdraw_petition(
    may: May<WithdrawPetition>,
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
        |_| PetitionAct::Withdraw,
        move |_, _, by, open| {
            open.end(by.now);
            Ok(why.as_str().to_owned())
        },
    )
    .await
}

/// What is new.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"new_facts": "陳情人補送當日錄影，與原答復所據事實不同"}))]
pub struct PetitionReopening {
    /// The new facts, or the mistake that is put right.
    new_facts: Note,
}

/// Takes a petition up again.
///
/// On new facts: a new period begins with the day, and the first closing stays as it was in its month. Those that are merged into it
/// are taken up with it.
#[utoipa::path(tag = "Petitions", operation_id = "reopen_petition", params(IdInPath, IfMatchHeader), request_body = PetitionReopening, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/petitions/{id}:reopen")]
pub async fn reopen_petition(
    may: May<ReopenPetition>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<PetitionReopening>,
) -> Result<Reply> {
    change(
        may,
        node,
        id.0,
        if_match,
        |_| PetitionAct::Reopen,
        move |tx, node, by, open| {
            let why = input.new_facts.as_str();
            again(node, by, open);
            group::follow(tx, node, by, (open.row.id, PetitionAct::ShareReopening, why), |_, member| {
                again(node, by, member);
                Ok(true)
            })?;
            Ok(why.to_owned())
        },
    )
    .await
}

/// Closes a petition that was replied to.
///
/// When it was first replied to and when it was closed are kept apart.
#[utoipa::path(tag = "Petitions", operation_id = "close_petition", params(IdInPath, IfMatchHeader), request_body = OptionalReason, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/petitions/{id}:close")]
pub async fn close_petition(
    may: May<ClosePetition>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<OptionalReason>,
) -> Result<Reply> {
    change(
        may,
        node,
        id.0,
        if_match,
        |_| PetitionAct::Close,
        move |tx, node, by, open| {
            open.end(by.now);
            end_members(tx, node, by, open, why.text())?;
            Ok(why.text().to_owned())
        },
    )
    .await
}

/// Ends those that are merged into a petition with it.
fn end_members(tx: &mut Tx, node: &Node, by: &By, open: &Open, why: &str) -> Result<()> {
    group::follow(tx, node, by, (open.row.id, PetitionAct::ShareEnd, why), |_, member| {
        member.end(by.now);
        Ok(true)
    })
}

/// Takes a petition for an appeal.
///
/// Where it turns against a decision: it counts from the day of its receipt (訴願法 §14), which stays `received_at`.
#[utoipa::path(tag = "Petitions", operation_id = "treat_petition_as_appeal", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict`: others are merged into it."),
))]
#[post("/v1/petitions/{id}:treat-as-appeal")]
pub async fn treat_petition_as_appeal(
    may: May<TreatPetitionAsAppeal>,
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
        |_| PetitionAct::TreatAsAppeal,
        move |_, node, by, open| {
            if open.row.matter(&node.vault)?.against_decision.is_none() {
                let text = Text::new("未敘明不服之處分", "it names no decision against which it turns");
                return Err(Error::field("/against_decision", "required", text));
            }
            open.end(by.now);
            Ok(why.as_str().to_owned())
        },
    )
    .await
}
