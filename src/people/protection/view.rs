//! A protection mark as staff see it, and what the caller may do with it.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::dealings::{has_dealings, require_dealings};
use super::super::{KnownBy, mask_name};
use super::model::{CourtOrder, MarkAct, MarkStatus, ProtectionGround};
use super::store::{self, Content, Mark};
use crate::auth::deciders::{self, Left};
use crate::auth::{By, is_one_with};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Code, Error, Problem, Result};
use crate::http::Reply;
use crate::node::Node;
use crate::states::{Part, in_own_matter, keep_apart, parts_of};
use crate::{text_enum, view_of};

/// Somebody who is barred: masked, but where a mark is revealed.
#[derive(Serialize, ToSchema)]
pub struct BarredView {
    #[schema(max_length = 100)]
    name: String,
    /// Without either member they are known by the name alone.
    #[serde(flatten)]
    known_by: KnownBy,
}

/// A member of staff whom a mark means.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"account_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72", "by": "NAME", "in_force": true}))]
pub struct BarredStaff {
    /// Their account.
    account_id: Id,
    by: MeantBy,
    /// Whether it holds against them: not as long as one person alone has said so, and no supervisor would be left to decide on it.
    in_force: bool,
}

text_enum! {
    /// By what a mark means a member of staff.
    pub enum MeantBy {
        Number = "NUMBER",
        /// By the name alone, or by one beside a number that is nobody's: another of that name may be meant.
        Name = "NAME",
    }
}

/// A line of a mark's history; lines are added, never changed.
#[derive(Serialize, ToSchema)]
pub struct MarkLine {
    at: Moment,
    /// What happened: `entered`, `corrected`, `confirmed`, `lift_asked`, `kept`, `lifted`.
    #[schema(max_length = 40)]
    action: String,
    /// `accounts/{id}`.
    #[schema(max_length = 60)]
    actor: String,
    #[schema(max_length = 500)]
    reason: String,
    /// What it said from then on.
    until_on: Option<NaiveDate>,
    order: Option<CourtOrder>,
    #[schema(max_items = 20)]
    barred: Vec<BarredView>,
}

/// Whether whom a mark bars is shown whole.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    Masked,
    Whole,
}

/// A protection mark. Whom it bars is masked, but by `:reveal`.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "status": "STANDING",
    "in_force": true, "ground": "FAMILY_VIOLENCE_ORDER",
    "order": {"number": "彰化地方法院 115 年度家護字第 12 號", "dated_on": "2026-11-20"},
    "barred": [{"name": "林○同", "national_id": "N12*****80"}], "from_on": "2026-11-20", "until_on": "2028-11-19", "reason": "法院核發保護令",
    "entered_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "entered_at": "2026-11-23T09:00:00+08:00", "confirmed_by": null,
    "confirmed_at": null, "lift_asked_by": null, "lift_asked_at": null, "lifted_by": null, "lifted_at": null,
    "allowed_actions": ["edit", "lift"]
}))]
pub struct ProtectionMark {
    id: Id,
    /// The record on which it was entered; it protects the human in all of their records.
    person_id: Id,
    status: MarkStatus,
    /// Whether it protects today.
    in_force: bool,
    ground: ProtectionGround,
    order: Option<CourtOrder>,
    #[schema(max_items = 20)]
    barred: Vec<BarredView>,
    from_on: NaiveDate,
    /// The last day.
    until_on: Option<NaiveDate>,
    /// Why it was entered, or corrected last.
    #[schema(max_length = 500)]
    reason: String,
    /// Who entered it, or corrected it last: `accounts/{id}`.
    #[schema(max_length = 60)]
    entered_by: String,
    entered_at: Moment,
    /// Who has confirmed what it says; it protects before as well.
    #[schema(max_length = 60)]
    confirmed_by: Option<String>,
    confirmed_at: Option<Moment>,
    #[schema(max_length = 60)]
    lift_asked_by: Option<String>,
    lift_asked_at: Option<Moment>,
    #[schema(max_length = 60)]
    lifted_by: Option<String>,
    lifted_at: Option<Moment>,
    /// Of one mark that stands: the members of staff whom it means; confirm it, or where another of that name is meant, enter it anew
    /// with the number, and have this one lifted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 100, nullable = false)]
    staff: Option<Vec<BarredStaff>>,
    /// Of one mark: what was done with it, oldest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 200, nullable = false)]
    history: Option<Vec<MarkLine>>,
    /// What the caller may do now; `edit` is its PATCH.
    #[schema(value_type = Vec<MarkAct>, max_items = 4)]
    allowed_actions: Vec<&'static str>,
}

