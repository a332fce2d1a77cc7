//! Protection marks: from whose data somebody is barred, by a court (家庭暴力防治法 §14, 跟蹤騷擾防制法 §12) or by the victim
//! (家庭暴力防治法 §58-2). Here by indexes of numbers and names alone; `people::protection` opens what is sealed.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::caller::By;
use super::deciders;
use super::namesakes::{has_national, like};
use super::policy::Reach;
use super::whoever::{Holder, found_by, numbers_behind, numbers_of, records_of};
use crate::db::{Backend, Conn, Id, JsonText, in_parts};
use crate::error::{Code, Result};
use crate::schema::{
    accounts, people, people_names, protection_barred as barred, protection_marks as marks, protection_names as names,
};

pub use super::namesakes::{are_two, like_of};

/// The marks that stand on a day: none is entered before its first one, whatever a clock says afterwards.
fn standing_on<'a>(day: NaiveDate) -> marks::BoxedQuery<'a, Backend> {
    let standing = marks::table.filter(marks::status.ne("LIFTED"));
    standing.filter(marks::until_on.is_null().or(marks::until_on.ge(day))).into_boxed()
}

/// The marks that stand on a day on these people, in whichever of their records, on whoever has the number that is only said to be
/// theirs, and on whom nobody can tell from them: each with the record that was asked for.
pub fn marks_on(conn: &mut Conn, people: &[Id], day: NaiveDate) -> Result<Vec<(Id, Id)>> {
    let standing: Vec<(Id, Id)> = standing_on(day).order(marks::id).select((marks::id, marks::person_id)).load(conn)?;
    if standing.is_empty() || people.is_empty() {
        return Ok(Vec::new());
    }
    let humans = records_of(conn, people)?.into_iter().map(|(person, records)| (person, records.into_iter().collect()));
    let mut humans: HashMap<Id, HashSet<Id>> = humans.collect();
    let said: Vec<(Id, String)> = in_parts(people, |part| {
        let said = people::table.filter(people::id.eq_any(part.iter().copied())).filter(people::claimed_index.is_not_null());
        Ok(said.select((people::id, people::claimed_index.assume_not_null())).load(conn)?)
    })?;
    let numbers: BTreeSet<&String> = said.iter().map(|(_, number)| number).collect();
    let found = found_by(conn, &numbers.into_iter().cloned().collect::<Vec<_>>())?;
    let meant = records_of(conn, &found.iter().map(|(_, record)| *record).collect::<Vec<_>>())?;
    for (person, number) in &said {
        let theirs = found.iter().filter(|(own, _)| own == number).filter_map(|(_, record)| meant.get(record)).flatten();
        humans.entry(*person).or_default().extend(theirs);
    }
    let own: Vec<Id> = humans.values().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let marked: Vec<Id> = standing.iter().map(|(_, person)| *person).collect::<BTreeSet<_>>().into_iter().collect();
    let alike = like_of(conn, &own, &marked)?;
    let others: BTreeSet<Id> = alike.iter().map(|(_, other)| *other).collect();
    let others = records_of(conn, &others.into_iter().collect::<Vec<_>>())?;
    let mut by_own: HashMap<Id, Vec<Id>> = HashMap::new();
    for (one, other) in alike {
        by_own.entry(one).or_default().extend(others.get(&other).into_iter().flatten());
    }
    let on = |(person, records): (Id, HashSet<Id>)| {
        let like = records.iter().filter_map(|record| by_own.get(record)).flatten();
        let all: HashSet<Id> = like.chain(&records).copied().collect();
        let theirs = standing.iter().filter(move |(_, on)| all.contains(on));
        theirs.map(move |(mark, _)| (*mark, person)).collect::<Vec<_>>()
    };
    Ok(humans.into_iter().flat_map(on).collect())
}

