//! What a survey asks: its items, their wording in Chinese and English, its days, and who may answer.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::SurveyedService;
use crate::error::{Code, Error, FieldError, Problem, Result, Text};
use crate::text_enum;

/// Days that a survey is open at most.
const LONGEST: u64 = 366;
/// Items of words that a survey has at most.
const MOST_WORDS: usize = 5;

text_enum! {
    /// What an item asks for.
    pub enum SurveyItemKind {
        /// 1 (very dissatisfied) to 5 (very satisfied)
        Rating = "RATING",
        /// One of its options
        SingleChoice = "SINGLE_CHOICE",
        /// Any of its options
        MultipleChoice = "MULTIPLE_CHOICE",
        /// A few sentences
        Text = "TEXT",
        /// A whole number within its bounds
        Number = "NUMBER",
    }
}

/// A wording in Chinese and English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"zh": "整體而言，您對本所服務是否滿意？", "en": "All in all, are you satisfied with our service?"}))]
pub struct SurveyWording {
    #[schema(min_length = 1, max_length = 300)]
    pub zh: String,
    #[schema(min_length = 1, max_length = 300)]
    pub en: String,
}

/// One option of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SurveyOption {
    /// Names it in answers and results; each once an item.
    #[schema(min_length = 1, max_length = 30, pattern = "^[A-Z][A-Z0-9_]*$", example = "COUNTER")]
    pub code: String,
    pub wording: SurveyWording,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "OVERALL", "kind": "RATING", "required": true,
    "wording": {"zh": "整體而言，您對本所服務是否滿意？", "en": "All in all, are you satisfied with our service?"}
}))]
pub struct SurveyItem {
    /// Names it in answers and results; each once a survey.
    #[schema(min_length = 1, max_length = 30, pattern = "^[A-Z][A-Z0-9_]*$", example = "OVERALL")]
    pub code: String,
    pub kind: SurveyItemKind,
    pub wording: SurveyWording,
    /// Whether an answer without it is refused.
    pub required: bool,
    /// Of a choice, and of nothing else: 2 to 20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 2, max_items = 20)]
    pub options: Option<Vec<SurveyOption>>,
    /// Of a number, and of nothing else: the smallest one that is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -1000000, maximum = 1000000)]
    pub minimum: Option<i32>,
    /// Of a number, and of nothing else: the largest one that is taken, more than `minimum`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -1000000, maximum = 1000000)]
    pub maximum: Option<i32>,
}

impl SurveyItem {
    /// The codes of its options.
    pub fn choices(&self) -> impl Iterator<Item = &str> {
        self.options.iter().flatten().map(|option| option.code.as_str())
    }

    /// The bounds of a number.
    pub fn bounds(&self) -> (i32, i32) {
        (self.minimum.unwrap_or_default(), self.maximum.unwrap_or_default())
    }

    fn check(&self, at: &str, found: &mut Vec<FieldError>) {
        let chooses = matches!(self.kind, SurveyItemKind::SingleChoice | SurveyItemKind::MultipleChoice);
        let counts = self.kind == SurveyItemKind::Number;
        let given = [("options", chooses, self.options.is_some()), ("minimum", counts, self.minimum.is_some())];
        for (name, wanted, is_given) in given.into_iter().chain([("maximum", counts, self.maximum.is_some())]) {
            let (code, text) = match (wanted, is_given) {
                (true, false) => ("required", Text::new("此種題目須填", "an item of this kind has it")),
                (false, true) => ("not_allowed", Text::new("此種題目不填", "an item of this kind has none")),
                _ => continue,
            };
            found.push(FieldError::new(format!("{at}/{name}"), code, text));
        }
        if counts && self.minimum.zip(self.maximum).is_some_and(|(low, high)| low >= high) {
            let text = Text::new("須大於 minimum", "more than `minimum`");
            found.push(FieldError::new(format!("{at}/maximum"), "range", text));
        }
        let mut seen = BTreeSet::new();
        for (place, code) in self.choices().enumerate() {
            if !seen.insert(code) {
                found.push(twice(format!("{at}/options/{place}/code")));
            }
        }
    }
}

fn twice(at: String) -> FieldError {
    FieldError::new(at, "duplicate", Text::new("代碼重複", "the code is there already"))
}

