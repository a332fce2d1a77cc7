//! What became of a suggestion: that the office has adopted it, or drops it after all, is told to whoever made it.

use diesel::prelude::*;

use super::acting::{Open, note};
use super::model::ToldBy;
use super::sight::Sight;
use super::steps::Adoption;
use super::store::{self, Petition};
use super::telling;
use crate::auth::By;
use crate::db::{Id, Tx};
use crate::error::{Code, Result};
use crate::find;
use crate::node::Node;
use crate::schema::petitions;

/// Tells the petitioner, in whichever state the petition is, and keeps that it was told.
pub fn tell(tx: &mut Tx, node: &Node, by: &By, id: Id, adopted: bool) -> Result<ToldBy> {
    let row: Option<Petition> = find!(&mut **tx, petitions::table.find(id).select(Petition::as_select()))?;
    let mut open = Open::of(node, (row.ok_or(Code::NOT_FOUND)?, Sight::default()))?;
    let words = telling::adoption(open.row.language, &open.row.number, adopted);
    let told_by = telling::tell(tx, node, &mut open, &words, by.now)?;
    open.handling.adoptions.push(Adoption { adopted, at: by.now, told_by });
    open.put(tx, node)?;
    let (past, journal) = if adopted {
        ("suggestion_adopted", "petition.suggestion_adopted")
    } else {
        ("suggestion_dropped", "petition.suggestion_dropped")
    };
    store::add_line(tx, &open.row, past, &by.caller.name(), ("", by.now))?;
    note(tx, &open.row, journal, "")?;
    Ok(told_by)
}
