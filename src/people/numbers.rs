//! A number finds people, not one person: whoever has it, whoever had it, whoever truly has it as well, and those to whom their
//! records were joined.

use diesel::prelude::*;

use super::facts::Rank;
use super::store::{self, Named, Registered, Row};
use super::{Identifier, Sex, found_by, holding, joins, names};
use crate::calendar::PartialDate;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx, forget_known, in_parts};
use crate::domain::case_path;
use crate::error::{Code, Error, Problem, Result, Text};
use crate::schema::{facts, former_id_numbers, people};
use crate::secrets::vault::{Sealed, Vault};
use crate::{each, text_enum};

/// The index under which a person's number is found.
pub fn index(vault: &Vault, number: &Identifier) -> String {
    vault.blind_index("people/id_number", &number.expose())
}

/// The index under which whoever a source names is found: by nothing but their name, only within that source.
pub fn index_in(vault: &Vault, number: &Identifier, source: &str) -> String {
    if number.finds() {
        index(vault, number)
    } else {
        vault.blind_index("people/source", &format!("{source} {}", number.expose()))
    }
}

/// Everybody who has a number or had it, each once, whichever of their records has it: whoever has it today goes first. They are
/// called as the record is that has it. A record of which nothing stands any more is found only where there is no other.
pub fn holders(conn: &mut Conn, vault: &Vault, number: &Identifier) -> Result<Vec<Registered>> {
    let (held, empty) = found(conn, vault, number)?;
    Ok(if held.is_empty() { empty } else { held })
}

/// As [`holders`], but for records of which nothing stands any more: whose the number truly is, or was.
pub fn held(conn: &mut Conn, vault: &Vault, number: &Identifier) -> Result<Vec<Registered>> {
    found(conn, vault, number).map(|(held, _)| held)
}

/// The records of a number of which nothing stands any more.
pub fn emptied(conn: &mut Conn, vault: &Vault, number: &Identifier) -> Result<Vec<Registered>> {
    found(conn, vault, number).map(|(_, empty)| empty)
}

/// The records of a number: those of which something stands, and those of which nothing does.
fn found(conn: &mut Conn, vault: &Vault, number: &Identifier) -> Result<(Vec<Registered>, Vec<Registered>)> {
    if !number.finds() {
        return Ok((Vec::new(), Vec::new()));
    }
    let index = index(vault, number);
    let before = former_id_numbers::table.filter(former_id_numbers::id_number_index.eq(&index));
    let today = people::id_number_index.eq(&index).or(people::shared_index.eq(&index));
    let found = people::table
        .filter(today.or(people::id.nullable().eq_any(before.select(former_id_numbers::person_id.nullable()))))
        .order(people::id);
    let rows: Vec<Row> = each!(conn, c => found.select(Row::as_select()).load(c))?;
    let mut holders: Vec<Registered> = Vec::with_capacity(rows.len());
    for row in rows {
        let into = row.joined_into;
        let own = row.opened(vault, number, &index)?;
        let human = into.unwrap_or(own.id);
        match holders.iter_mut().find(|holder| holder.id == human) {
            // Of several records of one number they are called as the one is to which the others were joined.
            Some(holder) if own.id == human => {
                let records = [std::mem::take(&mut holder.records), own.records].concat();
                *holder = Registered { records, ..own };
            }
            Some(holder) => holder.records.push(own.id),
            None => holders.push(of_human(conn, vault, own, into)?),
        }
    }
    holders.sort_by_key(|holder| !holder.is_current);
    let unnamed = holders.iter().filter(|holder| holder.name_rank == Rank::Claimed).map(|holder| holder.id);
    let empty = holding::emptied(conn, &unnamed.collect::<Vec<_>>())?;
    Ok(holders.into_iter().partition(|holder| !empty.contains(&holder.id)))
}

