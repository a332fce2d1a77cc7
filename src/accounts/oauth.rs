//! OAuth 2.0 for integration clients: token, revocation, introspection, keys and discovery.

use actix_web::web::Data;
use actix_web::{HttpRequest, get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use validator::Validate;

use super::clients::{ClientView, authenticate};
use super::sessions::{refreshed, revoke_access};
use super::store;
use crate::auth::May;
use crate::auth::keys::TOKEN_SECONDS;
use crate::auth::policy::{GetAuthorizationServer, IntrospectToken, IssueClientToken, ListSigningKeys, RevokeToken};
use crate::auth::standing::stands;
use crate::auth::tokens::{Claims, Holder};
use crate::db::Record;
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{FormBody, Reply};
use crate::state::State;

/// A request for a token (RFC 6749 §4.4, §6).
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"grant_type": "client_credentials", "client_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "client_secret": "shown-once", "scope": "me.read"}))]
pub struct TokenRequest {
    /// `client_credentials` or `refresh_token`.
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40)]
    grant_type: String,
    /// Unless sent as HTTP Basic.
    #[validate(length(max = 100))]
    #[schema(max_length = 100)]
    client_id: Option<String>,
    /// Unless sent as HTTP Basic.
    #[validate(length(max = 200))]
    #[schema(max_length = 200, format = Password)]
    client_secret: Option<String>,
    /// Scopes separated by spaces, within the client's own; all of them when absent.
    #[validate(length(max = 1000))]
    #[schema(max_length = 1000)]
    scope: Option<String>,
    #[validate(length(max = 100))]
    #[schema(max_length = 100)]
    refresh_token: Option<String>,
}

/// An access token for a client (RFC 6749 §5.1).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"access_token": "eyJ0eXAiOiJhdCtqd3Qi…", "token_type": "Bearer", "expires_in": 900, "scope": "me.read"}))]
pub struct ClientToken {
    #[schema(max_length = 4096)]
    access_token: String,
    #[schema(max_length = 10)]
    token_type: &'static str,
    /// Seconds that the token lives.
    #[schema(minimum = 1, maximum = 900)]
    expires_in: i64,
    #[schema(max_length = 1000)]
    scope: String,
}

/// Id and secret from HTTP Basic, else from the form.
fn credentials(request: &HttpRequest, id: Option<&String>, secret: Option<&String>) -> Result<(String, String)> {
    let basic = request.headers().get("authorization").and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Basic "));
    if let Some(encoded) = basic {
        let text = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let pair = text.as_deref().and_then(|text| text.split_once(':'));
        let (id, secret) = pair.ok_or(Code::InvalidClient)?;
        return Ok((id.to_owned(), secret.to_owned()));
    }
    match (id, secret) {
        (Some(id), Some(secret)) => Ok((id.clone(), secret.clone())),
        _ => Err(Code::InvalidClient.into()),
    }
}

fn form_error(name: &str, zh: &'static str, en: &'static str) -> Error {
    Problem::new(Code::Malformed).field(format!("/{name}"), "not_allowed", Text::new(zh, en)).into()
}

/// Issues a token to a client.
///
/// `client_credentials` with the client's id and secret in the form or as HTTP Basic, or `refresh_token`.
#[utoipa::path(tag = "Identity", operation_id = "issue_client_token",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"), responses(
    (status = 200, description = "An access token.", body = ClientToken),
    (status = 401, description = "`invalid_client`, or `unauthenticated` for a refresh token that is no good."),
))]
#[post("/v1/oauth/token")]
pub async fn issue_client_token(
    may: May<IssueClientToken>,
    state: Data<State>,
    request: HttpRequest,
    FormBody(input): FormBody<TokenRequest>,
) -> Result<Reply> {
    state.limits.login(&may.address())?;
    match input.grant_type.as_str() {
        "client_credentials" => {}
        "refresh_token" => {
            let token =
                input.refresh_token.ok_or_else(|| form_error("refresh_token", "此欄位為必填", "this field is required"))?;
            let reply = may.write(move |tx, by| refreshed(tx, &state, &token, by.now)).await?;
            return if reply.status == 204 { Err(Code::Unauthenticated.into()) } else { Ok(reply) };
        }
        _ => {
            let en = "client_credentials or refresh_token";
            return Err(form_error("grant_type", "應為 client_credentials 或 refresh_token", en));
        }
    }
    let (id, secret) = credentials(&request, input.client_id.as_ref(), input.client_secret.as_ref())?;
    may.write(move |tx, by| {
        let client = authenticate(tx, &state.vault, &id, &secret, by.now.date())?;
        let scope = granted(&client, input.scope.as_deref())?;
        let id = client.id.to_string();
        let roles = client.roles.iter().map(|role| role.as_str().to_owned()).collect();
        let holder = Holder {
            sub: id.clone(),
            client_id: id,
            scope: scope.clone(),
            roles,
            epoch: client.epoch,
            booking_id: None,
            notice_id: None,
        };
        tx.record(Record::read("client.token_issued", format!("clients/{}", client.id), ""));
        let access_token = state.keys.issue(state.config.issuer(), holder, by.now)?;
        Reply::ok(&ClientToken { access_token, token_type: "Bearer", expires_in: TOKEN_SECONDS, scope })
    })
    .await
}

