//! Integration clients: agencies, the county's jobs and front-ends, with scopes, an expiry and a secret shown once.

use actix_web::web::Data;
use actix_web::{get, patch, post};
use chrono::{Months, NaiveDate};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as Diesel};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::model::{ClientAct, ClientStatus};
use super::policy::{CreateClient, GetClient, ListClients, RevokeClient, RotateClientSecret, UpdateClient};
use crate::agencies;
use crate::auth::{May, Role};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Backend, Conn, Id, JsonText, Record, Tx};
use crate::domain::Domains;
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, PathId, Reply, Valid, patch};
use crate::node::Node;
use crate::schema::clients;
use crate::secrets::vault::{Vault, random_secret};
use crate::{find, read_page};

/// Months that an approval lasts at most (各機關申請提供戶籍資料及親等關聯資料辦法: five years).
const LONGEST_MONTHS: u32 = 60;

/// A client as it is kept and shown.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Client, example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "name": "彰化縣地方稅務局", "agency_code": "LOCAL_TAX", "roles": ["PAR"],
    "scopes": ["me.read"], "status": "ACTIVE", "expires_on": "2029-12-31", "created_at": "2026-11-23T09:00:00+08:00", "version": 1
}))]
pub struct ClientView {
    pub id: Id,
    /// Serves as `client_id` too; no two active clients have the same.
    #[schema(max_length = 100)]
    pub name: String,
    /// Code of the agency from its master data.
    #[schema(max_length = 40)]
    pub agency_code: Option<String>,
    #[schema(max_items = 2)]
    pub roles: Vec<Role>,
    #[schema(max_items = 100)]
    pub scopes: Vec<String>,
    pub status: ClientStatus,
    /// Last day of the approval.
    pub expires_on: NaiveDate,
    pub created_at: Moment,
    #[serde(skip)]
    pub epoch: i64,
    /// As in `ETag`, for `If-Match`: `"v1"`.
    pub version: i32,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = clients)]
struct Row {
    id: Id,
    name: String,
    agency_code: Option<String>,
    roles: JsonText,
    scopes: JsonText,
    status: ClientStatus,
    expires_on: NaiveDate,
    created_at: Moment,
    epoch: i64,
    version: i32,
}

impl Row {
    fn into_view(self) -> Result<ClientView> {
        Ok(ClientView {
            id: self.id,
            name: self.name,
            agency_code: self.agency_code,
            roles: self.roles.read()?,
            scopes: self.scopes.read()?,
            status: self.status,
            expires_on: self.expires_on,
            created_at: self.created_at,
            epoch: self.epoch,
            version: self.version,
        })
    }
}

/// A client and its secret.
#[derive(Serialize, ToSchema)]
pub struct ClientWithSecret {
    #[serde(flatten)]
    client: ClientView,
    /// Shown this once.
    #[schema(max_length = 60)]
    client_secret: String,
}

/// A client to make.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClientInput, example = json!({"name": "彰化縣地方稅務局", "agency_code": "LOCAL_TAX", "scopes": ["me.read"], "expires_on": "2029-12-31"}))]
pub struct NewClient {
    /// Serves as `client_id` too; no two active clients have the same.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Code of an agency from GET /v1/agencies.
    #[schema(min_length = 1, max_length = 40)]
    pub agency_code: Option<String>,
    /// `PAR` for agencies, `CTY` for the county, none for front-ends; when absent they follow from the agency and
    /// the scopes.
    #[schema(max_items = 2)]
    pub roles: Option<Vec<Role>>,
    /// Scopes within those of the roles.
    #[schema(max_items = 100)]
    pub scopes: Vec<String>,
    /// At most five years from today.
    pub expires_on: NaiveDate,
}

impl NewClient {
    /// The roles asked for, else an agency's for an agency, and the county's for scopes that need it.
    fn roles(&self) -> Vec<Role> {
        match &self.roles {
            Some(roles) => roles.clone(),
            None if self.agency_code.is_some() => vec![Role::Partner],
            None if self.scopes.is_empty() => Vec::new(),
            None => vec![Role::County],
        }
    }
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
        let text = Text::new("超出角色可用之範圍", "outside the scopes of the roles");
        return Err(Error::field(format!("/scopes/{index}"), "not_allowed", text));
    }
    let last = today.checked_add_months(Months::new(LONGEST_MONTHS)).unwrap_or(today);
    if expires_on < today || expires_on > last {
        return Err(Error::field("/expires_on", "range", Text::new("須在今日起五年內", "within five years from today")));
    }
    Ok(())
}

/// Makes a client with a secret of the caller's choice.
pub fn create(tx: &mut Tx, vault: &Vault, new: &NewClient, secret: &str, now: Moment) -> Result<Id> {
    let id = Id::new(now);
    let row = (
        clients::id.eq(id),
        clients::name.eq(&new.name),
        clients::agency_code.eq(&new.agency_code),
        clients::roles.eq(JsonText::of(&new.roles())?),
        clients::scopes.eq(JsonText::of(&new.scopes)?),
        clients::secret_hash.eq(vault.secret_hash(secret)),
        clients::status.eq(ClientStatus::Active),
        clients::expires_on.eq(new.expires_on),
        clients::epoch.eq(1),
        clients::created_at.eq(now),
        clients::updated_at.eq(now),
        clients::version.eq(1),
    );
    diesel::insert_into(clients::table).values(row).execute(&mut **tx).map_err(name_taken)?;
    tx.record(Record::change(ClientAct::Create.line().journal, format!("clients/{id}"), json!({"scopes": new.scopes})));
    Ok(id)
}

