//! In which ways two are kin or in-laws by what is registered, each with the ties of which it is made and the time for which these
//! stand (民法 §967–§971, §1077).

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::json;

use super::fields::PartyRole;
use super::marriages;
use super::relations;
use super::status::Status;
use crate::auth::kin::Line;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::{Fact, FactKind, Turn};
use crate::people::joins;
use crate::people::wards::{self, Birth};

/// The farthest degree of which the law speaks.
const FARTHEST: usize = 6;

/// How the register is read: but for what a case has entered, and with what one is to enter.
#[derive(Clone, Copy, Default)]
pub struct Reading<'a> {
    pub but: Option<Id>,
    pub with: &'a [Fact],
}

impl Reading<'_> {
    /// As it stands, but for what a case has entered.
    pub fn but(case: Option<Id>) -> Self {
        Self { but: case, with: &[] }
    }

    fn status(&self, conn: &mut Conn, node: &Node, person: Id) -> Result<Status> {
        let with = self.with.iter().filter(|fact| fact.person_id == person).cloned();
        Ok(Status::of(conn, node, person, self.but)?.with(with))
    }
}

/// What ties two people, from when to when: descent by birth from the birth of the child, as far as that is known; an adoption until
/// its end; affinity by a marriage until a divorce, and not until a death (民法 §971).
#[derive(Clone, Debug)]
pub struct Tie {
    pub is_natural: bool,
    /// Nobody knows since when where it is none.
    pub begun: Option<Turn>,
    pub ended: Option<Turn>,
}

impl Tie {
    /// Whether it has begun before an act, and not ended before it.
    pub fn stands_at(&self, act: &Turn) -> bool {
        self.begun.as_ref().is_none_or(|begun| begun < act) && self.lasts_beyond(act)
    }

    /// Whether it has not ended before an act, whenever it begins.
    pub fn lasts_beyond(&self, act: &Turn) -> bool {
        self.ended.as_ref().is_none_or(|ended| ended > act)
    }
}

/// A way in which two are related.
#[derive(Clone, Debug)]
pub struct Way {
    pub line: Line,
    pub ties: Vec<Rc<Tie>>,
}

impl Way {
    /// Whether it is of births and acknowledgments alone: an adoption suspends these, and ends none (民法 §1077).
    pub fn is_natural(&self) -> bool {
        self.ties.iter().all(|tie| tie.is_natural)
    }

    /// Whether each of its ties stands where an act does.
    pub fn stands_at(&self, act: &Turn) -> bool {
        self.ties.iter().all(|tie| tie.stands_at(act))
    }

    /// Whether nothing of it has ended.
    pub fn lasts(&self) -> bool {
        self.ties.iter().all(|tie| tie.ended.is_none())
    }

    /// Whether the two were related so at some time up to an act: all its ties stood at once, and had begun before it.
    pub fn has_stood_by(&self, act: &Turn) -> bool {
        let begun = self.ties.iter().filter_map(|tie| tie.begun.as_ref()).max();
        let ended = self.ties.iter().filter_map(|tie| tie.ended.as_ref()).min();
        let have_met = begun.zip(ended).is_none_or(|(begun, ended)| begun < ended);
        have_met && begun.is_none_or(|begun| begun < act)
    }

    fn and<'t>(&self, marriages: impl IntoIterator<Item = &'t Rc<Tie>>) -> Self {
        let mut longer = self.clone();
        longer.ties.extend(marriages.into_iter().cloned());
        longer
    }
}

/// Others to whom somebody is tied.
type Tied = Rc<Vec<(Id, Rc<Tie>)>>;

/// Somebody's relatives by blood or adoption, with each way in which they are.
type Relatives = Rc<Vec<(Id, Way)>>;

/// A way from somebody to a relative, over whom it leads.
struct Path {
    people: Vec<Id>,
    way: Way,
}

impl Path {
    /// One that goes on to somebody, unless it has been there.
    fn to(&self, next: Id, tie: &Rc<Tie>, line: Line) -> Option<Self> {
        if self.people.contains(&next) {
            return None;
        }
        let people = self.people.iter().copied().chain([next]).collect();
        Some(Self { people, way: Way { line, ..self.way.and([tie]) } })
    }
}

/// The kin of people, by a reading of the register.
pub struct Kin<'n> {
    node: &'n Node,
    reading: Reading<'n>,
    parents: HashMap<Id, Tied>,
    marriages: HashMap<Id, Tied>,
    relatives: HashMap<Id, Relatives>,
}

impl<'n> Kin<'n> {
    pub fn new(node: &'n Node, reading: Reading<'n>) -> Self {
        Self { node, reading, parents: HashMap::new(), marriages: HashMap::new(), relatives: HashMap::new() }
    }

    fn parents(&mut self, conn: &mut Conn, child: Id) -> Result<Tied> {
        if let Some(known) = self.parents.get(&child) {
            return Ok(Rc::clone(known));
        }
        let status = self.reading.status(conn, self.node, child)?;
        let mut found = Vec::new();
        for fact in status.of_kind(FactKind::Parent) {
            let Some(parent) = fact.other_id else { continue };
            let tie = if fact.value == json!(PartyRole::Adopter) {
                let begun = fact.turn();
                Tie { is_natural: false, ended: relations::end_of(&status, parent, &begun), begun: Some(begun) }
            } else {
                // An acknowledgment reaches back to the birth (民法 §1069).
                let born = Birth::of(conn, &self.node.vault, child)?.map(|born| born.on.earliest());
                let begun = born.map(|day| Turn::of(day, Some(Moment::start_of(day)), String::new()));
                Tie { is_natural: true, begun, ended: None }
            };
            found.push((parent, Rc::new(tie)));
        }
        let found = Rc::new(found);
        self.parents.insert(child, Rc::clone(&found));
        Ok(found)
    }

