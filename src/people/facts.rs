//! What is known of people: each fact with its rank, its source and its paper. Facts are appended and struck, never
//! rewritten; today's value follows from those that stand, so that any of them can be taken back or entered late.

use std::iter::zip;

use chrono::NaiveDate;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{Label, found_by, holding, joins, overruled, wards};
use crate::auth::standing::registered_at;
use crate::calendar::PartialDate;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::domain::Parting;
use crate::error::{Error, Result};
use crate::schema::{facts, people};
use crate::secrets::vault::{Sealed, Vault};
use crate::{each, prepared, text_enum};

text_enum! {
    /// How sure the office is of a fact.
    pub enum Rank {
        /// Somebody says so
        Claimed = "CLAIMED",
        /// A clerk has seen it on a paper
        Seen = "SEEN",
        /// A case has registered it
        Registered = "REGISTERED",
    }
}

impl Rank {
    /// Whether it says more than another.
    pub fn is_above(self, other: Self) -> bool {
        self as u8 > other as u8
    }
}

text_enum! {
    /// What a fact is about.
    pub enum FactKind {
        Name = "NAME",
        /// The name in Latin letters, as the passport has it, which English certificates print
        RomanisedName = "ROMANISED_NAME",
        BirthOn = "BIRTH_ON",
        Sex = "SEX",
        /// Died, or declared dead, on `valid_from`
        Death = "DEATH",
        /// Married to `other_person_id` from `valid_from` on
        Marriage = "MARRIAGE",
        /// No longer married to `other_person_id` from `valid_from` on
        MarriageEnd = "MARRIAGE_END",
        /// Child of `other_person_id`, who is the MOTHER, the FATHER or the ADOPTER as `value` says
        Parent = "PARENT",
        /// No longer child of `other_person_id` from `valid_from` on
        ParentEnd = "PARENT_END",
        /// Under guardianship of `other_person_id` from `valid_from` on, in the place of any guardian or assistant of before: whoever
        /// was under age then until they come of age, unless `value` is DECLARED; of nobody any more where it is REVOKED
        Guardianship = "GUARDIANSHIP",
        /// Under assistance of `other_person_id`, likewise
        Assistance = "ASSISTANCE",
        /// `other_person_id` exercises the rights of a parent, in the place of whoever did before; the parents again where
        /// `value` is REVOKED
        Custody = "CUSTODY",
        /// ROC, or LOST
        Nationality = "NATIONALITY",
    }
}

/// A paper on which something stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "ID_CARD", "number": "製證字第 1150001234 號"}))]
pub struct Paper {
    /// As in a checklist: ID_CARD, PASSPORT, HH_CERT …
    #[schema(min_length = 1, max_length = 40, pattern = "^[A-Z][A-Z0-9_]{0,39}$")]
    pub kind: String,
    pub number: Label,
    /// Until which day it is good, where it says so, as a passport or a permit does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_to: Option<NaiveDate>,
}

impl Paper {
    /// The index under which all that rests on a paper is found.
    pub fn index(&self, vault: &Vault) -> String {
        let plain: String = self.number.as_str().chars().filter(|c| !c.is_whitespace()).collect();
        vault.blind_index("facts/document", &format!("{}/{}", self.kind, plain.to_uppercase()))
    }
}

/// Whose word a fact is: how sure it makes it, what it rests on, who entered it and when.
#[derive(Clone, Debug)]
pub struct Word<'a> {
    pub rank: Rank,
    /// `cases/{id}`, `bookings/{id}`, `identity-proofs/{id}`.
    pub source: String,
    pub paper: Option<&'a Paper>,
    pub actor: String,
    pub now: Moment,
}

/// A fact to enter.
#[derive(Clone, Debug)]
pub struct NewFact {
    pub person: Id,
    pub kind: FactKind,
    pub value: Value,
    pub other: Option<Id>,
    pub valid_from: Option<NaiveDate>,
}

impl NewFact {
    /// A name.
    pub fn name(person: Id, name: &str) -> Self {
        Self { person, kind: FactKind::Name, value: name.into(), other: None, valid_from: None }
    }

    /// A day of birth.
    pub fn birth_on(person: Id, day: PartialDate) -> Self {
        Self { person, kind: FactKind::BirthOn, value: day.to_string().into(), other: None, valid_from: None }
    }
}

