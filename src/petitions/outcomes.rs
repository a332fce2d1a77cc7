//! What becomes of what petitioners are told: it has gone out, has reached nobody, has gone to where they are reached no more, or had not
//! gone out when it was noted to have.

use chrono::NaiveDate;

use super::acting::{self, Open};
use super::group;
use super::model::ToldBy;
use super::sight::Sight;
use super::store::add_line;
use super::tellings::{BODY, REPRESENTATIVE, Telling, TellingStatus, ToldAbout, What};
use super::timers;
use super::told::{begin, destination, in_force, stands, stop_one};
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::mail::MailStop;
use crate::node::Node;
use crate::people::contacts;

/// Notes that something has gone out: nobody need be told it by another way, nor by what `:track` shows. What had been stopped, and went after
/// all, takes nothing of what was told in its place; and a letter that went to where they are reached no more has told nobody. Whether
/// it has told them.
pub fn arrive(tx: &mut Tx, node: &Node, open: &mut Open, at: usize, (told_at, reached_on): (Moment, NaiveDate)) -> Result<bool> {
    let Some(telling) = open.handling.tellings.get(at).cloned() else { return Ok(false) };
    let was_stopped = telling.status == TellingStatus::Stopped;
    let (what, told_by) = (telling.what(), telling.told_by);
    let is_right = telling.status == TellingStatus::Waiting || goes_right(tx, node, open, &telling)?;
    if let Some(said) = open.handling.said_mut(telling.number) {
        said.gone = Some((told_at, reached_on));
    }
    if !is_right {
        open.handling.tellings[at].put(TellingStatus::Astray);
        open.handling.put_reached(what);
        return Ok(false);
    }
    let now_told = &mut open.handling.tellings[at];
    (now_told.status, now_told.told_at, now_told.reached_on) = (TellingStatus::Told, Some(told_at), Some(reached_on));
    let Some(petitioner) = telling.petitioner else { return Ok(true) };
    open.handling.put_way(what, petitioner, told_by);
    for other in 0..open.handling.tellings.len() {
        if !was_stopped && other != at && open.handling.tellings[other].is_of(what, petitioner) {
            stop_one(tx, node, open, (other, MailStop::Outdated))?;
        }
    }
    if !was_stopped {
        leave_shown_out(open, (what, petitioner));
    }
    open.handling.put_reached(what);
    Ok(true)
}

/// Whether something goes, or went, to where whoever it tells is reached today; it does where that was not kept.
fn goes_right(conn: &mut Conn, node: &Node, open: &Open, telling: &Telling) -> Result<bool> {
    let (Some(to), Some(petitioner)) = (open.handling.said(telling).and_then(|said| said.to.as_ref()), telling.petitioner) else {
        return Ok(true);
    };
    Ok(destination(conn, node, open, (telling.told_by, petitioner))?.as_ref() == Some(to))
}

/// Withdraws that somebody was told by what is shown: they are told themself. Whether they were.
fn leave_shown_out(open: &mut Open, (what, petitioner): (What, usize)) -> bool {
    let is_it = |one: &&mut Telling| one.is_of(what, petitioner) && one.is_shown() && one.lives();
    let shown: Vec<&mut Telling> = open.handling.tellings.iter_mut().filter(is_it).collect();
    let were_told = !shown.is_empty();
    shown.into_iter().for_each(|one| one.put(TellingStatus::Stopped));
    were_told
}

/// Notes that something waits to go out again.
pub fn await_again(open: &mut Open, at: usize) {
    let Some(telling) = open.handling.tellings.get_mut(at) else { return };
    telling.put(TellingStatus::Waiting);
    let (what, told_by, number, whom) = (telling.what(), telling.told_by, telling.number, telling.petitioner);
    if let Some(said) = open.handling.said_mut(number) {
        (said.gone, said.is_on_its_way, said.stopped_at) = (None, false, None);
    }
    if let Some(petitioner) = whom
        && leave_shown_out(open, (what, petitioner))
    {
        open.handling.put_way(what, petitioner, told_by);
    }
    open.handling.put_reached(what);
}

