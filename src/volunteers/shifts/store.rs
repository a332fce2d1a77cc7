//! Shifts in the store.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{ShiftFilter, ShiftInput, ShiftKind, ShiftNeed, ShiftStatus};
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, JsonText, Narrow, Tx};
use crate::error::{Code, Error, Result};
use crate::http::{Page, Paging};
use crate::people::Words;
use crate::schema::shifts;
use crate::volunteers::model::VolunteerCategory;
use crate::{find, prepared, read_page, save};

/// A shift as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = shifts, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Shift {
    pub id: Id,
    pub status: ShiftStatus,
    pub kind: ShiftKind,
    pub category: VolunteerCategory,
    pub service_point: Option<String>,
    pub place: String,
    pub starts_at: Moment,
    pub ends_at: Moment,
    /// Seats by skill, as JSON.
    pub needs: JsonText,
    pub template_id: Option<Id>,
    /// The office day for which its template made it, whenever it takes place.
    pub occurs_on: Option<NaiveDate>,
    /// What whoever imported it calls it.
    pub import_key: Option<String>,
    /// What of the office's days has cancelled it.
    pub cancelled_by: Option<String>,
    pub entered_by: String,
    pub entered_at: Moment,
    pub version: i32,
}

/// How a shift is known beside its id.
#[derive(Clone, Debug)]
pub enum Known {
    ById,
    /// A template, and an office day.
    ByTemplate(Id, NaiveDate),
    ByKey(String),
}

impl Shift {
    /// A shift that nobody has planned before.
    pub fn new(by: &By, said: &ShiftInput, known: &Known) -> Result<Self> {
        let (template_id, occurs_on, import_key) = match known {
            Known::ById => (None, None, None),
            Known::ByTemplate(template, day) => (Some(*template), Some(*day), None),
            Known::ByKey(key) => (None, None, Some(key.clone())),
        };
        let mut shift = Self {
            id: Id::new(by.now),
            status: ShiftStatus::Planned,
            kind: said.kind,
            category: said.category,
            service_point: None,
            place: String::new(),
            starts_at: said.starts_at,
            ends_at: said.ends_at,
            needs: JsonText::of(&said.needs)?,
            template_id,
            occurs_on,
            import_key,
            cancelled_by: None,
            entered_by: by.caller.name(),
            entered_at: by.now,
            version: 1,
        };
        shift.put(said)?;
        Ok(shift)
    }

    pub fn path(&self) -> String {
        path(self.id)
    }

    /// What it is, as it is said.
    pub fn said(&self) -> Result<ShiftInput> {
        let place: Words =
            self.place.parse().map_err(|_| Error::Internal(format!("{} has a place that cannot be read", self.path())))?;
        Ok(ShiftInput {
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            place,
            category: self.category,
            needs: self.needs()?,
            kind: self.kind,
            service_point: self.service_point.clone(),
        })
    }

    pub fn put(&mut self, said: &ShiftInput) -> Result<()> {
        self.kind = said.kind;
        self.category = said.category;
        self.service_point.clone_from(&said.service_point);
        said.place.as_str().clone_into(&mut self.place);
        (self.starts_at, self.ends_at) = (said.starts_at, said.ends_at);
        self.needs = JsonText::of(&said.needs)?;
        Ok(())
    }

    pub fn needs(&self) -> Result<Vec<ShiftNeed>> {
        self.needs.read()
    }
}

/// What a shift is called in the journal.
pub fn path(id: Id) -> String {
    format!("shifts/{id}")
}

pub fn insert(tx: &mut Tx, shift: &Shift) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(shifts::table).values(shift), execute)?;
    Ok(())
}

pub fn save(tx: &mut Tx, shift: &mut Shift) -> Result<()> {
    save!(tx, shifts, shift)
}

/// A shift, whoever asks. Of two writes that find one, one waits for the other.
pub fn by_id(conn: &mut Conn, id: Id) -> Result<Option<Shift>> {
    Ok(find!(conn, shifts::table.find(id).select(Shift::as_select()))?)
}

/// What volunteers read: what takes place, and what was to.
const TOLD: [ShiftStatus; 2] = [ShiftStatus::Planned, ShiftStatus::Cancelled];

/// A shift that the caller sees.
pub fn find(conn: &mut Conn, by: &By, id: Id) -> Result<Shift> {
    let found = by_id(conn, id)?.ok_or(Code::NOT_FOUND)?;
    if by.reach == Reach::Own && !TOLD.contains(&found.status) { Err(Code::NOT_FOUND.into()) } else { Ok(found) }
}

/// A page of the shifts that match, in the order in which they were planned.
pub fn list(conn: &mut Conn, by: &By, filter: &ShiftFilter, paging: &Paging) -> Result<Page<Shift>> {
    let is_own = by.reach == Reach::Own;
    let matching = || -> shifts::BoxedQuery<'_, Backend> {
        let rows = shifts::table.into_boxed();
        let rows = match filter.status {
            Some(status) => rows.filter(shifts::status.eq(status)),
            None => rows.filter(shifts::status.eq_any(TOLD)),
        };
        let rows = if is_own { rows.filter(shifts::status.eq_any(TOLD)) } else { rows };
        rows.narrow(filter.kind, |kind| shifts::kind.eq(kind))
            .narrow(filter.category, |category| shifts::category.eq(category))
            .narrow(filter.from, |day| shifts::ends_at.gt(Moment::start_of(day)))
            .narrow(filter.to, |day| shifts::starts_at.lt(Moment::end_of(day)))
    };
    read_page!(conn, paging, matching, shifts::id asc, Shift)
}

/// The shift that a template has made for an office day, whatever has become of it.
pub fn of_template(conn: &mut Conn, template: Id, day: NaiveDate) -> Result<Option<Shift>> {
    let theirs = shifts::table
        .filter(shifts::template_id.assume_not_null().eq(template))
        .filter(shifts::occurs_on.assume_not_null().eq(day));
    Ok(theirs.select(Shift::as_select()).first(conn).optional()?)
}

/// The shift that was imported under a key, whatever has become of it.
pub fn of_key(conn: &mut Conn, key: &str) -> Result<Option<Shift>> {
    let theirs = shifts::table.filter(shifts::import_key.assume_not_null().eq(key));
    Ok(theirs.select(Shift::as_select()).first(conn).optional()?)
}

/// Imported shifts that are to take place and begin within a stretch.
pub fn imported_between(conn: &mut Conn, (from, to): (Moment, Moment)) -> Result<Vec<Shift>> {
    let rows = shifts::table
        .filter(shifts::import_key.is_not_null())
        .filter(shifts::status.eq_any(TOLD))
        .filter(shifts::starts_at.ge(from))
        .filter(shifts::starts_at.lt(to));
    Ok(rows.order((shifts::starts_at, shifts::id)).select(Shift::as_select()).load(conn)?)
}

/// Shifts in a state that have part in a stretch.
pub fn within(conn: &mut Conn, status: ShiftStatus, (from, to): (Moment, Moment)) -> Result<Vec<Shift>> {
    let rows = shifts::table.filter(shifts::status.eq(status)).filter(shifts::ends_at.gt(from)).filter(shifts::starts_at.lt(to));
    Ok(rows.order((shifts::starts_at, shifts::id)).select(Shift::as_select()).load(conn)?)
}
