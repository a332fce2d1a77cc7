//! A guardian for somebody's age stands in the place of parents who cannot exercise their rights (民法 §1091): what entries let one of
//! them live, or be a parent, beside that guardian.

use chrono::NaiveDate;
use serde_json::json;

use super::case::Case;
use super::entries;
use super::fields::{CaseFields, PartyRole};
use super::hints::{HintKind, RegisterHint};
use super::rights::Rights;
use super::status::{Matter, Status};
use crate::db::{Conn, Id};
use crate::domain::case_path;
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::{Fact, FactKind};
use crate::people::holding::CARE;
use crate::people::wards::{self, Birth, DECLARED};

/// What shows why somebody has a guardian though a parent lives.
const GROUND: &str = "GUARDIANSHIP_GROUND";

/// The guardianships for somebody's age that hold on a day.
fn holding(status: &Status, born: Option<Birth>, day: NaiveDate) -> impl Iterator<Item = &Fact> {
    let is_for_age = |fact: &&Fact| fact.kind == FactKind::Guardianship && fact.value != json!(DECLARED);
    let is_meant = move |fact: &&Fact| wards::is_of_minor(fact, born) && wards::has_ended(fact, born, day).is_none();
    status.latest(&CARE).filter(is_for_age).filter(is_meant)
}

/// The guardianships of a child that were registered since nobody exercised the rights of a parent, and would not have been without
/// an entry: each with its day.
pub fn resting(conn: &mut Conn, node: &Node, ground: &Case, (child, today): (Id, NaiveDate)) -> Result<Vec<(String, NaiveDate)>> {
    let (status, born) = (Status::of(conn, node, child, None)?, Birth::of(conn, &node.vault, child)?);
    let without = Status::of(conn, node, child, Some(ground.id))?;
    let mut found = Vec::new();
    for fact in holding(&status, born, today) {
        let Some(day) = fact.valid_from.filter(|_| fact.source != case_path(ground.id)) else { continue };
        if has_ground(conn, fact)? {
            continue;
        }
        let stands = Rights::of(conn, node, (child, &status), (day, None))?;
        let falls = Rights::of(conn, node, (child, &without), (day, Some(ground.id)))?;
        if !stands.are_exercised(conn, node)? && falls.are_exercised(conn, node)? && !falls.replace_guardianship(&without) {
            found.push((fact.source.clone(), day));
        }
    }
    Ok(found)
}

/// The guardianships of a child beside parents who exercise their rights, without a ground for that: the cases that registered them.
pub fn beside_parents(conn: &mut Conn, node: &Node, (child, today): (Id, NaiveDate)) -> Result<Vec<String>> {
    let (status, born) = (Status::of(conn, node, child, None)?, Birth::of(conn, &node.vault, child)?);
    let mut found = Vec::new();
    for fact in holding(&status, born, today) {
        let Some(day) = fact.valid_from else { continue };
        let rights = Rights::of(conn, node, (child, &status), (day, None))?;
        if !has_ground(conn, fact)? && rights.are_exercised(conn, node)? && !rights.replace_guardianship(&status) {
            found.push(fact.source.clone());
        }
    }
    Ok(found)
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
