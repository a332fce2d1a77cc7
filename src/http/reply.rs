//! Answers: status, body, `ETag` and `Location`; and the preconditions that callers send back.

use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderValue, IF_MATCH, IF_NONE_MATCH, LOCATION};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::error::{Code, Error, Problem, Result, Text};

/// An answer, made whole inside the transaction so that a retry gets the same bytes.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub body: Bytes,
    pub content_type: &'static str,
    pub etag: Option<String>,
    pub location: Option<String>,
    /// The answer of an earlier request with the same Idempotency-Key.
    pub replayed: bool,
    /// Open to shared caches' revalidation; everything else is `no-store`.
    pub public: bool,
    /// True of this moment only: it has no tag, since the next answer is another one.
    pub momentary: bool,
}

const JSON: &str = "application/json";

impl Reply {
    fn new(status: StatusCode, body: Bytes, content_type: &'static str) -> Self {
        let status = status.as_u16();
        Self { status, body, content_type, etag: None, location: None, replayed: false, public: false, momentary: false }
    }

    fn json<T: Serialize>(status: StatusCode, value: &T) -> Result<Self> {
        let body = serde_json::to_vec(value).map_err(|e| Error::internal("an answer cannot be written", e))?;
        Ok(Self::new(status, body.into(), JSON))
    }

    /// 200 with a body.
    pub fn ok<T: Serialize>(value: &T) -> Result<Self> {
        Self::json(StatusCode::OK, value)
    }

    /// 201 with the new resource and its address.
    pub fn created<T: Serialize>(location: String, value: &T) -> Result<Self> {
        let mut reply = Self::json(StatusCode::CREATED, value)?;
        reply.location = Some(location);
        Ok(reply)
    }

    /// 204: done, nothing to say.
    pub fn done() -> Self {
        Self::new(StatusCode::NO_CONTENT, Bytes::new(), "")
    }

    /// Stands for a refusal that has an effect, which is kept: whoever acts turns it into the refusal by [`Reply::or_refuse`],
    /// once and whenever the same request comes again.
    pub fn refused() -> Self {
        Self::new(StatusCode::CONFLICT, Bytes::new(), "")
    }

    pub(super) fn is_refused(&self) -> bool {
        self.status == StatusCode::CONFLICT.as_u16()
    }

    /// The answer, or the refusal for which it stands.
    pub fn or_refuse<E: Into<Error>>(self, refusal: impl FnOnce() -> E) -> Result<Self> {
        if self.is_refused() { Err(refusal().into()) } else { Ok(self) }
    }

    /// 200 in another format than JSON.
    pub fn text(content_type: &'static str, body: String) -> Self {
        Self::new(StatusCode::OK, body.into(), content_type)
    }

    /// 200 with a file.
    pub fn file(content_type: &'static str, body: Vec<u8>) -> Self {
        Self::new(StatusCode::OK, body.into(), content_type)
    }

    /// 200 or 503 with a body, for readiness.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status.as_u16();
        self
    }

    /// Tags the answer with the record's version, by which `If-Match` goes, and with what is shown of it, by which
    /// `If-None-Match` goes too: that may change with the time and with who asks, while the record stands.
    pub fn version(mut self, version: i32) -> Self {
        self.etag = Some(format!("\"v{version}.{}\"", self.hash()));
        self
    }

    /// Tags the answer as another one would be: what differs between the two is no part of the version, and so the tag
    /// is a weak one.
    pub fn tagged_as(mut self, other: &Self) -> Self {
        self.etag = Some(format!("W/{}", other.tag()));
        self
    }

    /// Says that the answer is true of this moment only.
    pub fn momentary(mut self) -> Self {
        self.momentary = true;
        self
    }

    /// Lets anyone keep and revalidate the answer.
    pub fn public(mut self) -> Self {
        self.public = true;
        self
    }

    /// Makes the tag now, once for all who are given this answer.
    pub fn tagged(mut self) -> Self {
        self.etag = Some(self.tag());
        self
    }

    /// The record's tag, or one made from the body.
    fn tag(&self) -> String {
        self.etag.clone().unwrap_or_else(|| format!("\"{}\"", self.hash()))
    }

    fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(&digest(&SHA256, &self.body).as_ref()[..12])
    }
}

