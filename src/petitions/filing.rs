//! A petition that stays without an answer (行政程序法 §173): proposed by a section chief on a ground that is checked, decided by
//! the director.

use actix_web::post;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use super::acting::{Open, change};
use super::group;
use super::model::{FilingGround, PetitionAct, ToldBy};
use super::policy::FilePetitionWithoutReply;
use super::settings::PetitionSettings;
use super::steps::Filing;
use super::store::Petition;
use super::told;
use super::view::PetitionView;
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Tx};
use crate::error::{Error, Result, Text, counted};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::{Label, Note};
use crate::schema::petitions;

/// On which ground a petition shall stay without an answer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ground": "NO_NAME"}))]
pub struct FilingInput {
    ground: FilingGround,
    /// With ALREADY_ANSWERED: petitions of the same petitioner on the same matter that ended in a final reply.
    #[serde(default)]
    #[schema(max_items = 20)]
    earlier_ids: Vec<Id>,
    /// With NOT_COMPETENT: to whom else it was sent.
    #[serde(default)]
    #[schema(max_items = 20)]
    sent_also_to: Vec<Label>,
}

/// A filing that is proposed, or the director's word on one.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"filing": {"ground": "NO_NAME"}, "reason": "未具姓名及聯絡方式"}))]
pub struct FilingStep {
    /// To propose it.
    filing: Option<FilingInput>,
    /// To decide on what was proposed.
    approve: Option<bool>,
    /// Why it is proposed, or not approved.
    reason: Option<Note>,
}

impl FilingStep {
    fn check(&self) -> Result<()> {
        let required = |at: &str| Error::field(at, "required", Text::new("此欄位為必填", "this field is required"));
        match (&self.filing, self.approve, &self.reason) {
            (Some(_), Some(_), _) => Err(Error::field("/approve", "not_both", Text::new("二者擇一填寫", "give one of the two"))),
            (None, None, _) => Err(required("/filing")),
            (Some(_), None, None) | (None, Some(false), None) => Err(required("/reason")),
            _ => Ok(()),
        }
    }
}

/// Files a petition without a reply.
///
/// A section chief proposes it with `filing` and `reason`, the director decides with `approve` (where it concerns every director, a
/// supervisor whom it does not). The ground is checked: NO_NAME fails where there is a real name and any way to reach its writer;
/// NO_CONTENT where they can be told anything and were not asked for a supplement in vain: the request must have reached them, by a mail
/// that the relay has taken and that has not come back, a letter that was posted or handed over, or a call, as many days before its last
/// day as the setting says. These two hold when it is decided, too; ALREADY_ANSWERED wants as many earlier petitions as the setting says, of the same petitioner and kind, and against the
/// same decision where there is one, each with a final reply that stands and had gone out before this one came: whether the matter is the same, who proposes it
/// and who decides answer for, and of a confidential one it is for its custodian; NOT_COMPETENT fails where the office is. What another body
/// had sent on is told to that body by a letter.
#[utoipa::path(tag = "Petitions", operation_id = "file_petition_without_reply", params(IdInPath, IfMatchHeader), request_body = FilingStep, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict`: others are merged into it; `own_request`: whoever proposed it does not decide; `asker_gone`: whoever proposed it holds no office any more; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/petitions/{id}:file-without-reply")]
pub async fn file_petition_without_reply(
    may: May<FilePetitionWithoutReply>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<FilingStep>,
) -> Result<Reply> {
    input.check()?;
    let approve = input.approve;
    let choose = move |_: &Open| match approve {
        None => PetitionAct::ProposeFiling,
        Some(true) => PetitionAct::ApproveFiling,
        Some(false) => PetitionAct::RejectFiling,
    };
    change(may, node, id.0, if_match, choose, move |tx, node, by, open| {
        let why = input.reason.as_ref().map(Note::as_str).unwrap_or_default().to_owned();
        match (&input.filing, input.approve) {
            (Some(filing), _) => propose(tx, node, by, open, filing, &why)?,
            (None, Some(true)) => file(tx, node, by, open)?,
            (None, _) => {
                open.handling.filing = None;
                open.receive(tx, node, by.now)?;
            }
        }
        Ok(why)
    })
    .await
}

/// Notes a proposal whose ground holds.
pub fn propose(tx: &mut Tx, node: &Node, by: &By, open: &mut Open, input: &FilingInput, why: &str) -> Result<()> {
    require_ground(tx, node, open, input, by.now)?;
    open.handling.filing = Some(Filing {
        ground: input.ground,
        earlier_ids: input.earlier_ids.clone(),
        sent_also_to: input.sent_also_to.iter().map(|to| to.as_str().to_owned()).collect(),
        reason: why.to_owned(),
        proposed_by: by.caller.name(),
        proposed_at: by.now,
        approved_at: None,
        body_told_by: None,
    });
    Ok(())
}

fn file(tx: &mut Tx, node: &Node, by: &By, open: &mut Open) -> Result<()> {
    let ground = open.handling.filing.as_ref().map(|filing| filing.ground);
    if let Some(ground) = ground {
        require_still(tx, node, open, (ground, "/approve"), by.now)?;
    }
    if let Some(filing) = &mut open.handling.filing {
        filing.approved_at = Some(by.now);
    }
    if open.row.matter(&node.vault)?.forwarded_by.is_some() {
        told::tell_body(tx, node, open, by.now)?;
    }
    open.end(by);
    Ok(())
}

fn not_met(at: &str, zh: impl Into<String>, en: impl Into<String>) -> Error {
    Error::field(at, "not_met", Text::new(zh.into(), en.into()))
}

fn fails(zh: impl Into<String>, en: impl Into<String>) -> Error {
    not_met("/filing/ground", zh, en)
}

