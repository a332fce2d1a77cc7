//! After registration: corrections and revocations, proposed by one person for another to decide on.

use actix_web::post;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::acts;
use super::case::Case;
use super::change_papers;
use super::corrections;
use super::counter;
use super::decisions;
use super::policy::{CorrectCase, RevokeCase};
use super::reinstatements;
use super::states::CaseAct;
use super::view::CaseView;
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::Seals;
use crate::db::{Conn, Id, JsonText, Tx};
use crate::error::{Code, Problem, Result};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::Note;
use crate::schema::case_changes;
use crate::secrets::vault::Vault;
use crate::text_enum;

text_enum! {
    /// What is done to the entry.
    pub enum ChangeKind {
        Correct = "CORRECT",
        Revoke = "REVOKE",
        /// A revocation is undone
        Reinstate = "REINSTATE",
    }
}

text_enum! {
    /// States of a change.
    pub enum ChangeStatus {
        Proposed = "PROPOSED",
        Approved = "APPROVED",
        Rejected = "REJECTED",
        /// Taken back by whoever proposed it
        Withdrawn = "WITHDRAWN",
    }
}

/// One member of a case and its new value.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"pointer": "/fields/birth_order", "value": 2}))]
pub struct FieldChange {
    /// JSON Pointer to a member of the case: below `/fields/`, or `/event_on`, `/applicant/relation`, `/applicant/name`,
    /// `/applicant/national_id`, `/applicant/identified_by`, `/parties/{n}/name`, `/parties/{n}/national_id`,
    /// `/parties/{n}/identified_by`, `/parties/{n}/birth_on`, `/parties/{n}/romanised_name`, `/parties/{n}/role`; of whoever came for
    /// the applicant `/proxy/name`, `/proxy/national_id`, `/proxy/identified_by`, `/proxy/reason`, `/proxy/dated_on`; and how it was
    /// taken: `/channel` (never from ONLINE or to it), `/off_site`, `/registered_area`, `/ex_officio`. A member of an application that is
    /// none of these is refused with what to do in its place.
    ///
    /// A party who was left out is added (戶籍法 §22, 脫漏) by `/parties/-`, or by the next place of those that the case shows, with the
    /// whole party as an application has it:
    /// `{"pointer": "/parties/-", "value": {"role": "FATHER", "name": "王大明", "national_id": "N123456780", "birth_on": "1993-02-11"}}`.
    /// One who does not belong to it is taken out by their place and null: `{"pointer": "/parties/1", "value": null}`; a member of
    /// theirs is not corrected with it. Each undoes the other. Places are those of the case as it stands, also where several are
    /// added or taken out. Of a marriage to somebody known by name alone the spouse is added, in the place of `spouse_name` and
    /// `spouse_nationality`.
    ///
    /// The child whom a registered birth has made stands last among its `parties`: `/parties/{n}/name`, `/parties/{n}/national_id` and
    /// `/parties/{n}/birth_on` of the child are `/fields/child_name`, `/fields/national_id` and `/event_on`, and the record book has
    /// them so.
    #[schema(min_length = 2, max_length = 200)]
    pub pointer: String,
    /// The new value, of the member's type.
    pub value: Value,
}

/// A correction.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"changes": [{"pointer": "/fields/birth_order", "value": 2}], "reason": "出生證明書登載第二胎", "office_error": true}))]
pub struct CorrectionInput {
    /// Each member once.
    #[schema(min_items = 1, max_items = 20)]
    changes: Vec<FieldChange>,
    /// Codes of the checklist's papers that are there for it, beside those that the case has.
    #[serde(default)]
    #[schema(max_items = 60)]
    papers: Vec<String>,
    reason: Note,
    /// The office made the mistake: it corrects by itself, tells everybody of whom the entry is (施行細則 §15; the call list's ENTRY), and
    /// the error counts. Whoever is added to the entry or taken out of it is told whoever made it.
    office_error: bool,
}

/// A revocation.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "結婚無效判決確定", "office_error": false}))]
pub struct RevocationInput {
    reason: Note,
    /// The office made the mistake, and the error counts. Everybody of whom the entry is and who has not applied for its revocation is
    /// told whoever made it (the call list's ENTRY).
    office_error: bool,
}

