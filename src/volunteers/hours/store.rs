//! Lines of hours in the store, as far as the caller sees their volunteer.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::{
    Said, Time, VolunteerField, VolunteerHourKind, VolunteerHourReporting, VolunteerHourStatus, VolunteerHourUnit,
    VolunteerOverlap, VolunteerPresence,
};
use crate::auth::protection::closed_to;
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Narrow, Tx, in_parts};
use crate::error::{Code, Result};
use crate::http::{Page, Paging};
use crate::schema::{volunteer_hours as hours, volunteers};
use crate::secrets::vault::Vault;
use crate::volunteers::model::VolunteerCategory;
use crate::volunteers::store::{self, Volunteer};
use crate::{find, prepared, read_page, save};

/// A line of hours as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = hours, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Line {
    pub id: Id,
    /// The record of which it was entered, also where that was merged into another.
    pub volunteer_id: Id,
    pub status: VolunteerHourStatus,
    pub served_on: NaiveDate,
    pub begins_at: Option<Moment>,
    pub ends_at: Option<Moment>,
    pub minutes: i32,
    pub category: Option<VolunteerCategory>,
    pub field: VolunteerField,
    pub unit: VolunteerHourUnit,
    pub kind: VolunteerHourKind,
    pub presence: VolunteerPresence,
    pub is_paid: bool,
    pub overlap: VolunteerOverlap,
    pub reporting: VolunteerHourReporting,
    /// Sealed.
    pub said: String,
    /// What has entered it, where that was no hand: one line of it stands.
    pub source: Option<String>,
    /// The line that it corrects.
    pub stands_for: Option<Id>,
    /// Who vouches for it.
    pub registrar: Option<String>,
    pub registered_at: Option<Moment>,
    pub entered_by: String,
    pub entered_at: Moment,
    pub version: i32,
}

impl Line {
    pub fn path(&self) -> String {
        format!("hours/{}", self.id)
    }

    fn identity(&self) -> String {
        format!("volunteer_hours/{}/said", self.id)
    }

    pub fn said(&self, vault: &Vault) -> Result<Said> {
        vault.open_json(&self.identity(), self.said.clone())
    }

    pub fn say(&mut self, vault: &Vault, said: &Said) -> Result<()> {
        self.said = vault.seal_json(&self.identity(), said)?;
        Ok(())
    }

    /// From when to when it was.
    pub fn span(&self) -> Option<(Moment, Moment)> {
        self.begins_at.zip(self.ends_at)
    }

    pub fn put_time(&mut self, time: Time) {
        self.served_on = time.day;
        (self.begins_at, self.ends_at) = time.span.unzip();
        self.minutes = time.minutes;
    }
}

pub fn insert(tx: &mut Tx, line: &Line) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(hours::table).values(line), execute)?;
    Ok(())
}

pub fn save(tx: &mut Tx, line: &mut Line) -> Result<()> {
    save!(tx, hours, line)
}

/// A line whose volunteer the caller sees, with them; a volunteer sees those of the records that were merged into theirs too. Of two writes
/// that find one, one waits for the other.
pub fn find(conn: &mut Conn, by: &By, id: Id) -> Result<(Line, Volunteer)> {
    let line = by_id(conn, id)?.ok_or(Code::NOT_FOUND)?;
    let own = own_records(conn, by)?;
    if own.is_some_and(|own| own.contains(&line.volunteer_id)) {
        let volunteer = store::by_id(conn, line.volunteer_id)?.ok_or(Code::NOT_FOUND)?;
        return Ok((line, volunteer));
    }
    let volunteer = store::find(conn, by, line.volunteer_id)?;
    Ok((line, volunteer))
}