/// A record of somebody as the human whose it is: whether the number is theirs today, and a day of birth that it lacks, the record
/// tells to which it was joined.
fn of_human(conn: &mut Conn, vault: &Vault, own: Registered, into: Option<Id>) -> Result<Registered> {
    let Some(into) = into else { return Ok(own) };
    let human = store::record(conn, vault, into, &own.number)?;
    let (birth_on, birth_rank) = match own.birth_on {
        Some(_) => (own.birth_on, own.birth_rank),
        None => (human.birth_on, human.birth_rank),
    };
    Ok(Registered { id: into, is_current: human.is_current, birth_on, birth_rank, ..own })
}

/// Of somebody's records that a number finds, the one that a name and a day of birth mean, as it stands by itself.
pub fn record_meant(conn: &mut Conn, vault: &Vault, person: &Registered, named: Named<'_>) -> Result<Registered> {
    if person.records == [person.id] {
        return Ok(person.clone());
    }
    let records = person.records.iter().map(|record| store::record(conn, vault, *record, named.number));
    let mut records = records.collect::<Result<Vec<Registered>>>()?;
    records.sort_by_key(|record| (!record.is_current, record.id != person.id));
    meant(records, named).ok_or_else(|| Error::Internal(format!("no record of person {} has their number", person.id)))
}

/// The record that is named by a number, today's or a former one, whichever it is joined to; none of which nothing stands any more.
pub fn known_record(conn: &mut Conn, vault: &Vault, named: Named<'_>) -> Result<Option<Id>> {
    let known = known(conn, vault, named)?;
    known.map(|person| record_meant(conn, vault, &person, named).map(|record| record.id)).transpose()
}

/// Whom a number and a name mean: where several have it, the one who is called so; where several are called so as well, the one
/// who can have been born on that day.
pub(super) fn meant(holders: Vec<Registered>, named: Named<'_>) -> Option<Registered> {
    let called: Vec<&Registered> = holders.iter().filter(|holder| names::passes_for(&holder.name, named.name)).collect();
    let born: Vec<&Registered> = called.iter().filter(|holder| !is_born_apart(holder, named)).copied().collect();
    match (called.as_slice(), born.as_slice()) {
        ([one], _) | (_, [one, ..]) => Some((*one).clone()),
        _ => holders.into_iter().next(),
    }
}

/// Whether somebody cannot have been born on the day that is named.
pub(super) fn is_born_apart(holder: &Registered, named: Named<'_>) -> bool {
    PartialDate::are_apart(holder.birth_on, named.birth_on)
}

/// The person who is named, by the number of today or a former one; nobody by a record of which nothing stands any more.
pub fn known(conn: &mut Conn, vault: &Vault, named: Named<'_>) -> Result<Option<Registered>> {
    Ok(meant(held(conn, vault, named.number)?, named))
}

/// Whom a record means: itself, or whoever has the number that somebody has only said.
pub fn meant_by(conn: &mut Conn, vault: &Vault, id: Id) -> Result<Option<Id>> {
    let claimed: Option<String> = people::table.find(id).select(people::claimed_by).first(conn)?;
    if claimed.is_none() {
        return Ok(Some(id));
    }
    let (name, number) = store::open(conn, vault, id)?;
    let birth_on = store::birth_on(conn, vault, id)?;
    let known = known(conn, vault, Named { name: &name, number: &number, birth_on })?;
    Ok(known.map(|person| person.id))
}

/// As [`meant_by`], of many records; those that mean nobody are left out.
pub fn all_meant_by(conn: &mut Conn, vault: &Vault, ids: &[Id]) -> Result<Vec<(Id, Id)>> {
    let claimed: Vec<Id> = in_parts(ids, |part| {
        let claimed = people::table.filter(people::id.eq_any(part.iter().copied())).filter(people::claimed_by.is_not_null());
        Ok(claimed.select(people::id).load(conn)?)
    })?;
    let said = store::records(conn, vault, &claimed)?;
    let mut meant = Vec::with_capacity(ids.len());
    for id in ids {
        match said.get(id) {
            None => meant.push((*id, *id)),
            Some(Registered { name, number, birth_on, .. }) => {
                let known = known(conn, vault, Named { name, number, birth_on: *birth_on })?;
                meant.extend(known.map(|person| (*id, person.id)));
            }
        }
    }
    Ok(meant)
}

