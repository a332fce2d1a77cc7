//! What holds today of what is known of people.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::facts::{Fact, FactKind, Rank, known_in};
use super::{joins, wards};
use crate::auth::standing::{DEATH, registered_of};
use crate::auth::whoever::is_owner;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::each;
use crate::error::{Error, Result, Text};
use crate::node::Node;
use crate::schema::{certificates, facts, letters_of_proxy, people, seals};
use crate::secrets::vault::Vault;

/// Which of the facts that stand is today's: the highest rank; of registered ones that from the latest day, entered last, and of
/// those of one moment by the case that was taken last; of others the first, until somebody settles which is right.
pub fn todays(facts: &[Fact], kind: FactKind) -> Option<&Fact> {
    let rank = facts.iter().filter(|fact| fact.kind == kind).map(|fact| fact.rank as u8).max()?;
    let mut best = facts.iter().filter(|fact| fact.kind == kind && fact.rank as u8 == rank);
    if rank == Rank::Registered as u8 { best.max_by(|one, other| order(one).cmp(&order(other))) } else { best.next() }
}

fn order(fact: &Fact) -> (Option<NaiveDate>, &str, &str, Id) {
    (fact.valid_from, fact.id.millis(), &fact.source, fact.id)
}

/// What a fact of a kind says today, of those that are texts.
pub fn todays_text(conn: &mut Conn, vault: &Vault, person: Id, kind: FactKind) -> Result<Option<String>> {
    let facts = known_in(conn, vault, &[person], &[kind])?;
    Ok(todays(&facts, kind).and_then(|fact| fact.value.as_str().map(ToOwned::to_owned)))
}

/// What ties a human to others, and tells for how long: it holds of all their records together.
const TIES: [FactKind; 9] = [
    FactKind::Marriage,
    FactKind::MarriageEnd,
    FactKind::Parent,
    FactKind::ParentEnd,
    FactKind::Guardianship,
    FactKind::Assistance,
    FactKind::Custody,
    FactKind::Nationality,
    FactKind::BirthOn,
];

/// Those of them that end with the death of either: a marriage, and whose care somebody is in.
const UNTIL_DEATH: [FactKind; 4] = [FactKind::Marriage, FactKind::Guardianship, FactKind::Assistance, FactKind::Custody];

/// Tells which ties of somebody have ended by a day without an entry that ends them, each with its own day.
pub type Lapse = fn(&mut Conn, &Node, Id, NaiveDate) -> Result<Vec<(Id, NaiveDate)>>;

/// All that tell it; a part of the node, to which domains add theirs.
#[derive(Default)]
pub struct Lapses(Vec<Lapse>);

impl Lapses {
    pub fn add(&mut self, lapse: Lapse) {
        self.0.push(lapse);
    }
}

/// The ties of a human that stand, in whichever of their records, each naming the other human by one record.
pub struct Ties {
    facts: Vec<Fact>,
    /// Those that have ended by themselves, and when.
    lapsed: Vec<(Id, NaiveDate)>,
}

impl Ties {
    pub fn of(conn: &mut Conn, node: &Node, person: Id, today: NaiveDate) -> Result<Self> {
        let facts = joins::standing(conn, &node.vault, person, &TIES)?;
        let (own, mut lapsed) = (died_on(conn, person)?, Vec::new());
        for fact in facts.iter().filter(|fact| UNTIL_DEATH.contains(&fact.kind)) {
            lapsed.extend(death_in(conn, own, fact)?.map(|died| (fact.id, died)));
        }
        for lapse in node.part_if_given::<Lapses>().map(|lapses| lapses.0.as_slice()).unwrap_or_default() {
            lapsed.extend(lapse(conn, node, person, today)?);
        }
        Ok(Self { facts, lapsed })
    }

    fn lapsed_on(&self, fact: Id) -> Option<NaiveDate> {
        self.lapsed.iter().find(|(one, _)| *one == fact).map(|(_, day)| *day)
    }

