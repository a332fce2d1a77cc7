//! Judges what waits to be told of a petition, whatever was done with it: a step, its undoing, a correction, or what became of a letter, a
//! mail or a call. By what each has heard last, and by what stands today, nothing waits, or the word of today, or what puts right what they
//! have heard; never what was, nor the correction of what nobody has heard.

use chrono::NaiveDate;

use super::acting::Open;
use super::heard;
use super::model::{PetitionNoticeKind, ToldBy};
use super::steps::Supplement;
use super::tellings::{BODY, REPRESENTATIVE, Telling, TellingStatus, ToldAbout, What};
use super::{telling, told};
use crate::clock::Moment;
use crate::db::Tx;
use crate::error::Result;
use crate::mail::MailStop;
use crate::node::Node;
use crate::outgoing_letters;

/// Judges all that is told of a petition; whether a supplement counts as asked from another day by it.
pub fn judge(tx: &mut Tx, node: &Node, open: &mut Open) -> Result<bool> {
    if open.handling.tellings.is_empty() {
        return Ok(false);
    }
    let reached = |open: &Open| -> Vec<Option<NaiveDate>> {
        open.handling.supplements.iter().map(|asked: &Supplement| asked.reached_on).collect()
    };
    let (before, now) = (reached(open), tx.origin().at);
    told::sweep(tx, node, open)?;
    let stands = told::in_force(node, open)?;
    stop_superfluous(tx, node, open, &stands)?;
    say_as_it_stands(tx, node, open, now)?;
    put_right(tx, node, open, &stands, now)?;
    put_right_again(tx, node, open, &stands, now)?;
    tell_owed(tx, node, open, &stands, now)?;
    keep_destinations(tx, node, open)?;
    Ok(before != reached(open))
}

/// Whether something waits that can still be stopped.
fn waits(open: &Open, telling: &Telling) -> bool {
    telling.status == TellingStatus::Waiting && !open.handling.said(telling).is_some_and(|said| said.is_on_its_way)
}

/// Stops what tells somebody nothing: they have heard just that last, or it puts right what they have never heard.
fn stop_superfluous(tx: &mut Tx, node: &Node, open: &mut Open, stands: &[What]) -> Result<()> {
    for at in 0..open.handling.tellings.len() {
        let telling = &open.handling.tellings[at];
        let (what, way) = (telling.what(), telling.told_by);
        let Some(petitioner) = telling.petitioner.filter(|_| waits(open, telling)) else { continue };
        // Whoever was told by one way may still be told by another.
        let is_known = heard::known(node, open, what, petitioner)?.is_some_and(|one| one.told_by == way);
        if is_known || !heard::is_worth(node, open, (what, petitioner), (stands, true))? {
            told::stop_one(tx, node, open, (at, MailStop::Outdated))?;
        }
    }
    Ok(())
}

/// Writes anew what waits and says something else than stands today, or does not say that it takes the place of what was heard.
fn say_as_it_stands(tx: &mut Tx, node: &Node, open: &mut Open, now: Moment) -> Result<()> {
    for at in 0..open.handling.tellings.len() {
        let telling = open.handling.tellings[at].clone();
        let what = telling.what();
        let Some(petitioner) = telling.petitioner.filter(|_| waits(open, &telling)) else { continue };
        let (today, corrects) = (heard::facts(node, open, what)?, heard::corrects(node, open, what, petitioner)?);
        let (is_other, is_marked_otherwise) = match open.handling.said(&telling) {
            Some(said) => (said.facts != today, said.corrects != corrects),
            // What it says was not kept: it may say what was put right since.
            None => (open.handling.strand(what).iter().any(|one| open.handling.is_correction(*one)), false),
        };
        match telling.told_by {
            ToldBy::Letter if is_marked_otherwise && !is_other => {
                reword(tx, node, open, (&telling, petitioner))?;
            }
            ToldBy::Mail | ToldBy::Letter if is_other || is_marked_otherwise => {
                if told::stop_one(tx, node, open, (at, MailStop::Outdated))? {
                    told::tell_one(tx, node, open, (what, petitioner), now)?;
                }
                continue;
            }
            _ => {}
        }
        if let Some(said) = open.handling.said_mut(telling.number) {
            (said.facts, said.corrects) = (today, corrects);
        }
    }
    Ok(())
}

