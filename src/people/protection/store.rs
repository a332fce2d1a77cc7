//! Protection marks as kept: sealed, found by the blind indexes of whom they bar, with a history that only grows.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize, Serializer};

use super::super::found_by::{names_ever, spellings};
use super::super::{Identifier, Name, joins, names, numbers};
use super::model::{CourtOrder, MarkAct, MarkStatus, ProtectionGround};
use crate::auth::{By, protection, whoever};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Record, Tx};
use crate::error::{Code, Result};
use crate::http::{Page, Paging};
use crate::schema::{
    accounts, letters_of_proxy as letters, protection_barred, protection_lines, protection_marks, protection_names,
};
use crate::secrets::vault::Vault;
use crate::{find, read_page, save};

/// Somebody who is barred.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Barred {
    pub name: Name,
    #[serde(serialize_with = "whole")]
    pub number: Option<Identifier>,
}

impl Barred {
    /// Whether another entry means the same: by the number, or where neither has one, by the name.
    fn is(&self, other: &Self) -> bool {
        match (&self.number, &other.number) {
            (Some(one), Some(other)) => one == other,
            (None, None) => names::passes_for(self.name.as_str(), other.name.as_str()),
            _ => false,
        }
    }
}

/// Numbers stand whole in what is sealed.
fn whole<S: Serializer>(number: &Option<Identifier>, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    number.as_ref().map(Identifier::expose).serialize(serializer)
}

/// What a mark says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Content {
    pub order: Option<CourtOrder>,
    pub barred: Vec<Barred>,
    /// Why it was entered, or corrected last.
    pub reason: String,
}

/// A mark as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = protection_marks, treat_none_as_null = true)]
pub struct Mark {
    pub id: Id,
    pub person_id: Id,
    pub status: MarkStatus,
    pub ground: ProtectionGround,
    pub from_on: NaiveDate,
    pub until_on: Option<NaiveDate>,
    pub body: String,
    pub entered_by: String,
    pub entered_at: Moment,
    pub confirmed_by: Option<String>,
    pub confirmed_at: Option<Moment>,
    pub lift_asked_by: Option<String>,
    pub lift_asked_at: Option<Moment>,
    pub lifted_by: Option<String>,
    pub lifted_at: Option<Moment>,
    pub version: i32,
}

impl Content {
    /// Whether another mark says the same: by the same order, of the same people.
    fn is(&self, other: &Self) -> bool {
        let has = |all: &[Barred], one: &Barred| all.iter().any(|other| other.is(one));
        let (mine, others) = (&self.barred, &other.barred);
        self.order == other.order && mine.iter().all(|one| has(others, one)) && others.iter().all(|one| has(mine, one))
    }
}

impl Mark {
    /// What it says, opened.
    pub fn content(&self, vault: &Vault) -> Result<Content> {
        vault.open_json(&identity(self.id), self.body.clone())
    }

    /// Lets it say something.
    pub fn say(&mut self, vault: &Vault, content: &Content) -> Result<()> {
        self.body = vault.seal_json(&identity(self.id), content)?;
        Ok(())
    }

    /// Whether it protects on a day; none is entered before its first one.
    pub fn is_in_force(&self, day: NaiveDate) -> bool {
        self.status != MarkStatus::Lifted && self.until_on.is_none_or(|until| until >= day)
    }
}

fn identity(id: Id) -> String {
    format!("protection_marks/{id}/body")
}

/// A mark, to whoever may see any.
pub fn find(conn: &mut Conn, id: Id) -> Result<Mark> {
    let found: Option<Mark> = find!(conn, protection_marks::table.find(id).select(Mark::as_select()))?;
    found.ok_or_else(|| Code::NOT_FOUND.into())
}

/// Whom a mark bars.
pub fn barred_by(conn: &mut Conn, vault: &Vault, id: Id) -> Result<Vec<Barred>> {
    Ok(find(conn, id)?.content(vault)?.barred)
}

/// A page of the marks on a human, in whichever of their records, and on whom nobody can tell from them, the newest first.
pub fn list(conn: &mut Conn, person: Id, paging: &Paging) -> Result<Page<Mark>> {
    let mut records = joins::records(conn, person)?;
    let marked: Vec<Id> = protection_marks::table.select(protection_marks::person_id).distinct().load(conn)?;
    let like: Vec<Id> = protection::like_of(conn, &records, &marked)?.into_iter().map(|(_, other)| other).collect();
    records.extend(joins::all_records(conn, &like)?);
    let matching = || -> protection_marks::BoxedQuery<'_, Backend> {
        protection_marks::table.filter(protection_marks::person_id.eq_any(records.iter().copied())).into_boxed()
    };
    read_page!(conn, paging, matching, protection_marks::id desc, Mark)
}

