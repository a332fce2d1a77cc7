//! In whose hands an account was: what was done by it stays with whoever held it then, whoever holds it now.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;

use super::caller::Caller;
use super::whoever::{Holder, account_of, found_by, numbers_behind, numbers_of, records_of};
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::each;
use crate::error::Result;
use crate::schema::account_holders as holders;

/// Whether somebody else than whoever is behind an account is to hold it: another number makes nobody another, and where nobody is
/// known yet it is not known that there was another.
pub fn is_another(conn: &mut Conn, account: Id, holder: &Holder) -> Result<bool> {
    let behind = numbers_behind(conn, &[account])?.remove(&account).unwrap_or_default();
    Ok(!behind.is_empty() && !behind.contains(&holder.index))
}

/// Whether a caller is whoever is to hold an account.
pub fn is_to(conn: &mut Conn, caller: &Caller, holder: &Holder) -> Result<bool> {
    let Some(account) = caller.account() else { return Ok(false) };
    let own = numbers_behind(conn, &[account.id])?.remove(&account.id).unwrap_or_default();
    Ok(own.contains(&holder.index))
}

/// Keeps who is behind an account, before another holds it.
pub fn keep(tx: &mut Tx, account: Id, now: Moment) -> Result<()> {
    let behind = numbers_behind(tx, &[account])?.remove(&account).unwrap_or_default();
    for number in behind.into_iter().collect::<BTreeSet<_>>() {
        let row = (holders::account_id.eq(account), holders::until_at.eq(now), holders::number_index.eq(number));
        let conn: &mut Conn = tx;
        each!(conn, c => diesel::insert_into(holders::table).values(row).on_conflict_do_nothing().execute(c))?;
    }
    Ok(())
}

/// The numbers of all who held these accounts, each at a moment or since, and hold it no more: whoever was named by mistake and
/// whoever was meant both count. Nobody tells when what was asked for without a moment was.
pub(super) fn before(conn: &mut Conn, all: &[(Id, Option<Moment>)]) -> Result<HashMap<Id, Vec<String>>> {
    let accounts: BTreeSet<Id> = all.iter().map(|(account, _)| *account).collect();
    let kept = holders::table.filter(holders::account_id.eq_any(accounts));
    let kept: Vec<(Id, Moment, String)> =
        kept.select((holders::account_id, holders::until_at, holders::number_index)).load(conn)?;
    let counts = |(account, until, _): &&(Id, Moment, String)| {
        all.iter().any(|(other, since)| other == account && since.is_none_or(|since| *until >= since))
    };
    let kept: Vec<(Id, String)> = kept.iter().filter(counts).map(|(account, _, number)| (*account, number.clone())).collect();
    let mut numbers: HashMap<Id, Vec<String>> = HashMap::new();
    if kept.is_empty() {
        return Ok(numbers);
    }
    let indexes: Vec<String> = kept.iter().map(|(_, number)| number.clone()).collect();
    let found = found_by(conn, &indexes)?;
    let humans = records_of(conn, &found.iter().map(|(_, record)| *record).collect::<Vec<_>>())?;
    let theirs = numbers_of(conn, &humans.values().flatten().copied().collect::<Vec<_>>())?;
    for (account, number) in kept {
        let records = found.iter().filter(|(index, _)| *index == number).filter_map(|(_, record)| humans.get(record)).flatten();
        let known = records.flat_map(|record| theirs.iter().filter(move |(of, _)| of == record).map(|(_, index)| index.clone()));
        let known: Vec<String> = known.collect();
        numbers.entry(account).or_default().extend(known.into_iter().chain([number]));
    }
    Ok(numbers)
}

/// The records of all who are behind an account, or held it before.
pub fn records_ever(conn: &mut Conn, account: Id) -> Result<Vec<Id>> {
    let mut numbers = numbers_behind(conn, &[account])?.remove(&account).unwrap_or_default();
    numbers.extend(before(conn, &[(account, None)])?.remove(&account).unwrap_or_default());
    let found: Vec<Id> = found_by(conn, &numbers)?.into_iter().map(|(_, record)| record).collect();
    let mut all: Vec<Id> = records_of(conn, &found)?.into_values().flatten().collect();
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// A time in which an account was in somebody's hands, between the moments at which it passed to them and on from them.
#[derive(Clone, Debug)]
pub struct Tenure {
    account: Id,
    from: Option<Moment>,
    until: Option<Moment>,
}

impl Tenure {
    /// Whether what was done in a name at a moment was done in it; what was done nobody knows when, where the account was never in other
    /// hands.
    pub fn covers(&self, name: &str, at: Option<Moment>) -> bool {
        let is_in = match at {
            Some(at) => self.from.is_none_or(|from| at >= from) && self.until.is_none_or(|until| at < until),
            None => self.from.is_none() && self.until.is_none(),
        };
        is_in && account_of(name) == Some(self.account)
    }
}

/// When an account, and each of some others, was in the hands of whoever works with it today, by person: what they did themselves is
/// theirs to read and to act on, and what others did by these accounts is not.
pub fn tenures(conn: &mut Conn, account: Id, others: impl IntoIterator<Item = Id>) -> Result<Vec<Tenure>> {
    let all: Vec<Id> = others.into_iter().chain([account]).collect::<BTreeSet<_>>().into_iter().collect();
    let behind = numbers_behind(conn, &all)?;
    let own = behind.get(&account).cloned().unwrap_or_default();
    let is_one = |numbers: &[String]| numbers.iter().any(|number| own.contains(number));
    let kept = holders::table.filter(holders::account_id.eq_any(all.iter().copied())).order(holders::until_at);
    let kept: Vec<(Id, Moment, String)> =
        kept.select((holders::account_id, holders::until_at, holders::number_index)).load(conn)?;
    let mut tenures = Vec::new();
    for one in all {
        let (mut from, mut before): (Option<Moment>, BTreeMap<Moment, Vec<String>>) = (None, BTreeMap::new());
        for (_, until, number) in kept.iter().filter(|(of, ..)| *of == one) {
            before.entry(*until).or_default().push(number.clone());
        }
        for (until, numbers) in before {
            tenures.extend(is_one(&numbers).then_some(Tenure { account: one, from, until: Some(until) }));
            from = Some(until);
        }
        let is_held = one == account || behind.get(&one).is_some_and(|numbers| is_one(numbers));
        tenures.extend(is_held.then_some(Tenure { account: one, from, until: None }));
    }
    Ok(tenures)
}

/// Since when an account is in the hands of whoever holds it today; `None` where it has never passed on.
pub(super) fn held_since(conn: &mut Conn, account: Id) -> Result<Option<Moment>> {
    let last = holders::table.filter(holders::account_id.eq(account)).order(holders::until_at.desc());
    Ok(last.select(holders::until_at).first(conn).optional()?)
}

/// Whether an account has passed on, since a moment, from somebody who is not behind it any more.
pub fn has_passed_on(conn: &mut Conn, account: Id, since: Option<Moment>) -> Result<bool> {
    let Some(since) = since else { return Ok(false) };
    let kept = holders::table.filter(holders::account_id.eq(account)).filter(holders::until_at.gt(since));
    let kept: Vec<String> = kept.select(holders::number_index).load(conn)?;
    if kept.is_empty() {
        return Ok(false);
    }
    let behind = numbers_behind(conn, &[account])?.remove(&account).unwrap_or_default();
    Ok(kept.iter().any(|number| !behind.contains(number)))
}
