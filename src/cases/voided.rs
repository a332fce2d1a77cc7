//! Marriages and adoptions that an entry, a change or a join makes void: by what it says of their own day two were kin, or in-laws, whom
//! the law keeps apart (民法 §983, §988, §1073-1, §1079-4). What is entered states a fact; the void registration is revoked by an entry
//! of its own.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::fields::{CaseFields, PartyRole};
use super::hints::{HintKind, MOST, RegisterHint};
use super::kindred::Reading;
use super::kinship::{self, Bar};
use super::marriages;
use super::place;
use super::status::{Matter, Status, spouses};
use super::wedlock;
use crate::auth::kin::{self, blood};
use crate::db::{Conn, Id};
use crate::domain::case_path;
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::{Fact, FactKind, NewFact, Turn};
use crate::people::joins;

/// A marriage or an adoption in the register.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Union {
    /// One spouse, or whoever adopts.
    one: Id,
    /// The other spouse, or whoever is adopted.
    other: Id,
    is_adoption: bool,
    /// Where it stands among what is registered.
    turn: Turn,
    /// The case that registered it: `cases/{id}`.
    pub source: String,
}

impl Union {
    /// Why the law forbids it, by the ties of its own day.
    pub fn bar(&self, conn: &mut Conn, node: &Node, reading: Reading<'_>) -> Result<Option<Bar>> {
        let pair = (self.one, self.other);
        match self.is_adoption {
            true => kinship::bars_adoption(conn, node, pair, &self.turn, reading),
            false => kinship::bars_marriage(conn, node, (pair, true), &self.turn, reading),
        }
    }

    /// The same of whom its two are since records were joined.
    pub fn as_joined(&self, conn: &mut Conn) -> Result<Self> {
        let (one, other) = (joins::last(conn, self.one)?, joins::last(conn, self.other)?);
        Ok(Self { one, other, ..self.clone() })
    }

    fn is_of(&self, people: &HashSet<Id>) -> bool {
        people.contains(&self.one) || people.contains(&self.other)
    }
}

/// All records of the relatives of somebody to the sixth degree, whether or not an adoption has ended, and of whoever is or was married
/// to one of these.
fn near(conn: &mut Conn, person: Id) -> Result<HashSet<Id>> {
    let own = joins::records(conn, person)?.into_iter().collect();
    let mut all: HashSet<Id> = blood(conn, &own, 6)?.into_keys().collect();
    all.extend(kin::spouses(conn, &all)?);
    Ok(all)
}

/// The marriages and adoptions, those that have ended too, of somebody who is near the one of two with somebody who is near the other: by
/// what ties the two others become kin.
fn between(conn: &mut Conn, node: &Node, (one, other): (Id, Id)) -> Result<Vec<Union>> {
    let [left, right] = [near(conn, one)?, near(conn, other)?];
    let is_across = |a: &Id, b: &Id| left.contains(a) && right.contains(b) || left.contains(b) && right.contains(a);
    let all: HashSet<Id> = left.union(&right).copied().collect();
    let mut people = Vec::new();
    for kind in ["MARRIAGE", "PARENT"] {
        let tied = kin::ties(conn, kind, &all)?.into_iter().filter(|tie| is_across(&tie.one, &tie.other));
        people.extend(tied.map(|tie| tie.one));
    }
    let mut found = Vec::new();
    for person in once(joins::last_of(conn, &people)?) {
        let status = Status::of(conn, node, person, None)?;
        let marriages = status.of_kind(FactKind::Marriage).map(|fact| (false, fact));
        let adopted = status.of_kind(FactKind::Parent).filter(|fact| fact.value == json!(PartyRole::Adopter));
        for (is_adoption, fact) in marriages.chain(adopted.map(|fact| (true, fact))) {
            let Some(by) = fact.other_id.filter(|by| is_across(&person, by)) else { continue };
            let (one, other) = if is_adoption { (by, person) } else { (person.min(by), person.max(by)) };
            found.push(Union { one, other, is_adoption, turn: fact.turn(), source: fact.source.clone() });
        }
    }
    Ok(once(found))
}

