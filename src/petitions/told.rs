//! What petitioners are told, by which way, and whether it has gone out: it counts once it has. What is no longer so is stopped before it
//! goes out; what reached nobody goes by the next way; what went by a wrong way is told again, and a letter goes to the right name, in the
//! words that hold.

use chrono::NaiveDate;

use super::acting::{self, Open};
use super::handling::Handling;
use super::model::{PetitionNoticeKind, PetitionStatus, ReplyKind, ToldBy};
use super::petitioners::appeal_until_at;
use super::sight::Sight;
use super::steps::{Extension, PetitionNotice};
use super::store::add_line;
use super::telling::{self, Words};
use super::tellings::{BODY, REPRESENTATIVE, Telling, TellingStatus, ToldAbout, What};
use super::{group, timers};
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::mail::{self, Mail, MailStop};
use crate::node::Node;
use crate::outgoing_letters::{self, Letter};
use crate::people::{Contact, Email, contacts};

/// By which way the representative of a petition can be told something now, and how they are reached.
pub fn way(conn: &mut Conn, node: &Node, open: &Open) -> Result<(ToldBy, Option<Contact>)> {
    let contact = contacts::of(conn, &node.vault, &open.row.path())?;
    let way = contact.as_ref().map_or(ToldBy::Tracking, |contact| open.handling.way_to(contact, &[]));
    Ok((way, contact))
}

/// Tells the representative of a petition something, as it stands; by which way.
pub fn tell(tx: &mut Tx, node: &Node, open: &mut Open, what: What, now: Moment) -> Result<ToldBy> {
    let (way, _) = way(tx, node, open)?;
    begin(tx, node, open, (what, REPRESENTATIVE), (way, now))
}

/// Tells the representative of something beside the steps of handling, and notes it.
pub fn notify(tx: &mut Tx, node: &Node, open: &mut Open, about: PetitionNoticeKind, now: Moment) -> Result<()> {
    open.handling.notices.push(PetitionNotice { about, at: now, told_by: ToldBy::Tracking });
    let place = open.handling.notices.len();
    tell(tx, node, open, (ToldAbout::Notice, place), now).map(drop)
}

/// Tells a reply to each petitioner apart from the others, the representative first.
pub fn tell_all(tx: &mut Tx, node: &Node, open: &mut Open, place: usize, now: Moment) -> Result<()> {
    let all = open.row.petitioners(&node.vault)?.len().max(1);
    for petitioner in REPRESENTATIVE..=all {
        tell_one(tx, node, open, ((ToldAbout::Reply, place), petitioner), now)?;
    }
    Ok(())
}

/// Tells one petitioner, each but the representative by a letter of their own where there is an address; or the body that had sent the petition
/// on, by a letter.
pub fn tell_one(tx: &mut Tx, node: &Node, open: &mut Open, (what, petitioner): (What, usize), now: Moment) -> Result<ToldBy> {
    let (way, contact) = way(tx, node, open)?;
    let has_address = contact.is_some_and(|contact| contact.address.is_some()) && !open.handling.fails.contains(&ToldBy::Letter);
    let way = match (petitioner, has_address) {
        (BODY, _) => ToldBy::Letter,
        (REPRESENTATIVE, _) => way,
        (_, true) => ToldBy::Letter,
        (_, false) => ToldBy::Representative,
    };
    begin(tx, node, open, (what, petitioner), (way, now))
}

/// Tells the body that had sent a petition on what became of it: by a letter.
pub fn tell_body(tx: &mut Tx, node: &Node, open: &mut Open, now: Moment) -> Result<()> {
    begin(tx, node, open, ((ToldAbout::Filing, 1), BODY), (ToldBy::Letter, now)).map(drop)
}

/// Mails the code by which a petition is confirmed.
pub fn confirm(tx: &mut Tx, node: &Node, open: &mut Open, (to, words): (&Email, &Words), now: Moment) -> Result<()> {
    let mail_id = send(tx, node, open, to, words)?;
    note(node, open, ((ToldAbout::Confirmation, 1), REPRESENTATIVE), (ToldBy::Mail, Message::Mail(mail_id)), now)
}

/// Begins to tell somebody something by a way. Of a petition that was entered twice its petitioner is told with the other one.
fn begin(
    tx: &mut Tx,
    node: &Node,
    open: &mut Open,
    (what, petitioner): (What, usize),
    (way, now): (ToldBy, Moment),
) -> Result<ToldBy> {
    let says_so = open.handling.notices_about(&[PetitionNoticeKind::EnteredTwice]).contains(&what);
    if open.row.entered_twice && !says_so {
        open.handling.put_way(what, petitioner, ToldBy::Once);
        return Ok(ToldBy::Once);
    }
    let message = match way {
        ToldBy::Mail => mail_of(tx, node, open, what)?,
        ToldBy::Letter => letter_of(tx, node, open, (what, petitioner))?,
        _ => Message::None,
    };
    open.handling.put_way(what, petitioner, way);
    note(node, open, (what, petitioner), (way, message), now)?;
    Ok(way)
}

