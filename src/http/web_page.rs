//! Pages for people: one style, in either language, with no script but one that the page names.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Document, Trace};
use crate::error::Language;

const STYLE: &str = include_str!("web_page.css");

/// One page in both languages.
pub struct WebPage {
    chinese: Document,
    english: Document,
}

impl WebPage {
    /// The two texts, with `{style}` where the style goes and `{script}` where the script goes, if there is one.
    pub fn new(chinese: &str, english: &str, script: Option<&str>) -> Self {
        let policy = page_policy(STYLE, script);
        let document = |text: &str, language| {
            let text = text.replace("{style}", STYLE).replace("{script}", script.unwrap_or_default());
            let page = Document::new("text/html; charset=utf-8", text);
            page.with(CONTENT_SECURITY_POLICY, policy.clone()).in_language(language)
        };
        Self { chinese: document(chinese, "zh-TW"), english: document(english, "en") }
    }

    /// The page, in the language that `?lang=` names or the browser prefers.
    pub fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let english = match request.query_string() {
            "lang=en" => true,
            "lang=zh" => false,
            _ => request.extensions().get::<Trace>().is_some_and(|trace| trace.language == Language::English),
        };
        if english { self.english.answer(request) } else { self.chinese.answer(request) }
    }
}

/// What a browser may load and run for a page: nothing but its own style, and its script where it has one, which may call this API
/// alone.
pub fn page_policy(style: &str, script: Option<&str>) -> HeaderValue {
    let hash = |text: &str| STANDARD.encode(digest(&SHA256, text.as_bytes()));
    let script = script.map(|text| format!("; script-src 'sha256-{}'; connect-src 'self'", hash(text))).unwrap_or_default();
    let policy =
        format!("default-src 'none'; style-src 'sha256-{}'; img-src 'self'; frame-ancestors 'none'{script}", hash(style));
    policy.parse().expect("base64 is fit for a header")
}
