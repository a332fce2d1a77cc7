//! Who lives with whom: by every entry that says of somebody where they live, in whose household, or with whom they are of one.
//! Whoever has left since is out. An address alone makes no household: whoever has the same one is of another, unless both name the
//! same head (戶籍法 §3, §16–18, §41). Where nobody can tell by two addresses whether they are one, they may be: what hangs on it stays
//! closed until an entry is corrected to say so.

use std::mem::take;
use std::slice::from_ref;

use chrono::NaiveDate;

use super::case::Case;
use super::entries::{self, Registration};
use super::fields::{Form, PartyRole};
use super::jurisdiction::left;
use super::residence::{MOVES, MOVING, moves, reached};
use crate::auth::kin;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::dwelling::{Compared, Dwelling};
use crate::people::facts::{Fact, FactKind, Rank};
use crate::people::{Address, found_by, joins, names};

/// The types of case that say who is of one household, at the address that it has.
const OF_HOUSEHOLDS: [&str; 4] = ["HEAD_CHANGE", "HOUSEHOLD_MERGE", "HOUSEHOLD_SPLIT", "INITIAL"];
/// Those of them that make a new one of those whom they are about.
const MADE_ANEW: [&str; 2] = ["HOUSEHOLD_SPLIT", "INITIAL"];
/// The parts in which an entry names those of a household.
const HOUSED: [PartyRole; 3] = [PartyRole::Subject, PartyRole::Member, PartyRole::HouseholdHead];

/// Where an entry stands among others: its day, when it was registered, and its case.
type Place = (NaiveDate, Option<Moment>, Id);

fn place(one: &Registration) -> Place {
    // A household is made or changes its head on the day of the event, whenever it is registered.
    let event = one.case.event_on.filter(|_| OF_HOUSEHOLDS.contains(&one.case.type_code.as_str()));
    (event.unwrap_or_else(|| one.day()), one.case.registered_at, one.case.id)
}

/// How near of two addresses those are that are nearest to each other; `None` where the one or the other has none.
fn nearest(some: &[Dwelling], others: &[Dwelling]) -> Option<Compared> {
    some.iter().flat_map(|one| others.iter().map(|other| one.compare(other))).min()
}

/// What names somebody beside another.
#[derive(Clone, Copy)]
enum Tie {
    /// An entry of both.
    Entry(Place),
    /// The birth or adoption of the one as the other's child.
    Family(Place),
    /// The name alone, as that of the head of whoever was entered so.
    Name {
        since: Place,
        /// Whether they are a relative of whoever names them: nobody else of that name is meant then.
        is_kin: bool,
    },
}

/// The head of a household, as an entry names them.
#[derive(Clone)]
struct Head {
    name: String,
    since: Place,
}

/// Where somebody lives, by what is registered of themselves.
struct Stay {
    records: Vec<Id>,
    /// The entry with which it began; none where they have moved with a whole household alone.
    since: Option<Place>,
    at: Option<Dwelling>,
    /// Where the household was before all of it moved.
    before: Vec<Dwelling>,
    heads: Vec<Head>,
    beside: Vec<(Id, Tie)>,
}

impl Stay {
    fn of(conn: &mut Conn, node: &Node, person: Id, day: NaiveDate) -> Result<Self> {
        let records = joins::records(conn, person)?;
        let mut all = entries::of_human(conn, &node.vault, person, is_of_households)?;
        all.retain(|one| place(one).0 <= day && one.roles(&records).iter().any(|role| HOUSED.contains(role)));
        all.sort_by_key(place);
        let (before, heads, beside) = (Vec::new(), Vec::new(), Vec::new());
        let mut stay = Self { records, since: None, at: None, before, heads, beside };
        for one in &all {
            stay.follow(conn, node, one)?;
        }
        stay.add_family(conn, node, (person, day))?;
        Ok(stay)
    }

    /// Goes where an entry leads.
    fn follow(&mut self, conn: &mut Conn, node: &Node, one: &Registration) -> Result<()> {
        let roles = one.roles(&self.records);
        let (is_moved, type_code) = (moves(one, &self.records), one.case.type_code.as_str());
        let is_made_anew = MADE_ANEW.contains(&type_code) && roles.iter().any(|role| MOVING.contains(role));
        if is_moved && one.fields.moves_household() {
            self.before.extend(self.at.take().into_iter().chain(left(&one.fields).map(Address::dwelling)));
        } else if is_moved || is_made_anew {
            self.since = Some(place(one));
            (self.before, self.heads, self.beside) = (Vec::new(), Vec::new(), Vec::new());
        }
        if is_moved {
            self.at = reached(&one.fields).map(Address::dwelling);
        }
        // Whoever moves away leaves behind the head of the household in which they were.
        let housed: &[PartyRole] = if type_code == "MOVE_OUT" { &MOVING } else { &HOUSED };
        if !roles.iter().any(|role| housed.contains(role)) {
            return Ok(());
        }
        if self.at.is_none() && self.since.is_none() {
            self.at = reached(&one.fields).map(Address::dwelling);
        }
        let named = housed.iter().flat_map(|role| one.with(*role)).filter(|other| !self.records.contains(other));
        self.beside.extend(named.map(|other| (other, Tie::Entry(place(one)))));
        let since = place(one);
        self.heads.extend(one.fields.household_head().map(|name| Head { name: name.as_str().to_owned(), since }));
        let mut heads = one.with(PartyRole::HouseholdHead);
        heads.extend(OF_HOUSEHOLDS.contains(&type_code).then(|| one.with(PartyRole::Subject)).into_iter().flatten());
        // Others name them as they were called then, or are now.
        let heads = joins::all_records(conn, &heads)?;
        let names = found_by::names_ever(conn, &node.vault, &heads)?.into_iter();
        self.heads.extend(names.map(|name| Head { name, since }));
        Ok(())
    }

