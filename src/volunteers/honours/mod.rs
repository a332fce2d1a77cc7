//! Honours of volunteers: what was granted, and what the hours of a volunteer give a claim to, by rules that are in force on a day.

mod acts;
mod batches;
mod model;
mod policy;
mod routes;
mod rules;
mod settings;
mod standing;
mod store;
mod view;

use crate::domain::{Domain, Operations};
use crate::settings::Settings;
pub use settings::HonourSettings;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Volunteer honours",
        "Honour cards, certificates of performance, badges and awards of volunteers: what was granted, what is missing, and when it is due.",
    )),
    policy: policy::LINES,
    acts: &[model::VolunteerHonourAct::TABLE],
    settings: Some(HonourSettings::TABLE),
    routes,
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(routes::get_volunteer_honours)
        .service(routes::create_volunteer_honour)
        .service(acts::approve_volunteer_honour)
        .service(acts::reject_volunteer_honour)
        .service(acts::withdraw_volunteer_honour)
        .service(acts::restore_volunteer_honour)
        .service(routes::get_volunteer_honour)
        .service(batches::list_honour_batches)
        .service(batches::create_honour_batch)
        .service(batches::get_honour_batch);
}
