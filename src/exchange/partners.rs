//! What partner agencies do: read their queue in order, acknowledge, answer.

use actix_web::web::Data;
use actix_web::{get, post};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::{DeliveryAct, DeliveryKind, DeliveryStatus, Payload, RejectionCode};
use super::policy::{AcknowledgeDelivery, ListAgencyQueue, RejectDelivery, UpdateDelivery};
use super::store::{self, Delivery};
use crate::agencies::model::DeliveryChannel;
use crate::auth::May;
use crate::auth::policy::Action;
use crate::clock::Moment;
use crate::db::{Backend, Id, Record};
use crate::error::Result;
use crate::http::{Listing, Page, Paging, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::Note;
use crate::read_page;
use crate::schema::agency_deliveries;

/// One delivery in an agency's queue, with what it says.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "delivery_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "status": "SENT", "due_on": "2026-11-23", "sent_at": "2026-11-23T10:05:00+08:00",
    "kind": "CHANGE", "corrects": null, "data": {"trigger": "MOVE", "event_on": "2026-11-20", "fields": {"ID_NUMBER": "A123456789", "NAME": "王小明", "NEW_ADDRESS": "彰化縣和美鎮和東里1鄰彰美路五段1號"}}
}))]
pub struct QueuedDelivery {
    /// The same however often it is read or sent: act on it once.
    pub delivery_id: Id,
    pub status: DeliveryStatus,
    pub due_on: chrono::NaiveDate,
    pub sent_at: Option<Moment>,
    pub kind: DeliveryKind,
    /// The earlier delivery that told wrong what this one tells right.
    pub corrects: Option<Id>,
    pub data: Payload,
}

/// What an agency may read: sent and unanswered, or queued to be pulled while no call that began under another
/// channel is under way with it, or with anything older of the same person.
fn readable(agency: &str, now: Moment) -> agency_deliveries::BoxedQuery<'static, Backend> {
    let elders = diesel::alias!(agency_deliveries as elders);
    let under_way = elders
        .filter(elders.field(agency_deliveries::agency_code).eq(agency_deliveries::agency_code))
        .filter(elders.field(agency_deliveries::person_id).eq(agency_deliveries::person_id))
        .filter(elders.field(agency_deliveries::place).le(agency_deliveries::place))
        .filter(elders.field(agency_deliveries::status).eq(DeliveryStatus::Queued))
        .filter(elders.field(agency_deliveries::leased_until).gt(now))
        .select(elders.field(agency_deliveries::id));
    let queued = agency_deliveries::status
        .eq(DeliveryStatus::Queued)
        .and(agency_deliveries::channel.eq(DeliveryChannel::Pull))
        .and(not(store::void()))
        .and(not(exists(under_way)));
    agency_deliveries::table
        .filter(agency_deliveries::agency_code.eq(agency.to_owned()))
        .filter(queued.or(agency_deliveries::status.eq(DeliveryStatus::Sent)))
        .into_boxed()
}

/// Reads the agency's own queue.
///
/// What has not been answered, oldest first; a delivery stays in the queue until it is acknowledged, so that a
/// job that stops in the middle starts again at the beginning and loses nothing. Read is sent: every reading is
/// logged. For agencies with the channel PULL; deliveries of other channels show here once they were sent. What
/// concerns one person comes in its order; where an earlier delivery told something wrong, a later one of another `kind`
/// tells it right.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "list_agency_queue", params(Listing), responses((status = 200, description = "A page of deliveries.", body = Page<QueuedDelivery>)))]
#[get("/v1/agency-queue")]
pub async fn list_agency_queue(may: May<ListAgencyQueue>, node: Data<Node>, paging: Paging) -> Result<Reply> {
    may.write(move |tx, by| {
        let agency = store::agency_of(by)?;
        store::own_lane(tx, [&agency])?;
        let matching = || readable(&agency, by.now);
        let page = read_page!(tx, &paging, matching, agency_deliveries::place asc, Delivery)?;
        let mut items = Vec::with_capacity(page.items.len());
        for mut delivery in page.items {
            if delivery.status == DeliveryStatus::Queued {
                delivery.status = DeliveryAct::Send.apply(delivery.status)?;
                delivery.mark_sent(by.now);
                store::save(tx, &mut delivery, DeliveryAct::Send)?;
            }
            let subject = format!("agency-deliveries/{}", delivery.id);
            tx.record(Record::read("agency_delivery.read", subject, "payload").about(delivery.person_id));
            items.push(QueuedDelivery {
                delivery_id: delivery.id,
                status: delivery.status,
                due_on: delivery.due_on,
                sent_at: delivery.sent_at,
                kind: delivery.kind,
                corrects: delivery.corrects,
                data: delivery.open(&node.vault)?,
            });
        }
        Reply::ok(&Page { items, next: page.next, total: page.total })
    })
    .await
}

