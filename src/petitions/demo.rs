//! A handful of invented petitions in several states.

use serde_json::{Value, json};

use super::handling::Handling;
use super::model::{PetitionAct, PetitionChannel, PetitionKind, PetitionLanguage, PetitionStatus, ReplyKind, ToldBy};
use super::periods::RunningPeriod;
use super::petitioners::{Matter, Petitioner, same_petitioner};
use super::settings::PetitionSettings;
use super::steps::{Draft, SentReply};
use super::store::{self, Petition, free_number};
use crate::accounts::id_of;
use crate::calendar::{Hours, OfficeCalendar};
use crate::clock::Moment;
use crate::db::{Id, Tx};
use crate::error::{Error, Result};
use crate::people::{Contact, contacts};
use crate::secrets::vault::{Vault, random_secret};

/// Kind, state, who petitions, subject and text.
const PETITIONS: [(PetitionKind, PetitionStatus, Option<&str>, &str, &str); 5] = [
    (PetitionKind::Inquiry, PetitionStatus::Received, Some("王示範"), "遷入登記應備文件", "請問遷入登記應備哪些文件？"),
    (PetitionKind::Suggestion, PetitionStatus::Assigned, Some("林示範"), "增設叫號看板", "建議於二樓增設叫號看板。"),
    (PetitionKind::Rights, PetitionStatus::Replied, Some("陳示範"), "規費溢收", "申請謄本時規費似有溢收，請查明。"),
    (PetitionKind::Suggestion, PetitionStatus::Screening, None, "停車場", "停車場太小。"),
    (PetitionKind::Report, PetitionStatus::Quarantine, Some("黃示範"), "檢舉", "某日上午服務臺無人值勤達半小時。"),
];

pub fn seed(tx: &mut Tx, vault: &Vault, now: Moment) -> Result<()> {
    for (place, one) in PETITIONS.iter().enumerate() {
        petition(tx, vault, now, place, one)?;
    }
    Ok(())
}

fn contact(place: usize) -> Result<Contact> {
    let said: Value = json!({"phone": format!("04755100{place}"), "address": "彰化縣和美鎮和東里1鄰彰美路五段1號"});
    serde_json::from_value(said).map_err(|e| Error::internal("a demo contact is malformed", e))
}

type Told = (PetitionKind, PetitionStatus, Option<&'static str>, &'static str, &'static str);

fn petition(tx: &mut Tx, vault: &Vault, now: Moment, place: usize, (kind, status, name, subject, body): &Told) -> Result<()> {
    let people: Vec<Petitioner> = name.iter().map(|name| Petitioner { name: (*name).to_owned(), number: None }).collect();
    let contact = if people.is_empty() { None } else { Some(contact(place)?) };
    let roc_year = now.roc_year();
    let is_received = !matches!(status, PetitionStatus::Screening | PetitionStatus::Quarantine);
    let clerk = id_of(tx, "clerk1")?;
    let handler = clerk.filter(|_| matches!(status, PetitionStatus::Assigned | PetitionStatus::Replied));
    let mut handling = Handling::default();
    handling.periods.push(RunningPeriod::new(kind.period(&PetitionSettings::default()), now.date(), true));
    if *status == PetitionStatus::Replied {
        reply(&mut handling, handler, now);
    }
    let calendar = OfficeCalendar::new(Hours::default(), Vec::new(), Vec::new());
    let due_at = handling.deadline(&calendar)?.map(|deadline| deadline.due_at);
    let mut row = Petition {
        id: Id::new(now),
        number: free_number(tx, roc_year)?,
        roc_year,
        register_number: i32::try_from(tx.next_number(&format!("petitions/{roc_year}"))?).unwrap_or(i32::MAX),
        secret_hash: vault.secret_hash(&random_secret(16)),
        status: *status,
        kind: *kind,
        channel: PetitionChannel::Letter,
        language: PetitionLanguage::Chinese,
        confidential: *kind == PetitionKind::Report,
        whistleblower: false,
        names_staff: false,
        concerns_settled: false,
        petitioner_index: same_petitioner(vault, people.first(), contact.as_ref()),
        matter: String::new(),
        petitioners: String::new(),
        handling: String::new(),
        taken_by: "system".to_owned(),
        received_at: now,
        registered_at: is_received.then_some(now),
        confirm_hash: None,
        confirm_until: None,
        supplement_until: None,
        handler,
        due_at,
        first_reply_at: handling.replies.first().map(|reply| reply.sent_at),
        closed_at: None,
        warned_at: None,
        overdue_at: None,
        limits_until: due_at,
        call_at: None,
        version: 1,
        guarded: *status == PetitionStatus::Quarantine,
        merged_into: None,
        unsearched: true,
    };
    let (subject, body) = ((*subject).to_owned(), (*body).to_owned());
    row.put_matter(vault, &Matter { subject, body, ..Matter::default() })?;
    row.put_petitioners(vault, &people)?;
    row.put_handling(vault, &handling)?;
    store::insert(tx, &row)?;
    if let Some(contact) = &contact {
        contacts::put(tx, vault, &row.path(), contact)?;
    }
    store::add_line(tx, &row, PetitionAct::Take.line().past, "system", ("", now))
}

/// A reply that was drafted, approved and sent.
fn reply(handling: &mut Handling, handler: Option<Id>, now: Moment) {
    let by = handler.map_or_else(|| "system".to_owned(), |handler| format!("accounts/{handler}"));
    let text = "經查規費計收無誤，明細如附。".to_owned();
    let (legal_ground, remedies) = (Some("戶政規費收費標準".to_owned()), Some("如有不服，得依法提起訴願。".to_owned()));
    let (attachments, kind) = (Vec::new(), ReplyKind::Final);
    let draft = Draft { version: 1, kind, text, legal_ground, remedies, attachments, translation: None, by, at: now };
    let Draft { kind, text, legal_ground, remedies, attachments, .. } = draft.clone();
    let told_by = vec![ToldBy::Letter];
    handling.replies.push(SentReply { kind, text, legal_ground, remedies, attachments, sent_at: now, told_by });
    handling.drafts.push(draft);
}
