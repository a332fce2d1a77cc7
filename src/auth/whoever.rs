//! Who is behind accounts: all records of a human, all numbers of theirs, and by them which accounts are one person's.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use serde::{Deserialize, Serialize};

use super::caller::{By, Caller};
use super::policy::Reach;
use super::{hands, kin, namesakes, protection};
use crate::clock::Moment;
use crate::db::{Conn, Id, JsonText, in_parts, known};
use crate::each;
use crate::error::Result;
use crate::schema::{accounts, former_id_numbers as former, people};

#[diesel::declare_sql_function]
extern "SQL" {
    fn coalesce(first: Nullable<Text>, or: Text) -> Text;
}

/// What an account's name is sealed for, in force or asked for.
pub fn name_identity(account: Id) -> String {
    format!("accounts/{account}/name")
}

/// Who works with an account, as it is kept: what was said of them, and by what accounts of one person are known for that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Blind index of their number.
    pub index: String,
    /// Name and number, sealed.
    pub sealed: String,
    /// Index of the name; empty of one who was named before that was kept.
    #[serde(default)]
    pub name: String,
    /// Indexes of the names by which whoever has this number was named before.
    #[serde(default)]
    pub former: Vec<String>,
}

impl Holder {
    /// Whoever is named from now on, in the place of another: of the same number they were called otherwise before.
    pub fn in_place_of(self, before: Option<Self>) -> Self {
        let Some(before) = before.filter(|before| before.index == self.index) else { return self };
        let former = before.former.into_iter().chain([before.name]).filter(|name| !name.is_empty() && *name != self.name);
        Self { former: former.collect(), ..self }
    }
}

/// The account of a name in the journal.
pub fn account_of(name: &str) -> Option<Id> {
    name.strip_prefix("accounts/").and_then(|id| id.parse().ok())
}

