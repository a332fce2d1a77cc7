//! Protection marks in applications: who is barred from somebody's data is told nothing of them, and acts for them in nothing.

use chrono::NaiveDate;

use super::fields::PartyRole;
use super::input::CaseInput;
use super::types::model::{CaseType, Group, Relation};
use crate::db::Conn;
use crate::error::Result;
use crate::node::Node;
use crate::people::protection::{Said, require_open};

/// Refuses staff an application in which somebody asks for an entry of whom they are barred from, or acts for them as a proxy, a
/// legal representative or a guardian. What concerns both, such as a divorce, is entered all the same.
pub fn obey(conn: &mut Conn, node: &Node, case_type: &CaseType, input: &CaseInput, day: NaiveDate) -> Result<()> {
    let one = &input.applicant;
    let applicant = Said { name: one.name.as_str(), number: &one.national_id };
    let proxy = input.proxy.as_ref().map(|one| Said { name: one.name.as_str(), number: &one.national_id });
    if let Some(proxy) = proxy {
        require_open(conn, &node.vault, day, (applicant, &[proxy]))?;
    }
    let certifies = matches!(case_type.rules.group, Group::Certificate | Group::HouseholdCertificate);
    // Who is to be the guardian from now on does not act as one yet.
    let represents =
        matches!(one.relation, Relation::LegalRepresentative | Relation::Guardian) && case_type.code != "GUARDIANSHIP";
    if !certifies && !represents {
        return Ok(());
    }
    let subject = input.parties.iter().find(|party| party.role == PartyRole::Subject).or(input.parties.first());
    let Some(subject) = subject else { return Ok(()) };
    let subject = Said { name: subject.name.as_str(), number: &subject.national_id };
    let askers: Vec<Said<'_>> = [applicant].into_iter().chain(proxy).collect();
    require_open(conn, &node.vault, day, (subject, &askers))
}
