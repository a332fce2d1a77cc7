//! What an account began before it was proven whose it is: its owner keeps or drops it.

use diesel::prelude::*;

use super::model::Account;
use super::proofs::{self, IdentityLevel};
use crate::db::{Conn, Id};
use crate::error::{Error, Result, Text};
use crate::people::facts::Paper;
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

/// How well the office knows whoever applied by an account under a record of theirs; `None` where the account is nobody's. What was
/// applied for before the owner was proven was so by their word alone.
pub fn level_under(conn: &mut Conn, account: Id, record: Id) -> Result<Option<IdentityLevel>> {
    let said = accounts::table.find(account).filter(accounts::claimed_id.eq(record.to_string()));
    if said.count().get_result::<i64>(conn)? > 0 {
        return Ok(Some(IdentityLevel::Declared));
    }
    proofs::level(conn, account)
}

/// Refuses to follow what was applied for by somebody's word alone before their paper was looked at.
pub fn require_paper(level: Option<IdentityLevel>, document: Option<&Paper>) -> Result<()> {
    if level != Some(IdentityLevel::Declared) || document.is_some() {
        return Ok(());
    }
    let text = Text::new("申請人身分僅為自述，請核對證件", "the applicant only says who they are: look at their paper");
    Err(Error::field("/document", "required", text))
}
