//! States of a case and the acts that lead from one to the next.

use super::policy::{
    AcceptCase, ApproveCaseChange, ApproveCaseProxy, AssignCase, CorrectCase, CreateAgencyNotice, CreateCase, CreateReview,
    GiveNotice, RecallCase, ReceivePaper, RefuseCase, ReinstateCase, RejectCaseChange, ReopenCase, RevokeCase, SubmitCase,
    UpdateCase, WithdrawCase, WithdrawCaseChange,
};
use crate::states::Part;
use crate::{acts, text_enum};

text_enum! {
    /// States of a case.
    pub enum CaseStatus {
        Draft = "DRAFT",
        Accepted = "ACCEPTED",
        AwaitingDocuments = "AWAITING_DOCUMENTS",
        InReview = "IN_REVIEW",
        Returned = "RETURNED",
        Registered = "REGISTERED",
        Refused = "REFUSED",
        Withdrawn = "WITHDRAWN",
        Corrected = "CORRECTED",
        Revoked = "REVOKED",
    }
}

impl CaseStatus {
    /// States in which the office still has something to do.
    pub const OPEN: [Self; 4] = [Self::Accepted, Self::AwaitingDocuments, Self::InReview, Self::Returned];
    /// Those of them in which the office's clock runs.
    pub const RUNNING: [Self; 3] = [Self::Accepted, Self::InReview, Self::Returned];
}

