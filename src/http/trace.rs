//! What is known of a request beside its content: its trace id, its language, what is asked and by whom.

use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};

use crate::error::Language;

/// The trace id and language of one request, kept in its extensions.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The caller's W3C `traceparent` or `X-Request-Id`, or made here.
    pub id: String,
    /// What `X-Request-Id` answers: the caller's own, or the trace id.
    pub request: String,
    pub language: Language,
}

/// What a request asks for and who asks, once that is known; for the log.
#[derive(Clone, Debug)]
pub struct Asked {
    pub operation: &'static str,
    /// The name in the journal; `anonymous` without a good token.
    pub actor: String,
    /// The client that the request came through; empty without a good token.
    pub client: String,
    /// The account that somebody without a token says is theirs, as the audit log has it.
    pub named: Option<String>,
    /// Why the token that was sent is no good.
    pub bad_token: Option<String>,
    /// Whether no log tells of it.
    pub untraced: bool,
}

/// Marks a request of which the caller wants the head of the answer and no effect.
#[derive(Clone, Copy, Debug)]
pub struct HeadOnly;

impl Trace {
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        // A UUID only: nothing personal comes into the log this way.
        let given = text("x-request-id").filter(|id| uuid::Uuid::try_parse(id).is_ok() && (id.len() == 32 || id.len() == 36));
        let id = text("traceparent").and_then(trace_id).or_else(|| given.map(ToOwned::to_owned));
        let id = id.unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
        Self { request: given.unwrap_or(&id).to_owned(), id, language: language(headers) }
    }
}

/// The trace id of a version 00 `traceparent`, if it is well formed.
fn trace_id(parent: &str) -> Option<String> {
    let mut parts = parent.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hex = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let zero = |s: &str| s.bytes().all(|b| b == b'0');
    let fits = hex(version, 2) && version != "ff" && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
    (fits && !zero(trace) && !zero(span)).then(|| trace.to_owned())
}

/// English only when it is preferred to Chinese; Chinese otherwise.
fn language(headers: &HeaderMap) -> Language {
    let Some(wanted) = headers.get(ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()) else {
        return Language::default();
    };
    let weight = |prefix: &str| {
        wanted
            .split(',')
            .filter_map(|item| {
                let mut parts = item.split(';');
                let tag = parts.next()?.trim().to_ascii_lowercase();
                let q = parts.find_map(|p| p.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
                tag.starts_with(prefix).then_some(q)
            })
            .fold(0.0, f32::max)
    };
    if weight("en") > weight("zh") { Language::English } else { Language::Chinese }
}
