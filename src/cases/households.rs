//! Who lives with whom: by every entry that says of somebody where they live, in whose household, or with whom they are of one.
//! Whoever has left since is out. An address alone makes no household: whoever has the same one is of another, unless both name the
//! same head (戶籍法 §3, §16–18, §41). Where nobody can tell by two addresses whether they are one, they may be: what hangs on it stays
//! closed until an entry is corrected to say so.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
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

/// Whether one of some addresses is, or may be, one of others.
fn may_be_one(some: &[Dwelling], others: &[Dwelling]) -> bool {
    some.iter().any(|one| others.iter().any(|other| one.compare(other) < Compared::Different))
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
    Name(Place),
}

/// The heads of a household by their names, as entries name them, each since the last that does.
type Heads = BTreeMap<String, Place>;

fn add_head(heads: &mut Heads, name: String, since: Place) {
    let last = heads.entry(name).or_insert(since);
    *last = since.max(*last);
}

/// Where somebody lives, by what is registered of themselves.
struct Stay {
    records: Vec<Id>,
    /// The entry with which it began; none where they have moved with a whole household alone.
    since: Option<Place>,
    at: Option<Dwelling>,
    /// Where the household was before all of it moved.
    before: Vec<Dwelling>,
    heads: Heads,
    beside: Vec<(Id, Tie)>,
}

impl Stay {
    fn of(conn: &mut Conn, node: &Node, person: Id, day: NaiveDate) -> Result<Self> {
        let records = joins::records(conn, person)?;
        let mut all = entries::of_human(conn, &node.vault, person, is_of_households)?;
        all.retain(|one| place(one).0 <= day && one.roles(&records).iter().any(|role| HOUSED.contains(role)));
        all.sort_by_key(place);
        let (before, heads, beside) = (Vec::new(), Heads::new(), Vec::new());
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
            (self.before, self.heads, self.beside) = (Vec::new(), Heads::new(), Vec::new());
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
        if let Some(name) = one.fields.household_head() {
            add_head(&mut self.heads, name.as_str().to_owned(), since);
        }
        let mut heads = one.with(PartyRole::HouseholdHead);
        heads.extend(OF_HOUSEHOLDS.contains(&type_code).then(|| one.with(PartyRole::Subject)).into_iter().flatten());
        // Others name them as they were called then, or are now.
        let heads = joins::all_records(conn, &heads)?;
        let names = found_by::names_ever(conn, &node.vault, &heads)?.into_iter();
        names.for_each(|name| add_head(&mut self.heads, name, since));
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
    heads: Heads,
}

impl Household {
    /// All records of whoever it was looked up for.
    pub fn own(&self) -> &[Id] {
        &self.own
    }

    fn has(&self, people: &[Id]) -> bool {
        self.records.iter().any(|record| people.contains(record))
    }

    fn take_in(&mut self, theirs: &Stay) {
        self.records.extend(&theirs.records);
        for address in theirs.addresses() {
            if !self.addresses.contains(&address) {
                self.addresses.push(address);
            }
        }
        theirs.heads.iter().for_each(|(name, since)| add_head(&mut self.heads, name.clone(), *since));
    }

    /// Whoever else is in it, in all their records.
    pub fn others(&self) -> impl Iterator<Item = Id> {
        self.records.iter().copied().filter(|record| !self.own.contains(record))
    }

    /// By which names entries mean its head: those of everybody in it, and of the heads whom their entries name.
    pub fn names(&self, conn: &mut Conn, node: &Node) -> Result<Vec<String>> {
        let mut all = found_by::names_ever(conn, &node.vault, &self.records)?;
        all.extend(self.heads.keys().cloned());
        Ok(all)
    }

    /// Whether it is, or may be, the household of another too: one of the two is in the other's, or both have one head, and can have one
    /// address.
    pub fn is_that_of(&self, other: &Self) -> bool {
        let has_head = |own: &String| other.heads.keys().any(|head| names::mean_one(head, own));
        let is_tied = || self.has(&other.records) || self.heads.keys().any(has_head);
        self.has(&other.own) || other.has(&self.own) || may_be_one(&self.addresses, &other.addresses) && is_tied()
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

/// What is looked up of who lives with whom on a day: of each of them once, however many others name them. Namesakes are many, and each of
/// them is named by whoever lives with one.
pub struct Homes<'n> {
    node: &'n Node,
    day: NaiveDate,
    stays: HashMap<Id, Rc<Stay>>,
    /// Those of a name, today or when they were named.
    called: HashMap<String, Rc<Vec<Id>>>,
    /// Relatives, by the first of somebody's records.
    kin: HashMap<Id, Rc<HashSet<Id>>>,
    households: HashMap<Id, Rc<Household>>,
}

impl<'n> Homes<'n> {
    pub fn on(node: &'n Node, day: NaiveDate) -> Self {
        let (stays, called, kin, households) = (HashMap::new(), HashMap::new(), HashMap::new(), HashMap::new());
        Self { node, day, stays, called, kin, households }
    }