/// Notes that what was noted of a letter was a mistake, and it has not gone out: it waits to again, but where it is no longer so, or was told
/// or is going to be by another one since.
pub fn take_note_back(tx: &mut Tx, node: &Node, open: &mut Open, at: usize) -> Result<()> {
    let Some(telling) = open.handling.tellings.get(at).cloned() else { return Ok(()) };
    undo_failure(tx, node, open, at)?;
    let is_another = |one: &Telling| {
        one.number != telling.number
            && one.tells_as(&telling)
            && open.handling.is_of_now(one)
            && (one.has_told() || one.status == TellingStatus::Waiting && one.told_by == ToldBy::Letter)
    };
    let is_told = open.handling.tellings.iter().any(is_another);
    if !is_told && stands(node, open, &telling)? {
        await_again(open, at);
        return Ok(());
    }
    open.handling.tellings[at].put(TellingStatus::Waiting);
    let is_astray = telling.status == TellingStatus::Astray;
    let why = if is_astray { MailStop::AddressCorrected } else { MailStop::Outdated };
    stop_one(tx, node, open, (at, why))?;
    if let Some(said) = open.handling.said_mut(telling.number) {
        said.gone = None;
    }
    open.handling.put_reached(telling.what());
    Ok(())
}

/// Lets a letter not have come back: the way by which it went is none that fails, where no other one has shown it.
pub fn undo_failure(conn: &mut Conn, node: &Node, open: &mut Open, at: usize) -> Result<()> {
    let Some(telling) = open.handling.tellings.get(at).cloned() else { return Ok(()) };
    let is_failure =
        |one: &Telling| one.is_representatives() && one.told_by == telling.told_by && one.status == TellingStatus::Failed;
    if !is_failure(&telling) || !goes_right(conn, node, open, &telling)? {
        return Ok(());
    }
    for one in open.handling.tellings.iter().filter(|one| one.number != telling.number && is_failure(one)) {
        if goes_right(conn, node, open, one)? {
            return Ok(());
        }
    }
    open.handling.fails.retain(|failed| *failed != telling.told_by);
    Ok(())
}

/// Notes that something has reached nobody: where it still stands, it is told by the next way.
pub fn fail(tx: &mut Tx, node: &Node, open: &mut Open, (at, status): (usize, TellingStatus), now: Moment) -> Result<()> {
    let Some(telling) = open.handling.tellings.get_mut(at) else { return Ok(()) };
    telling.put(status);
    let (what, way) = (telling.what(), telling.told_by);
    let whom = telling.petitioner;
    open.handling.put_reached(what);
    let Some(petitioner) = whom else { return Ok(()) };
    let is_it = |other: &&Telling| other.is_of(what, petitioner) && open.handling.is_of_now(other);
    let is_told = open.handling.tellings.iter().filter(is_it).any(|other| other.lives() && !other.is_shown());
    if is_told || !in_force(node, open)?.contains(&what) || what.0 == ToldAbout::Confirmation {
        return Ok(());
    }
    let mut in_vain = vec![way];
    for other in open.handling.tellings.iter().filter(is_it).filter(|other| other.status == TellingStatus::Failed) {
        // What went to another address says nothing of this one.
        if goes_right(tx, node, open, other)? {
            in_vain.push(other.told_by);
        }
    }
    let next = match petitioner {
        // Whoever has stopped it has told the body otherwise.
        BODY if status == TellingStatus::Stopped => return Ok(()),
        // A body is written to again.
        BODY => ToldBy::Letter,
        REPRESENTATIVE => contacts::of(tx, &node.vault, &open.row.path())?
            .map_or(ToldBy::Tracking, |contact| open.handling.way_to(&contact, &in_vain)),
        _ => ToldBy::Representative,
    };
    begin(tx, node, open, (what, petitioner), (next, now)).map(drop)
}

/// What has come of a message: as the history tells it, and as the journal does.
type Come = (&'static str, &'static str);

/// It is told by the next way.
pub const OTHERWISE: Come = ("told_otherwise", "petition.told_otherwise");
/// It has reached nobody.
pub const NOBODY: Come = ("reached_nobody", "petition.reached_nobody");

/// Saves what has become of a message: whether it is told by the next way, or has reached nobody, stands in the history, and whoever decides
/// goes by what has reached the petitioner: it has another version.
pub fn put_followed(tx: &mut Tx, node: &Node, open: &mut Open, come_of_it: Option<Come>) -> Result<()> {
    open.recount(tx, node)?;
    let Some((past, journal)) = come_of_it else { return open.put_told(tx, node) };
    open.put(tx, node)?;
    let (actor, at) = (tx.origin().actor.clone(), tx.origin().at);
    add_line(tx, &open.row, past, &actor, ("", at))?;
    acting::note(tx, &open.row, journal, "")
}

/// A petition that is taken for what has become of a message, before it the one with which it is answered.
pub fn taken(tx: &mut Tx, node: &Node, id: Id) -> Result<Option<Open>> {
    group::take_main(tx, id)?;
    timers::locked(tx, id)?.map(|row| Open::of(node, (row, Sight::default()))).transpose()
}
