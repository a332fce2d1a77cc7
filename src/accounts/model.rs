//! An account: its states, who may change them, and the rules for names and passwords.

use chrono::Duration;
use serde::Serialize;
use utoipa::ToSchema;

use super::policy::{
    ApproveUser, CreateClient, CreateUser, ReinstateUser, RejectUser, ResetUserPassword, RevokeClient, RotateClientSecret,
    SuspendUser, UpdateClient, UpdateUser,
};
use crate::auth::{Caller, Role};
use crate::clock::Moment;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::coded;
use crate::secrets::password;
use crate::states::Part;
use crate::{acts, text_enum};

text_enum! {
    /// States of an account.
    pub enum AccountStatus {
        /// Waits for the approval of its roles.
        Pending = "PENDING",
        Active = "ACTIVE",
        Suspended = "SUSPENDED",
    }
}

acts! {
    /// Acts on an account. One without roles is `PENDING` again when it is reinstated.
    pub enum AccountAct on "user" AccountStatus {
        Create "create" [CreateUser ""] "created" Proposer {}
        Change "change" [UpdateUser ""] "changed" Proposer {}
        Approve "approve" [ApproveUser ":approve"] "approved" Supervisor apart [Proposer, Subject] {
            Pending => Active, Active => Active, Suspended => Suspended,
        }
        Reject "reject" [RejectUser ":reject"] "rejected" Supervisor {
            Pending => Pending, Active => Active, Suspended => Suspended,
        }
        Suspend "suspend" [SuspendUser ":suspend"] "suspended" Anyone { Pending => Suspended, Active => Suspended }
        Reinstate "reinstate" [ReinstateUser ":reinstate"] "reinstated" Anyone { Suspended => Active }
        ResetPassword "reset-password" [ResetUserPassword ":reset-password"] "password_changed" Anyone { Active => Active }
    }
}

text_enum! {
    /// States of a client.
    pub enum ClientStatus {
        Active = "ACTIVE",
        Revoked = "REVOKED",
    }
}

acts! {
    /// Acts on a client.
    pub enum ClientAct on "client" ClientStatus {
        Create "create" [CreateClient ""] "created" Anyone {}
        Change "change" [UpdateClient ""] "changed" Anyone {}
        RotateSecret "rotate-secret" [RotateClientSecret ":rotate-secret"] "secret_rotated" Anyone { Active => Active }
        Revoke "revoke" [RevokeClient ":revoke"] "revoked" Anyone { Active => Revoked }
    }
}

text_enum! {
    /// Duties that narrow or widen a clerk's work.
    pub enum Duty {
        Reviewer = "REVIEWER",
        WebEditor = "WEB_EDITOR",
        Press = "PRESS",
        Petitions = "PETITIONS",
        Personnel = "PERSONNEL",
        Accounts = "ACCOUNTS",
    }
}

/// An account as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub id: Id,
    pub username: String,
    pub name: String,
    pub status: AccountStatus,
    pub roles: Vec<Role>,
    /// Roles asked for and not yet approved.
    pub requested_roles: Option<Vec<Role>>,
    pub requested_by: Option<String>,
    pub duties: Vec<Duty>,
    pub service_point: Option<String>,
    pub person_id: Option<Id>,
    /// The record of what it says of its owner.
    pub claimed_id: Option<Id>,
    pub epoch: i64,
    pub must_change_password: bool,
    pub password_changed_at: Moment,
    /// Until when a password that somebody else set is good.
    pub temporary_until: Option<Moment>,
    pub last_login_at: Option<Moment>,
    pub created_at: Moment,
    pub updated_at: Moment,
    pub version: i32,
}

impl Account {
    /// The name in journal and keys.
    pub fn actor(&self) -> String {
        format!("accounts/{}", self.id)
    }

    /// Whether somebody works with it: their passwords grow old, and their accounts are not left lying about.
    fn is_staff(&self) -> bool {
        self.roles.iter().any(|role| !matches!(role, Role::Citizen | Role::Proxy | Role::Volunteer))
    }

