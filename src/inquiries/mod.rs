//! Inquiries (民眾詢問): asked at the counter, by phone, by mail and over the API, answered in time, put right where an answer was
//! wrong; and the published answers to frequent questions.

mod acts;
mod answering;
mod asking;
mod calls;
mod citations;
mod contact;
mod demo;
pub mod knowledge;
mod mails;
mod model;
mod policy;
mod routes;
mod settings;
mod store;
mod telling;
mod timers;
mod tracking;
mod view;

use crate::db::Mode;
use crate::domain::{Domain, Operations, Timer, Turn, schema};
use crate::mail::Matters;
use crate::settings::Settings;
pub use settings::InquirySettings;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Inquiries",
        "Inquiries at the counter, by phone, by mail and over the API: how soon they were answered, by whom, and on what ground.",
    )),
    policy: policy::LINES,
    acts: &[model::InquiryAct::TABLE],
    settings: Some(InquirySettings::TABLE),
    schemas: &[schema::<model::InquiryQueue>],
    routes,
    demo: demo::seed,
    timers: &[Timer {
        name: "inquiries",
        seconds: 5,
        turn: Turn::Sweep { due: timers::any_due, sweep: timers::tell, mode: Mode::Shared },
    }],
    recount: timers::recount,
    calls: calls::of_day,
    follow_call: calls::follow,
    unseen: store::unseen,
    parts: |node| node.part_mut::<Matters>().add(mails::MATTER),
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(tracking::track_inquiry)
        .service(routes::list_inquiries)
        .service(asking::create_inquiry)
        .service(answering::answer_inquiry)
        .service(answering::correct_inquiry_answer)
        .service(acts::check_inquiry_answer)
        .service(acts::close_inquiry)
        .service(acts::reopen_inquiry)
        .service(acts::open_petition_from_inquiry)
        .service(contact::change_inquiry_contact)
        .service(contact::reveal_inquiry_contact)
        .service(routes::get_inquiry);
}
