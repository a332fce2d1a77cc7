//! An account as administrators, approvers and its owner see it.

use serde::Serialize;
use utoipa::ToSchema;

use super::holder::{self, HolderView};
use super::model::{Account, AccountAct, AccountStatus, Duty};
use super::{requests, resets};
use crate::auth::whoever::name_identity;
use crate::auth::{Caller, Role};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::secrets::vault::Vault;

/// An account as administrators and its owner see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = User, example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "username": "clerk9", "name": "林承辦", "status": "PENDING", "roles": [],
    "requested_roles": ["CLK"], "requested_password": false, "duties": [], "service_point": "HEMEI", "must_change_password": true,
    "last_login_at": null, "allowed_actions": ["approve", "reject"], "created_at": "2026-11-23T09:00:00+08:00", "updated_at": "2026-11-23T09:00:00+08:00"
}))]
pub struct UserView {
    pub id: Id,
    #[schema(max_length = 40)]
    pub username: String,
    #[schema(max_length = 100)]
    pub name: String,
    pub status: AccountStatus,
    #[schema(max_items = 11)]
    pub roles: Vec<Role>,
    /// Roles that wait for approval.
    #[schema(max_items = 11)]
    pub requested_roles: Option<Vec<Role>>,
    /// Duties that wait for approval; absent where none do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 7, nullable = false)]
    pub requested_duties: Option<Vec<Duty>>,
    /// The service point that waits for approval; absent where none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub requested_service_point: Option<RequestedServicePoint>,
    /// The name that waits for approval; absent where none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100, nullable = false)]
    pub requested_name: Option<String>,
    /// Who is to count as whoever works with it, once approved; absent where nobody is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub requested_holder: Option<HolderView>,
    /// The state that waits for approval, `SUSPENDED` or `ACTIVE`; absent where none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub requested_status: Option<AccountStatus>,
    /// Whether a new first password waits for approval.
    pub requested_password: bool,
    #[schema(max_items = 7)]
    pub duties: Vec<Duty>,
    #[schema(max_length = 20)]
    pub service_point: Option<String>,
    /// Who works with it; absent where nobody has been named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub holder: Option<HolderView>,
    pub must_change_password: bool,
    pub last_login_at: Option<Moment>,
    /// When somebody said that its password is forgotten; absent where nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reset_asked_at: Option<Moment>,
    /// What the caller can do with it now.
    #[schema(value_type = Vec<AccountAct>, max_items = 4)]
    pub allowed_actions: Vec<&'static str>,
    pub created_at: Moment,
    pub updated_at: Moment,
}

/// The service point to which an account is to belong.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"code": "HEMEI"}))]
pub struct RequestedServicePoint {
    /// `null` for the whole office.
    #[schema(max_length = 20)]
    code: Option<String>,
}

impl UserView {
    /// The account as a caller sees it.
    pub fn of(conn: &mut Conn, vault: &Vault, account: &Account, caller: &Caller) -> Result<Self> {
        let parts = requests::parts(conn, account, caller)?;
        let masked = |holder: &Option<_>| holder.as_ref().map(|holder| holder::masked(vault, account.id, holder)).transpose();
        let open = |name: &String| vault.open_text(&name_identity(account.id), name);
        Ok(Self {
            id: account.id,
            username: account.username.clone(),
            name: account.called(vault)?,
            status: account.status,
            roles: account.roles.clone(),
            requested_roles: account.requested.roles.clone(),
            requested_duties: account.requested.duties.clone(),
            requested_service_point: account.requested.service_point.clone().map(|code| RequestedServicePoint { code }),
            requested_name: account.requested.name.as_ref().map(open).transpose()?,
            requested_holder: masked(&account.requested.holder)?,
            requested_status: account.requested.status,
            requested_password: account.requested.password.is_some(),
            duties: account.duties.clone(),
            service_point: account.service_point.clone(),
            holder: masked(&account.holder)?,
            must_change_password: account.must_change_password,
            last_login_at: account.last_login_at,
            reset_asked_at: resets::asked_at(conn, account.id)?,
            allowed_actions: account.allowed_actions(caller, &parts),
            created_at: account.created_at,
            updated_at: account.updated_at,
        })
    }
}
