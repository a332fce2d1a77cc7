//! What the caller may do with a case now: by its state, by the policy, and by what they are to it.

use super::acts;
use super::case::Case;
use super::changes;
use super::desk;
use super::notices;
use super::policy::{
    AcceptCase, ApproveCaseChange, ApproveCaseProxy, AssignCase, CorrectCase, CreateAgencyNotice, CreateReview, GiveNotice,
    ReceivePaper, RefuseCase, RejectCaseChange, RevokeCase, SubmitCase, UpdateCase, WithdrawCase,
};
use super::restore::letter;
use super::states::{CaseAct, CaseStatus};
use super::store;
use crate::auth::policy::{Action, Line};
use crate::auth::{By, Reach, Role};
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::node::Node;

/// The operation behind an act.
fn line(act: CaseAct) -> &'static Line {
    match act {
        CaseAct::Accept => AcceptCase::LINE,
        CaseAct::Edit => UpdateCase::LINE,
        CaseAct::Assign => AssignCase::LINE,
        CaseAct::ApproveProxy => ApproveCaseProxy::LINE,
        CaseAct::GiveNotice => GiveNotice::LINE,
        CaseAct::ReceivePaper => ReceivePaper::LINE,
        CaseAct::Submit => SubmitCase::LINE,
        CaseAct::Pass | CaseAct::Return | CaseAct::Error => CreateReview::LINE,
        CaseAct::Withdraw => WithdrawCase::LINE,
        CaseAct::Refuse => RefuseCase::LINE,
        CaseAct::Correct => CorrectCase::LINE,
        CaseAct::Revoke => RevokeCase::LINE,
        CaseAct::ApproveChange => ApproveCaseChange::LINE,
        CaseAct::RejectChange => RejectCaseChange::LINE,
        CaseAct::Notify => CreateAgencyNotice::LINE,
    }
}

/// The act by the part of its address that follows the case's; `edit` is the PATCH of the case.
fn address(act: CaseAct) -> &'static str {
    match act {
        CaseAct::Pass | CaseAct::Return | CaseAct::Error => "reviews",
        CaseAct::ReceivePaper => "one-time-notice/items",
        other => other.name(),
    }
}

/// What the caller may do now.
pub fn allowed(conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<Vec<&'static str>> {
    let mut acts: Vec<&'static str> = Vec::new();
    for act in CaseAct::ALL.iter().copied().filter(|act| act.after(case.status).is_some()) {
        let Some(reach) = line(act).reach(by.caller.roles()) else { continue };
        if !acts.contains(&address(act)) && may(conn, node, by, case, act, reach)? {
            acts.push(address(act));
        }
    }
    Ok(acts)
}

fn may(conn: &mut Conn, node: &Node, by: &By, case: &Case, act: CaseAct, reach: Reach) -> Result<bool> {
    if reach == Reach::Own {
        let drafted = act != CaseAct::Edit || case.status == CaseStatus::Draft;
        return Ok(drafted && store::applies(conn, by, case)? && sets_off(conn, node, case, act)?);
    }
    let Some(me) = by.caller.account().map(|account| account.id) else { return Ok(false) };
    Ok(match act {
        CaseAct::Assign => may_assign(by, case, me),
        CaseAct::Accept | CaseAct::Edit | CaseAct::GiveNotice | CaseAct::Withdraw | CaseAct::Refuse => desk::leads(by, case),
        // A case that nobody has touched has no notice.
        CaseAct::ReceivePaper => desk::leads(by, case) && case.version > 1 && notices::store::of_case(conn, case.id)?.is_some(),
        CaseAct::Submit => desk::leads(by, case) && acts::obstacle(conn, node, case)?.is_none(),
        CaseAct::ApproveProxy => case.clerk != Some(me) && letter(case)?.is_some_and(|letter| letter.waits()),
        CaseAct::Pass | CaseAct::Return | CaseAct::Error => {
            let free = case.reviewer.is_none_or(|reviewer| reviewer == me) || desk::supervises(by);
            free && !store::worked_on(conn, case, me)?
        }
        CaseAct::Correct | CaseAct::Revoke => desk::leads(by, case) && changes::proposer(conn, case)?.is_none(),
        CaseAct::ApproveChange | CaseAct::RejectChange => {
            changes::proposer(conn, case)?.is_some_and(|proposer| proposer != by.caller.name())
        }
        CaseAct::Notify => sets_off(conn, node, case, act)?,
    })
}

/// Whether agencies are to be told of a case of this type; other acts do not ask.
fn sets_off(conn: &mut Conn, node: &Node, case: &Case, act: CaseAct) -> Result<bool> {
    if act != CaseAct::Notify {
        return Ok(true);
    }
    Ok(desk::own_type(node, conn, case)?.rules.notification_trigger.is_some())
}

fn may_assign(by: &By, case: &Case, me: Id) -> bool {
    let free = |held: Option<Id>, role| by.caller.has_role(role) && held.is_none_or(|held| held == me);
    desk::supervises(by) || free(case.clerk, Role::Clerk) || free(case.reviewer, Role::Reviewer)
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
