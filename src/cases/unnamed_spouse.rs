//! The other spouse of a divorce by a court that names one alone (戶籍法 §34): the one to whom the register has them married, and
//! who has no number.

use serde_json::{Value, json};

use super::case::Party;
use super::fields::PartyRole;
use super::marriages;
use super::place::Place;
use super::status::{Matter, each, spouses};
use crate::db::{Conn, Id, Record, Tx};
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::{self, FactKind, NewFact, Word};
use crate::people::{self, joins};

fn has_number(conn: &mut Conn, node: &Node, person: Id) -> Result<bool> {
    for record in joins::records(conn, person)? {
        if people::store::open(conn, &node.vault, record)?.1.number().is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whom a divorce does not name and ends the marriage with.
pub fn of(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<Option<Id>> {
    let named = spouses(matter);
    let ([(_, named)], "DIVORCE_COURT") = (named.as_slice(), matter.type_code) else { return Ok(None) };
    if matter.strangers.iter().any(|(_, party)| party.role == PartyRole::Spouse) {
        return Ok(None);
    }
    let place = Place::of(conn, matter.of, matter.day())?;
    for spouse in marriages::spouses_until(conn, node, *named, &place, matter.of)?.into_iter().flatten() {
        if !has_number(conn, node, spouse)? {
            return Ok(Some(spouse));
        }
    }
    Ok(None)
}

/// Of the records of somebody the one with which the register has another married last.
fn record_of(conn: &mut Conn, node: &Node, (spouse, of): (Id, Id)) -> Result<Id> {
    let (theirs, own) = (joins::records(conn, spouse)?, joins::records(conn, of)?);
    let mut all = facts::standing_in(conn, &node.vault, &own, &[FactKind::Marriage])?;
    all.retain(|fact| fact.other_id.is_some_and(|other| theirs.contains(&other)));
    let last = all.into_iter().max_by_key(facts::Fact::turn);
    Ok(last.and_then(|fact| fact.other_id).unwrap_or(spouse))
}

/// Enters the end of a marriage, of whoever is not named as well.
pub fn enter_end(tx: &mut Tx, node: &Node, word: &Word<'_>, matter: &Matter<'_>, parties: &[Party]) -> Result<()> {
    let (unnamed, day) = (of(tx, node, matter)?, matter.day());
    let named = parties.iter().find(|party| party.role == PartyRole::Spouse).map(|party| party.person_id);
    let unnamed = unnamed.zip(named).map(|pair| record_of(tx, node, pair)).transpose()?;
    each(tx, node, word, parties, PartyRole::Spouse, |others| {
        vec![(FactKind::MarriageEnd, Value::Null, others.first().copied().or(unnamed), day)]
    })?;
    let Some((person, named)) = unnamed.zip(named) else { return Ok(()) };
    let fact = NewFact { person, kind: FactKind::MarriageEnd, value: Value::Null, other: Some(named), valid_from: Some(day) };
    facts::enter(tx, &node.vault, word, &fact)?;
    let event = json!({"source": word.source});
    tx.record(Record::change("person.status_changed", format!("people/{person}"), event).about(person));
    Ok(())
}
