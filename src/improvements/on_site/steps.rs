//! The steps of a complaint on the spot: entered as they happen or afterwards with their own time, and taken back with a reason.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use super::entering::concerns_of;
use super::flow;
use super::model::{OnSiteAct, OnSiteStepKind};
use super::policy::{CreateOnSiteStep, TakeBackOnSiteStep};
use super::problems::{STEP_STANDS, STEP_TAKEN_BACK};
use super::sight;
use super::store::{self, Complaint, Step, StepWords};
use super::view::{OnSiteComplaintView, note, shown, view};
use crate::auth::{By, Caller, May, account_facts};
use crate::calendar::{Deadline, OfficeCalendar, Period};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Tx};
use crate::error::{Code, Error, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid, coded};
use crate::node::Node;
use crate::people::{Note, contacts};
use crate::petitions::sources::Source;
use crate::petitions::{PetitionChannel, PetitionInput, PetitionTaken};
use crate::scheduling::Plans;
use crate::states::{Part, keep_apart, parts_of};

/// A step to enter.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"step": "TAKEN_OVER"}))]
pub struct OnSiteStepInput {
    step: OnSiteStepKind,
    /// When it happened, where that is not now; not before the complaint began.
    happened_at: Option<Moment>,
    /// Account of whoever did it, where that is not the caller. A supervisor takes over; nobody whom the complaint is about takes over, writes
    /// it down, solves it or calls.
    done_by_id: Option<Id>,
    /// What is said of it; the record itself with RECORDED, the result with RESULT_NOTED. Required with these and with SOLVED.
    #[schema(min_length = 1, max_length = 5000)]
    note: Option<String>,
    /// With PETITION_OPENED, and with nothing else: the petition. It concerns whomever the complaint is about beside those whom it names.
    petition: Option<PetitionInput>,
}

/// Which step to take back, and why.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"line": 1, "reason": "誤登他案"}))]
pub struct OnSiteStepTakenBack {
    /// Its line.
    #[schema(minimum = 1, maximum = 10000)]
    line: i32,
    reason: Note,
}

impl OnSiteStepInput {
    /// Refuses what does not belong to the step, or is missing from it.
    fn check(&self) -> Result<()> {
        use OnSiteStepKind::{PetitionOpened, Recorded, ResultNoted, Solved};
        if matches!(self.step, Recorded | ResultNoted | Solved) && self.note.is_none() {
            return Err(coded_field("/note", "required"));
        }
        match (self.step == PetitionOpened, &self.petition) {
            (true, None) => Err(coded_field("/petition", "required")),
            (false, Some(_)) => Err(coded_field("/petition", "not_allowed")),
            (true, Some(petition)) if petition.channel.is_some_and(|channel| channel != PetitionChannel::OnSite) => {
                Err(Error::field("/petition/channel", "not_allowed", Text::new("應為 ON_SITE", "it comes by ON_SITE")))
            }
            _ => Ok(()),
        }
    }

    /// When it happened.
    fn at(&self, by: &By, complaint: &Complaint) -> Result<Moment> {
        let at = self.happened_at.unwrap_or(by.now);
        if at < complaint.began_at || at > by.now {
            let text = Text::new("應介於案件開始與現在之間", "between the beginning of the complaint and now");
            return Err(Error::field("/happened_at", "range", text));
        }
        Ok(at)
    }

