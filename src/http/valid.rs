//! `Valid<T>`: a JSON body of its shape and within its bounds, its errors by name and never by value.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, IF_MATCH};
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use super::body::{gather, refusal};
use super::bounds::Bounds;
use super::objects::Objects;
use super::storable;
use crate::error::{Code, Error, FieldError, Problem, Result, Text, one_of};

/// A body that is of its type, and within the bounds of its type's schema.
#[derive(Clone, Debug)]
pub struct Valid<T>(pub T);

/// A form body, for the OAuth endpoints.
#[derive(Clone, Debug)]
pub struct FormBody<T>(pub T);

/// Hash of all that makes a request what it is, so that a retry can be told from another request.
#[derive(Clone, Debug)]
pub struct BodyDigest(pub String);

impl BodyDigest {
    /// Of method, address with its query, `If-Match` and body.
    pub fn of(request: &HttpRequest, body: &[u8]) -> Self {
        let version = request.headers().get(IF_MATCH).map_or(&[][..], |v| v.as_bytes());
        let mut hash = digest::Context::new(&digest::SHA256);
        for part in [request.method().as_str().as_bytes(), request.uri().to_string().as_bytes(), version, body] {
            hash.update(&part.len().to_be_bytes());
            hash.update(part);
        }
        Self(URL_SAFE_NO_PAD.encode(hash.finish()))
    }
}

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for Valid<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = read(&request, payload, "application/json").await?;
            // An absent body is an empty object: actions whose every field is optional need none.
            let body: &[u8] = if body.is_empty() { b"{}" } else { &body };
            storable::json(body)?;
            let mut reader = serde_json::Deserializer::from_slice(body);
            let read = serde_path_to_error::deserialize::<_, T>(Objects(&mut reader));
            let whole = serde_json::from_slice::<Value>(body);
            let read = match (read, &whole) {
                (Ok(value), _) => reader.end().map(|()| Ok(value)).map_err(|_| Error::from(Code::MALFORMED))?,
                // The reader takes what can be no name of an enum for bad syntax, though it is JSON.
                (Err(error), Ok(whole)) if error.inner().is_syntax() => read_value(whole),
                (Err(error), _) => Err(shape_of(&pointer(error.path()), error.into_inner())?),
            };
            // What is no JSON as a whole has a member before that place which is refused.
            let value = judged(read, whole.unwrap_or_default(), request.method() == Method::PATCH)
                .map_err(|errors| Problem { errors, ..Problem::new(Code::INVALID) })?;
            Ok(Self(value))
        })
    }
}

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for FormBody<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = read(&request, payload, "application/x-www-form-urlencoded").await.map_err(invalid_request)?;
            storable::form(&body).map_err(invalid_request)?;
            let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(&body));
            let read = serde_path_to_error::deserialize::<_, T>(reader);
            let read = read.map_err(|e| shape_error(&pointer(e.path()), &e.into_inner().to_string()));
            let broken = Bounds::of_body::<T>().broken_by_pairs(&String::from_utf8_lossy(&body));
            let value = settled(read, broken)
                .map_err(|errors| invalid_request(Problem { errors, ..Problem::new(Code::MALFORMED) }.into()))?;
            Ok(Self(value))
        })
    }
}

/// A form that cannot be used, as RFC 6749 §5.2 tells it.
fn invalid_request(error: Error) -> Error {
    match error {
        Error::Problem(problem) => {
            let code = if problem.code == Code::INVALID { Code::MALFORMED } else { problem.code };
            Problem { code, ..*problem }.with("error", "invalid_request").into()
        }
        other => other,
    }
}

