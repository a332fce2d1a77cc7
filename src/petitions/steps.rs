//! The steps of handling a petition, each as it is kept: supplements, drafts and replies, extension, transfer, filing, closings.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::{FilingGround, PetitionNoticeKind, PetitionStatus, ReplyKind, ToldBy};
use crate::clock::Moment;
use crate::db::Id;

/// A supplement that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Supplement {
    pub asked_at: Moment,
    /// Who asked; empty where it came unasked, or was asked before this was kept.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub asked_by: String,
    /// Empty where it came unasked.
    #[schema(max_length = 2000)]
    pub what: String,
    /// The last day that was set.
    #[serde(default)]
    pub set_on: Option<NaiveDate>,
    /// Its last day, Asia/Taipei, by the office's days (行政程序法 §48 IV): after it, the clock runs whether it has come or not.
    pub due_on: NaiveDate,
    /// The last second of `due_on`, or noon where a Saturday was moved to Monday.
    #[serde(default)]
    pub due_at: Option<Moment>,
    pub told_by: ToldBy,
    pub came_at: Option<Moment>,
    /// What came.
    #[schema(max_length = 10000)]
    pub text: Option<String>,
    /// Uploads that came with it.
    #[serde(default)]
    #[schema(max_items = 10, required = true)]
    pub attachments: Vec<Id>,
    /// The merged petition to whose number it came.
    pub from_id: Option<Id>,
    /// The petition of its own that was made of it.
    pub split_into: Option<Id>,
}

/// What a petition was before it was merged into another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Merge {
    pub before: PetitionStatus,
    pub handler: Option<Id>,
}

/// A reply in the other language, for those who petition in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "Please bring your national identity card and your household certificate.", "legal_ground": "Household Registration Act §17"}))]
pub struct ReplyTranslation {
    #[schema(min_length = 1, max_length = 10000)]
    pub text: String,
    /// Where the reply names one.
    #[schema(min_length = 1, max_length = 500)]
    pub legal_ground: Option<String>,
    /// Where the reply tells of them.
    #[schema(min_length = 1, max_length = 1000)]
    pub remedies: Option<String>,
}

/// A draft of a reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Draft {
    /// Counts the drafts of the petition, from 1: an approval names it.
    #[schema(minimum = 1)]
    pub version: usize,
    pub kind: ReplyKind,
    #[schema(max_length = 10000)]
    pub text: String,
    #[schema(max_length = 500)]
    pub legal_ground: Option<String>,
    #[schema(max_length = 1000)]
    pub remedies: Option<String>,
    /// Uploads that are sent with it.
    #[serde(default)]
    #[schema(max_items = 10, required = true)]
    pub attachments: Vec<Id>,
    /// In the other language, for those who petition in it and are answered together.
    pub translation: Option<ReplyTranslation>,
    /// Who wrote it.
    #[schema(max_length = 60)]
    pub by: String,
    pub at: Moment,
}

impl Draft {
    /// As somebody reads it who petitions in the other language.
    pub fn translated(self) -> Self {
        match self.translation.clone() {
            Some(ReplyTranslation { text, legal_ground, remedies }) => Self { text, legal_ground, remedies, ..self },
            None => self,
        }
    }
}

/// That a suggestion was adopted by the office, or is dropped after all, as the petitioner was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Adoption {
    pub adopted: bool,
    pub at: Moment,
    pub told_by: ToldBy,
}

/// Who approved which draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    pub draft: usize,
    pub by: String,
    pub at: Moment,
}

/// A reply that was sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SentReply {
    pub kind: ReplyKind,
    #[schema(max_length = 10000)]
    pub text: String,
    #[schema(max_length = 500)]
    pub legal_ground: Option<String>,
    #[schema(max_length = 1000)]
    pub remedies: Option<String>,
    /// Uploads that were sent with it.
    #[serde(default)]
    #[schema(max_items = 10, required = true)]
    pub attachments: Vec<Id>,
    pub sent_at: Moment,
    /// Each petitioner of a group is told apart from the others, in their order.
    #[schema(max_items = 21)]
    pub told_by: Vec<ToldBy>,
}

/// The one extension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Extension {
    #[schema(minimum = 1, maximum = 30)]
    pub days: u16,
    /// As the petitioner is told it.
    #[schema(max_length = 500)]
    pub reason: String,
    #[schema(max_length = 60)]
    pub asked_by: String,
    pub asked_at: Moment,
    /// When another approved it, which sends the reason to the petitioner.
    pub approved_at: Option<Moment>,
    pub told_by: Option<ToldBy>,
}

/// Where a petition was sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Transfer {
    #[schema(max_length = 100)]
    pub to: String,
    pub with_identity: bool,
    /// The petitioner's consent, or the duty by which the identity goes along.
    #[schema(max_length = 500)]
    pub identity_ground: Option<String>,
    #[schema(max_length = 500)]
    pub reason: String,
    pub at: Moment,
    pub told_by: ToldBy,
    /// By what it came back, where that body has had it.
    #[serde(default)]
    pub returned: Option<Returned>,
}

/// By what a petition came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PetitionReturned)]
pub struct Returned {
    /// Number of the other body's letter.
    #[schema(max_length = 100)]
    pub letter: String,
    /// Day on which it came.
    pub on: NaiveDate,
}

/// That a petition shall stay without an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Filing {
    pub ground: FilingGround,
    /// The petitions in which the matter was answered.
    #[schema(max_items = 20)]
    pub earlier_ids: Vec<Id>,
    #[schema(max_items = 20)]
    pub sent_also_to: Vec<String>,
    #[schema(max_length = 500)]
    pub reason: String,
    #[schema(max_length = 60)]
    pub proposed_by: String,
    pub proposed_at: Moment,
    pub approved_at: Option<Moment>,
    /// By which means the body that had sent it on was told.
    pub body_told_by: Option<ToldBy>,
}

/// That the petitioner was told of something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PetitionNotice {
    pub about: PetitionNoticeKind,
    pub at: Moment,
    pub told_by: ToldBy,
}

/// Who ended a petition, when, and in which state it was before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    pub by: String,
    pub at: Moment,
    pub from: PetitionStatus,
}

/// That a petition shall be less secret than it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Lifting {
    /// It shall be confidential no more.
    pub confidential: bool,
    /// It shall not be a whistleblower's any more.
    pub whistleblower: bool,
    #[schema(max_length = 500)]
    pub reason: String,
    #[schema(max_length = 60)]
    pub proposed_by: String,
    pub proposed_at: Moment,
}

/// An end of a petition: it stays as it was in its month, whatever comes afterwards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Closing {
    pub status: PetitionStatus,
    pub at: Moment,
    /// The limit that it had then, by the calendar as it stands: a day that is closed afterwards moves it.
    pub due_at: Option<Moment>,
    /// Which of its periods it ended, from 1; 0 where that was not kept.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub period: usize,
    /// When it was put right, where it was a mistake.
    #[serde(default)]
    pub undone_at: Option<Moment>,
}
