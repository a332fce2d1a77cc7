//! A petition that goes elsewhere, ends, or is taken up again.

use actix_web::post;
use actix_web::web::Data;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::acting::{Open, change};
use super::group;
use super::model::{PetitionAct, PetitionNoticeKind, PetitionStatus, ToldBy};
use super::policy::{
    ClosePetition, ReopenPetition, TransferPetition, TransferPetitionBack, TreatPetitionAsAppeal, WithdrawPetition,
};
use super::steps::{Returned, Transfer};
use super::tellings::{REPRESENTATIVE, ToldAbout, What};
use super::view::PetitionView;
use super::{satisfaction, told};
use crate::auth::{By, May};
use crate::clock::Moment;
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
            open.handling.transfer = Some(Transfer {
                to: input.to.as_str().to_owned(),
                with_identity: input.with_identity,
                identity_ground: input.identity_ground.as_ref().map(|ground| ground.as_str().to_owned()),
                reason: input.reason.as_str().to_owned(),
                sent_by: by.caller.name(),
                at: by.now,
                told_by: ToldBy::Tracking,
                returned: None,
            });
            told::tell(tx, node, open, (ToldAbout::Transfer, 1), by.now)?;
            open.end(by);
            Ok(input.reason.as_str().to_owned())
        },
    )
    .await
}

/// By what a petition came back from another body.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"letter": "和鎮民字第 1150012345 號", "on": "2026-11-25"}))]
pub struct PetitionReturn {
    /// Number of the other body's letter.
    letter: Label,
    /// Day on which it came: not before the petition was sent, and not after today.
    on: NaiveDate,
}

/// Why a petition is taken back.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "該所認非其權責", "returned": {"letter": "和鎮民字第 1150012345 號", "on": "2026-11-25"}}))]
pub struct PetitionTakenBack {
    reason: Note,
    /// Where it was with the other body: the clock stood still until it came back. Without it the transfer was a mistake, and the clock
    /// has run all the time.
    returned: Option<PetitionReturn>,
}

/// Takes a petition back that was sent to another body.
///
/// The rest of its period runs on, and the petitioner is told, where they were told that it was sent: what has not gone out of that is
/// stopped. The clock stood still only while the other body had it, by its letter; a limit that had passed is not made whole.
#[utoipa::path(tag = "Petitions", operation_id = "transfer_petition_back", params(IdInPath, IfMatchHeader), request_body = PetitionTakenBack, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/petitions/{id}:transfer-back")]
pub async fn transfer_petition_back(
    may: May<TransferPetitionBack>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<PetitionTakenBack>,
) -> Result<Reply> {
    change(
        may,
        node,
        id.0,
        if_match,
        |_| PetitionAct::TransferBack,
        move |tx, node, by, open| {
            take_up(open, by.now);
            match &input.returned {
                Some(returned) => note_return(by, open, returned)?,
                None => undo_end(open, by.now),
            }
            open.receive(tx, node, by.now)?;
            let sent = [(ToldAbout::Transfer, 1)];
            told::undo(tx, node, open, (PetitionNoticeKind::TransferredBack, &sent), by.now)?;
            Ok(input.reason.as_str().to_owned())
        },
    )
    .await
}

/// Notes that another body has had it, while which the clock stood still.
fn note_return(by: &By, open: &mut Open, returned: &PetitionReturn) -> Result<()> {
    let Some(transfer) = &mut open.handling.transfer else { return Ok(()) };
    let sent_on = transfer.at.date();
    if returned.on < sent_on || returned.on > by.now.date() {
        let text = Text::new("須在移送日與今日之間", "not before it was sent, and not after today");
        return Err(Error::field("/returned/on", "range", text));
    }
    transfer.returned = Some(Returned {
        letter: returned.letter.as_str().to_owned(),
        noted_by: by.caller.name(),
        noted_at: Some(by.now),
        on: returned.on,
    });
    if let Some(period) = open.handling.periods.last_mut() {
        period.away.push((sent_on, returned.on));
    }
    Ok(())
}

