//! OAuth 2.0 for integration clients: token, revocation and introspection.

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{HttpRequest, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::client_store::{ClientView, authenticate};
use super::policy::{IntrospectToken, IssueClientToken, RevokeToken};
use super::sessions::{end, logged_in, refreshed};
use super::{families, store};
use crate::auth::standing::{may_be_used, stands};
use crate::auth::{May, Role};
use crate::clock::Moment;
use crate::db::{Conn, Record};
use crate::domain::Domains;
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{FormBody, Reply, is_storable};
use crate::node::Node;
use crate::secrets::keys::{OWN_CLIENT, TOKEN_SECONDS};
use crate::secrets::tokens::{Claims, Holder};

/// A request for a token (RFC 6749 §4.3, §4.4, §6); parameters that it does not name are ignored.
#[derive(Clone, Deserialize, ToSchema)]
#[schema(example = json!({"grant_type": "client_credentials", "client_id": "agency-tax", "client_secret": "shown-once", "scope": "me.read"}))]
pub struct TokenRequest {
    /// `client_credentials` (RFC 6749 §4.4) or `refresh_token` (§6). The office's own documentation page, and nobody else, may
    /// send `password` (§4.3). Anything else is refused as `unsupported_grant_type`.
    #[schema(min_length = 1, max_length = 40)]
    grant_type: String,
    /// The client's id or its name, unless sent as HTTP Basic.
    #[schema(max_length = 100)]
    client_id: Option<String>,
    /// Unless sent as HTTP Basic.
    #[schema(max_length = 200, format = Password)]
    client_secret: Option<String>,
    /// Scopes separated by spaces, within the client's own; all of them when absent.
    #[schema(max_length = 1000)]
    scope: Option<String>,
    /// For the grant `refresh_token`: from POST /v1/auth/login.
    #[schema(max_length = 100)]
    refresh_token: Option<String>,
    /// For the grant `password`.
    #[schema(max_length = 40)]
    username: Option<String>,
    /// For the grant `password`.
    #[schema(max_length = 128, format = Password)]
    password: Option<String>,
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
    #[schema(max_length = 4096)]
    scope: String,
    /// After the grant `refresh_token`: the one that is good for the next refresh.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100, nullable = false)]
    refresh_token: Option<String>,
    /// For a log-in, not for a client: what its holder is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 11, nullable = false)]
    roles: Option<Vec<Role>>,
}

/// Client and secret from HTTP Basic, else from the form; `None` when neither is there.
fn credentials(request: &HttpRequest, id: Option<&str>, secret: Option<&str>) -> Result<Option<(String, String)>> {
    let header = request.headers().get(AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.split_once(' '));
    if let Some((_, encoded)) = header.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic")) {
        let text = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let pair = text.as_deref().and_then(|text| text.split_once(':'));
        let (id, secret) = pair.map(|(id, secret)| (decoded(id), decoded(secret))).ok_or(Code::INVALID_CLIENT)?;
        // What the store cannot hold is nobody's name.
        return if is_storable(&id) { Ok(Some((id, secret))) } else { Err(Code::INVALID_CLIENT.into()) };
    }
    Ok(id.zip(secret).map(|(id, secret)| (id.to_owned(), secret.to_owned())))
}

/// One half of the pair, which RFC 6749 §2.3.1 wants encoded as in a form.
fn decoded(half: &str) -> String {
    let form = format!("={}", half.replace('&', "%26"));
    form_urlencoded::parse(form.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn required(credentials: Option<(String, String)>) -> Result<(String, String)> {
    credentials.ok_or_else(|| Code::INVALID_CLIENT.into())
}

/// A parameter that is refused, under the name that RFC 6749 §5.2 has for it.
fn refused(error: &'static str, name: &str, zh: &'static str, en: &'static str) -> Error {
    Problem::new(Code::MALFORMED).field(format!("/{name}"), "not_allowed", Text::new(zh, en)).with("error", error).into()
}

/// Issues a token to a client.
///
/// `client_credentials` with the client's name or id and its secret, in the form or as HTTP Basic; or `refresh_token`
/// with a token from POST /v1/auth/login, for which a client need not say who it is, but must be right if it does.
/// Refusals carry `error` as RFC 6749 §5.2 names it.
///
/// `password` is for the office's own documentation page and unsupported for whoever else asks; it answers as
/// POST /v1/auth/login does, by the same rules.
#[utoipa::path(tag = "Identity", operation_id = "issue_client_token",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"), responses(
    (status = 200, description = "An access token.", body = ClientToken),
    (status = 400, description = "`malformed` with `error` `invalid_request`, `unsupported_grant_type` or `invalid_scope`; `invalid_grant` for a refresh token, or a user name and password, that are no good."),
    (status = 401, description = "`invalid_client`."),
    (status = 429, description = "`login_locked` or `rate_limited`; see `Retry-After`."),
))]
#[post("/v1/oauth/token")]
pub async fn issue_client_token(
    may: May<IssueClientToken>,
    node: Data<Node>,
    request: HttpRequest,
    FormBody(input): FormBody<TokenRequest>,
) -> Result<Reply> {
    node.limits.login(&may.address())?;
    if input.grant_type == "password" && is_own_page(&request) {
        return grant_to_own_page(&may, node, input).await;
    }
    let credentials = credentials(&request, input.client_id.as_deref(), input.client_secret.as_deref())?;
    match input.grant_type.as_str() {
        "client_credentials" => grant_to_client(&may, node, required(credentials)?, input.scope).await,
        "refresh_token" => {
            let token = input.refresh_token.filter(|token| !token.is_empty());
            let token =
                token.ok_or_else(|| refused("invalid_request", "refresh_token", "此欄位為必填", "this field is required"))?;
            grant_to_holder(&may, node, credentials, token).await
        }
        _ => {
            let (zh, en) = ("應為 client_credentials 或 refresh_token", "client_credentials or refresh_token");
            Err(refused("unsupported_grant_type", "grant_type", zh, en))
        }
    }
}

