//! Seats that are kept for somebody: by a hold, an offer from the waiting list, a referral, or a conflict's
//! reserve. Whoever has one books it outside window, cut-off and quota, and gives up what kept it.

use super::claims::{self, HolderKind};
use super::plan::{Seat, Slot};
use super::specialties::{Context, Fit};
use super::{freed, holds, offers};
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;

/// Who may have seats kept.
pub struct Claimant<'a> {
    /// The caller's name: holds are theirs.
    pub caller: &'a str,
    /// The person booked for: offers are theirs.
    pub person: Option<Id>,
    /// A referral, or the open conflicts of a booking.
    pub own: &'a [Id],
}

/// What keeps a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keeping {
    /// A referral or a conflict.
    Own(Id),
    /// A hold, and since when.
    Hold(Id, Moment),
    /// An entry of the waiting list.
    Offer(Id),
}

impl Keeping {
    pub fn id(self) -> Id {
        match self {
            Self::Own(id) | Self::Hold(id, _) | Self::Offer(id) => id,
        }
    }
}

/// A seat that is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    pub by: Keeping,
    pub seat: Seat,
}

/// The seats of a slot that are kept for the claimant now.
pub fn find(conn: &mut Conn, slot: &Slot, claimant: &Claimant<'_>, now: Moment) -> Result<Vec<Kept>> {
    let mut found = Vec::new();
    for standing in claims::kept_on(conn, slot, now)? {
        let Ok(id) = standing.holder.parse::<Id>() else { continue };
        let by = match standing.kind {
            _ if claimant.own.contains(&id) => Some(Keeping::Own(id)),
            HolderKind::Hold => holds::since(conn, id, claimant.caller)?.map(|at| Keeping::Hold(id, at)),
            HolderKind::Offer => match claimant.person {
                Some(person) if offers::is_to(conn, &standing.holder, person)? => Some(Keeping::Offer(id)),
                _ => None,
            },
            HolderKind::Booking | HolderKind::Reserve | HolderKind::Quarantine => None,
        };
        found.extend(by.map(|by| Kept { by, seat: standing.seat }));
    }
    found.sort_by_key(|kept| kept.by);
    Ok(found)
}

/// The kept seat to book: the wanted hold's, else the first that the asker may have.
pub fn choose<'k>(kept: &'k [Kept], hold: Option<Id>, fit: &Fit) -> Option<&'k Kept> {
    let admitted = || kept.iter().filter(|kept| fit.admits(&kept.seat));
    admitted().find(|kept| Some(kept.by.id()) == hold).or_else(|| admitted().next())
}

/// Ends what kept the seats of a slot that is booked now: what was used, the hold that was named, and every
/// offer of the slot. Seats that were not used are passed on.
pub fn end(tx: &mut Tx, context: &Context<'_>, kept: &[Kept], used: Option<Id>, hold: Option<Id>, now: Moment) -> Result<()> {
    for Kept { by, .. } in kept {
        let id = Some(by.id());
        match by {
            Keeping::Hold(..) if id == used || id == hold => holds::forget(tx, by.id().as_str())?,
            Keeping::Offer(entry) => offers::taken(tx, *entry)?,
            Keeping::Hold(..) | Keeping::Own(_) => continue,
        }
        freed::give_up_all(tx, context, by.id().as_str(), None, now)?;
    }
    Ok(())
}