/// An answered delivery.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"delivery_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "status": "ACKNOWLEDGED", "acknowledged_at": "2026-11-23T10:06:00+08:00", "answered_at": null, "corrected_by": null}))]
pub struct DeliveryAnswer {
    delivery_id: Id,
    status: DeliveryStatus,
    acknowledged_at: Option<Moment>,
    answered_at: Option<Moment>,
    /// The later delivery of this agency that tells right what this one told: read it in the queue.
    corrected_by: Option<Id>,
}

async fn answer<A: Action>(may: May<A>, id: Id, act: DeliveryAct, why: Option<Rejection>) -> Result<Reply> {
    may.write(move |tx, by| {
        store::own_lane(tx, [store::agency_of(by)?])?;
        let mut delivery = store::own_delivery(tx, by, id)?;
        let next = act.asked_by(&DeliveryAct::OF_AGENCY, delivery.status)?;
        // Said twice is said once: a job that starts again repeats itself.
        if next != delivery.status {
            delivery.status = next;
            delivery.acknowledged_at = delivery.acknowledged_at.or(Some(by.now));
            if act != DeliveryAct::Acknowledge {
                delivery.answered_at = Some(by.now);
            }
            // An answer proves the arrival, even when that of our call was lost.
            delivery.mark_sent(by.now);
            (delivery.lease, delivery.leased_until) = (None, None);
            delivery.reason = why.as_ref().map(|why| tx.seal_text(&delivery.reason_identity(), why.reason.as_str()));
            delivery.reason_code = why.as_ref().map(|why| why.code.unwrap_or(RejectionCode::Other));
            store::save(tx, &mut delivery, act)?;
        }
        let (acknowledged_at, answered_at) = (delivery.acknowledged_at, delivery.answered_at);
        let corrected_by = store::deliveries(tx, delivery.notice_id)?
            .iter()
            .find(|other| other.corrects == Some(delivery.id))
            .map(|other| other.id);
        Reply::ok(&DeliveryAnswer {
            delivery_id: delivery.id,
            status: delivery.status,
            acknowledged_at,
            answered_at,
            corrected_by,
        })
    })
    .await
}

/// Acknowledges a delivery.
///
/// The agency has it safe; it leaves the queue. Saying so again changes nothing, nor does saying so after `:update` or
/// `:reject`: the answer stands, and `status` tells it. Where `corrected_by` names a later delivery, that one waits in the queue.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "acknowledge_delivery", params(
    ("delivery_id" = Id, Path, description = "Id of the delivery."),
), responses(
    (status = 200, description = "The delivery.", body = DeliveryAnswer),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/agency-queue/{delivery_id}:acknowledge")]
pub async fn acknowledge_delivery(may: May<AcknowledgeDelivery>, id: PathId) -> Result<Reply> {
    answer(may, id.0, DeliveryAct::Acknowledge, None).await
}

/// Tells that the agency's records are up to date.
///
/// Saying so again changes nothing.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "update_delivery", params(
    ("delivery_id" = Id, Path, description = "Id of the delivery."),
), responses(
    (status = 200, description = "The delivery.", body = DeliveryAnswer),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/agency-queue/{delivery_id}:update")]
pub async fn update_delivery(may: May<UpdateDelivery>, id: PathId) -> Result<Reply> {
    answer(may, id.0, DeliveryAct::Update, None).await
}

/// Why an agency could not use a delivery.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "NO_RECORD", "reason": "查無此人稅籍"}))]
pub struct Rejection {
    /// Told to whoever holds the receipt; OTHER when absent.
    code: Option<RejectionCode>,
    reason: Note,
}

/// Rejects a delivery.
///
/// With the reason that the office and the person are told, and its code. An agency that can use it after all says
/// `:update` later.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "reject_delivery", params(
    ("delivery_id" = Id, Path, description = "Id of the delivery."),
), request_body = Rejection, responses(
    (status = 200, description = "The delivery.", body = DeliveryAnswer),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/agency-queue/{delivery_id}:reject")]
pub async fn reject_delivery(may: May<RejectDelivery>, id: PathId, Valid(why): Valid<Rejection>) -> Result<Reply> {
    answer(may, id.0, DeliveryAct::Reject, Some(why)).await
}
