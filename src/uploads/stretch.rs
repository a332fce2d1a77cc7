//! Which part of a content is asked for (RFC 9110 §14): one range of bytes, of the content that the caller has a part of already.

use std::ops::Range;

use actix_web::http::Method;
use actix_web::http::header::{HeaderName, IF_RANGE, RANGE};
use actix_web::{HttpMessage, HttpRequest};
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::problems::RANGE_NOT_SATISFIABLE;
use crate::error::{Problem, Result};
use crate::http::HeadOnly;

/// The bytes that a request asks for of a content of that size and tag, where it asks for a part. Several ranges at once, what is no range of
/// bytes, and a range of another content than this are left out of account: the whole is given.
pub fn wanted(request: &HttpRequest, tag: &str, size: u64) -> Result<Option<Range<u64>>> {
    if request.method() != Method::GET || request.extensions().contains::<HeadOnly>() {
        return Ok(None);
    }
    let is_of_this = request.headers().get(IF_RANGE).is_none_or(|condition| condition.as_bytes() == tag.as_bytes());
    let Some(said) = only(request, &RANGE).filter(|_| is_of_this) else { return Ok(None) };
    match parsed(said, size) {
        Parsed::Part(range) => Ok(Some(range)),
        Parsed::Whole => Ok(None),
        Parsed::Beyond => Err(Problem::new(RANGE_NOT_SATISFIABLE).with("content_size", size).into()),
    }
}

/// A header that stands once.
fn only<'r>(request: &'r HttpRequest, name: &HeaderName) -> Option<&'r str> {
    let mut values = request.headers().get_all(name);
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

#[derive(Debug, PartialEq, Eq)]
enum Parsed {
    Part(Range<u64>),
    /// It is no range that could be given alone.
    Whole,
    /// It begins behind the end.
    Beyond,
}

fn parsed(said: &str, size: u64) -> Parsed {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // Longer than any size is behind its end.
    let number = |text: &str| text.parse::<u64>().unwrap_or(u64::MAX);
    let Some((unit, range)) = said.split_once('=') else { return Parsed::Whole };
    let Some((first, last)) = range.trim().split_once('-') else { return Parsed::Whole };
    let range = match (first, last) {
        _ if !unit.trim().eq_ignore_ascii_case("bytes") => return Parsed::Whole,
        ("", last) if is_number(last) => size.saturating_sub(number(last))..size,
        (first, "") if is_number(first) => number(first)..size,
        (first, last) if is_number(first) && is_number(last) => {
            let (first, last) = (number(first), number(last));
            if last < first {
                return Parsed::Whole;
            }
            first..last.saturating_add(1).min(size)
        }
        _ => return Parsed::Whole,
    };
    if range.start < range.end { Parsed::Part(range) } else { Parsed::Beyond }
}

/// The headers of a request for a part. They carry no example: one sent as it stands would ask for another content's.
pub struct RangeHeaders;

impl utoipa::IntoParams for RangeHeaders {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let header = |name: &str, description: &str| {
            let text = ObjectBuilder::new().schema_type(Type::String).max_length(Some(200)).build();
            let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header).required(Required::False);
            parameter.description(Some(description)).schema(Some(text)).build()
        };
        let range =
            "One range of bytes, such as `bytes=65536-`: 206 with that part. Several at once are answered with the whole.";
        let condition = "`ETag` of the content of which the caller has a part: where that is another one, the whole is given.";
        vec![header("Range", range), header("If-Range", condition)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_by_its_form_and_bounded_by_the_content() {
        for (said, wanted) in [
            ("bytes=0-0", Parsed::Part(0..1)),
            ("bytes=2-", Parsed::Part(2..10)),
            ("Bytes = 2-5", Parsed::Part(2..6)),
            ("bytes=2-99", Parsed::Part(2..10)),
            ("bytes=-3", Parsed::Part(7..10)),
            ("bytes=-99", Parsed::Part(0..10)),
            ("bytes=9-99999999999999999999999", Parsed::Part(9..10)),
            ("bytes=-0", Parsed::Beyond),
            ("bytes=10-", Parsed::Beyond),
            ("bytes=99999999999999999999999-", Parsed::Beyond),
            ("bytes=5-4", Parsed::Whole),
            ("bytes=0-1,4-5", Parsed::Whole),
            ("bytes=-", Parsed::Whole),
            ("bytes=+1-2", Parsed::Whole),
            ("lines=0-1", Parsed::Whole),
            ("0-1", Parsed::Whole),
        ] {
            assert_eq!(parsed(said, 10), wanted, "{said}");
        }
        assert_eq!(parsed("bytes=0-", 0), Parsed::Beyond);
    }
}