    /// The day on which something else came in the place of a fact that stands, or ended it: by the end that names the same human,
    /// by the next of those of which one holds at a time, by the death of either, by the coming of age of a ward, or by the law that lets
    /// it lapse.
    pub fn ended_on(&self, fact: Id, today: NaiveDate) -> Option<NaiveDate> {
        let fact = self.facts.iter().find(|one| one.id == fact)?;
        let ends = [ended_on(fact, &self.facts), wards::ended_on(fact, &self.facts, today), self.lapsed_on(fact.id)];
        ends.into_iter().flatten().min()
    }
}

/// All that hold on a day of the facts of a record that stand: of what somebody can have but one of, today's; of spouses, parents
/// every one whose relation has not ended, of guardians those of the latest ruling, until their ward comes of age; none that has
/// lapsed. A marriage ends with the death of either, and the end of one with the next of the same two.
pub fn all(conn: &mut Conn, person: Id, (facts, ties): (&[Fact], &Ties), today: NaiveDate) -> Result<Vec<Id>> {
    let mut held = Vec::new();
    let tied = ties.facts.as_slice();
    for kind in FactKind::ALL {
        match kind {
            FactKind::Marriage => held.extend(marriages(conn, person, tied)?),
            FactKind::MarriageEnd => held.extend(relations(tied, *kind, Some(FactKind::Marriage)).map(|end| end.id)),
            FactKind::Parent => held.extend(relations(tied, *kind, Some(FactKind::ParentEnd)).map(|one| one.id)),
            FactKind::ParentEnd => held.extend(relations(tied, *kind, Some(FactKind::Parent)).map(|end| end.id)),
            FactKind::Guardianship | FactKind::Assistance => held.extend(care(conn, person, tied, &CARE, *kind)?),
            FactKind::Custody => held.extend(care(conn, person, tied, &[FactKind::Custody], *kind)?),
            FactKind::Nationality => held.extend(latest(tied, &[FactKind::Nationality]).map(|fact| fact.id)),
            _ => held.extend(todays(facts, *kind).map(|fact| fact.id)),
        }
    }
    held.retain(|id| !tied.iter().any(|fact| fact.id == *id && wards::ended_on(fact, tied, today).is_some()));
    held.retain(|id| ties.lapsed_on(*id).is_none());
    Ok(held)
}

/// A ruling of guardianship replaces one of assistance, and the other way round (民法 §14, §15-1).
pub const CARE: [FactKind; 2] = [FactKind::Guardianship, FactKind::Assistance];

/// Of the facts of kinds that replace each other those of the latest day: a ruling names all guardians at once, and its end
/// names none.
pub fn latest<'f>(facts: &'f [Fact], kinds: &'f [FactKind]) -> impl Iterator<Item = &'f Fact> {
    let of_kinds = move || facts.iter().filter(move |fact| kinds.contains(&fact.kind));
    let last = of_kinds().map(|fact| (fact.rank as u8, fact.turn())).max();
    of_kinds().filter(move |fact| last.as_ref() == Some(&(fact.rank as u8, fact.turn())))
}

/// Those of the latest of one kind, as long as both live: the dead are in nobody's care, and care for nobody.
fn care(conn: &mut Conn, person: Id, facts: &[Fact], kinds: &[FactKind], kind: FactKind) -> Result<Vec<Id>> {
    let mut held = Vec::new();
    for fact in latest(facts, kinds).filter(|fact| fact.kind == kind) {
        if !is_deceased(conn, person)? && !fact.other_id.map_or(Ok(false), |other| is_deceased(conn, other))? {
            held.push(fact.id);
        }
    }
    Ok(held)
}

/// Whether a fact takes effect after another: of two from one day, the one that was registered later.
fn follows(fact: &Fact, other: &Fact) -> bool {
    fact.turn() > other.turn()
}

fn relations(facts: &[Fact], kind: FactKind, end: Option<FactKind>) -> impl Iterator<Item = &Fact> {
    let rank = facts.iter().filter(|fact| fact.kind == kind).map(|fact| fact.rank as u8).max();
    let ended =
        move |one: &Fact| facts.iter().any(|fact| Some(fact.kind) == end && fact.other_id == one.other_id && follows(fact, one));
    facts.iter().filter(move |fact| fact.kind == kind && Some(fact.rank as u8) == rank && !ended(fact))
}

