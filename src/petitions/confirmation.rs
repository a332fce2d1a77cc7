//! The page to which the mail leads that asks to confirm a petition. To look at it does nothing, so that a mail program may fetch it.

use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse};

use super::settings::PetitionSettings;
use crate::db::Id;
use crate::http::WebPage;
use crate::node::Node;

static PAGE: LazyLock<WebPage> = LazyLock::new(|| {
    let script = include_str!("confirmation.js").trim_end();
    WebPage::new(include_str!("confirmation.zh-TW.html"), include_str!("confirmation.en.html"), Some(script))
});

pub async fn page(request: HttpRequest) -> HttpResponse {
    PAGE.answer(&request)
}

/// Where a petition is confirmed. What stands behind the `#` is not sent to any server, and so in no log.
pub fn link(node: &Node, id: Id, code: &str) -> String {
    let page = node.config.of::<PetitionSettings>().confirm_page.clone();
    let page = page.unwrap_or_else(|| format!("{}/petitions/confirm", node.config.issuer()));
    format!("{page}#{id}.{code}")
}
