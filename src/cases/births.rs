//! What a registered birth makes: a person, once a number is assigned.

use serde_json::json;

use super::case::{Case, Party};
use super::changes::FieldChange;
use super::effects::contradiction;
use super::fields::{BirthFields, Form, PartyRole};
use super::status::is_born_by;
use super::store;
use crate::calendar::PartialDate;
use crate::db::{Conn, Id, Record, Tx};
use crate::domain::case_path;
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::{self, FactKind, NewFact, Word};
use crate::people::store::Named;
use crate::people::{self, Identifier};

/// Enters the child, whom the number finds from now on; by a correction of the case the same child anew, under another name or
/// number where these were wrong.
pub fn enter(tx: &mut Tx, node: &Node, case: &Case, word: &Word<'_>, parties: &[Party], birth: &BirthFields) -> Result<()> {
    let before = child(tx, node, parties, &word.source)?;
    // Without a number a birth enters nobody; whoever was entered stays so, and it is the number alone that was another's.
    if birth.national_id.is_none() && before.is_none() {
        return Ok(());
    }
    let number = given(birth);
    let (born, since) = (case.event_on.map(PartialDate::Day), case.registered_at.unwrap_or(word.now));
    let child = match before {
        Some(child) => {
            renumber(tx, node, case, child, &number, word)?;
            facts::replace_as_of(tx, &node.vault, word, since, &NewFact::name(child, birth.child_name.as_str()))?;
            if let Some(day) = born {
                facts::replace_as_of(tx, &node.vault, word, since, &NewFact::birth_on(child, day))?;
            }
            child
        }
        None => {
            let named = Named { name: birth.child_name.as_str(), number: &number, birth_on: born };
            people::store::meet(tx, &node.vault, word, named)?.0
        }
    };
    let from = case.event_on.unwrap_or_else(|| word.now.date());
    let fact = |kind, value, other| NewFact { person: child, kind, value, other, valid_from: Some(from) };
    facts::enter(tx, &node.vault, word, &fact(FactKind::Sex, json!(birth.sex), None))?;
    for (role, party) in parties.iter().map(|party| (party.role, party.person_id)) {
        if matches!(role, PartyRole::Mother | PartyRole::Father) {
            facts::enter(tx, &node.vault, word, &fact(FactKind::Parent, json!(role), Some(party)))?;
        }
    }
    if !parties.iter().any(|party| party.person_id == child) {
        store::add_party(tx, case.id, Party { role: PartyRole::Subject, person_id: child })?;
        tx.record(Record::change("person.born", format!("people/{child}"), json!({"case_id": case.id})).about(child));
    }
    Ok(())
}

/// Where a birth says what can be corrected of the child whom it has made.
const OF_CHILD: [(&str, &str); 3] =
    [("name", "/fields/child_name"), ("national_id", "/fields/national_id"), ("birth_on", "/event_on")];

/// Changes as the case keeps them: the child of a registered birth stands among the parties after those that it named, and what is
/// corrected of the child there is corrected where the birth says it.
pub fn of_child(conn: &mut Conn, case: &Case, named: usize, changes: &[FieldChange]) -> Result<Vec<FieldChange>> {
    let mut changes = changes.to_vec();
    if Form::of_type(&case.type_code) != Form::Birth {
        return Ok(changes);
    }
    let parties = store::parties(conn, case.id)?;
    let Some(child) = (named..parties.len()).find(|n| parties[*n].role == PartyRole::Subject) else { return Ok(changes) };
    for change in &mut changes {
        let said = OF_CHILD.iter().find(|(member, _)| change.pointer == format!("/parties/{child}/{member}"));
        if let Some((_, pointer)) = said {
            (*pointer).clone_into(&mut change.pointer);
        }
    }
    Ok(changes)
}

/// The child that the case has made already.
fn child(conn: &mut Conn, node: &Node, parties: &[Party], source: &str) -> Result<Option<Id>> {
    for party in parties.iter().filter(|party| party.role == PartyRole::Subject) {
        if is_born_by(conn, node, party.person_id, source)? {
            return Ok(Some(party.person_id));
        }
    }
    Ok(None)
}

/// The number that a birth gives its child.
fn given(birth: &BirthFields) -> Identifier {
    birth.national_id.clone().map_or_else(|| Identifier::not_yet_given(birth.child_name.as_str()), Identifier::from)
}

/// Refuses to propose a number that nobody could approve: one that the child has by another entry.
pub fn foresee(conn: &mut Conn, node: &Node, case: &Case, parties: &[Party], birth: &BirthFields) -> Result<()> {
    let Some(child) = child(conn, node, parties, &case_path(case.id))? else { return Ok(()) };
    let (number, first) = (given(birth), people::numbers::first(conn, &node.vault, child)?);
    if first == number || !number.finds() || !people::numbers::has_had(conn, &node.vault, child, &number)? {
        return Ok(());
    }
    let (zh, en) = ("此統一編號係另案所登載", "another entry has given the child this number");
    Err(contradiction(zh, en))
}

/// Gives the child the number that the birth has been corrected to, or none; the wrong one was never theirs (戶籍法施行細則 §15),
/// and is free for whoever has it. The case's record book keeps it; a number that was given since stays today's.
fn renumber(tx: &mut Tx, node: &Node, case: &Case, child: Id, number: &Identifier, word: &Word<'_>) -> Result<()> {
    let vault = &node.vault;
    let first = people::numbers::first(tx, vault, child)?;
    if first == *number || !first.finds() && !number.finds() {
        return Ok(());
    }
    people::numbers::correct_number(tx, vault, child, (&first, number), case.id, word.now)?;
    tx.record(Record::change("person.renumbered", format!("people/{child}"), json!({"case_id": case.id})).about(child));
    Ok(())
}
