//! Who may do what with inquiries: everybody asks, the office answers.

use crate::policy;

policy! {
    CreateInquiry "create_inquiry" "" key [];
    TrackInquiry "track_inquiry" "" anew [];
    ListInquiries "list_inquiries" "inquiry.read" [Citizen Own, Clerk Office, Reviewer Office, Chief Any, Director Any];
    GetInquiry "get_inquiry" "inquiry.read" [Citizen Own, Clerk Office, Reviewer Office, Chief Any, Director Any];
    AnswerInquiry "answer_inquiry" "inquiry.write" [Clerk Office, Chief Any];
    CorrectInquiryAnswer "correct_inquiry_answer" "inquiry.write" [Clerk Office, Chief Any];
    CheckInquiryAnswer "check_inquiry_answer" "inquiry.approve" [Chief Any, Director Any];
    CloseInquiry "close_inquiry" "inquiry.write" [Clerk Office, Chief Any];
    ReopenInquiry "reopen_inquiry" "inquiry.write" [Clerk Office, Chief Any];
    OpenPetitionFromInquiry "open_petition_from_inquiry" "inquiry.write" [Clerk Office, Chief Any];
    ChangeInquiryContact "change_inquiry_contact" "inquiry.write" [Clerk Office, Chief Any];
    RevealInquiryContact "reveal_inquiry_contact" "inquiry.read" anew [Clerk Office, Chief Any];
}
