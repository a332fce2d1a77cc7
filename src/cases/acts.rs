//! Acts on a case by its clerk: acceptance, submission, withdrawal, refusal, assignment, approval of a proxy.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use super::again;
use super::allowed::explained;
use super::awaited;
use super::case::{Case, ProxyLetter};
use super::circumstances;
use super::counter;
use super::faces::Sight;
use super::named;
use super::notices;
use super::policy::{AcceptCase, ApproveCaseProxy, AssignCase, RefuseCase, SubmitCase, WithdrawCase};
use super::problems::{ASK_AT_COUNTER, DOCUMENTS_MISSING, PROXY_NOT_APPROVED};
use super::protected;
use super::restore::{letter, seal_letter};
use super::states::{CaseAct, CaseStatus};
use super::store;
use super::types::checklist::{PaperRule, missing};
use super::types::model::CaseRules;
use super::view::{self, CaseView};
use crate::accounts::{self, IdentityPaper};
use crate::auth::policy::Action;
use crate::auth::{By, May, Reach, Role};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Tx};
use crate::domain::{Domains, case_path};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::facts::{self, Strikes};
use crate::people::{Note, Reason, differences};
use crate::scheduling::Plans;
use crate::states::{Part, keep_apart};

/// What an act leaves in the history: itself and the reason.
pub type Acted = (CaseAct, String);

/// Changes one case: found within reach, at the version that the caller read, saved and told if anything changed, shown.
pub async fn change<A: Action, T: Into<Option<Acted>>>(
    may: May<A>,
    node: Data<Node>,
    id: Id,
    if_match: IfMatch,
    act: impl Fn(&mut Tx, &Node, &By, &mut Case) -> Result<T> + Send + 'static,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut case = store::find_to_act(tx, &node, by, id)?;
        if_match.check(case.version)?;
        let before = case.clone();
        let done = act_on(tx, &node, by, &mut case, |tx, case| act(tx, &node, by, case));
        let done = done.map_err(|error| explained(tx, &node, by, &before, error))?;
        if done.is_some_and(CaseAct::changes_entry) {
            node.part::<Domains>().follow_case(tx, &node, by, case.id)?;
        }
        Ok(Reply::ok(&view::view(tx, &node, by, &case, Sight::Masked)?)?.version(case.version))
    })
    .await
}

/// Takes a case one step on, with the reason: by the applicant for themselves, for the office by whoever is in charge, or where
/// the act is a supervisor's by one whom the case does not name. What follows from the step is the domain's.
pub async fn step<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match): (Id, IfMatch),
    (act, why): (CaseAct, Reason),
    follow: impl Fn(&mut Tx, &Node, &By, &mut Case) -> Result<()> + Send + 'static,
) -> Result<Reply> {
    change(may, node, id, if_match, move |tx, node, by, case| {
        let for_office = by.reach != Reach::Own;
        if !for_office {
            require_applicant(tx, node, by, case)?;
        }
        let next = act.apply(case.status)?;
        match act.line().part {
            _ if !for_office => {}
            Part::Supervisor => counter::require_uninvolved(tx, node, by, case)?,
            _ => counter::in_charge(tx, node, by, case)?,
        }
        case.status = next;
        follow(tx, node, by, case)?;
        Ok((act, why.as_str().to_owned()))
    })
    .await
}

/// Acts on a case, saves and tells it; an act that changes nothing leaves no trace.
fn act_on<T: Into<Option<Acted>>>(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    case: &mut Case,
    act: impl FnOnce(&mut Tx, &mut Case) -> Result<T>,
) -> Result<Option<CaseAct>> {
    let Some((done, reason)) = act(tx, case)?.into() else { return Ok(None) };
    store::save(tx, case, by.now)?;
    let told = if done == CaseAct::Refuse { protected::told(tx, node, by, case, &reason)? } else { reason.as_str() };
    counter::record_told(tx, by, case, done, (&reason, told))?;
    Ok(Some(done))
}

