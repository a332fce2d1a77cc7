//! Certificates: transcripts, household and seal certificates and the like; who may have one, what it costs, its
//! serial, and the code by which anyone can tell that it is genuine.

mod application;
mod model;
mod routes;
mod store;

use utoipa_actix_web::service_config::ServiceConfig;

pub use model::CertificateAct;

/// Registers the domain's operations.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(routes::verify_certificate)
        .service(routes::create_certificate)
        .service(routes::list_certificates)
        .service(routes::issue_certificate)
        .service(routes::refuse_certificate)
        .service(routes::get_certificate);
}
