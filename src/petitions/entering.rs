//! How a petition is entered: confirmed by its writer, signed after it was read back, screened, let out of quarantine, assigned.

use actix_web::post;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::acting::{Open, change};
use super::custody::is_kept_from;
use super::filing::{FilingInput, propose};
use super::intake::{entered, is_reachable};
use super::model::{PetitionAct, PetitionStatus};
use super::policy::{AssignPetition, ConfirmPetition, ScreenPetition, SignPetition};
use super::sight::Sight;
use super::store::Petition;
use super::view::PetitionView;
use crate::auth::standing::may_be_used;
use crate::auth::{May, Role};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, JsonText, Tx};
use crate::error::{Code, Error, Noted, Problem, Result, Text};
use crate::find;
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::{Note, OptionalReason, contacts};
use crate::schema::{accounts, petitions};

/// The code that was mailed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "0Yw8cI5mVn3r9kQp2sT7uA"}))]
pub struct PetitionConfirmation {
    #[schema(min_length = 1, max_length = 60)]
    code: String,
}

/// That a petition is confirmed.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"number": "115-P48210375", "status": "RECEIVED"}))]
pub struct PetitionConfirmed {
    #[schema(max_length = 20)]
    number: String,
    status: PetitionStatus,
}

/// Confirms a petition that came by the mailbox.
///
/// With the code of the mail. Its link leads to a page (`petitions.confirm_page`, or the office's own) as `#<id>.<code>`, which no
/// server sees; to look at it does nothing, so that a mail program may fetch it. Said a second time, the answer is the same. A wrong
/// code, and one that has run out, answer as if there were no petition; attempts are limited.
#[utoipa::path(tag = "Petitions", operation_id = "confirm_petition", params(IdInPath), request_body = PetitionConfirmation, responses(
    (status = 200, description = "It is confirmed.", body = PetitionConfirmed),
    (status = 404, description = "No petition waits for this code: `not_found`."),
))]
#[post("/v1/petitions/{id}:confirm")]
pub async fn confirm_petition(
    may: May<ConfirmPetition>,
    node: Data<Node>,
    id: PathId,
    Valid(input): Valid<PetitionConfirmation>,
) -> Result<Reply> {
    node.limits.receipt(&may.address())?;
    may.write(move |tx, by| {
        let row: Option<Petition> = find!(&mut **tx, petitions::table.find(id.0).select(Petition::as_select()))?;
        let hash = row.as_ref().and_then(|row| row.confirm_hash.clone()).unwrap_or_default();
        let is_right = node.vault.is_secret(&input.code, &hash);
        let row = row.filter(|row| is_right && row.confirm_until > Some(by.now)).ok_or(Code::NOT_FOUND)?;
        if row.status != PetitionStatus::AwaitingConfirmation {
            return Reply::ok(&PetitionConfirmed { number: row.number, status: row.status });
        }
        let mut open = Open::of(&node, (row, Sight::default()))?;
        open.handling.mail_proven = true;
        let act =
            enter(tx, &node, by.now, &mut open, [PetitionAct::Confirm, PetitionAct::ConfirmReport, PetitionAct::ConfirmUnnamed])?;
        open.save(tx, &node, act, &by.caller.name(), ("", by.now))?;
        Reply::ok(&PetitionConfirmed { number: open.row.number, status: open.row.status })
    })
    .await
}

/// Enters a petition that is said whole by one of three acts: to be received, to quarantine, to screening.
fn enter(tx: &mut Tx, node: &Node, now: Moment, open: &mut Open, acts: [PetitionAct; 3]) -> Result<PetitionAct> {
    let status = entered(open.row.needs_custody(), is_signed_and_reachable(tx, node, open)?);
    let [received, report, unnamed] = acts;
    let act = match status {
        PetitionStatus::Quarantine => report,
        PetitionStatus::Screening => unnamed,
        _ => received,
    };
    open.row.status = act.apply(open.row.status)?;
    if open.row.status == PetitionStatus::Received {
        open.receive(tx, node, now)?;
    } else {
        open.tell_remedies(tx, node, now)?;
    }
    open.recount(tx, node)?;
    Ok(act)
}

/// Signs a spoken petition.
///
/// Once it was read back to whoever said it and corrected as they wished (行政程序法 §169); then it is received, screened where it
/// names nobody, or in quarantine where it reports wrongdoing or is a whistleblower's.
#[utoipa::path(tag = "Petitions", operation_id = "sign_petition", params(IdInPath, IfMatchHeader), request_body = OptionalReason, responses(
    (status = 200, description = "The signed petition.", body = PetitionView),
    (status = 404, description = "Nothing is there for the caller, or not any more now that it is signed: `not_found`."),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/petitions/{id}:sign")]
pub async fn sign_petition(
    may: May<SignPetition>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<OptionalReason>,
) -> Result<Reply> {
    let choose = |open: &Open| if open.row.needs_custody() { PetitionAct::SignReport } else { PetitionAct::Sign };
    change(may, node, id.0, if_match, choose, move |tx, node, by, open| {
        if open.row.status == PetitionStatus::Received {
            if is_signed_and_reachable(tx, node, open)? {
                open.receive(tx, node, by.now)?;
            } else {
                open.row.status = PetitionAct::SignUnnamed.apply(open.before)?;
            }
        }
        Ok(why.text().to_owned())
    })
    .await
}

