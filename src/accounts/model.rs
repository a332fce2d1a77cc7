//! An account: its states, who may change them, and the rules for names and passwords.

use super::choice::{Owner, hash_password};
use super::policy::{
    ApproveClient, ApproveUser, CreateClient, CreateUser, ReinstateUser, RejectClient, RejectUser, ResetUserPassword,
    RevokeClient, RotateClientSecret, SuspendUser, UpdateClient, UpdateUser,
};
use super::requests::Requested;
use super::roles::{INDISPENSABLE, check_roles};
use crate::auth::whoever::name_identity;
use crate::auth::{Caller, Holder, Role};
use crate::clock::Moment;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::patch;
use crate::secrets::vault::Vault;
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
    /// Acts on an account. One without roles is `PENDING` again when it is reinstated; one that decides for others is suspended
    /// and reinstated by two people.
    pub enum AccountAct on "user" AccountStatus {
        Create "create" [CreateUser ""] "created" Proposer {}
        Change "change" [UpdateUser ""] "changed" Proposer {}
        Approve "approve" [ApproveUser ":approve"] "approved" Supervisor apart [Bystander, Unnamed, Proposer, Remaining, Subject] {
            Pending => Active, Active => Active, Suspended => Suspended,
        }
        ApproveSuspension "approve" [ApproveUser ":approve"] "suspended" Supervisor apart [Bystander, Unnamed, Proposer, Remaining, Subject] {
            Active => Suspended,
        }
        ApproveReinstatement "approve" [ApproveUser ":approve"] "reinstated" Supervisor
            apart [Bystander, Unnamed, Proposer, Remaining, Subject] { Suspended => Active }
        Reject "reject" [RejectUser ":reject"] "rejected" Supervisor apart [Bystander, Subject] {
            Pending => Pending, Active => Active, Suspended => Suspended,
        }
        Suspend "suspend" [SuspendUser ":suspend"] "suspended" Anyone { Pending => Suspended, Active => Suspended }
        AskSuspension "suspend" [SuspendUser ":suspend"] "suspension_asked" Proposer { Active => Active }
        Reinstate "reinstate" [ReinstateUser ":reinstate"] "reinstated" Anyone { Suspended => Active }
        AskReinstatement "reinstate" [ReinstateUser ":reinstate"] "reinstatement_asked" Proposer { Suspended => Suspended }
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
        Approve "approve" [ApproveClient ":approve"] "approved" Supervisor apart [Unnamed, Proposer, Remaining] {
            Pending => Active, Active => Active,
        }
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
        /// Looks after reports of wrongdoing until it is settled whom they concern
        PetitionCustodian = "PETITION_CUSTODIAN",
    }
}

