//! Whom to call about certificates: those whose certificate is ready, or void since the office had taken two humans for one.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::CertificateStatus;
use super::reach::closed;
use super::store::{Certificate, path, proxies};
use crate::auth::{By, Involved};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::domain::{Call, CallKind, ENTRY_WORKDAYS, Whom};
use crate::error::Result;
use crate::node::Node;
use crate::scheduling::Plans;
use crate::scheduling::services::Channel;
use crate::schema::{certificates, person_joins};

/// So many working days after its issue somebody is on the list who applied for a certificate from outside.
const TOLD_WITHIN: usize = 5;

/// Those who applied from outside for what was issued that day, or in the working days before; whose certificate is void since two
/// humans had been taken for one; and whatever the dead have applied for; of no certificate that is not there to the caller.
pub fn of_day(conn: &mut Conn, node: &Node, by: &By, day: NaiveDate) -> Result<Vec<Call>> {
    type Row = (Id, Option<String>, String, Id, Moment, Option<Moment>);
    let first = node.part::<Plans>().at(conn)?.calendar.back_by_workdays(day, TOLD_WITHIN);
    let issued_at = || certificates::issued_at.assume_not_null();
    let ready = certificates::status.eq(CertificateStatus::Issued).and(certificates::channel.ne(Channel::Counter));
    let ready = ready.and(issued_at().ge(Moment::start_of(first))).and(issued_at().lt(Moment::end_of(day)));
    let rows = certificates::table.filter(certificates::status.eq(CertificateStatus::Requested).or(ready));
    let columns = (
        certificates::id,
        certificates::serial,
        certificates::service_point,
        certificates::applicant_id,
        certificates::requested_at,
        certificates::issued_at,
    );
    let rows: Vec<Row> = rows.order(certificates::id).select(columns).load(conn)?;
    let call = |(id, number, service_point, person, requested_at, issued_at): Row| Call {
        kind: issued_at.map(|_| CallKind::Certificate),
        record: path(id),
        contact: Some(path(id)),
        number,
        service_point,
        whom: Whom::Person(person),
        at: issued_at.unwrap_or(requested_at),
        withheld: false,
    };
    let mut calls: Vec<Call> = rows.into_iter().map(call).collect();
    calls.extend(of_parted(conn, node, day)?);
    let closed: HashSet<String> = closed(conn, node, by)?.into_iter().map(path).collect();
    calls.retain(|call| !closed.contains(&call.record));
    Ok(calls)
}

/// Those whose certificate was voided, in the days up to this one, since the records of two humans had been joined (行政程序法 §110).
fn of_parted(conn: &mut Conn, node: &Node, day: NaiveDate) -> Result<Vec<Call>> {
    let since = Moment::start_of(node.part::<Plans>().at(conn)?.calendar.back_by_workdays(day, ENTRY_WORKDAYS));
    let joins = person_joins::table.select(person_joins::id.nullable());
    let voided = certificates::table.filter(certificates::status.eq(CertificateStatus::Voided));
    let voided = voided.filter(certificates::voided_with.eq_any(joins)).filter(certificates::voided_at.ge(since));
    let voided = voided.filter(certificates::voided_at.lt(Moment::end_of(day))).order(certificates::id);
    let voided: Vec<Certificate> = voided.select(Certificate::as_select()).load(conn)?;
    let call = |one: Certificate| Call {
        kind: Some(CallKind::Entry),
        record: path(one.id),
        contact: Some(path(one.id)),
        number: one.serial,
        service_point: one.service_point,
        whom: Whom::Person(one.applicant_id),
        at: one.voided_at.unwrap_or(one.requested_at),
        withheld: false,
    };
    Ok(voided.into_iter().map(call).collect())
}

/// Everybody whom the certificates name, and whoever applied online in the applicants' places.
pub fn involved(conn: &mut Conn, _: &Node, calls: &[&Call]) -> Result<Vec<Involved>> {
    let keys = calls.iter().map(|call| call.key()).collect::<Result<Vec<Id>>>()?;
    let rows = certificates::table.filter(certificates::id.eq_any(keys.iter().copied()));
    let rows: Vec<Certificate> = rows.select(Certificate::as_select()).load(conn)?;
    let proxies = proxies(conn, &rows)?;
    let people = |one: &Certificate| one.people().into_iter().chain(proxies.get(&one.id).copied()).collect::<Vec<Id>>();
    let mut named: HashMap<Id, Vec<Id>> = rows.iter().map(|one| (one.id, people(one))).collect();
    Ok(keys.iter().map(|key| Involved::from(&named.remove(key).unwrap_or_default())).collect())
}
