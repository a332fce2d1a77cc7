//! The office itself: names, service points, health, metrics, and what its problems mean.

pub mod desk;
mod model;
mod routes;

use utoipa_actix_web::service_config::ServiceConfig;

pub use model::{Bilingual, SERVICE_POINTS};

/// Registers the domain's operations.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(routes::get_health)
        .service(routes::get_readiness)
        .service(routes::get_metrics)
        .service(routes::get_contract)
        .service(routes::get_office)
        .service(routes::get_problem);
}