/// Lets go of a number that only a record has of which nothing stands any more, and which another source made: whoever the number
/// is given to is another human. That record is still found by it, as empty.
pub fn release(tx: &mut Tx, vault: &Vault, number: &Identifier, source: &str) -> Result<()> {
    let index = index(vault, number);
    let kept: Option<Id> =
        people::table.filter(people::id_number_index.eq(&index)).select(people::id).first(&mut **tx).optional()?;
    let Some(id) = kept.filter(|_| number.finds()) else { return Ok(()) };
    if holding::emptied(tx, &[id])?.is_empty() || is_made_by(tx, id, source)? {
        return Ok(());
    }
    let set = (people::id_number_index.eq(format!("emptied/{id}")), people::shared_index.eq(Some(index)));
    forget_known();
    diesel::update(people::table.find(id)).set(set).execute(&mut **tx)?;
    Ok(())
}

/// Whether a record was made at the word of a source.
fn is_made_by(conn: &mut Conn, id: Id, source: &str) -> Result<bool> {
    let first = facts::table.filter(facts::person_id.eq(id)).order(facts::id).select(facts::source);
    let first: Option<String> = first.first(conn).optional()?;
    Ok(first.is_some_and(|first| first == source))
}

/// Whether there is a record, beside one, of whoever is named alike by number, name and day of birth.
pub fn has_twin(conn: &mut Conn, vault: &Vault, beside: Id, named: Named<'_>) -> Result<bool> {
    let mut holders = holders(conn, vault, named.number)?.into_iter().filter(|holder| !holder.has(beside));
    Ok(holders.any(|holder| names::passes_for(&holder.name, named.name) && !is_born_apart(&holder, named)))
}

/// Makes whoever else acts on the people of these numbers wait, whether the register knows them yet or not.
pub fn own_numbers<'n>(tx: &mut Tx, vault: &Vault, numbers: impl IntoIterator<Item = &'n Identifier>) -> Result<()> {
    if tx.is_alone() {
        return Ok(());
    }
    tx.own(numbers.into_iter().map(|number| set_of(&index(vault, number))))
}

/// Makes whoever else acts on these people wait, by whichever number of whichever of their records, today's or a former one, they name
/// them.
pub fn own(tx: &mut Tx, people: &[Id]) -> Result<()> {
    if tx.is_alone() {
        return Ok(());
    }
    let people = joins::all_records(tx, people)?;
    let ids: Vec<&str> = people.iter().map(Id::as_str).collect();
    let today = people::table.filter(people::id.eq_any(ids.clone()));
    let today: Vec<(String, Option<String>)> =
        each!(&mut **tx, c => today.select((people::id_number_index, people::shared_index)).load(c))?;
    let mut indexes: Vec<String> = today.into_iter().map(|(own, shared)| shared.unwrap_or(own)).collect();
    let before = former_id_numbers::table.filter(former_id_numbers::person_id.eq_any(ids));
    let before = before.select(former_id_numbers::id_number_index);
    indexes.extend(each!(&mut **tx, c => before.load::<String>(c))?);
    tx.own(indexes.iter().map(|index| set_of(index)))
}

fn set_of(index: &str) -> String {
    format!("people/{index}")
}

/// Whether the number is one that the person had before.
pub fn had(conn: &mut Conn, vault: &Vault, id: Id, number: &Identifier) -> Result<bool> {
    Ok(former_id_numbers::table.find((index(vault, number), id)).count().get_result::<i64>(conn)? > 0)
}

/// Whether the number is the one that the person has today.
pub fn is_current(conn: &mut Conn, vault: &Vault, id: Id, number: &Identifier) -> Result<bool> {
    let index = index(vault, number);
    let own = people::table.find(id).filter(people::id_number_index.eq(&index).or(people::shared_index.eq(&index)));
    Ok(own.count().get_result::<i64>(conn)? > 0)
}

