//! Access tokens (RFC 9068): issued with ES256, and checked in every claim before anything believes them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::APART;

/// Seconds for which a token is still good past its end, on its way.
const GRACE: i64 = 5;
/// Seconds that a token may live at most.
pub const LONGEST_LIFE: i64 = 15 * 60;
/// Bytes of the longest token that is looked at.
const LONGEST: usize = 8 * 1024;
const TYPE: &str = "at+jwt";

/// What a token says; every claim is required but `sid`, `acr`, `booking_id` and `notice_id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    pub iss: String,
    pub aud: String,
    /// The account's or client's id; `booking` or `receipt` for a token that is good for one of those.
    pub sub: String,
    pub exp: i64,
    pub nbf: i64,
    pub iat: i64,
    pub jti: String,
    pub client_id: String,
    /// Separated by spaces.
    pub scope: String,
    pub roles: Vec<String>,
    /// Counts up when the account's log-ins are ended.
    pub epoch: i64,
    /// The log-in that an account's token comes from, and ends with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// How strongly the person logged in, in the words of the external identity provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booking_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_id: Option<String>,
}

/// Who a token is for.
pub struct Holder {
    pub sub: String,
    pub client_id: String,
    pub scope: String,
    pub roles: Vec<String>,
    pub epoch: i64,
    pub sid: Option<String>,
    pub acr: Option<String>,
    pub booking_id: Option<String>,
    pub notice_id: Option<String>,
}

impl Claims {
    /// Claims of a token that is good from now on, for as long as any may be.
    pub fn issued(issuer: String, audience: &str, jti: String, holder: Holder, now: i64) -> Self {
        let Holder { sub, client_id, scope, roles, epoch, sid, acr, booking_id, notice_id } = holder;
        let (iss, aud, exp) = (issuer, audience.to_owned(), now + LONGEST_LIFE);
        Self { iss, aud, sub, exp, nbf: now, iat: now, jti, client_id, scope, roles, epoch, sid, acr, booking_id, notice_id }
    }

    /// The holder's name in journal and keys.
    pub fn actor(&self) -> String {
        match (&self.booking_id, &self.notice_id) {
            (Some(id), _) => format!("bookings/{id}"),
            (None, Some(id)) => format!("receipts/{id}"),
            (None, None) if self.sub == self.client_id => format!("clients/{}", self.sub),
            (None, None) => format!("accounts/{}", self.sub),
        }
    }
}

/// The claims' header; anything else in it is an attempt to be clever.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// Why a token is refused; callers are told none of it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TokenError {
    #[error("the token's form is wrong")]
    Form,
    #[error("the token's header is not one of ours")]
    Header,
    #[error("no key has this id")]
    UnknownKey,
    #[error("the signature or the claims' form is wrong")]
    Signature,
    #[error("a claim is wrong: {0}")]
    Claim(&'static str),
    #[error("a token or key cannot be made")]
    Making,
}

/// What this office expects of a token.
#[derive(Clone, Copy, Debug)]
pub struct Expect<'a> {
    pub issuer: &'a str,
    pub audience: &'a str,
}

/// A key that signs.
pub struct SigningKey {
    kid: String,
    pkcs8: Vec<u8>,
    point: Vec<u8>,
}

impl SigningKey {
    pub fn generate() -> Result<Self, TokenError> {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        Self::from_pkcs8(pkcs8.map_err(|_| TokenError::Making)?.as_ref().to_vec())
    }

    fn from_pkcs8(pkcs8: Vec<u8>) -> Result<Self, TokenError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8).map_err(|_| TokenError::Making)?;
        let point = pair.public_key().as_ref().to_vec();
        let (x, y) = coordinates(&point);
        // RFC 7638: the members in order of their names, without spaces.
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()));
        Ok(Self { kid, pkcs8, point })
    }

    /// Reads back what [`Self::to_text`] wrote.
    pub fn from_text(text: &str) -> Result<Self, TokenError> {
        Self::from_pkcs8(URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenError::Making)?)
    }

    /// The private key as text, to be sealed.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.pkcs8)
    }

    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as published (RFC 7517).
    pub fn jwk(&self) -> Value {
        let (x, y) = coordinates(&self.point);
        json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": self.kid, "alg": "ES256", "use": "sig"})
    }
}

