//! Whom to call about certificates: those whose certificate is ready.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::CertificateStatus;
use super::store::{Certificate, path, proxies};
use crate::auth::{By, Involved};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::domain::{Call, CallKind, Whom};
use crate::error::Result;
use crate::node::Node;
use crate::scheduling::Plans;
use crate::scheduling::services::Channel;
use crate::schema::certificates;

/// So many working days after its issue somebody is on the list who applied for a certificate from outside.
const TOLD_WITHIN: usize = 5;

/// Those who applied from outside for what was issued that day, or in the working days before; and whatever the dead have applied for.
pub fn of_day(conn: &mut Conn, node: &Node, _: &By, day: NaiveDate) -> Result<Vec<Call>> {
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
    Ok(rows.into_iter().map(call).collect())
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