/// The marriages and adoptions of others near two who become kin once the two are one human. Marriages of the two themselves are judged
/// as their own.
pub fn across(conn: &mut Conn, node: &Node, (one, other): (Id, Id)) -> Result<Vec<Union>> {
    let own = joins::all_records(conn, &[one, other])?.into_iter().collect();
    let mut found = between(conn, node, (one, other))?;
    found.retain(|union| union.is_adoption || !union.is_of(&own));
    Ok(found)
}

fn once<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort_unstable();
    all.dedup();
    all
}

/// Those that are void by one reading of the register and not by another, of all near those whom an entry ties.
fn void_by(
    conn: &mut Conn,
    node: &Node,
    (before, after): (Reading<'_>, Reading<'_>),
    (pairs, own): (&[(Id, Id)], Option<Id>),
) -> Result<Vec<Union>> {
    let mut all = Vec::new();
    for pair in pairs {
        all.extend(between(conn, node, *pair)?);
    }
    let mut found = Vec::new();
    for union in once(all) {
        let is_own = own.is_some_and(|own| union.source == case_path(own));
        if !is_own && union.bar(conn, node, before)?.is_none() && union.bar(conn, node, after)?.is_some() {
            found.push(union);
        }
    }
    Ok(found)
}

/// Whose marriage, or whose adoption, each kind of hint tells.
fn told(pointer: &str, void: &[Union], married: Vec<Id>) -> Vec<RegisterHint> {
    let people = |is_adoption: bool| {
        let unions = void.iter().filter(move |union| union.is_adoption == is_adoption);
        unions.flat_map(|union| [union.one, union.other])
    };
    let spouses = married.into_iter().chain(people(false)).collect();
    let kinds: [(HintKind, Vec<Id>); 2] =
        [(HintKind::SpousesBecomeKin, spouses), (HintKind::AdoptionVoid, people(true).collect())];
    let hint = |(kind, people): (HintKind, Vec<Id>)| {
        let mut person_ids = once(people);
        person_ids.truncate(MOST);
        RegisterHint { person_ids, ..RegisterHint::at(pointer, kind) }
    };
    kinds.into_iter().filter(|(_, people)| !people.is_empty()).map(hint).collect()
}

/// What an entry says that one is to another.
type Said = (FactKind, Value, Id, Id);

/// What is said, as if it was registered already.
fn foreseen(conn: &mut Conn, matter: &Matter<'_>, day: NaiveDate, said: Vec<Said>) -> Result<Vec<Fact>> {
    let turn = place::turn(conn, matter.of, day)?;
    let fact = |(kind, value, person, other): Said| {
        let new = NewFact { person, kind, value, other: Some(other), valid_from: Some(day) };
        Fact::foreseen(new, &turn, matter.received_at)
    };
    Ok(said.into_iter().map(fact).collect())
}

/// What an entry ties, each time with the place of the second of the two: spouses, or a child and a parent or adopter.
fn tied(matter: &Matter<'_>) -> Vec<(usize, (Id, Id), Vec<Said>)> {
    if matches!(matter.fields, CaseFields::Marriage(_)) {
        let [(_, one), (index, other)] = spouses(matter)[..] else { return Vec::new() };
        let said = [(one, other), (other, one)].map(|(one, other)| (FactKind::Marriage, Value::Null, one, other));
        return vec![(index, (one, other), said.to_vec())];
    }
    let (part, roles): (PartyRole, &[PartyRole]) = match (matter.fields, matter.type_code) {
        (CaseFields::Adoption(_), "ADOPTION") => (PartyRole::Adoptee, &[PartyRole::Adopter]),
        (CaseFields::Birth(_), _) | (_, "PARENTAGE") => (PartyRole::Subject, &[PartyRole::Father, PartyRole::Mother]),
        _ => return Vec::new(),
    };
    let children = matter.parties.iter().filter(|(_, role, _)| *role == part).map(|(.., child)| *child);
    let parents = || matter.parties.iter().filter(move |(_, role, _)| roles.contains(role));
    let tie = |child| {
        parents()
            .map(move |(index, role, parent)| (*index, (child, *parent), vec![(FactKind::Parent, json!(role), child, *parent)]))
    };
    children.flat_map(tie).collect()
}