/// The coordinates of an uncompressed point: 0x04, x, y.
fn coordinates(point: &[u8]) -> (String, String) {
    let (x, y) = point[1..].split_at(32);
    (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y))
}

/// The key that signs and all that still verify.
pub struct KeyRing {
    signing: EncodingKey,
    /// Names of the keys; the first one's signs.
    kids: Vec<String>,
    verifying: HashMap<String, DecodingKey>,
    published: Vec<Value>,
    /// Tokens whose signature was found good, by their SHA-256: a token is proved once, its claims are checked always.
    proved: Mutex<HashMap<[u8; 32], Claims>>,
}

/// Tokens remembered before all are forgotten.
const REMEMBERED: usize = 10_000;

impl KeyRing {
    /// A ring of these keys; the first one signs. `None` without keys.
    pub fn of(keys: Vec<SigningKey>) -> Option<Self> {
        let first = keys.first()?;
        Some(Self {
            signing: EncodingKey::from_ec_der(&first.pkcs8),
            kids: keys.iter().map(|key| key.kid.clone()).collect(),
            verifying: keys.iter().map(|key| (key.kid.clone(), DecodingKey::from_ec_der(&key.point))).collect(),
            published: keys.iter().map(SigningKey::jwk).collect(),
            proved: Mutex::default(),
        })
    }

    /// The names of the keys, in order.
    pub fn kids(&self) -> &[String] {
        &self.kids
    }

    /// The public keys (RFC 7517).
    pub fn published(&self) -> &[Value] {
        &self.published
    }

    pub fn issue(&self, claims: &Claims) -> Result<String, TokenError> {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(TYPE.to_owned());
        header.kid = self.kids.first().cloned();
        jsonwebtoken::encode(&header, claims, &self.signing).map_err(|_| TokenError::Making)
    }

    /// Checks form, header, signature and every claim.
    pub fn verify(&self, token: &str, expect: &Expect<'_>, now: i64) -> Result<Claims, TokenError> {
        if token.len() > LONGEST {
            return Err(TokenError::Form);
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        let known = self.proved.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
        if let Some(claims) = known {
            check(&claims, expect, now)?;
            return Ok(claims);
        }
        let claims = self.prove(token)?;
        check(&claims, expect, now)?;
        let mut proved = self.proved.lock().unwrap_or_else(PoisonError::into_inner);
        if proved.len() >= REMEMBERED {
            proved.clear();
        }
        proved.insert(hash, claims.clone());
        Ok(claims)
    }

    /// Checks form, header and signature.
    fn prove(&self, token: &str) -> Result<Claims, TokenError> {
        if token.split('.').count() != 3 {
            return Err(TokenError::Form);
        }
        let head = token.split('.').next().unwrap_or("");
        let head = URL_SAFE_NO_PAD.decode(head).map_err(|_| TokenError::Form)?;
        let head: StrictHeader = serde_json::from_slice(&head).map_err(|_| TokenError::Header)?;
        if head.alg != "ES256" || !head.typ.eq_ignore_ascii_case(TYPE) {
            return Err(TokenError::Header);
        }
        let key = self.verifying.get(&head.kid).ok_or(TokenError::UnknownKey)?;
        // The library checks the signature only: the claims are checked below, on our clock.
        let mut validation = Validation::new(Algorithm::ES256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        Ok(jsonwebtoken::decode(token, key, &validation).map_err(|_| TokenError::Signature)?.claims)
    }
}

fn check(claims: &Claims, expect: &Expect<'_>, now: i64) -> Result<(), TokenError> {
    let rules = [
        ("iss", claims.iss == expect.issuer),
        ("aud", claims.aud == expect.audience),
        ("exp", claims.exp > now - GRACE),
        ("nbf", claims.nbf <= now + APART),
        ("iat", claims.iat <= now + APART && claims.iat >= 0),
        ("life", (1..=LONGEST_LIFE).contains(&claims.exp.saturating_sub(claims.iat))),
        ("sub", !claims.sub.is_empty()),
        ("jti", !claims.jti.is_empty()),
        ("client_id", !claims.client_id.is_empty()),
    ];
    match rules.into_iter().find(|(_, holds)| !holds) {
        Some((name, _)) => Err(TokenError::Claim(name)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod forged;
