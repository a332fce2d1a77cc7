//! What an OAuth client finds out by itself: the keys that verify tokens, and where the endpoints are.

use actix_web::get;
use actix_web::web::Data;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::policy::{GetAuthorizationServer, ListSigningKeys};
use crate::auth::{May, Role};
use crate::domain::Domains;
use crate::error::Result;
use crate::http::Reply;
use crate::node::Node;

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
pub async fn list_signing_keys(_may: May<ListSigningKeys>, node: Data<Node>) -> Result<Reply> {
    Ok(Reply::ok(&KeySet { keys: node.keys.ring().published().to_vec() })?.public())
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
pub async fn get_authorization_server(_may: May<GetAuthorizationServer>, node: Data<Node>) -> Result<Reply> {
    let issuer = node.config.issuer();
    let at = |path: &str| format!("{issuer}{path}");
    let server = AuthorizationServer {
        token_endpoint: at("/v1/oauth/token"),
        revocation_endpoint: at("/v1/oauth/revoke"),
        introspection_endpoint: at("/v1/oauth/introspect"),
        jwks_uri: at("/.well-known/jwks.json"),
        grant_types_supported: ["client_credentials", "refresh_token"],
        token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
        response_types_supported: [],
        scopes_supported: node.part::<Domains>().scopes(Role::ALL),
        issuer,
    };
    Ok(Reply::ok(&server)?.public())
}
