//! Bookings that a closure, changed hours, a changed rota or a death have hit: never deleted, listed to be worked off,
//! each with an equal slot kept where there is one.

use actix_web::get;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::bookings::model::{Booking, BookingStatus};
use super::bookings::store::{booked_between, booked_or_missed_between, by_id};
use super::bookings::turns;
use super::claims;
use super::plan::{Plan, parse_slot_id};
use super::policy::ListBookingConflicts;
use super::reserves::Keeper;
use super::services::BookingRule;
use super::specialties::Context;
use super::{freed, offers};
use crate::auth::May;
use crate::auth::protection::closed_to;
use crate::calendar::{Part, store as days};
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::Result;
use crate::http::{Listing, Page, Paging, Params, Reply, page_of};
use crate::people::holding::death_of;
use crate::schema::{booking_conflicts as rows, bookings};
use crate::text_enum;

text_enum! {
    /// What took a booking's slot away, or whoever it is for.
    pub enum Cause {
        Closure = "CLOSURE",
        Hours = "HOURS",
        Rota = "ROTA",
        /// The death of whoever it is for is registered
        Death = "DEATH",
    }
}

text_enum! {
    /// How a conflict ended: its booking was moved or cancelled, or what took the slot away was taken back.
    pub enum Resolution {
        Moved = "MOVED",
        Cancelled = "CANCELLED",
        Withdrawn = "WITHDRAWN",
    }
}

/// A booking whose slot no longer stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "booking_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70",
    "cause": "CLOSURE", "cause_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71",
    "reserved_slot_id": "LEGAL_CONSULTATION-20261127T0900", "created_at": "2026-11-23T20:00:00+08:00", "resolved_at": null, "resolution": null
}))]
pub struct Conflict {
    pub id: Id,
    pub booking_id: Id,
    pub cause: Cause,
    /// The closure's id, the service's code, the date of the rota, or the case that registers the death: `cases/{id}`.
    #[schema(max_length = 60)]
    pub cause_id: String,
    /// An equal slot kept for the booking.
    #[schema(max_length = 80)]
    pub reserved_slot_id: Option<String>,
    pub created_at: Moment,
    pub resolved_at: Option<Moment>,
    pub resolution: Option<Resolution>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = rows)]
struct Row {
    id: Id,
    booking_id: Id,
    cause: Cause,
    cause_id: String,
    reserved_slot_id: Option<String>,
    created_at: Moment,
    resolved_at: Option<Moment>,
    resolution: Option<Resolution>,
}

impl Conflict {
    fn new(booking: &Booking, cause: Cause, cause_id: &str, now: Moment) -> Self {
        Self {
            id: Id::new(now),
            booking_id: booking.id,
            cause,
            cause_id: cause_id.to_owned(),
            reserved_slot_id: None,
            created_at: now,
            resolved_at: None,
            resolution: None,
        }
    }
}

impl From<Row> for Conflict {
    fn from(row: Row) -> Self {
        let Row { id, booking_id, cause, cause_id, reserved_slot_id, created_at, resolved_at, resolution } = row;
        Self { id, booking_id, cause, cause_id, reserved_slot_id, created_at, resolved_at, resolution }
    }
}

/// Filters of the list of conflicts.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ConflictFilter {
    /// Conflicts with this cause.
    cause: Option<Cause>,
    /// Only those already resolved, or only those still open.
    resolved: Option<bool>,
}

/// Lists bookings hit by closures and changes.
///
/// To be worked off: move each booking (the kept slot is its own), or cancel it. In order of appearance.
#[utoipa::path(tag = "Booking", operation_id = "list_booking_conflicts", params(ConflictFilter, Listing), responses((status = 200, description = "A page of conflicts.", body = Page<Conflict>)))]
#[get("/v1/booking-conflicts")]
pub async fn list_booking_conflicts(
    may: May<ListBookingConflicts>,
    Params(filter): Params<ConflictFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let closed = closed_to(conn, by)?;
        let matching = || {
            let theirs = bookings::table.filter(bookings::person_id.eq_any(closed.clone())).select(bookings::id);
            let mut query = rows::table.into_boxed();
            if !closed.is_empty() {
                query = query.filter(rows::booking_id.ne_all(theirs));
            }
            if let Some(cause) = filter.cause {
                query = query.filter(rows::cause.eq(cause));
            }
            match filter.resolved {
                Some(true) => query = query.filter(rows::resolved_at.is_not_null()),
                Some(false) => query = query.filter(rows::resolved_at.is_null()),
                None => {}
            }
            query
        };
        let total = paging.total(|| matching().count().get_result(conn))?;
        let mut page = matching();
        if let Some(after) = &paging.after {
            page = page.filter(rows::id.gt(after.clone()));
        }
        let found: Vec<Row> = page.order(rows::id).limit(paging.rows()).select(Row::as_select()).load(conn)?;
        let found: Vec<Conflict> = found.into_iter().map(Conflict::from).collect();
        Reply::ok(&page_of(&paging, found, total, |c: &Conflict| c.id.to_string()))
    })
    .await
}

