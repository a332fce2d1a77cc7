//! Two records of one human: the one points to the other, with the reason, and can be parted from it again. Each keeps what it
//! has; accounts, proofs and letters stay with the record to which they belong.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::facts::{Fact, FactKind, Paper, Rank, known_in};
use super::{names, store, wards};
use crate::auth::{By, whoever};
use crate::calendar::PartialDate;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::schema::{facts, people, person_joins};
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

/// All records of a human, by any of them.
pub fn records(conn: &mut Conn, person: Id) -> Result<Vec<Id>> {
    all_records(conn, &[person])
}

/// All records of some humans, by any of them.
pub fn all_records(conn: &mut Conn, people: &[Id]) -> Result<Vec<Id>> {
    Ok(whoever::records_of(conn, people)?.into_values().flatten().collect())
}

/// The facts that stand of a human, whichever of their records they stand in; other people as the record to which they were
/// joined.
pub fn standing(conn: &mut Conn, vault: &Vault, person: Id, kinds: &[FactKind]) -> Result<Vec<Fact>> {
    let records = records(conn, person)?;
    let mut all = known_in(conn, vault, &records, kinds)?;
    let others: Vec<Id> = all.iter().filter_map(|fact| fact.other_id).collect();
    let joined = records_of(conn, &others)?;
    for fact in &mut all {
        fact.other_id = fact.other_id.map(|other| joined.get(&other).copied().unwrap_or(other));
    }
    Ok(all)
}

/// Of which other humans a case has registered something of these kinds that stands and names a human, in whichever of their
/// records: each once, by the record to which theirs were joined.
pub fn naming(conn: &mut Conn, human: Id, kinds: &[FactKind]) -> Result<Vec<Id>> {
    let own = records(conn, human)?;
    let records = own.iter().map(ToString::to_string);
    let standing = facts::table.filter(facts::struck_at.is_null()).filter(facts::rank.eq(Rank::Registered));
    let standing = standing.filter(facts::kind.eq_any(kinds.to_vec()));
    let naming = standing.filter(facts::other_id.assume_not_null().eq_any(records.collect::<Vec<_>>()));
    let found: Vec<Id> = naming.select(facts::person_id).distinct().load(conn)?;
    let joined = records_of(conn, &found)?;
    let mut others: Vec<Id> = found.into_iter().filter(|record| !own.contains(record)).collect();
    others.iter_mut().for_each(|record| *record = joined.get(record).copied().unwrap_or(*record));
    others.sort_unstable();
    others.dedup();
    Ok(others)
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

/// How often a record was joined or parted, or that was asked for, for its version.
pub fn count(conn: &mut Conn, person: Id) -> Result<i64> {
    let own = person_joins::table.filter(person_joins::person_id.eq(person));
    let begun: i64 = own.count().get_result(conn)?;
    let confirmed: i64 = own.filter(person_joins::confirmed_at.is_not_null()).count().get_result(conn)?;
    let parted: i64 = own.filter(person_joins::parted_at.is_not_null()).count().get_result(conn)?;
    Ok(begun + confirmed + parted)
}

/// A join that waits for a second person.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = person_joins)]
#[schema(example = json!({
    "person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "into_person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71",
    "asked_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72", "asked_at": "2026-11-23T09:05:00+08:00", "reason": "居留證與初設戶籍為同一人"
}))]
pub struct JoinAsked {
    #[serde(skip)]
    id: Id,
    pub person_id: Id,
    #[diesel(column_name = into_id)]
    pub into_person_id: Id,
    #[diesel(column_name = joined_by)]
    #[schema(max_length = 60)]
    pub asked_by: String,
    #[diesel(column_name = joined_at)]
    pub asked_at: Moment,
    #[schema(max_length = 500)]
    pub reason: String,
}

impl JoinAsked {
    /// With the reason as it was given; it is kept sealed.
    pub fn opened(self, vault: &Vault) -> Result<Self> {
        Ok(Self { reason: vault.open_text(&reason_identity(self.id), &self.reason)?, ..self })
    }
}

