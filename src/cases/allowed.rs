//! What the caller may do with a case now: by its state, by the policy, and by what they are to it.

use super::acts;
use super::case::Case;
use super::changes;
use super::counter;
use super::decisions;
use super::notices;
use super::register;
use super::restore::letter;
use super::states::{CaseAct, CaseStatus};
use super::store;
use super::telling;
use crate::auth::{By, Reach, Role, has_holder, is_one_with};
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::node::Node;
use crate::states::Part;

/// What the caller may do now.
pub fn allowed(conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<Vec<&'static str>> {
    let mut acts: Vec<&'static str> = Vec::new();
    let possible = CaseAct::possible(case.status).filter_map(|act| {
        let reach = act.line().operation.and_then(|operation| operation.reach(by.caller.roles()))?;
        Some((act, reach))
    });
    let possible: Vec<(CaseAct, Reach)> = possible.collect();
    let me = by.caller.account().map(|account| account.id);
    let parts = match me.filter(|_| possible.iter().any(|(_, reach)| *reach != Reach::Own)) {
        Some(me) => store::parts(conn, &node.vault, case, me, by.now.date())?,
        None => Vec::new(),
    };
    let decides =
        |(act, reach): &(CaseAct, Reach)| (act.changes_entry() || *act == CaseAct::RejectChange) && *reach != Reach::Own;
    let deciding = match me.filter(|_| possible.iter().any(decides)) {
        Some(_) => deciding(conn, node, by, case, &parts)?,
        None => None,
    };
    for (act, reach) in possible {
        let name = act.line().name;
        if acts.contains(&name) {
            continue;
        }
        let free = match me {
            _ if reach == Reach::Own => may_apply(conn, node, by, case, act)?,
            Some(me) => may(conn, node, by, case, (act, me, (&parts, deciding.as_deref())))?,
            None => false,
        };
        if free {
            acts.push(name);
        }
    }
    Ok(acts)
}

/// Whether whoever applies for a case may do something with it.
fn may_apply(conn: &mut Conn, node: &Node, by: &By, case: &Case, act: CaseAct) -> Result<bool> {
    if act == CaseAct::Edit {
        let case_type = counter::own_type(node, conn, case)?;
        if case.status != CaseStatus::Draft || register::require_strong_log_in(node, by, &case_type).is_err() {
            return Ok(false);
        }
    }
    Ok(store::applies(conn, node, by, case)? && sets_off(conn, node, case, act)?)
}

/// The caller's parts in the change that waits for a decision, if one does.
fn deciding(conn: &mut Conn, node: &Node, by: &By, case: &Case, parts: &[Part]) -> Result<Option<Vec<Part>>> {
    let Some(change) = changes::open_change(conn, &node.vault, case)? else { return Ok(None) };
    decisions::parts(conn, node, by, case, (parts.to_vec(), &change)).map(Some)
}

/// The caller's parts in a case, and in a change of it that waits.
type Parts<'a> = (&'a [Part], Option<&'a [Part]>);

/// Whether a member of staff may, with these parts.
fn may(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    case: &Case,
    (act, me, (parts, deciding)): (CaseAct, Id, Parts<'_>),
) -> Result<bool> {
    // Whom the case names leads nothing in it (行政程序法 §32).
    let is_known = !parts.contains(&Part::Unnamed) || has_holder(conn, &by.caller.name())?;
    let is_free = !parts.contains(&Part::Subject) && is_known;
    let leads = counter::leads(by, case) && is_free;
    let apart = || act.keep_apart(parts).is_ok();
    Ok(match act {
        CaseAct::Assign => is_free && may_assign(by, case, parts),
        CaseAct::GiveNotice => leads && has_to_tell(conn, node, case)?,
        CaseAct::Accept | CaseAct::Edit | CaseAct::Withdraw | CaseAct::Recall => leads,
        // A case that nobody has touched has no notice.
        CaseAct::Refuse => {
            leads && (case.version == 1 || notices::store::waits_until(conn, &node.vault, case.id, by.now)?.is_none())
        }
        CaseAct::Reopen => apart(),
        CaseAct::MissPaper | CaseAct::ReceivePaper | CaseAct::ReceiveLastPaper => {
            leads && case.version > 1 && notices::store::is_given(conn, case.id)?
        }
        CaseAct::Submit => leads && acts::obstacle(conn, node, case)?.is_none(),
        CaseAct::ApproveProxy => {
            act.keep_apart(&acts::of_proxy(case, me, parts)).is_ok()
                && letter(&node.vault, case)?.is_some_and(|letter| letter.waits())
        }
        CaseAct::Pass | CaseAct::Return | CaseAct::Error => {
            let free = case.reviewer.is_none_or(|reviewer| reviewer == me) || by.caller.supervises();
            free && apart()
        }
        CaseAct::Correct | CaseAct::Revoke | CaseAct::Reinstate => leads && changes::proposer(conn, case)?.is_none(),
        CaseAct::ApproveCorrection
        | CaseAct::ApproveRevocation
        | CaseAct::ApproveReinstatement
        | CaseAct::ReinstateCorrected
        | CaseAct::RejectChange => deciding.is_some_and(|parts| act.keep_apart(parts).is_ok()),
        CaseAct::WithdrawChange => match changes::proposer(conn, case)? {
            Some(proposer) => is_one_with(conn, &by.caller, (&proposer.0, Some(proposer.1)))?,
            None => false,
        },
        CaseAct::Notify => sets_off(conn, node, case, act)? && apart(),
        CaseAct::Draft | CaseAct::Part | CaseAct::Void => false,
    })
}

/// Whether an agency can be told of a case: of this type, as it stands, and one that was not told yet; other acts do not ask.
fn sets_off(conn: &mut Conn, node: &Node, case: &Case, act: CaseAct) -> Result<bool> {
    if act != CaseAct::Notify {
        return Ok(true);
    }
    let Some(trigger) = counter::own_type(node, conn, case)?.rules.notification_trigger else { return Ok(false) };
    Ok(changes::proposer(conn, case)?.is_none() && telling::any_untold(conn, case.id, trigger)?)
}

/// Whether a notice can be given: papers are missing, or a new fact may make further ones necessary after the first.
fn has_to_tell(conn: &mut Conn, node: &Node, case: &Case) -> Result<bool> {
    let case_type = counter::own_type(node, conn, case)?;
    let missing = acts::missing_papers(conn, node, case, &case_type.rules)?;
    Ok(!missing.is_empty() || (case.version > 1 && notices::store::is_given(conn, case.id)?))
}

/// Supervisors hand a case to anybody; others take what nobody has, on the side on which they have not worked.
fn may_assign(by: &By, case: &Case, parts: &[Part]) -> bool {
    if by.caller.supervises() {
        return true;
    }
    let takes = |held: Option<Id>, role| by.caller.has_role(role) && held.is_none();
    let free = |other: Part| !parts.contains(&other);
    takes(case.clerk, Role::Clerk) && free(Part::Reviewer) || takes(case.reviewer, Role::Reviewer) && free(Part::Clerk)
}

/// A refusal of an act, with what is possible instead.
pub fn explained(conn: &mut Conn, node: &Node, by: &By, case: &Case, error: Error) -> Error {
    let Error::Problem(problem) = error else { return error };
    if problem.code.status().as_u16() != 409 {
        return Error::Problem(problem);
    }
    match allowed(conn, node, by, case) {
        Ok(acts) => problem.with("allowed_actions", acts).into(),
        Err(error) => error,
    }
}