/// An account as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub id: Id,
    pub username: String,
    /// Sealed; see [`Account::called`].
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
    /// Who works with it, where that was named.
    pub holder: Option<Holder>,
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
    /// The name that is shown and read out.
    pub fn called(&self, vault: &Vault) -> Result<String> {
        vault.open_text(&name_identity(self.id), &self.name)
    }

    /// The name in journal and keys.
    pub fn actor(&self) -> String {
        format!("accounts/{}", self.id)
    }

    /// Whether somebody works with it: their passwords grow old, and their accounts are not left lying about.
    fn is_staff(&self) -> bool {
        self.roles.iter().any(|role| !matches!(role, Role::Citizen | Role::Proxy | Role::Volunteer))
    }

    /// Whether whoever it was made for has ever come: a first password that others set may be lost before the first log-in.
    pub fn has_come(&self) -> bool {
        self.last_login_at.is_some() || !self.must_change_password
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

    /// Whether its holder decides for others: it takes two people to shut or open it.
    fn takes_two(&self) -> bool {
        INDISPENSABLE.iter().any(|kind| kind.is_one(&self.roles))
    }

    /// The state after an act; what waits is decided on, where something does, and what takes two is asked for once.
    fn after(&self, act: AccountAct) -> Option<AccountStatus> {
        let asked = self.requested.status;
        let applies = match act {
            AccountAct::Approve => self.requested.waits() && asked.is_none(),
            AccountAct::ApproveSuspension => asked == Some(AccountStatus::Suspended),
            AccountAct::ApproveReinstatement => asked == Some(AccountStatus::Active),
            AccountAct::Reject => self.requested.waits(),
            AccountAct::Suspend | AccountAct::Reinstate => !self.takes_two(),
            AccountAct::AskSuspension | AccountAct::AskReinstatement => self.takes_two() && asked.is_none(),
            AccountAct::Create | AccountAct::Change | AccountAct::ResetPassword => true,
        };
        act.after(self.status).filter(|_| applies)
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
    pub fn approve(mut self, caller: &Caller, parts: &[Part], now: Moment) -> Result<(Self, AccountAct)> {
        let act = match self.requested.status {
            Some(AccountStatus::Suspended) => AccountAct::ApproveSuspension,
            Some(_) => AccountAct::ApproveReinstatement,
            None => AccountAct::Approve,
        };
        let next = self.allow(act, caller, parts)?;
        act.keep_apart(parts)?;
        let asked = std::mem::take(&mut self.requested);
        check_roles(asked.roles.as_deref().unwrap_or_default())?;
        patch::put(&mut self.roles, asked.roles);
        patch::put(&mut self.duties, asked.duties);
        patch::put(&mut self.service_point, asked.service_point);
        patch::put(&mut self.name, asked.name);
        let before = self.holder.take();
        self.holder = match asked.holder {
            Some(holder) => Some(holder.in_place_of(before)),
            None => before,
        };
        self.enter(next);
        self.epoch += 1;
        Ok((self.touched(now), act))
    }

    /// Drops what was asked for; what is in force stays.
    pub fn reject(mut self, caller: &Caller, parts: &[Part], now: Moment) -> Result<(Self, AccountAct)> {
        self.status = self.allow(AccountAct::Reject, caller, parts)?;
        AccountAct::Reject.keep_apart(parts)?;
        self.requested = Requested::default();
        Ok((self.touched(now), AccountAct::Reject))
    }

    /// Ends every log-in at once and lets no new one in; of whoever decides for others, asks for that.
    pub fn suspend(self, caller: &Caller, parts: &[Part], now: Moment) -> Result<(Self, AccountAct)> {
        let act = if self.takes_two() { AccountAct::AskSuspension } else { AccountAct::Suspend };
        self.turn(act, AccountStatus::Suspended, (caller, parts), now)
    }

    /// Lets new log-ins in again; of whoever decides for others, asks for that.
    pub fn reinstate(self, caller: &Caller, parts: &[Part], now: Moment) -> Result<(Self, AccountAct)> {
        let act = if self.takes_two() { AccountAct::AskReinstatement } else { AccountAct::Reinstate };
        self.turn(act, AccountStatus::Active, (caller, parts), now)
    }

    fn turn(
        mut self,
        act: AccountAct,
        wanted: AccountStatus,
        (caller, parts): (&Caller, &[Part]),
        now: Moment,
    ) -> Result<(Self, AccountAct)> {
        let next = self.allow(act, caller, parts)?;
        if next == wanted {
            self.enter(next);
        } else {
            self.requested.status = Some(wanted);
            self.requested.asked_by(&caller.name(), now);
        }
        Ok((self.touched(now), act))
    }

    /// Suspends it by itself.
    pub fn lie_idle(mut self, now: Moment) -> Self {
        self.requested.drop_status();
        self.enter(AccountStatus::Suspended);
        self.touched(now)
    }

    /// Enters a state. A suspension ends every log-in; an account without roles goes on waiting for some.
    fn enter(&mut self, status: AccountStatus) {
        self.epoch += i64::from(status == AccountStatus::Suspended);
        let is_nothing = status == AccountStatus::Active && self.roles.is_empty();
        self.status = if is_nothing { AccountStatus::Pending } else { status };
    }

    /// Asks for a new first password, of which the asker has one half and the approver will have the other.
    pub fn ask_for_password(mut self, caller: &Caller, parts: &[Part], first: FirstPassword, now: Moment) -> Result<Self> {
        self.status = self.allow(AccountAct::ResetPassword, caller, parts)?;
        (self.requested.password, self.requested.half) = (Some(first.hash), Some(first.half));
        self.requested.asked_by(&caller.name(), now);
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
    pub holder: Option<Holder>,
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
            holder: None,
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
        check_roles(roles)?;
        let mut account = Self::active(username, name, roles, hash_password(&Owner::new(username, name), password)?);
        account.temporary_until = Some(until);
        Ok(account)
    }
}

/// 3 to 40 small letters, digits, hyphens and underscores.
pub fn is_username(text: &str) -> bool {
    (3..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}
