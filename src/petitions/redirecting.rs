//! What was told, or waits to be, as how petitioners are reached, how they are named and what they are told is put right.

use super::acting::Open;
use super::handling::Handling;
use super::heard::{self, Destination};
use super::model::ToldBy;
use super::telling;
use super::tellings::{BODY, Telling, TellingStatus, ToldAbout, What};
use super::told::{in_force, stands, stop_one, tell_one};
use crate::clock::Moment;
use crate::db::Tx;
use crate::error::Result;
use crate::mail::MailStop;
use crate::node::Node;
use crate::outgoing_letters;
use crate::people::Contact;

/// Tells again, by the ways that there are now, what went by one that was wrong and still stands.
pub fn tell_again(
    tx: &mut Tx,
    node: &Node,
    open: &mut Open,
    (before, after): (Option<&Contact>, &Contact),
    now: Moment,
) -> Result<()> {
    let none = Contact::default();
    let before = before.unwrap_or(&none);
    let is_other = |way: ToldBy| match way {
        ToldBy::Mail => before.email != after.email,
        ToldBy::Letter => before.address != after.address,
        ToldBy::Representative => after.address.is_some() && before.address != after.address,
        ToldBy::Call => (&before.phone, &before.other_phones) != (&after.phone, &after.other_phones),
        ToldBy::Tracking | ToldBy::Once => false,
    };
    open.handling.fails.retain(|way| !is_other(*way));
    let way = open.handling.way_to(after, &[]);
    let is_wrong = |told_by: ToldBy| is_other(told_by) || told_by == ToldBy::Tracking && way != ToldBy::Tracking;
    bring_back(open, after);
    let mut wrong: Vec<(What, usize)> = Vec::new();
    for at in 0..open.handling.tellings.len() {
        let telling = open.handling.tellings[at].clone();
        // A letter that is to be posted, and a call that is to be made, go to where they are reached now.
        let goes_on = telling.status == TellingStatus::Waiting && telling.mail_id.is_none() && telling.told_by == way;
        let Some(petitioner) = telling.petitioner.filter(|place| *place != BODY) else { continue };
        let to = open.handling.said(&telling).and_then(|said| said.to.as_ref());
        let has_reached = telling.has_told() && to.is_some() && to == Destination::of(telling.told_by, Some(after)).as_ref();
        if !telling.lives() || !is_wrong(telling.told_by) || goes_on || has_reached {
            continue;
        }
        let is_in_time = stop_one(tx, node, open, (at, MailStop::AddressCorrected))?;
        if !is_in_time && !telling.is_shown() {
            open.handling.tellings[at].put(TellingStatus::Astray);
        }
        open.handling.put_reached(telling.what());
        let whom = (telling.what(), petitioner);
        if !wrong.contains(&whom) {
            wrong.push(whom);
        }
    }
    let stands = in_force(node, open)?;
    wrong.extend(untraced(&mut open.handling, &stands, is_wrong));
    for (what, petitioner) in wrong {
        let is_it = |one: &Telling| one.is_of(what, petitioner) && one.lives() && !one.is_shown() && open.handling.is_of_now(one);
        let is_told = open.handling.tellings.iter().any(is_it);
        let is_owed = !is_told && stands.contains(&what) && what.0 != ToldAbout::Confirmation;
        if is_owed && heard::is_worth(node, open, (what, petitioner), (&stands, false))? {
            tell_one(tx, node, open, (what, petitioner), now)?;
        }
    }
    Ok(())
}

/// Lets what went to an address that was taken for a wrong one have told whom it tells after all, where that is where they are reached.
fn bring_back(open: &mut Open, after: &Contact) {
    for at in 0..open.handling.tellings.len() {
        let telling = open.handling.tellings[at].clone();
        let said = open.handling.said(&telling).filter(|_| telling.status == TellingStatus::Astray);
        let is_right = |to: &Destination| Some(to) == Destination::of(telling.told_by, Some(after)).as_ref();
        let Some((told_at, reached_on)) = said.filter(|said| said.to.as_ref().is_some_and(is_right)).and_then(|said| said.gone)
        else {
            continue;
        };
        let telling = &mut open.handling.tellings[at];
        (telling.status, telling.told_at, telling.reached_on) = (TellingStatus::Told, Some(told_at), Some(reached_on));
        let (what, told_by, whom) = (telling.what(), telling.told_by, telling.petitioner);
        if let Some(petitioner) = whom {
            open.handling.put_way(what, petitioner, told_by);
        }
        open.handling.put_reached(what);
    }
}

/// Puts the right names on letters that have not gone out, and stops those to whoever is named no more. What was printed with another name,
/// or where they `have_moved` with another address, is printed again.
pub fn address_letters(tx: &mut Tx, node: &Node, open: &mut Open, have_moved: bool) -> Result<()> {
    for at in 0..open.handling.tellings.len() {
        let telling = &open.handling.tellings[at];
        let (letter, petitioner) = (telling.letter_id, telling.petitioner);
        let to_contact = petitioner != Some(BODY);
        match (telling::recipient(node, open, petitioner)?, letter) {
            (None, _) => _ = stop_one(tx, node, open, (at, MailStop::Outdated))?,
            (Some(recipient), Some(letter)) => {
                outgoing_letters::address(tx, node, letter, (&recipient, have_moved && to_contact))?;
            }
            (Some(_), None) => {}
        }
    }
    Ok(())
}

/// Writes anew what waits to go out and would say something else now than it did `before` a correction.
pub fn rewrite(tx: &mut Tx, node: &Node, open: &mut Open, before: &Open, now: Moment) -> Result<()> {
    for at in 0..before.handling.tellings.len() {
        let telling = open.handling.tellings[at].clone();
        let is_message = telling.mail_id.is_some() || telling.letter_id.is_some();
        let Some(petitioner) = telling.petitioner.filter(|_| is_message && telling.status == TellingStatus::Waiting) else {
            continue;
        };
        let what = telling.what();
        let is_other = telling::message(node, before, what, petitioner)? != telling::message(node, open, what, petitioner)?;
        if is_other && stands(node, open, &telling)? && stop_one(tx, node, open, (at, MailStop::Outdated))? {
            tell_one(tx, node, open, (what, petitioner), now)?;
        }
    }
    Ok(())
}

/// What was told by a wrong way before tellings were kept.
fn untraced(handling: &mut Handling, stands: &[What], is_wrong: impl Fn(ToldBy) -> bool) -> Vec<(What, usize)> {
    let is_kept = |handling: &Handling, what: What| handling.tellings.iter().any(|one| one.what() == what);
    let mut all = Vec::new();
    for what in stands.iter().filter(|what| what.0 != ToldAbout::Filing) {
        let whom = match what {
            (ToldAbout::Reply, place) => handling.replies.get(place - 1).map_or(0, |reply| reply.told_by.len()),
            _ => 1,
        };
        for petitioner in 1..=whom {
            if !is_kept(handling, *what) && handling.way_of(*what, petitioner).is_some_and(|way| is_wrong(*way)) {
                all.push((*what, petitioner));
            }
        }
    }
    all
}
