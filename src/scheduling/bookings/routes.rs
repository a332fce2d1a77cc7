//! Operations on bookings.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::super::applicants::{self, Applicant};
use super::super::holds;
use super::super::services::Channel;
use super::super::specialties::{Context, answers};
use super::acts::{self, Wish};
use super::model::{Booking, BookingAct, BookingStatus, BookingView, channel_of};
use super::store::{self, Filter};
use super::turns;
use super::view::{view, view_of_new, views};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, ordered_days, page_of};
use crate::node::Node;
use crate::people::{Contact, OptionalReason, PersonInput, Reason};
use crate::scheduling::policy::{
    CancelBooking, CheckInBooking, CompleteBooking, CreateBooking, GetBooking, ListBookings, MarkBookingNoShow, ReinstateBooking,
    RescheduleBooking, TakeBackBooking,
};
use crate::scheduling::{Plans, Specialties, conflicts};

/// A new booking.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "slot_id": "LEGAL_CONSULTATION-20350103T0900", "contact": {"phone": "0912345678"},
    "answers": {"topic": "INHERITANCE", "summary": "繼承登記問題"}
}))]
pub struct BookingInput {
    /// The slot, from GET /v1/slots; or give `hold_id`. The example stands for one, and is too far ahead: 409
    /// `slot_not_bookable`.
    #[schema(min_length = 1, max_length = 80)]
    pub slot_id: Option<String>,
    /// A hold of the caller's.
    pub hold_id: Option<Id>,
    /// The service, as a check that the slot is the one that was meant.
    #[schema(min_length = 1, max_length = 40)]
    pub service: Option<String>,
    /// For whom, when a clerk books or a proxy acts for a principal; citizens book for themselves.
    pub person: Option<PersonInput>,
    pub contact: Contact,
    /// How the request reached the office; citizens' is ONLINE.
    pub channel: Option<Channel>,
    /// What the service asks.
    #[schema(schema_with = answers)]
    pub answers: Option<serde_json::Value>,
}

/// Books a slot.
///
/// All or nothing: the slot, the person's day and the answers are judged in one transaction, and the rule in
/// force is copied onto the booking. A place that is kept for the caller or the person (a hold, an offer from the
/// waiting list) is the one that is booked, whatever window and quota say, and what kept it ends. The answer holds the booking's `secret`, shown this once, with which
/// people without an account look it up.
#[utoipa::path(tag = "Booking", operation_id = "create_booking", request_body = BookingInput, responses(
    (status = 201, description = "The slot is booked.", body = BookingView),
    (status = 409, description = "`slot_taken` with `alternatives`, also where what is left is barred to the person, which staff alone are told as `adviser_conflict`; `slot_not_bookable`, `already_booked`, `booking_suspended` or `hold_expired`; `ambiguous_person` with `candidates`, to staff only: several people have that number and are called so; `own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/bookings")]
pub async fn create_booking(may: May<CreateBooking>, node: Data<Node>, Valid(input): Valid<BookingInput>) -> Result<Reply> {
    input.contact.check()?;
    may.write(move |tx, by| {
        let slot_id = match (&input.slot_id, input.hold_id) {
            (Some(_), Some(_)) | (None, None) => {
                return Err(Error::field(
                    "/slot_id",
                    "required",
                    Text::new("slot_id 與 hold_id 擇一", "give either slot_id or hold_id"),
                ));
            }
            (Some(slot_id), None) => slot_id.clone(),
            (None, Some(hold)) => holds::slot_of(tx, by, hold)?,
        };
        let service = slot_id.rsplit_once('-').map_or("", |(code, _)| code);
        if input.service.as_deref().is_some_and(|wanted| wanted != service) {
            return Err(Error::field("/service", "not_allowed", Text::new("時段不屬於此服務", "the slot is of another service")));
        }
        let plan = node.part::<Plans>().at(tx)?;
        let channel = channel_of(by, input.channel)?;
        let applicant = match applicants::offered(tx, &node, by, &slot_id, input.person.as_ref())? {
            Some(person) => Applicant::known(person),
            None => applicants::person_of(tx, &node, by, (channel, input.person.as_ref()))?,
        };
        let wish = Wish {
            person: applicant.id,
            hold: input.hold_id,
            kept_by: None,
            channel,
            contact: input.contact.clone(),
            answers: node.part::<Specialties>().check(service, input.answers.clone())?,
            slot_id,
        };
        let made = acts::book(tx, &Context::of(&node, &plan), by, &wish)?;
        let shown = view_of_new(&node, &made, by, applicant.masks(tx, &node)?, &wish.contact);
        Ok(Reply::created(format!("/v1/bookings/{}", shown.id), &shown)?.version(made.booking.version))
    })
    .await
}

