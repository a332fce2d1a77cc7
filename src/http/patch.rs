//! Members of a PATCH: one that is absent stays as it is, `null` clears one that may be empty.

use serde::{Deserialize, Deserializer};

/// Reads a member that cannot be empty: `null` is refused like any other value of a wrong type.
pub fn set<'de, T: Deserialize<'de>, D: Deserializer<'de>>(reader: D) -> Result<Option<T>, D::Error> {
    T::deserialize(reader).map(Some)
}

/// Reads a member that may be empty: `Some(None)` clears it.
pub fn set_or_clear<'de, T: Deserialize<'de>, D: Deserializer<'de>>(reader: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(reader).map(Some)
}

/// Puts a member in its place, if it is given.
pub fn put<T>(to: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *to = given;
    }
}
