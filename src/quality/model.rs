//! States of a spot check, the acts on it and on errors, and what a sample is layered by.

use super::policy::{ConfirmError, DismissError, HandOverSpotCheck, RebutFinding, RecordFinding, RuleOnFinding};
use crate::cases::errors::ErrorStatus;
use crate::{acts, text_enum};

text_enum! {
    /// States of a spot check: drawn, found in order, found wrong, contested by the clerk, and the ruling.
    pub enum SpotCheckStatus {
        Pending = "PENDING",
        Cleared = "CLEARED",
        Found = "FOUND",
        Rebutted = "REBUTTED",
        Upheld = "UPHELD",
        Dismissed = "DISMISSED",
    }
}

text_enum! {
    /// What a sample is layered by.
    pub enum Stratum {
        Clerk = "CLERK",
        Type = "TYPE",
        Channel = "CHANNEL",
    }
}

acts! {
    /// Acts on a spot check. It is checked by somebody who had no hand in the case, and ruled on by a third, against the clerk
    /// only once they were heard or have let their time pass.
    pub enum SpotCheckAct on "spot_check" SpotCheckStatus {
        Clear "finding-clear" [RecordFinding "/findings"] "changed" Checker
            apart [Clerk, Reviewer, Supervisor, Proposer, Anyone, Subject] { Pending => Cleared }
        Find "finding-error" [RecordFinding "/findings"] "changed" Checker
            apart [Clerk, Reviewer, Supervisor, Proposer, Anyone, Subject] { Pending => Found }
        HandOver "hand-over" [HandOverSpotCheck ":hand-over"] "changed" Anyone apart [Unnamed, Clerk, Subject] { Pending => Pending }
        Rebut "rebut" [RebutFinding ":rebut"] "changed" Clerk { Found => Rebutted }
        Uphold "rule-uphold" [RuleOnFinding ":rule"] "changed" Supervisor
            apart [Clerk, Checker, Reviewer, Supervisor, Proposer, Subject] {
            Found => Upheld, Rebutted => Upheld,
        }
        Dismiss "rule-dismiss" [RuleOnFinding ":rule"] "changed" Supervisor
            apart [Clerk, Checker, Reviewer, Supervisor, Proposer, Subject] {
            Found => Dismissed, Rebutted => Dismissed,
        }
    }
}

acts! {
    /// Acts on an error in the ledger.
    pub enum ErrorAct on "error" ErrorStatus {
        Confirm "confirm" [ConfirmError ":confirm"] "decided" Supervisor apart [Proposer, Clerk, Subject] { Proposed => Confirmed }
        Dismiss "dismiss" [DismissError ":dismiss"] "decided" Supervisor apart [Proposer, Clerk, Subject] { Proposed => Dismissed }
    }
}
