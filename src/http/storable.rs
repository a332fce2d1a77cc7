//! The one character that JSON can carry and PostgreSQL's text cannot: U+0000. Refused by name wherever a text comes in,
//! on both databases, so that neither of them ever meets it.

use serde_json::Value;

use super::valid::printable;
use crate::error::{Code, Error, FieldError, Problem, Result, Text};

/// Whether both databases can hold the text.
pub fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}

/// Why a text is refused, by the name of where it stands.
pub(super) fn unstorable(pointer: String) -> FieldError {
    FieldError::new(pointer, "character", Text::new("不得含有字元 U+0000", "the character U+0000 cannot be used"))
}

/// Refuses a JSON body with such a text, or such a name, anywhere in it.
pub(super) fn json(body: &[u8]) -> Result<()> {
    const ESCAPE: &[u8] = b"\\u0000";
    // In JSON the character stands as its escape only; a body that cannot be read is refused by whoever reads it.
    if !body.windows(ESCAPE.len()).any(|part| part == ESCAPE) {
        return Ok(());
    }
    let found = serde_json::from_slice(body).ok().and_then(|value| place("", &value));
    found.map_or(Ok(()), |pointer| refused(Code::INVALID, pointer))
}

/// Refuses a form with such a name or value.
pub(super) fn form(body: &[u8]) -> Result<()> {
    let found = form_urlencoded::parse(body).find(|(name, value)| !is_storable(name) || !is_storable(value));
    found.map_or(Ok(()), |(name, _)| refused(Code::MALFORMED, format!("/{}", printable(&name))))
}

fn refused(code: Code, pointer: String) -> Result<()> {
    Err(Error::from(Problem { errors: vec![unstorable(pointer)], ..Problem::new(code) }))
}

/// Where in the value it stands first.
fn place(at: &str, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => (!is_storable(text)).then(|| at.to_owned()),
        Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| place(&format!("{at}/{index}"), item)),
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            let at = format!("{at}/{}", printable(name));
            if is_storable(name) { place(&at, member) } else { Some(at) }
        }),
        _ => None,
    }
}