/// The marriages that neither an end nor a registered death has ended.
fn marriages(conn: &mut Conn, person: Id, facts: &[Fact]) -> Result<Vec<Id>> {
    let own = died_on(conn, person)?;
    let mut held = Vec::new();
    for marriage in relations(facts, FactKind::Marriage, Some(FactKind::MarriageEnd)) {
        if death_in(conn, own, marriage)?.is_none() {
            held.push(marriage.id);
        }
    }
    Ok(held)
}

/// The first death of the two whom a fact ties, not before it began: of somebody who died on a day, and of the other.
fn death_in(conn: &mut Conn, own: Option<NaiveDate>, fact: &Fact) -> Result<Option<NaiveDate>> {
    let others = fact.other_id.map_or(Ok(None), |other| died_on(conn, other))?;
    Ok([own, others].into_iter().flatten().filter(|died| Some(*died) >= fact.valid_from).min())
}

/// A death that a case has registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Death {
    /// The last day on which they can have lived: as late as what is known of it allows.
    pub last_day: NaiveDate,
    /// The day on which it was registered.
    pub known_on: NaiveDate,
}

impl Death {
    /// Whether they can do nothing any more on a day: it is after their last, or their death was known by then.
    pub fn bars(self, day: NaiveDate) -> bool {
        day > self.last_day || day >= self.known_on
    }
}

/// The death of somebody that a case has registered, in whichever of their records; of an unknown day it was on that on which it was
/// registered, at the latest.
pub fn death(conn: &mut Conn, person: Id) -> Result<Option<Death>> {
    let all = joins::records(conn, person)?;
    let deaths = facts::table.filter(facts::person_id.eq_any(all)).filter(facts::kind.eq(FactKind::Death));
    let deaths = deaths.filter(facts::rank.eq(Rank::Registered)).filter(facts::struck_at.is_null());
    let known: Vec<(Option<NaiveDate>, Moment)> =
        each!(conn, c => deaths.select((facts::valid_from, facts::recorded_at)).load(c))?;
    let last_day = known.iter().map(|(day, at)| day.unwrap_or_else(|| at.date())).min();
    let known_on = known.iter().map(|(_, at)| at.date()).min();
    Ok(last_day.zip(known_on).map(|(last_day, known_on)| Death { last_day, known_on }))
}

/// The day on which a case has registered that somebody died, in whichever of their records.
fn died_on(conn: &mut Conn, person: Id) -> Result<Option<NaiveDate>> {
    Ok(death(conn, person)?.map(|death| death.last_day))
}

/// Whether a case has registered that somebody has died.
pub fn is_deceased(conn: &mut Conn, person: Id) -> Result<bool> {
    Ok(died_on(conn, person)?.is_some())
}

/// The case that has registered somebody's death, in whichever of their records: `cases/{id}`.
pub fn death_of(conn: &mut Conn, person: Id) -> Result<Option<String>> {
    let all = joins::records(conn, person)?;
    let deaths = facts::table.filter(facts::person_id.eq_any(all)).filter(facts::kind.eq(FactKind::Death));
    let deaths = deaths.filter(facts::rank.eq(Rank::Registered)).filter(facts::struck_at.is_null()).order(facts::id);
    Ok(deaths.select(facts::source).first(conn).optional()?)
}

/// The cases that have registered a death in these very records: `cases/{id}`.
pub fn deaths_of(conn: &mut Conn, records: &[Id]) -> Result<Vec<String>> {
    let deaths = facts::table.filter(facts::person_id.eq_any(records.to_vec())).filter(facts::kind.eq(FactKind::Death));
    let deaths = deaths.filter(facts::rank.eq(Rank::Registered)).filter(facts::struck_at.is_null());
    Ok(deaths.select(facts::source).distinct().order(facts::source).load(conn)?)
}

/// Whose death a case has registered, in all their records.
pub fn dead_by(conn: &mut Conn, case: &str) -> Result<Vec<Id>> {
    let deaths = facts::table.filter(facts::source.eq(case)).filter(facts::kind.eq(FactKind::Death));
    let deaths = deaths.filter(facts::rank.eq(Rank::Registered)).filter(facts::struck_at.is_null());
    let dead: Vec<Id> = deaths.select(facts::person_id).load(conn)?;
    joins::all_records(conn, &dead)
}

