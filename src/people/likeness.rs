//! Records that are likely one human's: a foreigner comes back with a new passport, of another number. Told as a hint; whoever has
//! the papers at hand joins the records.

use diesel::prelude::*;

use super::store::{self, Named};
use super::{Identifier, joins, names};
use crate::calendar::PartialDate;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::schema::people;
use crate::secrets::vault::Vault;

/// How many rows of before a start fills at once.
const BATCH: i64 = 500;

/// Under which index a record is found by country, name and day of birth; empty where the one or the other is not known, or the
/// person has a number.
pub fn index(vault: &Vault, named: Named<'_>) -> String {
    let (Identifier::Paper(paper), Some(born)) =
        (named.number, named.birth_on.filter(|born| matches!(born, PartialDate::Day(_))))
    else {
        return String::new();
    };
    vault.blind_index("people/likeness", &format!("{} {born} {}", paper.country(), names::folded(named.name)))
}

/// Lets a record's index follow from what is known of them.
pub fn refresh(tx: &mut Tx, vault: &Vault, id: Id) -> Result<()> {
    let (name, number) = store::open(tx, vault, id)?;
    let birth_on = store::birth_on(tx, vault, id)?;
    let index = index(vault, Named { name: &name, number: &number, birth_on });
    diesel::update(people::table.find(id)).set(people::likeness_index.eq(Some(index))).execute(&mut **tx)?;
    Ok(())
}

/// Fills the index of records of before.
pub fn fill(tx: &mut Tx, vault: &Vault, _: Moment) -> Result<()> {
    loop {
        let open = people::table.filter(people::likeness_index.is_null()).order(people::id).limit(BATCH);
        let open: Vec<Id> = open.select(people::id).load(&mut **tx)?;
        if open.is_empty() {
            return Ok(());
        }
        for id in open {
            refresh(tx, vault, id)?;
        }
    }
}

/// Other humans' records whom somebody is likely: of one country, name and day of birth, known by another paper. Each as the
/// record to which it was joined; never what somebody only says of a person.
pub fn others(conn: &mut Conn, vault: &Vault, named: Named<'_>, own: Option<Id>) -> Result<Vec<Id>> {
    let index = index(vault, named);
    if index.is_empty() {
        return Ok(Vec::new());
    }
    let alike = people::table.filter(people::likeness_index.eq(index)).filter(people::claimed_by.is_null());
    let alike: Vec<(Id, Option<Id>)> = alike.order(people::id).select((people::id, people::joined_into)).load(conn)?;
    let own = own.map_or(Ok(Vec::new()), |own| joins::records(conn, own))?;
    let mut others: Vec<Id> = alike.into_iter().map(|(id, into)| into.unwrap_or(id)).filter(|id| !own.contains(id)).collect();
    others.dedup();
    others.truncate(10);
    Ok(others)
}
