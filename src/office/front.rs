//! The front page for people and its icon: what this is, where the documentation is, how to log in in the demo.

use std::sync::LazyLock;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::http::{Document, WebPage};
use crate::node::Node;

const CHINESE: &str = include_str!("front.zh-TW.html");
const ENGLISH: &str = include_str!("front.en.html");

/// What a demo says of itself, on a line of its own in each page.
const DEMO: (&str, &str) = ("<!-- demo -->", "<!-- /demo -->");

/// Of an office in earnest, and of a demo.
static PAGES: LazyLock<[WebPage; 2]> =
    LazyLock::new(|| [WebPage::new(&without_demo(CHINESE), &without_demo(ENGLISH), None), WebPage::new(CHINESE, ENGLISH, None)]);

fn without_demo(text: &str) -> String {
    let (before, rest) = text.split_once(DEMO.0).unwrap_or((text, ""));
    let after = rest.split_once(DEMO.1).map_or("", |(_, after)| after);
    format!("{before}{after}")
}

pub async fn page(request: HttpRequest, node: Data<Node>) -> HttpResponse {
    PAGES[usize::from(node.config.demo())].answer(&request)
}

static ICON: LazyLock<Document> = LazyLock::new(|| Document::new("image/x-icon", include_bytes!("favicon.ico").as_slice()));

/// The icon: the office's red seal.
pub async fn icon(request: HttpRequest) -> HttpResponse {
    ICON.answer(&request)
}
