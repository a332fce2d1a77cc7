//! What an account began before it was proven whose it is: its owner keeps or drops it.

use diesel::prelude::*;

use super::model::Account;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::schema::{accounts, bookings, case_history, cases, certificates};

/// What an account began while nobody had proven its owner, and the office has not taken up.
pub struct Begun {
    /// Drafts of cases.
    pub drafts: Vec<Id>,
    pub bookings: Vec<Id>,
    pub certificates: Vec<Id>,
}

/// What an account began while nobody had proven its owner: cases that are still drafts, bookings whose time has not come,
/// certificates that were not issued.
pub fn of(conn: &mut Conn, account: &Account) -> Result<Begun> {
    let first = case_history::table.filter(case_history::line.eq(1)).filter(case_history::actor.eq(account.actor()));
    let drafts = cases::table.filter(cases::id.eq_any(first.select(case_history::case_id))).filter(cases::status.eq("DRAFT"));
    let drafts = drafts.order(cases::id).limit(100).select(cases::id).load(conn)?;
    let booked = bookings::table.filter(bookings::booked_by.eq(account.actor())).filter(bookings::status.eq("BOOKED"));
    let bookings = booked.order(bookings::id).limit(100).select(bookings::id).load(conn)?;
    let asked = certificates::table.filter(certificates::requested_by.eq(account.actor()));
    let asked = asked.filter(certificates::status.eq("REQUESTED"));
    let certificates = asked.order(certificates::id).limit(100).select(certificates::id).load(conn)?;
    Ok(Begun { drafts, bookings, certificates })
}

/// Whether an account says of its owner what this record holds: what it began under it, it began before the owner was proven.
pub fn said_by(conn: &mut Conn, account: Id, record: Id) -> Result<bool> {
    let said = accounts::table.find(account).filter(accounts::claimed_id.eq(record.to_string()));
    Ok(said.count().get_result::<i64>(conn)? > 0)
}
