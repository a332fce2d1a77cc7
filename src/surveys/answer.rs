//! One answer to a survey, and whether it answers what is asked.

use std::collections::BTreeSet;

use serde::Deserialize;
use utoipa::ToSchema;

use super::form::{SurveyInput, SurveyItem, SurveyItemKind, all_of};
use crate::error::{FieldError, Result, Text};
use crate::http::coded;
use crate::people::Note;

/// The answer to one item: the one member that fits its kind.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemAnswer {
    /// Code of the item.
    #[schema(min_length = 1, max_length = 30, pattern = "^[A-Z][A-Z0-9_]*$", example = "OVERALL")]
    pub item: String,
    /// Of RATING: 1 (very dissatisfied) to 5 (very satisfied).
    #[schema(minimum = 1, maximum = 5)]
    pub rating: Option<u32>,
    /// Of SINGLE_CHOICE one option, of MULTIPLE_CHOICE one or more, by their codes.
    #[schema(min_items = 1, max_items = 20)]
    pub choices: Option<Vec<String>>,
    /// Of NUMBER: within the item's bounds.
    #[schema(minimum = -1000000, maximum = 1000000)]
    pub number: Option<i32>,
    /// Of TEXT. Whoever does not want to be known by their words leaves out names and places.
    pub text: Option<Note>,
}

/// An answer to a survey.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "token": "s7Wd0cI5mVn3r9kQ0Yw8cI5mVn3r9kQp2sT7uA", "answers": [{"item": "OVERALL", "rating": 5}]
}))]
pub struct SurveyResponse {
    /// From a slip, a message after a service, or POST …/open-tokens. It stands in the body alone, never in an address.
    #[schema(min_length = 1, max_length = 60)]
    pub token: String,
    /// Each item once; those that are not required may be left out.
    #[schema(max_items = 30)]
    pub answers: Vec<ItemAnswer>,
}

/// What one item was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// The cells that it counts in: a rating, options, a number.
    Cells(Vec<String>),
    Words(String),
}

impl ItemAnswer {
    /// What it says, where it fits its item.
    fn given(&self, item: &SurveyItem, at: &str) -> Result<Given, FieldError> {
        let members = [("rating", self.rating.is_some()), ("choices", self.choices.is_some()), ("number", self.number.is_some())];
        let wanted = match item.kind {
            SurveyItemKind::Rating => "rating",
            SurveyItemKind::SingleChoice | SurveyItemKind::MultipleChoice => "choices",
            SurveyItemKind::Number => "number",
            SurveyItemKind::Text => "text",
        };
        for (name, is_given) in members.into_iter().chain([("text", self.text.is_some())]) {
            if is_given != (name == wanted) {
                let (code, text) = coded(if is_given { "not_allowed" } else { "required" });
                return Err(FieldError::new(format!("{at}/{name}"), code, text));
            }
        }
        if let Some(text) = &self.text {
            return Ok(Given::Words(text.as_str().to_owned()));
        }
        if let Some(choices) = &self.choices {
            return Self::chosen(item, choices, at);
        }
        if let Some(number) = self.number {
            let (low, high) = item.bounds();
            if !(low..=high).contains(&number) {
                let text = Text::new(format!("須為 {low} 至 {high}"), format!("from {low} to {high}"));
                return Err(FieldError::new(format!("{at}/number"), "range", text));
            }
            return Ok(Given::Cells(vec![number.to_string()]));
        }
        Ok(Given::Cells(self.rating.iter().map(ToString::to_string).collect()))
    }

    fn chosen(item: &SurveyItem, choices: &[String], at: &str) -> Result<Given, FieldError> {
        let mut seen = BTreeSet::new();
        for (place, choice) in choices.iter().enumerate() {
            let fault = if !item.choices().any(|known| known == choice) {
                coded("unknown")
            } else if !seen.insert(choice) {
                ("duplicate".to_owned(), Text::new("選項重複", "the option is there already"))
            } else {
                continue;
            };
            return Err(FieldError::new(format!("{at}/choices/{place}"), fault.0, fault.1));
        }
        if item.kind == SurveyItemKind::SingleChoice && choices.len() > 1 {
            let text = Text::new("此題為單選", "one option is asked for");
            return Err(FieldError::new(format!("{at}/choices"), "range", text));
        }
        Ok(Given::Cells(choices.to_vec()))
    }
}

impl SurveyResponse {
    /// What each item was answered; a refusal names all that is wrong.
    pub fn judged(&self, form: &SurveyInput) -> Result<Vec<(String, Given)>> {
        let (mut found, mut given, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (place, answer) in self.answers.iter().enumerate() {
            let at = format!("/answers/{place}");
            let Some(item) = form.item(&answer.item) else {
                let (code, text) = coded("unknown");
                found.push(FieldError::new(format!("{at}/item"), code, text));
                continue;
            };
            if !seen.insert(answer.item.as_str()) {
                let text = Text::new("此題已作答", "the item is answered already");
                found.push(FieldError::new(format!("{at}/item"), "duplicate", text));
                continue;
            }
            match answer.given(item, &at) {
                Ok(said) => given.push((answer.item.clone(), said)),
                Err(fault) => found.push(fault),
            }
        }
        let left_out: Vec<&str> = form.items.iter().filter(|item| item.required).map(|item| item.code.as_str()).collect();
        let left_out: Vec<&str> = left_out.into_iter().filter(|code| !seen.contains(code)).collect();
        if !left_out.is_empty() {
            let list = left_out.join(", ");
            let text = Text::new(format!("必答題未作答：{list}"), format!("required items are not answered: {list}"));
            found.push(FieldError::new("/answers", "required", text));
        }
        if found.is_empty() { Ok(given) } else { Err(all_of(found)) }
    }
}
