//! After registration: corrections and revocations, by clerk and supervisor, with their line in the maintenance
//! record book (戶籍資料維護紀錄簿).

use actix_web::web::Data;
use actix_web::{get, post};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use validator::Validate;

use super::acts::{self, CaseReason};
use super::case::Case;
use super::desk;
use super::errors::{self, ErrorCause, ErrorCode, ErrorSource, ErrorStatus, Finding, Severity};
use super::fields;
use super::states::CaseAct;
use super::store;
use super::view::CaseView;
use crate::auth::policy::{ApproveCaseChange, CorrectCase, ListCaseChanges, RejectCaseChange, RevokeCase};
use crate::auth::vault::{Sealed, Vault};
use crate::auth::{By, May};
use crate::calendar::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::counters;
use crate::db::{Id, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::people::Note;
use crate::schema::{case_changes, maintenance_records};
use crate::state::State;
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

/// One member of `fields` and its new value.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"pointer": "/fields/birth_order", "value": 2}))]
pub struct FieldChange {
    /// JSON Pointer to a member of the case, below `/fields/`.
    #[validate(length(min = 9, max = 200))]
    #[schema(min_length = 9, max_length = 200, pattern = "^/fields/.+$")]
    pub pointer: String,
    /// The new value, of the member's type.
    pub value: Value,
}

/// A correction.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"changes": [{"pointer": "/fields/birth_order", "value": 2}], "reason": "出生證明書登載第二胎", "office_error": true}))]
pub struct CorrectionInput {
    #[validate(nested, length(min = 1, max = 20))]
    #[schema(min_items = 1, max_items = 20)]
    changes: Vec<FieldChange>,
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// The office made the mistake: it corrects by itself, tells the person (施行細則 §15), and the error counts.
    office_error: bool,
}

/// A revocation.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "結婚無效判決確定", "office_error": false}))]
pub struct RevocationInput {
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    office_error: bool,
}

struct Change {
    id: Id,
    kind: ChangeKind,
    changes: Vec<FieldChange>,
    reason: String,
    office_error: bool,
    proposed_by: String,
}

fn identity(id: Id) -> String {
    format!("case_changes/{id}/body")
}

impl Change {
    fn insert(&self, tx: &mut Tx, vault: &Vault, case: &Case, status: ChangeStatus, by: &By) -> Result<()> {
        let body = serde_json::to_string(&self.changes).map_err(|e| Error::internal("changes cannot be written", e))?;
        let decided = (status == ChangeStatus::Approved).then(|| by.caller.name());
        let row = (
            case_changes::id.eq(self.id),
            case_changes::case_id.eq(case.id),
            case_changes::kind.eq(self.kind),
            case_changes::status.eq(status),
            case_changes::body.eq(vault.seal(&identity(self.id), &body).into_stored()),
            case_changes::reason.eq(&self.reason),
            case_changes::office_error.eq(self.office_error),
            case_changes::proposed_by.eq(&self.proposed_by),
            case_changes::proposed_at.eq(by.now),
            case_changes::decided_by.eq(&decided),
            case_changes::decided_at.eq(decided.as_ref().map(|_| by.now)),
        );
        diesel::insert_into(case_changes::table).values(row).execute(&mut **tx)?;
        Ok(())
    }

    fn act(&self) -> CaseAct {
        match self.kind {
            ChangeKind::Correct => CaseAct::Correct,
            ChangeKind::Revoke => CaseAct::Revoke,
        }
    }
}

/// The change that waits for a decision.
fn open_change(tx: &mut Tx, vault: &Vault, case: &Case) -> Result<Option<Change>> {
    type Row = (Id, ChangeKind, String, String, bool, String);
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
        ))
        .first(&mut **tx)
        .optional()?;
    let change = |(id, kind, body, reason, office_error, proposed_by): Row| -> Result<Change> {
        let text = vault.open(&identity(id), &Sealed::from_stored(body));
        let text = text.map_err(|e| Error::internal("a change does not open", e))?;
        let changes = serde_json::from_str(&text).map_err(|e| Error::internal("a change is no JSON", e))?;
        Ok(Change { id, kind, changes, reason, office_error, proposed_by })
    };
    row.map(change).transpose()
}

