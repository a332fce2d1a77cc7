//! The name that somebody had until a change of name, which repeats what the office knows of them: corrected by itself it would make a
//! name that nobody had.

use chrono::Duration;

use super::case::Case;
use super::effects::{contradiction, since};
use crate::auth::By;
use crate::db::{Conn, Id};
use crate::domain::case_path;
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::{self, FactKind, Rank};
use crate::people::{Name, holding, names};

/// Refuses to correct it to a name by which nobody but the case itself knew them, where others had seen or registered one before it:
/// what is wrong there is corrected where it was said.
pub fn require_known(conn: &mut Conn, node: &Node, by: &By, case: &Case, from: &Name) -> Result<()> {
    if registered(conn, node, by, case)?.is_some() {
        return require(conn, node, by, case, from);
    }
    let (since, own) = (since(by, case), case_path(case.id));
    let mut seen = facts::standing(conn, &node.vault, case.person_id, &[FactKind::Name])?;
    seen.retain(|fact| fact.rank == Rank::Seen && fact.source != own && fact.recorded_at < since);
    let is_called = |fact: &facts::Fact| fact.value.as_str().is_some_and(|name| names::passes_for(name, from.as_str()));
    if seen.iter().any(is_called) {
        return Ok(());
    }
    require_called(seen.first().and_then(|fact| fact.value.as_str()), from)
}

/// The name that was registered before a case, in its place among others.
fn registered(conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<Option<String>> {
    let (since, own) = (since(by, case), case_path(case.id));
    let (day, first, after) = (Some(since.date()), Id::first(since), Id::first(since + Duration::milliseconds(1)));
    // Of two of one moment that goes before of which the case was taken first.
    let is_before = |fact: &facts::Fact| {
        (fact.valid_from, fact.id) < (day, first) || fact.source < own && (fact.valid_from, fact.id) < (day, after)
    };
    let mut named = facts::standing(conn, &node.vault, case.person_id, &[FactKind::Name])?;
    named.retain(|fact| fact.rank == Rank::Registered && fact.source != own && is_before(fact));
    Ok(holding::todays(&named, FactKind::Name).and_then(|fact| fact.value.as_str().map(ToOwned::to_owned)))
}

/// Refuses where the name that was registered before a case is not the one that it takes for it. What was only seen goes with the
/// case, which two people make by a paper.
pub fn require(conn: &mut Conn, node: &Node, by: &By, case: &Case, from: &Name) -> Result<()> {
    require_called(registered(conn, node, by, case)?.as_deref(), from)
}

pub fn require_called(name: Option<&str>, from: &Name) -> Result<()> {
    if name.is_none_or(|name| names::passes_for(name, from.as_str())) {
        return Ok(());
    }
    Err(contradiction(
        "與登記或查驗於本案之前之姓名不符；請核對原姓名，或先更正前案",
        "it is not the name that was registered, or seen, before this case: look at the old name, or correct the earlier case first",
    ))
}
