//! Certificates: transcripts, household and seal certificates and the like; who may have one, what it costs, its
//! serial, and the code by which anyone can tell that it is genuine.

mod acting;
mod application;
mod calls;
mod consent;
mod contact;
mod entitled;
mod model;
mod outdated;
mod parted;
mod policy;
mod protected;
mod reach;
mod resting;
mod returns;
mod routes;
mod store;
mod struck;
mod view;

use crate::auth::Mandates;
use crate::db::Texts;
use crate::domain::{Domain, Operations};
pub use model::CertificateAct;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Certificates",
        "Transcripts, household and seal certificates: application, issue, serial, proof that one is genuine.",
    )),
    policy: policy::LINES,
    acts: &[model::CertificateAct::TABLE],
    seed: store::seal_what_was_said,
    follow_case: resting::follow_case,
    follow_part: store::follow_part,
    follow_join: parted::follow_join,
    follow_strike: struck::follow_strike,
    calls: calls::of_day,
    involved: calls::involved,
    unseen: reach::unseen,
    deals_with: store::deals_with,
    parts: |node| node.part_mut::<Mandates>().add(reach::ended),
    routes,
    sealed: &[Texts::of("certificates", "reason")],
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(routes::verify_certificate)
        .service(routes::create_certificate)
        .service(routes::list_certificates)
        .service(routes::issue_certificate)
        .service(returns::refuse_certificate)
        .service(returns::withdraw_certificate)
        .service(returns::reopen_certificate)
        .service(routes::void_certificate)
        .service(routes::reinstate_certificate)
        .service(contact::change_certificate_contact)
        .service(contact::reveal_certificate_contact)
        .service(routes::get_certificate);
}