/// Takes a change: at once by a supervisor who is not the clerk in charge, else as a proposal for one.
fn propose(tx: &mut Tx, state: &State, by: &By, case: &mut Case, change: &Change) -> Result<acts::Told> {
    change.act().apply(case.status)?;
    if open_change(tx, &state.vault, case)?.is_some() {
        let refusal = Problem::new(Code::Conflict).detail("尚有未決之更正或撤銷", "a change of this case waits for a decision");
        return Err(refusal.into());
    }
    // Judged now, so that nobody approves what cannot be entered.
    let after = changed_fields(state, tx, by, case, &change.changes)?;
    let own = by.caller.account().map(|account| account.id);
    let at_once = desk::supervises(by) && case.clerk != own;
    if !at_once {
        if !desk::supervises(by) {
            desk::in_charge(by, case)?;
        }
        change.insert(tx, &state.vault, case, ChangeStatus::Proposed, by)?;
        return Ok(("case.change_proposed", change.reason.clone()));
    }
    change.insert(tx, &state.vault, case, ChangeStatus::Approved, by)?;
    carry_out(tx, state, by, case, change, &after)
}

/// The fields as they would stand, judged by the rules of the form.
fn changed_fields(state: &State, tx: &mut Tx, by: &By, case: &Case, changes: &[FieldChange]) -> Result<Value> {
    let mut input = desk::restored(tx, state, case)?;
    for (index, change) in changes.iter().enumerate() {
        let unknown = || {
            let text = Text::new("案件無此欄位", "the case has no such member");
            Error::field(format!("/changes/{index}/pointer"), "unknown_field", text)
        };
        let pointer = change.pointer.strip_prefix("/fields").ok_or_else(unknown)?;
        let (parent, name) = pointer.rsplit_once('/').ok_or_else(unknown)?;
        let parent = input.fields.pointer_mut(parent).and_then(Value::as_object_mut).ok_or_else(unknown)?;
        parent.insert(name.to_owned(), change.value.clone());
    }
    desk::judge_again(state, tx, by, case, &input)?;
    Ok(input.fields)
}

/// Enters a change and its lines in the record book.
fn carry_out(tx: &mut Tx, state: &State, by: &By, case: &mut Case, change: &Change, after: &Value) -> Result<acts::Told> {
    let before = store::open_fields(&state.vault, case)?;
    let status = case.status;
    case.status = change.act().apply(status)?;
    match change.kind {
        ChangeKind::Correct => {
            for one in &change.changes {
                let pointer = one.pointer.trim_start_matches("/fields");
                let text = |fields: &Value| fields.pointer(pointer).unwrap_or(&Value::Null).to_string();
                enter(tx, &state.vault, by, case, change, &one.pointer, (&text(&before), &text(after)))?;
            }
            case.fields = store::seal_fields(&state.vault, case.id, after);
        }
        ChangeKind::Revoke => enter(tx, &state.vault, by, case, change, "/status", (status.as_str(), case.status.as_str()))?,
    }
    if change.office_error {
        let note: Note = change.reason.parse().map_err(|e| Error::Internal(format!("a reason is too long: {e}")))?;
        let finding =
            Finding { error_code: ErrorCode::WrongEntry, severity: Severity::Minor, cause: ErrorCause::Oversight, note };
        errors::note(tx, by, case, ErrorSource::ExOfficioCorrection, &finding, ErrorStatus::Confirmed)?;
    }
    let action = if change.kind == ChangeKind::Correct { "case.corrected" } else { "case.revoked" };
    Ok((action, change.reason.clone()))
}

/// The name under which a line's values are sealed.
pub fn line_identity(roc_year: i32, number: i32, column: &str) -> String {
    format!("maintenance_records/{roc_year}/{number}/{column}")
}

fn enter(tx: &mut Tx, vault: &Vault, by: &By, case: &Case, change: &Change, field: &str, values: (&str, &str)) -> Result<()> {
    let roc_year = counters::roc_year(by.now);
    let number = counters::next(tx, &format!("maintenance/{roc_year}"))?;
    let number = i32::try_from(number).map_err(|e| Error::internal("a record book is full", e))?;
    let seal = |column, text| vault.seal(&line_identity(roc_year, number, column), text).into_stored();
    let row = (
        maintenance_records::roc_year.eq(roc_year),
        maintenance_records::number.eq(number),
        maintenance_records::case_id.eq(case.id),
        maintenance_records::service_point.eq(&case.service_point),
        maintenance_records::kind.eq(change.kind),
        maintenance_records::field.eq(field),
        maintenance_records::before_value.eq(seal("before", values.0)),
        maintenance_records::after_value.eq(seal("after", values.1)),
        maintenance_records::reason.eq(&change.reason),
        maintenance_records::office_error.eq(change.office_error),
        maintenance_records::recorded_by.eq(&change.proposed_by),
        maintenance_records::approved_by.eq(by.caller.name()),
        maintenance_records::recorded_at.eq(by.now),
    );
    diesel::insert_into(maintenance_records::table).values(row).execute(&mut **tx)?;
    let event = json!({"roc_year": roc_year, "number": number, "case_id": case.id, "kind": change.kind});
    let subject = format!("record-books/maintenance/{roc_year}-{number}");
    tx.record(Record::change("maintenance.recorded", subject, event).about(case.person_id).because(&*change.reason));
    Ok(())
}

