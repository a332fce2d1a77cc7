//! Referrals to the town office's adviser, Monday 09:00–11:00: a slot is kept, the person accepts or declines.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::Duration;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::ConsultationSettings;
use super::model::REFERRAL_DESK;
use super::policy::{AcceptReferral, CreateReferral, DeclineReferral, GetReferral, ListReferrals};
use crate::auth::protection::{closed_to, require_open_to};
use crate::auth::{By, May, Reach};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Backend, Conn, Id, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::{Note, contacts};
use crate::scheduling::Plans;
use crate::scheduling::availability::{Held, View};
use crate::scheduling::bookings::acts::{self, Wish};
use crate::scheduling::bookings::store as bookings;
use crate::scheduling::claims::{self, Holder, HolderKind};
use crate::scheduling::plan::Slot;
use crate::scheduling::problems::{ALREADY_BOOKED, SLOT_NOT_BOOKABLE, SLOT_TAKEN};
use crate::scheduling::services::Channel;
use crate::scheduling::{Context, freed};
use crate::schema::referrals;
use crate::secrets::vault::Vault;
use crate::states::require_anothers;
use crate::{acts, find, read_page, text_enum};

text_enum! {
    /// States of a referral.
    pub enum ReferralStatus {
        Offered = "OFFERED",
        Accepted = "ACCEPTED",
        Declined = "DECLINED",
        Expired = "EXPIRED",
    }
}

acts! {
    /// Acts on a referral; staff do none with one of their own, or of their spouse or kin (行政程序法 §32).
    pub enum ReferralAct on "referral" ReferralStatus {
        Offer "offer" [CreateReferral ""] "offered" Anyone apart [Subject] {}
        Accept "accept" [AcceptReferral ":accept"] "accepted" Anyone apart [Subject] { Offered => Accepted }
        Decline "decline" [DeclineReferral ":decline"] "declined" Anyone apart [Subject] { Offered => Declined }
        Expire "expire" [] "expired" Anyone { Offered => Expired }
    }
}

/// A referral to make.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "案情需進一步面談", "consent": true}))]
pub struct ReferralInput {
    #[schema(value_type = Note)]
    reason: String,
    /// The person has agreed to be referred.
    consent: bool,
    /// Slot of LEGAL_REFERRAL to offer; when absent the next free one on a day on which the person has no other
    /// legal advice.
    #[schema(min_length = 1, max_length = 80)]
    slot_id: Option<String>,
}

/// A referral.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = referrals)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "booking_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70",
    "person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "reason": "案情需進一步面談", "status": "OFFERED",
    "slot_id": "LEGAL_REFERRAL-20261130T0900", "offer_expires_at": "2026-11-27T09:30:00+08:00", "accepted_booking_id": null,
    "created_at": "2026-11-25T09:30:00+08:00"
}))]
pub struct Referral {
    pub id: Id,
    /// The consultation that it came from.
    pub booking_id: Id,
    pub person_id: Id,
    #[schema(max_length = 500)]
    pub reason: String,
    pub status: ReferralStatus,
    /// The slot kept at the town office.
    #[schema(max_length = 80)]
    pub slot_id: String,
    /// Until when it is kept.
    pub offer_expires_at: Moment,
    /// The booking made by accepting.
    pub accepted_booking_id: Option<Id>,
    pub created_at: Moment,
}

/// Refers somebody to the town office's adviser.
///
/// With the person's consent. A slot of Monday 09:00–11:00 is kept for 48 hours (a setting) for them to accept.
#[utoipa::path(tag = "Legal consultation", operation_id = "create_referral", params(
    ("booking_id" = Id, Path, description = "Id of the consultation's booking."),
), request_body = ReferralInput, responses(
    (status = 201, description = "A slot is offered.", body = Referral),
    (status = 409, description = "`slot_taken` with `alternatives`: no slot is free; `already_booked`: the person has legal advice that day; `slot_not_bookable`; `conflict` with `standing_id`: a referral of this consultation is open; `own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/consultations/{booking_id}/referrals")]
