//! Whom nobody can tell from a member of staff or their kin: a record of the same name and day of birth, where no personal number
//! tells the two apart. The office keeps them from it (行政程序法 §32, §33), until a supervisor has noted that it is another human.
//! A name alone tells nothing.

use std::collections::HashSet;

use diesel::prelude::*;

use super::whoever::records_of;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::schema::{people, person_joins as joins};

/// A record with the index of its name and day of birth, and whether it has a personal number.
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

/// Whether two people have said of two records that they are of two humans, or a supervisor has.
fn are_apart(conn: &mut Conn, one: Id, other: Id) -> Result<bool> {
    let humans = records_of(conn, &[one, other])?;
    let of = |record: Id| humans.get(&record).cloned().unwrap_or_default();
    let either = joins::person_id.eq_any(of(one)).and(joins::into_id.eq_any(of(other)));
    let either = either.or(joins::person_id.eq_any(of(other)).and(joins::into_id.eq_any(of(one))));
    let parted = joins::table.filter(joins::parted_at.is_not_null()).filter(joins::confirmed_at.is_not_null());
    Ok(parted.filter(either).count().get_result::<i64>(conn)? > 0)
}
