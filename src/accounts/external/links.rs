//! Whom an external identity stands for: the issuer's subject, found by a keyed hash, and the account that it proved.

use diesel::prelude::*;

use super::provider::Subject;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::schema::external_links as links;
use crate::secrets::vault::Vault;
use crate::{each, find};

/// What became of an external identity.
pub enum Link {
    /// It opens an account.
    Of(Id),
    /// The proof that it made was undone.
    Ended,
}

fn index(vault: &Vault, subject: &Subject) -> String {
    // An issuer is an address, and has no line break.
    vault.blind_index("external_links/subject", &format!("{}\n{}", subject.issuer, subject.subject))
}

/// The link of an external identity, if it ever had one.
pub fn of(conn: &mut Conn, vault: &Vault, subject: &Subject) -> Result<Option<Link>> {
    let link = links::table.find(index(vault, subject)).select((links::account_id, links::ended_at));
    let found: Option<(Id, Option<Moment>)> = find!(conn, link)?;
    Ok(found.map(|(account, ended_at)| if ended_at.is_some() { Link::Ended } else { Link::Of(account) }))
}

/// Links an external identity with the account that it proves; whether it was free.
pub fn insert(tx: &mut Tx, vault: &Vault, subject: &Subject, (account, proof): (Id, Id), now: Moment) -> Result<bool> {
    let row = (
        links::subject_index.eq(index(vault, subject)),
        links::account_id.eq(account),
        links::proof_id.eq(proof),
        links::linked_at.eq(now),
    );
    let conn: &mut Conn = tx;
    Ok(each!(conn, c => diesel::insert_into(links::table).values(row).on_conflict_do_nothing().execute(c))? == 1)
}
