//! Integration clients: agencies, the county's jobs and front-ends, with scopes, an expiry and a secret shown once.

use actix_web::web::Data;
use actix_web::{get, patch, post};
use chrono::{Months, NaiveDate};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::client_store::{ClientRequest, ClientView, NewClient, Row, create, find, save, seal_half, write};
use super::model::{ClientAct, ClientStatus};
use super::policy::{CreateClient, GetClient, ListClients, UpdateClient};
use crate::agencies;
use crate::auth::{May, Role};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Backend, Conn};
use crate::domain::Domains;
use crate::error::{Code, Error, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, PathId, Reply, Valid, coded, patch};
use crate::node::Node;
use crate::read_page;
use crate::schema::clients;
use crate::secrets::vault::{halves, random_secret};

/// Months that an approval lasts at most (各機關申請提供戶籍資料及親等關聯資料辦法: five years).
const LONGEST_MONTHS: u32 = 60;

/// A client and its secret.
#[derive(Serialize, ToSchema)]
pub struct ClientWithSecret {
    #[serde(flatten)]
    pub client: ClientView,
    /// Shown this once: the whole for a client that sees nothing, which needs no approval; else the first half, and whoever
    /// approves is shown the second. The client puts one behind the other.
    #[schema(max_length = 60)]
    pub client_secret: String,
}

fn check(domains: Domains, roles: &[Role], wanted: &[String], expires_on: NaiveDate, today: NaiveDate) -> Result<()> {
    if roles.iter().any(|role| !matches!(role, Role::Partner | Role::County)) {
        return Err(Error::field(
            "/roles",
            "not_allowed",
            Text::new("用戶端角色限 PAR 或 CTY", "a client's roles are PAR or CTY"),
        ));
    }
    let allowed = domains.scopes(roles);
    if let Some(index) = wanted.iter().position(|scope| !allowed.contains(&scope.as_str())) {
        let (code, text) = if domains.scopes(Role::ALL).contains(&wanted[index].as_str()) {
            ("not_allowed", Text::new("超出角色可用之範圍", "outside the scopes of the roles"))
        } else {
            ("unknown", coded("unknown").1)
        };
        return Err(Error::field(format!("/scopes/{index}"), code, text));
    }
    let last = today.checked_add_months(Months::new(LONGEST_MONTHS)).unwrap_or(today);
    if expires_on < today || expires_on > last {
        return Err(Error::field("/expires_on", "range", Text::new("須在今日起五年內", "within five years from today")));
    }
    Ok(())
}

/// Lists integration clients.
///
/// In order of making, revoked ones too; secrets are never shown again.
#[utoipa::path(tag = "Identity", operation_id = "list_clients", params(Listing), responses((status = 200, description = "A page of clients, in order of making.", body = Page<ClientView>)))]
#[get("/v1/clients")]
pub async fn list_clients(may: May<ListClients>, paging: Paging) -> Result<Reply> {
    may.read(move |conn, _| {
        let all = || -> clients::BoxedQuery<'_, Backend> { clients::table.into_boxed() };
        let page = read_page!(conn, &paging, all, clients::id asc, Row)?;
        Reply::ok(&page.try_map(Row::into_view)?)
    })
    .await
}

/// Shows one client.
///
/// Its secret is never shown again.
#[utoipa::path(tag = "Identity", operation_id = "get_client", params(IdInPath), responses((status = 200, description = "The client.", body = ClientView)))]
#[get("/v1/clients/{id}")]
pub async fn get_client(may: May<GetClient>, id: PathId) -> Result<Reply> {
    may.read(move |conn, _| {
        let client = find(conn, id.0)?;
        Ok(Reply::ok(&client)?.version(client.version))
    })
    .await
}

