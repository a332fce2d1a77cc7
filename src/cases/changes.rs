//! After registration: corrections and revocations, proposed by one person and decided by another.

use actix_web::post;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::acts;
use super::book::{self, Entry, Line};
use super::case::Case;
use super::corrections;
use super::counter;
use super::effects;
use super::errors::{self, ErrorCause, ErrorCode, ErrorSource, Finding, Severity};
use super::marriages;
use super::policy::{ApproveCaseChange, CorrectCase, RejectCaseChange, RevokeCase};
use super::states::CaseAct;
use super::store;
use super::view::CaseView;
use crate::auth::{By, May, is_one_with};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Tx};
use crate::error::{Code, Error, Problem, Result};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::{Note, Reason};
use crate::schema::case_changes;
use crate::secrets::vault::Vault;
use crate::states::Part;
use crate::text_enum;

text_enum! {
    /// What is done to the entry.
    pub enum ChangeKind {
        Correct = "CORRECT",
        Revoke = "REVOKE",
    }
}

text_enum! {
    /// States of a change.
    pub enum ChangeStatus {
        Proposed = "PROPOSED",
        Approved = "APPROVED",
        Rejected = "REJECTED",
    }
}

/// One member of a case and its new value.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"pointer": "/fields/birth_order", "value": 2}))]
pub struct FieldChange {
    /// JSON Pointer to a member of the case: below `/fields/`, or `/event_on`, `/applicant/relation`,
    /// `/parties/{n}/name`, `/parties/{n}/birth_on`.
    #[schema(
        min_length = 9,
        max_length = 200,
        pattern = "^/(fields/.+|event_on|applicant/relation|parties/[0-9]+/(name|birth_on))$"
    )]
    pub pointer: String,
    /// The new value, of the member's type.
    pub value: Value,
}

/// A correction.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"changes": [{"pointer": "/fields/birth_order", "value": 2}], "reason": "出生證明書登載第二胎", "office_error": true}))]
pub struct CorrectionInput {
    #[schema(min_items = 1, max_items = 20)]
    changes: Vec<FieldChange>,
    reason: Note,
    /// The office made the mistake: it corrects by itself, tells the person (施行細則 §15), and the error counts.
    office_error: bool,
}

/// A revocation.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "結婚無效判決確定", "office_error": false}))]
pub struct RevocationInput {
    reason: Note,
    office_error: bool,
}

struct Change {
    id: Id,
    kind: ChangeKind,
    changes: Vec<FieldChange>,
    reason: Note,
    office_error: bool,
    proposed_by: String,
    proposed_at: Moment,
}

fn identity(id: Id) -> String {
    format!("case_changes/{id}/body")
}

/// The members that a change names, with their values.
pub fn opened(vault: &Vault, id: Id, body: String) -> Result<Vec<FieldChange>> {
    vault.open_json(&identity(id), body)
}

impl Change {
    fn insert(&self, tx: &mut Tx, vault: &Vault, case: &Case) -> Result<()> {
        let row = (
            case_changes::id.eq(self.id),
            case_changes::case_id.eq(case.id),
            case_changes::kind.eq(self.kind),
            case_changes::status.eq(ChangeStatus::Proposed),
            case_changes::body.eq(vault.seal_json(&identity(self.id), &self.changes)?),
            case_changes::reason.eq(self.reason.as_str()),
            case_changes::office_error.eq(self.office_error),
            case_changes::proposed_by.eq(&self.proposed_by),
            case_changes::proposed_at.eq(self.proposed_at),
        );
        diesel::insert_into(case_changes::table).values(row).execute(&mut **tx)?;
        Ok(())
    }

    /// Its proposal and its approval.
    fn acts(&self) -> (CaseAct, CaseAct) {
        match self.kind {
            ChangeKind::Correct => (CaseAct::Correct, CaseAct::ApproveCorrection),
            ChangeKind::Revoke => (CaseAct::Revoke, CaseAct::ApproveRevocation),
        }
    }
}

/// Who proposed the change that waits for a decision.
pub fn proposer(conn: &mut Conn, case: &Case) -> Result<Option<String>> {
    let open =
        case_changes::table.filter(case_changes::case_id.eq(case.id)).filter(case_changes::status.eq(ChangeStatus::Proposed));
    Ok(open.select(case_changes::proposed_by).first(conn).optional()?)
}

/// Refuses what hangs on the entry while a change of it waits for a decision.
pub fn require_settled(conn: &mut Conn, case: &Case) -> Result<()> {
    if proposer(conn, case)?.is_none() {
        return Ok(());
    }
    Err(Problem::new(Code::CONFLICT).detail("尚有未決之更正或撤銷", "a change of this case waits for a decision").into())
}