/// Joins that were asked for, of this record or to it.
pub fn asked(conn: &mut Conn, person: Id) -> Result<Vec<JoinAsked>> {
    let waiting = person_joins::table.filter(person_joins::waits).filter(person_joins::parted_at.is_null());
    let either = waiting.filter(person_joins::person_id.eq(person).or(person_joins::into_id.eq(person)));
    Ok(either.order(person_joins::id).limit(100).select(JoinAsked::as_select()).load(conn)?)
}

/// Whether two records are so unlike, or so much hangs on either, that it takes two people to join them: names, sexes by the
/// numbers or days of birth differ or were settled, an account is proven for one, or a case has registered something of one's status.
pub fn takes_two(conn: &mut Conn, vault: &Vault, (one, other): (Id, Id)) -> Result<bool> {
    let found = store::records(conn, vault, &[one, other])?;
    let (Some(a), Some(b)) = (found.get(&one), found.get(&other)) else { return Ok(true) };
    if PartialDate::are_apart(a.birth_on, b.birth_on) || a.number.sex() != b.number.sex() || !names::passes_for(&a.name, &b.name)
    {
        return Ok(true);
    }
    let records = all_records(conn, &[one, other])?;
    if whoever::is_owner(conn, &records)? {
        return Ok(true);
    }
    // Who has made them alike a moment ago does not join them alone.
    let settled = facts::table.filter(facts::source.eq_any([one, other].map(|record| format!("people/{record}"))));
    if settled.count().get_result::<i64>(conn)? > 0 {
        return Ok(true);
    }
    let status = facts::table.filter(facts::rank.eq(Rank::Registered)).filter(facts::struck_at.is_null());
    let status = status.filter(facts::kind.ne_all([FactKind::Name, FactKind::RomanisedName, FactKind::BirthOn, FactKind::Sex]));
    let theirs = facts::person_id.eq_any(records.clone());
    let others = facts::other_id.assume_not_null().eq_any(records.iter().map(ToString::to_string).collect::<Vec<_>>());
    Ok(status.filter(theirs.or(others)).count().get_result::<i64>(conn)? > 0)
}

fn identity(id: Id) -> String {
    format!("person_joins/{id}/document")
}

fn reason_identity(id: Id) -> String {
    format!("person_joins/{id}/reason")
}

/// Joins a record to another, or asks for that: then nothing points yet.
pub fn join(
    tx: &mut Tx,
    vault: &Vault,
    by: &By,
    (person, into, waits): (Id, Id, bool),
    (paper, why): (&Paper, &str),
) -> Result<()> {
    let id = Id::new(by.now);
    let row = (
        person_joins::id.eq(id),
        person_joins::person_id.eq(person),
        person_joins::into_id.eq(into),
        person_joins::document.eq(Some(vault.seal_json(&identity(id), paper)?)),
        person_joins::reason.eq(tx.seal_text(&reason_identity(id), why)),
        person_joins::joined_by.eq(by.caller.name()),
        person_joins::joined_at.eq(by.now),
        person_joins::waits.eq(waits),
    );
    diesel::insert_into(person_joins::table).values(row).execute(&mut **tx)?;
    if waits {
        return Ok(());
    }
    point(tx, person, Some(into))?;
    wards::refresh(tx, vault, person)
}

/// Carries out what was asked for, by the same paper.
pub fn confirm(tx: &mut Tx, vault: &Vault, by: &By, (asked, paper): (&JoinAsked, &Paper)) -> Result<()> {
    let waiting = person_joins::table.filter(person_joins::person_id.eq(asked.person_id));
    let waiting = waiting.filter(person_joins::waits).filter(person_joins::parted_at.is_null());
    let (id, document): (Id, Option<String>) = waiting.select((person_joins::id, person_joins::document)).first(&mut **tx)?;
    let shown: Option<Paper> = document.map(|sealed| vault.open_json(&identity(id), sealed)).transpose()?;
    if shown.is_none_or(|shown| shown.index(vault) != paper.index(vault)) {
        let text = Text::new("與提出者所憑之文件不符", "whoever asked has looked at another paper");
        return Err(Error::field("/document/number", "differs", text));
    }
    let confirmed = (
        person_joins::waits.eq(false),
        person_joins::confirmed_by.eq(Some(by.caller.name())),
        person_joins::confirmed_at.eq(Some(by.now)),
    );
    diesel::update(person_joins::table.find(id)).set(confirmed).execute(&mut **tx)?;
    point(tx, asked.person_id, Some(asked.into_person_id))?;
    wards::refresh(tx, vault, asked.person_id)
}

