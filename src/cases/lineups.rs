//! Whom corrections have added to entries, and taken out of them: what an entry has said of somebody was told to others while it
//! named them, and they are told.

use std::collections::HashSet;

use diesel::prelude::*;

use super::case::{Case, Party};
use super::fields::PartyRole;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::people::joins;
use crate::schema::{case_applicant_changes as changes, case_lineups, cases};

/// A part that somebody has had in an entry until a correction took it from them.
#[derive(Clone, Copy, Debug)]
pub struct Former {
    pub person: Id,
    pub role: PartyRole,
    pub until: Moment,
}

/// Keeps who has a part in a case since a correction, and who has one no more.
pub fn keep(tx: &mut Tx, case: Id, (before, after): (&[Party], &[Party]), now: Moment) -> Result<()> {
    let parts = |all: &[Party]| -> HashSet<(PartyRole, Id)> { all.iter().map(|party| (party.role, party.person_id)).collect() };
    let (before, after) = (parts(before), parts(after));
    let out = before.difference(&after).map(|part| (*part, true));
    let new = after.difference(&before).map(|part| (*part, false));
    for ((role, person), is_out) in out.chain(new) {
        let row = (
            case_lineups::case_id.eq(case),
            case_lineups::person_id.eq(person),
            case_lineups::role.eq(role),
            case_lineups::is_out.eq(is_out),
            case_lineups::changed_at.eq(now),
        );
        diesel::insert_into(case_lineups::table).values(row).execute(&mut **tx)?;
    }
    Ok(())
}

/// Who has had a part in a case that a correction has taken from them.
pub fn former(conn: &mut Conn, case: Id) -> Result<Vec<Former>> {
    let own = case_lineups::table.filter(case_lineups::case_id.eq(case)).filter(case_lineups::is_out);
    let own = own.order((case_lineups::changed_at, case_lineups::person_id));
    let rows: Vec<(Id, PartyRole, Moment)> =
        own.select((case_lineups::person_id, case_lineups::role, case_lineups::changed_at)).load(conn)?;
    Ok(rows.into_iter().map(|(person, role, until)| Former { person, role, until }).collect())
}

/// The cases in which a human has had a part, in whichever of their records, that a correction has taken from them.
pub fn left_by(conn: &mut Conn, person: Id) -> Result<Vec<Case>> {
    let records = joins::records(conn, person)?;
    let left = case_lineups::table.filter(case_lineups::person_id.eq_any(records)).filter(case_lineups::is_out);
    let found = cases::table.filter(cases::id.eq_any(left.select(case_lineups::case_id)));
    Ok(found.order(cases::id).select(Case::as_select()).load(conn)?)
}

/// Keeps that somebody is the applicant of a case no more, and who is since.
pub fn keep_applicants(tx: &mut Tx, case: Id, (before, after): (Id, Id), now: Moment) -> Result<()> {
    for (person, is_out) in [(before, true), (after, false)] {
        let row =
            (changes::case_id.eq(case), changes::person_id.eq(person), changes::is_out.eq(is_out), changes::changed_at.eq(now));
        diesel::insert_into(changes::table).values(row).execute(&mut **tx)?;
    }
    Ok(())
}

/// Whom corrections of a stretch of time have added to cases or taken out of them, as parties or as applicants, each beside the case and
/// when.
pub fn shifted(conn: &mut Conn, since: Moment, until: Moment) -> Result<Vec<(Id, Id, Moment)>> {
    let parts = case_lineups::table.filter(case_lineups::changed_at.ge(since)).filter(case_lineups::changed_at.lt(until));
    let parts = parts.select((case_lineups::case_id, case_lineups::person_id, case_lineups::changed_at));
    let mut shifted: Vec<(Id, Id, Moment)> = parts.load(conn)?;
    let applicants = changes::table.filter(changes::changed_at.ge(since)).filter(changes::changed_at.lt(until));
    shifted
        .extend(applicants.select((changes::case_id, changes::person_id, changes::changed_at)).load::<(Id, Id, Moment)>(conn)?);
    Ok(shifted)
}