    /// Whether it lay idle for so many days; 0 days: never.
    pub fn is_idle(&self, days: i64, now: Moment) -> bool {
        let used = self.updated_at.max(self.last_login_at.unwrap_or(self.created_at));
        days > 0 && self.is_staff() && used + Duration::days(days) < now
    }

    /// Whether its password is older than so many days; 0 days: never.
    pub fn password_is_old(&self, days: i64, now: Moment) -> bool {
        days > 0 && self.is_staff() && self.password_changed_at + Duration::days(days) < now
    }

    /// Whether its password, chosen by its owner, is younger than so many days.
    pub fn password_is_new(&self, days: i64, now: Moment) -> bool {
        self.is_staff() && !self.must_change_password && now < self.password_changed_at + Duration::days(days)
    }

    /// Whether its password was set by somebody else, and too long ago.
    pub fn password_has_lapsed(&self, now: Moment) -> bool {
        self.temporary_until.is_some_and(|until| until <= now)
    }

    /// The state after an act; roles are decided on where some are asked for.
    fn after(&self, act: AccountAct) -> Option<AccountStatus> {
        let decides = matches!(act, AccountAct::Approve | AccountAct::Reject);
        act.after(self.status).filter(|_| self.requested_roles.is_some() || !decides)
    }

    /// What a caller can do with it now.
    pub fn allowed_actions(&self, caller: &Caller) -> Vec<&'static str> {
        let parts = self.parts(&caller.name());
        let is_allowed =
            |act: &AccountAct| act.line().is_granted(caller) && self.after(*act).is_some() && act.keep_apart(&parts).is_ok();
        AccountAct::possible(self.status).filter(is_allowed).map(|act| act.line().name).collect()
    }

    /// The state after an act, or the refusal that names what the caller can do instead.
    fn allow(&self, act: AccountAct, caller: &Caller) -> Result<AccountStatus> {
        self.after(act).ok_or_else(|| Error::wrong_state(&self.allowed_actions(caller)))
    }

    /// The parts that somebody has in the roles asked for.
    fn parts(&self, actor: &str) -> Vec<Part> {
        let asked = (self.requested_by.as_deref() == Some(actor)).then_some(Part::Proposer);
        let own = (self.actor() == actor).then_some(Part::Subject);
        asked.into_iter().chain(own).collect()
    }

    fn touched(mut self, now: Moment) -> Self {
        self.version += 1;
        self.updated_at = now;
        self
    }

    /// Puts requested roles in force; not by whoever asked for them, nor by whoever gets them.
    pub fn approve(mut self, caller: &Caller, now: Moment) -> Result<Self> {
        let next = self.allow(AccountAct::Approve, caller)?;
        AccountAct::Approve.keep_apart(&self.parts(&caller.name()))?;
        self.roles = self.requested_roles.take().unwrap_or_default();
        self.requested_by = None;
        self.status = next;
        self.epoch += 1;
        Ok(self.touched(now))
    }

    /// Drops requested roles; those in force stay.
    pub fn reject(mut self, caller: &Caller, now: Moment) -> Result<Self> {
        self.status = self.allow(AccountAct::Reject, caller)?;
        self.requested_roles = None;
        self.requested_by = None;
        Ok(self.touched(now))
    }

    /// Ends every log-in at once and lets no new one in.
    pub fn suspend(mut self, caller: &Caller, now: Moment) -> Result<Self> {
        self.status = self.allow(AccountAct::Suspend, caller)?;
        self.epoch += 1;
        Ok(self.touched(now))
    }

    pub fn reinstate(mut self, caller: &Caller, now: Moment) -> Result<Self> {
        let next = self.allow(AccountAct::Reinstate, caller)?;
        self.status = if self.roles.is_empty() { AccountStatus::Pending } else { next };
        Ok(self.touched(now))
    }

    /// Ends every log-in; the next one must set a new password.
    pub fn reset_password(mut self, caller: &Caller, now: Moment) -> Result<Self> {
        self.status = self.allow(AccountAct::ResetPassword, caller)?;
        self.must_change_password = true;
        self.epoch += 1;
        Ok(self.touched(now))
    }
}

