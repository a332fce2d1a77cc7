//! People as kept: sealed, found by the blind index of their number.

use std::collections::HashMap;

use diesel::prelude::*;

use super::facts::{self, NewFact, Rank, Word};
use super::found_by::{is_numbered, keep_names, name_index, namesake_index};
use super::{Identifier, KnownBy, likeness, mask_name, names, numbers};
use crate::auth::standing::letters_of;
use crate::auth::{By, Role};
use crate::calendar::PartialDate;
use crate::db::{Conn, Id, Tx, forget_known, in_parts};
use crate::error::{Code, Error, Problem, Result};
use crate::schema::{
    facts as facts_of, former_id_numbers, people, people_names, person_joins as joins_of, protection_marks as marks,
};
use crate::secrets::vault::{Sealed, Vault};
use crate::{each, prepared};

const NAME: &str = "name";
const NUMBER: &str = "id_number";
const BIRTH_ON: &str = "birth_on";

fn identity(id: Id, field: &str) -> String {
    format!("people/{id}/{field}")
}

/// A person as found by a number.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The human, by the record to which theirs was joined: what holds of either holds of them.
    pub id: Id,
    /// Those of their records that the number finds: what is said by it is said of one of these, so that it is that one's whatever
    /// becomes of a join.
    pub records: Vec<Id>,
    /// Their name in the register.
    pub name: String,
    /// The number by which they were found.
    pub number: Identifier,
    /// Whether it is theirs today.
    pub is_current: bool,
    /// How sure the office is of the name.
    pub name_rank: Rank,
    /// Their day of birth, where it is known.
    pub birth_on: Option<PartialDate>,
    /// How sure the office is of it.
    pub birth_rank: Rank,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = people)]
pub(super) struct Row {
    pub id: Id,
    name: String,
    id_number_index: String,
    shared_index: Option<String>,
    pub joined_into: Option<Id>,
    name_rank: Rank,
    birth_on: Option<String>,
    birth_rank: Rank,
}

impl Row {
    pub fn opened(self, vault: &Vault, number: &Identifier, index: &str) -> Result<Registered> {
        let name = vault.open(&identity(self.id, NAME), &Sealed::from_stored(self.name));
        Ok(Registered {
            id: self.id,
            records: vec![self.id],
            name: name.map_err(|e| Error::internal("a person's data does not open", e))?,
            number: number.clone(),
            is_current: self.id_number_index == index || self.shared_index.as_deref() == Some(index),
            name_rank: self.name_rank,
            birth_on: self.birth_on.map(|sealed| opened_day(vault, self.id, sealed)).transpose()?,
            birth_rank: self.birth_rank,
        })
    }
}

fn opened_day(vault: &Vault, id: Id, sealed: String) -> Result<PartialDate> {
    let text = vault.open(&identity(id, BIRTH_ON), &Sealed::from_stored(sealed));
    let text = text.map_err(|e| Error::internal("a person's data does not open", e))?;
    PartialDate::from_register(&text).ok_or_else(|| Error::Internal(format!("the day of birth of person {id} is none")))
}

/// A person's day of birth, where it is known.
pub fn birth_on(conn: &mut Conn, vault: &Vault, id: Id) -> Result<Option<PartialDate>> {
    let kept = people::table.find(id).select(people::birth_on);
    let sealed: Option<String> = each!(conn, c => kept.first(c))?;
    sealed.map(|sealed| opened_day(vault, id, sealed)).transpose()
}

/// How somebody is named.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    pub name: &'a str,
    pub number: &'a Identifier,
    pub birth_on: Option<PartialDate>,
}

impl Registered {
    /// Whether a record is theirs: the one to which theirs was joined, or one that the number finds.
    pub fn has(&self, record: Id) -> bool {
        self.id == record || self.records.contains(&record)
    }

    /// Which of their records they are called as.
    pub fn record(&self) -> Id {
        let first = self.records.first().copied();
        if self.records.contains(&self.id) { self.id } else { first.unwrap_or(self.id) }
    }

