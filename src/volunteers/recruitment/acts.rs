//! What becomes of an application: accepted, which makes a trainee, refused, withdrawn, and opened again.

use actix_web::post;
use actix_web::web::Data;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::applications::{self, Application, Said};
use super::applying::note;
use super::model::VolunteerApplicationAct;
use super::policy::{DecideVolunteerApplication, ReopenVolunteerApplication, WithdrawVolunteerApplication};
use super::view::{VolunteerApplicationView, applied, shown};
use crate::accounts::{IdentityLevel, level_under, require_paper};
use crate::auth::whoever::account_of;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Tx};
use crate::error::{Code, Error, Problem, Result};
use crate::http::{IfMatch, PathId, Reply, Valid, coded};
use crate::node::Node;
use crate::people::chosen;
use crate::people::facts::{Paper, Rank, Word};
use crate::people::{self, Note, OptionalReason, Reason, contacts, differences, holding, numbers, protection};
use crate::states::require_anothers;
use crate::volunteers::acts::reinstate;
use crate::volunteers::model::{AbsenceKind, Kept, VolunteerAbsence, VolunteerAct, VolunteerStatus};
use crate::volunteers::opened::{Open, note as note_volunteer};
use crate::volunteers::reached;
use crate::volunteers::routes::make;
use crate::volunteers::store as records;

/// A word on an application.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"accept": true, "document": {"kind": "ID_CARD", "number": "製證字第 1150001234 號"}}))]
pub struct VolunteerApplicationDecision {
    /// Else it is refused, with a reason.
    accept: bool,
    /// Why; required of a refusal.
    reason: Option<Note>,
    /// The paper by which whoever applied has shown who they are, as it was seen; required where they are accepted and have not applied by an
    /// account that is proven to be theirs.
    document: Option<Paper>,
    /// Of several people who truly have that number and name the one who is meant, as `candidates` of `ambiguous_person` lists them.
    person_id: Option<Id>,
}

