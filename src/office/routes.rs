//! Operations of the office itself.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, get};

use super::model::{Health, Office, ProblemMeaning};
use crate::auth::May;
use crate::auth::policy::{GetHealth, GetOffice, GetProblem, GetReadiness};
use crate::error::{Code, Result};
use crate::http::{ClientAddress, PathText, Reply};
use crate::state::State;

/// Tells that the process answers.
///
/// For a process supervisor: it says nothing about the store.
#[utoipa::path(tag = "Office", operation_id = "get_health", responses((status = 200, description = "The process answers.", body = Health)))]
#[get("/healthz")]
pub async fn get_health(_may: May<GetHealth>) -> Result<Reply> {
    Reply::ok(&Health { status: "ok" })
}

/// Tells whether the office takes writes.
///
/// For a load balancer: 503 from a failed commit until the next one that succeeds.
#[utoipa::path(tag = "Office", operation_id = "get_readiness", responses(
    (status = 200, description = "The store takes reads and writes.", body = Health),
    (status = 503, description = "The store takes no writes: `store_unavailable`; see `Retry-After`."),
))]
#[get("/readyz")]
pub async fn get_readiness(may: May<GetReadiness>) -> Result<Reply> {
    let db = &may.state().db;
    db.read(|_| Ok(())).await?;
    if !db.healthy() {
        return Err(Code::StoreUnavailable.into());
    }
    Reply::ok(&Health { status: "ok" })
}

/// Describes the office.
///
/// Names, service points, time zone, the running ROC year and the office's clock.
#[utoipa::path(tag = "Office", operation_id = "get_office", responses((status = 200, description = "The office.", body = Office)))]
#[get("/v1/office")]
pub async fn get_office(may: May<GetOffice>) -> Result<Reply> {
    Ok(Reply::ok(&Office::at(may.now()))?.public())
}

/// Explains a problem's code.
///
/// The `type` of every problem document leads here.
#[utoipa::path(tag = "Office", operation_id = "get_problem", params(
    ("code" = String, Path, description = "The problem's code, with hyphens or underscores.", min_length = 1, max_length = 60, example = "slot-taken"),
), responses((status = 200, description = "What it means and what to do.", body = ProblemMeaning)))]
#[get("/problems/{code}")]
pub async fn get_problem(_may: May<GetProblem>, code: PathText<String>) -> Result<Reply> {
    let meaning = ProblemMeaning::of(&code.0).ok_or(Code::NotFound)?;
    Ok(Reply::ok(&meaning)?.public())
}

/// Prometheus metrics, for the addresses that the settings name.
#[get("/metrics")]
pub async fn metrics(state: Data<State>, request: HttpRequest) -> Result<Reply> {
    let address = ClientAddress::of_request(&request);
    if !state.config.metrics_allow.iter().any(|ip| ip.to_string() == address) {
        return Err(Code::NotFound.into());
    }
    let text = state.metrics.render(state.db.waiting_writes(), state.db.healthy())?;
    Ok(Reply::text("text/plain; version=0.0.4", text).with_status(StatusCode::OK))
}

/// The contract, as served to generators and to the documentation page.
#[get("/openapi.json")]
pub async fn openapi(state: Data<State>) -> Result<Reply> {
    Ok(Reply::text("application/json", state.contract.clone()).public())
}