    /// The same, by one record of theirs alone.
    pub fn by(self, record: Id) -> Self {
        Self { records: vec![record], ..self }
    }
}

/// Meets the person of a number at somebody's word: whoever is not known is noted, and what the word says of whoever is known is
/// entered beside what others say. The record of that number, whichever it is joined to, and whether it is new.
pub fn meet(tx: &mut Tx, vault: &Vault, word: &Word<'_>, named: Named<'_>) -> Result<(Id, bool)> {
    match numbers::known(tx, vault, named)? {
        Some(person) => hear(tx, vault, word, &person, named).map(|record| (record, false)),
        None => note(tx, vault, word, named),
    }
}

/// Enters what a word says of a person: beside what others say, whether it adds to that, says otherwise or the same. The record of
/// which it was said: that of the number, whichever it is joined to.
pub fn hear(tx: &mut Tx, vault: &Vault, word: &Word<'_>, person: &Registered, named: Named<'_>) -> Result<Id> {
    let person = numbers::record_meant(tx, vault, person, named)?;
    let passes = names::passes_for(&person.name, named.name);
    // The register's form of a name stays, however it is written this time.
    let name = if passes { person.name.as_str() } else { named.name };
    let said_before = |day: PartialDate| person.birth_on.is_some_and(|known| day.says_all_of(known) && known.says_all_of(day));
    let is_name_new = !passes || word.rank.is_above(person.name_rank);
    let is_day_new = named.birth_on.is_some_and(|day| !said_before(day) || word.rank.is_above(person.birth_rank));
    facts::say(tx, vault, word, &NewFact::name(person.id, name))?;
    if let Some(day) = named.birth_on {
        facts::say(tx, vault, word, &NewFact::birth_on(person.id, day))?;
    }
    // What says the same, and no more surely, changes nothing of what is known today.
    if is_name_new || is_day_new {
        facts::project(tx, vault, person.id)?;
    }
    Ok(person.id)
}

/// As [`meet`], for a number by which nobody was found a moment ago. A record of which nothing stands any more is met again by
/// whatever made it; anybody else whom the number is said to be of has a record of their own.
pub fn note(tx: &mut Tx, vault: &Vault, word: &Word<'_>, named: Named<'_>) -> Result<(Id, bool)> {
    let new = NewPerson { named, index: numbers::index_in(vault, named.number, &word.source), claim: None };
    if let Some(id) = insert(tx, vault, word, &new)? {
        return Ok((id, true));
    }
    numbers::release(tx, vault, named.number, &word.source)?;
    if let Some(id) = insert(tx, vault, word, &new)? {
        return Ok((id, true));
    }
    // Another node noted the same person in between; or the same source named them before, whom no number finds.
    let found = match numbers::known(tx, vault, named)? {
        Some(found) => found,
        None => {
            let id: Id = people::table.filter(people::id_number_index.eq(&new.index)).select(people::id).first(&mut **tx)?;
            record(tx, vault, id, named.number)?
        }
    };
    hear(tx, vault, word, &found, named).map(|record| (record, false))
}

/// The record of what somebody says of a person: no number finds it, and it says nothing of whoever has that number. One
/// record for each whom the same claimant, a caller or a channel, names alike.
pub fn claim(tx: &mut Tx, vault: &Vault, word: &Word<'_>, claimant: &str, named: Named<'_>) -> Result<Id> {
    numbers::own_numbers(tx, vault, [named.number])?;
    let claimed = numbers::index_in(vault, named.number, &word.source);
    let own = people::table.filter(people::claimed_index.eq(&claimed)).filter(people::claimed_by.eq(claimant));
    let said: Vec<(Id, String)> = own.select((people::id, people::name)).order(people::id).load(&mut **tx)?;
    for (id, name) in said {
        let name = vault.open(&identity(id, NAME), &Sealed::from_stored(name));
        let name = name.map_err(|e| Error::internal("a person's data does not open", e))?;
        if names::same_name(&name, named.name) {
            let own = record(tx, vault, id, named.number)?;
            return hear(tx, vault, word, &own, named);
        }
    }
    let id = Id::new(word.now);
    let new = NewPerson { named, index: format!("claim/{id}"), claim: Some(Claim { claimant, number: claimed, id }) };
    let made = insert(tx, vault, word, &new)?;
    made.ok_or_else(|| Error::Internal("a claim is neither there nor new".to_owned()))
}

