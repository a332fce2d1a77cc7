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
use futures_util::future::LocalBoxFuture;
use serde_json::json;
use uuid::Uuid;

use super::ExchangeSettings;
use super::model::{CallOutcome, DeliveryAct, DeliveryStatus, Payload, next_attempt};
use super::store::{self, Delivery};
use crate::agencies;
use crate::agencies::model::DeliveryChannel;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Mode, Origin, Tx};
use crate::error::Result;
use crate::find;
use crate::node::Node;
use crate::schema::agency_deliveries;
use crate::secrets::vault::random_secret;

/// Agencies whose lane is being worked by this node.
#[derive(Clone, Default)]
pub struct Workers(Arc<Mutex<HashSet<String>>>);

/// Deliveries leased at a time: a lease outlasts as many calls.
pub const CALLS_PER_LEASE: i64 = 5;

/// What can be sent: due, of a form that is not void, held by no node, and nothing older for the same agency and person
/// still on its way.
fn due_now(now: Moment) -> agency_deliveries::BoxedQuery<'static, Backend> {
    let elders = diesel::alias!(agency_deliveries as elders);
    let elder = elders
        .filter(elders.field(agency_deliveries::agency_code).eq(agency_deliveries::agency_code))
        .filter(elders.field(agency_deliveries::person_id).eq(agency_deliveries::person_id))
        .filter(elders.field(agency_deliveries::place).lt(agency_deliveries::place))
        .filter(elders.field(agency_deliveries::status).eq(DeliveryStatus::Queued))
        .select(elders.field(agency_deliveries::id));
    agency_deliveries::table
        .filter(agency_deliveries::status.eq(DeliveryStatus::Queued))
        .filter(agency_deliveries::next_at.le(now))
        .filter(agency_deliveries::channel.eq(DeliveryChannel::Webhook))
        .filter(agency_deliveries::leased_until.is_null().or(agency_deliveries::leased_until.le(now)))
        .filter(not(exists(elder)))
        .filter(not(store::void()))
        .into_boxed()
}

/// Agencies with something due.
fn lanes(conn: &mut Conn, now: Moment) -> Result<Vec<String>> {
    Ok(due_now(now).select(agency_deliveries::agency_code).distinct().load(conn)?)
}

/// Sends what is due; the lanes run on by themselves.
pub fn send(node: Arc<Node>) -> LocalBoxFuture<'static, Result<()>> {
    Box::pin(async move { turn(&node).await.map(drop) })
}

