//! Who may do what with promotion partners.

use crate::policy;

policy! {
    ListPromotionPartners "list_promotion_partners" "promotion_partner.read" [Clerk Any, Chief Any, Director Any];
    GetPromotionPartner "get_promotion_partner" "promotion_partner.read" [Clerk Any, Chief Any, Director Any];
    ListPromotionPartnerHistory "list_promotion_partner_history" "promotion_partner.read" [Clerk Any, Chief Any, Director Any];
    CreatePromotionPartner "create_promotion_partner" "promotion_partner.write" key [Clerk Any, Chief Any];
    UpdatePromotionPartner "update_promotion_partner" "promotion_partner.write" [Clerk Any, Chief Any];
    EndPromotionPartner "end_promotion_partner" "promotion_partner.write" [Clerk Any, Chief Any];
    ReinstatePromotionPartner "reinstate_promotion_partner" "promotion_partner.write" [Clerk Any, Chief Any];
    WithdrawPromotionPartner "withdraw_promotion_partner" "promotion_partner.write" [Clerk Any, Chief Any];
    RestorePromotionPartner "restore_promotion_partner" "promotion_partner.write" [Clerk Any, Chief Any];
    ChangePromotionPartnerContact "change_promotion_partner_contact" "promotion_partner.write" [Clerk Any, Chief Any];
    RevealPromotionPartnerContact "reveal_promotion_partner_contact" "promotion_partner.read" anew [Clerk Any, Chief Any];
}
