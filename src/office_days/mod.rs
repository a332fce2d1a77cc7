//! The office's days over HTTP: the calendar, closures with their undo, days set by hand, previews of deadlines.

mod closures;
mod effects;
mod policy;
mod routes;

use crate::domain::{Domain, Operations};
pub use effects::load_calendar;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some(("Calendar", "Office days, closures and periods of law, in Asia/Taipei.")),
    policy: policy::LINES,
    routes,
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(routes::list_calendar_days)
        .service(routes::get_calendar_day)
        .service(routes::set_calendar_day)
        .service(closures::create_closure)
        .service(closures::list_closures)
        .service(closures::get_closure)
        .service(closures::delete_closure)
        .service(routes::preview_deadline);
}
