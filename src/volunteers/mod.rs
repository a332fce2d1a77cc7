//! Volunteers (志工): who they are and what they bring, their trainings, insurances and consents, what keeps them from serving on a day,
//! how they are recruited; and promotion partners, who are no volunteers.

mod absences;
mod acts;
pub mod attendance;
mod binding;
mod contact;
mod demo;
mod entries;
mod entry_acts;
mod entry_routes;
mod entry_store;
mod entry_view;
mod expiring;
mod gate;
mod history;
pub mod honours;
pub mod hours;
mod merging;
mod model;
mod named;
mod opened;
pub mod partners;
mod policy;
mod reached;
pub mod recruitment;
mod routes;
mod searching;
mod settings;
pub mod shifts;
pub mod signups;
mod store;
mod timers;
mod training;
mod view;

use crate::db::Mode;
use crate::domain::{Domain, Operations, Timer, Turn, schema};
use crate::settings::Settings;
pub use settings::VolunteerSettings;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Volunteers",
        "Volunteers under the Volunteer Service Act 志願服務法: who they are, their trainings, insurances and consents, and what keeps them from serving on a day.",
    )),
    policy: policy::LINES,
    acts: &[model::VolunteerAct::TABLE, entries::VolunteerEntryAct::TABLE],
    settings: Some(VolunteerSettings::TABLE),
    schemas: &[schema::<gate::VolunteerBlocker>],
    routes,
    demo: demo::seed,
    timers: &[Timer {
        name: "volunteers",
        seconds: 60,
        turn: Turn::Sweep { due: timers::any_due, sweep: timers::turn, mode: Mode::Shared },
    }],
    follow_join: merging::follow_join,
    follow_part: merging::follow_part,
    unseen: store::unseen,
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(routes::list_volunteers)
        .service(routes::create_volunteer)
        .service(searching::search_volunteers)
        .service(routes::update_volunteer)
        .service(routes::list_volunteer_history)
        .service(acts::activate_volunteer)
        .service(acts::deactivate_volunteer)
        .service(acts::suspend_volunteer)
        .service(acts::retire_volunteer)
        .service(acts::reinstate_volunteer)
        .service(absences::correct_volunteer_absence)
        .service(merging::merge_volunteer)
        .service(merging::unmerge_volunteer)
        .service(contact::change_volunteer_contact)
        .service(contact::reveal_volunteer_contact)
        .service(entry_routes::list_volunteer_trainings)
        .service(entry_routes::create_volunteer_training)
        .service(entry_routes::list_volunteer_insurances)
        .service(entry_routes::create_volunteer_insurance)
        .service(entry_routes::list_volunteer_consents)
        .service(entry_routes::create_volunteer_consent)
        .service(entry_routes::list_volunteer_certificates)
        .service(entry_routes::create_volunteer_certificate)
        .service(entry_routes::list_volunteer_appraisals)
        .service(entry_routes::create_volunteer_appraisal)
        .service(entry_routes::list_volunteer_incidents)
        .service(entry_routes::create_volunteer_incident)
        .service(entry_acts::correct_volunteer_entry)
        .service(entry_acts::withdraw_volunteer_entry)
        .service(entry_acts::restore_volunteer_entry)
        .service(entry_acts::get_volunteer_entry)
        .service(routes::get_volunteer);
}
