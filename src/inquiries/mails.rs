//! Mail about inquiries: who sees that it went out, and whom it concerns.

use diesel::prelude::*;

use super::store::{Hidden, KIND, path, within};
use crate::auth::{By, Involved};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::mail::Matter;
use crate::node::Node;
use crate::petitions::sources;
use crate::schema::inquiries;

pub const MATTER: Matter = Matter { kind: KIND, seen, involved, withheld };

fn seen(conn: &mut Conn, _: &Node, by: &By, ids: &[Id]) -> Result<Vec<Id>> {
    let hidden = Hidden::from(conn, by)?;
    let rows = within(by, hidden).filter(inquiries::id.eq_any(ids.to_vec()));
    Ok(rows.order(inquiries::id).select(inquiries::id).load(conn)?)
}

/// Those of which nothing goes into the feed, as of a petition that came out of them.
fn withheld(conn: &mut Conn, id: Id) -> Result<bool> {
    sources::is_withheld(conn, &path(id))
}

fn involved(conn: &mut Conn, _: &Node, id: Id) -> Result<Involved> {
    let person: Option<Option<Id>> = inquiries::table.find(id).select(inquiries::person_id).first(conn).optional()?;
    Ok(Involved::from(&person.flatten().into_iter().collect::<Vec<Id>>()))
}
