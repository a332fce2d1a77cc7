//! Protection marks at certificates: nobody is handed what they are barred from, or learns by it that a mark stands.

use super::consent;
use super::store::Certificate;
use crate::auth::{By, account_facts};
use crate::cases::fields::PartyRole;
use crate::cases::protected::{Application, shows_household};
use crate::db::Conn;
use crate::error::Result;
use crate::node::Node;
use crate::people::consents::REPRESENTATIVE;
use crate::people::protection::{self, Bar, Inquirer};
use crate::people::store::Named;

/// Looks at an application as the marks see it: the applicant, whoever came or applied online in their place, and whoever consents for
/// them.
fn seen<T>(
    conn: &mut Conn,
    node: &Node,
    one: &Certificate,
    look: impl FnOnce(&mut Conn, &Application<'_>) -> Result<T>,
) -> Result<T> {
    let account = one.brought_by().map(|account| account_facts(conn, account)).transpose()?.flatten();
    let proxies = one.proxy_id.into_iter().chain(account.and_then(|account| account.person_id));
    let representative = match &one.named {
        Some(_) => one.names(conn, &node.vault)?.representative.as_ref().map(consent::reopened).transpose()?,
        None => None,
    };
    let representative = representative.as_ref().map(|(name, number)| {
        let named = Inquirer::Named(Named { name, number, birth_on: None });
        (REPRESENTATIVE.to_owned(), named, vec![one.principal(), one.person_id])
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
    look(conn, &application)
}

/// The mark that keeps the applicant, whoever came or applied online in their place, or consents for them, from what a certificate
/// shows; or such a proxy or representative from whom they act for.
pub fn bar(conn: &mut Conn, node: &Node, by: &By, one: &Certificate) -> Result<Option<Bar>> {
    seen(conn, node, one, |conn, application| application.bar(conn, node, by.now.date()))
}

/// The reason that the applicant is told of what the office has done.
pub fn told<'w>(conn: &mut Conn, node: &Node, by: &By, one: &Certificate, why: &'w str) -> Result<&'w str> {
    Ok(protection::told(bar(conn, node, by, one)?, why, true))
}

/// Refuses staff to hand out what the applicant is barred from, or, where a mark stands, to whoever is known by nothing.
pub fn require_open(conn: &mut Conn, node: &Node, by: &By, one: &Certificate) -> Result<()> {
    seen(conn, node, one, |conn, application| application.require_open(conn, node, by.now.date()))
}
