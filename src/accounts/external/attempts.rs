//! Attempts at a log-in or a proof through the provider: begun by an app, which keeps a secret, and used up by its first
//! completion.

use chrono::Duration;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::node::Node;
use crate::schema::external_attempts as attempts;
use crate::secrets::vault::{Vault, random_secret};
use crate::{find, text_enum};

text_enum! {
    /// What somebody goes to the provider for.
    pub enum ExternalPurpose {
        /// Log in to the account that is linked to their external identity
        Login = "LOGIN",
        /// Prove that they are who the signed-in account says
        Prove = "PROVE",
        /// Link their external identity to the signed-in account, which is proven to be theirs already
        Link = "LINK",
    }
}

/// What an attempt needs to be completed, beside its secret; sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    nonce: String,
    verifier: String,
}

/// An attempt that goes on.
pub struct Attempt {
    pub purpose: ExternalPurpose,
    pub account: Option<Id>,
    pub nonce: String,
    /// RFC 7636.
    pub verifier: String,
    pub redirect_uri: String,
    pub begun_at: Moment,
}

/// What goes out of a new attempt: the secret to the app that asked, the rest into the address.
pub struct Begun {
    pub secret: String,
    pub state: String,
    pub nonce: String,
    pub verifier: String,
    pub expires_at: Moment,
}

/// For what, for which account and where the person is sent back.
pub struct Wanted {
    pub purpose: ExternalPurpose,
    pub account: Option<Id>,
    pub redirect_uri: String,
    pub minutes: i64,
}

fn identity(hash: &str) -> String {
    format!("external_attempts/{hash}")
}

/// Begins an attempt.
pub fn begin(tx: &mut Tx, vault: &Vault, wanted: &Wanted, now: Moment) -> Result<Begun> {
    let (secret, state, expires_at) = (random_secret(16), random_secret(16), now + Duration::minutes(wanted.minutes));
    let kept = Kept { nonce: random_secret(16), verifier: random_secret(32) };
    let hash = vault.secret_hash(&secret);
    let row = (
        attempts::sealed.eq(vault.seal_json(&identity(&hash), &kept)?),
        attempts::hash.eq(hash),
        attempts::purpose.eq(wanted.purpose),
        attempts::account_id.eq(wanted.account.map(|id| id.to_string())),
        attempts::state_hash.eq(vault.secret_hash(&state)),
        attempts::redirect_uri.eq(&wanted.redirect_uri),
        attempts::begun_at.eq(now),
        attempts::expires_at.eq(expires_at),
    );
    diesel::insert_into(attempts::table).values(row).execute(&mut **tx)?;
    Ok(Begun { secret, state, nonce: kept.nonce, verifier: kept.verifier, expires_at })
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = attempts)]
struct Row {
    purpose: ExternalPurpose,
    account_id: Option<Id>,
    state_hash: String,
    sealed: String,
    redirect_uri: String,
    begun_at: Moment,
    expires_at: Moment,
}

/// For what the attempt of a secret was begun.
pub fn purpose(conn: &mut Conn, vault: &Vault, secret: &str) -> Result<Option<ExternalPurpose>> {
    let begun = attempts::table.find(vault.secret_hash(secret)).select(attempts::purpose);
    Ok(begun.first(conn).optional()?)
}

/// Uses up the attempt of a secret; `None` where it is no good, for this state or this caller. An attempt to log in is
/// whoever's has its secret, one to prove an account is that account's own.
pub fn take(
    tx: &mut Tx,
    vault: &Vault,
    (secret, state): (&str, &str),
    caller: Option<Id>,
    now: Moment,
) -> Result<Option<Attempt>> {
    let hash = vault.secret_hash(secret);
    let row: Option<Row> = find!(&mut **tx, attempts::table.find(&hash).select(Row::as_select()))?;
    let Some(row) = row else { return Ok(None) };
    diesel::delete(attempts::table.find(&hash)).execute(&mut **tx)?;
    let is_theirs = row.purpose == ExternalPurpose::Login || row.account_id == caller;
    if row.expires_at <= now || !vault.is_secret(state, &row.state_hash) || !is_theirs {
        return Ok(None);
    }
    let Kept { nonce, verifier } = vault.open_json(&identity(&hash), row.sealed)?;
    let Row { purpose, account_id: account, redirect_uri, begun_at, .. } = row;
    Ok(Some(Attempt { purpose, account, nonce, verifier, redirect_uri, begun_at }))
}

/// Whether any attempt has run out: anybody begins some.
pub fn any_over(conn: &mut Conn, _: &Node, now: Moment) -> Result<bool> {
    let over = attempts::table.filter(attempts::expires_at.le(now)).select(attempts::hash);
    let first: Option<String> = over.first(conn).optional()?;
    Ok(first.is_some())
}

/// Forgets attempts that have run out.
pub fn forget(tx: &mut Tx, _: &Node, now: Moment) -> Result<()> {
    diesel::delete(attempts::table.filter(attempts::expires_at.le(now))).execute(&mut **tx)?;
    Ok(())
}
