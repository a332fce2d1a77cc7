//! Integration clients: what they are, who may widen what they see, and how they are kept.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as Diesel};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::model::{ClientAct, ClientStatus};
use crate::auth::Role;
use crate::clock::Moment;
use crate::db::{Conn, Id, JsonText, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::find;
use crate::http::Reply;
use crate::people::Words;
use crate::schema::clients;
use crate::secrets::vault::{Sealed, Vault};

/// A client as it is kept and shown.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Client, example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "name": "彰化縣地方稅務局", "agency_code": "LOCAL_TAX", "roles": ["PAR"],
    "scopes": ["me.read"], "status": "ACTIVE", "expires_on": "2029-12-31", "created_at": "2026-11-23T09:00:00+08:00",
    "requested_secret": false, "version": 1
}))]
pub struct ClientView {
    pub id: Id,
    /// Serves as `client_id` too; no two clients that stand have the same.
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
    /// A change that waits for approval; absent where none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub requested: Option<ClientRequest>,
    /// Whether a new secret waits for approval.
    pub requested_secret: bool,
    #[serde(skip)]
    pub asked: Asked,
    #[serde(skip)]
    pub epoch: i64,
    /// As in `ETag`, for `If-Match`: `"v1"`.
    pub version: i32,
}

/// What a client is to see, and until when, once it is approved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"scopes": ["me.read", "agency_queue.read"], "expires_on": "2029-12-31"}))]
pub struct ClientRequest {
    #[schema(max_items = 100)]
    pub scopes: Vec<String>,
    pub expires_on: NaiveDate,
}

/// Who asked for what waits, and the secret that waits: its hash, and the approver's half, sealed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    pub by: Vec<String>,
    /// When the first of them did; not known of what was asked for before that was kept.
    pub at: Option<Moment>,
    pub secret: Option<String>,
    pub half: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = clients)]
pub struct Row {
    pub id: Id,
    name: String,
    agency_code: Option<String>,
    roles: JsonText,
    scopes: JsonText,
    status: ClientStatus,
    expires_on: NaiveDate,
    created_at: Moment,
    epoch: i64,
    version: i32,
    requested: Option<JsonText>,
    requested_by: Option<String>,
    requested_secret: Option<String>,
    requested_half: Option<String>,
    requested_at: Option<Moment>,
}

impl Row {
    /// As it is shown.
    pub fn into_view(self) -> Result<ClientView> {
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
            requested: self.requested.map(|text| text.read()).transpose()?,
            requested_secret: self.requested_secret.is_some(),
            asked: Asked {
                by: self.requested_by.iter().flat_map(|names| names.split(' ')).map(ToOwned::to_owned).collect(),
                at: self.requested_at,
                secret: self.requested_secret,
                half: self.requested_half,
            },
        })
    }
}

impl ClientView {
    /// Whether it sees anything that is not everybody's: then it takes two people to make or widen it.
    pub fn sees(&self) -> bool {
        self.agency_code.is_some() || !self.roles.is_empty() || !self.scopes.is_empty()
    }

    /// Whether what is asked for would open more, or for longer, than what is in force.
    pub fn widens(&self, wanted: &ClientRequest) -> bool {
        let more = wanted.scopes.iter().any(|scope| !self.scopes.contains(scope)) || wanted.expires_on > self.expires_on;
        more && (self.sees() || !wanted.scopes.is_empty())
    }

    /// Whether something waits for approval.
    pub fn waits(&self) -> bool {
        self.status == ClientStatus::Pending || self.requested.is_some() || self.requested_secret
    }

    /// Forgets what waits.
    pub fn drop_requests(&mut self) {
        (self.requested, self.requested_secret, self.asked) = (None, false, Asked::default());
    }

    /// Notes who asked; nobody, where nothing waits any more.
    pub fn asked_by(&mut self, name: &str, now: Moment) {
        if !self.waits() {
            self.asked.by.clear();
        } else if !self.asked.by.iter().any(|asker| asker == name) {
            self.asked.at = if self.asked.by.is_empty() { Some(now) } else { self.asked.at };
            self.asked.by.push(name.to_owned());
        }
    }
}

/// A client to make.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClientInput, example = json!({"name": "彰化縣地方稅務局", "agency_code": "LOCAL_TAX", "scopes": ["me.read"], "expires_on": "2029-12-31"}))]
pub struct NewClient {
    /// Serves as `client_id` too; no two clients that stand have the same.
    #[schema(value_type = Words)]
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
    pub fn roles(&self) -> Vec<Role> {
        match &self.roles {
            Some(roles) => roles.clone(),
            None if self.agency_code.is_some() => vec![Role::Partner],
            None if self.scopes.is_empty() => Vec::new(),
            None => vec![Role::County],
        }
    }
}

/// Makes an active client with a secret of the caller's choice.
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
            let text = Text::new("此名稱已有用戶端", "a client has this name");
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

/// Writes a client's next version; whatever had been issued to it ends.
pub fn save(tx: &mut Tx, mut client: ClientView, act: ClientAct, now: Moment) -> Result<Reply> {
    client.version += 1;
    client.epoch += 1;
    write(tx, &client, now)?;
    tx.record(Record::change(act.line().journal, format!("clients/{}", client.id), json!({"status": client.status})));
    Ok(Reply::ok(&client)?.version(client.version))
}

/// Writes a client as it stands, whose version the caller has judged.
pub fn write(tx: &mut Tx, client: &ClientView, now: Moment) -> Result<()> {
    diesel::update(clients::table.find(client.id))
        .set((
            clients::name.eq(&client.name),
            clients::scopes.eq(JsonText::of(&client.scopes)?),
            clients::status.eq(client.status),
            clients::expires_on.eq(client.expires_on),
            clients::epoch.eq(client.epoch),
            clients::updated_at.eq(now),
            clients::version.eq(client.version),
            clients::requested.eq(client.requested.as_ref().map(JsonText::of).transpose()?),
            clients::requested_by.eq((!client.asked.by.is_empty()).then(|| client.asked.by.join(" "))),
            clients::requested_at.eq(client.asked.at.filter(|_| !client.asked.by.is_empty())),
            clients::requested_secret.eq(&client.asked.secret),
            clients::requested_half.eq(&client.asked.half),
        ))
        .execute(&mut **tx)
        .map_err(name_taken)?;
    Ok(())
}

/// Puts a secret in force.
pub fn set_secret(tx: &mut Tx, id: Id, hash: &str) -> Result<()> {
    diesel::update(clients::table.find(id)).set(clients::secret_hash.eq(hash)).execute(&mut **tx)?;
    Ok(())
}

fn half_identity(id: Id) -> String {
    format!("clients/{id}/half")
}

/// The approver's half of a secret, as it is kept until the approval.
pub fn seal_half(vault: &Vault, id: Id, half: &str) -> String {
    vault.seal(&half_identity(id), half).into_stored()
}

/// The half that is left for the approver.
pub fn open_half(vault: &Vault, client: &ClientView) -> Result<Option<String>> {
    let open = |half: &String| vault.open(&half_identity(client.id), &Sealed::from_stored(half.clone()));
    client.asked.half.as_ref().map(open).transpose().map_err(|e| Error::internal("a half does not open", e))
}
