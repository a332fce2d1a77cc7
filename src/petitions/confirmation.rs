//! The page to which the mail leads that asks to confirm a petition. To look at it does nothing, so that a mail program may fetch it.

use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse};
use chrono::Duration;

use super::acting::Open;
use super::settings::PetitionSettings;
use super::{telling, told};
use crate::clock::Moment;
use crate::db::{Id, Tx};
use crate::error::Result;
use crate::http::WebPage;
use crate::node::Node;
use crate::people::Contact;
use crate::secrets::vault::random_secret;

static PAGE: LazyLock<WebPage> = LazyLock::new(|| {
    let script = include_str!("confirmation.js").trim_end();
    WebPage::new(include_str!("confirmation.zh-TW.html"), include_str!("confirmation.en.html"), Some(script))
});

pub async fn page(request: HttpRequest) -> HttpResponse {
    PAGE.answer(&request)
}

/// Mails the code by which whoever has the address confirms the petition: no text of it, since anyone may have typed that address. A
/// code of before is good no more; where there is no address there is nothing to wait for.
pub fn ask(tx: &mut Tx, node: &Node, now: Moment, open: &mut Open, contact: Option<&Contact>) -> Result<()> {
    let Some(to) = contact.and_then(|contact| contact.email.as_ref()) else {
        (open.row.confirm_hash, open.row.confirm_until) = (None, Some(now));
        return Ok(());
    };
    let days = node.config.of::<PetitionSettings>().confirm_days;
    let code = random_secret(16);
    open.row.confirm_hash = Some(node.vault.secret_hash(&code));
    open.row.confirm_until = Some(now + Duration::days(days));
    let link = link(node, open.row.id, &code);
    let words = telling::confirmation(open.row.language, &link, &code, days);
    told::confirm(tx, node, open, (to, &words), now)
}

/// Where a petition is confirmed. What stands behind the `#` is not sent to any server, and so in no log.
fn link(node: &Node, id: Id, code: &str) -> String {
    let page = node.config.of::<PetitionSettings>().confirm_page.clone();
    let page = page.unwrap_or_else(|| format!("{}/petitions/confirm", node.config.issuer()));
    format!("{page}#{id}.{code}")
}
