//! The claim table: the only judge of who has a slot. Its unique key (resource, tick, seat) decides every race.

use std::ops::Range;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::plan::{Seat, Slot};
use crate::calendar::Moment;
use crate::db::{Conn, Id, Keep};
use crate::error::Result;
use crate::schema::claims;
use crate::{each, text_enum};

text_enum! {
    /// What a claim stands for; all but bookings and reserves run out by themselves.
    pub enum HolderKind {
        Hold = "HOLD",
        Booking = "BOOKING",
        /// Kept for the first on the waiting list.
        Offer = "OFFER",
        /// Kept for a booking that a closure has hit.
        Reserve = "RESERVE",
        /// Freed, but not yet offered again.
        Quarantine = "QUARANTINE",
    }
}

/// Who holds a seat, and until when.
#[derive(Clone, Debug)]
pub struct Holder {
    pub kind: HolderKind,
    pub id: String,
    pub expires_at: Option<Moment>,
}

impl Holder {
    pub fn booking(id: Id) -> Self {
        Self { kind: HolderKind::Booking, id: id.to_string(), expires_at: None }
    }

    pub fn until(kind: HolderKind, id: Id, expires_at: Moment) -> Self {
        Self { kind, id: id.to_string(), expires_at: Some(expires_at) }
    }
}

#[derive(Insertable)]
#[diesel(table_name = claims)]
struct Row<'a> {
    resource: &'a str,
    tick: i64,
    seat: i32,
    holder_kind: HolderKind,
    holder_id: &'a str,
    expires_at: Option<Moment>,
}

/// Takes one tick of a seat if it is free, has run out, or is kept for one of `own`.
fn take_tick(conn: &mut Conn, seat: &Seat, tick: i64, holder: &Holder, own: &[String], now: Moment) -> Result<bool> {
    let row = Row {
        resource: &seat.resource,
        tick,
        seat: seat.number,
        holder_kind: holder.kind,
        holder_id: &holder.id,
        expires_at: holder.expires_at,
    };
    let inserted = each!(conn, c => diesel::insert_into(claims::table).values(&row).on_conflict_do_nothing().kept().execute(c))?;
    if inserted == 1 {
        return Ok(true);
    }
    let standing = || claims::table.find((&seat.resource, tick, seat.number));
    let over = (claims::holder_kind.eq(holder.kind), claims::holder_id.eq(&holder.id), claims::expires_at.eq(holder.expires_at));
    if diesel::update(standing().filter(claims::expires_at.le(now))).set(over).execute(conn)? == 1 {
        return Ok(true);
    }
    for id in own {
        if diesel::update(standing().filter(claims::holder_id.eq(id))).set(over).execute(conn)? == 1 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes one place a person, day and group, or tells that it is taken.
pub fn take_day(conn: &mut Conn, (seat, day): &(Seat, i64), holder: &Holder, now: Moment) -> Result<bool> {
    take_tick(conn, seat, *day, holder, &[], now)
}

/// Takes the first seat of a slot that can be had for the slot's whole length.
pub fn take<'s>(
    conn: &mut Conn,
    slot: &'s Slot,
    seats: impl IntoIterator<Item = &'s Seat>,
    holder: &Holder,
    own: &[String],
    now: Moment,
) -> Result<Option<&'s Seat>> {
    'seats: for seat in seats {
        for tick in slot.ticks() {
            if !take_tick(conn, seat, tick, holder, own, now)? {
                release_ticks(conn, &holder.id, &seat.resource, slot.ticks().start..tick)?;
                continue 'seats;
            }
        }
        return Ok(Some(seat));
    }
    Ok(None)
}

/// The claim that keeps a person to one booking a day and group.
pub fn person_day(person: Id, group: &str, date: NaiveDate) -> (Seat, i64) {
    let day = date.signed_duration_since(NaiveDate::default()).num_days();
    (Seat { resource: format!("people/{person}/{group}"), number: 0 }, day)
}

/// Hands everything that one holder has to another.
pub fn hand_over(conn: &mut Conn, from: Id, to: &Holder) -> Result<usize> {
    Ok(diesel::update(claims::table.filter(claims::holder_id.eq(from.to_string())))
        .set((claims::holder_kind.eq(to.kind), claims::holder_id.eq(&to.id), claims::expires_at.eq(to.expires_at)))
        .execute(conn)?)
}

/// Hands the ticks that `from` has on one resource to another holder.
pub fn hand_over_ticks(conn: &mut Conn, from: Id, resource: &str, ticks: Range<i64>, to: &Holder) -> Result<usize> {
    Ok(diesel::update(
        claims::table
            .filter(claims::holder_id.eq(from.to_string()))
            .filter(claims::resource.eq(resource))
            .filter(claims::tick.ge(ticks.start).and(claims::tick.lt(ticks.end))),
    )
    .set((claims::holder_kind.eq(to.kind), claims::holder_id.eq(&to.id), claims::expires_at.eq(to.expires_at)))
    .execute(conn)?)
}

/// Gives up everything that a holder has.
pub fn release(conn: &mut Conn, holder: Id) -> Result<usize> {
    Ok(diesel::delete(claims::table.filter(claims::holder_id.eq(holder.to_string()))).execute(conn)?)
}

/// Gives up the ticks that a holder has on one resource.
pub fn release_ticks(conn: &mut Conn, holder: &str, resource: &str, ticks: Range<i64>) -> Result<usize> {
    Ok(diesel::delete(
        claims::table
            .filter(claims::holder_id.eq(holder))
            .filter(claims::resource.eq(resource))
            .filter(claims::tick.ge(ticks.start).and(claims::tick.lt(ticks.end))),
    )
    .execute(conn)?)
}

/// Ticks of a resource that are held, as (tick, seat, holder).
pub fn held(conn: &mut Conn, resource: &str, ticks: Range<i64>, now: Moment) -> Result<Vec<(i64, i32, String)>> {
    Ok(claims::table
        .filter(claims::resource.eq(resource))
        .filter(claims::tick.ge(ticks.start).and(claims::tick.lt(ticks.end)))
        .filter(claims::expires_at.is_null().or(claims::expires_at.gt(now)))
        .select((claims::tick, claims::seat, claims::holder_id))
        .load(conn)?)
}

/// Whether a person already has a booking that day in the group.
pub fn person_is_taken(conn: &mut Conn, person: Id, group: &str, date: NaiveDate, now: Moment) -> Result<bool> {
    let (seat, day) = person_day(person, group, date);
    Ok(!held(conn, &seat.resource, day..day + 1, now)?.is_empty())
}

/// Forgets claims that ran out and that nobody has taken over.
pub fn forget_expired(conn: &mut Conn, now: Moment) -> Result<usize> {
    Ok(diesel::delete(claims::table.filter(claims::expires_at.le(now))).execute(conn)?)
}

/// Whether anything has run out.
pub fn any_expired(conn: &mut Conn, now: Moment) -> Result<bool> {
    let first: Option<i64> = claims::table.filter(claims::expires_at.le(now)).select(claims::tick).first(conn).optional()?;
    Ok(first.is_some())
}
