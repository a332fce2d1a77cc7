//! What ends soon of volunteers, and nothing goes on after it: judged as the gate judges, so that what the list does not tell keeps nobody
//! from serving on the day after.

use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::entries::{VolunteerEntryKind, VolunteerEntryStatus};
use super::entry_store::{self, Entry};
use super::gate::{Dated, Facts};
use super::store::{self, Volunteer};
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::node::Node;
use crate::schema::volunteer_entries as entries;

/// What ends from a day up to another, of everybody who lives and has not retired, and is followed by nothing that stands; each with the
/// record that stands for its volunteer.
pub fn between(conn: &mut Conn, node: &Node, (from, to): (NaiveDate, NaiveDate)) -> Result<Vec<(Entry, Id)>> {
    let ending = entries::table.filter(entries::status.eq(VolunteerEntryStatus::Standing));
    let ending = ending.filter(entries::until_on.between(from, to));
    let ending = ending.filter(entries::kind.eq_any(VolunteerEntryKind::LASTING)).order(entries::id);
    let ending: Vec<Entry> = ending.select(Entry::as_select()).load(conn)?;
    let mut of = HashMap::new();
    let mut found = Vec::new();
    for entry in ending {
        let whose = match of.entry(entry.volunteer_id) {
            MapEntry::Occupied(known) => known.into_mut(),
            MapEntry::Vacant(place) => place.insert(served(conn, node, entry.volunteer_id)?),
        };
        let Some((standing, facts)) = whose else { continue };
        if !facts.goes_on_after(&Dated::of(&node.vault, &entry)?) {
            found.push((entry, *standing));
        }
    }
    Ok(found)
}

/// The record that stands for one, with all by which it is judged; none of somebody who serves no more.
fn served(conn: &mut Conn, node: &Node, id: Id) -> Result<Option<(Id, Facts)>> {
    let Some(standing) = store::standing_for(conn, id)?.filter(|one| one.status.is_live()) else { return Ok(None) };
    let facts = facts(conn, node, &standing)?;
    Ok(facts.died.is_none().then_some((standing.id, facts)))
}

fn facts(conn: &mut Conn, node: &Node, standing: &Volunteer) -> Result<Facts> {
    let kept = standing.kept(&node.vault)?;
    Facts::of(conn, node, standing, &kept)
}

/// Of a volunteer's entries those that nothing goes on after, from a day on.
pub fn open_ends(conn: &mut Conn, node: &Node, volunteer: Id, today: NaiveDate) -> Result<Vec<Id>> {
    let Some(standing) = store::standing_for(conn, volunteer)? else { return Ok(Vec::new()) };
    let facts = facts(conn, node, &standing)?;
    let records = entry_store::records_of(conn, standing.id)?;
    let mut found = Vec::new();
    for entry in entry_store::lasting(conn, &records)? {
        let is_ahead = entry.until_on.is_some_and(|last| last >= today);
        if is_ahead && !facts.goes_on_after(&Dated::of(&node.vault, &entry)?) {
            found.push(entry.id);
        }
    }
    Ok(found)
}

/// Lets be told again what ends, and has nothing after it any more that went on after it before.
pub fn tell_again(tx: &mut Tx, node: &Node, (volunteer, before): (Id, &[Id]), today: NaiveDate) -> Result<()> {
    let mut opened = open_ends(tx, node, volunteer, today)?;
    opened.retain(|entry| !before.contains(entry));
    if !opened.is_empty() {
        let told = entries::table.filter(entries::id.eq_any(opened));
        diesel::update(told).set(entries::warned_at.eq(None::<Moment>)).execute(&mut **tx)?;
    }
    Ok(())
}
