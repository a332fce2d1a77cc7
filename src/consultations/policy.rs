//! Who may do what with legal consultation and referrals.

use crate::policy;

policy! {
    ListConsultationSessions "list_consultation_sessions" "" [];
    ListAdvisers "list_advisers" "consultation.read" [Clerk Any, Chief Any, Director Any];
    GetAdviser "get_adviser" "consultation.read" [Clerk Any, Chief Any, Director Any];
    CreateAdviser "create_adviser" "consultation.write" alone [Chief Any];
    GetRota "get_rota" "consultation.read" [Clerk Any, Chief Any, Director Any];
    SetRota "set_rota" "consultation.write" alone [Chief Any];
    RecordConsultationOutcome "record_consultation_outcome" "consultation.write" alone [Clerk Any, Adviser Assigned];
    CreateReferral "create_referral" "referral.write" alone key [Clerk Any];
    ListReferrals "list_referrals" "referral.read" [Citizen Own, Clerk Any, Chief Any, Director Any];
    GetReferral "get_referral" "referral.read" [Citizen Own, Clerk Any, Chief Any, Director Any];
    AcceptReferral "accept_referral" "referral.write" alone [Citizen Own, Clerk Any];
    DeclineReferral "decline_referral" "referral.write" alone [Citizen Own, Clerk Any];
    JoinConsultation "join_consultation" "booking.read" [Citizen Own, Proxy Own, Adviser Assigned, BookingHolder Own];
}
