//! Mail about petitions: who sees that it went out, and whom it concerns.

use diesel::prelude::*;

use super::group;
use super::sight::known;
use super::store::Petition;
use crate::auth::{By, Involved};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::mail::Matter;
use crate::node::Node;
use crate::schema::{petition_people as people, petitions};

pub const MATTER: Matter = Matter { kind: "petitions", seen, involved, withheld };

fn seen(conn: &mut Conn, _: &Node, by: &By, ids: &[Id]) -> Result<Vec<Id>> {
    known(conn, by, ids)
}

/// Those of which nothing goes into the feed.
fn withheld(conn: &mut Conn, id: Id) -> Result<bool> {
    let row = petitions::table.find(id).select(Petition::as_select());
    let row: Option<Petition> = row.first(conn).optional()?;
    row.map_or(Ok(true), |row| group::is_withheld(conn, &row))
}

/// The petitioners; of those whom their spouses and kin keep away from, [`super::sight`] knows.
pub fn involved(conn: &mut Conn, _: &Node, id: Id) -> Result<Involved> {
    let numbers = people::table.filter(people::petition_id.eq(id)).select(people::number_index).load(conn)?;
    Ok(Involved { numbers, ..Involved::default() })
}
