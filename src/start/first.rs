//! The first accounts of a real office: two administrators, since nobody alone makes accounts, each with a secret of its own.

use std::fmt;

use crate::accounts::{AccountSettings, NewAccount, create};
use crate::auth::Role;
use crate::clock::Moment;
use crate::config::Config;
use crate::db::Tx;
use crate::demo;
use crate::error::Result;
use crate::schema::accounts;
use crate::secrets::vault::random_secret;

const NAMES: [&str; 2] = ["first", "second"];

/// What whoever starts an office is told once.
pub enum Welcome {
    Demo(demo::Welcome),
    Office(FirstAdministrators),
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
    use diesel::prelude::*;
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
