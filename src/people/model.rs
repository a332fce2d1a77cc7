//! What can be done with what is known of a person.

use super::policy::{JoinPerson, PartPerson, SettlePerson, StrikeDocument};
use crate::{acts, text_enum};

text_enum! {
    /// States of a person's record.
    pub enum PersonStatus {
        Kept = "KEPT",
        /// Somebody has asked to join it to another record; nothing holds for the other one yet
        JoinAsked = "JOIN_ASKED",
        /// It is another record's human, and points there
        Joined = "JOINED",
    }
}

acts! {
    /// Acts on what is known of a person; none of them is done by the person themselves. Records that are not alike are joined by
    /// two people: one asks, and a supervisor does it by the same call.
    pub enum PersonAct on "person" PersonStatus {
        Settle "settle" [SettlePerson ":settle"] "settled" Anyone apart [Unnamed, Subject] { Kept => Kept, JoinAsked => JoinAsked }
        Join "join" [JoinPerson ":join"] "joined" Anyone apart [Unnamed, Subject] { Kept => Joined }
        AskJoin "join" [JoinPerson ":join"] "join_asked" Proposer apart [Unnamed, Subject] { Kept => JoinAsked }
        ConfirmJoin "join" [JoinPerson ":join"] "joined" Supervisor apart [Unnamed, Proposer, Remaining, Subject] { JoinAsked => Joined }
        Part "part" [PartPerson ":part"] "parted" Anyone apart [Unnamed, Subject] { Joined => Kept, Kept => Kept, JoinAsked => JoinAsked }
        TakeBackJoin "part" [PartPerson ":part"] "join_taken_back" Anyone apart [Unnamed, Subject] { JoinAsked => Kept }
        StrikeDocument "strike-document" [StrikeDocument ":strike-document"] "document_struck" Anyone apart [Unnamed, Subject] {
            Kept => Kept, JoinAsked => JoinAsked, Joined => Joined,
        }
    }
}
