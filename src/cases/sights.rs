//! Circumstances that the register makes of an application's people, whoever names them or not.

use chrono::NaiveDate;

use super::applicants::{self, Tied};
use super::capacity::{self, Roles};
use super::descent;
use super::fields::PartyRole;
use super::input::CaseInput;
use super::meant::Meant;
use super::types::by_law::HUSBAND_PRESUMED;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;

/// What the register makes of whom an application means, on the day on which they act.
pub fn of(
    conn: &mut Conn,
    node: &Node,
    (input, meant): (&CaseInput, &Meant<'_>),
    (day, of): (NaiveDate, Option<Id>),
) -> Result<Vec<&'static str>> {
    let Meant { parties, applicant, .. } = *meant;
    let mut seen = capacity::circumstances(conn, node, &Roles::of_input(input, (applicant, parties), day, of))?;
    let names_father = input.parties.iter().any(|party| party.role == PartyRole::Father);
    if descent::presumes_another(conn, node, (&input.type_code, parties, names_father), input.event_on, of)? {
        seen.push(HUSBAND_PRESUMED);
    }
    seen.extend(applicants::circumstances(conn, node, &Tied::of_input(input, (applicant, parties), day, of))?);
    Ok(seen)
}
