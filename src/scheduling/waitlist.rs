//! The waiting list: freed slots are offered in order, each for a while.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{Duration, NaiveDate};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::applicants;
use super::bookings::model::channel_of;
use super::policy::{
    AcceptWaitlistOffer, DeclineWaitlistOffer, GetWaitlistEntry, GiveUpWaitlistPlace, JoinWaitlist, LeaveWaitlist, ListWaitlist,
    ReinstateWaitlistEntry,
};
use super::problems::ALREADY_WAITING;
use super::services::Channel;
use crate::auth::protection::{closed_to, require_open_to};
use crate::auth::{By, May, Reach};
use crate::clock::Moment;
use crate::contract::IdInPath;
use crate::db::{Backend, Conn, Id, Narrow, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, is_plausible};
use crate::node::Node;
use crate::people::{self, Contact, PersonInput, ShownContact, contacts};
use crate::scheduling::Plans;
use crate::schema::waitlist;
use crate::states::require_anothers;
use crate::{acts, find, read_page, text_enum, view_of};

text_enum! {
    /// States of a place on the waiting list.
    pub enum WaitStatus {
        Waiting = "WAITING",
        Offered = "OFFERED",
        Taken = "TAKEN",
        /// The offer ran out, or the last day that suits is over
        Expired = "EXPIRED",
        Cancelled = "CANCELLED",
    }
}

acts! {
    /// Acts on a place on the waiting list; staff do none with a place of their own, or of their spouse or kin (行政程序法 §32).
    pub enum WaitAct on "waitlist" WaitStatus {
        Join "join" [JoinWaitlist ""] "joined" Anyone apart [Subject] {}
        Offer "offer" [] "offered" Anyone { Waiting => Offered }
        Take "take" [] "" Anyone { Offered => Taken }
        Expire "expire" [] "expired" Anyone { Offered => Expired, Waiting => Expired }
        WithdrawOffer "withdraw-offer" [] "offer_withdrawn" Anyone { Offered => Waiting }
        Accept "accept" [AcceptWaitlistOffer ":accept"] "accepted" Anyone apart [Subject] { Offered => Taken }
        Decline "decline" [DeclineWaitlistOffer ":decline"] "declined" Anyone apart [Subject] { Offered => Waiting }
        Leave "leave" [LeaveWaitlist ""] "left" Anyone apart [Subject] { Waiting => Cancelled, Offered => Cancelled }
        GiveUp "give-up" [GiveUpWaitlistPlace ":give-up"] "left" Anyone apart [Subject] { Waiting => Cancelled, Offered => Cancelled }
        Reinstate "reinstate" [ReinstateWaitlistEntry ":reinstate"] "reinstated" Anyone apart [Subject] { Cancelled => Waiting }
    }
}

/// What somebody waits for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"service": "LEGAL_CONSULTATION", "from": "2035-01-03", "to": "2035-01-31"}))]
pub struct WaitInput {
    /// Code of a bookable service: the `service_code` of the entry.
    #[schema(min_length = 1, max_length = 40)]
    pub service: String,
    /// First day that suits: the entry's `from_on`.
    pub from: NaiveDate,
    /// Last day that suits, today or later and at most 60 days after the first: the entry's `to_on`.
    pub to: NaiveDate,
    /// For whom, when a clerk asks.
    pub person: Option<PersonInput>,
    /// How the request reached the office; citizens' is ONLINE. Whoever only telephones or writes is kept as they call
    /// themselves.
    pub channel: Option<Channel>,
    /// How to tell them of an offer; required of a clerk for whoever does not stand at the counter.
    pub contact: Option<Contact>,
}

