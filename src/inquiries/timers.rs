//! What inquiries do by themselves: that a limit has passed is told of once, in office hours; and limits follow the office's days.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::json;

use super::model::{InquiryStatus, Limit};
use super::store::{self, Inquiry};
use crate::calendar::OfficeCalendar;
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Error, Result};
use crate::find;
use crate::node::Node;
use crate::petitions::sources;
use crate::scheduling::Plans;
use crate::schema::inquiries;

/// Inquiries worked off in one turn.
const TURN: i64 = 200;

fn untold(conn: &mut Conn, now: Moment) -> Result<Vec<Id>> {
    let open = inquiries::table.filter(inquiries::status.eq(InquiryStatus::Open)).filter(inquiries::due_at.lt(now));
    let open = open.filter(inquiries::overdue_at.is_null()).order(inquiries::id);
    Ok(open.select(inquiries::id).limit(TURN).load(conn)?)
}

pub fn any_due(conn: &mut Conn, node: &Node, now: Moment) -> Result<bool> {
    let is_open = node.part::<Plans>().at(conn)?.calendar.is_open_at(now.date(), now.time());
    Ok(is_open && !untold(conn, now)?.is_empty())
}

pub fn locked(tx: &mut Tx, id: Id) -> Result<Option<Inquiry>> {
    Ok(find!(&mut **tx, inquiries::table.find(id).select(Inquiry::as_select()))?)
}

pub fn tell(tx: &mut Tx, _: &Node, now: Moment) -> Result<()> {
    for id in untold(tx, now)? {
        let Some(row) = locked(tx, id)? else { continue };
        if row.status != InquiryStatus::Open || row.due_at >= now || row.overdue_at.is_some() {
            continue;
        }
        diesel::update(inquiries::table.find(id)).set(inquiries::overdue_at.eq(Some(now))).execute(&mut **tx)?;
        let event = json!({"number": row.number, "channel": row.channel, "due_at": row.due_at});
        let told = sources::told(tx, "inquiry.overdue", row.path(), event)?;
        tx.record(told);
    }
    Ok(())
}

/// Counts the limits anew that end on `from` or later, by a calendar that has changed: whether an answer was late follows it too. Of what
/// is withheld with a petition no line tells, as of that: a gap would tell whoever closes a day of it.
pub fn recount(tx: &mut Tx, _: &Node, calendar: &OfficeCalendar, from: NaiveDate) -> Result<()> {
    let ended = [InquiryStatus::Closed, InquiryStatus::Petition];
    let counted = inquiries::table.filter(inquiries::status.ne_all(ended)).filter(inquiries::due_at.ge(Moment::start_of(from)));
    let counted: Vec<Id> = counted.order(inquiries::id).select(inquiries::id).load(&mut **tx)?;
    for id in counted {
        let Some(mut row) = locked(tx, id)? else { continue };
        let rule: Limit = row.rule.parse().map_err(|_| Error::Internal(format!("{} is no limit", row.rule)))?;
        let (before, after) = (row.due_at, rule.due_at(calendar, &row.service_point, row.asked_at));
        if before == after {
            continue;
        }
        (row.due_at, row.overdue_at) = (after, None);
        store::save(tx, &mut row)?;
        if !sources::is_withheld(tx, &row.path())? {
            let event = json!({"number": row.number, "before": before, "after": after});
            tx.record(Record::change("inquiry.due_moved", row.path(), event));
        }
    }
    Ok(())
}
