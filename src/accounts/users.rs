//! Accounts of staff and others, as administrators keep them and the director or a section chief approves them.

use actix_web::web::Data;
use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::AccountSettings;
use super::links::end_everything;
use super::model::{Account, AccountAct, AccountStatus, Duty, FirstPassword, NewAccount};
use super::passwords::hashing;
use super::policy::{
    ApproveUser, CreateUser, GetUser, ListUsers, ReinstateUser, RejectUser, ResetUserPassword, SuspendUser, UpdateUser,
};
use super::registration::check_username;
use super::sessions::event_data;
use super::view::UserView;
use super::{requests, store};
use crate::auth::{By, May, Role};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, patch};
use crate::node::Node;
use crate::office::SERVICE_POINTS;
use crate::secrets::password;
use crate::secrets::vault::{Sealed, Vault, halves, random_secret};
use crate::states::Part;

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
        Reply::ok(&page.try_map(|account| UserView::of(conn, &account, &by.caller))?)
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

/// An account and the first half of its first password.
#[derive(Serialize, ToSchema)]
pub struct UserWithPassword {
    #[serde(flatten)]
    user: UserView,
    /// The first half of a password, shown this once; whoever approves is shown the second. The holder puts one behind the
    /// other, and must change the whole at the first log-in; it is good for some hours (a setting).
    #[schema(max_length = 40)]
    initial_password: String,
}

/// An account after an approval.
#[derive(Serialize, ToSchema)]
pub struct ApprovedUser {
    #[serde(flatten)]
    user: UserView,
    /// The second half of a first password that was approved with it, shown this once; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, nullable = false)]
    second_half: Option<String>,
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

/// A password that its rules allow, for somebody to change at once: the asker's half, and what waits for the approver.
async fn first_password(vault: &Vault, username: &str) -> Result<(String, FirstPassword)> {
    let whole = format!("{}-7aA", random_secret(24));
    let (first, second) = halves(&whole);
    let (first, half) = (first.to_owned(), vault.seal(&half_identity(username), second).into_stored());
    let hash = hashing(move || password::hash(&whole)).await?;
    Ok((first, FirstPassword { hash, half }))
}

fn half_identity(username: &str) -> String {
    format!("accounts/{username}/half")
}

/// The half that is left for the approver.
fn second_half(vault: &Vault, account: &Account) -> Result<Option<String>> {
    let open = |half: &String| vault.open(&half_identity(&account.username), &Sealed::from_stored(half.clone()));
    account.requested.half.as_ref().map(open).transpose().map_err(|e| Error::internal("a half does not open", e))
}

/// Makes an account.
///
/// It waits as `PENDING` until the director or a section chief approves its roles, duties and service point
/// (POST …:approve). Whoever makes it is shown one half of its first password, whoever approves it the other.
#[utoipa::path(tag = "Identity", operation_id = "create_user", request_body = UserInput, responses(
    (status = 201, description = "The account waits for approval.", body = UserWithPassword),
    (status = 409, description = "`conflict`: the user name is taken."),
))]
#[post("/v1/users")]
pub async fn create_user(may: May<CreateUser>, node: Data<Node>, Valid(input): Valid<UserInput>) -> Result<Reply> {
    check_username(&input.username)?;
    check_roles(&input.roles)?;
    check_service_point(input.service_point.as_deref())?;
    let (initial_password, first) = first_password(&node.vault, &input.username).await?;
    may.write(move |tx, by| {
        let mut new = NewAccount::active(&input.username, &input.name, &[], first.hash.clone());
        new.requested_half = Some(first.half.clone());
        new.status = AccountStatus::Pending;
        new.requested_roles = Some(input.roles.clone());
        new.requested_by = Some(by.caller.name());
        new.duties.clone_from(&input.duties);
        new.service_point.clone_from(&input.service_point);
        new.temporary_until = Some(node.config.of::<AccountSettings>().temporary_until(by.now));
        let account = store::create(tx, &new, by.now).and_then(|id| store::find(tx, id))?;
        let user = UserView::of(tx, &account, &by.caller)?;
        let body = UserWithPassword { user, initial_password: initial_password.clone() };
        Ok(Reply::created(format!("/v1/users/{}", account.id), &body)?.version(account.version))
    })
    .await
}

/// Shows one account.
///
/// With what waits for approval and what can be done with it now.
#[utoipa::path(tag = "Identity", operation_id = "get_user", params(IdInPath), responses((status = 200, description = "The account.", body = UserView)))]
#[get("/v1/users/{id}")]
pub async fn get_user(may: May<GetUser>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| store::find(conn, id.0).and_then(|account| shown(conn, &account, by))).await
}

fn shown(conn: &mut Conn, account: &Account, by: &By) -> Result<Reply> {
    Ok(Reply::ok(&UserView::of(conn, account, &by.caller)?)?.version(account.version))
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
    /// Asked for; in force once approved, like the roles.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(max_items = 6, nullable = false)]
    duties: Option<Vec<Duty>>,
    /// Asked for; in force once approved, like the roles. `null` for an account of the whole office.
    #[serde(default, deserialize_with = "patch::set_or_clear")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 20)]
    service_point: Option<Option<String>>,
}

