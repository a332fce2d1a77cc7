//! Recruitment plans and applications: their states and acts.

use super::policy::{
    CloseRecruitmentPlan, CreateRecruitmentPlan, CreateVolunteerApplication, DecideVolunteerApplication, PublishRecruitmentPlan,
    ReopenRecruitmentPlan, ReopenVolunteerApplication, UpdateRecruitmentPlan, WithdrawVolunteerApplication,
};
use crate::{acts, text_enum};

text_enum! {
    /// States of a recruitment plan.
    pub enum RecruitmentPlanStatus {
        Draft = "DRAFT",
        Published = "PUBLISHED",
        /// Nobody applies by it any more
        Closed = "CLOSED",
    }
}

acts! {
    /// Acts on a recruitment plan. What one person writes, another publishes.
    pub enum RecruitmentPlanAct on "recruitment_plan" RecruitmentPlanStatus {
        Write "write" [CreateRecruitmentPlan ""] "written" Proposer {}
        Update "update" [UpdateRecruitmentPlan ""] "updated" Proposer { Draft => Draft }
        Publish "publish" [PublishRecruitmentPlan ":publish"] "published" Supervisor apart [Unnamed, Proposer, Remaining] {
            Draft => Published
        }
        Close "close" [CloseRecruitmentPlan ":close"] "closed" Supervisor { Draft => Closed, Published => Closed }
        Reopen "reopen" [ReopenRecruitmentPlan ":reopen"] "reopened" Supervisor { Closed => Draft }
    }
}

text_enum! {
    /// States of an application.
    pub enum VolunteerApplicationStatus {
        Open = "OPEN",
        /// They are a volunteer, as a trainee
        Accepted = "ACCEPTED",
        Refused = "REFUSED",
        Withdrawn = "WITHDRAWN",
    }
}

acts! {
    /// Acts on an application. Another decides on it than the clerk who took it, and nobody on their own.
    pub enum VolunteerApplicationAct on "volunteer_application" VolunteerApplicationStatus {
        Apply "apply" [CreateVolunteerApplication ""] "received" Anyone {}
        Accept "decide" [DecideVolunteerApplication ":decide"] "accepted" Supervisor apart [Unnamed, Clerk, Subject] { Open => Accepted }
        Refuse "decide" [DecideVolunteerApplication ":decide"] "refused" Supervisor apart [Unnamed, Clerk, Subject] { Open => Refused }
        Withdraw "withdraw" [WithdrawVolunteerApplication ":withdraw"] "withdrawn" Anyone apart [Unnamed, Subject] { Open => Withdrawn }
        Reopen "reopen" [ReopenVolunteerApplication ":reopen"] "reopened" Supervisor apart [Unnamed, Subject] {
            Accepted => Open, Refused => Open, Withdrawn => Open
        }
    }
}