fn barred(content: &Content, sight: Sight) -> Vec<BarredView> {
    let shown = |one: &store::Barred| {
        let (name, number) = (one.name.as_str(), one.number.as_ref());
        match sight {
            Sight::Masked => BarredView { name: mask_name(name), known_by: number.map(KnownBy::masked).unwrap_or_default() },
            Sight::Whole => BarredView { name: name.to_owned(), known_by: number.map(KnownBy::whole).unwrap_or_default() },
        }
    };
    content.barred.iter().map(shown).collect()
}

/// The parts that the caller has in a mark: what waits for another person is the asking, else the entry.
fn parts(conn: &mut Conn, by: &By, mark: &Mark) -> Result<Vec<Part>> {
    let proposer = match mark.status {
        MarkStatus::LiftAsked => mark.lift_asked_by.as_deref().map(|name| (name, mark.lift_asked_at)),
        MarkStatus::Standing | MarkStatus::Lifted => Some((mark.entered_by.as_str(), Some(mark.entered_at))),
    };
    let mut parts = parts_of(conn, &by.caller, proposer.map(|(name, at)| (Part::Proposer, name, at)))?;
    parts.extend(in_own_matter(conn, by, &[mark.person_id])?);
    Ok(parts)
}

/// Whether the caller's desk may have to do with the marks on somebody: of whom it has a matter at hand, and a supervisor's desk also where
/// marks shut other supervisors out.
fn may_deal(conn: &mut Conn, node: &Node, by: &By, person: Id) -> Result<bool> {
    if has_dealings(conn, node, by, person)? {
        return Ok(true);
    }
    Ok(by.caller.supervises() && deciders::left(conn, person, by.now.date())? != Left::All)
}

/// Refuses a desk to which the marks on somebody are closed, as [`may_deal`] says.
pub fn require_dealing(conn: &mut Conn, node: &Node, by: &By, person: Id) -> Result<()> {
    if may_deal(conn, node, by, person)? { Ok(()) } else { require_dealings(conn, node, by, person) }
}

/// What keeps the caller from an act that the state allows.
fn obstacle(conn: &mut Conn, by: &By, mark: &Mark, act: MarkAct, parts: &[Part]) -> Result<Option<Error>> {
    if let Err(refusal) = act.keep_apart(parts) {
        return Ok(Some(refusal));
    }
    match act {
        MarkAct::Lift if !by.caller.supervises() => Ok(refuse_in_place(conn, by, mark)?.err()),
        MarkAct::Confirm if mark.confirmed_at.is_some() => Ok(Some(Error::wrong_state(&[]))),
        _ => Ok(None),
    }
}

/// Refuses to lift a mark in the place of a supervisor, but where marks have left none who may: then another member of staff does than
/// whoever asked and whoever entered it.
fn refuse_in_place(conn: &mut Conn, by: &By, mark: &Mark) -> Result<Result<()>> {
    if deciders::left(conn, mark.person_id, by.now.date())? != Left::Nobody {
        let (zh, en) = ("須由股長或主任解除", "a section chief or the director lifts it");
        return Ok(Err(Problem::new(Code::FORBIDDEN).detail(zh, en).into()));
    }
    let has_entered = is_one_with(conn, &by.caller, (&mark.entered_by, Some(mark.entered_at)))?;
    Ok(keep_apart(if has_entered { &[Part::Proposer] } else { &[] }, &[Part::Proposer]))
}

