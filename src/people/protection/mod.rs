//! Protection marks (家庭暴力防治法 §14, §58-2; 跟蹤騷擾防制法 §12): who must not look into whose data. A mark protects from the
//! moment of its entry, in all records of its human, and never hinders whom it protects.

pub mod model;
pub mod routes;
mod store;
mod view;

use self::store::Barred;
use super::facts::Rank;
use super::found_by::{is_numbered, names_ever, spellings};
use super::problems::PROTECTED;
use super::store::Named;
use super::{Identifier, RomanisedName, joins, names, numbers};
use crate::auth::protection::{are_two, is_holder, marks_on, numbers_by, require_open_numbers};
use crate::auth::{self, By};
use crate::calendar::PartialDate;
use crate::db::{Conn, Id, Tx};
use crate::error::{Error, Noted, Problem, Result, Text};
use crate::secrets::vault::Vault;
use chrono::NaiveDate;

pub use self::store::fill;
pub use crate::auth::protection::protected;

/// Somebody who asks: by a record of theirs, or as a request names them.
#[derive(Clone, Copy)]
pub enum Inquirer<'a> {
    Record(Id),
    Named(Named<'a>),
    /// As a request names them, with the record that the office means by it.
    Known(Id, Named<'a>),
    /// As a request names them, in Latin letters as well.
    Romanised(Option<Id>, Named<'a>, &'a RomanisedName),
}

impl<'a> Inquirer<'a> {
    /// As a request names them, where the office has looked up whom it means.
    pub fn of(known: Option<Id>, said: Named<'a>) -> Self {
        known.map_or(Self::Named(said), |record| Self::Known(record, said))
    }

    /// With the name in Latin letters that a request gives them too.
    pub fn romanised(self, name: Option<&'a RomanisedName>) -> Self {
        match (self, name) {
            (Self::Named(said), Some(name)) => Self::Romanised(None, said, name),
            (Self::Known(record, said), Some(name)) => Self::Romanised(Some(record), said, name),
            (other, _) => other,
        }
    }

    /// Their record, where the office knows them.
    pub fn record(self, conn: &mut Conn, vault: &Vault) -> Result<Option<Id>> {
        match self {
            Self::Record(record) | Self::Known(record, _) | Self::Romanised(Some(record), ..) => Ok(Some(record)),
            Self::Named(said) | Self::Romanised(None, said, _) => Ok(numbers::known(conn, vault, said)?.map(|person| person.id)),
        }
    }

    fn said(self) -> Option<Named<'a>> {
        match self {
            Self::Record(_) => None,
            Self::Named(said) | Self::Known(_, said) | Self::Romanised(_, said, _) => Some(said),
        }
    }

    /// Whether they are known by a number or a paper, as they say or as their record has it.
    fn is_identified(self, conn: &mut Conn, vault: &Vault) -> Result<bool> {
        match (self.said(), self.record(conn, vault)?) {
            (Some(said), _) => Ok(said.number.finds()),
            (None, Some(record)) => Ok(super::store::open(conn, vault, record)?.1.finds()),
            (None, None) => Ok(false),
        }
    }

    /// How they are called, as they say.
    fn names(self) -> impl Iterator<Item = &'a str> {
        let romanised = match self {
            Self::Romanised(_, _, name) => Some(name.as_str()),
            _ => None,
        };
        self.said().map(|said| said.name).into_iter().chain(romanised)
    }
}

/// Somebody who asks, by all that tells who they are: records, numbers and names of any time.
struct Asker {
    records: Vec<Id>,
    numbers: Vec<String>,
    names: Vec<String>,
    /// Whether one of the numbers is a national's.
    is_national: bool,
    /// Days of birth, as far as the office knows more than that they were said.
    births: Vec<PartialDate>,
}

