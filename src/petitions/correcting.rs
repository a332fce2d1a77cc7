//! What was taken down wrongly of a petition, put right before it is signed and after: with a reason where it stood in the register,
//! and told right where the petitioner was told what is different now.

use chrono::NaiveDate;

use super::acting::Open;
use super::concerns::{PetitionPatch, custodians_alone};
use super::intake::{decision, received_at};
use super::marks::quarantine;
use super::model::{PetitionChannel, PetitionKind, PetitionNoticeKind, PetitionStatus};
use super::petitioners::{Decision, DecisionInput, Petitioner, same_petitioner};
use super::replies::tell_all;
use super::settings::PetitionSettings;
use super::store::{Petition, put_people, taken_at};
use super::telling;
use crate::auth::By;
use crate::db::{Conn, Tx};
use crate::error::{Code, Error, Result, Text};
use crate::http::patch;
use crate::node::Node;
use crate::outgoing_letters;
use crate::people::contacts;
use crate::scheduling::Plans;
use crate::states::require_supervisor;

/// States in which it can still be said to be of another kind: nobody has drafted anything.
const OF_ANOTHER_KIND: [PetitionStatus; 5] = [
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
    require_allowed(change, open, is_told)?;
    let before = (open.row.clone(), open.handling.clone());
    patch::put(&mut open.row.language, change.language);
    if let Some(channel) = change.channel {
        put_channel(open, channel)?;
    }
    let is_reached_anew = put_people_and_contact(change, tx, node, open)?;
    put_words(change, node, open)?;
    if let Some(kind) = change.kind {
        put_kind(tx, node, by, open, kind)?;
    }
    if let Some(day) = change.received_on {
        put_receipt(tx, by, open, day)?;
    }
    let is_of_another_decision = put_decision(change, tx, node, by, open)?;
    let is_counted_anew = before.0.kind != open.row.kind || before.0.received_at != open.row.received_at;
    if is_counted_anew {
        recount(tx, node, open)?;
        if is_told && open.row.due_at > before.0.due_at {
            require_anothers_word(by, open)?;
        }
    }
    if is_told && is_reached_anew {
        tell_again(tx, node, by, open)?;
    }
    if is_told && (is_counted_anew || is_of_another_decision) {
        let words = telling::corrected(open.row.language, &open.row.number);
        telling::notify(tx, node, open, (PetitionNoticeKind::Corrected, &words), by.now)?;
    }
    Ok(is_reached_anew || before.0.differs(&open.row) || before.1 != open.handling)
}

/// What staff have taken down may be put right, with a reason once it is in the register; who petitions by whoever reads it.
fn require_allowed(change: &PetitionPatch, open: &Open, is_told: bool) -> Result<()> {
    let persons = [
        ("/petitioner", change.petitioner.is_some()),
        ("/others", change.others.is_some()),
        ("/contact", change.contact.is_some()),
    ];
    let words = [("/subject", change.subject.is_some()), ("/body", change.body.is_some())];
    let staffs = [
        ("/channel", change.channel.is_some()),
        ("/received_on", change.received_on.is_some()),
        ("/forwarded_by", change.forwarded_by.is_some()),
    ];
    if !open.sight.reads_original(&open.row)
        && let Some((at, _)) = persons.iter().chain(&words).find(|(_, is_given)| *is_given)
    {
        return Err(custodians_alone(at));
    }
    if open.row.channel == PetitionChannel::Mailbox
        && let Some((at, _)) = words.iter().chain(&staffs).find(|(_, is_given)| *is_given)
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
        let names: Vec<String> = people.iter().map(|one| one.name.clone()).collect();
        outgoing_letters::rename(tx, node, &open.row.path(), &names)?;
    }
    let after = change.contact.as_ref().or(before.as_ref());
    open.row.petitioner_index = same_petitioner(&node.vault, people.first(), after);
    let Some(contact) = change.contact.as_ref().filter(|contact| before.as_ref() != Some(*contact)) else { return Ok(false) };
    contact.check()?;
    contacts::put(tx, &node.vault, &open.row.path(), contact)?;
    // What a clerk was told is theirs, as where it is taken.
    open.handling.mail_proven |= before.and_then(|before| before.email) != contact.email;
    Ok(true)
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
        return Err(Error::wrong_state(&open.allowed(conn, by)?));
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

/// Names the decision, or another one, or none: told at once, and where the remedies against another were told, told right. Whether
/// what was told of one falls away.
fn put_decision(change: &PetitionPatch, tx: &mut Tx, node: &Node, by: &By, open: &mut Open) -> Result<bool> {
    let Some(said) = &change.against_decision else { return Ok(false) };
    let mut matter = open.row.matter(&node.vault)?;
    if is_as_said(matter.against_decision.as_ref(), said.as_ref()) {
        return Ok(false);
    }
    matter.against_decision = said.as_ref().map(|said| decision(tx, node, said, by.now)).transpose()?;
    open.row.put_matter(&node.vault, &matter)?;
    let was_told = open.handling.remedies.is_some();
    match &matter.against_decision {
        None => {
            open.handling.remedies = None;
            Ok(was_told)
        }
        Some(decision) if was_told => {
            let words = telling::remedies(open.row.language, &open.row.number, decision).correcting(open.row.language);
            telling::notify(tx, node, open, (PetitionNoticeKind::AppealMoved, &words), by.now)?;
            Ok(false)
        }
        Some(_) => {
            open.tell_remedies(tx, node, by.now)?;
            Ok(false)
        }
    }
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
fn require_anothers_word(by: &By, open: &Open) -> Result<()> {
    require_supervisor(by)?;
    if open.sight.is_handler(&open.row) {
        return Err(Code::FORBIDDEN.into());
    }
    Ok(())
}

/// Tells by the new way what was told by one that was wrong: the remedies, the supplement that is awaited, the latest reply.
fn tell_again(tx: &mut Tx, node: &Node, by: &By, open: &mut Open) -> Result<()> {
    let language = open.row.language;
    let decision = open.row.matter(&node.vault)?.against_decision.filter(|_| open.handling.remedies.is_some());
    if let Some(decision) = decision {
        let words = telling::remedies(language, &open.row.number, &decision);
        open.handling.remedies = Some((by.now, telling::tell(tx, node, open, &words, by.now)?));
    }
    let awaits = open.handling.awaits(open.row.status);
    if let Some(asked) = open.handling.awaited().filter(|_| awaits).cloned() {
        let words = telling::supplement(language, &open.row.number, &asked);
        let told_by = telling::tell(tx, node, open, &words, by.now)?;
        if let Some(asked) = open.handling.awaited() {
            asked.told_by = told_by;
        }
    }
    if let Some(reply) = open.handling.replies.last().cloned() {
        let words = telling::reply(language, &open.row.number, &reply);
        let told_by = tell_all(tx, node, open, &words, by.now)?;
        if let Some(reply) = open.handling.replies.last_mut() {
            reply.told_by = told_by;
        }
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
