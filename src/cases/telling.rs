//! Which agencies were told of a case, and which may yet be; and whom the office tells of what it has entered by itself.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::changes::ChangeStatus;
use super::lineups;
use super::marriages;
use super::status::Status;
use super::store;
use super::types::model::Relation;
use crate::agencies;
use crate::agencies::model::Trigger;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::FactKind;
use crate::people::{holding, joins};
use crate::scheduling::Plans;
use crate::schema::{agency_deliveries, agency_notices, case_changes, cases};

/// Agencies that were told of a case, or will be: those whose deliveries were all withdrawn were not.
pub fn agencies_told(conn: &mut Conn, case: Id) -> Result<Vec<String>> {
    let deliveries = agency_deliveries::table
        .inner_join(agency_notices::table.on(agency_notices::id.eq(agency_deliveries::notice_id)))
        .filter(agency_notices::case_id.eq(case))
        .filter(agency_deliveries::status.ne("WITHDRAWN"));
    Ok(deliveries.select(agency_deliveries::agency_code).distinct().load(conn)?)
}

/// Whether any agency that hears of the trigger was not told of the case.
pub fn any_untold(conn: &mut Conn, case: Id, trigger: Trigger) -> Result<bool> {
    let told = agencies_told(conn, case)?;
    Ok(agencies::store::hearing(conn, trigger)?.iter().any(|code| !told.contains(code)))
}

/// So many working days after an entry somebody is on the list who must be told of it.
const TOLD_WITHIN: usize = 7;

/// What the office has done to an entry by itself, in the days up to one.
pub struct OwnEntry {
    /// The latest moment of it.
    pub at: Moment,
    /// Whom its corrections have added to the entry, or taken out of it: they were entered wrongly.
    shifted: Vec<Id>,
    /// Whether somebody has applied for the entry.
    is_applied_for: bool,
}

/// Cases that the office has registered ex officio (戶籍法 §48-1, §48-2), or has corrected, revoked or reinstated since it had made a
/// mistake (§46; 施行細則 §15), in the days up to this one.
pub fn own_entries(conn: &mut Conn, node: &Node, day: NaiveDate) -> Result<BTreeMap<Id, OwnEntry>> {
    let since = Moment::start_of(node.part::<Plans>().at(conn)?.calendar.back_by_workdays(day, TOLD_WITHIN));
    let until = Moment::end_of(day);
    let entered = cases::table.filter(cases::relation.eq(Relation::ExOfficio));
    let entered = entered.filter(cases::registered_at.ge(since)).filter(cases::registered_at.lt(until));
    let entered: Vec<(Id, Option<Moment>)> = entered.select((cases::id, cases::registered_at)).load(conn)?;
    let changed = case_changes::table.inner_join(cases::table.on(cases::id.eq(case_changes::case_id)));
    let changed = changed.filter(case_changes::office_error).filter(case_changes::status.eq(ChangeStatus::Approved));
    let changed = changed.filter(case_changes::decided_at.ge(since)).filter(case_changes::decided_at.lt(until));
    let changed: Vec<(Id, Option<Moment>, Relation)> =
        changed.select((case_changes::case_id, case_changes::decided_at, cases::relation)).load(conn)?;
    let mut own: BTreeMap<Id, OwnEntry> = BTreeMap::new();
    let entered = entered.into_iter().map(|(case, at)| (case, at, false));
    let changes = changed.iter().map(|(case, at, relation)| (*case, *at, *relation != Relation::ExOfficio));
    for (case, at, is_applied_for) in entered.chain(changes) {
        let Some(at) = at else { continue };
        let entry = own.entry(case).or_insert(OwnEntry { at, shifted: Vec::new(), is_applied_for });
        entry.at = entry.at.max(at);
    }
    let ids: Vec<Id> = own.keys().copied().collect();
    for (case, person, at) in lineups::shifted(conn, &ids)? {
        let is_own = changed.iter().any(|(one, decided_at, _)| (*one, *decided_at) == (case, Some(at)));
        if let Some(entry) = own.get_mut(&case).filter(|_| is_own) {
            entry.shifted.push(person);
        }
    }
    Ok(own)
}

/// Somebody whom the office tells of an entry.
pub struct Told {
    pub case: Id,
    pub person: Id,
    /// Whether they are told since a correction has added them to it, or taken them out of it.
    pub is_shifted: bool,
}

/// Whom the office tells of entries that it has made by itself: the first living of those whom each names, and whoever was entered
/// wrongly in it, added to it or taken out of it. In the place of the dead their kin are told, spouses, children or parents
/// (行政程序法 §110); where the register knows none of the dead whom an entry names, whoever has applied for it. Kin are looked up of
/// the dead alone.
pub fn whom_to_tell(conn: &mut Conn, node: &Node, entries: &BTreeMap<Id, OwnEntry>) -> Result<Vec<Told>> {
    let ids: Vec<Id> = entries.keys().copied().collect();
    let mut named: HashMap<Id, Vec<Id>> = HashMap::new();
    for (case, person) in store::parties_of(conn, &ids)? {
        named.entry(case).or_default().push(person);
    }
    let applied = cases::table.filter(cases::id.eq_any(ids)).select((cases::id, cases::applicant_id));
    let applicants: HashMap<Id, Id> = applied.load::<(Id, Id)>(conn)?.into_iter().collect();
    let shifted = entries.values().flat_map(|entry| &entry.shifted);
    let all: Vec<Id> = named.values().flatten().chain(applicants.values()).chain(shifted).copied().collect();
    let dead: HashSet<Id> = holding::deceased(conn, &all)?.into_iter().collect();
    let mut told: Vec<Told> = Vec::new();
    for (case, entry) in entries {
        let first = first_to_tell(conn, node, named.get(case).map(Vec::as_slice).unwrap_or_default(), &dead)?;
        let applicant = applicants.get(case).copied().filter(|one| entry.is_applied_for && !dead.contains(one));
        let mut whom: Vec<(Id, bool)> = first.or(applicant).map(|one| (one, false)).into_iter().collect();
        for person in &entry.shifted {
            whom.extend(first_to_tell(conn, node, &[*person], &dead)?.map(|one| (one, true)));
        }
        for (person, is_shifted) in whom {
            if !told.iter().any(|one| (one.case, one.person) == (*case, person)) {
                told.push(Told { case: *case, person, is_shifted });
            }
        }
    }
    Ok(told)
}

/// The first living of some people, or of their kin.
fn first_to_tell(conn: &mut Conn, node: &Node, people: &[Id], dead: &HashSet<Id>) -> Result<Option<Id>> {
    if let Some(one) = people.iter().find(|person| !dead.contains(person)) {
        return Ok(Some(*one));
    }
    let mut kin = Vec::new();
    for person in people {
        kin.extend(kin_of(conn, node, *person)?);
    }
    let dead = holding::deceased(conn, &kin)?;
    Ok(kin.into_iter().find(|person| !dead.contains(person)))
}

/// The spouses, children and parents of somebody, as far as the register knows them.
fn kin_of(conn: &mut Conn, node: &Node, person: Id) -> Result<Vec<Id>> {
    let spouses = marriages::all_of(conn, node, person, None)?.into_iter();
    let mut kin: Vec<Id> = spouses.filter(|(_, has_parted)| !has_parted).map(|(spouse, _)| spouse).collect();
    kin.extend(joins::naming(conn, person, &[FactKind::Parent])?);
    let status = Status::of(conn, node, person, None)?;
    kin.extend(status.of_kind(FactKind::Parent).filter_map(|fact| fact.other_id));
    Ok(kin)
}