/// How to accept a draft.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"confirm_not_duplicate": false}))]
pub struct Acceptance {
    /// The cases shown by `possible_duplicate` are another matter.
    #[serde(default)]
    confirm_not_duplicate: bool,
    /// The applicant's paper, as a clerk has seen it; required where the account that began it is only `DECLARED`.
    document: Option<IdentityPaper>,
}

/// Accepts a draft.
///
/// Of one that an account began whose owner only says who they are (`identity_level` is `DECLARED`) the clerk looks at the applicant's
/// paper first (422 `required` at `/document` otherwise); what the office knows by it falls with it.
/// Judged once more as on the day of its receipt, and what takes effect by being registered alone, such as a marriage in the
/// country, as on this day (民法 §982); numbered, and the office's clock starts.
#[utoipa::path(tag = "Cases", operation_id = "accept_case", params(IdInPath, IfMatchHeader), request_body = Acceptance, responses(
    (status = 200, description = "The accepted case.", body = CaseView),
    (status = 409, description = "`wrong_state` with `allowed_actions`, `possible_duplicate` with `matches`, or `assigned_to_other`; `ambiguous_person` with `candidates`: several people have that number and are called so; `identity_unsettled` with `differences`: the account that began it acts for somebody else of that number than whom it names; `conflict`: the letter of proxy by which it was begun is no longer in force; `own_request`: it is about whoever acts; `protected`: the applicant or the proxy is barred from the data of whom they act for, or whose entry they ask for (家庭暴力防治法 §14, §58-2; 跟蹤騷擾防制法 §12); `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/cases/{id}:accept")]
pub async fn accept_case(
    may: May<AcceptCase>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<Acceptance>,
) -> Result<Reply> {
    change(may, node, id.0, if_match, move |tx, node, by, case| {
        counter::accept(tx, node, by, case, (input.confirm_not_duplicate, input.document.as_deref()))?;
        Ok((CaseAct::Accept, String::new()))
    })
    .await
}

/// Papers of a case's checklist that are not there.
pub fn missing_papers(conn: &mut Conn, node: &Node, case: &Case, rules: &CaseRules) -> Result<Vec<PaperRule>> {
    let (parties, names) = (store::parties(conn, case.id)?, named::of(conn, node, case.id)?);
    let fields = store::open_fields(&node.vault, case)?;
    let circumstances = circumstances::of(conn, node, case, rules, (&parties, names.as_ref(), &fields))?;
    let papers: Vec<String> = case.papers.read()?;
    Ok(missing(rules.papers_for(&circumstances, case.brought_by()), &papers))
}

/// Refuses to go on without papers.
pub fn require_papers(missing: Vec<PaperRule>) -> Result<()> {
    if missing.is_empty() { Ok(()) } else { Err(Problem::new(DOCUMENTS_MISSING).with("missing_papers", missing).into()) }
}

/// What keeps a case from its review: papers that are not there, what is still to be entered, the approval of a proxy, people who
/// are known otherwise.
pub fn obstacle(conn: &mut Conn, node: &Node, case: &Case) -> Result<Option<Problem>> {
    let case_type = counter::own_type(node, conn, case)?;
    let missing = missing_papers(conn, node, case, &case_type.rules)?;
    if !missing.is_empty() {
        return Ok(Some(Problem::new(DOCUMENTS_MISSING).with("missing_papers", missing)));
    }
    if let Some(problem) = awaited::incomplete(conn, node, case)? {
        return Ok(Some(problem));
    }
    if letter(&node.vault, case)?.is_some_and(|letter| letter.waits()) {
        return Ok(Some(Problem::new(PROXY_NOT_APPROVED)));
    }
    Ok(differences::unsettled(named::differences(conn, node, case)?))
}