/// A change as it was proposed.
pub struct Change {
    pub id: Id,
    pub kind: ChangeKind,
    pub changes: Vec<FieldChange>,
    /// The papers that were shown for it.
    pub papers: Vec<String>,
    pub reason: Note,
    pub office_error: bool,
    pub proposed_by: String,
    pub proposed_at: Moment,
}

fn identity(id: Id) -> String {
    format!("case_changes/{id}/body")
}

/// The members that a change names, with their values.
pub fn opened(vault: &Vault, id: Id, body: String) -> Result<Vec<FieldChange>> {
    vault.open_json(&identity(id), body)
}

fn reason_identity(id: Id) -> String {
    format!("case_changes/{id}/reason")
}

/// Why it was proposed.
pub fn opened_reason(vault: &Vault, id: Id, reason: &str) -> Result<String> {
    vault.open_text(&reason_identity(id), reason)
}

impl Change {
    /// A proposal as it begins: without changed members, and without papers of its own.
    pub fn proposed(by: &By, kind: ChangeKind, reason: &Note, office_error: bool) -> Self {
        Self {
            id: Id::new(by.now),
            kind,
            changes: Vec::new(),
            papers: Vec::new(),
            reason: reason.clone(),
            office_error,
            proposed_by: by.caller.name(),
            proposed_at: by.now,
        }
    }

    fn insert(&self, tx: &mut Tx, vault: &Vault, case: &Case) -> Result<()> {
        let row = (
            case_changes::id.eq(self.id),
            case_changes::case_id.eq(case.id),
            case_changes::kind.eq(self.kind),
            case_changes::status.eq(ChangeStatus::Proposed),
            case_changes::body.eq(vault.seal_json(&identity(self.id), &self.changes)?),
            case_changes::reason.eq(vault.seal_text(&reason_identity(self.id), self.reason.as_str())),
            case_changes::office_error.eq(self.office_error),
            case_changes::proposed_by.eq(&self.proposed_by),
            case_changes::proposed_at.eq(self.proposed_at),
            case_changes::papers.eq(JsonText::of(&self.papers)?),
        );
        diesel::insert_into(case_changes::table).values(row).execute(&mut **tx)?;
        Ok(())
    }

    /// Its proposal and its approval.
    pub fn acts(&self) -> (CaseAct, CaseAct) {
        match self.kind {
            ChangeKind::Correct => (CaseAct::Correct, CaseAct::ApproveCorrection),
            ChangeKind::Revoke => (CaseAct::Revoke, CaseAct::ApproveRevocation),
            ChangeKind::Reinstate => (CaseAct::Reinstate, CaseAct::ApproveReinstatement),
        }
    }
}

/// Whether members of a case have been corrected.
pub fn is_corrected(conn: &mut Conn, case: Id) -> Result<bool> {
    let corrected = case_changes::table.filter(case_changes::case_id.eq(case)).filter(case_changes::kind.eq(ChangeKind::Correct));
    let approved = corrected.filter(case_changes::status.eq(ChangeStatus::Approved));
    Ok(approved.count().get_result::<i64>(conn)? > 0)
}

/// Who proposed the change that waits for a decision, and when.
pub fn proposer(conn: &mut Conn, case: &Case) -> Result<Option<(String, Moment)>> {
    let open =
        case_changes::table.filter(case_changes::case_id.eq(case.id)).filter(case_changes::status.eq(ChangeStatus::Proposed));
    Ok(open.select((case_changes::proposed_by, case_changes::proposed_at)).first(conn).optional()?)
}

/// Refuses what hangs on the entry while a change of it waits for a decision.
pub fn require_settled(conn: &mut Conn, case: &Case) -> Result<()> {
    if proposer(conn, case)?.is_none() {
        return Ok(());
    }
    Err(Problem::new(Code::CONFLICT).detail("尚有未決之更正、撤銷或恢復", "a change of this case waits for a decision").into())
}

