//! Whom to call about inquiries: those who are told an answer, or what was wrong with one, and have no e-mail address.

use chrono::{Duration, NaiveDate};
use diesel::prelude::*;

use super::model::InquiryStatus;
use super::store::path;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::domain::{Call, CallKind, Whom};
use crate::error::Result;
use crate::node::Node;
use crate::schema::inquiries;

/// For how many days somebody is called about an answer.
const DAYS: i64 = 7;

/// Those who were answered that day or in the week before.
pub fn of_day(conn: &mut Conn, _: &Node, _: &By, day: NaiveDate) -> Result<Vec<Call>> {
    type Row = (Id, String, String, Id, Moment);
    let called = || inquiries::call_at.assume_not_null();
    let told = inquiries::table.filter(inquiries::status.eq_any([InquiryStatus::Answered, InquiryStatus::Checked]));
    let told = told.filter(called().gt(Moment::start_of(day) - Duration::days(DAYS))).filter(called().lt(Moment::end_of(day)));
    let columns = (
        inquiries::id,
        inquiries::number,
        inquiries::service_point,
        inquiries::person_id.assume_not_null(),
        inquiries::call_at.assume_not_null(),
    );
    let named = told.filter(inquiries::person_id.is_not_null());
    let rows: Vec<Row> = named.order(inquiries::id).select(columns).load(conn)?;
    let call = |(id, number, service_point, person, at): Row| Call {
        kind: Some(CallKind::Answer),
        record: path(id),
        contact: Some(path(id)),
        number: Some(number),
        service_point,
        whom: Whom::Person(person),
        at,
        withheld: false,
    };
    Ok(rows.into_iter().map(call).collect())
}