pub async fn create_referral(
    may: May<CreateReferral>,
    node: Data<Node>,
    id: PathId,
    Valid(input): Valid<ReferralInput>,
) -> Result<Reply> {
    if !input.consent {
        return Err(Error::field(
            "/consent",
            "required",
            Text::new("轉介須經當事人同意", "a referral needs the person's consent"),
        ));
    }
    may.write(move |tx, by| {
        let booking = bookings::find(tx, &node, by, id.0)?;
        require_anothers(tx, by, &[booking.person_id])?;
        super::store::topic(tx, booking.id)?;
        let open: Option<Id> = referrals::table
            .filter(referrals::booking_id.eq(booking.id))
            .filter(referrals::status.eq(ReferralStatus::Offered))
            .select(referrals::id)
            .first(&mut **tx)
            .optional()?;
        if let Some(standing) = open {
            let words = ("此諮詢已有轉介尚待答覆", "a referral of this consultation waits for an answer already");
            return Err(Error::stands(standing, words));
        }
        let plan = node.part::<Plans>().at(tx)?;
        let (id, until) =
            (Id::new(by.now), by.now + Duration::hours(node.config.of::<ConsultationSettings>().referral_offer_hours));
        let context = Context::of(&node, &plan);
        let slot = wanted_slot(tx, &context, input.slot_id.as_deref(), booking.person_id, by.now)?;
        let expires_at = until.min(slot.starts_at);
        let holder = Holder::until(HolderKind::Offer, id, expires_at);
        let seats: Vec<_> = slot.seats.iter().collect();
        if freed::take(tx, &context, &slot, &seats, &holder, by.now)?.is_none() {
            let view = View { channel: Channel::Counter, person: Some(booking.person_id), ..View::PUBLIC };
            return Err(acts::taken(tx, &plan, &slot, view, by.now));
        }
        let referral = Referral {
            id,
            booking_id: booking.id,
            person_id: booking.person_id,
            reason: input.reason.clone(),
            status: ReferralStatus::Offered,
            slot_id: slot.id,
            offer_expires_at: expires_at,
            accepted_booking_id: None,
            created_at: by.now,
        };
        insert(tx, by, &referral)?;
        Ok(Reply::created(format!("/v1/referrals/{id}"), &referral)?.version(1))
    })
    .await
}

/// The wanted or the next free slot of the desk, on a day on which the person has no other legal advice.
fn wanted_slot(tx: &mut Tx, context: &Context<'_>, wanted: Option<&str>, person: Id, now: Moment) -> Result<Slot> {
    let (_, rule) = context.plan.service(REFERRAL_DESK).ok_or(Code::NOT_FOUND)?;
    let group = rule.one_per_day_group.as_deref();
    let mut is_taken = |slot: &Slot| match group {
        Some(group) => claims::person_is_taken(tx, person, group, slot.starts_at.date(), now),
        None => Ok(false),
    };
    if let Some(slot_id) = wanted {
        let (slot, _) = acts::slot(context.plan, slot_id)?;
        if slot.service_code != REFERRAL_DESK || slot.starts_at <= now {
            let text = Text::new("應為公所法律諮詢之未來時段", "a coming slot of the town office's desk is wanted");
            return Err(Problem::new(SLOT_NOT_BOOKABLE).field("/slot_id", "not_allowed", text).into());
        }
        return if is_taken(&slot)? { Err(ALREADY_BOOKED.into()) } else { Ok(slot) };
    }
    let days = now.date().iter_days().take(31);
    let mut slots: Vec<Slot> = days.flat_map(|date| context.plan.slots_on(REFERRAL_DESK, date)).collect();
    let mut taken = Vec::new();
    for slot in &slots {
        let day = slot.starts_at.date();
        if !taken.contains(&day) && is_taken(slot)? {
            taken.push(day);
        }
    }
    slots.retain(|slot| slot.starts_at > now && !taken.contains(&slot.starts_at.date()));
    let held = Held::of(tx, &slots, now)?;
    let none = || Problem::new(SLOT_TAKEN).with("alternatives", Vec::<String>::new());
    let free = slots.iter().find(|slot| held.free(slot).next().is_some()).cloned();
    free.ok_or_else(|| none().into())
}

