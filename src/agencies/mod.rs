//! The agencies around the office: who takes which notices, with which fields, by which channel.

pub mod model;
mod policy;
mod routes;
pub mod store;

use crate::domain::{Domain, Operations};

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Notification of other agencies",
        "Telling tax, land, motor vehicle, health insurance and other agencies, on a person's consent (跨機關通報).",
    )),
    policy: policy::LINES,
    routes,
    seed: store::seed,
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations.service(routes::list_agencies).service(routes::rotate_agency_secret).service(routes::get_agency);
}