/// The change that waits for a decision.
pub fn open_change(conn: &mut Conn, vault: &Vault, case: &Case) -> Result<Option<Change>> {
    type Row = (Id, ChangeKind, String, String, bool, String, Moment, JsonText);
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
            case_changes::papers,
        ))
        .first(conn)
        .optional()?;
    let change = |(id, kind, body, reason, office_error, proposed_by, proposed_at, papers): Row| -> Result<Change> {
        let (changes, papers) = (opened(vault, id, body)?, papers.read()?);
        let reason = Note::from_store(opened_reason(vault, id, &reason)?);
        Ok(Change { id, kind, changes, papers, reason, office_error, proposed_by, proposed_at })
    };
    row.map(change).transpose()
}

/// Takes a change as a proposal: it takes two people, whoever comes first (審核分工).
pub fn propose(tx: &mut Tx, node: &Node, by: &By, case: &mut Case, change: &Change) -> Result<acts::Acted> {
    let (proposal, _) = change.acts();
    proposal.apply(case.status)?;
    require_settled(tx, case)?;
    counter::in_charge(tx, node, by, case)?;
    // Judged now, so that nobody is asked to approve what cannot be entered.
    match change.kind {
        ChangeKind::Correct => corrections::proposed(tx, node, by, case, (&change.changes, &change.papers))?,
        ChangeKind::Revoke => reinstatements::foresee_revocation(tx, node, by, case)?,
        ChangeKind::Reinstate => {
            reinstatements::foresee(tx, node, by, case)?;
            change_papers::of_reinstatement(tx, node, by, case, &change.papers).map(drop)?;
        }
    }
    change.insert(tx, &node.vault, case)?;
    // Whoever reinstates says first whether another case is the same.
    if change.kind != ChangeKind::Reinstate {
        decisions::rehearse(tx, node, by, case, change)?;
    }
    Ok((proposal, change.reason.as_str().to_owned()))
}

/// Corrects a registered case.
///
/// It waits for a supervisor other than whoever proposes it (`:approve-change`), a chief's own as well; `:withdraw-change` takes
/// it back. What would keep it from being entered is refused here already: it is tried as its approval would enter it, and taken back. So is what makes a circumstance of the
/// checklist true without its `papers` (`documents_missing`): another man as the father of a birth, for one, asks for the papers
/// that its receipt would have. Who a party or the applicant is can be
/// corrected too: what the case says of them moves to whom it names now, and whom it named by mistake is known by it no more.
/// Where the case keeps them as a record that has never had their number, since it was joined to that one when they were entered and is
/// parted by now, the same number, said again, moves it to whom the number finds.
/// Who was left out of an entry is added to it, and who does not belong to it is taken out (`/parties/-`, `/parties/{n}` with null), as
/// far as its type has such parties (`party_roles`; `parties` otherwise): the whole case is judged by the rules of its intake then,
/// with their roles, papers, marks and ages, and how they are tied; what it enters of somebody it enters of whoever is added alone, and of
/// those who stay nothing changes. The record book keeps the whole party, before and after.
/// A number that was entered by mistake was never that person's (施行細則 §15): it finds them no more and is free, while the
/// record book keeps it. Where the numbers of two births were swapped, correct the one to none (`/fields/national_id` to
/// `null`), then the other one to its own number, then the first.
/// A correction breaks no chain of moves, on no day and in no township (`not_registered_there`, `later_entry`), and is not made under
/// what rests on the entry as it stands: a death is not corrected to another person or to a later day under a guardian who was
/// registered since no parent was left, nor an entry to a day or to people by which a guardian would stand beside a parent who lives (民法 §1091). What the law leaves to the papers is shown to whoever decides in
/// `register_hints`: a divorce or a death on another day and the births of the two (民法 §1062, §1063), marriages and adoptions
/// that are void by it (§983, §1073-1).
/// It is judged by the rules of the intake at the day of its acceptance, also by who lived then and applied by the law (戶籍法 §45):
/// what the case as it stands does not break, the corrected one does not either; what was right and is not touched stays right.
/// Certificates that certify the entry of whoever it takes out are void, and valid again once they are put back; others are `outdated`.
/// Rules of age are judged anew where the correction changes what they hang on (`too_young`): the day, who somebody is, of an
/// adoption or a guardian also the day of birth (民法 §1073, §1079-4, §1096). A true day of birth alone takes nobody's marriage from
/// the register: it stands until a court annuls it (民法 §989).
/// A name, in Latin letters as well, or a day of birth that is corrected goes before what was seen of it elsewhere. What later
/// entries gave stays today's: a change of name or number is corrected in its own place, and what a later one took for the name or
/// the number of before is what its papers showed; `old_name` is corrected to no name by which nobody knew its subject where others had
/// seen or registered one. Once it is approved, every
/// changed member becomes a line in the maintenance record book, before and after, and what followed from the entry
/// (a name, a number, a seal) follows from the corrected one: notices to agencies that have not gone out yet tell the
/// corrected value, and agencies that were told another one are told right at once (施行細則 §15). An office error counts
/// in the error ledger. What is wrong with a changed member is told at `/changes/{n}/value`; a pointer to no member of the body
/// is one into the case: what of it keeps the correction from being entered.
#[utoipa::path(tag = "Cases", operation_id = "correct_case", params(IdInPath, IfMatchHeader), request_body = CorrectionInput, responses(
    (status = 200, description = "The case as it stands; the proposal waits.", body = CaseView),
    (status = 409, description = "With `allowed_actions`: `wrong_state`; `conflict`: a change waits for a decision, or the register forbids the corrected entry, also since later entries presuppose it as it was (`later_entry` in `errors`, each with its case); `documents_missing` with `missing_papers`: it makes their circumstance true; `identity_unsettled` with `differences`: whom it names now is known by another name; `ambiguous_person` with `candidates`: several people have the number and the name of whoever is added, whose `person_id` tells which is meant; `assigned_to_other`; `own_request`: it is about whoever acts; or `protected`: whom it names now as the applicant is barred from the data of whom they act for, or whose entry they ask for; `holder_required`: nobody knows who works with the account."),
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
        let change = Change::proposed(by, ChangeKind::Correct, &input.reason, input.office_error);
        let change = Change { changes: input.changes.clone(), papers: input.papers.clone(), ..change };
        propose(tx, node, by, case, &change)
    })
    .await
}