/// Starts a lane for every agency with something due that has none; the lanes run on by themselves.
pub async fn turn(node: &Arc<Node>) -> Result<Vec<tokio::task::JoinHandle<()>>> {
    let (now, workers) = (node.clock.now(), node.part::<Workers>());
    let mut started = Vec::new();
    for agency in node.db.read(move |conn| lanes(conn, now)).await? {
        let free = workers.0.lock().unwrap_or_else(PoisonError::into_inner).insert(agency.clone());
        if free {
            let (node, workers) = (Arc::clone(node), workers.clone());
            started.push(actix_web::rt::spawn(async move {
                if let Err(error) = lane(&node, &agency).await {
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
    url: Option<String>,
    /// Newest first; each signs.
    secrets: Vec<String>,
}

/// How a call ended: for the log of attempts, and with which status if there was an answer.
#[derive(Clone, Copy)]
struct Ended {
    outcome: CallOutcome,
    status: Option<u16>,
}

impl Ended {
    fn without_answer(outcome: impl Into<CallOutcome>) -> Self {
        Self { outcome: outcome.into(), status: None }
    }

    fn is_well(self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// A number from 0 to 1, another at every attempt.
fn chance() -> f64 {
    f64::from(Uuid::new_v4().as_fields().0) / f64::from(u32::MAX)
}

/// Sends an agency's due deliveries one after another until none is left.
async fn lane(node: &Arc<Node>, agency: &str) -> Result<()> {
    loop {
        let lease = random_secret(12);
        let (shared, code) = (Arc::clone(node), agency.to_owned());
        let now = node.clock.now();
        let origin = Origin::system("deliver", now);
        let leased = node.db.write(origin, Mode::Shared, move |tx| take(tx, &shared, &code, &lease, now)).await?;
        if leased.is_empty() {
            return Ok(());
        }
        for one in leased {
            let (shared, id) = (Arc::clone(node), one.delivery.id);
            let token = one.delivery.lease.clone();
            let ended = tokio::task::spawn_blocking(move || call(&shared, &one)).await;
            let ended = ended.unwrap_or(Ended::without_answer(CallOutcome::Connection));
            let (now, chance) = (node.clock.now(), chance());
            let origin = Origin::system("deliver", now);
            let retries = node.config.of::<ExchangeSettings>().delivery_retry_seconds.clone();
            let next_at = move |failed| next_attempt(&retries, failed, now, chance);
            node.db.write(origin, Mode::Shared, move |tx| write_down(tx, id, token.as_deref(), ended, &next_at, now)).await?;
        }
    }
}

/// Leases the next deliveries of an agency.
fn take(tx: &mut Tx, node: &Node, code: &str, lease: &str, now: Moment) -> Result<Vec<Leased>> {
    store::own_lane(tx, [code])?;
    let (agency, _) = agencies::store::find(tx, code)?;
    let secrets = agencies::store::secrets(tx, &node.vault, code, now)?;
    let rows = due_now(now)
        .filter(agency_deliveries::agency_code.eq(code.to_owned()))
        .order(agency_deliveries::place)
        .limit(CALLS_PER_LEASE);
    let rows = rows.select(Delivery::as_select()).load(&mut **tx)?;
    let until = now + Duration::seconds(node.config.of::<ExchangeSettings>().lease_seconds);
    let mut leased = Vec::new();
    for mut delivery in rows {
        let free = agency_deliveries::leased_until.is_null().or(agency_deliveries::leased_until.le(now));
        let row =
            agency_deliveries::table.find(delivery.id).filter(agency_deliveries::status.eq(DeliveryStatus::Queued)).filter(free);
        let change = (
            agency_deliveries::lease.eq(Some(lease)),
            agency_deliveries::leased_until.eq(Some(until)),
            agency_deliveries::version.eq(agency_deliveries::version + 1),
        );
        if diesel::update(row).set(change).execute(&mut **tx)? == 1 {
            delivery.lease = Some(lease.to_owned());
            let payload = delivery.open(&node.vault)?;
            leased.push(Leased { delivery, payload, url: agency.webhook_url.clone(), secrets: secrets.clone() });
        }
    }
    Ok(leased)
}

/// One call, signed as Standard Webhooks has it; repeats carry the same id. Without a signature nothing goes out.
fn call(node: &Node, one: &Leased) -> Ended {
    let Some(url) = &one.url else { return Ended::without_answer(CallOutcome::NoAddress) };
    let id = one.delivery.id.to_string();
    let now = node.clock.now();
    let timestamp = now.timestamp().to_string();
    let mut body = json!({
        "type": "registration.changed", "timestamp": now,
        "data": {"delivery_id": one.delivery.id, "kind": one.delivery.kind, "corrects": one.delivery.corrects,
            "due_on": one.delivery.due_on, "trigger": one.payload.trigger,
            "event_on": one.payload.event_on, "fields": one.payload.fields}
    });
    if let Some(identified_by) = &one.payload.identified_by {
        body["data"]["identified_by"] = json!(identified_by);
    }
    let body = body.to_string();
    let signatures: Vec<String> = one.secrets.iter().filter_map(|secret| sign(secret, &id, &timestamp, &body)).collect();
    if signatures.is_empty() {
        return Ended::without_answer(CallOutcome::NoSecret);
    }
    let signatures = signatures.join(" ");
    let headers = [
        ("content-type", "application/json"),
        ("webhook-id", id.as_str()),
        ("webhook-timestamp", timestamp.as_str()),
        ("webhook-signature", signatures.as_str()),
    ];
    match node.outbound.post(url, &headers, &body) {
        Ok(status) => Ended { outcome: CallOutcome::Answered, status: Some(status) },
        Err(failure) => Ended::without_answer(failure),
    }
}

/// `v1,` and the HMAC-SHA256 of `id.timestamp.body` under the secret's bytes; `None` for what is no secret.
fn sign(secret: &str, id: &str, timestamp: &str, body: &str) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok().filter(|key| !key.is_empty())?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let tag = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
    Some(format!("v1,{}", STANDARD.encode(tag)))
}

/// Writes down how a call ended, unless the lease was lost meanwhile: then the next holder sends the same id again.
fn write_down(
    tx: &mut Tx,
    id: Id,
    lease: Option<&str>,
    ended: Ended,
    next_at: &impl Fn(i32) -> Option<Moment>,
    now: Moment,
) -> Result<()> {
    let code: String = agency_deliveries::table.find(id).select(agency_deliveries::agency_code).first(&mut **tx)?;
    store::own_lane(tx, [code])?;
    let found: Option<Delivery> = find!(&mut **tx, agency_deliveries::table.find(id).select(Delivery::as_select()))?;
    let Some(mut delivery) = found else { return Ok(()) };
    if delivery.lease.as_deref() != lease || delivery.status != DeliveryStatus::Queued {
        return Ok(());
    }
    store::note_attempt(tx, &delivery, ended.outcome, ended.status, now)?;
    // Counted here: a call that a dying node took with it costs no retry.
    delivery.attempts += 1;
    delivery.last_outcome = Some(ended.outcome);
    (delivery.lease, delivery.leased_until) = (None, None);
    if ended.is_well() {
        delivery.status = DeliveryAct::Acknowledge.apply(DeliveryAct::Send.apply(delivery.status)?)?;
        delivery.mark_sent(now);
        delivery.acknowledged_at = Some(now);
        return store::save(tx, &mut delivery, DeliveryAct::Acknowledge);
    }
    if store::is_void(tx, delivery.id)? {
        delivery.status = DeliveryAct::Withdraw.apply(delivery.status)?;
        return store::save(tx, &mut delivery, DeliveryAct::Withdraw);
    }
    if delivery.channel != DeliveryChannel::Webhook {
        // The agency has another channel by now, which takes it from here.
        return store::save(tx, &mut delivery, DeliveryAct::Send);
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

fn waiting_in_vain(conn: &mut Conn, now: Moment) -> Result<Vec<Delivery>> {
    Ok(in_vain(now).select(Delivery::as_select()).load(conn)?)
}

/// What waits for a form that is void, and is not being sent right now.
fn in_vain(now: Moment) -> agency_deliveries::BoxedQuery<'static, Backend> {
    let waiting = agency_deliveries::table.filter(agency_deliveries::status.eq(DeliveryStatus::Queued)).filter(store::void());
    waiting.filter(agency_deliveries::leased_until.is_null().or(agency_deliveries::leased_until.le(now))).into_boxed()
}

/// Whether anything waits in vain.
pub fn any_void(conn: &mut Conn, now: Moment) -> Result<bool> {
    let first = in_vain(now).select(agency_deliveries::id).first::<Id>(conn);
    Ok(first.optional()?.is_some())
}

/// Ends what waits and is void by now: its case was revoked, another delivery tells it right, or it was on its way when the consent was
/// withdrawn and has come back, or was lost with its node.
pub fn drop_void(tx: &mut Tx, now: Moment) -> Result<()> {
    for mut delivery in waiting_in_vain(tx, now)? {
        delivery.status = DeliveryAct::Withdraw.apply(delivery.status)?;
        store::save(tx, &mut delivery, DeliveryAct::Withdraw)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_standard() {
        // The example of the Standard Webhooks specification's libraries.
        let body = "{\"test\": 2432232314}";
        let signature = sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body);
        assert_eq!(signature.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        for wrong in ["", "whsec_", "whsec_!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            assert_eq!(sign(wrong, "id", "0", "{}"), None, "{wrong}");
        }
    }

    #[test]
    fn every_attempt_has_a_chance_of_its_own() {
        let drawn: Vec<f64> = (0..50).map(|_| chance()).collect();
        assert!(drawn.iter().all(|chance| (0.0..=1.0).contains(chance)));
        assert!(drawn.windows(2).any(|pair| (pair[0] - pair[1]).abs() > 0.01));
    }
}
