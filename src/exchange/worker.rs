//! Sends what is due over webhooks. Deliveries are leased, so that nodes share the work and what a dead node held
//! is taken up again; one lane an agency, so that a dead agency starves nobody and order is kept.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use serde_json::json;

use super::model::{DeliveryAct, DeliveryStatus, Payload, next_attempt};
use super::store::{self, Delivery};
use crate::agencies;
use crate::agencies::model::DeliveryChannel;
use crate::auth::vault::random_secret;
use crate::calendar::Moment;
use crate::db::{Backend, Conn, Id, Origin, Tx};
use crate::error::Result;
use crate::http::Failure;
use crate::schema::agency_deliveries;
use crate::state::State;

/// Agencies whose lane is being worked by this node.
#[derive(Clone, Default)]
pub struct Workers(Arc<Mutex<HashSet<String>>>);

/// Deliveries leased at a time.
const LANE: i64 = 5;

/// What can be sent: due, held by no node, and nothing older for the same agency and person still on its way.
fn due_now(now: Moment) -> agency_deliveries::BoxedQuery<'static, Backend> {
    let elders = diesel::alias!(agency_deliveries as elders);
    let elder = elders
        .filter(elders.field(agency_deliveries::agency_code).eq(agency_deliveries::agency_code))
        .filter(elders.field(agency_deliveries::person_id).eq(agency_deliveries::person_id))
        .filter(elders.field(agency_deliveries::id).lt(agency_deliveries::id))
        .filter(elders.field(agency_deliveries::status).eq(DeliveryStatus::Queued))
        .select(elders.field(agency_deliveries::id));
    agency_deliveries::table
        .filter(agency_deliveries::status.eq(DeliveryStatus::Queued))
        .filter(agency_deliveries::next_at.le(now))
        .filter(agency_deliveries::channel.eq(DeliveryChannel::Webhook))
        .filter(agency_deliveries::leased_until.is_null().or(agency_deliveries::leased_until.le(now)))
        .filter(not(exists(elder)))
        .into_boxed()
}

/// Agencies with something due.
fn lanes(conn: &mut Conn, now: Moment) -> Result<Vec<String>> {
    Ok(due_now(now).select(agency_deliveries::agency_code).distinct().load(conn)?)
}

/// Starts a lane for every agency with something due that has none; the lanes run on by themselves.
pub async fn turn(state: &Arc<State>, workers: &Workers) -> Result<Vec<tokio::task::JoinHandle<()>>> {
    let now = state.clock.now();
    let mut started = Vec::new();
    for agency in state.db.read(move |conn| lanes(conn, now)).await? {
        let free = workers.0.lock().unwrap_or_else(PoisonError::into_inner).insert(agency.clone());
        if free {
            let (state, workers) = (Arc::clone(state), workers.clone());
            started.push(actix_web::rt::spawn(async move {
                if let Err(error) = lane(&state, &agency).await {
                    tracing::warn!(%error, agency, "a lane stopped; the next turn starts it again");
                }
                workers.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&agency);
            }));
        }
    }
    Ok(started)
}

/// What a worker holds for one call.
struct Leased {
    delivery: Delivery,
    payload: Payload,
    url: String,
    secret: Option<String>,
}

/// Sends an agency's due deliveries one after another until none is left.
async fn lane(state: &Arc<State>, agency: &str) -> Result<()> {
    loop {
        let lease = random_secret(12);
        let (shared, code) = (Arc::clone(state), agency.to_owned());
        let now = state.clock.now();
        let origin = Origin::system("deliver", now);
        let leased = state.db.write(origin, move |tx| take(tx, &shared, &code, &lease, now)).await?;
        if leased.is_empty() {
            return Ok(());
        }
        for one in leased {
            let (shared, id) = (Arc::clone(state), one.delivery.id);
            let token = one.delivery.lease.clone();
            let sent = tokio::task::spawn_blocking(move || send(&shared, &one)).await;
            let sent = sent.unwrap_or(Err(Failure::Connection));
            let now = state.clock.now();
            let chance =
                f64::from(u32::from_le_bytes(id.as_str().as_bytes()[32..36].try_into().unwrap_or([0; 4])) % 1000) / 1000.0;
            let origin = Origin::system("deliver", now);
            let retries = state.config.delivery_retry_seconds.clone();
            let next_at = move |failed| next_attempt(&retries, failed, now, chance);
            state.db.write(origin, move |tx| settle(tx, id, token.as_deref(), sent, &next_at, now)).await?;
        }
    }
}

