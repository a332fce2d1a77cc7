//! What people say of the office, and what is made better because of it: opinion items (民意蒐集、剪報), improvement items (興革), and
//! complaints on the spot.

mod acts;
mod demo;
mod effect;
mod erasing;
mod items;
mod model;
pub mod on_site;
mod opinion_routes;
mod opinions;
mod policy;
mod routes;
mod settings;
mod store;
mod telling;
mod timers;
mod view;

use crate::db::Mode;
use crate::domain::{Domain, Operations, Timer, Turn};
use crate::retention::Keepers;
use crate::settings::Settings;
pub use settings::ImprovementSettings;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Improvements",
        "What people say of the office, in the press, at events, in surveys and petitions, and what is made better because of it.",
    )),
    policy: policy::LINES,
    acts: &[model::OpinionAct::TABLE, model::ImprovementAct::TABLE],
    settings: Some(ImprovementSettings::TABLE),
    routes,
    demo: demo::seed,
    timers: &[Timer {
        name: "improvements",
        seconds: 60,
        turn: Turn::Sweep { due: timers::any_due, sweep: timers::tell, mode: Mode::Shared },
    }],
    recount: timers::recount,
    unseen: store::unseen,
    parts: |node| node.part_mut::<Keepers>().add_offshoots(erasing::OFFSHOOTS),
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(opinion_routes::list_opinion_items)
        .service(opinion_routes::create_opinion_item)
        .service(opinion_routes::set_opinion_item_aside)
        .service(opinion_routes::reopen_opinion_item)
        .service(opinion_routes::update_opinion_item)
        .service(opinion_routes::get_opinion_item)
        .service(routes::list_improvement_items)
        .service(routes::create_improvement_item)
        .service(acts::adopt_improvement_item)
        .service(acts::complete_improvement_item)
        .service(acts::check_improvement_item)
        .service(acts::drop_improvement_item)
        .service(acts::reopen_improvement_item)
        .service(routes::update_improvement_item)
        .service(routes::get_improvement_item);
}
