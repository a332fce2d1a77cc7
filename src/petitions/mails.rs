//! Mail and letters about petitions: who sees that they went out, whom they concern, and what follows from what becomes of mail.

use diesel::prelude::*;

use super::acting::Open;
use super::model::ToldBy;
use super::sight::{Sight, known};
use super::store::{Petition, path};
use super::telling::recipient;
use super::tellings::{Telling, TellingStatus};
use super::{group, letters, outcomes, timers, told};
use crate::auth::{By, Involved};
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::mail::{MailNews, MailStatus, Matter};
use crate::node::Node;
use crate::people::{Email, contacts};
use crate::schema::{petition_people as people, petitions};

pub const MATTER: Matter = Matter {
    address: Some(address),
    withheld,
    take,
    stands,
    follow,
    follow_letter: letters::follow,
    ..Matter::of("petitions", seen, involved)
};

fn seen(conn: &mut Conn, _: &Node, by: &By, ids: &[Id]) -> Result<Vec<Id>> {
    known(conn, by, ids)
}

fn address(conn: &mut Conn, node: &Node, id: Id) -> Result<Option<Email>> {
    Ok(contacts::of(conn, &node.vault, &path(id))?.and_then(|contact| contact.email))
}

/// Those of which nothing goes into the feed.
fn withheld(conn: &mut Conn, id: Id) -> Result<bool> {
    let row = petitions::table.find(id).select(Petition::as_select());
    let row: Option<Petition> = row.first(conn).optional()?;
    row.map_or(Ok(true), |row| group::is_withheld(conn, &row))
}

/// The petitioners; of those whom their spouses and kin keep away from, [`super::sight`] knows.
pub fn involved(conn: &mut Conn, _: &Node, id: Id) -> Result<Involved> {
    let numbers = people::table.filter(people::petition_id.eq(id)).select(people::number_index).load(conn)?;
    Ok(Involved { numbers, ..Involved::default() })
}

fn take(tx: &mut Tx, id: Id) -> Result<()> {
    group::take_main(tx, id)?;
    timers::locked(tx, id).map(drop)
}

/// Whether what a mail or a letter says is still so, its reader still named, and it is not told by another one meanwhile.
fn stands(conn: &mut Conn, node: &Node, id: Id, message: Id) -> Result<bool> {
    let row: Option<Petition> = petitions::table.find(id).select(Petition::as_select()).first(conn).optional()?;
    let Some(row) = row else { return Ok(true) };
    let open = Open::of(node, (row, Sight::default()))?;
    let is_it = |one: &&Telling| [one.mail_id, one.letter_id].contains(&Some(message));
    let Some(telling) = open.handling.tellings.iter().find(is_it) else { return Ok(true) };
    let is_another = |one: &Telling| one.told_by == telling.told_by && one.number != telling.number && one.lives();
    let mut others = open.handling.tellings.iter().filter(|one| one.tells_as(telling));
    // What waits is the one by which it is told.
    let waits = telling.status == TellingStatus::Waiting;
    let is_told_anew = telling.status == TellingStatus::Astray || !waits && others.any(is_another);
    let is_named = recipient(node, &open, telling.petitioner)?.is_some();
    Ok(is_named && !is_told_anew && told::stands(node, &open, telling)?)
}

/// Notes that a mail has gone out; one that reached nobody is told by the next way, which its history tells.
fn follow(tx: &mut Tx, node: &Node, id: Id, news: &MailNews) -> Result<()> {
    let Some(mut open) = outcomes::taken(tx, node, id)? else { return Ok(()) };
    let Some(at) = open.handling.tellings.iter().position(|one| one.mail_id == Some(news.mail_id)) else { return Ok(()) };
    let (status, before) = (open.handling.tellings[at].status, open.handling.tellings.len());
    match news.status {
        MailStatus::Sent if status == TellingStatus::Waiting => {
            open.handling.fails.retain(|way| *way != ToldBy::Mail || !news.is_to_record);
            _ = outcomes::arrive(tx, node, &mut open, at, (news.at, news.at.date()))?;
        }
        MailStatus::Waiting if status != TellingStatus::Astray => outcomes::await_again(&mut open, at),
        MailStatus::Stopped if status == TellingStatus::Waiting => {
            outcomes::fail(tx, node, &mut open, (at, TellingStatus::Stopped), news.at)?;
        }
        MailStatus::Failed | MailStatus::Bounced if status != TellingStatus::Astray => {
            if news.fails_address && !open.handling.fails.contains(&ToldBy::Mail) {
                open.handling.fails.push(ToldBy::Mail);
            }
            outcomes::fail(tx, node, &mut open, (at, TellingStatus::Failed), news.at)?;
        }
        _ => return Ok(()),
    }
    let come_of_it = match (news.status, open.handling.tellings.len() > before) {
        (MailStatus::Failed | MailStatus::Bounced | MailStatus::Stopped, true) => Some(outcomes::OTHERWISE),
        (MailStatus::Failed | MailStatus::Bounced, false) => Some(outcomes::NOBODY),
        _ => None,
    };
    outcomes::put_followed(tx, node, &mut open, come_of_it)
}
