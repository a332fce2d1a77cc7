//! How to reach somebody: telephone numbers kept in E.164, and e-mail addresses.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use validator::ValidateEmail;

use super::masking::{mask_email, mask_middle};

/// A Taiwanese telephone number, kept as `+886…`.
#[derive(Clone, PartialEq, Eq)]
pub struct Phone(String);

/// An e-mail address.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Phone {
    /// The number as dialled within Taiwan, middle hidden: `0912***678`.
    pub fn masked(&self) -> String {
        mask_middle(&format!("0{}", &self.0[4..]), 4, 3)
    }

    /// The whole number in E.164.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Phone {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let national = match text.strip_prefix("+886") {
            Some(rest) => rest,
            None => text.strip_prefix('0').ok_or("phone")?,
        };
        let digits = national.bytes().all(|b| b.is_ascii_digit());
        let mobile = national.starts_with('9') && national.len() == 9;
        let landline = matches!(national.as_bytes().first(), Some(b'2'..=b'8')) && (8..=9).contains(&national.len());
        if digits && (mobile || landline) { Ok(Self(format!("+886{national}"))) } else { Err("phone") }
    }
}

impl Email {
    /// `a***@example.org`.
    pub fn masked(&self) -> String {
        mask_email(&self.0)
    }

    /// The whole address.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = text.len() <= 254 && text.is_ascii() && text.validate_email();
        if fits { Ok(Self(text.to_owned())) } else { Err("email") }
    }
}

macro_rules! wire {
    ($type:ident, $name:literal, $schema:expr) => {
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.masked())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        /// Whole: contacts are serialised only to be sealed; views hold the mask as text.
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl utoipa::PartialSchema for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $schema.build().into()
            }
        }

        impl utoipa::ToSchema for $type {
            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
        }
    };
}

wire!(
    Phone,
    "Phone",
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(r"^(0|\+886)(9[0-9]{8}|[2-8][0-9]{7,8})$"))
        .max_length(Some(14))
        .description(Some("Taiwanese mobile or landline, as dialled or with +886, digits only."))
        .examples([serde_json::json!("0912345678")])
);

wire!(
    Email,
    "Email",
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)))
        .max_length(Some(254))
        .description(Some("E-mail address in ASCII."))
        .examples([serde_json::json!("someone@example.org")])
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taiwanese_numbers_become_e164() {
        for (text, kept) in [("0912345678", "+886912345678"), ("047551234", "+88647551234"), ("+886912345678", "+886912345678")] {
            assert_eq!(text.parse::<Phone>().unwrap().expose(), kept);
        }
        for text in ["0812345678x", "091234567", "09123456789", "7551234", "04755123", "047551234567", "０９１２３４５６７８", ""]
        {
            assert!(text.parse::<Phone>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_shown_is_masked() {
        assert_eq!(format!("{:?}", "0912345678".parse::<Phone>().unwrap()), "0912***678");
        assert_eq!(format!("{:?}", "someone@example.org".parse::<Email>().unwrap()), "s***@example.org");
    }
}
