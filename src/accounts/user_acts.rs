//! What becomes of an account: what was asked for approved or rejected, its suspension and its end, a new first password.

use actix_web::post;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::AccountSettings;
use super::links::end_everything;
use super::model::{Account, AccountAct, AccountStatus, FirstPassword};
use super::passwords::hashing;
use super::policy::{ApproveUser, ReinstateUser, RejectUser, ResetUserPassword, SuspendUser};
use super::users::save;
use super::view::UserView;
use super::{holder, requests, store};
use crate::auth::{By, May, hands};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Tx};
use crate::error::{Error, Result};
use crate::http::{IfMatch, PathId, Reply};
use crate::node::Node;
use crate::secrets::password;
use crate::secrets::vault::{Sealed, Vault, halves, random_secret};
use crate::states::Part;

/// An account and the first half of its first password.
#[derive(Serialize, ToSchema)]
pub struct UserWithPassword {
    #[serde(flatten)]
    pub user: UserView,
    /// The first half of a password, shown this once; whoever approves is shown the second. The holder puts one behind the
    /// other, and must change the whole at the first log-in; it is good for some hours (a setting).
    #[schema(max_length = 40)]
    pub initial_password: String,
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

/// A password that its rules allow, for somebody to change at once: the asker's half, and what waits for the approver.
pub async fn first_password(vault: &Vault, username: &str) -> Result<(String, FirstPassword)> {
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

/// Finds an account as the caller read it, and moves it on.
fn act(
    tx: &mut Tx,
    vault: &Vault,
    by: &By,
    (id, if_match): (Id, &IfMatch),
    step: impl FnOnce(Account, &[Part]) -> Result<(Account, AccountAct)>,
) -> Result<Reply> {
    let account = store::find(tx, id)?;
    if_match.check(account.version)?;
    let parts = requests::parts(tx, &account, &by.caller)?;
    let (account, act) = step(account, &parts)?;
    save(tx, vault, by, &account, act)
}

/// Approves what was asked for.
///
/// Roles, duties, service point, name, holder, a new first password, a suspension or its end: whatever waits. Not by whoever
/// asked for it, nor by whoever gets it, nor by another account of theirs, so that of the accounts of both it is known who
/// works with them, and as long as whoever asked holds office: what a suspended one has asked for is rejected and asked for anew.
/// `If-Match` names the version that was seen, `*` none. The account's log-ins end, so that its tokens carry the new roles. An
/// administrator approves a suspension or its end, and as long as the office has neither director nor section chief of whom it is
/// known who they are, and who has ever logged in, anything else too. Another holder is another's keys: the password in force, codes,
/// addresses and letters of the account end, and what was done by it stays with whoever held it. The holder is compared with what the office has seen or
/// registered only now; a refusal is logged with whose record it was.
#[utoipa::path(tag = "Identity", operation_id = "approve_user", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "What was asked for is in force.", body = ApprovedUser),
    (status = 409, description = "`own_request`, `holder_required`, `asker_gone`, `identity_unsettled` with `differences`: the holder's number is somebody's who is called otherwise, `conflict`: to an administrator, the holder does not fit what is registered; or for the last administrator or supervisor, or `wrong_state` with `allowed_actions`."),
    (status = 422, description = "`invalid`: the roles are of before, and ADM is among others; or the holder has died, or has no capacity."),
))]
#[post("/v1/users/{id}:approve")]
pub async fn approve_user(may: May<ApproveUser>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let asked = store::find(tx, id.0)?;
        if_match.seen(asked.version)?;
        let last_of = store::last_of(tx, &asked)?;
        let passes_on = match &asked.requested.holder {
            Some(holder) => hands::is_another(tx, id.0, holder)?,
            None => false,
        };
        if passes_on {
            holder::require_unproven(&asked)?;
            hands::keep(tx, id.0, by.now)?;
        }
        act(tx, &node.vault, by, (id.0, &if_match), |account, parts| {
            let (approved, act) = account.approve(&by.caller, parts, by.now)?;
            let active = approved.status == AccountStatus::Active;
            match last_of.iter().find(|kind| !active || !kind.is_one(&approved.roles)) {
                Some(kind) => Err(kind.refusal()),
                None => Ok((approved, act)),
            }
        })?;
        if asked.requested.opens() {
            let holder = asked.requested.holder.as_ref().or(asked.holder.as_ref());
            holder::require_fit(tx, &node.vault, by, (id.0, holder))?;
        }
        let until = node.config.of::<AccountSettings>().temporary_until(by.now);
        let first = asked.requested.password.as_deref().map(|hash| (hash, until));
        match (passes_on, first) {
            (true, first) => holder::change_keys(tx, &asked, first, by.now)?,
            (false, Some((hash, until))) => store::set_password(tx, id.0, hash, Some(until), by.now)?,
            (false, None) => {}
        }
        let account = store::find(tx, id.0)?;
        if account.status == AccountStatus::Suspended {
            end_everything(tx, id.0, by.now)?;
        }
        let (user, second_half) = (UserView::of(tx, &node.vault, &account, &by.caller)?, second_half(&node.vault, &asked)?);
        Ok(Reply::ok(&ApprovedUser { user, second_half })?.version(account.version))
    })
    .await
}

