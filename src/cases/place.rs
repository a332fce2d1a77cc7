//! Where an entry stands among those of its day: in the order of their registration. What was registered later on that day is no
//! obstacle to what stands again in its place, as what came about on a later day is none.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::entries;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::domain::case_path;
use crate::error::Result;
use crate::people::facts::Turn;
use crate::schema::cases;

/// The place of an entry.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub day: NaiveDate,
    /// When it was registered; one that is not yet comes after all of its day.
    registered: Option<(Moment, Id)>,
}

fn registered_at(conn: &mut Conn, case: Id) -> Result<Option<Moment>> {
    let found: Option<Option<Moment>> = cases::table.find(case).select(cases::registered_at).first(conn).optional()?;
    Ok(found.flatten())
}

/// The turn of what a case is to register as of a day among what was registered.
pub fn turn(conn: &mut Conn, case: Option<Id>, day: NaiveDate) -> Result<Turn> {
    let registered = case.map_or(Ok(None), |id| registered_at(conn, id))?;
    Ok(Turn::of(day, registered, case.map(case_path).unwrap_or_default()))
}

impl Place {
    /// That of a case as of a day.
    pub fn of(conn: &mut Conn, case: Option<Id>, day: NaiveDate) -> Result<Self> {
        let registered = match case {
            Some(id) => registered_at(conn, id)?.map(|at| (at, id)),
            None => None,
        };
        Ok(Self { day, registered })
    }

    /// That of what a source, `cases/{id}`, has entered as of a day.
    pub fn of_source(conn: &mut Conn, source: &str, day: NaiveDate) -> Result<Self> {
        Self::of(conn, entries::case_of(source), day)
    }

    /// Whether it comes after what a source has entered as of a day.
    pub fn is_after(&self, conn: &mut Conn, day: NaiveDate, source: &str) -> Result<bool> {
        let Some(own) = self.registered.filter(|_| day == self.day) else { return Ok(day <= self.day) };
        let Some(id) = entries::case_of(source) else { return Ok(true) };
        Ok(registered_at(conn, id)?.is_none_or(|at| (at, id) < own))
    }
}