/// All records of everybody on whom a mark stands on a day, those that nobody can tell from theirs, and those of which somebody says
/// that they are theirs.
pub fn all_protected(conn: &mut Conn, day: NaiveDate) -> Result<Vec<Id>> {
    let standing: Vec<Id> = standing_on(day).select(marks::person_id).distinct().load(conn)?;
    if standing.is_empty() {
        return Ok(standing);
    }
    let mut records: Vec<Id> = records_of(conn, &standing)?.into_values().flatten().collect();
    let alike = like(conn, &records)?;
    records.extend(records_of(conn, &alike)?.into_values().flatten());
    let numbers: Vec<String> = numbers_of(conn, &records)?.into_iter().map(|(_, number)| number).collect();
    records.extend(in_parts(&numbers, |part| {
        let said = people::table.filter(people::claimed_index.assume_not_null().eq_any(part));
        Ok(said.select(people::id).load::<Id>(conn)?)
    })?);
    records.sort_unstable();
    records.dedup();
    Ok(records)
}

/// All records of everybody whose data is closed to the caller, who works in the office and is barred from it: lists leave out what is
/// theirs alone, and what is asked for by its id is not found.
pub fn closed_to(conn: &mut Conn, by: &By) -> Result<Vec<Id>> {
    let Some(account) = by.caller.account().filter(|_| by.reach != Reach::Own) else { return Ok(Vec::new()) };
    let day = by.now.date();
    let numbers = numbers_behind(conn, &[account.id])?.remove(&account.id).unwrap_or_default();
    if !is_meant(conn, (&[account.id], &numbers), day)? {
        return Ok(Vec::new());
    }
    let all = all_protected(conn, day)?;
    barred_from(conn, (&[account.id], &numbers), &all, day)
}

/// Whether any mark that stands on a day means whoever is behind these accounts, and has these numbers. Nearly nobody is meant by one:
/// then it does not matter who is called as those on whom they stand.
fn is_meant(conn: &mut Conn, whom: (&[Id], &[String]), day: NaiveDate) -> Result<bool> {
    let standing: Vec<Id> = standing_on(day).select(marks::id).load(conn)?;
    Ok(!standing.is_empty() && !whom.1.is_empty() && !meaning(conn, whom, &standing)?.is_empty())
}

/// As [`barred_from`], of somebody outside the office: what it costs hangs on whom marks bar, and not on whom they protect, so that time
/// tells nobody on whom one stands.
pub fn barred_outside(conn: &mut Conn, whom: (&[Id], &[String]), from: &[Id], day: NaiveDate) -> Result<Vec<Id>> {
    if is_meant(conn, whom, day)? { barred_from(conn, whom, from, day) } else { Ok(Vec::new()) }
}

/// Whether the data of one of these people is closed to the caller as [`closed_to`] says.
pub fn is_closed_to(conn: &mut Conn, by: &By, people: &[Id]) -> Result<bool> {
    closed_among(conn, by, people).map(|closed| !closed.is_empty())
}

/// Those of these people whose data is closed to the caller as [`closed_to`] says.
pub fn closed_among(conn: &mut Conn, by: &By, people: &[Id]) -> Result<Vec<Id>> {
    let Some(account) = by.caller.account().filter(|_| by.reach != Reach::Own) else { return Ok(Vec::new()) };
    barred_account(conn, account.id, people, by.now.date())
}

/// Refuses the caller, before the register is asked for anything, what names by one of these numbers somebody whose data is closed to
/// them.
pub fn require_open_numbers(conn: &mut Conn, by: &By, numbers: &[String]) -> Result<()> {
    let found: Vec<Id> = found_by(conn, numbers)?.into_iter().map(|(_, record)| record).collect();
    if is_closed_to(conn, by, &found)? { Err(Code::OWN_REQUEST.into()) } else { Ok(()) }
}

/// Finds nothing of these people for a caller to whom their data is closed: the answer is that to an id which nothing has.
pub fn require_open_to(conn: &mut Conn, by: &By, people: &[Id]) -> Result<()> {
    if is_closed_to(conn, by, people)? { Err(Code::NOT_FOUND.into()) } else { Ok(()) }
}

