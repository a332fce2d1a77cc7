//! Decisions on corrections, revocations and reinstatements: approved or rejected by another person, or taken back by whoever proposed them.

use actix_web::post;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use super::acts;
use super::book::{self, Entry, Line};
use super::case::Case;
use super::change_papers;
use super::changes::{Change, ChangeKind, ChangeStatus, is_corrected, open_change, require_settled};
use super::contradictions::{self, StandingEntry};
use super::corrections;
use super::counter;
use super::effects;
use super::errors::{self, ErrorCause, ErrorCode, ErrorSource, Finding, Severity};
use super::guarded::Wards;
use super::policy::{ApproveCaseChange, RejectCaseChange, WithdrawCaseChange};
use super::reinstatements;
use super::states::{CaseAct, CaseStatus};
use super::store;
use super::view::CaseView;
use crate::auth::{By, May, is_one_with};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Tx};
use crate::domain::Domains;
use crate::error::{Code, Error, Result};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::Reason;
use crate::schema::case_changes;
use crate::states::{Part, in_own_matter, parts_of};

/// The line of a change in the record book.
fn line_of(change: &Change) -> Entry<'_> {
    Entry { kind: change.kind, reason: &change.reason, office_error: change.office_error, by: &change.proposed_by }
}

/// The act by which a change is approved.
fn approval_of(conn: &mut Conn, case: &Case, change: &Change) -> Result<CaseAct> {
    Ok(match change.kind {
        ChangeKind::Reinstate if is_corrected(conn, case.id)? => CaseAct::ReinstateCorrected,
        _ => change.acts().1,
    })
}

/// Refuses to propose what nobody could approve: it is carried out as it would be by its approval, and taken back. What two entries would
/// say at once is for whoever approves it to decide.
pub fn rehearse(tx: &mut Tx, node: &Node, by: &By, case: &Case, change: &Change) -> Result<()> {
    let next = approval_of(tx, case, change)?.apply(case.status)?;
    tx.rehearse(|tx| enter(tx, node, by, &mut case.clone(), change, next))
}

/// Enters a change and its lines in the record book, and undoes or redoes what followed from the case.
fn enter(tx: &mut Tx, node: &Node, by: &By, case: &mut Case, change: &Change, next: CaseStatus) -> Result<()> {
    let (entry, before) = (line_of(change), effects::party_ids(tx, case)?);
    let wards = Wards::of_entry(tx, node, (case, &before), by.now.date())?;
    match change.kind {
        ChangeKind::Correct => {
            let corrected = corrections::corrected(tx, node, by, case, (&change.changes, &change.papers))?;
            for line in &corrected.lines {
                book::enter(tx, node, by, case, &entry, line)?;
            }
            corrected.put_into(tx, node, by, case)?;
            case.status = next;
        }
        ChangeKind::Revoke => revoke(tx, node, by, case, &entry, next)?,
        ChangeKind::Reinstate => {
            change_papers::of_reinstatement(tx, node, by, case, &change.papers)?.put_into(case)?;
            reinstate(tx, node, by, case, &entry, next)?;
        }
    }
    wards.require_none_new(tx, node, case)
}

