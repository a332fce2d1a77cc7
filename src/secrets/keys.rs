//! The signing keys as the store keeps them: made at the first start, rotated with an overlap, shared by all nodes.

use std::sync::{Arc, RwLock};

use chrono::Duration;
use diesel::prelude::*;

use super::tokens::{Claims, Expect, Holder, KeyRing, LONGEST_LIFE, SigningKey, TokenError};
use super::vault::{Sealed, Vault};
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Error, Result};
use crate::schema::signing_keys as keys;

/// The office's own client, for log-ins without another one.
pub const OWN_CLIENT: &str = "huzheng";
/// The audience of every access token.
pub const AUDIENCE: &str = "huzheng";
/// Seconds that an access token lives.
pub const TOKEN_SECONDS: i64 = LONGEST_LIFE;
/// Minutes that a key still verifies after another has taken over; longer than any token lives.
const OVERLAP_MINUTES: i64 = 60;

/// This node's copy of the key ring.
pub struct KeyStore(RwLock<Arc<KeyRing>>);

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = keys)]
struct Row {
    kid: String,
    private_key: String,
    public_jwk: String,
    created_at: Moment,
    signs_from: Moment,
    retires_at: Option<Moment>,
}

impl KeyStore {
    pub fn new(ring: KeyRing) -> Self {
        Self(RwLock::new(Arc::new(ring)))
    }

    /// The ring in force on this node.
    pub fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Puts a newly read ring in force.
    pub fn replace(&self, ring: KeyRing) {
        *self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(ring);
    }

    /// Checks a token in every respect but the store's.
    pub fn verify(&self, token: &str, issuer: &str, now: Moment) -> Result<Arc<Claims>, TokenError> {
        let expect = Expect { issuer, audience: AUDIENCE };
        self.ring().verify(token, &expect, now.timestamp()).map(Arc::new)
    }

    /// A token for somebody, good from now on for [`TOKEN_SECONDS`].
    pub fn issue(&self, issuer: String, holder: Holder, now: Moment) -> Result<String> {
        let claims = Claims::issued(issuer, AUDIENCE, Id::new(now).to_string(), holder, now.timestamp());
        self.ring().issue(&claims).map_err(|e| Error::internal("a token cannot be signed", e))
    }
}

/// Reads the keys that sign or still verify at `now`.
pub fn load(conn: &mut Conn, vault: &Vault, now: Moment) -> Result<Option<KeyRing>> {
    load_unless(conn, vault, now, &[])
}

/// As [`load`]; `None` too when these are the keys that are `known`.
pub fn load_unless(conn: &mut Conn, vault: &Vault, now: Moment, known: &[String]) -> Result<Option<KeyRing>> {
    let mut rows: Vec<Row> = keys::table
        .filter(keys::retires_at.is_null().or(keys::retires_at.gt(now)))
        .order(keys::signs_from.desc())
        .select(Row::as_select())
        .load(conn)?;
    // The one that nothing has taken over from signs.
    rows.sort_by_key(|row| row.retires_at.is_some());
    if rows.iter().map(|row| &row.kid).eq(known) {
        return Ok(None);
    }
    let mut opened = Vec::with_capacity(rows.len());
    for row in rows {
        let text = vault
            .open(&identity(&row.kid), &Sealed::from_stored(row.private_key))
            .map_err(|e| Error::internal("a signing key cannot be opened: is this the office's master key?", e))?;
        opened.push(SigningKey::from_text(&text).map_err(|e| Error::internal("a signing key is damaged", e))?);
    }
    Ok(KeyRing::of(opened))
}

/// The newest signing key as it is kept, whatever the time is: its id and its sealed text.
pub fn newest(conn: &mut Conn) -> Result<Option<(String, String)>> {
    let newest = keys::table.order((keys::created_at.desc(), keys::kid)).select((keys::kid, keys::private_key));
    Ok(newest.first(conn).optional()?)
}

/// Whether the vault opens the newest signing key.
pub fn fits(conn: &mut Conn, vault: &Vault) -> Result<bool> {
    Ok(newest(conn)?.is_none_or(|(kid, key)| vault.open(&identity(&kid), &Sealed::from_stored(key)).is_ok()))
}

/// Makes a new signing key; the ones before it verify for an hour more.
pub fn rotate(tx: &mut Tx, vault: &Vault, now: Moment) -> Result<String> {
    let key = SigningKey::generate().map_err(|e| Error::internal("no key can be made", e))?;
    let kid = key.kid().to_owned();
    diesel::update(keys::table.filter(keys::retires_at.is_null()))
        .set(keys::retires_at.eq(Some(now + Duration::minutes(OVERLAP_MINUTES))))
        .execute(&mut **tx)?;
    let row = Row {
        private_key: vault.seal(&identity(&kid), &key.to_text()).into_stored(),
        public_jwk: key.jwk().to_string(),
        kid: kid.clone(),
        created_at: now,
        signs_from: now,
        retires_at: None,
    };
    diesel::insert_into(keys::table).values(&row).execute(&mut **tx)?;
    tx.record(Record::change("signing_key.rotated", format!("keys/{kid}"), serde_json::json!({"kid": kid})));
    Ok(kid)
}

fn identity(kid: &str) -> String {
    format!("signing_keys/{kid}")
}
