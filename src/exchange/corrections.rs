//! Telling right: what becomes of a case's deliveries once the case is corrected, revoked or reinstated.

use diesel::prelude::*;

use super::model::{self, DeliveryAct, DeliveryKind, DeliveryStatus, Payload, Told};
use super::notices::queue;
use super::store::{self, Delivery, Notice};
use crate::agencies;
use crate::agencies::model::Agency;
use crate::auth::By;
use crate::cases;
use crate::cases::case::Case;
use crate::cases::fields::CaseFields;
use crate::cases::states::CaseStatus;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::node::Node;
use crate::people;
use crate::schema::{agency_deliveries, agency_notices};

/// What is right by now.
struct Right<'a> {
    case: &'a Case,
    kind: DeliveryKind,
    facts: Told,
}

/// Lets what has not gone out tell what is right, and tells whom another value has reached.
pub fn follow_case(tx: &mut Tx, node: &Node, by: &By, case: Id) -> Result<()> {
    let notices = store::notices_of(tx, case)?;
    if notices.is_empty() {
        return Ok(());
    }
    let case = cases::store::find(tx, node, by, case)?;
    let case_type = cases::own_type(node, tx, &case)?;
    let (name, number) = people::store::open(tx, &node.vault, case.person_id)?;
    let fields = CaseFields::kept(case_type.rules.form, &cases::store::open_fields(&node.vault, &case)?)?;
    let facts = model::facts(&fields, &name, &number);
    let right = if case.status == CaseStatus::Revoked {
        Right { case: &case, kind: DeliveryKind::Revocation, facts: model::taken_back(facts) }
    } else {
        Right { case: &case, kind: DeliveryKind::Correction, facts }
    };
    for notice in &notices {
        let deliveries = store::deliveries(tx, notice.id)?;
        let last = |one: &&Delivery| deliveries.iter().all(|other| other.corrects != Some(one.id));
        for delivery in deliveries.iter().filter(last) {
            let (agency, _) = agencies::store::find(tx, &delivery.agency_code)?;
            tell(tx, node, by, &right, notice, delivery.clone(), &agency)?;
        }
    }
    Ok(())
}

fn tell(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    right: &Right<'_>,
    notice: &Notice,
    mut delivery: Delivery,
    agency: &Agency,
) -> Result<()> {
    let payload = Payload::of(notice.trigger_code, right.case.event_on, &right.facts, agency);
    // Whoever was told that a change was taken back hears that it stands, whatever it says.
    let stands = right.kind == DeliveryKind::Correction;
    let agrees = stands && delivery.kind != DeliveryKind::Revocation && !payload.contradicts(&delivery.open(&node.vault)?);
    if delivery.status == DeliveryStatus::Withdrawn {
        // Where the consent stands, it was the revocation that stopped it.
        let goes_on = stands && notice.withdrawn_at.is_none() && !is_overtaken(tx, right.case, notice, &delivery)?;
        return if goes_on { go_on(tx, node, by, delivery, (agency, &payload)) } else { Ok(()) };
    }
    if agrees {
        return Ok(());
    }
    if !delivery.may_have_arrived() {
        // A change that nobody has heard of and that was taken back is void by itself.
        if delivery.kind == DeliveryKind::Change && right.kind == DeliveryKind::Revocation {
            return Ok(());
        }
        if delivery.kind != DeliveryKind::Change {
            delivery.kind = right.kind;
        }
        delivery.payload = Delivery::seal(&node.vault, delivery.id, &payload)?;
        return store::save(tx, &mut delivery, DeliveryAct::Amend);
    }
    if is_overtaken(tx, right.case, notice, &delivery)? {
        return Ok(());
    }
    // What is being called right now is ended by whoever calls.
    if let Some(status) = DeliveryAct::Withdraw.after(delivery.status).filter(|_| delivery.is_free(by.now)) {
        delivery.status = status;
        store::save(tx, &mut delivery, DeliveryAct::Withdraw)?;
    }
    let today = by.now.date();
    let way = (agency.channel, agency.due_on(today, today));
    queue(tx, node, by, notice, &delivery.agency_code, way, &payload, (right.kind, Some(delivery.id)))
}

/// Lets a delivery go out that was withdrawn with its case, which stands again: after all that was queued since.
fn go_on(tx: &mut Tx, node: &Node, by: &By, mut delivery: Delivery, (agency, payload): (&Agency, &Payload)) -> Result<()> {
    let today = by.now.date();
    delivery.status = DeliveryAct::GoOn.apply(delivery.status)?;
    delivery.payload = Delivery::seal(&node.vault, delivery.id, payload)?;
    (delivery.channel, delivery.due_on) = (agency.channel, agency.due_on(today, today));
    (delivery.next_at, delivery.attempts, delivery.place) = (by.now, 0, tx.next_place()?);
    store::save(tx, &mut delivery, DeliveryAct::GoOn)
}

/// Whether another case has told the agency something newer of the same person and kind, or is about to.
fn is_overtaken(conn: &mut Conn, case: &Case, notice: &Notice, delivery: &Delivery) -> Result<bool> {
    let newer: i64 = agency_deliveries::table
        .inner_join(agency_notices::table.on(agency_notices::id.eq(agency_deliveries::notice_id)))
        .filter(agency_deliveries::agency_code.eq(&delivery.agency_code))
        .filter(agency_deliveries::person_id.eq(delivery.person_id))
        .filter(agency_deliveries::place.gt(delivery.place))
        .filter(agency_deliveries::status.ne(DeliveryStatus::Withdrawn))
        .filter(agency_notices::trigger_code.eq(notice.trigger_code))
        .filter(agency_notices::case_id.ne(case.id))
        .count()
        .get_result(conn)?;
    Ok(newer > 0)
}