/// An account to make, its password hashed.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Where it must be known beforehand.
    pub id: Option<Id>,
    pub username: String,
    pub name: String,
    pub password_hash: String,
    pub status: AccountStatus,
    pub roles: Vec<Role>,
    pub requested_roles: Option<Vec<Role>>,
    pub requested_by: Option<String>,
    pub duties: Vec<Duty>,
    pub service_point: Option<String>,
    pub person_id: Option<Id>,
    pub claimed_id: Option<Id>,
    pub phone: Option<String>,
    pub email: Option<String>,
    /// For a password that its owner must change: until when it is good.
    pub temporary_until: Option<Moment>,
}

impl NewAccount {
    /// An active account with these roles.
    pub fn active(username: &str, name: &str, roles: &[Role], password_hash: String) -> Self {
        Self {
            id: None,
            username: username.to_owned(),
            name: name.to_owned(),
            password_hash,
            status: AccountStatus::Active,
            roles: roles.to_vec(),
            requested_roles: None,
            requested_by: None,
            duties: Vec::new(),
            service_point: None,
            person_id: None,
            claimed_id: None,
            phone: None,
            email: None,
            temporary_until: None,
        }
    }

    /// An account that somebody with the machine's own access makes: the office's first.
    pub fn by_command(username: &str, name: &str, roles: &[Role], password: &str, until: Moment) -> Result<Self> {
        if !is_username(username) {
            return Err(Error::Internal("a user name has 3 to 40 of a-z, 0-9, hyphen and underscore".to_owned()));
        }
        let mut account = Self::active(username, name, roles, hash_password(username, password)?);
        account.temporary_until = Some(until);
        Ok(account)
    }
}

/// 3 to 40 small letters, digits, hyphens and underscores.
pub fn is_username(text: &str) -> bool {
    (3..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

/// Hashes a password that its rules allow.
pub fn hash_password(username: &str, text: &str) -> Result<String> {
    check_password("", username, text)?;
    Ok(password::hash(text))
}

/// Names the rule that a new password breaks.
pub fn check_password(pointer: &str, username: &str, text: &str) -> Result<()> {
    match password::refusal(username, text) {
        Some(code) => Err(Error::field(pointer, code, coded(code).1)),
        None => Ok(()),
    }
}

/// An account as administrators and its owner see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = User, example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "username": "clerk9", "name": "林承辦", "status": "PENDING", "roles": [],
    "requested_roles": ["CLK"], "duties": [], "service_point": "HEMEI", "must_change_password": true,
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
    #[schema(max_items = 6)]
    pub duties: Vec<Duty>,
    #[schema(max_length = 20)]
    pub service_point: Option<String>,
    pub must_change_password: bool,
    pub last_login_at: Option<Moment>,
    /// What the caller can do with it now.
    #[schema(value_type = Vec<AccountAct>, max_items = 4)]
    pub allowed_actions: Vec<&'static str>,
    pub created_at: Moment,
    pub updated_at: Moment,
}

impl UserView {
    /// The account as a caller sees it.
    pub fn of(account: &Account, caller: &Caller) -> Self {
        Self {
            id: account.id,
            username: account.username.clone(),
            name: account.name.clone(),
            status: account.status,
            roles: account.roles.clone(),
            requested_roles: account.requested_roles.clone(),
            duties: account.duties.clone(),
            service_point: account.service_point.clone(),
            must_change_password: account.must_change_password,
            last_login_at: account.last_login_at,
            allowed_actions: account.allowed_actions(caller),
            created_at: account.created_at,
            updated_at: account.updated_at,
        }
    }
}
