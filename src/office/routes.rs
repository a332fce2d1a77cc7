//! Operations of the office itself.

use actix_web::{HttpRequest, HttpResponse, get};

use super::model::{Health, HealthStatus, Office};
use super::policy::{GetContract, GetHealth, GetMetrics, GetOffice, GetReadiness};
use crate::auth::May;
use crate::error::{Code, Result};
use crate::http::Reply;

/// Tells that the process answers.
///
/// For a process supervisor: it says nothing about the store.
#[utoipa::path(tag = "Office", operation_id = "get_health", responses((status = 200, description = "The process answers.", body = Health)))]
#[get("/healthz")]
pub async fn get_health(_may: May<GetHealth>) -> Result<Reply> {
    Ok(Reply::ok(&Health { status: HealthStatus::Ok })?.momentary())
}

/// Tells whether the office takes writes.
///
/// For a load balancer: 503, within two seconds, from a failed commit until a write has reached the disk again, while
/// any table cannot be read, while the files of an embedded database are not at their place, and while nobody can tell the
/// time, after a start whose clock is not trusted.
#[utoipa::path(tag = "Office", operation_id = "get_readiness", responses(
    (status = 200, description = "The store takes reads and writes.", body = Health),
    (status = 503, description = "The office takes no writes: `store_unavailable`; see `Retry-After`."),
))]
#[get("/readyz")]
pub async fn get_readiness(may: May<GetReadiness>) -> Result<Reply> {
    if may.node().clock.is_lost() || !may.node().db.ready().await {
        return Err(Code::STORE_UNAVAILABLE.into());
    }
    Ok(Reply::ok(&Health { status: HealthStatus::Ok })?.momentary())
}

/// Describes the office.
///
/// Names, service points, contact, time zone, the running ROC year and the office's clock. `now` is the moment of
/// the answer and no part of its version.
#[utoipa::path(tag = "Office", operation_id = "get_office", responses((status = 200, description = "The office.", body = Office)))]
#[get("/v1/office")]
pub async fn get_office(may: May<GetOffice>) -> Result<Reply> {
    let settings = may.node().config.of();
    let office = Office::of(settings, Some(may.now()), may.now().date());
    let standing = Reply::ok(&Office::of(settings, None, may.now().date()))?;
    Ok(Reply::ok(&office)?.tagged_as(&standing).public())
}

/// Gives the process's figures.
///
/// Prometheus text: requests by route, their duration, waiting writes, readiness, how the outbox of mail stands. For the addresses that the
/// settings name; nothing is there for others.
#[utoipa::path(tag = "Office", operation_id = "get_metrics", responses(
    (status = 200, description = "The figures.", body = String, content_type = "text/plain", example = "huzheng_ready 1"),
    (status = 404, description = "Not for this address: `not_found`."),
))]
#[get("/metrics")]
pub async fn get_metrics(may: May<GetMetrics>) -> Result<Reply> {
    let node = may.node();
    if !may.client().is_within(&node.config.metrics_allow) {
        return Err(Code::NOT_FOUND.into());
    }
    node.metrics.note_clock(node.clock.astray());
    let text = node.metrics.render(&node.db.figures())?;
    Ok(Reply::text("text/plain; version=0.0.4", text).momentary())
}

/// Gives this contract.
///
/// OpenAPI 3.1, for generators and for the documentation page at `/docs/`.
#[utoipa::path(tag = "Office", operation_id = "get_contract", responses((
    status = 200, description = "The contract.", body = serde_json::Value, content_type = "application/json",
    headers(("Vary" = String, description = "`accept-encoding`: either form has a tag of its own.")),
)))]
#[get("/openapi.json")]
pub async fn get_contract(may: May<GetContract>, request: HttpRequest) -> Result<HttpResponse> {
    Ok(may.node().contract.document.answer(&request))
}