/// Finds the bookings that the changed plan no longer carries, and the reserves that it takes away;
/// unless it is a dry run, notes them and keeps an equal slot for each. A closure may be announced afterwards: whoever
/// did not come to a closed office has not failed to come.
pub fn raise(
    tx: &mut Tx,
    context: &Context<'_>,
    cause: Cause,
    cause_id: &str,
    span: (Moment, Moment),
    dry_run: bool,
    now: Moment,
) -> Result<Vec<Conflict>> {
    let service = (cause == Cause::Hours).then_some(cause_id);
    let mut keeper = Keeper::new(context, dry_run, now);
    let mut found = renew(tx, context, &mut keeper, span, dry_run, now)?;
    let hit = match cause {
        Cause::Closure => booked_or_missed_between(tx, span.0, span.1)?,
        _ => booked_between(tx, service, span.0.max(now), span.1)?,
    };
    for mut booking in hit {
        // Of days gone by only what was closed is looked at: the plan of today is not that of then.
        let stands = if booking.starts_at < now { !is_closed(context.plan, &booking) } else { keeper.stands(tx, &booking)? };
        if stands {
            continue;
        }
        if booking.status == BookingStatus::NoShow && !dry_run {
            booking = turns::excuse(tx, &booking, now)?;
        }
        if let Some(open) = open_conflict(tx, booking.id)? {
            // Noted before: told again only to whoever makes the same change again.
            if open.cause_id == cause_id && !found.iter().any(|c| c.id == open.id) {
                found.push(open);
            }
            continue;
        }
        let mut conflict = Conflict::new(&booking, cause, cause_id, now);
        conflict.reserved_slot_id = keeper.keep_equal(tx, &booking, conflict.id)?;
        if !dry_run {
            insert(tx, &conflict)?;
            tell(tx, &conflict, &booking);
        }
        found.push(conflict);
    }
    if !dry_run {
        offers::take_back(tx, context.plan, span)?;
    }
    Ok(found)
}

/// Notes that whoever a booking is for has died, where a case registers it.
pub fn note_if_dead(tx: &mut Tx, booking: &Booking, now: Moment) -> Result<()> {
    death_of(tx, booking.person_id)?.map_or(Ok(()), |case| note_death(tx, booking, &case, now))
}

/// Notes that whoever a booking is for has died, by the case that registers it: no other slot is kept for them. What was at odds
/// before stays so.
pub fn note_death(tx: &mut Tx, booking: &Booking, case: &str, now: Moment) -> Result<()> {
    if open_conflict(tx, booking.id)?.is_some() {
        return Ok(());
    }
    let conflict = Conflict::new(booking, Cause::Death, case, now);
    insert(tx, &conflict)?;
    tell(tx, &conflict, booking);
    Ok(())
}

/// As [`raise`], for a booking that stands again in hours in which the office is closed.
pub fn raise_if_closed(tx: &mut Tx, context: &Context<'_>, booking: &Booking, now: Moment) -> Result<()> {
    if !is_closed(context.plan, booking) {
        return Ok(());
    }
    let (cause, cause_id) = cause_of(tx, context.plan, booking)?;
    raise(tx, context, cause, &cause_id, (booking.starts_at, booking.ends_at), false, now).map(drop)
}

/// Keeps another slot for each open conflict whose reserve the plan no longer has.
fn renew(
    tx: &mut Tx,
    context: &Context<'_>,
    keeper: &mut Keeper<'_>,
    span: (Moment, Moment),
    dry_run: bool,
    now: Moment,
) -> Result<Vec<Conflict>> {
    let reserving: Vec<Row> = rows::table
        .filter(rows::resolved_at.is_null())
        .filter(rows::reserved_slot_id.is_not_null())
        .order(rows::id)
        .select(Row::as_select())
        .load(&mut **tx)?;
    let mut lost = Vec::new();
    for mut conflict in reserving.into_iter().map(Conflict::from) {
        let slot_id = conflict.reserved_slot_id.take().unwrap_or_default();
        let starts_at = parse_slot_id(&slot_id).map(|(_, date, time)| Moment::from_taipei(date, time));
        let touched = starts_at.is_some_and(|at| span.0.max(now) <= at && at < span.1);
        if !touched || keeper.reserve_stands(tx, conflict.id, &slot_id)? {
            continue;
        }
        let booking = by_id(tx, conflict.booking_id)?;
        if !dry_run {
            freed::give_up_all(tx, context, conflict.id.as_str(), None, now)?;
            claims::release(tx, conflict.id)?;
        }
        conflict.reserved_slot_id = keeper.keep_equal(tx, &booking, conflict.id)?;
        if !dry_run {
            let kept = rows::reserved_slot_id.eq(&conflict.reserved_slot_id);
            diesel::update(rows::table.find(conflict.id)).set(kept).execute(&mut **tx)?;
            tell(tx, &conflict, &booking);
        }
        lost.push(conflict);
    }
    Ok(lost)
}

