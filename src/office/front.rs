//! The front page for people and its icon: what this is, where the documentation is, how to log in in the demo.

use std::sync::LazyLock;

use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::Language;
use crate::http::{Document, Trace};
use crate::node::Node;

const STYLE: &str = include_str!("front.css");
const CHINESE: &str = include_str!("front.zh-TW.html");
const ENGLISH: &str = include_str!("front.en.html");

/// What a demo says of itself, on a line of its own in each page.
const DEMO: (&str, &str) = ("<!-- demo -->", "<!-- /demo -->");

/// The four pages: in either language, of an office in earnest and of a demo.
static PAGES: LazyLock<[[Document; 2]; 2]> = LazyLock::new(|| {
    let page = |text: &str, language: &'static str, demo: bool| {
        let text = text.replace("{style}", STYLE);
        let text = if demo { text } else { without_demo(&text) };
        // The page has no script, and no style but its own.
        let style = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
        let policy = format!("default-src 'none'; style-src 'sha256-{style}'; img-src 'self'; frame-ancestors 'none'");
        Document::new("text/html; charset=utf-8", text)
            .with(CONTENT_SECURITY_POLICY, policy.parse().expect("base64 is fit for a header"))
            .in_language(language)
    };
    [(CHINESE, "zh-TW"), (ENGLISH, "en")].map(|(text, language)| [false, true].map(|demo| page(text, language, demo)))
});

fn without_demo(text: &str) -> String {
    let (before, rest) = text.split_once(DEMO.0).unwrap_or((text, ""));
    let after = rest.split_once(DEMO.1).map_or("", |(_, after)| after);
    format!("{before}{after}")
}

/// The front page, in the language that `?lang=` names or the browser prefers.
pub async fn page(request: HttpRequest, node: Data<Node>) -> HttpResponse {
    let english = match request.query_string() {
        "lang=en" => true,
        "lang=zh" => false,
        _ => request.extensions().get::<Trace>().is_some_and(|trace| trace.language == Language::English),
    };
    PAGES[usize::from(english)][usize::from(node.config.demo())].answer(&request)
}

static ICON: LazyLock<Document> = LazyLock::new(|| Document::new("image/x-icon", include_bytes!("favicon.ico").as_slice()));

/// The icon: the office's red seal.
pub async fn icon(request: HttpRequest) -> HttpResponse {
    ICON.answer(&request)
}