acts! {
    /// Acts on a case. A paper that is taken back lets the case wait again; `edit` is the PATCH of the case. A case is parted by
    /// the `:part` of a person, and voided with a change of another that shows its marriage to be void. Staff are kept apart
    /// from cases about themselves; a citizen's own draft is theirs to edit and to withdraw. A revoked entry that is reinstated is
    /// as it was: registered, or corrected.
    pub enum CaseAct on "case" CaseStatus {
        Draft "draft" [CreateCase ""] "drafted" Clerk apart [Unnamed, Subject] {}
        Accept "accept" [AcceptCase ":accept"] "accepted" Clerk apart [Unnamed, Subject] { Draft => Accepted }
        Edit "edit" [UpdateCase ""] "edited" Clerk apart [Unnamed, Subject] {
            Draft => Draft, Accepted => Accepted, AwaitingDocuments => AwaitingDocuments, Returned => Returned,
        }
        Part "part" [] "parted" Clerk apart [Unnamed, Subject] {
            Accepted => Accepted, AwaitingDocuments => AwaitingDocuments, InReview => Returned, Returned => Returned,
        }
        Assign "assign" [AssignCase ":assign"] "assigned" Anyone apart [Unnamed, Subject] {
            Draft => Draft, Accepted => Accepted, AwaitingDocuments => AwaitingDocuments, InReview => InReview, Returned => Returned,
        }
        ApproveProxy "approve-proxy" [ApproveCaseProxy ":approve-proxy"] "proxy_approved" Supervisor apart [Unnamed, Proposer, Subject, Clerk] {
            Draft => Draft, Accepted => Accepted, AwaitingDocuments => AwaitingDocuments, Returned => Returned,
        }
        GiveNotice "one-time-notice" [GiveNotice "/one-time-notice"] "notice_given" Clerk apart [Unnamed, Subject] {
            Accepted => AwaitingDocuments, Returned => AwaitingDocuments, AwaitingDocuments => AwaitingDocuments,
        }
        MissPaper "one-time-notice/items" [ReceivePaper "/one-time-notice/items/{n}"] "paper_missing" Clerk apart [Unnamed, Subject] {
            AwaitingDocuments => AwaitingDocuments, Accepted => AwaitingDocuments, Returned => AwaitingDocuments,
        }
        ReceivePaper "one-time-notice/items" [ReceivePaper "/one-time-notice/items/{n}"] "paper_received" Clerk apart [Unnamed, Subject] {
            AwaitingDocuments => AwaitingDocuments, Accepted => AwaitingDocuments, Returned => AwaitingDocuments,
        }
        ReceiveLastPaper "one-time-notice/items" [ReceivePaper "/one-time-notice/items/{n}"] "papers_complete" Clerk apart [Unnamed, Subject] {
            AwaitingDocuments => Accepted, Accepted => Accepted, Returned => Returned,
        }
        Submit "submit-for-review" [SubmitCase ":submit-for-review"] "submitted" Clerk apart [Unnamed, Subject] {
            Accepted => InReview, Returned => InReview,
        }
        Pass "reviews" [CreateReview "/reviews"] "registered" Reviewer apart [Unnamed, Clerk, Subject] { InReview => Registered }
        Return "reviews" [CreateReview "/reviews"] "returned" Reviewer apart [Unnamed, Clerk, Subject] { InReview => Returned }
        Error "reviews" [CreateReview "/reviews"] "found_wrong" Reviewer apart [Unnamed, Clerk, Subject] { InReview => Returned }
        Withdraw "withdraw" [WithdrawCase ":withdraw"] "withdrawn" Clerk apart [Unnamed, Subject] {
            Draft => Withdrawn, Accepted => Withdrawn, AwaitingDocuments => Withdrawn, InReview => Withdrawn, Returned => Withdrawn,
        }
        Recall "recall" [RecallCase ":recall"] "recalled" Clerk apart [Unnamed, Subject] { InReview => Accepted }
        Reopen "reopen" [ReopenCase ":reopen"] "reopened" Supervisor apart [Unnamed, Subject] { Refused => Draft, Withdrawn => Draft }
        Refuse "refuse" [RefuseCase ":refuse"] "refused" Clerk apart [Unnamed, Subject] {
            Accepted => Refused, AwaitingDocuments => Refused, Returned => Refused,
        }
        Correct "correct" [CorrectCase ":correct"] "change_proposed" Proposer apart [Unnamed, Subject] {
            Registered => Registered, Corrected => Corrected,
        }
        Revoke "revoke" [RevokeCase ":revoke"] "change_proposed" Proposer apart [Unnamed, Subject] {
            Registered => Registered, Corrected => Corrected,
        }
        ApproveCorrection "approve-change" [ApproveCaseChange ":approve-change"] "corrected" Supervisor apart [Unnamed, Proposer, Remaining, Subject] {
            Registered => Corrected, Corrected => Corrected,
        }
        ApproveRevocation "approve-change" [ApproveCaseChange ":approve-change"] "revoked" Supervisor apart [Unnamed, Proposer, Remaining, Subject] {
            Registered => Revoked, Corrected => Revoked,
        }
        Reinstate "reinstate" [ReinstateCase ":reinstate"] "change_proposed" Proposer apart [Unnamed, Subject] { Revoked => Revoked }
        ApproveReinstatement "approve-change" [ApproveCaseChange ":approve-change"] "reinstated" Supervisor apart [Unnamed, Proposer, Remaining, Subject] {
            Revoked => Registered,
        }
        ReinstateCorrected "approve-change" [ApproveCaseChange ":approve-change"] "reinstated" Supervisor apart [Unnamed, Proposer, Remaining, Subject] {
            Revoked => Corrected,
        }
        RejectChange "reject-change" [RejectCaseChange ":reject-change"] "change_rejected" Supervisor apart [Unnamed, Proposer, Subject] {
            Registered => Registered, Corrected => Corrected, Revoked => Revoked,
        }
        WithdrawChange "withdraw-change" [WithdrawCaseChange ":withdraw-change"] "change_withdrawn" Anyone {
            Registered => Registered, Corrected => Corrected, Revoked => Revoked,
        }
        Void "void" [] "voided" Supervisor apart [Subject] { Registered => Revoked, Corrected => Revoked }
        Notify "agency-notices" [CreateAgencyNotice "/agency-notices"] "" Anyone apart [Unnamed, Subject] {
            Registered => Registered, Corrected => Corrected,
        }
    }
}

impl CaseAct {
    /// Whether it changes what stands registered.
    pub const fn changes_entry(self) -> bool {
        matches!(self, Self::ApproveCorrection | Self::ApproveRevocation | Self::ApproveReinstatement | Self::ReinstateCorrected)
    }

    /// The part that a line of the history gave to its actor; a line that no act wrote binds nobody.
    pub fn part_of(past: &str) -> Part {
        let told = Self::ALL.iter().map(|act| act.line()).find(|act| act.past == past);
        told.map_or(Part::Anyone, |act| act.part)
    }
}