fn insert(tx: &mut Tx, conflict: &Conflict) -> Result<()> {
    let row = (
        rows::id.eq(conflict.id),
        rows::booking_id.eq(conflict.booking_id),
        rows::cause.eq(conflict.cause),
        rows::cause_id.eq(&conflict.cause_id),
        rows::reserved_slot_id.eq(&conflict.reserved_slot_id),
        rows::created_at.eq(conflict.created_at),
    );
    diesel::insert_into(rows::table).values(row).execute(&mut **tx)?;
    Ok(())
}

fn tell(tx: &mut Tx, conflict: &Conflict, booking: &Booking) {
    let event = json!({"conflict_id": conflict.id, "cause": conflict.cause, "reserved_slot_id": conflict.reserved_slot_id});
    tx.record(Record::change("booking.conflict", format!("bookings/{}", booking.id), event).about(booking.person_id));
}

fn open_conflict(conn: &mut Conn, booking: Id) -> Result<Option<Conflict>> {
    let open = rows::table.filter(rows::booking_id.eq(booking)).filter(rows::resolved_at.is_null());
    Ok(open.select(Row::as_select()).first(conn).optional()?.map(Conflict::from))
}

/// Open conflicts of a booking: the slots kept by them are its own.
pub fn open_of(conn: &mut Conn, booking: Id) -> Result<Vec<Id>> {
    Ok(rows::table.filter(rows::booking_id.eq(booking)).filter(rows::resolved_at.is_null()).select(rows::id).load(conn)?)
}

/// Closes the conflicts of a cause that was undone: the bookings have their slots again, unless something else
/// has taken them too, which is then the cause. Counts those that stand again.
pub fn withdraw(tx: &mut Tx, context: &Context<'_>, cause_id: &str, now: Moment) -> Result<usize> {
    let open: Vec<(Id, Id)> = rows::table
        .filter(rows::cause_id.eq(cause_id))
        .filter(rows::resolved_at.is_null())
        .order(rows::id)
        .select((rows::id, rows::booking_id))
        .load(&mut **tx)?;
    let mut keeper = Keeper::new(context, false, now);
    let mut standing = Vec::new();
    for (id, booking) in open {
        let booking = by_id(tx, booking)?;
        let death = death_of(tx, booking.person_id)?;
        if booking.status != BookingStatus::Booked || death.is_none() && keeper.stands(tx, &booking)? {
            standing.push(id);
            continue;
        }
        let (cause, cause_id) = match death {
            Some(case) => (Cause::Death, case),
            None => cause_of(tx, context.plan, &booking)?,
        };
        let other = (rows::cause.eq(cause), rows::cause_id.eq(cause_id));
        diesel::update(rows::table.find(id)).set(other).execute(&mut **tx)?;
    }
    resolve(tx, context, &standing, Resolution::Withdrawn, now)?;
    Ok(standing.len())
}

/// Whether the office is closed in the hours of a booking.
fn is_closed(plan: &Plan, booking: &Booking) -> bool {
    let (date, from, to) = (booking.starts_at.date(), booking.starts_at.time(), booking.ends_at.time());
    let point = plan.service(&booking.service_code).and_then(|(_, rule)| rule.point());
    !plan.calendar.is_workday_in(point, date) || !plan.calendar.is_open_in(point, date, from, to)
}

/// What takes the slot of a booking that does not stand.
fn cause_of(tx: &mut Tx, plan: &Plan, booking: &Booking) -> Result<(Cause, String)> {
    let (date, from, to) = (booking.starts_at.date(), booking.starts_at.time(), booking.ends_at.time());
    let rule = plan.service(&booking.service_code).map(|(_, rule)| rule);
    let point = rule.and_then(BookingRule::point);
    if is_closed(plan, booking) {
        let part = if from < crate::calendar::NOON { Part::Morning } else { Part::Afternoon };
        let closure = days::closure_over(tx, date, part, point)?;
        return Ok((Cause::Closure, closure.map_or_else(|| date.to_string(), |id| id.to_string())));
    }
    let within = rule.filter(|rule| rule.hours_on(date).any(|hours| hours.from <= from && to <= hours.to));
    let roster = within.and_then(|rule| plan.roster(rule.staffing.roster()?));
    Ok(match roster {
        Some((roster, _)) => (Cause::Rota, roster.day(date)),
        None => (Cause::Hours, booking.service_code.clone()),
    })
}

/// Closes conflicts and frees what they keep: those who wait come first.
pub fn resolve(tx: &mut Tx, context: &Context<'_>, open: &[Id], resolution: Resolution, now: Moment) -> Result<()> {
    for id in open {
        freed::give_up_all(tx, context, id.as_str(), None, now)?;
        claims::release(tx, *id)?;
        diesel::update(rows::table.find(*id))
            .set((rows::resolved_at.eq(Some(now)), rows::resolution.eq(Some(resolution))))
            .execute(&mut **tx)?;
    }
    Ok(())
}