/// The records to which these were joined, or themselves, by each of these.
pub(super) fn last_of(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Id>> {
    let given: Vec<(Id, Option<Id>)> = known(conn, "last records", ids, |conn| {
        in_parts(ids, |part| {
            let given = people::table.filter(people::id.eq_any(part.iter().copied()));
            Ok(given.select((people::id, people::joined_into)).load(conn)?)
        })
    })?;
    Ok(given.into_iter().map(|(id, into)| (id, into.unwrap_or(id))).collect())
}

/// All records of the humans of these records, by each of these: itself, the one to which it was joined, and those that were
/// joined to either.
pub fn records_of(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Vec<Id>>> {
    let others = diesel::alias!(people as others);
    let other = others.field(people::joined_into).eq(coalesce(people::joined_into, people::id).nullable());
    let rows: Vec<(Id, Option<Id>, Option<Id>)> = known(conn, "records", ids, |conn| {
        in_parts(ids, |part| {
            let given = people::table.filter(people::id.eq_any(part.iter().copied())).left_join(others.on(other));
            let given = given.order(others.field(people::id).asc());
            let shown = (people::id, people::joined_into, others.field(people::id).nullable());
            Ok(each!(conn, c => given.select(shown).load(c))?)
        })
    })?;
    let mut all: HashMap<Id, (Id, Vec<Id>)> = HashMap::new();
    for (id, into, other) in rows {
        all.entry(id).or_insert_with(|| (into.unwrap_or(id), Vec::new())).1.extend(other);
    }
    Ok(all.into_iter().map(|(id, (last, others))| (id, others.into_iter().chain([last]).collect())).collect())
}

/// The records that these numbers find, by index: of whoever has one, truly has it as well, or had it.
pub fn found_by(conn: &mut Conn, indexes: &[String]) -> Result<Vec<(String, Id)>> {
    known(conn, "found by numbers", indexes, |conn| {
        in_parts(indexes, |part| {
            let today = people::table.filter(people::id_number_index.eq_any(part)).select((people::id_number_index, people::id));
            let shared = people::table.filter(people::shared_index.eq_any(part));
            let shared = shared.select((people::shared_index.assume_not_null(), people::id));
            let before = former::table.filter(former::id_number_index.eq_any(part));
            let before = before.select((former::id_number_index, former::person_id));
            Ok(each!(conn, c => today.union_all(shared).union_all(before).load(c))?)
        })
    })
}

/// The indexes of all numbers of some records: today's, shared and former ones.
pub(super) fn numbers_of(conn: &mut Conn, records: &[Id]) -> Result<Vec<(Id, String)>> {
    known(conn, "numbers of records", records, |conn| {
        in_parts(records, |part| {
            let today = people::table.filter(people::id.eq_any(part.iter().copied()));
            let today: Vec<(Id, String, Option<String>)> =
                today.select((people::id, people::id_number_index, people::shared_index)).load(conn)?;
            let before = former::table.filter(former::person_id.eq_any(part.iter().copied()));
            let mut numbers: Vec<(Id, String)> = before.select((former::person_id, former::id_number_index)).load(conn)?;
            let each = |(id, own, shared): (Id, String, Option<String>)| {
                [Some(own), shared].into_iter().flatten().map(move |number| (id, number))
            };
            numbers.extend(today.into_iter().flat_map(each));
            Ok(numbers)
        })
    })
}

/// Of whom these accounts are proven to be, and who was named as their holders.
fn named(conn: &mut Conn, all: &[Id]) -> Result<Vec<(Id, Option<Id>, Option<JsonText>)>> {
    known(conn, "holders", all, |conn| {
        let rows = accounts::table.filter(accounts::id.eq_any(all.iter().copied()));
        Ok(rows.select((accounts::id, accounts::person_id, accounts::holder)).load(conn)?)
    })
}

/// The indexes of all numbers of whoever is behind these accounts: proven to be an owner, or named as a holder. Whoever has
/// another number since, or another record, is the same person still.
pub(super) fn numbers_behind(conn: &mut Conn, all: &[Id]) -> Result<HashMap<Id, Vec<String>>> {
    let mut behind: HashMap<Id, Vec<String>> = HashMap::new();
    let mut owned: Vec<(Id, Id)> = Vec::new();
    for (account, person, holder) in named(conn, all)? {
        owned.extend(person.map(|person| (account, person)));
        if let Some(holder) = holder {
            behind.entry(account).or_default().push(holder.read::<Holder>()?.index);
        }
    }
    let indexes: Vec<String> = behind.values().flatten().cloned().collect();
    for (index, record) in found_by(conn, &indexes)? {
        owned.extend(behind.iter().filter(|(_, theirs)| theirs.contains(&index)).map(|(account, _)| (*account, record)));
    }
    let records: Vec<Id> = owned.iter().map(|(_, record)| *record).collect();
    let humans = records_of(conn, &records)?;
    let records: Vec<Id> = humans.values().flatten().copied().collect();
    let numbers = numbers_of(conn, &records)?;
    for (account, record) in owned {
        let theirs = humans.get(&record).into_iter().flatten();
        let theirs = theirs.flat_map(|one| numbers.iter().filter(move |(id, _)| id == one).map(|(_, number)| number.clone()));
        behind.entry(account).or_default().extend(theirs);
    }
    Ok(behind)
}

/// The records of whoever is behind these accounts, each with its account: proven to be an owner, or named as a holder. Where several
/// people have the number that was named, whoever is called so is meant.
pub(super) fn people_behind(conn: &mut Conn, all: &[Id]) -> Result<Vec<(Id, Id)>> {
    let mut behind = Vec::new();
    for (account, person, holder) in named(conn, all)? {
        behind.extend(person.map(|person| (account, person)));
        let Some(holder) = holder else { continue };
        behind.extend(meant_by(conn, &holder.read()?)?.into_iter().map(|record| (account, record)));
    }
    Ok(behind)
}

/// The records of whoever was named as a holder.
fn meant_by(conn: &mut Conn, holder: &Holder) -> Result<Vec<Id>> {
    let found: Vec<Id> = found_by(conn, std::slice::from_ref(&holder.index))?.into_iter().map(|(_, record)| record).collect();
    if found.len() < 2 {
        return Ok(found);
    }
    let humans = records_of(conn, &found)?;
    let records: Vec<Id> = humans.values().flatten().copied().collect();
    let called = people::table.filter(people::id.eq_any(records)).filter(people::name_index.assume_not_null().eq(&holder.name));
    let called: Vec<Id> = called.select(people::id).load(conn)?;
    let is_called = |(_, records): &(&Id, &Vec<Id>)| records.iter().any(|record| called.contains(record));
    let meant: Vec<Id> = humans.iter().filter(is_called).map(|(record, _)| *record).collect();
    Ok(if meant.is_empty() { found } else { meant })
}

/// Whether it is known who is behind a name in the journal; whatever is no account needs nobody.
pub fn has_holder(conn: &mut Conn, name: &str) -> Result<bool> {
    account_of(name).map_or(Ok(true), |account| numbers_behind(conn, &[account]).map(|behind| !behind.is_empty()))
}

/// Whoever works with an account.
pub struct Whoever {
    /// That account, and those of some others with which they work too, or worked at the moment for which each was asked, or since.
    pub accounts: Vec<Id>,
    /// Those of them with which they work today.
    pub own: Vec<Id>,
    /// Those of all these accounts of which nobody knows who works with them.
    pub unnamed: Vec<Id>,
    /// Indexes of their numbers.
    numbers: Vec<String>,
}

/// Whom a matter names: who keeps away from it (行政程序法 §32).
#[derive(Clone, Debug, Default)]
pub struct Involved {
    /// Records of its parties and of whoever acts for them: they, their spouses and kin keep away (no. 1–3).
    pub records: Vec<Id>,
    /// Blind indexes of the numbers of whoever else it names, such as its witnesses: they themselves keep away (no. 4).
    pub numbers: Vec<String>,
    /// How whoever the office does not know yet is called: the index of name and day of birth, and whether a personal number tells
    /// them from others of these.
    pub called: Vec<(String, bool)>,
}

impl<R: AsRef<[Id]> + ?Sized> From<&R> for Involved {
    fn from(records: &R) -> Self {
        Self { records: records.as_ref().to_vec(), ..Self::default() }
    }
}

impl Whoever {
    /// Whether a matter names whoever has these numbers, or is said to have one, or is about their spouse or kin, or about
    /// somebody from whose data they are barred on a day.
    pub fn is_concerned(&self, conn: &mut Conn, whom: &Involved, day: NaiveDate) -> Result<bool> {
        if self.numbers.iter().any(|number| whom.numbers.contains(number)) {
            return Ok(true);
        }
        if self.likely_named(conn, &[whom.called.as_slice()])?.contains(&true) {
            return Ok(true);
        }
        self.concerned(conn, &whom.records, day).map(|concerned| !concerned.is_empty())
    }

    /// Which of these matters [`Self::is_concerned`] is true of.
    pub fn concerned_by(&self, conn: &mut Conn, matters: &[Involved], day: NaiveDate) -> Result<Vec<bool>> {
        let mut among: Vec<Id> = matters.iter().flat_map(|matter| matter.records.iter().copied()).collect();
        among.sort_unstable();
        among.dedup();
        let concerned = self.concerned(conn, &among, day)?;
        let names = |matter: &Involved| matter.numbers.iter().any(|number| self.numbers.contains(number));
        let touches = |matter: &Involved| matter.records.iter().any(|record| concerned.contains(record));
        let called: Vec<&[(String, bool)]> = matters.iter().map(|matter| matter.called.as_slice()).collect();
        let likely = self.likely_named(conn, &called)?;
        Ok(matters.iter().zip(likely).map(|(matter, is_likely)| names(matter) || touches(matter) || is_likely).collect())
    }

    /// Whether nobody can tell one of those who are called so, of each of these, from whoever has these numbers, or their spouse or kin.
    fn likely_named(&self, conn: &mut Conn, called: &[&[(String, bool)]]) -> Result<Vec<bool>> {
        if self.numbers.is_empty() || called.iter().all(|called| called.is_empty()) {
            return Ok(vec![false; called.len()]);
        }
        let own: Vec<Id> = found_by(conn, &self.numbers)?.into_iter().map(|(_, record)| record).collect();
        let all: Vec<Id> = kin::of(conn, &own)?.into_iter().chain(own).collect();
        namesakes::called_alike(conn, &all, called)
    }

    /// Those of these records that are [`Self::related`], or of somebody from whose data they are barred on a day.
    pub fn concerned(&self, conn: &mut Conn, among: &[Id], day: NaiveDate) -> Result<Vec<Id>> {
        if self.numbers.is_empty() || among.is_empty() {
            return Ok(Vec::new());
        }
        let related = self.related(conn, among)?;
        let barred = protection::barred_from(conn, (&self.own, &self.numbers), among, day)?;
        Ok(among.iter().copied().filter(|record| related.contains(record) || barred.contains(record)).collect())
    }

    /// Those of these records that are of whoever has these numbers or of their spouse or kin, or of which somebody has only said
    /// that they are, or which nobody can tell from theirs.
    pub(super) fn related(&self, conn: &mut Conn, among: &[Id]) -> Result<Vec<Id>> {
        if self.numbers.is_empty() || among.is_empty() {
            return Ok(Vec::new());
        }
        let own: Vec<Id> = found_by(conn, &self.numbers)?.into_iter().map(|(_, record)| record).collect();
        let kin = kin::of(conn, &own)?;
        let records: Vec<Id> = kin.iter().copied().collect();
        let numbers = numbers_of(conn, &records)?.into_iter().map(|(_, number)| number);
        let numbers: Vec<String> = numbers.chain(self.numbers.iter().cloned()).collect();
        let said = in_parts(among, |part| {
            let said = people::table.filter(people::id.eq_any(part.iter().copied()));
            let said = said.filter(people::claimed_index.assume_not_null().eq_any(&numbers));
            Ok(said.select(people::id).load(conn)?)
        })?;
        let likely = namesakes::among(conn, &own.iter().chain(&kin).copied().collect(), among)?;
        let found = [own, said, likely].concat();
        let is_concerned = |record: &Id| found.contains(record) || kin.contains(record);
        Ok(among.iter().copied().filter(is_concerned).collect())
    }
}

/// Whoever works with an account, and with which of some others, each since what was done by it; `None` where that is not known.
pub fn whoever(conn: &mut Conn, account: Id, others: &[(Id, Option<Moment>)]) -> Result<Whoever> {
    let all: BTreeSet<Id> = others.iter().map(|(other, _)| *other).chain([account]).collect();
    let all: Vec<Id> = all.into_iter().collect();
    let mut behind = numbers_behind(conn, &all)?;
    let unnamed = all.iter().copied().filter(|one| behind.get(one).is_none_or(Vec::is_empty)).collect();
    let numbers = behind.remove(&account).unwrap_or_default();
    let before = if others.is_empty() { HashMap::new() } else { hands::before(conn, others)? };
    let is_one = |behind: &HashMap<Id, Vec<String>>, other: &Id| {
        behind.get(other).is_some_and(|theirs| theirs.iter().any(|number| numbers.contains(number)))
    };
    let own: Vec<Id> = all.iter().copied().filter(|other| *other == account || is_one(&behind, other)).collect();
    let accounts = all.into_iter().filter(|other| own.contains(other) || is_one(&before, other)).collect();
    Ok(Whoever { accounts, own, unnamed, numbers })
}

/// Whether what was done in a name at a moment was done by the caller: by this very account or client, or by another account that
/// the same person holds, or held then or since. Where nobody knows when it was, all count who ever held it.
pub fn is_one_with(conn: &mut Conn, caller: &Caller, (name, at): (&str, Option<Moment>)) -> Result<bool> {
    if caller.name() == name {
        return Ok(true);
    }
    let Some((own, other)) = caller.account().map(|own| own.id).zip(account_of(name)) else { return Ok(false) };
    Ok(whoever(conn, own, &[(other, at)])?.accounts.contains(&other))
}

/// Whether a matter names whoever works with an account, or is about their spouse or kin, or about somebody from whose data they
/// are barred on a day.
pub fn is_of(conn: &mut Conn, account: Id, whom: &Involved, day: NaiveDate) -> Result<bool> {
    whoever(conn, account, &[])?.is_concerned(conn, whom, day)
}

/// All records that surely are a matter of the caller's own, who works in the office: theirs, those of their spouse and kin, and those
/// of everybody from whose data they are barred.
pub fn kept_records(conn: &mut Conn, by: &By) -> Result<Vec<Id>> {
    let Some(account) = by.caller.account().filter(|_| by.reach != Reach::Own) else { return Ok(Vec::new()) };
    let numbers = numbers_behind(conn, &[account.id])?.remove(&account.id).unwrap_or_default();
    let own: Vec<Id> = found_by(conn, &numbers)?.into_iter().map(|(_, record)| record).collect();
    let kin = if own.is_empty() { HashSet::new() } else { kin::of(conn, &own)? };
    let mut kept: Vec<Id> = protection::closed_to(conn, by)?.into_iter().chain(own).chain(kin).collect();
    kept.sort_unstable();
    kept.dedup();
    Ok(kept)
}

/// Whether an account is proven to be of one of these humans.
pub fn is_owner(conn: &mut Conn, records: &[Id]) -> Result<bool> {
    let owned = accounts::table.filter(accounts::person_id.eq_any(records.iter().map(ToString::to_string)));
    Ok(owned.count().get_result::<i64>(conn)? > 0)
}
