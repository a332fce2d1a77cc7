//! A letter as it is shown: to whom, masked, and what about; its text and the address are on paper alone.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{OutgoingLetterAct, OutgoingLetterStatus};
use super::store::OutgoingLetter;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::Id;
use crate::error::Result;
use crate::mail::MailStop;
use crate::node::Node;
use crate::people::mask_name;
use crate::view_of;

/// A letter.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "about": "petitions/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "status": "TO_PRINT",
    "recipient": "王○明", "language": "zh-TW", "subject": "陳情案件答復", "created_at": "2026-11-23T09:00:00+08:00",
    "allowed_actions": ["mark-printed", "stop"]
}))]
pub struct OutgoingLetterView {
    pub id: Id,
    /// The record that it is about: `petitions/{id}`.
    #[schema(max_length = 80)]
    pub about: String,
    pub status: OutgoingLetterStatus,
    /// To whom it goes, masked.
    #[schema(max_length = 100)]
    pub recipient: String,
    /// Language of its text: `zh-TW` or `en`.
    #[schema(max_length = 5)]
    pub language: String,
    #[schema(max_length = 500)]
    pub subject: String,
    pub created_at: Moment,
    /// When it was marked as printed last, or else was first noted to have gone out; absent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub printed_at: Option<Moment>,
    /// Why it was stopped; absent where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub stop: Option<MailStop>,
    /// What somebody has said who stopped it by hand; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500, nullable = false)]
    pub stop_reason: Option<String>,
    /// What the caller may do now.
    #[schema(value_type = Vec<OutgoingLetterAct>, max_items = 2)]
    pub allowed_actions: Vec<&'static str>,
}

/// What a caller may do with a letter now.
pub fn allowed(by: &By, letter: &OutgoingLetter) -> Vec<&'static str> {
    let can = |act: &OutgoingLetterAct| *act != OutgoingLetterAct::PrintAgain || letter.can_go();
    let possible = OutgoingLetterAct::possible(letter.status).filter(can);
    possible.filter(|act| act.line().is_granted(&by.caller)).map(|act| act.line().name).collect()
}

/// Shows a letter to a caller.
pub fn shown(node: &Node, by: &By, letter: &OutgoingLetter) -> Result<OutgoingLetterView> {
    let written = letter.open(&node.vault)?;
    Ok(view_of!(OutgoingLetterView, letter { id, status, created_at, printed_at, stop }
        about: letter.about.clone(),
        recipient: mask_name(&written.recipient),
        language: written.language,
        subject: written.subject,
        stop_reason: letter.stop_reason(&node.vault)?,
        allowed_actions: allowed(by, letter),
    ))
}
