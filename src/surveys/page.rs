//! The page to which an invitation leads, on which it is answered, or refused for the future. To look at it does nothing, so that a mail
//! program may fetch it; survey, token and code stand behind the `#`, which no server is sent.

use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse};

use crate::http::WebPage;

static PAGE: LazyLock<WebPage> = LazyLock::new(|| {
    let script = include_str!("page.js").trim_end();
    WebPage::new(include_str!("page.zh-TW.html"), include_str!("page.en.html"), Some(script))
});

pub async fn page(request: HttpRequest) -> HttpResponse {
    PAGE.answer(&request)
}
