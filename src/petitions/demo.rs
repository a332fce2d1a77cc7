//! A handful of invented petitions in several states.

use chrono::{Datelike, Duration, Months};
use serde_json::{Value, json};

use super::counting;
use super::handling::Handling;
use super::model::{
    PetitionAct, PetitionChannel, PetitionKind, PetitionLanguage, PetitionStatus, PetitionTopic, ReplyKind, ToldBy,
};
use super::periods::RunningPeriod;
use super::petitioners::{Matter, Petitioner, same_petitioner};
use super::settings::PetitionSettings;
use super::steps::{Closing, Draft, SentReply};
use super::store::{self, Petition, free_number};
use crate::accounts::id_of;
use crate::calendar::{Hours, OfficeCalendar};
use crate::clock::Moment;
use crate::db::{Id, Tx};
use crate::error::{Error, Result};
use crate::people::{Contact, contacts};
use crate::secrets::vault::{Vault, random_secret};

/// A petition that nobody has sent.
struct Invented {
    /// Months before now, and the day.
    at: (u32, u32),
    kind: PetitionKind,
    status: PetitionStatus,
    channel: PetitionChannel,
    topic: Option<PetitionTopic>,
    name: Option<&'static str>,
    subject: &'static str,
    text: &'static str,
}

const fn today(
    kind: PetitionKind,
    status: PetitionStatus,
    name: Option<&'static str>,
    (subject, text): (&'static str, &'static str),
) -> Invented {
    Invented { at: (0, 0), kind, status, channel: PetitionChannel::Letter, topic: None, name, subject, text }
}

/// One of an earlier month, replied to and closed within its limit.
const fn closed(
    at: (u32, u32),
    kind: PetitionKind,
    (channel, topic): (PetitionChannel, PetitionTopic),
    name: &'static str,
    (subject, text): (&'static str, &'static str),
) -> Invented {
    let (topic, name) = (Some(topic), Some(name));
    Invented { at, kind, status: PetitionStatus::Closed, channel, topic, name, subject, text }
}

const PETITIONS: [Invented; 12] = [
    closed(
        (2, 3),
        PetitionKind::Inquiry,
        (PetitionChannel::Email, PetitionTopic::Registration),
        "張示範",
        ("出生登記期限", "請問出生登記應於幾日內辦理？"),
    ),
    closed(
        (2, 7),
        PetitionKind::Suggestion,
        (PetitionChannel::Letter, PetitionTopic::Facilities),
        "李示範",
        ("無障礙坡道", "建議側門增設無障礙坡道。"),
    ),
    closed(
        (2, 12),
        PetitionKind::Rights,
        (PetitionChannel::Fax, PetitionTopic::Fees),
        "張示範",
        ("規費收據", "規費收據金額似有誤，請查明。"),
    ),
    closed(
        (2, 18),
        PetitionKind::Inquiry,
        (PetitionChannel::Letter, PetitionTopic::IdentityCard),
        "吳示範",
        ("補領身分證", "請問補領國民身分證應備哪些文件？"),
    ),
    closed(
        (2, 24),
        PetitionKind::Suggestion,
        (PetitionChannel::Email, PetitionTopic::Online),
        "劉示範",
        ("線上預約", "建議線上預約開放週六上午時段。"),
    ),
    closed(
        (1, 5),
        PetitionKind::Inquiry,
        (PetitionChannel::Letter, PetitionTopic::DoorPlates),
        "蔡示範",
        ("門牌初編", "請問新建房屋門牌如何申請初編？"),
    ),
    closed(
        (1, 14),
        PetitionKind::Rights,
        (PetitionChannel::Fax, PetitionTopic::Service),
        "林示範",
        ("等候過久", "上午等候逾一小時，請改善。"),
    ),
    today(PetitionKind::Inquiry, PetitionStatus::Received, Some("王示範"), ("遷入登記應備文件", "請問遷入登記應備哪些文件？")),
    today(PetitionKind::Suggestion, PetitionStatus::Assigned, Some("林示範"), ("增設叫號看板", "建議於二樓增設叫號看板。")),
    today(PetitionKind::Rights, PetitionStatus::Replied, Some("陳示範"), ("規費溢收", "申請謄本時規費似有溢收，請查明。")),
    today(PetitionKind::Suggestion, PetitionStatus::Screening, None, ("停車場", "停車場太小。")),
    today(PetitionKind::Report, PetitionStatus::Quarantine, Some("黃示範"), ("檢舉", "某日上午服務臺無人值勤達半小時。")),
];

pub fn seed(tx: &mut Tx, vault: &Vault, now: Moment) -> Result<()> {
    for one in &PETITIONS {
        let (months, day) = one.at;
        let of_month = now.date().checked_sub_months(Months::new(months)).and_then(|date| date.with_day(day));
        let at = of_month.filter(|_| months > 0).map_or(now, |date| Moment::start_of(date) + Duration::hours(10));
        petition(tx, vault, at, one)?;
    }
    Ok(())
}

fn contact(place: usize) -> Result<Contact> {
    let said: Value = json!({"phone": format!("0475510{place:02}"), "address": "彰化縣和美鎮和東里1鄰彰美路五段1號"});
    serde_json::from_value(said).map_err(|e| Error::internal("a demo contact is malformed", e))
}

