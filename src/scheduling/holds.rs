//! Holds: a slot kept for a few minutes while somebody fills in the rest.

use actix_web::web::Data;
use actix_web::{delete, get, post};
use chrono::Duration;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::availability::{View, seats_for};
use super::bookings::acts::{obey_terms, slot, taken};
use super::claims::{Holder, HolderKind};
use super::freed;
use super::plan::Slot;
use super::policy::{CreateHold, DeleteHold, GetHold};
use super::problems::HOLD_EXPIRED;
use super::rules::{obey, suspension_rule};
use super::services::Channel;
use super::specialties::Context;
use crate::auth::{By, May, Reach};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Code, Result};
use crate::find;
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::scheduling::Plans;
use crate::schema::holds;

/// Live holds that one caller may have at a time.
const AT_A_TIME: i64 = 3;

/// Holds never change.
const VERSION: i32 = 1;

/// Which slot to keep.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"slot_id": "LEGAL_CONSULTATION-20350103T0900"}))]
pub struct HoldInput {
    /// From GET /v1/slots. The example stands for one, and is too far ahead: 409 `slot_not_bookable`.
    #[schema(min_length = 1, max_length = 80)]
    pub slot_id: String,
}

/// A slot kept for the caller.
#[derive(Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = holds)]
#[schema(example = json!({"id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "slot_id": "LEGAL_CONSULTATION-20261125T0900", "expires_at": "2026-11-23T09:10:00+08:00"}))]
pub struct Hold {
    pub id: Id,
    #[schema(max_length = 80)]
    pub slot_id: String,
    /// When the slot is free again unless it is booked.
    pub expires_at: Moment,
}

/// Keeps a slot for a few minutes.
///
/// How many minutes is the service's rule; three holds at a time, and none while online booking is suspended.
/// Book with `hold_id` before it expires; booking, or moving to, the slot by its id uses the held place too.
#[utoipa::path(tag = "Booking", operation_id = "create_hold", request_body = HoldInput, responses(
    (status = 201, description = "The slot is kept.", body = Hold),
    (status = 409, description = "`slot_taken` with `alternatives`, `slot_not_bookable`, `booking_suspended`, or `conflict` for a fourth hold."),
))]
#[post("/v1/holds")]
pub async fn create_hold(may: May<CreateHold>, node: Data<Node>, Valid(input): Valid<HoldInput>) -> Result<Reply> {
    may.write(move |tx, by| {
        let plan = node.part::<Plans>().at(tx)?;
        let (slot, rule) = slot(&plan, &input.slot_id)?;
        let context = Context::of(&node, &plan);
        context.own_days(tx, &[&slot])?;
        let channel = if by.reach >= Reach::Office { Channel::Counter } else { Channel::Online };
        obey_terms(&plan, &slot, channel, false, by.now)?;
        if let Some(person) = by.caller.own_record() {
            obey(&[suspension_rule(tx, rule, person, channel, by.now)?])?;
        }
        tx.own([format!("holds/{}", by.caller.name())])?;
        few_enough(tx, by)?;
        let hold = Hold {
            id: Id::new(by.now),
            slot_id: slot.id.clone(),
            expires_at: by.now + Duration::minutes(i64::from(rule.hold_minutes)),
        };
        let holder = Holder::until(HolderKind::Hold, hold.id, hold.expires_at);
        let seats = seats_for(rule, &slot, channel);
        if freed::take(tx, &context, &slot, &seats, &holder, by.now)?.is_none() {
            let view = View { channel, ..View::PUBLIC };
            return Err(taken(tx, &plan, &slot, view, by.now));
        }
        insert(tx, by, &hold, &slot)?;
        let event = json!({"slot_id": hold.slot_id, "expires_at": hold.expires_at});
        tx.record(Record::change("hold.created", format!("holds/{}", hold.id), event));
        Ok(Reply::created(format!("/v1/holds/{}", hold.id), &hold)?.version(VERSION))
    })
    .await
}

/// A hold of the caller's, live or over.
fn find_known(conn: &mut Conn, by: &By, id: Id) -> Result<Option<Hold>> {
    let own = holds::table.find(id).filter(holds::held_by.eq(by.caller.name()));
    Ok(find!(conn, own.select(Hold::as_select()))?)
}

