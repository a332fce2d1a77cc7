//! Telling other agencies (跨機關通報): one form a case with the person's consent, one delivery an agency, written
//! in the case's own transaction and sent by workers; three channels, answers, a ledger of both sides.

mod batches;
mod channels;
mod corrections;
mod deliveries;
mod ledger;
pub mod model;
mod notices;
mod partners;
mod policy;
mod receipts;
mod reconciliations;
mod settings;
mod store;
mod view;
mod worker;

use crate::clock::Moment;
use crate::db::Texts;
use crate::db::{Conn, Mode, Tx};
use crate::domain::{Domain, Operations, Timer, Turn, schema};
use crate::error::Result;
use crate::node::Node;
use crate::settings::Settings;
pub use ledger::LedgerStatus;
pub use model::{DeliveryAct, DeliveryStatus};
pub use settings::ExchangeSettings;
use worker::Workers;
pub use worker::turn;

/// The domain.
pub static DOMAIN: Domain = Domain {
    policy: policy::LINES,
    acts: &[model::DeliveryAct::TABLE],
    settings: Some(ExchangeSettings::TABLE),
    routes,
    schemas: &[schema::<LedgerStatus>],
    timers: &[
        // Alone: a batch is all that its period holds, and numbered after those before it.
        Timer { name: "exchange", seconds: 5, turn: Turn::Sweep { due: anything_due, sweep, mode: Mode::Alone } },
        Timer { name: "deliveries", seconds: 1, turn: Turn::Work(worker::send) },
    ],
    follow_case: corrections::follow_case,
    parts: |node| node.give(Workers::default()),
    sealed: &[Texts::of("agency_deliveries", "reason")],
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(channels::approve_agency)
        .service(channels::reject_agency)
        .service(channels::update_agency)
        .service(receipts::look_up_receipt)
        .service(notices::create_agency_notice)
        .service(notices::list_agency_notices)
        .service(notices::withdraw_consent)
        .service(notices::get_agency_notice)
        .service(deliveries::list_agency_deliveries)
        .service(deliveries::resend_delivery)
        .service(deliveries::get_agency_delivery)
        .service(partners::list_agency_queue)
        .service(partners::acknowledge_delivery)
        .service(partners::update_delivery)
        .service(partners::reject_delivery)
        .service(batches::list_agency_batches)
        .service(batches::get_agency_batch)
        .service(ledger::list_notice_ledger)
        .service(reconciliations::create_reconciliation)
        .service(reconciliations::list_reconciliations)
        .service(reconciliations::get_reconciliation);
}

/// Whether the timer has anything to do here.
fn anything_due(conn: &mut Conn, _: &Node, now: Moment) -> Result<bool> {
    Ok(worker::any_void(conn, now)? || batches::any_due(conn, now)?)
}

/// One turn of the timer: void deliveries end, batches are closed.
fn sweep(tx: &mut Tx, _: &Node, now: Moment) -> Result<()> {
    worker::drop_void(tx, now)?;
    batches::close_due(tx, now)
}
