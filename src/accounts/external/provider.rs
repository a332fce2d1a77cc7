//! The provider at the other end: its discovery document and keys, kept for a while, and the exchange of a code for what it
//! says of a person. Everything here blocks, outside of any transaction, until a moment at most.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::web::{Data, block};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::byte_serialize;
use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Semaphore;

use super::attempts::Attempt;
use super::id_token::{self, Claims, Expect, Fault};
use super::problems::{EXTERNAL_NOT_SET_UP, EXTERNAL_REFUSED, EXTERNAL_UNAVAILABLE};
use super::settings::{Client, ExternalSettings};
use crate::error::{Code, Error, Problem, Result};
use crate::http::Answered;
use crate::node::Node;

/// Calls under way at a time; whoever comes when all are waiting for the provider is told so at once.
static CALLS: Semaphore = Semaphore::const_new(16);
/// Bytes of the longest document that is read.
const LONGEST: u64 = 256 * 1024;
/// How many keys are looked at.
const MOST_KEYS: usize = 100;
/// Between two looks for a key that is not known.
const PAUSE: Duration = Duration::from_secs(10);
/// Seconds until a retry makes sense.
const RETRY_AFTER: u64 = 10;

/// What the provider says of itself (OpenID Connect Discovery §3).
#[derive(Clone, Deserialize)]
pub struct Metadata {
    issuer: String,
    pub authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// RFC 9207.
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Something that was fetched, and when.
struct Fetched<T>(Instant, Arc<T>);

impl<T> Fetched<T> {
    fn fresh(kept: Option<&Self>, minutes: u64) -> Option<Arc<T>> {
        kept.filter(|kept| kept.0.elapsed() < Duration::from_secs(minutes * 60)).map(|kept| Arc::clone(&kept.1))
    }
}

/// What a node remembers of the provider.
#[derive(Default)]
pub struct Provider(Mutex<Known>);

#[derive(Default)]
struct Known {
    metadata: Option<Fetched<Metadata>>,
    keys: Option<Fetched<Vec<Jwk>>>,
    /// When an unknown key last made it ask before its time.
    asked_anew: Option<Instant>,
}

/// Somebody, as the provider knows them for ever.
#[derive(Clone)]
pub struct Subject {
    pub issuer: String,
    pub subject: String,
}

/// What the provider has said of somebody.
pub struct Said {
    pub subject: Subject,
    /// How strongly they logged in there.
    pub acr: Option<String>,
    claims: Claims,
}

impl Said {
    /// A claim that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }
}

/// Why nothing came of a call.
enum Failure {
    /// The provider is slow, dead, or not what it should be.
    Unavailable(&'static str),
    /// It refused, or what it said cannot be believed.
    Refused(&'static str),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        // The reasons are words of ours: nothing of what the provider sent is logged or told.
        match failure {
            Failure::Unavailable(reason) => {
                tracing::warn!(reason, "the external identity provider cannot be used");
                Problem::new(EXTERNAL_UNAVAILABLE).retry_after(RETRY_AFTER).into()
            }
            Failure::Refused(reason) => {
                tracing::warn!(reason, "an external log-in was refused");
                EXTERNAL_REFUSED.into()
            }
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Refused(match fault {
            Fault::Form => "the ID token's form or header is wrong",
            Fault::UnknownKey => "no key of the provider has signed the ID token",
            Fault::Signature => "the ID token's signature is wrong",
            Fault::Claim(name) => name,
        })
    }
}

/// The office as a client of the provider; refused where none is set up.
pub fn client(node: &Node) -> Result<Client> {
    node.config.of::<ExternalSettings>().client().ok_or_else(|| EXTERNAL_NOT_SET_UP.into())
}

/// Runs calls off the reactor, a few at a time.
async fn calling<T: Send + 'static>(
    node: &Data<Node>,
    work: impl FnOnce(&Calls) -> Result<T, Failure> + Send + 'static,
) -> Result<T> {
    let client = client(node)?;
    let _turn = CALLS.try_acquire().map_err(|_| Error::from(Failure::Unavailable("too many calls are waiting for it")))?;
    let node = Data::clone(node);
    let done = block(move || {
        let until = Instant::now() + Duration::from_secs(node.config.outbound_timeout_seconds);
        work(&Calls { node, client, until })
    });
    Ok(done.await.map_err(|_| Error::from(Code::OVERLOADED))??)
}

/// What the provider says of itself.
pub async fn metadata(node: &Data<Node>) -> Result<Arc<Metadata>> {
    calling(node, Calls::metadata).await
}

/// What came back from the provider through the person's browser.
pub struct Returned {
    pub code: String,
    /// RFC 9207.
    pub issuer: Option<String>,
}

/// Exchanges a code for what the provider says of the person who brought it.
pub async fn exchange(node: &Data<Node>, attempt: Attempt, returned: Returned, now: i64) -> Result<Said> {
    calling(node, move |calls| calls.exchange(&attempt, &returned, now)).await
}

/// The calls of one request, all of them until one moment.
struct Calls {
    node: Data<Node>,
    client: Client,
    until: Instant,
}

impl Calls {
    fn known<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.node.part::<Provider>().0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn kept_minutes(&self) -> u64 {
        self.node.config.of::<ExternalSettings>().kept_minutes
    }

    fn fetch<T: DeserializeOwned>(&self, url: &str) -> Result<T, Failure> {
        if !self.node.outbound.may_call(url) {
            return Err(Failure::Unavailable("it names an address that may not be called"));
        }
        let answer = self.node.outbound.get(url, LONGEST, self.until);
        let answer = answer.map_err(|_| Failure::Unavailable("it did not answer in time, or too much"))?;
        if answer.status != 200 {
            return Err(Failure::Unavailable("it answered otherwise than with 200"));
        }
        serde_json::from_slice(&answer.body).map_err(|_| Failure::Unavailable("its document cannot be read"))
    }