async fn grant_to_client(
    may: &May<IssueClientToken>,
    node: Data<Node>,
    (id, secret): (String, String),
    scope: Option<String>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let client = authenticate(tx, &node.vault, &id, &secret, by.now.date())?;
        let scope = granted(&client, scope.as_deref())?;
        let id = client.id.to_string();
        let roles = client.roles.iter().map(|role| role.as_str().to_owned()).collect();
        let holder = Holder {
            sub: id.clone(),
            client_id: id,
            scope: scope.clone(),
            roles,
            epoch: client.epoch,
            sid: None,
            acr: None,
            booking_id: None,
            notice_id: None,
        };
        tx.record(Record::read("client.token_issued", format!("clients/{}", client.id), ""));
        let access_token = node.keys.issue(node.config.issuer(), holder, by.now)?;
        let (token_type, expires_in) = ("Bearer", TOKEN_SECONDS);
        Reply::ok(&ClientToken { access_token, token_type, expires_in, scope, refresh_token: None, roles: None })
    })
    .await
}

/// Log-ins are the office's own client's, which has no secret: the token alone proves the right to refresh.
async fn grant_to_holder(
    may: &May<IssueClientToken>,
    node: Data<Node>,
    client: Option<(String, String)>,
    token: String,
) -> Result<Reply> {
    let reply = may
        .write(move |tx, by| {
            if let Some((id, secret)) = &client {
                authenticate(tx, &node.vault, id, secret, by.now.date())?;
            }
            refreshed(tx, &node, &token, by.now)
        })
        .await;
    reply?.or_refuse(|| Code::INVALID_GRANT)
}

/// Whether a page of this office's own origin asks: a browser says so of every request, and lets no other page say it.
fn is_own_page(request: &HttpRequest) -> bool {
    request.headers().get("sec-fetch-site").is_some_and(|site| site.as_bytes() == b"same-origin")
}

/// What POST /v1/auth/login does, in the form that the documentation page knows.
async fn grant_to_own_page(may: &May<IssueClientToken>, node: Data<Node>, input: TokenRequest) -> Result<Reply> {
    let needed = |name: &str, value: Option<String>| {
        let missing = || refused("invalid_request", name, "此欄位為必填", "this field is required");
        value.filter(|text| !text.is_empty()).ok_or_else(missing)
    };
    let (username, password) = (needed("username", input.username)?, needed("password", input.password)?);
    logged_in(may, node, username, password).await.map_err(|error| match error {
        Error::Problem(problem) if problem.code == Code::INVALID_CREDENTIALS => {
            Problem::new(Code::INVALID_GRANT).detail("帳號或密碼不正確", "the user name or password is wrong").into()
        }
        other => other,
    })
}

fn granted(client: &ClientView, wanted: Option<&str>) -> Result<String> {
    let Some(wanted) = wanted.filter(|text| !text.is_empty()) else { return Ok(client.scopes.join(" ")) };
    if wanted.split(' ').all(|scope| client.scopes.iter().any(|own| own == scope)) {
        return Ok(wanted.to_owned());
    }
    Err(refused("invalid_scope", "scope", "超出用戶端可用之範圍", "outside the client's scopes"))
}

/// A token to revoke or to look into (RFC 7009, RFC 7662); parameters that it does not name are ignored.
#[derive(Clone, Deserialize, ToSchema)]
#[schema(example = json!({"token": "eyJ0eXAiOiJhdCtqd3Qi…", "client_id": "agency-tax", "client_secret": "shown-once"}))]
pub struct TokenForm {
    #[schema(min_length = 1, max_length = 8192)]
    token: String,
    /// `access_token` or `refresh_token`; a hint only.
    #[schema(max_length = 40)]
    #[allow(dead_code, reason = "RFC 7009 lets clients send it; nothing depends on it")]
    token_type_hint: Option<String>,
    /// The client's id or its name, unless sent as HTTP Basic.
    #[schema(max_length = 100)]
    client_id: Option<String>,
    #[schema(max_length = 200, format = Password)]
    client_secret: Option<String>,
}

