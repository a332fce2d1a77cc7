//! Whom to call about petitions: who has no other way to be told of what was done.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use diesel::prelude::*;

use super::sight::Sight;
use super::store::Petition;
use super::{group, mails};
use crate::auth::{By, Involved};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::domain::{Call, CallKind, Whom};
use crate::error::Result;
use crate::node::Node;
use crate::office::SERVICE_POINTS;
use crate::schema::{accounts, calls, petitions};

/// Days on which somebody stands in the list, the first one included.
const LISTED: u64 = 7;

/// Those whom the caller may know, of petitions that they read as they were written.
pub fn of_day(conn: &mut Conn, node: &Node, by: &By, day: NaiveDate) -> Result<Vec<Call>> {
    let sight = Sight::of(conn, by)?;
    let first = Moment::start_of(day - Days::new(LISTED - 1));
    let rows = sight.rows().filter(petitions::call_at.ge(first)).filter(petitions::call_at.lt(Moment::end_of(day)));
    let rows: Vec<Petition> = rows.order(petitions::id).select(Petition::as_select()).load(conn)?;
    let handlers: Vec<Id> = rows.iter().filter_map(|row| row.handler).collect();
    let points = accounts::table.filter(accounts::id.eq_any(handlers)).select((accounts::id, accounts::service_point));
    let points: HashMap<Id, Option<String>> = points.load::<(Id, Option<String>)>(conn)?.into_iter().collect();
    let mut all = Vec::new();
    for row in rows.into_iter().filter(|row| sight.reads_original(row)) {
        let Some(at) = row.call_at else { continue };
        let point = row.handler.and_then(|handler| points.get(&handler).cloned().flatten());
        let name = row.petitioners(&node.vault)?.into_iter().next().map(|one| one.name);
        all.push(Call {
            kind: Some(CallKind::Petition),
            record: row.path(),
            contact: Some(row.path()),
            service_point: point.unwrap_or_else(|| SERVICE_POINTS[0].to_owned()),
            whom: Whom::Named(name.unwrap_or_default()),
            at,
            withheld: group::is_withheld(conn, &row)?,
            number: Some(row.number),
        });
    }
    Ok(all)
}

/// The petitioners of each.
pub fn involved(conn: &mut Conn, node: &Node, calls: &[&Call]) -> Result<Vec<Involved>> {
    calls.iter().map(|call| mails::involved(conn, node, call.key()?)).collect()
}

/// Whether somebody has reached the petitioner by telephone since a moment, by what was noted last.
pub fn was_reached(conn: &mut Conn, petition: &Petition, since: Moment) -> Result<bool> {
    let noted = calls::table.filter(calls::record.eq(petition.path())).filter(calls::noted_at.ge(since));
    let last: Option<String> =
        noted.order((calls::noted_at.desc(), calls::id.desc())).select(calls::status).first(conn).optional()?;
    Ok(last.is_some_and(|status| status == "REACHED"))
}
