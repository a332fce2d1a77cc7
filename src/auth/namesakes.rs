//! Whom nobody can tell from somebody: a record of the same name and day of birth, where no two national numbers tell the two apart.
//! The office keeps its staff from those who are like them or their kin (行政程序法 §32, §33), and a protection mark holds for whoever
//! is like the one or the other of whom it speaks, until a supervisor has noted that it is another human. For staff a name alone
//! tells nothing.

use std::collections::{BTreeSet, HashMap, HashSet};

use diesel::prelude::*;

use super::whoever::{last_of, records_of};
use crate::db::{Conn, Id, in_parts};
use crate::error::Result;
use crate::schema::{people, person_joins as joins};

/// A record with the index of its name and day of birth, and whether it has a national's number.
type Indexed = (Id, String, bool);

fn indexed(conn: &mut Conn, records: &[Id]) -> Result<Vec<Indexed>> {
    in_parts(records, |part| {
        let known = people::table.filter(people::id.eq_any(part.iter().copied())).filter(people::namesake_index.ne(""));
        let columns = (people::id, people::namesake_index.assume_not_null(), people::numbered.assume_not_null());
        Ok(known.select(columns).load(conn)?)
    })
}

/// Those of these records that are likely of one human with somebody of whom there are others.
pub fn among(conn: &mut Conn, of: &HashSet<Id>, among: &[Id]) -> Result<Vec<Id>> {
    let strangers: Vec<Id> = among.iter().copied().filter(|record| !of.contains(record)).collect();
    let strangers = indexed(conn, &strangers)?;
    if strangers.is_empty() || of.is_empty() {
        return Ok(Vec::new());
    }
    let known = indexed(conn, &of.iter().copied().collect::<Vec<_>>())?;
    let mut alike = Vec::new();
    for (record, index, numbered) in &strangers {
        let namesakes = known.iter().filter(|(_, other, has)| other == index && !(*numbered && *has));
        alike.extend(namesakes.map(|(own, ..)| (*own, *record)));
    }
    let mut found: Vec<Id> = not_parted(conn, alike)?.into_iter().map(|(_, record)| record).collect();
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Of which of these somebody who is called so, and has no record yet, is likely of one human with one of those who have records.
pub fn called_alike(conn: &mut Conn, of: &[Id], called: &[&[(String, bool)]]) -> Result<Vec<bool>> {
    let known = indexed(conn, of)?;
    let is_one = |(index, numbered): &(String, bool)| known.iter().any(|(_, own, has)| own == index && !(*numbered && *has));
    Ok(called.iter().map(|called| called.iter().any(&is_one)).collect())
}

/// A record with the indexes of its name, and of its name and day of birth, and whether it has a national's number.
type Named = (Id, Option<String>, Option<String>, Option<bool>);

const NAMED: (people::id, people::name_index, people::namesake_index, people::numbered) =
    (people::id, people::name_index, people::namesake_index, people::numbered);

fn named(conn: &mut Conn, records: &[Id]) -> Result<Vec<Named>> {
    in_parts(records, |part| Ok(people::table.filter(people::id.eq_any(part.iter().copied())).select(NAMED).load(conn)?))
}

/// The indexes of a record.
fn indexes((_, name, born, _): &Named) -> impl Iterator<Item = &str> {
    [name, born].into_iter().flatten().map(String::as_str).filter(|index| !index.is_empty())
}

/// The indexes of some records, each once.
fn all_indexes(records: &[Named]) -> Vec<&str> {
    records.iter().flat_map(indexes).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Whether nobody can tell two records apart: by the day of birth, or where either's is not known, by the name alone.
fn are_like((one, name, born, national): &Named, (other, other_name, other_born, other_national): &Named) -> bool {
    let has_day = |index: &Option<String>| index.as_ref().is_some_and(|index| !index.is_empty());
    let is_same = if has_day(born) && has_day(other_born) { born == other_born } else { name == other_name };
    is_same && one != other && !(*national == Some(true) && *other_national == Some(true))
}

/// Those of some records that nobody can tell from these, each behind the one from which.
fn pairs(conn: &mut Conn, own: &[Named], others: &[Named]) -> Result<Vec<(Id, Id)>> {
    let mut by_index: HashMap<&str, Vec<&Named>> = HashMap::new();
    for (index, other) in others.iter().flat_map(|other| indexes(other).map(move |index| (index, other))) {
        by_index.entry(index).or_default().push(other);
    }
    let mut found = HashSet::new();
    for one in own {
        let alike = indexes(one).filter_map(|index| by_index.get(index)).flatten();
        found.extend(alike.filter(|other| are_like(one, other)).map(|other| (one.0, other.0)));
    }
    not_parted(conn, found.into_iter().collect())
}

/// The records that nobody can tell from one of these, each once.
pub fn like(conn: &mut Conn, of: &[Id]) -> Result<Vec<Id>> {
    let own = named(conn, of)?;
    let others = in_parts(&all_indexes(&own), |part| {
        let called = people::table.filter(people::name_index.assume_not_null().eq_any(part.iter().copied())).select(NAMED);
        let mut others: Vec<Named> = called.load(conn)?;
        let born = people::table.filter(people::namesake_index.assume_not_null().eq_any(part.iter().copied())).select(NAMED);
        others.extend(born.load::<Named>(conn)?);
        Ok(others)
    })?;
    let mut found: Vec<Id> = pairs(conn, &own, &others)?.into_iter().map(|(_, other)| other).collect();
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Those of the records of these humans that nobody can tell from one of these others, each behind the one from which. However many
/// have a name, nobody is looked at who is none of these humans.
pub fn like_of(conn: &mut Conn, of: &[Id], humans: &[Id]) -> Result<Vec<(Id, Id)>> {
    let theirs: Vec<Id> = records_of(conn, humans)?.into_values().flatten().collect();
    let (own, theirs) = (named(conn, of)?, named(conn, &theirs)?);
    pairs(conn, &own, &theirs)
}

/// Whether it is known that these records and those are two humans': both have a national's number, or it was noted.
pub fn are_two(conn: &mut Conn, these: &[Id], those: &[Id]) -> Result<bool> {
    if has_national(conn, these)? && has_national(conn, those)? {
        return Ok(true);
    }
    let all: Vec<(Id, Id)> = these.iter().flat_map(|one| those.iter().map(move |other| (*one, *other))).collect();
    let count = all.len();
    Ok(not_parted(conn, all)?.len() < count)
}

/// Whether one of these records has a national's number.
pub fn has_national(conn: &mut Conn, records: &[Id]) -> Result<bool> {
    let national = people::table.filter(people::id.eq_any(records.iter().copied()));
    let national = national.filter(people::numbered.assume_not_null().eq(true));
    Ok(national.count().get_result::<i64>(conn)? > 0)
}

/// Those of these pairs of records of which two people have not said, nor a supervisor, that they are of two humans.
fn not_parted(conn: &mut Conn, mut all: Vec<(Id, Id)>) -> Result<Vec<(Id, Id)>> {
    if all.is_empty() {
        return Ok(all);
    }
    let one_side: Vec<Id> = all.iter().map(|(one, _)| *one).collect::<BTreeSet<_>>().into_iter().collect();
    let humans: Vec<Id> = records_of(conn, &one_side)?.into_values().flatten().collect::<BTreeSet<_>>().into_iter().collect();
    let mut notes: Vec<(Id, Id)> = in_parts(&humans, |part| {
        let noted = joins::table.filter(joins::parted_at.is_not_null()).filter(joins::confirmed_at.is_not_null());
        let noted = noted.filter(joins::struck_at.is_null());
        let either = joins::person_id.eq_any(part.iter().copied()).or(joins::into_id.eq_any(part.iter().copied()));
        Ok(noted.filter(either).select((joins::person_id, joins::into_id)).load(conn)?)
    })?;
    if notes.is_empty() {
        return Ok(all);
    }
    let named: BTreeSet<Id> = notes.iter().chain(&all).flat_map(|(one, other)| [*one, *other]).collect();
    let last = last_of(conn, &named.into_iter().collect::<Vec<_>>())?;
    let human = |record: Id| last.get(&record).copied().unwrap_or(record);
    notes.iter_mut().for_each(|(one, other)| (*one, *other) = (human(*one), human(*other)));
    let parted: HashSet<(Id, Id)> = notes.into_iter().flat_map(|(one, other)| [(one, other), (other, one)]).collect();
    all.retain(|(one, other)| !parted.contains(&(human(*one), human(*other))));
    Ok(all)
}
