//! Circumstances that the register makes of an application's people, whoever names them or not.

use chrono::NaiveDate;

use super::applicants::{self, Tied};
use super::capacity::{self, Roles};
use super::descent;
use super::fields::PartyRole;
use super::input::CaseInput;
use super::status::Placed;
use super::types::by_law::HUSBAND_PRESUMED;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;

/// An application with the people whom it means, as far as the office knows them.
pub struct Meant<'a> {
    pub input: &'a CaseInput,
    pub parties: &'a [Placed],
    pub applicant: Option<Id>,
    /// The day on which its people act.
    pub day: NaiveDate,
    pub of: Option<Id>,
}

/// What the register makes of them.
pub fn of(conn: &mut Conn, node: &Node, meant: &Meant<'_>) -> Result<Vec<&'static str>> {
    let Meant { input, parties, applicant, day, of } = *meant;
    let mut seen = capacity::circumstances(conn, node, &Roles::of_input(input, (applicant, parties), day, of))?;
    let names_father = input.parties.iter().any(|party| party.role == PartyRole::Father);
    if descent::presumes_another(conn, node, (&input.type_code, parties, names_father), input.event_on, of)? {
        seen.push(HUSBAND_PRESUMED);
    }
    seen.extend(applicants::circumstances(conn, node, &Tied::of_input(input, (applicant, parties), day, of))?);
    Ok(seen)
}
