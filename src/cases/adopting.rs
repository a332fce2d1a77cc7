//! Spouses adopt together (民法 §1074), and end together what they agree to end (§1080); whoever does so alone is looked at once more.

use super::fields::{CaseFields, PartyRole};
use super::hints::{HintKind, RegisterHint};
use super::marriages;
use super::place::Place;
use super::relations::{self, Adoption};
use super::status::{Matter, Status};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;

/// Tells of whoever adopts alone, or ends alone what a couple began.
pub fn hints(conn: &mut Conn, node: &Node, matter: &Matter<'_>, named: &[PartyRole]) -> Result<Vec<RegisterHint>> {
    match matter.type_code {
        "ADOPTION_END" => ends_alone(conn, node, matter),
        _ => adopts_alone(conn, node, matter, named),
    }
}

/// Tells of whoever ends an adoption without the spouse with whom they adopted, as long as both live and are married.
fn ends_alone(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<Vec<RegisterHint>> {
    let with = |role: PartyRole| matter.parties.iter().filter(move |(_, one, _)| *one == role);
    let (day, adopters) = (matter.day(), with(PartyRole::Adopter).map(|(_, _, person)| *person).collect::<Vec<Id>>());
    for (_, _, child) in with(PartyRole::Adoptee) {
        let mut standing = relations::adoptions(&Status::of(conn, node, *child, matter.of)?);
        standing.retain(|one| one.span.from <= day && one.span.lasts_beyond(day));
        for (index, _, adopter) in with(PartyRole::Adopter) {
            let own = standing.iter().find(|one| one.by == *adopter);
            let is_joint = |one: &&Adoption| own.is_some_and(|own| own.source == one.source) && !adopters.contains(&one.by);
            let Some(spouse) = standing.iter().find(is_joint).map(|one| one.by) else { continue };
            let is_alive = Status::of(conn, node, spouse, matter.of)?.died_on().is_none_or(|died| died > day);
            if is_alive && marriages::are_married_but(conn, node, (*adopter, spouse), day, matter.of)? {
                return Ok(vec![RegisterHint::at(format!("/parties/{index}"), HintKind::EndsAdoptionAlone)]);
            }
        }
    }
    Ok(Vec::new())
}

/// Tells of whoever adopts alone and has a spouse in the register who is not the child's parent.
fn adopts_alone(conn: &mut Conn, node: &Node, matter: &Matter<'_>, named: &[PartyRole]) -> Result<Vec<RegisterHint>> {
    let is_alone = named.iter().filter(|role| **role == PartyRole::Adopter).count() == 1;
    if matter.type_code != "ADOPTION" || !matches!(matter.fields, CaseFields::Adoption(_)) || !is_alone {
        return Ok(Vec::new());
    }
    let with = |role: PartyRole| matter.parties.iter().find(move |(_, one, _)| *one == role);
    let Some((index, _, adopter)) = with(PartyRole::Adopter) else { return Ok(Vec::new()) };
    let child = with(PartyRole::Adoptee).map(|(_, _, child)| Status::of(conn, node, *child, matter.of)).transpose()?;
    let place = Place::of(conn, matter.of, matter.day())?;
    for spouse in marriages::spouses_at(conn, node, *adopter, &place, matter.of)? {
        let is_parent =
            spouse.zip(child.as_ref()).is_some_and(|(spouse, child)| relations::is_child_of(child, spouse, matter.day()));
        if !is_parent {
            return Ok(vec![RegisterHint::at(format!("/parties/{index}"), HintKind::AdoptsAlone)]);
        }
    }
    Ok(Vec::new())
}