fn insert(tx: &mut Tx, by: &By, referral: &Referral) -> Result<()> {
    let row = (
        referrals::id.eq(referral.id),
        referrals::booking_id.eq(referral.booking_id),
        referrals::person_id.eq(referral.person_id),
        referrals::reason.eq(tx.seal_text(&reason_identity(referral.id), &referral.reason)),
        referrals::consent_at.eq(by.now),
        referrals::status.eq(referral.status),
        referrals::slot_id.eq(&referral.slot_id),
        referrals::offer_expires_at.eq(referral.offer_expires_at),
        referrals::referred_by.eq(by.caller.name()),
        referrals::created_at.eq(referral.created_at),
        referrals::version.eq(1),
    );
    diesel::insert_into(referrals::table).values(row).execute(&mut **tx)?;
    let event = json!({"booking_id": referral.booking_id, "slot_id": referral.slot_id});
    tx.record(
        Record::change(ReferralAct::Offer.line().journal, format!("referrals/{}", referral.id), event).about(referral.person_id),
    );
    Ok(())
}

fn reason_identity(id: Id) -> String {
    format!("referrals/{id}/reason")
}

/// A referral with its reason opened.
fn opened(vault: &Vault, referral: Referral) -> Result<Referral> {
    Ok(Referral { reason: vault.open_text(&reason_identity(referral.id), &referral.reason)?, ..referral })
}

/// Filters of the list of referrals.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReferralFilter {
    /// Referrals that have this status.
    status: Option<ReferralStatus>,
}

/// Lists referrals.
///
/// Citizens see their own, staff all; in order of making.
#[utoipa::path(tag = "Legal consultation", operation_id = "list_referrals", params(ReferralFilter, Listing), responses((status = 200, description = "A page of referrals.", body = Page<Referral>)))]
#[get("/v1/referrals")]
pub async fn list_referrals(
    may: May<ListReferrals>,
    node: Data<Node>,
    Params(filter): Params<ReferralFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let closed = closed_to(conn, by)?;
        let matching = || -> referrals::BoxedQuery<'_, Backend> {
            let mut query = referrals::table.filter(referrals::person_id.ne_all(closed.iter().copied())).into_boxed();
            if by.reach == Reach::Own {
                query = query.filter(referrals::person_id.eq_any(by.caller.own_records()));
            }
            if let Some(status) = filter.status {
                query = query.filter(referrals::status.eq(status));
            }
            query
        };
        let page = read_page!(conn, &paging, matching, referrals::id asc, Referral)?;
        Reply::ok(&page.try_map(|referral| opened(&node.vault, referral))?)
    })
    .await
}

/// A referral within the caller's reach, with its version.
fn find(conn: &mut Conn, by: &By, id: Id) -> Result<(Referral, i32)> {
    let found: Option<(Referral, i32)> =
        find!(conn, referrals::table.find(id).select((Referral::as_select(), referrals::version)))?;
    let own = |referral: &Referral| by.reach >= Reach::Office || by.caller.own_records().contains(&referral.person_id);
    let (referral, version) = found.filter(|(referral, _)| own(referral)).ok_or(Code::NOT_FOUND)?;
    require_open_to(conn, by, &[referral.person_id])?;
    Ok((referral, version))
}

/// Shows one referral.
///
/// To its person and to staff.
#[utoipa::path(tag = "Legal consultation", operation_id = "get_referral", params(IdInPath), responses((status = 200, description = "The referral.", body = Referral)))]
#[get("/v1/referrals/{id}")]
pub async fn get_referral(may: May<GetReferral>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let (referral, version) = find(conn, by, id.0)?;
        Ok(Reply::ok(&opened(&node.vault, referral)?)?.version(version))
    })
    .await
}

/// An open offer within the caller's reach, as the caller knows it, with its version.
fn open_offer(tx: &mut Tx, by: &By, id: Id, if_match: &IfMatch) -> Result<(Referral, i32)> {
    let (referral, version) = find(tx, by, id)?;
    if_match.check(version)?;
    require_anothers(tx, by, &[referral.person_id])?;
    if referral.status != ReferralStatus::Offered || referral.offer_expires_at <= by.now {
        return Err(Error::wrong_state(&[]));
    }
    Ok((referral, version))
}

