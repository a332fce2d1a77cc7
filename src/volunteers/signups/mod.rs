//! Who serves at which shift: signed up by rules that are judged in one transaction with the seat, waiting, promoted, swapped, and released.

mod acts;
mod calls;
mod candidates;
pub mod freeing;
pub mod model;
mod policy;
mod problems;
mod routes;
mod rules;
mod seats;
mod settings;
pub mod shift_changes;
mod signing;
pub mod store;
mod swaps;
pub mod view;

use crate::domain::{Domain, Operations, schema};
use crate::settings::Settings;
pub use rules::ShiftBlocker;
pub use seats::ShiftCounts;
pub use settings::SignupSettings;
use shift_changes::ShiftPerson;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Sign-ups",
        "Seats of volunteers at shifts: every rule is told, the waiting list is promoted by itself, and seats are swapped.",
    )),
    policy: policy::LINES,
    acts: &[model::SignupAct::TABLE],
    settings: Some(SignupSettings::TABLE),
    schemas: &[schema::<ShiftBlocker>, schema::<ShiftCounts>, schema::<ShiftPerson>],
    problems: problems::CODES,
    routes,
    follow_case: freeing::follow_case,
    follow_join: freeing::follow_join,
    calls: calls::of_day,
    unseen: store::unseen,
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(candidates::check_signup)
        .service(candidates::list_shift_candidates)
        .service(signing::create_signup)
        .service(routes::list_signups)
        .service(routes::list_broken_signups)
        .service(routes::list_signup_history)
        .service(acts::cancel_signup)
        .service(acts::accept_place)
        .service(acts::decline_place)
        .service(swaps::create_swap_request)
        .service(swaps::list_swap_requests)
        .service(swaps::get_swap_request)
        .service(swaps::accept_swap_request)
        .service(swaps::withdraw_swap_request)
        .service(routes::get_signup);
}
