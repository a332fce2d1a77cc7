//! Where the register has somebody: by the last of their moves that it holds.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::case::Case;
use super::effects;
use super::fields::{CaseFields, Findings, PartyRole};
use super::hints::{HintKind, RegisterHint};
use super::jurisdiction::left;
use super::states::CaseStatus;
use super::status::Matter;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::joins;
use crate::people::{Address, Township};
use crate::schema::{case_parties, cases};

/// The types of case that say where somebody lives from a day on.
const MOVES: [&str; 3] = ["MOVE_IN", "MOVE_OUT", "ADDRESS_CHANGE"];
/// The parts of those who move.
const MOVING: [PartyRole; 2] = [PartyRole::Subject, PartyRole::Member];

const FROM: &str = "/fields/from_address";

/// Where a move has led: out of the country to no address.
fn reached(fields: CaseFields) -> Option<Address> {
    match fields {
        CaseFields::MoveIn(moved) => Some(moved.to_address),
        CaseFields::MoveOut(moved) => moved.to_address.filter(|_| !moved.abroad),
        CaseFields::MoveWithin(moved) => Some(moved.to_address),
        _ => None,
    }
}

/// The last registered move of somebody until a day, but for one case's.
fn last_move(conn: &mut Conn, person: Id, (day, of): (NaiveDate, Option<Id>)) -> Result<Option<Case>> {
    let records = joins::records(conn, person)?;
    let parts = case_parties::table.filter(case_parties::person_id.eq_any(records)).filter(case_parties::role.eq_any(MOVING));
    let moves = cases::table
        .filter(cases::id.eq_any(parts.select(case_parties::case_id)))
        .filter(cases::type_code.eq_any(MOVES))
        .filter(cases::status.eq_any([CaseStatus::Registered, CaseStatus::Corrected]));
    let mut moves: Vec<Case> = moves.select(Case::as_select()).load(conn)?;
    let moved_on = |case: &Case| case.event_on.or(case.registered_at.map(Moment::date));
    moves.retain(|case| of != Some(case.id) && moved_on(case).is_some_and(|moved| moved <= day));
    Ok(moves.into_iter().max_by_key(|case| (moved_on(case), case.registered_at, case.id)))
}

/// Those who have moved together with somebody, and not since: they live where that one does, as far as the register holds it.
pub fn living_with(conn: &mut Conn, person: Id, day: NaiveDate) -> Result<Vec<Id>> {
    let Some(moved) = last_move(conn, person, (day, None))? else { return Ok(Vec::new()) };
    let own = joins::records(conn, person)?;
    let parts = case_parties::table.filter(case_parties::case_id.eq(moved.id)).filter(case_parties::role.eq_any(MOVING));
    let parts: Vec<Id> = parts.select(case_parties::person_id).load(conn)?;
    let mut living = Vec::new();
    for other in parts.into_iter().filter(|other| !own.contains(other)) {
        if last_move(conn, other, (day, None))?.is_some_and(|last| last.id == moved.id) {
            living.push(other);
        }
    }
    Ok(living)
}

/// Where the last registered move of somebody until the day of a matter has led; `None` where the register holds none.
fn last_known(conn: &mut Conn, node: &Node, person: Id, matter: &Matter<'_>) -> Result<Option<Option<Address>>> {
    let last = last_move(conn, person, (matter.day(), matter.of))?;
    last.map(|case| effects::entered(conn, node, &case).map(reached)).transpose()
}

/// Who moves, each with their place among the parties.
fn moving<'m>(matter: &'m Matter<'_>) -> impl Iterator<Item = Id> + use<'m> {
    matter.parties.iter().filter(|(_, role, _)| MOVING.contains(role)).map(|(_, _, person)| *person)
}

/// Refuses to let somebody move from a township of the area in which the register does not have them.
pub fn check(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let own = left(matter.fields).and_then(Address::township).filter(|from| matter.is_new && from.is_own());
    let Some(from) = own else { return Ok(()) };
    for person in moving(matter) {
        let Some(known) = last_known(conn, node, person, matter)? else { continue };
        if known.as_ref().and_then(Address::township).as_ref() != Some(&from) {
            let text = (
                "登記之戶籍地不在此鄉鎮市區；請先查明，並補辦或更正前次遷徙登記",
                "the register does not have one of those who move in this township: enter or correct their last move first",
            );
            findings.add(FROM, "not_registered_there", "戶籍法 §16–18", text.0, text.1);
            break;
        }
    }
    Ok(())
}

/// Where the register has one of those who move at another address than the one from which they say that they move.
pub fn hints(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<Vec<RegisterHint>> {
    let Some(from) = left(matter.fields) else { return Ok(Vec::new()) };
    for person in moving(matter) {
        let known = last_known(conn, node, person, matter)?.flatten();
        // What became of whoever has left the area is another office's to know.
        let known = known.filter(|address| address.township().as_ref().is_some_and(Township::is_own));
        if known.is_some_and(|address| address != *from) {
            return Ok(vec![RegisterHint::at(FROM, HintKind::RegisteredElsewhere)]);
        }
    }
    Ok(Vec::new())
}
