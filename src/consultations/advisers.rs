//! The roster of the advisers: who sits when, and whose account is whose.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::db::{Conn, Id, JsonText};
use crate::error::Result;
use crate::scheduling::roster::{Duty, Roster, Rostered};
use crate::schema::{advisers, rota};

/// The county's advisers.
#[derive(Debug)]
pub struct Advisers;

impl Roster for Advisers {
    fn code(&self) -> &'static str {
        "ADVISERS"
    }

    /// Active advisers, by weekday and by the days of the rota that were set by hand.
    fn duty(&self, conn: &mut Conn) -> Result<Duty> {
        let rows: Vec<(Id, String, JsonText)> = advisers::table
            .filter(advisers::active.eq(true))
            .order(advisers::id)
            .select((advisers::id, advisers::name, advisers::weekdays))
            .load(conn)?;
        let rostered = |(id, name, weekdays): (Id, String, JsonText)| {
            Ok(Rostered { id, name, resource: resource(id), weekdays: weekdays.read()? })
        };
        let all = rows.into_iter().map(rostered).collect::<Result<_>>()?;
        let rows: Vec<(NaiveDate, JsonText)> = rota::table.select((rota::on_date, rota::adviser_ids)).load(conn)?;
        let set = rows.into_iter().map(|(date, ids)| Ok((date, ids.read()?))).collect::<Result<_>>()?;
        Ok(Duty { all, set })
    }

    fn of_account(&self, conn: &mut Conn, account: Id) -> Result<Vec<String>> {
        let own: Vec<Id> = advisers::table.filter(advisers::account_id.eq(account)).select(advisers::id).load(conn)?;
        Ok(own.into_iter().map(resource).collect())
    }

    fn day(&self, date: NaiveDate) -> String {
        format!("rota/{date}")
    }
}

/// What an adviser's time is claimed under.
pub fn resource(adviser: Id) -> String {
    format!("{RESOURCES}{adviser}")
}

/// The adviser whose time a resource is.
pub fn adviser_of(resource: &str) -> Option<&str> {
    resource.strip_prefix(RESOURCES)
}

const RESOURCES: &str = "advisers/";