impl TokenForm {
    fn credentials(&self, request: &HttpRequest) -> Result<(String, String)> {
        required(credentials(request, self.client_id.as_deref(), self.client_secret.as_deref())?)
    }
}

/// An empty object: there is nothing more to say.
#[derive(Serialize, ToSchema)]
pub struct Revoked {}

/// Revokes a token (RFC 7009).
///
/// An account's token ends with its whole log-in, a client's own alone. Unknown tokens answer 200 too.
#[utoipa::path(tag = "Identity", operation_id = "revoke_token",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"), responses(
    (status = 200, description = "The token is of no more use.", body = Revoked),
    (status = 401, description = "`invalid_client`."),
))]
#[post("/v1/oauth/revoke")]
pub async fn revoke_token(
    may: May<RevokeToken>,
    node: Data<Node>,
    request: HttpRequest,
    FormBody(input): FormBody<TokenForm>,
) -> Result<Reply> {
    node.limits.login(&may.address())?;
    let (id, secret) = input.credentials(&request)?;
    let claims = node.keys.verify(&input.token, &node.config.issuer(), may.now()).ok();
    may.write(move |tx, by| {
        let client = authenticate(tx, &node.vault, &id, &secret, by.now.date())?;
        match claims.as_deref().filter(|claims| !is_foreign(claims, &client)) {
            Some(claims) => end(tx, claims, by.now)?,
            None => families::revoke_by_token(tx, &node.vault, &input.token, client.id.as_str(), by.now)?,
        }
        tx.record(Record::read("token.revoked", format!("clients/{}", client.id), ""));
        Reply::ok(&Revoked {})
    })
    .await
}

/// Whether a token is another client's.
fn is_foreign(claims: &Claims, client: &ClientView) -> bool {
    claims.client_id != OWN_CLIENT && claims.client_id != client.id.as_str()
}

/// What a token is worth (RFC 7662).
#[derive(Default, Serialize, ToSchema)]
#[schema(example = json!({"active": true, "scope": "me.read", "client_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "sub": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "exp": 1795400100}))]
pub struct Introspection {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4096, nullable = false)]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100, nullable = false)]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100, nullable = false)]
    sub: Option<String>,
    /// Seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    exp: Option<i64>,
}

impl Introspection {
    fn of(claims: &Claims) -> Self {
        Self {
            active: true,
            scope: Some(claims.scope.clone()),
            client_id: Some(claims.client_id.clone()),
            sub: Some(claims.sub.clone()),
            exp: Some(claims.exp),
        }
    }

    fn of_refresh(conn: &mut Conn, node: &Node, token: &str, now: Moment) -> Result<Self> {
        let Some(family) = families::live(conn, &node.vault, token, now)? else { return Ok(Self::default()) };
        let account = store::find(conn, family.account_id)?;
        if !may_be_used(conn, account.id)? {
            return Ok(Self::default());
        }
        Ok(Self {
            active: true,
            scope: Some(node.part::<Domains>().scopes(&account.roles).join(" ")),
            client_id: Some(family.client_id),
            sub: Some(account.id.to_string()),
            exp: Some(family.expires_at.timestamp()),
        })
    }
}

/// Tells whether an access or refresh token is in force (RFC 7662).
///
/// Suspension, revocation, use and expiry count at once. A client learns of its own tokens and of those of people
/// who logged in; of anything else only that it is not active.
#[utoipa::path(tag = "Identity", operation_id = "introspect_token",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"), responses(
    (status = 200, description = "What the token is worth.", body = Introspection),
    (status = 401, description = "`invalid_client`."),
))]
#[post("/v1/oauth/introspect")]
pub async fn introspect_token(
    may: May<IntrospectToken>,
    node: Data<Node>,
    request: HttpRequest,
    FormBody(input): FormBody<TokenForm>,
) -> Result<Reply> {
    node.limits.login(&may.address())?;
    let (id, secret) = input.credentials(&request)?;
    let claims = node.keys.verify(&input.token, &node.config.issuer(), may.now()).ok();
    may.read(move |conn, by| {
        let client = authenticate(conn, &node.vault, &id, &secret, by.now.date())?;
        let worth = match claims.as_deref() {
            Some(claims) if !is_foreign(claims, &client) && stands(conn, claims, by.now)? => Introspection::of(claims),
            Some(_) => Introspection::default(),
            None => Introspection::of_refresh(conn, &node, &input.token, by.now)?,
        };
        Reply::ok(&worth)
    })
    .await
}