/// A view of a row: the members in braces are the row's own, the others follow.
#[macro_export]
macro_rules! view_of {
    ($view:ident, $row:ident { $($same:ident),+ $(,)? } $($name:ident $(: $value:expr)?),* $(,)?) => {
        $view { $($same: $row.$same,)+ $($name $(: $value)?),* }
    };
}

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).expect("replies are made with valid statuses");
        let mut response = HttpResponse::build(status);
        let readable = request.method() == Method::GET && status == StatusCode::OK;
        let mut unchanged = false;
        let has_tag = readable || status == StatusCode::CREATED || self.etag.is_some();
        if has_tag && !self.momentary {
            let tag = self.tag();
            unchanged = readable && none_match(request, &tag);
            if unchanged {
                response = HttpResponse::NotModified();
            }
            response.insert_header((ETAG, tag));
        }
        if let Some(location) = &self.location {
            response.insert_header((LOCATION, location.as_str()));
        }
        if self.replayed {
            response.insert_header(("Idempotency-Replayed", "true"));
        }
        if self.public {
            response.insert_header(("Cache-Control", "public, no-cache"));
        }
        if status == StatusCode::NO_CONTENT || unchanged {
            return response.finish();
        }
        response.insert_header((CONTENT_TYPE, HeaderValue::from_static(self.content_type)));
        response.body(self.body)
    }
}

pub(super) fn none_match(request: &HttpRequest, tag: &str) -> bool {
    request
        .headers()
        .get_all(IF_NONE_MATCH)
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .any(|v| v.trim() == "*" || strong(v.trim()) == strong(tag))
}

/// A tag without the sign of a weak one, for the comparison that RFC 9110 §13.1.2 asks for.
fn strong(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// The version that the caller read, from `If-Match`; required where it stands in a handler.
///
/// A tag's version counts, not what else was shown, but where it is [`IfMatch::shown`] that matters. `*` is any version (RFC 9110 §13.1.1): it holds for every record that
/// is there, and overwrites whatever came in between.
#[derive(Clone, Debug)]
pub struct IfMatch(Vec<String>);

impl IfMatch {
    /// Refuses a change to a record that has moved on.
    pub fn check(&self, version: i32) -> Result<()> {
        let (current, shown) = (format!("\"v{version}\""), format!("\"v{version}."));
        if self.0.iter().any(|tag| tag == "*" || *tag == current || tag.starts_with(&shown)) {
            return Ok(());
        }
        Err(moved_on(version))
    }

    /// As [`IfMatch::check`], for an approval: it names what was seen, and `*` names nothing.
    pub fn seen(&self, version: i32) -> Result<()> {
        if self.0.iter().any(|tag| tag == "*") {
            let text = Text::new("須為所見之版本，不得為 *", "the version that was seen, and not *");
            return Err(Problem::new(Code::PRECONDITION_REQUIRED).field("#If-Match", "not_allowed", text).into());
        }
        self.check(version)
    }

    /// As [`IfMatch::seen`], where what is decided on changes while the record stands: the whole tag counts of the answer that the caller
    /// would read now.
    pub fn shown(&self, version: i32, now: &Reply) -> Result<()> {
        self.seen(version)?;
        if self.0.contains(&now.tag()) { Ok(()) } else { Err(moved_on(version)) }
    }
}

fn moved_on(version: i32) -> Error {
    Problem::new(Code::VERSION_MISMATCH).with("version", version).into()
}

impl FromRequest for IfMatch {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let tags: Vec<String> = request
            .headers()
            .get_all(IF_MATCH)
            .filter_map(|v| v.to_str().ok())
            .flat_map(|v| v.split(','))
            .map(|v| v.trim().to_owned())
            .filter(|v| !v.is_empty())
            .collect();
        ready(if tags.is_empty() { Err(missing_header("If-Match")) } else { Ok(Self(tags)) })
    }
}

/// 428 that names the header.
pub fn missing_header(name: &'static str) -> Error {
    Problem::new(Code::PRECONDITION_REQUIRED)
        .detail(format!("缺少 {name} 標頭"), format!("the header {name} is missing"))
        .field(format!("#{name}"), "required", Text::new(format!("{name} 為必要標頭"), format!("the header {name} is required")))
        .into()
}