    /// Whoever did it, as a caller of their own.
    fn doer(&self, conn: &mut Conn, by: &By, complaint: &Complaint) -> Result<Caller> {
        use OnSiteStepKind::{Calmed, PoliceCalled, TakenOver};
        let own = by.caller.account().ok_or(Code::FORBIDDEN)?;
        let refused = |zh: &'static str, en: &'static str| Error::field("/done_by_id", "not_allowed", Text::new(zh, en));
        let facts = match self.done_by_id.filter(|id| *id != own.id) {
            Some(id) => {
                crate::accounts::staff::require(conn, id, "/done_by_id")?;
                account_facts(conn, id)?.ok_or_else(|| refused("此帳號已停用", "the account may not be used"))?
            }
            None => own.clone(),
        };
        if !matches!(self.step, Calmed | PoliceCalled) && sight::is_about(conn, facts.id, complaint.id)? {
            return Err(refused("被申訴之同仁不得辦理此步驟", "nobody whom the complaint is about does this step"));
        }
        let doer = Caller::Account(facts);
        if self.step == TakenOver && !doer.supervises() {
            return Err(refused("須由股長或主任接手", "a section chief or the director takes over"));
        }
        Ok(doer)
    }
}

/// A member that breaks a rule which has words of its own.
fn coded_field(at: &str, code: &'static str) -> Error {
    Error::field(at, code, coded(code).1)
}

/// Whoever asks whether the matter is settled is another than whoever noted the result, by person and not by account.
fn keep_call_apart(conn: &mut Conn, doer: &Caller, steps: &[Step]) -> Result<()> {
    let result = steps.iter().find(|step| step.standing == Some(OnSiteStepKind::ResultNoted));
    let Some(result) = result else { return Ok(()) };
    let done = (Part::Clerk, result.done_by.as_str(), Some(result.happened_at));
    keep_apart(&parts_of(conn, doer, [done])?, &[Part::Unnamed, Part::Clerk])
}

/// Lets the complaint follow the steps that stand: its state, and its limit for the call.
pub fn follow(complaint: &mut Complaint, steps: &[Step], calendar: &OfficeCalendar) -> Result<()> {
    let standing = store::standing(steps);
    let at = |kind: OnSiteStepKind| standing.iter().find(|(one, _)| *one == kind).map(|(_, at)| *at);
    complaint.status = flow::status(&standing);
    complaint.taken_over_at = at(OnSiteStepKind::TakenOver);
    complaint.follow_up_from = at(OnSiteStepKind::ResultNoted);
    let rule = complaint.follow_up_rule.parse::<Period>();
    let rule = rule.map_err(|_| Error::Internal(format!("{} is no period", complaint.follow_up_rule)))?;
    let due = complaint.follow_up_from.map(|from| Deadline::compute(calendar, from.date(), rule, &[]).due_at);
    if due != complaint.follow_up_due_at {
        (complaint.follow_up_due_at, complaint.overdue_at) = (due, None);
    }
    Ok(())
}

/// Enters a step of a complaint on the spot.
///
/// With its moment and whoever did it; in whatever order, since what matters first is done first: what is entered late or out of order is
/// marked. Each step stands once. Whoever noted the result does not make the follow-up call. With PETITION_OPENED a petition is
/// taken, and `petition` of the answer has, this once, by what it is followed.
#[utoipa::path(tag = "On-site complaints", operation_id = "create_on_site_step", params(IdInPath, IfMatchHeader), request_body = OnSiteStepInput, responses(
    (status = 200, description = "The complaint with the step.", body = OnSiteComplaintView),
    (status = 409, description = "`step_stands`: it was entered already; `same_person`: whoever noted the result does not make the follow-up call; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/on-site-complaints/{id}/steps")]
pub async fn create_on_site_step(
    may: May<CreateOnSiteStep>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<OnSiteStepInput>,
) -> Result<Reply> {
    input.check()?;
    // What somebody does not see any more is not shown either by an answer that was kept.
    may.read(move |conn, by| sight::find(conn, by, id.0).map(drop)).await?;
    may.write(move |tx, by| {
        let mut complaint = sight::find(tx, by, id.0)?;
        if_match.check(complaint.version)?;
        let steps = store::steps_of(tx, complaint.id)?;
        let taken = input.enter(tx, &node, by, (&mut complaint, steps))?;
        store::save(tx, &mut complaint)?;
        note(tx, &complaint, OnSiteAct::Step.line().journal, "")?;
        let version = complaint.version;
        Ok(Reply::ok(&view(tx, &node, by, complaint, taken)?)?.version(version))
    })
    .await
}

