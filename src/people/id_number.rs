//! Personal numbers: national id (國民身分證統一編號) and resident number (統一證號), by form and check digit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::characters::numbers::{RULE, weighted_sum};

/// A personal number that passes its check; shown masked everywhere but where it is asked for by name.
#[derive(Clone, PartialEq, Eq)]
pub struct IdNumber(String);

/// The sex that a number tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sex {
    Male,
    Female,
}

/// Why a text is no personal number; the text itself is never told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdNumberError {
    #[error("length")]
    Length,
    #[error("pattern")]
    Pattern,
    #[error("check_digit")]
    CheckDigit,
}

impl IdNumber {
    /// Makes the number of a letter and nine characters whose last is replaced by the check digit.
    pub fn make(stem: &str) -> Option<Self> {
        let text = format!("{}0", stem.get(..9)?);
        let check = (10 - weighted_sum(text.as_bytes())? % 10) % 10;
        format!("{}{check}", &text[..9]).parse().ok()
    }

    /// The whole number: for sealing and indexing, and for those whose role may see it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// By the second character: 1, 8, A, C are male, 2, 9, B, D female.
    pub fn sex(&self) -> Sex {
        if matches!(self.0.as_bytes()[1], b'1' | b'8' | b'A' | b'C') { Sex::Male } else { Sex::Female }
    }

    /// Whether it is a national's, and not a resident number (統一證號).
    pub fn is_national(&self) -> bool {
        matches!(self.0.as_bytes()[1], b'1' | b'2')
    }

    /// `A12*****89`.
    pub fn masked(&self) -> String {
        format!("{}*****{}", &self.0[..3], &self.0[8..])
    }
}

impl FromStr for IdNumber {
    type Err = IdNumberError;

    fn from_str(text: &str) -> Result<Self, IdNumberError> {
        if text.len() != 10 {
            return Err(IdNumberError::Length);
        }
        let bytes = text.as_bytes();
        if !matches!(bytes[1], b'1' | b'2' | b'8' | b'9' | b'A'..=b'D') {
            return Err(IdNumberError::Pattern);
        }
        let sum = weighted_sum(bytes).ok_or(IdNumberError::Pattern)?;
        if sum.is_multiple_of(10) { Ok(Self(text.to_owned())) } else { Err(IdNumberError::CheckDigit) }
    }
}

impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl<'de> Deserialize<'de> for IdNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for IdNumber {
    /// Masked: a number never leaves by serialising a struct that happens to hold it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.masked())
    }
}

impl utoipa::PartialSchema for IdNumber {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[A-Z][1289A-D]([0-9]{8}|[0-9]\\*{5}[0-9]{2})$"))
            .min_length(Some(10))
            .max_length(Some(10))
            .description(Some(format!("National id 國民身分證統一編號 or resident number 統一證號, with a valid check digit; masked in answers, as `A12*****89`, which is no number to send. The second sign tells the sex: 1, 8, A, C of a man, 2, 9, B, D of a woman. {RULE}")))
            .examples([serde_json::json!("A123456789")])
            .build()
            .into()
    }
}

impl utoipa::ToSchema for IdNumber {
    fn name() -> std::borrow::Cow<'static, str> {
        "IdNumber".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vectors(kind: &str, validity: &str) -> Vec<String> {
        let data: serde_json::Value = serde_json::from_str(include_str!("../../tests/data/id_numbers.json")).unwrap();
        let list = data[kind][validity].as_array().unwrap_or_else(|| panic!("{kind}.{validity}")).clone();
        list.iter().map(|v| v.as_str().or_else(|| v["value"].as_str()).unwrap().to_owned()).collect()
    }

    #[test]
    fn the_collected_vectors_are_judged_right() {
        for kind in ["national_id", "resident_id_new", "resident_id_old"] {
            for text in vectors(kind, "valid") {
                assert!(text.parse::<IdNumber>().is_ok(), "{text} is valid");
            }
            for text in vectors(kind, "invalid") {
                assert!(text.parse::<IdNumber>().is_err(), "{text} is invalid");
            }
        }
    }

    #[test]
    fn forms_that_look_right_are_refused() {
        for text in ["A123456789\n", "Ａ123456789", "A12345678９", " A123456789", "a123456789", "A1234567890", ""] {
            assert!(text.parse::<IdNumber>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn debug_and_serde_show_the_mask() {
        let number: IdNumber = "A123456789".parse().unwrap();
        assert_eq!(format!("{number:?}"), "A12*****89");
        assert_eq!(serde_json::to_string(&number).unwrap(), "\"A12*****89\"");
        let error = serde_json::from_str::<IdNumber>("\"A123456788\"").unwrap_err();
        assert!(!error.to_string().contains("A123456788"));
    }

    proptest! {
        #[test]
        fn a_single_wrong_digit_is_caught(letter in "[A-Z]", sex in "[12]", serial in "[0-9]{7}", place in 2usize..10, by in 1u8..10) {
            let number = IdNumber::make(&format!("{letter}{sex}{serial}")).unwrap();
            let mut wrong = number.expose().as_bytes().to_vec();
            wrong[place] = b'0' + (wrong[place] - b'0' + by) % 10;
            let weight = [1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1][place + 1];
            // The rule cannot see a change that its weight turns into a multiple of ten; it sees every other.
            let blind = (u32::from(by) * weight).is_multiple_of(10);
            prop_assert_eq!(String::from_utf8(wrong).unwrap().parse::<IdNumber>().is_ok(), blind);
        }
    }
}
