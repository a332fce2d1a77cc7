//! What complaints on the spot do by themselves: that nobody has taken over in time, and that a follow-up call is late, is told of once; and
//! limits follow the office's days.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::json;

use super::model::OnSiteStatus;
use super::steps::follow;
use super::store::{self, Complaint};
use super::view::note;
use crate::calendar::OfficeCalendar;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Record, Tx};
use crate::error::Result;
use crate::find;
use crate::node::Node;
use crate::scheduling::Plans;
use crate::schema::on_site_complaints as complaints;

/// Complaints worked off in one turn.
const TURN: i64 = 200;

/// Those that no supervisor has taken over in time; of these nobody waits for the office to open.
fn left_alone<'a>(now: Moment) -> complaints::BoxedQuery<'a, Backend> {
    let late = complaints::table.filter(complaints::taken_over_at.is_null()).filter(complaints::takeover_due_at.lt(now));
    late.filter(complaints::takeover_told_at.is_null()).into_boxed()
}

fn uncalled<'a>(now: Moment) -> complaints::BoxedQuery<'a, Backend> {
    let late = complaints::table.filter(complaints::status.eq(OnSiteStatus::AwaitingFollowUp));
    late.filter(complaints::follow_up_due_at.lt(now)).filter(complaints::overdue_at.is_null()).into_boxed()
}

fn ids(conn: &mut Conn, rows: complaints::BoxedQuery<'static, Backend>) -> Result<Vec<Id>> {
    Ok(rows.order(complaints::id).select(complaints::id).limit(TURN).load(conn)?)
}

fn is_open(conn: &mut Conn, node: &Node, now: Moment) -> Result<bool> {
    Ok(node.part::<Plans>().at(conn)?.calendar.is_open_at(now.date(), now.time()))
}

pub fn any_due(conn: &mut Conn, node: &Node, now: Moment) -> Result<bool> {
    Ok(!ids(conn, left_alone(now))?.is_empty() || is_open(conn, node, now)? && !ids(conn, uncalled(now))?.is_empty())
}

fn locked(tx: &mut Tx, id: Id) -> Result<Option<Complaint>> {
    Ok(find!(&mut **tx, complaints::table.find(id).select(Complaint::as_select()))?)
}

pub fn tell(tx: &mut Tx, node: &Node, now: Moment) -> Result<()> {
    for id in ids(tx, left_alone(now))? {
        let Some(row) = locked(tx, id)? else { continue };
        if row.taken_over_at.is_none() && row.takeover_told_at.is_none() && row.takeover_due_at < now {
            diesel::update(complaints::table.find(id)).set(complaints::takeover_told_at.eq(Some(now))).execute(&mut **tx)?;
            note(tx, &row, "on_site_complaint.takeover_late", "")?;
        }
    }
    if !is_open(tx, node, now)? {
        return Ok(());
    }
    for id in ids(tx, uncalled(now))? {
        let Some(row) = locked(tx, id)? else { continue };
        let is_late = row.status == OnSiteStatus::AwaitingFollowUp && row.follow_up_due_at.is_some_and(|due| due < now);
        if is_late && row.overdue_at.is_none() {
            diesel::update(complaints::table.find(id)).set(complaints::overdue_at.eq(Some(now))).execute(&mut **tx)?;
            note(tx, &row, "on_site_complaint.follow_up_overdue", "")?;
        }
    }
    Ok(())
}

/// Counts the limits of follow-up calls anew that end on `from` or later, by a calendar that has changed. The log has one line, whether
/// any has moved or not, as with petitions: a gap would tell whoever closes a day of a complaint that they do not see.
pub fn recount(tx: &mut Tx, _: &Node, calendar: &OfficeCalendar, from: NaiveDate) -> Result<()> {
    let counted = complaints::table.filter(complaints::follow_up_due_at.ge(Moment::start_of(from))).into_boxed();
    let counted: Vec<Id> = counted.order(complaints::id).select(complaints::id).load(&mut **tx)?;
    let mut told = Vec::new();
    for id in counted {
        let Some(mut row) = locked(tx, id)? else { continue };
        let (before, steps) = (row.follow_up_due_at, store::steps_of(tx, id)?);
        follow(&mut row, &steps, calendar)?;
        if row.follow_up_due_at != before {
            store::save(tx, &mut row)?;
            if !row.is_withheld(tx)? {
                told.push(json!({"number": row.number, "before": before, "after": row.follow_up_due_at}));
            }
        }
    }
    tx.record(Record::change("on_site_complaints.recounted", "on-site-complaints".to_owned(), json!({"moved": told})));
    Ok(())
}