/// Those of these people on whom a mark stands.
pub fn protected(conn: &mut Conn, people: &[Id], day: NaiveDate) -> Result<Vec<Id>> {
    Ok(marks_on(conn, people, day)?.into_iter().map(|(_, person)| person).collect())
}

/// Those of these people from whom whoever is behind these accounts, and has these numbers, is barred on a day; nobody is from
/// themselves, and no last supervisor by one person's word ([`deciders`]).
pub fn barred_from(conn: &mut Conn, (accounts, numbers): (&[Id], &[String]), from: &[Id], day: NaiveDate) -> Result<Vec<Id>> {
    let standing = marks_on(conn, from, day)?;
    if standing.is_empty() || numbers.is_empty() {
        return Ok(Vec::new());
    }
    let marks: Vec<Id> = standing.iter().map(|(mark, _)| *mark).collect::<BTreeSet<_>>().into_iter().collect();
    let meant = meaning(conn, (accounts, numbers), &marks)?;
    let meant = deciders::in_force(conn, accounts, meant, day)?;
    let mut people: Vec<Id> = standing.into_iter().filter(|(mark, _)| meant.contains(mark)).map(|(_, person)| person).collect();
    let humans = records_of(conn, &people)?;
    let records: Vec<Id> = humans.values().flatten().copied().collect();
    let all = numbers_of(conn, &records)?;
    let own: HashSet<Id> = all.into_iter().filter(|(_, number)| numbers.contains(number)).map(|(record, _)| record).collect();
    people.retain(|person| humans.get(person).into_iter().flatten().all(|record| !own.contains(record)));
    Ok(people)
}

/// Those on whom marks stand on a day that bar somebody of one of these numbers or names, by their indexes, in all records of theirs
/// and of those whom nobody can tell from them. Another may be meant: each mark says whom.
pub fn protected_from(conn: &mut Conn, (numbers, called): (&[String], &[String]), day: NaiveDate) -> Result<Vec<Id>> {
    let meant = barred::table.filter(barred::number_index.eq_any(numbers)).select(barred::mark_id);
    let mut meant: Vec<Id> = meant.load(conn)?;
    meant.extend(names::table.filter(names::name_index.eq_any(called)).select(names::mark_id).load::<Id>(conn)?);
    let protected: Vec<Id> = in_parts(&meant, |part| {
        let standing = standing_on(day).filter(marks::id.eq_any(part.to_vec()));
        Ok(standing.select(marks::person_id).distinct().load(conn)?)
    })?;
    if protected.is_empty() {
        return Ok(protected);
    }
    let mut records: Vec<Id> = records_of(conn, &protected)?.into_values().flatten().collect();
    let alike = like(conn, &records)?;
    records.extend(records_of(conn, &alike)?.into_values().flatten());
    records.sort_unstable();
    records.dedup();
    Ok(records)
}

/// Those of these marks that mean whoever is behind these accounts, and has these numbers, whether they hold against them or not.
pub(super) fn meaning(conn: &mut Conn, (accounts, numbers): (&[Id], &[String]), marks: &[Id]) -> Result<Vec<Id>> {
    let mut meant: Vec<Id> = in_parts(marks, |part| {
        let named = barred::table.filter(barred::mark_id.eq_any(part.iter().copied()));
        Ok(named.filter(barred::number_index.eq_any(numbers)).select(barred::mark_id).load(conn)?)
    })?;
    let own = names_of(conn, accounts, numbers)?;
    let called: Vec<(Id, String, String)> = in_parts(marks, |part| {
        let called = names::table.filter(names::mark_id.eq_any(part.iter().copied())).filter(names::name_index.eq_any(&own));
        Ok(called.select((names::mark_id, names::name_index, names::number_index)).load(conn)?)
    })?;
    for (mark, name, number) in called {
        if !tells_another(conn, (&name, number), numbers)? {
            meant.push(mark);
        }
    }
    Ok(meant)
}

