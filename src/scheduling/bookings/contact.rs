//! How to reach the person of a booking: put right, and shown whole to whoever must call.

use actix_web::web::Data;
use actix_web::{post, put};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::specialties::answers;
use super::model::{Booking, BookingView};
use super::routes::shown;
use super::store;
use crate::auth::{May, Reach};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::error::{Code, Result};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::contacts::{self, Matter, NAME_AND_CONTACT};
use crate::people::{ContactChange, Reason, RevealedContact};
use crate::scheduling::policy::{ChangeBookingContact, RevealBookingContact};
use crate::states::require_anothers;

fn matter<'a>(record: &'a str, booking: &Booking, shows: &'static str) -> Matter<'a> {
    let (changed, revealed) = ("booking.contact_changed", "booking.contact_revealed");
    Matter { record, person: booking.person_id, changed, revealed, shows, withheld: false }
}

/// Whom to call about a booking, and how; to whoever's seat it is also what was answered.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "name": "王明華", "contact": {
        "phone": "+886912345678", "other_phones": [], "email": null, "address": null, "language": "TAIWANESE", "none_reason": null, "masked": false
    },
    "answers": {"topic": "INHERITANCE", "summary": "繼承登記問題"}
}))]
pub struct RevealedBooking {
    #[serde(flatten)]
    whom: RevealedContact,
    /// What the service asked; only to those on the roster whose seat it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = answers)]
    answers: Option<serde_json::Value>,
}

/// Changes how to reach the person of a booking.
///
/// By the account that made it or whoever it is about, and by staff with a reason; in whichever state it is. What is sent
/// takes the place of all that was given before.
#[utoipa::path(tag = "Booking", operation_id = "change_booking_contact", params(IdInPath, IfMatchHeader), request_body = ContactChange, responses(
    (status = 200, description = "The booking with its contact.", body = BookingView),
    (status = 409, description = "`own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[put("/v1/bookings/{id}/contact")]
pub async fn change_booking_contact(
    may: May<ChangeBookingContact>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(change): Valid<ContactChange>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut booking = store::find_to_act(tx, &node, by, id.0, &if_match)?;
        if by.reach == Reach::Own && !contacts::is_own(by, booking.person_id, &booking.booked_by) {
            return Err(Code::FORBIDDEN.into());
        }
        change.put(tx, &node.vault, by, &matter(&store::path(booking.id), &booking, NAME_AND_CONTACT))?;
        store::count_up(tx, &mut booking)?;
        shown(tx, &node, by, &booking)
    })
    .await
}

/// Shows whole how to reach the person of a booking.
///
/// With the name to ask for, for whoever must call, and to whoever has the seat with what was answered; logged with the reason.
#[utoipa::path(tag = "Booking", operation_id = "reveal_booking_contact", params(IdInPath), request_body = Reason, responses(
    (status = 200, description = "Whom to call, and how.", body = RevealedBooking),
    (status = 409, description = "`own_request`: it is about whoever asks, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/bookings/{id}:reveal-contact")]
pub async fn reveal_booking_contact(
    may: May<RevealBookingContact>,
    node: Data<Node>,
    id: PathId,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let booking = store::find(tx, &node, by, id.0)?;
        require_anothers(tx, by, &[booking.person_id])?;
        let has_seat = by.reach == Reach::Assigned;
        let answers = if has_seat { Some(store::answers(tx, &node.vault, booking.id)?) } else { None };
        let shows = if has_seat { "name,contact,answers" } else { NAME_AND_CONTACT };
        let whom = contacts::reveal(tx, &node.vault, &matter(&store::path(booking.id), &booking, shows), &why)?;
        Reply::ok(&RevealedBooking { whom, answers })
    })
    .await
}
