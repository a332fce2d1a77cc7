//! What the caller may do with a case now: by its state, by the policy, and by what they are to it.

use super::acts;
use super::case::Case;
use super::changes;
use super::counter;
use super::decisions;
use super::notices;
use super::restore::letter;
use super::states::{CaseAct, CaseStatus};
use super::store;
use super::telling;
use crate::auth::{By, Reach, Role, is_about, is_one_with};
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::node::Node;
use crate::states::Part;

/// What the caller may do now.
pub fn allowed(conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<Vec<&'static str>> {
    let mut acts: Vec<&'static str> = Vec::new();
    // Whom the case is about leads nothing in it (行政程序法 §32).
    let leads = counter::leads(by, case) && !store::people_of(conn, case).and_then(|people| is_about(conn, by, &people))?;
    for act in CaseAct::possible(case.status) {
        let line = act.line();
        let Some(reach) = line.operation.and_then(|operation| operation.reach(by.caller.roles())) else { continue };
        if !acts.contains(&line.name) && may(conn, node, by, case, (act, reach, leads))? {
            acts.push(line.name);
        }
    }
    Ok(acts)
}

fn may(conn: &mut Conn, node: &Node, by: &By, case: &Case, (act, reach, leads): (CaseAct, Reach, bool)) -> Result<bool> {
    if reach == Reach::Own {
        let drafted = act != CaseAct::Edit || case.status == CaseStatus::Draft;
        return Ok(drafted && store::applies(conn, by, case)? && sets_off(conn, node, case, act)?);
    }
    let Some(me) = by.caller.account().map(|account| account.id) else { return Ok(false) };
    Ok(match act {
        CaseAct::Assign => may_assign(conn, by, case, me)?,
        CaseAct::GiveNotice => leads && has_to_tell(conn, node, case)?,
        CaseAct::Accept | CaseAct::Edit | CaseAct::Withdraw | CaseAct::Refuse | CaseAct::Recall => leads,
        CaseAct::Reopen => act.keep_apart(&store::parts(conn, case, me, by.now.date())?).is_ok(),
        // A case that nobody has touched has no notice.
        CaseAct::MissPaper | CaseAct::ReceivePaper | CaseAct::ReceiveLastPaper => {
            leads && case.version > 1 && notices::store::of_case(conn, case.id)?.is_some()
        }
        CaseAct::Submit => leads && acts::obstacle(conn, node, case)?.is_none(),
        CaseAct::ApproveProxy => {
            act.keep_apart(&acts::of_proxy(conn, case, me, by.now.date())?).is_ok()
                && letter(case)?.is_some_and(|letter| letter.waits())
        }
        CaseAct::Pass | CaseAct::Return | CaseAct::Error => {
            let free = case.reviewer.is_none_or(|reviewer| reviewer == me) || by.caller.supervises();
            free && act.keep_apart(&store::parts(conn, case, me, by.now.date())?).is_ok()
        }
        CaseAct::Correct | CaseAct::Revoke => leads && changes::proposer(conn, case)?.is_none(),
        CaseAct::ApproveCorrection | CaseAct::ApproveRevocation | CaseAct::RejectChange => changes::proposer(conn, case)?
            .map_or(Ok(false), |proposer| {
                decisions::parts(conn, by, case, &proposer).map(|parts| act.keep_apart(&parts).is_ok())
            })?,
        CaseAct::WithdrawChange => match changes::proposer(conn, case)? {
            Some(proposer) => is_one_with(conn, &by.caller, &proposer)?,
            None => false,
        },
        CaseAct::Notify => {
            sets_off(conn, node, case, act)? && act.keep_apart(&store::parts(conn, case, me, by.now.date())?).is_ok()
        }
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
    let missing = !acts::missing_papers(case, &counter::own_type(node, conn, case)?.rules)?.is_empty();
    Ok(missing || (case.version > 1 && notices::store::of_case(conn, case.id)?.is_some()))
}

/// Supervisors hand a case to anybody; others take what nobody has, on the side on which they have not worked.
fn may_assign(conn: &mut Conn, by: &By, case: &Case, me: Id) -> Result<bool> {
    if by.caller.supervises() {
        return Ok(true);
    }
    let free = |held: Option<Id>, role| by.caller.has_role(role) && held.is_none();
    let (clerk, reviewer) = (free(case.clerk, Role::Clerk), free(case.reviewer, Role::Reviewer));
    if !clerk && !reviewer {
        return Ok(false);
    }
    let parts = store::parts(conn, case, me, by.now.date())?;
    let free = |other: Part| !parts.contains(&other) && !parts.contains(&Part::Subject);
    Ok(clerk && free(Part::Reviewer) || reviewer && free(Part::Clerk))
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
