//! Accounts of staff and others, as administrators keep them and the director or a section chief approves them.

use actix_web::web::Data;
use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::AccountSettings;
use super::holder::{self, NamedHolder};
use super::model::{Account, AccountAct, AccountStatus, Duty, FirstPassword, NewAccount};
use super::policy::{CreateUser, GetUser, ListUsers, UpdateUser};
use super::registration::check_username;
use super::roles::check_roles;
use super::sessions::event_data;
use super::store;
use super::user_acts::{UserWithPassword, first_password};
use super::view::UserView;
use crate::auth::whoever::name_identity;
use crate::auth::{By, Holder, May, Role, hands};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Record, Seals, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, patch};
use crate::node::Node;
use crate::office::SERVICE_POINTS;
use crate::people::Words;
use crate::secrets::vault::Vault;

/// Filters of the list of accounts.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct UserFilter {
    /// Accounts that have this status.
    status: Option<AccountStatus>,
    /// `true`: only accounts of which somebody has said that the password is forgotten.
    reset_asked: Option<bool>,
}

/// Lists accounts.
///
/// In order of making. Personal data are not among them.
#[utoipa::path(tag = "Identity", operation_id = "list_users", params(UserFilter, Listing), responses((status = 200, description = "A page of accounts.", body = Page<UserView>)))]
#[get("/v1/users")]
pub async fn list_users(
    may: May<ListUsers>,
    node: Data<Node>,
    Params(filter): Params<UserFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let page = store::list(conn, filter.status, filter.reset_asked == Some(true), &paging)?;
        Reply::ok(&page.try_map(|account| UserView::of(conn, &node.vault, &account, &by.caller))?)
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
    #[schema(value_type = Words)]
    name: String,
    /// In force once the director or a section chief has approved them; `ADM` stands alone.
    #[schema(min_items = 1, max_items = 11)]
    roles: Vec<Role>,
    #[serde(default)]
    #[schema(max_items = 7)]
    duties: Vec<Duty>,
    /// Code of a service point from GET /v1/office.
    #[schema(min_length = 1, max_length = 20)]
    service_point: Option<String>,
    /// Who works with it. As long as that is not known of an account, nothing that it asks for is approved, and it approves
    /// nothing, nor does it act for the office on anybody's data; accounts of one person count as one. It is taken as it is said:
    /// whoever approves it is refused one whom the office has seen or registered otherwise, the dead, and those without capacity.
    holder: Option<NamedHolder>,
}

fn check_service_point(code: Option<&str>) -> Result<()> {
    if code.is_some_and(|code| !SERVICE_POINTS.contains(&code)) {
        let text = Text::new("應為 GET /v1/office 所列之服務據點代碼", "a service point's code from GET /v1/office");
        return Err(Error::field("/service_point", "unknown", text));
    }
    Ok(())
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
        let id = Id::new(by.now);
        new.id = Some(id);
        new.holder = input.holder.as_ref().map(|named| holder::sealed(&node.vault, id, named)).transpose()?;
        new.requested_half = Some(first.half.clone());
        new.status = AccountStatus::Pending;
        new.requested_roles = Some(input.roles.clone());
        new.requested_by = Some(by.caller.name());
        new.duties.clone_from(&input.duties);
        new.service_point.clone_from(&input.service_point);
        new.temporary_until = Some(node.config.of::<AccountSettings>().temporary_until(by.now));
        let account = store::create(tx, &new, by.now).and_then(|id| store::find(tx, id))?;
        let user = UserView::of(tx, &node.vault, &account, &by.caller)?;
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
pub async fn get_user(may: May<GetUser>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| store::find(conn, id.0).and_then(|account| shown(conn, &node.vault, &account, by))).await
}

fn shown(conn: &mut Conn, vault: &Vault, account: &Account, by: &By) -> Result<Reply> {
    Ok(Reply::ok(&UserView::of(conn, vault, account, &by.caller)?)?.version(account.version))
}

/// What to change.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"duties": ["PETITIONS"]}))]
pub struct UserPatch {
    /// Asked for; in force once approved, like the roles: it is read out at the counter.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    name: Option<String>,
    /// Asked for; in force once approved. Those in force take back a request that waits. `ADM` stands alone.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_items = 1, max_items = 11, nullable = false)]
    roles: Option<Vec<Role>>,
    /// Asked for; in force once approved, like the roles.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(max_items = 7, nullable = false)]
    duties: Option<Vec<Duty>>,
    /// Asked for; in force once approved, like the roles. `null` for an account of the whole office.
    #[serde(default, deserialize_with = "patch::set_or_clear")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 20)]
    service_point: Option<Option<String>>,
    /// Asked for; in force once approved, like the roles: it decides which accounts count as one person's. Another person than before
    /// is a change of keys as well: whoever asks is shown one half of a first password, and whoever approves the other.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    holder: Option<NamedHolder>,
}

impl UserPatch {
    fn apply(self, vault: &Vault, account: &mut Account, (caller, now): (&str, Moment)) -> Result<()> {
        let before = account.requested.clone();
        if let Some(name) = self.name {
            ask_for_name(vault, account, &name)?;
        }
        ask(&mut account.requested.roles, &account.roles, self.roles);
        ask(&mut account.requested.duties, &account.duties, self.duties);
        ask(&mut account.requested.service_point, &account.service_point, self.service_point);
        if let Some(named) = self.holder {
            ask_for_holder(vault, account, &named)?;
        }
        if account.requested != before {
            account.requested.asked_by(caller, now);
        }
        Ok(())
    }
}

