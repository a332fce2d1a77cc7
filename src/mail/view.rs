//! A mail as it is shown: never its text, which may hold what only whoever gets it should know, such as a link that lets them in.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{MailAct, MailOutcome, MailStatus, MailStop};
use super::store::Outgoing;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::Id;
use crate::error::Result;
use crate::node::Node;
use crate::view_of;

/// A mail.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "about": "cases/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "status": "BOUNCED",
    "to": "s***@example.org", "created_at": "2026-11-23T09:00:00+08:00", "sent_at": "2026-11-23T09:00:01+08:00", "attempts": 1,
    "last_outcome": "ACCEPTED", "bounce_code": "5.1.1", "has_text": true, "allowed_actions": ["resend", "settle"]
}))]
pub struct MailView {
    pub id: Id,
    /// The record that it is about: `cases/{id}` …
    #[schema(max_length = 80)]
    pub about: String,
    pub status: MailStatus,
    /// The address, masked.
    #[schema(max_length = 254)]
    pub to: String,
    pub created_at: Moment,
    /// When the relay took it; absent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sent_at: Option<Moment>,
    /// When it is tried next; absent where it does not wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_at: Option<Moment>,
    /// Tries that have ended since it was written, or sent again.
    #[schema(minimum = 0)]
    pub attempts: i32,
    /// Absent before the first try has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_outcome: Option<MailOutcome>,
    /// Code of the answer with which the relay refused it (RFC 5321 §4.2); absent where it gave none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 100, maximum = 999, nullable = false)]
    pub reply_code: Option<i32>,
    /// Why it came back, as an enhanced status code (RFC 3463); absent where it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 9, nullable = false)]
    pub bounce_code: Option<String>,
    /// Why it was stopped; absent where it was not. One that waits is on its way to the relay, and is not tried again; one that was sent
    /// was on its way when it was to be stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub stop: Option<MailStop>,
    /// What somebody has said who stopped it by hand; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500, nullable = false)]
    pub stop_reason: Option<String>,
    /// Whether its text is still kept, so that it can be sent again.
    pub has_text: bool,
    /// What the caller may do now.
    #[schema(value_type = Vec<MailAct>, max_items = 3)]
    pub allowed_actions: Vec<&'static str>,
}

/// Shows a mail to a caller.
pub fn shown(node: &Node, by: &By, mail: &Outgoing) -> Result<MailView> {
    let can = |act: &MailAct| match act {
        MailAct::Resend => mail.letter.is_some() && mail.stop.is_none_or(|stop| stop == MailStop::ByHand),
        MailAct::Stop => mail.stop.is_none() && !mail.is_on_its_way(by.now),
        _ => true,
    };
    let may = |act: &MailAct| act.line().is_granted(&by.caller) && can(act);
    Ok(view_of!(MailView, mail { id, status, created_at, sent_at, attempts, last_outcome, reply_code, stop }
        about: mail.about.clone(),
        to: mail.to(&node.vault)?.masked(),
        next_at: Some(mail.next_at).filter(|_| mail.status == MailStatus::Waiting),
        bounce_code: mail.bounce_code.clone(),
        stop_reason: mail.stop_reason(&node.vault)?,
        has_text: mail.letter.is_some(),
        allowed_actions: MailAct::possible(mail.status).filter(may).map(|act| act.line().name).collect(),
    ))
}

/// A mail with its subject, and what came back.
#[derive(Serialize, ToSchema)]
pub struct MailWithSubject {
    #[serde(flatten)]
    mail: MailView,
    /// Language of its text: `zh-TW` or `en`; absent once the text is emptied.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 5, nullable = false)]
    language: Option<String>,
    /// Absent once the text is emptied.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500, nullable = false)]
    subject: Option<String>,
    /// What the system said that sent it back, its address masked; absent where that is not known, and once the text is emptied.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500, nullable = false)]
    bounce_text: Option<String>,
}

/// Shows a mail with its subject to a caller.
pub fn with_subject(node: &Node, by: &By, mail: &Outgoing) -> Result<MailWithSubject> {
    let (language, subject) = mail.open(&node.vault)?.map(|letter| (letter.language, letter.subject)).unzip();
    Ok(MailWithSubject { mail: shown(node, by, mail)?, language, subject, bounce_text: mail.bounce_text(&node.vault)? })
}
