//! What was taken down wrongly of a petition, put right before it is signed and after: with a reason where it stood in the register,
//! and told right where the petitioner was told what is different now.

use chrono::NaiveDate;

use super::acting::Open;
use super::concerns::{PetitionPatch, custodians_alone};
use super::intake::{decision, received_at};
use super::marks::quarantine;
use super::model::{PetitionChannel, PetitionKind, PetitionNoticeKind, PetitionStatus};
use super::petitioners::{Decision, DecisionInput, Identity, Petitioner, same_petitioner};
use super::recounting::tell_remedies_right;
use super::settings::PetitionSettings;
use super::sight::Sight;
use super::store::{Petition, put_people, taken_at};
use super::tellings::What;
use super::{confirmation, naming, readers, redirecting, told};
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Tx};
use crate::error::{Code, Error, Result, Text};
use crate::http::patch;
use crate::node::Node;
use crate::people::{Contact, contacts};
use crate::scheduling::Plans;
use crate::states::require_supervisor;

/// States in which it can still be said to be of another kind: nobody has drafted anything.
const OF_ANOTHER_KIND: [PetitionStatus; 6] = [
    PetitionStatus::AwaitingConfirmation,
    PetitionStatus::AwaitingSignature,
    PetitionStatus::Screening,
    PetitionStatus::Quarantine,
    PetitionStatus::Received,
    PetitionStatus::Assigned,
];

fn not_allowed(at: &str, zh: &'static str, en: &'static str) -> Error {
    Error::field(at, "not_allowed", Text::new(zh, en))
}

/// Puts right what a change names; whether anything is different now.
pub fn put(change: &PetitionPatch, tx: &mut Tx, node: &Node, by: &By, open: &mut Open) -> Result<bool> {
    if !change.corrects() {
        return Ok(false);
    }
    let is_told = open.row.status != PetitionStatus::AwaitingSignature;
    require_allowed(tx, change, open, is_told)?;
    let before = (open.row.clone(), open.handling.clone());
    let (identity, named) = (Identity::of(tx, &node.vault, &open.row)?, readers::of(node, open)?);
    patch::put(&mut open.row.language, change.language);
    if let Some(channel) = change.channel {
        put_channel(open, channel)?;
    }
    let is_reached_anew = put_people_and_contact(change, tx, node, open)?;
    put_words(change, node, open)?;
    let owed = readers::follow(tx, node, open, &named)?;
    if let Some(after) = change.contact.as_ref().filter(|_| is_reached_anew) {
        reach_anew(tx, node, open, (identity.contact.as_ref(), after), by.now)?;
    }
    let address = identity.contact.as_ref().and_then(|contact| contact.address.as_ref());
    let have_moved = change.contact.as_ref().is_some_and(|after| after.address.as_ref() != address);
    redirecting::address_letters(tx, node, open, have_moved)?;
    readers::tell(tx, node, open, owed, by.now)?;
    if let Some(kind) = change.kind {
        put_kind(tx, node, by, open, kind)?;
    }
    if let Some(day) = change.received_on {
        put_receipt(tx, by, open, day)?;
    }
    let (untrue, whom) = put_decision(change, tx, node, by, open)?;
    let is_counted_anew = before.0.kind != open.row.kind || before.0.received_at != open.row.received_at;
    if is_counted_anew {
        recount(tx, node, open)?;
        if is_told && open.row.due_at > before.0.due_at {
            require_anothers_word(by, open)?;
        }
    }
    let is_other_appeal = open.row.status == PetitionStatus::Appeal && before.0.received_at != open.row.received_at;
    if is_told && is_other_appeal {
        tell_appeal_right(tx, node, open, by.now)?;
    }
    if is_told && is_counted_anew && !is_other_appeal {
        let before = open.handling.notices_about(&[PetitionNoticeKind::Corrected]);
        told::take_back(tx, node, open, &before)?;
        told::notify(tx, node, open, PetitionNoticeKind::Corrected, by.now)?;
    } else if is_told {
        told::tell_right(tx, node, open, (PetitionNoticeKind::Corrected, &untrue, &whom), by.now)?;
    }
    redirecting::rewrite(tx, node, open, &Open::of(node, (before.0.clone(), Sight::default()))?, by.now)?;
    if identity != Identity::of(tx, &node.vault, &open.row)? {
        open.handling.keep_told(identity);
    }
    Ok(is_reached_anew || before.0.differs(&open.row) || before.1 != open.handling)
}

/// Tells the day from which an appeal counts as it is now: in the place of what has gone out, or for the first time.
fn tell_appeal_right(tx: &mut Tx, node: &Node, open: &mut Open, now: Moment) -> Result<()> {
    let Some(appeal) = open.handling.notices_about(&[PetitionNoticeKind::Appeal]).pop() else { return Ok(()) };
    if told::take_back(tx, node, open, &[appeal])?.is_empty() {
        return told::tell(tx, node, open, appeal, now).map(drop);
    }
    told::notify(tx, node, open, PetitionNoticeKind::Appeal, now)
}