/// A place on the waiting list.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "service_code": "LEGAL_CONSULTATION", "from_on": "2026-11-25", "to_on": "2026-11-30",
    "person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "person_name": "王○明", "channel": "ONLINE", "contact": null, "status": "OFFERED",
    "offered_slot_id": "LEGAL_CONSULTATION-20261125T0900", "offer_expires_at": "2026-11-23T11:00:00+08:00",
    "created_at": "2026-11-23T09:00:00+08:00", "left_at": null, "reason": null
}))]
pub struct WaitEntry {
    pub id: Id,
    #[schema(max_length = 40)]
    pub service_code: String,
    pub from_on: NaiveDate,
    pub to_on: NaiveDate,
    pub person_id: Id,
    /// The person's name, masked; `null` to anybody but staff.
    #[schema(max_length = 100)]
    pub person_name: Option<String>,
    pub channel: Channel,
    /// How to tell them of an offer; `null` where nobody has said it.
    pub contact: Option<ShownContact>,
    pub status: WaitStatus,
    /// The slot kept for this person: accept it, or book it by its id.
    #[schema(max_length = 80)]
    pub offered_slot_id: Option<String>,
    /// Until when it is kept.
    pub offer_expires_at: Option<Moment>,
    pub created_at: Moment,
    /// When they left the list; `null` while they have not.
    pub left_at: Option<Moment>,
    /// Why they left it, where it was said.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// A place as it is kept.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = waitlist)]
pub struct Place {
    pub id: Id,
    pub service_code: String,
    pub from_on: NaiveDate,
    pub to_on: NaiveDate,
    pub person_id: Id,
    pub channel: Channel,
    pub requested_by: String,
    pub status: WaitStatus,
    pub offered_slot_id: Option<String>,
    pub offer_expires_at: Option<Moment>,
    pub created_at: Moment,
    pub version: i32,
    /// Where it stands in the queue.
    pub place: i64,
    pub left_at: Option<Moment>,
    /// Why it was left, sealed.
    pub left_why: Option<String>,
}

/// What a place is called in the journal, and its contact is kept under.
pub fn path(id: Id) -> String {
    format!("waitlist/{id}")
}

/// What the reason is sealed for why a place was left.
pub fn why_identity(id: Id) -> String {
    format!("{}/left_why", path(id))
}

impl Place {
    /// The place as the caller sees it.
    pub fn view(self, conn: &mut Conn, node: &Node, by: &By) -> Result<WaitEntry> {
        let whole = contacts::is_own(by, self.person_id, &self.requested_by);
        let contact = contacts::of(conn, &node.vault, &path(self.id))?.map(|contact| contact.shown(whole));
        let is_staff = by.reach >= Reach::Office;
        let name = is_staff.then(|| people::store::masked(conn, &node.vault, self.person_id)).transpose()?;
        let person_name = name.map(|(name, _)| name);
        let reason = self.left_why.as_ref().map(|why| node.vault.open_text(&why_identity(self.id), why)).transpose()?;
        Ok(view_of!(WaitEntry, self {
            id, service_code, from_on, to_on, person_id, channel, status, offered_slot_id, offer_expires_at, created_at,
            left_at,
        } person_name, contact, reason))
    }

    pub fn shown(self, conn: &mut Conn, node: &Node, by: &By) -> Result<Reply> {
        let version = self.version;
        Ok(Reply::ok(&self.view(conn, node, by)?)?.version(version))
    }
}

/// Filters of the waiting list.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WaitFilter {
    /// The `service_code` of an entry.
    #[param(min_length = 1, max_length = 40)]
    service: Option<String>,
    /// Entries that have this status.
    status: Option<WaitStatus>,
}

fn not_bookable(is_known: bool) -> Error {
    let (code, text) = if is_known {
        ("not_allowed", Text::new("此服務不開放預約", "this service cannot be booked"))
    } else {
        ("unknown", Text::new("應為 GET /v1/services 所列之服務代碼", "a service's code from GET /v1/services"))
    };
    Error::field("/service", code, text)
}

/// Joins the waiting list of a service.
///
/// When a slot between the two days is freed it is kept for a while for the first in line who may book it
/// (not suspended, nothing booked that day, no conflict of interest): the entry turns `OFFERED` with
/// `offered_slot_id`; accepting it, booking that slot, or moving to it, takes it, whatever window and quota say. A clerk enters
/// whoever telephones or writes with the way to reach them; offers without an e-mail address are on the day's call list.
#[utoipa::path(tag = "Booking", operation_id = "join_waitlist", request_body = WaitInput, responses(
    (status = 201, description = "The person waits.", body = WaitEntry),
    (status = 409, description = "`already_waiting`: the person already waits for this service; `waitlist_entry_id` is the standing entry; `ambiguous_person` with `candidates`, to staff only: several people have that number and are called so; `own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/waitlist")]
