//! The waiting list: freed slots are offered in order, each for a while.

use actix_web::web::Data;
use actix_web::{delete, get, post};
use chrono::{Duration, NaiveDate};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::applicants;
use super::freed;
use super::policy::{GetWaitlistEntry, JoinWaitlist, LeaveWaitlist, ListWaitlist};
use super::problems::ALREADY_WAITING;
use super::services::Channel;
use super::specialties::Context;
use crate::auth::{By, May, Reach};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Backend, Conn, Id, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::find;
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, is_plausible, page_of};
use crate::node::Node;
use crate::people::PersonInput;
use crate::scheduling::Plans;
use crate::schema::waitlist;
use crate::{acts, text_enum};

text_enum! {
    /// States of a place on the waiting list.
    pub enum WaitStatus {
        Waiting = "WAITING",
        Offered = "OFFERED",
        Taken = "TAKEN",
        Expired = "EXPIRED",
        Cancelled = "CANCELLED",
    }
}

acts! {
    /// Acts on a place on the waiting list.
    pub enum WaitAct on "waitlist" WaitStatus {
        Join "join" [JoinWaitlist ""] "joined" Anyone {}
        Offer "offer" [] "offered" Anyone { Waiting => Offered }
        Take "take" [] "" Anyone { Offered => Taken }
        Expire "expire" [] "expired" Anyone { Offered => Expired }
        WithdrawOffer "withdraw-offer" [] "offer_withdrawn" Anyone { Offered => Waiting }
        Leave "leave" [LeaveWaitlist ""] "left" Anyone { Waiting => Cancelled, Offered => Cancelled }
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
}

/// A place on the waiting list.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = waitlist)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "service_code": "LEGAL_CONSULTATION", "from_on": "2026-11-25", "to_on": "2026-11-30",
    "person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "status": "OFFERED", "offered_slot_id": "LEGAL_CONSULTATION-20261125T0900",
    "offer_expires_at": "2026-11-23T11:00:00+08:00", "created_at": "2026-11-23T09:00:00+08:00"
}))]
pub struct WaitEntry {
    pub id: Id,
    #[schema(max_length = 40)]
    pub service_code: String,
    pub from_on: NaiveDate,
    pub to_on: NaiveDate,
    pub person_id: Id,
    pub status: WaitStatus,
    /// The slot kept for this person: book it by its id.
    #[schema(max_length = 80)]
    pub offered_slot_id: Option<String>,
    /// Until when it is kept.
    pub offer_expires_at: Option<Moment>,
    pub created_at: Moment,
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

/// Joins the waiting list of a service.
///
/// When a slot between the two days is freed it is kept for a while for the first in line who may book it
/// (not suspended, nothing booked that day, no conflict of interest): the entry turns `OFFERED` with
/// `offered_slot_id`, and booking that slot, or moving to it, takes it, whatever window and quota say.
#[utoipa::path(tag = "Booking", operation_id = "join_waitlist", request_body = WaitInput, responses(
    (status = 201, description = "The person waits.", body = WaitEntry),
    (status = 409, description = "`already_waiting`: the person already waits for this service; `waitlist_entry_id` is the standing entry."),
))]
#[post("/v1/waitlist")]
pub async fn join_waitlist(may: May<JoinWaitlist>, node: Data<Node>, Valid(input): Valid<WaitInput>) -> Result<Reply> {
    may.write(move |tx, by| {
        let plan = node.part::<Plans>().at(tx)?;
        if plan.service(&input.service).is_none_or(|(service, _)| !service.bookable) {
            return Err(Error::field("/service", "not_allowed", Text::new("此服務不開放預約", "this service cannot be booked")));
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
        if let Some(person) = &input.person {
            person.national_id.require_found("/person")?;
        }
        let person = applicants::person_of(tx, &node, by, (Channel::Counter, input.person.as_ref()))?;
        let entry = join(tx, by, &input, person.id)?;
        Ok(Reply::created(format!("/v1/waitlist/{}", entry.id), &entry)?.version(1))
    })
    .await
}

/// Whether a slot is kept for somebody who waits.
pub fn is_offered(conn: &mut Conn, person: Id, slot: &str) -> Result<bool> {
    let offered = waitlist::table.filter(waitlist::person_id.eq(person)).filter(waitlist::status.eq(WaitStatus::Offered));
    let count: i64 = offered.filter(waitlist::offered_slot_id.eq(slot)).count().get_result(conn)?;
    Ok(count > 0)
}

fn join(tx: &mut Tx, by: &By, input: &WaitInput, person: Id) -> Result<WaitEntry> {
    let own = live().filter(waitlist::service_code.eq(&input.service)).filter(waitlist::person_id.eq(person));
    let standing: Option<WaitEntry> = own.select(WaitEntry::as_select()).first(&mut **tx).optional()?;
    if let Some(standing) = standing {
        let pointer = input.person.as_ref().map_or_else(|| "/service".to_owned(), |person| person.national_id.pointer("/person"));
        let text = Text::new("此人已在此服務之候補名單", "the person already waits for this service");
        let problem = Problem::new(ALREADY_WAITING).field(pointer, "duplicate", text);
        let shown = if reaches(by, &standing) { problem.with("waitlist_entry_id", standing.id) } else { problem };
        return Err(shown.into());
    }
    let entry = WaitEntry {
        id: Id::new(by.now),
        service_code: input.service.clone(),
        from_on: input.from,
        to_on: input.to,
        person_id: person,
        status: WaitStatus::Waiting,
        offered_slot_id: None,
        offer_expires_at: None,
        created_at: by.now,
    };
    let row = (
        waitlist::id.eq(entry.id),
        waitlist::service_code.eq(&entry.service_code),
        waitlist::from_on.eq(entry.from_on),
        waitlist::to_on.eq(entry.to_on),
        waitlist::person_id.eq(entry.person_id),
        waitlist::requested_by.eq(by.caller.name()),
        waitlist::status.eq(entry.status),
        waitlist::created_at.eq(entry.created_at),
        waitlist::version.eq(1),
        waitlist::place.eq(tx.next_place()?),
    );
    diesel::insert_into(waitlist::table).values(row).execute(&mut **tx)?;
    let event = json!({"service_code": entry.service_code});
    tx.record(Record::change(WaitAct::Join.line().journal, format!("waitlist/{}", entry.id), event).about(person));
    Ok(entry)
}

type Query<'a> = waitlist::BoxedQuery<'a, Backend>;

/// Entries that still wait or have an offer.
fn live<'a>() -> Query<'a> {
    waitlist::table.filter(waitlist::status.eq(WaitStatus::Waiting).or(waitlist::status.eq(WaitStatus::Offered))).into_boxed()
}

/// Lists places on the waiting list.
///
/// Citizens see their own; staff see all. In order of joining.
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
        let matching = || {
            let mut query = waitlist::table.into_boxed();
            if by.reach == Reach::Own {
                query = query.filter(waitlist::person_id.eq_any(by.caller.own_records()));
            }
            if let Some(service) = &filter.service {
                query = query.filter(waitlist::service_code.eq(service.clone()));
            }
            if let Some(status) = filter.status {
                query = query.filter(waitlist::status.eq(status));
            }
            query
        };
        let total = paging.total(|| matching().count().get_result(conn))?;
        let mut page = matching();
        if let Some(after) = &paging.after {
            page = page.filter(waitlist::id.gt(after.clone()));
        }
        let rows = page.order(waitlist::id).limit(paging.rows()).select(WaitEntry::as_select()).load(conn)?;
        Reply::ok(&page_of(&paging, rows, total, |entry: &WaitEntry| entry.id.to_string()))
    })
    .await
}