/// Revokes a registered case.
///
/// As for corrections: two people, with a line in the maintenance record book (戶籍法 §23, §24). What followed from
/// the entry is taken back: the former name or number stands again, unless a later entry gave another since; a seal is cancelled, certificates that rest on it
/// are voided. Agencies that have not been sent its notice yet are not told; those that were are told at once that the
/// change was taken back, and what stands again. A revocation that was a mistake is undone: `:reinstate`. While other entries of
/// the same people presuppose this one (its divorce, the end of an adoption or a guardianship, a name that was taken because of
/// it, a birth that has the husband as the father by it; an adoption of the one by the other since a divorce; a guardian who was
/// registered since a parent had died or an adoption had ended, or who would be so again beside a parent who lives, 民法 §1091; the next move from where it leads; of a birth all that is registered of the child since) it is not revoked:
/// revoke those first. What comes back with it and the law leaves to the papers is shown to whoever decides in `register_hints`:
/// marriages and adoptions that are void once the end of an adoption or of a marriage is revoked (民法 §983, §1073-1), children of whom the law presumes another father
/// once a divorce or a death is (§1063), whoever adopted alone (§1074).
#[utoipa::path(tag = "Cases", operation_id = "revoke_case", params(IdInPath, IfMatchHeader), request_body = RevocationInput, responses(
    (status = 200, description = "The case as it stands; the proposal waits.", body = CaseView),
    (status = 409, description = "With `allowed_actions`: `wrong_state`, `conflict`: a change waits for a decision, or later entries presuppose this one, which `errors` lists (`later_entry`, each with its case), or `assigned_to_other`; `own_request`: it is about whoever acts; `holder_required`: nobody knows who works with the account."),
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
        let change = Change::proposed(by, ChangeKind::Revoke, &input.reason, input.office_error);
        propose(tx, node, by, case, &change)
    })
    .await
}