/// Refuses to give a number that is, or was, somebody's.
pub fn require_free(conn: &mut Conn, vault: &Vault, new: &Identifier) -> Result<()> {
    if held(conn, vault, new)?.is_empty() {
        return Ok(());
    }
    let text = Text::new("此統一編號已屬於他人或曾經使用", "the number is, or was, somebody's");
    Err(Problem::new(Code::CONFLICT).field("/fields/new_number", "taken", text).into())
}

/// A number of before, with the case that gave the next one.
struct Former {
    number: Identifier,
    replaced_at: Moment,
    case_id: Id,
}

impl Former {
    /// Where its end stands among others.
    fn place(&self) -> (Moment, Id) {
        (self.replaced_at, self.case_id)
    }

    fn insert(&self, tx: &mut Tx, vault: &Vault, id: Id) -> Result<()> {
        let index = index(vault, &self.number);
        let sealed = vault.seal(&former_identity(&index), &self.number.expose()).into_stored();
        let row = (
            former_id_numbers::id_number_index.eq(index),
            former_id_numbers::person_id.eq(id),
            former_id_numbers::id_number.eq(sealed),
            former_id_numbers::replaced_at.eq(self.replaced_at),
            former_id_numbers::case_id.eq(self.case_id),
        );
        forget_known();
        diesel::insert_into(former_id_numbers::table).values(row).execute(&mut **tx)?;
        Ok(())
    }
}

fn former_identity(index: &str) -> String {
    format!("former_id_numbers/{index}")
}

/// Lets a number find somebody no longer as one of before.
fn forget(tx: &mut Tx, vault: &Vault, id: Id, number: &Identifier) -> Result<()> {
    forget_known();
    diesel::delete(former_id_numbers::table.find((index(vault, number), id))).execute(&mut **tx)?;
    Ok(())
}

/// All numbers that somebody had before, the first one first.
fn formers(conn: &mut Conn, vault: &Vault, id: Id) -> Result<Vec<Former>> {
    let rows = former_id_numbers::table.filter(former_id_numbers::person_id.eq(id)).select((
        former_id_numbers::id_number_index,
        former_id_numbers::id_number,
        former_id_numbers::replaced_at,
        former_id_numbers::case_id,
    ));
    let rows: Vec<(String, String, Moment, Id)> = rows.load(conn)?;
    let opened = |(index, sealed, replaced_at, case_id): (String, String, Moment, Id)| {
        let number = vault.open(&former_identity(&index), &Sealed::from_stored(sealed));
        let number = number.map_err(|e| Error::internal("a number of before does not open", e))?;
        let number = number.parse().map_err(|e| Error::internal("a stored number is wrong", e))?;
        Ok(Former { number, replaced_at, case_id })
    };
    let mut all = rows.into_iter().map(opened).collect::<Result<Vec<Former>>>()?;
    all.sort_by_key(Former::place);
    Ok(all)
}

/// The number that somebody had before a case that gives them another as of a moment, whatever was given since.
pub fn before(conn: &mut Conn, vault: &Vault, id: Id, (at, case_id): (Moment, Id)) -> Result<Identifier> {
    let mut all = formers(conn, vault, id)?;
    let place =
        all.iter().position(|one| one.case_id == case_id).or_else(|| all.iter().position(|one| one.place() > (at, case_id)));
    match place {
        Some(index) => Ok(all.swap_remove(index).number),
        None => store::open(conn, vault, id).map(|(_, number)| number),
    }
}

/// The number with which somebody began: that of their birth.
pub fn first(conn: &mut Conn, vault: &Vault, id: Id) -> Result<Identifier> {
    match formers(conn, vault, id)?.into_iter().next() {
        Some(first) => Ok(first.number),
        None => store::open(conn, vault, id).map(|(_, number)| number),
    }
}

/// Whether a number is somebody's, today or before.
pub fn has_had(conn: &mut Conn, vault: &Vault, id: Id, number: &Identifier) -> Result<bool> {
    Ok(is_current(conn, vault, id, number)? || had(conn, vault, id, number)?)
}

