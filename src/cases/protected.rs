//! Protection marks in applications: who is barred from somebody's data is told nothing of them, and acts for them in nothing.

use chrono::NaiveDate;

use super::case::Case;
use super::counter;
use super::fields::PartyRole;
use super::input::CaseInput;
use super::representation::represents;
use super::store;
use super::types::model::{CaseType, Group, Relation};
use crate::auth::whoever::account_of;
use crate::auth::{By, account_facts};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::protection::{self, require_open};
use crate::people::store::Named;
use crate::people::{Identifier, Name};

/// Somebody whom an application names, with the day of birth that it gives of a party.
fn named<'a>(input: &'a CaseInput, name: &'a Name, number: &'a Identifier) -> Named<'a> {
    let party = input.parties.iter().find(|party| party.national_id == *number && party.name.as_str() == name.as_str());
    Named { name: name.as_str(), number, birth_on: party.and_then(|party| party.birth_on) }
}

/// Whether whoever applies asks for the subject's entry, or acts for them.
fn is_for_subject(case_type: &CaseType, relation: Relation) -> bool {
    let certifies = matches!(case_type.rules.group, Group::Certificate | Group::HouseholdCertificate);
    certifies
        || match relation {
            Relation::Proxy => true,
            // Who is to be the guardian from now on does not act as one yet.
            relation => represents(&case_type.code, relation),
        }
}

/// Refuses to go on with a case as [`obey`] refuses to take it, by the records that it names: a mark may have been entered since.
pub fn obey_still(conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<()> {
    let case_type = counter::own_type(node, conn, case)?;
    let subject = store::parties(conn, case.id)?.into_iter().find(|party| party.role == PartyRole::Subject);
    let subject = subject.map_or(case.person_id, |party| party.person_id);
    let proxy: Vec<Id> = case.proxy_id.into_iter().collect();
    let mut pairs = vec![(case.applicant_id, proxy.clone())];
    if is_for_subject(&case_type, case.relation) {
        pairs.push((subject, [case.applicant_id].into_iter().chain(proxy).collect()));
    }
    for (of, askers) in pairs {
        if let Some(bar) = protection::between(conn, &node.vault, by.now.date(), (of, &askers))? {
            return Err(bar.refusal());
        }
    }
    Ok(())
}

/// The reason of a refusal as those outside are told it: where one of its people, or whoever began it, is barred from another's
/// data, none of them learns by it that a mark stands.
pub fn told<'w>(conn: &mut Conn, node: &Node, by: &By, case: &Case, why: &'w str) -> Result<&'w str> {
    let people = store::people_of(conn, case)?;
    let account = account_of(&store::begun_by_whom(conn, case)?);
    let account = account.map(|account| account_facts(conn, account)).transpose()?.flatten();
    let readers: Vec<Id> = people.iter().copied().chain(account.and_then(|account| account.person_id)).collect();
    for person in people {
        let bar = protection::between(conn, &node.vault, by.now.date(), (person, &readers))?;
        if bar.is_some() {
            let group = counter::own_type(node, conn, case)?.rules.group;
            let is_certificate = matches!(group, Group::Certificate | Group::HouseholdCertificate);
            return Ok(protection::told(bar, why, is_certificate));
        }
    }
    Ok(why)
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
    if !is_for_subject(case_type, one.relation) {
        return Ok(());
    }
    let subject = input.parties.iter().find(|party| party.role == PartyRole::Subject).or(input.parties.first());
    let Some(subject) = subject else { return Ok(()) };
    let subject = Named { name: subject.name.as_str(), number: &subject.national_id, birth_on: subject.birth_on };
    let askers: Vec<Named<'_>> = [applicant].into_iter().chain(proxy).collect();
    require_open(conn, &node.vault, day, (subject, &askers))
}
