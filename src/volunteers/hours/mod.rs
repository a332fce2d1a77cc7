//! Hours of volunteers: a ledger of lines that are never overwritten, each judged whenever it is read; and what of it was reported to the
//! ministry's system.

mod acts;
mod changes;
mod entering;
pub mod judging;
pub mod ledger;
pub mod model;
mod policy;
mod report_routes;
mod reporting;
mod routes;
pub mod served;
pub mod store;
mod view;

pub use changes::{VolunteerHourChange, changed_by};
pub use served::{Served, enter_served, strike_served};

use crate::domain::{Domain, Operations};

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Volunteer hours",
        "Hours of volunteers, line by line: who vouches for each, whether it counts and why not, and what was reported to the ministry's system.",
    )),
    policy: policy::LINES,
    acts: &[model::VolunteerHourAct::TABLE, reporting::VolunteerHourReportAct::TABLE],
    routes,
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(routes::list_volunteer_hours)
        .service(entering::create_volunteer_hours)
        .service(routes::list_hours)
        .service(acts::confirm_hours)
        .service(acts::dispute_hours)
        .service(acts::answer_hours_dispute)
        .service(acts::withdraw_hours)
        .service(acts::restore_hours)
        .service(acts::judge_hours_overlap)
        .service(entering::correct_hours)
        .service(routes::get_hours)
        .service(report_routes::list_hour_reports)
        .service(report_routes::create_hour_report)
        .service(report_routes::withdraw_hour_report)
        .service(report_routes::get_hour_report);
}