pub async fn join_waitlist(may: May<JoinWaitlist>, node: Data<Node>, Valid(input): Valid<WaitInput>) -> Result<Reply> {
    may.write(move |tx, by| {
        if !is_bookable(tx, &node, &input.service)? {
            return Err(not_bookable(node.part::<Plans>().knows(tx, &input.service)?));
        }
        if !is_plausible(input.from)
            || input.to < input.from
            || input.to - input.from > Duration::days(60)
            || input.to < by.now.date()
        {
            let text = Text::new(
                "日期區間須自今日起且至多 60 日",
                "the days must be ordered, end today or later, and span at most 60 days",
            );
            return Err(Error::field("/to", "range", text));
        }
        contacts::check(input.contact.as_ref())?;
        let channel = channel_of(by, input.channel)?;
        if channel == Channel::Counter {
            input.person.as_ref().map_or(Ok(()), |person| person.national_id.require_found("/person"))?;
        } else if by.reach >= Reach::Office && input.contact.is_none() {
            let text = Text::new("請填聯絡方式，以便通知遞補", "say how to tell them of an offer");
            return Err(Error::field("/contact", "required", text));
        }
        let person = applicants::person_of(tx, &node, by, (channel, input.person.as_ref()))?;
        require_anothers(tx, by, &[person.id])?;
        let place = join(tx, by, &input, (person.id, channel))?;
        if let Some(contact) = &input.contact {
            contacts::put(tx, &node.vault, &path(place.id), contact)?;
        }
        let entry = place.view(tx, &node, by)?;
        Ok(Reply::created(format!("/v1/waitlist/{}", entry.id), &entry)?.version(1))
    })
    .await
}

/// By which record of theirs a slot is kept for somebody who waits.
pub fn offered(conn: &mut Conn, person: Id, slot: &str) -> Result<Option<Id>> {
    let records = people::joins::records(conn, person)?;
    let offered = waitlist::table.filter(waitlist::person_id.eq_any(records)).filter(waitlist::status.eq(WaitStatus::Offered));
    let offered = offered.filter(waitlist::offered_slot_id.eq(slot)).order(waitlist::place);
    Ok(offered.select(waitlist::person_id).first(conn).optional()?)
}

/// What keeps somebody from waiting for a service who does already.
pub fn already_waiting(conn: &mut Conn, by: &By, service: &str, person: Id) -> Result<Option<Problem>> {
    let records = people::joins::records(conn, person)?;
    let own = live().filter(waitlist::service_code.eq(service.to_owned())).filter(waitlist::person_id.eq_any(records));
    let standing: Option<Place> = own.select(Place::as_select()).first(conn).optional()?;
    let problem = |standing: Place| {
        let problem = Problem::new(ALREADY_WAITING);
        if reaches(by, &standing) { problem.with("waitlist_entry_id", standing.id) } else { problem }
    };
    Ok(standing.map(problem))
}

/// Whether a service can be booked: nobody waits for another.
pub fn is_bookable(conn: &mut Conn, node: &Node, service: &str) -> Result<bool> {
    let plan = node.part::<Plans>().at(conn)?;
    Ok(plan.service(service).is_some_and(|(service, _)| service.bookable))
}