async fn read(request: &HttpRequest, mut payload: Payload, wanted: &str) -> Result<BytesMut> {
    let body = gather(&mut payload).await.map_err(|error| refusal(&error))?;
    if request.headers().get_all(CONTENT_ENCODING).any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        let text = Text::new("本文不得壓縮，請省略此標頭", "bodies are sent as they are: leave this header out");
        return Err(Problem::new(Code::UNSUPPORTED_MEDIA_TYPE).field("#Content-Encoding", "not_allowed", text).into());
    }
    if !body.is_empty() || request.headers().get(CONTENT_LENGTH).is_some_and(|v| v != "0") {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        if !kind.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case(wanted) {
            return Err(Problem::new(Code::UNSUPPORTED_MEDIA_TYPE)
                .detail(format!("請以 Content-Type: {wanted} 傳送"), format!("send Content-Type: {wanted}"))
                .into());
        }
    }
    request.extensions_mut().insert(BodyDigest::of(request, &body));
    Ok(body)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } | Segment::Enum { variant: key } => format!("/{}", printable(key)),
            Segment::Unknown => "/?".to_owned(),
        })
        .collect()
}

/// A field's name is quoted only when it looks like one of ours.
pub(super) fn printable(name: &str) -> &str {
    let plain = name.len() <= 64 && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if plain { name } else { "?" }
}

/// What serde says of a member, without the value that it says it about; a body that is no JSON is refused as a whole.
fn shape_of(pointer: &str, error: serde_json::Error) -> Result<FieldError> {
    if error.is_syntax() || error.is_eof() || error.is_io() {
        return Err(Problem::new(Code::MALFORMED)
            .detail(
                format!("第 {} 行第 {} 字元附近有語法錯誤", error.line(), error.column()),
                format!("syntax error near line {}, column {}", error.line(), error.column()),
            )
            .into());
    }
    Ok(shape_error(pointer, &error.to_string()))
}

/// The value where it is of its shape and within its bounds, else all that is wrong.
pub(super) fn settled<T>(read: Result<T, FieldError>, mut broken: Vec<FieldError>) -> Result<T, Vec<FieldError>> {
    match read {
        Ok(value) if broken.is_empty() => return Ok(value),
        Ok(_) => {}
        Err(error) => tell(&mut broken, error),
    }
    broken.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    Err(broken)
}

/// Adds what a type says of a member, which goes before its bounds, unless both say the same.
fn tell(broken: &mut Vec<FieldError>, error: FieldError) {
    if !broken.iter().any(|other| other.pointer == error.pointer && other.code == error.code) {
        broken.retain(|other| other.pointer != error.pointer);
        broken.push(error);
    }
}

/// Turns one of serde's messages into a coded field error.
pub fn shape_error(pointer: &str, message: &str) -> FieldError {
    let message = message.rsplit_once(" at line ").map_or(message, |(text, _)| text);
    let quoted = message.split('`').nth(1).unwrap_or("");
    // What a type says of one of its members by a rule of its own.
    if let Some((member, rule)) = message.strip_prefix("member `").and_then(|text| text.split_once("`: ")) {
        let (code, text) = super::params::coded(rule);
        return FieldError::new(format!("{pointer}/{member}"), code, text);
    }
    if message.starts_with("missing field") {
        let pointer = format!("{pointer}/{}", printable(quoted));
        return FieldError::new(pointer, "required", Text::new("此欄位為必填", "this field is required"));
    }
    if message.starts_with("unknown field") || message.starts_with("duplicate field") {
        let pointer = if pointer.ends_with(&format!("/{}", printable(quoted))) {
            pointer.to_owned()
        } else {
            format!("{pointer}/{}", printable(quoted))
        };
        let (code, text) = if message.starts_with("unknown") {
            ("unknown_field", Text::new("契約中沒有此欄位", "the contract has no such field"))
        } else {
            ("duplicate_field", Text::new("欄位重複", "this field is given twice"))
        };
        return FieldError::new(pointer, code, text);
    }
    if let Some((kind, expected)) = message.split_once(", expected ") {
        let code = if kind.starts_with("unknown variant") { "not_allowed" } else { "invalid_type" };
        return FieldError::new(pointer, code, expectation(expected));
    }
    let (code, text) = super::params::coded(message);
    FieldError::new(pointer, code, text)
}

