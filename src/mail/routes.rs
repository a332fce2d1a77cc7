//! Reading what was sent.

use actix_web::get;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::MailStatus;
use super::policy::{GetMail, ListMails};
use super::store::{self, Wanted};
use super::view::{MailView, MailWithSubject, shown, with_subject};
use crate::auth::May;
use crate::contract::IdInPath;
use crate::error::Result;
use crate::http::{Listing, Page, Paging, Params, PathId, Reply};
use crate::node::Node;

/// Filters of the list of mail.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MailFilter {
    /// Mail about this record, by its path: `cases/{id}`.
    #[param(min_length = 1, max_length = 80)]
    about: Option<String>,
    /// BOUNCED and FAILED are what somebody must see to, such as by a letter.
    status: Option<MailStatus>,
}

/// Lists mail.
///
/// Newest first, without texts and with masked addresses: mail about records that the caller sees. `status=BOUNCED` and
/// `status=FAILED` are the queue of what reached nobody: sent again (`:resend`), or told otherwise and settled (`:settle`).
/// `status=WAITING` has not gone out, and is stopped by hand (`:stop`); what is no longer so is stopped by itself.
#[utoipa::path(tag = "Mail", operation_id = "list_mails", params(MailFilter, Listing), responses((
    status = 200, description = "A page of mail.", body = Page<MailView>, example = json!({"items": [{
        "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "about": "cases/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "status": "SENT",
        "to": "s***@example.org", "created_at": "2026-11-23T09:00:00+08:00", "sent_at": "2026-11-23T09:00:01+08:00", "attempts": 1,
        "last_outcome": "ACCEPTED", "has_text": true, "allowed_actions": ["report-bounce", "resend"]
    }], "next": null}),
)))]
#[get("/v1/mails")]
pub async fn list_mails(
    may: May<ListMails>,
    node: Data<Node>,
    Params(query): Params<MailFilter>,
    paging: Paging,
) -> Result<Reply> {
    let wanted = Wanted { about: query.about, status: query.status };
    may.read(move |conn, by| {
        let page = store::list(conn, &node, by, &wanted, &paging)?;
        Reply::ok(&page.try_map(|mail| shown(&node, by, &mail))?)
    })
    .await
}

/// Shows a mail.
///
/// With its subject, but without its text: that may hold what only whoever gets it should know.
#[utoipa::path(tag = "Mail", operation_id = "get_mail", params(IdInPath), responses((
    status = 200, description = "The mail.", body = MailWithSubject, example = json!({
        "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "about": "cases/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "status": "SENT",
        "to": "s***@example.org", "created_at": "2026-11-23T09:00:00+08:00", "sent_at": "2026-11-23T09:00:01+08:00", "attempts": 1,
        "last_outcome": "ACCEPTED", "has_text": true, "allowed_actions": ["report-bounce", "resend"],
        "language": "zh-TW", "subject": "您的案件已收件"
    }),
)))]
#[get("/v1/mails/{id}")]
pub async fn get_mail(may: May<GetMail>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let mail = store::find(conn, &node, by, id.0)?;
        Ok(Reply::ok(&with_subject(&node, by, &mail)?)?.version(mail.version))
    })
    .await
}
