//! The signed-in caller.

use std::sync::Arc;

use actix_web::get;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::policy::GetMe;
use super::store;
use crate::auth::{Caller, May, Role};
use crate::db::Id;
use crate::error::{Code, Result};
use crate::http::Reply;
use crate::node::Node;
use crate::people;
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
    "scopes": ["booking.read", "booking.write"], "must_change_password": false
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
    #[schema(max_items = 6)]
    duties: Vec<String>,
    #[schema(max_length = 20)]
    service_point: Option<String>,
    /// The person behind a citizen's account, masked.
    person: Option<MyPerson>,
    /// Scopes of this token.
    #[schema(max_items = 100)]
    scopes: Vec<String>,
    must_change_password: bool,
}

/// A citizen's own person, masked all the same: the screen may be anywhere.
#[derive(Serialize, ToSchema)]
pub struct MyPerson {
    id: Id,
    #[schema(max_length = 100)]
    name: String,
    #[schema(max_length = 10)]
    national_id: String,
}

/// Shows the signed-in caller.
///
/// Account or client, roles, duties and scopes; the person behind a citizen's account stays masked.
#[utoipa::path(tag = "Identity", operation_id = "get_me", responses((status = 200, description = "Account or client, roles, person (masked), scopes.", body = Me)))]
#[get("/v1/me")]
pub async fn get_me(may: May<GetMe>, node: Data<Node>) -> Result<Reply> {
    let scopes: Vec<String> = may.claims().map(|c| c.scope.split(' ').map(ToOwned::to_owned).collect()).unwrap_or_default();
    let vault = Arc::clone(&node.vault);
    may.read(move |conn, by| match &by.caller {
        Caller::Account(facts) => {
            let account = store::find(conn, facts.id)?;
            let person = match account.person_id {
                Some(id) => {
                    let (name, national_id) = people::store::masked(conn, &vault, id)?;
                    Some(MyPerson { id, name, national_id })
                }
                None => None,
            };
            let me = Me {
                kind: CallerKind::Account,
                id: account.id,
                username: Some(account.username),
                name: Some(account.name),
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
            scopes,
            must_change_password: false,
        }),
        Caller::Anonymous | Caller::Booking(_) | Caller::Receipt(_) => Err(Code::FORBIDDEN.into()),
    })
    .await
}
