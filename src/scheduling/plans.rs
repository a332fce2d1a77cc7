//! Reads and changes the plan; keeps it in memory as long as its revision stands.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::plan::{AdviserOnPlan, Plan};
use super::services::{Service, first_services};
use crate::calendar::{Hours, OfficeCalendar, store as days};
use crate::clock::Moment;
use crate::db::{Conn, Failures, Id, JsonText, Revised, Tx, revise};
use crate::error::Result;
use crate::http::known_code;
use crate::schema::{advisers, rota, services};

const REVISION: &str = "plan";

/// The plan in force.
pub struct Plans {
    hours: Hours,
    revised: Revised<Plan>,
}

impl Plans {
    pub fn new(hours: Hours, failures: Failures) -> Self {
        Self { hours, revised: Revised::new(REVISION, failures) }
    }

    /// The plan as this connection sees it.
    pub fn at(&self, conn: &mut Conn) -> Result<Arc<Plan>> {
        self.revised.at(conn, |conn| read(conn, &self.hours))
    }

    /// Refuses a filter by a service that is not there.
    pub fn check_filter(&self, conn: &mut Conn, code: Option<&str>) -> Result<()> {
        let Some(code) = code else { return Ok(()) };
        known_code("service", self.at(conn)?.services.contains_key(code))
    }

    /// The plan as changed within this transaction, which nobody else may see yet.
    pub fn uncommitted(&self, conn: &mut Conn) -> Result<Plan> {
        read(conn, &self.hours)
    }
}

/// Counts the plan's revision up.
pub fn changed(tx: &mut Tx) -> Result<()> {
    revise(tx, REVISION)
}

fn read(conn: &mut Conn, hours: &Hours) -> Result<Plan> {
    let bodies: Vec<JsonText> = services::table.select(services::body).load(conn)?;
    let services: HashMap<String, Service> =
        bodies.iter().map(|body| body.read::<Service>().map(|service| (service.code.clone(), service))).collect::<Result<_>>()?;
    let rows: Vec<(Id, String, JsonText)> = advisers::table
        .filter(advisers::active.eq(true))
        .order(advisers::id)
        .select((advisers::id, advisers::name, advisers::weekdays))
        .load(conn)?;
    let advisers = rows
        .into_iter()
        .map(|(id, name, weekdays)| Ok(AdviserOnPlan { id, name, weekdays: weekdays.read()? }))
        .collect::<Result<_>>()?;
    let rows: Vec<(NaiveDate, JsonText)> = rota::table.select((rota::on_date, rota::adviser_ids)).load(conn)?;
    let rota = rows.into_iter().map(|(date, ids)| Ok((date, ids.read()?))).collect::<Result<BTreeMap<_, Vec<Id>>>>()?;
    let calendar = OfficeCalendar::new(hours.clone(), days::closures(conn)?, days::overrides(conn)?);
    let calendar = calendar.with_days(days::government_days(conn)?);
    Ok(Plan { services, calendar, advisers, rota })
}

/// Puts the first services into an empty store.
pub fn seed(tx: &mut Tx, now: Moment) -> Result<()> {
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