    fn metadata(&self) -> Result<Arc<Metadata>, Failure> {
        if let Some(kept) = self.known(|known| Fetched::fresh(known.metadata.as_ref(), self.kept_minutes())) {
            return Ok(kept);
        }
        let issuer = &self.client.issuer;
        let address = format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer));
        let metadata: Metadata = self.fetch(&address)?;
        if metadata.issuer != *issuer {
            return Err(Failure::Unavailable("its document is another issuer's"));
        }
        let called = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
        if !called.into_iter().all(|url| self.node.outbound.may_call(url)) {
            return Err(Failure::Unavailable("it names an address that may not be called"));
        }
        let metadata = Arc::new(metadata);
        self.known(|known| known.metadata = Some(Fetched(Instant::now(), Arc::clone(&metadata))));
        Ok(metadata)
    }

    fn keys(&self, metadata: &Metadata) -> Result<Arc<Vec<Jwk>>, Failure> {
        match self.known(|known| Fetched::fresh(known.keys.as_ref(), self.kept_minutes())) {
            Some(kept) => Ok(kept),
            None => self.fetch_keys(metadata),
        }
    }

    fn fetch_keys(&self, metadata: &Metadata) -> Result<Arc<Vec<Jwk>>, Failure> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        let set: Set = self.fetch(&metadata.jwks_uri)?;
        // A key of a kind that is not known here is nobody's hindrance.
        let keys = set.keys.into_iter().take(MOST_KEYS).filter_map(|key| serde_json::from_value(key).ok());
        let keys = Arc::new(keys.collect::<Vec<Jwk>>());
        self.known(|known| known.keys = Some(Fetched(Instant::now(), Arc::clone(&keys))));
        Ok(keys)
    }

    /// The keys anew, for a token that none of those at hand has signed; not more often than now and then.
    fn newer_keys(&self, metadata: &Metadata) -> Result<Option<Arc<Vec<Jwk>>>, Failure> {
        let may_ask = self.known(|known| {
            let may_ask = known.asked_anew.is_none_or(|at| at.elapsed() >= PAUSE);
            if may_ask {
                known.asked_anew = Some(Instant::now());
            }
            may_ask
        });
        if may_ask { self.fetch_keys(metadata).map(Some) } else { Ok(None) }
    }

    fn exchange(&self, attempt: &Attempt, returned: &Returned, now: i64) -> Result<Said, Failure> {
        let metadata = self.metadata()?;
        let client = &self.client;
        let from_issuer = match &returned.issuer {
            Some(issuer) => *issuer == client.issuer,
            None => !metadata.authorization_response_iss_parameter_supported,
        };
        if !from_issuer {
            return Err(Failure::Refused("the answer came from another issuer"));
        }
        let token = self.redeem(&metadata, attempt, &returned.code)?;
        let expect = Expect {
            issuer: &client.issuer,
            client_id: &client.id,
            nonce: &attempt.nonce,
            since: attempt.begun_at.timestamp(),
            now,
        };
        let keys = self.keys(&metadata)?;
        let claims = match id_token::verify(&token, &keys, &expect) {
            Err(Fault::UnknownKey) => {
                let keys = self.newer_keys(&metadata)?.ok_or(Fault::UnknownKey)?;
                id_token::verify(&token, &keys, &expect)?
            }
            judged => judged?,
        };
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
        let subject = Subject { issuer: client.issuer.clone(), subject: text("sub").unwrap_or_default() };
        Ok(Said { subject, acr: text("acr"), claims })
    }

    /// The ID token that the provider gives for a code (RFC 6749 §4.1.3, with the verifier of RFC 7636).
    fn redeem(&self, metadata: &Metadata, attempt: &Attempt, code: &str) -> Result<String, Failure> {
        #[derive(Deserialize)]
        struct Redeemed {
            id_token: String,
        }
        let client = &self.client;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code").append_pair("code", code);
        form.append_pair("redirect_uri", &attempt.redirect_uri).append_pair("code_verifier", &attempt.verifier);
        let methods = metadata.token_endpoint_auth_methods_supported.as_deref();
        let takes = |method: &str| methods.is_some_and(|all| all.iter().any(|one| one == method));
        let in_form = takes("client_secret_post") && !takes("client_secret_basic");
        if in_form {
            form.append_pair("client_id", &client.id).append_pair("client_secret", &client.secret);
        }
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(&client.id), encoded(&client.secret))));
        let headers = if in_form { Vec::new() } else { vec![("Authorization", basic.as_str())] };
        let answer = self.node.outbound.post_form(&metadata.token_endpoint, &headers, form.finish(), LONGEST, self.until);
        let answer = answer.map_err(|_| Failure::Unavailable("it did not answer in time, or too much"))?;
        if answer.status != 200 {
            return Err(refusal(&answer));
        }
        let redeemed: Redeemed =
            serde_json::from_slice(&answer.body).map_err(|_| Failure::Unavailable("its answer to a code cannot be read"))?;
        Ok(redeemed.id_token)
    }
}

/// What a refused code means: the person's, where the provider says so, else that the provider and the office do not fit.
fn refusal(answer: &Answered) -> Failure {
    #[derive(Deserialize)]
    struct Refused {
        error: String,
    }
    let refused = serde_json::from_slice::<Refused>(&answer.body);
    if answer.status == 400 && refused.is_ok_and(|refused| refused.error == "invalid_grant") {
        Failure::Refused("the provider does not know the code")
    } else {
        Failure::Unavailable("it did not take a code")
    }
}