/// What a clerk should look at: marriages and adoptions that an entry makes void, at whoever is tied by it.
pub fn hints(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<Vec<RegisterHint>> {
    let mut found = Vec::new();
    for (index, pair, said) in tied(matter) {
        let made = foreseen(conn, matter, matter.day(), said)?;
        let readings = (Reading::but(matter.of), Reading { but: matter.of, with: &made });
        let void = void_by(conn, node, readings, (&[pair], matter.of))?;
        found.extend(told(&format!("/parties/{index}"), &void, Vec::new()));
    }
    Ok(found)
}

/// Relations that end, and what an entry says of their end.
type Ended = (Vec<(Id, Id)>, Vec<Said>);

/// The relations that an entry ends: of spouses, or of the adopted and their adopters; with the end itself.
fn ended(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<Ended> {
    match (matter.fields, matter.type_code) {
        (CaseFields::Divorce(_), _) => {
            let (_, pairs) = wedlock::ended(conn, node, matter)?;
            let both = pairs.iter().flat_map(|(one, other)| [(*one, *other), (*other, *one)]);
            let said = both.map(|(one, other)| (FactKind::MarriageEnd, Value::Null, one, other)).collect();
            Ok((pairs, said))
        }
        (_, "ADOPTION_END") => {
            let with = |role| matter.parties.iter().filter(move |(_, one, _)| *one == role).map(|(.., person)| *person);
            let adopters = |child| with(PartyRole::Adopter).map(move |adopter| (child, adopter));
            let pairs: Vec<(Id, Id)> = with(PartyRole::Adoptee).flat_map(adopters).collect();
            let said = pairs.iter().map(|(child, by)| (FactKind::ParentEnd, Value::Null, *child, *by)).collect();
            Ok((pairs, said))
        }
        _ => Ok((Vec::new(), Vec::new())),
    }
}

/// What whoever decides on the end of a marriage or an adoption that is revoked, or corrected to another entry, should look at: what is
/// void since that has not ended, or later; and a marriage that stands again and is void.
pub fn without_end(
    conn: &mut Conn,
    node: &Node,
    (stands, corrected): (&Matter<'_>, Option<&Matter<'_>>),
    pointer: &str,
) -> Result<Vec<RegisterHint>> {
    let Some(case) = stands.of else { return Ok(Vec::new()) };
    let (pairs, _) = ended(conn, node, stands)?;
    let made = match corrected {
        Some(matter) => {
            let (_, said) = ended(conn, node, matter)?;
            foreseen(conn, matter, matter.day(), said)?
        }
        None => Vec::new(),
    };
    let readings = (Reading::default(), Reading { but: Some(case), with: &made });
    let void = void_by(conn, node, readings, (&pairs, Some(case)))?;
    let again = if corrected.is_none() { married_again(conn, node, stands, case)? } else { Vec::new() };
    Ok(told(pointer, &void, again))
}

/// Those whose marriage stands again without an entry, a divorce or a death, and is void (民法 §983).
fn married_again(conn: &mut Conn, node: &Node, stands: &Matter<'_>, case: Id) -> Result<Vec<Id>> {
    let mut found = Vec::new();
    if !matches!(stands.fields, CaseFields::Divorce(_) | CaseFields::Death(_)) {
        return Ok(found);
    }
    for (one, other) in wedlock::ended(conn, node, stands)?.1 {
        if !marriages::all_of(conn, node, one, Some(case))?.contains(&(other, false)) {
            continue;
        }
        let status = Status::of(conn, node, one, Some(case))?;
        let weddings = status.of_kind(FactKind::Marriage).filter(|fact| fact.other_id == Some(other));
        let Some(wedding) = weddings.map(Fact::turn).max() else { continue };
        let reading = Reading::but(Some(case));
        if kinship::bars_marriage(conn, node, ((one, other), true), &wedding, reading)?.is_some() {
            found.extend([one, other]);
        }
    }
    joins::last_of(conn, &found)
}