/// Enters a change that is approved, and decides between what two entries would say at once.
fn carry_out(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    case: &mut Case,
    change: &Change,
    standing: Option<StandingEntry>,
) -> Result<acts::Acted> {
    let approval = approval_of(tx, case, change)?;
    let (next, before) = (approval.apply(case.status)?, effects::party_ids(tx, case)?);
    enter(tx, node, by, case, change, next)?;
    let entry = line_of(change);
    for void in contradictions::settle(tx, node, (by, &change.proposed_by), (case, &before), standing)? {
        if void == case.id {
            let (zh, en) = ("所恢復之婚姻依法無效，不得恢復", "by law the marriage to reinstate is void: reject the change");
            return Err(effects::contradiction(zh, en));
        }
        revoke_void(tx, node, by, void, &entry)?;
    }
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

/// Revokes a case on which no other entry rests: its line in the record book, and what followed from it.
fn revoke(tx: &mut Tx, node: &Node, by: &By, case: &mut Case, entry: &Entry<'_>, next: CaseStatus) -> Result<()> {
    reinstatements::foresee_revocation(tx, node, by, case)?;
    let (before, after) = (case.status.as_str().into(), next.as_str().into());
    book::enter(tx, node, by, case, entry, &Line { pointer: "/status".to_owned(), before, after })?;
    effects::revoked(tx, node, by, case)?;
    case.status = next;
    Ok(())
}

/// Restores a revoked case with its own day: its line in the record book, and what followed from it.
fn reinstate(tx: &mut Tx, node: &Node, by: &By, case: &mut Case, entry: &Entry<'_>, next: CaseStatus) -> Result<()> {
    let (before, after) = (case.status.as_str().into(), next.as_str().into());
    book::enter(tx, node, by, case, entry, &Line { pointer: "/status".to_owned(), before, after })?;
    reinstatements::carry_out(tx, node, by, case)?;
    case.status = next;
    Ok(())
}

/// Revokes the registration of a marriage that a change has shown to be void (民法 §988; 戶籍法 §23): whoever proposed the change
/// and whoever approves it are the two people.
fn revoke_void(tx: &mut Tx, node: &Node, by: &By, id: Id, entry: &Entry<'_>) -> Result<()> {
    let mut void = store::find_to_act(tx, node, by, id)?;
    require_settled(tx, &void)?;
    let next = CaseAct::Void.apply(void.status)?;
    if let Some(account) = by.caller.account() {
        CaseAct::Void.keep_apart(&store::parts(tx, &node.vault, &void, account.id, by.now.date())?)?;
    }
    revoke(tx, node, by, &mut void, &Entry { kind: ChangeKind::Revoke, ..*entry }, next)?;
    store::save(tx, &mut void, by.now)?;
    counter::record_act(tx, by, &void, CaseAct::Void, entry.reason.as_str())?;
    node.part::<Domains>().follow_case(tx, node, by, id)
}

/// The caller's parts in a change that somebody proposed, by those that they have in the case: whom it names from then on, it is
/// a matter of as well.
pub fn parts(conn: &mut Conn, node: &Node, by: &By, case: &Case, (mut parts, change): (Vec<Part>, &Change)) -> Result<Vec<Part>> {
    // Of proposals only this one counts.
    parts.retain(|part| *part != Part::Proposer);
    parts.extend(parts_of(conn, &by.caller, [(Part::Proposer, change.proposed_by.as_str(), Some(change.proposed_at))])?);
    if !change.changes.is_empty() {
        let named = corrections::names_beside(conn, node, case, &change.changes)?;
        parts.extend(in_own_matter(conn, by, named)?);
    }
    Ok(parts)
}

/// The change that waits for the caller's decision; never their own.
fn waiting(tx: &mut Tx, node: &Node, by: &By, case: &Case, decision: CaseAct) -> Result<Change> {
    decision.apply(case.status)?;
    let change = open_change(tx, &node.vault, case)?.ok_or_else(|| Error::wrong_state(&[]))?;
    let in_case = match by.caller.account() {
        Some(account) => store::parts(tx, &node.vault, case, account.id, by.now.date())?,
        None => Vec::new(),
    };
    decision.keep_apart(&parts(tx, node, by, case, (in_case, &change))?)?;
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
#[schema(example = json!({"confirm_contradictions": "EARLIER"}))]
pub struct ChangeApproval {
    /// Which of the entries shown by `register_contradicts` stands by law; once you have looked at both.
    confirm_contradictions: Option<StandingEntry>,
}

/// Approves a proposed correction, revocation or reinstatement.
///
/// By a supervisor other than whoever proposed it; it is entered at once. What has meanwhile come to stand against it is
/// shown first: a death or a divorce is taken back, and the widow or the divorced has married again; or a marriage is
/// reinstated, and one of its parties has married since. By law the later marriage
/// is void then (民法 §985, §988), and its registration is revoked with this change; unless both of its parties trusted in good
/// faith in a registered divorce (民法 §988 no. 3, §988-1) or in a declaration of death (家事事件法 §163): then it stands, and the
/// earlier one has ended by it. LATER is for such a divorce or declaration alone, when it is what is revoked or corrected: after
/// another death, or where a marriage is reinstated, the later marriage is void. So too where somebody would be adopted by two who are not married to each other, as when the end
/// of an adoption is taken back and another has adopted since: the later adoption is void (民法 §1075, §1079-4), whatever its
/// parties knew.
#[utoipa::path(tag = "Cases", operation_id = "approve_case_change", params(IdInPath, IfMatchHeader), request_body = ChangeApproval, responses(
    (status = 200, description = "The corrected, revoked or reinstated case.", body = CaseView),
    (status = 409, description = "With `allowed_actions`: `wrong_state`: nothing waits for a decision; `own_request`; `holder_required`: nobody knows who works with the account, or with that of whoever proposed it; `asker_gone`: whoever proposed it holds no office any more; `conflict`: the register has moved on, `taken` where a number that a reinstated entry gave is somebody else's by now; `documents_missing` with `missing_papers`: the register has given cause for them since it was proposed; `possible_duplicate` with `matches`: a case that may be the same was entered since its reinstatement was proposed; `entry_incomplete`: what a reinstated revocation revokes stands again; `protected`: the applicant whom it names now is barred by now; `ambiguous_person` with `candidates`: whoever is added shares number and name with another by now; `register_contradicts` with `contradictions`; `conflict` too where other entries rest on one that is revoked, which `errors` lists (`later_entry`)."),
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
        let decision = match case.status {
            CaseStatus::Revoked => CaseAct::ApproveReinstatement,
            _ => CaseAct::ApproveCorrection,
        };
        let change = waiting(tx, node, by, case, decision)?;
        let told = carry_out(tx, node, by, case, &change, input.confirm_contradictions)?;
        close(tx, by, &change, ChangeStatus::Approved)?;
        Ok(told)
    })
    .await
}

/// Rejects a proposed correction, revocation or reinstatement.
///
/// With a reason; the case stays as it is.
#[utoipa::path(tag = "Cases", operation_id = "reject_case_change", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The unchanged case.", body = CaseView),
    (status = 409, description = "`wrong_state`: nothing waits for a decision; `own_request`; `holder_required`."),
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

/// Takes a proposed correction, revocation or reinstatement back.
///
/// By whoever proposed it (`forbidden` for others: they reject it), with a reason; the case stays as it is and can be changed again.
#[utoipa::path(tag = "Cases", operation_id = "withdraw_case_change", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The unchanged case.", body = CaseView),
    (status = 409, description = "`wrong_state`: nothing waits for a decision."),
))]
#[post("/v1/cases/{id}:withdraw-change")]
pub async fn withdraw_case_change(
    may: May<WithdrawCaseChange>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    acts::change(may, node, id.0, if_match, move |tx, node, by, case| {
        CaseAct::WithdrawChange.apply(case.status)?;
        let change = open_change(tx, &node.vault, case)?.ok_or_else(|| Error::wrong_state(&[]))?;
        if !is_one_with(tx, &by.caller, (&change.proposed_by, Some(change.proposed_at)))? {
            return Err(Code::FORBIDDEN.into());
        }
        close(tx, by, &change, ChangeStatus::Withdrawn)?;
        Ok((CaseAct::WithdrawChange, why.as_str().to_owned()))
    })
    .await
}
