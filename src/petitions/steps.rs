//! The steps of handling a petition, each as it is kept: supplements, drafts and replies, extension, transfer, filing, closings.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::model::{FilingGround, PetitionLanguage, PetitionNoticeKind, PetitionStatus, ReplyKind, ToldBy};
use crate::clock::Moment;
use crate::db::Id;

/// That somebody has taken something back that was a mistake.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PetitionUndoing)]
pub struct Undone {
    pub at: Moment,
    #[schema(max_length = 60)]
    pub by: String,
    #[schema(max_length = 500)]
    pub reason: String,
}

/// What was asked for before it was put right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SupplementCorrection {
    #[schema(max_length = 2000)]
    pub what: String,
    /// Who wrote it; empty where that was not kept.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub what_by: String,
    /// When they wrote it; `null` where that was not kept.
    #[serde(default)]
    pub what_at: Option<Moment>,
    pub due_on: NaiveDate,
    /// When it was put right, by whom, and why.
    pub undone: Undone,
}

/// Reads one key, none, or a list of them: one petition was made of a letter at most before.
fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Id>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Kept {
        Many(Vec<Id>),
        One(Option<Id>),
    }
    Ok(match Kept::deserialize(deserializer)? {
        Kept::Many(all) => all,
        Kept::One(one) => one.into_iter().collect(),
    })
}

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
    /// Who wrote `what` as it stands; empty where nobody has, or that was not kept.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub what_by: String,
    /// When they wrote it; `null` where nobody has, or that was not kept.
    #[serde(default)]
    pub what_at: Option<Moment>,
    /// The last day that was set.
    #[serde(default)]
    pub set_on: Option<NaiveDate>,
    /// Its last day, Asia/Taipei, by the office's days (行政程序法 §48 IV): after it, the clock runs whether it has come or not.
    pub due_on: NaiveDate,
    /// The last second of `due_on`, or noon where a Saturday was moved to Monday.
    #[serde(default)]
    pub due_at: Option<Moment>,
    pub told_by: ToldBy,
    /// Which of the petition's periods it was asked in, from 1; 0 where it came unasked, or was asked before this was kept.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub period: usize,
    /// Day on which the request has reached the petitioner: the clock stands still from the day after. `null` as long as it has not.
    #[serde(default)]
    pub reached_on: Option<NaiveDate>,
    /// What was asked before, in order, where it was put right.
    #[serde(default)]
    #[schema(max_items = 100, required = true)]
    pub corrections: Vec<SupplementCorrection>,
    /// That nothing is asked for after all.
    #[serde(default)]
    pub cancelled: Option<Undone>,
    /// When it came, or something by which it is answered as well that stands with what was asked for later.
    pub came_at: Option<Moment>,
    /// What came.
    #[schema(max_length = 10000)]
    pub text: Option<String>,
    /// Who noted what came; empty where nothing has, or that was not kept.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub noted_by: String,
    /// Uploads that came with it.
    #[serde(default)]
    #[schema(max_items = 10, required = true)]
    pub attachments: Vec<Id>,
    /// That it was noted by mistake: it counts for nothing, and stays readable.
    #[serde(default)]
    pub struck: Option<Undone>,
    /// The merged petition to whose number it came.
    pub from_id: Option<Id>,
    /// The petitions of their own that were made of it.
    #[serde(default, deserialize_with = "one_or_more")]
    #[schema(max_items = 100, required = true)]
    pub split_into: Vec<Id>,
}

impl Supplement {
    /// What came without being asked for.
    pub fn letter(came_at: Moment, text: Option<String>, attachments: Vec<Id>) -> Self {
        Self {
            asked_at: came_at,
            asked_by: String::new(),
            what: String::new(),
            what_by: String::new(),
            what_at: None,
            set_on: None,
            due_on: came_at.date(),
            due_at: None,
            told_by: ToldBy::Tracking,
            period: 0,
            reached_on: None,
            corrections: Vec::new(),
            cancelled: None,
            came_at: Some(came_at),
            text,
            noted_by: String::new(),
            attachments,
            struck: None,
            from_id: None,
            split_into: Vec::new(),
        }
    }

