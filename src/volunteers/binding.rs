//! What binds a volunteer beside their own record: the suspensions and retirements of the records that were merged into it, but for those
//! that were lifted since. Each record keeps its own, for when they are parted.

use chrono::NaiveDate;

use super::model::{Kept, Lift, VolunteerAbsence, VolunteerStatus, return_on, status_by, suspended_until};
use super::store::{self, Volunteer};
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::secrets::vault::Vault;

/// All that keeps somebody from serving, by whichever of their records, in order.
pub fn absences(conn: &mut Conn, vault: &Vault, (id, kept): (Id, &Kept)) -> Result<Vec<VolunteerAbsence>> {
    let mut all = kept.absences.clone();
    all.extend(of_merged(conn, vault, (id, kept))?);
    all.sort_by_key(|absence| (absence.from_on, absence.until_on));
    Ok(all)
}

/// What keeps somebody from serving by the records that were merged into one.
pub fn of_merged(conn: &mut Conn, vault: &Vault, (id, kept): (Id, &Kept)) -> Result<Vec<VolunteerAbsence>> {
    let mut all = Vec::new();
    for merged in store::merged_at_once(conn, id)? {
        let own = merged.kept(vault)?;
        let mut theirs = absences(conn, vault, (merged.id, &own))?;
        for lift in kept.lifted.iter().filter(|lift| lift.record_id == merged.id) {
            return_on(&mut theirs, lift.on);
        }
        all.extend(theirs);
    }
    Ok(all)
}

/// Lets somebody serve again from a day on, whichever of their records kept them from it.
pub fn lift(conn: &mut Conn, vault: &Vault, (id, kept): (Id, &mut Kept), day: NaiveDate) -> Result<()> {
    return_on(&mut kept.absences, day);
    for merged in store::merged_at_once(conn, id)? {
        let own = merged.kept(vault)?;
        if absences(conn, vault, (merged.id, &own))?.iter().any(|absence| absence.covers(day)) {
            kept.lifted.push(Lift { record_id: merged.id, on: day });
        }
    }
    Ok(())
}

/// The state in which somebody is on a day by all that binds them.
pub fn status(conn: &mut Conn, vault: &Vault, (row, kept): (&Volunteer, &Kept), day: NaiveDate) -> Result<VolunteerStatus> {
    Ok(status_by(&absences(conn, vault, (row.id, kept))?, row.member_from, day))
}

/// Sets the state of a record that stands, and until when they are suspended, by all that binds it.
pub fn follow(conn: &mut Conn, vault: &Vault, (row, kept): (&mut Volunteer, &Kept), day: NaiveDate) -> Result<()> {
    if row.merged_into.is_some() {
        (row.status, row.suspended_until) = (VolunteerStatus::Merged, None);
        return Ok(());
    }
    let all = absences(conn, vault, (row.id, kept))?;
    row.status = status_by(&all, row.member_from, day);
    let is_suspended = row.status == VolunteerStatus::Suspended;
    row.suspended_until = if is_suspended { suspended_until(&all, day) } else { None };
    Ok(())
}

/// Lets the records into which one was merged, one after another, follow what it says now.
pub fn follow_up(tx: &mut Tx, vault: &Vault, into: Option<Id>, day: NaiveDate) -> Result<()> {
    let mut next = into;
    while let Some(mut row) = next.map_or(Ok(None), |id| store::by_id(tx, id))? {
        let kept = row.kept(vault)?;
        follow(tx, vault, (&mut row, &kept), day)?;
        store::save(tx, &mut row)?;
        next = row.merged_into;
    }
    Ok(())
}