impl OnSiteStepInput {
    fn enter(
        &self,
        tx: &mut Tx,
        node: &Node,
        by: &By,
        (complaint, mut steps): (&mut Complaint, Vec<Step>),
    ) -> Result<Option<PetitionTaken>> {
        let (happened_at, doer) = (self.at(by, complaint)?, self.doer(tx, by, complaint)?);
        if steps.iter().any(|step| step.standing == Some(self.step)) {
            return Err(STEP_STANDS.into());
        }
        if self.step == OnSiteStepKind::FollowedUp {
            keep_call_apart(tx, &doer, &steps)?;
        }
        let opened = match &self.petition {
            Some(petition) => {
                let mut petition = PetitionInput { channel: Some(PetitionChannel::OnSite), ..petition.clone() };
                let said = complaint.said(&node.vault)?;
                let more: Vec<_> = concerns_of(&said).into_iter().filter(|one| !petition.concerns.contains(one)).collect();
                petition.concerns.extend(more);
                let contact = contacts::of(tx, &node.vault, &complaint.path())?;
                let source = Source { record: complaint.path(), person: said.complainant, contact };
                Some(petition.open(tx, node, by, &source).map_err(|refused| refused.within("/petition"))?)
            }
            None => None,
        };
        let (petition_id, taken) = opened.unzip();
        let mut step = Step {
            complaint_id: complaint.id,
            line: i32::try_from(steps.len()).unwrap_or(i32::MAX).saturating_add(1),
            step: self.step,
            standing: Some(self.step),
            happened_at,
            done_by: doer.name(),
            entered_at: by.now,
            entered_by: by.caller.name(),
            words: String::new(),
            petition_id,
            struck_at: None,
            struck_by: None,
        };
        step.put_words(&node.vault, &StepWords { note: self.note.clone(), struck_because: None })?;
        store::add_step(tx, &step)?;
        steps.push(step);
        let plan = node.part::<Plans>().at(tx)?;
        follow(complaint, &steps, &plan.calendar)?;
        Ok(taken)
    }
}

/// Takes a step back.
///
/// With the reason: it stays readable and stands no more, and the state follows from those that do. A petition that was opened goes on
/// by itself, until it is withdrawn.
#[utoipa::path(tag = "On-site complaints", operation_id = "take_back_on_site_step", params(IdInPath, IfMatchHeader), request_body = OnSiteStepTakenBack, responses(
    (status = 200, description = "The complaint.", body = OnSiteComplaintView),
    (status = 409, description = "`step_taken_back`: it stands no more."),
))]
#[post("/v1/on-site-complaints/{id}:take-back")]
pub async fn take_back_on_site_step(
    may: May<TakeBackOnSiteStep>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<OnSiteStepTakenBack>,
) -> Result<Reply> {
    may.read(move |conn, by| sight::find(conn, by, id.0).map(drop)).await?;
    may.write(move |tx, by| {
        let mut complaint = sight::find(tx, by, id.0)?;
        if_match.check(complaint.version)?;
        let mut steps = store::steps_of(tx, complaint.id)?;
        let step = steps.iter_mut().find(|step| step.line == input.line).ok_or_else(|| coded_field("/line", "unknown"))?;
        if step.standing.is_none() {
            return Err(STEP_TAKEN_BACK.into());
        }
        let words = StepWords { struck_because: Some(input.reason.as_str().to_owned()), ..step.words(&node.vault)? };
        step.put_words(&node.vault, &words)?;
        step.standing = None;
        store::strike(tx, step, &by.caller.name(), by.now)?;
        let plan = node.part::<Plans>().at(tx)?;
        follow(&mut complaint, &steps, &plan.calendar)?;
        store::save(tx, &mut complaint)?;
        note(tx, &complaint, OnSiteAct::TakeBack.line().journal, input.reason.as_str())?;
        shown(tx, &node, by, complaint)
    })
    .await
}
