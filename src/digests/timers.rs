//! What digests do by themselves: each month that is over gets its row, and near and passed due days are told of once, in office hours.

use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use serde_json::json;

use super::month::Month;
use super::settings::DigestSettings;
use super::store::{self, Digest};
use super::view::due_on;
use crate::clock::Moment;
use crate::db::{Conn, Record, Tx};
use crate::error::Result;
use crate::find;
use crate::node::Node;
use crate::petitions::first_received;
use crate::scheduling::Plans;
use crate::schema::petition_digests as digests;

/// Months that are over and have no row yet, from that of the first petition on; a year's at most in one turn.
fn missing(conn: &mut Conn, now: Moment) -> Result<Vec<Month>> {
    let next = store::last_month(conn)?.map(Month::next);
    if next.is_some_and(|next| next.end() > now) {
        return Ok(Vec::new());
    }
    let Some(first) = first_received(conn, now)? else { return Ok(Vec::new()) };
    let first = Month::of(first.date());
    let next = next.map_or(first, |next| first.max(next));
    let mut months = Vec::new();
    let mut month = next;
    while month.end() <= now && months.len() < 12 {
        months.push(month);
        month = month.next();
    }
    Ok(months)
}

/// A digest of which something is to be told.
struct Telling {
    digest: Digest,
    due_on: NaiveDate,
    overdue: bool,
}

/// What is to be told now: of each month that waits to be frozen that its due day is near, or has passed, once for each day to which it
/// moves.
fn tellings(conn: &mut Conn, node: &Node, now: Moment) -> Result<Vec<Telling>> {
    let plan = node.part::<Plans>().at(conn)?;
    if !plan.calendar.is_open_at(now.date(), now.time()) {
        return Ok(Vec::new());
    }
    let soon = now.date() + Days::new(node.config.of::<DigestSettings>().digest_due_soon_days);
    let mut all = Vec::new();
    for digest in store::waiting(conn)? {
        let due_on = due_on(node, &plan.calendar, digest.month());
        let overdue = now.date() > due_on;
        let told = if overdue { digest.overdue_for } else { digest.warned_for };
        if told != Some(due_on) && due_on <= soon && digest.month().end() <= now {
            all.push(Telling { digest, due_on, overdue });
        }
    }
    Ok(all)
}

pub fn any_due(conn: &mut Conn, node: &Node, now: Moment) -> Result<bool> {
    Ok(!missing(conn, now)?.is_empty() || !tellings(conn, node, now)?.is_empty())
}

pub fn sweep(tx: &mut Tx, node: &Node, now: Moment) -> Result<()> {
    for month in missing(tx, now)? {
        store::insert(tx, &Digest::new(month, now))?;
    }
    for telling in tellings(tx, node, now)? {
        tell(tx, &telling)?;
    }
    Ok(())
}

/// Tells once, unless another has told it or the month was frozen meanwhile. Nobody's version of the digest ends by it.
fn tell(tx: &mut Tx, telling: &Telling) -> Result<()> {
    let found = || digests::table.find(telling.digest.id);
    let row: Option<Digest> = find!(&mut **tx, found().select(Digest::as_select()))?;
    let Some(row) = row.filter(|row| !row.status.is_frozen()) else { return Ok(()) };
    let told = if telling.overdue { row.overdue_for } else { row.warned_for };
    if told == Some(telling.due_on) {
        return Ok(());
    }
    let action = if telling.overdue {
        diesel::update(found()).set(digests::overdue_for.eq(Some(telling.due_on))).execute(&mut **tx)?;
        "digest.overdue"
    } else {
        diesel::update(found()).set(digests::warned_for.eq(Some(telling.due_on))).execute(&mut **tx)?;
        "digest.due_soon"
    };
    let event = json!({"month": row.month().to_string(), "status": row.status, "due_on": telling.due_on});
    tx.record(Record::change(action, store::path(row.month()), event));
    Ok(())
}
