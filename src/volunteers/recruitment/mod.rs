//! How volunteers are found: recruitment plans, which are published before anybody is recruited (志願服務法 §6), and applications, on which
//! another decides than whoever took them.

mod acts;
mod applications;
mod applying;
mod contact;
mod model;
mod plan_routes;
mod plans;
mod policy;
mod tracking;
mod view;

use crate::domain::{Domain, Operations};
pub use applications::{hands_of, open_of};

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Volunteer recruitment",
        "Recruitment plans, published before anybody is recruited, and the applications of those who want to volunteer.",
    )),
    policy: policy::LINES,
    acts: &[model::RecruitmentPlanAct::TABLE, model::VolunteerApplicationAct::TABLE],
    routes,
    follow_part: applications::follow_part,
    unseen: applications::unseen,
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(plan_routes::list_recruitment_plans)
        .service(plan_routes::create_recruitment_plan)
        .service(plan_routes::update_recruitment_plan)
        .service(plan_routes::publish_recruitment_plan)
        .service(plan_routes::close_recruitment_plan)
        .service(plan_routes::reopen_recruitment_plan)
        .service(plan_routes::list_recruitment_plan_history)
        .service(plan_routes::get_recruitment_plan)
        .service(tracking::track_volunteer_application)
        .service(applying::list_volunteer_applications)
        .service(applying::create_volunteer_application)
        .service(acts::decide_volunteer_application)
        .service(acts::withdraw_volunteer_application)
        .service(acts::reopen_volunteer_application)
        .service(contact::change_volunteer_application_contact)
        .service(contact::reveal_volunteer_application_contact)
        .service(applying::list_volunteer_application_history)
        .service(applying::get_volunteer_application);
}
