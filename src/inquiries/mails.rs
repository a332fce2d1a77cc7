//! Mail about inquiries: who sees that it went out, and whom it concerns.

use diesel::prelude::*;

use super::store::within;
use crate::auth::protection::closed_to;
use crate::auth::{By, Involved};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::mail::Matter;
use crate::node::Node;
use crate::schema::inquiries;

pub const MATTER: Matter = Matter { kind: "inquiries", seen, involved, withheld: |_, _| Ok(false) };

fn seen(conn: &mut Conn, _: &Node, by: &By, ids: &[Id]) -> Result<Vec<Id>> {
    let closed = closed_to(conn, by)?;
    let rows = within(by, closed).filter(inquiries::id.eq_any(ids.to_vec()));
    Ok(rows.order(inquiries::id).select(inquiries::id).load(conn)?)
}

fn involved(conn: &mut Conn, _: &Node, id: Id) -> Result<Involved> {
    let person: Option<Option<Id>> = inquiries::table.find(id).select(inquiries::person_id).first(conn).optional()?;
    Ok(Involved::from(&person.flatten().into_iter().collect::<Vec<Id>>()))
}