/// Submits a case for review.
///
/// With all papers there, and the proxy approved where the law wants it. A person other than the clerk reviews. Marks and letters are
/// judged once more, here and by the review, and so is every rule of the intake, by what the register has come to say since of the day
/// of the acceptance: whoever applied, came for somebody, consented or bore witness and had died before that day, had no capacity or no
/// right on it, was no national or was married stops the case, and papers for which there is cause by that are wanted. What
/// somebody could say then stays said (民法 §95), but an entry is handed out to nobody who could not ask for it today. Where a mark has
/// come to stand on somebody who needs a consent, whoever consents is named (422 `required` at `/parties`), and whoever asks is known
/// by a number or a paper.
#[utoipa::path(tag = "Cases", operation_id = "submit_case", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The case, under review.", body = CaseView),
    (status = 409, description = "`wrong_state` with `allowed_actions`, `documents_missing` with `missing_papers`, `entry_incomplete`: what is to be entered is not there yet, `proxy_not_approved`, `identity_unsettled` with `differences`, or `assigned_to_other`; `conflict`: the letter of proxy by which it was begun online is no longer in force, or of an entry that is asked for the legal representative is none any more; with `errors`: what the intake would have refused by what the register has come to say (`person_deceased`, `no_capacity`, `not_representative`, `not_national`, `already_married` …): refuse it, or have it corrected by whoever can; `own_request`: it is about whoever acts; `protected`: the applicant or the proxy is barred by now from the data of whom they act for, or whose entry they ask for: refuse it; `holder_required`: nobody knows who works with the account."),
    (status = 422, description = "`invalid`: `required` at `/parties`: a mark has come to stand on somebody who needs a consent, and nobody who consents is named; `required` at `identified_by` of whoever asks and is known by nothing."),
))]
#[post("/v1/cases/{id}:submit-for-review")]
pub async fn submit_case(may: May<SubmitCase>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    change(may, node, id.0, if_match, submitted).await
}

fn submitted(tx: &mut Tx, node: &Node, by: &By, case: &mut Case) -> Result<Acted> {
    let next = CaseAct::Submit.apply(case.status)?;
    counter::in_charge(tx, node, by, case)?;
    let missing = again::require_still(tx, node, by, case)?;
    if let Some(problem) = obstacle(tx, node, case)? {
        return Err(problem.into());
    }
    require_papers(missing)?;
    case.status = next;
    Ok((CaseAct::Submit, String::new()))
}

/// Submits a case within a transaction that has taken it.
pub fn submit(tx: &mut Tx, node: &Node, by: &By, case: &mut Case) -> Result<()> {
    act_on(tx, node, by, case, |tx, case| submitted(tx, node, by, case)).map(drop)
}

/// Refuses whoever is a party only: acting is for the applicant and their proxy. Who began a case and is no longer known as
/// either is told where to go.
pub fn require_applicant(conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<()> {
    if store::applies(conn, node, by, case)? {
        return Ok(());
    }
    let begun = store::is_begun_by(conn, case, &by.caller.name())?;
    Err(if begun { ASK_AT_COUNTER } else { Code::FORBIDDEN }.into())
}

/// Withdraws a case.
///
/// On the applicant's wish, before it is registered; by the applicant or their proxy through a front-end, else by
/// the clerk. Whoever applied by an account that is only `DECLARED` withdraws a draft by it; from the acceptance on the case is
/// the applicant's whom the office has met, and the account asks at the counter: `allowed_actions` has no `withdraw` then.
#[utoipa::path(tag = "Cases", operation_id = "withdraw_case", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The withdrawn case.", body = CaseView),
    (status = 409, description = "`wrong_state` with `allowed_actions`, or `assigned_to_other`; `own_request`: it is about whoever acts; `ask_at_counter`: whoever began it is not known as the applicant; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/cases/{id}:withdraw")]
pub async fn withdraw_case(
    may: May<WithdrawCase>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    step(may, node, (id.0, if_match), (CaseAct::Withdraw, why), dropped).await
}

/// Lets go of a case that comes to nothing: its clock runs out, and nobody is known by what it said of them.
fn dropped(tx: &mut Tx, node: &Node, by: &By, case: &mut Case) -> Result<()> {
    store::start_clock(tx, case.id, by.now)?;
    let (source, actor) = (case_path(case.id), by.caller.name());
    facts::strike(tx, &node.vault, &Strikes::Source(&source), (&actor, "案件撤回或駁回", by.now)).map(drop)
}

