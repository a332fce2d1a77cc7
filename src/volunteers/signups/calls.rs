//! Whom to call about shifts: those to whom something has happened at a shift to come that they have not done themselves.

use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::store::{self, Signup};
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::domain::{Call, CallKind, Whom};
use crate::error::Result;
use crate::node::Node;
use crate::office::SERVICE_POINTS;
use crate::people::holding;
use crate::scheduling::Plans;
use crate::schema::{shifts, signups};
use crate::volunteers::store::path as volunteer_path;

/// So many working days after it somebody is on the list.
const TOLD_WITHIN: usize = 2;

/// Those whose shift was moved or cancelled, or takes place again, and whose seat was given to them or taken; but for the dead.
pub fn of_day(conn: &mut Conn, node: &Node, by: &By, day: NaiveDate) -> Result<Vec<Call>> {
    let first = node.part::<Plans>().at(conn)?.calendar.back_by_workdays(day, TOLD_WITHIN);
    let news_at = || signups::news_at.assume_not_null();
    let rows = signups::table
        .inner_join(shifts::table.on(signups::shift_id.eq(shifts::id)))
        .filter(signups::news_at.is_not_null())
        .filter(news_at().ge(Moment::start_of(first)))
        .filter(news_at().lt(Moment::end_of(day)))
        .filter(shifts::ends_at.gt(Moment::start_of(day)))
        .order(signups::id)
        .select((Signup::as_select(), shifts::service_point));
    let rows: Vec<(Signup, Option<String>)> = rows.load(conn)?;
    let closed: HashSet<Id> = store::closed_volunteers(conn, by)?.into_iter().collect();
    let mut calls = Vec::with_capacity(rows.len());
    for (signup, point) in rows {
        let volunteer = store::volunteer_of(conn, &signup)?;
        if closed.contains(&volunteer.id) || holding::is_deceased(conn, volunteer.person_id)? {
            continue;
        }
        calls.push(Call {
            kind: Some(CallKind::Shift),
            record: signup.path(),
            contact: Some(volunteer_path(volunteer.id)),
            number: None,
            service_point: point.unwrap_or_else(|| SERVICE_POINTS[0].to_owned()),
            whom: Whom::Person(volunteer.person_id),
            at: signup.news_at.unwrap_or(signup.entered_at),
            withheld: false,
        });
    }
    Ok(calls)
}
