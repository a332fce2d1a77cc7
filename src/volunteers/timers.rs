//! What volunteers do by themselves: a suspension that was given an end is lifted after it; and what ends soon is told of once, in office
//! hours.

use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use serde_json::json;

use super::entry_store::Entry;
use super::expiring;
use super::model::{VolunteerAct, VolunteerStatus};
use super::opened::Open;
use super::settings::VolunteerSettings;
use super::store;
use crate::calendar::{Deadline, OfficeCalendar};
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::Result;
use crate::node::Node;
use crate::scheduling::Plans;
use crate::schema::{volunteer_entries, volunteers};

/// Volunteers, and entries, worked off in one turn.
const TURN: i64 = 200;

/// Days after which nobody is told any more that something has ended.
const MISSED: Days = Days::new(31);

/// The last day of what counts as ending soon.
pub fn horizon(calendar: &OfficeCalendar, settings: &VolunteerSettings, today: NaiveDate) -> NaiveDate {
    Deadline::compute(calendar, today, settings.expiry_period, &[]).ends_on
}

fn returning(conn: &mut Conn, today: NaiveDate) -> Result<Vec<Id>> {
    let suspended = volunteers::table.filter(volunteers::status.eq(VolunteerStatus::Suspended));
    let over = suspended.filter(volunteers::suspended_until.lt(today)).order(volunteers::id);
    Ok(over.select(volunteers::id).limit(TURN).load(conn)?)
}

/// What ends soon and was not told of, with the record that stands for its volunteer.
fn untold(conn: &mut Conn, node: &Node, now: Moment) -> Result<Vec<(Entry, Id)>> {
    let plan = node.part::<Plans>().at(conn)?;
    if !plan.calendar.is_open_at(now.date(), now.time()) {
        return Ok(Vec::new());
    }
    let last = horizon(&plan.calendar, node.config.of::<VolunteerSettings>(), now.date());
    // What ended while nobody was told, since the machine rested, is told of too; what had ended when it was entered is not.
    let since = now.date() - MISSED;
    let ending = expiring::between(conn, node, (since, last))?.into_iter();
    let is_news = |entry: &Entry| entry.until_on.is_some_and(|end| end >= entry.entered_at.date());
    Ok(ending.filter(|(entry, _)| entry.warned_at.is_none() && is_news(entry)).collect())
}

pub fn any_due(conn: &mut Conn, node: &Node, now: Moment) -> Result<bool> {
    Ok(!returning(conn, now.date())?.is_empty() || !untold(conn, node, now)?.is_empty())
}

pub fn turn(tx: &mut Tx, node: &Node, now: Moment) -> Result<()> {
    for id in returning(tx, now.date())? {
        lift(tx, node, id, now.date())?;
    }
    for (entry, volunteer) in untold(tx, node, now)? {
        let unwarned = volunteer_entries::table.find(entry.id).filter(volunteer_entries::warned_at.is_null());
        // Another node may have told it a moment ago.
        if diesel::update(unwarned).set(volunteer_entries::warned_at.eq(Some(now))).execute(&mut **tx)? == 1 {
            let event = json!({"entry_id": entry.id, "kind": entry.kind, "category": entry.category, "until_on": entry.until_on});
            tx.record(Record::change("volunteer.entry_expiring", store::path(volunteer), event));
        }
    }
    Ok(())
}

fn lift(tx: &mut Tx, node: &Node, id: Id, today: NaiveDate) -> Result<()> {
    let Some(row) = store::by_id(tx, id)? else { return Ok(()) };
    let mut open = Open::of(node, row)?;
    let was = open.row.status;
    if was != VolunteerStatus::Suspended || open.row.suspended_until.is_none_or(|last| last >= today) {
        return Ok(());
    }
    open.keep(tx, node, today)?;
    if open.row.status == was {
        // Another suspension goes on after it.
        return store::save(tx, &mut open.row);
    }
    let act = if open.row.member_from.is_some() { VolunteerAct::EndSuspension } else { VolunteerAct::EndSuspensionOfTrainee };
    open.save(tx, node, act, "")
}
