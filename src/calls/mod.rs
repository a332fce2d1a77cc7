//! A day's call list: everybody whom somebody must call about something, from every domain, and what came of the calls.

mod list;
mod policy;
mod routes;

use crate::domain::{Domain, Operations};
pub use list::reached_on;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Calls",
        "Whom the office must call on a day: about bookings, lost slots, offers, papers, entries, certificates.",
    )),
    policy: policy::LINES,
    routes,
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations.service(routes::list_calls).service(routes::reveal_calls).service(routes::note_call);
}
