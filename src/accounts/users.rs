//! Accounts of staff and others, as administrators keep them and the director or a section chief approves them.

use actix_web::web::Data;
use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::AccountSettings;
use super::model::{Account, AccountAct, AccountStatus, Duty, NewAccount, UserView};
use super::passwords::hashing;
use super::policy::{
    ApproveUser, CreateUser, GetUser, ListUsers, ReinstateUser, RejectUser, ResetUserPassword, SuspendUser, UpdateUser,
};
use super::registration::check_username;
use super::sessions::event_data;
use super::{families, store};
use crate::auth::{By, May, Role};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, patch};
use crate::node::Node;
use crate::office::SERVICE_POINTS;
use crate::secrets::password;
use crate::secrets::vault::random_secret;

/// Filters of the list of accounts.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct UserFilter {
    /// Accounts that have this status.
    status: Option<AccountStatus>,
}

/// Lists accounts.
///
/// In order of making. Personal data are not among them.
#[utoipa::path(tag = "Identity", operation_id = "list_users", params(UserFilter, Listing), responses((status = 200, description = "A page of accounts.", body = Page<UserView>)))]
#[get("/v1/users")]
pub async fn list_users(may: May<ListUsers>, Params(filter): Params<UserFilter>, paging: Paging) -> Result<Reply> {
    may.read(move |conn, by| {
        let page = store::list(conn, filter.status, &paging)?;
        Reply::ok(&page.map(|account| UserView::of(&account, &by.caller)))
    })
    .await
}

/// A new account.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "clerk9", "name": "林承辦", "roles": ["CLK"], "duties": [], "service_point": "HEMEI"}))]
pub struct UserInput {
    /// 3 to 40 of a–z, 0–9, hyphen and underscore.
    #[schema(min_length = 3, max_length = 40, pattern = "^[a-z0-9_-]{3,40}$")]
    username: String,
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// In force once the director or a section chief has approved them.
    #[schema(min_items = 1, max_items = 11)]
    roles: Vec<Role>,
    #[serde(default)]
    #[schema(max_items = 6)]
    duties: Vec<Duty>,
    /// Code of a service point from GET /v1/office.
    #[schema(min_length = 1, max_length = 20)]
    service_point: Option<String>,
}

/// An account and its first password.
#[derive(Serialize, ToSchema)]
pub struct UserWithPassword {
    #[serde(flatten)]
    user: UserView,
    /// Shown this once; good for some hours (a setting), and must be changed at the first log-in.
    #[schema(max_length = 40)]
    initial_password: String,
}

fn check_roles(roles: &[Role]) -> Result<()> {
    if let Some(role) = roles.iter().find(|role| matches!(role, Role::BookingHolder | Role::ReceiptHolder)) {
        let text = Text::new(format!("{role} 不可授予帳號"), format!("{role} is no account's role"));
        return Err(Error::field("/roles", "not_allowed", text));
    }
    Ok(())
}

fn check_service_point(code: Option<&str>) -> Result<()> {
    if code.is_some_and(|code| !SERVICE_POINTS.contains(&code)) {
        let text = Text::new("應為 GET /v1/office 所列之服務據點代碼", "a service point's code from GET /v1/office");
        return Err(Error::field("/service_point", "not_allowed", text));
    }
    Ok(())
}

/// A password that its rules allow, for somebody to change at once.
pub fn first_password() -> String {
    format!("{}-7aA", random_secret(12))
}

