//! Mail about petitions: who sees that it went out, and whom it concerns.

use diesel::prelude::*;

use super::group;
use super::sight::Sight;
use super::store::Petition;
use crate::auth::{By, Involved};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::mail::Matter;
use crate::node::Node;
use crate::schema::{petition_people as people, petitions};

pub const MATTER: Matter = Matter { kind: "petitions", seen, involved, withheld };

/// Those that the caller reads as they were written: an address tells of whoever it is.
fn seen(conn: &mut Conn, _: &Node, by: &By, ids: &[Id]) -> Result<Vec<Id>> {
    let sight = Sight::of(conn, by)?;
    let rows = sight.rows().filter(petitions::id.eq_any(ids.to_vec())).select(Petition::as_select());
    let rows: Vec<Petition> = rows.load(conn)?;
    Ok(rows.into_iter().filter(|petition| sight.reads_original(petition)).map(|petition| petition.id).collect())
}

/// Those of which nothing goes into the feed.
fn withheld(conn: &mut Conn, id: Id) -> Result<bool> {
    let row = petitions::table.find(id).select(Petition::as_select());
    let row: Option<Petition> = row.first(conn).optional()?;
    row.map_or(Ok(true), |row| group::is_withheld(conn, &row))
}

/// The petitioners; of those whom their spouses and kin keep away from, [`Sight`] knows.
pub fn involved(conn: &mut Conn, _: &Node, id: Id) -> Result<Involved> {
    let numbers = people::table.filter(people::petition_id.eq(id)).select(people::number_index).load(conn)?;
    Ok(Involved { numbers, ..Involved::default() })
}
