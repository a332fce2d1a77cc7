//! Spouses and kin, as registered cases tell of them: who keeps away from a matter as from one's own (行政程序法 §32 no. 1).

use std::collections::HashSet;

use diesel::prelude::*;

use super::whoever::records_of;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::schema::facts;

/// Facts between two people, by their kind: whoever it is about, and the other one. Those that have ended count too: the law
/// says "or have been".
fn ties(conn: &mut Conn, kind: &str, among: &HashSet<Id>) -> Result<Vec<(Id, Id)>> {
    if among.is_empty() {
        return Ok(Vec::new());
    }
    let other = || facts::other_id.assume_not_null();
    let standing = facts::table.filter(facts::kind.eq(kind)).filter(facts::rank.eq("REGISTERED"));
    let standing = standing.filter(facts::struck_at.is_null()).filter(facts::other_id.is_not_null());
    let theirs = facts::person_id.eq_any(among.iter().copied()).or(other().eq_any(among.iter().map(ToString::to_string)));
    let rows: Vec<(Id, String)> = standing.filter(theirs).select((facts::person_id, other())).load(conn)?;
    Ok(rows.into_iter().filter_map(|(one, other)| Some((one, other.parse().ok()?))).collect())
}

/// All records of the humans of these records.
fn whole(conn: &mut Conn, records: impl IntoIterator<Item = Id>) -> Result<HashSet<Id>> {
    let records: Vec<Id> = records.into_iter().collect();
    Ok(records_of(conn, &records)?.into_values().flatten().collect())
}

/// Whoever is or was married to one of these.
fn spouses(conn: &mut Conn, of: &HashSet<Id>) -> Result<HashSet<Id>> {
    let ties = ties(conn, "MARRIAGE", of)?;
    let spouse = |(one, other): (Id, Id)| if of.contains(&one) { other } else { one };
    whole(conn, ties.into_iter().map(spouse))
}

/// Relatives by blood or adoption, by degree (民法 §968): first themselves, then up to a common ancestor and down.
fn blood(conn: &mut Conn, of: &HashSet<Id>, degrees: usize) -> Result<Vec<HashSet<Id>>> {
    let (mut found, mut ancestors, mut descendants) = (vec![of.clone()], of.clone(), HashSet::new());
    for _ in 0..degrees {
        let last: HashSet<Id> = ancestors.union(&descendants).copied().collect();
        let ties = ties(conn, "PARENT", &last)?;
        let parents = ties.iter().filter(|(child, _)| ancestors.contains(child)).map(|(_, parent)| *parent);
        let parents = whole(conn, parents)?;
        let children = ties.iter().filter(|(_, parent)| last.contains(parent)).map(|(child, _)| *child);
        let children = whole(conn, children)?;
        ancestors = parents;
        descendants = children.into_iter().filter(|child| !found.iter().any(|degree| degree.contains(child))).collect();
        found.push(ancestors.union(&descendants).copied().collect());
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
    let near: HashSet<Id> = blood_of_own[1..=3].iter().chain(&blood_of_spouses).flatten().copied().collect();
    let mut all = spouses(conn, &near)?;
    all.extend(blood_of_own.into_iter().chain(blood_of_spouses).flatten());
    Ok(all)
}