/// A survey to write, or as it is to be.
///
/// Every survey is anonymous, and says so: there is nothing to choose, and from its opening on nothing to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": {"zh": "115 年度洽公服務滿意度調查", "en": "Satisfaction with our service, 2026"},
    "open_to_all": false, "services": ["BOOKING_DONE", "CASE_REGISTERED"], "sent_after": ["BOOKING_DONE"], "opens_on": "2035-03-01", "closes_on": "2035-03-30",
    "items": [
        {"code": "OVERALL", "kind": "RATING", "required": true, "wording": {"zh": "整體而言，您對本所服務是否滿意？", "en": "All in all, are you satisfied with our service?"}},
        {"code": "WORDS", "kind": "TEXT", "required": false, "wording": {"zh": "其他意見", "en": "Anything else?"}}
    ]
}))]
pub struct SurveyInput {
    pub title: SurveyWording,
    /// What people read before they begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introduction: Option<SurveyWording>,
    /// Whether anybody can draw a token (POST …/open-tokens), beside those that the office gives out.
    #[serde(default)]
    #[schema(default = false)]
    pub open_to_all: bool,
    /// After which services a token can be issued for the record; none for printed slips and drawn tokens alone.
    #[serde(default)]
    #[schema(max_items = 3)]
    pub services: Vec<SurveyedService>,
    /// After which services whoever had one is invited by e-mail, while the survey is open: of those of each day, in one batch on the
    /// next (settings `survey_invitation_hour`, `survey_invited_percent`, `survey_rest_days`); none for a survey that invites nobody.
    #[serde(default)]
    #[schema(max_items = 3)]
    pub sent_after: Vec<SurveyedService>,
    /// First day on which answers are taken, Asia/Taipei.
    pub opens_on: NaiveDate,
    /// Last day on which answers are taken, Asia/Taipei, at most 366 days after the first. Where the office is closed on it, they
    /// are taken until the end of its next working day (`ends_on`).
    pub closes_on: NaiveDate,
    #[schema(min_items = 1, max_items = 30)]
    pub items: Vec<SurveyItem>,
}

impl SurveyInput {
    /// Whether its parts fit each other, and whether it can still be opened.
    pub fn check(&self, today: NaiveDate) -> Result<()> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        for (place, item) in self.items.iter().enumerate() {
            item.check(&format!("/items/{place}"), &mut found);
            if !seen.insert(item.code.as_str()) {
                found.push(twice(format!("/items/{place}/code")));
            }
        }
        if self.items.iter().filter(|item| item.kind == SurveyItemKind::Text).count() > MOST_WORDS {
            let text = Text::new("文字題至多 5 題", "at most 5 items of words");
            found.push(FieldError::new("/items", "range", text));
        }
        for (name, listed) in [("services", &self.services), ("sent_after", &self.sent_after)] {
            let mut services = BTreeSet::new();
            for (place, service) in listed.iter().enumerate() {
                if !services.insert(*service) {
                    found.push(twice(format!("/{name}/{place}")));
                }
            }
        }
        found.extend(days_fault(self.opens_on, self.closes_on, today));
        if found.is_empty() { Ok(()) } else { Err(all_of(found)) }
    }

    /// An item by its code.
    pub fn item(&self, code: &str) -> Option<&SurveyItem> {
        self.items.iter().find(|item| item.code == code)
    }
}

/// What is wrong with the days of a survey that is to be open.
pub fn days_fault(opens_on: NaiveDate, closes_on: NaiveDate, today: NaiveDate) -> Option<FieldError> {
    let text = if closes_on < opens_on {
        Text::new("不得早於 opens_on", "not before `opens_on`")
    } else if closes_on < today {
        Text::new("不得早於今日", "not before today")
    } else if opens_on.checked_add_days(Days::new(LONGEST)).is_none_or(|last| closes_on > last) {
        Text::new("至多 opens_on 後 366 日", "at most 366 days after `opens_on`")
    } else {
        return None;
    };
    Some(FieldError::new("/closes_on", "range", text))
}

/// A refusal that names all that is wrong.
pub fn all_of(errors: Vec<FieldError>) -> Error {
    Problem { errors, ..Problem::new(Code::INVALID) }.into()
}