/// Refuses a ground that does not hold: reasons are checked, not merely given.
fn require_ground(conn: &mut Conn, node: &Node, open: &Open, input: &FilingInput, now: Moment) -> Result<()> {
    require_still(conn, node, open, (input.ground, "/filing/ground"), now)?;
    match input.ground {
        FilingGround::AlreadyAnswered => require_answered(conn, node, open, &input.earlier_ids),
        FilingGround::NotCompetent => require_not_competent(node, open, input),
        FilingGround::NoName | FilingGround::NoContent => Ok(()),
    }
}

/// Refuses a ground that hangs on how the petitioner is reached, and on what has reached them: that may be otherwise by the time it is
/// decided.
fn require_still(conn: &mut Conn, node: &Node, open: &Open, (ground, at): (FilingGround, &str), now: Moment) -> Result<()> {
    let (way, contact) = told::way(conn, node, open)?;
    let is_named = !open.row.petitioners(&node.vault)?.is_empty();
    match ground {
        FilingGround::NoName if is_named && contact.is_some_and(|contact| open.handling.reaches(&contact)) => {
            Err(not_met(at, "已具真實姓名且有聯絡方式", "there is a name, and a way to reach whoever has it"))
        }
        FilingGround::NoContent
            if (way != ToldBy::Tracking || !open.handling.fails.is_empty()) && !was_asked_in_vain(node, open, now) =>
        {
            let least = node.config.of::<PetitionSettings>().supplement_days;
            let zh = format!("應先請其補充，且請求須於補充期限 {least} 日以前到達（行政程序法 §171、§173）");
            let days = counted(least, "day");
            let en = format!(
                "a supplement must have been asked for in vain, and the request have reached them at least {days} before its last day \
                 (行政程序法 §171, §173)"
            );
            Err(not_met(at, zh, en))
        }
        _ => Ok(()),
    }
}

/// Whether the petitioner was asked for a supplement in time by what has reached them, and nothing has come by its last day.
fn was_asked_in_vain(node: &Node, open: &Open, now: Moment) -> bool {
    let handling = &open.handling;
    let (Some(place), Some(asked)) = (handling.asked_place(), handling.asked_supplement()) else { return false };
    let letters = handling.supplements.iter().filter(|one| one.struck.is_none());
    let has_come = letters.filter_map(|one| one.came_at).any(|came_at| came_at >= asked.asked_at);
    let is_over = asked.due_at.is_none_or(|due_at| due_at < now);
    // Before it was kept what has gone out, what was sent had.
    let is_old = asked.period == 0 && matches!(asked.told_by, ToldBy::Mail | ToldBy::Letter);
    // What was put right since is told whole; a last day that the calendar moves on is none that comes sooner.
    let reached_on = if handling.is_untraced(&handling.request(place)) {
        Some(asked.asked_at.date()).filter(|_| is_old)
    } else {
        handling.asked_on(place)
    };
    let least = node.config.of::<PetitionSettings>().supplement_days;
    !has_come && is_over && reached_on.is_some_and(|day| (asked.due_on - day).num_days() >= least)
}

/// Refuses earlier petitions that are not of the same petitioner and kind, did not end in an answer on the merits before this one
/// came, or are too few.
fn require_answered(conn: &mut Conn, node: &Node, open: &Open, earlier: &[Id]) -> Result<()> {
    // By trying, whoever does not know who petitions would learn whose petitions these are.
    if !open.sight.reads_original(&open.row) {
        return Err(fails("保密案件須由保管人提出", "of a confidential one its custodian proposes it, who knows who petitions"));
    }
    let mut ids = earlier.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let least = node.config.of::<PetitionSettings>().answers_before_filing;
    let rows = open.sight.rows().filter(petitions::id.eq_any(ids.iter().copied())).filter(petitions::id.ne(open.row.id));
    let rows: Vec<Petition> = rows.order(petitions::id).select(Petition::as_select()).load(conn)?;
    let mut answered = 0;
    for row in &rows {
        let is_same = open.row.petitioner_index.is_some() && row.petitioner_index == open.row.petitioner_index;
        if is_same && open.sight.reads_original(row) && is_answered_before(conn, node, open, row)? {
            answered += 1;
        }
    }
    if answered < least || answered < ids.len() {
        let zh = format!("須列出同一陳情人同一事由經實質答復之陳情 {least} 件以上");
        let least = counted(least, "earlier petition");
        let en = format!("at least {least} of the same petitioner, each with a final reply, and no other");
        return Err(Error::field("/filing/earlier_ids", "not_met", Text::new(zh, en)));
    }
    Ok(())
}

/// Whether a petition of the same kind, against the same decision, was answered on the merits when this one came.
fn is_answered_before(conn: &mut Conn, node: &Node, open: &Open, earlier: &Petition) -> Result<bool> {
    let decision = |petition: &Petition| -> Result<Option<String>> {
        Ok(petition.matter(&node.vault)?.against_decision.map(|decision| decision.case_number))
    };
    let is_of_kind = earlier.kind == open.row.kind && decision(earlier)? == decision(&open.row)?;
    let came_on = open.row.received_at.date();
    let answers = group::answers_of(conn, earlier, &earlier.handling(&node.vault)?)?;
    Ok(is_of_kind && answers.iter().any(|at| at.date() <= came_on))
}

fn require_not_competent(node: &Node, open: &Open, input: &FilingInput) -> Result<()> {
    if input.sent_also_to.is_empty() {
        let text = Text::new("請列出同時受理之機關", "name the bodies to which it was sent as well");
        return Err(Error::field("/filing/sent_also_to", "required", text));
    }
    if open.row.names_staff || open.row.matter(&node.vault)?.against_decision.is_some() {
        return Err(fails("本所為主管機關", "the office is competent: it is about its own staff or decision"));
    }
    Ok(())
}