/// Notes that somebody is to be told: what has no other way is shown by `:track` at once, as it was before another way was tried.
fn note(
    node: &Node,
    open: &mut Open,
    (what, petitioner): (What, usize),
    (told_by, message): (ToldBy, Message),
    at: Moment,
) -> Result<()> {
    let appeal = open.row.matter(&node.vault)?.against_decision.map(|decision| appeal_until_at(decision.appeal_until_on));
    let ((about, place), until_at) = (what, open.handling.until(what, appeal));
    let is_shown = matches!(told_by, ToldBy::Tracking | ToldBy::Representative);
    let is_it = |one: &Telling| {
        one.is_of(what, petitioner) && one.told_by == told_by && one.until_at == until_at && open.handling.is_of_now(one)
    };
    let shown = open.handling.tellings.iter().rposition(is_it).filter(|_| is_shown);
    if let Some(nth) = shown {
        let shown = &mut open.handling.tellings[nth];
        (shown.status, shown.told_at) = (TellingStatus::Told, shown.told_at.or(Some(at)));
        return Ok(());
    }
    let (status, told_at) = if is_shown { (TellingStatus::Told, Some(at)) } else { (TellingStatus::Waiting, None) };
    let number = open.handling.tellings.len() + 1;
    let (mail_id, letter_id) = match message {
        Message::Mail(id) => (Some(id), None),
        Message::Letter(id) => (None, Some(id)),
        Message::None => (None, None),
    };
    let (petitioner, reached_on) = (Some(petitioner), None);
    let telling =
        Telling { number, about, place, petitioner, told_by, status, at, told_at, reached_on, mail_id, letter_id, until_at };
    open.handling.tellings.push(telling);
    Ok(())
}

/// What the office has of a message.
enum Message {
    None,
    Mail(Id),
    Letter(Id),
}

fn mail_of(tx: &mut Tx, node: &Node, open: &Open, what: What) -> Result<Message> {
    let to = contacts::of(tx, &node.vault, &open.row.path())?.and_then(|contact| contact.email);
    match (to, telling::message(node, open, what)?) {
        (Some(to), Some(words)) => send(tx, node, open, &to, &words).map(Message::Mail),
        _ => Ok(Message::None),
    }
}

/// Writes the letter to a petitioner, or to the body that had sent the petition on.
fn letter_of(tx: &mut Tx, node: &Node, open: &Open, (what, petitioner): (What, usize)) -> Result<Message> {
    let (words, recipient) = (telling::message(node, open, what)?, telling::recipient(node, open, Some(petitioner))?);
    let (Some(words), Some(recipient)) = (words, recipient) else { return Ok(Message::None) };
    let (about, quoted, language) = (open.row.path(), words.quoted(), words.language.language());
    let Words { subject, text, .. } = &words;
    let to_contact = petitioner != BODY;
    let letter = Letter { about: &about, recipient: &recipient, to_contact, language, subject, text, quoted: &quoted };
    outgoing_letters::write(tx, node, &letter).map(Message::Letter)
}

fn send(tx: &mut Tx, node: &Node, open: &Open, to: &Email, words: &Words) -> Result<Id> {
    let (language, about) = (words.language.language(), open.row.path());
    let quoted = words.quoted();
    mail::send(tx, node, &Mail { to, language, subject: &words.subject, text: &words.text, quoted: &quoted, about: &about })
}

