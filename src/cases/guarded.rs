//! A guardian for somebody's age stands in the place of parents who cannot exercise their rights (民法 §1091): what entries let one of
//! them live, or be a parent, beside that guardian. Whichever road it comes by, it is refused until the guardianship is revoked or its
//! ground is shown; but for a parent by birth or acknowledgment, which reaches back to the birth (§1069) and is told as a hint.

use chrono::NaiveDate;
use serde_json::json;

use super::case::{Case, Party};
use super::entries;
use super::fields::{Findings, Form, PartyRole};
use super::hints::{HintKind, RegisterHint};
use super::marriages;
use super::place;
use super::relations;
use super::rights::Rights;
use super::status::{Matter, Status};
use crate::db::{Conn, Id};
use crate::domain::case_path;
use crate::error::{Code, Problem, Result};
use crate::node::Node;
use crate::people::facts::{Fact, FactKind, NewFact};
use crate::people::holding::CARE;
use crate::people::joins;
use crate::people::wards::{self, Birth, DECLARED};

/// What shows why somebody has a guardian though a parent lives.
const GROUND: &str = "GUARDIANSHIP_GROUND";

/// By which article a guardian stands in the place of parents.
pub const LAW: &str = "民法 §1091";

/// The guardianships for somebody's age that hold on a day.
fn holding(status: &Status, born: Option<Birth>, day: NaiveDate) -> impl Iterator<Item = &Fact> {
    let is_for_age = |fact: &&Fact| fact.kind == FactKind::Guardianship && fact.value != json!(DECLARED);
    let is_meant = move |fact: &&Fact| wards::is_of_minor(fact, born) && wards::has_ended(fact, born, day).is_none();
    status.latest(&CARE).filter(is_for_age).filter(is_meant)
}

/// The guardianships of a child beside parents who exercise their rights, without a ground for that, by what the register says of the
/// child, but for what a case has registered: the cases that registered them, each with its day.
fn beside(
    conn: &mut Conn,
    node: &Node,
    (child, status): (Id, &Status),
    (today, of): (NaiveDate, Option<Id>),
) -> Result<Vec<(String, NaiveDate)>> {
    let (born, mut found) = (Birth::of(conn, &node.vault, child)?, Vec::new());
    for fact in holding(status, born, today) {
        let Some(day) = fact.valid_from else { continue };
        let is_replaced = Rights::of(conn, node, (child, status), (today, of))?.replaced_on(fact).is_some();
        let then = Rights::of(conn, node, (child, status), (day, of))?;
        if !is_replaced && !has_ground(conn, fact)? && then.are_exercised(conn, node)? {
            found.push((fact.source.clone(), day));
        }
    }
    found.dedup();
    Ok(found)
}

/// The guardianships of a child beside parents who exercise their rights, without a ground for that: the cases that registered them.
pub fn beside_parents(conn: &mut Conn, node: &Node, (child, today): (Id, NaiveDate)) -> Result<Vec<String>> {
    let status = Status::of(conn, node, child, None)?;
    Ok(beside(conn, node, (child, &status), (today, None))?.into_iter().map(|(source, _)| source).collect())
}

/// The guardianships of a child that would stand beside parents but for an entry, each with its day: since nobody exercised the rights of
/// a parent by it, or since it has come in their place, and they would be today's again.
pub fn resting(conn: &mut Conn, node: &Node, ground: &Case, (child, today): (Id, NaiveDate)) -> Result<Vec<(String, NaiveDate)>> {
    let without = Status::of(conn, node, child, Some(ground.id))?;
    let mut found = beside(conn, node, (child, &without), (today, Some(ground.id)))?;
    let status = Status::of(conn, node, child, None)?;
    let stand = beside(conn, node, (child, &status), (today, None))?;
    found.retain(|one| !stand.contains(one));
    Ok(found)
}

/// Refuses what lets a guardianship stand beside parents, as it is entered, corrected or restored: an adoption, its end, a ruling.
pub fn check(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    if tells_parents(matter.type_code) {
        return Ok(());
    }
    let (own, day) = (matter.of.map(case_path), matter.day());
    let known = matter.parties.iter().map(|(_, role, person)| Party { role: *role, person_id: *person });
    // Whom the office does not know lives.
    let unknown = matter.strangers.iter().map(|(_, party)| Party { role: party.role, person_id: Id::new(matter.received_at) });
    let parties: Vec<Party> = known.chain(unknown).collect();
    let made = relations::made(conn, node, matter.type_code, (matter.fields, &parties), day)?;
    let Some((part, made)) = made else { return Ok(()) };
    let turn = place::turn(conn, matter.of, day)?;
    for (_, _, child) in matter.parties.iter().filter(|(_, role, _)| *role == part) {
        let status = Status::of(conn, node, *child, None)?;
        let stand = beside(conn, node, (*child, &status), (matter.acts_on, None))?;
        let foreseen = made.iter().cloned().map(|(kind, value, other, from)| {
            let new = NewFact { person: *child, kind, value, other, valid_from: Some(from) };
            Fact::foreseen(new, &turn, matter.received_at)
        });
        let with = Status::of(conn, node, *child, matter.of)?.with(foreseen);
        let mut found = beside(conn, node, (*child, &with), (matter.acts_on, None))?;
        found.retain(|one| own.as_ref() != Some(&one.0) && !stand.contains(one));
        let is_redated = status.of_source(own.as_deref()).any(|fact| fact.valid_from != Some(day));
        let is_dated = matter.is_new || matter.is_restored || is_redated;
        let pointer = if is_dated { marriages::day_pointer(matter.fields) } else { "/parties" };
        let sources: Vec<String> = found.into_iter().map(|(source, _)| source).collect();
        if matter.is_online && !sources.is_empty() {
            findings.add(pointer, "later_entry", LAW, BESIDE.0, BESIDE.1);
            continue;
        }
        for told in entries::told(conn, &sources)? {
            let (zh, en) = returns(&told);
            findings.add(pointer, "later_entry", LAW, &zh, &en);
        }
    }
    Ok(())
}