/// The one thing that is unique about a client beside its id is the name.
fn name_taken(error: Diesel) -> Error {
    match error {
        Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
            let text = Text::new("此名稱已有使用中的用戶端", "an active client has this name");
            Problem::new(Code::CONFLICT).field("/name", "taken", text).into()
        }
        other => other.into(),
    }
}

pub fn find(conn: &mut Conn, id: Id) -> Result<ClientView> {
    let row: Option<Row> = find!(conn, clients::table.find(id).select(Row::as_select()))?;
    row.ok_or(Code::NOT_FOUND)?.into_view()
}

/// The client that this id or name, and this secret, prove, if its approval is in force.
pub fn authenticate(conn: &mut Conn, vault: &Vault, name: &str, secret: &str, today: NaiveDate) -> Result<ClientView> {
    let mut active = clients::table.filter(clients::status.eq(ClientStatus::Active)).into_boxed();
    active = match name.parse::<Id>() {
        Ok(id) => active.filter(clients::id.eq(id)),
        Err(_) => active.filter(clients::name.eq(name)),
    };
    let found: Option<(Row, String)> = active.select((Row::as_select(), clients::secret_hash)).first(conn).optional()?;
    match found {
        Some((client, hash)) if vault.is_secret(secret, &hash) && client.expires_on >= today => client.into_view(),
        _ => Err(Code::INVALID_CLIENT.into()),
    }
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
/// Its name, or its id, and its secret go to POST /v1/oauth/token. The secret is shown this once.
#[utoipa::path(tag = "Identity", operation_id = "create_client", request_body = NewClient, responses(
    (status = 201, description = "The client and its secret.", body = ClientWithSecret),
    (status = 409, description = "`conflict`: an active client has this name."),
))]
#[post("/v1/clients")]
pub async fn create_client_route(may: May<CreateClient>, node: Data<Node>, Valid(input): Valid<NewClient>) -> Result<Reply> {
    check(*node.part(), &input.roles(), &input.scopes, input.expires_on, may.now().date())?;
    may.write(move |tx, by| {
        if let Some(code) = &input.agency_code {
            check_agency(tx, code)?;
        }
        let client_secret = random_secret(32);
        let id = create(tx, &node.vault, &input, &client_secret, by.now)?;
        let client = find(tx, id)?;
        let version = client.version;
        Ok(Reply::created(format!("/v1/clients/{id}"), &ClientWithSecret { client, client_secret })?.version(version))
    })
    .await
}

fn check_agency(conn: &mut Conn, code: &str) -> Result<()> {
    agencies::store::find(conn, code).map(drop).map_err(|error| match error.problem().code {
        Code::NOT_FOUND => {
            let text = Text::new("應為 GET /v1/agencies 所列之機關代碼", "an agency's code from GET /v1/agencies");
            Error::field("/agency_code", "not_allowed", text)
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
    fn apply(self, client: &mut ClientView) {
        patch::put(&mut client.name, self.name);
        patch::put(&mut client.scopes, self.scopes);
        patch::put(&mut client.expires_on, self.expires_on);
    }
}

/// Changes a client.
///
/// Its access tokens end, so that new ones carry the new scopes.
#[utoipa::path(tag = "Identity", operation_id = "update_client", params(IdInPath, IfMatchHeader), request_body = ClientPatch, responses(
    (status = 200, description = "The client as changed.", body = ClientView),
    (status = 409, description = "`conflict`: an active client has this name."),
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
        input.clone().apply(&mut client);
        if client == before {
            return Ok(Reply::ok(&client)?.version(client.version));
        }
        check(domains, &client.roles, &client.scopes, client.expires_on, by.now.date())?;
        save(tx, client, None, ClientAct::Change, by.now)
    })
    .await
}

fn save(tx: &mut Tx, mut client: ClientView, secret_hash: Option<String>, act: ClientAct, now: Moment) -> Result<Reply> {
    client.version += 1;
    client.epoch += 1;
    let row = clients::table.find(client.id);
    diesel::update(row)
        .set((
            clients::name.eq(&client.name),
            clients::scopes.eq(JsonText::of(&client.scopes)?),
            clients::status.eq(client.status),
            clients::expires_on.eq(client.expires_on),
            clients::epoch.eq(client.epoch),
            clients::updated_at.eq(now),
            clients::version.eq(client.version),
        ))
        .execute(&mut **tx)
        .map_err(name_taken)?;
    if let Some(hash) = secret_hash {
        diesel::update(row).set(clients::secret_hash.eq(hash)).execute(&mut **tx)?;
    }
    tx.record(Record::change(act.line().journal, format!("clients/{}", client.id), json!({"status": client.status})));
    Ok(Reply::ok(&client)?.version(client.version))
}

/// Gives a client a new secret.
///
/// The old secret and its access tokens end at once.
#[utoipa::path(tag = "Identity", operation_id = "rotate_client_secret", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The client and its new secret.", body = ClientWithSecret),
    (status = 409, description = "`wrong_state`: the client is revoked."),
))]
#[post("/v1/clients/{id}:rotate-secret")]
pub async fn rotate_client_secret(
    may: May<RotateClientSecret>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let client = find(tx, id.0)?;
        if_match.check(client.version)?;
        ClientAct::RotateSecret.apply(client.status)?;
        let client_secret = random_secret(32);
        save(tx, client, Some(node.vault.secret_hash(&client_secret)), ClientAct::RotateSecret, by.now)?;
        let client = find(tx, id.0)?;
        let version = client.version;
        Ok(Reply::ok(&ClientWithSecret { client, client_secret })?.version(version))
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
        save(tx, client, None, ClientAct::Revoke, by.now)
    })
    .await
}
