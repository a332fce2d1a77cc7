//! When a petition is over that was replied to and that nobody has closed: once nothing has come for the days that are set, by the
//! office's calendar. Its state stays, and whatever comes begins the days anew.

use chrono::NaiveDate;
use diesel::dsl::max;
use diesel::prelude::*;

use super::model::PetitionStatus;
use super::settings::PetitionSettings;
use super::store::{Petition, REVEALED};
use crate::calendar::{Deadline, Period};
use crate::clock::Moment;
use crate::db::Conn;
use crate::error::Result;
use crate::node::Node;
use crate::scheduling::Plans;
use crate::schema::{petition_history as history, petitions};

/// The last of the days after which a petition is over that nobody has closed: of one that is answered together with another by both. None of
/// one that was not replied to, or that was closed.
pub fn settled_on(conn: &mut Conn, node: &Node, row: &Petition) -> Result<Option<NaiveDate>> {
    let main: Option<Petition> = match row.merged_into {
        Some(main) => petitions::table.find(main).select(Petition::as_select()).first(conn).optional()?,
        None => None,
    };
    let answered = main.as_ref().unwrap_or(row);
    if row.closed_at.is_some() || answered.closed_at.is_some() || answered.status != PetitionStatus::Replied {
        return Ok(None);
    }
    let mut last = last_of(conn, node, row)?;
    if let Some(main) = &main {
        last = last.max(last_of(conn, node, main)?);
    }
    let days = u16::try_from(node.config.of::<PetitionSettings>().settled_days).unwrap_or(u16::MAX);
    let plan = node.part::<Plans>().at(conn)?;
    Ok(last.map(|last| Deadline::compute(&plan.calendar, last.date(), Period::Days(days), &[]).due_on))
}

/// Whether a petition that nobody has closed is over by a day.
pub fn is_settled(conn: &mut Conn, node: &Node, row: &Petition, today: NaiveDate) -> Result<bool> {
    Ok(settled_on(conn, node, row)?.is_some_and(|last| last < today))
}

/// When something came or was done last, or was told: that somebody has read who petitions is nothing of it.
fn last_of(conn: &mut Conn, node: &Node, row: &Petition) -> Result<Option<Moment>> {
    let done = history::table.filter(history::petition_id.eq(row.id)).filter(history::action.ne(REVEALED));
    let done: Option<Moment> = done.select(max(history::at)).first(conn)?;
    let handling = row.handling(&node.vault)?;
    Ok(handling.tellings.iter().filter_map(|one| one.told_at).max().max(done))
}
