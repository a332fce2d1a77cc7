//! People as kept: sealed, found by the blind index of their number.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{IdNumber, mask_name, names};
use crate::auth::{By, Role};
use crate::calendar::PartialDate;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::schema::{former_id_numbers, letters_of_proxy, people};
use crate::secrets::vault::{Sealed, Vault};
use crate::{each, prepared};

const NAME: &str = "name";
const NUMBER: &str = "id_number";
const BIRTH_ON: &str = "birth_on";

fn identity(id: Id, field: &str) -> String {
    format!("people/{id}/{field}")
}

/// The index under which a person's number is found.
pub fn index(vault: &Vault, number: &IdNumber) -> String {
    vault.blind_index("people/id_number", number.expose())
}

/// Finds a person by number; a number that somebody had before finds the person of today.
pub fn find(conn: &mut Conn, vault: &Vault, number: &IdNumber) -> Result<Option<Id>> {
    let index = index(vault, number);
    let today = people::table.filter(people::id_number_index.eq(&index)).select(people::id);
    let found = each!(conn, c => today.first(c)).optional()?;
    if found.is_some() {
        return Ok(found);
    }
    let before = former_id_numbers::table.find(index).select(former_id_numbers::person_id);
    Ok(each!(conn, c => before.first(c)).optional()?)
}

/// A person as found by a number.
#[derive(Clone, Debug)]
pub struct Registered {
    pub id: Id,
    /// Their name in the register.
    pub name: String,
    /// The number by which they were found.
    pub number: IdNumber,
    /// Whether it is theirs today.
    pub is_current: bool,
}

/// A person found by number, today's or a former one, with their name in the register.
pub fn known(conn: &mut Conn, vault: &Vault, number: &IdNumber) -> Result<Option<Registered>> {
    let index = index(vault, number);
    let before = former_id_numbers::table.find(&index).select(former_id_numbers::person_id).single_value();
    let holders = people::table.filter(people::id_number_index.eq(&index).or(people::id.nullable().eq(before)));
    let holders = holders.select((people::id, people::name, people::id_number_index));
    let holders: Vec<(Id, String, String)> = each!(conn, c => holders.load(c))?;
    // Whoever has the number today goes before whoever had it once.
    let holder = holders.into_iter().max_by_key(|(.., today)| *today == index);
    let opened = |(id, name, today): (Id, String, String)| {
        let name = vault.open(&identity(id, NAME), &Sealed::from_stored(name));
        let name = name.map_err(|e| Error::internal("a person's data does not open", e))?;
        Ok(Registered { id, name, number: number.clone(), is_current: today == index })
    };
    holder.map(opened).transpose()
}

/// Makes whoever else acts on the people of these numbers wait, whether the register knows them yet or not.
pub fn own_numbers<'n>(tx: &mut Tx, vault: &Vault, numbers: impl IntoIterator<Item = &'n IdNumber>) -> Result<()> {
    if tx.is_alone() {
        return Ok(());
    }
    tx.own(numbers.into_iter().map(|number| set_of(&index(vault, number))))
}

/// Makes whoever else acts on these people wait, by whichever number, today's or a former one, they name them.
pub fn own(tx: &mut Tx, people: &[Id]) -> Result<()> {
    if tx.is_alone() {
        return Ok(());
    }
    let ids: Vec<&str> = people.iter().map(Id::as_str).collect();
    let today = people::table.filter(people::id.eq_any(ids.clone())).select(people::id_number_index);
    let mut indexes: Vec<String> = each!(&mut **tx, c => today.load(c))?;
    let before = former_id_numbers::table.filter(former_id_numbers::person_id.eq_any(ids));
    let before = before.select(former_id_numbers::id_number_index);
    indexes.extend(each!(&mut **tx, c => before.load::<String>(c))?);
    tx.own(indexes.iter().map(|index| set_of(index)))
}

fn set_of(index: &str) -> String {
    format!("people/{index}")
}

/// Whether the number is one that the person had before.
pub fn had(conn: &mut Conn, vault: &Vault, id: Id, number: &IdNumber) -> Result<bool> {
    let holder: Option<Id> =
        former_id_numbers::table.find(index(vault, number)).select(former_id_numbers::person_id).first(conn).optional()?;
    Ok(holder == Some(id))
}

/// Whether the number is the one that the person has today.
pub fn is_current(conn: &mut Conn, vault: &Vault, id: Id, number: &IdNumber) -> Result<bool> {
    let current: String = people::table.find(id).select(people::id_number_index).first(conn)?;
    Ok(current == index(vault, number))
}

/// Gives a person another number; the old one goes on finding them.
pub fn change_number(tx: &mut Tx, vault: &Vault, id: Id, new: &IdNumber, case_id: Id, now: Moment) -> Result<()> {
    own_numbers(tx, vault, [new])?;
    if find(tx, vault, new)?.is_some() {
        let text = Text::new("此統一編號已屬於他人或曾經使用", "the number is, or was, somebody's");
        return Err(Problem::new(Code::CONFLICT).field("/fields/new_number", "taken", text).into());
    }
    replace_number(tx, vault, id, new, case_id, now)
}

