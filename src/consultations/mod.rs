//! Legal consultation by video: sessions, advisers and their rota, conflicts of interest, outcomes, the join
//! link, and referrals to the town office's desk.

mod advisers;
mod calls;
mod demo;
mod model;
mod policy;
mod problems;
mod referrals;
mod rota;
mod routes;
mod settings;
mod specialty;
mod store;

use std::sync::Arc;

use crate::db::Mode;
use crate::db::Texts;
use crate::domain::{Domain, Operations, Timer, Turn};
use crate::scheduling::{Plans, Specialties, publish_answers, roster};
use crate::settings::Settings;
use advisers::Advisers;
use model::ConsultationAnswers;
use referrals::{any_expired, expire};
pub use settings::ConsultationSettings;
use specialty::LegalConsultation;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Legal consultation",
        "Legal advice by video, Monday, Wednesday and Friday 09:00–11:30, and referrals to the town office.",
    )),
    policy: policy::LINES,
    acts: &[referrals::ReferralAct::TABLE],
    problems: problems::CODES,
    calls: calls::of_day,
    settings: Some(ConsultationSettings::TABLE),
    routes,
    schemas: &[publish_answers::<ConsultationAnswers>, |all| roster::publish(&Advisers, all)],
    demo: demo::seed,
    timers: &[Timer {
        name: "consultations",
        seconds: 5,
        turn: Turn::Sweep { due: any_expired, sweep: expire, mode: Mode::Shared },
    }],
    parts: |node| {
        let specialties = node.part_mut::<Specialties>();
        specialties.add(Arc::new(LegalConsultation));
        specialties.join_at(|booking| format!("/v1/consultations/{booking}/join"));
        node.given::<Plans>().add_roster(&Advisers);
    },
    sealed: &[Texts::of("referrals", "reason"), Texts::of("rota", "reason").by(&["on_date"])],
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(routes::list_consultation_sessions)
        .service(rota::list_advisers)
        .service(rota::create_adviser)
        .service(rota::get_adviser)
        .service(rota::get_rota)
        .service(rota::set_rota)
        .service(routes::record_consultation_outcome)
        .service(routes::join_consultation)
        .service(referrals::create_referral)
        .service(referrals::get_referral)
        .service(referrals::accept_referral)
        .service(referrals::decline_referral)
        .service(referrals::list_referrals);
}
