//! Addresses with a secret in them that open a part of an account, and the end of all that opens one.

use diesel::prelude::*;

use super::families;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::schema::{calendar_tokens as tokens, external_attempts};
use crate::secrets::vault::{Vault, random_secret};

/// Makes the secret of an account's calendar address; the one before it ends.
pub fn make_calendar(tx: &mut Tx, vault: &Vault, account: Id, now: Moment) -> Result<String> {
    let token = random_secret(16);
    tx.own([format!("calendar-tokens/{account}")])?;
    end_calendar(tx, account)?;
    let row = (tokens::account_id.eq(account), tokens::hash.eq(vault.secret_hash(&token)), tokens::created_at.eq(now));
    diesel::insert_into(tokens::table).values(row).execute(&mut **tx)?;
    Ok(token)
}

fn end_calendar(tx: &mut Tx, account: Id) -> Result<()> {
    diesel::delete(tokens::table.find(account)).execute(&mut **tx)?;
    Ok(())
}

/// The account whose calendar a secret opens.
pub fn of_calendar(conn: &mut Conn, vault: &Vault, token: &str) -> Result<Option<Id>> {
    let holder = tokens::table.filter(tokens::hash.eq(vault.secret_hash(token))).select(tokens::account_id);
    Ok(holder.first(conn).optional()?)
}

/// Ends all that opens an account but its password: log-ins, addresses with a secret in them, and proofs that were begun. For whatever makes
/// doubtful who has them: a new password, a suspension, a proof of identity.
pub fn end_everything(tx: &mut Tx, account: Id, now: Moment) -> Result<()> {
    tx.own([format!("calendar-tokens/{account}")])?;
    end_calendar(tx, account)?;
    diesel::delete(external_attempts::table.filter(external_attempts::account_id.eq(account.to_string()))).execute(&mut **tx)?;
    families::revoke_all(tx, account, now)
}
