//! Who lives with whom: by every entry that says of somebody where they live, in whose household, or with whom they are of one.
//! Whoever has left since is out. An address alone makes no household: whoever has the same one is of another, unless both name the
//! same head (戶籍法 §3, §16–18, §41).

use std::mem::take;

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
use crate::people::facts::{Fact, FactKind, Rank};
use crate::people::{self, Address, found_by, joins, names};

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

/// An address as addresses are compared: with 臺 or 台, 五 or 5, and with or without the neighbourhood 鄰, as people write it.
fn spelled(address: &Address) -> String {
    const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let plain = |c: char| match DIGITS.iter().position(|digit| *digit == c) {
        Some(digit) => char::from_digit(u32::try_from(digit).unwrap_or_default(), 10).unwrap_or(c),
        None if c == '臺' => '台',
        None => c,
    };
    let address: String = names::folded(address.as_str()).chars().map(plain).collect();
    match address.split_once('鄰') {
        Some((before, after)) => {
            let before = before.trim_end_matches(|c: char| c.is_ascii_digit() || c == '十');
            format!("{before}{after}")
        }
        None => address,
    }
}

/// What names somebody beside another.
#[derive(Clone, Copy)]
enum Tie {
    /// An entry of both.
    Entry(Place),
    /// The birth or adoption of the one as the other's child.
    Family(Place),
    /// The name alone, as that of the head.
    Name,
}

/// Where somebody lives, by what is registered of themselves.
struct Stay {
    records: Vec<Id>,
    /// The entry with which it began; none where they have moved with a whole household alone.
    since: Option<Place>,
    at: Option<String>,
    /// Where the household was before all of it moved.
    before: Vec<String>,
    heads: Vec<String>,
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
            self.before.extend(self.at.take().into_iter().chain(left(&one.fields).map(spelled)));
        } else if is_moved || is_made_anew {
            self.since = Some(place(one));
            (self.before, self.heads, self.beside) = (Vec::new(), Vec::new(), Vec::new());
        }
        if is_moved {
            self.at = reached(&one.fields).map(spelled);
        }
        // Whoever moves away leaves behind the head of the household in which they were.
        let housed: &[PartyRole] = if type_code == "MOVE_OUT" { &MOVING } else { &HOUSED };
        if !roles.iter().any(|role| housed.contains(role)) {
            return Ok(());
        }
        if self.at.is_none() && self.since.is_none() {
            self.at = reached(&one.fields).map(spelled);
        }
        let named = housed.iter().flat_map(|role| one.with(*role)).filter(|other| !self.records.contains(other));
        self.beside.extend(named.map(|other| (other, Tie::Entry(place(one)))));
        self.heads.extend(one.fields.household_head().map(|name| name.as_str().to_owned()));
        let mut heads = one.with(PartyRole::HouseholdHead);
        heads.extend(OF_HOUSEHOLDS.contains(&type_code).then(|| one.with(PartyRole::Subject)).into_iter().flatten());
        for head in heads {
            self.heads.push(people::store::open(conn, &node.vault, head)?.0);
        }
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
    fn addresses(&self) -> impl Iterator<Item = &String> {
        self.at.iter().chain(&self.before)
    }
}

fn is_of_households(case: &Case) -> bool {
    let type_code = case.type_code.as_str();
    MOVES.contains(&type_code) || OF_HOUSEHOLDS.contains(&type_code)
}

/// Those who live together, as far as the register holds it.
pub struct Household {
    /// All records of whoever it was looked up for.
    own: Vec<Id>,
    /// All records of everybody in it.
    records: Vec<Id>,
    /// The address of whoever it was looked up for, as their own entries have it.
    at: Option<String>,
    addresses: Vec<String>,
    heads: Vec<String>,
}

impl Household {
    fn has(&self, people: &[Id]) -> bool {
        self.records.iter().any(|record| people.contains(record))
    }

    fn shares_address(&self, addresses: &[&String]) -> bool {
        self.addresses.iter().any(|own| addresses.contains(&own))
    }

    /// Whether somebody who is named beside one of them is one of them too.
    fn takes_in(&self, theirs: &Stay, tie: Tie) -> bool {
        let addresses: Vec<&String> = theirs.addresses().collect();
        let is_there = self.shares_address(&addresses);
        let is_elsewhere = !self.addresses.is_empty() && !addresses.is_empty() && !is_there;
        let has_stayed = |since: Place| theirs.since.is_none_or(|began| began <= since);
        match tie {
            Tie::Entry(since) => has_stayed(since),
            // Of parents of whom it knows no address the register does not tell where a child lives.
            Tie::Family(since) => {
                let is_known = !self.addresses.is_empty() || !addresses.is_empty();
                is_known && !is_elsewhere && has_stayed(since)
            }
            // A head of whom nothing else is registered is meant by the name.
            Tie::Name => is_there || addresses.is_empty() && theirs.since.is_none() && !self.addresses.is_empty(),
        }
    }

    fn take_in(&mut self, theirs: &Stay) {
        self.records.extend(&theirs.records);
        self.addresses.extend(theirs.addresses().cloned());
        self.heads.extend(theirs.heads.iter().cloned());
    }

    /// Whoever else is in it, in all their records.
    pub fn others(&self) -> impl Iterator<Item = Id> {
        self.records.iter().copied().filter(|record| !self.own.contains(record))
    }

    /// Whether it is the household of another too: one of the two is in the other's, or both have the same address and head.
    pub fn is_that_of(&self, other: &Self) -> bool {
        let addresses: Vec<&String> = other.addresses.iter().collect();
        let has_head = |name: &String| other.heads.iter().any(|head| names::mean_one(head, name));
        let is_one = self.shares_address(&addresses) && (self.has(&other.records) || self.heads.iter().any(has_head));
        self.has(&other.own) || other.has(&self.own) || is_one
    }

    /// Whether whoever it was looked up for is registered at the other's address, of one household or not.
    pub fn is_at(&self, other: &Self) -> bool {
        self.at.as_ref().is_some_and(|at| other.at.as_ref().map_or_else(|| other.addresses.contains(at), |other| other == at))
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
            let called = found_by::people_named(conn, &node.vault, head)?;
            named.extend(called.into_iter().map(|one| (one, Tie::Name)));
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

/// All whom an entry has ever put into one household with somebody, and their parents, children and spouses of any time: old entries
/// show them, with where they went.
pub fn ever_with(conn: &mut Conn, node: &Node, person: Id) -> Result<Vec<Id>> {
    let own = joins::records(conn, person)?;
    let all = entries::of_human(conn, &node.vault, person, is_of_households)?;
    let mut others: Vec<Id> = all.iter().flat_map(|one| HOUSED.map(|role| one.with(role))).flatten().collect();
    let records = own.iter().copied().collect();
    others.extend(kin::blood(conn, &records, 1, |_, _| Ok(true))?.into_keys());
    others.extend(kin::spouses(conn, &records)?);
    others.retain(|other| !own.contains(other));
    joins::all_records(conn, &others)
}