/// Deletes the records of what somebody was said to be within a matter: those on which nothing rests beside it.
pub fn forget_claims(tx: &mut Tx, claimant: &str) -> Result<()> {
    let said = people::table.filter(people::claimed_by.eq(claimant)).filter(people::joined_into.is_null());
    let said: Vec<Id> = said.order(people::id).select(people::id).load(&mut **tx)?;
    forget_known();
    for id in said {
        let marks: i64 = marks::table.filter(marks::person_id.eq(id)).count().get_result(&mut **tx)?;
        let ties: i64 = facts_of::table.filter(facts_of::other_id.eq(id.to_string())).count().get_result(&mut **tx)?;
        let joined = joins_of::table.filter(joins_of::person_id.eq(id).or(joins_of::into_id.eq(id)));
        let joined: i64 = joined.count().get_result(&mut **tx)?;
        if marks + ties + joined > 0 {
            continue;
        }
        diesel::delete(facts_of::table.filter(facts_of::person_id.eq(id))).execute(&mut **tx)?;
        diesel::delete(people_names::table.filter(people_names::person_id.eq(id))).execute(&mut **tx)?;
        diesel::delete(former_id_numbers::table.filter(former_id_numbers::person_id.eq(id))).execute(&mut **tx)?;
        diesel::delete(people::table.find(id)).execute(&mut **tx)?;
    }
    Ok(())
}

/// The record that a record means: itself, or for what somebody claimed that of whoever is known to be meant, else of the person of
/// that number, met at a word.
pub fn meant(tx: &mut Tx, vault: &Vault, word: &Word<'_>, (id, known): (Id, Option<&Registered>)) -> Result<Id> {
    let claimed: Option<String> = people::table.find(id).select(people::claimed_by).first(&mut **tx)?;
    if claimed.is_none() {
        return Ok(id);
    }
    let (name, number) = open(tx, vault, id)?;
    numbers::own_numbers(tx, vault, [&number])?;
    let birth_on = birth_on(tx, vault, id)?;
    let named = Named { name: &name, number: &number, birth_on };
    match known {
        Some(known) => hear(tx, vault, word, known, named),
        None => meet(tx, vault, word, named).map(|(id, _)| id),
    }
}

/// Notes somebody beside whoever else has their number: two people can truly have one (國民身分證及戶口名簿製發相片影像檔建置管理辦法
/// §6).
pub fn note_beside(tx: &mut Tx, vault: &Vault, word: &Word<'_>, named: Named<'_>) -> Result<Id> {
    numbers::own_numbers(tx, vault, [named.number])?;
    if numbers::held(tx, vault, named.number)?.is_empty() {
        return note(tx, vault, word, named).map(|(id, _)| id);
    }
    let new = NewPerson { named, index: format!("shared/{}", Id::new(word.now)), claim: None };
    let made = insert(tx, vault, word, &new)?;
    let id = made.ok_or_else(|| Error::Internal("a person is neither there nor new".to_owned()))?;
    let shared = people::shared_index.eq(Some(numbers::index(vault, named.number)));
    forget_known();
    diesel::update(people::table.find(id)).set(shared).execute(&mut **tx)?;
    Ok(id)
}

struct NewPerson<'a> {
    named: Named<'a>,
    /// What finds them.
    index: String,
    claim: Option<Claim<'a>>,
}

/// What is only claimed: by whom, the index of the number, and the record's key.
struct Claim<'a> {
    claimant: &'a str,
    number: String,
    id: Id,
}

