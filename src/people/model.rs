//! What can be done with what is known of a person.

use super::policy::{JoinPerson, PartPerson, SettlePerson, StrikeDocument};
use crate::{acts, text_enum};

text_enum! {
    /// States of a person's record.
    pub enum PersonStatus {
        Kept = "KEPT",
        /// It is another record's human, and points there
        Joined = "JOINED",
    }
}

acts! {
    /// Acts on what is known of a person.
    pub enum PersonAct on "person" PersonStatus {
        Settle "settle" [SettlePerson ":settle"] "settled" Anyone { Kept => Kept }
        Join "join" [JoinPerson ":join"] "joined" Anyone { Kept => Joined }
        Part "part" [PartPerson ":part"] "parted" Anyone { Joined => Kept, Kept => Kept }
        StrikeDocument "strike-document" [StrikeDocument ":strike-document"] "document_struck" Anyone { Kept => Kept, Joined => Joined }
    }
}