/// Corrects a registered case.
///
/// A clerk's correction waits for a supervisor (`:approve-change`); a supervisor who is not the clerk in charge
/// corrects at once. Every changed member becomes a line in the maintenance record book, before and after; an
/// office error counts in the error ledger.
#[utoipa::path(tag = "Cases", operation_id = "correct_case", params(IdInPath, IfMatchHeader), request_body = CorrectionInput, responses(
    (status = 200, description = "The case: CORRECTED, or unchanged with the proposal noted.", body = CaseView),
    (status = 409, description = "`wrong_state` with `allowed_actions`, `conflict`: a change waits for a decision, or `assigned_to_other`."),
))]
#[post("/v1/cases/{id}:correct")]
pub async fn correct_case(
    may: May<CorrectCase>,
    state: Data<State>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<CorrectionInput>,
) -> Result<Reply> {
    acts::change(may, state, id.0, if_match, move |tx, state, by, case| {
        let change = Change {
            id: Id::new(by.now),
            kind: ChangeKind::Correct,
            changes: input.changes.clone(),
            reason: input.reason.clone(),
            office_error: input.office_error,
            proposed_by: by.caller.name(),
        };
        propose(tx, state, by, case, &change)
    })
    .await
}

/// Revokes a registered case.
///
/// As for corrections: clerk and supervisor, with a line in the maintenance record book (戶籍法 §23, §24).
#[utoipa::path(tag = "Cases", operation_id = "revoke_case", params(IdInPath, IfMatchHeader), request_body = RevocationInput, responses(
    (status = 200, description = "The case: REVOKED, or unchanged with the proposal noted.", body = CaseView),
    (status = 409, description = "`wrong_state` with `allowed_actions`, `conflict`: a change waits for a decision, or `assigned_to_other`."),
))]
#[post("/v1/cases/{id}:revoke")]
pub async fn revoke_case(
    may: May<RevokeCase>,
    state: Data<State>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<RevocationInput>,
) -> Result<Reply> {
    acts::change(may, state, id.0, if_match, move |tx, state, by, case| {
        let change = Change {
            id: Id::new(by.now),
            kind: ChangeKind::Revoke,
            changes: Vec::new(),
            reason: input.reason.clone(),
            office_error: input.office_error,
            proposed_by: by.caller.name(),
        };
        propose(tx, state, by, case, &change)
    })
    .await
}

/// Closes the change that waits; never by whoever proposed it.
fn decide(tx: &mut Tx, state: &State, by: &By, case: &Case, status: ChangeStatus) -> Result<Change> {
    let waiting = open_change(tx, &state.vault, case)?;
    let change = waiting.ok_or_else(|| Error::wrong_state(&CaseAct::allowed(case.status)))?;
    if change.proposed_by == by.caller.name() {
        return Err(Code::OwnRequest.into());
    }
    diesel::update(case_changes::table.find(change.id))
        .set((
            case_changes::status.eq(status),
            case_changes::decided_by.eq(Some(by.caller.name())),
            case_changes::decided_at.eq(Some(by.now)),
        ))
        .execute(&mut **tx)?;
    Ok(change)
}

/// Approves a proposed correction or revocation.
///
/// By a supervisor other than whoever proposed it; it is entered at once.
#[utoipa::path(tag = "Cases", operation_id = "approve_case_change", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The corrected or revoked case.", body = CaseView),
    (status = 409, description = "`wrong_state`: nothing waits for a decision; `own_request`."),
))]
#[post("/v1/cases/{id}:approve-change")]
pub async fn approve_case_change(
    may: May<ApproveCaseChange>,
    state: Data<State>,
    id: PathId,
    if_match: IfMatch,
) -> Result<Reply> {
    acts::change(may, state, id.0, if_match, |tx, state, by, case| {
        let change = decide(tx, state, by, case, ChangeStatus::Approved)?;
        let after = changed_fields(state, tx, by, case, &change.changes)?;
        carry_out(tx, state, by, case, &change, &after)
    })
    .await
}