/// Notes a person; `None` when the number is somebody's by now.
fn insert(tx: &mut Tx, vault: &Vault, word: &Word<'_>, new: &NewPerson<'_>) -> Result<Option<Id>> {
    let named = new.named;
    let id = new.claim.as_ref().map_or_else(|| Id::new(word.now), |claim| claim.id);
    let row = (
        people::id.eq(id),
        people::name.eq(vault.seal(&identity(id, NAME), named.name).into_stored()),
        people::id_number.eq(vault.seal(&identity(id, NUMBER), &named.number.expose()).into_stored()),
        people::id_number_index.eq(&new.index),
        people::birth_on.eq(named.birth_on.map(|d| vault.seal(&identity(id, BIRTH_ON), &d.to_string()).into_stored())),
        people::created_at.eq(word.now),
        people::claimed_by.eq(new.claim.as_ref().map(|claim| claim.claimant)),
        people::claimed_index.eq(new.claim.as_ref().map(|claim| claim.number.as_str())),
        people::name_index.eq(Some(name_index(vault, named.name))),
        people::name_rank.eq(word.rank),
        people::birth_rank.eq(word.rank),
        people::likeness_index.eq(Some(likeness::index(vault, named))),
        people::namesake_index.eq(Some(namesake_index(vault, named))),
        people::numbered.eq(Some(is_numbered(named))),
    );
    forget_known();
    let made = prepared!(&mut **tx, diesel::insert_into(people::table).values(row).on_conflict_do_nothing(), execute)?;
    if made == 0 {
        return Ok(None);
    }
    keep_names(tx, vault, id, [named.name])?;
    facts::say(tx, vault, word, &NewFact::name(id, named.name))?;
    if let Some(day) = named.birth_on {
        facts::say(tx, vault, word, &NewFact::birth_on(id, day))?;
    }
    Ok(Some(id))
}

/// A person's name and number, opened.
pub fn open(conn: &mut Conn, vault: &Vault, id: Id) -> Result<(String, Identifier)> {
    let kept = people::table.find(id).select((people::name, people::id_number));
    let (name, number): (String, String) = each!(conn, c => kept.first(c))?;
    opened(vault, id, name, number)
}

fn opened(vault: &Vault, id: Id, name: String, number: String) -> Result<(String, Identifier)> {
    let open = |field, text| {
        let text = vault.open(&identity(id, field), &Sealed::from_stored(text));
        text.map_err(|e| Error::internal("a person's data does not open", e))
    };
    let name = open(NAME, name)?;
    let number = open(NUMBER, number)?.parse().map_err(|e| Error::internal("a stored number is wrong", e))?;
    Ok((name, number))
}

/// Names and numbers of many people, by id, as shown to those who need not know them.
pub fn masked_all(conn: &mut Conn, vault: &Vault, ids: &[Id]) -> Result<HashMap<Id, (String, KnownBy)>> {
    let ids: Vec<&str> = ids.iter().map(Id::as_str).collect();
    let rows: Vec<(Id, String, String)> =
        people::table.filter(people::id.eq_any(ids)).select((people::id, people::name, people::id_number)).load(conn)?;
    rows.into_iter().map(|(id, name, number)| Ok((id, masks(opened(vault, id, name, number)?)))).collect()
}

fn masks((name, number): (String, Identifier)) -> (String, KnownBy) {
    (mask_name(&name), KnownBy::masked(&number))
}

/// A person's name and number as shown to those who need not know them.
pub fn masked(conn: &mut Conn, vault: &Vault, id: Id) -> Result<(String, KnownBy)> {
    open(conn, vault, id).map(masks)
}

/// The people for whom a caller holds letters of proxy of that scope today.
pub fn principals(conn: &mut Conn, by: &By, scope: &str) -> Result<Vec<Id>> {
    let Some(account) = by.caller.account().filter(|account| account.roles.contains(&Role::Proxy)) else {
        return Ok(Vec::new());
    };
    let held = letters_of(conn, account.id, by.now.date())?.into_iter().filter(|letter| letter.scope == scope);
    Ok(held.map(|letter| letter.principal_person_id).collect())
}

