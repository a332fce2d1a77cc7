//! What the codes of a digest are called on paper.

use crate::error::Language;
use crate::office;
use crate::petitions::PetitionStatus;

/// A word in Chinese and in English.
pub type Word = (&'static str, &'static str);

/// One of the two.
pub fn word(language: Language, (zh, en): Word) -> String {
    match language {
        Language::Chinese => zh,
        Language::English => en,
    }
    .to_owned()
}

pub fn office(language: Language) -> String {
    let name = office::name();
    match language {
        Language::Chinese => name.zh,
        Language::English => name.en,
    }
}

/// A kind, a channel, a topic or an age.
pub fn code(code: &str, language: Language) -> String {
    let found = match code {
        "SUGGESTION" => ("行政興革建議", "Suggestion"),
        "INQUIRY" => ("行政法令查詢", "Inquiry"),
        "REPORT" => ("行政違失舉發", "Report of wrongdoing"),
        "RIGHTS" => ("行政權益維護", "Protection of rights"),
        "MAILBOX" => ("民意信箱", "Mailbox"),
        "COUNTER" => ("臨櫃", "Counter"),
        "PHONE" => ("電話", "Telephone"),
        "LETTER" => ("書信", "Letter"),
        "FAX" => ("傳真", "Fax"),
        "EMAIL" => ("電子郵件", "E-mail"),
        "DIRECTOR_MEETING" => ("主任與民有約", "Director's meeting"),
        "ON_SITE" => ("現場", "On the spot"),
        "REGISTRATION" => ("戶籍登記", "Registration"),
        "IDENTITY_CARD" => ("身分證、戶口名簿", "Identity card"),
        "CERTIFICATES" => ("謄本、證明", "Certificates"),
        "DOOR_PLATES" => ("門牌", "House numbers"),
        "NATIONALITY" => ("國籍", "Nationality"),
        "FEES" => ("規費、罰鍰", "Fees and fines"),
        "SERVICE" => ("服務態度、等候", "Service and waiting"),
        "FACILITIES" => ("場所、設施", "Facilities"),
        "ONLINE" => ("網站、線上申辦", "Online services"),
        "OTHER" => ("其他", "Other"),
        "NONE" => ("未分類", "Not said"),
        "UP_TO_7" => ("7 日以下", "up to 7 days"),
        "UP_TO_15" => ("8 至 15 日", "8 to 15 days"),
        "UP_TO_30" => ("16 至 30 日", "16 to 30 days"),
        "UP_TO_60" => ("31 至 60 日", "31 to 60 days"),
        "OVER_60" => ("逾 60 日", "over 60 days"),
        _ => return code.to_owned(),
    };
    self::word(language, found)
}

/// How a petition ended.
pub fn outcome(code: &str, language: Language) -> String {
    let found = match code.parse() {
        Ok(PetitionStatus::Replied | PetitionStatus::Closed) => ("答復結案", "Answered"),
        Ok(PetitionStatus::Merged) => ("併案答復結案", "Answered together with another"),
        Ok(PetitionStatus::Transferred) => ("移送主管機關", "Sent to the competent body"),
        Ok(PetitionStatus::Withdrawn) => ("撤回", "Withdrawn"),
        Ok(PetitionStatus::Filed) => ("不予處理（行政程序法 §173）", "Filed without a reply (行政程序法 §173)"),
        Ok(PetitionStatus::Appeal) => ("依訴願程序辦理", "Taken for an appeal"),
        _ => return code.to_owned(),
    };
    self::word(language, found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digests::model::PendingAge;
    use crate::petitions::{PetitionChannel, PetitionKind, PetitionTopic};

    #[test]
    fn every_code_has_a_name_in_both_languages() {
        let kinds = PetitionKind::ALL.iter().map(|kind| kind.as_str());
        let channels = PetitionChannel::ALL.iter().map(|channel| channel.as_str());
        let topics = PetitionTopic::ALL.iter().map(|topic| topic.as_str());
        let ages = PendingAge::ALL.iter().map(|age| age.as_str());
        for name in kinds.chain(channels).chain(topics).chain(ages) {
            for language in [Language::Chinese, Language::English] {
                assert_ne!(code(name, language), name);
            }
        }
        for end in PetitionStatus::ALL.iter().filter(|status| !PetitionStatus::OPEN.contains(status)) {
            for language in [Language::Chinese, Language::English] {
                assert_ne!(outcome(end.as_str(), language), end.as_str());
            }
        }
    }
}
