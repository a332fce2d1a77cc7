//! Whoever acts in an application: applies, comes for somebody, consents, or speaks for others. Judged as one when it is taken, and at
//! each later step by what the register has come to say of the day on which they did (民法 §6, §15, §77, §95, §550).

use super::capacity;
use super::case::Case;
use super::fields::Findings;
use super::life;
use super::representation::{self, consents_as};
use super::status::{self, Matter};
use super::together;
use crate::clock::Moment;
use crate::db::Conn;
use crate::error::Result;
use crate::node::Node;

/// Refuses whoever acts and has died, has no capacity, or may not do it for whom they do.
pub fn check(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let Some(roles) = matter.roles() else { return Ok(()) };
    life::acting(conn, node, matter, findings)?;
    capacity::check(conn, node, (&roles, matter.proxy), findings)?;
    representation::check(conn, node, (matter, &roles), findings)?;
    together::check(conn, node, &roles, findings)
}

/// A case as whoever acts in it has: by those who applied for it, on the day of its acceptance. What somebody could say then stays said,
/// whatever became of them later (民法 §95).
pub fn as_taken<'m>(conn: &mut Conn, case: &Case, held: Matter<'m>, now: Moment) -> Result<Matter<'m>> {
    let (applicant, proxy) = status::asking(conn, case)?;
    Ok(Matter {
        applicant: Some(applicant),
        relation: Some(case.relation),
        proxy,
        acts_on: case.accepted_at.unwrap_or(now).date(),
        is_taken: true,
        ..held
    })
}

/// Refuses to hand an entry to whoever has died or lost their capacity since, and to whoever still wants a consent by one that could
/// not be given today. Whether a representative who applied still is one is asked beside it.
pub fn check_handed_out(conn: &mut Conn, node: &Node, mut matter: Matter<'_>, findings: &mut Findings) -> Result<()> {
    let is_wanted = matter.roles().map(|roles| capacity::wants_consent(conn, node, &roles)).transpose()?;
    if is_wanted != Some(true) {
        let (type_code, applicant) = (matter.type_code, matter.applicant);
        matter.parties.retain(|(_, role, person)| consents_as(type_code, *role).is_none() || applicant == Some(*person));
    }
    let Some(roles) = matter.roles() else { return Ok(()) };
    life::acting(conn, node, &matter, findings)?;
    capacity::check(conn, node, (&roles, matter.proxy), findings)?;
    representation::check_consents(conn, node, &roles, findings)
}
