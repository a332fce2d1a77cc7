//! What a knowledge answer says: question and answer in two languages, the law behind it, its days; and how it is searched.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::InquiryTopic;
use crate::db::Id;
use crate::error::{Error, Result, Text};
use crate::http::is_plausible;
use crate::people::{Words, names};

/// A question and its answer in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"question": "遷入登記要帶什麼？", "answer": "國民身分證、印章（或簽名）、戶口名簿及居住證明。"}))]
pub struct KnowledgeText {
    #[schema(min_length = 1, max_length = 300)]
    pub question: String,
    #[schema(min_length = 1, max_length = 5000)]
    pub answer: String,
}

/// A law, and the article that an answer rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"law": "戶籍法", "article": "§17"}))]
pub struct LegalGround {
    pub law: Words,
    pub article: Option<Words>,
}

/// A knowledge answer to write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "topic": "REGISTRATION",
    "zh": {"question": "遷入登記要帶什麼？", "answer": "國民身分證、印章（或簽名）、戶口名簿及居住證明。"},
    "en": {"question": "What do I bring to register a move?", "answer": "Your National ID Card, a seal or your signature, the household certificate and a proof of residence."},
    "legal_grounds": [{"law": "戶籍法", "article": "§17"}], "valid_from": "2035-01-01"
}))]
pub struct KnowledgeInput {
    pub topic: InquiryTopic,
    pub zh: KnowledgeText,
    pub en: KnowledgeText,
    #[serde(default)]
    #[schema(max_items = 10)]
    pub legal_grounds: Vec<LegalGround>,
    /// First day on which it is true; that of its publication where none is said.
    pub valid_from: Option<NaiveDate>,
    /// Last day, included; none where it is true until further notice.
    pub valid_to: Option<NaiveDate>,
    /// The account in charge, who is told when it is to be looked at again; whoever writes it first where none is said.
    pub owner_id: Option<Id>,
}

impl KnowledgeInput {
    /// Refuses days out of order.
    pub fn check(&self) -> Result<()> {
        let range = |at: &str, zh: &'static str, en: &'static str| Err(Error::field(at, "range", Text::new(zh, en)));
        if self.valid_from.is_some_and(|day| !is_plausible(day)) {
            return range("/valid_from", "日期年份超出範圍", "the year of the day is out of range");
        }
        match self.valid_to {
            Some(to) if !is_plausible(to) => range("/valid_to", "日期年份超出範圍", "the year of the day is out of range"),
            Some(to) if self.valid_from.is_some_and(|from| to < from) => {
                range("/valid_to", "不得早於 valid_from", "not before `valid_from`")
            }
            _ => Ok(()),
        }
    }

    /// What is searched of it.
    pub fn search(&self) -> String {
        let texts = [&self.zh.question, &self.zh.answer, &self.en.question, &self.en.answer];
        let laws = self.legal_grounds.iter().map(|ground| ground.law.as_str());
        // A sign that no searched text holds keeps two texts from being read as one.
        texts.into_iter().map(String::as_str).chain(laws).map(searchable).collect::<Vec<_>>().join("|")
    }
}

/// A text by its letters and digits alone, however it was typed: wide or narrow, large or small, with blanks or without.
pub fn searchable(text: &str) -> String {
    names::folded(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_however_it_was_typed() {
        for (text, typed) in [
            ("請攜帶 國民身分證", "身分"),
            ("ＩＤ Card", "id card"),
            ("第 17 條", "１７"),
            ("household certificate", "HOLD CERT"),
        ] {
            assert!(searchable(text).contains(&searchable(typed)), "{text} {typed}");
        }
        assert_eq!(searchable("%_'|"), "");
    }
}