/// Decides on an application to volunteer.
///
/// As it was seen, by somebody else than the clerk who took it. Accepted, it makes a trainee of whoever has the number, once their paper was
/// seen or where their account is proven, with the profile and the contact of the application; whoever has retired is reinstated. Of one
/// human there is one record.
#[utoipa::path(tag = "Volunteer recruitment", operation_id = "decide_volunteer_application", params(IdInPath, IfMatchHeader), request_body = VolunteerApplicationDecision, responses(
    (status = 200, description = "The application.", body = VolunteerApplicationView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict` with `standing_id`: they are a volunteer; `same_person`: whoever took it does not decide on it; `identity_unsettled` with `differences`: the number is somebody's who is called otherwise; `ambiguous_person` with `candidates`; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteer-applications/{id}:decide")]
pub async fn decide_volunteer_application(
    may: May<DecideVolunteerApplication>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<VolunteerApplicationDecision>,
) -> Result<Reply> {
    let why = input.reason.as_ref().map_or(String::new(), |why| why.as_str().to_owned());
    let act = if input.accept { VolunteerApplicationAct::Accept } else { VolunteerApplicationAct::Refuse };
    may.write(move |tx, by| {
        let mut row = applications::find(tx, by, id.0)?;
        if_match.seen(row.version)?;
        row.status = applied(tx, by, &row, act)?;
        let mut said = row.said(&node.vault)?;
        if act == VolunteerApplicationAct::Accept {
            row.volunteer_id = Some(accept(tx, &node, by, (&row, &said), (&input, &why))?);
        } else if why.is_empty() {
            return Err(Error::field("/reason", "required", coded("required").1));
        }
        (row.decided_by, row.decided_at) = (Some(by.caller.name()), Some(by.now));
        said.reason = Some(why.clone()).filter(|why| !why.is_empty());
        keep(tx, &node, &mut row, (&said, act, &why))?;
        shown(tx, &node, by, row)
    })
    .await
}

fn keep(tx: &mut Tx, node: &Node, row: &mut Application, (said, act, why): (&Said, VolunteerApplicationAct, &str)) -> Result<()> {
    row.say(&node.vault, said)?;
    applications::save(tx, row)?;
    note(tx, node, row, act, why)
}

/// Whoever applied, met by their number; the volunteer who they are from now on.
fn accept(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    (row, said): (&Application, &Said),
    (decision, why): (&VolunteerApplicationDecision, &str),
) -> Result<Id> {
    let vault = &node.vault;
    require_known(tx, row, decision.document.as_ref())?;
    let (name, number) = people::store::open(tx, vault, row.person_id)?;
    numbers::own_numbers(tx, vault, [&number])?;
    protection::require_open(tx, vault, by, [&number])?;
    let known = chosen::by_record(tx, vault, (row.person_id, ""), decision.person_id)?;
    differences::require_known(tx, &[("/person_id", &name, known.as_ref())])?;
    let paper = decision.document.as_ref();
    let rank = if paper.is_some() { Rank::Seen } else { Rank::Claimed };
    let word = Word { rank, source: row.path(), paper, actor: by.caller.name(), now: by.now };
    let person = people::store::meant(tx, vault, &word, (row.person_id, known.as_ref()))?;
    require_anothers(tx, by, &[person])?;
    holding::require_living(tx, person, "/accept")?;
    numbers::own(tx, &[person])?;
    let theirs = records::of_person(tx, person)?;
    let retired = theirs.iter().all(|one| !one.status.is_live()).then(|| theirs.into_iter().next()).flatten();
    let given_contact = said.given_contact.clone();
    let volunteer = match retired {
        Some(retired) => {
            let mut open = Open::of(node, retired)?;
            open.kept.profile = said.profile.clone();
            open.kept.given_contact = given_contact.or(open.kept.given_contact);
            reinstate(tx, node, by, open, why)?
        }
        None => {
            let kept = Kept { given_contact, ..Kept::new(said.profile.clone()) };
            let made = make(tx, node, by, (Id::new(by.now), person), (by.now.date(), &kept))?;
            note_volunteer(tx, node, &made, VolunteerAct::Enter, (why, Vec::new()))?;
            made
        }
    };
    if let Some(contact) = contacts::of(tx, vault, &row.path())? {
        reached::replace(tx, node, (&volunteer.path(), &contact), why)?;
    }
    Ok(volunteer.id)
}

/// Refuses to make a volunteer of whoever has only said who they are: their paper is looked at before.
fn require_known(tx: &mut Tx, row: &Application, document: Option<&Paper>) -> Result<()> {
    let is_said = people::store::is_claimed(tx, row.person_id)?;
    let account = account_of(&row.applied_by).filter(|_| !is_said);
    let level = match account {
        Some(account) => level_under(tx, account, row.person_id)?,
        None => None,
    };
    require_paper(level.or(Some(IdentityLevel::Declared)), document)
}

/// Withdraws an application to volunteer.
///
/// By whoever sent it with their account, or by staff at their word, with the reason.
#[utoipa::path(tag = "Volunteer recruitment", operation_id = "withdraw_volunteer_application", params(IdInPath, IfMatchHeader), request_body = OptionalReason, responses(
    (status = 200, description = "The application.", body = VolunteerApplicationView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteer-applications/{id}:withdraw")]
pub async fn withdraw_volunteer_application(
    may: May<WithdrawVolunteerApplication>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<OptionalReason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = applications::find(tx, by, id.0)?;
        if_match.check(row.version)?;
        let act = VolunteerApplicationAct::Withdraw;
        row.status = applied(tx, by, &row, act)?;
        let why = why.of_staff(by)?;
        let mut said = row.said(&node.vault)?;
        said.reason = Some(why.to_owned()).filter(|why| !why.is_empty());
        keep(tx, &node, &mut row, (&said, act, why))?;
        shown(tx, &node, by, row)
    })
    .await
}

/// Opens an application to volunteer again.
///
/// With a reason: one that was refused, withdrawn or accepted by mistake; whoever applied reads with the secret that it waits again, and why.
/// The trainee whom it made, or whoever it brought back, retires with it, and is reinstated once it is accepted after all; one who has become
/// a full member since, or is suspended, is retired before.
#[utoipa::path(tag = "Volunteer recruitment", operation_id = "reopen_volunteer_application", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The application, which waits again.", body = VolunteerApplicationView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict`: whoever it made a volunteer is no trainee any more, or, with `standing_id`, another application of this identity is open; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteer-applications/{id}:reopen")]
pub async fn reopen_volunteer_application(
    may: May<ReopenVolunteerApplication>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = applications::find(tx, by, id.0)?;
        if_match.check(row.version)?;
        let act = VolunteerApplicationAct::Reopen;
        row.status = applied(tx, by, &row, act)?;
        let (_, number) = people::store::open(tx, &node.vault, row.person_id)?;
        numbers::own_numbers(tx, &node.vault, [&number])?;
        applications::require_alone(tx, &row)?;
        if let Some((volunteer, decided)) = row.volunteer_id.take().zip(row.decided_at) {
            take_back(tx, &node, by, (volunteer, decided.date()), why.as_str())?;
        }
        (row.decided_by, row.decided_at) = (None, None);
        let mut said = row.said(&node.vault)?;
        said.reason = Some(why.as_str().to_owned());
        keep(tx, &node, &mut row, (&said, act, why.as_str()))?;
        shown(tx, &node, by, row)
    })
    .await
}

/// Retires the trainee whom an application made that is open again, or the volunteer whom it brought back.
fn take_back(tx: &mut Tx, node: &Node, by: &By, (volunteer, decided): (Id, NaiveDate), why: &str) -> Result<()> {
    let Some(volunteer) = records::by_id(tx, volunteer)? else { return Ok(()) };
    // Who was a full member before has become none by it.
    let was_member = volunteer.member_from.is_some_and(|member| member < decided);
    match volunteer.status {
        VolunteerStatus::Retired | VolunteerStatus::Merged => return Ok(()),
        VolunteerStatus::Trainee => {}
        VolunteerStatus::Active if was_member => {}
        VolunteerStatus::Active | VolunteerStatus::Suspended => {
            let (zh, en) = ("其已非實習志工，請先辦理退出", "they are no trainee any more: retire them first");
            return Err(Problem::new(Code::CONFLICT).detail(zh, en).into());
        }
    }
    let mut open = Open::of(node, volunteer)?;
    open.kept.absences.push(VolunteerAbsence { kind: AbsenceKind::Retired, from_on: by.now.date(), until_on: None });
    open.save(tx, node, VolunteerAct::Retire, why)
}
