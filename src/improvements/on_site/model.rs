//! A complaint on the spot: its steps, the states that follow from those that stand, and the acts.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::policy::{CreateOnSiteComplaint, CreateOnSiteStep, TakeBackOnSiteStep, UpdateOnSiteComplaint};
use crate::petitions::{Concern, Petitioner};
use crate::{acts, text_enum};

text_enum! {
    /// A step of the flow (現場民眾申訴事件處理流程).
    pub enum OnSiteStepKind {
        /// Calmed, and led to the consultation room 協談室
        Calmed = "CALMED",
        /// A supervisor has taken over
        TakenOver = "TAKEN_OVER",
        /// What happened is written down
        Recorded = "RECORDED",
        /// Threats or violence: the police are called; at any time
        PoliceCalled = "POLICE_CALLED",
        /// Solved at once
        Solved = "SOLVED",
        /// It goes on as a petition
        PetitionOpened = "PETITION_OPENED",
        /// The result is noted, and told
        ResultNoted = "RESULT_NOTED",
        /// Called afterwards, and asked whether the matter is settled
        FollowedUp = "FOLLOWED_UP",
    }
}

text_enum! {
    /// States of a complaint on the spot.
    pub enum OnSiteStatus {
        /// It is being dealt with
        Open = "OPEN",
        /// The result is noted: whoever complained is to be called
        AwaitingFollowUp = "AWAITING_FOLLOW_UP",
        /// Every step of the flow was done
        Closed = "CLOSED",
    }
}

acts! {
    /// Acts on a complaint on the spot: its state follows from the steps that stand. Whoever noted the result does not make the call
    /// that asks about it.
    pub enum OnSiteAct on "on_site_complaint" OnSiteStatus {
        Enter "enter" [CreateOnSiteComplaint ""] "entered" Anyone {}
        Update "update" [UpdateOnSiteComplaint ""] "updated" Anyone {
            Open => Open, AwaitingFollowUp => AwaitingFollowUp, Closed => Closed
        }
        Step "step" [CreateOnSiteStep "/steps"] "step_entered" Anyone {
            Open => Open, AwaitingFollowUp => AwaitingFollowUp, Closed => Closed
        }
        TakeBack "take-back" [TakeBackOnSiteStep ":take-back"] "step_taken_back" Anyone {
            Open => Open, AwaitingFollowUp => AwaitingFollowUp, Closed => Closed
        }
    }
}

/// What is complained about, as it is kept sealed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    pub what: String,
    pub complainant: Option<Petitioner>,
    pub concerns: Vec<Concern>,
}

text_enum! {
    /// A queue of complaints on the spot, within what the caller may see.
    pub enum OnSiteQueue {
        /// No supervisor has taken over in time
        TakeoverLate = "TAKEOVER_LATE",
        /// Waits for the follow-up call
        ToFollowUp = "TO_FOLLOW_UP",
        /// Waits for it, and the limit has passed
        FollowUpOverdue = "FOLLOW_UP_OVERDUE",
    }
}

/// Filters of the list of complaints on the spot.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OnSiteFilter {
    pub status: Option<OnSiteStatus>,
    pub queue: Option<OnSiteQueue>,
    /// One service point's complaints.
    #[param(min_length = 1, max_length = 20)]
    pub service_point: Option<String>,
    /// First day on which it began, Asia/Taipei.
    pub from: Option<NaiveDate>,
    /// Last day, included; not before `from`.
    pub to: Option<NaiveDate>,
}
