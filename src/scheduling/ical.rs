//! iCalendar (RFC 5545): one booking, or all that are an account's, with stable UIDs and rising SEQUENCE.

use actix_web::web::Data;
use actix_web::{get, post};
use icalendar::{Calendar, CalendarDateTime, Component, Event, EventLike, EventStatus, Property};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::bookings::model::{Booking, BookingStatus};
use super::bookings::store::{self, Filter};
use super::policy::{CreateCalendarToken, GetBookingCalendar, GetMyCalendar, ListBookings};
use crate::accounts::{make_calendar, of_calendar};
use crate::auth::policy::Action;
use crate::auth::{By, Caller, May, Reach, Role, account_facts};
use crate::clock::Moment;
use crate::contract::IdInPath;
use crate::db::Record;
use crate::error::{Code, Result};
use crate::http::{Paging, Params, PathId, Reply, Valid};
use crate::node::Node;
use crate::scheduling::Plans;

const CONTENT_TYPE: &str = "text/calendar; charset=utf-8";

fn utc(at: Moment) -> CalendarDateTime {
    CalendarDateTime::Utc(at.naive_utc().and_utc())
}

fn event(booking: &Booking, name: &str) -> Event {
    let cancelled = booking.status == BookingStatus::Cancelled;
    let mut event = Event::new();
    event
        .uid(&format!("{}@huzheng", booking.id))
        .sequence(u32::try_from(booking.sequence).unwrap_or(0))
        .summary(name)
        .description(&format!("{} {}", booking.number, booking.policy.place.en))
        .location(&booking.policy.place.zh)
        .starts(utc(booking.starts_at))
        .ends(utc(booking.ends_at))
        .timestamp(booking.updated_at.naive_utc().and_utc())
        .status(if cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed });
    event.done()
}

fn calendar(bookings: &[Booking], names: impl Fn(&str) -> String, method: &str) -> String {
    let mut calendar = Calendar::new();
    calendar.append_property(Property::new("METHOD", method));
    for booking in bookings {
        calendar.push(event(booking, &names(&booking.service_code)));
    }
    calendar.to_string()
}

/// Gives a booking as an iCalendar file.
///
/// The UID stays the same and SEQUENCE rises with every change; a cancelled booking is `METHOD:CANCEL`. It
/// names the service and the place, never the person.
#[utoipa::path(tag = "Booking", operation_id = "get_booking_calendar", params(IdInPath), responses(
    (status = 200, description = "The booking as iCalendar.", body = String, content_type = "text/calendar"),
))]
#[get("/v1/bookings/{id}/calendar.ics")]
pub async fn get_booking_calendar(may: May<GetBookingCalendar>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let booking = store::find(conn, &node, by, id.0)?;
        let plan = node.part::<Plans>().at(conn)?;
        let method = if booking.status == BookingStatus::Cancelled { "CANCEL" } else { "PUBLISH" };
        let names = |code: &str| plan.services.get(code).map_or(code.to_owned(), |s| format!("{} {}", s.name.zh, s.name.en));
        Ok(Reply::text(CONTENT_TYPE, calendar(&[booking], names, method)))
    })
    .await
}

/// Nothing to say.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoBody {}

/// An address for calendar programs.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"url": "/v1/me/calendar.ics?token=q0mS3b2ZkR7xw1nC4vT8aA"}))]
pub struct CalendarAddress {
    /// Reads the caller's bookings and nothing else, until another one is made or the password changes.
    #[schema(max_length = 200)]
    url: String,
}

/// Makes an address under which a calendar program reads the caller's bookings.
///
/// The token in it reads times and places only; making a new one ends the old, and so does a new password or a suspension.
#[utoipa::path(tag = "Booking", operation_id = "create_calendar_token", responses((status = 200, description = "The address.", body = CalendarAddress)))]
#[post("/v1/me/calendar-token")]
pub async fn create_calendar_token(may: May<CreateCalendarToken>, node: Data<Node>, _body: Valid<NoBody>) -> Result<Reply> {
    may.write(move |tx, by| {
        let account = by.caller.account().ok_or(Code::FORBIDDEN)?.id;
        let token = make_calendar(tx, &node.vault, account, by.now)?;
        tx.record(Record::change("calendar_token.created", format!("users/{account}"), json!({})));
        Reply::ok(&CalendarAddress { url: format!("/v1/me/calendar.ics?token={token}") })
    })
    .await
}

/// The token of a calendar address.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CalendarQuery {
    /// From POST /v1/me/calendar-token.
    #[param(min_length = 16, max_length = 64, example = "bm90LWEtdG9rZW4tYW55Ym9keS1oYXM")]
    token: String,
}

/// Gives all of the token holder's bookings as iCalendar.
///
/// Citizens get their own bookings, those on a roster the bookings of their seats: from 30 days back on, at most 100.
#[utoipa::path(tag = "Booking", operation_id = "get_my_calendar", params(CalendarQuery), responses(
    (status = 200, description = "The bookings as iCalendar.", body = String, content_type = "text/calendar"),
    (status = 404, description = "No such token: `not_found`."),
))]
#[get("/v1/me/calendar.ics")]
pub async fn get_my_calendar(may: May<GetMyCalendar>, node: Data<Node>, Params(query): Params<CalendarQuery>) -> Result<Reply> {
    may.read(move |conn, by| {
        let facts = match of_calendar(conn, &node.vault, &query.token)? {
            Some(id) => account_facts(conn, id)?,
            None => None,
        };
        let facts = facts.ok_or(Code::NOT_FOUND)?;
        let assigned = |role: &Role| ListBookings::LINE.grants.contains(&(*role, Reach::Assigned));
        let reach = if facts.roles.iter().any(assigned) { Reach::Assigned } else { Reach::Own };
        let own = By { caller: Caller::Account(facts), reach, ..by.clone() };
        let filter = Filter { from: Some(by.now - chrono::Duration::days(30)), ..Filter::default() };
        let (mut bookings, _) = store::list(conn, &node, &own, &filter, &Paging::first(100))?;
        bookings.truncate(100);
        let plan = node.part::<Plans>().at(conn)?;
        let names = |code: &str| plan.services.get(code).map_or(code.to_owned(), |s| format!("{} {}", s.name.zh, s.name.en));
        Ok(Reply::text(CONTENT_TYPE, calendar(&bookings, names, "PUBLISH")))
    })
    .await
}