impl UserPatch {
    fn apply(self, account: &mut Account, caller: &str) {
        patch::put(&mut account.name, self.name);
        let before = account.requested.clone();
        ask(&mut account.requested.roles, &account.roles, self.roles);
        ask(&mut account.requested.duties, &account.duties, self.duties);
        ask(&mut account.requested.service_point, &account.service_point, self.service_point);
        if account.requested != before {
            account.requested.asked_by(caller);
        }
    }
}

/// Puts down what is asked for, if anything; whoever asks for what is in force takes back what waits.
fn ask<T: PartialEq>(waiting: &mut Option<T>, in_force: &T, asked: Option<T>) {
    if let Some(asked) = asked {
        *waiting = (asked != *in_force).then_some(asked);
    }
}

/// Changes an account.
///
/// New roles, duties and another service point decide what somebody may see: they wait, as `requested_roles`,
/// `requested_duties` and `requested_service_point`, for the approval of the director or a section chief.
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
            return shown(tx, &account, by);
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
    shown(tx, account, by)
}

/// Finds an account as the caller read it, and moves it on.
fn act(
    tx: &mut Tx,
    by: &By,
    id: Id,
    if_match: &IfMatch,
    act: AccountAct,
    step: impl FnOnce(Account, &[Part]) -> Result<Account>,
) -> Result<Reply> {
    let account = store::find(tx, id)?;
    if_match.check(account.version)?;
    let parts = requests::parts(tx, &account, &by.caller)?;
    let account = step(account, &parts)?;
    save(tx, by, &account, act)
}

/// Approves what was asked for.
///
/// Roles, duties, service point, a new first password: whatever waits. Not by whoever asked for it, nor by whoever gets it,
/// nor by another account of theirs; `If-Match` names the version that was seen, `*` none. The account's log-ins end, so
/// that its tokens carry the new roles.
#[utoipa::path(tag = "Identity", operation_id = "approve_user", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "What was asked for is in force.", body = ApprovedUser),
    (status = 409, description = "`own_request`, `conflict` for the last administrator, or `wrong_state` with `allowed_actions`."),
))]
#[post("/v1/users/{id}:approve")]
pub async fn approve_user(may: May<ApproveUser>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let asked = store::find(tx, id.0)?;
        if_match.seen(asked.version)?;
        let is_last = store::is_last_administrator(tx, &asked)?;
        act(tx, by, id.0, &if_match, AccountAct::Approve, |account, parts| {
            let approved = account.approve(&by.caller, parts, by.now)?;
            if is_last && !approved.roles.contains(&Role::Administrator) { Err(last_administrator()) } else { Ok(approved) }
        })?;
        if let Some(hash) = &asked.requested.password {
            let until = node.config.of::<AccountSettings>().temporary_until(by.now);
            store::set_password(tx, id.0, hash, Some(until), by.now)?;
        }
        let account = store::find(tx, id.0)?;
        let (user, second_half) = (UserView::of(tx, &account, &by.caller)?, second_half(&node.vault, &asked)?);
        Ok(Reply::ok(&ApprovedUser { user, second_half })?.version(account.version))
    })
    .await
}

fn last_administrator() -> Error {
    let text = Text::new("須留有一位使用中的系統管理員", "one active administrator must remain");
    Problem::new(Code::CONFLICT).field("/roles", "last_administrator", text).into()
}

/// Rejects what was asked for.
///
/// What is in force stays; a new account stays `PENDING` until other roles are asked for and approved.
#[utoipa::path(tag = "Identity", operation_id = "reject_user", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The request is dropped.", body = UserView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/users/{id}:reject")]
pub async fn reject_user(may: May<RejectUser>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| act(tx, by, id.0, &if_match, AccountAct::Reject, |a, parts| a.reject(&by.caller, parts, by.now)))
        .await
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
        end_everything(tx, id.0, by.now)?;
        act(tx, by, id.0, &if_match, AccountAct::Suspend, |a, parts| a.suspend(&by.caller, parts, by.now))
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
    may.write(move |tx, by| {
        act(tx, by, id.0, &if_match, AccountAct::Reinstate, |a, parts| a.reinstate(&by.caller, parts, by.now))
    })
    .await
}

/// Asks for a new first password of an account.
///
/// Whoever asks is shown one half of it, and whoever approves (the director or a section chief, POST …:approve) the other:
/// nobody but the holder, to whom both give theirs, has the whole. It is in force with the approval, which ends the account's
/// log-ins; until then the present one is. The next log-in must set a password of its own.
#[utoipa::path(tag = "Identity", operation_id = "reset_user_password", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The first half of the new first password, which waits for approval.", body = UserWithPassword),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/users/{id}:reset-password")]
pub async fn reset_user_password(may: May<ResetUserPassword>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    let username = may.read(move |conn, _| Ok(store::find(conn, id.0)?.username)).await?;
    let (initial_password, first) = first_password(&node.vault, &username).await?;
    may.write(move |tx, by| {
        act(tx, by, id.0, &if_match, AccountAct::ResetPassword, |account, parts| {
            account.ask_for_password(&by.caller, parts, first.clone(), by.now)
        })?;
        let account = store::find(tx, id.0)?;
        let user = UserView::of(tx, &account, &by.caller)?;
        Ok(Reply::ok(&UserWithPassword { user, initial_password: initial_password.clone() })?.version(account.version))
    })
    .await
}