/// Takes it up: nobody is in charge, and how it ended before stays in its month.
fn take_up(open: &mut Open, now: Moment) {
    if open.row.closed_at.is_none() {
        let at = open.handling.replies.last().map_or(now, |reply| reply.sent_at);
        open.close_period(at, open.before);
    }
    (open.row.closed_at, open.row.handler) = (None, None);
    (open.handling.approval, open.handling.filing) = (None, None);
}

/// Notes that its last end was a mistake.
pub fn undo_end(open: &mut Open, now: Moment) {
    if let Some(closing) = open.handling.closings.last_mut() {
        closing.undone_at = Some(now);
    }
}

/// Withdraws a petition.
///
/// At the petitioner's word, which is the reason; they are told, so that they can say if it was not theirs.
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
        move |tx, node, by, open| {
            open.end(by);
            told::notify(tx, node, open, PetitionNoticeKind::Withdrawn, by.now)?;
            Ok(why.as_str().to_owned())
        },
    )
    .await
}

/// What is new, or which mistake is put right: one of the two.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"new_facts": "陳情人補送當日錄影，與原答復所據事實不同"}))]
pub struct PetitionReopening {
    /// A new period begins.
    new_facts: Option<Note>,
    /// How it ended was a mistake: the old period has run all the time.
    mistake: Option<Note>,
}

impl PetitionReopening {
    /// The reason.
    fn check(&self) -> Result<&Note> {
        match (&self.new_facts, &self.mistake) {
            (Some(why), None) | (None, Some(why)) => Ok(why),
            (Some(_), Some(_)) => Err(Error::field("/mistake", "not_both", Text::new("二者擇一填寫", "give one of the two"))),
            (None, None) => Err(Error::field("/new_facts", "required", Text::new("此欄位為必填", "this field is required"))),
        }
    }
}

/// By which act a petition is taken up: where it was withdrawn before it was received, it goes back there; one that nobody had confirmed
/// is screened.
fn taking_up(open: &Open, on_new_facts: bool) -> PetitionAct {
    if open.row.guarded {
        return PetitionAct::ReopenGuarded;
    }
    let withdrawn_from =
        open.handling.ended.as_ref().filter(|_| open.row.status == PetitionStatus::Withdrawn).map(|ended| ended.from);
    match withdrawn_from {
        Some(PetitionStatus::AwaitingSignature) => PetitionAct::TakeUpUnsigned,
        Some(PetitionStatus::Screening | PetitionStatus::AwaitingConfirmation) => PetitionAct::TakeUpUnnamed,
        _ if on_new_facts && open.row.status != PetitionStatus::Appeal => PetitionAct::Reopen,
        _ => PetitionAct::TakeUpAgain,
    }
}

/// Takes a petition up again.
///
/// On `new_facts`, by a supervisor who has not ended it: a new period begins with the day. Where its end was a `mistake`, be it a
/// withdrawal, a reply or that it was taken for an appeal, the old period runs on, and one that was withdrawn before it was received
/// goes back to where it was, or to screening where nobody had confirmed it. What has not gone out of a mistake is stopped; whoever was
/// told it is told right. A reply that was a mistake answers nothing any more: it stays readable as taken back, is not rated, and its
/// rating is set aside. The first closing stays in its month, and on new facts the petitioner is told. What was its custodian's alone when
/// it ended goes back to quarantine, by its custodian. Those that are merged into it are taken up with it, and each petitioner is told.
#[utoipa::path(tag = "Petitions", operation_id = "reopen_petition", params(IdInPath, IfMatchHeader), request_body = PetitionReopening, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `same_person`: whoever has ended it does not begin a new period; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/petitions/{id}:reopen")]
pub async fn reopen_petition(
    may: May<ReopenPetition>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<PetitionReopening>,
) -> Result<Reply> {
    input.check()?;
    let on_new_facts = input.new_facts.is_some();
    change(
        may,
        node,
        id.0,
        if_match,
        move |open| taking_up(open, on_new_facts),
        move |tx, node, by, open| {
            if on_new_facts && open.before == PetitionStatus::Appeal {
                let text =
                    Text::new("訴願案件僅於誤辦時改回陳情", "what was taken for an appeal by mistake goes on as a petition");
                return Err(Error::field("/new_facts", "not_allowed", text));
            }
            let why = input.check()?.as_str();
            let begins = on_new_facts && open.row.status == PetitionStatus::Received;
            go_on(tx, node, by, open, (on_new_facts, begins))?;
            if open.row.status == PetitionStatus::Received {
                open.receive(tx, node, by.now)?;
            }
            group::follow(tx, node, by, (open.row.id, PetitionAct::ShareReopening, why), |tx, member| {
                go_on(tx, node, by, member, (on_new_facts, begins))?;
                Ok(true)
            })?;
            Ok(why.to_owned())
        },
    )
    .await
}

