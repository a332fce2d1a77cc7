//! How the limits of petitions follow the office's days: the office's own, that of a supplement, the period for an appeal, and those
//! within which one that has ended was ended. Whoever was told a day that is another one now is told right; what has not gone out is
//! stopped, and goes out with the right one. A day that was told stands where the right one has passed already: nobody can keep to it.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::json;

use super::acting::Open;
use super::group;
use super::model::{PetitionAct, PetitionNoticeKind};
use super::petitioners::{appeal_until_at, appeal_until_on};
use super::sight::Sight;
use super::store;
use super::tellings::{TellingStatus, ToldAbout};
use super::timers::locked;
use super::told;
use crate::calendar::OfficeCalendar;
use crate::clock::Moment;
use crate::db::{Id, Record, Tx};
use crate::error::Result;
use crate::node::Node;
use crate::schema::petitions;

/// Counts the limits anew of which any ends on `from` or later, by a calendar that has changed. Which ones move is told to nobody by
/// the change: it may be a confidential one. The log has one line, whether any has moved or not: a line of each, or of the mail by which
/// its petitioner is told, would tell whoever closes a day, and sees a gap between the lines, that a limit ends there of one that they do
/// not see.
pub fn recount(tx: &mut Tx, node: &Node, calendar: &OfficeCalendar, from: NaiveDate) -> Result<()> {
    let touched = petitions::table.filter(petitions::limits_until.ge(Moment::start_of(from)));
    let touched: Vec<Id> = touched.order(petitions::id).select(petitions::id).load(&mut **tx)?;
    let mut told = Vec::new();
    for id in touched {
        let Some(row) = locked(tx, id)? else { continue };
        let mut open = Open::of(node, (row, Sight::default()))?;
        let (before, lines) = (open.row.due_at, tx.noted().len());
        let moved = follow(tx, node, calendar, &mut open)?;
        if moved.is_empty() {
            continue;
        }
        open.put(tx, node)?;
        let (actor, at) = (tx.origin().actor.clone(), tx.origin().at);
        for what in &moved {
            store::add_line(tx, &open.row, what, &actor, ("", at))?;
        }
        if group::is_withheld(tx, &open.row)? {
            tx.leave_noted(lines);
        } else {
            told.push(json!({"number": open.row.number, "moved": moved, "before": before, "after": open.row.due_at}));
        }
    }
    tx.record(Record::change("petitions.recounted", "petitions".to_owned(), json!({"moved": told})));
    Ok(())
}

/// Lets one follow the calendar: which of its limits have moved, as its history tells it.
fn follow(tx: &mut Tx, node: &Node, calendar: &OfficeCalendar, open: &mut Open) -> Result<Vec<&'static str>> {
    let now = tx.origin().at;
    let mut moved = Vec::new();
    let places = open.handling.recount_supplements(calendar, now);
    if !places.is_empty() {
        moved.push("supplement_due_moved");
        await_until(tx, node, now, (open, &places))?;
    }
    if move_appeal(tx, node, calendar, now, open)? {
        moved.push("appeal_due_moved");
    }
    if open.handling.recount_closings(calendar)? {
        moved.push("closing_due_moved");
    }
    let due_at = open.handling.deadline(calendar)?.map(|deadline| deadline.due_at);
    if due_at != open.row.due_at {
        moved.push("due_moved");
        open.row.due_at = due_at;
        if open.row.status.is_counted() {
            (open.row.warned_at, open.row.overdue_at) = (None, None);
        }
    }
    Ok(moved)
}

/// Awaits a supplement until its other last day, once more where it had lapsed on one on which nothing could be handed in; and tells
/// the petitioner, where that is of what they were asked last.
fn await_until(tx: &mut Tx, node: &Node, now: Moment, (open, moved): (&mut Open, &[usize])) -> Result<()> {
    let Some(place) = open.handling.awaited_place() else { return Ok(()) };
    let until = open.handling.open_until();
    let is_to_come = until.is_some_and(|until| until > now);
    if let Some(status) = PetitionAct::AwaitSupplementAgain.after(open.row.status).filter(|_| is_to_come) {
        open.row.status = status;
        let (actor, why) = (tx.origin().actor.clone(), ("", now));
        store::add_line(tx, &open.row, PetitionAct::AwaitSupplementAgain.line().past, &actor, why)?;
    }
    if !open.handling.awaits(open.row.status) {
        return Ok(());
    }
    open.row.supplement_until = until;
    if !moved.contains(&place) {
        return Ok(());
    }
    let request = open.handling.request(place);
    let is_known = open.handling.told_until(&request) == Some(open.handling.until((ToldAbout::Supplement, place), None));
    let is_out = !told::take_back(tx, node, open, &request)?.is_empty();
    // What goes out still says another day.
    let is_on_its_way =
        open.handling.tellings.iter().any(|one| one.status == TellingStatus::Waiting && request.contains(&one.what()));
    if is_known && !is_on_its_way {
        return Ok(());
    }
    if is_out {
        return told::notify(tx, node, open, PetitionNoticeKind::SupplementMoved, now);
    }
    told::tell(tx, node, open, (ToldAbout::Supplement, place), now).map(drop)
}

/// Moves the last day for an appeal; whether it moved.
fn move_appeal(tx: &mut Tx, node: &Node, calendar: &OfficeCalendar, now: Moment, open: &mut Open) -> Result<bool> {
    let mut matter = open.row.matter(&node.vault)?;
    let Some(decision) = &mut matter.against_decision else { return Ok(false) };
    let until = appeal_until_on(calendar, decision.received_on);
    let days = (appeal_until_at(decision.appeal_until_on), appeal_until_at(until), now);
    if until == decision.appeal_until_on
        || open.handling.remedies.is_some() && open.handling.keeps_to(&open.handling.told_remedies(), days)
    {
        return Ok(false);
    }
    decision.appeal_until_on = until;
    open.row.put_matter(&node.vault, &matter)?;
    if open.handling.remedies.is_some() {
        tell_remedies_right(tx, node, open, now)?;
    }
    Ok(true)
}

/// Tells the remedies as they are now: in the place of what has gone out, or for the first time.
pub fn tell_remedies_right(tx: &mut Tx, node: &Node, open: &mut Open, now: Moment) -> Result<()> {
    let remedies = open.handling.told_remedies();
    if told::take_back(tx, node, open, &remedies)?.is_empty() {
        return told::tell(tx, node, open, (ToldAbout::Remedies, 1), now).map(drop);
    }
    told::notify(tx, node, open, PetitionNoticeKind::AppealMoved, now)
}