/// Filters of the list of bookings.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BookingFilter {
    /// Code of a service of GET /v1/services: the `service_code` of what is listed.
    #[param(min_length = 1, max_length = 40)]
    service: Option<String>,
    /// Bookings that have this status.
    status: Option<BookingStatus>,
    /// First day of the slot, Asia/Taipei.
    from: Option<NaiveDate>,
    /// Last day of the slot, included; not before `from`.
    to: Option<NaiveDate>,
    /// Bookings of this person.
    person_id: Option<Id>,
}

/// Lists bookings.
///
/// Citizens and proxies see their own, those on a roster the bookings of their seats, staff all; by start. The read is not logged:
/// people are masked.
#[utoipa::path(tag = "Booking", operation_id = "list_bookings", params(BookingFilter, Listing), responses((status = 200, description = "A page of bookings.", body = Page<BookingView>)))]
#[get("/v1/bookings")]
pub async fn list_bookings(
    may: May<ListBookings>,
    node: Data<Node>,
    Params(query): Params<BookingFilter>,
    paging: Paging,
) -> Result<Reply> {
    ordered_days(query.from, query.to)?;
    may.read(move |conn, by| {
        node.part::<Plans>().check_filter(conn, query.service.as_deref())?;
        let filter = Filter {
            service: query.service,
            status: query.status,
            from: query.from.map(Moment::start_of),
            to: query.to.map(Moment::end_of),
            person: query.person_id,
            ..Filter::default()
        };
        let (bookings, total) = store::list(conn, &node, by, &filter, &paging)?;
        let shown = views(conn, &node, by, &bookings)?;
        Reply::ok(&page_of(&paging, shown, total, store::position))
    })
    .await
}

/// Shows one booking with its history.
///
/// To its person, a proxy whose letter is in force, those whose seat it is, and staff; people are masked, and how to reach them
/// is shown whole to whoever it is about or has made it.
#[utoipa::path(tag = "Booking", operation_id = "get_booking", params(IdInPath), responses((status = 200, description = "The booking.", body = BookingView)))]
#[get("/v1/bookings/{id}")]
pub async fn get_booking(may: May<GetBooking>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let booking = store::find(conn, &node, by, id.0)?;
        shown(conn, &node, by, &booking)
    })
    .await
}

pub fn shown(conn: &mut Conn, node: &Node, by: &By, booking: &Booking) -> Result<Reply> {
    Ok(Reply::ok(&view(conn, node, by, booking)?)?.version(booking.version))
}

/// Acts on one booking: found within reach, at the version that the caller read, and shown as it is then.
async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    id: Id,
    if_match: IfMatch,
    act: impl Fn(&mut Tx, &Node, &By, Booking) -> Result<Booking> + Send + 'static,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let booking = store::find_to_act(tx, &node, by, id, &if_match)?;
        let booking = act(tx, &node, by, booking)?;
        shown(tx, &node, by, &booking)
    })
    .await
}

/// Where to move a booking.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"slot_id": "LEGAL_CONSULTATION-20350103T0930"}))]
pub struct RescheduleInput {
    /// From GET /v1/slots. The example stands for one, and is too far ahead: 409 `slot_not_bookable`.
    #[schema(min_length = 1, max_length = 80)]
    slot_id: String,
}

/// Moves a booking to another slot of its service.
///
/// The old slot is kept until the new one is sure; number, secret and calendar UID stay the same. Notice is
/// asked of the holder unless a closure or change has hit the slot. An equal slot kept after a closure, a hold
/// or an offer is the booking's own to take, whatever window and quota say.
#[utoipa::path(tag = "Booking", operation_id = "reschedule_booking", params(IdInPath, IfMatchHeader), request_body = RescheduleInput, responses(
    (status = 200, description = "The booking in its new slot.", body = BookingView),
    (status = 409, description = "`slot_taken` with `alternatives`, `slot_not_bookable`, `already_booked`, to staff alone `adviser_conflict` with `alternatives`, or `wrong_state` with `allowed_actions`; `own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/bookings/{id}:reschedule")]
pub async fn reschedule_booking(
    may: May<RescheduleBooking>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<RescheduleInput>,
) -> Result<Reply> {
    change(may, node, id.0, if_match, move |tx, node, by, booking| {
        let plan = node.part::<Plans>().at(tx)?;
        acts::reschedule(tx, &Context::of(node, &plan), by, booking, &input.slot_id)
    })
    .await
}

