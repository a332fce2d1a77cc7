//! Seats that come free: each goes to the first on the waiting list who may have it, then to its rest, then to
//! everyone. What has run out stands in the claims until it was passed on here.

use std::ops::Range;

use super::claims::{self, Holder, HolderKind};
use super::plan::{Seat, Slot};
use super::specialties::Context;
use super::{holds, offers};
use crate::clock::Moment;
use crate::db::Tx;
use crate::error::Result;

/// Gives up the ticks that a holder has of a seat; `rest` keeps it a while when nobody waits.
pub fn give_up(
    tx: &mut Tx,
    context: &Context<'_>,
    holder: &str,
    (seat, ticks): &(Seat, Range<i64>),
    rest: Option<&Holder>,
    now: Moment,
) -> Result<()> {
    let Some(slot) = context.plan.slot_at(seat, ticks).filter(|slot| slot.starts_at > now) else {
        return claims::release_seat(tx, holder, seat, ticks);
    };
    context.own_days(tx, &[&slot])?;
    match (offers::first_for(tx, context, &slot, seat, now)?, rest) {
        (Some(offer), _) => {
            if claims::hand_over(tx, holder, seat, ticks, &offer.holder())? > 0 {
                offers::make(tx, &offer, &slot)?;
            }
        }
        (None, Some(rest)) => {
            claims::hand_over(tx, holder, seat, ticks, rest)?;
        }
        (None, None) => claims::release_seat(tx, holder, seat, ticks)?,
    }
    Ok(())
}

/// Gives up every seat that a holder has.
pub fn give_up_all(tx: &mut Tx, context: &Context<'_>, holder: &str, rest: Option<&Holder>, now: Moment) -> Result<()> {
    for held in claims::seats_of(tx, holder)? {
        give_up(tx, context, holder, &held, rest, now)?;
    }
    Ok(())
}

/// Ends what has run out, and passes on what it kept.
fn end_expired(tx: &mut Tx, context: &Context<'_>, kind: HolderKind, holder: &str, now: Moment) -> Result<()> {
    if kind == HolderKind::Offer {
        offers::lapse(tx, holder)?;
    }
    give_up_all(tx, context, holder, None, now)
}

/// Takes the first seat that can be had. Seats of which the time has run out are passed on first: the queue
/// goes before whoever comes along.
pub fn take<'s>(
    tx: &mut Tx,
    context: &Context<'_>,
    slot: &'s Slot,
    seats: &[&'s Seat],
    holder: &Holder,
    now: Moment,
) -> Result<Option<&'s Seat>> {
    if let Some(seat) = claims::take(tx, slot, seats.iter().copied(), holder, &[])? {
        return Ok(Some(seat));
    }
    let over = claims::expired_on(tx, slot, now)?;
    for (kind, id) in &over {
        end_expired(tx, context, *kind, id, now)?;
    }
    if over.is_empty() { Ok(None) } else { claims::take(tx, slot, seats.iter().copied(), holder, &[]) }
}

/// Passes on everything that has run out.
pub fn sweep(tx: &mut Tx, context: &Context<'_>, now: Moment) -> Result<()> {
    for (kind, id) in claims::expired(tx, now)? {
        end_expired(tx, context, kind, &id, now)?;
    }
    for entry in offers::expired(tx, now)? {
        offers::lapse(tx, entry.as_str())?;
    }
    offers::end_past(tx, now)?;
    holds::forget_expired(tx, now)
}