fn granted(client: &ClientView, wanted: Option<&str>) -> Result<String> {
    let Some(wanted) = wanted.filter(|text| !text.is_empty()) else { return Ok(client.scopes.join(" ")) };
    if wanted.split(' ').all(|scope| client.scopes.iter().any(|own| own == scope)) {
        return Ok(wanted.to_owned());
    }
    Err(form_error("scope", "超出用戶端可用之範圍", "outside the client's scopes"))
}

/// A token to revoke or to look into (RFC 7009, RFC 7662).
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "eyJ0eXAiOiJhdCtqd3Qi…", "client_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "client_secret": "shown-once"}))]
pub struct TokenForm {
    #[validate(length(min = 1, max = 8192))]
    #[schema(min_length = 1, max_length = 8192)]
    token: String,
    /// `access_token` or `refresh_token`; a hint only.
    #[validate(length(max = 40))]
    #[schema(max_length = 40)]
    #[allow(dead_code, reason = "RFC 7009 lets clients send it; nothing depends on it")]
    token_type_hint: Option<String>,
    #[validate(length(max = 100))]
    #[schema(max_length = 100)]
    client_id: Option<String>,
    #[validate(length(max = 200))]
    #[schema(max_length = 200, format = Password)]
    client_secret: Option<String>,
}

/// Revokes a token (RFC 7009).
///
/// An access token ends at once, a refresh token with its whole log-in. Unknown tokens answer 200 too.
#[utoipa::path(tag = "Identity", operation_id = "revoke_token",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"), responses(
    (status = 204, description = "The token is of no more use."),
    (status = 401, description = "`invalid_client`."),
))]
#[post("/v1/oauth/revoke")]
pub async fn revoke_token(
    may: May<RevokeToken>,
    state: Data<State>,
    request: HttpRequest,
    FormBody(input): FormBody<TokenForm>,
) -> Result<Reply> {
    state.limits.login(&may.address())?;
    let (id, secret) = credentials(&request, input.client_id.as_ref(), input.client_secret.as_ref())?;
    let claims = state.keys.verify(&input.token, &state.config.issuer(), may.now()).ok();
    may.write(move |tx, by| {
        let client = authenticate(tx, &state.vault, &id, &secret, by.now.date())?;
        match claims.as_deref().filter(|claims| claims.client_id == client.id.to_string()) {
            Some(claims) => revoke_access(tx, claims)?,
            None => store::revoke_by_token(tx, &state.vault, &input.token, &client.id.to_string(), by.now)?,
        }
        tx.record(Record::read("token.revoked", format!("clients/{}", client.id), ""));
        Ok(Reply::done())
    })
    .await
}

/// What a token is worth (RFC 7662).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"active": true, "scope": "me.read", "client_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "sub": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "exp": 1795400100}))]
pub struct Introspection {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    sub: Option<String>,
    /// Seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
}