fn close(tx: &mut Tx, mut referral: Referral, act: ReferralAct, booking: Option<Id>) -> Result<Referral> {
    referral.status = act.apply(referral.status)?;
    referral.accepted_booking_id = booking;
    diesel::update(referrals::table.find(referral.id))
        .set((
            referrals::status.eq(referral.status),
            referrals::accepted_booking_id.eq(booking.map(|id| id.to_string())),
            referrals::version.eq(referrals::version + 1),
        ))
        .execute(&mut **tx)?;
    let event = json!({"slot_id": referral.slot_id, "accepted_booking_id": booking});
    tx.record(Record::change(act.line().journal, format!("referrals/{}", referral.id), event).about(referral.person_id));
    Ok(referral)
}

/// Accepts a referral.
///
/// The kept slot becomes a booking of LEGAL_REFERRAL. Nobody may have the video session and the town office's
/// desk on the same day.
#[utoipa::path(tag = "Legal consultation", operation_id = "accept_referral", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The slot is booked.", body = Referral),
    (status = 409, description = "`wrong_state`: the offer is no longer open; `already_booked`: another legal advice that day; `own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/referrals/{id}:accept")]
pub async fn accept_referral(may: May<AcceptReferral>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let (referral, version) = open_offer(tx, by, id.0, &if_match)?;
        let plan = node.part::<Plans>().at(tx)?;
        let wish = Wish {
            slot_id: referral.slot_id.clone(),
            hold: None,
            kept_by: Some(referral.id),
            person: referral.person_id,
            channel: Channel::Counter,
            contact: contacts::of(tx, &node.vault, &bookings::path(referral.booking_id))?.unwrap_or_default(),
            answers: json!({}),
        };
        let made = acts::book(tx, &Context::of(&node, &plan), by, &wish)?;
        let accepted = close(tx, referral, ReferralAct::Accept, Some(made.booking.id))?;
        Ok(Reply::ok(&opened(&node.vault, accepted)?)?.version(version + 1))
    })
    .await
}

/// Declines a referral.
///
/// The kept slot is free again.
#[utoipa::path(tag = "Legal consultation", operation_id = "decline_referral", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The referral is declined.", body = Referral),
    (status = 409, description = "`wrong_state`: the offer is no longer open; `own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/referrals/{id}:decline")]
pub async fn decline_referral(may: May<DeclineReferral>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let (referral, version) = open_offer(tx, by, id.0, &if_match)?;
        claims::release(tx, referral.id)?;
        let declined = close(tx, referral, ReferralAct::Decline, None)?;
        Ok(Reply::ok(&opened(&node.vault, declined)?)?.version(version + 1))
    })
    .await
}

fn expired<'a>(now: Moment) -> referrals::BoxedQuery<'a, Backend> {
    referrals::table
        .filter(referrals::status.eq(ReferralStatus::Offered))
        .filter(referrals::offer_expires_at.le(now))
        .into_boxed()
}

/// Whether an offer has run out.
pub fn any_expired(conn: &mut Conn, _: &Node, now: Moment) -> Result<bool> {
    let first: Option<Id> = expired(now).select(referrals::id).first(conn).optional()?;
    Ok(first.is_some())
}

/// Closes offers that ran out.
pub fn expire(tx: &mut Tx, _: &Node, now: Moment) -> Result<()> {
    let found: Vec<Id> = expired(now).order(referrals::id).select(referrals::id).load(&mut **tx)?;
    for id in found {
        let offered = referrals::table.find(id).filter(referrals::status.eq(ReferralStatus::Offered));
        // Another node may have closed it meanwhile.
        let Some(referral) = find!(&mut **tx, offered.select(Referral::as_select()))? else { continue };
        claims::release(tx, referral.id)?;
        close(tx, referral, ReferralAct::Expire, None)?;
    }
    Ok(())
}
