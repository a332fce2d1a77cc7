//! The office itself: names, service points, health, metrics, what its problems mean, and the pages for people.

pub mod desk;
mod documentation;
mod front;
mod model;
mod problems;
mod routes;
mod settings;

use utoipa_actix_web::service_config::ServiceConfig;

pub use documentation::page as documentation;
pub use front::{icon, page as front_page};
pub use model::{Bilingual, SERVICE_POINTS};
pub use settings::OfficeSettings;

/// Registers the domain's operations.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(routes::get_health)
        .service(routes::get_readiness)
        .service(routes::get_metrics)
        .service(routes::get_contract)
        .service(routes::get_office)
        .service(problems::list_problems)
        .service(problems::get_problem);
}
