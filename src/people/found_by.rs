//! By what people and the records about them are found while all that is said of them is sealed: keyed hashes of names and of
//! telephone numbers.

use diesel::prelude::*;

use super::contacts::Contact;
use super::{Phone, joins, names, store};
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::schema::{contact_phones, contacts, people};
use crate::secrets::vault::Vault;

/// Rows that are read at once when those of before are filled in.
const BATCH: i64 = 500;

/// What finds whoever has a name, however it is typed and with whichever variants of its characters.
pub fn name_index(vault: &Vault, name: &str) -> String {
    vault.blind_index("people/name", &names::key(name))
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
    while fill_names(tx, vault)? {}
    while fill_phones(tx, vault)? {}
    Ok(())
}

/// Whether there are more.
fn is_full<T>(rows: &[T]) -> bool {
    usize::try_from(BATCH).is_ok_and(|batch| rows.len() == batch)
}

fn fill_names(tx: &mut Tx, vault: &Vault) -> Result<bool> {
    let open = people::table.filter(people::name_index.is_null()).order(people::id).limit(BATCH);
    let open: Vec<Id> = open.select(people::id).load(&mut **tx)?;
    for id in &open {
        let (name, _) = store::open(tx, vault, *id)?;
        let set = people::name_index.eq(Some(name_index(vault, &name)));
        diesel::update(people::table.find(*id)).set(set).execute(&mut **tx)?;
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
