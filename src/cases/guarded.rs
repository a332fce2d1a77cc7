//! A guardian for somebody's age stands in the place of parents who cannot exercise their rights (民法 §1091): what entries let one of
//! them live, or be a parent, beside that guardian.

use chrono::NaiveDate;
use serde_json::json;

use super::case::Case;
use super::entries;
use super::fields::{CaseFields, Findings, PartyRole};
use super::hints::{HintKind, RegisterHint};
use super::rights::Rights;
use super::status::{Matter, Status};
use crate::db::{Conn, Id};
use crate::domain::case_path;
use crate::error::{Code, Problem, Result};
use crate::node::Node;
use crate::people::facts::{Fact, FactKind};
use crate::people::holding::CARE;
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
        let rights = Rights::of(conn, node, (child, status), (day, of))?;
        if !has_ground(conn, fact)? && rights.are_exercised(conn, node)? && !rights.replace_guardianship(status) {
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

/// Those that would stand so, and do not, where what an entry says of the child were of another day.
pub fn returning(
    conn: &mut Conn,
    node: &Node,
    (entry, day): (&Case, NaiveDate),
    (child, today): (Id, NaiveDate),
) -> Result<Vec<String>> {
    let status = Status::of(conn, node, child, None)?;
    let (own, stand) = (case_path(entry.id), beside(conn, node, (child, &status), (today, None))?);
    let mut found = beside(conn, node, (child, &status.dated(&own, day)), (today, None))?;
    found.retain(|one| one.0 != own && !stand.contains(one));
    Ok(found.into_iter().map(|(source, _)| source).collect())
}

/// The guardianships for their age that hold of some people: the cases that registered them.
pub fn held(conn: &mut Conn, node: &Node, people: &[Id], today: NaiveDate) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for child in people {
        let (status, born) = (Status::of(conn, node, *child, None)?, Birth::of(conn, &node.vault, *child)?);
        found.extend(holding(&status, born, today).map(|fact| fact.source.clone()));
    }
    Ok(found)
}

/// Refuses a change by which a guardianship holds again that did not before, as where a ward turns out to be under age still, beside
/// parents who exercise their rights.
pub fn require_none_returned(
    conn: &mut Conn,
    node: &Node,
    (people, today): (&[Id], NaiveDate),
    (entry, before): (&Case, &[String]),
) -> Result<()> {
    let mut findings = Findings::default();
    for child in people {
        let mut back = beside_parents(conn, node, (*child, today))?;
        back.retain(|source| *source != case_path(entry.id) && !before.contains(source));
        for told in entries::told(conn, &back)? {
            let (zh, en) = returns(&told);
            findings.add("/status", "later_entry", LAW, &zh, &en);
        }
    }
    if findings.0.is_empty() {
        return Ok(());
    }
    let (zh, en) = ("變更後，監護將與父母之親權並存", "by the change a guardianship would stand beside parents");
    Err(Problem { errors: findings.0, ..Problem::new(Code::CONFLICT).detail(zh, en) }.into())
}

/// What is said of a guardianship that would stand beside parents by a change.
pub fn returns(entry: &str) -> (String, String) {
    (
        format!("變更後，此監護將與尚有行使親權之父母並存，請先撤銷，或以更正補具監護原因之證明（GUARDIANSHIP_GROUND）：{entry}"),
        format!(
            "by the change this guardianship would stand beside a parent who lives: revoke it first, or show its ground (GUARDIANSHIP_GROUND) by a correction of it: {entry}"
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
    if matter.type_code != "PARENTAGE" && !matches!(matter.fields, CaseFields::Birth(_)) {
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
        let replaced = Rights::of(conn, node, (*child, &status), (day, matter.of))?.replace_guardianship(&status);
        if !replaced && holding(&status, born, day).next().is_some() {
            return Ok(vec![RegisterHint::at(format!("/parties/{index}"), HintKind::GuardianBesideParent)]);
        }
    }
    Ok(Vec::new())
}
