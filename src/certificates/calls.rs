//! Whom to call about certificates: those whose certificate is ready.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::CertificateStatus;
use super::store::{Certificate, everybody, path};
use crate::auth::{By, Involved};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::domain::{Call, CallKind};
use crate::error::Result;
use crate::node::Node;
use crate::scheduling::services::Channel;
use crate::schema::certificates;

/// Those who applied from outside for what was issued that day; and whatever the dead have applied for.
pub fn of_day(conn: &mut Conn, _: &Node, _: &By, day: NaiveDate) -> Result<Vec<Call>> {
    type Row = (Id, Option<String>, String, Id, Moment, Option<Moment>);
    let issued_at = || certificates::issued_at.assume_not_null();
    let ready = certificates::status.eq(CertificateStatus::Issued).and(certificates::channel.ne(Channel::Counter));
    let ready = ready.and(issued_at().ge(Moment::start_of(day))).and(issued_at().lt(Moment::end_of(day)));
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
        contact: path(id),
        number,
        service_point,
        person,
        involved: |conn, _, call| {
            let one: Certificate = certificates::table.find(call.key()?).select(Certificate::as_select()).first(conn)?;
            Ok(Involved::from(&everybody(conn, &one)?))
        },
        at: issued_at.unwrap_or(requested_at),
    };
    Ok(rows.into_iter().map(call).collect())
}