/// Refuses a case.
///
/// With the reason that the person is told; papers that never came are such a reason, once the last day of the one-time notice
/// has passed (戶籍法施行細則 §20): until then whoever applied has time, and a case that they give up is withdrawn. Where a protection mark
/// bars one of its people from another's data its history tells the words that stand for having no right to it, and the audit
/// log the reason.
#[utoipa::path(tag = "Cases", operation_id = "refuse_case", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The refused case.", body = CaseView),
    (status = 409, description = "`wrong_state` with `allowed_actions`, also while the period of the one-time notice runs, whose last day `detail` names, or `assigned_to_other`; `own_request`: it is about whoever acts; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/cases/{id}:refuse")]
pub async fn refuse_case(
    may: May<RefuseCase>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    step(may, node, (id.0, if_match), (CaseAct::Refuse, why), |tx, node, by, case| {
        if let Some(day) = notices::store::waits_until(tx, &node.vault, case.id, by.now)? {
            let zh = format!("一次告知單之補正期限為 {day}，屆滿前不得駁回；申請人不再辦理者請撤回（:withdraw）");
            let en = format!(
                "the one-time notice leaves time until {day}: refuse after that day, or withdraw what the applicant gives up"
            );
            return Err(Problem::new(Code::WRONG_STATE).detail(zh, en).into());
        }
        dropped(tx, node, by, case)
    })
    .await
}

/// Who is to work on a case.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"clerk_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "reason": "承辦人請假"}))]
pub struct Assignment {
    /// Account with the role CLK.
    clerk_id: Option<Id>,
    /// Account with the role REV; never the clerk.
    reviewer_id: Option<Id>,
    reason: Option<Note>,
}

impl Assignment {
    fn check(&self, tx: &mut Tx, case: &Case) -> Result<()> {
        if self.clerk_id.is_none() && self.reviewer_id.is_none() {
            let text = Text::new("clerk_id 與 reviewer_id 至少擇一", "name a clerk or a reviewer");
            return Err(Error::field("/clerk_id", "required", text));
        }
        for (id, role, pointer) in [(self.clerk_id, Role::Clerk, "/clerk_id"), (self.reviewer_id, Role::Reviewer, "/reviewer_id")]
        {
            if let Some(id) = id
                && !accounts::may_work_at(tx, id, role, &case.service_point)?
            {
                let text = Text::new("此帳號不得承辦該服務據點之案件", "this account cannot work on this service point's cases");
                return Err(Error::field(pointer, "not_allowed", text));
            }
        }
        Ok(())
    }
}

impl Assignment {
    /// Refuses one person on both sides: whoever worked on the case never reviews it, nor the other way round; whoever keeps away
    /// from it (行政程序法 §32), and an account of which nobody knows who works with it.
    fn keep_apart(&self, tx: &mut Tx, node: &Node, by: &By, case: &Case) -> Result<()> {
        let sides: [(_, &[Part]); 2] = [
            (self.reviewer_id, &[Part::Clerk, Part::Unnamed, Part::Subject]),
            (self.clerk_id, &[Part::Reviewer, Part::Unnamed, Part::Subject]),
        ];
        for (account, others) in sides.into_iter().filter_map(|(account, others)| Some((account?, others))) {
            keep_apart(&store::parts(tx, &node.vault, case, account, by.now.date())?, others)?;
        }
        Ok(())
    }
}

