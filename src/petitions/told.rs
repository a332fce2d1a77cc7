//! What petitioners are told, by which way, what of it stands, and what is stopped before it goes out. It counts once it has gone out.

use super::acting::Open;
use super::heard::{self, Destination, Mending, Said};
use super::model::{PetitionNoticeKind, PetitionStatus, ReplyKind, ToldBy};
use super::petitioners::appeal_until_at;
use super::steps::Extension;
use super::telling::{self, Words};
use super::tellings::{BODY, REPRESENTATIVE, Telling, TellingStatus, ToldAbout, What};
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

/// Tells the representative of something beside the steps of handling, and notes it; but where they know just that by the last that they
/// have heard.
pub fn notify(tx: &mut Tx, node: &Node, open: &mut Open, about: PetitionNoticeKind, now: Moment) -> Result<()> {
    let what = open.handling.add_notice(about, now);
    if heard::known(node, open, what, REPRESENTATIVE)?.is_some() {
        open.handling.notices.pop();
        return Ok(());
    }
    tell(tx, node, open, what, now).map(drop)
}

/// Tells those who know something, or may, that it is no longer so, and notes what the notice puts right.
pub fn tell_right(
    tx: &mut Tx,
    node: &Node,
    open: &mut Open,
    (about, mends, whom): (PetitionNoticeKind, &[What], &[usize]),
    now: Moment,
) -> Result<()> {
    if whom.is_empty() {
        return Ok(());
    }
    let whom = open.handling.with_who_waits(about, whom);
    let mends = open.handling.with_what_waits(about, mends);
    let notice = open.handling.add_notice(about, now);
    if let Some(mends) = mends {
        open.handling.mendings.push(Mending { notice, mends });
    }
    for petitioner in whom {
        tell_one(tx, node, open, (notice, petitioner), now)?;
    }
    Ok(())
}

/// Takes something back: what has not gone out of it is stopped, and whoever knows it, or may, is told that it is no longer so.
pub fn undo(tx: &mut Tx, node: &Node, open: &mut Open, (about, mends): (PetitionNoticeKind, &[What]), now: Moment) -> Result<()> {
    let whom = take_back(tx, node, open, mends)?;
    tell_right(tx, node, open, (about, mends, &whom), now)
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
    let sent = (ToldBy::Mail, Message::Mail(mail_id), Some(Destination::Mail(to.clone())));
    note(node, open, ((ToldAbout::Confirmation, 1), REPRESENTATIVE), sent, now)
}

/// Begins to tell somebody something by a way, but where they know it as it stands. Of a petition that was entered twice its petitioner is
/// told with the other one.
pub fn begin(
    tx: &mut Tx,
    node: &Node,
    open: &mut Open,
    (what, petitioner): (What, usize),
    (way, now): (ToldBy, Moment),
) -> Result<ToldBy> {
    let says_so = open.handling.notices_about(&[PetitionNoticeKind::EnteredTwice]).contains(&what);
    // Whoever was told something wrong under its number is told right under it.
    if open.row.entered_twice && !says_so && !open.handling.puts_right(what) {
        open.handling.put_way(what, petitioner, ToldBy::Once);
        return Ok(ToldBy::Once);
    }
    let is_shown = matches!(way, ToldBy::Tracking | ToldBy::Representative);
    let known_by = heard::known(node, open, what, petitioner)?.filter(|_| !is_shown).map(|one| one.told_by);
    if let Some(known_by) = known_by {
        open.handling.put_way(what, petitioner, known_by);
        return Ok(known_by);
    }
    let to = destination(tx, node, open, (way, petitioner))?;
    let message = match way {
        ToldBy::Mail => mail_of(tx, node, open, what)?,
        ToldBy::Letter => letter_of(tx, node, open, (what, petitioner))?,
        _ => Message::None,
    };
    open.handling.put_way(what, petitioner, way);
    note(node, open, (what, petitioner), (way, message, to), now)?;
    Ok(way)
}

/// Where somebody is reached by a way; nowhere that is kept of a body.
pub fn destination(conn: &mut Conn, node: &Node, open: &Open, (way, petitioner): (ToldBy, usize)) -> Result<Option<Destination>> {
    if petitioner == BODY {
        return Ok(None);
    }
    Ok(Destination::of(way, contacts::of(conn, &node.vault, &open.row.path())?.as_ref()))
}