/// What staff have taken down may be put right, with a reason once it is in the register; what is hidden of a confidential one by whoever
/// reads it, so that nobody overwrites it unread, or learns by the answer whether they have guessed it.
fn require_allowed(conn: &mut Conn, change: &PetitionPatch, open: &Open, is_told: bool) -> Result<()> {
    let hidden = [
        ("/petitioner", change.petitioner.is_some()),
        ("/others", change.others.is_some()),
        ("/contact", change.contact.is_some()),
        ("/against_decision", change.against_decision.is_some()),
        ("/forwarded_by", change.forwarded_by.is_some()),
    ];
    let words = [("/subject", change.subject.is_some()), ("/body", change.body.is_some())];
    let staffs = [
        ("/channel", change.channel.is_some()),
        ("/received_on", change.received_on.is_some()),
        ("/forwarded_by", change.forwarded_by.is_some()),
    ];
    if !open.sight.reads_original(&open.row)
        && let Some((at, _)) = hidden.iter().chain(&words).find(|(_, is_given)| *is_given)
    {
        return Err(custodians_alone(at));
    }
    if open.row.channel == PetitionChannel::Mailbox
        && let Some((at, _)) = words.iter().chain(&staffs).find(|(_, is_given)| *is_given)
        && naming::taker(conn, open)?.is_none()
    {
        return Err(not_allowed(at, "此為陳情人自行填寫", "the petitioner has written it themself"));
    }
    if is_told && change.reason.is_none() {
        return Err(Error::field("/reason", "required", Text::new("請敘明更正原因", "say why it is put right")));
    }
    Ok(())
}

/// A spoken one stays spoken, and a written one written: one of them is signed.
fn put_channel(open: &mut Open, channel: PetitionChannel) -> Result<()> {
    if channel == PetitionChannel::Mailbox || channel.is_oral() != open.row.channel.is_oral() {
        return Err(not_allowed("/channel", "口頭與書面不得互改", "a spoken one stays spoken, and a written one written"));
    }
    open.row.channel = channel;
    Ok(())
}

/// Whether they are reached in another way now.
fn put_people_and_contact(change: &PetitionPatch, tx: &mut Tx, node: &Node, open: &mut Open) -> Result<bool> {
    let before = contacts::of(tx, &node.vault, &open.row.path())?;
    let people = people_after(change, open.row.petitioners(&node.vault)?)?;
    if people != open.row.petitioners(&node.vault)? {
        open.row.put_petitioners(&node.vault, &people)?;
        put_people(tx, &node.vault, open.row.id, &people)?;
    }
    let after = change.contact.as_ref().or(before.as_ref());
    open.row.petitioner_index = same_petitioner(&node.vault, people.first(), after);
    let Some(contact) = change.contact.as_ref().filter(|contact| before.as_ref() != Some(*contact)) else { return Ok(false) };
    contact.check()?;
    contacts::put(tx, &node.vault, &open.row.path(), contact)?;
    Ok(true)
}

/// Tells what went by a way that is another one now again, and lets another e-mail address that nobody has confirmed be confirmed.
fn reach_anew(
    tx: &mut Tx,
    node: &Node,
    open: &mut Open,
    (before, after): (Option<&Contact>, &Contact),
    now: Moment,
) -> Result<()> {
    let is_mailed_anew = before.and_then(|before| before.email.as_ref()) != after.email.as_ref();
    let awaits_code = open.row.status == PetitionStatus::AwaitingConfirmation;
    // What a clerk was told is theirs, as where it is taken.
    open.handling.mail_proven |= is_mailed_anew && !awaits_code;
    redirecting::tell_again(tx, node, open, (before, after), now)?;
    // The code of before is stopped by now, where it had not gone out.
    if is_mailed_anew && awaits_code { confirmation::ask(tx, node, now, open, Some(after)) } else { Ok(()) }
}

/// Who petitions after a change: the representative first.
fn people_after(change: &PetitionPatch, before: Vec<Petitioner>) -> Result<Vec<Petitioner>> {
    let mut before = before.into_iter();
    let first = before.next();
    let first = match &change.petitioner {
        Some(given) => given.as_ref().map(|one| one.kept("/petitioner")).transpose()?,
        None => first,
    };
    let others = match &change.others {
        Some(given) => given.iter().enumerate().map(|(n, one)| one.kept(&format!("/others/{n}"))).collect::<Result<Vec<_>>>()?,
        None => before.collect(),
    };
    if first.is_none() && !others.is_empty() {
        let text = Text::new("多數人陳情須有代表人", "a group names its representative as `petitioner`");
        return Err(Error::field("/petitioner", "required", text));
    }
    Ok(first.into_iter().chain(others).collect())
}