/// Gives a person a number back that they had before; the one of now goes on finding them.
pub fn restore_number(tx: &mut Tx, vault: &Vault, id: Id, former: &IdNumber, case_id: Id, now: Moment) -> Result<()> {
    diesel::delete(former_id_numbers::table.find(index(vault, former)).filter(former_id_numbers::person_id.eq(id)))
        .execute(&mut **tx)?;
    replace_number(tx, vault, id, former, case_id, now)
}

fn replace_number(tx: &mut Tx, vault: &Vault, id: Id, new: &IdNumber, case_id: Id, now: Moment) -> Result<()> {
    let (_, old) = open(tx, vault, id)?;
    let old_index = index(vault, &old);
    let sealed = vault.seal(&format!("former_id_numbers/{old_index}"), old.expose()).into_stored();
    let row = (
        former_id_numbers::id_number_index.eq(old_index),
        former_id_numbers::person_id.eq(id),
        former_id_numbers::id_number.eq(sealed),
        former_id_numbers::replaced_at.eq(now),
        former_id_numbers::case_id.eq(case_id),
    );
    diesel::insert_into(former_id_numbers::table).values(row).execute(&mut **tx)?;
    let number = vault.seal(&identity(id, NUMBER), new.expose()).into_stored();
    diesel::update(people::table.find(id))
        .set((people::id_number.eq(number), people::id_number_index.eq(index(vault, new))))
        .execute(&mut **tx)?;
    Ok(())
}

/// Gives a person another name.
pub fn rename(tx: &mut Tx, vault: &Vault, id: Id, name: &str) -> Result<()> {
    let sealed = vault.seal(&identity(id, NAME), name).into_stored();
    diesel::update(people::table.find(id)).set(people::name.eq(sealed)).execute(&mut **tx)?;
    Ok(())
}

/// Notes a person's day of birth, or takes it back.
pub fn set_birth_on(tx: &mut Tx, vault: &Vault, id: Id, date: Option<PartialDate>) -> Result<()> {
    let sealed = date.map(|date| vault.seal(&identity(id, BIRTH_ON), &date.to_string()).into_stored());
    diesel::update(people::table.find(id)).set(people::birth_on.eq(sealed)).execute(&mut **tx)?;
    Ok(())
}

/// A person's day of birth, as far as it is known.
pub fn birth_on(conn: &mut Conn, vault: &Vault, id: Id) -> Result<Option<PartialDate>> {
    let kept = people::table.find(id).select(people::birth_on);
    let sealed: Option<String> = each!(conn, c => kept.first(c))?;
    let Some(sealed) = sealed else { return Ok(None) };
    let text = vault.open(&identity(id, BIRTH_ON), &Sealed::from_stored(sealed));
    let text = text.map_err(|e| Error::internal("a person's data does not open", e))?;
    let date = PartialDate::from_register(&text);
    date.map(Some).ok_or_else(|| Error::Internal(format!("the day of birth of person {id} is none")))
}

/// Finds the person of this number, or notes them; one person a number, whoever comes first. Also
/// whether they are new.
pub fn find_or_note(
    tx: &mut Tx,
    vault: &Vault,
    name: &str,
    number: &IdNumber,
    birth_on: Option<PartialDate>,
    now: Moment,
) -> Result<(Id, bool)> {
    if let Some(id) = find(tx, vault, number)? {
        return Ok((id, false));
    }
    note(tx, vault, name, number, birth_on, now)
}

/// As [`find_or_note`], for a number by which nobody was found a moment ago.
pub fn note(
    tx: &mut Tx,
    vault: &Vault,
    name: &str,
    number: &IdNumber,
    birth_on: Option<PartialDate>,
    now: Moment,
) -> Result<(Id, bool)> {
    if let Some(id) = insert(tx, vault, name, number, birth_on, now)? {
        return Ok((id, true));
    }
    // Another node noted the same person in between.
    let found = find(tx, vault, number)?.ok_or_else(|| Error::Internal("a person is neither there nor new".to_owned()))?;
    Ok((found, false))
}

/// As [`find_or_note`], for whom it makes no difference.
pub fn find_or_create(
    tx: &mut Tx,
    vault: &Vault,
    name: &str,
    number: &IdNumber,
    birth_on: Option<PartialDate>,
    now: Moment,
) -> Result<Id> {
    find_or_note(tx, vault, name, number, birth_on, now).map(|(id, _)| id)
}