    /// Adds the parents and adopters into whose household somebody came, and the children who came into theirs.
    fn add_family(&mut self, conn: &mut Conn, node: &Node, (person, day): (Id, NaiveDate)) -> Result<()> {
        for fact in joins::standing(conn, &node.vault, person, &[FactKind::Parent])? {
            if let Some(parent) = fact.other_id {
                self.add_child(conn, node, (&fact, parent), day)?;
            }
        }
        for child in joins::naming(conn, person, &[FactKind::Parent])? {
            for fact in joins::standing(conn, &node.vault, child, &[FactKind::Parent])? {
                if fact.other_id.is_some_and(|parent| self.records.contains(&parent)) {
                    self.add_child(conn, node, (&fact, child), day)?;
                }
            }
        }
        Ok(())
    }

    /// Adds the other one of a fact of parentage, where a birth or an adoption has registered it by a day.
    fn add_child(&mut self, conn: &mut Conn, node: &Node, (fact, other): (&Fact, Id), day: NaiveDate) -> Result<()> {
        let Some(case) = entries::case_of(&fact.source).filter(|_| fact.rank == Rank::Registered) else { return Ok(()) };
        let case = entries::case(conn, case)?;
        if !matches!(Form::of_type(&case.type_code), Form::Birth | Form::Adoption) {
            return Ok(());
        }
        let one = Registration::opened(conn, &node.vault, case)?;
        let entered = place(&one);
        if entered.0 <= day && self.since.is_none_or(|since| since <= entered) {
            self.beside.push((other, Tie::Family(entered)));
            let heads = one.with(PartyRole::HouseholdHead).into_iter().filter(|head| !self.records.contains(head));
            self.beside.extend(heads.map(|head| (head, Tie::Family(entered))));
        }
        Ok(())
    }

    /// The addresses of the household, of now and of before all of it moved.
    fn addresses(&self) -> Vec<Dwelling> {
        self.at.iter().chain(&self.before).cloned().collect()
    }

    /// Those of the name of a head, today or when they were named, beside whom is in the household already.
    fn called(&self, conn: &mut Conn, node: &Node, head: &Head, known: &[Id]) -> Result<Vec<(Id, Tie)>> {
        let mut called = found_by::people_ever_named(conn, &node.vault, &head.name)?;
        called.retain(|one| !known.contains(one));
        if called.is_empty() {
            return Ok(Vec::new());
        }
        let kin = kin::of(conn, &self.records)?;
        let tie = |one: Id| (one, Tie::Name { since: head.since, is_kin: kin.contains(&one) });
        Ok(called.into_iter().map(tie).collect())
    }
}

/// Whether cases of a type say where somebody lives, or with whom.
pub fn says_where(type_code: &str) -> bool {
    MOVES.contains(&type_code) || OF_HOUSEHOLDS.contains(&type_code)
}

fn is_of_households(case: &Case) -> bool {
    says_where(&case.type_code)
}

/// Those who live together, as far as the register holds it.
pub struct Household {
    /// All records of whoever it was looked up for.
    own: Vec<Id>,
    /// All records of everybody in it.
    records: Vec<Id>,
    /// The address of whoever it was looked up for, as their own entries have it.
    at: Option<Dwelling>,
    addresses: Vec<Dwelling>,
    heads: Vec<Head>,
}

impl Household {
    fn has(&self, people: &[Id]) -> bool {
        self.records.iter().any(|record| people.contains(record))
    }

