//! Deliveries as the office's staff see them: found by state, with their attempts, and sent again.

use actix_web::web::Data;
use actix_web::{get, post};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::model::{CallOutcome, DeliveryAct, DeliveryStatus};
use super::policy::{GetAgencyDelivery, ListAgencyDeliveries, ResendDelivery};
use super::store::{self, Delivery, Notice};
use super::view::DeliveryView;
use crate::agencies;
use crate::auth::May;
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Narrow};
use crate::error::{Code, Error, Problem, Result};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply};
use crate::node::Node;
use crate::read_page;
use crate::schema::{agency_deliveries, agency_notices, delivery_attempts};
use crate::secrets::vault::Vault;

/// A delivery with the form that it belongs to.
#[derive(Serialize, ToSchema)]
pub struct NoticeDelivery {
    #[serde(flatten)]
    delivery: DeliveryView,
    notice_id: Id,
    /// When it is tried next, while QUEUED.
    next_at: Option<Moment>,
}

impl NoticeDelivery {
    fn of(vault: &Vault, delivery: &Delivery) -> Result<Self> {
        let waits = delivery.status == DeliveryStatus::Queued;
        Ok(Self {
            delivery: DeliveryView::of(vault, delivery)?,
            notice_id: delivery.notice_id,
            next_at: Some(delivery.next_at).filter(|_| waits),
        })
    }
}

/// Filters of the list of deliveries.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DeliveryFilter {
    /// One agency's deliveries.
    #[param(min_length = 1, max_length = 40)]
    agency: Option<String>,
    /// DEAD: given up, to be sent again by hand.
    status: Option<DeliveryStatus>,
}

/// Lists deliveries.
///
/// Oldest first, with how often each was tried and how the last call ended; a branch desk sees its own.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "list_agency_deliveries", params(DeliveryFilter, Listing), responses((status = 200, description = "A page of deliveries.", body = Page<NoticeDelivery>)))]
#[get("/v1/agency-deliveries")]
pub async fn list_agency_deliveries(
    may: May<ListAgencyDeliveries>,
    node: Data<Node>,
    Params(query): Params<DeliveryFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        agencies::store::check_filter(conn, query.agency.as_deref())?;
        let closed = store::closed(conn, &node, by)?;
        let matching = || {
            store::within(agency_deliveries::table.into_boxed(), by)
                .filter(agency_deliveries::notice_id.ne_all(closed.iter().copied()))
                .narrow(query.agency.as_ref(), |agency| agency_deliveries::agency_code.eq(agency))
                .narrow(query.status, |status| agency_deliveries::status.eq(status))
        };
        let page = read_page!(conn, &paging, matching, agency_deliveries::place asc, Delivery)?;
        Reply::ok(&page.try_map(|delivery| NoticeDelivery::of(&node.vault, &delivery))?)
    })
    .await
}

/// One call that was made.
#[derive(Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = delivery_attempts)]
#[schema(example = json!({"attempt": 1, "at": "2026-11-23T10:00:05+08:00", "outcome": "answered", "http_status": 503}))]
pub struct DeliveryAttempt {
    #[schema(minimum = 1)]
    attempt: i32,
    at: Moment,
    outcome: CallOutcome,
    #[schema(minimum = 100, maximum = 999)]
    http_status: Option<i32>,
}

/// A delivery with every call that was made.
#[derive(Serialize, ToSchema)]
pub struct DeliveryWithAttempts {
    #[serde(flatten)]
    delivery: NoticeDelivery,
    #[schema(max_items = 1000)]
    log: Vec<DeliveryAttempt>,
}

/// Shows a delivery.
///
/// With every call that was made, oldest first: when, and how it ended.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "get_agency_delivery", params(IdInPath), responses((status = 200, description = "The delivery.", body = DeliveryWithAttempts)))]
#[get("/v1/agency-deliveries/{id}")]
pub async fn get_agency_delivery(may: May<GetAgencyDelivery>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let (delivery, _) = store::find_delivery(conn, &node, by, id.0)?;
        let log = delivery_attempts::table.filter(delivery_attempts::delivery_id.eq(delivery.id));
        let log = log.order(delivery_attempts::attempt).select(DeliveryAttempt::as_select()).load(conn)?;
        Ok(Reply::ok(&DeliveryWithAttempts { delivery: NoticeDelivery::of(&node.vault, &delivery)?, log })?
            .version(delivery.version))
    })
    .await
}

/// Whether the agency has since been told something newer of the same person and kind.
fn is_overtaken(conn: &mut Conn, delivery: &Delivery, notice: &Notice) -> Result<bool> {
    let newer: i64 = agency_deliveries::table
        .inner_join(agency_notices::table.on(agency_notices::id.eq(agency_deliveries::notice_id)))
        .filter(agency_deliveries::agency_code.eq(&delivery.agency_code))
        .filter(agency_deliveries::person_id.eq(delivery.person_id))
        .filter(agency_deliveries::place.gt(delivery.place))
        .filter(agency_notices::trigger_code.eq(notice.trigger_code))
        .filter(agency_deliveries::sent_at.is_not_null())
        .count()
        .get_result(conn)?;
    Ok(newer > 0)
}

/// Sends a dead or rejected delivery again.
///
/// Under the same id, by the agency's channel of today, with ten new retries. When the agency has since been told
/// something newer of the same person, the consent was withdrawn, the case revoked or a correction made, it is refused
/// (`conflict`).
#[utoipa::path(tag = "Notification of other agencies", operation_id = "resend_delivery", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The delivery, queued.", body = DeliveryView),
    (status = 409, description = "`wrong_state`: it is neither dead nor rejected; `conflict`: something newer was sent, the consent was withdrawn, the case revoked, or a correction made."),
))]
#[post("/v1/agency-deliveries/{id}:resend")]
pub async fn resend_delivery(may: May<ResendDelivery>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let (mut delivery, notice) = store::find_delivery(tx, &node, by, id.0)?;
        if_match.check(delivery.version)?;
        delivery.status = DeliveryAct::Resend.asked_by(&DeliveryAct::OF_STAFF, delivery.status)?;
        let refused = |zh, en| Err(Error::from(Problem::new(Code::CONFLICT).detail(zh, en)));
        if store::is_void(tx, delivery.id)? {
            return refused(
                "同意已撤回、案件已撤銷登記或已另行通報更正",
                "the consent was withdrawn, the case revoked, or a correction made",
            );
        }
        if is_overtaken(tx, &delivery, &notice)? {
            return refused("該機關已收到較新之通報", "the agency has been told something newer");
        }
        let (agency, _) = agencies::store::find(tx, &delivery.agency_code)?;
        delivery.mark_unsent(by.now);
        delivery.channel = agency.channel;
        delivery.due_on = agency.due_on(delivery.due_on, by.now.date());
        store::save(tx, &mut delivery, DeliveryAct::Resend)?;
        Ok(Reply::ok(&DeliveryView::of(&node.vault, &delivery)?)?.version(delivery.version))
    })
    .await
}
