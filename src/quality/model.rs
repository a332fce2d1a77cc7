//! States of a spot check, and what a sample is layered by.

use crate::{text_enum, transitions};

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

transitions! {
    /// Acts on a spot check.
    pub enum SpotCheckAct on SpotCheckStatus {
        Clear "finding-clear" { Pending => Cleared }
        Find "finding-error" { Pending => Found }
        Rebut "rebut" { Found => Rebutted }
        Uphold "rule-uphold" { Found => Upheld, Rebutted => Upheld }
        Dismiss "rule-dismiss" { Found => Dismissed, Rebutted => Dismissed }
    }
}

impl SpotCheckAct {
    /// The clerk's side.
    pub const OF_CLERK: [Self; 1] = [Self::Rebut];
    /// The checker's.
    pub const OF_CHECKER: [Self; 2] = [Self::Clear, Self::Find];
    /// The supervisors'.
    pub const OF_SUPERVISOR: [Self; 4] = [Self::Clear, Self::Find, Self::Uphold, Self::Dismiss];
}
