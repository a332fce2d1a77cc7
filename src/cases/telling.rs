//! Which agencies were told of a case, and which may yet be; and whom the office tells of what has
//! become of entries without their having applied for it.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::about;
use super::case::Party;
use super::changes::{ChangeKind, ChangeStatus};
use super::fields::PartyRole;
use super::lineups;
use super::marriages;
use super::revocations;
use super::status::Status;
use super::store;
use super::types::model::Relation;
use crate::agencies;
use crate::agencies::model::Trigger;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::domain::ENTRY_WORKDAYS;
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::FactKind;
use crate::people::wards::is_of_age;
use crate::people::{self, holding, joins};
use crate::scheduling::Plans;
use crate::schema::{agency_deliveries, agency_notices, case_changes, cases, maintenance_records as book};

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

/// What has become of an entry that not all whom it names have applied for, in the days up to one.
#[derive(Default)]
pub struct OwnEntry {
    /// When the office has entered it ex officio, has put right a mistake of its own in it, or has let it stand again: told to all of
    /// whom it is.
    told: Option<Moment>,
    /// When it fell: told to all of whom it is who have not applied for that.
    fell: Option<Moment>,
    /// Whom corrections have added to it or taken out of it, whose mistake that was, and when.
    shifted: Vec<(Id, Moment)>,
}

impl OwnEntry {
    /// When something has become of it that is told to somebody of whom it is.
    fn told_at(&self, knows: bool) -> Option<Moment> {
        self.told.max(self.fell.filter(|_| !knows))
    }
}

/// What the office has registered ex officio (戶籍法 §48-1, §48-2), has corrected of its own mistake (§46; 施行細則 §15), or has revoked
/// or reinstated whoever was mistaken, in the days up to this one: an entry that is void since another change has shown that as well.
pub fn own_entries(conn: &mut Conn, node: &Node, day: NaiveDate) -> Result<BTreeMap<Id, OwnEntry>> {
    let since = Moment::start_of(node.part::<Plans>().at(conn)?.calendar.back_by_workdays(day, ENTRY_WORKDAYS));
    let until = Moment::end_of(day);
    let mut own: BTreeMap<Id, OwnEntry> = BTreeMap::new();
    let entered = cases::table.filter(cases::relation.eq(Relation::ExOfficio));
    let entered = entered.filter(cases::registered_at.ge(since)).filter(cases::registered_at.lt(until));
    let entered: Vec<(Id, Option<Moment>)> = entered.select((cases::id, cases::registered_at)).load(conn)?;
    let corrected = case_changes::table.filter(case_changes::kind.eq(ChangeKind::Correct));
    let corrected = corrected.filter(case_changes::office_error).filter(case_changes::status.eq(ChangeStatus::Approved));
    let corrected = corrected.filter(case_changes::decided_at.ge(since)).filter(case_changes::decided_at.lt(until));
    let corrected: Vec<(Id, Option<Moment>)> = corrected.select((case_changes::case_id, case_changes::decided_at)).load(conn)?;
    for (case, at) in entered.into_iter().chain(corrected) {
        let entry = own.entry(case).or_default();
        entry.told = entry.told.max(at);
    }
    let lines =
        book::table.filter(book::recorded_at.ge(since)).filter(book::recorded_at.lt(until)).filter(book::strikes.is_null());
    let lines = lines.filter(book::kind.eq_any([ChangeKind::Revoke, ChangeKind::Reinstate]));
    let lines: Vec<(Id, ChangeKind, Moment)> = lines.select((book::case_id, book::kind, book::recorded_at)).load(conn)?;
    for (case, kind, at) in lines {
        let entry = own.entry(case).or_default();
        let told = if kind == ChangeKind::Revoke { &mut entry.fell } else { &mut entry.told };
        *told = (*told).max(Some(at));
    }
    for (case, person, at) in lineups::shifted(conn, since, until)? {
        own.entry(case).or_default().shifted.push((person, at));
    }
    Ok(own)
}

/// Somebody whom the office tells of an entry.
pub struct Told {
    pub case: Id,
    pub person: Id,
    /// When it was done of which they are told.
    pub at: Moment,
    /// Whether how to reach the applicant is how to reach them: it is theirs, or of whoever applied for them.
    pub shares_contact: bool,
}

/// A case as those are told of it whom it names.
type TellRow = (Id, Option<String>, String, Id, Relation);

