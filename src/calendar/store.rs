//! Closures and hand-set days in the store.

use chrono::{NaiveDate, NaiveTime};
use diesel::prelude::*;

use super::days::{Closure, DayKind, DayOverride, Part};
use super::government::GovernmentDay;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id};
use crate::error::{Code, Result};
use crate::schema::{closures, day_overrides, government_days};
use crate::{find, prepared};

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

/// A closure as it is kept.
#[derive(Clone, Debug)]
pub struct StoredClosure {
    pub id: Id,
    pub closure: Closure,
    pub created_at: Moment,
    pub withdrawn_at: Option<Moment>,
    pub version: i32,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = closures)]
struct Row {
    id: Id,
    on_date: NaiveDate,
    part: Part,
    area: Option<String>,
    reason: String,
    created_at: Moment,
    withdrawn_at: Option<Moment>,
    version: i32,
}

impl From<Row> for StoredClosure {
    fn from(row: Row) -> Self {
        let closure = Closure { date: row.on_date, part: row.part, area: row.area, reason: row.reason };
        Self { id: row.id, closure, created_at: row.created_at, withdrawn_at: row.withdrawn_at, version: row.version }
    }
}

/// Which closures to list.
#[derive(Clone, Debug, Default)]
pub struct ClosureFilter {
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    /// Also those withdrawn.
    pub withdrawn: bool,
}

fn matching<'a>(filter: &ClosureFilter) -> closures::BoxedQuery<'a, Backend> {
    let mut query = closures::table.into_boxed();
    if let Some(from) = filter.from {
        query = query.filter(closures::on_date.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(closures::on_date.le(to));
    }
    if !filter.withdrawn {
        query = query.filter(closures::withdrawn_at.is_null());
    }
    query
}

/// Closures in the order of their making: as many rows as the page needs, and their number when it is asked for.
pub fn list_closures(
    conn: &mut Conn,
    filter: &ClosureFilter,
    after: Option<&str>,
    rows: i64,
    counted: bool,
) -> Result<(Vec<StoredClosure>, Option<i64>)> {
    let total = if counted { Some(matching(filter).count().get_result(conn)?) } else { None };
    let mut page = matching(filter);
    if let Some(after) = after {
        page = page.filter(closures::id.gt(after.to_owned()));
    }
    let found: Vec<Row> = page.order(closures::id).limit(rows).select(Row::as_select()).load(conn)?;
    Ok((found.into_iter().map(StoredClosure::from).collect(), total))
}

/// One closure, withdrawn or not.
pub fn find_closure(conn: &mut Conn, id: Id) -> Result<StoredClosure> {
    let found: Option<Row> = find!(conn, closures::table.find(id).select(Row::as_select()))?;
    found.map(StoredClosure::from).ok_or_else(|| Code::NOT_FOUND.into())
}

/// Days of government calendars that were loaded.
pub fn government_days(conn: &mut Conn) -> Result<Vec<GovernmentDay>> {
    let columns = (government_days::on_date, government_days::worked, government_days::word);
    let rows: Vec<(NaiveDate, bool, String)> = government_days::table.select(columns).load(conn)?;
    Ok(rows.into_iter().map(|(date, worked, word)| GovernmentDay { date, worked, word }).collect())
}

/// Writes days of government calendars over what was loaded before.
pub fn put_government_days(conn: &mut Conn, days: &[GovernmentDay], now: Moment) -> Result<()> {
    for day in days {
        diesel::delete(government_days::table.find(day.date)).execute(conn)?;
        let row = (
            government_days::on_date.eq(day.date),
            government_days::worked.eq(day.worked),
            government_days::word.eq(&day.word),
            government_days::loaded_at.eq(now),
        );
        prepared!(conn, diesel::insert_into(government_days::table).values(row), execute)?;
    }
    Ok(())
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

/// The closure of the same part of the day that stands already.
pub fn standing(conn: &mut Conn, closure: &Closure) -> Result<Option<Id>> {
    let same: Vec<(Id, Option<String>)> = closures::table
        .filter(closures::withdrawn_at.is_null())
        .filter(closures::on_date.eq(closure.date))
        .filter(closures::part.eq(closure.part))
        .select((closures::id, closures::area))
        .load(conn)?;
    Ok(same.into_iter().find(|(_, area)| *area == closure.area).map(|(id, _)| id))
}

/// The latest closure that covers this half of a day, at a service point or of the whole office.
pub fn closure_over(conn: &mut Conn, date: NaiveDate, half: Part, point: Option<&str>) -> Result<Option<Id>> {
    Ok(closures::table
        .filter(closures::withdrawn_at.is_null())
        .filter(closures::on_date.eq(date))
        .filter(closures::area.is_null().or(closures::area.eq(point.unwrap_or_default())))
        .filter(closures::part.eq(half).or(closures::part.eq(Part::All)))
        .order(closures::id.desc())
        .select(closures::id)
        .first(conn)
        .optional()?)
}

/// Withdraws a closure that is in force.
pub fn withdraw_closure(conn: &mut Conn, id: Id, now: Moment) -> Result<()> {
    let change = (closures::withdrawn_at.eq(Some(now)), closures::version.eq(closures::version + 1));
    diesel::update(closures::table.find(id)).set(change).execute(conn)?;
    Ok(())
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
