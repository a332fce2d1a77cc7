//! Two records of one human: the one points to the other, with the reason, and can be parted from it again. Each keeps what it
//! has, and what is entered by its own number meanwhile; accounts, proofs and letters stay with the record to which they belong.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::facts::{Fact, FactKind, Paper, Rank, known_in};
use super::{names, store, wards};
use crate::auth::{By, whoever};
use crate::calendar::PartialDate;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx, forget_known, known};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::schema::{facts, people, person_joins};
use crate::secrets::vault::Vault;

/// The records to which others were joined, by those others.
pub fn records_of(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Id>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Id, Option<Id>)> = known(conn, "records that were joined", ids, |conn| {
        let joined = people::table.filter(people::id.eq_any(ids.iter().copied())).filter(people::joined_into.is_not_null());
        Ok(joined.select((people::id, people::joined_into)).load(conn)?)
    })?;
    Ok(rows.into_iter().filter_map(|(id, into)| Some((id, into?))).collect())
}

/// Each of these records as the one to which it was joined, or as itself, in their order.
pub fn last_of(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Id>> {
    let joined = records_of(conn, ids)?;
    Ok(ids.iter().map(|id| joined.get(id).copied().unwrap_or(*id)).collect())
}

/// The record to which one was joined, or itself.
pub fn last(conn: &mut Conn, id: Id) -> Result<Id> {
    Ok(records_of(conn, &[id])?.remove(&id).unwrap_or(id))
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

/// Whether two records are so unlike, or so much hangs on either, that it takes two people to join them: names, personal numbers, or
/// days of birth differ or were settled, an account is proven for one, or a case has registered something of one's status.
pub fn takes_two(conn: &mut Conn, vault: &Vault, (one, other): (Id, Id)) -> Result<bool> {
    let found = store::records(conn, vault, &[one, other])?;
    let (Some(a), Some(b)) = (found.get(&one), found.get(&other)) else { return Ok(true) };
    let are_numbered_apart = a.number.number().zip(b.number.number()).is_some_and(|(one, other)| one != other);
    let are_apart = PartialDate::are_apart(a.birth_on, b.birth_on) || are_numbered_apart || a.number.sex() != b.number.sex();
    if are_apart || !names::passes_for(&a.name, &b.name) {
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
        person_joins::document_index.eq(Some(paper.index(vault))),
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

/// A join that has ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    pub id: Id,
    pub record: Id,
    pub into: Id,
    /// From when to when either held for both.
    pub since: Moment,
    pub until: Moment,
}

type EndedRow = (Id, Id, Id, Moment, Option<Moment>, Option<Moment>);

/// The joins of these records that have ended, without what was only asked for, and notes that two records are of two humans.
pub fn ended(conn: &mut Conn, records: &[Id]) -> Result<Vec<Ended>> {
    let parted = person_joins::table.filter(person_joins::parted_at.is_not_null()).filter(person_joins::waits.eq(false));
    let either = person_joins::person_id.eq_any(records.to_vec()).or(person_joins::into_id.eq_any(records.to_vec()));
    let rows = parted.filter(either).filter(person_joins::reason.ne("")).order(person_joins::id);
    let columns = (
        person_joins::id,
        person_joins::person_id,
        person_joins::into_id,
        person_joins::joined_at,
        person_joins::confirmed_at,
        person_joins::parted_at,
    );
    let rows: Vec<EndedRow> = rows.select(columns).load(conn)?;
    let ended = |(id, record, into, joined_at, confirmed_at, parted_at): EndedRow| {
        Some(Ended { id, record, into, since: confirmed_at.unwrap_or(joined_at), until: parted_at? })
    };
    Ok(rows.into_iter().filter_map(ended).collect())
}

/// Whether something was voided with a parting of two records that are still two humans'.
pub fn are_parted_by(conn: &mut Conn, id: Id) -> Result<bool> {
    let parted = person_joins::table.find(id).filter(person_joins::parted_at.is_not_null());
    let two: Option<(Id, Id)> = parted.select((person_joins::person_id, person_joins::into_id)).first(conn).optional()?;
    two.map_or(Ok(false), |(one, other)| Ok(!records(conn, one)?.contains(&other)))
}

/// Cases and certificates that have said something of a record, or of others beside it, while it was joined to another or that to it,
/// which has ended: somebody looks whom they mean.
pub fn entered_meanwhile(conn: &mut Conn, record: Id) -> Result<Vec<String>> {
    let mut found: Vec<String> = Vec::new();
    for join in ended(conn, &[record])? {
        let said = facts::table.filter(facts::person_id.eq(record).or(facts::other_id.eq(record.to_string())));
        let said = said.filter(facts::recorded_at.ge(join.since)).filter(facts::recorded_at.lt(join.until));
        let said = said.filter(facts::source.like("cases/%").or(facts::source.like("certificates/%")));
        found.extend(said.select(facts::source).distinct().load::<String>(conn)?);
    }
    found.sort_unstable();
    found.dedup();
    found.truncate(100);
    Ok(found)
}

/// The records whose joins rest on a paper, as far as they stand or were asked for, each before the one to which it points or is to.
pub fn resting_on(conn: &mut Conn, document: &str) -> Result<Vec<(Id, Id)>> {
    let open = person_joins::table.filter(person_joins::document_index.eq(document)).filter(person_joins::parted_at.is_null());
    Ok(open.order(person_joins::id).select((person_joins::person_id, person_joins::into_id)).load(conn)?)
}

/// Strikes the notes that rest on a paper by which two records were said to be of two humans; of which records they were.
pub fn strike_notes(tx: &mut Tx, document: &str, now: Moment) -> Result<Vec<Id>> {
    let noted = person_joins::table.filter(person_joins::document_index.eq(document)).filter(person_joins::reason.eq(""));
    let noted = noted.filter(person_joins::struck_at.is_null()).order(person_joins::id);
    let rows: Vec<(Id, Id, Id)> =
        noted.select((person_joins::id, person_joins::person_id, person_joins::into_id)).load(&mut **tx)?;
    let ids: Vec<Id> = rows.iter().map(|(id, ..)| *id).collect();
    diesel::update(person_joins::table.filter(person_joins::id.eq_any(ids)))
        .set(person_joins::struck_at.eq(Some(now)))
        .execute(&mut **tx)?;
    Ok(rows.into_iter().flat_map(|(_, one, other)| [one, other]).collect())
}

/// How many rows of before a start fills at once.
const BATCH: i64 = 500;

/// Lets the joins of before be found by the paper on which they rest.
pub fn fill(tx: &mut Tx, vault: &Vault) -> Result<()> {
    loop {
        let open = person_joins::table.filter(person_joins::document.is_not_null());
        let open = open.filter(person_joins::document_index.is_null()).order(person_joins::id).limit(BATCH);
        let open: Vec<(Id, Option<String>)> = open.select((person_joins::id, person_joins::document)).load(&mut **tx)?;
        if open.is_empty() {
            return Ok(());
        }
        for (id, document) in open {
            let paper: Paper = vault.open_json(&identity(id), document.unwrap_or_default())?;
            let index = person_joins::document_index.eq(Some(paper.index(vault)));
            diesel::update(person_joins::table.find(id)).set(index).execute(&mut **tx)?;
        }
    }
}

/// Parts a record from the one to which it was joined, or takes back what was asked for; the join that has ended.
pub fn part(tx: &mut Tx, vault: &Vault, by: &By, person: Id, why: &str) -> Result<Option<Ended>> {
    let open = person_joins::table.filter(person_joins::person_id.eq(person)).filter(person_joins::parted_at.is_null());
    let open: Vec<Id> = open.select(person_joins::id).load(&mut **tx)?;
    for id in &open {
        let parted = (
            person_joins::part_reason.eq(Some(tx.seal_text(&format!("person_joins/{id}/part_reason"), why))),
            person_joins::parted_by.eq(Some(by.caller.name())),
            person_joins::parted_at.eq(Some(by.now)),
        );
        diesel::update(person_joins::table.find(*id)).set(parted).execute(&mut **tx)?;
    }
    let into = of(tx, person)?.into;
    point(tx, person, None)?;
    [Some(person), into].into_iter().flatten().try_for_each(|record| wards::refresh(tx, vault, record))?;
    Ok(ended(tx, &[person])?.into_iter().find(|join| open.contains(&join.id) && Some(join.into) == into))
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
        person_joins::document_index.eq(paper.map(|paper| paper.index(vault))),
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
    forget_known();
    diesel::update(people::table.find(person)).set(people::joined_into.eq(into)).execute(&mut **tx)?;
    Ok(())
}
