//! Whom to call about complaints on the spot: whoever complained, once the result is noted.

use chrono::NaiveDate;

use super::sight;
use crate::auth::By;
use crate::db::Conn;
use crate::domain::{Call, CallKind, Whom};
use crate::error::Result;
use crate::node::Node;

/// Every follow-up call that is still to be made on a day, to whoever sees the complaint.
pub fn of_day(conn: &mut Conn, _: &Node, by: &By, day: NaiveDate) -> Result<Vec<Call>> {
    let mut calls = Vec::new();
    for one in sight::awaiting(conn, by, day)? {
        let Some((person, at)) = one.person_id.zip(one.follow_up_from) else { continue };
        calls.push(Call {
            kind: Some(CallKind::FollowUp),
            record: one.path(),
            contact: Some(one.path()),
            withheld: one.is_withheld(conn)?,
            number: Some(one.number),
            service_point: one.service_point,
            whom: Whom::Person(person),
            at,
        });
    }
    Ok(calls)
}