/// A mark that stands on a human, in whichever of their records, and has not ended, with the same ground, order and people.
pub fn same(conn: &mut Conn, vault: &Vault, mark: &Mark, content: &Content, today: NaiveDate) -> Result<Option<Id>> {
    let records = joins::records(conn, mark.person_id)?;
    let marks = protection_marks::table
        .filter(protection_marks::person_id.eq_any(records))
        .filter(protection_marks::ground.eq(mark.ground))
        .filter(protection_marks::status.ne(MarkStatus::Lifted))
        .filter(protection_marks::until_on.is_null().or(protection_marks::until_on.ge(today)))
        .order(protection_marks::id);
    let marks: Vec<Mark> = marks.select(Mark::as_select()).load(conn)?;
    for mark in marks {
        if mark.content(vault)?.is(content) {
            return Ok(Some(mark.id));
        }
    }
    Ok(None)
}

pub fn insert(tx: &mut Tx, mark: &Mark) -> Result<()> {
    diesel::insert_into(protection_marks::table).values(mark).execute(&mut **tx)?;
    Ok(())
}

pub fn save(tx: &mut Tx, mark: &mut Mark) -> Result<()> {
    save!(tx, protection_marks, mark)
}

/// Finds those whom a mark bars by their numbers and names from now on, in the place of those of before.
pub fn find_by(tx: &mut Tx, vault: &Vault, mark: Id, barred: &[Barred]) -> Result<()> {
    find_by_name(tx, vault, mark, barred)?;
    diesel::delete(protection_barred::table.filter(protection_barred::mark_id.eq(mark))).execute(&mut **tx)?;
    let indexes: BTreeSet<String> =
        barred.iter().filter_map(|one| one.number.as_ref()).map(|number| numbers::index(vault, number)).collect();
    for index in indexes {
        let row = (protection_barred::mark_id.eq(mark), protection_barred::number_index.eq(index));
        diesel::insert_into(protection_barred::table).values(row).execute(&mut **tx)?;
    }
    Ok(())
}

fn find_by_name(tx: &mut Tx, vault: &Vault, mark: Id, barred: &[Barred]) -> Result<()> {
    diesel::delete(protection_names::table.filter(protection_names::mark_id.eq(mark))).execute(&mut **tx)?;
    let indexes = |one: &Barred| {
        let number = one.number.as_ref().map(|number| numbers::index(vault, number)).unwrap_or_default();
        spellings(vault, one.name.as_str()).into_iter().map(move |name| (name, number.clone()))
    };
    for (name, number) in barred.iter().flat_map(indexes).collect::<BTreeSet<_>>() {
        let row = (
            protection_names::mark_id.eq(mark),
            protection_names::name_index.eq(name),
            protection_names::number_index.eq(number),
        );
        diesel::insert_into(protection_names::table).values(row).execute(&mut **tx)?;
    }
    Ok(())
}

/// Lets those whom marks of before bar be found by their names.
pub fn fill(tx: &mut Tx, vault: &Vault) -> Result<()> {
    let filled = protection_names::table.select(protection_names::mark_id);
    let open = protection_marks::table.filter(protection_marks::id.ne_all(filled)).order(protection_marks::id);
    for mark in open.select(protection_marks::id).load::<Id>(&mut **tx)? {
        let barred = barred_by(tx, vault, mark)?;
        find_by_name(tx, vault, mark, &barred)?;
    }
    Ok(())
}

/// Enters a mark once more, on somebody else, unless one that says the same stands on them: it waits for its confirmation.
pub fn copy(tx: &mut Tx, vault: &Vault, by: &By, (mark, person): (Id, Id)) -> Result<()> {
    let mark = find(tx, mark)?;
    let content = mark.content(vault)?;
    let records = joins::records(tx, person)?;
    let theirs = protection_marks::table.filter(protection_marks::person_id.eq_any(records));
    let theirs: Vec<Mark> =
        theirs.filter(protection_marks::status.ne(MarkStatus::Lifted)).select(Mark::as_select()).load(&mut **tx)?;
    for one in theirs {
        if (one.ground, one.from_on, one.until_on) == (mark.ground, mark.from_on, mark.until_on) && one.content(vault)? == content
        {
            return Ok(());
        }
    }
    let mut copy = Mark {
        id: Id::new(by.now),
        person_id: person,
        status: MarkStatus::Standing,
        entered_by: by.caller.name(),
        entered_at: by.now,
        confirmed_by: None,
        confirmed_at: None,
        lift_asked_by: None,
        lift_asked_at: None,
        version: 1,
        ..mark
    };
    copy.say(vault, &content)?;
    insert(tx, &copy)?;
    find_by(tx, vault, copy.id, &content.barred)?;
    revoke_letters(tx, vault, &copy, &content.barred, by.now)?;
    tell(tx, vault, &copy, MarkAct::Enter, (&by.caller.name(), &content.reason, by.now))
}

