//! Protection marks at certificates: nobody is handed what they are barred from, or learns by it that a mark stands.

use super::store::Certificate;
use crate::auth::{By, account_facts};
use crate::db::Conn;
use crate::error::Result;
use crate::node::Node;
use crate::people::protection::{self, Bar};

/// What somebody who is barred is told: what is told to anybody who has no right to a certificate.
pub const NO_RIGHT: &str = "不符申請資格（戶籍法 §65）";

/// The mark that keeps the applicant, or whoever came or applied online in their place, from what a certificate shows, or such a
/// proxy at a counter from whom they act for.
pub fn bar(conn: &mut Conn, node: &Node, by: &By, one: &Certificate) -> Result<Option<Bar>> {
    let account = one.brought_by().map(|account| account_facts(conn, account)).transpose()?.flatten();
    let mut askers = vec![one.applicant_id];
    askers.extend(one.proxy_id);
    askers.extend(account.and_then(|account| account.person_id));
    let bar = protection::between(conn, &node.vault, by.now.date(), (one.person_id, &askers))?;
    match one.proxy_id.filter(|_| bar.is_none()) {
        Some(proxy) => protection::between(conn, &node.vault, by.now.date(), (one.applicant_id, &[proxy])),
        None => Ok(bar),
    }
}

/// Refuses staff to hand out what the applicant is barred from.
pub fn require_open(conn: &mut Conn, node: &Node, by: &By, one: &Certificate) -> Result<()> {
    bar(conn, node, by, one)?.map_or(Ok(()), |bar| Err(bar.refusal()))
}
