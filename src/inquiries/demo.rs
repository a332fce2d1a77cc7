//! A handful of invented inquiries.

use chrono::Duration;

use super::knowledge::InquiryTopic;
use super::model::{Asked, GivenAnswer, Handling, InquiryChannel, InquiryStatus, InquiryToldBy};
use super::settings::InquirySettings;
use super::store::{self, Inquiry, free_number};
use crate::accounts::id_of;
use crate::calendar::{Hours, OfficeCalendar};
use crate::clock::Moment;
use crate::db::{Id, Tx};
use crate::error::Result;
use crate::office::SERVICE_POINTS;
use crate::petitions::PetitionLanguage;
use crate::secrets::vault::{Vault, random_secret};

/// Channel, topic, question, and the answer where there is one.
const INQUIRIES: [(InquiryChannel, InquiryTopic, &str, Option<&str>); 3] = [
    (InquiryChannel::Counter, InquiryTopic::Registration, "遷入登記要帶什麼？", Some("國民身分證、印章、戶口名簿及居住證明。")),
    (InquiryChannel::Phone, InquiryTopic::Service, "星期六有開嗎？", Some("星期六上午 8 時至 12 時延長服務。")),
    (InquiryChannel::Online, InquiryTopic::Seal, "印鑑證明可以委託家人申請嗎？", None),
];

pub fn seed(tx: &mut Tx, vault: &Vault, now: Moment) -> Result<()> {
    let calendar = OfficeCalendar::new(Hours::default(), Vec::new(), Vec::new());
    let clerk = id_of(tx, "clerk1")?.map_or_else(|| "system".to_owned(), |clerk| format!("accounts/{clerk}"));
    for (channel, topic, question, answer) in INQUIRIES {
        let rule = channel.limit(&InquirySettings::default());
        let asked_at = now - Duration::minutes(30);
        let answers = answer.map(|text| GivenAnswer {
            text: text.to_owned(),
            cites: Vec::new(),
            laws: Vec::new(),
            by: clerk.clone(),
            at: asked_at + Duration::minutes(3),
            entered_at: now,
            told_by: InquiryToldBy::Spoken,
            told_at: None,
            mail_id: None,
            corrects_because: None,
        });
        let handling = Handling { answers: answers.into_iter().collect(), ..Handling::default() };
        let mut row = Inquiry {
            id: Id::new(now),
            number: free_number(tx, now.roc_year())?,
            secret_hash: vault.secret_hash(&random_secret(16)),
            status: if answer.is_some() { InquiryStatus::Answered } else { InquiryStatus::Open },
            channel,
            topic,
            language: PetitionLanguage::Chinese,
            service_point: SERVICE_POINTS[0].to_owned(),
            said: String::new(),
            handling: String::new(),
            person_id: None,
            asked_by: "system".to_owned(),
            mail_proven: false,
            asked_at,
            due_at: rule.due_at(&calendar, SERVICE_POINTS[0], asked_at),
            rule: rule.to_string(),
            answered_at: handling.standing().map(|answer| answer.at),
            recheck_at: None,
            call_at: None,
            petition_id: None,
            overdue_at: None,
            version: 1,
        };
        row.put_asked(vault, &Asked { question: question.to_owned(), asker: None })?;
        row.put_handling(vault, &handling)?;
        store::insert(tx, &row)?;
    }
    Ok(())
}