/// Whether the caller sees an entry: staff all, others their own.
fn reaches(by: &By, entry: &WaitEntry) -> bool {
    by.reach >= Reach::Office || by.caller.own_records().contains(&entry.person_id)
}

/// An entry within the caller's reach, with its version.
fn find(conn: &mut Conn, by: &By, id: Id) -> Result<(WaitEntry, i32)> {
    let found: Option<(WaitEntry, i32)> =
        find!(conn, waitlist::table.find(id).select((WaitEntry::as_select(), waitlist::version)))?;
    found.filter(|(entry, _)| reaches(by, entry)).ok_or_else(|| Code::NOT_FOUND.into())
}

/// Shows one place on the waiting list.
///
/// To its person and to staff.
#[utoipa::path(tag = "Booking", operation_id = "get_waitlist_entry", params(IdInPath), responses((status = 200, description = "The place.", body = WaitEntry)))]
#[get("/v1/waitlist/{id}")]
pub async fn get_waitlist_entry(may: May<GetWaitlistEntry>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let (entry, version) = find(conn, by, id.0)?;
        Ok(Reply::ok(&entry)?.version(version))
    })
    .await
}

/// Leaves the waiting list.
///
/// A slot that was kept for the person goes to the next in line.
#[utoipa::path(tag = "Booking", operation_id = "leave_waitlist", params(IdInPath, IfMatchHeader), responses((status = 204, description = "The person no longer waits.")))]
#[delete("/v1/waitlist/{id}")]
pub async fn leave_waitlist(may: May<LeaveWaitlist>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let (entry, version) = find(tx, by, id.0)?;
        let next = WaitAct::Leave.after(entry.status).ok_or(Code::NOT_FOUND)?;
        if_match.check(version)?;
        diesel::update(waitlist::table.find(entry.id))
            .set((waitlist::status.eq(next), waitlist::version.eq(version + 1)))
            .execute(&mut **tx)?;
        let plan = node.part::<Plans>().at(tx)?;
        freed::give_up_all(tx, &Context::of(&node, &plan), entry.id.as_str(), None, by.now)?;
        tx.record(
            Record::change(WaitAct::Leave.line().journal, format!("waitlist/{}", entry.id), json!({})).about(entry.person_id),
        );
        Ok(Reply::done())
    })
    .await
}
