//! The ID token of OpenID Connect: its algorithm pinned, its key found, each claim checked on our clock before anything
//! believes it.

use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};

use crate::clock::TOLERANCE;

/// Seconds for which a token is still good past its end.
const GRACE: i64 = 30;
/// Bytes of the longest token that is looked at.
const LONGEST: usize = 16 * 1024;
/// Characters of the longest subject (OpenID Connect Core §2).
const LONGEST_SUBJECT: usize = 255;

/// How a token may be signed: by a private key, which a public one proves.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
];

/// The claims of a token.
pub type Claims = Map<String, Value>;

/// What is expected of a token.
#[derive(Clone, Copy, Debug)]
pub struct Expect<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    /// Seconds since 1970 at which the person was sent to the provider.
    pub since: i64,
    /// And now.
    pub now: i64,
}

/// Why a token is refused; callers are told none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the token's form or header is wrong")]
    Form,
    #[error("no key has this id")]
    UnknownKey,
    #[error("the signature is wrong")]
    Signature,
    #[error("a claim is wrong: {0}")]
    Claim(&'static str),
}

/// Checks form, header, signature and every claim.
pub fn verify(token: &str, keys: &[Jwk], expect: &Expect<'_>) -> Result<Claims, Fault> {
    if token.len() > LONGEST || token.split('.').count() != 3 {
        return Err(Fault::Form);
    }
    let head = decode_header(token).map_err(|_| Fault::Form)?;
    let known = ALGORITHMS.contains(&head.alg) && head.crit.is_none() && !head.extras.inner().contains_key("b64");
    if !known {
        return Err(Fault::Form);
    }
    let key = key_for(keys, head.kid.as_deref(), head.alg)?;
    // The library checks the signature only: the claims are checked below, on our clock.
    let mut validation = Validation::new(head.alg);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    let claims = decode::<Claims>(token, &key, &validation).map_err(|_| Fault::Signature)?.claims;
    check(&claims, expect)?;
    Ok(claims)
}

/// The key of an id; without an id the only one that signs in this way.
fn key_for(keys: &[Jwk], kid: Option<&str>, algorithm: Algorithm) -> Result<DecodingKey, Fault> {
    let mut fitting = keys.iter().filter(|jwk| kid.is_none() || jwk.common.key_id.as_deref() == kid).filter_map(|jwk| {
        let signs = jwk.common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
        let stated = jwk.common.key_algorithm.is_none_or(|stated| Algorithm::try_from(stated).is_ok_and(|it| it == algorithm));
        let key = DecodingKey::from_jwk(jwk).ok()?;
        (signs && stated && key.family() == algorithm.family()).then_some(key)
    });
    let key = fitting.next().ok_or(Fault::UnknownKey)?;
    if fitting.next().is_some() { Err(Fault::UnknownKey) } else { Ok(key) }
}

fn text<'a>(claims: &'a Claims, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

/// Whether the token is for this office, and for nobody else without its knowledge.
fn is_ours(claims: &Claims, client_id: &str) -> bool {
    let (named, several) = match claims.get("aud") {
        Some(Value::String(one)) => (one == client_id, false),
        Some(Value::Array(all)) => (all.iter().any(|one| one == client_id), all.len() > 1),
        _ => (false, false),
    };
    let party = claims.get("azp");
    named && party.map_or(!several, |party| party == client_id)
}

fn check(claims: &Claims, expect: &Expect<'_>) -> Result<(), Fault> {
    let seconds = |name: &str| claims.get(name).and_then(Value::as_f64);
    let (now, since, leeway) = (expect.now as f64, expect.since as f64, TOLERANCE.num_seconds() as f64);
    let rules = [
        ("iss", text(claims, "iss") == Some(expect.issuer)),
        ("aud", is_ours(claims, expect.client_id)),
        ("nonce", text(claims, "nonce") == Some(expect.nonce)),
        ("exp", seconds("exp").is_some_and(|at| at > now - GRACE as f64)),
        // Made after the person was sent there, and not in time to come.
        ("iat", seconds("iat").is_some_and(|at| at >= since - leeway && at <= now + leeway)),
        ("nbf", claims.get("nbf").is_none() || seconds("nbf").is_some_and(|at| at <= now + leeway)),
        ("sub", text(claims, "sub").is_some_and(|sub| !sub.is_empty() && sub.chars().count() <= LONGEST_SUBJECT)),
    ];
    match rules.into_iter().find(|(_, holds)| !holds) {
        Some((name, _)) => Err(Fault::Claim(name)),
        None => Ok(()),
    }
}
