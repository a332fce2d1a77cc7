//! A survey: its states, what can be done with it, and by what its results are read.

use serde::{Deserialize, Serialize};

use super::policy::{
    ArchiveSurvey, CloseSurvey, CreateSurvey, OpenSurvey, PauseSurveyInvitations, ReopenSurvey, RestoreSurvey,
    ResumeSurveyInvitations, UpdateSurvey,
};
use crate::{acts, text_enum};

text_enum! {
    /// States of a survey: written and changed, open for answers within its days, closed, put away.
    pub enum SurveyStatus {
        Draft = "DRAFT",
        Open = "OPEN",
        Closed = "CLOSED",
        Archived = "ARCHIVED",
    }
}

acts! {
    /// Acts on a survey. Whoever wrote it does not open it; from then on its questions and its anonymity stand, and it takes no
    /// further answers once results were shown.
    pub enum SurveyAct on "survey" SurveyStatus {
        Draft "draft" [CreateSurvey ""] "drafted" Proposer {}
        Change "change" [UpdateSurvey ""] "changed" Proposer { Draft => Draft }
        Open "open" [OpenSurvey ":open"] "opened" Supervisor apart [Unnamed, Proposer, Remaining] { Draft => Open }
        Close "close" [CloseSurvey ":close"] "closed" Anyone { Open => Closed }
        End "end" [] "closed" Anyone { Open => Closed }
        Reopen "reopen" [ReopenSurvey ":reopen"] "reopened" Anyone { Closed => Open }
        PauseInvitations "pause-invitations" [PauseSurveyInvitations ":pause-invitations"] "invitations_paused" Anyone { Open => Open }
        ResumeInvitations "resume-invitations" [ResumeSurveyInvitations ":resume-invitations"] "invitations_resumed" Anyone { Open => Open }
        Archive "archive" [ArchiveSurvey ":archive"] "archived" Anyone { Closed => Archived }
        Restore "restore" [RestoreSurvey ":restore"] "restored" Anyone { Archived => Closed }
    }
}

impl SurveyStatus {
    /// Whether everybody sees the survey, and not the staff alone.
    pub fn is_public(self) -> bool {
        matches!(self, Self::Open | Self::Closed)
    }

    /// Whether its results may be looked at.
    pub fn has_results(self) -> bool {
        matches!(self, Self::Closed | Self::Archived)
    }
}

text_enum! {
    /// How an answer came in.
    pub enum SurveyChannel {
        /// With a token that the office gave out
        Token = "TOKEN",
        /// With a token that anybody can draw
        Open = "OPEN",
        /// On paper, entered by a clerk
        Paper = "PAPER",
    }
}

text_enum! {
    /// A service after which somebody is asked.
    pub enum SurveyedService {
        /// A booking is done
        BookingDone = "BOOKING_DONE",
        /// A case is registered
        CaseRegistered = "CASE_REGISTERED",
        /// A petition that is kept from nobody is answered on the merits
        PetitionReplied = "PETITION_REPLIED",
    }
}

/// By what the results of a survey are read, as the settings said when it opened: another reading of the same answers would tell
/// by the difference what this one hides.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Readings {
    pub least_answers: u32,
    pub satisfied_from: u32,
    pub confidence_percent: u32,
}