/// The change that waits for a decision.
fn open_change(tx: &mut Tx, vault: &Vault, case: &Case) -> Result<Option<Change>> {
    type Row = (Id, ChangeKind, String, String, bool, String, Moment);
    let row: Option<Row> = case_changes::table
        .filter(case_changes::case_id.eq(case.id))
        .filter(case_changes::status.eq(ChangeStatus::Proposed))
        .select((
            case_changes::id,
            case_changes::kind,
            case_changes::body,
            case_changes::reason,
            case_changes::office_error,
            case_changes::proposed_by,
            case_changes::proposed_at,
        ))
        .first(&mut **tx)
        .optional()?;
    let change = |(id, kind, body, reason, office_error, proposed_by, proposed_at): Row| -> Result<Change> {
        let changes = opened(vault, id, body)?;
        let reason = reason.parse().map_err(|e| Error::Internal(format!("the reason of change {id} does not read: {e}")))?;
        Ok(Change { id, kind, changes, reason, office_error, proposed_by, proposed_at })
    };
    row.map(change).transpose()
}

/// Takes a change as a proposal: it takes two people, whoever comes first (審核分工).
fn propose(tx: &mut Tx, node: &Node, by: &By, case: &mut Case, change: &Change) -> Result<acts::Acted> {
    let (proposal, _) = change.acts();
    proposal.apply(case.status)?;
    require_settled(tx, case)?;
    counter::in_charge(tx, by, case)?;
    if change.kind == ChangeKind::Correct {
        // Judged now, so that nobody approves what cannot be entered.
        corrections::corrected(tx, node, by, case, &change.changes)?;
    }
    change.insert(tx, &node.vault, case)?;
    Ok((proposal, change.reason.as_str().to_owned()))
}

/// Enters a change and its lines in the record book, and undoes or redoes what followed from the case.
fn carry_out(tx: &mut Tx, node: &Node, by: &By, case: &mut Case, change: &Change, confirmed: bool) -> Result<acts::Acted> {
    let status = case.status;
    let (_, approval) = change.acts();
    let next = approval.apply(status)?;
    let entry = Entry { kind: change.kind, reason: &change.reason, office_error: change.office_error, by: &change.proposed_by };
    match change.kind {
        ChangeKind::Correct => {
            let corrected = corrections::corrected(tx, node, by, case, &change.changes)?;
            for line in &corrected.lines {
                book::enter(tx, node, by, case, &entry, line)?;
            }
            corrected.put_into(tx, node, by, case)?;
        }
        ChangeKind::Revoke => {
            let (before, after) = (status.as_str().into(), next.as_str().into());
            book::enter(tx, node, by, case, &entry, &Line { pointer: "/status".to_owned(), before, after })?;
            effects::revoked(tx, node, by, case)?;
        }
    }
    marriages::settle(tx, node, by, case, confirmed)?;
    case.status = next;
    if change.office_error {
        let finding = Finding {
            error_code: ErrorCode::WrongEntry,
            severity: Severity::Minor,
            cause: ErrorCause::Oversight,
            note: change.reason.clone(),
        };
        let proposed = Some((change.proposed_by.clone(), change.proposed_at));
        errors::enter(tx, by, case, ErrorSource::ExOfficioCorrection, &finding, proposed)?;
    }
    Ok((approval, change.reason.as_str().to_owned()))
}

/// Corrects a registered case.
///
/// It waits for a supervisor other than whoever proposes it (`:approve-change`), a chief's own as well. Then every
/// changed member becomes a line in the maintenance record book, before and after, and what followed from the entry
/// (a name, a number, a seal) follows from the corrected one: notices to agencies that have not gone out yet tell the
/// corrected value, and agencies that were told another one are told right at once (施行細則 §15). An office error counts
/// in the error ledger.
#[utoipa::path(tag = "Cases", operation_id = "correct_case", params(IdInPath, IfMatchHeader), request_body = CorrectionInput, responses(
    (status = 200, description = "The case as it stands; the proposal waits.", body = CaseView),
    (status = 409, description = "With `allowed_actions`: `wrong_state`, `conflict`: a change waits for a decision, or `assigned_to_other`; `own_request`: it is about whoever acts."),
))]
#[post("/v1/cases/{id}:correct")]
pub async fn correct_case(
    may: May<CorrectCase>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<CorrectionInput>,
) -> Result<Reply> {
    acts::change(may, node, id.0, if_match, move |tx, node, by, case| {
        let change = Change {
            id: Id::new(by.now),
            kind: ChangeKind::Correct,
            changes: input.changes.clone(),
            reason: input.reason.clone(),
            office_error: input.office_error,
            proposed_by: by.caller.name(),
            proposed_at: by.now,
        };
        propose(tx, node, by, case, &change)
    })
    .await
}

