//! Check-outs that were forgotten: done by themselves, at the end of the shift, and marked so.

use chrono::Duration;
use diesel::prelude::*;

use super::marking::leave;
use super::settings::AttendanceSettings;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::node::Node;
use crate::schema::{shifts, signups};
use crate::volunteers::shifts::store as shift_store;
use crate::volunteers::signups::model::{SignupAct, SignupStatus};
use crate::volunteers::signups::store as signup_store;

/// Those who are still checked in when the time for checking out is over; one whose check-out was undone is somebody's to see to.
fn forgotten(conn: &mut Conn, node: &Node, now: Moment) -> Result<Vec<(Id, Id)>> {
    let late = Duration::minutes(node.config.of::<AttendanceSettings>().late_minutes.into());
    let rows = signups::table
        .inner_join(shifts::table.on(signups::shift_id.eq(shifts::id)))
        .filter(signups::status.eq(SignupStatus::CheckedIn))
        .filter(signups::closed_by_timer.eq(false))
        .filter(shifts::ends_at.le(now - late))
        .order(signups::id)
        .select((signups::id, signups::shift_id));
    Ok(rows.load(conn)?)
}

pub fn any_due(conn: &mut Conn, node: &Node, now: Moment) -> Result<bool> {
    Ok(!forgotten(conn, node, now)?.is_empty())
}

/// Why somebody was checked out.
const FORGOTTEN: &str = "未簽退，系統以班次結束時刻簽退";

pub fn turn(tx: &mut Tx, node: &Node, now: Moment) -> Result<()> {
    for (id, shift) in forgotten(tx, node, now)? {
        let Some(shift) = shift_store::by_id(tx, shift)? else { continue };
        let Some(mut signup) = signup_store::by_id(tx, id)? else { continue };
        // Somebody may have checked them out a moment ago.
        if signup.status != SignupStatus::CheckedIn || signup.closed_by_timer {
            continue;
        }
        let since = signup.checked_in_at.unwrap_or(shift.ends_at);
        let at = shift.ends_at.max(since);
        leave(tx, node, (&mut signup, &shift), at, (SignupAct::Close, FORGOTTEN))?;
    }
    Ok(())
}
