//! Mail about cases: who sees that it went out, and whom it concerns.

use diesel::prelude::*;

use super::case::Case;
use super::{closed_cases, store};
use crate::auth::{By, Involved};
use crate::db::{Conn, Id, Narrow};
use crate::error::Result;
use crate::mail::Matter;
use crate::node::Node;
use crate::office::desk;
use crate::schema::cases;

pub const MATTER: Matter = Matter::of("cases", seen, involved);

/// Those at the caller's desk, but none that is not there to them.
fn seen(conn: &mut Conn, node: &Node, by: &By, ids: &[Id]) -> Result<Vec<Id>> {
    let closed = closed_cases(conn, node, by)?;
    let rows = cases::table.filter(cases::id.eq_any(ids.iter().copied())).filter(cases::id.ne_all(closed)).into_boxed();
    Ok(rows.narrow(desk::bound(by), |point| cases::service_point.eq(point)).select(cases::id).load(conn)?)
}

fn involved(conn: &mut Conn, node: &Node, id: Id) -> Result<Involved> {
    let case: Option<Case> = cases::table.find(id).select(Case::as_select()).first(conn).optional()?;
    case.map_or_else(|| Ok(Involved::default()), |case| store::involved(conn, &node.vault, &case))
}
