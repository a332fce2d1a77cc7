//! Promotion partners: village heads, who are elected, and neighbourhood heads, who are appointed, through whom the office makes laws and
//! services known. They are no volunteers.

mod acts;
mod contact;
mod model;
mod policy;
mod routes;
mod store;
mod view;
mod withdrawing;

use crate::domain::{Domain, Operations};

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Promotion partners",
        "Village and neighbourhood heads through whom laws and services are made known: terms of office, and how to reach them.",
    )),
    policy: policy::LINES,
    acts: &[model::PromotionPartnerAct::TABLE],
    routes,
    unseen: store::unseen,
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(routes::list_promotion_partners)
        .service(routes::create_promotion_partner)
        .service(routes::update_promotion_partner)
        .service(routes::list_promotion_partner_history)
        .service(acts::end_promotion_partner)
        .service(acts::reinstate_promotion_partner)
        .service(withdrawing::withdraw_promotion_partner)
        .service(withdrawing::restore_promotion_partner)
        .service(contact::change_promotion_partner_contact)
        .service(contact::reveal_promotion_partner_contact)
        .service(routes::get_promotion_partner);
}