/// Revokes a registered case.
///
/// As for corrections: two people, with a line in the maintenance record book (戶籍法 §23, §24). What followed from
/// the entry is taken back: the former name or number stands again, a seal is cancelled, certificates that rest on it
/// are voided. Agencies that have not been sent its notice yet are not told; those that were are told at once that the
/// change was taken back, and what stands again.
#[utoipa::path(tag = "Cases", operation_id = "revoke_case", params(IdInPath, IfMatchHeader), request_body = RevocationInput, responses(
    (status = 200, description = "The case as it stands; the proposal waits.", body = CaseView),
    (status = 409, description = "With `allowed_actions`: `wrong_state`, `conflict`: a change waits for a decision, or `assigned_to_other`; `own_request`: it is about whoever acts."),
))]
#[post("/v1/cases/{id}:revoke")]
pub async fn revoke_case(
    may: May<RevokeCase>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<RevocationInput>,
) -> Result<Reply> {
    acts::change(may, node, id.0, if_match, move |tx, node, by, case| {
        let change = Change {
            id: Id::new(by.now),
            kind: ChangeKind::Revoke,
            changes: Vec::new(),
            reason: input.reason.clone(),
            office_error: input.office_error,
            proposed_by: by.caller.name(),
            proposed_at: by.now,
        };
        propose(tx, node, by, case, &change)
    })
    .await
}

/// The caller's parts in a change that somebody proposed.
pub fn parts(conn: &mut Conn, by: &By, case: &Case, proposer: &str) -> Result<Vec<Part>> {
    let mut parts = match by.caller.account() {
        Some(account) => store::parts(conn, case, account.id)?,
        None => Vec::new(),
    };
    // Of proposals only this one counts.
    parts.retain(|part| *part != Part::Proposer);
    if is_one_with(conn, &by.caller, proposer)? {
        parts.push(Part::Proposer);
    }
    Ok(parts)
}

/// The change that waits for the caller's decision; never their own.
fn waiting(tx: &mut Tx, node: &Node, by: &By, case: &Case, decision: CaseAct) -> Result<Change> {
    decision.apply(case.status)?;
    let change = open_change(tx, &node.vault, case)?.ok_or_else(|| Error::wrong_state(&[]))?;
    decision.keep_apart(&parts(tx, by, case, &change.proposed_by)?)?;
    Ok(change)
}

/// Closes a change.
fn close(tx: &mut Tx, by: &By, change: &Change, status: ChangeStatus) -> Result<()> {
    diesel::update(case_changes::table.find(change.id))
        .set((
            case_changes::status.eq(status),
            case_changes::decided_by.eq(Some(by.caller.name())),
            case_changes::decided_at.eq(Some(by.now)),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// An approval.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"confirm_contradictions": false}))]
pub struct ChangeApproval {
    /// The marriages shown by `register_contradicts` have been looked at: the earlier one stays ended by the later.
    #[serde(default)]
    confirm_contradictions: bool,
}

/// Approves a proposed correction or revocation.
///
/// By a supervisor other than whoever proposed it; it is entered at once. What has meanwhile come to stand against it is
/// shown first: a death or a divorce is taken back, and the widow or the divorced has married again.
#[utoipa::path(tag = "Cases", operation_id = "approve_case_change", params(IdInPath, IfMatchHeader), request_body = ChangeApproval, responses(
    (status = 200, description = "The corrected or revoked case.", body = CaseView),
    (status = 409, description = "With `allowed_actions`: `wrong_state`: nothing waits for a decision; `own_request`; `conflict`: the register has moved on; `register_contradicts` with `contradictions`."),
))]
#[post("/v1/cases/{id}:approve-change")]
pub async fn approve_case_change(
    may: May<ApproveCaseChange>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<ChangeApproval>,
) -> Result<Reply> {
    acts::change(may, node, id.0, if_match, move |tx, node, by, case| {
        let change = waiting(tx, node, by, case, CaseAct::ApproveCorrection)?;
        let told = carry_out(tx, node, by, case, &change, input.confirm_contradictions)?;
        close(tx, by, &change, ChangeStatus::Approved)?;
        Ok(told)
    })
    .await
}

/// Rejects a proposed correction or revocation.
///
/// With a reason; the case stays as it is.
#[utoipa::path(tag = "Cases", operation_id = "reject_case_change", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The unchanged case.", body = CaseView),
    (status = 409, description = "`wrong_state`: nothing waits for a decision; `own_request`."),
))]
#[post("/v1/cases/{id}:reject-change")]
pub async fn reject_case_change(
    may: May<RejectCaseChange>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    acts::change(may, node, id.0, if_match, move |tx, node, by, case| {
        let change = waiting(tx, node, by, case, CaseAct::RejectChange)?;
        close(tx, by, &change, ChangeStatus::Rejected)?;
        Ok((CaseAct::RejectChange, why.as_str().to_owned()))
    })
    .await
}
