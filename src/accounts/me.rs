//! The signed-in caller.

use std::sync::Arc;

use actix_web::get;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::families::{self, Means};
use super::log_ins::this_one;
use super::policy::GetMe;
use super::proofs::{self, Assurance, IdentityLevel, ProofMethod};
use super::store;
use crate::auth::{Caller, May, Role};
use crate::clock::Moment;
use crate::db::Id;
use crate::error::{Code, Result};
use crate::http::Reply;
use crate::node::Node;
use crate::people::{self, KnownBy};
use crate::text_enum;

text_enum! {
    /// Whether a person or a program calls.
    pub enum CallerKind {
        Account = "ACCOUNT",
        Client = "CLIENT",
    }
}

/// The signed-in caller.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "kind": "ACCOUNT", "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "username": "citizen1", "name": "王○明", "roles": ["CIT"],
    "duties": [], "service_point": null, "person": {"id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "name": "王○明", "national_id": "A12*****89"},
    "identity_level": "PROVEN", "identity": {"method": "COUNTER", "assurance": "HIGH", "proven_at": "2026-11-20T10:00:00+08:00"},
    "log_in": {"method": "PASSWORD", "acr": null}, "scopes": ["booking.read", "booking.write"], "must_change_password": false
}))]
pub struct Me {
    kind: CallerKind,
    id: Id,
    #[schema(max_length = 40)]
    username: Option<String>,
    #[schema(max_length = 100)]
    name: Option<String>,
    #[schema(max_items = 11)]
    roles: Vec<Role>,
    #[schema(max_items = 7)]
    duties: Vec<String>,
    #[schema(max_length = 20)]
    service_point: Option<String>,
    /// The person behind a citizen's account, masked: as proven, else as the owner says.
    person: Option<MyPerson>,
    /// Whether the owner of an account is proven to be that person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    identity_level: Option<IdentityLevel>,
    /// How and when it was proven; absent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    identity: Option<MyIdentity>,
    /// How this log-in was made; absent for a client.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    log_in: Option<Means>,
    /// Scopes of this token.
    #[schema(max_items = 100)]
    scopes: Vec<String>,
    must_change_password: bool,
}

/// How the owner was proven to be the person.
#[derive(Serialize, ToSchema)]
pub struct MyIdentity {
    method: ProofMethod,
    assurance: Assurance,
    proven_at: Moment,
}

/// A citizen's own person, masked all the same: the screen may be anywhere.
#[derive(Serialize, ToSchema)]
pub struct MyPerson {
    id: Id,
    #[schema(max_length = 100)]
    name: String,
    #[serde(flatten)]
    known_by: KnownBy,
}

/// Shows the signed-in caller.
///
/// Account or client, roles, duties and scopes; the person behind a citizen's account stays masked.
#[utoipa::path(tag = "Identity", operation_id = "get_me", responses((status = 200, description = "Account or client, roles, person (masked), scopes.", body = Me)))]
#[get("/v1/me")]
pub async fn get_me(may: May<GetMe>, node: Data<Node>) -> Result<Reply> {
    let scopes: Vec<String> = may.claims().map(|c| c.scope.split(' ').map(ToOwned::to_owned).collect()).unwrap_or_default();
    let (vault, log_in) = (Arc::clone(&node.vault), this_one(&may));
    may.read(move |conn, by| match &by.caller {
        Caller::Account(facts) => {
            let account = store::find(conn, facts.id)?;
            let person = match account.person_id.or(account.claimed_id) {
                Some(id) => {
                    let (name, known_by) = people::store::masked(conn, &vault, id)?;
                    Some(MyPerson { id, name, known_by })
                }
                None => None,
            };
            let proven = account.person_id.map(|_| proofs::standing(conn, account.id)).transpose()?.flatten();
            let called = account.called(&vault)?;
            let me = Me {
                kind: CallerKind::Account,
                identity_level: person.as_ref().map(|_| IdentityLevel::of(account.person_id)),
                identity: proven.map(|(_, method, assurance, proven_at)| MyIdentity { method, assurance, proven_at }),
                log_in: log_in.map(|family| families::means(conn, family)).transpose()?.flatten(),
                id: account.id,
                username: Some(account.username),
                name: Some(called),
                roles: account.roles,
                duties: facts.duties.clone(),
                service_point: account.service_point,
                person,
                scopes,
                must_change_password: account.must_change_password,
            };
            Reply::ok(&me)
        }
        Caller::Client(client) => Reply::ok(&Me {
            kind: CallerKind::Client,
            id: client.id,
            username: None,
            name: None,
            roles: client.roles.clone(),
            duties: Vec::new(),
            service_point: None,
            person: None,
            identity_level: None,
            identity: None,
            log_in: None,
            scopes,
            must_change_password: false,
        }),
        Caller::Anonymous | Caller::Booking(_) | Caller::Receipt(_) => Err(Code::FORBIDDEN.into()),
    })
    .await
}