/// Puts down what is asked for, if anything; whoever asks for what is in force takes back what waits.
fn ask<T: PartialEq>(waiting: &mut Option<T>, in_force: &T, asked: Option<T>) {
    if let Some(asked) = asked {
        *waiting = (asked != *in_force).then_some(asked);
    }
}

/// Puts down another name; what waits already stays as it was sealed.
fn ask_for_name(vault: &Vault, account: &mut Account, name: &str) -> Result<()> {
    let identity = name_identity(account.id);
    let waiting = account.requested.name.as_ref().map(|sealed| vault.open_text(&identity, sealed)).transpose()?;
    if account.called(vault)? == name {
        account.requested.name = None;
    } else if waiting.is_none_or(|waiting| waiting != name) {
        account.requested.name = Some(vault.seal_text(&identity, name));
    }
    Ok(())
}

/// Puts down who works with an account; what waits already stays as it was sealed.
fn ask_for_holder(vault: &Vault, account: &mut Account, named: &NamedHolder) -> Result<()> {
    let is_named =
        |kept: &Option<Holder>| kept.as_ref().map_or(Ok(false), |kept| holder::is_named(vault, account.id, kept, named));
    if is_named(&account.holder)? {
        account.requested.holder = None;
    } else if !is_named(&account.requested.holder)? {
        account.requested.holder = Some(holder::sealed(vault, account.id, named)?);
    }
    Ok(())
}

/// Asks for new keys of an account that is to pass on to another, or forgets them with that; the half that whoever asks is shown.
fn ask_for_keys(
    tx: &mut Tx,
    (before, account): (&Account, &mut Account),
    first: Option<(String, FirstPassword)>,
) -> Result<Option<String>> {
    let Some(asked) = account.requested.holder.clone() else {
        if before.requested.holder.is_some() && holder::has_keys(account) {
            (account.requested.password, account.requested.half) = (None, None);
        }
        return Ok(None);
    };
    if before.requested.holder.as_ref() == Some(&asked) || !hands::is_another(tx, account.id, &asked)? {
        return Ok(None);
    }
    holder::require_unproven(account)?;
    let Some((half, first)) = first.filter(|_| holder::has_keys(account)) else { return Ok(None) };
    (account.requested.password, account.requested.half) = (Some(first.hash), Some(first.half));
    Ok(Some(half))
}

/// An account as it was changed.
#[derive(Serialize, ToSchema)]
pub struct ChangedUser {
    #[serde(flatten)]
    user: UserView,
    /// The first half of the next holder's first password, shown this once; whoever approves is shown the second. Absent where nobody
    /// else was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, nullable = false)]
    initial_password: Option<String>,
}

/// Changes an account.
///
/// New roles, duties and another service point decide what somebody may see, a name is what is read out at the counter, and
/// the holder is who counts as one person: all of them wait, as `requested_roles`, `requested_duties`,
/// `requested_service_point`, `requested_name` and `requested_holder`, for the approval of the director or a section chief. What was
/// done by an account stays with whoever held it then, and nobody decides by another account on what they did by this one; what its
/// next holder does is not theirs. With the approval of another holder its password, log-ins, codes and addresses end: whoever asks is
/// shown one half of a first password, whoever approves the other, as for a reset. What was asked for by it before is asked for anew
/// (`asker_gone`).
#[utoipa::path(tag = "Identity", operation_id = "update_user", params(IdInPath, IfMatchHeader), request_body = UserPatch, responses(
    (status = 200, description = "The account as changed.", body = ChangedUser),
    (status = 409, description = "`conflict`: another is to hold an account that is proven to be somebody's; undo that proof first."),
))]
#[patch("/v1/users/{id}")]
pub async fn update_user(
    may: May<UpdateUser>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<UserPatch>,
) -> Result<Reply> {
    check_roles(input.roles.as_deref().unwrap_or_default())?;
    check_service_point(input.service_point.as_ref().and_then(Option::as_deref))?;
    let first = match &input.holder {
        Some(_) => {
            let username = may.read(move |conn, _| Ok(store::find(conn, id.0)?.username)).await?;
            Some(first_password(&node.vault, &username).await?)
        }
        None => None,
    };
    may.write(move |tx, by| {
        let before = store::find(tx, id.0)?;
        if_match.check(before.version)?;
        let mut account = before.clone();
        input.clone().apply(&node.vault, &mut account, (&by.caller.name(), by.now))?;
        if account == before {
            return shown(tx, &node.vault, &account, by);
        }
        let initial_password = ask_for_keys(tx, (&before, &mut account), first.clone())?;
        account.version += 1;
        account.updated_at = by.now;
        save(tx, &node.vault, by, &account, AccountAct::Change)?;
        let user = UserView::of(tx, &node.vault, &account, &by.caller)?;
        Ok(Reply::ok(&ChangedUser { user, initial_password })?.version(account.version))
    })
    .await
}

/// Writes an account's next version, and shows it.
pub fn save(tx: &mut Tx, vault: &Vault, by: &By, account: &Account, act: AccountAct) -> Result<Reply> {
    store::update(tx, account)?;
    tx.record(Record::change(act.line().journal, format!("users/{}", account.id), event_data(account)));
    shown(tx, vault, account, by)
}
