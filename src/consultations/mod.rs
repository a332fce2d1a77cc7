//! Legal consultation by video: sessions, advisers and their rota, conflicts of interest, outcomes, the join
//! link, and referrals to the town office's desk.

mod model;
mod referrals;
mod rota;
mod routes;
mod settings;
mod specialty;
mod store;

use utoipa_actix_web::service_config::ServiceConfig;

pub use model::ConsultationAnswers;
pub use referrals::{any_expired, expire};
pub use settings::ConsultationSettings;
pub use specialty::LegalConsultation;
pub use store::insert_adviser;

/// Registers the domain's operations.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(routes::list_consultation_sessions)
        .service(rota::list_advisers)
        .service(rota::create_adviser)
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