/// Gives a person another number as of a moment: the one of then goes on finding them, and what was given later stays today's.
pub fn change_number(tx: &mut Tx, vault: &Vault, id: Id, new: &Identifier, case_id: Id, now: Moment) -> Result<()> {
    own_numbers(tx, vault, [new])?;
    require_free(tx, vault, new)?;
    let next = formers(tx, vault, id)?.into_iter().find(|one| one.place() > (now, case_id));
    let Some(next) = next else { return replace_number(tx, vault, id, new, case_id, now) };
    forget(tx, vault, id, &next.number)?;
    Former { number: new.clone(), ..next }.insert(tx, vault, id)?;
    Former { number: next.number, replaced_at: now, case_id }.insert(tx, vault, id)
}

/// Gives a person a number back that they had before; the one of now goes on finding them.
fn restore_number(tx: &mut Tx, vault: &Vault, id: Id, former: &Identifier, case_id: Id, now: Moment) -> Result<()> {
    forget(tx, vault, id, former)?;
    replace_number(tx, vault, id, former, case_id, now)
}

/// Gives a person the right number in the place of one that a case has given by mistake, which was never theirs; what was given
/// later stays today's.
pub fn correct_number(
    tx: &mut Tx,
    vault: &Vault,
    id: Id,
    (wrong, right): (&Identifier, &Identifier),
    case_id: Id,
    now: Moment,
) -> Result<()> {
    if wrong.finds() && !is_current(tx, vault, id, wrong)? {
        own_numbers(tx, vault, [right])?;
        require_free(tx, vault, right)?;
        let Some(kept) = formers(tx, vault, id)?.into_iter().find(|one| one.number == *wrong) else { return Err(changed()) };
        forget(tx, vault, id, wrong)?;
        // What finds nobody is no number of before.
        return if right.finds() { Former { number: right.clone(), ..kept }.insert(tx, vault, id) } else { Ok(()) };
    }
    if had(tx, vault, id, right)? {
        restore_number(tx, vault, id, right, case_id, now)?;
    } else {
        own_numbers(tx, vault, [right])?;
        require_free(tx, vault, right)?;
        replace_number(tx, vault, id, right, case_id, now)?;
    }
    forget(tx, vault, id, wrong)
}

/// The register does not have a number as somebody's that a case has given them.
fn changed() -> Error {
    let text = ("統一編號已有變更，無法還原或登載", "the number in the register is another one by now");
    Problem::new(Code::CONFLICT).detail(text.0, text.1).into()
}

/// Refuses to correct or take back a number that is not somebody's any more.
pub fn require_theirs(conn: &mut Conn, vault: &Vault, id: Id, number: &Identifier) -> Result<()> {
    if has_had(conn, vault, id, number)? { Ok(()) } else { Err(changed()) }
}

/// Refuses to give another number in the place of one that was not somebody's at the place of the case.
pub fn require_before(conn: &mut Conn, vault: &Vault, id: Id, number: &Identifier, place: (Moment, Id)) -> Result<()> {
    if before(conn, vault, id, place)? == *number { Ok(()) } else { Err(changed()) }
}

/// The sex that all numbers of somebody tell alike, today's and those of before.
pub fn sex_of_all(conn: &mut Conn, vault: &Vault, id: Id) -> Result<Option<Sex>> {
    let today = store::open(conn, vault, id)?.1.sex();
    let all = formers(conn, vault, id)?;
    Ok(today.filter(|today| all.iter().filter_map(|one| one.number.sex()).all(|sex| sex == *today)))
}