/// What becomes of a petition that is screened, or let out of quarantine.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"accept": true, "reason": "內容具體且情節重大"}))]
pub struct PetitionScreening {
    /// Handles it; else it is proposed that it stay without an answer, with `filing`.
    accept: bool,
    reason: Note,
    /// Where it is not accepted: the ground. The director decides.
    filing: Option<FilingInput>,
}

/// Screens a petition, or lets it out of quarantine.
///
/// One without a name or a way to reach its writer, or that was not confirmed in time: a section chief accepts it where it is
/// concrete and serious, or proposes to file it on one of the grounds of 行政程序法 §173. One in quarantine: its custodian, once it is
/// said whom it concerns (`concerns` of PATCH).
#[utoipa::path(tag = "Petitions", operation_id = "screen_petition", params(IdInPath, IfMatchHeader), request_body = PetitionScreening, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/petitions/{id}:screen")]
pub async fn screen_petition(
    may: May<ScreenPetition>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<PetitionScreening>,
) -> Result<Reply> {
    if input.accept == input.filing.is_some() {
        let (code, zh, en) = if input.accept {
            ("not_allowed", "受理者不填", "what is accepted is not filed")
        } else {
            ("required", "請填不予處理之事由", "say on which ground it is filed")
        };
        return Err(Error::field("/filing", code, Text::new(zh, en)));
    }
    let accept = input.accept;
    let choose = move |open: &Open| match (open.row.status, accept) {
        (PetitionStatus::Quarantine, _) => PetitionAct::Release,
        (_, true) => PetitionAct::Screen,
        (_, false) => PetitionAct::ScreenOut,
    };
    change(may, node, id.0, if_match, choose, move |tx, node, by, open| {
        match (&input.filing, open.row.status) {
            (Some(filing), PetitionStatus::FilingProposed) => propose(tx, node, by, open, filing, input.reason.as_str())?,
            (Some(_), _) => {
                let text = Text::new("須先釋出後再行篩選", "it is let out of quarantine first");
                return Err(Error::field("/filing", "not_allowed", text));
            }
            (None, _) => let_out(tx, node, by.now, open)?,
        }
        Ok(input.reason.as_str().to_owned())
    })
    .await
}

/// Accepts a petition, or lets one out of quarantine: to screening where it names nobody.
fn let_out(tx: &mut Tx, node: &Node, now: Moment, open: &mut Open) -> Result<()> {
    if open.before == PetitionStatus::Quarantine {
        if !is_signed_and_reachable(tx, node, open)? {
            open.row.status = PetitionAct::ReleaseUnnamed.apply(open.before)?;
            open.row.guarded = false;
            return Ok(());
        }
        open.row.guarded = false;
    }
    open.receive(tx, node, now)
}

/// Whether its writer has a name and any way to be reached.
fn is_signed_and_reachable(conn: &mut Conn, node: &Node, open: &Open) -> Result<bool> {
    let contact = contacts::of(conn, &node.vault, &open.row.path())?;
    Ok(!open.row.petitioners(&node.vault)?.is_empty() && contact.as_ref().is_some_and(is_reachable))
}

/// Who is in charge from now on.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"handler_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71"}))]
pub struct PetitionAssignment {
    /// Account of a clerk or a section chief.
    handler_id: Id,
    reason: Option<Note>,
}

/// Assigns a petition.
///
/// Not to whoever it concerns, by whichever of their accounts or their service point, nor to somebody whose own matter it is: 422
/// `not_allowed` at `/handler_id`, which does not say why, and is logged. A confidential one is assigned by whoever looks after it and
/// knows who is behind it: others would learn from a refusal who petitions.
#[utoipa::path(tag = "Petitions", operation_id = "assign_petition", params(IdInPath, IfMatchHeader), request_body = PetitionAssignment, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/petitions/{id}:assign")]
pub async fn assign_petition(
    may: May<AssignPetition>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<PetitionAssignment>,
) -> Result<Reply> {
    change(
        may,
        node,
        id.0,
        if_match,
        |_| PetitionAct::Assign,
        move |tx, _, by, open| {
            if !can_handle(tx, input.handler_id)? || is_kept_from(tx, by.now, input.handler_id, open.row.id)? {
                return Err(no_handler(&open.row));
            }
            open.row.handler = Some(input.handler_id);
            Ok(input.reason.as_ref().map(|why| why.as_str().to_owned()).unwrap_or_default())
        },
    )
    .await
}

/// Refuses to put somebody in charge, whatever the cause; that it was tried is told by the log, since it may be a guess.
fn no_handler(row: &Petition) -> Error {
    let text = Text::new("不得指派此帳號", "this account cannot be put in charge of it");
    let mut problem = Problem::new(Code::INVALID).field("/handler_id", "not_allowed", text);
    problem.noted = Some(Noted { action: "petition.assignment_refused", subject: row.path(), person: String::new() });
    problem.into()
}

/// Whether an account is of a clerk or a section chief, and may be used.
pub fn can_handle(conn: &mut Conn, account: Id) -> Result<bool> {
    let roles: Option<JsonText> = accounts::table.find(account).select(accounts::roles).first(conn).optional()?;
    let roles: Vec<Role> = roles.map_or_else(|| Ok(Vec::new()), |roles| roles.read())?;
    Ok((roles.contains(&Role::Clerk) || roles.contains(&Role::Chief)) && may_be_used(conn, account)?)
}
