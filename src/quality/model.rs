//! States of a spot check.

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
