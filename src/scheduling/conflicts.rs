//! Bookings that a closure, changed hours or a changed rota have hit: never deleted, listed to be worked off,
//! each with an equal slot kept where there is one.

use std::collections::HashMap;

use actix_web::get;
use chrono::Duration;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::availability::Held;
use super::bookings::model::Booking;
use super::bookings::store::booked_between;
use super::claims::{self, Holder, HolderKind};
use super::plan::{Plan, Slot};
use crate::auth::May;
use crate::auth::policy::ListBookingConflicts;
use crate::calendar::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::Result;
use crate::http::{Listing, Page, Paging, Params, Reply, page_of};
use crate::schema::booking_conflicts as rows;
use crate::text_enum;

/// Days after the lost slot in which an equal one is looked for.
const EQUAL_WITHIN_DAYS: i64 = 30;

text_enum! {
    /// What took a booking's slot away.
    pub enum Cause {
        Closure = "CLOSURE",
        Hours = "HOURS",
        Rota = "ROTA",
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
    /// The closure's id, the service's code or the date of the rota.
    #[schema(max_length = 60)]
    pub cause_id: String,
    /// An equal slot kept for the booking.
    #[schema(max_length = 80)]
    pub reserved_slot_id: Option<String>,
    pub created_at: Moment,
    pub resolved_at: Option<Moment>,
    /// `MOVED`, `CANCELLED` or `WITHDRAWN`.
    #[schema(max_length = 20)]
    pub resolution: Option<String>,
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
    resolution: Option<String>,
}

impl From<Row> for Conflict {
    fn from(row: Row) -> Self {
        let Row { id, booking_id, cause, cause_id, reserved_slot_id, created_at, resolved_at, resolution } = row;
        Self { id, booking_id, cause, cause_id, reserved_slot_id, created_at, resolved_at, resolution }
    }
}

/// Filters of the list of conflicts.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ConflictFilter {
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
    may.read(move |conn, _| {
        let matching = || {
            let mut query = rows::table.into_boxed();
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
        let total = if paging.include_total { Some(matching().count().get_result(conn)?) } else { None };
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

/// Finds the bookings that the changed plan no longer carries; unless it is a dry run, notes them and keeps
/// an equal slot for each.
pub fn note(
    tx: &mut Tx,
    plan: &Plan,
    cause: Cause,
    cause_id: &str,
    span: (Moment, Moment),
    dry_run: bool,
    now: Moment,
) -> Result<Vec<Conflict>> {
    let service = (cause == Cause::Hours).then_some(cause_id);
    let mut keeper = Keeper { plan, now, given: HashMap::new() };
    let mut found = Vec::new();
    for booking in booked_between(tx, service, span.0.max(now), span.1)? {
        let stands = plan.slot(&booking.slot_id).is_some_and(|slot| slot.seats.iter().any(|s| s.resource == booking.resource));
        if stands || !open_of(tx, booking.id)?.is_empty() {
            continue;
        }
        let mut conflict = Conflict {
            id: Id::new(now),
            booking_id: booking.id,
            cause,
            cause_id: cause_id.to_owned(),
            reserved_slot_id: None,
            created_at: now,
            resolved_at: None,
            resolution: None,
        };
        conflict.reserved_slot_id = keeper.keep_equal(tx, &booking, conflict.id, dry_run)?;
        if !dry_run {
            insert(tx, &conflict, &booking)?;
        }
        found.push(conflict);
    }
    Ok(found)
}

/// Looks for equal slots, giving no seat out twice even when nothing is written.
struct Keeper<'p> {
    plan: &'p Plan,
    now: Moment,
    given: HashMap<String, (Vec<Slot>, Held)>,
}

impl Keeper<'_> {
    fn keep_equal(&mut self, tx: &mut Tx, booking: &Booking, conflict: Id, dry_run: bool) -> Result<Option<String>> {
        if !self.given.contains_key(&booking.service_code) {
            let from = self.now.date();
            let days = from.iter_days().take(usize::try_from(EQUAL_WITHIN_DAYS * 2).unwrap_or(60));
            let slots: Vec<Slot> = days.flat_map(|date| self.plan.slots_on(&booking.service_code, date)).collect();
            let held = Held::of(tx, &slots, self.now)?;
            self.given.insert(booking.service_code.clone(), (slots, held));
        }
        let Some((slots, held)) = self.given.get_mut(&booking.service_code) else { return Ok(None) };
        let last = booking.starts_at + Duration::days(EQUAL_WITHIN_DAYS);
        // The nearest later slot, the same hour of the day first.
        let mut later: Vec<&Slot> =
            slots.iter().filter(|s| s.starts_at > booking.starts_at.max(self.now) && s.starts_at <= last).collect();
        later.sort_by_key(|s| (s.starts_at.date(), s.starts_at.time() != booking.starts_at.time(), s.starts_at));
        for slot in later {
            let Some(seat) = held.free(slot).next().cloned() else { continue };
            let holder = Holder { kind: HolderKind::Reserve, id: conflict.to_string(), expires_at: None };
            let kept = dry_run || claims::take(tx, slot, [&seat], &holder, &[], self.now)?.is_some();
            held.hold(slot, &seat);
            if kept {
                return Ok(Some(slot.id.clone()));
            }
        }
        Ok(None)
    }
}

fn insert(tx: &mut Tx, conflict: &Conflict, booking: &Booking) -> Result<()> {
    let row = (
        rows::id.eq(conflict.id),
        rows::booking_id.eq(conflict.booking_id),
        rows::cause.eq(conflict.cause),
        rows::cause_id.eq(&conflict.cause_id),
        rows::reserved_slot_id.eq(&conflict.reserved_slot_id),
        rows::created_at.eq(conflict.created_at),
    );
    diesel::insert_into(rows::table).values(row).execute(&mut **tx)?;
    let event = json!({"conflict_id": conflict.id, "cause": conflict.cause, "reserved_slot_id": conflict.reserved_slot_id});
    tx.record(Record::change("booking.conflict", format!("bookings/{}", booking.id), event).about(booking.person_id));
    Ok(())
}

/// Open conflicts of a booking: the slots kept by them are its own.
pub fn open_of(conn: &mut Conn, booking: Id) -> Result<Vec<Id>> {
    Ok(rows::table.filter(rows::booking_id.eq(booking)).filter(rows::resolved_at.is_null()).select(rows::id).load(conn)?)
}

/// Closes a booking's conflicts and frees what they keep.
pub fn resolve_of(tx: &mut Tx, booking: Id, resolution: &str, now: Moment) -> Result<()> {
    let open = open_of(tx, booking)?;
    resolve(tx, &open, resolution, now)
}

/// Closes the conflicts of a cause that was undone; the bookings have their slots again.
pub fn withdraw(tx: &mut Tx, cause_id: &str, now: Moment) -> Result<usize> {
    let open: Vec<Id> =
        rows::table.filter(rows::cause_id.eq(cause_id)).filter(rows::resolved_at.is_null()).select(rows::id).load(&mut **tx)?;
    resolve(tx, &open, "WITHDRAWN", now)?;
    Ok(open.len())
}

fn resolve(tx: &mut Tx, open: &[Id], resolution: &str, now: Moment) -> Result<()> {
    for id in open {
        claims::release(tx, *id)?;
        diesel::update(rows::table.find(*id))
            .set((rows::resolved_at.eq(Some(now)), rows::resolution.eq(Some(resolution))))
            .execute(&mut **tx)?;
    }
    Ok(())
}
