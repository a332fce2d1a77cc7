//! A corpus of forged tokens: every one is refused, and the unchanged one is accepted.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

use super::*;

const NOW: i64 = 1_795_396_800;
const EXPECT: Expect<'_> = Expect { issuer: "https://office.test", audience: "huzheng" };

struct Forger {
    key: SigningKey,
    ring: KeyRing,
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Forger {
    fn new() -> Self {
        let key = SigningKey::generate().unwrap();
        let again = SigningKey::from_text(&key.to_text()).unwrap();
        Self { key, ring: KeyRing::of(vec![again]).unwrap() }
    }

    fn header(&self) -> Value {
        json!({"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid()})
    }

    fn payload() -> Value {
        json!({"iss": EXPECT.issuer, "aud": EXPECT.audience, "sub": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "exp": NOW + 900,
               "nbf": NOW, "iat": NOW, "jti": "one", "client_id": "huzheng", "scope": "me.read", "roles": ["CIT"], "epoch": 1})
    }

    fn sign_with(key: &SigningKey, text: &str) -> Vec<u8> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key.pkcs8).unwrap();
        pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap().as_ref().to_vec()
    }

    /// Signs any header and payload text with the office's own key.
    fn sign(&self, header: &str, payload: &str) -> String {
        let text = format!("{}.{}", b64(header), b64(payload));
        let signature = Self::sign_with(&self.key, &text);
        format!("{text}.{}", b64(signature))
    }

    fn with_header(&self, name: &str, value: Value) -> String {
        let mut header = self.header();
        header[name] = value;
        self.sign(&header.to_string(), &Self::payload().to_string())
    }

    fn without_header(&self, name: &str) -> String {
        let mut header = self.header();
        header.as_object_mut().unwrap().remove(name);
        self.sign(&header.to_string(), &Self::payload().to_string())
    }

    fn with_claim(&self, name: &str, value: Value) -> String {
        let mut payload = Self::payload();
        payload[name] = value;
        self.sign(&self.header().to_string(), &payload.to_string())
    }

    fn without_claim(&self, name: &str) -> String {
        let mut payload = Self::payload();
        payload.as_object_mut().unwrap().remove(name);
        self.sign(&self.header().to_string(), &payload.to_string())
    }

    fn hmac_signed(&self, secret: &[u8]) -> String {
        let mut header = self.header();
        header["alg"] = json!("HS256");
        let text = format!("{}.{}", b64(header.to_string()), b64(Self::payload().to_string()));
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        format!("{text}.{}", b64(hmac::sign(&key, text.as_bytes())))
    }

    fn genuine(&self) -> String {
        self.sign(&self.header().to_string(), &Self::payload().to_string())
    }

    /// The genuine token with another signature part.
    fn resigned(&self, signature: &str) -> String {
        let token = self.genuine();
        format!("{}.{signature}", token.rsplit_once('.').unwrap().0)
    }

    fn algorithms(&self) -> Vec<(String, String)> {
        let mut forged = Vec::new();
        for alg in ["none", "None", "NONE", "nOnE", ""] {
            let mut header = self.header();
            header["alg"] = json!(alg);
            let text = format!("{}.{}", b64(header.to_string()), b64(Self::payload().to_string()));
            forged.push((format!("alg {alg:?} without a signature"), format!("{text}.")));
            forged.push((format!("alg {alg:?} with our signature"), self.with_header("alg", json!(alg))));
        }
        for alg in ["HS256", "RS256", "PS256", "ES384", "ES512", "EdDSA", "es256", "ES256K"] {
            forged.push((format!("alg {alg} over an ES256 signature"), self.with_header("alg", json!(alg))));
        }
        for (name, secret) in [
            ("point", self.key.point.clone()),
            ("kid", self.key.kid().as_bytes().to_vec()),
            ("JWK", self.key.jwk().to_string().into_bytes()),
            ("nothing", vec![0]),
        ] {
            forged.push((format!("HMAC keyed with the public {name}"), self.hmac_signed(&secret)));
        }
        forged
    }

    fn headers(&self) -> Vec<(String, String)> {
        let mut forged = Vec::new();
        for kid in [
            json!(""),
            json!("unknown"),
            json!("../../dev/null"),
            json!("' OR 1=1 --"),
            json!(["a"]),
            json!(1),
            json!(null),
            json!({"k": 1}),
        ] {
            forged.push((format!("kid {kid}"), self.with_header("kid", kid)));
        }
        let attacker = SigningKey::generate().unwrap();
        for (name, value) in [
            ("jku", json!("https://evil.example/jwks.json")),
            ("x5u", json!("https://evil.example/cert.pem")),
            ("jwk", attacker.jwk()),
            ("x5c", json!(["MIIB"])),
            ("x5t", json!("abc")),
            ("crit", json!(["exp"])),
            ("b64", json!(false)),
            ("zip", json!("DEF")),
            ("cty", json!("JWT")),
            ("enc", json!("A256GCM")),
        ] {
            forged.push((format!("header {name}"), self.with_header(name, value)));
        }
        for typ in [json!("JWT"), json!("at+JWT;x=1"), json!("at jwt"), json!(1), json!(null), json!("")] {
            forged.push((format!("typ {typ}"), self.with_header("typ", typ)));
        }
        for name in ["alg", "typ", "kid"] {
            forged.push((format!("no {name}"), self.without_header(name)));
        }
        let twice = format!(r#"{{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"{}"}}"#, self.key.kid());
        forged.push(("alg twice".into(), self.sign(&twice, &Self::payload().to_string())));
        forged
    }

    fn claims(&self) -> Vec<(String, String)> {
        let mut forged = Vec::new();
        for name in ["iss", "aud", "sub", "exp", "nbf", "iat", "jti", "client_id", "scope", "roles", "epoch"] {
            forged.push((format!("no {name}"), self.without_claim(name)));
            forged.push((format!("{name} null"), self.with_claim(name, json!(null))));
        }
        let wrong = [
            ("iss", json!("https://office.test/")),
            ("iss", json!("https://evil.example")),
            ("aud", json!("another")),
            ("aud", json!(["huzheng", "another"])),
            ("aud", json!([])),
            ("exp", json!((NOW + 900).to_string())),
            ("exp", json!(NOW as f64 + 900.5)),
            ("exp", json!(-1)),
            ("exp", json!(0)),
            ("exp", json!(i64::MAX)),
            ("exp", json!(1e300)),
            ("exp", json!(NOW - 6)),
            ("exp", json!(NOW + 3600)),
            ("nbf", json!(NOW + APART + 1)),
            ("nbf", json!("0")),
            ("iat", json!(NOW + APART + 1)),
            ("iat", json!(NOW - 3600)),
            ("iat", json!(i64::MIN)),
            ("sub", json!("")),
            ("sub", json!(1)),
            ("jti", json!("")),
            ("client_id", json!("")),
            ("roles", json!("DIR")),
            ("roles", json!({"0": "DIR"})),
            ("scope", json!(["me.read"])),
            ("epoch", json!("1")),
            ("sid", json!(["a"])),
            ("admin", json!(true)),
        ];
        forged.extend(wrong.into_iter().map(|(name, value)| (format!("{name} {value}"), self.with_claim(name, value))));
        let header = self.header().to_string();
        let twice = Self::payload().to_string().replacen('{', r#"{"roles":["DIR"],"#, 1);
        forged.push(("roles twice".into(), self.sign(&header, &twice)));
        for payload in ["[]", "\"text\"", "1", "null", "{", "\u{feff}{}", ""] {
            forged.push((format!("payload {payload:?}"), self.sign(&header, payload)));
        }
        forged
    }

    fn forms(&self) -> Vec<(String, String)> {
        let token = self.genuine();
        let parts: Vec<&str> = token.split('.').collect();
        let raw = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
        let other = SigningKey::generate().unwrap();
        let text = format!("{}.{}", parts[0], parts[1]);
        let der = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.key.pkcs8).unwrap();
        let der = der.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        let mut flipped = raw.clone();
        flipped[40] ^= 1;
        let changed = b64(Self::payload().to_string().replace("CIT", "DIR"));
        [
            ("no signature".to_owned(), self.resigned("")),
            ("r and s zero".to_owned(), self.resigned(&b64([0; 64]))),
            ("r and s all ones".to_owned(), self.resigned(&b64([0xff; 64]))),
            ("a short signature".to_owned(), self.resigned(&b64(&raw[..63]))),
            ("a long signature".to_owned(), self.resigned(&b64([raw.as_slice(), &[0]].concat()))),
            ("a DER signature".to_owned(), self.resigned(&b64(der.as_ref()))),
            ("one bit flipped".to_owned(), self.resigned(&b64(flipped))),
            ("another key's signature under our kid".to_owned(), self.resigned(&b64(Self::sign_with(&other, &text)))),
            ("a padded signature".to_owned(), format!("{token}==")),
            ("a changed payload".to_owned(), format!("{}.{changed}.{}", parts[0], parts[2])),
            ("two parts".to_owned(), text.clone()),
            ("four parts".to_owned(), format!("{token}.x")),
            ("five parts, as a JWE".to_owned(), format!("{token}.x.y")),
            ("empty parts".to_owned(), "..".to_owned()),
            ("nothing".to_owned(), String::new()),
            ("a space before".to_owned(), format!(" {token}")),
            ("a newline after".to_owned(), format!("{token}\n")),
            ("a NUL within".to_owned(), token.replacen('.', "\0.", 1)),
            ("standard base64".to_owned(), format!("{}+/.{}.{}", parts[0], parts[1], parts[2])),
            ("64 KiB of it".to_owned(), format!("{}.{}.{}", parts[0], "A".repeat(65_536), parts[2])),
        ]
        .into()
    }
}

#[test]
fn the_genuine_token_is_accepted() {
    let forger = Forger::new();
    let claims = forger.ring.verify(&forger.genuine(), &EXPECT, NOW).unwrap();
    assert_eq!(claims.roles, ["CIT"]);
    let issued = forger.ring.issue(&claims).unwrap();
    assert_eq!(forger.ring.verify(&issued, &EXPECT, NOW + 904).unwrap(), claims);
}

#[test]
fn every_forged_token_is_refused() {
    let forger = Forger::new();
    let corpus = [forger.algorithms(), forger.headers(), forger.claims(), forger.forms()].concat();
    assert!(corpus.len() >= 100, "{} kinds", corpus.len());
    for (kind, token) in corpus {
        let outcome = forger.ring.verify(&token, &EXPECT, NOW);
        assert!(outcome.is_err(), "accepted: {kind}");
    }
}
