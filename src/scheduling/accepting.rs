//! Answers to an offer from the waiting list, by whoever waits or by a clerk who has asked them; and how they are reached.

use actix_web::web::Data;
use actix_web::{post, put};
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::bookings::acts::{self, Wish};
use super::bookings::model::{BookingView, channel_of};
use super::bookings::view;
use super::policy::{AcceptWaitlistOffer, ChangeWaitlistContact, DeclineWaitlistOffer, RevealWaitlistContact};
use super::services::Channel;
use super::specialties::{Context, answers};
use super::waitlist::{self, Place, WaitAct, WaitEntry};
use super::{freed, offers};
use crate::auth::{By, May, Reach};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Record, Tx, saved};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::contacts::{self, Matter, NAME_AND_CONTACT};
use crate::people::{self, Contact, ContactChange, Reason, RevealedContact};
use crate::scheduling::{Plans, Specialties};
use crate::schema::waitlist as places;
use crate::states::require_anothers;

/// How to take what is offered.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"answers": {"topic": "INHERITANCE", "summary": "繼承登記問題"}}))]
pub struct OfferAcceptance {
    /// How to reach the person; as with the place on the list when absent.
    contact: Option<Contact>,
    /// How their answer reached the office, where a clerk accepts for them; as the place was asked for when absent.
    channel: Option<Channel>,
    /// What the service asks.
    #[schema(schema_with = answers)]
    answers: Option<serde_json::Value>,
}

impl OfferAcceptance {
    fn contact(&self, conn: &mut Conn, node: &Node, place: &Place) -> Result<Contact> {
        let kept = || contacts::of(conn, &node.vault, &waitlist::path(place.id));
        let contact = self.contact.clone().map_or_else(kept, |contact| Ok(Some(contact)))?;
        contact.ok_or_else(|| Error::field("/contact", "required", Text::new("請填聯絡方式", "say how to reach the person")))
    }

    fn channel(&self, by: &By, place: &Place) -> Result<Channel> {
        // Whoever accepts by themselves does so online, whichever way the place was asked for.
        let asked = Some(place.channel).filter(|channel| *channel != Channel::Online && by.reach != Reach::Own);
        channel_of(by, self.channel.or(asked))
    }
}

/// The slot that is kept for somebody now; refused where none is.
fn offered(place: &Place, now: Moment) -> Result<&str> {
    let kept = place.offer_expires_at.is_some_and(|until| until > now);
    place.offered_slot_id.as_deref().filter(|_| kept).ok_or_else(|| Error::wrong_state(&[]))
}