impl Asker {
    /// Whoever has these records.
    fn of(conn: &mut Conn, vault: &Vault, records: &[Id]) -> Result<Self> {
        let records = joins::all_records(conn, records)?;
        let numbers = numbers_by(conn, &records)?;
        let names = names_ever(conn, vault, &records)?;
        let (mut is_national, mut births) = (false, Vec::new());
        for one in super::store::records(conn, vault, &records)?.into_values() {
            is_national |= is_numbered(Named { name: &one.name, number: &one.number, birth_on: one.birth_on });
            births.extend(one.birth_on.filter(|_| one.birth_rank != Rank::Claimed));
        }
        Ok(Self { records, numbers, names, is_national, births })
    }

    /// Whoever asks: as somebody says, and as the office knows them.
    fn asking(conn: &mut Conn, vault: &Vault, one: Inquirer<'_>) -> Result<Self> {
        let known: Vec<Id> = one.record(conn, vault)?.into_iter().collect();
        let mut asker = Self::of(conn, vault, &known)?;
        if let Some(said) = one.said() {
            asker.names.extend(one.names().map(str::to_owned));
            asker.numbers.extend(said.number.finds().then(|| numbers::index(vault, said.number)));
            asker.is_national |= is_numbered(said);
            asker.births.extend(said.birth_on.filter(|_| known.is_empty()));
        }
        Ok(asker)
    }

    /// Whether a mark means them: by a number, or by a name unless the office knows that the number beside it is another's. A new
    /// passport or number makes nobody another.
    fn is(&self, conn: &mut Conn, vault: &Vault, barred: &Barred) -> Result<bool> {
        let Barred { name, number } = barred;
        if number.as_ref().is_some_and(|number| self.numbers.contains(&numbers::index(vault, number))) {
            return Ok(true);
        }
        if !self.names.iter().any(|own| names::mean_one(name.as_str(), own)) {
            return Ok(false);
        }
        let number = number.as_ref();
        number.map_or(Ok(true), |number| self.is_another(conn, vault, (name.as_str(), number)).map(|another| !another))
    }

