//! Who works in the office, and who can be put in charge of something.

use diesel::prelude::*;

use crate::auth::standing::may_be_used;
use crate::auth::{By, Role};
use crate::db::{Conn, Id, JsonText};
use crate::error::{Code, Error, Result, Text};
use crate::schema::accounts;
use crate::states::require_holder;

/// Whether an account is of somebody who works in the office, whether it may still be used or not.
pub fn works_here(conn: &mut Conn, account: Id) -> Result<bool> {
    let roles: Option<JsonText> = accounts::table.find(account).select(accounts::roles).first(conn).optional()?;
    let roles: Vec<Role> = roles.map_or_else(|| Ok(Vec::new()), |roles| roles.read())?;
    let outside = [Role::Citizen, Role::Proxy];
    Ok(roles.iter().any(|role| !outside.contains(role)))
}

/// Refuses an account that is none of somebody who works in the office, at a pointer of the body.
pub fn require(conn: &mut Conn, account: Id, at: &str) -> Result<()> {
    if works_here(conn, account)? {
        return Ok(());
    }
    let text = Text::new("應為本所同仁之帳號", "the account of somebody who works in the office");
    Err(Error::field(at, "not_allowed", text))
}

/// The account that is put in charge: the one named, which somebody must be known to work with today, else the caller's own.
pub fn in_charge(conn: &mut Conn, by: &By, named: Option<Id>, at: &str) -> Result<Id> {
    let own = by.caller.account().map(|account| account.id);
    let Some(named) = named.filter(|named| Some(*named) != own) else { return own.ok_or_else(|| Code::FORBIDDEN.into()) };
    require(conn, named, at)?;
    if !may_be_used(conn, named)? {
        return Err(Error::field(at, "not_allowed", Text::new("此帳號已停用", "the account may not be used")));
    }
    require_holder(conn, named)?;
    Ok(named)
}
