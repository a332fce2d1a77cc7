//! What becomes of applications that rest on a paper which was found false: it proves nothing in them any more, and what it was shown
//! for is shown anew before anything is issued.

use diesel::prelude::*;

use super::model::CertificateAct;
use super::routes::tell;
use super::store::{self, Certificate};
use crate::auth::By;
use crate::db::{Id, Tx};
use crate::domain::FalsePaper;
use crate::error::Result;
use crate::find;
use crate::node::Node;
use crate::schema::certificates;

/// Takes a false paper out of every application that can still be issued: a consent, a proof of who represents somebody, or a letter of
/// proxy. Whom these applications name.
pub fn follow_strike(tx: &mut Tx, node: &Node, _: &By, paper: &FalsePaper<'_>) -> Result<Vec<Id>> {
    let mut of = Vec::new();
    for one in store::unissued(tx)? {
        let is_meant = paper.of.is_none_or(|record| one.people().contains(&record));
        if is_meant && is_shown(tx, node, &one, paper)? {
            of.extend(strike(tx, node, one.id, paper)?);
        }
    }
    Ok(of)
}

fn is_shown(tx: &mut Tx, node: &Node, one: &Certificate, paper: &FalsePaper<'_>) -> Result<bool> {
    Ok(one.names(tx, &node.vault)?.strike(|shown| shown.index(&node.vault) == paper.index))
}

/// Strikes it in one application, unless somebody has issued that, or shown another paper, since it was looked at.
fn strike(tx: &mut Tx, node: &Node, id: Id, paper: &FalsePaper<'_>) -> Result<Vec<Id>> {
    let found: Option<Certificate> = find!(&mut **tx, certificates::table.find(id).select(Certificate::as_select()))?;
    let Some(mut one) = found else { return Ok(Vec::new()) };
    let Ok(status) = CertificateAct::StrikePaper.apply(one.status) else { return Ok(Vec::new()) };
    let mut names = one.names(tx, &node.vault)?;
    if !names.strike(|shown| shown.index(&node.vault) == paper.index) {
        return Ok(Vec::new());
    }
    one.status = status;
    one.named = Some(store::seal_names(&node.vault, one.id, &names)?);
    store::save(tx, &mut one)?;
    tell(tx, &one, CertificateAct::StrikePaper, paper.reason);
    store::everybody(tx, &one)
}
