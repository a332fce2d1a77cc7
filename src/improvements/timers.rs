//! What improvements do by themselves: that a last day has passed is told of once, in office hours; and last days follow the office's days.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::json;

use super::items::{self, overdue};
use super::model::ImprovementStatus;
use crate::calendar::OfficeCalendar;
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::Result;
use crate::node::Node;
use crate::scheduling::Plans;
use crate::schema::improvement_items;

/// Items worked off in one turn.
const TURN: i64 = 200;

fn untold(conn: &mut Conn, now: Moment) -> Result<Vec<Id>> {
    let late = overdue(now).filter(improvement_items::overdue_at.is_null()).order(improvement_items::id);
    Ok(late.select(improvement_items::id).limit(TURN).load(conn)?)
}

pub fn any_due(conn: &mut Conn, node: &Node, now: Moment) -> Result<bool> {
    let is_open = node.part::<Plans>().at(conn)?.calendar.is_open_at(now.date(), now.time());
    Ok(is_open && !untold(conn, now)?.is_empty())
}

pub fn tell(tx: &mut Tx, _: &Node, now: Moment) -> Result<()> {
    for id in untold(tx, now)? {
        let row = items::find(tx, id)?;
        if !ImprovementStatus::RUNNING.contains(&row.status) || row.due_at >= now || row.overdue_at.is_some() {
            continue;
        }
        let told = diesel::update(improvement_items::table.find(id)).set(improvement_items::overdue_at.eq(Some(now)));
        told.execute(&mut **tx)?;
        let event = json!({"owner_id": row.owner, "due_at": row.due_at});
        tx.record(Record::change("improvement_item.overdue", row.path(), event));
    }
    Ok(())
}

/// Counts the ends anew that lie on `from` or later, by a calendar that has changed.
pub fn recount(tx: &mut Tx, _: &Node, calendar: &OfficeCalendar, from: NaiveDate) -> Result<()> {
    let running = improvement_items::table.filter(improvement_items::status.eq_any(ImprovementStatus::RUNNING));
    let running = running.filter(improvement_items::due_at.ge(Moment::start_of(from)));
    let running: Vec<Id> = running.order(improvement_items::id).select(improvement_items::id).load(&mut **tx)?;
    for id in running {
        let mut row = items::find(tx, id)?;
        let (before, day) = (row.due_at, row.due_on);
        row.due(calendar, day);
        if row.due_at != before {
            items::save(tx, &mut row)?;
            let event = json!({"before": before, "after": row.due_at});
            tx.record(Record::change("improvement_item.due_moved", row.path(), event));
        }
    }
    Ok(())
}