/// Takes a petition up, in a new period or in the rest of the old one. Its petitioner is told, but where all that they were to be told of
/// an end that was a mistake is stopped in time.
fn go_on(tx: &mut Tx, node: &Node, by: &By, open: &mut Open, (on_new_facts, begins): (bool, bool)) -> Result<()> {
    let ended = told_of_end(tx, by, open, on_new_facts)?;
    let is_body_told = open.handling.filing.as_ref().is_some_and(|filing| filing.body_told_by.is_some());
    take_up(open, by.now);
    if begins {
        open.begin_period(node, by.now.date());
    } else {
        undo_end(open, by.now);
    }
    if on_new_facts {
        told::take_back(tx, node, open, &ended)?;
        return told::tell_right(tx, node, open, (PetitionNoticeKind::Reopened, &ended, &[REPRESENTATIVE]), by.now);
    }
    // That it was filed nobody was told but a body that had sent it on.
    let is_untold = open.before == PetitionStatus::Filed && !is_body_told;
    if is_untold { Ok(()) } else { told::undo(tx, node, open, (PetitionNoticeKind::TakenUpAgain, &ended), by.now) }
}

/// What was told of the end of a petition that does not hold any more: a reply by mistake is taken back.
fn told_of_end(tx: &mut Tx, by: &By, open: &mut Open, on_new_facts: bool) -> Result<Vec<What>> {
    let kind = match open.before {
        PetitionStatus::Withdrawn => PetitionNoticeKind::Withdrawn,
        PetitionStatus::Appeal => PetitionNoticeKind::Appeal,
        PetitionStatus::Filed if !on_new_facts => return Ok(vec![(ToldAbout::Filing, 1)]),
        PetitionStatus::Replied | PetitionStatus::Closed | PetitionStatus::Merged if !on_new_facts => {
            let (rated, _) = open.handling.rated_reply();
            let taken_back = open.handling.take_back_reply(by.now);
            if taken_back.is_some() {
                satisfaction::set_aside(tx, open.row.id, rated, by.now)?;
            }
            return Ok(taken_back.map(|place| (ToldAbout::Reply, place)).into_iter().collect());
        }
        _ => return Ok(Vec::new()),
    };
    let told = open.handling.notices_about(&[kind]);
    // Since it ended it may have been told more than once, each time as it was put right.
    let ended_at = open.handling.ended.as_ref().map(|ended| ended.at);
    let is_of_end =
        |(_, place): &&What| open.handling.notices.get(place - 1).is_some_and(|one| ended_at.is_some_and(|at| one.at >= at));
    let of_end: Vec<What> = told.iter().filter(is_of_end).copied().collect();
    Ok(if of_end.is_empty() { told.last().copied().into_iter().collect() } else { of_end })
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
            open.end(by);
            end_members(tx, node, by, open, why.text())?;
            Ok(why.text().to_owned())
        },
    )
    .await
}

/// Ends those that are merged into a petition with it.
fn end_members(tx: &mut Tx, node: &Node, by: &By, open: &Open, why: &str) -> Result<()> {
    group::follow(tx, node, by, (open.row.id, PetitionAct::ShareEnd, why), |_, member| {
        member.end(by);
        Ok(true)
    })
}

/// Takes a petition for an appeal.
///
/// Where it turns against a decision: it counts from the day of its receipt (訴願法 §14), which stays `received_at`. The petitioner is
/// told, with what they must hand in (§57). Taken for one by mistake, it goes on by `:reopen`.
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
        move |tx, node, by, open| {
            open.end(by);
            told::notify(tx, node, open, PetitionNoticeKind::Appeal, by.now)?;
            Ok(why.as_str().to_owned())
        },
    )
    .await
}
