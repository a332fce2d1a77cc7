//! Whom nobody can tell from somebody: a record of the same name and day of birth, where no two national numbers tell the two apart.
//! The office keeps its staff from those who are like them or their kin (行政程序法 §32, §33), and a protection mark holds for whoever
//! is like the one or the other of whom it speaks, until a supervisor has noted that it is another human. For staff a name alone
//! tells nothing.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::whoever::records_of;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::schema::{people, person_joins as joins};

/// A record with the index of its name and day of birth, and whether it has a national's number.
type Indexed = (Id, String, bool);

fn indexed(conn: &mut Conn, records: Vec<Id>) -> Result<Vec<Indexed>> {
    let known = people::table.filter(people::id.eq_any(records)).filter(people::namesake_index.ne(""));
    let columns = (people::id, people::namesake_index.assume_not_null(), people::numbered.assume_not_null());
    Ok(known.select(columns).load(conn)?)
}

/// Those of these records that are likely of one human with somebody of whom there are others.
pub fn among(conn: &mut Conn, of: &HashSet<Id>, among: &[Id]) -> Result<Vec<Id>> {
    let strangers = indexed(conn, among.iter().copied().filter(|record| !of.contains(record)).collect())?;
    if strangers.is_empty() || of.is_empty() {
        return Ok(Vec::new());
    }
    let known = indexed(conn, of.iter().copied().collect())?;
    let mut found = Vec::new();
    for (record, index, numbered) in strangers {
        for (own, ..) in known.iter().filter(|(_, other, has)| *other == index && !(numbered && *has)) {
            if !are_apart(conn, record, *own)? {
                found.push(record);
                break;
            }
        }
    }
    Ok(found)
}

/// Whether somebody who is called so, and has no record yet, is likely of one human with one of these.
pub fn any_called(conn: &mut Conn, of: Vec<Id>, called: &[(String, bool)]) -> Result<bool> {
    let is_one = |index: &String, has: bool| called.iter().any(|(other, numbered)| other == index && !(*numbered && has));
    Ok(indexed(conn, of)?.iter().any(|(_, index, has)| is_one(index, *has)))
}

/// A record with the indexes of its name, and of its name and day of birth, and whether it has a national's number.
type Named = (Id, Option<String>, Option<String>, Option<bool>);

/// The indexes of a record.
fn indexes((_, name, born, _): &Named) -> impl Iterator<Item = &str> {
    [name, born].into_iter().flatten().map(String::as_str).filter(|index| !index.is_empty())
}

/// Whether nobody can tell two records apart: by the day of birth, or where either's is not known, by the name alone.
fn are_like((one, name, born, national): &Named, (other, other_name, other_born, other_national): &Named) -> bool {
    let has_day = |index: &Option<String>| index.as_ref().is_some_and(|index| !index.is_empty());
    let is_same = if has_day(born) && has_day(other_born) { born == other_born } else { name == other_name };
    is_same && one != other && !(*national == Some(true) && *other_national == Some(true))
}

/// The records that nobody can tell from these, each behind the one from which.
pub fn like(conn: &mut Conn, of: &[Id]) -> Result<Vec<(Id, Id)>> {
    let columns = (people::id, people::name_index, people::namesake_index, people::numbered);
    let own: Vec<Named> = people::table.filter(people::id.eq_any(of.iter().copied())).select(columns).load(conn)?;
    let all: Vec<&str> = own.iter().flat_map(indexes).collect();
    let called = people::table.filter(people::name_index.assume_not_null().eq_any(all.clone()));
    let mut others: Vec<Named> = called.select(columns).load(conn)?;
    let born = people::table.filter(people::namesake_index.assume_not_null().eq_any(all));
    others.extend(born.select(columns).load::<Named>(conn)?);
    let mut by_index: HashMap<&str, Vec<&Named>> = HashMap::new();
    for (index, other) in others.iter().flat_map(|other| indexes(other).map(move |index| (index, other))) {
        by_index.entry(index).or_default().push(other);
    }
    let mut found = HashSet::new();
    for one in &own {
        let alike = indexes(one).filter_map(|index| by_index.get(index)).flatten();
        for other in alike.filter(|other| are_like(one, other)) {
            if !found.contains(&(one.0, other.0)) && !are_apart(conn, one.0, other.0)? {
                found.insert((one.0, other.0));
            }
        }
    }
    Ok(found.into_iter().collect())
}

/// Whether it is known that these records and those are two humans': both have a national's number, or it was noted.
pub fn are_two(conn: &mut Conn, these: &[Id], those: &[Id]) -> Result<bool> {
    if has_national(conn, these)? && has_national(conn, those)? {
        return Ok(true);
    }
    for (one, other) in these.iter().flat_map(|one| those.iter().map(move |other| (*one, *other))) {
        if are_apart(conn, one, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether one of these records has a national's number.
pub fn has_national(conn: &mut Conn, records: &[Id]) -> Result<bool> {
    let national = people::table.filter(people::id.eq_any(records.iter().copied()));
    let national = national.filter(people::numbered.assume_not_null().eq(true));
    Ok(national.count().get_result::<i64>(conn)? > 0)
}

/// Whether two people have said of two records that they are of two humans, or a supervisor has.
fn are_apart(conn: &mut Conn, one: Id, other: Id) -> Result<bool> {
    let humans = records_of(conn, &[one, other])?;
    let of = |record: Id| humans.get(&record).cloned().unwrap_or_default();
    let either = joins::person_id.eq_any(of(one)).and(joins::into_id.eq_any(of(other)));
    let either = either.or(joins::person_id.eq_any(of(other)).and(joins::into_id.eq_any(of(one))));
    let parted = joins::table.filter(joins::parted_at.is_not_null()).filter(joins::confirmed_at.is_not_null());
    let parted = parted.filter(joins::struck_at.is_null());
    Ok(parted.filter(either).count().get_result::<i64>(conn)? > 0)
}