/// A live hold of the caller's.
fn find(conn: &mut Conn, by: &By, id: Id) -> Result<Option<Hold>> {
    Ok(find_known(conn, by, id)?.filter(|hold| hold.expires_at > by.now))
}

/// Shows one hold.
///
/// To whoever holds it, until it is booked, given back or has expired.
#[utoipa::path(tag = "Booking", operation_id = "get_hold", params(IdInPath), responses((status = 200, description = "The hold.", body = Hold)))]
#[get("/v1/holds/{id}")]
pub async fn get_hold(may: May<GetHold>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let hold = find(conn, by, id.0)?.ok_or(Code::NOT_FOUND)?;
        Ok(Reply::ok(&hold)?.version(VERSION))
    })
    .await
}

/// Gives a kept slot back.
///
/// It goes to the first who waits for it, else to everyone. Sent again within a day it is answered alike, and so is a hold that has
/// expired: nothing is done twice. One by which something was booked is gone (404).
#[utoipa::path(tag = "Booking", operation_id = "delete_hold", params(IdInPath, IfMatchHeader), responses((status = 204, description = "The slot is not kept any more.")))]
#[delete("/v1/holds/{id}")]
pub async fn delete_hold(may: May<DeleteHold>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let hold = find_known(tx, by, id.0)?.ok_or(Code::NOT_FOUND)?;
        if hold.expires_at <= by.now {
            return Ok(Reply::done());
        }
        if_match.check(VERSION)?;
        diesel::update(holds::table.find(hold.id)).set(holds::expires_at.eq(by.now)).execute(&mut **tx)?;
        let plan = node.part::<Plans>().at(tx)?;
        freed::give_up_all(tx, &Context::of(&node, &plan), hold.id.as_str(), None, by.now)?;
        tx.record(Record::change("hold.deleted", format!("holds/{}", hold.id), json!({})));
        Ok(Reply::done())
    })
    .await
}

fn few_enough(tx: &mut Tx, by: &By) -> Result<()> {
    let live: i64 = holds::table
        .filter(holds::held_by.eq(by.caller.name()))
        .filter(holds::expires_at.gt(by.now))
        .count()
        .get_result(&mut **tx)?;
    if live < AT_A_TIME || by.reach >= Reach::Office {
        return Ok(());
    }
    Err(crate::error::Problem::new(Code::CONFLICT)
        .detail(format!("同時至多保留 {AT_A_TIME} 個時段"), format!("at most {AT_A_TIME} holds at a time"))
        .into())
}

fn insert(tx: &mut Tx, by: &By, hold: &Hold, slot: &Slot) -> Result<()> {
    let row = (
        holds::id.eq(hold.id),
        holds::service_code.eq(&slot.service_code),
        holds::slot_id.eq(&hold.slot_id),
        holds::held_by.eq(by.caller.name()),
        holds::expires_at.eq(hold.expires_at),
        holds::created_at.eq(by.now),
    );
    diesel::insert_into(holds::table).values(row).execute(&mut **tx)?;
    Ok(())
}

/// Since when the caller has had a hold; `None` when it is not theirs.
pub fn since(conn: &mut Conn, hold: Id, caller: &str) -> Result<Option<Moment>> {
    let own = holds::table.find(hold).filter(holds::held_by.eq(caller));
    Ok(own.select(holds::created_at).first(conn).optional()?)
}

/// The slot of a live hold of the caller's.
pub fn slot_of(conn: &mut Conn, by: &By, hold: Id) -> Result<String> {
    find(conn, by, hold)?.map(|hold| hold.slot_id).ok_or_else(|| HOLD_EXPIRED.into())
}

/// Forgets a hold; what it kept is for the caller to pass on.
pub fn forget(conn: &mut Conn, hold: &str) -> Result<()> {
    diesel::delete(holds::table.find(hold)).execute(conn)?;
    Ok(())
}

/// Forgets holds that ran out, or were given back, a day ago: until then whoever gives one back again is answered alike.
pub fn forget_expired(conn: &mut Conn, now: Moment) -> Result<()> {
    diesel::delete(holds::table.filter(holds::expires_at.le(now - Duration::days(1)))).execute(conn)?;
    Ok(())
}