/// The people for whom a caller acts: their own person, what they have said of themselves, and for a proxy the principals of
/// valid letters.
pub fn represented(conn: &mut Conn, by: &By, scope: &str) -> Result<Vec<Id>> {
    let mut people = by.caller.own_records();
    people.extend(principals(conn, by, scope)?);
    Ok(people)
}

/// The record under which a caller may act for whoever has a number: their own, or a principal's, of that number, or else the one to
/// which that was joined.
pub fn represented_as(conn: &mut Conn, vault: &Vault, by: &By, scope: &str, number: &Identifier) -> Result<Option<Id>> {
    let represented = represented(conn, by, scope)?;
    for holder in numbers::holders(conn, vault, number)? {
        let mut theirs = holder.records.into_iter().chain([holder.id]);
        if let Some(record) = theirs.find(|record| represented.contains(record)) {
            return Ok(Some(record));
        }
    }
    for id in by.caller.own_records() {
        if open(conn, vault, id)?.1 == *number {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Refuses a person who is not there.
pub fn require(conn: &mut Conn, id: Id) -> Result<()> {
    let there: i64 = people::table.find(id).count().get_result(conn)?;
    if there == 0 { Err(Code::NOT_FOUND.into()) } else { Ok(()) }
}

/// Whether a record is what somebody has only said of one.
pub fn is_claimed(conn: &mut Conn, id: Id) -> Result<bool> {
    let claimed: Option<String> = people::table.find(id).select(people::claimed_by).first(conn)?;
    Ok(claimed.is_some())
}

/// Refuses a person who is not there, and what somebody has only said of one.
pub fn require_record(conn: &mut Conn, id: Id) -> Result<()> {
    let claimed: Option<Option<String>> = people::table.find(id).select(people::claimed_by).first(conn).optional()?;
    match claimed {
        None => Err(Code::NOT_FOUND.into()),
        Some(None) => Ok(()),
        Some(Some(_)) => {
            let (zh, en) =
                ("此為他人所陳述之資料，並非本所登載之人", "this is what somebody has said, and nobody whom the office knows");
            Err(Problem::new(Code::CONFLICT).detail(zh, en).into())
        }
    }
}

/// A record as it stands, under the number by which it was found.
pub fn record(conn: &mut Conn, vault: &Vault, id: Id, number: &Identifier) -> Result<Registered> {
    let row: Row = people::table.find(id).select(Row::as_select()).first(conn)?;
    row.opened(vault, number, &numbers::index(vault, number))
}

/// Many records as they stand, by id.
pub fn records(conn: &mut Conn, vault: &Vault, ids: &[Id]) -> Result<HashMap<Id, Registered>> {
    let rows: Vec<(Row, String)> = in_parts(ids, |part| {
        let rows = people::table.filter(people::id.eq_any(part.iter().copied()));
        Ok(rows.select((Row::as_select(), people::id_number)).load(conn)?)
    })?;
    let opened = |(row, number): (Row, String)| {
        let number = vault.open(&identity(row.id, NUMBER), &Sealed::from_stored(number));
        let number = number.map_err(|e| Error::internal("a person's data does not open", e))?;
        let number = number.parse().map_err(|e| Error::internal("a stored number is wrong", e))?;
        let index = row.id_number_index.clone();
        Ok((row.id, row.opened(vault, &number, &index)?))
    };
    rows.into_iter().map(opened).collect()
}

/// Somebody who was noted a moment ago.
pub fn as_named(id: Id, named: Named<'_>, rank: Rank) -> Registered {
    Registered {
        id,
        records: vec![id],
        name: named.name.to_owned(),
        number: named.number.clone(),
        is_current: true,
        name_rank: rank,
        birth_on: named.birth_on,
        birth_rank: rank,
    }
}
