//! Who may do what with sign-ups: volunteers with their own, the office with all.

use crate::policy;

policy! {
    CheckSignup "check_signup" "signup.read" [Volunteer Own, Clerk Any, Chief Any];
    ListShiftCandidates "list_shift_candidates" "signup.read" [Clerk Any, Chief Any];
    CreateSignup "create_signup" "signup.write" key [Volunteer Own, Clerk Any, Chief Any];
    ListSignups "list_signups" "signup.read" [Volunteer Own, Clerk Any, Chief Any, Director Any];
    ListBrokenSignups "list_broken_signups" "signup.read" [Clerk Any, Chief Any, Director Any];
    GetSignup "get_signup" "signup.read" [Volunteer Own, Clerk Any, Chief Any, Director Any];
    ListSignupHistory "list_signup_history" "signup.read" [Clerk Any, Chief Any, Director Any];
    CancelSignup "cancel_signup" "signup.write" [Volunteer Own, Clerk Any, Chief Any];
    AcceptPlace "accept_place" "signup.write" [Volunteer Own, Clerk Any, Chief Any];
    DeclinePlace "decline_place" "signup.write" [Volunteer Own, Clerk Any, Chief Any];
    CreateSwapRequest "create_swap_request" "signup.write" key [Volunteer Own, Clerk Any, Chief Any];
    ListSwapRequests "list_swap_requests" "signup.read" [Volunteer Own, Clerk Any, Chief Any];
    GetSwapRequest "get_swap_request" "signup.read" [Volunteer Own, Clerk Any, Chief Any];
    AcceptSwapRequest "accept_swap_request" "signup.write" [Volunteer Own, Clerk Any, Chief Any];
    WithdrawSwapRequest "withdraw_swap_request" "signup.write" [Volunteer Own, Clerk Any, Chief Any];
}
