//! What becomes of a client: another secret, what was asked for approved or rejected, its end.

use actix_web::post;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::client_store::{ClientView, find, open_half, save, seal_half, set_secret};
use super::clients::ClientWithSecret;
use super::model::{ClientAct, ClientStatus};
use super::policy::{ApproveClient, RejectClient, RevokeClient, RotateClientSecret};
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::{IfMatch, PathId, Reply};
use crate::node::Node;
use crate::secrets::vault::{halves, random_secret};
use crate::states::{Part, parts_of};

/// A client after an approval.
#[derive(Serialize, ToSchema)]
pub struct ApprovedClient {
    #[serde(flatten)]
    client: ClientView,
    /// The second half of a secret that was approved with it, shown this once; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 60, nullable = false)]
    second_half: Option<String>,
}

/// The state that a decision leads to, where something waits for one.
fn decided(act: ClientAct, client: &ClientView) -> Result<ClientStatus> {
    let waits = client.waits();
    act.after(client.status).filter(|_| waits).ok_or_else(|| {
        let decides = |name: &&str| !matches!(*name, "approve" | "reject");
        let allowed: Vec<_> = ClientAct::allowed(client.status).into_iter().filter(|name| waits || decides(name)).collect();
        Error::wrong_state(&allowed)
    })
}

fn parts(conn: &mut Conn, by: &By, client: &ClientView) -> Result<Vec<Part>> {
    parts_of(conn, &by.caller, client.asked.by.iter().map(|asker| (Part::Proposer, asker.as_str(), client.asked.at)))
}

/// Gives a client a new secret.
///
/// Of one that sees nothing the old secret and its access tokens end at once. Of one that is an agency's, or has roles or
/// scopes, the new secret waits for the approval of the director or a section chief: whoever asks is shown one half of it,
/// whoever approves the other, and the old one is good until then. A secret that was lost to others is ended by `:revoke`.
#[utoipa::path(tag = "Identity", operation_id = "rotate_client_secret", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The client and its new secret, or the first half of one that waits for approval.", body = ClientWithSecret),
    (status = 409, description = "`wrong_state`: the client is not active."),
))]
#[post("/v1/clients/{id}:rotate-secret")]
pub async fn rotate_client_secret(
    may: May<RotateClientSecret>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut client = find(tx, id.0)?;
        if_match.check(client.version)?;
        ClientAct::RotateSecret.apply(client.status)?;
        let whole = random_secret(32);
        let hash = node.vault.secret_hash(&whole);
        let client_secret = if client.sees() {
            let (first, second) = halves(&whole);
            (client.asked.secret, client.asked.half) = (Some(hash), Some(seal_half(&node.vault, id.0, second)));
            client.requested_secret = true;
            client.asked_by(&by.caller.name(), by.now);
            // Its tokens end with the secret that they came from, and that is in force until the approval.
            client.epoch -= 1;
            first.to_owned()
        } else {
            set_secret(tx, id.0, &hash)?;
            whole
        };
        save(tx, client, ClientAct::RotateSecret, by.now)?;
        let client = find(tx, id.0)?;
        let version = client.version;
        Ok(Reply::ok(&ClientWithSecret { client, client_secret })?.version(version))
    })
    .await
}

/// Approves a client, or what was asked for it.
///
/// Not by whoever asked for it, nor by another account of theirs, so that of both accounts it is known who works with them, and
/// both of them hold office; `If-Match` names the version that was seen, `*` none. Its access tokens end, so that new ones carry
/// the new scopes.
#[utoipa::path(tag = "Identity", operation_id = "approve_client", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "What was asked for is in force.", body = ApprovedClient),
    (status = 409, description = "`own_request`, `holder_required`, `asker_gone`, or `wrong_state` with `allowed_actions`."),
))]
#[post("/v1/clients/{id}:approve")]
pub async fn approve_client(may: May<ApproveClient>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut client = find(tx, id.0)?;
        if_match.seen(client.version)?;
        client.status = decided(ClientAct::Approve, &client)?;
        ClientAct::Approve.keep_apart(&parts(tx, by, &client)?)?;
        let second_half = open_half(&node.vault, &client)?;
        if let Some(wanted) = client.requested.take() {
            (client.scopes, client.expires_on) = (wanted.scopes, wanted.expires_on);
        }
        if let Some(hash) = std::mem::take(&mut client.asked).secret {
            set_secret(tx, id.0, &hash)?;
        }
        save(tx, client, ClientAct::Approve, by.now)?;
        let client = find(tx, id.0)?;
        let version = client.version;
        Ok(Reply::ok(&ApprovedClient { client, second_half })?.version(version))
    })
    .await
}

/// Rejects a client, or what was asked for it.
///
/// What is in force stays; a client that was never approved is revoked.
#[utoipa::path(tag = "Identity", operation_id = "reject_client", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "What was asked for is dropped.", body = ClientView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/clients/{id}:reject")]
pub async fn reject_client(may: May<RejectClient>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut client = find(tx, id.0)?;
        if_match.check(client.version)?;
        client.status = decided(ClientAct::Reject, &client)?;
        client.drop_requests();
        save(tx, client, ClientAct::Reject, by.now)
    })
    .await
}

/// Revokes a client for good.
///
/// Its tokens are refused from the next request on.
#[utoipa::path(tag = "Identity", operation_id = "revoke_client", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The client is revoked.", body = ClientView),
    (status = 409, description = "`wrong_state`: the client is revoked already."),
))]
#[post("/v1/clients/{id}:revoke")]
pub async fn revoke_client(may: May<RevokeClient>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut client = find(tx, id.0)?;
        if_match.check(client.version)?;
        client.status = ClientAct::Revoke.apply(client.status)?;
        client.drop_requests();
        save(tx, client, ClientAct::Revoke, by.now)
    })
    .await
}
