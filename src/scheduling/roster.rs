//! Who or what can be booked when: a domain says so by its roster, and a service names the roster that serves it.

use std::collections::BTreeMap;
use std::fmt::Debug;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};

use crate::db::{Conn, Id};
use crate::domain::Schemas;
use crate::error::Result;

/// What a domain knows of those who can be booked: people, pairs, rooms, devices. Given to [`Plans`](super::Plans) at the
/// start, and told to the contract by [`publish`].
pub trait Roster: Debug + Send + Sync {
    /// What the `staffing` of a service calls it.
    fn code(&self) -> &'static str;
    /// Reads who is on duty; whatever changes its answer counts the plan's revision up.
    fn duty(&self, conn: &mut Conn) -> Result<Duty>;
    /// The resources that an account stands for: its own time, or a room that it looks after.
    fn of_account(&self, conn: &mut Conn, account: Id) -> Result<Vec<String>>;
    /// What one of its days is called as the cause of a conflict.
    fn day(&self, date: NaiveDate) -> String;
}

/// Somebody or something that can be booked.
#[derive(Clone, Debug)]
pub struct Rostered {
    pub id: Id,
    pub name: String,
    /// What its time is claimed under: the same in every roster that has it, so that it is in one place at a time.
    pub resource: String,
    /// Days of the week on which it is on duty unless a day was set by hand, Monday 0.
    pub weekdays: Vec<u8>,
}

/// Who is on duty on which day.
#[derive(Debug, Default)]
pub struct Duty {
    pub all: Vec<Rostered>,
    /// Days that were set by hand.
    pub set: BTreeMap<NaiveDate, Vec<Id>>,
}

impl Duty {
    /// Who is on duty on a date: as set by hand, else by weekday.
    pub fn on(&self, date: NaiveDate) -> Vec<&Rostered> {
        let weekday = u8::try_from(date.weekday().num_days_from_monday()).unwrap_or(0);
        match self.set.get(&date) {
            Some(ids) => ids.iter().filter_map(|id| self.all.iter().find(|one| one.id == *id)).collect(),
            None => self.all.iter().filter(|one| one.weekdays.contains(&weekday)).collect(),
        }
    }
}

/// The service's own places: nobody in particular need be there.
pub const PLACES: &str = "PLACES";

/// Who must be there for a slot to exist: nobody in particular, or those on the roster of this code, one seat each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Staffing(String);

impl Staffing {
    const SCHEMA: &'static str = "Staffing";

    /// The roster that serves the service; none where it has places of its own.
    pub fn roster(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|code| *code != PLACES)
    }

    /// Its codes follow from the domains: see [`publish`].
    pub fn schema() -> Ref {
        Ref::from_schema_name(Self::SCHEMA)
    }

    /// The codes without any roster.
    pub fn places(all: &mut Schemas) {
        let text = "Who must be there for a slot to exist.";
        let codes = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([PLACES])).description(Some(text));
        all.push((Self::SCHEMA.to_owned(), codes.into()));
    }
}

/// Adds a roster's code to those that the `staffing` of a service can have.
pub fn publish(roster: &dyn Roster, all: &mut Schemas) {
    for (name, schema) in all {
        if name == Staffing::SCHEMA
            && let RefOr::T(Schema::Object(codes)) = schema
        {
            codes.enum_values.get_or_insert_default().push(roster.code().into());
        }
    }
}