    fn stay(&mut self, conn: &mut Conn, person: Id) -> Result<Rc<Stay>> {
        if let Some(stay) = self.stays.get(&person) {
            return Ok(Rc::clone(stay));
        }
        let stay = Rc::new(Stay::of(conn, self.node, person, self.day)?);
        self.stays.extend(stay.records.iter().map(|record| (*record, Rc::clone(&stay))));
        Ok(stay)
    }

    fn called(&mut self, conn: &mut Conn, name: &str) -> Result<Rc<Vec<Id>>> {
        if let Some(called) = self.called.get(name) {
            return Ok(Rc::clone(called));
        }
        let called = Rc::new(found_by::people_ever_named(conn, &self.node.vault, name)?);
        self.called.insert(name.to_owned(), Rc::clone(&called));
        Ok(called)
    }

    /// The relatives of whoever has these records.
    pub fn kin(&mut self, conn: &mut Conn, records: &[Id]) -> Result<Rc<HashSet<Id>>> {
        let Some(first) = records.iter().min() else { return Ok(Rc::default()) };
        if let Some(kin) = self.kin.get(first) {
            return Ok(Rc::clone(kin));
        }
        let kin = Rc::new(kin::of(conn, records)?);
        self.kin.insert(*first, Rc::clone(&kin));
        Ok(kin)
    }

    /// With whom somebody lives: who moved with them; into whose household they moved, by its head, and who else has; who was born or
    /// adopted into it; whom a change of its head, a merger or an initial registration names with them; and who moved with the whole of
    /// it.
    pub fn household(&mut self, conn: &mut Conn, person: Id) -> Result<Rc<Household>> {
        if let Some(household) = self.households.get(&person) {
            return Ok(Rc::clone(household));
        }
        let household = Rc::new(self.found(conn, person)?);
        self.households.extend(household.own.iter().map(|record| (*record, Rc::clone(&household))));
        Ok(household)
    }

    fn found(&mut self, conn: &mut Conn, person: Id) -> Result<Household> {
        let first = self.stay(conn, person)?;
        let (records, addresses, heads) = (Vec::new(), Vec::new(), Heads::new());
        let mut household = Household { own: first.records.clone(), records, at: first.at.clone(), addresses, heads };
        household.take_in(&first);
        let (mut waiting, mut compared) = (vec![first], HashMap::new());
        while let Some(stay) = waiting.pop() {
            let mut named = stay.beside.clone();
            for (name, since) in &stay.heads {
                named.extend(self.called(conn, name)?.iter().map(|one| (*one, Tie::Name(*since))));
            }
            for (other, tie) in named {
                if household.records.contains(&other) {
                    continue;
                }
                let theirs = self.stay(conn, other)?;
                if self.takes_in(conn, (&household, &mut compared), (&stay, &theirs), (other, tie))? {
                    household.take_in(&theirs);
                    waiting.push(theirs);
                }
            }
        }
        Ok(household)
    }

    /// Whether somebody whom one of a household names beside them is of it too; `compared` is with how many of its addresses those of
    /// somebody who is named so were compared, and found to be others.
    fn takes_in(
        &mut self,
        conn: &mut Conn,
        (household, compared): (&Household, &mut HashMap<Id, usize>),
        (stay, theirs): (&Stay, &Stay),
        (other, tie): (Id, Tie),
    ) -> Result<bool> {
        let (own, addresses) = (household.addresses.as_slice(), theirs.addresses());
        let has_stayed = |since: Place| theirs.since.is_none_or(|began| began <= since);
        match tie {
            Tie::Entry(since) => Ok(has_stayed(since)),
            // Of parents of whom it knows no address the register does not tell where a child lives.
            Tie::Family(since) => {
                let is_any_unknown = own.is_empty() || addresses.is_empty();
                let is_known = !own.is_empty() || !addresses.is_empty();
                Ok(is_known && (is_any_unknown || may_be_one(own, &addresses)) && has_stayed(since))
            }
            // A head of whom nothing else is registered is meant by the name; and a relative, whatever their addresses say.
            Tie::Name(since) => {
                let before = compared.insert(other, own.len()).unwrap_or_default();
                let is_unknown = addresses.is_empty() && theirs.since.is_none() && !own.is_empty();
                if is_unknown || may_be_one(&own[before..], &addresses) {
                    return Ok(true);
                }
                Ok(has_stayed(since) && self.kin(conn, &stay.records)?.contains(&other))
            }
        }
    }
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
    others.extend(kin::blood(conn, &records, 1)?.into_keys());
    others.extend(kin::spouses(conn, &records)?);
    others.retain(|other| !own.contains(other));
    joins::all_records(conn, &others)
}
