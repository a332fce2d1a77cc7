//! The monthly digest of petitions (陳情案件月報): counted, submitted by one, frozen by another, read by the director; and nothing of a
//! petition that is kept from somebody can be told from it.

mod acts;
mod changes;
mod demo;
mod figures;
mod model;
mod month;
mod page;
mod paper;
mod policy;
mod problems;
mod reading;
mod routes;
mod settings;
mod store;
mod timers;
mod view;
mod words;

use crate::db::{Mode, Texts};
use crate::domain::{Domain, Operations, Timer, Turn, schema};
use crate::settings::Settings;
pub use settings::DigestSettings;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Petition digests",
        "The monthly digest of petitions (每月彙陳機關首長核閱): counted, submitted, frozen by another, read by the director.",
    )),
    policy: policy::LINES,
    acts: &[model::DigestAct::TABLE],
    settings: Some(DigestSettings::TABLE),
    problems: problems::CODES,
    schemas: &[schema::<routes::DigestScope>, schema::<model::PendingAge>],
    routes,
    demo: demo::seed,
    timers: &[Timer {
        name: "digests",
        seconds: 60,
        turn: Turn::Sweep { due: timers::any_due, sweep: timers::sweep, mode: Mode::Shared },
    }],
    sealed: &[
        Texts::of("petition_digests", "remarks"),
        Texts::of("petition_digest_history", "reason").by(&["digest_id", "line"]),
        Texts::of("petition_digest_remarks", "remarks").by(&["digest_id", "place"]),
        Texts::of("petition_digest_remarks", "reason").by(&["digest_id", "place"]),
    ],
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(routes::list_petition_digests)
        .service(acts::submit_petition_digest)
        .service(acts::return_petition_digest)
        .service(acts::freeze_petition_digest)
        .service(acts::mark_petition_digest_read)
        .service(acts::correct_petition_digest_remarks)
        .service(acts::unfreeze_petition_digest)
        .service(routes::list_digested_petitions)
        .service(routes::list_petition_digest_changes)
        .service(routes::get_petition_digest_page)
        .service(routes::get_petition_digest_pdf)
        .service(routes::get_petition_digest);
}