/// Whom the office tells of what has become of entries: everybody of whom they are, and whoever was added to one or taken out of one. In the
/// place of the dead their kin are told, spouses, children or parents (行政程序法 §110); where the register knows none of all of whom an
/// entry is, whoever has applied for it. Kin are looked up of the dead alone. Whoever has applied for a revocation knows of it.
pub fn whom_to_tell(conn: &mut Conn, node: &Node, (entries, day): (&BTreeMap<Id, OwnEntry>, NaiveDate)) -> Result<Vec<Told>> {
    let ids: Vec<Id> = entries.keys().copied().collect();
    let rows = cases::table.filter(cases::id.eq_any(ids.iter().copied()));
    let rows = rows.select((cases::id, cases::number, cases::type_code, cases::applicant_id, cases::relation));
    let rows: Vec<TellRow> = rows.order(cases::id).load(conn)?;
    let named: Vec<Id> = store::parties_of(conn, &ids)?.into_iter().map(|(_, person)| person).collect();
    let shifted = entries.values().flat_map(|entry| entry.shifted.iter().map(|(person, _)| *person));
    let all: Vec<Id> = named.into_iter().chain(rows.iter().map(|row| row.3)).chain(shifted).collect();
    let dead: HashSet<Id> = holding::deceased(conn, &all)?.into_iter().collect();
    let mut told = Vec::new();
    for row in rows {
        let Some(entry) = entries.get(&row.0) else { continue };
        let mut whom = told_as_named(conn, node, entry, &row, (&dead, day))?;
        let mut is_shifted = HashSet::new();
        for (person, at) in &entry.shifted {
            if let Some(person) = first_to_tell(conn, node, &[*person], &dead)? {
                let last = whom.entry(person).or_insert(*at);
                *last = *at.max(last);
                is_shifted.insert(person);
            }
        }
        let is_applicant_told = whom.contains_key(&row.3);
        let one = |(person, at): (Id, Moment)| {
            let shares_contact = person == row.3 || !(is_applicant_told || is_shifted.contains(&person));
            Told { case: row.0, person, at, shares_contact }
        };
        told.extend(whom.into_iter().map(one));
    }
    Ok(told)
}

/// Who is told of an entry as one of whom it is, and when that was done of which they are told.
fn told_as_named(
    conn: &mut Conn,
    node: &Node,
    entry: &OwnEntry,
    (id, number, type_code, applicant, relation): &TellRow,
    (dead, day): (&HashSet<Id>, NaiveDate),
) -> Result<BTreeMap<Id, Moment>> {
    let mut whom = BTreeMap::new();
    let Some(latest) = entry.told_at(false) else { return Ok(whom) };
    let parties = store::parties(conn, *id)?;
    let knowing = match (entry.fell, number) {
        (Some(fell), Some(number)) => revocations::applicants(conn, node, (number.as_str(), parties.as_slice()), fell)?,
        _ => Vec::new(),
    };
    let mut is_anybody_there = false;
    for group in of_whom(conn, node, type_code, &parties, day)? {
        let Some(person) = first_to_tell(conn, node, &group, dead)? else { continue };
        is_anybody_there = true;
        if let Some(at) = entry.told_at(knowing.contains(&person)) {
            whom.insert(person, at);
        }
    }
    if !is_anybody_there && *relation != Relation::ExOfficio && !dead.contains(applicant) {
        whom.insert(*applicant, latest);
    }
    Ok(whom)
}

/// Of whom an entry is, each by themself: a minor is told by the parents whom it names beside them. Where it is of none of those whom it
/// names, all of them together, of whom the first is told.
fn of_whom(conn: &mut Conn, node: &Node, type_code: &str, parties: &[Party], day: NaiveDate) -> Result<Vec<Vec<Id>>> {
    let entered: Vec<&Party> = parties.iter().filter(|party| about::enters(type_code, party.role)).collect();
    let has_parents = entered.iter().any(|party| matches!(party.role, PartyRole::Mother | PartyRole::Father));
    let mut groups = Vec::new();
    for party in entered {
        let is_child = has_parents && party.role == PartyRole::Subject;
        if !is_child || is_grown(conn, node, party.person_id, day)? {
            groups.push(vec![party.person_id]);
        }
    }
    if groups.is_empty() {
        groups.push(parties.iter().map(|party| party.person_id).collect());
    }
    Ok(groups)
}

/// Whether the register knows somebody to be of age.
fn is_grown(conn: &mut Conn, node: &Node, person: Id, day: NaiveDate) -> Result<bool> {
    let born = people::store::birth_on(conn, &node.vault, person)?;
    Ok(born.is_some_and(|born| is_of_age(born, day).yes))
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