/// What was expected, in our own words: serde's are those of Rust.
fn expectation(expected: &str) -> Text {
    let words = |zh: &'static str, en: &'static str| Text::new(zh, en);
    let values: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    if !values.is_empty() {
        return one_of(&values);
    }
    let starts = |heads: &[&str]| heads.iter().any(|head| expected.starts_with(head));
    if starts(&["struct", "a map", "map", "internally tagged", "adjacently tagged", "an object", "enum"]) {
        words("應為物件", "expected an object")
    } else if starts(&["a sequence", "sequence", "tuple", "a tuple", "an array", "array"]) {
        words("應為陣列", "expected an array")
    } else if starts(&["a string", "a borrowed string", "string", "str", "identifier", "variant", "a character", "field"]) {
        words("應為字串", "expected a string")
    } else if starts(&["a boolean", "bool"]) {
        words("應為 true 或 false", "expected true or false")
    } else if starts(&[
        "u8",
        "u16",
        "u32",
        "u64",
        "usize",
        "i8",
        "i16",
        "i32",
        "i64",
        "isize",
        "a nonzero",
        "an integer",
        "integer",
    ]) {
        words("應為範圍內之整數", "expected a whole number within its bounds")
    } else if starts(&["f32", "f64", "a number", "floating"]) {
        words("應為數字", "expected a number")
    } else if starts(&["a formatted date", "a date"]) {
        words("日期須為 YYYY-MM-DD", "a date is YYYY-MM-DD")
    } else if starts(&["a formatted time", "a time"]) {
        words("時刻須為 HH:MM:SS", "a time of day is HH:MM:SS")
    } else if starts(&["unit", "null"]) {
        words("應為 null", "expected null")
    } else {
        words("型別不符", "the value is of another type")
    }
}

/// Reads one member of a body into its type, by the rules of `Valid`; `at` is the member's pointer.
pub fn read_member<T: DeserializeOwned + ToSchema + 'static>(at: &str, value: &Value) -> Result<T> {
    judged(read_value(value), value.clone(), false).map_err(|errors| {
        let errors = errors.into_iter().map(|error| FieldError { pointer: format!("{at}{}", error.pointer), ..error });
        Problem { errors: errors.collect(), ..Problem::new(Code::INVALID) }.into()
    })
}

fn read_value<T: DeserializeOwned>(value: &Value) -> Result<T, FieldError> {
    let read = serde_path_to_error::deserialize(Objects(value));
    read.map_err(|e| shape_error(&pointer(e.path()), &e.into_inner().to_string()))
}

/// What was read of a body, by the bounds of its type; `null` may be what was wrong with its shape. Whatever is wrong is told at
/// once.
fn judged<T: DeserializeOwned + ToSchema + 'static>(
    read: Result<T, FieldError>,
    whole: Value,
    is_patch: bool,
) -> Result<T, Vec<FieldError>> {
    let bounds = Bounds::of_body::<T>();
    let whole = bounds.without_null(whole, is_patch);
    let read = match read {
        Err(error) if error.code == "invalid_type" => read_value(&whole),
        read => read,
    };
    let mut broken = bounds.broken(&whole);
    // What is no JSON as a whole has no members to go on with.
    if let Err(first) = &read
        && !whole.is_null()
    {
        further::<T>(&bounds, whole, first).into_iter().for_each(|error| tell(&mut broken, error));
    }
    settled(read, broken)
}

/// As many members as are read on for once one was refused.
const READ_ON: usize = 20;

/// What is wrong beside the member at which a reader has stopped: by the schema, and by what the type says of the others once
/// each that was refused is as the contract shows it.
fn further<T: DeserializeOwned>(bounds: &Bounds, mut value: Value, first: &FieldError) -> Vec<FieldError> {
    let mut found = bounds.misshapen(&value);
    let known: Vec<String> = found.iter().map(|error| error.pointer.clone()).chain([first.pointer.clone()]).collect();
    // Of a member that is given twice the last one is there.
    for pointer in known.iter().filter(|pointer| first.code != "duplicate_field" || **pointer != first.pointer) {
        bounds.mend(&mut value, pointer);
    }
    for _ in 0..READ_ON {
        let Err(next) = read_value::<T>(&value) else { break };
        let is_known = known.contains(&next.pointer) || found.iter().any(|error| error.pointer == next.pointer);
        if is_known {
            break;
        }
        let is_mended = bounds.mend(&mut value, &next.pointer);
        found.push(next);
        if !is_mended {
            break;
        }
    }
    found
}
