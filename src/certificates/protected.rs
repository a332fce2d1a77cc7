//! Protection marks at certificates: nobody is handed what they are barred from, or learns by it that a mark stands.

use super::store::Certificate;
use crate::auth::{By, account_facts};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::protection::{self, Bar};

/// The mark that keeps the applicant, or whoever came or applied online in their place, from what a certificate shows, or such a
/// proxy from whom they act for.
pub fn bar(conn: &mut Conn, node: &Node, by: &By, one: &Certificate) -> Result<Option<Bar>> {
    let account = one.brought_by().map(|account| account_facts(conn, account)).transpose()?.flatten();
    let proxies: Vec<Id> = one.proxy_id.into_iter().chain(account.and_then(|account| account.person_id)).collect();
    let askers: Vec<Id> = [one.applicant_id].into_iter().chain(proxies.iter().copied()).collect();
    match protection::between(conn, &node.vault, by.now.date(), (one.person_id, &askers))? {
        None => protection::between(conn, &node.vault, by.now.date(), (one.applicant_id, &proxies)),
        bar => Ok(bar),
    }
}

/// The reason that the applicant is told of what the office has done.
pub fn told<'w>(conn: &mut Conn, node: &Node, by: &By, one: &Certificate, why: &'w str) -> Result<&'w str> {
    Ok(protection::told(bar(conn, node, by, one)?, why, true))
}

/// Refuses staff to hand out what the applicant is barred from.
pub fn require_open(conn: &mut Conn, node: &Node, by: &By, one: &Certificate) -> Result<()> {
    bar(conn, node, by, one)?.map_or(Ok(()), |bar| Err(bar.refusal()))
}
