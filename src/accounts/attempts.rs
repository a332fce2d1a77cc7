//! Guesses at a password: each takes its place before the password is looked at, so that many at once get no more
//! than one after another. The lock is by user name, whether the name exists or not.

use std::time::{Duration as StdDuration, Instant};

use chrono::Duration;
use diesel::prelude::*;

use super::AccountSettings;
use super::store::id_of;
use crate::auth::May;
use crate::auth::policy::Action;
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::each;
use crate::error::{Allowance, Code, Error, Problem, Result};
use crate::node::Node;
use crate::schema::login_failures as failures;

/// How long a guess waits while all places are taken by guesses whose outcome is open, and between two looks.
const PATIENCE: StdDuration = StdDuration::from_secs(5);
const PAUSE: StdDuration = StdDuration::from_millis(100);

/// A guess that has its place, and whose outcome is still open.
pub struct Attempt {
    subject: String,
    rule: Rule,
    /// The account of that name, where there is one: the audit log tells it and never what was typed, which may be a password.
    account: Option<Id>,
}

#[derive(Clone, Copy)]
struct Rule {
    allowed: i32,
    lock: Duration,
}

impl Attempt {
    /// Takes a place among the guesses that are left, once one is free; 429 when the name is locked.
    pub async fn reserve<A: Action>(may: &May<A>, node: &Node, username: &str) -> Result<Self> {
        let named = username.to_owned();
        let account = may.read(move |conn, _| id_of(conn, &named)).await?;
        if let Some(account) = account {
            may.note_named(account);
        }
        let subject = node.vault.blind_index("login", username);
        let rule = Rule::of(node.config.of());
        let give_up = Instant::now() + PATIENCE;
        loop {
            let key = subject.clone();
            if may.write_beside(move |tx, by| reserve(tx, &key, rule, by.now)).await? {
                return Ok(Self { subject, rule, account });
            }
            if Instant::now() >= give_up {
                return Err(rule.locked(1));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Forgets all guesses after the right one; locks the name after the last wrong one.
    pub async fn close<A: Action>(self, may: &May<A>, right: bool) -> Result<()> {
        may.write_beside(move |tx, by| if right { clear(tx, &self.subject) } else { self.fail(tx, by.now) }).await
    }

    /// What the audit log tells of it.
    fn told(&self, action: &'static str) -> Record {
        let subject = self.account.map_or_else(|| "login".to_owned(), |account| format!("users/{account}"));
        Record::read(action, subject, "")
    }

    /// Tells of a wrong guess at an account's password, and locks the name after the last one.
    pub fn fail(&self, tx: &mut Tx, now: Moment) -> Result<()> {
        // Of invented names there is no end; of an account the lock bounds the lines.
        if self.account.is_some() {
            tx.record(self.told("login.failed"));
        }
        let spent = failures::table
            .find(&self.subject)
            .filter(failures::failures.ge(self.rule.allowed))
            .filter(failures::locked_until.is_null());
        if diesel::update(spent).set(failures::locked_until.eq(Some(now + self.rule.lock))).execute(&mut **tx)? == 1 {
            tx.record(self.told("login.locked"));
        }
        Ok(())
    }
}

impl Rule {
    fn of(settings: &AccountSettings) -> Self {
        Self { allowed: settings.login_failures, lock: Duration::minutes(settings.login_lock_minutes) }
    }

    /// The refusal of a guess for so many seconds.
    fn locked(self, seconds: u64) -> Error {
        Problem { limit: Some(self.spent(seconds)), ..Problem::new(Code::LOGIN_LOCKED).retry_after(seconds) }.into()
    }

    /// The allowance of guesses, of which none is left for so many seconds.
    fn spent(self, reset: u64) -> Allowance {
        let (quota, window) = (u32::try_from(self.allowed), u64::try_from(self.lock.num_seconds()));
        Allowance { policy: "login-failures", quota: quota.unwrap_or(0), window: window.unwrap_or(0), remaining: 0, reset }
    }
}

/// Whether a place was free: without a lock all are taken by guesses that are being looked at this moment.
fn reserve(tx: &mut Tx, subject: &str, rule: Rule, now: Moment) -> Result<bool> {
    let row = (failures::subject.eq(subject), failures::failures.eq(0), failures::first_at.eq(now));
    let conn: &mut Conn = tx;
    // Where there is a row already, this takes its lock: nobody forgets it before this guess has its place or its refusal.
    let mine = failures::subject.eq(subject);
    each!(conn, c => {
        diesel::insert_into(failures::table).values(row).on_conflict(failures::subject).do_update().set(mine).execute(c)
    })?;
    let unlocked = failures::locked_until.is_null();
    // A lock that ends later than any lock begun now was made by a clock that ran ahead.
    let astray = failures::locked_until.gt(now + rule.lock);
    let over = failures::locked_until.le(now).or(astray).or(unlocked.and(failures::first_at.lt(now - rule.lock)));
    diesel::update(failures::table.find(subject).filter(over))
        .set((failures::failures.eq(0), failures::first_at.eq(now), failures::locked_until.eq(None::<Moment>)))
        .execute(&mut **tx)?;
    let left = failures::table.find(subject).filter(failures::failures.lt(rule.allowed)).filter(unlocked);
    if diesel::update(left).set(failures::failures.eq(failures::failures + 1)).execute(&mut **tx)? == 1 {
        return Ok(true);
    }
    let until: Option<Moment> = failures::table.find(subject).select(failures::locked_until).first(&mut **tx)?;
    until.map_or(Ok(false), |until| Err(rule.locked(u64::try_from((until - now).num_seconds()).unwrap_or(0) + 1)))
}

fn clear(tx: &mut Tx, subject: &str) -> Result<()> {
    diesel::delete(failures::table.find(subject)).execute(&mut **tx)?;
    Ok(())
}

/// Whether a guess counts no longer: its lock has ended, or its window has passed without one.
#[diesel::dsl::auto_type]
fn is_over(now: Moment, begun_before: Moment) -> _ {
    let unlocked = failures::locked_until.is_null().and(failures::first_at.lt(begun_before));
    failures::locked_until.le(now).or(unlocked.nullable())
}

/// Whether any guess counts no longer: anybody makes rows by inventing names.
pub fn any_over(conn: &mut Conn, node: &Node, now: Moment) -> Result<bool> {
    let over = failures::table.filter(is_over(now, now - Rule::of(node.config.of()).lock));
    let first: Option<String> = over.select(failures::subject).first(conn).optional()?;
    Ok(first.is_some())
}

/// Guesses forgotten in one turn of the timer.
const TURN: i64 = 1000;

/// Forgets guesses that count no longer.
pub fn forget(tx: &mut Tx, node: &Node, now: Moment) -> Result<()> {
    let over = failures::table.filter(is_over(now, now - Rule::of(node.config.of()).lock));
    let subjects: Vec<String> = over.select(failures::subject).limit(TURN).load(&mut **tx)?;
    // A guess may have taken its place in one of them meanwhile.
    diesel::delete(over.filter(failures::subject.eq_any(subjects))).execute(&mut **tx)?;
    Ok(())
}