/// Assigns a case.
///
/// A clerk takes one that has no clerk; handing it to somebody else is the supervisor's (`forbidden`). Clerk and reviewer
/// are never the same person. Whom the case names and their spouse and kin neither work on it nor say who does (行政程序法 §32), and
/// nobody who is barred from somebody's data in it is given it.
#[utoipa::path(tag = "Cases", operation_id = "assign_case", params(IdInPath, IfMatchHeader), request_body = Assignment, responses(
    (status = 200, description = "The assigned case.", body = CaseView),
    (status = 409, description = "`wrong_state` with `allowed_actions`, `assigned_to_other`, `same_person`, or `own_request`: whoever acts, the clerk or the reviewer keeps away from it; `holder_required`: nobody knows who works with the account of one of them."),
))]
#[post("/v1/cases/{id}:assign")]
pub async fn assign_case(
    may: May<AssignCase>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<Assignment>,
) -> Result<Reply> {
    change(may, node, id.0, if_match, move |tx, node, by, case| {
        CaseAct::Assign.apply(case.status)?;
        counter::require_uninvolved(tx, node, by, case)?;
        input.check(tx, case)?;
        let own = by.caller.account().map(|account| account.id);
        if !by.caller.supervises() {
            for (member, held, wanted) in
                [("clerk_id", case.clerk, input.clerk_id), ("reviewer_id", case.reviewer, input.reviewer_id)]
            {
                if wanted.is_some() && held.is_some() && held != own {
                    return Err(Problem::new(Code::ASSIGNED_TO_OTHER).with(member, held).into());
                }
                if wanted.is_some() && wanted != own {
                    let (zh, en) = ("指派他人須由主管為之", "naming somebody else is a supervisor's act");
                    return Err(Problem::new(Code::FORBIDDEN).detail(zh, en).into());
                }
            }
        }
        case.clerk = input.clerk_id.or(case.clerk);
        case.reviewer = input.reviewer_id.or(case.reviewer);
        input.keep_apart(tx, node, by, case)?;
        Ok((CaseAct::Assign, input.reason.as_ref().map_or("", Note::as_str).to_owned()))
    })
    .await
}

/// The parts of an account in what a proxy asks for: its clerk's request, and whatever else it had to do with the case.
pub fn of_proxy(case: &Case, account: Id, parts: &[Part]) -> Vec<Part> {
    let asks = case.clerk.filter(|clerk| *clerk == account).map(|_| Part::Proposer);
    asks.into_iter().chain(parts.iter().copied()).collect()
}

/// Approves a proxy.
///
/// For types where the law allows one only for good reason and with the office's approval (戶籍法 §47).
#[utoipa::path(tag = "Cases", operation_id = "approve_case_proxy", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The case with the approval.", body = CaseView),
    (status = 409, description = "`wrong_state`: no proxy waits for an approval; `own_request`: neither the clerk in charge nor anybody whom the case is about can approve; `same_person`: nor whoever worked on it; `conflict`: the letter of proxy by which it was begun online is no longer in force, or with `errors` what the intake would have refused by what the register has come to say; `protected`: the proxy is barred by now from the data of whom they act for; `holder_required`: nor an account of which nobody knows who works with it."),
))]
#[post("/v1/cases/{id}:approve-proxy")]
pub async fn approve_case_proxy(
    may: May<ApproveCaseProxy>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    change(may, node, id.0, if_match, move |tx, node, by, case| {
        CaseAct::ApproveProxy.apply(case.status)?;
        let mut letter = letter(&node.vault, case)?.filter(ProxyLetter::waits).ok_or_else(|| Error::wrong_state(&[]))?;
        if let Some(account) = by.caller.account() {
            let parts = store::parts(tx, &node.vault, case, account.id, by.now.date())?;
            CaseAct::ApproveProxy.keep_apart(&of_proxy(case, account.id, &parts))?;
        }
        again::require_still(tx, node, by, case)?;
        (letter.approved_by, letter.approved_at) = (Some(by.caller.name()), Some(by.now));
        case.proxy = Some(seal_letter(&node.vault, case.id, &letter)?);
        Ok((CaseAct::ApproveProxy, why.as_str().to_owned()))
    })
    .await
}

/// Takes a case out of the hands of the clock, once its last paper is in.
pub fn resume(tx: &mut Tx, node: &Node, case: &mut Case, now: crate::clock::Moment) -> Result<()> {
    store::start_clock(tx, case.id, now)?;
    case.status = CaseStatus::Accepted;
    let case_type = counter::own_type(node, tx, case)?;
    let pauses = store::pauses(&store::stops(tx, case.id)?);
    let plan = node.part::<Plans>().at(tx)?;
    if let Some(accepted_at) = case.accepted_at {
        case.due_at = case_type.rules.due(&plan.calendar, accepted_at, &pauses).map(|due| due.at);
        (case.warned_at, case.overdue_at) = (None, None);
    }
    Ok(())
}
