//! Roles of accounts: which stand beside which, and which the office cannot be without. Administrators that were something
//! else beside it are no more.

use diesel::prelude::*;
use serde_json::json;

use super::links::end_everything;
use crate::auth::Role;
use crate::clock::Moment;
use crate::db::{Id, JsonText, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::schema::accounts;

/// People whom the office cannot be without: one account with such a role, with which somebody works, remains.
pub struct Indispensable {
    roles: &'static [Role],
    code: &'static str,
    rule: (&'static str, &'static str),
}

/// Who approves.
pub const SUPERVISORS: Indispensable = Indispensable {
    roles: &[Role::Chief, Role::Director],
    code: "last_supervisor",
    rule: ("須留有一位使用中的主任或股長", "one active director or section chief must remain"),
};

/// Who administers accounts, and who approves.
pub static INDISPENSABLE: [Indispensable; 2] = [
    Indispensable {
        roles: &[Role::Administrator],
        code: "last_administrator",
        rule: ("須留有一位使用中的系統管理員", "one active administrator must remain"),
    },
    SUPERVISORS,
];

impl Indispensable {
    /// Whether somebody with these roles is one of them.
    pub fn is_one(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.roles.contains(role))
    }

    /// The refusal to be without them.
    pub fn refusal(&self) -> Error {
        Problem::new(Code::CONFLICT).field("/roles", self.code, Text::new(self.rule.0, self.rule.1)).into()
    }
}

/// Refuses roles that no account has, and any role beside the administrator's: whoever makes accounts sees nobody's data and
/// approves nothing.
pub fn check_roles(roles: &[Role]) -> Result<()> {
    if let Some(role) = roles.iter().find(|role| matches!(role, Role::BookingHolder | Role::ReceiptHolder)) {
        let text = Text::new(format!("{role} 不可授予帳號"), format!("{role} is no account's role"));
        return Err(Error::field("/roles", "not_allowed", text));
    }
    if is_mixed(roles) {
        let text = Text::new(
            "系統管理員不得接觸個人資料或核准申請：ADM 不得與其他角色併於同一帳號",
            "an administrator has no personal data and approves no requests: ADM is an account's only role",
        );
        return Err(Error::field("/roles", "administrator_alone", text));
    }
    if roles.contains(&Role::Partner) {
        let (zh, en) = ("PAR 為合作機關之介接程式，不可授予帳號", "PAR is the role of agencies' clients, and no account's");
        return Err(Error::field("/roles", "not_allowed", Text::new(zh, en)));
    }
    Ok(())
}

/// Whether an administrator's role stands beside another.
pub fn is_mixed(roles: &[Role]) -> bool {
    roles.contains(&Role::Administrator) && roles.iter().any(|role| *role != Role::Administrator)
}

/// Takes the administrator's role from accounts of before that have others beside it, and ends their log-ins: whoever sees
/// personal data makes no accounts. The command line makes another administrator where none is left.
pub fn part_administrators(tx: &mut Tx, now: Moment) -> Result<()> {
    let administrators = accounts::table.filter(accounts::roles.like("%\"ADM\"%")).select((accounts::id, accounts::roles));
    let all: Vec<(Id, JsonText)> = administrators.load(&mut **tx)?;
    for (id, roles) in all {
        let mut roles: Vec<Role> = roles.read()?;
        if !is_mixed(&roles) {
            continue;
        }
        roles.retain(|role| *role != Role::Administrator);
        diesel::update(accounts::table.find(id))
            .set((
                accounts::roles.eq(JsonText::of(&roles)?),
                accounts::epoch.eq(accounts::epoch + 1),
                accounts::updated_at.eq(now),
                accounts::version.eq(accounts::version + 1),
            ))
            .execute(&mut **tx)?;
        end_everything(tx, id, now)?;
        let parted = Record::change("user.administrator_parted", format!("users/{id}"), json!({"roles": roles}));
        tx.record(parted.because("an administrator has no other role"));
    }
    Ok(())
}