    /// Whether somebody who is named beside one of them is one of them too.
    fn takes_in(&self, theirs: &Stay, tie: Tie) -> bool {
        let addresses = theirs.addresses();
        let near = nearest(&self.addresses, &addresses);
        let may_be_there = near.is_some_and(|near| near < Compared::Different);
        let has_stayed = |since: Place| theirs.since.is_none_or(|began| began <= since);
        match tie {
            Tie::Entry(since) => has_stayed(since),
            // Of parents of whom it knows no address the register does not tell where a child lives.
            Tie::Family(since) => {
                let is_known = !self.addresses.is_empty() || !addresses.is_empty();
                is_known && near != Some(Compared::Different) && has_stayed(since)
            }
            // A head of whom nothing else is registered is meant by the name; and a relative, whatever their addresses say.
            Tie::Name { since, is_kin } => {
                let is_unknown = addresses.is_empty() && theirs.since.is_none() && !self.addresses.is_empty();
                may_be_there || is_unknown || is_kin && has_stayed(since)
            }
        }
    }

    fn take_in(&mut self, theirs: &Stay) {
        self.records.extend(&theirs.records);
        self.addresses.extend(theirs.addresses());
        self.heads.extend(theirs.heads.iter().cloned());
    }

    /// Whoever else is in it, in all their records.
    pub fn others(&self) -> impl Iterator<Item = Id> {
        self.records.iter().copied().filter(|record| !self.own.contains(record))
    }

    /// By which names entries mean its head: those of everybody in it, and of the heads whom their entries name.
    pub fn names(&self, conn: &mut Conn, node: &Node) -> Result<Vec<String>> {
        let mut all = found_by::names_ever(conn, &node.vault, &self.records)?;
        all.extend(self.heads.iter().map(|head| head.name.clone()));
        Ok(all)
    }

    /// Whether it is, or may be, the household of another too: one of the two is in the other's, or both have one head, and can have one
    /// address.
    pub fn is_that_of(&self, other: &Self) -> bool {
        let may_be_there = nearest(&self.addresses, &other.addresses).is_some_and(|near| near < Compared::Different);
        let has_head = |own: &Head| other.heads.iter().any(|head| names::mean_one(&head.name, &own.name));
        let is_one = may_be_there && (self.has(&other.records) || self.heads.iter().any(has_head));
        self.has(&other.own) || other.has(&self.own) || is_one
    }

    /// How near to the other's address whoever it was looked up for is registered, of one household or not.
    fn nearness(&self, other: &Self) -> Option<Compared> {
        let theirs = match &other.at {
            Some(at) => from_ref(at),
            None => other.addresses.as_slice(),
        };
        nearest(from_ref(self.at.as_ref()?), theirs)
    }

    /// Whether whoever it was looked up for is, or may be, registered at the other's address.
    pub fn may_be_at(&self, other: &Self) -> bool {
        self.nearness(other).is_some_and(|near| near < Compared::Different)
    }

    /// Whether whoever it was looked up for is surely registered at the other's address.
    pub fn is_at(&self, other: &Self) -> bool {
        self.nearness(other) == Some(Compared::Same)
    }
}

/// With whom somebody lives on a day: who moved with them; into whose household they moved, by its head, and who else has; who was
/// born or adopted into it; whom a change of its head, a merger or an initial registration names with them; and who moved with the
/// whole of it.
pub fn household(conn: &mut Conn, node: &Node, person: Id, day: NaiveDate) -> Result<Household> {
    let first = Stay::of(conn, node, person, day)?;
    let (records, addresses, heads) = (Vec::new(), Vec::new(), Vec::new());
    let mut household = Household { own: first.records.clone(), records, at: first.at.clone(), addresses, heads };
    household.take_in(&first);
    let mut waiting = vec![first];
    while let Some(mut stay) = waiting.pop() {
        let mut named = take(&mut stay.beside);
        for head in &stay.heads {
            named.extend(stay.called(conn, node, head, &household.records)?);
        }
        for (other, tie) in named {
            if household.records.contains(&other) {
                continue;
            }
            let theirs = Stay::of(conn, node, other, day)?;
            if household.takes_in(&theirs, tie) {
                household.take_in(&theirs);
                waiting.push(theirs);
            }
        }
    }
    Ok(household)
}

/// All whom an entry has ever put into one household with somebody, themself as well.
pub fn housed_with(conn: &mut Conn, node: &Node, person: Id) -> Result<Vec<Id>> {
    let all = entries::of_human(conn, &node.vault, person, is_of_households)?;
    Ok(all.iter().flat_map(|one| HOUSED.map(|role| one.with(role))).flatten().collect())
}

/// All whom an entry has ever put into one household with somebody, and their parents, children and spouses of any time: old entries
/// show them, with where they went.
pub fn ever_with(conn: &mut Conn, node: &Node, person: Id) -> Result<Vec<Id>> {
    let own = joins::records(conn, person)?;
    let mut others = housed_with(conn, node, person)?;
    let records = own.iter().copied().collect();
    others.extend(kin::blood(conn, &records, 1, |_, _| Ok(true))?.into_keys());
    others.extend(kin::spouses(conn, &records)?);
    others.retain(|other| !own.contains(other));
    joins::all_records(conn, &others)
}
