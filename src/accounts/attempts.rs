//! Guesses at a password: each takes its place before the password is looked at, so that many at once get no more
//! than one after another. The lock is by user name, whether the name exists or not.

use chrono::Duration;
use diesel::prelude::*;

use super::AccountSettings;
use crate::auth::May;
use crate::auth::policy::Action;
use crate::clock::Moment;
use crate::db::{Conn, Record, Tx};
use crate::each;
use crate::error::{Allowance, Code, Problem, Result};
use crate::node::Node;
use crate::schema::login_failures as failures;

/// A guess that has its place, and whose outcome is still open.
pub struct Attempt {
    subject: String,
    rule: Rule,
}

#[derive(Clone, Copy)]
struct Rule {
    allowed: i32,
    lock: Duration,
}

impl Attempt {
    /// Takes a place among the guesses that are left; 429 when there is none.
    pub async fn reserve<A: Action>(may: &May<A>, node: &Node, username: &str) -> Result<Self> {
        let subject = node.vault.blind_index("login", username);
        let rule = Rule::of(node.config.of());
        let key = subject.clone();
        may.note(move |tx, by| reserve(tx, &key, rule, by.now)).await?;
        Ok(Self { subject, rule })
    }

    /// Forgets all guesses after the right one; locks the name after the last wrong one.
    pub async fn settle<A: Action>(self, may: &May<A>, right: bool) -> Result<()> {
        let Self { subject, rule } = self;
        may.note(move |tx, by| if right { clear(tx, &subject) } else { fail(tx, &subject, rule, by.now) }).await
    }
}

impl Rule {
    fn of(settings: &AccountSettings) -> Self {
        Self { allowed: settings.login_failures, lock: Duration::minutes(settings.login_lock_minutes) }
    }

    /// The allowance of guesses, of which none is left for so many seconds.
    fn spent(self, reset: u64) -> Allowance {
        let (quota, window) = (u32::try_from(self.allowed), u64::try_from(self.lock.num_seconds()));
        Allowance { policy: "login-failures", quota: quota.unwrap_or(0), window: window.unwrap_or(0), remaining: 0, reset }
    }
}

fn reserve(tx: &mut Tx, subject: &str, rule: Rule, now: Moment) -> Result<()> {
    let row = (failures::subject.eq(subject), failures::failures.eq(0), failures::first_at.eq(now));
    let conn: &mut Conn = tx;
    each!(conn, c => diesel::insert_into(failures::table).values(row).on_conflict_do_nothing().execute(c))?;
    let unlocked = failures::locked_until.is_null();
    // A lock that ends later than any lock begun now was made by a clock that ran ahead.
    let astray = failures::locked_until.gt(now + rule.lock);
    let over = failures::locked_until.le(now).or(astray).or(unlocked.and(failures::first_at.lt(now - rule.lock)));
    diesel::update(failures::table.find(subject).filter(over))
        .set((failures::failures.eq(0), failures::first_at.eq(now), failures::locked_until.eq(None::<Moment>)))
        .execute(&mut **tx)?;
    let left = failures::table.find(subject).filter(failures::failures.lt(rule.allowed)).filter(unlocked);
    if diesel::update(left).set(failures::failures.eq(failures::failures + 1)).execute(&mut **tx)? == 1 {
        return Ok(());
    }
    let until: Option<Moment> = failures::table.find(subject).select(failures::locked_until).first(&mut **tx)?;
    // Without a lock all places are taken by guesses that are being looked at this moment.
    let seconds = until.map_or(0, |until| u64::try_from((until - now).num_seconds()).unwrap_or(0)) + 1;
    Err(Problem { limit: Some(rule.spent(seconds)), ..Problem::new(Code::LOGIN_LOCKED).retry_after(seconds) }.into())
}

fn fail(tx: &mut Tx, subject: &str, rule: Rule, now: Moment) -> Result<()> {
    let spent =
        failures::table.find(subject).filter(failures::failures.ge(rule.allowed)).filter(failures::locked_until.is_null());
    if diesel::update(spent).set(failures::locked_until.eq(Some(now + rule.lock))).execute(&mut **tx)? == 1 {
        tx.record(Record::read("login.locked", "login".to_owned(), ""));
    }
    Ok(())
}

fn clear(tx: &mut Tx, subject: &str) -> Result<()> {
    diesel::delete(failures::table.find(subject)).execute(&mut **tx)?;
    Ok(())
}
