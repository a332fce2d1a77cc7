//! An identity provider: a small HTTP server that speaks OpenID Connect, well or badly as it is told.

use std::collections::HashMap;
use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use huzheng::clock::Moment;
use huzheng::secrets::tokens::SigningKey;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::receiver::{Call, bound, listen, read};

pub const CLIENT_ID: &str = "office 1";
pub const CLIENT_SECRET: &str = "a secret: of/ours";

/// What the provider does with calls to a path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Fine,
    Failing,
    /// Answers well, but after this many milliseconds.
    Late(u64),
    HangingUp,
    Redirecting,
    /// Answers with more than anybody reads.
    Endless,
    /// Answers what is no JSON.
    Babbling,
}

/// A key pair of the provider.
#[derive(Clone)]
pub struct Key {
    pub kid: String,
    algorithm: Algorithm,
    private: EncodingKey,
    pub public: Value,
}

impl Key {
    pub fn new() -> Self {
        let key = SigningKey::generate().unwrap();
        let private = EncodingKey::from_ec_der(&URL_SAFE_NO_PAD.decode(key.to_text()).unwrap());
        Self { kid: key.kid().to_owned(), algorithm: Algorithm::ES256, private, public: key.jwk() }
    }

    pub fn rsa() -> Self {
        use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
        use aws_lc_rs::rsa::{KeyPair, KeySize};
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der = pair.as_der().unwrap();
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()));
        let private = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
        let mut public = json!(Jwk::from_encoding_key(&private, Algorithm::RS256).unwrap());
        public["kid"] = json!("rsa");
        Self { kid: "rsa".to_owned(), algorithm: Algorithm::RS256, private, public }
    }

    pub fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.private).unwrap()
    }
}

/// What a code stands for.
struct Granted {
    id_token: String,
    challenge: String,
    redirect_uri: String,
}

#[derive(Default)]
struct State {
    keys: Vec<Key>,
    moods: HashMap<String, Mood>,
    codes: HashMap<String, Granted>,
    /// Members of the discovery document that are otherwise.
    metadata: HashMap<String, Value>,
    calls: Vec<String>,
}

#[derive(Clone)]
pub struct Provider {
    pub address: String,
    state: Arc<Mutex<State>>,
}

/// The query of an address.
pub fn query(url: &str) -> HashMap<String, String> {
    form_urlencoded::parse(url.split_once('?').unwrap().1.as_bytes()).into_owned().collect()
}

impl Provider {
    pub fn start() -> Self {
        let (listener, address) = bound();
        let provider = Self { address, state: Arc::default() };
        provider.state.lock().unwrap().keys = vec![Key::new()];
        let shared = provider.clone();
        listen(listener, move |stream| shared.serve(stream));
        provider
    }

    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn set(&self, path: &str, mood: Mood) {
        self.state.lock().unwrap().moods.insert(path.to_owned(), mood);
    }

    pub fn set_metadata(&self, name: &str, value: Value) {
        self.state.lock().unwrap().metadata.insert(name.to_owned(), value);
    }

    pub fn key(&self) -> Key {
        self.state.lock().unwrap().keys[0].clone()
    }

    /// Signs with other keys from now on.
    pub fn set_keys(&self, keys: Vec<Key>) {
        self.state.lock().unwrap().keys = keys;
    }

    /// The paths that were called.
    pub fn calls(&self) -> Vec<String> {
        self.state.lock().unwrap().calls.clone()
    }

    /// What a sound ID token for an authorization request says.
    pub fn claims(&self, url: &str, now: Moment, subject: &str) -> Value {
        let asked = query(url);
        json!({
            "iss": self.issuer(), "sub": subject, "aud": CLIENT_ID, "nonce": asked["nonce"], "acr": "certificate",
            "iat": now.timestamp(), "exp": now.timestamp() + 300
        })
    }

    /// Lets somebody log in who came by this address; gives the code with which they are sent back.
    pub fn grant(&self, url: &str, id_token: String) -> String {
        let asked = query(url);
        let code = uuid::Uuid::new_v4().to_string();
        let granted =
            Granted { id_token, challenge: asked["code_challenge"].clone(), redirect_uri: asked["redirect_uri"].clone() };
        self.state.lock().unwrap().codes.insert(code.clone(), granted);
        code
    }

    fn serve(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while let Some(Call { path, headers, body }) = read(&mut reader) {
            let authorization = headers.get("authorization").cloned().unwrap_or_default();
            self.state.lock().unwrap().calls.push(path.clone());
            let mood = self.state.lock().unwrap().moods.get(&path).copied().unwrap_or(Mood::Fine);
            let (status, body) = match mood {
                Mood::HangingUp => return,
                Mood::Failing => ("500 Internal Server Error", "{}".to_owned()),
                Mood::Redirecting => ("302 Found\r\nLocation: http://127.0.0.1:1/", "{}".to_owned()),
                Mood::Endless => ("200 OK", format!("{{\"keys\": [], \"x\": \"{}\"}}", "x".repeat(1_000_000))),
                Mood::Babbling => ("200 OK", "no JSON, but A123456789".to_owned()),
                Mood::Late(milliseconds) => {
                    std::thread::sleep(Duration::from_millis(milliseconds));
                    self.answer(&path, &authorization, &body)
                }
                Mood::Fine => self.answer(&path, &authorization, &body),
            };
            if write!(&stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_err() {
                return;
            }
        }
    }

    fn answer(&self, path: &str, authorization: &str, body: &str) -> (&'static str, String) {
        let mut state = self.state.lock().unwrap();
        let issuer = self.issuer();
        match path {
            "/.well-known/openid-configuration" => {
                let mut metadata = json!({
                    "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"), "token_endpoint": format!("{issuer}/token"),
                    "jwks_uri": format!("{issuer}/keys")
                });
                state.metadata.iter().for_each(|(name, value)| metadata[name] = value.clone());
                ("200 OK", metadata.to_string())
            }
            "/keys" => {
                let keys: Vec<Value> = state.keys.iter().map(|key| key.public.clone()).collect();
                ("200 OK", json!({"keys": keys}).to_string())
            }
            "/token" => redeem(&mut state, authorization, body),
            _ => ("404 Not Found", "{}".to_owned()),
        }
    }
}

fn redeem(state: &mut State, authorization: &str, body: &str) -> (&'static str, String) {
    let form: HashMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(CLIENT_ID), encoded(CLIENT_SECRET))));
    let in_form = form.get("client_secret").is_some_and(|secret| secret == CLIENT_SECRET)
        && form.get("client_id").is_some_and(|id| id == CLIENT_ID);
    if (authorization != basic) != in_form {
        return ("401 Unauthorized", json!({"error": "invalid_client"}).to_string());
    }
    let refused = ("400 Bad Request", json!({"error": "invalid_grant", "error_description": "A123456789"}).to_string());
    let Some(granted) = state.codes.remove(&form["code"]) else { return refused };
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, form["code_verifier"].as_bytes()));
    if challenge != granted.challenge
        || form["redirect_uri"] != granted.redirect_uri
        || form["grant_type"] != "authorization_code"
    {
        return refused;
    }
    ("200 OK", json!({"access_token": "x", "token_type": "Bearer", "id_token": granted.id_token}).to_string())
}