/// Whether a case of a type tells who somebody's parents are by birth or acknowledgment.
fn tells_parents(type_code: &str) -> bool {
    Form::of_type(type_code) == Form::Birth || type_code == "PARENTAGE"
}

/// The guardianships for their age that hold of some people: the cases that registered them.
fn held(conn: &mut Conn, node: &Node, people: &[Id], today: NaiveDate) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for child in people {
        let (status, born) = (Status::of(conn, node, *child, None)?, Birth::of(conn, &node.vault, *child)?);
        found.extend(holding(&status, born, today).map(|fact| fact.source.clone()));
    }
    Ok(found)
}

/// The guardianships of those whom something concerns, and of their children, beside parents: before it is done and after.
pub struct Wards {
    children: Vec<Id>,
    today: NaiveDate,
    stood: Vec<String>,
}

impl Wards {
    pub fn of(conn: &mut Conn, node: &Node, people: &[Id], today: NaiveDate) -> Result<Self> {
        let mut children = joins::last_of(conn, people)?;
        for parent in children.clone() {
            children.extend(joins::naming(conn, parent, &[FactKind::Parent])?);
        }
        children.sort_unstable();
        children.dedup();
        let mut wards = Self { children, today, stood: Vec::new() };
        wards.stood = wards.brought(conn, node)?;
        Ok(wards)
    }

    /// The same before an entry is made, or changed: a parent by birth or acknowledgment comes beside a guardian who holds already.
    pub fn of_entry(conn: &mut Conn, node: &Node, (case, people): (&Case, &[Id]), today: NaiveDate) -> Result<Self> {
        let mut wards = Self::of(conn, node, people, today)?;
        if tells_parents(&case.type_code) {
            let held = held(conn, node, &wards.children, today)?;
            wards.stood.extend(held);
        }
        Ok(wards)
    }

    /// Those that stand so by now and did not.
    pub fn brought(&self, conn: &mut Conn, node: &Node) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for child in joins::last_of(conn, &self.children)? {
            found.extend(beside_parents(conn, node, (child, self.today))?);
        }
        found.sort_unstable();
        found.dedup();
        found.retain(|source| !self.stood.contains(source));
        Ok(found)
    }

    /// Refuses what has let one stand so by an entry of another: also where a ward turns out to be under age still.
    pub fn require_none_new(&self, conn: &mut Conn, node: &Node, entry: &Case) -> Result<()> {
        let mut sources = self.brought(conn, node)?;
        sources.retain(|source| *source != case_path(entry.id));
        let mut findings = Findings::default();
        for told in entries::told(conn, &sources)? {
            let (zh, en) = returns(&told);
            findings.add("/status", "later_entry", LAW, &zh, &en);
        }
        if findings.0.is_empty() {
            return Ok(());
        }
        Err(Problem { errors: findings.0, ..Problem::new(Code::CONFLICT).detail(BESIDE.0, BESIDE.1) }.into())
    }
}

/// What is said of a guardianship beside parents.
pub const BESIDE: (&str, &str) =
    ("監護將與尚有行使親權之父母並存", "a guardianship would stand beside a parent who lives and exercises their rights");

/// What is said of a guardianship that would stand beside parents, to whoever may know of it.
pub fn returns(entry: &str) -> (String, String) {
    (
        format!("此監護將與尚有行使親權之父母並存，請先撤銷，或以更正補具監護原因之證明（GUARDIANSHIP_GROUND）：{entry}"),
        format!(
            "this guardianship would stand beside a parent who lives: revoke it first, or show its ground (GUARDIANSHIP_GROUND) by a correction of it: {entry}"
        ),
    )
}

/// Whether papers have shown why there is a guardian though a parent lives; of what no case has registered nobody can tell.
fn has_ground(conn: &mut Conn, fact: &Fact) -> Result<bool> {
    let Some(id) = entries::case_of(&fact.source) else { return Ok(true) };
    let papers: Vec<String> = entries::case(conn, id)?.papers.read()?;
    Ok(papers.iter().any(|paper| paper == GROUND))
}

/// What a clerk should look at: a living parent is entered of a child under age who has a guardian.
pub fn hints(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<Vec<RegisterHint>> {
    if !tells_parents(matter.type_code) {
        return Ok(Vec::new());
    }
    let is_parent = |role: PartyRole| matches!(role, PartyRole::Father | PartyRole::Mother);
    let mut lives = matter.strangers.iter().any(|(_, party)| is_parent(party.role));
    for (_, _, parent) in matter.parties.iter().filter(|(_, role, _)| is_parent(*role)) {
        lives = lives || Status::of(conn, node, *parent, matter.of)?.died_on().is_none();
    }
    let children = matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Subject && lives);
    for (index, _, child) in children {
        let (status, born) = (Status::of(conn, node, *child, matter.of)?, Birth::of(conn, &node.vault, *child)?);
        let day = matter.acts_on;
        let rights = Rights::of(conn, node, (*child, &status), (day, matter.of))?;
        if holding(&status, born, day).any(|fact| rights.replaced_on(fact).is_none()) {
            return Ok(vec![RegisterHint::at(format!("/parties/{index}"), HintKind::GuardianBesideParent)]);
        }
    }
    Ok(Vec::new())
}