    /// Whether the office knows somebody of this name by this number, and that they are another: both have a national's number, they
    /// were not born on one day, or it was noted.
    fn is_another(&self, conn: &mut Conn, vault: &Vault, (name, number): (&str, &Identifier)) -> Result<bool> {
        let names: Vec<String> = spellings(vault, name).into_iter().collect();
        if self.is_national && is_holder(conn, &names, &numbers::index(vault, number))? {
            return Ok(true);
        }
        for holder in numbers::holders(conn, vault, number)? {
            let other = Self::of(conn, vault, &[holder.id])?;
            if !other.names.iter().any(|one| names::mean_one(name, one)) {
                continue;
            }
            let has_numbers = self.is_national && other.is_national;
            if has_numbers || self.is_born_apart(&other) || are_two(conn, &self.records, &other.records)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_born_apart(&self, other: &Self) -> bool {
        let apart = |one: PartialDate| other.births.iter().all(|born| PartialDate::are_apart(Some(one), Some(*born)));
        !self.births.is_empty() && !other.births.is_empty() && self.births.iter().all(|one| apart(*one))
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

/// As [`bar_of`], of those who have these records.
pub fn between(conn: &mut Conn, vault: &Vault, day: NaiveDate, (of, askers): (Id, &[Id])) -> Result<Option<Bar>> {
    let askers: Vec<Inquirer<'_>> = askers.iter().map(|one| Inquirer::Record(*one)).collect();
    bar_of(conn, vault, day, (of, &askers))
}

/// The mark that keeps one of these from the data of somebody, by a record of theirs or by what was said of them.
pub fn bar_of(conn: &mut Conn, vault: &Vault, day: NaiveDate, (of, askers): (Id, &[Inquirer<'_>])) -> Result<Option<Bar>> {
    let Some(person) = numbers::meant_by(conn, vault, of)? else { return Ok(None) };
    if marks_on(conn, &[person], day)?.is_empty() {
        return Ok(None);
    }
    let askers = askers.iter().map(|one| Asker::asking(conn, vault, *one)).collect::<Result<Vec<_>>>()?;
    bar(conn, vault, day, person, &askers)
}

/// Those, by all their records, from whose data somebody who asks is barred on a day: by whom they mean, as [`bar_of`].
pub fn barred_from(conn: &mut Conn, vault: &Vault, day: NaiveDate, one: Inquirer<'_>) -> Result<Vec<Id>> {
    let marked = protected_from(conn, vault, day, one)?;
    if marked.is_empty() {
        return Ok(marked);
    }
    let (askers, mut found) = ([Asker::asking(conn, vault, one)?], Vec::new());
    for (record, person) in numbers::all_meant_by(conn, vault, &marked)? {
        if bar(conn, vault, day, person, &askers)?.is_some() {
            found.push(record);
        }
    }
    Ok(found)
}

/// Those, by all their records, on whom marks stand on a day that may bar somebody who asks: [`bar_of`] tells whether one does.
pub fn protected_from(conn: &mut Conn, vault: &Vault, day: NaiveDate, one: Inquirer<'_>) -> Result<Vec<Id>> {
    let asker = Asker::asking(conn, vault, one)?;
    let called: Vec<String> = asker.names.iter().flat_map(|name| spellings(vault, name)).collect();
    let mut found = auth::protection::protected_from(conn, (&asker.numbers, &called), day)?;
    found.retain(|record| !asker.records.contains(record));
    Ok(found)
}

/// Refuses whoever asks for what is another's, on whom a mark stands, and is known by neither a number nor a paper: whoever is barred
/// need only not say who they are. By the pointer of the member that names them.
pub fn require_identified(
    conn: &mut Conn,
    vault: &Vault,
    (of, one): (&str, Inquirer<'_>),
    whose: &[Id],
    day: NaiveDate,
) -> Result<()> {
    if one.is_identified(conn, vault)? {
        return Ok(());
    }
    let own = one.record(conn, vault)?.map_or(Ok(Vec::new()), |record| joins::records(conn, record))?;
    let others: Vec<Id> = whose.iter().copied().filter(|person| !own.contains(person)).collect();
    if others.is_empty() || protected(conn, &others, day)?.is_empty() {
        return Ok(());
    }
    let text = Text::new(
        "當事人受註記保護，此人須以統一編號或證件識別（家庭暴力防治法 §14、§58-2；跟蹤騷擾防制法 §12）",
        "a protection mark stands on whose data it is: say by a number or a paper who this is (家庭暴力防治法 §14, §58-2; 跟蹤騷擾防制法 §12)",
    );
    Err(Error::field(format!("{of}/identified_by"), "required", text))
}

/// Refuses staff, before the register is asked for anything else, what names somebody from whose data they are barred.
pub fn require_open<'n>(conn: &mut Conn, vault: &Vault, by: &By, named: impl IntoIterator<Item = &'n Identifier>) -> Result<()> {
    let indexes: Vec<String> = named.into_iter().map(|number| numbers::index(vault, number)).collect();
    require_open_numbers(conn, by, &indexes)
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
    for own in by.caller.own_records() {
        hidden.extend(barred_among(conn, vault, by.now.date(), (own, people))?);
    }
    Ok(hidden)
}

/// Those of these people from whose data somebody is barred on a day, as [`between`]. What it costs hangs on whom marks bar, and not on
/// whom they protect: how long an answer takes tells nobody outside the office on whom one stands.
pub fn barred_among(conn: &mut Conn, vault: &Vault, day: NaiveDate, (asker, people): (Id, &[Id])) -> Result<Vec<Id>> {
    let closed = barred_from(conn, vault, day, Inquirer::Record(asker))?;
    if closed.is_empty() {
        return Ok(closed);
    }
    let meant = numbers::all_meant_by(conn, vault, people)?;
    Ok(meant.into_iter().filter(|(_, person)| closed.contains(person)).map(|(record, _)| record).collect())
}
