//! Closures and hand-set days in the store.

use chrono::{NaiveDate, NaiveTime};
use diesel::prelude::*;

use super::Moment;
use super::days::{Closure, DayKind, DayOverride, Part};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::schema::{closures, day_overrides};

/// Closures in force.
pub fn closures(conn: &mut Conn) -> Result<Vec<Closure>> {
    let rows: Vec<(NaiveDate, Part, Option<String>, String)> = closures::table
        .filter(closures::withdrawn_at.is_null())
        .order(closures::id)
        .select((closures::on_date, closures::part, closures::area, closures::reason))
        .load(conn)?;
    Ok(rows.into_iter().map(|(date, part, area, reason)| Closure { date, part, area, reason }).collect())
}

/// Days set by hand.
pub fn overrides(conn: &mut Conn) -> Result<Vec<DayOverride>> {
    type Row = (NaiveDate, DayKind, Option<String>, Option<String>, String);
    let rows: Vec<Row> = day_overrides::table
        .select((day_overrides::on_date, day_overrides::kind, day_overrides::opens, day_overrides::closes, day_overrides::reason))
        .load(conn)?;
    let time = |text: Option<String>| text.and_then(|t| t.parse::<NaiveTime>().ok());
    Ok(rows
        .into_iter()
        .map(|(date, kind, opens, closes, reason)| DayOverride { date, kind, opens: time(opens), closes: time(closes), reason })
        .collect())
}

/// Writes a closure.
pub fn insert_closure(conn: &mut Conn, id: Id, closure: &Closure, by: &str, now: Moment) -> Result<()> {
    let row = (
        closures::id.eq(id),
        closures::on_date.eq(closure.date),
        closures::part.eq(closure.part),
        closures::area.eq(&closure.area),
        closures::reason.eq(&closure.reason),
        closures::created_by.eq(by),
        closures::created_at.eq(now),
        closures::version.eq(1),
    );
    diesel::insert_into(closures::table).values(row).execute(conn)?;
    Ok(())
}

/// Whether the same part of the day is closed already.
pub fn is_closed(conn: &mut Conn, closure: &Closure) -> Result<bool> {
    let areas: Vec<Option<String>> = closures::table
        .filter(closures::withdrawn_at.is_null())
        .filter(closures::on_date.eq(closure.date))
        .filter(closures::part.eq(closure.part))
        .select(closures::area)
        .load(conn)?;
    Ok(areas.contains(&closure.area))
}

/// The latest closure of the whole office that covers this half of a day.
pub fn closure_over(conn: &mut Conn, date: NaiveDate, half: Part) -> Result<Option<Id>> {
    Ok(closures::table
        .filter(closures::withdrawn_at.is_null())
        .filter(closures::on_date.eq(date))
        .filter(closures::area.is_null())
        .filter(closures::part.eq(half).or(closures::part.eq(Part::All)))
        .order(closures::id.desc())
        .select(closures::id)
        .first(conn)
        .optional()?)
}

/// Withdraws a closure that is in force; whether there was one.
pub fn withdraw_closure(conn: &mut Conn, id: Id, now: Moment) -> Result<bool> {
    let standing = closures::table.find(id).filter(closures::withdrawn_at.is_null());
    Ok(diesel::update(standing).set(closures::withdrawn_at.eq(Some(now))).execute(conn)? == 1)
}

/// Version of a day set by hand; 0 when it is not.
pub fn override_version(conn: &mut Conn, date: NaiveDate) -> Result<i32> {
    let version: Option<i32> = day_overrides::table.find(date).select(day_overrides::version).first(conn).optional()?;
    Ok(version.unwrap_or(0))
}

/// Sets a day by hand.
pub fn put_override(conn: &mut Conn, day: &DayOverride, by: &str, version: i32, now: Moment) -> Result<()> {
    diesel::delete(day_overrides::table.find(day.date)).execute(conn)?;
    let row = (
        day_overrides::on_date.eq(day.date),
        day_overrides::kind.eq(day.kind),
        day_overrides::opens.eq(day.opens.map(|t| t.to_string())),
        day_overrides::closes.eq(day.closes.map(|t| t.to_string())),
        day_overrides::reason.eq(&day.reason),
        day_overrides::updated_by.eq(by),
        day_overrides::updated_at.eq(now),
        day_overrides::version.eq(version),
    );
    diesel::insert_into(day_overrides::table).values(row).execute(conn)?;
    Ok(())
}
