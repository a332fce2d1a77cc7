//! By what people and the records about them are found while all that is said of them is sealed: keyed hashes of names, of names
//! with days of birth, and of telephone numbers.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::contacts::Contact;
use super::facts::{self, FactKind};
use super::store::{self, Named};
use super::{IdNumber, Phone, joins, likeness, names};
use crate::calendar::PartialDate;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::prepared;
use crate::schema::{contact_phones, contacts, people, people_names};
use crate::secrets::vault::Vault;

/// Rows that are read at once when those of before are filled in.
const BATCH: i64 = 500;

/// What finds whoever has a name, however it is typed and with whichever variants of its characters.
pub fn name_index(vault: &Vault, name: &str) -> String {
    vault.blind_index("people/name", &names::key(name))
}

/// What a name is known by beside others, as it is typed and as it is spelled.
pub fn spellings(vault: &Vault, name: &str) -> BTreeSet<String> {
    BTreeSet::from([name_index(vault, name), name_index(vault, &names::spelled(name))])
}

/// All that whoever has these records was ever called, in Latin letters too: today, and by every fact of theirs, struck ones as well.
pub fn names_ever(conn: &mut Conn, vault: &Vault, records: &[Id]) -> Result<Vec<String>> {
    let mut names: Vec<String> = store::records(conn, vault, records)?.into_values().map(|one| one.name).collect();
    let said = facts::ever(conn, vault, records, &[FactKind::Name, FactKind::RomanisedName])?;
    names.extend(said.into_iter().filter_map(|fact| fact.value.as_str().map(str::to_owned)));
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// Lets a record be found by names, as well as by those that it had before.
pub(super) fn keep_names<'n>(tx: &mut Tx, vault: &Vault, id: Id, names: impl IntoIterator<Item = &'n str>) -> Result<()> {
    let indexes: BTreeSet<String> = names.into_iter().flat_map(|name| spellings(vault, name)).collect();
    for index in indexes {
        let row = (people_names::person_id.eq(id), people_names::name_index.eq(index));
        prepared!(&mut **tx, diesel::insert_into(people_names::table).values(row).on_conflict_do_nothing(), execute)?;
    }
    Ok(())
}

/// By what a record is found, as its row keeps it; empty where it is not found so.
#[derive(AsChangeset)]
#[diesel(table_name = people)]
struct Indexes {
    name_index: String,
    likeness_index: String,
    namesake_index: String,
    numbered: bool,
}

impl Indexes {
    fn of(vault: &Vault, named: Named<'_>) -> Self {
        Self {
            name_index: name_index(vault, named.name),
            likeness_index: likeness::index(vault, named),
            namesake_index: namesake_index(vault, named),
            numbered: is_numbered(named),
        }
    }

    /// Keeps them of a record, with all its names.
    fn keep(self, tx: &mut Tx, vault: &Vault, id: Id) -> Result<()> {
        let ever = names_ever(tx, vault, &[id])?;
        keep_names(tx, vault, id, ever.iter().map(String::as_str))?;
        diesel::update(people::table.find(id)).set(self).execute(&mut **tx)?;
        Ok(())
    }
}

/// Under which index whoever has a name and a day of birth is found beside those who have both; empty where the day is not known,
/// and of organisations.
pub(super) fn namesake_index(vault: &Vault, named: Named<'_>) -> String {
    match named.birth_on {
        Some(born @ PartialDate::Day(_)) if named.number.is_human() => {
            vault.blind_index("people/namesake", &format!("{born} {}", names::spelled(named.name)))
        }
        _ => String::new(),
    }
}

/// What tells whether somebody of whom there is no record is likely of one human with others: the index of name and day of birth, and
/// whether they have a national's number.
pub fn called(vault: &Vault, named: Named<'_>) -> Option<(String, bool)> {
    Some((namesake_index(vault, named), is_numbered(named))).filter(|(index, _)| !index.is_empty())
}

/// Whether a number tells somebody from those of their name who have another one: a national's does. Resident numbers and passports
/// are given anew, and whoever has one may have a national's by now.
pub(super) fn is_numbered(named: Named<'_>) -> bool {
    named.number.number().is_some_and(IdNumber::is_national)
}

/// Lets what finds a record follow from what is known of them.
pub(super) fn refresh(tx: &mut Tx, vault: &Vault, id: Id) -> Result<()> {
    let (name, number) = store::open(tx, vault, id)?;
    let birth_on = store::birth_on(tx, vault, id)?;
    Indexes::of(vault, Named { name: &name, number: &number, birth_on }).keep(tx, vault, id)
}