/// Whether a record is joined by the word of two.
pub fn is_confirmed(conn: &mut Conn, person: Id) -> Result<bool> {
    let open = person_joins::table.filter(person_joins::person_id.eq(person)).filter(person_joins::parted_at.is_null());
    Ok(open.filter(person_joins::confirmed_at.is_not_null()).count().get_result::<i64>(conn)? > 0)
}

/// Parts a record from the one to which it was joined, or takes back what was asked for.
pub fn part(tx: &mut Tx, vault: &Vault, by: &By, person: Id, why: &str) -> Result<()> {
    let open = person_joins::table.filter(person_joins::person_id.eq(person)).filter(person_joins::parted_at.is_null());
    let open: Vec<Id> = open.select(person_joins::id).load(&mut **tx)?;
    for id in open {
        let parted = (
            person_joins::part_reason.eq(Some(tx.seal_text(&format!("person_joins/{id}/part_reason"), why))),
            person_joins::parted_by.eq(Some(by.caller.name())),
            person_joins::parted_at.eq(Some(by.now)),
        );
        diesel::update(person_joins::table.find(id)).set(parted).execute(&mut **tx)?;
    }
    let into = of(tx, person)?.into;
    point(tx, person, None)?;
    [Some(person), into].into_iter().flatten().try_for_each(|record| wards::refresh(tx, vault, record))
}

/// Refuses a join that would make a chain: to a record that points elsewhere, or of one to which others point, or would.
pub fn require_ends(conn: &mut Conn, from: Id, into: Id) -> Result<()> {
    let (pointed_at, points) = (of(conn, from)?.others, of(conn, into)?.into);
    let asked_at = asked(conn, from)?;
    let asks = asked(conn, into)?.iter().any(|asked| asked.person_id == into);
    if points.is_none() && pointed_at.is_empty() && asked_at.is_empty() && !asks {
        return Ok(());
    }
    let (zh, en) = ("請併入最終之紀錄", "join the records to one that points nowhere itself");
    Err(Problem::new(Code::CONFLICT).detail(zh, en).into())
}

/// Notes that two records are of two humans, which a supervisor has seen.
pub fn note_apart(
    tx: &mut Tx,
    vault: &Vault,
    by: &By,
    (person, other): (Id, Id),
    (paper, why): (Option<&Paper>, &str),
) -> Result<()> {
    let (id, supervisor) = (Id::new(by.now), by.caller.name());
    let row = (
        person_joins::id.eq(id),
        person_joins::person_id.eq(person),
        person_joins::into_id.eq(other),
        person_joins::document.eq(paper.map(|paper| vault.seal_json(&identity(id), paper)).transpose()?),
        person_joins::reason.eq(""),
        person_joins::joined_by.eq(&supervisor),
        person_joins::joined_at.eq(by.now),
        person_joins::waits.eq(false),
        person_joins::confirmed_by.eq(Some(&supervisor)),
        person_joins::confirmed_at.eq(Some(by.now)),
        person_joins::part_reason.eq(Some(tx.seal_text(&format!("person_joins/{id}/part_reason"), why))),
        person_joins::parted_by.eq(Some(&supervisor)),
        person_joins::parted_at.eq(Some(by.now)),
    );
    diesel::insert_into(person_joins::table).values(row).execute(&mut **tx)?;
    Ok(())
}

/// Looks at two records as if they were joined already: whatever is to be judged of both together.
pub fn as_one<T>(tx: &mut Tx, (person, into): (Id, Id), look: impl FnOnce(&mut Tx) -> Result<T>) -> Result<T> {
    point(tx, person, Some(into))?;
    let seen = look(tx);
    point(tx, person, None)?;
    seen
}

fn point(tx: &mut Tx, person: Id, into: Option<Id>) -> Result<()> {
    let into = into.map(|id| id.to_string());
    diesel::update(people::table.find(person)).set(people::joined_into.eq(into)).execute(&mut **tx)?;
    Ok(())
}
