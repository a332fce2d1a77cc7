//! An inquiry: its channels with their limits, its states and acts, and what is kept of question and answers.

use std::fmt;
use std::str::FromStr;

use chrono::{Duration, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::knowledge::InquiryTopic;
use super::policy::{
    AnswerInquiry, CheckInquiryAnswer, CloseInquiry, CorrectInquiryAnswer, CreateInquiry, OpenPetitionFromInquiry, ReopenInquiry,
};
use super::settings::InquirySettings;
use crate::calendar::{Deadline, OfficeCalendar, Period};
use crate::clock::Moment;
use crate::db::Id;
use crate::people::Email;
use crate::petitions::{PetitionChannel, Petitioner};
use crate::{acts, text_enum};

text_enum! {
    /// How an inquiry came.
    pub enum InquiryChannel {
        /// Over this API, by anybody
        Online = "ONLINE",
        Counter = "COUNTER",
        Phone = "PHONE",
        /// 民意電子信箱
        Mailbox = "MAILBOX",
        Email = "EMAIL",
    }
}

impl InquiryChannel {
    /// Whether it is answered in the conversation.
    pub const fn is_spoken(self) -> bool {
        matches!(self, Self::Counter | Self::Phone)
    }

    /// Within what it is answered, by today's settings.
    pub const fn limit(self, settings: &InquirySettings) -> Limit {
        match self {
            Self::Counter => Limit::Minutes(settings.counter_minutes),
            Self::Phone => Limit::Minutes(settings.phone_minutes),
            Self::Online => Limit::Within(settings.online_inquiry_period),
            Self::Mailbox => Limit::Within(settings.mailbox_inquiry_period),
            Self::Email => Limit::Within(settings.email_inquiry_period),
        }
    }

    /// The channel of a petition that comes out of it.
    pub const fn of_petition(self) -> PetitionChannel {
        match self {
            Self::Counter => PetitionChannel::Counter,
            Self::Phone => PetitionChannel::Phone,
            Self::Email => PetitionChannel::Email,
            Self::Online | Self::Mailbox => PetitionChannel::Mailbox,
        }
    }
}

/// Within what an inquiry is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Of office time.
    Minutes(i64),
    Within(Period),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minutes(minutes) => write!(f, "{minutes}MIN"),
            Self::Within(period) => period.fmt(f),
        }
    }
}

impl FromStr for Limit {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_suffix("MIN") {
            Some(minutes) => minutes.parse().map(Self::Minutes).map_err(|_| "pattern"),
            None => text.parse().map(Self::Within),
        }
    }
}

impl Limit {
    /// Its end, by the days and hours of a service point.
    pub fn due_at(self, calendar: &OfficeCalendar, point: &str, asked_at: Moment) -> Moment {
        match self {
            Self::Minutes(minutes) => calendar.after_open(Some(point), asked_at, Duration::minutes(minutes)),
            Self::Within(period) => Deadline::compute(calendar, asked_at.date(), period, &[]).due_at,
        }
    }
}

text_enum! {
    /// States of an inquiry.
    pub enum InquiryStatus {
        /// Waits for an answer
        Open = "OPEN",
        Answered = "ANSWERED",
        /// Answered, and another has looked at the answer
        Checked = "CHECKED",
        /// Ended without an answer
        Closed = "CLOSED",
        /// Goes on as a petition
        Petition = "PETITION",
    }
}

acts! {
    /// Acts on an inquiry. What one person answers, another checks.
    pub enum InquiryAct on "inquiry" InquiryStatus {
        Ask "ask" [CreateInquiry ""] "asked" Anyone {}
        Answer "answer" [AnswerInquiry ":answer"] "answered" Clerk { Open => Answered }
        Correct "correct" [CorrectInquiryAnswer ":correct"] "corrected" Clerk { Answered => Answered, Checked => Answered }
        Check "check" [CheckInquiryAnswer ":check"] "checked" Checker apart [Unnamed, Clerk] { Answered => Checked }
        Close "close" [CloseInquiry ":close"] "closed" Anyone { Open => Closed }
        Reopen "reopen" [ReopenInquiry ":reopen"] "reopened" Anyone {
            Answered => Open, Checked => Open, Closed => Open, Petition => Open
        }
        OpenPetition "open-petition" [OpenPetitionFromInquiry ":open-petition"] "became_petition" Anyone {
            Open => Petition, Answered => Petition, Checked => Petition
        }
    }
}

text_enum! {
    /// By which means somebody was told an answer.
    pub enum InquiryToldBy {
        /// In the conversation in which they asked
        Spoken = "SPOKEN",
        /// By e-mail, whole
        Mail = "MAIL",
        /// By an e-mail that says where to read it: nobody has proven that the address is theirs
        MailNotice = "MAIL_NOTICE",
        /// By a call: it stands in the list of calls until they are reached
        Call = "CALL",
        /// Only by what `:track` shows: there is no way to reach them
        Tracking = "TRACKING",
    }
}

/// A version of a knowledge answer that an answer rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"knowledge_answer_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": 1}))]
pub struct KnowledgeCitation {
    pub knowledge_answer_id: Id,
    #[schema(minimum = 1, maximum = 2147483647)]
    pub number: i32,
}

