//! The chain of somebody's moves: within the area each begins in the township to which the one before has led. What is corrected or
//! revoked breaks none of it (戶籍法 §16–18); what was broken already is no obstacle.

use chrono::NaiveDate;

use super::case::Case;
use super::entries::{self, Registration};
use super::fields::{CaseFields, Findings};
use super::jurisdiction::left;
use super::residence::{FROM, MOVING, NOT_THERE, begins_elsewhere, moves_of, moving, reached};
use super::states::CaseStatus;
use super::status::{Matter, placed};
use super::store;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::{Address, Township};

/// A move in its place among others.
struct Move {
    place: (NaiveDate, Option<Moment>, Id),
    /// The township of the area from which it begins.
    from: Option<Township>,
    to: Option<Township>,
}

impl Move {
    fn new(place: (NaiveDate, Option<Moment>, Id), fields: &CaseFields) -> Self {
        let from = left(fields).and_then(Address::township).filter(Township::is_own);
        Self { place, from, to: reached(fields).and_then(Address::township) }
    }

    fn of(one: &Registration) -> Self {
        Self::new((one.day(), one.case.registered_at, one.case.id), &one.fields)
    }
}

/// How a move stands to the one before it.
#[derive(Clone, Copy, PartialEq)]
enum Link {
    /// It begins outside the area, or in the township to which that has led.
    Follows,
    /// The register holds none before it.
    First,
    Broken,
}

/// Somebody's moves in their order.
struct Chain(Vec<Move>);

impl Chain {
    /// Those of the others beside one as it stands, or is to stand.
    fn with(others: &[Registration], own: Option<Move>) -> Self {
        let mut all: Vec<Move> = others.iter().map(Move::of).chain(own).collect();
        all.sort_by_key(|one| one.place);
        Self(all)
    }

    fn link(&self, case: Id) -> Option<Link> {
        let at = self.0.iter().position(|one| one.place.2 == case)?;
        let Some(from) = &self.0[at].from else { return Some(Link::Follows) };
        let before = at.checked_sub(1).map(|before| &self.0[before]);
        Some(before.map_or(Link::First, |one| if one.to.as_ref() == Some(from) { Link::Follows } else { Link::Broken }))
    }

    /// The first of these moves that follows here on the one before it, and in another chain does not.
    fn torn_by(&self, after: &Self, others: &[Registration]) -> Option<String> {
        let is_torn = |one: &&Registration| {
            let then = after.link(one.case.id);
            self.link(one.case.id) == Some(Link::Follows) && matches!(then, Some(Link::First | Link::Broken))
        };
        others.iter().find(is_torn).map(Registration::source)
    }
}

/// A case in the register as it stands, and those who move by it.
fn standing(conn: &mut Conn, node: &Node, case: Case) -> Result<Option<(Registration, Vec<Id>)>> {
    if !matches!(case.status, CaseStatus::Registered | CaseStatus::Corrected) {
        return Ok(None);
    }
    let one = Registration::opened(conn, &node.vault, case)?;
    if !matches!(one.fields, CaseFields::MoveIn(_) | CaseFields::MoveOut(_) | CaseFields::MoveWithin(_)) {
        return Ok(None);
    }
    let parties = store::parties(conn, one.case.id)?;
    let parties = placed(conn, &parties)?.into_iter();
    let people = parties.filter(|(_, role, _)| MOVING.contains(role)).map(|(_, _, person)| person);
    Ok(Some((one, people.collect())))
}

/// The first entry of which a move that is corrected is the ground no more, and whether it itself begins where nobody is.
pub fn check(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let is_corrected = !matter.is_new && !matter.is_restored;
    let Some(id) = matter.of.filter(|_| is_corrected && left(matter.fields).is_some()) else { return Ok(()) };
    let case = entries::case(conn, id)?;
    let Some((one, before)) = standing(conn, node, case)? else { return Ok(()) };
    let after: Vec<Id> = moving(matter).collect();
    let corrected = || Move::new((matter.day(), one.case.registered_at, id), matter.fields);
    let pointer = match () {
        () if one.day() != matter.day() => "/event_on",
        () if reached(&one.fields) != reached(matter.fields) => "/fields/to_address",
        () => "/parties",
    };
    let mut people = [before.clone(), after.clone()].concat();
    people.sort_unstable();
    people.dedup();
    for person in people {
        let others = moves_of(conn, node, person, Some(id))?;
        let stood = Chain::with(&others, before.contains(&person).then(|| Move::of(&one)));
        let stands = Chain::with(&others, after.contains(&person).then(corrected));
        if stands.link(id) == Some(Link::Broken) && stood.link(id) != Some(Link::Broken) {
            let pointer = if one.day() == matter.day() { FROM } else { pointer };
            findings.add(pointer, "not_registered_there", "戶籍法 §16–18", NOT_THERE.0, NOT_THERE.1);
            return Ok(());
        }
        if let Some(next) = stood.torn_by(&stands, &others) {
            return begins_elsewhere(conn, &next, pointer, findings);
        }
    }
    Ok(())
}

/// The moves that begin where one has led, of those who moved by it, and would without it begin where the register has nobody.
pub fn resting(conn: &mut Conn, node: &Node, case: &Case) -> Result<Vec<(String, Id)>> {
    let case = entries::case(conn, case.id)?;
    let Some((one, people)) = standing(conn, node, case)? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for person in people {
        let others = moves_of(conn, node, person, Some(one.case.id))?;
        let (stands, without) = (Chain::with(&others, Some(Move::of(&one))), Chain::with(&others, None));
        found.extend(stands.torn_by(&without, &others).map(|source| (source, person)));
    }
    Ok(found)
}