/// A fact as it is kept, opened.
#[derive(Clone, Debug)]
pub struct Fact {
    pub id: Id,
    pub person_id: Id,
    pub kind: FactKind,
    pub rank: Rank,
    pub value: Value,
    pub other_id: Option<Id>,
    pub valid_from: Option<NaiveDate>,
    pub source: String,
    pub paper: Option<Paper>,
    pub actor: String,
    pub recorded_at: Moment,
    pub struck: Option<Strike>,
    entered: Entered,
}

/// When something came into the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Entered {
    At(Moment),
    /// It is being registered, after all that is.
    NotYet,
}

/// Where something stands among what was entered: by its day, and within a day in the order of registration, whenever its case was
/// begun or taken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    day: Option<NaiveDate>,
    entered: Entered,
    source: String,
}

impl Turn {
    /// That of what a source registers as of a day; of a case that is not registered yet after all of that day.
    pub fn of(day: NaiveDate, registered_at: Option<Moment>, source: String) -> Self {
        Self { day: Some(day), entered: registered_at.map_or(Entered::NotYet, Entered::At), source }
    }

    pub fn day(&self) -> Option<NaiveDate> {
        self.day
    }
}

impl Fact {
    /// What a case is to register in its turn, as if it stood already.
    pub fn foreseen(new: NewFact, turn: &Turn, now: Moment) -> Self {
        Self {
            id: Id::new(now),
            person_id: new.person,
            kind: new.kind,
            rank: Rank::Registered,
            value: new.value,
            other_id: new.other,
            valid_from: new.valid_from,
            source: turn.source.clone(),
            paper: None,
            actor: String::new(),
            recorded_at: now,
            struck: None,
            entered: turn.entered,
        }
    }

    pub fn turn(&self) -> Turn {
        Turn { day: self.valid_from, entered: self.entered, source: self.source.clone() }
    }
}

/// Why a fact does not stand any more.
#[derive(Clone, Debug)]
pub struct Strike {
    pub at: Moment,
    pub by: String,
    pub why: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = facts)]
struct Row {
    id: Id,
    person_id: Id,
    kind: FactKind,
    rank: Rank,
    value: String,
    other_id: Option<Id>,
    valid_from: Option<NaiveDate>,
    source: String,
    document: Option<String>,
    actor: String,
    recorded_at: Moment,
    struck_at: Option<Moment>,
    struck_by: Option<String>,
    struck_why: Option<String>,
}

fn identity(id: Id, column: &str) -> String {
    format!("facts/{id}/{column}")
}

/// Rows as facts, each in its turn: where a case is its source, as of when that was registered.
fn opened(conn: &mut Conn, vault: &Vault, rows: Vec<Row>) -> Result<Vec<Fact>> {
    let registered = registered_at(conn, rows.iter().map(|row| row.source.as_str()))?;
    let entered = |row: &Row| match registered.get(&row.source) {
        Some(at) => at.map_or(Entered::NotYet, Entered::At),
        None => Entered::At(row.recorded_at),
    };
    let open = |row: Row| {
        let entered = entered(&row);
        row.opened(vault, entered)
    };
    rows.into_iter().map(open).collect()
}

impl Row {
    fn opened(self, vault: &Vault, entered: Entered) -> Result<Fact> {
        let paper = self.document.map(|sealed| vault.open_json(&identity(self.id, "document"), sealed)).transpose()?;
        let why = vault.open_text(&identity(self.id, "struck_why"), &self.struck_why.unwrap_or_default())?;
        let strike = |at| Strike { at, by: self.struck_by.unwrap_or_default(), why };
        Ok(Fact {
            id: self.id,
            person_id: self.person_id,
            kind: self.kind,
            rank: self.rank,
            value: vault.open_json(&identity(self.id, "value"), self.value)?,
            other_id: self.other_id,
            valid_from: self.valid_from,
            source: self.source,
            paper,
            actor: self.actor,
            recorded_at: self.recorded_at,
            struck: self.struck_at.map(strike),
            entered,
        })
    }
}

/// Enters a fact.
pub fn enter(tx: &mut Tx, vault: &Vault, word: &Word<'_>, fact: &NewFact) -> Result<Id> {
    enter_as_of(tx, vault, word, word.now, fact)
}

