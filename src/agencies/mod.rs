//! The agencies around the office: who takes which notices, with which fields, by which channel.

pub mod model;
mod routes;
pub mod store;

use utoipa_actix_web::service_config::ServiceConfig;

/// Registers the domain's operations.
pub fn routes(config: &mut ServiceConfig) {
    config.service(routes::list_agencies).service(routes::rotate_agency_secret).service(routes::get_agency);
}
