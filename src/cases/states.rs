//! States of a case and the acts that lead from one to the next.

use crate::{text_enum, transitions};

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

transitions! {
    /// Acts on a case. An approved change leads on as `correct` or `revoke` does; a paper that is taken back lets the
    /// case wait again.
    pub enum CaseAct on CaseStatus {
        Accept "accept" { Draft => Accepted }
        Edit "edit" { Draft => Draft, Accepted => Accepted, AwaitingDocuments => AwaitingDocuments, Returned => Returned }
        Assign "assign" {
            Draft => Draft, Accepted => Accepted, AwaitingDocuments => AwaitingDocuments, InReview => InReview, Returned => Returned,
        }
        ApproveProxy "approve-proxy" {
            Draft => Draft, Accepted => Accepted, AwaitingDocuments => AwaitingDocuments, Returned => Returned,
        }
        GiveNotice "one-time-notice" {
            Accepted => AwaitingDocuments, Returned => AwaitingDocuments, AwaitingDocuments => AwaitingDocuments,
        }
        ReceivePaper "receive-paper" {
            AwaitingDocuments => AwaitingDocuments, Accepted => Accepted, Returned => Returned,
        }
        Submit "submit-for-review" { Accepted => InReview, Returned => InReview }
        Pass "review-pass" { InReview => Registered }
        Return "review-return" { InReview => Returned }
        Error "review-error" { InReview => Returned }
        Withdraw "withdraw" {
            Draft => Withdrawn, Accepted => Withdrawn, AwaitingDocuments => Withdrawn, InReview => Withdrawn, Returned => Withdrawn,
        }
        Refuse "refuse" { Accepted => Refused, AwaitingDocuments => Refused, Returned => Refused }
        Correct "correct" { Registered => Corrected, Corrected => Corrected }
        Revoke "revoke" { Registered => Revoked, Corrected => Revoked }
        ApproveChange "approve-change" { Registered => Registered, Corrected => Corrected }
        RejectChange "reject-change" { Registered => Registered, Corrected => Corrected }
        Notify "agency-notices" { Registered => Registered, Corrected => Corrected }
    }
}
