//! How to reach somebody: telephone numbers kept in E.164, and e-mail addresses.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use validator::ValidateEmail;

use super::masking::{mask_email, mask_middle};
use super::phone;

/// A telephone number, kept in E.164, with its extension behind `;ext=`.
#[derive(Clone, PartialEq, Eq)]
pub struct Phone(String);

/// An e-mail address.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Phone {
    /// The number as dialled from Taiwan, middle and extension hidden: `0912***678`, `0475**234 #**`, `+8190*****678`.
    pub fn masked(&self) -> String {
        let (number, extension) = self.0.split_once(";ext=").unwrap_or((&self.0, ""));
        let masked = match number.strip_prefix("+886") {
            Some(national) => mask_middle(&format!("0{national}"), 4, 3),
            None => mask_middle(number, 5, 3),
        };
        if extension.is_empty() { masked } else { format!("{masked} #{}", "*".repeat(extension.len())) }
    }

    /// The whole number in E.164, with `;ext=` (RFC 3966) where it has an extension.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Phone {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        phone::read(text).map(Self).ok_or("phone")
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
        .pattern(Some(phone::PATTERN.as_str()))
        .min_length(Some(8))
        .max_length(Some(60))
        .description(Some(
            "Telephone number: of Taiwan as it is dialled there (0912-345-678, (04) 755-1234) or with 886; of another country \
             behind + or what is dialled from Taiwan (00, 002, 009 …), as long as that country's numbers are. Blanks, hyphens, \
             full stops and brackets may stand between the digits, which may be full-width. An extension of 1 to 6 digits \
             follows #, ext., x, 分機, 轉 or ;ext=. Kept in E.164.",
        ))
        .examples([serde_json::json!("0912345678"), serde_json::json!("04-7551234 #12"), serde_json::json!("+81 90-1234-5678")])
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
    fn what_is_shown_is_masked() {
        assert_eq!(format!("{:?}", "0912345678".parse::<Phone>().unwrap()), "0912***678");
        for (text, masked) in
            [("04-7551234#12", "0475**234 #**"), ("+81 90-1234-5678", "+8190*****678"), ("+886 4 755 1234", "0475**234")]
        {
            assert_eq!(text.parse::<Phone>().unwrap().masked(), masked);
        }
        assert_eq!(format!("{:?}", "someone@example.org".parse::<Email>().unwrap()), "s***@example.org");
    }
}
