//! Holds: a slot kept for a few minutes while somebody fills in the rest.

use actix_web::web::Data;
use actix_web::{delete, post};
use chrono::Duration;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::availability::{general_rules, seats_for};
use super::bookings::acts::{obey, slot, taken};
use super::claims::{self, Holder, HolderKind};
use super::plan::{Seat, Slot};
use super::services::Channel;
use crate::auth::policy::{CreateHold, DeleteHold};
use crate::auth::{By, May, Reach};
use crate::calendar::Moment;
use crate::contract::IdInPath;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Code, Result};
use crate::http::{PathId, Reply, Valid};
use crate::schema::{claims as claim_rows, holds};
use crate::state::State;

/// Live holds that one caller may have at a time.
const AT_A_TIME: i64 = 3;

/// Which slot to keep.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"slot_id": "LEGAL_CONSULTATION-20261125T0900"}))]
pub struct HoldInput {
    #[validate(length(min = 1, max = 80))]
    #[schema(min_length = 1, max_length = 80)]
    pub slot_id: String,
}

/// A slot kept for the caller.
#[derive(Serialize, ToSchema)]
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
/// How many minutes is the service's rule; three holds at a time. Book with `hold_id` before it expires.
#[utoipa::path(tag = "Booking", operation_id = "create_hold", request_body = HoldInput, responses(
    (status = 201, description = "The slot is kept.", body = Hold),
    (status = 409, description = "`slot_taken` with `alternatives`, `slot_not_bookable`, or `conflict` for a fourth hold."),
))]
#[post("/v1/holds")]
pub async fn create_hold(may: May<CreateHold>, state: Data<State>, Valid(input): Valid<HoldInput>) -> Result<Reply> {
    may.write_once(move |tx, by| {
        let plan = state.plans.at(tx)?;
        let (slot, rule) = slot(&plan, &input.slot_id)?;
        let channel = if by.reach >= Reach::Office { Channel::Counter } else { Channel::Online };
        let (service, _) = plan.service(&slot.service_code).ok_or(Code::NotFound)?;
        obey(&general_rules(&plan, service, rule, &slot.id, channel, by.now))?;
        few_enough(tx, by)?;
        let hold = Hold {
            id: Id::new(by.now),
            slot_id: slot.id.clone(),
            expires_at: by.now + Duration::minutes(i64::from(rule.hold_minutes)),
        };
        let holder = Holder::until(HolderKind::Hold, hold.id, hold.expires_at);
        if claims::take(tx, &slot, seats_for(rule, &slot, channel), &holder, &[], by.now)?.is_none() {
            return Err(taken(tx, &plan, &slot, by.now));
        }
        insert(tx, by, &hold, &slot)?;
        let event = json!({"slot_id": hold.slot_id, "expires_at": hold.expires_at});
        tx.record(Record::change("hold.created", format!("holds/{}", hold.id), event));
        Reply::created(format!("/v1/holds/{}", hold.id), &hold)
    })
    .await
}

/// Gives a kept slot back.
///
/// Deleting a hold that has expired or is gone already answers 404.
#[utoipa::path(tag = "Booking", operation_id = "delete_hold", params(IdInPath), responses((status = 204, description = "The slot is free again.")))]
#[delete("/v1/holds/{id}")]
pub async fn delete_hold(may: May<DeleteHold>, id: PathId) -> Result<Reply> {
    may.write(move |tx, by| {
        let own = holds::table.find(id.0).filter(holds::held_by.eq(by.caller.name()));
        if diesel::delete(own).execute(&mut **tx)? == 0 {
            return Err(Code::NotFound.into());
        }
        claims::release(tx, id.0)?;
        tx.record(Record::change("hold.deleted", format!("holds/{}", id.0), json!({})));
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
    Err(crate::error::Problem::new(Code::Conflict)
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

/// Turns a hold into a booking's claim.
pub fn redeem(tx: &mut Tx, by: &By, hold: Id, slot: &Slot, to: &Holder) -> Result<Seat> {
    let live = holds::table
        .find(hold)
        .filter(holds::held_by.eq(by.caller.name()))
        .filter(holds::slot_id.eq(&slot.id))
        .filter(holds::expires_at.gt(by.now));
    let gone = diesel::delete(live).execute(&mut **tx)? == 0;
    let seat: Option<(String, i32)> = claim_rows::table
        .filter(claim_rows::holder_id.eq(hold.to_string()))
        .select((claim_rows::resource, claim_rows::seat))
        .first(&mut **tx)
        .optional()?;
    let (Some((resource, number)), false) = (seat, gone) else { return Err(Code::HoldExpired.into()) };
    claims::hand_over(tx, hold, to)?;
    Ok(Seat { resource, number })
}

/// The caller's live holds of a slot.
pub fn own_of(conn: &mut Conn, caller: &str, slot_id: &str, now: Moment) -> Result<Vec<Id>> {
    Ok(holds::table
        .filter(holds::held_by.eq(caller))
        .filter(holds::slot_id.eq(slot_id))
        .filter(holds::expires_at.gt(now))
        .select(holds::id)
        .load(conn)?)
}

/// The slot of a live hold of the caller's.
pub fn slot_of(conn: &mut Conn, by: &By, hold: Id) -> Result<String> {
    let found: Option<String> = holds::table
        .find(hold)
        .filter(holds::held_by.eq(by.caller.name()))
        .filter(holds::expires_at.gt(by.now))
        .select(holds::slot_id)
        .first(conn)
        .optional()?;
    found.ok_or_else(|| Code::HoldExpired.into())
}

/// Forgets holds that ran out.
pub fn forget_expired(conn: &mut Conn, now: Moment) -> Result<()> {
    diesel::delete(holds::table.filter(holds::expires_at.le(now))).execute(conn)?;
    Ok(())
}
