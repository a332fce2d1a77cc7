//! Whom to call about referrals: those to whom the town office's desk is offered.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::referrals::ReferralStatus;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::domain::{Call, CallKind};
use crate::error::Result;
use crate::node::Node;
use crate::office::SERVICE_POINTS;
use crate::people::contacts;
use crate::scheduling::bookings::store::path;
use crate::schema::referrals;

/// Offers that run that day, to whoever has no e-mail address.
pub fn of_day(conn: &mut Conn, node: &Node, _: &By, day: NaiveDate) -> Result<Vec<Call>> {
    let open = referrals::table.filter(referrals::status.eq(ReferralStatus::Offered));
    let open = open.filter(referrals::offer_expires_at.gt(Moment::start_of(day))).order(referrals::id);
    let columns = (referrals::id, referrals::booking_id, referrals::person_id, referrals::offer_expires_at);
    let rows: Vec<(Id, Id, Id, Moment)> = open.select(columns).load(conn)?;
    let reached_by: Vec<String> = rows.iter().map(|(_, booking, ..)| path(*booking)).collect();
    let contacts = contacts::of_all(conn, &node.vault, &reached_by)?;
    let call = |((id, _, person, at), contact): ((Id, Id, Id, Moment), String)| {
        let told = contacts.get(&contact).is_some_and(|contact| contact.email.is_some());
        Call {
            kind: (!told).then_some(CallKind::Offer),
            record: format!("referrals/{id}"),
            contact: Some(contact),
            number: None,
            service_point: SERVICE_POINTS[0].to_owned(),
            person,
            at,
        }
    };
    Ok(rows.into_iter().zip(reached_by).map(call).collect())
}