/// Lets a letter that says what stands say, too, whether it takes the place of what was heard.
fn reword(tx: &mut Tx, node: &Node, open: &Open, (telling, petitioner): (&Telling, usize)) -> Result<()> {
    let words = telling::message(node, open, telling.what(), petitioner)?;
    let (Some(words), Some(letter)) = (words, telling.letter_id) else { return Ok(()) };
    outgoing_letters::reword(tx, node, letter, (&words.subject, &words.text, &words.quoted()))
}

/// Tells right whoever has heard something else than stands today, where nothing waits that does.
fn put_right(tx: &mut Tx, node: &Node, open: &mut Open, stands: &[What], now: Moment) -> Result<()> {
    for what in stands.iter().copied().filter(|what| !open.handling.is_correction(*what)).collect::<Vec<What>>() {
        let petitioner = if what.0 == ToldAbout::Filing { BODY } else { REPRESENTATIVE };
        let strand = open.handling.strand(what);
        let is_it = |one: &Telling| one.petitioner == Some(petitioner) && strand.contains(&one.what()) && waits(open, one);
        if open.handling.tellings.iter().any(is_it) || !heard::knows_otherwise(node, open, what, petitioner)? {
            continue;
        }
        match what.0 {
            ToldAbout::Supplement => told::notify(tx, node, open, PetitionNoticeKind::SupplementCorrected, now)?,
            ToldAbout::Remedies => told::notify(tx, node, open, PetitionNoticeKind::AppealMoved, now)?,
            _ => _ = told::tell_one(tx, node, open, (what, petitioner), now)?,
        }
    }
    Ok(())
}

/// Tells anew what puts something right, to whoever has heard that since: a word that was written before it went out after it.
fn put_right_again(tx: &mut Tx, node: &Node, open: &mut Open, stands: &[What], now: Moment) -> Result<()> {
    for notice in stands {
        for petitioner in open.handling.told_wrong_again(*notice) {
            told::tell_one(tx, node, open, (*notice, petitioner), now)?;
        }
    }
    Ok(())
}

/// Tells what stands and was to be told, where all that was to tell it has told nobody and waits no more.
fn tell_owed(tx: &mut Tx, node: &Node, open: &mut Open, stands: &[What], now: Moment) -> Result<()> {
    for what in stands {
        if !matches!(what.0, ToldAbout::Remedies | ToldAbout::Supplement | ToldAbout::Extension | ToldAbout::Transfer) {
            continue;
        }
        let strand = open.handling.strand(*what);
        let is_it = |one: &&Telling| one.is_representatives() && strand.contains(&one.what());
        let mut theirs = open.handling.tellings.iter().filter(is_it).peekable();
        let was_to_be_told = theirs.peek().is_some();
        let is_going_to_be = theirs
            .any(|one| one.status == TellingStatus::Waiting || one.is_shown() && one.lives() && open.handling.is_of_now(one));
        if was_to_be_told && !is_going_to_be && open.handling.heard(*what, REPRESENTATIVE).is_none() {
            told::tell(tx, node, open, *what, now)?;
        }
    }
    Ok(())
}

/// Keeps where what waits would go today: a letter and a call go to where whoever they tell is reached when they are posted and made.
fn keep_destinations(tx: &mut Tx, node: &Node, open: &mut Open) -> Result<()> {
    for at in 0..open.handling.tellings.len() {
        let telling = &open.handling.tellings[at];
        let (number, way) = (telling.number, telling.told_by);
        let goes_on = telling.status == TellingStatus::Waiting && way != ToldBy::Mail;
        let Some(petitioner) = telling.petitioner.filter(|_| goes_on) else { continue };
        let to = told::destination(tx, node, open, (way, petitioner))?;
        if let Some(said) = open.handling.said_mut(number) {
            said.to = to;
        }
    }
    Ok(())
}
