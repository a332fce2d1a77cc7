//! Whom to call about cases: those whose papers are missing, and those of whose entries something has become
//! that they have not applied for.

use std::collections::{HashMap, HashSet};

use chrono::{Days, NaiveDate};
use diesel::prelude::*;

use super::case::Case;
use super::closed_cases;
use super::states::CaseStatus;
use super::store;
use super::telling::{Told, own_entries, whom_to_tell};
use crate::auth::{By, Involved};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::domain::{Call, CallKind, Whom, case_path};
use crate::error::Result;
use crate::node::Node;
use crate::schema::{cases, one_time_notices as notices};

/// Applicants whose papers are missing, told that day or due by the day after; all that the dead have applied for; and whoever is
/// told what has become of an entry without their having applied for it; of no case that is not there to the caller.
pub fn of_day(conn: &mut Conn, node: &Node, by: &By, day: NaiveDate) -> Result<Vec<Call>> {
    let closed: HashSet<String> = closed_cases(conn, node, by)?.into_iter().map(case_path).collect();
    let mut calls = of_papers(conn, day)?;
    calls.extend(of_entries(conn, node, day)?);
    calls.retain(|call| !closed.contains(&call.record));
    Ok(calls)
}

fn call((id, number, service_point): (Id, Option<String>, String), person: Id, (kind, at): (Option<CallKind>, Moment)) -> Call {
    Call {
        kind,
        record: case_path(id),
        contact: Some(case_path(id)),
        number,
        service_point,
        whom: Whom::Person(person),
        at,
        withheld: false,
    }
}

fn of_entries(conn: &mut Conn, node: &Node, day: NaiveDate) -> Result<Vec<Call>> {
    let entries = own_entries(conn, node, day)?;
    let rows = cases::table.filter(cases::id.eq_any(entries.keys().copied()));
    type Row = (Id, Option<String>, String);
    let rows: Vec<Row> = rows.select((cases::id, cases::number, cases::service_point)).load(conn)?;
    let rows: HashMap<Id, Row> = rows.into_iter().map(|row| (row.0, row)).collect();
    let told = |one: Told| {
        let call = call(rows.get(&one.case)?.clone(), one.person, (Some(CallKind::Entry), one.at));
        let contact = call.contact.filter(|_| one.shares_contact);
        Some(Call { contact, ..call })
    };
    Ok(whom_to_tell(conn, node, (&entries, day))?.into_iter().filter_map(told).collect())
}

fn of_papers(conn: &mut Conn, day: NaiveDate) -> Result<Vec<Call>> {
    type Row = (Id, Option<String>, String, Id, Moment, CaseStatus);
    let columns = (cases::id, cases::number, cases::service_point, cases::applicant_id, cases::received_at, cases::status);
    let live = cases::table.filter(cases::status.eq_any(CaseStatus::OPEN).or(cases::status.eq(CaseStatus::Draft)));
    let rows: Vec<Row> = live.order(cases::id).select(columns).load(conn)?;
    let soon = day.checked_add_days(Days::new(1)).unwrap_or(day);
    let told = notices::made_at.ge(Moment::start_of(day)).and(notices::made_at.lt(Moment::end_of(day)));
    let due: Vec<(Id, Moment)> =
        notices::table.filter(told.or(notices::due_on.le(soon))).select((notices::case_id, notices::due_at)).load(conn)?;
    let of_row = |(id, number, service_point, person, received_at, status): Row| {
        let due_at = due.iter().find(|(case, _)| *case == id).map(|(_, at)| *at);
        let due_at = due_at.filter(|_| status == CaseStatus::AwaitingDocuments);
        call((id, number, service_point), person, (due_at.map(|_| CallKind::Papers), due_at.unwrap_or(received_at)))
    };
    Ok(rows.into_iter().map(of_row).collect())
}

/// Everybody whom the cases name, as [`store::involved`] tells of one.
pub fn involved(conn: &mut Conn, node: &Node, calls: &[&Call]) -> Result<Vec<Involved>> {
    let keys = calls.iter().map(|call| call.key()).collect::<Result<Vec<Id>>>()?;
    let mut parties: HashMap<Id, Vec<Id>> = HashMap::new();
    for (case, person) in store::parties_of(conn, &keys)? {
        parties.entry(case).or_default().push(person);
    }
    let rows = cases::table.filter(cases::id.eq_any(keys.iter().copied()));
    let mut named: HashMap<Id, Involved> = HashMap::new();
    for case in rows.select(Case::as_select()).load::<Case>(conn)? {
        let others = [case.person_id, case.applicant_id].into_iter().chain(case.proxy_id);
        let records = others.chain(parties.remove(&case.id).unwrap_or_default()).collect();
        let numbers = store::named_in(&node.vault, &store::open_fields(&node.vault, &case)?);
        named.insert(case.id, Involved { records, numbers, ..Involved::default() });
    }
    let whom = |(key, call): (&Id, &&Call)| {
        let mut whom = named.get(key).cloned().unwrap_or_default();
        // Somebody is told of an entry that names them no more.
        whom.records.extend(call.whom.person());
        whom
    };
    Ok(keys.iter().zip(calls).map(whom).collect())
}
