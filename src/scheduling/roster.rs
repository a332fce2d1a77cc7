//! Who can be booked when: a domain says so by a roster, and the engine asks no further.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use crate::db::{Conn, Id};
use crate::error::Result;

/// Reads who is on duty; whatever changes its answer counts the plan's revision up.
pub type Roster = fn(&mut Conn) -> Result<Duty>;

/// Somebody or something that can be booked.
#[derive(Clone, Debug)]
pub struct Rostered {
    pub id: Id,
    pub name: String,
    /// What its time is claimed under.
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
