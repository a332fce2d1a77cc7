//! Where the register has somebody: by the last of their moves that it holds.

use super::case::Case;
use super::chain;
use super::entries::{self, Registration};
use super::fields::{CaseFields, Findings, Form, PartyRole};
use super::hints::{HintKind, RegisterHint};
use super::jurisdiction::left;
use super::place::Place;
use super::status::{self, Matter};
use super::store;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::joins;
use crate::people::{Address, Township};

/// The types of case that say where somebody lives from a day on.
pub const MOVES: [&str; 3] = ["MOVE_IN", "MOVE_OUT", "ADDRESS_CHANGE"];
/// The parts of those who move.
pub const MOVING: [PartyRole; 2] = [PartyRole::Subject, PartyRole::Member];

pub(super) const FROM: &str = "/fields/from_address";

/// Whether one of these records moves by an entry.
pub fn moves(one: &Registration, records: &[Id]) -> bool {
    MOVES.contains(&one.case.type_code.as_str()) && one.roles(records).iter().any(|role| MOVING.contains(role))
}

/// Where a move has led: out of the country to no address.
pub fn reached(fields: &CaseFields) -> Option<&Address> {
    match fields {
        CaseFields::MoveIn(moved) => Some(&moved.to_address),
        CaseFields::MoveOut(moved) => moved.to_address.as_ref().filter(|_| !moved.abroad),
        CaseFields::MoveWithin(moved) => Some(&moved.to_address),
        _ => None,
    }
}

/// The registered moves of somebody in their order, but for one.
pub(super) fn moves_of(conn: &mut Conn, node: &Node, person: Id, but: Option<Id>) -> Result<Vec<Registration>> {
    let records = joins::records(conn, person)?;
    let is_move = |case: &Case| MOVES.contains(&case.type_code.as_str()) && but != Some(case.id);
    let mut all = entries::of_human(conn, &node.vault, person, is_move)?;
    all.retain(|one| moves(one, &records));
    all.sort_by_key(|one| (one.day(), one.case.registered_at, one.case.id));
    Ok(all)
}

/// Somebody's registered moves in their order beside a matter: those before it, and those after it.
fn around(conn: &mut Conn, node: &Node, person: Id, matter: &Matter<'_>) -> Result<(Vec<Registration>, Vec<Registration>)> {
    let place = Place::of(conn, matter.of, matter.day())?;
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for one in moves_of(conn, node, person, matter.of)? {
        let is_before = place.is_after(conn, one.day(), &one.source())?;
        if is_before { before.push(one) } else { after.push(one) }
    }
    Ok((before, after))
}

/// Where the last registered move of somebody before a matter has led; `None` where the register holds none.
fn last_known(conn: &mut Conn, node: &Node, person: Id, matter: &Matter<'_>) -> Result<Option<Option<Address>>> {
    let (before, _) = around(conn, node, person, matter)?;
    Ok(before.last().map(|one| reached(&one.fields).cloned()))
}

/// Whether the register has somebody in another office's area, to which their last move has led.
pub fn has_left(conn: &mut Conn, node: &Node, person: Id) -> Result<bool> {
    let all = moves_of(conn, node, person, None)?;
    let township = all.last().and_then(|one| reached(&one.fields)).and_then(Address::township);
    Ok(township.is_some_and(|township| !township.is_own()))
}

/// Who moves.
pub(super) fn moving<'m>(matter: &'m Matter<'_>) -> impl Iterator<Item = Id> + use<'m> {
    matter.parties.iter().filter(|(_, role, _)| MOVING.contains(role)).map(|(_, _, person)| *person)
}

/// What only the office of the household registration gives: a seal, and a household certificate for the first time.
pub fn here_alone(type_code: &str) -> Option<&'static str> {
    match Form::of_type(type_code) {
        Form::Seal => Some("印鑑登記辦法 §2"),
        Form::HouseholdCertificate if type_code == "HC_FIRST" => Some("戶籍法 §63"),
        _ => None,
    }
}

/// Why nobody gets here what the office of their household registration alone gives.
pub const LEFT: (&str, &str) = (
    "登記之戶籍地已不在本所轄區，應向現戶籍地戶政事務所申請；已遷回者請先辦理遷入登記",
    "the register has this person in another office's area, which gives it: whoever has come back moves in first (MOVE_IN)",
);