/// Tells whether an access token is in force (RFC 7662).
///
/// Suspension, revocation and expiry count at once. A client learns of its own tokens and of those of people
/// who logged in; of anything else only that it is not active.
#[utoipa::path(tag = "Identity", operation_id = "introspect_token",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"), responses(
    (status = 200, description = "What the token is worth.", body = Introspection),
    (status = 401, description = "`invalid_client`."),
))]
#[post("/v1/oauth/introspect")]
pub async fn introspect_token(
    may: May<IntrospectToken>,
    state: Data<State>,
    request: HttpRequest,
    FormBody(input): FormBody<TokenForm>,
) -> Result<Reply> {
    state.limits.login(&may.address())?;
    let (id, secret) = credentials(&request, input.client_id.as_ref(), input.client_secret.as_ref())?;
    let claims = state.keys.verify(&input.token, &state.config.issuer(), may.now()).ok();
    may.read(move |conn, by| {
        let client = authenticate(conn, &state.vault, &id, &secret, by.now.date())?;
        let foreign = |claims: &Claims| claims.sub == claims.client_id && claims.sub != client.id.to_string();
        let live = match claims.as_deref().filter(|claims| !foreign(claims)) {
            Some(claims) if stands(conn, claims, by.now)? => Some(claims),
            _ => None,
        };
        Reply::ok(&Introspection {
            active: live.is_some(),
            scope: live.map(|c| c.scope.clone()),
            client_id: live.map(|c| c.client_id.clone()),
            sub: live.map(|c| c.sub.clone()),
            exp: live.map(|c| c.exp),
        })
    })
    .await
}

/// Public keys (RFC 7517).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", "kid": "q0mS3b2ZkR7xw1nC4vT8aA", "alg": "ES256", "use": "sig"}]}))]
pub struct KeySet {
    #[schema(max_items = 10, value_type = Vec<Object>)]
    keys: Vec<Value>,
}

/// Publishes the keys that verify access tokens.
///
/// After a rotation the old key stays for an hour beside the new one.
#[utoipa::path(tag = "Identity", operation_id = "list_signing_keys", responses((status = 200, description = "The key set.", body = KeySet)))]
#[get("/.well-known/jwks.json")]
pub async fn list_signing_keys(_may: May<ListSigningKeys>, state: Data<State>) -> Result<Reply> {
    Ok(Reply::ok(&KeySet { keys: state.keys.ring().published().to_vec() })?.public())
}

/// Discovery document (RFC 8414).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "issuer": "http://127.0.0.1:8080", "token_endpoint": "http://127.0.0.1:8080/v1/oauth/token",
    "revocation_endpoint": "http://127.0.0.1:8080/v1/oauth/revoke", "introspection_endpoint": "http://127.0.0.1:8080/v1/oauth/introspect",
    "jwks_uri": "http://127.0.0.1:8080/.well-known/jwks.json", "grant_types_supported": ["client_credentials", "refresh_token"],
    "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"], "response_types_supported": [],
    "scopes_supported": ["booking.read"]
}))]
pub struct AuthorizationServer {
    #[schema(max_length = 200)]
    issuer: String,
    #[schema(max_length = 300)]
    token_endpoint: String,
    #[schema(max_length = 300)]
    revocation_endpoint: String,
    #[schema(max_length = 300)]
    introspection_endpoint: String,
    #[schema(max_length = 300)]
    jwks_uri: String,
    #[schema(max_items = 5)]
    grant_types_supported: [&'static str; 2],
    #[schema(max_items = 5)]
    token_endpoint_auth_methods_supported: [&'static str; 2],
    #[schema(max_items = 5)]
    response_types_supported: [&'static str; 0],
    #[schema(max_items = 200)]
    scopes_supported: Vec<&'static str>,
}

/// Describes the authorization server.
///
/// Where tokens are issued, revoked and introspected, by which grants, and every scope (RFC 8414).
#[utoipa::path(tag = "Identity", operation_id = "get_authorization_server", responses((status = 200, description = "The discovery document.", body = AuthorizationServer)))]
#[get("/.well-known/oauth-authorization-server")]
pub async fn get_authorization_server(_may: May<GetAuthorizationServer>, state: Data<State>) -> Result<Reply> {
    let issuer = state.config.issuer();
    let at = |path: &str| format!("{issuer}{path}");
    let server = AuthorizationServer {
        token_endpoint: at("/v1/oauth/token"),
        revocation_endpoint: at("/v1/oauth/revoke"),
        introspection_endpoint: at("/v1/oauth/introspect"),
        jwks_uri: at("/.well-known/jwks.json"),
        grant_types_supported: ["client_credentials", "refresh_token"],
        token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
        response_types_supported: [],
        scopes_supported: crate::auth::policy::scopes(crate::auth::Role::ALL),
        issuer,
    };
    Ok(Reply::ok(&server)?.public())
}
