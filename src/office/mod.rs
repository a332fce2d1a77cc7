//! The office itself: names, service points, health, metrics, what its problems mean, and the pages for people.

pub mod desk;
mod documentation;
mod front;
mod model;
mod policy;
mod problems;
mod routes;
mod settings;

use actix_web::web;

use crate::domain::{Domain, Domains, Operations};
use crate::settings::Settings;
pub use model::{Bilingual, SERVICE_POINTS, name};
pub use settings::OfficeSettings;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some(("Office", "The office itself: its names, services, health and the meaning of its problems.")),
    policy: policy::LINES,
    settings: Some(OfficeSettings::TABLE),
    routes,
    pages: &[
        ("/", || web::get().to(front::page)),
        ("/favicon.ico", || web::get().to(front::icon)),
        ("/docs", || web::route().to(documentation::redirect)),
        ("/docs/{file:.*}", || web::get().to(documentation::page)),
    ],
    parts: |node| node.give(problems::Problems::of(*node.part::<Domains>())),
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(routes::get_health)
        .service(routes::get_readiness)
        .service(routes::get_metrics)
        .service(routes::get_contract)
        .service(routes::get_office)
        .service(problems::list_problems)
        .service(problems::get_problem);
}