/// Takes back a number that a case has given: it was never theirs. Another that was given since stays today's, in the place of the
/// one of before.
pub fn take_number(
    tx: &mut Tx,
    vault: &Vault,
    id: Id,
    (given, before): (&Identifier, &Identifier),
    case_id: Id,
    now: Moment,
) -> Result<()> {
    let all = formers(tx, vault, id)?;
    // What the case takes for the number of before may have been corrected since.
    let own = all.iter().find(|one| one.case_id == case_id);
    if is_current(tx, vault, id, given)? {
        restore_number(tx, vault, id, own.map_or(before, |own| &own.number), case_id, now)?;
        return forget(tx, vault, id, given);
    }
    let Some(kept) = all.iter().find(|one| one.number == *given) else { return Err(changed()) };
    forget(tx, vault, id, given)?;
    let Some(own) = own else { return Ok(()) };
    forget(tx, vault, id, &own.number)?;
    Former { number: own.number.clone(), ..*kept }.insert(tx, vault, id)
}

fn replace_number(tx: &mut Tx, vault: &Vault, id: Id, new: &Identifier, case_id: Id, now: Moment) -> Result<()> {
    let (_, old) = store::open(tx, vault, id)?;
    // What found nobody goes on finding nobody.
    if old.finds() {
        Former { number: old, replaced_at: now, case_id }.insert(tx, vault, id)?;
    }
    let number = vault.seal(&format!("people/{id}/id_number"), &new.expose()).into_stored();
    let source = case_path(case_id);
    let index = index_in(vault, new, &source);
    if !is_current(tx, vault, id, new)? {
        release(tx, vault, new, &source)?;
    }
    let others = people::table.filter(people::id_number_index.eq(&index)).filter(people::id.ne(id));
    let (own, shared) = match others.count().get_result::<i64>(&mut **tx)? {
        0 => (index, None),
        _ => (format!("shared/{id}"), Some(index)),
    };
    let set = (people::id_number.eq(number), people::id_number_index.eq(own), people::shared_index.eq(shared));
    forget_known();
    diesel::update(people::table.find(id)).set(set).execute(&mut **tx)?;
    found_by::refresh(tx, vault, id)
}

text_enum! {
    /// By what a number finds somebody.
    pub enum FoundBy {
        /// They have it today
        Current = "CURRENT",
        /// They had it
        Former = "FORMER",
        /// A record of that number was joined to theirs
        Joined = "JOINED",
        /// Somebody has named it for them, and nobody has checked it
        Claimed = "CLAIMED",
        /// Nothing stands any more of what made the record
        Empty = "EMPTY",
    }
}

/// Everybody of a number: whoever has it, whoever had it, whoever they were joined to, and whoever is said to have it.
pub fn of_number(conn: &mut Conn, vault: &Vault, number: &Identifier) -> Result<Vec<(Id, FoundBy)>> {
    let index = index(vault, number);
    let today = people::table.filter(people::id_number_index.eq(&index).or(people::shared_index.eq(&index)));
    let today: Vec<(Id, Option<Id>)> = today.select((people::id, people::joined_into)).load(conn)?;
    let before = former_id_numbers::table.filter(former_id_numbers::id_number_index.eq(&index));
    let before: Vec<Id> = before.select(former_id_numbers::person_id).load(conn)?;
    let said = people::table.filter(people::claimed_index.eq(&index)).order(people::id).limit(1_000);
    let said: Vec<Id> = said.select(people::id).load(conn)?;
    let joined: Vec<Id> = today.iter().filter_map(|(_, into)| *into).collect();
    let today: Vec<Id> = today.into_iter().map(|(id, _)| id).collect();
    let all = [(today, FoundBy::Current), (before, FoundBy::Former), (joined, FoundBy::Joined), (said, FoundBy::Claimed)];
    let mut all: Vec<(Id, FoundBy)> = all.into_iter().flat_map(|(ids, by)| ids.into_iter().map(move |id| (id, by))).collect();
    all.sort_by_key(|(id, _)| *id);
    all.dedup_by_key(|(id, _)| *id);
    let empty = holding::emptied(conn, &all.iter().map(|(id, _)| *id).collect::<Vec<_>>())?;
    all.iter_mut().filter(|(id, by)| *by != FoundBy::Claimed && empty.contains(id)).for_each(|(_, by)| *by = FoundBy::Empty);
    Ok(all)
}