/// Makes an account.
///
/// It waits as `PENDING` until the director or a section chief approves its roles (POST …:approve).
#[utoipa::path(tag = "Identity", operation_id = "create_user", request_body = UserInput, responses(
    (status = 201, description = "The account waits for approval.", body = UserWithPassword),
    (status = 409, description = "`conflict`: the user name is taken."),
))]
#[post("/v1/users")]
pub async fn create_user(may: May<CreateUser>, node: Data<Node>, Valid(input): Valid<UserInput>) -> Result<Reply> {
    check_username(&input.username)?;
    check_roles(&input.roles)?;
    check_service_point(input.service_point.as_deref())?;
    let initial_password = first_password();
    let text = initial_password.clone();
    let password_hash = hashing(move || password::hash(&text)).await?;
    may.write(move |tx, by| {
        let mut new = NewAccount::active(&input.username, &input.name, &[], password_hash.clone());
        new.status = AccountStatus::Pending;
        new.requested_roles = Some(input.roles.clone());
        new.requested_by = Some(by.caller.name());
        new.duties.clone_from(&input.duties);
        new.service_point.clone_from(&input.service_point);
        new.temporary_until = Some(node.config.of::<AccountSettings>().temporary_until(by.now));
        let account = store::create(tx, &new, by.now).and_then(|id| store::find(tx, id))?;
        let body = UserWithPassword { user: UserView::of(&account, &by.caller), initial_password: initial_password.clone() };
        Ok(Reply::created(format!("/v1/users/{}", account.id), &body)?.version(account.version))
    })
    .await
}

/// Shows one account.
///
/// With the roles that wait for approval and what can be done with it now.
#[utoipa::path(tag = "Identity", operation_id = "get_user", params(IdInPath), responses((status = 200, description = "The account.", body = UserView)))]
#[get("/v1/users/{id}")]
pub async fn get_user(may: May<GetUser>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| shown(&store::find(conn, id.0)?, by)).await
}

fn shown(account: &Account, by: &By) -> Result<Reply> {
    Ok(Reply::ok(&UserView::of(account, &by.caller))?.version(account.version))
}

/// What to change.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"duties": ["PETITIONS"]}))]
pub struct UserPatch {
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    name: Option<String>,
    /// Asked for; in force once approved. Those in force take back a request that waits.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_items = 1, max_items = 11, nullable = false)]
    roles: Option<Vec<Role>>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(max_items = 6, nullable = false)]
    duties: Option<Vec<Duty>>,
    /// `null` for an account of the whole office.
    #[serde(default, deserialize_with = "patch::set_or_clear")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 20)]
    service_point: Option<Option<String>>,
}

impl UserPatch {
    fn apply(self, account: &mut Account, caller: &str) {
        patch::put(&mut account.name, self.name);
        patch::put(&mut account.duties, self.duties);
        patch::put(&mut account.service_point, self.service_point);
        if let Some(roles) = self.roles.filter(|roles| account.requested_roles.as_ref() != Some(roles)) {
            // Whoever asks for the roles in force takes back what waits for approval.
            account.requested_roles = (roles != account.roles).then_some(roles);
            account.requested_by = account.requested_roles.is_some().then(|| caller.to_owned());
        }
    }
}

/// Changes an account.
///
/// New roles wait in `requested_roles` for the approval of the director or a section chief.
#[utoipa::path(tag = "Identity", operation_id = "update_user", params(IdInPath, IfMatchHeader), request_body = UserPatch, responses((status = 200, description = "The account as changed.", body = UserView)))]
#[patch("/v1/users/{id}")]
pub async fn update_user(may: May<UpdateUser>, id: PathId, if_match: IfMatch, Valid(input): Valid<UserPatch>) -> Result<Reply> {
    check_roles(input.roles.as_deref().unwrap_or_default())?;
    check_service_point(input.service_point.as_ref().and_then(Option::as_deref))?;
    may.write(move |tx, by| {
        let before = store::find(tx, id.0)?;
        if_match.check(before.version)?;
        let mut account = before.clone();
        input.clone().apply(&mut account, &by.caller.name());
        if account == before {
            return shown(&account, by);
        }
        account.version += 1;
        account.updated_at = by.now;
        save(tx, by, &account, AccountAct::Change)
    })
    .await
}

fn save(tx: &mut Tx, by: &By, account: &Account, act: AccountAct) -> Result<Reply> {
    store::update(tx, account)?;
    tx.record(Record::change(act.line().journal, format!("users/{}", account.id), event_data(account)));
    shown(account, by)
}

