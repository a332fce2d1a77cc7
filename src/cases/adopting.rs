//! Spouses adopt together (民法 §1074); whoever adopts alone is looked at once more.

use super::fields::{CaseFields, PartyRole};
use super::hints::{HintKind, RegisterHint};
use super::marriages;
use super::relations;
use super::status::{Matter, Status};
use crate::db::Conn;
use crate::error::Result;
use crate::node::Node;

/// Tells of whoever adopts alone and has a spouse in the register, who is neither the child's parent nor has adopted it.
pub fn hints(conn: &mut Conn, node: &Node, matter: &Matter<'_>, named: &[PartyRole]) -> Result<Vec<RegisterHint>> {
    let is_alone = named.iter().filter(|role| **role == PartyRole::Adopter).count() == 1;
    if matter.type_code != "ADOPTION" || !matches!(matter.fields, CaseFields::Adoption(_)) || !is_alone {
        return Ok(Vec::new());
    }
    let with = |role: PartyRole| matter.parties.iter().find(move |(_, one, _)| *one == role);
    let Some((index, _, adopter)) = with(PartyRole::Adopter) else { return Ok(Vec::new()) };
    let child = with(PartyRole::Adoptee).map(|(_, _, child)| Status::of(conn, node, *child, matter.of)).transpose()?;
    for spouse in marriages::spouses_on(conn, node, *adopter, matter.day(), matter.of)? {
        let is_parent = spouse.zip(child.as_ref()).is_some_and(|(spouse, child)| {
            let mut adoptions = relations::adoptions(child).into_iter().filter(|one| one.by == spouse).peekable();
            if adoptions.peek().is_some() { adoptions.any(|one| one.stands()) } else { child.is_child_of(spouse) }
        });
        if !is_parent {
            return Ok(vec![RegisterHint::at(format!("/parties/{index}"), HintKind::AdoptsAlone)]);
        }
    }
    Ok(Vec::new())
}
