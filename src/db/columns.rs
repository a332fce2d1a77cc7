//! Column types of our own: ids, moments, JSON in text and enums in text.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use chrono::NaiveDateTime;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{Text, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use uuid::Uuid;

use crate::clock::Moment;
use crate::error::{Error, Result};

/// The id of a resource: a UUID version 7, so that ids sort by time of creation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Id([u8; 36]);

/// Counts the ids of this process, from anywhere, so that ids of one millisecond keep their order.
static COUNT: LazyLock<AtomicU64> = LazyLock::new(|| AtomicU64::new(u64::from(Uuid::new_v4().as_fields().0)));

impl Id {
    /// Makes an id of a moment, that sorts after those which this process made before at the same moment.
    pub fn new(at: Moment) -> Self {
        let millis = u64::try_from(at.naive_utc().and_utc().timestamp_millis()).unwrap_or(0);
        let mut rest = [0; 10];
        // 12 + 22 bits of the count around the version and the variant, then 40 bits of chance.
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        rest[..2].copy_from_slice(&(((count >> 22) & 0xFFF) as u16).to_be_bytes());
        rest[2..5].copy_from_slice(&((count & 0x3F_FFFF) as u32).to_be_bytes()[1..]);
        rest[5..].copy_from_slice(&Uuid::new_v4().as_bytes()[11..]);
        Self::from(uuid::Builder::from_unix_timestamp_millis(millis, &rest).into_uuid())
    }

    /// Makes an id that tells its moment and nothing else: neither what was made before, nor by whom.
    pub fn by_chance(at: Moment) -> Self {
        let millis = u64::try_from(at.naive_utc().and_utc().timestamp_millis()).unwrap_or(0);
        let chance = Uuid::new_v4();
        let mut rest = [0; 10];
        rest[..5].copy_from_slice(&chance.as_bytes()[..5]);
        rest[5..].copy_from_slice(&chance.as_bytes()[11..]);
        Self::from(uuid::Builder::from_unix_timestamp_millis(millis, &rest).into_uuid())
    }

    /// The smallest id that can be made at a moment.
    pub fn first(at: Moment) -> Self {
        let millis = u64::try_from(at.naive_utc().and_utc().timestamp_millis()).unwrap_or(0);
        Self::from(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
    }

    /// The moment at which it was made, as the digits of its milliseconds.
    pub fn millis(&self) -> &str {
        &self.as_str()[..13]
    }

    /// The id that stands for a keyed hash: always the same, and it tells nothing.
    pub fn standing_for(hash: &str) -> Self {
        let digest = digest(&SHA256, hash.as_bytes());
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(digest.as_ref()).for_each(|(byte, of)| *byte = *of);
        Self::from(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("an id is made of ASCII digits and hyphens")
    }
}

impl From<Uuid> for Id {
    fn from(id: Uuid) -> Self {
        let mut text = [0; 36];
        id.as_hyphenated().encode_lower(&mut text);
        Self(text)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not an id in the one form that is handed out.
#[derive(Debug, thiserror::Error)]
#[error("invalid_id")]
pub struct NotAnId;

impl FromStr for Id {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let id = Self::from(Uuid::try_parse(text).map_err(|_| NotAnId)?);
        if id.as_str() == text { Ok(id) } else { Err(NotAnId) }
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Id {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .description(Some("Id of a resource: a UUID version 7 in lower case."))
            .examples([serde_json::json!("019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f")])
            .build()
            .into()
    }
}

impl utoipa::ToSchema for Id {
    fn name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }
}

/// JSON kept in a text column.
#[derive(Clone, Debug, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct JsonText(String);

impl JsonText {
    /// Writes a value as JSON.
    pub fn of<T: Serialize>(value: &T) -> Result<Self> {
        serde_json::to_string(value).map(Self).map_err(|e| Error::internal("a value cannot be written as JSON", e))
    }

    /// A text that was sealed as it stood in its column.
    pub fn from_store(text: String) -> Self {
        Self(text)
    }

    /// Reads the value back.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.0).map_err(|e| Error::internal("a stored JSON text cannot be read", e))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<DB: Backend> ToSql<Timestamp, DB> for Moment
where
    NaiveDateTime: ToSql<Timestamp, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.as_naive_utc().to_sql(out)
    }
}

impl<DB: Backend> FromSql<Timestamp, DB> for Moment
where
    NaiveDateTime: FromSql<Timestamp, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        NaiveDateTime::from_sql(bytes).map(Moment::from_naive_utc)
    }
}

/// Lets a type that borrows as text, and parses from it, stand in a text column.
#[macro_export]
macro_rules! text_column {
    ($($type:ty),+ $(,)?) => {$(
        impl<DB: diesel::backend::Backend> diesel::serialize::ToSql<diesel::sql_types::Text, DB> for $type
        where
            str: diesel::serialize::ToSql<diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, DB>) -> diesel::serialize::Result {
                self.as_str().to_sql(out)
            }
        }

        impl<DB: diesel::backend::Backend> diesel::deserialize::FromSql<diesel::sql_types::Text, DB> for $type
        where
            String: diesel::deserialize::FromSql<diesel::sql_types::Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                Ok(String::from_sql(bytes)?.parse()?)
            }
        }
    )+};
}

impl FromStr for JsonText {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

text_column!(Id, JsonText);

/// Defines an enum whose one spelling serves the contract and the database alike.
#[macro_export]
macro_rules! text_enum {
    ($(#[doc = $doc:expr])* $vis:vis enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
                 diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        $vis enum $name { $($(#[$variant_meta])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every value, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The spelling in the contract and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text { $($text => Ok(Self::$variant),)+ _ => Err(concat!("not a ", stringify!($name)).to_owned()) }
            }
        }

        // By hand: the derive does not see the spelling through the macro.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some(Self::ALL.iter().map(|value| value.as_str())))
                    .description(Some(concat!($($doc),*).trim()))
                    .build()
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        $crate::text_column!($name);
    };
}