/// Makes an integration client.
///
/// Its name, or its id, and its secret go to POST /v1/oauth/token. One that is an agency's, or has roles or scopes, waits as
/// `PENDING` until the director or a section chief approves it (POST …:approve): whoever makes it is shown one half of its
/// secret, whoever approves it the other.
#[utoipa::path(tag = "Identity", operation_id = "create_client", request_body = NewClient, responses(
    (status = 201, description = "The client and its secret.", body = ClientWithSecret),
    (status = 409, description = "`conflict`: a client has this name."),
))]
#[post("/v1/clients")]
pub async fn create_client_route(may: May<CreateClient>, node: Data<Node>, Valid(input): Valid<NewClient>) -> Result<Reply> {
    check(*node.part(), &input.roles(), &input.scopes, input.expires_on, may.now().date())?;
    may.write(move |tx, by| {
        if let Some(code) = &input.agency_code {
            check_agency(tx, code)?;
        }
        let whole = random_secret(32);
        let id = create(tx, &node.vault, &input, &whole, by.now)?;
        let mut client = find(tx, id)?;
        let client_secret = if client.sees() {
            client.status = ClientStatus::Pending;
            let (first, second) = halves(&whole);
            client.asked.half = Some(seal_half(&node.vault, id, second));
            client.asked_by(&by.caller.name(), by.now);
            write(tx, &client, by.now)?;
            first.to_owned()
        } else {
            whole
        };
        let version = client.version;
        Ok(Reply::created(format!("/v1/clients/{id}"), &ClientWithSecret { client, client_secret })?.version(version))
    })
    .await
}

fn check_agency(conn: &mut Conn, code: &str) -> Result<()> {
    agencies::store::find(conn, code).map(drop).map_err(|error| match error.problem().code {
        Code::NOT_FOUND => {
            let text = Text::new("應為 GET /v1/agencies 所列之機關代碼", "an agency's code from GET /v1/agencies");
            Error::field("/agency_code", "unknown", text)
        }
        _ => error,
    })
}

/// What to change; absent members stay.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"expires_on": "2030-12-31"}))]
pub struct ClientPatch {
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(max_items = 100, nullable = false)]
    scopes: Option<Vec<String>>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    expires_on: Option<NaiveDate>,
}

impl ClientPatch {
    /// What narrows is in force at once, and so is a name; what opens anything waits. Whoever asks for what is in force takes
    /// back what waits.
    fn apply(self, client: &mut ClientView, caller: &str, now: Moment) {
        patch::put(&mut client.name, self.name);
        if self.scopes.is_none() && self.expires_on.is_none() {
            return;
        }
        let mut wanted = ClientRequest { scopes: client.scopes.clone(), expires_on: client.expires_on };
        patch::put(&mut wanted.scopes, self.scopes);
        patch::put(&mut wanted.expires_on, self.expires_on);
        if client.widens(&wanted) {
            client.requested = Some(wanted);
        } else {
            (client.scopes, client.expires_on, client.requested) = (wanted.scopes, wanted.expires_on, None);
        }
        client.asked_by(caller, now);
    }
}

/// Changes a client.
///
/// Its access tokens end, so that new ones carry the new scopes. Further scopes and a later expiry of a client that sees
/// anything wait as `requested` for the approval of the director or a section chief.
#[utoipa::path(tag = "Identity", operation_id = "update_client", params(IdInPath, IfMatchHeader), request_body = ClientPatch, responses(
    (status = 200, description = "The client as changed.", body = ClientView),
    (status = 409, description = "`conflict`: a client has this name."),
))]
#[patch("/v1/clients/{id}")]
pub async fn update_client(
    may: May<UpdateClient>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<ClientPatch>,
) -> Result<Reply> {
    let domains = *may.node().part();
    may.write(move |tx, by| {
        let before = find(tx, id.0)?;
        if_match.check(before.version)?;
        let mut client = before.clone();
        input.clone().apply(&mut client, &by.caller.name(), by.now);
        if client == before {
            return Ok(Reply::ok(&client)?.version(client.version));
        }
        check(domains, &client.roles, &client.scopes, client.expires_on, by.now.date())?;
        if let Some(wanted) = &client.requested {
            check(domains, &client.roles, &wanted.scopes, wanted.expires_on, by.now.date())?;
        }
        save(tx, client, ClientAct::Change, by.now)
    })
    .await
}