/// Notes that somebody is to be told: what has no other way is shown by `:track` at once, as it was before another way was tried.
fn note(
    node: &Node,
    open: &mut Open,
    (what, petitioner): (What, usize),
    (told_by, message, to): (ToldBy, Message, Option<Destination>),
    at: Moment,
) -> Result<()> {
    let appeal = open.row.matter(&node.vault)?.against_decision.map(|decision| appeal_until_at(decision.appeal_until_on));
    let ((about, place), until_at) = (what, open.handling.until(what, appeal));
    let (facts, corrects) = (heard::facts(node, open, what)?, heard::corrects(node, open, what, petitioner)?);
    let is_shown = matches!(told_by, ToldBy::Tracking | ToldBy::Representative);
    let is_it = |one: &Telling| {
        one.is_of(what, petitioner) && one.told_by == told_by && one.until_at == until_at && open.handling.is_of_now(one)
    };
    let shown = open.handling.tellings.iter().rposition(is_it).filter(|_| is_shown);
    if let Some(nth) = shown {
        let shown = &mut open.handling.tellings[nth];
        (shown.status, shown.told_at) = (TellingStatus::Told, shown.told_at.or(Some(at)));
        let number = shown.number;
        if let Some(said) = open.handling.said_mut(number) {
            said.facts = facts;
        }
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
    open.handling.said.push(Said { number, facts, corrects, to, gone: None, is_on_its_way: false, stopped_at: None });
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
    match (to, telling::message(node, open, what, REPRESENTATIVE)?) {
        (Some(to), Some(words)) => send(tx, node, open, &to, &words).map(Message::Mail),
        _ => Ok(Message::None),
    }
}

/// Writes the letter to a petitioner, or to the body that had sent the petition on.
fn letter_of(tx: &mut Tx, node: &Node, open: &Open, (what, petitioner): (What, usize)) -> Result<Message> {
    let words = telling::message(node, open, what, petitioner)?;
    let recipient = telling::recipient(node, open, Some(petitioner))?;
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

/// Of what its petitioner is to know as it stands, told or not; of a petition that was entered twice no more than that, and what puts right
/// what they were told under its number. What puts right stands in whichever state the petition is, until it has come to be so again.
pub fn in_force(node: &Node, open: &Open) -> Result<Vec<What>> {
    let (handling, status) = (&open.handling, open.row.status);
    if open.row.entered_twice {
        let mut all: Vec<What> = handling.notices_about(&[PetitionNoticeKind::EnteredTwice]).pop().into_iter().collect();
        let is_latest =
            |what: &What| handling.kind_of(*what).and_then(|kind| handling.notices_about(&[kind]).pop()) == Some(*what);
        let waiting = handling.tellings.iter().filter(|one| one.status == TellingStatus::Waiting).map(Telling::what);
        all.extend(waiting.filter(|what| handling.puts_right(*what) && is_latest(what)));
        return Ok(all);
    }
    let has_decision = open.row.matter(&node.vault)?.against_decision.is_some();
    let is_counted = status.is_counted();
    let awaited = handling.awaited_place().filter(|_| handling.awaits(status));
    // Whoever was told a later day than there is learns of it, be it past or not.
    let to_correct = awaited.or_else(|| handling.awaited_place().filter(|place| is_counted && handling.knows_later(*place)));
    let is_extended = handling.extension.as_ref().is_some_and(Extension::stands);
    let puts_right =
        |kind: PetitionNoticeKind| handling.notices_about(&[kind]).pop().is_some_and(|notice| handling.puts_right(notice));
    let mut all = Vec::new();
    all.extend((status == PetitionStatus::AwaitingConfirmation).then_some((ToldAbout::Confirmation, 1)));
    all.extend((has_decision && handling.remedies.is_some()).then_some((ToldAbout::Remedies, 1)));
    all.extend(awaited.map(|place| (ToldAbout::Supplement, place)));
    let stand = (1..).zip(&handling.replies).filter(|(place, reply)| {
        let is_latest = *place == handling.replies.len();
        // What answers it no more is told to nobody, but where it was to be told with another petition that is none of theirs.
        let is_theirs = reply.ceased_at.is_none() || is_latest && handling.owed.contains(place);
        reply.taken_back_at.is_none() && is_theirs && (is_latest || reply.kind != ReplyKind::Interim)
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
            Kind::Unmerged => status != PetitionStatus::Merged,
            Kind::TransferredBack => status != PetitionStatus::Transferred,
            Kind::Reopened => is_counted || puts_right(Kind::Reopened),
            // Where what it undoes has come to be so again, nobody is told it (`heard::is_worth`).
            Kind::TakenUpAgain => true,
            Kind::ExtensionRevoked => !is_extended,
            Kind::SupplementCancelled => awaited.is_none(),
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

/// Whether something stands that was told by something, in other words or by a notice since.
pub fn is_said_otherwise(node: &Node, open: &Open, what: What) -> Result<bool> {
    Ok(in_force(node, open)?.iter().any(|one| open.handling.strand(*one).contains(&what)))
}

/// Stops what has not gone out of these; who knows any of it, or may, by the last that they have heard.
pub fn take_back(tx: &mut Tx, node: &Node, open: &mut Open, what: &[What]) -> Result<Vec<usize>> {
    for at in 0..open.handling.tellings.len() {
        let telling = &open.handling.tellings[at];
        if what.contains(&telling.what()) && telling.status == TellingStatus::Waiting && telling.petitioner.is_some() {
            stop_one(tx, node, open, (at, MailStop::Outdated))?;
        }
    }
    // What was told before tellings were kept was told.
    let is_untraced = what.iter().all(|one| open.handling.is_untraced(&[*one]));
    let first = if what.iter().any(|one| one.0 == ToldAbout::Filing) { BODY } else { REPRESENTATIVE };
    Ok(if is_untraced { vec![first] } else { open.handling.who_knows(what) })
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
    let now = tx.origin().at;
    let is_in_time = telling.mail_id.map_or(Ok(true), |mail| mail::stop(tx, node, mail, why))?;
    if is_in_time {
        telling.status = TellingStatus::Stopped;
    }
    let number = telling.number;
    if let Some(said) = open.handling.said_mut(number) {
        (said.is_on_its_way, said.stopped_at) = (!is_in_time, is_in_time.then_some(now));
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
