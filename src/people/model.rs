//! What can be done with what is known of a person.

use super::policy::SettlePerson;
use crate::{acts, text_enum};

text_enum! {
    /// States of a person's record.
    pub enum PersonStatus {
        Kept = "KEPT",
    }
}

acts! {
    /// Acts on what is known of a person.
    pub enum PersonAct on "person" PersonStatus {
        Settle "settle" [SettlePerson ":settle"] "settled" Anyone { Kept => Kept }
    }
}