/// Of what its petitioner is to know as it stands, told or not; of a petition that was entered twice no more than that.
pub fn in_force(node: &Node, open: &Open) -> Result<Vec<What>> {
    let (handling, status) = (&open.handling, open.row.status);
    if open.row.entered_twice {
        return Ok(handling.notices_about(&[PetitionNoticeKind::EnteredTwice]).pop().into_iter().collect());
    }
    let has_decision = open.row.matter(&node.vault)?.against_decision.is_some();
    let is_counted = status.is_counted();
    let awaited = handling.awaited_place().filter(|_| handling.awaits(status));
    // Whoever was told a later day than there is learns of it, be it past or not.
    let to_correct = awaited.or_else(|| handling.awaited_place().filter(|place| is_counted && handling.knows_later(*place)));
    let is_extended = handling.extension.as_ref().is_some_and(Extension::stands);
    let mut all = Vec::new();
    all.extend((status == PetitionStatus::AwaitingConfirmation).then_some((ToldAbout::Confirmation, 1)));
    all.extend((has_decision && handling.remedies.is_some()).then_some((ToldAbout::Remedies, 1)));
    all.extend(awaited.map(|place| (ToldAbout::Supplement, place)));
    let stand = (1..).zip(&handling.replies).filter(|(place, reply)| {
        let is_latest = *place == handling.replies.len();
        reply.taken_back_at.is_none() && (is_latest || reply.kind != ReplyKind::Interim)
    });
    all.extend(stand.map(|(place, _)| (ToldAbout::Reply, place)));
    all.extend((is_extended && is_counted).then_some((ToldAbout::Extension, 1)));
    all.extend((status == PetitionStatus::Transferred).then_some((ToldAbout::Transfer, 1)));
    all.extend((!handling.adoptions.is_empty()).then_some((ToldAbout::Adoption, handling.adoptions.len())));
    all.extend((status == PetitionStatus::Filed).then_some((ToldAbout::Filing, 1)));
    for kind in PetitionNoticeKind::ALL {
        use PetitionNoticeKind as Kind;
        let stands = match kind {
            Kind::Withdrawn => status == PetitionStatus::Withdrawn,
            Kind::Appeal => status == PetitionStatus::Appeal,
            Kind::Merged => status == PetitionStatus::Merged,
            Kind::Unmerged => is_counted && status != PetitionStatus::Merged,
            Kind::TransferredBack | Kind::Reopened | Kind::TakenUpAgain => is_counted,
            Kind::ExtensionRevoked => is_counted && !is_extended,
            Kind::SupplementCancelled => is_counted && awaited.is_none(),
            Kind::SupplementMoved | Kind::SupplementCorrected => to_correct.is_some(),
            Kind::AppealMoved => has_decision,
            Kind::Corrected => true,
            Kind::EnteredTwice => false,
        };
        let latest = handling.notices_about(&[*kind]).pop().filter(|_| stands);
        let is_of_another = |what: &What| {
            let is_of_one = matches!(kind, Kind::SupplementMoved | Kind::SupplementCorrected);
            is_of_one && to_correct.is_none_or(|place| !handling.request(place).contains(what))
        };
        all.extend(latest.filter(|what| !is_of_another(what)));
    }
    Ok(all)
}

/// Whether what a telling says is still so.
pub fn stands(node: &Node, open: &Open, telling: &Telling) -> Result<bool> {
    Ok(open.handling.is_of_now(telling) && in_force(node, open)?.contains(&telling.what()))
}

/// Stops what has not gone out of these; whether any of it has, or may have.
pub fn take_back(tx: &mut Tx, node: &Node, open: &mut Open, what: &[What]) -> Result<bool> {
    // What was told before tellings were kept was told.
    let is_unknown = |one: &What| !open.handling.tellings.iter().any(|telling| telling.what() == *one);
    let mut is_out = what.iter().all(is_unknown);
    for at in 0..open.handling.tellings.len() {
        let telling = &open.handling.tellings[at];
        if what.contains(&telling.what()) && telling.petitioner.is_some() && open.handling.is_of_now(telling) {
            is_out |= !stop_one(tx, node, open, (at, MailStop::Outdated))?;
        }
    }
    Ok(is_out)
}

/// Stops one, if it waits; whether it is certain that nothing of it has gone out.
pub fn stop_one(tx: &mut Tx, node: &Node, open: &mut Open, (at, why): (usize, MailStop)) -> Result<bool> {
    let Some(telling) = open.handling.tellings.get_mut(at) else { return Ok(true) };
    if telling.status != TellingStatus::Waiting {
        return Ok(telling.status != TellingStatus::Told);
    }
    if let Some(letter) = telling.letter_id {
        outgoing_letters::stop(tx, node, letter, why)?;
    }
    let is_in_time = telling.mail_id.map_or(Ok(true), |mail| mail::stop(tx, node, mail, why))?;
    if is_in_time {
        telling.status = TellingStatus::Stopped;
    }
    Ok(is_in_time)
}

/// Stops all that waits and is no longer so: whatever was done, nobody is told afterwards what does not hold any more.
pub fn sweep(tx: &mut Tx, node: &Node, open: &mut Open) -> Result<()> {
    if !open.handling.tellings.iter().any(|telling| telling.status == TellingStatus::Waiting) {
        return Ok(());
    }
    let stands = in_force(node, open)?;
    for at in 0..open.handling.tellings.len() {
        let telling = &open.handling.tellings[at];
        let is_named = telling.petitioner.is_some();
        if telling.status == TellingStatus::Waiting && !(is_named && stands.contains(&telling.what())) {
            stop_one(tx, node, open, (at, MailStop::Outdated))?;
        }
    }
    Ok(())
}