/// Accepts what the waiting list offers.
///
/// The kept slot becomes a booking of whoever waits, whatever window and quota say; by themselves, or by a clerk who has asked
/// them, such as by telephone. The answer holds the booking's `secret`, shown this once.
#[utoipa::path(tag = "Booking", operation_id = "accept_waitlist_offer", params(IdInPath, IfMatchHeader), request_body = OfferAcceptance, responses(
    (status = 201, description = "The slot is booked.", body = BookingView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: nothing is offered, or not any more; `already_booked`, `booking_suspended`, `slot_taken` with `alternatives`, `slot_not_bookable`, or to staff alone `adviser_conflict`; `own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/waitlist/{id}:accept")]
pub async fn accept_waitlist_offer(
    may: May<AcceptWaitlistOffer>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<OfferAcceptance>,
) -> Result<Reply> {
    contacts::check(input.contact.as_ref())?;
    node.part::<Specialties>().check_shape(input.answers.as_ref())?;
    may.write(move |tx, by| {
        let place = waitlist::find_to_act(tx, by, id.0, &if_match)?;
        WaitAct::Accept.apply(place.status)?;
        let slot_id = offered(&place, by.now)?.to_owned();
        let wish = Wish {
            hold: None,
            kept_by: None,
            person: place.person_id,
            channel: input.channel(by, &place)?,
            contact: input.contact(tx, &node, &place)?,
            answers: node.part::<Specialties>().check(&place.service_code, input.answers.clone())?,
            slot_id,
        };
        let plan = node.part::<Plans>().at(tx)?;
        let made = acts::book(tx, &Context::of(&node, &plan), by, &wish)?;
        let event = json!({"booking_id": made.booking.id});
        tx.record(Record::change(WaitAct::Accept.line().journal, waitlist::path(place.id), event).about(place.person_id));
        let masks = people::store::masked(tx, &node.vault, place.person_id)?;
        let shown = view::view_of_new(&node, &made, by, masks, &wish.contact);
        Ok(Reply::created(format!("/v1/bookings/{}", shown.id), &shown)?.version(made.booking.version))
    })
    .await
}

/// Declines what the waiting list offers.
///
/// The kept slot goes to the next in line, and the person waits on at their place; to leave the list is a DELETE.
#[utoipa::path(tag = "Booking", operation_id = "decline_waitlist_offer", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The person waits on.", body = WaitEntry),
    (status = 409, description = "`wrong_state` with `allowed_actions`: nothing is offered, or not any more; `own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/waitlist/{id}:decline")]
pub async fn decline_waitlist_offer(
    may: May<DeclineWaitlistOffer>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let place = waitlist::find_to_act(tx, by, id.0, &if_match)?;
        WaitAct::Decline.apply(place.status)?;
        let slot_id = offered(&place, by.now)?;
        let plan = node.part::<Plans>().at(tx)?;
        // Passed on while the place still has its offer: whoever declines is not the next.
        freed::give_up_all(tx, &Context::of(&node, &plan), place.id.as_str(), None, by.now)?;
        offers::wait_on(tx, place.id)?;
        let event = json!({"slot_id": slot_id});
        tx.record(Record::change(WaitAct::Decline.line().journal, waitlist::path(place.id), event).about(place.person_id));
        waitlist::find(tx, by, place.id)?.shown(tx, &node, by)
    })
    .await
}

fn matter<'a>(record: &'a str, place: &Place) -> Matter<'a> {
    Matter {
        record,
        person: place.person_id,
        changed: "waitlist.contact_changed",
        revealed: "waitlist.contact_revealed",
        shows: NAME_AND_CONTACT,
        withheld: false,
    }
}

/// Counts a place's version up, since what belongs to it has changed.
fn count_up(tx: &mut Tx, place: &mut Place) -> Result<()> {
    let read = places::table.find(place.id).filter(places::version.eq(place.version));
    place.version += 1;
    saved(diesel::update(read).set(places::version.eq(place.version)).execute(&mut **tx)?)
}

/// Changes how to reach somebody who waits.
///
/// By the account that asked for the place or whoever it is about, and by a clerk with a reason. What is sent takes the place of
/// all that was given before.
#[utoipa::path(tag = "Booking", operation_id = "change_waitlist_contact", params(IdInPath, IfMatchHeader), request_body = ContactChange, responses(
    (status = 200, description = "The place with its contact.", body = WaitEntry),
    (status = 409, description = "`own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[put("/v1/waitlist/{id}/contact")]
pub async fn change_waitlist_contact(
    may: May<ChangeWaitlistContact>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(change): Valid<ContactChange>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut place = waitlist::find_to_act(tx, by, id.0, &if_match)?;
        change.put(tx, &node.vault, by, &matter(&waitlist::path(place.id), &place))?;
        count_up(tx, &mut place)?;
        place.shown(tx, &node, by)
    })
    .await
}

/// Shows whole how to reach somebody who waits.
///
/// With the name to ask for, for whoever must call; logged with the reason.
#[utoipa::path(tag = "Booking", operation_id = "reveal_waitlist_contact", params(IdInPath), request_body = Reason, responses(
    (status = 200, description = "Whom to call, and how.", body = RevealedContact),
    (status = 409, description = "`own_request`: it is about whoever asks, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/waitlist/{id}:reveal-contact")]
pub async fn reveal_waitlist_contact(
    may: May<RevealWaitlistContact>,
    node: Data<Node>,
    id: PathId,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let place = waitlist::find(tx, by, id.0)?;
        require_anothers(tx, by, &[place.person_id])?;
        Reply::ok(&contacts::reveal(tx, &node.vault, &matter(&waitlist::path(place.id), &place), &why)?)
    })
    .await
}