/// An answer as it was given; the last one stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GivenAnswer {
    #[schema(max_length = 10000)]
    pub text: String,
    #[schema(max_items = 10)]
    pub cites: Vec<KnowledgeCitation>,
    #[schema(max_items = 10)]
    pub laws: Vec<String>,
    /// Who answered: `accounts/{id}`.
    #[schema(max_length = 60)]
    pub by: String,
    /// When it was given, Asia/Taipei.
    pub at: Moment,
    /// When it was written down.
    pub entered_at: Moment,
    pub told_by: InquiryToldBy,
    /// When it has reached whoever asked, or gone out to them: the relay has taken the mail, they were reached by telephone. `null` until
    /// then.
    #[serde(default)]
    pub told_at: Option<Moment>,
    /// The mail (`GET /v1/mails/{id}`).
    #[serde(default)]
    pub mail_id: Option<Id>,
    /// Why it takes the place of the one before.
    #[schema(max_length = 500)]
    pub corrects_because: Option<String>,
}

impl GivenAnswer {
    /// Whether whoever asked was told it, so that another one corrects it. Before it was kept when a mail went out, it had.
    pub fn has_told(&self) -> bool {
        match self.told_by {
            InquiryToldBy::Spoken | InquiryToldBy::Tracking => true,
            InquiryToldBy::Mail | InquiryToldBy::MailNotice => self.told_at.is_some() || self.mail_id.is_none(),
            InquiryToldBy::Call => self.told_at.is_some(),
        }
    }
}

/// What was asked, and by whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    pub question: String,
    pub asker: Option<Petitioner>,
}

/// What was done with an inquiry, as it is kept sealed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Handling {
    pub answers: Vec<GivenAnswer>,
    /// Who looked at the answer that stands, and when.
    pub checked: Option<(String, Moment)>,
    /// Why it was closed without an answer, or opened again, last.
    pub reason: Option<String>,
    /// Mail was found not to reach whoever asked, until their address is put right.
    #[serde(default)]
    pub mail_fails: bool,
    /// Mails that went, or may have gone, to an address that was wrong.
    #[serde(default)]
    pub astray: Vec<Id>,
    /// What had told an answer when the address was taken for a wrong one.
    #[serde(default)]
    pub gone: Vec<Gone>,
    /// How many answers there were when it was opened again: none of these stands.
    #[serde(default)]
    pub taken_back: usize,
}

/// A mail that has told an answer, to an address that was taken for a wrong one since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gone {
    pub mail_id: Id,
    /// Which answer, from 1.
    pub place: usize,
    pub to: Email,
    pub told_by: InquiryToldBy,
    pub told_at: Moment,
}

impl Handling {
    pub fn standing(&self) -> Option<&GivenAnswer> {
        self.answers.last()
    }

    /// Whether the answer that stands takes the place of one that whoever asked was told.
    pub fn corrects(&self) -> bool {
        self.answers.split_last().is_some_and(|(_, before)| before.iter().any(GivenAnswer::has_told))
    }

    /// Whether there is an answer that tells whoever asked something: also of one that goes on as a petition, where it puts right what they
    /// were told.
    pub fn tells(&self, status: InquiryStatus) -> bool {
        self.answers.len() > self.taken_back
            && match status {
                InquiryStatus::Answered | InquiryStatus::Checked => true,
                InquiryStatus::Petition => self.corrects(),
                InquiryStatus::Open | InquiryStatus::Closed => false,
            }
    }

    /// Whether what puts right what whoever asked was told is still to go out.
    pub fn owes_right(&self, status: InquiryStatus) -> bool {
        self.tells(status) && self.corrects() && self.standing().is_some_and(|answer| !answer.has_told())
    }
}

text_enum! {
    /// A queue of inquiries.
    pub enum InquiryQueue {
        /// Waits for an answer
        ToAnswer = "TO_ANSWER",
        /// Waits, and its limit has passed
        Overdue = "OVERDUE",
        /// Answered, and nobody has looked at it yet
        ToCheck = "TO_CHECK",
        /// Answered by a knowledge answer that was found wrong
        ToRecheck = "TO_RECHECK",
    }
}

/// Filters of the list of inquiries.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct InquiryFilter {
    pub status: Option<InquiryStatus>,
    pub channel: Option<InquiryChannel>,
    pub topic: Option<InquiryTopic>,
    pub queue: Option<InquiryQueue>,
    /// Those whose answer cites a version of this knowledge answer.
    pub cites_id: Option<Id>,
    /// First day on which it was asked, Asia/Taipei.
    pub from: Option<NaiveDate>,
    /// Last day, included; not before `from`.
    pub to: Option<NaiveDate>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Hours;

    #[test]
    fn a_limit_is_of_office_time_or_of_days() {
        let calendar = OfficeCalendar::new(Hours::default(), Vec::new(), Vec::new());
        let due = |rule: &str, asked: &str| {
            rule.parse::<Limit>().unwrap().due_at(&calendar, "HEMEI", asked.parse().unwrap()).to_string()
        };
        assert_eq!(due("20MIN", "2026-11-23T16:50:00+08:00"), "2026-11-24T08:10:00+08:00");
        assert_eq!(due("3WD", "2026-11-26T16:50:00+08:00"), "2026-12-01T23:59:59+08:00");
        assert_eq!("20MIN".parse::<Limit>().unwrap().to_string(), "20MIN");
        assert!("xMIN".parse::<Limit>().is_err());
    }
}