fn allowed(conn: &mut Conn, by: &By, mark: &Mark) -> Result<Vec<&'static str>> {
    let parts = parts(conn, by, mark)?;
    let mut names = Vec::new();
    for act in MarkAct::possible(mark.status) {
        let granted = act.line().is_granted(&by.caller) && obstacle(conn, by, mark, act, &parts)?.is_none();
        if granted && !names.contains(&act.line().name) {
            names.push(act.line().name);
        }
    }
    Ok(names)
}

/// Of acts of one name the one that a mark's state allows and the caller may do, with the state after it.
pub fn applied(conn: &mut Conn, by: &By, mark: &Mark, acts: &[MarkAct]) -> Result<(MarkAct, MarkStatus)> {
    let found = acts.iter().find_map(|act| act.after(mark.status).map(|next| (*act, next)));
    let Some((act, next)) = found else { return Err(Error::wrong_state(&allowed(conn, by, mark)?)) };
    let parts = parts(conn, by, mark)?;
    obstacle(conn, by, mark, act, &parts)?.map_or(Ok((act, next)), Err)
}

/// A mark in a list.
pub fn listed(conn: &mut Conn, node: &Node, by: &By, mark: Mark) -> Result<ProtectionMark> {
    view(conn, node, by, mark, (Sight::Masked, None))
}

/// One mark with its history.
pub fn with_history(conn: &mut Conn, node: &Node, by: &By, mark: Mark, sight: Sight) -> Result<ProtectionMark> {
    let lines = store::history(conn, &node.vault, mark.id)?;
    view(conn, node, by, mark, (sight, Some(lines)))
}

fn view(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    mark: Mark,
    (sight, lines): (Sight, Option<Vec<store::Line>>),
) -> Result<ProtectionMark> {
    let content = mark.content(&node.vault)?;
    let line = |(at, action, actor, told): store::Line| MarkLine {
        at,
        action,
        actor,
        reason: told.reason,
        until_on: told.until_on,
        barred: barred(&told.content, sight),
        order: told.content.order,
    };
    let staff = lines.as_ref().filter(|_| mark.is_in_force(by.now.date())).map(|_| staff(conn, by, &mark)).transpose()?;
    let history = lines.map(|lines| lines.into_iter().map(line).collect());
    let in_force = mark.is_in_force(by.now.date());
    let deals = may_deal(conn, node, by, mark.person_id)?;
    let allowed_actions = if deals { allowed(conn, by, &mark)? } else { Vec::new() };
    let barred = barred(&content, sight);
    let (order, reason) = (content.order, content.reason);
    Ok(view_of!(ProtectionMark, mark {
        id, person_id, status, ground, from_on, until_on, entered_by, entered_at, confirmed_by, confirmed_at, lift_asked_by,
        lift_asked_at, lifted_by, lifted_at,
    } in_force, order, barred, reason, staff, history, allowed_actions))
}

/// The members of staff whom a mark means.
fn staff(conn: &mut Conn, by: &By, mark: &Mark) -> Result<Vec<BarredStaff>> {
    let meant = deciders::staff_meant(conn, (mark.id, mark.person_id), by.now.date())?.into_iter();
    let seen = |one: deciders::Meant| BarredStaff {
        account_id: one.account,
        by: if one.by_number { MeantBy::Number } else { MeantBy::Name },
        in_force: one.in_force,
    };
    Ok(meant.map(seen).collect())
}

/// The answer that shows a mark.
pub fn shown(conn: &mut Conn, node: &Node, by: &By, mark: Mark, sight: Sight) -> Result<Reply> {
    let version = mark.version;
    Ok(Reply::ok(&with_history(conn, node, by, mark, sight)?)?.version(version))
}