fn put_words(change: &PetitionPatch, node: &Node, open: &mut Open) -> Result<()> {
    let mut matter = open.row.matter(&node.vault)?;
    patch::put(&mut matter.subject, change.subject.clone());
    patch::put(&mut matter.body, change.body.clone());
    patch::put(&mut matter.forwarded_by, change.forwarded_by.as_ref().map(|by| by.as_ref().map(|by| by.as_str().to_owned())));
    if matter != open.row.matter(&node.vault)? {
        open.row.put_matter(&node.vault, &matter)?;
    }
    Ok(())
}

/// Says that it is of another kind: its period is that of the kind, from the day from which it was counted. A report of wrongdoing
/// goes to its custodian, until it is settled whom it concerns; that it is none is the custodian's word.
fn put_kind(conn: &mut Conn, node: &Node, by: &By, open: &mut Open, kind: PetitionKind) -> Result<()> {
    if kind == open.row.kind {
        return Ok(());
    }
    if !OF_ANOTHER_KIND.contains(&open.row.status) {
        return Err(Error::wrong_state(&open.allowed(conn, node, by)?));
    }
    if open.row.kind == PetitionKind::Report && !open.sight.has_custody(&open.row) {
        return Err(custodians_alone("/kind"));
    }
    open.row.kind = kind;
    if let Some(period) = open.handling.periods.last_mut() {
        period.rule = kind.period(node.config.of::<PetitionSettings>()).to_string();
    }
    if kind == PetitionKind::Report {
        open.row.confidential = true;
        if !open.row.concerns_settled {
            quarantine(open);
        }
    }
    Ok(())
}

/// Counts the first period from another day of receipt, which is not after the day on which it was taken down.
fn put_receipt(conn: &mut Conn, by: &By, open: &mut Open, day: NaiveDate) -> Result<()> {
    let old = open.row.received_at.date();
    if day == old {
        return Ok(());
    }
    let taken_at = taken_at(conn, open.row.id)?;
    open.row.received_at = received_at(day, taken_at.min(by.now))?;
    for period in open.handling.periods.iter_mut().take(1).filter(|period| period.from_on == old) {
        period.from_on = day;
    }
    Ok(())
}

/// Names the decision, or another one, or none: told at once, and where the remedies against another were told, told right. What was told
/// of one that falls away, and who knows it.
fn put_decision(change: &PetitionPatch, tx: &mut Tx, node: &Node, by: &By, open: &mut Open) -> Result<(Vec<What>, Vec<usize>)> {
    let Some(said) = &change.against_decision else { return Ok(Default::default()) };
    let mut matter = open.row.matter(&node.vault)?;
    if is_as_said(matter.against_decision.as_ref(), said.as_ref()) {
        return Ok(Default::default());
    }
    matter.against_decision = said.as_ref().map(|said| decision(tx, node, said, by.now)).transpose()?;
    open.row.put_matter(&node.vault, &matter)?;
    match (&matter.against_decision, open.handling.remedies) {
        (None, None) => {}
        (None, Some(_)) => {
            let remedies = open.handling.told_remedies();
            open.handling.remedies = None;
            let whom = told::take_back(tx, node, open, &remedies)?;
            return Ok((remedies, whom));
        }
        (Some(_), Some(_)) => tell_remedies_right(tx, node, open, by.now)?,
        (Some(_), None) => open.tell_remedies(tx, node, by.now)?,
    }
    Ok(Default::default())
}

fn is_as_said(kept: Option<&Decision>, said: Option<&DecisionInput>) -> bool {
    let kept = kept.map(|kept| (kept.case_number.as_str(), kept.received_on));
    kept == said.map(|said| (said.case_number.as_str(), said.received_on))
}

/// Counts its limits anew, those of earlier ends too.
fn recount(conn: &mut Conn, node: &Node, open: &mut Open) -> Result<()> {
    open.recount(conn, node)?;
    let plan = node.part::<Plans>().at(conn)?;
    open.handling.recount_closings(&plan.calendar)?;
    Ok(())
}

/// A limit gets later by the word of a supervisor who is not in charge of it.
pub fn require_anothers_word(by: &By, open: &Open) -> Result<()> {
    require_supervisor(by)?;
    if open.sight.is_handler(&open.row) {
        return Err(Code::FORBIDDEN.into());
    }
    Ok(())
}

impl PetitionPatch {
    /// Whether it puts right what was taken down.
    fn corrects(&self) -> bool {
        let words =
            self.subject.is_some() || self.body.is_some() || self.forwarded_by.is_some() || self.against_decision.is_some();
        let people = self.petitioner.is_some() || self.others.is_some() || self.contact.is_some();
        let register = self.kind.is_some() || self.language.is_some() || self.channel.is_some() || self.received_on.is_some();
        words || people || register
    }
}

impl Petition {
    /// Whether a correction has changed anything of it.
    fn differs(&self, other: &Self) -> bool {
        let words = self.matter != other.matter || self.petitioners != other.petitioners;
        let register = (self.kind, self.language, self.channel, self.received_at, self.status)
            != (other.kind, other.language, other.channel, other.received_at, other.status);
        words || register
    }
}
