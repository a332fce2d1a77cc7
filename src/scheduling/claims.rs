//! The claim table: the only judge of who has a slot. Its unique key (resource, tick, seat) decides every race.

use std::ops::Range;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::plan::{Seat, Slot};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::people::joins;
use crate::schema::claims;
use crate::{each, prepared, text_enum};

text_enum! {
    /// What a claim stands for; all but bookings and reserves run out by themselves.
    pub enum HolderKind {
        Hold = "HOLD",
        Booking = "BOOKING",
        /// Kept for somebody on the waiting list, or referred.
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

/// Prefix of the resources that stand for people's days.
const PEOPLE: &str = "people/";

#[derive(Insertable)]
#[diesel(table_name = claims, treat_none_as_default_value = false)]
struct Row<'a> {
    resource: &'a str,
    tick: i64,
    seat: i32,
    holder_kind: HolderKind,
    holder_id: &'a str,
    expires_at: Option<Moment>,
}

/// Takes one tick of a seat if it is free or is kept for one of `own`.
fn take_tick(conn: &mut Conn, seat: &Seat, tick: i64, holder: &Holder, own: &[Id]) -> Result<bool> {
    let row = Row {
        resource: &seat.resource,
        tick,
        seat: seat.number,
        holder_kind: holder.kind,
        holder_id: &holder.id,
        expires_at: holder.expires_at,
    };
    let inserted = prepared!(conn, diesel::insert_into(claims::table).values(&row).on_conflict_do_nothing(), execute)?;
    if inserted == 1 {
        return Ok(true);
    }
    let standing = || claims::table.find((&seat.resource, tick, seat.number));
    let over = (claims::holder_kind.eq(holder.kind), claims::holder_id.eq(&holder.id), claims::expires_at.eq(holder.expires_at));
    for id in own {
        if diesel::update(standing().filter(claims::holder_id.eq(id.as_str()))).set(over).execute(conn)? == 1 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes one place a person, day and group, or tells that it is taken.
pub fn take_day(conn: &mut Conn, (seat, day): &(Seat, i64), holder: &Holder, own: &[Id]) -> Result<bool> {
    take_tick(conn, seat, *day, holder, own)
}

/// Takes the first seat of a slot that can be had for the slot's whole length.
pub fn take<'s>(
    conn: &mut Conn,
    slot: &'s Slot,
    seats: impl IntoIterator<Item = &'s Seat>,
    holder: &Holder,
    own: &[Id],
) -> Result<Option<&'s Seat>> {
    'seats: for seat in seats {
        for tick in slot.ticks() {
            if !take_tick(conn, seat, tick, holder, own)? {
                if tick > slot.ticks().start {
                    release_seat(conn, &holder.id, seat, &(slot.ticks().start..tick))?;
                }
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
    (Seat { resource: format!("{PEOPLE}{person}/{group}"), number: 0 }, day)
}

/// Hands the ticks that `from` has of one seat to another holder.
pub fn hand_over(conn: &mut Conn, from: &str, seat: &Seat, ticks: &Range<i64>, to: &Holder) -> Result<usize> {
    Ok(diesel::update(
        claims::table
            .filter(claims::holder_id.eq(from))
            .filter(claims::resource.eq(&seat.resource))
            .filter(claims::seat.eq(seat.number))
            .filter(claims::tick.ge(ticks.start).and(claims::tick.lt(ticks.end))),
    )
    .set((claims::holder_kind.eq(to.kind), claims::holder_id.eq(&to.id), claims::expires_at.eq(to.expires_at)))
    .execute(conn)?)
}

/// Gives up everything that a holder has.
pub fn release(conn: &mut Conn, holder: Id) -> Result<usize> {
    Ok(diesel::delete(claims::table.filter(claims::holder_id.eq(holder.to_string()))).execute(conn)?)
}

/// Gives up the ticks that a holder has of one seat.
pub fn release_seat(conn: &mut Conn, holder: &str, seat: &Seat, ticks: &Range<i64>) -> Result<()> {
    diesel::delete(
        claims::table
            .filter(claims::holder_id.eq(holder))
            .filter(claims::resource.eq(&seat.resource))
            .filter(claims::seat.eq(seat.number))
            .filter(claims::tick.ge(ticks.start).and(claims::tick.lt(ticks.end))),
    )
    .execute(conn)?;
    Ok(())
}

/// The seats that a holder has, each with its stretch of ticks; days of people are no seats.
pub fn seats_of(conn: &mut Conn, holder: &str) -> Result<Vec<(Seat, Range<i64>)>> {
    let rows: Vec<(String, i32, i64)> = claims::table
        .filter(claims::holder_id.eq(holder))
        .order((claims::resource, claims::seat, claims::tick))
        .select((claims::resource, claims::seat, claims::tick))
        .load(conn)?;
    let mut seats: Vec<(Seat, Range<i64>)> = Vec::new();
    for (resource, number, tick) in rows.into_iter().filter(|(resource, ..)| !resource.starts_with(PEOPLE)) {
        let seat = Seat { resource, number };
        match seats.last_mut() {
            Some((last, ticks)) if *last == seat && ticks.end == tick => ticks.end += 1,
            _ => seats.push((seat, tick..tick + 1)),
        }
    }
    Ok(seats)
}

/// What keeps a seat for somebody.
pub struct Standing {
    pub kind: HolderKind,
    pub holder: String,
    pub seat: Seat,
}

/// The seats of a slot that are kept now, by whatever is no booking.
pub fn kept_on(conn: &mut Conn, slot: &Slot, now: Moment) -> Result<Vec<Standing>> {
    let mut found = Vec::new();
    for resource in slot.resources() {
        let standing = claims::table
            .filter(claims::resource.eq(resource))
            .filter(claims::tick.eq(slot.ticks().start))
            .filter(claims::holder_kind.ne(HolderKind::Booking))
            .filter(claims::expires_at.is_null().or(claims::expires_at.gt(now)))
            .select((claims::holder_kind, claims::holder_id, claims::seat));
        let rows: Vec<(HolderKind, String, i32)> = each!(conn, c => standing.load(c))?;
        let seat = |number| Seat { resource: resource.to_owned(), number };
        found.extend(rows.into_iter().map(|(kind, holder, number)| Standing { kind, holder, seat: seat(number) }));
    }
    Ok(found)
}

/// Holders whose time on a slot's seats has run out.
pub fn expired_on(conn: &mut Conn, slot: &Slot, now: Moment) -> Result<Vec<(HolderKind, String)>> {
    let mut found = Vec::new();
    for resource in slot.resources() {
        let rows: Vec<(HolderKind, String)> = claims::table
            .filter(claims::resource.eq(resource))
            .filter(claims::tick.ge(slot.ticks().start).and(claims::tick.lt(slot.ticks().end)))
            .filter(claims::expires_at.le(now))
            .order((claims::expires_at, claims::holder_id))
            .select((claims::holder_kind, claims::holder_id))
            .load(conn)?;
        found.extend(rows);
    }
    found.dedup();
    Ok(found)
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

/// Whether a person already has a booking that day in the group, by whichever of their records.
pub fn person_is_taken(conn: &mut Conn, person: Id, group: &str, date: NaiveDate, now: Moment) -> Result<bool> {
    let records = joins::records(conn, person)?;
    any_is_taken(conn, &records, group, date, now)
}

/// Whether one of these records has a booking that day in the group.
pub fn any_is_taken(conn: &mut Conn, records: &[Id], group: &str, date: NaiveDate, now: Moment) -> Result<bool> {
    for record in records {
        let (seat, day) = person_day(*record, group, date);
        if !held(conn, &seat.resource, day..day + 1, now)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Holders whose time has run out, the earliest first.
pub fn expired(conn: &mut Conn, now: Moment) -> Result<Vec<(HolderKind, String)>> {
    let mut found: Vec<(HolderKind, String)> = claims::table
        .filter(claims::expires_at.le(now))
        .order((claims::expires_at, claims::holder_id))
        .select((claims::holder_kind, claims::holder_id))
        .load(conn)?;
    found.dedup();
    Ok(found)
}

/// Whether anything has run out.
pub fn any_expired(conn: &mut Conn, now: Moment) -> Result<bool> {
    let first: Option<i64> = claims::table.filter(claims::expires_at.le(now)).select(claims::tick).first(conn).optional()?;
    Ok(first.is_some())
}