/// The records of a caller who sees their own alone, with those that were merged into these; nothing where the caller sees others too.
fn own_records(conn: &mut Conn, by: &By) -> Result<Option<Vec<Id>>> {
    if by.reach != Reach::Own {
        return Ok(None);
    }
    let Some(person) = by.caller.person_id() else { return Ok(Some(Vec::new())) };
    let theirs = volunteers::table.filter(volunteers::person_id.eq(person));
    let mut own: Vec<Id> = theirs.select(volunteers::id).load(conn)?;
    for id in own.clone() {
        own.extend(store::merged_into(conn, id)?.into_iter().map(|merged| merged.id));
    }
    Ok(Some(own))
}

/// A line, whoever asks.
pub fn by_id(conn: &mut Conn, id: Id) -> Result<Option<Line>> {
    Ok(find!(conn, hours::table.find(id).select(Line::as_select()))?)
}

/// All lines of some records of one human, in the order of their entering.
pub fn of_records(conn: &mut Conn, records: &[Id]) -> Result<Vec<Line>> {
    let mut lines: Vec<Line> = in_parts(records, |part| {
        let rows = hours::table.filter(hours::volunteer_id.eq_any(part.iter().copied()));
        Ok(rows.order(hours::id).select(Line::as_select()).load(conn)?)
    })?;
    lines.sort_by_key(|line| line.id);
    Ok(lines)
}

/// The line of a source that stands.
pub fn of_source(conn: &mut Conn, source: &str) -> Result<Option<Line>> {
    let gone = [VolunteerHourStatus::Replaced, VolunteerHourStatus::Withdrawn];
    let rows = hours::table.filter(hours::source.assume_not_null().eq(source)).filter(hours::source.is_not_null());
    Ok(find!(conn, rows.filter(hours::status.ne_all(gone)).select(Line::as_select()))?)
}

/// The line that corrects one, and was not taken back.
pub fn correction_of(conn: &mut Conn, id: Id) -> Result<Option<Line>> {
    let rows = hours::table.filter(hours::stands_for.assume_not_null().eq(id)).filter(hours::stands_for.is_not_null());
    let rows = rows.filter(hours::status.ne(VolunteerHourStatus::Withdrawn));
    Ok(find!(conn, rows.select(Line::as_select()))?)
}

/// Filters of lists of hours.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct VolunteerHourFilter {
    pub status: Option<VolunteerHourStatus>,
    pub reporting: Option<VolunteerHourReporting>,
    pub presence: Option<VolunteerPresence>,
    pub field: Option<VolunteerField>,
    /// First day of the service, Asia/Taipei.
    pub from: Option<NaiveDate>,
    /// Last day, included.
    pub to: Option<NaiveDate>,
}

/// A page of lines that match and that the caller sees, the newest first: of some records, or of everybody.
pub fn list(
    conn: &mut Conn,
    by: &By,
    filter: &VolunteerHourFilter,
    records: Option<Vec<Id>>,
    paging: &Paging,
) -> Result<Page<Line>> {
    let closed = closed_to(conn, by)?;
    let hidden: Vec<Id> = in_parts(&closed, |part| {
        let rows = volunteers::table.filter(volunteers::person_id.eq_any(part.iter().copied()));
        Ok(rows.select(volunteers::id).load(conn)?)
    })?;
    let own = own_records(conn, by)?;
    let matching = || -> hours::BoxedQuery<'_, Backend> {
        let rows = hours::table.filter(hours::volunteer_id.ne_all(hidden.clone())).into_boxed();
        rows.narrow(own.clone(), |own| hours::volunteer_id.eq_any(own))
            .narrow(records.clone(), |records| hours::volunteer_id.eq_any(records))
            .narrow(filter.status, |status| hours::status.eq(status))
            .narrow(filter.reporting, |reporting| hours::reporting.eq(reporting))
            .narrow(filter.presence, |presence| hours::presence.eq(presence))
            .narrow(filter.field, |field| hours::field.eq(field))
            .narrow(filter.from, |from| hours::served_on.ge(from))
            .narrow(filter.to, |to| hours::served_on.le(to))
    };
    read_page!(conn, paging, matching, hours::id desc, Line)
}
