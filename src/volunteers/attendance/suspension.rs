//! Suspension after missed shifts: derived from the marks that stand, so that it ends at once where one is taken back. A training that was
//! missed counts for nothing.

use chrono::{Duration, NaiveDate};
use diesel::prelude::*;

use super::settings::AttendanceSettings;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::schema::{shifts, signups};
use crate::volunteers::shifts::model::ShiftKind;
use crate::volunteers::signups::model::SignupStatus;

/// The sign-up whose missed shift keeps somebody from serving on a day.
pub fn suspended_by(conn: &mut Conn, node: &Node, records: &[Id], day: NaiveDate) -> Result<Option<Id>> {
    let settings = node.config.of::<AttendanceSettings>();
    let rows = signups::table
        .inner_join(shifts::table.on(signups::shift_id.eq(shifts::id)))
        .filter(signups::volunteer_id.eq_any(records.to_vec()))
        .filter(signups::status.eq(SignupStatus::NoShow))
        .filter(shifts::kind.eq(ShiftKind::Volunteer))
        .order((shifts::starts_at, signups::id))
        .select((signups::id, shifts::starts_at));
    let missed: Vec<(Id, Moment)> = rows.load(conn)?;
    let missed: Vec<(Id, NaiveDate)> = missed.into_iter().map(|(id, at)| (id, at.date())).collect();
    Ok(suspending(&missed, settings, day))
}

/// The last of so many missed shifts within so many days, as long as it suspends.
fn suspending(missed: &[(Id, NaiveDate)], settings: &AttendanceSettings, day: NaiveDate) -> Option<Id> {
    let (within, lasts) = (Duration::days(settings.no_show_days.into()), Duration::days(settings.suspension_days.into()));
    let runs = missed.windows(settings.no_shows as usize);
    let suspends = |run: &&[(Id, NaiveDate)]| {
        let (first, last) = (run[0].1, run[run.len() - 1].1);
        last - first <= within && last < day && day <= last + lasts
    };
    runs.rev().find(suspends).map(|run| run[run.len() - 1].0)
}
