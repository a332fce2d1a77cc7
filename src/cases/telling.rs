//! Which agencies were told of a case, and which may yet be; and whom the office tells of what it has entered by itself.

use std::collections::{BTreeMap, HashMap};

use chrono::{Days, NaiveDate};
use diesel::prelude::*;

use super::changes::ChangeStatus;
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

/// So many days long somebody is on the list who must be told of an entry.
const TOLD_WITHIN: u64 = 7;

/// Cases that the office has registered ex officio (戶籍法 §48-1, §48-2), or has corrected, revoked or reinstated since it had made a
/// mistake (§46), in the days up to this one; each with the latest moment of these.
pub fn own_entries(conn: &mut Conn, day: NaiveDate) -> Result<BTreeMap<Id, Moment>> {
    let since = Moment::start_of(day.checked_sub_days(Days::new(TOLD_WITHIN)).unwrap_or(day));
    let until = Moment::end_of(day);
    let entered = cases::table.filter(cases::relation.eq(Relation::ExOfficio));
    let entered = entered.filter(cases::registered_at.ge(since)).filter(cases::registered_at.lt(until));
    let mut found: Vec<(Id, Option<Moment>)> = entered.select((cases::id, cases::registered_at)).load(conn)?;
    let changed = case_changes::table.filter(case_changes::office_error).filter(case_changes::status.eq(ChangeStatus::Approved));
    let changed = changed.filter(case_changes::decided_at.ge(since)).filter(case_changes::decided_at.lt(until));
    found.extend(changed.select((case_changes::case_id, case_changes::decided_at)).load::<(Id, Option<Moment>)>(conn)?);
    let mut latest = BTreeMap::new();
    for (case, at) in found.into_iter().filter_map(|(case, at)| Some((case, at?))) {
        let last = latest.entry(case).or_insert(at);
        *last = at.max(*last);
    }
    Ok(latest)
}

/// Whom the office tells of entries that it has made by itself, by case: the first living of those whom each names, else of the
/// spouses, children and parents of these (行政程序法 §110); nobody where the register knows none. Kin are looked up of the dead
/// alone.
pub fn whom_to_tell(conn: &mut Conn, node: &Node, cases: &[Id]) -> Result<HashMap<Id, Id>> {
    let named = store::parties_of(conn, cases)?;
    let dead = holding::deceased(conn, &named.iter().map(|(_, person)| *person).collect::<Vec<_>>())?;
    let mut whom: HashMap<Id, Id> = HashMap::new();
    for (case, person) in named.iter().filter(|(_, person)| !dead.contains(person)) {
        whom.entry(*case).or_insert(*person);
    }
    let mut kin: Vec<(Id, Id)> = Vec::new();
    for (case, person) in named.iter().filter(|(case, _)| !whom.contains_key(case)) {
        kin.extend(kin_of(conn, node, *person)?.into_iter().map(|one| (*case, one)));
    }
    let dead = holding::deceased(conn, &kin.iter().map(|(_, person)| *person).collect::<Vec<_>>())?;
    for (case, person) in kin.into_iter().filter(|(_, person)| !dead.contains(person)) {
        whom.entry(case).or_insert(person);
    }
    Ok(whom)
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