/// Leases the next deliveries of an agency.
fn take(tx: &mut Tx, state: &State, code: &str, lease: &str, now: Moment) -> Result<Vec<Leased>> {
    let (agency, _) = agencies::store::find(tx, code)?;
    let Some(url) = agency.webhook_url else { return Ok(Vec::new()) };
    let secret = agencies::store::secret(tx, &state.vault, code)?;
    let rows = due_now(now).filter(agency_deliveries::agency_code.eq(code.to_owned())).order(agency_deliveries::id).limit(LANE);
    let rows = rows.select(Delivery::as_select()).load(&mut **tx)?;
    let until = now + Duration::seconds(state.config.lease_seconds);
    let mut leased = Vec::new();
    for mut delivery in rows {
        let free = agency_deliveries::leased_until.is_null().or(agency_deliveries::leased_until.le(now));
        let row =
            agency_deliveries::table.find(delivery.id).filter(agency_deliveries::status.eq(DeliveryStatus::Queued)).filter(free);
        let change = (
            agency_deliveries::lease.eq(Some(lease)),
            agency_deliveries::leased_until.eq(Some(until)),
            agency_deliveries::attempts.eq(agency_deliveries::attempts + 1),
            agency_deliveries::version.eq(agency_deliveries::version + 1),
        );
        if diesel::update(row).set(change).execute(&mut **tx)? == 1 {
            delivery.lease = Some(lease.to_owned());
            let payload = delivery.open(&state.vault)?;
            leased.push(Leased { delivery, payload, url: url.clone(), secret: secret.clone() });
        }
    }
    Ok(leased)
}

/// One call, signed as Standard Webhooks has it; repeats carry the same id.
fn send(state: &State, one: &Leased) -> Result<u16, Failure> {
    let id = one.delivery.id.to_string();
    let now = state.clock.now();
    let timestamp = now.timestamp().to_string();
    let body = json!({
        "type": "registration.changed", "timestamp": now,
        "data": {"delivery_id": one.delivery.id, "due_on": one.delivery.due_on, "trigger": one.payload.trigger,
            "event_on": one.payload.event_on, "fields": one.payload.fields}
    })
    .to_string();
    let signature = one.secret.as_deref().map(|secret| sign(secret, &id, &timestamp, &body)).unwrap_or_default();
    let mut headers =
        vec![("content-type", "application/json"), ("webhook-id", id.as_str()), ("webhook-timestamp", timestamp.as_str())];
    if !signature.is_empty() {
        headers.push(("webhook-signature", signature.as_str()));
    }
    state.outbound.post(&one.url, &headers, &body)
}

/// `v1,` and the HMAC-SHA256 of `id.timestamp.body` under the secret's bytes.
fn sign(secret: &str, id: &str, timestamp: &str, body: &str) -> String {
    let key = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap_or_default();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let tag = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag))
}

/// Writes down how a call ended, unless the lease was lost meanwhile: then the next holder sends the same id again.
fn settle(
    tx: &mut Tx,
    id: Id,
    lease: Option<&str>,
    sent: Result<u16, Failure>,
    next_at: &impl Fn(i32) -> Option<Moment>,
    now: Moment,
) -> Result<()> {
    let found = agency_deliveries::table.find(id).select(Delivery::as_select()).first(&mut **tx)?;
    let mut delivery: Delivery = found;
    if delivery.lease.as_deref() != lease || delivery.status != DeliveryStatus::Queued {
        return Ok(());
    }
    let (outcome, status) = match sent {
        Ok(status) => ("answered", Some(status)),
        Err(failure) => (failure.as_str(), None),
    };
    store::note_attempt(tx, &delivery, outcome, status, now)?;
    (delivery.lease, delivery.leased_until) = (None, None);
    if status.is_some_and(|status| (200..300).contains(&status)) {
        delivery.status = DeliveryAct::Acknowledge.apply(DeliveryAct::Send.apply(delivery.status)?)?;
        (delivery.sent_at, delivery.acknowledged_at) = (Some(now), Some(now));
        return store::save(tx, &mut delivery, DeliveryAct::Acknowledge);
    }
    match next_at(delivery.attempts) {
        Some(next_at) => {
            delivery.next_at = next_at;
            store::save(tx, &mut delivery, DeliveryAct::Send)
        }
        None => {
            delivery.status = DeliveryAct::GiveUp.apply(delivery.status)?;
            store::save(tx, &mut delivery, DeliveryAct::GiveUp)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_standard() {
        // The example of the Standard Webhooks specification's libraries.
        let body = "{\"test\": 2432232314}";
        let signature = sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