    fn children(&mut self, conn: &mut Conn, parent: Id) -> Result<Vec<(Id, Rc<Tie>)>> {
        let mut children = joins::naming(conn, parent, &[FactKind::Parent])?;
        let is_made = |fact: &&Fact| fact.kind == FactKind::Parent && fact.other_id == Some(parent);
        children.extend(self.reading.with.iter().filter(is_made).map(|fact| fact.person_id));
        children.sort_unstable();
        children.dedup();
        let mut found = Vec::new();
        for child in children {
            let parents = self.parents(conn, child)?;
            found.extend(parents.iter().filter(|(one, _)| *one == parent).map(|(_, tie)| (child, Rc::clone(tie))));
        }
        Ok(found)
    }

    /// Whom somebody is or was married to.
    pub fn marriages(&mut self, conn: &mut Conn, person: Id) -> Result<Tied> {
        if let Some(known) = self.marriages.get(&person) {
            return Ok(Rc::clone(known));
        }
        let status = self.reading.status(conn, self.node, person)?;
        let mut found = Vec::new();
        for (to, begun, ended) in marriages::affinities(conn, self.node, &status, self.reading.but)? {
            found.push((to, Rc::new(Tie { is_natural: false, begun: Some(begun), ended })));
        }
        let found = Rc::new(found);
        self.marriages.insert(person, Rc::clone(&found));
        Ok(found)
    }

    /// Relatives to the sixth degree, in each way in which they are, whether or not it stands.
    fn relatives(&mut self, conn: &mut Conn, of: Id) -> Result<Relatives> {
        if let Some(known) = self.relatives.get(&of) {
            return Ok(Rc::clone(known));
        }
        let mut found = Vec::new();
        let mut open = vec![Path { people: vec![of], way: Way { line: Line { up: 0, down: 0 }, ties: Vec::new() } }];
        while let Some(path) = open.pop() {
            let (line, Some(&last)) = (path.way.line, path.people.last()) else { continue };
            let mut longer: Vec<Path> = Vec::new();
            // Parents are those of ancestors alone: a sibling's other parent is no relative.
            if line.down == 0 {
                let parents = self.parents(conn, last)?;
                let up = Line { up: line.up + 1, ..line };
                longer.extend(parents.iter().filter_map(|(parent, tie)| path.to(*parent, tie, up)));
            }
            let down = Line { down: line.down + 1, ..line };
            longer.extend(self.children(conn, last)?.iter().filter_map(|(child, tie)| path.to(*child, tie, down)));
            for path in longer {
                if self.is_reached(conn, &path)? {
                    found.extend(path.people.last().map(|person| (*person, path.way.clone())));
                }
                if path.way.line.degree() < FARTHEST {
                    open.push(path);
                }
            }
        }
        let found = Rc::new(found);
        self.relatives.insert(of, Rc::clone(&found));
        Ok(found)
    }

    /// Whether each adoption on a way reaches the one of its ends that descends from the adopted: it does not reach whoever did so
    /// already, and was of age, unless they agreed to it (民法 §1077), which the register does not tell.
    fn is_reached(&self, conn: &mut Conn, path: &Path) -> Result<bool> {
        let (Some(first), Some(last), up) = (path.people.first(), path.people.last(), path.way.line.up) else { return Ok(true) };
        for (step, adoption) in path.way.ties.iter().enumerate().filter(|(_, tie)| !tie.is_natural) {
            let ties = path.way.ties.as_slice();
            let (end, between) = if step < up { (*first, &ties[..step]) } else { (*last, &ties[step + 1..]) };
            let stood = between.iter().all(|tie| tie.begun < adoption.begun);
            let day = adoption.begun.as_ref().and_then(Turn::day);
            let Some(day) = day.filter(|_| stood && !between.is_empty()) else { continue };
            let born = Birth::of(conn, &self.node.vault, end)?;
            if born.is_some_and(|born| wards::is_of_age(born.on, day).yes) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The ways in which one is related to another by blood or adoption.
    pub fn ways(&mut self, conn: &mut Conn, (one, other): (Id, Id)) -> Result<Vec<Way>> {
        let relatives = self.relatives(conn, one)?;
        Ok(relatives.iter().filter(|(person, _)| *person == other).map(|(_, way)| way.clone()).collect())
    }

    /// How two are related by marriage: one to the kin of the other's spouse, or to the spouse of the other's kin, or as the spouses
    /// of kin (民法 §969, §970).
    pub fn in_laws(&mut self, conn: &mut Conn, (one, other): (Id, Id)) -> Result<Vec<Way>> {
        // Two who were married to each other are no in-laws by that.
        let theirs: Vec<(Id, Rc<Tie>)> =
            self.marriages(conn, other)?.iter().filter(|(spouse, _)| *spouse != one).cloned().collect();
        let mut found = Vec::new();
        for (spouse, marriage) in &theirs {
            found.extend(self.ways(conn, (one, *spouse))?.iter().map(|way| way.and([marriage])));
        }
        let own = self.marriages(conn, one)?;
        for (spouse, marriage) in own.iter().filter(|(spouse, _)| *spouse != other) {
            found.extend(self.ways(conn, (*spouse, other))?.iter().map(|way| way.and([marriage])));
            for (their, second) in &theirs {
                found.extend(self.ways(conn, (*spouse, *their))?.iter().map(|way| way.and([marriage, second])));
            }
        }
        Ok(found)
    }
}
