//! Spouses and kin, as registered cases tell of them: the search of relatives by degree, and who keeps away from a matter as from
//! one's own (行政程序法 §32 no. 1).

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::whoever::records_of;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::schema::facts;

/// What a registered fact ties: whoever it is about, and the other one. Of parentage the former is the child.
#[derive(Clone, Copy, Debug)]
pub struct Tie {
    pub one: Id,
    pub other: Id,
}

/// How near a relative is: so many steps up to a common ancestor, and so many down from there (民法 §968).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    pub up: usize,
    pub down: usize,
}

impl Line {
    pub fn degree(self) -> usize {
        self.up + self.down
    }

    /// Whether one of the two descends from the other.
    pub fn is_direct(self) -> bool {
        self.degree() > 0 && (self.up == 0 || self.down == 0)
    }

    pub fn is_collateral(self) -> bool {
        self.up > 0 && self.down > 0
    }
}

/// Facts between two people, by their kind. Those that have ended count too: the law says "or have been".
pub fn ties(conn: &mut Conn, kind: &str, among: &HashSet<Id>) -> Result<Vec<Tie>> {
    if among.is_empty() {
        return Ok(Vec::new());
    }
    let other = || facts::other_id.assume_not_null();
    let standing = facts::table.filter(facts::kind.eq(kind)).filter(facts::rank.eq("REGISTERED"));
    let standing = standing.filter(facts::struck_at.is_null()).filter(facts::other_id.is_not_null());
    let theirs = facts::person_id.eq_any(among.iter().copied()).or(other().eq_any(among.iter().map(ToString::to_string)));
    let rows = standing.filter(theirs).order(facts::id).select((facts::person_id, other()));
    let rows: Vec<(Id, String)> = rows.load(conn)?;
    Ok(rows.into_iter().filter_map(|(one, other)| Some(Tie { one, other: other.parse().ok()? })).collect())
}

/// All records of the humans of these records.
fn whole(conn: &mut Conn, records: impl IntoIterator<Item = Id>) -> Result<HashSet<Id>> {
    let records: Vec<Id> = records.into_iter().collect();
    Ok(records_of(conn, &records)?.into_values().flatten().collect())
}

/// Whoever is or was married to one of these, by all their records.
pub fn spouses(conn: &mut Conn, of: &HashSet<Id>) -> Result<HashSet<Id>> {
    let ties = ties(conn, "MARRIAGE", of)?;
    let spouse = |tie: Tie| if of.contains(&tie.one) { tie.other } else { tie.one };
    whole(conn, ties.into_iter().map(spouse))
}

/// All records of relatives by blood or adoption up to a degree, and of those of whom one asks. Who is related in two ways is
/// so by the nearer one.
pub fn blood(conn: &mut Conn, of: &HashSet<Id>, degrees: usize) -> Result<HashMap<Id, Line>> {
    let mut found: HashMap<Id, Line> = of.iter().map(|own| (*own, Line { up: 0, down: 0 })).collect();
    let mut last = found.clone();
    for _ in 0..degrees {
        let among: HashSet<Id> = last.keys().copied().collect();
        let (mut parents, mut children) = (Vec::new(), Vec::new());
        for tie in ties(conn, "PARENT", &among)? {
            // Parents are those of ancestors alone: a sibling's other parent is no relative.
            let above = last.get(&tie.one).filter(|line| line.down == 0);
            parents.extend(above.map(|line| (tie.other, Line { up: line.up + 1, ..*line })));
            children.extend(last.get(&tie.other).map(|line| (tie.one, Line { down: line.down + 1, ..*line })));
        }
        parents.append(&mut children);
        let met: Vec<Id> = parents.iter().map(|(record, _)| *record).collect();
        let humans = records_of(conn, &met)?;
        last.clear();
        for (record, line) in parents {
            for one in humans.get(&record).into_iter().flatten().filter(|one| !found.contains_key(one)) {
                last.entry(*one).or_insert(line);
            }
        }
        found.extend(last.iter().map(|(record, line)| (*record, *line)));
    }
    Ok(found)
}

/// Spouses, relatives to the fourth degree, and in-laws to the third (民法 §967–970) of whoever has these records.
pub fn of(conn: &mut Conn, records: &[Id]) -> Result<HashSet<Id>> {
    let own: HashSet<Id> = records.iter().copied().collect();
    let blood_of_own = blood(conn, &own, 4)?;
    let spouses_of_own = spouses(conn, &own)?;
    let blood_of_spouses = blood(conn, &spouses_of_own, 3)?;
    // In-laws: the spouses of the near, and of those who are near to a spouse.
    let is_near = |line: &Line| (1..=3).contains(&line.degree());
    let near = blood_of_own.iter().filter(|(_, line)| is_near(line)).map(|(record, _)| *record);
    let near: HashSet<Id> = near.chain(blood_of_spouses.keys().copied()).collect();
    let mut all = spouses(conn, &near)?;
    all.extend(blood_of_own.into_keys().chain(blood_of_spouses.into_keys()));
    Ok(all)
}