    /// Notes that what was asked for has come.
    pub fn take_in(&mut self, came: Self) {
        (self.came_at, self.text, self.attachments, self.noted_by) = (came.came_at, came.text, came.attachments, came.noted_by);
    }

    /// Notes that it has not come after all.
    pub fn take_out(&mut self) {
        (self.came_at, self.text, self.attachments, self.noted_by) = (None, None, Vec::new(), String::new());
    }

    /// Whether it is asked for, and not taken back.
    pub fn is_asked(&self) -> bool {
        !self.what.is_empty() && self.cancelled.is_none()
    }

    /// Whether what came stands with it.
    pub fn holds_letter(&self) -> bool {
        self.came_at.is_some() && self.text.is_some()
    }

    /// Whether it is asked for, and nothing has come.
    pub fn is_open(&self) -> bool {
        self.is_asked() && self.came_at.is_none()
    }

    /// While which it stops the clock: from the day on which the request has reached the petitioner to that on which it came, or its last
    /// one.
    pub fn stop(&self) -> Option<(NaiveDate, NaiveDate)> {
        if !self.is_asked() {
            return None;
        }
        // Before it was kept when a request went out, the day on which it was asked counted.
        let from = self.reached_on.or_else(|| (self.period == 0).then(|| self.asked_at.date()))?;
        let to = self.came_at.map_or(self.due_on, |came_at| self.due_on.min(came_at.date()));
        Some((from, to))
    }
}

/// What a petition was before it was merged into another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Merge {
    pub before: PetitionStatus,
    pub handler: Option<Id>,
    /// When it was merged; not known of one that was merged before this was kept.
    #[serde(default)]
    pub at: Option<Moment>,
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
    /// In which language it was written; absent where that was not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub language: Option<PetitionLanguage>,
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
    /// As somebody reads it who petitions in a language; none where it is not written in it.
    pub fn in_language(self, language: PetitionLanguage) -> Option<Self> {
        if self.language.is_none_or(|own| own == language) {
            return Some(self);
        }
        let ReplyTranslation { text, legal_ground, remedies } = self.translation.clone()?;
        Some(Self { language: Some(language), text, legal_ground, remedies, ..self })
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
    /// In which language it was written; absent where that was not kept. What is told of it stays in it, though the petition is said to be in
    /// the other one since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub language: Option<PetitionLanguage>,
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
    /// Who wrote it, to staff; absent where that was not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 60, nullable = false)]
    pub written_by: Option<String>,
    /// When they wrote it, to staff; absent where that was not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub written_at: Option<Moment>,
    pub sent_at: Moment,
    /// Each petitioner of a group is told apart from the others, in their order.
    #[schema(max_items = 21)]
    pub told_by: Vec<ToldBy>,
    /// When it was taken back, where it was a mistake: it answers nothing, and is not rated.
    #[serde(default)]
    pub taken_back_at: Option<Moment>,
    /// When the petition was taken out of those with which it had this reply: it answers nothing any more, though what was told stays told.
    #[serde(default)]
    pub ceased_at: Option<Moment>,
}

impl SentReply {
    /// Whether it is an answer on the merits, and stands: the one rule by which a petition counts as answered.
    pub fn answers(&self) -> bool {
        self.kind == ReplyKind::Final && self.taken_back_at.is_none() && self.ceased_at.is_none()
    }
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
    /// That it was approved by mistake: the limit is as it was, and it can be asked for anew.
    #[serde(default)]
    pub revoked: Option<Undone>,
}

impl Extension {
    /// Whether it makes the limit longer.
    pub fn stands(&self) -> bool {
        self.approved_at.is_some() && self.revoked.is_none()
    }
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
    /// Who sent it; empty where that was not kept.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub sent_by: String,
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
    /// Who noted it; empty where that was not kept.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub noted_by: String,
    /// When they noted it; `null` where that was not kept.
    #[serde(default)]
    pub noted_at: Option<Moment>,
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
