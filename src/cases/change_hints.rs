//! What whoever decides on a change of an entry should look at: what the corrected entry would be told at its intake and the one that
//! stands is not, and what comes back where a relation has not ended.

use chrono::NaiveDate;

use super::case::{Case, Party};
use super::changes::{Change, ChangeKind, open_change};
use super::corrections::{self, Foreseen};
use super::entries;
use super::fields::{CaseFields, Form, PartyRole};
use super::hints::{self, HintKind, MOST, RegisterHint};
use super::life;
use super::marriages;
use super::relations;
use super::status::{self, Matter, Status, placed};
use super::voided;
use super::wedlock;
use crate::auth::By;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::joins;

/// The hints of the change of a registered case that waits for a decision.
pub fn of(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    case: &Case,
    (fields, parties): (&CaseFields, &[Party]),
) -> Result<Vec<RegisterHint>> {
    let Some(change) = open_change(conn, &node.vault, case)? else { return Ok(Vec::new()) };
    let stood = placed(conn, parties)?;
    let stands = status::held(case, fields, case.event_on, stood, by.now);
    let mut found = match change.kind {
        ChangeKind::Correct => corrected(conn, node, by, case, (&change, &stands, parties))?,
        ChangeKind::Revoke => {
            let mut found = without(conn, node, (case, &stands), None, "/status")?;
            found.extend(voided::without_end(conn, node, (&stands, None), "/status")?);
            found
        }
        ChangeKind::Reinstate => Vec::new(),
    };
    found.truncate(MOST);
    Ok(found)
}

/// What the corrected entry is told, at the places that the caller knows. What cannot be read as it is proposed is refused where it is
/// approved.
fn corrected(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    case: &Case,
    (change, stands, parties): (&Change, &Matter<'_>, &[Party]),
) -> Result<Vec<RegisterHint>> {
    let Some(Foreseen { proposed, form, people }) = corrections::foreseen(conn, node, case, &change.changes)? else {
        return Ok(Vec::new());
    };
    let (input, lineup) = (&proposed.input, &proposed.lineup);
    let roles: Vec<PartyRole> = people.parties.iter().map(|party| party.role).collect();
    let stand: Vec<PartyRole> = parties.iter().map(|party| party.role).collect();
    let held = status::held(case, &form, input.event_on, people.placed(conn)?, by.now);
    let strangers = people.unknown.iter().filter_map(|index| Some((*index, input.parties.get(*index)?)));
    let matter = Matter { strangers: strangers.collect(), ..held };
    let told = hints::of(conn, node, stands, &stand)?.into_iter();
    let told: Vec<RegisterHint> =
        told.filter_map(|hint| Some(RegisterHint { pointer: lineup.corrected_at(&hint.pointer)?, ..hint })).collect();
    let mut found = hints::of(conn, node, &matter, &roles)?;
    found.retain(|hint| !told.contains(hint));
    found.iter_mut().for_each(|hint| hint.pointer = lineup.known_at(&hint.pointer));
    let (until, pointer) = match matter.parties == stands.parties && people.unknown.is_empty() {
        true => (Some(end_of(&matter)), marriages::day_pointer(matter.fields)),
        false => (None, "/parties"),
    };
    found.extend(without(conn, node, (case, stands), until, pointer)?);
    found.extend(voided::without_end(conn, node, (stands, Some(&matter)), pointer)?);
    Ok(found)
}

/// The day on which an entry ends a relation.
fn end_of(matter: &Matter<'_>) -> NaiveDate {
    match matter.fields {
        CaseFields::Death(death) => life::last_day(matter, death),
        _ => matter.day(),
    }
}

/// What comes back of the relations that an entry has ended: where it does not stand, or ends them on another day.
fn without(
    conn: &mut Conn,
    node: &Node,
    (case, stands): (&Case, &Matter<'_>),
    until: Option<NaiveDate>,
    pointer: &str,
) -> Result<Vec<RegisterHint>> {
    let told = match Form::of_type(&case.type_code) {
        Form::Divorce | Form::Death => {
            let (_, pairs) = wedlock::ended(conn, node, stands)?;
            let presumed = wedlock::presumed_without(conn, node, (case.id, until), &pairs)?;
            let mut told = vec![(HintKind::HusbandPresumed, presumed)];
            if until.is_none() {
                told.push((HintKind::AdoptsAlone, adopted_alone(conn, node, case.id, &pairs)?));
            }
            told
        }
        _ => Vec::new(),
    };
    let told = told.into_iter().filter(|(_, people)| !people.is_empty());
    Ok(told
        .map(|(kind, mut person_ids)| {
            person_ids.truncate(MOST);
            RegisterHint { person_ids, ..RegisterHint::at(pointer, kind) }
        })
        .collect())
}

/// Whom somebody has adopted alone who would have been married then, but for an entry: to somebody who is no parent of the child
/// (民法 §1074).
fn adopted_alone(conn: &mut Conn, node: &Node, case: Id, pairs: &[(Id, Id)]) -> Result<Vec<Id>> {
    let mut found = Vec::new();
    for (adopter, spouse) in pairs.iter().flat_map(|(one, other)| [(*one, *other), (*other, *one)]) {
        let records = joins::records(conn, adopter)?;
        for adoption in entries::of_human(conn, &node.vault, adopter, |one| one.type_code == "ADOPTION")? {
            let (day, pair) = (adoption.day(), (adopter, spouse));
            let is_alone = adoption.roles(&records).contains(&PartyRole::Adopter) && adoption.with(PartyRole::Adopter).len() == 1;
            if !is_alone
                || marriages::are_married(conn, node, pair, day)?
                || !marriages::are_married_but(conn, node, pair, day, Some(case))?
            {
                continue;
            }
            for child in adoption.with(PartyRole::Adoptee) {
                let status = Status::of(conn, node, child, None)?;
                if !relations::is_child_of(&status, spouse, day) {
                    found.push(child);
                }
            }
        }
    }
    Ok(found)
}
