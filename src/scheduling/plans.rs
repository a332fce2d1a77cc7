//! Reads and changes the plan; keeps it in memory as long as its revision stands.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;

use super::plan::Plan;
use super::roster::{PLACES, Roster};
use super::services::{Service, first_services};
use crate::calendar::{Hours, OfficeCalendar, store as days};
use crate::clock::Moment;
use crate::db::{Conn, Failures, Id, JsonText, Revised, Tx, revise};
use crate::error::{Error, Result, one_of};
use crate::http::known_code;
use crate::schema::services;
use crate::secrets::vault::Vault;

const REVISION: &str = "plan";

/// The plan in force.
pub struct Plans {
    hours: Hours,
    rosters: Vec<&'static dyn Roster>,
    revised: Revised<Plan>,
}

impl Plans {
    pub fn new(hours: Hours, failures: Failures) -> Self {
        Self { hours, rosters: Vec::new(), revised: Revised::new(REVISION, failures) }
    }

    /// Takes a domain's word on who can be booked when.
    ///
    /// # Panics
    /// Where its code is another's: a fault of ours, found by the first test.
    pub fn add_roster(&mut self, roster: &'static dyn Roster) {
        let code = roster.code();
        assert!(!self.staffing().any(|known| known == code), "{code} is given twice");
        self.rosters.push(roster);
    }

    /// What a service may say of its staffing.
    fn staffing(&self) -> impl Iterator<Item = &'static str> {
        [PLACES].into_iter().chain(self.rosters.iter().map(|roster| roster.code()))
    }

    /// Refuses a service that names a roster which no domain has given.
    pub fn check_staffing(&self, pointer: &str, service: &Service) -> Result<()> {
        let roster = service.booking.as_ref().and_then(|rule| rule.staffing.roster());
        if roster.is_none_or(|code| self.staffing().any(|known| known == code)) {
            return Ok(());
        }
        let known: Vec<&str> = self.staffing().collect();
        Err(Error::field(format!("{pointer}/booking/staffing"), "not_allowed", one_of(&known)))
    }

    /// The resources that an account stands for, by any roster.
    pub fn of_account(&self, conn: &mut Conn, account: Id) -> Result<Vec<String>> {
        let mut resources = Vec::new();
        for roster in &self.rosters {
            resources.extend(roster.of_account(conn, account)?);
        }
        Ok(resources)
    }

    /// The plan as this connection sees it.
    pub fn at(&self, conn: &mut Conn) -> Result<Arc<Plan>> {
        self.revised.at(conn, |conn| read(conn, &self.hours, &self.rosters))
    }

    /// Refuses a filter by a service that is not there.
    pub fn check_filter(&self, conn: &mut Conn, code: Option<&str>) -> Result<()> {
        let Some(code) = code else { return Ok(()) };
        known_code("service", self.knows(conn, code)?)
    }

    /// Whether there is a service of this code.
    pub fn knows(&self, conn: &mut Conn, code: &str) -> Result<bool> {
        Ok(self.at(conn)?.services.contains_key(code))
    }

    /// The plan as changed within this transaction, which nobody else may see yet.
    pub fn uncommitted(&self, conn: &mut Conn) -> Result<Plan> {
        read(conn, &self.hours, &self.rosters)
    }
}

/// Counts the plan's revision up.
pub fn changed(tx: &mut Tx) -> Result<()> {
    revise(tx, REVISION)
}

fn read(conn: &mut Conn, hours: &Hours, rosters: &[&'static dyn Roster]) -> Result<Plan> {
    let bodies: Vec<JsonText> = services::table.select(services::body).load(conn)?;
    let services: HashMap<String, Service> =
        bodies.iter().map(|body| body.read::<Service>().map(|service| (service.code.clone(), service))).collect::<Result<_>>()?;
    let calendar = OfficeCalendar::new(hours.clone(), days::closures(conn)?, days::overrides(conn)?);
    let calendar = calendar.with_days(days::government_days(conn)?);
    let rosters = rosters.iter().map(|roster| Ok((*roster, roster.duty(conn)?))).collect::<Result<_>>()?;
    Ok(Plan { services, calendar, rosters })
}

/// Puts the first services into an empty store.
pub fn seed(tx: &mut Tx, _: &Vault, now: Moment) -> Result<()> {
    let count: i64 = services::table.count().get_result(&mut **tx)?;
    if count > 0 {
        return Ok(());
    }
    for service in first_services() {
        let row = (
            services::code.eq(service.code.clone()),
            services::body.eq(JsonText::of(&service)?),
            services::updated_at.eq(now),
            services::version.eq(1),
        );
        diesel::insert_into(services::table).values(row).execute(&mut **tx)?;
    }
    changed(tx)
}

/// One service with its version.
pub fn find_service(conn: &mut Conn, code: &str) -> Result<(Service, i32)> {
    let (body, version): (JsonText, i32) = services::table.find(code).select((services::body, services::version)).first(conn)?;
    Ok((body.read()?, version))
}

/// Every service, by code.
pub fn all_services(conn: &mut Conn) -> Result<Vec<Service>> {
    let bodies: Vec<JsonText> = services::table.order(services::code).select(services::body).load(conn)?;
    bodies.iter().map(JsonText::read).collect()
}

/// Replaces a service's data.
pub fn save_service(tx: &mut Tx, service: &Service, version: i32, now: Moment) -> Result<()> {
    diesel::update(services::table.find(&service.code))
        .set((services::body.eq(JsonText::of(service)?), services::updated_at.eq(now), services::version.eq(version)))
        .execute(&mut **tx)?;
    changed(tx)
}