/// Finds an account as the caller read it, and moves it on.
fn act(
    tx: &mut Tx,
    by: &By,
    id: Id,
    if_match: &IfMatch,
    act: AccountAct,
    step: impl FnOnce(Account, &By) -> Result<Account>,
) -> Result<Reply> {
    let account = store::find(tx, id)?;
    if_match.check(account.version)?;
    let account = step(account, by)?;
    save(tx, by, &account, act)
}

/// Approves requested roles.
///
/// Not by whoever asked for them, nor by whoever gets them. The account's log-ins end, so that its tokens carry the
/// new roles.
#[utoipa::path(tag = "Identity", operation_id = "approve_user", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The roles are in force.", body = UserView),
    (status = 409, description = "`own_request`, `conflict` for the last administrator, or `wrong_state` with `allowed_actions`."),
))]
#[post("/v1/users/{id}:approve")]
pub async fn approve_user(may: May<ApproveUser>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let is_last = store::find(tx, id.0).and_then(|account| store::is_last_administrator(tx, &account))?;
        act(tx, by, id.0, &if_match, AccountAct::Approve, |account, by| {
            let approved = account.approve(&by.caller, by.now)?;
            if is_last && !approved.roles.contains(&Role::Administrator) { Err(last_administrator()) } else { Ok(approved) }
        })
    })
    .await
}

fn last_administrator() -> Error {
    let text = Text::new("須留有一位使用中的系統管理員", "one active administrator must remain");
    Problem::new(Code::CONFLICT).field("/roles", "last_administrator", text).into()
}

/// Rejects requested roles.
///
/// Those in force stay; a new account stays `PENDING` until other roles are asked for and approved.
#[utoipa::path(tag = "Identity", operation_id = "reject_user", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The request is dropped.", body = UserView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/users/{id}:reject")]
pub async fn reject_user(may: May<RejectUser>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| act(tx, by, id.0, &if_match, AccountAct::Reject, |a, by| a.reject(&by.caller, by.now))).await
}

/// Suspends an account.
///
/// At once: its tokens are refused from the next request on, and its log-ins end. The last active administrator
/// cannot be suspended.
#[utoipa::path(tag = "Identity", operation_id = "suspend_user", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The account is suspended.", body = UserView),
    (status = 409, description = "`conflict` for the last administrator, or `wrong_state` with `allowed_actions`."),
))]
#[post("/v1/users/{id}:suspend")]
pub async fn suspend_user(may: May<SuspendUser>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        if store::find(tx, id.0).and_then(|account| store::is_last_administrator(tx, &account))? {
            return Err(last_administrator());
        }
        families::revoke_all(tx, id.0, by.now)?;
        act(tx, by, id.0, &if_match, AccountAct::Suspend, |a, by| a.suspend(&by.caller, by.now))
    })
    .await
}

/// Reinstates a suspended account.
///
/// New log-ins work again; those of before the suspension stay ended.
#[utoipa::path(tag = "Identity", operation_id = "reinstate_user", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The account is active again.", body = UserView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/users/{id}:reinstate")]
pub async fn reinstate_user(may: May<ReinstateUser>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| act(tx, by, id.0, &if_match, AccountAct::Reinstate, |a, by| a.reinstate(&by.caller, by.now))).await
}

/// Gives an account a new first password.
///
/// Shown once; its log-ins end, and the next one must set a password of its own.
#[utoipa::path(tag = "Identity", operation_id = "reset_user_password", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The new first password.", body = UserWithPassword),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/users/{id}:reset-password")]
pub async fn reset_user_password(may: May<ResetUserPassword>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    let initial_password = first_password();
    let text = initial_password.clone();
    let hash = hashing(move || password::hash(&text)).await?;
    may.write(move |tx, by| {
        let account = store::find(tx, id.0)?;
        if_match.check(account.version)?;
        let account = account.reset_password(&by.caller, by.now)?;
        store::set_password(tx, id.0, &hash, Some(node.config.of::<AccountSettings>().temporary_until(by.now)), by.now)?;
        let body = UserWithPassword { user: UserView::of(&account, &by.caller), initial_password: initial_password.clone() };
        Ok(Reply::ok(&body)?.version(account.version))
    })
    .await
}