fn handled(one: &Invented, handler: Option<Id>, at: Moment, calendar: &OfficeCalendar) -> Result<Handling> {
    let mut handling = Handling::default();
    handling.periods.push(RunningPeriod::new(one.kind.period(&PetitionSettings::default()), at.date(), true));
    match one.status {
        PetitionStatus::Replied => reply(&mut handling, handler, at),
        PetitionStatus::Closed => {
            reply(&mut handling, handler, at + Duration::days(4));
            let due_at = handling.deadline(calendar)?.map(|deadline| deadline.due_at);
            let ended_at = at + Duration::days(5);
            handling.closings.push(Closing { status: one.status, at: ended_at, due_at, period: 1, undone_at: None });
        }
        _ => {}
    }
    Ok(handling)
}

fn petition(tx: &mut Tx, vault: &Vault, at: Moment, one: &Invented) -> Result<()> {
    let people: Vec<Petitioner> = one.name.iter().map(|name| Petitioner { name: (*name).to_owned(), number: None }).collect();
    // Whoever petitions again is reached as before.
    let first = PETITIONS.iter().position(|other| other.name == one.name).unwrap_or_default();
    let contact = if people.is_empty() { None } else { Some(contact(first)?) };
    let roc_year = at.roc_year();
    let is_waiting = matches!(one.status, PetitionStatus::Screening | PetitionStatus::Quarantine);
    let handler = id_of(tx, "clerk1")?;
    let handler =
        handler.filter(|_| matches!(one.status, PetitionStatus::Assigned | PetitionStatus::Replied | PetitionStatus::Closed));
    let calendar = OfficeCalendar::new(Hours::default(), Vec::new(), Vec::new());
    let handling = handled(one, handler, at, &calendar)?;
    let due_at = handling.deadline(&calendar)?.map(|deadline| deadline.due_at);
    let mut row = Petition {
        id: Id::new(at),
        number: free_number(tx, roc_year)?,
        roc_year,
        register_number: i32::try_from(tx.next_number(&format!("petitions/{roc_year}"))?).unwrap_or(i32::MAX),
        secret_hash: vault.secret_hash(&random_secret(16)),
        status: one.status,
        kind: one.kind,
        channel: one.channel,
        language: PetitionLanguage::Chinese,
        confidential: one.kind == PetitionKind::Report,
        whistleblower: false,
        names_staff: false,
        concerns_settled: false,
        petitioner_index: same_petitioner(vault, people.first(), contact.as_ref()),
        matter: String::new(),
        petitioners: String::new(),
        handling: String::new(),
        taken_by: "system".to_owned(),
        received_at: at,
        registered_at: (!is_waiting).then_some(at),
        confirm_hash: None,
        confirm_until: None,
        supplement_until: None,
        handler,
        due_at,
        first_reply_at: handling.replies.first().map(|reply| reply.sent_at),
        closed_at: handling.closings.last().map(|closing| closing.at),
        warned_at: None,
        overdue_at: None,
        limits_until: handling.limits_until(due_at),
        call_at: None,
        letter_at: None,
        version: 1,
        guarded: one.status == PetitionStatus::Quarantine,
        merged_into: None,
        unsearched: true,
        entered_twice: false,
        erased_at: None,
    };
    let (subject, body) = (one.subject.to_owned(), one.text.to_owned());
    row.put_matter(vault, &Matter { subject, body, ..Matter::default() })?;
    row.put_petitioners(vault, &people)?;
    row.put_handling(vault, &handling)?;
    store::insert(tx, &row)?;
    if let Some(topic) = one.topic {
        counting::put_topic(tx, row.id, topic)?;
    }
    if let Some(contact) = &contact {
        contacts::put(tx, vault, &row.path(), contact)?;
    }
    counting::keep(tx, &row, &handling)?;
    store::add_line(tx, &row, PetitionAct::Take.line().past, "system", ("", at))
}

/// A reply that was drafted, approved and sent.
fn reply(handling: &mut Handling, handler: Option<Id>, now: Moment) {
    let by = handler.map_or_else(|| "system".to_owned(), |handler| format!("accounts/{handler}"));
    let text = "經查規費計收無誤，明細如附。".to_owned();
    let (legal_ground, remedies) = (Some("戶政規費收費標準".to_owned()), Some("如有不服，得依法提起訴願。".to_owned()));
    let (attachments, kind) = (Vec::new(), ReplyKind::Final);
    let language = None;
    let draft = Draft { version: 1, kind, language, text, legal_ground, remedies, attachments, translation: None, by, at: now };
    let Draft { kind, text, legal_ground, remedies, attachments, .. } = draft.clone();
    let told_by = vec![ToldBy::Letter];
    handling.replies.push(SentReply {
        kind,
        language,
        text,
        legal_ground,
        remedies,
        attachments,
        written_by: Some(draft.by.clone()),
        written_at: Some(draft.at),
        sent_at: now,
        told_by,
        taken_back_at: None,
        ceased_at: None,
    });
    handling.drafts.push(draft);
}
