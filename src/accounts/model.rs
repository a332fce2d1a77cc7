//! An account: its states, who may change them, and the rules for names and passwords.

use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::{Role, password};
use crate::calendar::Moment;
use crate::db::Id;
use crate::error::{Code, Error, Result};
use crate::http::coded;
use crate::text_enum;

text_enum! {
    /// States of an account.
    pub enum AccountStatus {
        /// Waits for the approval of its roles.
        Pending = "PENDING",
        Active = "ACTIVE",
        Suspended = "SUSPENDED",
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
#[derive(Clone, Debug)]
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
    pub epoch: i64,
    pub must_change_password: bool,
    pub created_at: Moment,
    pub updated_at: Moment,
    pub version: i32,
}

impl Account {
    /// What can be done with it now.
    pub fn allowed_actions(&self) -> Vec<&'static str> {
        let mut actions = Vec::new();
        if self.requested_roles.is_some() {
            actions.push("approve");
        }
        actions.push(if self.status == AccountStatus::Suspended { "reinstate" } else { "suspend" });
        if self.status == AccountStatus::Active {
            actions.push("reset-password");
        }
        actions
    }

    fn allow(&self, action: &str) -> Result<()> {
        let allowed = self.allowed_actions();
        if allowed.contains(&action) { Ok(()) } else { Err(Error::wrong_state(&allowed)) }
    }

    fn touched(mut self, now: Moment) -> Self {
        self.version += 1;
        self.updated_at = now;
        self
    }

    /// Puts requested roles in force; not by whoever asked for them.
    pub fn approve(mut self, by: &str, now: Moment) -> Result<Self> {
        self.allow("approve")?;
        if self.requested_by.as_deref() == Some(by) {
            return Err(Code::OwnRequest.into());
        }
        self.roles = self.requested_roles.take().unwrap_or_default();
        self.requested_by = None;
        if self.status == AccountStatus::Pending {
            self.status = AccountStatus::Active;
        }
        self.epoch += 1;
        Ok(self.touched(now))
    }

    /// Ends every log-in at once and lets no new one in.
    pub fn suspend(mut self, now: Moment) -> Result<Self> {
        self.allow("suspend")?;
        self.status = AccountStatus::Suspended;
        self.epoch += 1;
        Ok(self.touched(now))
    }

    pub fn reinstate(mut self, now: Moment) -> Result<Self> {
        self.allow("reinstate")?;
        self.status = if self.roles.is_empty() { AccountStatus::Pending } else { AccountStatus::Active };
        Ok(self.touched(now))
    }

    /// Ends every log-in; the next one must set a new password.
    pub fn reset_password(mut self, now: Moment) -> Result<Self> {
        self.allow("reset-password")?;
        self.must_change_password = true;
        self.epoch += 1;
        Ok(self.touched(now))
    }
}

/// An account to make, its password hashed.
#[derive(Clone, Debug)]
pub struct NewAccount {
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
    pub phone: Option<String>,
    pub email: Option<String>,
    pub must_change_password: bool,
}

impl NewAccount {
    /// An active account with these roles.
    pub fn active(username: &str, name: &str, roles: &[Role], password_hash: String) -> Self {
        Self {
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
            phone: None,
            email: None,
            must_change_password: false,
        }
    }

    /// An account that somebody with the machine's own access makes: the office's first.
    pub fn by_command(username: &str, name: &str, roles: &[Role], password: &str) -> Result<Self> {
        if !is_username(username) {
            return Err(Error::Internal("a user name has 3 to 40 of a-z, 0-9, hyphen and underscore".to_owned()));
        }
        let mut account = Self::active(username, name, roles, hash_password(username, password)?);
        account.must_change_password = true;
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
    "allowed_actions": ["approve", "suspend"], "created_at": "2026-11-23T09:00:00+08:00", "updated_at": "2026-11-23T09:00:00+08:00"
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
    #[schema(max_items = 4)]
    pub allowed_actions: Vec<&'static str>,
    pub created_at: Moment,
    pub updated_at: Moment,
}

impl From<&Account> for UserView {
    fn from(account: &Account) -> Self {
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
            allowed_actions: account.allowed_actions(),
            created_at: account.created_at,
            updated_at: account.updated_at,
        }
    }
}