/// Cancels a booking.
///
/// The slot goes to the first on the waiting list, or rests a while before it is offered again.
#[utoipa::path(tag = "Booking", operation_id = "cancel_booking", params(IdInPath, IfMatchHeader), request_body = OptionalReason, responses(
    (status = 200, description = "The booking is cancelled.", body = BookingView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/bookings/{id}:cancel")]
pub async fn cancel_booking(
    may: May<CancelBooking>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<OptionalReason>,
) -> Result<Reply> {
    change(may, node, id.0, if_match, move |tx, node, by, booking| {
        let plan = node.part::<Plans>().at(tx)?;
        acts::cancel(tx, &Context::of(node, &plan), by, booking, why.text())
    })
    .await
}

/// Takes a cancellation back.
///
/// The booking has its slot again, with its number, its secret and its calendar's UID: while the slot rests after the cancellation
/// whatever window and cut-off say, afterwards as anybody would book it, if it is free still. Whoever it is for and whoever serves it
/// see it as before, and whoever was told of the cancellation by the office is called anew. A clerk says why.
#[utoipa::path(tag = "Booking", operation_id = "reinstate_booking", params(IdInPath, IfMatchHeader), request_body = OptionalReason, responses(
    (status = 200, description = "The booking stands again.", body = BookingView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it is not cancelled, or its slot has begun; `slot_taken` with `alternatives`, `slot_not_bookable`, `already_booked`, `booking_suspended`, or to staff alone `adviser_conflict` with `alternatives`; `own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/bookings/{id}:reinstate")]
pub async fn reinstate_booking(
    may: May<ReinstateBooking>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<OptionalReason>,
) -> Result<Reply> {
    change(may, node, id.0, if_match, move |tx, node, by, booking| {
        let plan = node.part::<Plans>().at(tx)?;
        acts::reinstate(tx, &Context::of(node, &plan), by, booking, &why)
    })
    .await
}

/// Checks a person in.
///
/// On the day of the slot, until the minutes of grace of its rule have passed.
#[utoipa::path(tag = "Booking", operation_id = "check_in_booking", params(IdInPath, IfMatchHeader), request_body = OptionalReason, responses(
    (status = 200, description = "The person is there.", body = BookingView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/bookings/{id}:check-in")]
pub async fn check_in_booking(
    may: May<CheckInBooking>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<OptionalReason>,
) -> Result<Reply> {
    change(may, node, id.0, if_match, move |tx, _, by, booking| {
        let present = booking.check_in(by)?;
        turns::save_act(tx, &present, BookingAct::CheckIn, why.text())?;
        Ok(present)
    })
    .await
}

/// Closes a booking that took place.
///
/// From the start of the slot on, checked in or not.
#[utoipa::path(tag = "Booking", operation_id = "complete_booking", params(IdInPath, IfMatchHeader), request_body = OptionalReason, responses(
    (status = 200, description = "The booking is done.", body = BookingView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/bookings/{id}:complete")]
pub async fn complete_booking(
    may: May<CompleteBooking>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<OptionalReason>,
) -> Result<Reply> {
    change(may, node, id.0, if_match, move |tx, _, by, booking| {
        let done = booking.complete(by)?;
        turns::save_act(tx, &done, BookingAct::Complete, why.text())?;
        Ok(done)
    })
    .await
}

/// Notes that nobody came.
///
/// From the end of the minutes of grace on. More no-shows than the rule allows suspend online booking.
#[utoipa::path(tag = "Booking", operation_id = "mark_booking_no_show", params(IdInPath, IfMatchHeader), request_body = OptionalReason, responses(
    (status = 200, description = "The no-show is noted.", body = BookingView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/bookings/{id}:no-show")]
pub async fn mark_booking_no_show(
    may: May<MarkBookingNoShow>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<OptionalReason>,
) -> Result<Reply> {
    change(may, node, id.0, if_match, move |tx, _, by, booking| turns::no_show(tx, by, booking, why.text())).await
}

/// Takes back a check-in, a completion or a no-show.
///
/// It is `BOOKED` again, with the reason in its history; an outcome that was recorded is struck, and a suspension of online
/// booking that hung on the no-show is lifted. Then it can be moved, cancelled or closed as is right; in hours in which the
/// office turned out to be closed it is a conflict.
#[utoipa::path(tag = "Booking", operation_id = "take_back_booking", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The booking stands again.", body = BookingView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/bookings/{id}:take-back")]
pub async fn take_back_booking(
    may: May<TakeBackBooking>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    change(may, node, id.0, if_match, move |tx, node, by, before| {
        let booking = before.clone().take_back(by)?;
        turns::write_taken_back(tx, &before, &booking, why.as_str())?;
        node.part::<Specialties>().taken_back(tx, &booking)?;
        let plan = node.part::<Plans>().at(tx)?;
        conflicts::raise_if_closed(tx, &Context::of(node, &plan), &booking, by.now)?;
        conflicts::note_if_dead(tx, &booking, by.now)?;
        store::by_id(tx, booking.id)
    })
    .await
}
