//! Telling other agencies (跨機關通報): one form a case with the person's consent, one delivery an agency, written
//! in the case's own transaction and sent by workers; three channels, answers, a ledger of both sides.

mod batches;
mod ledger;
pub mod model;
mod notices;
mod partners;
mod store;
mod worker;

use utoipa_actix_web::service_config::ServiceConfig;

pub use batches::close_due as close_batches;
pub use ledger::LedgerState;
pub use model::{DeliveryAct, DeliveryStatus};
pub use worker::{Workers, turn};

/// Registers the domain's operations.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(notices::look_up_receipt)
        .service(notices::create_agency_notice)
        .service(notices::list_agency_notices)
        .service(notices::withdraw_consent)
        .service(notices::get_agency_notice)
        .service(notices::resend_delivery)
        .service(partners::list_agency_queue)
        .service(partners::acknowledge_delivery)
        .service(partners::update_delivery)
        .service(partners::reject_delivery)
        .service(batches::list_agency_batches)
        .service(batches::get_agency_batch)
        .service(ledger::list_notice_ledger)
        .service(ledger::create_reconciliation);
}