fn join(tx: &mut Tx, by: &By, input: &WaitInput, (person, channel): (Id, Channel)) -> Result<Place> {
    if let Some(problem) = already_waiting(tx, by, &input.service, person)? {
        let pointer = input.person.as_ref().map_or_else(|| "/service".to_owned(), |person| person.national_id.pointer("/person"));
        let text = Text::new("此人已在此服務之候補名單", "the person already waits for this service");
        return Err(problem.field(pointer, "duplicate", text).into());
    }
    let place = Place {
        id: Id::new(by.now),
        service_code: input.service.clone(),
        from_on: input.from,
        to_on: input.to,
        person_id: person,
        channel,
        requested_by: by.caller.name(),
        status: WaitStatus::Waiting,
        offered_slot_id: None,
        offer_expires_at: None,
        created_at: by.now,
        version: 1,
        place: tx.next_place()?,
        left_at: None,
        left_why: None,
    };
    let row = (
        waitlist::id.eq(place.id),
        waitlist::service_code.eq(&place.service_code),
        waitlist::from_on.eq(place.from_on),
        waitlist::to_on.eq(place.to_on),
        waitlist::person_id.eq(place.person_id),
        waitlist::channel.eq(place.channel),
        waitlist::requested_by.eq(&place.requested_by),
        waitlist::status.eq(place.status),
        waitlist::created_at.eq(place.created_at),
        waitlist::version.eq(place.version),
        waitlist::place.eq(place.place),
    );
    diesel::insert_into(waitlist::table).values(row).execute(&mut **tx)?;
    let event = json!({"service_code": place.service_code});
    tx.record(Record::change(WaitAct::Join.line().journal, path(place.id), event).about(person));
    Ok(place)
}

pub type Query<'a> = waitlist::BoxedQuery<'a, Backend>;

/// Entries that still wait or have an offer.
fn live<'a>() -> Query<'a> {
    waitlist::table.filter(waitlist::status.eq(WaitStatus::Waiting).or(waitlist::status.eq(WaitStatus::Offered))).into_boxed()
}

/// Lists places on the waiting list.
///
/// Citizens see their own; staff see all. In order of joining: whoever came back to the end of the list stands where they joined first.
#[utoipa::path(tag = "Booking", operation_id = "list_waitlist", params(WaitFilter, Listing), responses((status = 200, description = "A page of places.", body = Page<WaitEntry>)))]
#[get("/v1/waitlist")]
pub async fn list_waitlist(
    may: May<ListWaitlist>,
    node: Data<Node>,
    Params(filter): Params<WaitFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        node.part::<Plans>().check_filter(conn, filter.service.as_deref())?;
        let own = (by.reach == Reach::Own).then(|| by.caller.own_records());
        let closed = closed_to(conn, by)?;
        let matching = || -> Query<'_> {
            let rows = waitlist::table.filter(waitlist::person_id.ne_all(closed.iter().copied())).into_boxed();
            rows.narrow(own.as_ref(), |own| waitlist::person_id.eq_any(own.iter().copied()))
                .narrow(filter.service.as_ref(), |service| waitlist::service_code.eq(service))
                .narrow(filter.status, |status| waitlist::status.eq(status))
        };
        let page = read_page!(conn, &paging, matching, waitlist::id asc, Place)?;
        Reply::ok(&page.try_map(|place| place.view(conn, &node, by))?)
    })
    .await
}

/// Whether the caller sees a place: staff all, others their own.
fn reaches(by: &By, place: &Place) -> bool {
    by.reach >= Reach::Office || by.caller.own_records().contains(&place.person_id)
}

/// A place within the caller's reach.
pub fn find(conn: &mut Conn, by: &By, id: Id) -> Result<Place> {
    let found: Option<Place> = find!(conn, waitlist::table.find(id).select(Place::as_select()))?;
    let place = found.filter(|place| reaches(by, place)).ok_or(Code::NOT_FOUND)?;
    require_open_to(conn, by, &[place.person_id])?;
    Ok(place)
}

/// A place at the version that the caller has read, to act on: staff act on none of their own.
pub fn find_to_act(tx: &mut Tx, by: &By, id: Id, if_match: &IfMatch) -> Result<Place> {
    let place = find(tx, by, id)?;
    if_match.check(place.version)?;
    require_anothers(tx, by, &[place.person_id])?;
    Ok(place)
}

/// Shows one place on the waiting list.
///
/// To its person and to staff.
#[utoipa::path(tag = "Booking", operation_id = "get_waitlist_entry", params(IdInPath), responses((status = 200, description = "The place.", body = WaitEntry)))]
#[get("/v1/waitlist/{id}")]
pub async fn get_waitlist_entry(may: May<GetWaitlistEntry>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| find(conn, by, id.0)?.shown(conn, &node, by)).await
}
