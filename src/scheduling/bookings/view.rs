//! How bookings are shown: people masked, and how to reach them too, but to whoever it is about.

use super::acts::Made;
use super::model::{Booking, BookingStatus, BookingView, HistoryLine, MaskedPerson};
use super::store::{history, lines_of_new, path};
use crate::auth::{By, Caller, Reach};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::{self, Contact, KnownBy, contacts};
use crate::scheduling::Specialties;
use crate::scheduling::conflicts::Cause;
use crate::states::own_matters;

/// How a booking is shown to a caller, with its whole story.
pub fn view(conn: &mut Conn, node: &Node, by: &By, booking: &Booking) -> Result<BookingView> {
    let is_own = !own_matters(conn, by, &[booking.person_id])?.is_empty();
    let history = history(conn, &node.vault, booking.id)?;
    view_with(conn, node, by, booking, (Some(history), is_own))
}

/// How bookings are shown in a list.
pub fn views(conn: &mut Conn, node: &Node, by: &By, bookings: &[Booking]) -> Result<Vec<BookingView>> {
    let people: Vec<Id> = bookings.iter().map(|booking| booking.person_id).collect();
    let own = own_matters(conn, by, &people)?;
    let view = |booking: &Booking| view_with(conn, node, by, booking, (None, own.contains(&booking.person_id)));
    bookings.iter().map(view).collect()
}

fn view_with(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    booking: &Booking,
    (history, is_own): (Option<Vec<HistoryLine>>, bool),
) -> Result<BookingView> {
    let contact = contacts::of(conn, &node.vault, &path(booking.id))?.unwrap_or_default();
    let person = people::store::masked(conn, &node.vault, booking.person_id)?;
    let view = viewed(node.part(), booking, by, person, &contact, history);
    Ok(if is_own { BookingView { allowed_actions: Vec::new(), ..view } } else { view })
}

/// How a booking is shown that was made a moment ago: nothing of it need be read back.
pub fn view_of_new(node: &Node, made: &Made, by: &By, masks: (String, KnownBy), contact: &Contact) -> BookingView {
    let history = lines_of_new(&made.booking, made.held_at);
    let view = viewed(node.part(), &made.booking, by, masks, contact, Some(history));
    BookingView { secret: Some(made.secret.clone()), ..view }
}

fn viewed(
    specialties: &Specialties,
    booking: &Booking,
    by: &By,
    (name, known_by): (String, KnownBy),
    contact: &Contact,
    history: Option<Vec<HistoryLine>>,
) -> BookingView {
    let stands = matches!(booking.status, BookingStatus::Booked | BookingStatus::CheckedIn);
    // Whoever holds the secret of one booking learns nothing of others by the key of its person.
    let person_id = if matches!(by.caller, Caller::Booking(_)) { booking.id } else { booking.person_id };
    let whole = contacts::is_own(by, booking.person_id, (&booking.booked_by, booking.created_at));
    BookingView {
        id: booking.id,
        number: booking.number.clone(),
        service_code: booking.service_code.clone(),
        slot_id: booking.slot_id.clone(),
        starts_at: booking.starts_at,
        ends_at: booking.ends_at,
        status: booking.status,
        channel: booking.channel,
        person: MaskedPerson { id: person_id, name, known_by },
        contact: contact.shown(whole),
        place: booking.policy.place.clone(),
        join_url: (booking.policy.video && stands).then(|| specialties.join_url(booking.id)).flatten(),
        policy: history.is_some().then(|| booking.policy.clone()),
        // Outside the office nobody learns from it who has died.
        conflict: booking.conflict.clone().filter(|conflict| by.reach != Reach::Own || conflict.cause != Cause::Death),
        allowed_actions: booking.allowed_actions(by),
        history,
        secret: None,
    }
}