/// Refuses what the office of the household registration alone gives to whoever has left the area.
fn live_here(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let Some(law) = here_alone(matter.type_code).filter(|_| matter.is_new) else { return Ok(()) };
    for (index, _, person) in matter.parties.iter().filter(|(_, role, _)| MOVING.contains(role)) {
        let pointer = format!("/parties/{index}/national_id");
        findings.unless(!has_left(conn, node, *person)?, &pointer, "not_registered_there", law, LEFT.0, LEFT.1);
    }
    Ok(())
}

/// Refuses to let somebody move from a township of the area in which the register does not have them; of a move that is to stand
/// again, also where the next one began elsewhere; and corrections that break the chain of somebody's moves.
pub fn check(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    live_here(conn, node, matter, findings)?;
    chain::check(conn, node, matter, findings)?;
    let is_entered = matter.is_new || matter.is_restored;
    let own = left(matter.fields).and_then(Address::township).filter(|from| is_entered && from.is_own());
    if let Some(from) = own {
        for person in moving(matter) {
            let Some(known) = last_known(conn, node, person, matter)? else { continue };
            if known.as_ref().and_then(Address::township).as_ref() != Some(&from) {
                findings.add(FROM, "not_registered_there", "戶籍法 §16–18", NOT_THERE.0, NOT_THERE.1);
                break;
            }
        }
    }
    if matter.is_restored { leads_to_next(conn, node, matter, findings) } else { Ok(()) }
}

/// Why nobody moves from where the register does not have them.
pub(super) const NOT_THERE: (&str, &str) = (
    "登記之戶籍地不在此鄉鎮市區；請先查明，並補辦或更正前次遷徙登記",
    "the register does not have one of those who move in this township: enter or correct their last move first",
);

/// Tells of the next move that begins elsewhere than where one leads.
pub(super) fn begins_elsewhere(conn: &mut Conn, next: &str, pointer: &str, findings: &mut Findings) -> Result<()> {
    let told = entries::told(conn, &[next.to_owned()])?.join("");
    let (zh, en) = (
        format!("其後之遷徙登記自他處遷出；請先更正或撤銷該登記：{told}"),
        format!("the next move begins elsewhere: correct or revoke that first: {told}"),
    );
    findings.add(pointer, "later_entry", "戶籍法 §16–18", &zh, &en);
    Ok(())
}

/// Refuses to register a move from where another move has led away since it was submitted: whoever submitted it was not shown that the
/// register has one of those who move elsewhere. Once it is returned and submitted again, they were.
pub fn require_shown(conn: &mut Conn, node: &Node, case: &Case, fields: &CaseFields, now: Moment) -> Result<()> {
    let (Some(from), Some(submitted)) = (left(fields), store::submitted_at(conn, case.id)?) else { return Ok(()) };
    let parties = store::parties(conn, case.id)?;
    let matter = status::held(case, fields, case.event_on, status::placed(conn, &parties)?, now);
    let mut findings = Findings::default();
    for person in moving(&matter) {
        let all = moves_of(conn, node, person, Some(case.id))?;
        let last = all.iter().rfind(|one| one.day() <= matter.day());
        let is_new = |one: &&Registration| one.case.registered_at.is_some_and(|at| at > submitted);
        let is_elsewhere = |one: &&Registration| !reached(&one.fields).is_some_and(|to| to.is_that_of(from));
        let Some(moved) = last.filter(is_new).filter(is_elsewhere) else { continue };
        let told = entries::told(conn, &[moved.source()])?.join("");
        let zh = format!("送審後已登記此人遷徙至他處，請退回承辦人核對：{told}");
        let en = format!(
            "since it was submitted the register has one of those who move elsewhere: return it, to be looked at: {told}"
        );
        findings.add(FROM, "not_registered_there", "戶籍法 §16–18", &zh, &en);
        break;
    }
    status::refuse(findings, None)
}

/// Refuses a move that leads to another township of the area than that from which the next one begins.
fn leads_to_next(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    if left(matter.fields).is_none() {
        return Ok(());
    }
    let to = reached(matter.fields).and_then(Address::township);
    for person in moving(matter) {
        let (_, after) = around(conn, node, person, matter)?;
        let Some(next) = after.into_iter().next() else { continue };
        let from = left(&next.fields).and_then(Address::township).filter(Township::is_own);
        if from.is_some() && from != to {
            begins_elsewhere(conn, &next.source(), "/event_on", findings)?;
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
        if known.is_some_and(|address| !address.is_that_of(from)) {
            return Ok(vec![RegisterHint::at(FROM, HintKind::RegisteredElsewhere)]);
        }
    }
    Ok(Vec::new())
}