/// Enters a fact that has its place among others as of a moment: that at which its case was registered, also where it is
/// corrected or restored later.
pub fn enter_as_of(tx: &mut Tx, vault: &Vault, word: &Word<'_>, at: Moment, fact: &NewFact) -> Result<Id> {
    let made = insert(tx, vault, (word, at), fact, None)?;
    made.ok_or_else(|| Error::Internal("a fact stands there already".to_owned()))
}

/// Enters what a source says of somebody's name or day of birth beside others that say the same, so that it stays known whichever
/// of them falls; what it has said already, as surely, is not entered twice.
pub fn say(tx: &mut Tx, vault: &Vault, word: &Word<'_>, fact: &NewFact) -> Result<()> {
    insert(tx, vault, (word, word.now), fact, Some(said_index(vault, word, fact))).map(drop)
}

/// What finds a word that stands: whose it is, how sure, of whom, and what it says.
fn said_index(vault: &Vault, word: &Word<'_>, fact: &NewFact) -> String {
    let (kind, rank) = (fact.kind.as_str(), word.rank.as_str());
    vault.blind_index("facts/said", &format!("{}/{}/{kind}/{rank}/{}", word.source, fact.person, fact.value))
}

/// Enters a fact; `None` for a word that stands already.
fn insert(
    tx: &mut Tx,
    vault: &Vault,
    (word, at): (&Word<'_>, Moment),
    fact: &NewFact,
    said: Option<String>,
) -> Result<Option<Id>> {
    let id = Id::new(at);
    let document = word.paper.map(|paper| vault.seal_json(&identity(id, "document"), paper)).transpose()?;
    let row = (
        facts::id.eq(id),
        facts::person_id.eq(fact.person),
        facts::kind.eq(fact.kind),
        facts::rank.eq(word.rank),
        facts::value.eq(vault.seal_json(&identity(id, "value"), &fact.value)?),
        facts::other_id.eq(fact.other.map(|id| id.to_string())),
        facts::valid_from.eq(fact.valid_from),
        facts::source.eq(&word.source),
        facts::document.eq(document),
        facts::document_index.eq(word.paper.map(|paper| paper.index(vault))),
        facts::actor.eq(&word.actor),
        facts::recorded_at.eq(word.now),
        facts::said_index.eq(said),
    );
    let made = prepared!(&mut **tx, diesel::insert_into(facts::table).values(row).on_conflict_do_nothing(), execute)?;
    Ok((made > 0).then_some(id))
}

/// Enters anew what a fact that was struck has said, in its own place among others.
pub fn enter_again(tx: &mut Tx, vault: &Vault, fact: &Fact, now: Moment) -> Result<()> {
    let (rank, source, paper, actor) = (fact.rank, fact.source.clone(), fact.paper.as_ref(), fact.actor.clone());
    let word = Word { rank, source, paper, actor, now };
    let (person, kind, value) = (fact.person_id, fact.kind, fact.value.clone());
    let new = NewFact { person, kind, value, other: fact.other_id, valid_from: fact.valid_from };
    let said = WORDS.contains(&kind).then(|| said_index(vault, &word, &new));
    insert(tx, vault, (&word, fact.recorded_at), &new, said).map(drop)
}

/// All facts of a person in the order of their entry, struck ones too.
pub fn all(conn: &mut Conn, vault: &Vault, person: Id) -> Result<Vec<Fact>> {
    let rows: Vec<Row> = facts::table.filter(facts::person_id.eq(person)).order(facts::id).select(Row::as_select()).load(conn)?;
    opened(conn, vault, rows)
}

fn has_birthday(conn: &mut Conn, person: Id) -> Result<bool> {
    let born: Option<String> = people::table.find(person).select(people::birth_on).first(conn)?;
    Ok(born.is_some())
}

/// The version of what is known of a person: it rises with each entry and each strike, and when their record is joined or
/// parted.
pub fn version_of(conn: &mut Conn, person: Id) -> Result<i32> {
    let own = facts::table.filter(facts::person_id.eq(person));
    let all: i64 = own.count().get_result(conn)?;
    let struck: i64 = own.filter(facts::struck_at.is_not_null()).count().get_result(conn)?;
    // What [`found`] will enter first.
    let first = if all > 0 { 0 } else { 1 + i64::from(has_birthday(conn, person)?) };
    Ok(i32::try_from(all + struck + first + joins::count(conn, person)?).unwrap_or(i32::MAX))
}

/// What was said of a person and overruled, while whoever said it still does.
pub fn overruled_of(conn: &mut Conn, vault: &Vault, person: Id) -> Result<Vec<Fact>> {
    let rows = facts::table.filter(facts::person_id.eq(person)).filter(facts::overruled.is_not_null());
    let rows: Vec<Row> = rows.order(facts::id).select(Row::as_select()).load(conn)?;
    opened(conn, vault, rows)
}

/// What a source has said of a kind that stands, of whomever.
pub fn of_source(conn: &mut Conn, vault: &Vault, source: &str, kind: FactKind) -> Result<Vec<Fact>> {
    let said = facts::table.filter(facts::source.eq(source)).filter(facts::kind.eq(kind)).filter(facts::struck_at.is_null());
    let rows: Vec<Row> = said.order(facts::id).select(Row::as_select()).load(conn)?;
    opened(conn, vault, rows)
}

/// What was struck with the revocation of an entry, and stands again with it.
pub fn struck_with(conn: &mut Conn, vault: &Vault, entry: &str) -> Result<Vec<Fact>> {
    let rows = facts::table.filter(facts::struck_with.eq(entry)).order(facts::id);
    let rows: Vec<Row> = rows.select(Row::as_select()).load(conn)?;
    opened(conn, vault, rows)
}

/// The facts of a person that stand, of some kinds.
pub fn standing(conn: &mut Conn, vault: &Vault, person: Id, kinds: &[FactKind]) -> Result<Vec<Fact>> {
    standing_in(conn, vault, &[person], kinds)
}

/// The rows of the facts that stand in some records, of some kinds, in the order of their entry.
fn standing_rows(conn: &mut Conn, records: &[Id], kinds: &[FactKind]) -> Result<Vec<Row>> {
    let standing = facts::table
        .filter(facts::person_id.eq_any(records.iter().copied()))
        .filter(facts::struck_at.is_null())
        .filter(facts::kind.eq_any(kinds.to_vec()));
    Ok(standing.order(facts::id).select(Row::as_select()).load(conn)?)
}

/// The facts that stand in some records, of some kinds, in the order of their entry.
pub fn standing_in(conn: &mut Conn, vault: &Vault, records: &[Id], kinds: &[FactKind]) -> Result<Vec<Fact>> {
    let rows = standing_rows(conn, records, kinds)?;
    opened(conn, vault, rows)
}

/// What sources say of somebody, each by a word of its own.
const WORDS: [FactKind; 3] = [FactKind::Name, FactKind::RomanisedName, FactKind::BirthOn];

/// The same, but of what somebody is called and when they were born only what can be today's ([`holding::todays`]): of each kind what
/// cases have registered, else the first of the surest words.
pub fn known_in(conn: &mut Conn, vault: &Vault, records: &[Id], kinds: &[FactKind]) -> Result<Vec<Fact>> {
    let rows = standing_rows(conn, records, kinds)?;
    let surest = |kind: FactKind| {
        let of_kind = rows.iter().rev().filter(|row| row.kind == kind);
        of_kind.max_by_key(|row| row.rank as u8).map(|row| row.id)
    };
    let surest = WORDS.map(surest);
    let is_known = |row: &Row| !WORDS.contains(&row.kind) || row.rank == Rank::Registered || surest.contains(&Some(row.id));
    let known: Vec<bool> = rows.iter().map(is_known).collect();
    let rows = zip(rows, known).filter_map(|(row, is_known)| is_known.then_some(row)).collect();
    opened(conn, vault, rows)
}

/// All facts of some kinds in some records, struck ones too, in the order of their entry.
pub fn ever(conn: &mut Conn, vault: &Vault, records: &[Id], kinds: &[FactKind]) -> Result<Vec<Fact>> {
    let own = facts::table.filter(facts::person_id.eq_any(records.iter().copied())).filter(facts::kind.eq_any(kinds.to_vec()));
    let rows: Vec<Row> = own.order(facts::id).select(Row::as_select()).load(conn)?;
    opened(conn, vault, rows)
}

/// Which facts to strike.
pub enum Strikes<'a> {
    One(Id),
    /// All that rest on a record.
    Source(&'a str),
    /// All that a record says of somebody.
    Of(&'a str, Id),
    /// What a case has registered.
    Registered(&'a str),
    /// What a record has entered of some kinds.
    Kinds(&'a str, &'a [FactKind]),
    /// All that rest on a paper, by its index.
    Paper(&'a str),
    /// All in one record that rest on a paper.
    PaperOf(&'a str, Id),
    /// What was settled of one record by a paper.
    Settled(&'a str, Id),
}

/// Strikes facts with a reason, and lets today's values follow; the people whose facts they were.
pub fn strike(tx: &mut Tx, vault: &Vault, which: &Strikes<'_>, by: (&str, &str, Moment)) -> Result<Vec<Id>> {
    strike_as(tx, vault, (which, None), by)
}

/// The same with the revocation of an entry, `cases/{id}`: they stand again with it.
pub fn strike_with(
    tx: &mut Tx,
    vault: &Vault,
    (which, entry): (&Strikes<'_>, &str),
    by: (&str, &str, Moment),
) -> Result<Vec<Id>> {
    strike_as(tx, vault, (which, Some(entry)), by)
}

fn strike_as(
    tx: &mut Tx,
    vault: &Vault,
    (which, entry): (&Strikes<'_>, Option<&str>),
    (actor, why, now): (&str, &str, Moment),
) -> Result<Vec<Id>> {
    let standing = facts::table.filter(facts::struck_at.is_null()).into_boxed();
    let meant = match which {
        Strikes::One(id) => standing.filter(facts::id.eq(id.to_string())),
        Strikes::Source(source) => standing.filter(facts::source.eq((*source).to_owned())),
        Strikes::Of(source, person) => {
            standing.filter(facts::source.eq((*source).to_owned())).filter(facts::person_id.eq(person.to_string()))
        }
        Strikes::Registered(source) => {
            standing.filter(facts::source.eq((*source).to_owned())).filter(facts::rank.eq(Rank::Registered))
        }
        Strikes::Kinds(source, kinds) => {
            standing.filter(facts::source.eq((*source).to_owned())).filter(facts::kind.eq_any(kinds.to_vec()))
        }
        Strikes::Paper(index) => standing.filter(facts::document_index.eq((*index).to_owned())),
        Strikes::PaperOf(index, person) => {
            standing.filter(facts::document_index.eq((*index).to_owned())).filter(facts::person_id.eq(person.to_string()))
        }
        Strikes::Settled(index, person) => {
            let settled = standing.filter(facts::document_index.eq((*index).to_owned())).filter(facts::source.like(SETTLED));
            settled.filter(facts::person_id.eq(person.to_string()))
        }
    };
    let found: Vec<(Id, Id)> = meant.select((facts::id, facts::person_id)).load(&mut **tx)?;
    for (id, _) in &found {
        let why = tx.seal_text(&identity(*id, "struck_why"), why);
        let struck = (facts::struck_at.eq(Some(now)), facts::struck_by.eq(Some(actor)), facts::struck_why.eq(Some(why)));
        let struck = (struck, facts::said_index.eq(None::<String>), facts::struck_with.eq(entry));
        diesel::update(facts::table.find(id)).set(struck).execute(&mut **tx)?;
    }
    let mut people: Vec<Id> = found.into_iter().map(|(_, person)| person).collect();
    people.sort_unstable();
    people.dedup();
    overruled::follow(tx, vault, which, &people, now)?;
    people.iter().try_for_each(|person| project(tx, vault, *person))?;
    Ok(people)
}

/// The sources of what was settled.
const SETTLED: &str = "people/%";

/// Moves what was settled of a record by a paper to the one whose paper it is; whether there was anything. What it had overruled there
/// stands again, and of the other one it says what it says beside all else.
pub fn move_paper(tx: &mut Tx, vault: &Vault, by: (&str, &str, Moment), (index, from, to): (&str, Id, Id)) -> Result<bool> {
    let settled = facts::table.filter(facts::struck_at.is_null()).filter(facts::document_index.eq(index));
    let settled = settled.filter(facts::person_id.eq(from)).filter(facts::source.like(SETTLED)).order(facts::id);
    let rows: Vec<Row> = settled.select(Row::as_select()).load(&mut **tx)?;
    let any = !rows.is_empty();
    strike(tx, vault, &Strikes::Settled(index, from), by)?;
    for fact in opened(tx, vault, rows)? {
        let paper = fact.paper.as_ref();
        let word = Word { rank: fact.rank, source: fact.source, paper, actor: by.0.to_owned(), now: by.2 };
        let new = NewFact { person: to, kind: fact.kind, value: fact.value, other: fact.other_id, valid_from: fact.valid_from };
        say(tx, vault, &word, &new)?;
    }
    if any {
        project(tx, vault, to)?;
    }
    Ok(any)
}

/// Moves what a source says of somebody to somebody else, whom it means. A name or a day of birth was the wrong one's: where the
/// other one's is known, the source means that, and no more surely than it is known.
pub fn move_source(tx: &mut Tx, vault: &Vault, by: (&str, &str, Moment), parting: &Parting<'_>) -> Result<()> {
    let said = facts::table.filter(facts::struck_at.is_null()).filter(facts::source.eq(parting.source));
    let meant = said.filter(facts::person_id.eq(parting.from).or(facts::other_id.eq(parting.from.to_string())));
    let rows: Vec<Row> = meant.order(facts::id).select(Row::as_select()).load(&mut **tx)?;
    rows.iter().try_for_each(|row| strike(tx, vault, &Strikes::One(row.id), by).map(drop))?;
    for kind in WORDS {
        overruled::forget(tx, (parting.from, kind), parting.source)?;
    }
    for fact in opened(tx, vault, rows)? {
        let (person, other) = (parting.moved(fact.person_id), fact.other_id.map(|id| parting.moved(id)));
        let is_called = matches!(fact.kind, FactKind::Name | FactKind::BirthOn);
        let known = if is_called { standing(tx, vault, person, &[fact.kind])? } else { Vec::new() };
        let known = holding::todays(&known, fact.kind);
        let rank = known.map(|known| known.rank).filter(|rank| fact.rank.is_above(*rank)).unwrap_or(fact.rank);
        let paper = fact.paper.as_ref().filter(|_| known.is_none());
        let word = Word { rank, source: fact.source, paper, actor: by.0.to_owned(), now: by.2 };
        let value = known.map_or(fact.value, |known| known.value.clone());
        let new = NewFact { person, kind: fact.kind, value, other, valid_from: fact.valid_from };
        if is_called {
            say(tx, vault, &word, &new)?;
        } else {
            enter(tx, vault, &word, &new)?;
        }
        project(tx, vault, person)?;
    }
    Ok(())
}

/// Enters a fact in place of what the same source has entered of its kind, where that says otherwise; what it has registered
/// stays beside what it has seen.
pub fn replace(tx: &mut Tx, vault: &Vault, word: &Word<'_>, fact: &NewFact) -> Result<()> {
    replace_as_of(tx, vault, word, word.now, fact)
}

/// As [`replace`], with the place of a moment, as by [`enter_as_of`].
pub fn replace_as_of(tx: &mut Tx, vault: &Vault, word: &Word<'_>, at: Moment, fact: &NewFact) -> Result<()> {
    found(tx, vault, fact.person)?;
    let mut own = standing(tx, vault, fact.person, &[fact.kind])?;
    own.retain(|old| old.source == word.source && !old.rank.is_above(word.rank));
    if own.len() == 1 && own[0].value == fact.value && own[0].rank == word.rank {
        return Ok(());
    }
    strike_own(tx, word, fact.person, fact.kind)?;
    insert(tx, vault, (word, at), fact, Some(said_index(vault, word, fact)))?;
    project(tx, vault, fact.person)
}

/// Strikes what a source has entered of a kind: what stood before, or was entered beside it, is today's again.
pub fn retract(tx: &mut Tx, vault: &Vault, word: &Word<'_>, person: Id, kind: FactKind) -> Result<()> {
    found(tx, vault, person)?;
    strike_own(tx, word, person, kind)?;
    project(tx, vault, person)
}

fn strike_own(tx: &mut Tx, word: &Word<'_>, person: Id, kind: FactKind) -> Result<()> {
    let ranks = [Rank::Claimed, Rank::Seen, Rank::Registered].into_iter().filter(|rank| !rank.is_above(word.rank));
    let own = facts::table
        .filter(facts::person_id.eq(person))
        .filter(facts::kind.eq(kind))
        .filter(facts::source.eq(word.source.clone()))
        .filter(facts::rank.eq_any(ranks.collect::<Vec<_>>()))
        .filter(facts::struck_at.is_null());
    let own: Vec<Id> = own.select(facts::id).load(&mut **tx)?;
    for id in own {
        let why = tx.seal_text(&identity(id, "struck_why"), "登記更正或撤銷");
        let by = Some(&word.actor);
        let struck = (facts::struck_at.eq(Some(word.now)), facts::struck_by.eq(by), facts::struck_why.eq(Some(why)));
        diesel::update(facts::table.find(id)).set((struck, facts::said_index.eq(None::<String>))).execute(&mut **tx)?;
    }
    overruled::forget(tx, (person, kind), &word.source)
}

/// Lets a person's row follow from the facts that stand: the name and the day of birth of today.
pub fn project(tx: &mut Tx, vault: &Vault, person: Id) -> Result<()> {
    let facts = known_in(tx, vault, &[person], &[FactKind::Name, FactKind::BirthOn])?;
    let seal = |fact: &Fact, column: &str| {
        let text = fact.value.as_str().ok_or_else(|| Error::Internal(format!("fact {} is no text", fact.id)))?;
        Ok::<_, Error>(vault.seal(&format!("people/{person}/{column}"), text).into_stored())
    };
    match holding::todays(&facts, FactKind::Name) {
        Some(name) => {
            let set = (people::name.eq(seal(name, "name")?), people::name_rank.eq(name.rank));
            diesel::update(people::table.find(person)).set(set).execute(&mut **tx)?;
        }
        // Everybody is called something: what nothing stands behind any more is what somebody said.
        None => {
            diesel::update(people::table.find(person)).set(people::name_rank.eq(Rank::Claimed)).execute(&mut **tx)?;
        }
    }
    let birth = holding::todays(&facts, FactKind::BirthOn);
    let sealed = birth.map(|birth| seal(birth, "birth_on")).transpose()?;
    let set = (people::birth_on.eq(sealed), people::birth_rank.eq(birth.map_or(Rank::Claimed, |birth| birth.rank)));
    diesel::update(people::table.find(person)).set(set).execute(&mut **tx)?;
    found_by::refresh(tx, vault, person)?;
    wards::refresh(tx, vault, person)
}

/// How many rows of before a start looks at at once.
const BATCH: i64 = 500;

/// Enters what rows of before there were facts say.
pub fn fill(tx: &mut Tx, vault: &Vault, _: Moment) -> Result<()> {
    loop {
        let known = facts::table.filter(facts::person_id.eq(people::id)).select(facts::id);
        let open = people::table.filter(not(exists(known))).order(people::id).limit(BATCH);
        let open: Vec<Id> = open.select(people::id).load(&mut **tx)?;
        if open.is_empty() {
            return Ok(());
        }
        open.into_iter().try_for_each(|person| found(tx, vault, person))?;
    }
}

/// Enters what a row says that has no facts yet, so that what comes after it stands beside it: rows of before there were
/// facts.
pub fn found(tx: &mut Tx, vault: &Vault, person: Id) -> Result<()> {
    let any: i64 = facts::table.filter(facts::person_id.eq(person)).count().get_result(&mut **tx)?;
    if any > 0 {
        return Ok(());
    }
    type Kept = (String, Rank, Option<String>, Rank, Moment);
    let kept = people::table.find(person).select((
        people::name,
        people::name_rank,
        people::birth_on,
        people::birth_rank,
        people::created_at,
    ));
    let (name, name_rank, birth_on, birth_rank, now): Kept = each!(&mut **tx, c => kept.first(c))?;
    let open = |column: &str, text: String| {
        let text = vault.open(&format!("people/{person}/{column}"), &Sealed::from_stored(text));
        text.map_err(|e| Error::internal("a person's data does not open", e))
    };
    let word = |rank| Word { rank, source: format!("people/{person}"), paper: None, actor: "system".to_owned(), now };
    enter(tx, vault, &word(name_rank), &NewFact::name(person, &open("name", name)?))?;
    if let Some(day) = birth_on {
        let value = open("birth_on", day)?.into();
        let fact = NewFact { person, kind: FactKind::BirthOn, value, other: None, valid_from: None };
        enter(tx, vault, &word(birth_rank), &fact)?;
    }
    Ok(())
}
