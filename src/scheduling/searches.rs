//! Bookings and places on the waiting list found by whom they are for: a name, or a telephone number.

use actix_web::post;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use super::bookings::model::BookingView;
use super::bookings::store::{self, Filter};
use super::bookings::view::views;
use super::plan::Plan;
use super::policy::{SearchBookings, SearchWaitlist};
use super::services::BookingRule;
use super::waitlist::{self, Place, WaitEntry};
use crate::auth::protection::closed_to;
use crate::auth::{By, May};
use crate::db::{Conn, Id, Narrow, Record};
use crate::error::{Error, Result, Text};
use crate::http::{Listing, Page, Paging, Reply, Valid, page_of};
use crate::node::Node;
use crate::office::desk;
use crate::people::found_by::{people_named, records_reached_at};
use crate::people::{Name, Note, Phone};
use crate::read_page;
use crate::scheduling::Plans;
use crate::schema::waitlist as places;

/// Which bookings to look for: all that is given must fit.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "王小明", "phone": "0912345678", "reason": "民眾來電查詢預約時間"}))]
pub struct BookingSearch {
    /// The whole name of whoever it is booked for, however it is typed and with whichever variants of its characters.
    name: Option<Name>,
    /// A number at which they are reached; its extension is left out of account.
    phone: Option<Phone>,
    /// The booking's number.
    #[schema(min_length = 1, max_length = 20)]
    number: Option<String>,
    /// Why; kept with the log of the read.
    reason: Note,
}

/// Which places on the waiting list to look for: all that is given must fit.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "王小明", "reason": "民眾來電查詢候補順序"}))]
pub struct WaitlistSearch {
    /// The whole name of whoever waits, as for bookings.
    name: Option<Name>,
    /// A number at which they are reached; its extension is left out of account.
    phone: Option<Phone>,
    /// Why; kept with the log of the read.
    reason: Note,
}

/// Whom a search means.
#[derive(Default)]
pub struct Sought {
    /// Whose they are, where a name is looked for.
    pub people: Option<Vec<Id>>,
    /// Their ids, where a telephone number is looked for.
    pub ids: Option<Vec<Id>>,
    /// The services of the caller's service point, where they see no other.
    pub services: Option<Vec<String>>,
}

impl Sought {
    fn of(conn: &mut Conn, node: &Node, by: &By, (kind, name, phone): (&str, Option<&Name>, Option<&Phone>)) -> Result<Self> {
        let plan = node.part::<Plans>().at(conn)?;
        Ok(Self {
            people: name.map(|name| people_named(conn, &node.vault, name.as_str())).transpose()?,
            ids: phone.map(|phone| records_reached_at(conn, &node.vault, kind, phone)).transpose()?,
            services: desk::bound(by).map(|desk| services_at(&plan, desk)),
        })
    }
}

/// The codes of the services that take place at a service point.
fn services_at(plan: &Plan, desk: &str) -> Vec<String> {
    let there = |rule: &Option<BookingRule>| rule.as_ref().is_some_and(|rule| rule.point() == Some(desk));
    plan.services.iter().filter(|(_, service)| there(&service.booking)).map(|(code, _)| code.clone()).collect()
}

/// Refuses a search for nobody.
fn require_any(given: &[bool], zh: &'static str, en: &'static str) -> Result<()> {
    if given.contains(&true) { Ok(()) } else { Err(Error::field("/name", "required", Text::new(zh, en))) }
}

/// Looks for bookings.
///
/// By the name of whoever they are for, a telephone number at which they are reached, or the booking's number, all in the body; by
/// start, and masked as in the list. A branch desk finds what takes place there. The read is logged with its reason for each
/// booking that is shown.
#[utoipa::path(tag = "Booking", operation_id = "search_bookings", params(Listing), request_body = BookingSearch, responses((status = 200, description = "A page of bookings.", body = Page<BookingView>)))]
#[post("/v1/bookings:search")]
pub async fn search_bookings(
    may: May<SearchBookings>,
    node: Data<Node>,
    paging: Paging,
    Valid(search): Valid<BookingSearch>,
) -> Result<Reply> {
    let (name, phone, number) = (search.name.as_ref(), search.phone.as_ref(), search.number.as_ref());
    let words = ("請填 name、phone 或 number", "give a name, a phone or a number");
    require_any(&[name.is_some(), phone.is_some(), number.is_some()], words.0, words.1)?;
    may.write(move |tx, by| {
        let given = ("bookings", search.name.as_ref(), search.phone.as_ref());
        let number = search.number.as_ref().map(|number| number.trim().to_uppercase());
        let filter = Filter { sought: Sought::of(tx, &node, by, given)?, number, ..Filter::default() };
        let (found, total) = store::list(tx, &node, by, &filter, &paging)?;
        let shown = views(tx, &node, by, &found)?;
        let page = page_of(&paging, shown, total, store::position);
        for view in &page.items {
            let booking = found.iter().find(|booking| booking.id == view.id);
            let read = Record::read("booking.searched", store::path(view.id), "booking");
            let read = booking.into_iter().fold(read, |read, booking| read.about(booking.person_id));
            tx.record(read.because(search.reason.as_str()));
        }
        Reply::ok(&page)
    })
    .await
}

/// Looks for places on the waiting list.
///
/// By the name of whoever waits or a telephone number at which they are reached, in the body; in order of joining, and masked as in
/// the list. A branch desk finds the places for what takes place there. The read is logged with its reason for each place that is
/// shown.
#[utoipa::path(tag = "Booking", operation_id = "search_waitlist", params(Listing), request_body = WaitlistSearch, responses((status = 200, description = "A page of places.", body = Page<WaitEntry>)))]
#[post("/v1/waitlist:search")]
pub async fn search_waitlist(
    may: May<SearchWaitlist>,
    node: Data<Node>,
    paging: Paging,
    Valid(search): Valid<WaitlistSearch>,
) -> Result<Reply> {
    let words = ("請填 name 或 phone", "give a name or a phone");
    require_any(&[search.name.is_some(), search.phone.is_some()], words.0, words.1)?;
    may.write(move |tx, by| {
        let given = ("waitlist", search.name.as_ref(), search.phone.as_ref());
        let sought = Sought::of(tx, &node, by, given)?;
        let closed = closed_to(tx, by)?;
        let matching = || -> waitlist::Query<'_> {
            let rows = places::table.filter(places::person_id.ne_all(closed.iter().copied())).into_boxed();
            rows.narrow(sought.people.as_ref(), |people| places::person_id.eq_any(people.iter().copied()))
                .narrow(sought.ids.as_ref(), |ids| places::id.eq_any(ids.iter().copied()))
                .narrow(sought.services.as_ref(), |services| places::service_code.eq_any(services.iter().cloned()))
        };
        let page = read_page!(tx, &paging, matching, places::id asc, Place)?;
        for place in &page.items {
            let read = Record::read("waitlist.searched", waitlist::path(place.id), "place").about(place.person_id);
            tx.record(read.because(search.reason.as_str()));
        }
        Reply::ok(&page.try_map(|place| place.view(tx, &node, by))?)
    })
    .await
}
