//! Two records of one human: the one points to the other, with the reason, and can be parted from it again. Each keeps what it
//! has; accounts, proofs and letters stay with the record to which they belong.

use std::collections::HashMap;

use diesel::prelude::*;

use super::facts::{self, Fact, FactKind, Paper};
use crate::auth::By;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::schema::{people, person_joins};
use crate::secrets::vault::Vault;

/// The records to which others were joined, by those others.
pub fn records_of(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Id>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let joined = people::table.filter(people::id.eq_any(ids.iter().copied())).filter(people::joined_into.is_not_null());
    let rows: Vec<(Id, Option<Id>)> = joined.select((people::id, people::joined_into)).load(conn)?;
    Ok(rows.into_iter().filter_map(|(id, into)| Some((id, into?))).collect())
}

/// A record, and those that were joined to it, each with the one to which it points.
fn beside(conn: &mut Conn, record: Id) -> Result<Vec<(Id, Option<Id>)>> {
    let all = people::table.filter(people::id.eq(record).or(people::joined_into.eq(record.to_string())));
    Ok(all.order(people::id).select((people::id, people::joined_into)).load(conn)?)
}

/// All records of a human, by any of them.
pub fn records(conn: &mut Conn, person: Id) -> Result<Vec<Id>> {
    let found = beside(conn, person)?;
    let into = found.iter().find_map(|(id, into)| into.filter(|_| *id == person));
    let all = into.map_or(Ok(found), |record| beside(conn, record))?;
    Ok(all.into_iter().map(|(id, _)| id).collect())
}

/// These records, and those that were joined to them.
pub fn with_joined(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Id>> {
    let all: Vec<&str> = ids.iter().map(Id::as_str).collect();
    let joined: Vec<Id> = people::table.filter(people::joined_into.eq_any(all)).select(people::id).load(conn)?;
    Ok(ids.iter().copied().chain(joined).collect())
}

/// The facts that stand of a human, whichever of their records they stand in; other people as the record to which they were
/// joined.
pub fn standing(conn: &mut Conn, vault: &Vault, person: Id, kinds: &[FactKind]) -> Result<Vec<Fact>> {
    let records = records(conn, person)?;
    let mut all = facts::standing_in(conn, vault, &records, kinds)?;
    let others: Vec<Id> = all.iter().filter_map(|fact| fact.other_id).collect();
    let joined = records_of(conn, &others)?;
    for fact in &mut all {
        fact.other_id = fact.other_id.map(|other| joined.get(&other).copied().unwrap_or(other));
    }
    Ok(all)
}

/// Where a record stands among others.
#[derive(Clone, Debug, Default)]
pub struct Joined {
    pub into: Option<Id>,
    /// Those that were joined to it.
    pub others: Vec<Id>,
}

pub fn of(conn: &mut Conn, person: Id) -> Result<Joined> {
    let into: Option<Id> = people::table.find(person).select(people::joined_into).first(conn)?;
    let others = people::table.filter(people::joined_into.eq(person.to_string())).order(people::id);
    Ok(Joined { into, others: others.select(people::id).load(conn)? })
}

/// How often a record was joined or parted, for its version.
pub fn count(conn: &mut Conn, person: Id) -> Result<i64> {
    let own = person_joins::table.filter(person_joins::person_id.eq(person));
    let joined: i64 = own.count().get_result(conn)?;
    let parted: i64 = own.filter(person_joins::parted_at.is_not_null()).count().get_result(conn)?;
    Ok(joined + parted)
}

fn identity(id: Id) -> String {
    format!("person_joins/{id}/document")
}

/// Joins a record to another.
pub fn join(tx: &mut Tx, vault: &Vault, by: &By, (person, into): (Id, Id), (paper, why): (Option<&Paper>, &str)) -> Result<()> {
    let id = Id::new(by.now);
    let row = (
        person_joins::id.eq(id),
        person_joins::person_id.eq(person),
        person_joins::into_id.eq(into),
        person_joins::document.eq(paper.map(|paper| vault.seal_json(&identity(id), paper)).transpose()?),
        person_joins::reason.eq(why),
        person_joins::joined_by.eq(by.caller.name()),
        person_joins::joined_at.eq(by.now),
    );
    diesel::insert_into(person_joins::table).values(row).execute(&mut **tx)?;
    point(tx, person, Some(into))
}

/// Parts a record from the one to which it was joined.
pub fn part(tx: &mut Tx, by: &By, person: Id, why: &str) -> Result<()> {
    let open = person_joins::table.filter(person_joins::person_id.eq(person)).filter(person_joins::parted_at.is_null());
    let parted = (
        person_joins::part_reason.eq(Some(why)),
        person_joins::parted_by.eq(Some(by.caller.name())),
        person_joins::parted_at.eq(Some(by.now)),
    );
    diesel::update(open).set(parted).execute(&mut **tx)?;
    point(tx, person, None)
}

fn point(tx: &mut Tx, person: Id, into: Option<Id>) -> Result<()> {
    let into = into.map(|id| id.to_string());
    diesel::update(people::table.find(person)).set(people::joined_into.eq(into)).execute(&mut **tx)?;
    Ok(())
}
