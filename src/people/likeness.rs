//! Records that are likely one human's: a foreigner comes back with a new passport, of another number. Told as a hint; whoever has
//! the papers at hand joins the records.

use std::collections::HashMap;

use diesel::prelude::*;

use super::facts::Fact;
use super::store::Named;
use super::{Identifier, joins, names};
use crate::calendar::PartialDate;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::schema::{facts, people};
use crate::secrets::vault::Vault;

/// Under which index a record is found by country, name and day of birth; empty where the one or the other is not known, or the
/// person has a number.
pub fn index(vault: &Vault, named: Named<'_>) -> String {
    let (Identifier::Paper(paper), Some(born)) =
        (named.number, named.birth_on.filter(|born| matches!(born, PartialDate::Day(_))))
    else {
        return String::new();
    };
    vault.blind_index("people/likeness", &format!("{} {born} {}", paper.country(), names::spelled(named.name)))
}

/// Other humans' records whom somebody is likely: of one country, name and day of birth, known by another paper. Each as the
/// record to which it was joined; never what somebody only says of a person.
pub fn others(conn: &mut Conn, vault: &Vault, named: Named<'_>, own: Option<Id>) -> Result<Vec<Id>> {
    let index = index(vault, named);
    if index.is_empty() {
        return Ok(Vec::new());
    }
    let alike = people::table.filter(people::likeness_index.eq(index)).filter(people::claimed_by.is_null());
    let alike: Vec<(Id, Option<Id>)> = alike.order(people::id).select((people::id, people::joined_into)).load(conn)?;
    let own = own.map_or(Ok(Vec::new()), |own| joins::records(conn, own))?;
    let mut others: Vec<Id> = alike.into_iter().map(|(id, into)| into.unwrap_or(id)).filter(|id| !own.contains(id)).collect();
    others.dedup();
    others.truncate(10);
    Ok(others)
}

/// Papers that are one person's: what one of them shows of two people was typed or shown wrong of one.
const OF_ONE: [&str; 6] = ["ID_CARD", "PASSPORT", "RESIDENT_CERT", "ENTRY_PERMIT", "TRAVEL_DOCUMENT", "IDENTITY_CARD"];

/// Of which other humans a paper that is one person's was seen too, by facts that stand, for each of these facts of a person.
pub fn seen_of_others(conn: &mut Conn, vault: &Vault, person: Id, of: &[Fact]) -> Result<HashMap<Id, Vec<Id>>> {
    let own = joins::records(conn, person)?;
    let of_one =
        |fact: &Fact| Some((fact.id, fact.paper.as_ref().filter(|paper| OF_ONE.contains(&paper.kind.as_str()))?.index(vault)));
    let papers: Vec<(Id, String)> = of.iter().filter(|fact| fact.struck.is_none()).filter_map(of_one).collect();
    let mut indexes: Vec<String> = papers.iter().map(|(_, index)| index.clone()).collect();
    indexes.sort_unstable();
    indexes.dedup();
    let seen = facts::table.filter(facts::document_index.assume_not_null().eq_any(indexes)).filter(facts::struck_at.is_null());
    let seen = seen.select((facts::document_index, facts::person_id)).distinct().order(facts::person_id);
    let seen: Vec<(Option<String>, Id)> = seen.load(conn)?;
    let others = |index: &str| -> Vec<Id> {
        let theirs = seen.iter().filter(|(other, person)| other.as_deref() == Some(index) && !own.contains(person));
        theirs.map(|(_, person)| *person).take(10).collect()
    };
    Ok(papers.iter().map(|(fact, index)| (*fact, others(index))).filter(|(_, others)| !others.is_empty()).collect())
}
