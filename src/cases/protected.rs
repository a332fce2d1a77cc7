//! Protection marks in applications: who is barred from somebody's data is told nothing of them, and acts for them in nothing.

use chrono::NaiveDate;

use super::fields::PartyRole;
use super::input::CaseInput;
use super::representation::represents;
use super::types::model::{CaseType, Group, Relation};
use crate::db::Conn;
use crate::error::Result;
use crate::node::Node;
use crate::people::protection::require_open;
use crate::people::store::Named;
use crate::people::{Identifier, Name};

/// Somebody whom an application names, with the day of birth that it gives of a party.
fn named<'a>(input: &'a CaseInput, name: &'a Name, number: &'a Identifier) -> Named<'a> {
    let party = input.parties.iter().find(|party| party.national_id == *number && party.name.as_str() == name.as_str());
    Named { name: name.as_str(), number, birth_on: party.and_then(|party| party.birth_on) }
}

/// Refuses staff an application in which somebody asks for an entry of whom they are barred from, or acts for them as a proxy, a
/// legal representative or a guardian. What concerns both, such as a divorce, is entered all the same.
pub fn obey(conn: &mut Conn, node: &Node, case_type: &CaseType, input: &CaseInput, day: NaiveDate) -> Result<()> {
    let one = &input.applicant;
    let applicant = named(input, &one.name, &one.national_id);
    let proxy = input.proxy.as_ref().map(|one| named(input, &one.name, &one.national_id));
    if let Some(proxy) = proxy {
        require_open(conn, &node.vault, day, (applicant, &[proxy]))?;
    }
    let certifies = matches!(case_type.rules.group, Group::Certificate | Group::HouseholdCertificate);
    let represents = match one.relation {
        Relation::Proxy => true,
        // Who is to be the guardian from now on does not act as one yet.
        relation => represents(&case_type.code, relation),
    };
    if !certifies && !represents {
        return Ok(());
    }
    let subject = input.parties.iter().find(|party| party.role == PartyRole::Subject).or(input.parties.first());
    let Some(subject) = subject else { return Ok(()) };
    let subject = Named { name: subject.name.as_str(), number: &subject.national_id, birth_on: subject.birth_on };
    let askers: Vec<Named<'_>> = [applicant].into_iter().chain(proxy).collect();
    require_open(conn, &node.vault, day, (subject, &askers))
}
