//! Who is left to decide on protection marks. A mark protects at once against everybody whom it bars; but by one person's word none
//! shuts out of deciding on it the last who may: until another has confirmed it, it does not hold against supervisors where of the
//! others, whoever entered it aside, none would be left.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::policy::Role;
use super::protection::{barred_account, is_numbered, marks_on, meaning};
use super::standing::{ended, is_outside};
use super::whoever::{account_of, numbers_behind, numbers_of, records_of, whoever};
use crate::clock::Moment;
use crate::db::{Conn, Id, JsonText};
use crate::error::Result;
use crate::schema::{accounts, protection_marks as marks};

/// Those of these accounts that work for the office, and are to be used.
fn staff(conn: &mut Conn, only: Option<&[Id]>) -> Result<Vec<(Id, Vec<Role>)>> {
    let active = accounts::table.filter(accounts::status.eq("ACTIVE")).order(accounts::id);
    let all: Vec<(Id, JsonText)> = match only {
        Some(only) => {
            active.filter(accounts::id.eq_any(only.iter().copied())).select((accounts::id, accounts::roles)).load(conn)?
        }
        None => active.select((accounts::id, accounts::roles)).load(conn)?,
    };
    let mut staff = Vec::new();
    for (account, roles) in all {
        let roles: Vec<Role> = roles.read()?;
        staff.extend((!is_outside(&roles)).then_some((account, roles)));
    }
    let over = ended(conn, &staff.iter().map(|(account, _)| *account).collect::<Vec<_>>())?;
    staff.retain(|(account, _)| !over.contains(account));
    Ok(staff)
}

fn supervises(roles: &[Role]) -> bool {
    roles.iter().any(|role| matches!(role, Role::Chief | Role::Director))
}

/// The supervisors who serve, of whom it is known who they are: somebody has logged in by the account.
fn supervisors(conn: &mut Conn) -> Result<Vec<Id>> {
    let mut serving: Vec<Id> =
        staff(conn, None)?.into_iter().filter(|(_, roles)| supervises(roles)).map(|(one, _)| one).collect();
    let come = accounts::table.filter(accounts::id.eq_any(serving.clone()));
    let come = come.filter(accounts::last_login_at.is_not_null().or(accounts::must_change_password.eq(false)));
    let come: Vec<Id> = come.select(accounts::id).load(conn)?;
    let named = numbers_behind(conn, &serving)?;
    serving.retain(|one| come.contains(one) && named.get(one).is_some_and(|numbers| !numbers.is_empty()));
    Ok(serving)
}

/// Of the marks that mean whoever is behind these accounts, those that hold against them.
pub(super) fn in_force(conn: &mut Conn, own: &[Id], meant: Vec<Id>, day: NaiveDate) -> Result<Vec<Id>> {
    if meant.is_empty() || !staff(conn, Some(own))?.iter().any(|(_, roles)| supervises(roles)) {
        return Ok(meant);
    }
    let said = marks::table.filter(marks::id.eq_any(meant.iter().copied())).filter(marks::confirmed_at.is_null());
    type Said = (Id, Id, String, Moment);
    let said: Vec<Said> = said.select((marks::id, marks::person_id, marks::entered_by, marks::entered_at)).load(conn)?;
    let mut void = Vec::new();
    for (mark, person, by, at) in said {
        if !is_anybody_left(conn, person, (&by, at), day)? {
            void.push(mark);
        }
    }
    Ok(meant.into_iter().filter(|mark| !void.contains(mark)).collect())
}

/// Whether of the supervisors but whoever entered a mark one is left whom none of the marks on its human means, and whose spouse or kin
/// that is not.
fn is_anybody_left(conn: &mut Conn, person: Id, (by, at): (&str, Moment), day: NaiveDate) -> Result<bool> {
    let records = records_of(conn, &[person])?.remove(&person).unwrap_or_default();
    let standing: BTreeSet<Id> = marks_on(conn, &[person], day)?.into_iter().map(|(mark, _)| mark).collect();
    let standing: Vec<Id> = standing.into_iter().collect();
    let entered: Vec<_> = account_of(by).map(|account| (account, Some(at))).into_iter().collect();
    for one in supervisors(conn)? {
        let me = whoever(conn, one, &entered)?;
        let is_entrant = entered.iter().any(|(account, _)| me.accounts.contains(account));
        if is_entrant || !me.related(conn, &records)?.is_empty() {
            continue;
        }
        let numbers = numbers_behind(conn, &[one])?.remove(&one).unwrap_or_default();
        if meaning(conn, (&[one], &numbers), &standing)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether marks on somebody shut supervisors out, and whether they have left none who may decide on them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Marks shut nobody out.
    All,
    /// Some may decide.
    Some,
    /// Nobody may: two others of the staff decide.
    Nobody,
}

/// Who of the supervisors may still decide on the marks on somebody.
pub fn left(conn: &mut Conn, person: Id, day: NaiveDate) -> Result<Left> {
    let (mut is_free, mut is_shut) = (false, false);
    for one in supervisors(conn)? {
        let is_barred = !barred_account(conn, one, &[person], day)?.is_empty();
        is_shut |= is_barred;
        is_free |= !is_barred && whoever(conn, one, &[])?.concerned(conn, &[person], day)?.is_empty();
    }
    Ok(match (is_shut, is_free) {
        (false, _) => Left::All,
        (true, true) => Left::Some,
        (true, false) => Left::Nobody,
    })
}

/// A member of staff whom a mark means.
pub struct Meant {
    pub account: Id,
    /// By a number; else by the name alone.
    pub by_number: bool,
    /// Whether it holds against them today.
    pub in_force: bool,
}

/// The accounts of staff whom a mark means, whether it holds against them or not: at most a hundred.
pub fn staff_meant(conn: &mut Conn, (mark, person): (Id, Id), day: NaiveDate) -> Result<Vec<Meant>> {
    let records = records_of(conn, &[person])?.remove(&person).unwrap_or_default();
    let own = numbers_of(conn, &records)?;
    let mut meant = Vec::new();
    let all: Vec<Id> = staff(conn, None)?.into_iter().map(|(account, _)| account).collect();
    let mut behind = numbers_behind(conn, &all)?;
    for account in all {
        let numbers = behind.remove(&account).unwrap_or_default();
        if numbers.is_empty() || meaning(conn, (&[account], &numbers), &[mark])?.is_empty() {
            continue;
        }
        let is_own = own.iter().any(|(_, number)| numbers.contains(number));
        if !is_own {
            let by_number = is_numbered(conn, mark, &numbers)?;
            let in_force = !in_force(conn, &[account], vec![mark], day)?.is_empty();
            meant.push(Meant { account, by_number, in_force });
        }
    }
    meant.truncate(100);
    Ok(meant)
}
