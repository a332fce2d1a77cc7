//! Families of refresh tokens: one family a log-in, from which its access tokens live too.

use chrono::Duration;
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::Result;
use crate::schema::{refresh_families as families, refresh_tokens as tokens};
use crate::secrets::keys::OWN_CLIENT;
use crate::secrets::vault::{Vault, random_secret};
use crate::{find, text_enum};

text_enum! {
    /// How somebody logged in.
    pub enum LoginMethod {
        Password = "PASSWORD",
        /// Through the external identity provider
        External = "EXTERNAL",
    }
}

/// How a log-in was made.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = families)]
#[schema(as = LoginMeans, example = json!({"method": "PASSWORD", "acr": null}))]
pub struct Means {
    pub method: LoginMethod,
    /// How strongly, in the words of the external identity provider.
    #[schema(max_length = 200)]
    pub acr: Option<String>,
}

impl Means {
    pub const PASSWORD: Self = Self { method: LoginMethod::Password, acr: None };
}

/// A log-in: its family and the token that refreshes it next.
pub struct Session {
    pub family: Id,
    pub client: String,
    pub means: Means,
    pub refresh_token: String,
}

/// Starts a family: one log-in.
pub fn start(tx: &mut Tx, vault: &Vault, account: Id, client: &str, means: &Means, days: i64, now: Moment) -> Result<Session> {
    let family = Id::new(now);
    let row = (
        families::id.eq(family),
        families::account_id.eq(account),
        families::client_id.eq(client),
        families::method.eq(means.method),
        families::acr.eq(&means.acr),
        families::created_at.eq(now),
        families::expires_at.eq(now + Duration::days(days)),
    );
    diesel::insert_into(families::table).values(row).execute(&mut **tx)?;
    let refresh_token = add_token(tx, vault, family, now + Duration::days(days), now)?;
    Ok(Session { family, client: client.to_owned(), means: means.clone(), refresh_token })
}

fn add_token(tx: &mut Tx, vault: &Vault, family: Id, expires_at: Moment, now: Moment) -> Result<String> {
    let token = random_secret(32);
    let row = (
        tokens::hash.eq(vault.secret_hash(&token)),
        tokens::family_id.eq(family),
        tokens::issued_at.eq(now),
        tokens::expires_at.eq(expires_at),
    );
    diesel::insert_into(tokens::table).values(row).execute(&mut **tx)?;
    Ok(token)
}

/// The family that a refresh token belongs to.
#[derive(Queryable, Selectable)]
#[diesel(table_name = families)]
pub struct Family {
    pub id: Id,
    pub account_id: Id,
    pub client_id: String,
    pub expires_at: Moment,
    #[diesel(embed)]
    pub means: Means,
}

/// The family of a refresh token, if it is in force, and whether the token has been used.
fn of_token(conn: &mut Conn, hash: &str, now: Moment) -> Result<Option<(Family, bool)>> {
    let token = tokens::table
        .inner_join(families::table.on(families::id.eq(tokens::family_id)))
        .filter(tokens::hash.eq(hash))
        .filter(families::revoked_at.is_null())
        .filter(families::expires_at.gt(now));
    let found: Option<(Family, Option<Moment>)> = find!(conn, token.select((Family::as_select(), tokens::used_at)))?;
    Ok(found.map(|(family, used_at)| (family, used_at.is_some())))
}

/// The family of a refresh token that is good for one more refresh.
pub fn live(conn: &mut Conn, vault: &Vault, token: &str, now: Moment) -> Result<Option<Family>> {
    let found = of_token(conn, &vault.secret_hash(token), now)?;
    Ok(found.and_then(|(family, used)| (!used).then_some(family)))
}

/// What became of a refresh token.
pub enum Rotation {
    /// The account it belongs to and the log-in with its next token.
    Next {
        account: Id,
        session: Session,
    },
    /// It was used before: somebody else has it. Its family is revoked.
    Reused,
    Unknown,
}

/// Uses a refresh token once; a second use revokes the whole family.
pub fn rotate(tx: &mut Tx, vault: &Vault, token: &str, now: Moment) -> Result<Rotation> {
    let hash = vault.secret_hash(token);
    let Some((family, _)) = of_token(tx, &hash, now)? else { return Ok(Rotation::Unknown) };
    let unused = tokens::table.find(&hash).filter(tokens::used_at.is_null());
    if diesel::update(unused).set(tokens::used_at.eq(Some(now))).execute(&mut **tx)? == 0 {
        revoke(tx, family.id, now)?;
        tx.record(Record::read("refresh_token.reused", format!("users/{}", family.account_id), ""));
        return Ok(Rotation::Reused);
    }
    let refresh_token = add_token(tx, vault, family.id, family.expires_at, now)?;
    let session = Session { family: family.id, client: family.client_id, means: family.means, refresh_token };
    Ok(Rotation::Next { account: family.account_id, session })
}

/// How a log-in was made.
pub fn means(conn: &mut Conn, family: Id) -> Result<Option<Means>> {
    Ok(families::table.find(family).select(Means::as_select()).first(conn).optional()?)
}

/// Ends one log-in: its refresh tokens and its access tokens.
pub fn revoke(tx: &mut Tx, family: Id, now: Moment) -> Result<()> {
    let live = families::table.find(family).filter(families::revoked_at.is_null());
    diesel::update(live).set(families::revoked_at.eq(Some(now))).execute(&mut **tx)?;
    Ok(())
}

/// Ends every log-in of an account.
pub fn revoke_all(tx: &mut Tx, account: Id, now: Moment) -> Result<()> {
    let live = families::table.filter(families::account_id.eq(account)).filter(families::revoked_at.is_null());
    diesel::update(live).set(families::revoked_at.eq(Some(now))).execute(&mut **tx)?;
    Ok(())
}

/// Ends a log-in of an account; whether it was one that went on.
pub fn revoke_own(tx: &mut Tx, account: Id, family: Id, now: Moment) -> Result<bool> {
    let live = families::table
        .find(family)
        .filter(families::account_id.eq(account))
        .filter(families::revoked_at.is_null())
        .filter(families::expires_at.gt(now));
    Ok(diesel::update(live).set(families::revoked_at.eq(Some(now))).execute(&mut **tx)? == 1)
}

/// Ends every log-in of an account but one.
pub fn revoke_others(tx: &mut Tx, account: Id, kept: Id, now: Moment) -> Result<()> {
    let others = families::table
        .filter(families::account_id.eq(account))
        .filter(families::id.ne(kept))
        .filter(families::revoked_at.is_null());
    diesel::update(others).set(families::revoked_at.eq(Some(now))).execute(&mut **tx)?;
    Ok(())
}

/// Ends the log-in that a refresh token belongs to, when it was made through this client or the office's own.
pub fn revoke_by_token(tx: &mut Tx, vault: &Vault, token: &str, client: &str, now: Moment) -> Result<()> {
    let family: Option<Id> = tokens::table
        .inner_join(families::table.on(families::id.eq(tokens::family_id)))
        .filter(tokens::hash.eq(vault.secret_hash(token)))
        .filter(families::client_id.eq_any([client, OWN_CLIENT]))
        .select(families::id)
        .first(&mut **tx)
        .optional()?;
    family.map_or(Ok(()), |family| revoke(tx, family, now))
}
