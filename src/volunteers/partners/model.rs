//! The offices that make a promotion partner, and their states and acts.

use super::policy::{
    CreatePromotionPartner, EndPromotionPartner, ReinstatePromotionPartner, RestorePromotionPartner, UpdatePromotionPartner,
    WithdrawPromotionPartner,
};
use crate::{acts, text_enum};

text_enum! {
    /// The office that a promotion partner holds.
    pub enum PromotionPartnerOffice {
        /// 里長、村長: elected
        VillageHead = "VILLAGE_HEAD",
        /// 鄰長: appointed
        NeighbourhoodHead = "NEIGHBOURHOOD_HEAD",
    }
}

text_enum! {
    /// States of a promotion partner.
    pub enum PromotionPartnerStatus {
        Current = "CURRENT",
        /// The term of office ended before its last day
        Ended = "ENDED",
        /// They were entered by mistake, and never held the office
        Withdrawn = "WITHDRAWN",
    }
}

acts! {
    /// Acts on a promotion partner.
    pub enum PromotionPartnerAct on "promotion_partner" PromotionPartnerStatus {
        Enter "enter" [CreatePromotionPartner ""] "entered" Anyone {}
        Update "update" [UpdatePromotionPartner ""] "updated" Anyone { Current => Current, Ended => Ended }
        End "end" [EndPromotionPartner ":end"] "ended" Anyone { Current => Ended }
        Withdraw "withdraw" [WithdrawPromotionPartner ":withdraw"] "withdrawn" Anyone { Current => Withdrawn, Ended => Withdrawn }
        Restore "restore" [RestorePromotionPartner ":restore"] "restored" Anyone { Withdrawn => Current }
        RestoreEnded "restore" [RestorePromotionPartner ":restore"] "restored" Anyone { Withdrawn => Ended }
        Reinstate "reinstate" [ReinstatePromotionPartner ":reinstate"] "reinstated" Anyone { Ended => Current }
    }
}
