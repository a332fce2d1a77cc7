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
use crate::db::{Conn, Id, Tx};
use crate::error::{Error, Noted, Problem, Result};
use crate::schema::people;
use crate::secrets::vault::Vault;

pub use self::store::fill;
pub use crate::auth::protection::protected;

/// Somebody who asks: by a record of theirs, or as a request names them.
#[derive(Clone, Copy)]
pub enum Asking<'a> {
    Record(Id),
    Named(Named<'a>),
}

impl Asking<'_> {
    /// Their record, where the office knows them.
    pub fn record(self, conn: &mut Conn, vault: &Vault) -> Result<Option<Id>> {
        match self {
            Self::Record(record) => Ok(Some(record)),
            Self::Named(said) => Ok(numbers::known(conn, vault, said)?.map(|person| person.id)),
        }
    }
}

/// Somebody who asks, by all that tells who they are: records, numbers and names of any time.
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
        let names = store::names_ever(conn, vault, &records)?;
        Ok(Self { records, numbers, names })
    }

    fn asking(conn: &mut Conn, vault: &Vault, one: Asking<'_>) -> Result<Self> {
        match one {
            Asking::Record(record) => Self::of(conn, vault, &[record]),
            Asking::Named(said) => Self::said(conn, vault, said),
        }
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

    /// Whether a mark means them: by a number, or by a name where it or they have none, or where the office knows nobody of that
    /// name by the number, which may be mistyped.
    fn is(&self, conn: &mut Conn, vault: &Vault, barred: &Barred) -> Result<bool> {
        let named = self.names.iter().any(|name| names::passes_for(barred.name.as_str(), name));
        match &barred.number {
            Some(number) if self.numbers.contains(&numbers::index(vault, number)) => Ok(true),
            Some(number) if named && !self.numbers.is_empty() => Ok(!store::is_known(conn, vault, barred.name.as_str(), number)?),
            _ => Ok(named),
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

/// What somebody who is barred is told: what is told to anybody who has no right to a certificate, or to anything else.
const NO_RIGHT: [&str; 2] = ["不符申請資格（戶籍法 §65）", "不符申請資格"];

/// The reason that those outside the office are told: the office's own words, or where a mark bars one of them, those for whoever
/// has no right. The audit log keeps the office's.
pub fn told(bar: Option<Bar>, why: &str, is_certificate: bool) -> &str {
    match bar {
        None => why,
        Some(_) if is_certificate => NO_RIGHT[0],
        Some(_) => NO_RIGHT[1],
    }
}

/// The mark that keeps one of these from somebody's data on a day.
fn bar(conn: &mut Conn, vault: &Vault, day: NaiveDate, person: Id, askers: &[Asker]) -> Result<Option<Bar>> {
    let own = joins::records(conn, person)?;
    for (mark, _) in marks_on(conn, &[person], day)? {
        let barred = store::barred_by(conn, vault, mark)?;
        for asker in askers.iter().filter(|asker| !asker.records.iter().any(|record| own.contains(record))) {
            for one in &barred {
                if asker.is(conn, vault, one)? {
                    return Ok(Some(Bar { mark, person }));
                }
            }
        }
    }
    Ok(None)
}

/// Refuses staff what is asked for by somebody who is barred from the data of whom it is about, all as a request names them.
pub fn require_open(conn: &mut Conn, vault: &Vault, day: NaiveDate, (of, askers): (Named<'_>, &[Named<'_>])) -> Result<()> {
    let Some(person) = numbers::known(conn, vault, of)? else { return Ok(()) };
    let askers: Vec<Asking<'_>> = askers.iter().map(|one| Asking::Named(*one)).collect();
    bar_of(conn, vault, day, (person.id, &askers))?.map_or(Ok(()), |bar| Err(bar.refusal()))
}

/// As [`bar_of`], of those who have these records.
pub fn between(conn: &mut Conn, vault: &Vault, day: NaiveDate, (of, askers): (Id, &[Id])) -> Result<Option<Bar>> {
    let askers: Vec<Asking<'_>> = askers.iter().map(|one| Asking::Record(*one)).collect();
    bar_of(conn, vault, day, (of, &askers))
}

/// The mark that keeps one of these from the data of somebody, by a record of theirs or by what was said of them.
pub fn bar_of(conn: &mut Conn, vault: &Vault, day: NaiveDate, (of, askers): (Id, &[Asking<'_>])) -> Result<Option<Bar>> {
    let Some(person) = meant(conn, vault, of)? else { return Ok(None) };
    if marks_on(conn, &[person], day)?.is_empty() {
        return Ok(None);
    }
    let askers = askers.iter().map(|one| Asker::asking(conn, vault, *one)).collect::<Result<Vec<_>>>()?;
    bar(conn, vault, day, person, &askers)
}

/// Lets the marks that stand on somebody protect another as well, who was taken for them, or of whom something was: it takes two to
/// lift a mark, and one to part records.
pub fn keep_on(tx: &mut Tx, vault: &Vault, by: &By, (from, to): (Id, Id)) -> Result<()> {
    if joins::records(tx, from)?.contains(&to) {
        return Ok(());
    }
    for (mark, _) in marks_on(tx, &[from], by.now.date())? {
        store::copy(tx, vault, by, (mark, to))?;
    }
    Ok(())
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
