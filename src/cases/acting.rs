//! Whoever acts in an application: applies, comes for somebody, consents, or speaks for others. Judged as one when it is taken, and at
//! each later step by what the register has come to say of the day on which they did (民法 §6, §15, §77, §95, §550).

use chrono::NaiveDate;

use super::capacity;
use super::case::Case;
use super::counter;
use super::effects;
use super::fields::{CaseFields, Findings};
use super::life;
use super::named;
use super::representation::{self, consents_as};
use super::status::{self, Matter, Placed, placed};
use super::store;
use super::together;
use crate::auth::By;
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

/// Refuses to go on with a case of which the register has come to say that whoever acted in it could not on the day of its acceptance:
/// a death, a ruling or a right of that day that was entered since. What somebody could say then stays said, whatever became of them
/// later (民法 §95). An entry is handed out to nobody who could not ask for it today either.
pub fn require_still(conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<()> {
    let (Some(taken_at), today) = (case.accepted_at, by.now.date()) else { return Ok(()) };
    let names = named::of(conn, node, case.id)?;
    let fields = effects::entered(conn, node, case)?;
    let parties = store::parties(conn, case.id)?;
    let parties = placed(conn, &parties)?;
    let matter = acted(conn, (case, &fields, parties), (by, taken_at.date()))?;
    let mut found = Findings::default();
    check(conn, node, &matter, &mut found)?;
    if found.0.is_empty() && counter::own_type(node, conn, case)?.is_certificate() {
        check_handed_out(conn, node, Matter { acts_on: today, is_taken: false, ..matter }, &mut found)?;
    }
    status::refuse(found, names.as_ref())
}

/// A case as whoever acts in it sees it, on the day on which they did.
fn acted<'a>(
    conn: &mut Conn,
    (case, fields, parties): (&'a Case, &'a CaseFields, Vec<Placed>),
    (by, day): (&By, NaiveDate),
) -> Result<Matter<'a>> {
    let (applicant, proxy) = status::asking(conn, case)?;
    Ok(Matter {
        applicant: Some(applicant),
        relation: Some(case.relation),
        proxy,
        acts_on: day,
        is_taken: true,
        is_new: true,
        ..status::held(case, fields, case.event_on, parties, by.now)
    })
}

/// Refuses to hand an entry to whoever has died or lost their capacity since, and to whoever still wants a consent by one that could
/// not be given today. Whether a representative who applied still is one is asked beside it.
fn check_handed_out(conn: &mut Conn, node: &Node, mut matter: Matter<'_>, findings: &mut Findings) -> Result<()> {
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
