//! Which petitions a survey may ask about, and whom: none that is kept from anybody, tells of somebody, or has no name behind it. Whoever
//! an invitation is seen by learns nothing of one.

use diesel::prelude::*;

use super::acting::Open;
use super::group;
use super::model::{PetitionAct, ToldBy};
use super::sight::{Sight, is_open_to};
use super::store::{Petition, concerns_of};
use super::told;
use crate::auth::By;
use crate::auth::whoever::found_by;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::Email;
use crate::people::found_by::people_ever_named;
use crate::schema::{petition_history as history, petitions};

/// How the history tells that a petition was answered, by itself or together with others.
const REPLIED: [PetitionAct; 2] = [PetitionAct::Reply, PetitionAct::ShareReply];

/// A petition that was answered, and whoever is told of it.
pub struct Answered {
    pub id: Id,
    pub email: Email,
    /// Indexes of the numbers by which its petitioners are known.
    pub numbers: Vec<String>,
    /// Records of whoever has one of these.
    pub people: Vec<Id>,
    /// Records of whoever has the name of one who has said no number.
    pub namesakes: Vec<Id>,
}

/// Petitions that were answered within a stretch of time, as far as whoever petitions may be asked about it by e-mail.
pub fn answered_within(conn: &mut Conn, node: &Node, from: Moment, before: Moment) -> Result<Vec<Answered>> {
    let lines = history::table.filter(history::action.eq_any(REPLIED.map(|act| act.line().past)));
    let lines = lines.filter(history::at.ge(from)).filter(history::at.lt(before)).order(history::petition_id);
    let replied: Vec<Id> = lines.select(history::petition_id).distinct().load(conn)?;
    let mut all = Vec::new();
    for id in replied {
        let row: Petition = petitions::table.find(id).select(Petition::as_select()).first(conn)?;
        all.extend(asked(conn, node, row)?);
    }
    Ok(all)
}

/// Whoever may be asked about a petition.
fn asked(conn: &mut Conn, node: &Node, row: Petition) -> Result<Option<Answered>> {
    let tells_of_somebody = row.needs_custody() || !concerns_of(conn, &node.vault, row.id)?.is_empty();
    if tells_of_somebody || group::is_withheld(conn, &row)? {
        return Ok(None);
    }
    let open = Open::of(node, (row, Sight::default()))?;
    let petitioners = open.row.petitioners(&node.vault)?;
    let is_answered = !group::answers_of(conn, &open.row, &open.handling)?.is_empty();
    let (way, contact) = told::way(conn, node, &open)?;
    let email = contact.and_then(|contact| contact.email).filter(|_| way == ToldBy::Mail);
    let Some(email) = email.filter(|_| is_answered && !petitioners.is_empty()) else { return Ok(None) };
    let (mut numbers, mut namesakes) = (Vec::new(), Vec::new());
    for petitioner in &petitioners {
        match petitioner.index(&node.vault) {
            Some(index) => numbers.push(index),
            None => namesakes.extend(people_ever_named(conn, &node.vault, &petitioner.name)?),
        }
    }
    let people = found_by(conn, &numbers)?.into_iter().map(|(_, record)| record).collect();
    Ok(Some(Answered { id: open.row.id, email, numbers, people, namesakes }))
}

/// Whether a petition is answered that the caller sees, and that is kept from nobody who handles petitions.
pub fn is_answered(conn: &mut Conn, node: &Node, by: &By, id: Id) -> Result<bool> {
    if !is_open_to(conn, by, id)? {
        return Ok(false);
    }
    let row: Petition = petitions::table.find(id).select(Petition::as_select()).first(conn)?;
    let handling = row.handling(&node.vault)?;
    Ok(!group::answers_of(conn, &row, &handling)?.is_empty())
}
