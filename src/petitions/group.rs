//! Petitions that are answered together: each keeps its number, secret, limit and petitioner, who is told by themself of what is
//! done with the one into which theirs is merged.

use diesel::prelude::*;

use super::acting::Open;
use super::model::PetitionAct;
use super::sight::Sight;
use super::store::Petition;
use crate::auth::By;
use crate::db::{Conn, Id, Tx};
use crate::error::{Code, Result};
use crate::find;
use crate::node::Node;
use crate::schema::petitions;

/// Those merged into a petition, by when they came.
pub fn merged_into(conn: &mut Conn, main: Id) -> Result<Vec<Id>> {
    let merged = petitions::table.filter(petitions::merged_into.assume_not_null().eq(main));
    Ok(merged.order(petitions::id).select(petitions::id).load(conn)?)
}

/// Takes the petition with which one is answered before it, so that two acts on the same ones meet at the same row first.
pub fn take_main(tx: &mut Tx, id: Id) -> Result<()> {
    let main: Option<Option<Id>> = petitions::table.find(id).select(petitions::merged_into).first(&mut **tx).optional()?;
    if let Some(main) = main.flatten() {
        locked(tx, main)?;
    }
    Ok(())
}

fn locked(tx: &mut Tx, id: Id) -> Result<Petition> {
    let found: Option<Petition> = find!(&mut **tx, petitions::table.find(id).select(Petition::as_select()))?;
    found.ok_or_else(|| Code::NOT_FOUND.into())
}

fn opened(tx: &mut Tx, node: &Node, id: Id) -> Result<Open> {
    Open::of(node, (locked(tx, id)?, Sight::default()))
}

/// All that are merged into a petition, to be read.
pub fn members(tx: &mut Tx, node: &Node, main: Id) -> Result<Vec<Open>> {
    merged_into(tx, main)?.into_iter().map(|id| opened(tx, node, id)).collect()
}

/// Lets all that are merged into a petition follow what was done with it; what `each` leaves as it was is not saved.
pub fn follow(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    (main, act, why): (Id, PetitionAct, &str),
    mut each: impl FnMut(&mut Tx, &mut Open) -> Result<bool>,
) -> Result<()> {
    for mut member in members(tx, node, main)? {
        if each(tx, &mut member)? {
            member.row.status = act.apply(member.row.status)?;
            member.recount(tx, node)?;
            member.save(tx, node, act, &by.caller.name(), (why, by.now))?;
        }
    }
    Ok(())
}

/// Changes the petition with which others are answered, by an act upon one of them.
pub fn write_to(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    main: Id,
    (act, why): (PetitionAct, &str),
    change: impl FnOnce(&mut Open),
) -> Result<()> {
    let mut main = opened(tx, node, main)?;
    main.row.status = act.apply(main.row.status)?;
    change(&mut main);
    main.save(tx, node, act, &by.caller.name(), (why, by.now))
}
