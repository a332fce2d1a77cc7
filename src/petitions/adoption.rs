//! What became of a suggestion: that the office has adopted it, or drops it after all, is told to whoever made it.

use diesel::prelude::*;

use super::acting::{Open, note};
use super::heard::Mending;
use super::model::ToldBy;
use super::sight::Sight;
use super::steps::Adoption;
use super::store::{self, Petition};
use super::tellings::ToldAbout;
use super::told;
use crate::auth::By;
use crate::db::{Id, Tx};
use crate::error::{Code, Result};
use crate::find;
use crate::node::Node;
use crate::schema::petitions;

/// Tells the petitioner, in whichever state the petition is, and keeps that it was told. Where the word before has not gone out it is
/// stopped, and nothing need be put right.
pub fn tell(tx: &mut Tx, node: &Node, by: &By, id: Id, adopted: bool) -> Result<ToldBy> {
    let row: Option<Petition> = find!(&mut **tx, petitions::table.find(id).select(Petition::as_select()))?;
    let mut open = Open::of(node, (row.ok_or(Code::NOT_FOUND)?, Sight::default()))?;
    let before = (ToldAbout::Adoption, open.handling.adoptions.len());
    let is_first = open.handling.adoptions.is_empty();
    let is_known = is_first || !told::take_back(tx, node, &mut open, &[before])?.is_empty();
    open.handling.adoptions.push(Adoption { adopted, at: by.now, told_by: ToldBy::Tracking });
    let place = open.handling.adoptions.len();
    if !is_first {
        open.handling.mendings.push(Mending { notice: (ToldAbout::Adoption, place), mends: vec![before] });
    }
    let told_by =
        if is_known { told::tell(tx, node, &mut open, (ToldAbout::Adoption, place), by.now)? } else { ToldBy::Tracking };
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
