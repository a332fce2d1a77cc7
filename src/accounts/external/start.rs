//! The way to the provider: an address for the person, and a secret for the app that asked.

use actix_web::post;
use actix_web::web::Data;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::attempts::{self, Begun, ExternalPurpose, Wanted};
use super::policy::StartExternal;
use super::provider::{self, Metadata};
use super::settings::{Client, ExternalSettings};
use crate::auth::{Caller, May};
use crate::clock::Moment;
use crate::db::{Id, Record};
use crate::error::{Code, Error, Result, Text};
use crate::http::{Reply, Valid};
use crate::node::Node;

/// What somebody goes to the provider for.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"purpose": "LOGIN", "redirect_uri": "https://front.example/back"}))]
pub struct ExternalStart {
    purpose: ExternalPurpose,
    /// Where the provider sends the person back: one of those that the office has set, the first of them when absent.
    #[schema(min_length = 1, max_length = 200)]
    redirect_uri: Option<String>,
}

/// The way to the provider.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "authorization_url": "https://id.example/authorize?response_type=code&client_id=huzheng&state=…", "attempt_secret": "q0mS3b2ZkR7xw1nC4vT8aA",
    "expires_at": "2026-11-23T09:10:00+08:00"
}))]
pub struct ExternalStarted {
    /// Where the person logs in.
    #[schema(max_length = 16_384)]
    authorization_url: String,
    /// For the app that asked, and for nobody else: it never stands in an address.
    #[schema(max_length = 40)]
    attempt_secret: String,
    expires_at: Moment,
}

/// Begins a log-in or a proof at the external identity provider.
///
/// The app keeps `attempt_secret`, opens `authorization_url` in a browser (authorization code with PKCE, OpenID Connect), and
/// when the person comes back to its `redirect_uri` sends secret, `state` and `code` to POST /v1/auth/external:complete, once
/// and within minutes. With the purpose `PROVE` a signed-in account that is `DECLARED` begins, and completes; with `LINK` one
/// that is `PROVEN`, at a counter for one. Whoever did not begin has no secret: never complete what another page or person has
/// begun.
#[utoipa::path(tag = "Identity", operation_id = "start_external", request_body = ExternalStart, responses(
    (status = 200, description = "The way to the provider.", body = ExternalStarted),
    (status = 401, description = "`unauthenticated`: with the purpose `PROVE` or `LINK` nobody is signed in."),
    (status = 409, description = "`external_not_set_up`; `wrong_state`: for `PROVE` the account is proven already, or has no person to prove; for `LINK` it is not proven."),
    (status = 503, description = "`external_unavailable`: the provider cannot be reached."),
))]
#[post("/v1/auth/external:start")]
pub async fn start_external(may: May<StartExternal>, node: Data<Node>, Valid(input): Valid<ExternalStart>) -> Result<Reply> {
    node.limits.login(&may.address())?;
    let client = provider::client(&node)?;
    let redirect_uri = chosen(node.config.of(), input.redirect_uri)?;
    let purpose = input.purpose;
    // Before the provider is asked anything.
    may.read(move |_, by| beginner(&by.caller, purpose)).await?;
    let metadata = provider::metadata(&node).await?;
    may.write(move |tx, by| {
        let (account, settings) = (beginner(&by.caller, purpose)?, node.config.of::<ExternalSettings>());
        let wanted = Wanted { purpose, account, redirect_uri: redirect_uri.clone(), minutes: settings.attempt_minutes };
        let begun = attempts::begin(tx, &node.vault, &wanted, by.now)?;
        if let Some(account) = account {
            tx.record(Record::change("external_proof.begun", format!("users/{account}"), json!({})));
        }
        Reply::ok(&ExternalStarted {
            authorization_url: address(&metadata, &client, settings, &wanted, &begun),
            attempt_secret: begun.secret,
            expires_at: begun.expires_at,
        })
    })
    .await
}

/// One of the addresses that are set.
fn chosen(settings: &ExternalSettings, wanted: Option<String>) -> Result<String> {
    let known = match &wanted {
        Some(wanted) => settings.redirect_uris.iter().find(|uri| *uri == wanted),
        None => settings.redirect_uris.first(),
    };
    let text = || Text::new("此網址未經本所設定", "the office has not set this address");
    known.cloned().ok_or_else(|| Error::field("/redirect_uri", "not_allowed", text()))
}

/// The account that begins, where the purpose asks for one: its owner is to be proven, or is.
fn beginner(caller: &Caller, purpose: ExternalPurpose) -> Result<Option<Id>> {
    if purpose == ExternalPurpose::Login {
        return Ok(None);
    }
    let account = caller.account().ok_or(Code::UNAUTHENTICATED)?;
    let fits = match purpose {
        ExternalPurpose::Link => account.person_id.is_some(),
        _ => account.person_id.is_none() && account.claimed_id.is_some(),
    };
    if !fits {
        return Err(Error::wrong_state(&[]));
    }
    Ok(Some(account.id))
}

/// The authorization request (OpenID Connect Core §3.1.2.1, RFC 7636).
fn address(metadata: &Metadata, client: &Client, settings: &ExternalSettings, wanted: &Wanted, begun: &Begun) -> String {
    let others = settings.scopes.iter().map(String::as_str).filter(|scope| *scope != "openid");
    let scope = ["openid"].into_iter().chain(others).collect::<Vec<_>>().join(" ");
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, begun.verifier.as_bytes()));
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs([
        ("response_type", "code"),
        ("client_id", &client.id),
        ("redirect_uri", &wanted.redirect_uri),
        ("scope", &scope),
        ("state", &begun.state),
        ("nonce", &begun.nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("acr_values", &settings.wanted(wanted.purpose)),
    ]);
    let endpoint = &metadata.authorization_endpoint;
    format!("{endpoint}{}{}", if endpoint.contains('?') { '&' } else { '?' }, query.finish())
}