/// Tells what stands, of what is meant, and nobody was told or is going to be.
pub fn tell_owed(tx: &mut Tx, node: &Node, open: &mut Open, is_meant: impl Fn(ToldAbout) -> bool, now: Moment) -> Result<()> {
    for what in in_force(node, open)?.into_iter().filter(|what| is_meant(what.0)) {
        let is_it = |one: &&Telling| one.what() == what && one.petitioner.is_some() && open.handling.is_of_now(one);
        let is_told = open.handling.tellings.iter().filter(is_it).any(Telling::lives);
        match what {
            _ if is_told => {}
            (ToldAbout::Reply, place) => tell_all(tx, node, open, place, now)?,
            (ToldAbout::Confirmation | ToldAbout::Filing, _) => {}
            _ => _ = tell(tx, node, open, what, now)?,
        }
    }
    Ok(())
}

/// Notes that something has gone out: nobody need be told it by another way, nor by what `:track` shows. What had been stopped, and went after
/// all, takes nothing of what was told in its place.
pub fn arrive(tx: &mut Tx, node: &Node, open: &mut Open, at: usize, (told_at, reached_on): (Moment, NaiveDate)) -> Result<()> {
    let Some(telling) = open.handling.tellings.get_mut(at) else { return Ok(()) };
    let was_stopped = telling.status == TellingStatus::Stopped;
    (telling.status, telling.told_at, telling.reached_on) = (TellingStatus::Told, Some(told_at), Some(reached_on));
    let (what, told_by) = (telling.what(), telling.told_by);
    let Some(petitioner) = telling.petitioner else { return Ok(()) };
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
    Ok(())
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
    let (what, told_by) = (telling.what(), telling.told_by);
    if let Some(petitioner) = telling.petitioner
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
    undo_failure(open, at);
    let is_another = |one: &Telling| {
        let is_it = one.number != telling.number && (one.what(), one.petitioner) == (telling.what(), telling.petitioner);
        is_it
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
    open.handling.put_reached(telling.what());
    Ok(())
}

/// Lets a letter not have come back: the way by which it went is none that fails, where no other one has shown it.
pub fn undo_failure(open: &mut Open, at: usize) {
    let Some(telling) = open.handling.tellings.get(at) else { return };
    if telling.status != TellingStatus::Failed || !telling.is_representatives() {
        return;
    }
    let way = telling.told_by;
    let is_it = |(nth, one): (usize, &Telling)| {
        nth != at && one.is_representatives() && one.told_by == way && one.status == TellingStatus::Failed
    };
    if !(0..).zip(&open.handling.tellings).any(is_it) {
        open.handling.fails.retain(|failed| *failed != way);
    }
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
    let failed = open.handling.tellings.iter().filter(is_it).filter(|other| other.status == TellingStatus::Failed);
    let in_vain: Vec<ToldBy> = failed.map(|other| other.told_by).chain([way]).collect();
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
    let mut wrong: Vec<(What, usize)> = Vec::new();
    for at in 0..open.handling.tellings.len() {
        let telling = open.handling.tellings[at].clone();
        // A letter that is to be posted, and a call that is to be made, go to where they are reached now.
        let goes_on = telling.status == TellingStatus::Waiting && telling.mail_id.is_none() && telling.told_by == way;
        let Some(petitioner) = telling.petitioner.filter(|place| *place != BODY) else { continue };
        if !telling.lives() || !is_wrong(telling.told_by) || goes_on {
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
        if !is_told && stands.contains(&what) && what.0 != ToldAbout::Confirmation && is_worth(&open.handling, what) {
            tell_one(tx, node, open, (what, petitioner), now)?;
        }
    }
    Ok(())
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
        let is_other = telling::message(node, before, what)? != telling::message(node, open, what)?;
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

/// Whether something says anything to whoever was told nothing before: what puts right, or undoes, what has reached nobody does not.
pub fn is_worth(handling: &Handling, what: What) -> bool {
    use PetitionNoticeKind as Kind;
    let has_told = |one: &Telling| one.is_representatives() && one.has_told();
    let told = |about: ToldAbout| handling.tellings.iter().any(|one| one.about == about && has_told(one));
    let notice = handling.notices.get(what.1.saturating_sub(1)).filter(|_| what.0 == ToldAbout::Notice);
    match notice.map(|notice| notice.about) {
        Some(Kind::AppealMoved) => told(ToldAbout::Remedies),
        Some(Kind::SupplementMoved | Kind::SupplementCorrected | Kind::SupplementCancelled) => told(ToldAbout::Supplement),
        Some(Kind::ExtensionRevoked) => told(ToldAbout::Extension),
        Some(Kind::TransferredBack) => told(ToldAbout::Transfer),
        Some(Kind::Unmerged | Kind::TakenUpAgain | Kind::Corrected) => handling.tellings.iter().any(has_told),
        _ => true,
    }
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
