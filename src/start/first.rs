//! The first accounts of a real office: two administrators, since nobody alone makes accounts, each with a secret of its own.

use std::fmt;

use diesel::prelude::*;

use crate::accounts::{AccountSettings, NewAccount, create};
use crate::auth::Role;
use crate::clock::Moment;
use crate::config::Config;
use crate::db::{Conn, Tx};
use crate::demo;
use crate::error::Result;
use crate::schema::accounts;
use crate::secrets::vault::random_secret;

const NAMES: [&str; 2] = ["first", "second"];

/// What whoever starts an office is told: once, and as long as no administrator has come.
pub enum Welcome {
    Demo(demo::Welcome),
    Office(FirstAdministrators),
    Unused(Unused),
}

/// The user names of administrators of whom none has ever logged in: what they were told at the first start may be lost.
pub struct Unused(Vec<String>);

impl fmt::Display for Unused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(names) = self;
        write!(
            f,
            "no administrator has logged in yet ({}); where their passwords are lost or too old, set new ones:",
            names.join(", ")
        )?;
        names.iter().try_for_each(|name| write!(f, "\n  huzheng user password {name}, with the new password on standard input"))
    }
}

/// The first administrators' passwords, and until when they are good.
pub struct FirstAdministrators {
    passwords: [String; 2],
    until: Moment,
}

impl fmt::Display for Welcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Demo(welcome) => welcome.fmt(f),
            Self::Unused(unused) => unused.fmt(f),
            Self::Office(first) => {
                writeln!(f, "the first two administrators, for two people; this is shown once")?;
                for (name, password) in NAMES.iter().zip(&first.passwords) {
                    writeln!(f, "  {name:<8}  {password}")?;
                }
                writeln!(
                    f,
                    "  good until {}, to be changed at the first log-in; tell the office who works with each:",
                    first.until
                )?;
                writeln!(f, "  huzheng user holder USERNAME --name NAME, with the national id on standard input")
            }
        }
    }
}

/// Makes two administrators where there are no accounts yet.
pub fn administrators(tx: &mut Tx, config: &Config, now: Moment) -> Result<Option<FirstAdministrators>> {
    let there: i64 = accounts::table.count().get_result(&mut **tx)?;
    if there > 0 {
        return Ok(None);
    }
    let until = config.of::<AccountSettings>().temporary_until(now);
    let passwords = NAMES.map(|_| format!("{}-7aA", random_secret(12)));
    for (name, password) in NAMES.iter().zip(&passwords) {
        create(tx, &NewAccount::by_command(name, "系統管理員", &[Role::Administrator], password, until)?, now)?;
    }
    Ok(Some(FirstAdministrators { passwords, until }))
}

/// The administrators of an office to which none of them has come yet.
pub fn unused(conn: &mut Conn) -> Result<Option<Unused>> {
    let administrators = accounts::table.filter(accounts::status.eq("ACTIVE")).filter(accounts::roles.like("%\"ADM\"%"));
    let all = administrators.order(accounts::username).select((accounts::username, accounts::last_login_at));
    let all: Vec<(String, Option<Moment>)> = all.load(conn)?;
    let is_new = !all.is_empty() && all.iter().all(|(_, last_login_at)| last_login_at.is_none());
    Ok(is_new.then(|| Unused(all.into_iter().map(|(name, _)| name).collect())))
}