/// Whether a mark names one of these numbers.
pub(super) fn is_numbered(conn: &mut Conn, mark: Id, numbers: &[String]) -> Result<bool> {
    let named = barred::table.filter(barred::mark_id.eq(mark)).filter(barred::number_index.eq_any(numbers));
    Ok(named.count().get_result::<i64>(conn)? > 0)
}

/// Indexes of the names of whoever is behind these accounts, today's and former ones: as a holder, and of the records of these numbers.
fn names_of(conn: &mut Conn, accounts: &[Id], numbers: &[String]) -> Result<Vec<String>> {
    let held = accounts::table.filter(accounts::id.eq_any(accounts.iter().copied()));
    let held: Vec<Option<JsonText>> = held.select(accounts::holder).load(conn)?;
    let mut found = Vec::new();
    for holder in held.into_iter().flatten() {
        let Holder { name, former, .. } = holder.read()?;
        found.extend(former.into_iter().chain([name]).filter(|name| !name.is_empty()));
    }
    let records: Vec<Id> = found_by(conn, numbers)?.into_iter().map(|(_, record)| record).collect();
    let records: Vec<Id> = records_of(conn, &records)?.into_values().flatten().collect();
    found.extend(called(conn, &records)?);
    Ok(found)
}

/// Indexes of all that whoever has these records is, or ever was, called.
fn called(conn: &mut Conn, records: &[Id]) -> Result<Vec<String>> {
    let called = people_names::table.filter(people_names::person_id.eq_any(records.iter().copied()));
    Ok(called.select(people_names::name_index).load(conn)?)
}

/// Whether the number beside a name tells that another of that name is meant than whoever has these numbers: the office knows
/// somebody who has both, as the holder of an account, or by a record that is surely another human's. By none, or by one that is
/// nobody's, whoever is called so may be meant.
fn tells_another(conn: &mut Conn, (name, number): (&str, String), own: &[String]) -> Result<bool> {
    if number.is_empty() {
        return Ok(false);
    }
    if is_holder(conn, &[name.to_owned()], &number)? {
        return Ok(true);
    }
    let mut records = |numbers: &[String]| -> Result<Vec<Id>> {
        let found: Vec<Id> = found_by(conn, numbers)?.into_iter().map(|(_, record)| record).collect();
        Ok(records_of(conn, &found)?.into_values().flatten().collect())
    };
    let (records, own) = (records(&[number])?, records(own)?);
    if !called(conn, &records)?.iter().any(|other| other == name) {
        return Ok(false);
    }
    // Who works in the office has a national's number, whether there is a record of them or not.
    Ok(own.is_empty() && has_national(conn, &records)? || are_two(conn, &records, &own)?)
}

/// Whether an account has a holder of one of these names and this number, by their indexes.
pub fn is_holder(conn: &mut Conn, names: &[String], number: &str) -> Result<bool> {
    let held = accounts::table.filter(accounts::holder.is_not_null()).select(accounts::holder.assume_not_null());
    for holder in held.load::<JsonText>(conn)? {
        let Holder { index, name, former, .. } = holder.read()?;
        if index == number && former.iter().chain([&name]).any(|one| names.contains(one)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Those of these people from whom whoever is behind an account is barred on a day.
pub fn barred_account(conn: &mut Conn, account: Id, from: &[Id], day: NaiveDate) -> Result<Vec<Id>> {
    if marks_on(conn, from, day)?.is_empty() {
        return Ok(Vec::new());
    }
    let numbers = numbers_behind(conn, &[account])?.remove(&account).unwrap_or_default();
    barred_from(conn, (&[account], &numbers), from, day)
}

/// All numbers of whoever has these records, today's and former ones, and those that are only said to be theirs.
pub fn numbers_by(conn: &mut Conn, records: &[Id]) -> Result<Vec<String>> {
    let mut numbers: Vec<String> = numbers_of(conn, records)?.into_iter().map(|(_, number)| number).collect();
    let said = people::table.filter(people::id.eq_any(records.iter().copied())).filter(people::claimed_index.is_not_null());
    numbers.extend(said.select(people::claimed_index.assume_not_null()).load::<String>(conn)?);
    Ok(numbers)
}