/// Rejects what was asked for.
///
/// What is in force stays; a new account stays `PENDING` until other roles are asked for and approved. Not by whoever it is
/// about.
#[utoipa::path(tag = "Identity", operation_id = "reject_user", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The request is dropped.", body = UserView),
    (status = 409, description = "`own_request`, or `wrong_state` with `allowed_actions`."),
))]
#[post("/v1/users/{id}:reject")]
pub async fn reject_user(may: May<RejectUser>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        act(tx, &node.vault, by, (id.0, &if_match), |account, parts| account.reject(&by.caller, parts, by.now))
    })
    .await
}

/// Suspends an account.
///
/// At once: its tokens are refused from the next request on, and its log-ins end. The account of an administrator, section
/// chief or director is suspended by two people: it waits, as `requested_status`, for the approval of another administrator, a
/// section chief or the director (POST …:approve). The last active administrator cannot be suspended, nor the last active
/// supervisor; one who has never logged in, or has died, counts as none.
#[utoipa::path(tag = "Identity", operation_id = "suspend_user", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The account is suspended, or that waits for approval.", body = UserView),
    (status = 409, description = "`conflict` for the last administrator or supervisor, or `wrong_state` with `allowed_actions`."),
))]
#[post("/v1/users/{id}:suspend")]
pub async fn suspend_user(may: May<SuspendUser>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let account = store::find(tx, id.0)?;
        if let Some(kind) = store::last_of(tx, &account)?.first() {
            return Err(kind.refusal());
        }
        let reply = act(tx, &node.vault, by, (id.0, &if_match), |account, parts| account.suspend(&by.caller, parts, by.now))?;
        if store::find(tx, id.0)?.status == AccountStatus::Suspended {
            end_everything(tx, id.0, by.now)?;
        }
        Ok(reply)
    })
    .await
}

/// Reinstates a suspended account.
///
/// New log-ins work again; those of before the suspension stay ended. Whose suspension takes two people is reinstated by two:
/// it waits, as `requested_status`, for approval.
#[utoipa::path(tag = "Identity", operation_id = "reinstate_user", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The account is active again, or that waits for approval.", body = UserView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/users/{id}:reinstate")]
pub async fn reinstate_user(may: May<ReinstateUser>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        act(tx, &node.vault, by, (id.0, &if_match), |account, parts| account.reinstate(&by.caller, parts, by.now))
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
        act(tx, &node.vault, by, (id.0, &if_match), |account, parts| {
            let asked = account.ask_for_password(&by.caller, parts, first.clone(), by.now)?;
            Ok((asked, AccountAct::ResetPassword))
        })?;
        let account = store::find(tx, id.0)?;
        let user = UserView::of(tx, &node.vault, &account, &by.caller)?;
        Ok(Reply::ok(&UserWithPassword { user, initial_password: initial_password.clone() })?.version(account.version))
    })
    .await
}
