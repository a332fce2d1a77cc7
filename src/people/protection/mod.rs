//! Protection marks (家庭暴力防治法 §14, §58-2; 跟蹤騷擾防制法 §12): who must not look into whose data. A mark protects from the
//! moment of its entry, in all records of its human, and never hinders whom it protects.

pub mod model;
pub mod routes;
mod store;
mod view;

use chrono::NaiveDate;
use diesel::prelude::*;

use self::store::Barred;
use super::problems::PROTECTED;
use super::store::Named;
use super::{joins, names, numbers};
use crate::auth::By;
use crate::auth::protection::{marks_on, numbers_by};
use crate::db::{Conn, Id};
use crate::error::{Error, Noted, Problem, Result};
use crate::schema::people;
use crate::secrets::vault::Vault;

pub use crate::auth::protection::protected;

/// Somebody who asks, by all that tells who they are: records, numbers of any time, names.
struct Asker {
    records: Vec<Id>,
    numbers: Vec<String>,
    names: Vec<String>,
}

impl Asker {
    /// Whoever has these records.
    fn of(conn: &mut Conn, vault: &Vault, records: &[Id]) -> Result<Self> {
        let records = joins::all_records(conn, records)?;
        let numbers = numbers_by(conn, &records)?;
        let names = super::store::records(conn, vault, &records)?.into_values().map(|one| one.name).collect();
        Ok(Self { records, numbers, names })
    }

    /// Whoever is named: as somebody says, and as the office knows them.
    fn said(conn: &mut Conn, vault: &Vault, said: Named<'_>) -> Result<Self> {
        let known = numbers::known(conn, vault, said)?;
        let mut asker = Self::of(conn, vault, &known.into_iter().map(|one| one.id).collect::<Vec<_>>())?;
        asker.names.push(said.name.to_owned());
        if said.number.finds() {
            asker.numbers.push(numbers::index(vault, said.number));
        }
        Ok(asker)
    }

    /// Whether a mark means them: by a number, or where it or they have none, by the name.
    fn is(&self, vault: &Vault, barred: &Barred) -> bool {
        let named = || self.names.iter().any(|name| names::passes_for(barred.name.as_str(), name));
        match &barred.number {
            Some(number) if self.numbers.contains(&numbers::index(vault, number)) => true,
            Some(_) => self.numbers.is_empty() && named(),
            None => named(),
        }
    }
}

/// A mark, and the record of whom it protects.
#[derive(Clone, Copy, Debug)]
pub struct Bar {
    mark: Id,
    person: Id,
}

impl Bar {
    /// The refusal that tells it to staff, and to the audit log.
    pub fn refusal(self) -> Error {
        let subject = format!("protection-marks/{}", self.mark);
        let noted = Noted { action: "protection_mark.refused", subject, person: self.person.to_string() };
        Problem { noted: Some(noted), ..Problem::new(PROTECTED) }.into()
    }
}

/// The mark that keeps one of these from somebody's data on a day.
fn bar(conn: &mut Conn, vault: &Vault, day: NaiveDate, person: Id, askers: &[Asker]) -> Result<Option<Bar>> {
    let own = joins::records(conn, person)?;
    for (mark, _) in marks_on(conn, &[person], day)? {
        let barred = store::barred_by(conn, vault, mark)?;
        let mut others = askers.iter().filter(|asker| !asker.records.iter().any(|record| own.contains(record)));
        if others.any(|asker| barred.iter().any(|one| asker.is(vault, one))) {
            return Ok(Some(Bar { mark, person }));
        }
    }
    Ok(None)
}

/// Refuses staff what is asked for by somebody who is barred from the data of whom it is about, all as a request names them.
pub fn require_open(conn: &mut Conn, vault: &Vault, day: NaiveDate, (of, askers): (Named<'_>, &[Named<'_>])) -> Result<()> {
    let Some(person) = numbers::known(conn, vault, of)? else { return Ok(()) };
    if marks_on(conn, &[person.id], day)?.is_empty() {
        return Ok(());
    }
    let askers = askers.iter().map(|one| Asker::said(conn, vault, *one)).collect::<Result<Vec<_>>>()?;
    bar(conn, vault, day, person.id, &askers)?.map_or(Ok(()), |bar| Err(bar.refusal()))
}

/// The mark that keeps whoever has one of these records from the data of somebody, by a record of theirs or by what was said of
/// them.
pub fn between(conn: &mut Conn, vault: &Vault, day: NaiveDate, (of, askers): (Id, &[Id])) -> Result<Option<Bar>> {
    let Some(person) = meant(conn, vault, of)? else { return Ok(None) };
    if marks_on(conn, &[person], day)?.is_empty() {
        return Ok(None);
    }
    let askers = askers.iter().map(|one| Asker::of(conn, vault, &[*one])).collect::<Result<Vec<_>>>()?;
    bar(conn, vault, day, person, &askers)
}

/// Those of these people from whose data the caller is barred now.
pub fn hidden_from(conn: &mut Conn, vault: &Vault, by: &By, people: &[Id]) -> Result<Vec<Id>> {
    let mut hidden = Vec::new();
    for person in people {
        if between(conn, vault, by.now.date(), (*person, &by.caller.own_records()))?.is_some() {
            hidden.push(*person);
        }
    }
    Ok(hidden)
}

/// Whom a record means: itself, or whoever has the number that somebody has only said.
pub fn meant(conn: &mut Conn, vault: &Vault, id: Id) -> Result<Option<Id>> {
    let claimed: Option<String> = people::table.find(id).select(people::claimed_by).first(conn)?;
    if claimed.is_none() {
        return Ok(Some(id));
    }
    let (name, number) = super::store::open(conn, vault, id)?;
    let birth_on = super::store::birth_on(conn, vault, id)?;
    let known = numbers::known(conn, vault, Named { name: &name, number: &number, birth_on })?;
    Ok(known.map(|person| person.id))
}
