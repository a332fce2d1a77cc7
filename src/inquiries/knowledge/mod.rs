//! Answers to frequent questions (常見問答): written by one, published by another, in versions that stay, read by all.

mod acts;
mod content;
mod demo;
mod law;
mod model;
mod policy;
mod routes;
mod settings;
mod store;
mod timers;
mod view;

use crate::db::Mode;
use crate::domain::{Domain, Operations, Timer, Turn};
use crate::settings::Settings;
pub use model::InquiryTopic;
pub use settings::KnowledgeSettings;
pub use store::is_wrong;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Knowledge answers",
        "Answers to frequent questions in Chinese and English, with their legal grounds: read by all, in versions that stay.",
    )),
    policy: policy::LINES,
    acts: &[model::KnowledgeAct::TABLE],
    settings: Some(KnowledgeSettings::TABLE),
    routes,
    demo: demo::seed,
    timers: &[Timer {
        name: "knowledge_answers",
        seconds: 60,
        turn: Turn::Sweep { due: timers::any_due, sweep: timers::tell, mode: Mode::Shared },
    }],
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(law::note_law_change)
        .service(routes::list_knowledge_answers)
        .service(routes::create_knowledge_answer)
        .service(routes::list_knowledge_versions)
        .service(acts::publish_knowledge_answer)
        .service(acts::discard_knowledge_draft)
        .service(acts::confirm_knowledge_answer)
        .service(acts::withdraw_knowledge_answer)
        .service(acts::restore_knowledge_answer)
        .service(routes::update_knowledge_answer)
        .service(routes::get_knowledge_answer);
}