fn phone_index(vault: &Vault, phone: &Phone) -> String {
    let number = phone.expose();
    // Whoever calls back may not know the extension.
    vault.blind_index("contacts/phone", number.split_once(";ext=").map_or(number, |(number, _)| number))
}

/// All records of the people who have a name today.
pub fn people_named(conn: &mut Conn, vault: &Vault, name: &str) -> Result<Vec<Id>> {
    let named = people::table.filter(people::name_index.eq(name_index(vault, name)));
    let named: Vec<Id> = named.select(people::id).load(conn)?;
    joins::all_records(conn, &named)
}

/// All records of the people who have a name, or ever had it, however it is spelled: entries name people as they were called then.
/// What somebody only says of a person is in none.
pub fn people_ever_named(conn: &mut Conn, vault: &Vault, name: &str) -> Result<Vec<Id>> {
    let named = people_names::table.inner_join(people::table.on(people::id.eq(people_names::person_id)));
    let named = named.filter(people_names::name_index.eq(name_index(vault, &names::spelled(name))));
    let named = named.filter(people::claimed_by.is_null());
    let named: Vec<Id> = named.select(people_names::person_id).load(conn)?;
    joins::all_records(conn, &named)
}

/// The records of a kind whose people are reached at a number: `bookings` finds the ids of `bookings/{id}`.
pub fn records_reached_at(conn: &mut Conn, vault: &Vault, kind: &str, phone: &Phone) -> Result<Vec<Id>> {
    let reached = contact_phones::table.filter(contact_phones::phone_index.eq(phone_index(vault, phone)));
    let reached: Vec<String> = reached.select(contact_phones::record).load(conn)?;
    let id = |record: &String| record.strip_prefix(kind)?.strip_prefix('/')?.parse().ok();
    Ok(reached.iter().filter_map(id).collect())
}

/// Lets a record be found by the numbers of its contact, and by none of before; how many they are.
pub(super) fn put_phones(tx: &mut Tx, vault: &Vault, record: &str, contact: &Contact) -> Result<i32> {
    let mut indexes: Vec<String> =
        contact.phone.iter().chain(&contact.other_phones).map(|phone| phone_index(vault, phone)).collect();
    indexes.sort_unstable();
    indexes.dedup();
    diesel::delete(contact_phones::table.filter(contact_phones::record.eq(record))).execute(&mut **tx)?;
    for index in &indexes {
        let row = (contact_phones::record.eq(record), contact_phones::phone_index.eq(index));
        diesel::insert_into(contact_phones::table).values(row).execute(&mut **tx)?;
    }
    Ok(i32::try_from(indexes.len()).unwrap_or(i32::MAX))
}

/// Fills in what finds the people and contacts of before.
pub fn fill(tx: &mut Tx, vault: &Vault, _: Moment) -> Result<()> {
    while fill_people(tx, vault)? {}
    while fill_phones(tx, vault)? {}
    Ok(())
}

/// Whether there are more.
fn is_full<T>(rows: &[T]) -> bool {
    usize::try_from(BATCH).is_ok_and(|batch| rows.len() == batch)
}

/// Everybody is opened once: a row of before that lacks one of the last indexes lacks others as well.
fn fill_people(tx: &mut Tx, vault: &Vault) -> Result<bool> {
    let open = people::table.filter(people::namesake_index.is_null()).order(people::id).limit(BATCH);
    let open: Vec<Id> = open.select(people::id).load(&mut **tx)?;
    for (id, person) in store::records(tx, vault, &open)? {
        let named = Named { name: &person.name, number: &person.number, birth_on: person.birth_on };
        Indexes::of(vault, named).keep(tx, vault, id)?;
    }
    Ok(is_full(&open))
}

fn fill_phones(tx: &mut Tx, vault: &Vault) -> Result<bool> {
    let open = contacts::table.filter(contacts::phones.is_null()).order(contacts::record).limit(BATCH);
    let open: Vec<String> = open.select(contacts::record).load(&mut **tx)?;
    for (record, contact) in super::contacts::of_all(tx, vault, &open)? {
        let phones = put_phones(tx, vault, &record, &contact)?;
        diesel::update(contacts::table.find(&record)).set(contacts::phones.eq(Some(phones))).execute(&mut **tx)?;
    }
    Ok(is_full(&open))
}