/// Rejects a proposed correction or revocation.
///
/// With a reason; the case stays as it is.
#[utoipa::path(tag = "Cases", operation_id = "reject_case_change", params(IdInPath, IfMatchHeader), request_body = CaseReason, responses(
    (status = 200, description = "The unchanged case.", body = CaseView),
    (status = 409, description = "`wrong_state`: nothing waits for a decision; `own_request`."),
))]
#[post("/v1/cases/{id}:reject-change")]
pub async fn reject_case_change(
    may: May<RejectCaseChange>,
    state: Data<State>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<CaseReason>,
) -> Result<Reply> {
    acts::change(may, state, id.0, if_match, move |tx, state, by, case| {
        decide(tx, state, by, case, ChangeStatus::Rejected)?;
        Ok(("case.change_rejected", why.reason.clone()))
    })
    .await
}

/// A change of a case.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "kind": "CORRECT", "status": "PROPOSED", "changes": [{"pointer": "/fields/birth_order", "value": 2}],
    "reason": "出生證明書登載第二胎", "office_error": true, "proposed_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71",
    "proposed_at": "2026-11-24T09:00:00+08:00", "decided_by": null, "decided_at": null
}))]
pub struct CaseChangeView {
    pub id: Id,
    pub kind: ChangeKind,
    pub status: ChangeStatus,
    /// Personal values are masked.
    #[schema(max_items = 20)]
    pub changes: Vec<FieldChange>,
    #[schema(max_length = 500)]
    pub reason: String,
    pub office_error: bool,
    #[schema(max_length = 60)]
    pub proposed_by: String,
    pub proposed_at: Moment,
    #[schema(max_length = 60)]
    pub decided_by: Option<String>,
    pub decided_at: Option<Moment>,
}

/// A case's changes.
#[derive(Serialize, ToSchema)]
pub struct CaseChangeList {
    #[schema(max_items = 1000)]
    items: Vec<CaseChangeView>,
}

/// Lists a case's corrections and revocations.
///
/// Proposed, approved and rejected ones, oldest first.
#[utoipa::path(tag = "Cases", operation_id = "list_case_changes", params(IdInPath), responses((status = 200, description = "The changes.", body = CaseChangeList)))]
#[get("/v1/cases/{id}/changes")]
pub async fn list_case_changes(may: May<ListCaseChanges>, state: Data<State>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let case = store::find(conn, by, id.0)?;
        type Row = (Id, ChangeKind, ChangeStatus, String, String, bool, String, Moment, Option<String>, Option<Moment>);
        let rows: Vec<Row> = case_changes::table
            .filter(case_changes::case_id.eq(case.id))
            .order(case_changes::id)
            .select((
                case_changes::id,
                case_changes::kind,
                case_changes::status,
                case_changes::body,
                case_changes::reason,
                case_changes::office_error,
                case_changes::proposed_by,
                case_changes::proposed_at,
                case_changes::decided_by,
                case_changes::decided_at,
            ))
            .load(conn)?;
        let items = rows.into_iter().map(|row| shown(&state.vault, row)).collect::<Result<_>>()?;
        Reply::ok(&CaseChangeList { items })
    })
    .await
}

fn shown(
    vault: &Vault,
    (id, kind, status, body, reason, office_error, proposed_by, proposed_at, decided_by, decided_at): (
        Id,
        ChangeKind,
        ChangeStatus,
        String,
        String,
        bool,
        String,
        Moment,
        Option<String>,
        Option<Moment>,
    ),
) -> Result<CaseChangeView> {
    let text = vault.open(&identity(id), &Sealed::from_stored(body));
    let text = text.map_err(|e| Error::internal("a change does not open", e))?;
    let mut changes: Vec<FieldChange> = serde_json::from_str(&text).map_err(|e| Error::internal("a change is no JSON", e))?;
    for change in &mut changes {
        let name = change.pointer.rsplit('/').next().unwrap_or("").to_owned();
        let shown = fields::masked(&json!({ name.clone(): change.value }));
        change.value = shown[&name].clone();
    }
    Ok(CaseChangeView { id, kind, status, changes, reason, office_error, proposed_by, proposed_at, decided_by, decided_at })
}
