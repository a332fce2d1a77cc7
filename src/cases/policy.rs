//! Who may do what with cases.

use crate::policy;

policy! {
    ListCaseTypes "list_case_types" "" [];
    GetCaseType "get_case_type" "" [];
    ListCaseTypeVersions "list_case_type_versions" "" [];
    UpdateCaseType "update_case_type" "case_type.write" alone [Chief Any];
    CheckCase "check_case" "" anew [];
    CreateCase "create_case" "case.write" key [Citizen Own, Proxy Own, Clerk Office];
    ListCases "list_cases" "case.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Any, Director Any, County Any];
    SearchCases "search_cases" "case.read" anew [Clerk Office, Reviewer Office, Chief Any, Director Any];
    GetCase "get_case" "case.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Any, Director Any, County Any];
    RevealCase "reveal_case" "case.read" anew [Clerk Office, Reviewer Office, Chief Any, Director Any];
    ChangeCaseContact "change_case_contact" "case.write" [Citizen Own, Proxy Own, Clerk Office, Chief Any];
    RevealCaseContact "reveal_case_contact" "case.read" anew [Clerk Office, Reviewer Office, Chief Any, Director Any];
    UpdateCase "update_case" "case.write" [Citizen Own, Proxy Own, Clerk Office, Chief Any];
    GetCaseHistory "get_case_history" "case.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Any, Director Any, County Any];
    GetCaseClock "get_case_clock" "case.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Any, Director Any, County Any];
    AcceptCase "accept_case" "case.write" [Clerk Office, Chief Any];
    SubmitCase "submit_case" "case.write" [Clerk Office, Chief Any];
    WithdrawCase "withdraw_case" "case.write" [Citizen Own, Proxy Own, Clerk Office, Chief Any];
    RecallCase "recall_case" "case.write" [Clerk Office, Chief Any];
    ReopenCase "reopen_case" "case.approve" [Chief Any, Director Any];
    RefuseCase "refuse_case" "case.write" [Clerk Office, Chief Any];
    AssignCase "assign_case" "case.assign" [Clerk Office, Reviewer Office, Chief Any, Director Any];
    ApproveCaseProxy "approve_case_proxy" "case.approve" [Chief Any, Director Any];
    CreateReview "create_review" "case.review" [Reviewer Office, Chief Any, Director Any];
    ListReviews "list_reviews" "case.read" [Clerk Office, Reviewer Office, Chief Any, Director Any, County Any];
    CorrectCase "correct_case" "case.write" alone [Clerk Office, Chief Any, Director Any];
    RevokeCase "revoke_case" "case.write" alone [Clerk Office, Chief Any, Director Any];
    ReinstateCase "reinstate_case" "case.write" alone [Clerk Office, Chief Any, Director Any];
    ApproveCaseChange "approve_case_change" "case.approve" alone [Chief Any, Director Any];
    RejectCaseChange "reject_case_change" "case.approve" alone [Chief Any, Director Any];
    WithdrawCaseChange "withdraw_case_change" "case.write" alone [Clerk Office, Chief Any, Director Any];
    ListCaseChanges "list_case_changes" "case.read" [Clerk Office, Reviewer Office, Chief Any, Director Any, County Any];
    RevealMaintenanceRecord "reveal_maintenance_record" "record_book.read" anew [Chief Any, Director Any];
    GiveNotice "give_notice" "case.write" [Clerk Office, Chief Any];
    ReceivePaper "receive_paper" "case.write" [Clerk Office, Chief Any];
    GetNotice "get_notice" "case.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Any, Director Any];
    GetNoticeText "get_notice_text" "case.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Any, Director Any];
    GetNoticePdf "get_notice_pdf" "case.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Any, Director Any];
    ListQueues "list_queues" "case.read" [Clerk Office, Reviewer Office, Chief Any, Director Any];
    CreateAgencyNotice "create_agency_notice" "agency_notice.write" key [Citizen Own, Proxy Own, Clerk Office];
}