/// Those of these people whose death a case has registered; of whoever is only said to have a number, that of its holder.
pub fn deceased(conn: &mut Conn, among: &[Id]) -> Result<Vec<Id>> {
    if among.is_empty() {
        return Ok(Vec::new());
    }
    let said = people::table.filter(people::id.eq_any(among.iter().copied())).filter(people::claimed_index.is_not_null());
    let said: Vec<(Id, String)> = said.select((people::id, people::claimed_index.assume_not_null())).load(conn)?;
    let numbers: Vec<&str> = said.iter().map(|(_, number)| number.as_str()).collect();
    let holders = people::table.filter(people::id_number_index.eq_any(numbers));
    let holders: Vec<(String, Id)> = holders.select((people::id_number_index, people::id)).load(conn)?;
    let all: Vec<Id> = among.iter().copied().chain(holders.iter().map(|(_, holder)| *holder)).collect();
    let died = registered_of(conn, &all, DEATH)?;
    let has_died = |person: &Id| {
        let mut named = said.iter().filter(|(claim, _)| claim == person);
        died.contains(person)
            || named.any(|(_, number)| holders.iter().any(|(held, holder)| held == number && died.contains(holder)))
    };
    Ok(among.iter().copied().filter(has_died).collect())
}

/// Those of some records of which nothing stands any more that was entered, and nobody has proven theirs: no seal, no certificate and
/// no letter of proxy is theirs either.
pub fn emptied(conn: &mut Conn, records: &[Id]) -> Result<Vec<Id>> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let theirs = facts::table.filter(facts::person_id.eq_any(records.iter().copied()));
    let rows: Vec<(Id, Option<Moment>)> = theirs.select((facts::person_id, facts::struck_at)).load(conn)?;
    let is_empty = |record: &Id| {
        let mut own = rows.iter().filter(|(person, _)| person == record).peekable();
        own.peek().is_some() && own.all(|(_, struck)| struck.is_some())
    };
    let empty = records.iter().copied().filter(is_empty);
    empty.filter_map(|record| has_anything(conn, record).map(|any| (!any).then_some(record)).transpose()).collect()
}

/// Whether something is in force by a record beside its facts.
fn has_anything(conn: &mut Conn, record: Id) -> Result<bool> {
    let sealed = seals::table.filter(seals::person_id.eq(record)).filter(seals::status.eq("ACTIVE"));
    let certified = certificates::table.filter(certificates::person_id.eq(record));
    let certified = certified.filter(certificates::status.eq_any(["REQUESTED", "ISSUED"]));
    let entrusted = letters_of_proxy::table.filter(letters_of_proxy::principal_person_id.eq(record));
    let entrusted = entrusted.filter(letters_of_proxy::revoked_at.is_null());
    Ok(is_owner(conn, &[record])?
        || sealed.count().get_result::<i64>(conn)? > 0
        || certified.count().get_result::<i64>(conn)? > 0
        || entrusted.count().get_result::<i64>(conn)? > 0)
}

/// Refuses to do something for somebody whose death is registered (民法 §6).
pub fn require_living(conn: &mut Conn, person: Id, pointer: &str) -> Result<()> {
    if is_deceased(conn, person)? {
        return Err(Error::field(
            pointer,
            "person_deceased",
            Text::new("此人已登記死亡（民法 §6）", "the register says that this person has died (民法 §6)"),
        ));
    }
    Ok(())
}

/// The day on which another of these ties came in the place of one, or ended it.
fn ended_on(fact: &Fact, ties: &[Fact]) -> Option<NaiveDate> {
    use FactKind::{Assistance, Custody, Guardianship, Marriage, MarriageEnd, Nationality, Parent, ParentEnd};
    let ends: &[FactKind] = match fact.kind {
        Marriage => &[MarriageEnd],
        Parent => &[ParentEnd],
        Guardianship | Assistance => &CARE,
        Custody => &[Custody],
        Nationality => &[Nationality],
        _ => return None,
    };
    fact.valid_from?;
    let names_one = matches!(fact.kind, Marriage | Parent);
    let ends = ties.iter().filter(|other| ends.contains(&other.kind) && !fact.rank.is_above(other.rank) && follows(other, fact));
    ends.filter(|other| !names_one || other.other_id == fact.other_id).filter_map(|other| other.valid_from).min()
}
