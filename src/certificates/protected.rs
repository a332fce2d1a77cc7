//! Protection marks at certificates: nobody is handed what they are barred from, or learns by it that a mark stands.

use super::consent;
use super::store::Certificate;
use crate::auth::{By, account_facts};
use crate::cases::fields::PartyRole;
use crate::cases::protected::{Application, shows_household};
use crate::db::Conn;
use crate::error::Result;
use crate::node::Node;
use crate::people::protection::{self, Bar, Inquirer};
use crate::people::store::Named;

/// The mark that keeps the applicant, whoever came or applied online in their place, or consents for them, from what a certificate
/// shows; or such a proxy or representative from whom they act for.
pub fn bar(conn: &mut Conn, node: &Node, by: &By, one: &Certificate) -> Result<Option<Bar>> {
    let account = one.brought_by().map(|account| account_facts(conn, account)).transpose()?.flatten();
    let proxies = one.proxy_id.into_iter().chain(account.and_then(|account| account.person_id));
    let representative = match &one.named {
        Some(_) => one.names(conn, &node.vault)?.representative.as_ref().map(consent::reopened).transpose()?,
        None => None,
    };
    let representative = representative.as_ref().map(|(name, number)| {
        let named = Inquirer::Named(Named { name, number, birth_on: None });
        (named, vec![one.principal(), one.person_id])
    });
    let application = Application {
        type_code: &one.kind,
        certifies: true,
        shows_household: shows_household(&one.kind, Some(one.scope.as_str())),
        relation: one.relation,
        applicant: Inquirer::Record(one.applicant_id),
        proxies: proxies.map(Inquirer::Record).collect(),
        parties: vec![(0, PartyRole::Subject, one.person_id)],
        consenting: representative.into_iter().collect(),
        of: None,
    };
    application.bar(conn, node, by.now.date())
}

/// The reason that the applicant is told of what the office has done.
pub fn told<'w>(conn: &mut Conn, node: &Node, by: &By, one: &Certificate, why: &'w str) -> Result<&'w str> {
    Ok(protection::told(bar(conn, node, by, one)?, why, true))
}

/// Refuses staff to hand out what the applicant is barred from.
pub fn require_open(conn: &mut Conn, node: &Node, by: &By, one: &Certificate) -> Result<()> {
    bar(conn, node, by, one)?.map_or(Ok(()), |bar| Err(bar.refusal()))
}
