//! Attendance: who came, when they left, who missed it and who was excused; each taken back with a reason. What was served is handed over to
//! the ledger of hours, and struck there with what it came from.

mod bulk;
mod marking;
pub mod policy;
mod routes;
mod settings;
mod suspension;
mod timers;

use crate::db::Mode;
use crate::domain::{Domain, Operations, Timer, Turn};
use crate::settings::Settings;
pub use settings::AttendanceSettings;
pub use suspension::suspended_by;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: None,
    policy: policy::LINES,
    settings: Some(AttendanceSettings::TABLE),
    routes,
    timers: &[Timer {
        name: "attendance",
        seconds: 60,
        turn: Turn::Sweep { due: timers::any_due, sweep: timers::turn, mode: Mode::Shared },
    }],
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(routes::check_in_signup)
        .service(routes::check_out_signup)
        .service(routes::mark_no_show)
        .service(routes::excuse_signup)
        .service(routes::undo_attendance)
        .service(bulk::mark_attendance);
}
