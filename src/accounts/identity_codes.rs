//! One-time codes that their owner shows at a counter.

use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::find;
use crate::schema::identity_codes as codes;
use crate::secrets::vault::Vault;

/// Keeps an account's code, in place of the one before.
pub fn keep_code(tx: &mut Tx, vault: &Vault, account: Id, code: &str, expires_at: Moment) -> Result<()> {
    tx.own([format!("identity-codes/{account}")])?;
    drop_code(tx, account)?;
    let row = (codes::account_id.eq(account), codes::hash.eq(vault.secret_hash(code)), codes::expires_at.eq(expires_at));
    diesel::insert_into(codes::table).values(row).execute(&mut **tx)?;
    Ok(())
}

/// The account whose code this is, while it is good.
pub fn by_code(conn: &mut Conn, vault: &Vault, code: &str, now: Moment) -> Result<Option<Id>> {
    let good = codes::table.filter(codes::hash.eq(vault.secret_hash(code))).filter(codes::expires_at.gt(now));
    Ok(find!(conn, good.select(codes::account_id))?)
}

/// Ends an account's code.
pub fn drop_code(tx: &mut Tx, account: Id) -> Result<()> {
    diesel::delete(codes::table.find(account)).execute(&mut **tx)?;
    Ok(())
}