/// A line of a mark's history: what was done, by whom, why, and what the mark said then.
#[derive(Serialize, Deserialize)]
pub struct Told {
    pub reason: String,
    pub until_on: Option<NaiveDate>,
    pub content: Content,
}

fn line_identity(id: Id, line: i32) -> String {
    format!("protection_lines/{id}/{line}/body")
}

/// Adds a line to a mark's history, and tells the journal.
pub fn tell(tx: &mut Tx, vault: &Vault, mark: &Mark, act: MarkAct, (actor, reason, now): (&str, &str, Moment)) -> Result<()> {
    let before = protection_lines::table.filter(protection_lines::mark_id.eq(mark.id)).count().get_result::<i64>(&mut **tx)?;
    let line = i32::try_from(before).unwrap_or(i32::MAX - 1) + 1;
    let told = Told { reason: reason.to_owned(), until_on: mark.until_on, content: mark.content(vault)? };
    let row = (
        protection_lines::mark_id.eq(mark.id),
        protection_lines::line.eq(line),
        protection_lines::at.eq(now),
        protection_lines::action.eq(act.line().past),
        protection_lines::actor.eq(actor),
        protection_lines::body.eq(vault.seal_json(&line_identity(mark.id, line), &told)?),
    );
    diesel::insert_into(protection_lines::table).values(row).execute(&mut **tx)?;
    let record = Record::change(act.line().journal, format!("protection-marks/{}", mark.id), serde_json::json!({}));
    tx.record(record.about(mark.person_id).because(reason));
    Ok(())
}

/// A line as kept: moment, act, actor, and what was told, opened.
pub type Line = (Moment, String, String, Told);

/// A mark's history.
pub fn history(conn: &mut Conn, vault: &Vault, mark: Id) -> Result<Vec<Line>> {
    let columns =
        (protection_lines::line, protection_lines::at, protection_lines::action, protection_lines::actor, protection_lines::body);
    let lines = protection_lines::table.filter(protection_lines::mark_id.eq(mark)).order(protection_lines::line).limit(200);
    let rows: Vec<(i32, Moment, String, String, String)> = lines.select(columns).load(conn)?;
    let opened = |(line, at, action, actor, body)| Ok((at, action, actor, vault.open_json(&line_identity(mark, line), body)?));
    rows.into_iter().map(opened).collect()
}

/// Revokes letters of proxy by which somebody who is barred by name alone acts for whom the mark protects: by a number they rest
/// by themselves.
pub fn revoke_letters(tx: &mut Tx, vault: &Vault, mark: &Mark, barred: &[Barred], now: Moment) -> Result<()> {
    let named: Vec<&Barred> = barred.iter().filter(|one| one.number.is_none()).collect();
    if named.is_empty() {
        return Ok(());
    }
    let records = joins::records(tx, mark.person_id)?;
    let held = letters::table.inner_join(accounts::table.on(accounts::id.eq(letters::proxy_account_id)));
    let held = held.filter(letters::principal_person_id.eq_any(records)).filter(letters::revoked_at.is_null());
    let held = held.filter(letters::valid_to.ge(now.date()));
    let columns = (letters::id, letters::principal_person_id, accounts::person_id, accounts::id, accounts::name);
    let held: Vec<(Id, Id, Option<Id>, Id, String)> = held.select(columns).load(&mut **tx)?;
    for (letter, principal, owner, account, called) in held {
        let called = vault.open_text(&whoever::name_identity(account), &called)?;
        let records = owner.map_or(Ok(Vec::new()), |owner| joins::records(tx, owner))?;
        let mut names = names_ever(tx, vault, &records)?;
        names.push(called);
        let is_barred = |one: &&Barred| names.iter().any(|name| names::mean_one(one.name.as_str(), name));
        if !named.iter().any(is_barred) {
            continue;
        }
        diesel::update(letters::table.find(letter)).set(letters::revoked_at.eq(Some(now))).execute(&mut **tx)?;
        let record = Record::change("letter_of_proxy.revoked", format!("letters-of-proxy/{letter}"), serde_json::json!({}));
        tx.record(record.about(principal));
    }
    Ok(())
}
