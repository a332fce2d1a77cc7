//! Hands what is due to the relay: a node claims one mail at a time, so that nodes share the work and what a dead one held is taken
//! up again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Duration;
use diesel::prelude::*;
use futures_util::future::LocalBoxFuture;
use serde_json::json;

use super::matters::{MailNews, Matters};
use super::message::{self, Ready};
use super::model::{MailAct, MailOutcome, MailStatus, MailStop, pause};
use super::relay::{self, Connection, Ended};
use super::settings::{MailSettings, Relay};
use super::store::{self, Outgoing};
use crate::clock::Moment;
use crate::db::{Id, Mode, Origin, Tx};
use crate::error::{Error, Result};
use crate::node::Node;
use crate::schema::mails;
use crate::secrets::vault::random_secret;

/// Whether this node is handing mail over.
#[derive(Default)]
pub struct Sender(Arc<AtomicBool>);

/// That it is, for as long as this lives.
struct Sending(Arc<AtomicBool>);

impl Sender {
    /// None, where it is already.
    fn begin(&self) -> Option<Sending> {
        let before = self.0.swap(true, Ordering::AcqRel);
        (!before).then(|| Sending(Arc::clone(&self.0)))
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Notes how the outbox stands, and sends what is due; the sending runs on by itself.
pub fn send(node: Arc<Node>) -> LocalBoxFuture<'static, Result<()>> {
    Box::pin(async move { turn(&node).await.map(drop) })
}

/// As [`send`]; gives the sending, where it has begun.
pub async fn turn(node: &Arc<Node>) -> Result<Option<tokio::task::JoinHandle<()>>> {
    let now = node.clock.now();
    let standing = node.db.read(move |conn| store::standing(conn, now)).await?;
    node.metrics.note_mail(standing.waiting, standing.oldest.map(|oldest| now - oldest), standing.failed);
    let Some(relay) = node.config.of::<MailSettings>().relay().filter(|_| standing.any_due) else { return Ok(None) };
    let Some(sending) = node.part::<Sender>().begin() else { return Ok(None) };
    let node = Arc::clone(node);
    Ok(Some(actix_web::rt::spawn(async move {
        if let Err(error) = send_all(&node, &relay).await {
            tracing::warn!(%error, "sending mail stopped; the next turn goes on");
        }
        drop(sending);
    })))
}

/// A mail that this node holds.
struct Claimed {
    id: Id,
    lease: String,
    /// None, where no mail can be written to its address.
    ready: Option<Ready>,
}

/// Sends what is due, one after another, until nothing is left or the relay is out of reach.
async fn send_all(node: &Arc<Node>, relay: &Relay) -> Result<()> {
    let mut connection: Option<Connection> = None;
    loop {
        let (now, shared, own) = (node.clock.now(), Arc::clone(node), relay.clone());
        let claim = move |tx: &mut Tx| take(tx, &shared, &own, now);
        let Some(Claimed { id, lease, ready }) = node.db.write(Origin::system("mail", now), Mode::Shared, claim).await? else {
            break;
        };
        let ended = match ready {
            None => Ended::without_answer(MailOutcome::Unaddressable),
            Some(ready) => {
                let (own, before) = (relay.clone(), connection.take());
                let handed = tokio::task::spawn_blocking(move || relay::hand_over(&own, before, &ready)).await;
                let (ended, next) = handed.unwrap_or((Ended::without_answer(MailOutcome::NoConnection), None));
                connection = next;
                ended
            }
        };
        let (now, shared) = (node.clock.now(), Arc::clone(node));
        let mark = move |tx: &mut Tx| write_down(tx, &shared, (id, &lease), ended, now);
        node.db.write(Origin::system("mail", now), Mode::Shared, mark).await?;
        if !ended.outcome.is_final() && ended.outcome != MailOutcome::Deferred {
            tracing::warn!(outcome = %ended.outcome, code = ended.code, "the mail relay cannot be used; the next turn tries again");
            break;
        }
    }
    if let Some(connection) = connection {
        let _ = tokio::task::spawn_blocking(move || connection.close()).await;
    }
    Ok(())
}

/// Mails looked at for one that can go.
const LOOK: i64 = 20;

/// Answers that a relay gives to one mail, from the greeting to the end of the text: a claim outlasts them.
const ANSWERS: i64 = 20;

/// Claims the next mail. Those to an address that has had its share of the hour wait until it has room again.
fn take(tx: &mut Tx, node: &Node, relay: &Relay, now: Moment) -> Result<Option<Claimed>> {
    let first = store::due(now).order((mails::next_at, mails::id)).limit(LOOK);
    let first: Vec<Outgoing> = first.select(Outgoing::as_select()).load(&mut **tx)?;
    tx.own(first.iter().map(|mail| store::set_of(&mail.address_index)))?;
    let most = usize::try_from(node.config.of::<MailSettings>().hourly_limit).unwrap_or(usize::MAX);
    for mail in first {
        let (sent, held) = store::within_the_hour(tx, &mail, now)?;
        if sent.len().saturating_add(held) >= most {
            let room = sent.len().checked_sub(most).and_then(|passed| sent.get(passed));
            let until = room.map_or(now + Duration::minutes(1), |sent| *sent + Duration::hours(1));
            store::put_off(tx, mail.id, until)?;
            continue;
        }
        if !is_still_so(tx, node, &mail, now)? {
            continue;
        }
        let (lease, until) = (random_secret(12), now + Duration::seconds(ANSWERS * i64::from(relay.timeout_seconds)));
        if !store::claim(tx, mail.id, &lease, (now, until))? {
            continue;
        }
        let letter = mail.open(&node.vault)?.ok_or_else(|| Error::Internal("a mail that waits has no text".to_owned()))?;
        let ready = message::write(relay, &mail, &mail.to(&node.vault)?, &letter);
        return Ok(Some(Claimed { id: mail.id, lease, ready }));
    }
    Ok(None)
}

/// Whether a mail that is due is to go, as its record stands once nobody else acts upon it: what is no longer so is stopped, whatever left it
/// waiting.
fn is_still_so(tx: &mut Tx, node: &Node, due: &Outgoing, now: Moment) -> Result<bool> {
    let matters = node.part::<Matters>();
    matters.take(tx, &due.about)?;
    let waits = |mail: &Outgoing| mail.status == MailStatus::Waiting && mail.stop.is_none();
    let Some(mut mail) = store::by_id(tx, due.id)?.filter(waits) else { return Ok(false) };
    if matters.stands(tx, node, (&mail.about, mail.id))? {
        return Ok(true);
    }
    (mail.status, mail.stop) = (MailAct::Stop.apply(mail.status)?, Some(MailStop::Outdated));
    (mail.lease, mail.leased_until) = (None, None);
    store::save(tx, &mut mail)?;
    tell(tx, node, &mail, MailAct::Stop, "")?;
    follow(tx, node, &mail, now)?;
    Ok(false)
}

/// Writes down how a try ended, unless the claim was lost meanwhile: then the next holder hands it over once more. What was stopped while
/// it was on its way is tried no more.
fn write_down(tx: &mut Tx, node: &Node, (id, lease): (Id, &str), ended: Ended, now: Moment) -> Result<()> {
    let Some(about) = store::about(tx, id)? else { return Ok(()) };
    node.part::<Matters>().take(tx, &about)?;
    let Some(mut mail) = store::by_id(tx, id)?.filter(|mail| mail.lease.as_deref() == Some(lease)) else { return Ok(()) };
    mail.attempts += 1;
    (mail.lease, mail.leased_until) = (None, None);
    (mail.last_outcome, mail.reply_code) = (Some(ended.outcome), ended.code);
    let given_up = now - mail.asked_at >= Duration::days(node.config.of::<MailSettings>().give_up_days);
    let act = match ended.outcome {
        MailOutcome::Accepted => Some(MailAct::Send),
        _ if mail.stop.is_some() => Some(MailAct::Stop),
        outcome if outcome.is_final() || given_up => Some(MailAct::GiveUp),
        _ => None,
    };
    let Some(act) = act else {
        mail.next_at = now + pause(mail.attempts);
        return store::save(tx, &mut mail);
    };
    mail.status = act.apply(mail.status)?;
    mail.sent_at = (act == MailAct::Send).then_some(now);
    store::save(tx, &mut mail)?;
    tell(tx, node, &mail, act, "")?;
    follow(tx, node, &mail, now)
}

/// Lets what was stopped on its way be stopped for good, where whoever held it has not come back.
pub fn stop_abandoned(tx: &mut Tx, node: &Node, now: Moment) -> Result<()> {
    for id in store::all_abandoned(tx, now)? {
        let Some(about) = store::about(tx, id)? else { continue };
        node.part::<Matters>().take(tx, &about)?;
        let held = |mail: &Outgoing| mail.status == MailStatus::Waiting && mail.stop.is_some() && !mail.is_on_its_way(now);
        let Some(mut mail) = store::by_id(tx, id)?.filter(held) else { continue };
        mail.status = MailAct::Stop.apply(mail.status)?;
        (mail.lease, mail.leased_until) = (None, None);
        store::save(tx, &mut mail)?;
        tell(tx, node, &mail, MailAct::Stop, "")?;
        follow(tx, node, &mail, now)?;
    }
    Ok(())
}

/// Tells the journal of an act, under the record that the mail is about.
pub fn tell(tx: &mut Tx, node: &Node, mail: &Outgoing, act: MailAct, why: &str) -> Result<()> {
    let event = json!({
        "mail_id": mail.id, "status": mail.status, "outcome": mail.last_outcome, "reply_code": mail.reply_code,
        "bounce_code": mail.bounce_code, "stop": mail.stop,
    });
    let told = node.part::<Matters>().told(tx, act.line().journal, &mail.about, event)?;
    tx.record(told.because(why));
    Ok(())
}

/// Lets the record follow what has become of a mail about it, which is saved.
pub fn follow(tx: &mut Tx, node: &Node, mail: &Outgoing, now: Moment) -> Result<()> {
    let is_refused = matches!(mail.last_outcome, Some(MailOutcome::Refused | MailOutcome::Unaddressable));
    let did_fail = mail.status == MailStatus::Bounced || mail.status == MailStatus::Failed && is_refused;
    let matters = node.part::<Matters>();
    let is_to_record = matters.is_address(tx, node, (&mail.about, &mail.to(&node.vault)?))?;
    let fails_address = is_to_record && did_fail;
    let news = MailNews { mail_id: mail.id, status: mail.status, is_to_record, fails_address, at: now };
    matters.follow(tx, node, &mail.about, &news)
}
