//! An account: its states, who may change them, and the rules for names and passwords.

use super::choice::{Owner, hash_password};
use super::policy::{
    ApproveClient, ApproveUser, CreateClient, CreateUser, ReinstateUser, RejectClient, RejectUser, ResetUserPassword,
    RevokeClient, RotateClientSecret, SuspendUser, UpdateClient, UpdateUser,
};
use super::requests::Requested;
use crate::auth::{Caller, Role};
use crate::clock::Moment;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::patch;
use crate::states::Part;
use crate::{acts, text_enum};
use chrono::Duration;

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
        ResetPassword "reset-password" [ResetUserPassword ":reset-password"] "password_reset_asked" Proposer { Active => Active }
    }
}

text_enum! {
    /// States of a client.
    pub enum ClientStatus {
        /// Waits for approval, and gets no token.
        Pending = "PENDING",
        Active = "ACTIVE",
        Revoked = "REVOKED",
    }
}

acts! {
    /// Acts on a client.
    pub enum ClientAct on "client" ClientStatus {
        Create "create" [CreateClient ""] "created" Proposer {}
        Change "change" [UpdateClient ""] "changed" Proposer {}
        RotateSecret "rotate-secret" [RotateClientSecret ":rotate-secret"] "secret_rotated" Proposer { Active => Active }
        Approve "approve" [ApproveClient ":approve"] "approved" Supervisor apart [Proposer] { Pending => Active, Active => Active }
        Reject "reject" [RejectClient ":reject"] "rejected" Supervisor { Pending => Revoked, Active => Active }
        Revoke "revoke" [RevokeClient ":revoke"] "revoked" Anyone { Pending => Revoked, Active => Revoked }
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
    /// Asked for and not yet approved.
    pub requested: Requested,
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

    /// The state after an act; what waits is decided on, where something does.
    fn after(&self, act: AccountAct) -> Option<AccountStatus> {
        let decides = matches!(act, AccountAct::Approve | AccountAct::Reject);
        act.after(self.status).filter(|_| self.requested.waits() || !decides)
    }

    /// What a caller can do with it now.
    pub fn allowed_actions(&self, caller: &Caller, parts: &[Part]) -> Vec<&'static str> {
        let is_allowed =
            |act: &AccountAct| act.line().is_granted(caller) && self.after(*act).is_some() && act.keep_apart(parts).is_ok();
        AccountAct::possible(self.status).filter(is_allowed).map(|act| act.line().name).collect()
    }

    /// The state after an act, or the refusal that names what the caller can do instead.
    fn allow(&self, act: AccountAct, caller: &Caller, parts: &[Part]) -> Result<AccountStatus> {
        self.after(act).ok_or_else(|| Error::wrong_state(&self.allowed_actions(caller, parts)))
    }

    fn touched(mut self, now: Moment) -> Self {
        self.version += 1;
        self.updated_at = now;
        self
    }

    /// Puts what was asked for in force; not by whoever asked for it, nor by whoever gets it. A password that waits is the
    /// store's to set.
    pub fn approve(mut self, caller: &Caller, parts: &[Part], now: Moment) -> Result<Self> {
        let next = self.allow(AccountAct::Approve, caller, parts)?;
        AccountAct::Approve.keep_apart(parts)?;
        let asked = std::mem::take(&mut self.requested);
        patch::put(&mut self.roles, asked.roles);
        patch::put(&mut self.duties, asked.duties);
        patch::put(&mut self.service_point, asked.service_point);
        // One without roles goes on waiting for some.
        let is_nothing = next == AccountStatus::Active && self.roles.is_empty();
        self.status = if is_nothing { AccountStatus::Pending } else { next };
        self.epoch += 1;
        Ok(self.touched(now))
    }

    /// Drops what was asked for; what is in force stays.
    pub fn reject(mut self, caller: &Caller, parts: &[Part], now: Moment) -> Result<Self> {
        self.status = self.allow(AccountAct::Reject, caller, parts)?;
        self.requested = Requested::default();
        Ok(self.touched(now))
    }

    /// Ends every log-in at once and lets no new one in.
    pub fn suspend(mut self, caller: &Caller, parts: &[Part], now: Moment) -> Result<Self> {
        self.status = self.allow(AccountAct::Suspend, caller, parts)?;
        self.epoch += 1;
        Ok(self.touched(now))
    }

    pub fn reinstate(mut self, caller: &Caller, parts: &[Part], now: Moment) -> Result<Self> {
        let next = self.allow(AccountAct::Reinstate, caller, parts)?;
        self.status = if self.roles.is_empty() { AccountStatus::Pending } else { next };
        Ok(self.touched(now))
    }

    /// Asks for a new first password, of which the asker has one half and the approver will have the other.
    pub fn ask_for_password(mut self, caller: &Caller, parts: &[Part], first: FirstPassword, now: Moment) -> Result<Self> {
        self.status = self.allow(AccountAct::ResetPassword, caller, parts)?;
        (self.requested.password, self.requested.half) = (Some(first.hash), Some(first.half));
        self.requested.asked_by(&caller.name());
        Ok(self.touched(now))
    }
}

/// A first password as it waits: its hash, and the approver's half, sealed.
#[derive(Clone, Debug)]
pub struct FirstPassword {
    pub hash: String,
    pub half: String,
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
    /// The half of the password that the approver is given, sealed.
    pub requested_half: Option<String>,
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
            requested_half: None,
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
        let mut account = Self::active(username, name, roles, hash_password(&Owner::new(username, name), password)?);
        account.temporary_until = Some(until);
        Ok(account)
    }
}

/// 3 to 40 small letters, digits, hyphens and underscores.
pub fn is_username(text: &str) -> bool {
    (3..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}
