//! Complaints on the spot (現場民眾申訴): from the first word to the follow-up call, each step with its moment and person; kept from
//! whom they are about.

mod calls;
mod demo;
mod entering;
mod erasing;
mod flow;
mod model;
mod policy;
mod problems;
mod routes;
mod settings;
mod sight;
mod steps;
mod store;
mod timers;
mod view;

use crate::db::Mode;
use crate::domain::{Domain, Operations, Timer, Turn, schema};
use crate::retention::Keepers;
use crate::settings::Settings;
pub use settings::OnSiteSettings;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "On-site complaints",
        "Complaints on the spot: calmed, taken over, recorded, solved or made a petition, and followed up, with times and persons.",
    )),
    policy: policy::LINES,
    acts: &[model::OnSiteAct::TABLE],
    problems: problems::CODES,
    settings: Some(OnSiteSettings::TABLE),
    schemas: &[schema::<model::OnSiteQueue>],
    routes,
    demo: demo::seed,
    timers: &[Timer {
        name: "on_site_complaints",
        seconds: 5,
        turn: Turn::Sweep { due: timers::any_due, sweep: timers::tell, mode: Mode::Shared },
    }],
    recount: timers::recount,
    calls: calls::of_day,
    unseen: sight::unseen,
    parts: |node| node.part_mut::<Keepers>().add(erasing::KEEPER),
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(routes::list_on_site_complaints)
        .service(entering::create_on_site_complaint)
        .service(steps::create_on_site_step)
        .service(steps::take_back_on_site_step)
        .service(routes::reveal_on_site_contact)
        .service(entering::update_on_site_complaint)
        .service(routes::get_on_site_complaint);
}