/// The person whose number, name and day of birth these are, noted when nobody has the number; `None` when the
/// register knows its holder otherwise, or not well enough to tell.
pub fn prove_or_create(
    tx: &mut Tx,
    vault: &Vault,
    name: &str,
    number: &IdNumber,
    birth_on: PartialDate,
    now: Moment,
) -> Result<Option<Id>> {
    own_numbers(tx, vault, [number])?;
    if find(tx, vault, number)?.is_none()
        && let Some(id) = insert(tx, vault, name, number, Some(birth_on), now)?
    {
        return Ok(Some(id));
    }
    let Some(id) = find(tx, vault, number)? else { return Ok(None) };
    let (registered, current) = open(tx, vault, id)?;
    let born = self::birth_on(tx, vault, id)?.is_some_and(|known| birth_on.says_all_of(known));
    let same = names::passes_for(&registered, name) && current == *number && born;
    Ok(same.then_some(id))
}

/// Notes a person; `None` when the number is somebody's by now.
fn insert(
    tx: &mut Tx,
    vault: &Vault,
    name: &str,
    number: &IdNumber,
    birth_on: Option<PartialDate>,
    now: Moment,
) -> Result<Option<Id>> {
    let id = Id::new(now);
    let row = (
        people::id.eq(id),
        people::name.eq(vault.seal(&identity(id, NAME), name).into_stored()),
        people::id_number.eq(vault.seal(&identity(id, NUMBER), number.expose()).into_stored()),
        people::id_number_index.eq(index(vault, number)),
        people::birth_on.eq(birth_on.map(|d| vault.seal(&identity(id, BIRTH_ON), &d.to_string()).into_stored())),
        people::created_at.eq(now),
    );
    let made = prepared!(&mut **tx, diesel::insert_into(people::table).values(row).on_conflict_do_nothing(), execute)?;
    Ok((made == 1).then_some(id))
}

/// A person's name and number, opened.
pub fn open(conn: &mut Conn, vault: &Vault, id: Id) -> Result<(String, IdNumber)> {
    let kept = people::table.find(id).select((people::name, people::id_number));
    let (name, number): (String, String) = each!(conn, c => kept.first(c))?;
    opened(vault, id, name, number)
}

fn opened(vault: &Vault, id: Id, name: String, number: String) -> Result<(String, IdNumber)> {
    let open = |field, text| {
        let text = vault.open(&identity(id, field), &Sealed::from_stored(text));
        text.map_err(|e| Error::internal("a person's data does not open", e))
    };
    let name = open(NAME, name)?;
    let number = open(NUMBER, number)?.parse().map_err(|e| Error::internal("a stored number is wrong", e))?;
    Ok((name, number))
}

/// Names and numbers of many people, by id, as shown to those who need not know them.
pub fn masked_all(conn: &mut Conn, vault: &Vault, ids: &[Id]) -> Result<HashMap<Id, (String, String)>> {
    let ids: Vec<&str> = ids.iter().map(Id::as_str).collect();
    let rows: Vec<(Id, String, String)> =
        people::table.filter(people::id.eq_any(ids)).select((people::id, people::name, people::id_number)).load(conn)?;
    rows.into_iter().map(|(id, name, number)| Ok((id, masks(opened(vault, id, name, number)?)))).collect()
}

fn masks((name, number): (String, IdNumber)) -> (String, String) {
    (mask_name(&name), number.masked())
}

/// A person's name and number as shown to those who need not know them.
pub fn masked(conn: &mut Conn, vault: &Vault, id: Id) -> Result<(String, String)> {
    open(conn, vault, id).map(masks)
}

/// The people for whom an account holds a letter of proxy of that scope today.
pub fn principals(conn: &mut Conn, account: Id, scope: &str, today: NaiveDate) -> Result<Vec<Id>> {
    use letters_of_proxy as letters;
    Ok(letters::table
        .filter(letters::proxy_account_id.eq(account))
        .filter(letters::revoked_at.is_null())
        .filter(letters::scope.eq(scope))
        .filter(letters::valid_from.le(today).and(letters::valid_to.ge(today)))
        .select(letters::principal_person_id)
        .load(conn)?)
}

/// The first day of the letter by which an account acts for somebody today.
pub fn letter(conn: &mut Conn, account: Id, principal: Id, scope: &str, today: NaiveDate) -> Result<Option<NaiveDate>> {
    use letters_of_proxy as letters;
    Ok(letters::table
        .filter(letters::proxy_account_id.eq(account))
        .filter(letters::principal_person_id.eq(principal))
        .filter(letters::revoked_at.is_null())
        .filter(letters::scope.eq(scope))
        .filter(letters::valid_from.le(today).and(letters::valid_to.ge(today)))
        .order(letters::valid_from.desc())
        .select(letters::valid_from)
        .first(conn)
        .optional()?)
}

/// The people for whom a caller acts: their own person, and for a proxy the principals of valid letters.
pub fn represented(conn: &mut Conn, by: &By, scope: &str) -> Result<Vec<Id>> {
    let mut people: Vec<Id> = by.caller.person_id().into_iter().collect();
    if let Some(account) = by.caller.account().filter(|account| account.roles.contains(&Role::Proxy)) {
        people.extend(principals(conn, account.id, scope, by.now.date())?);
    }
    Ok(people)
}
