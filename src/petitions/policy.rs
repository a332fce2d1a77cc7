//! Who may do what with petitions; which of them somebody sees is decided by `sight`.

use crate::policy;

policy! {
    CreatePetition "create_petition" "" key [];
    TrackPetition "track_petition" "" anew [];
    GetPetitionAttachment "get_petition_attachment" "" anew [];
    ConfirmPetition "confirm_petition" "" [];
    RatePetition "rate_petition" "" key [];
    ListPetitions "list_petitions" "petition.read" [Clerk Assigned, Chief Any, Director Any, County Any];
    GetPetition "get_petition" "petition.read" [Clerk Assigned, Chief Any, Director Any, County Any];
    GetPetitionHistory "get_petition_history" "petition.read" [Clerk Assigned, Chief Any, Director Any, County Any];
    GetPetitionDeadline "get_petition_deadline" "petition.read" [Clerk Assigned, Chief Any, Director Any, County Any];
    RevealPetition "reveal_petition" "petition.read" anew [Clerk Assigned, Chief Any, Director Any, County Any];
    UpdatePetition "update_petition" "petition.write" [Clerk Assigned, Chief Any, Director Any, County Any];
    SignPetition "sign_petition" "petition.write" [Clerk Assigned, Chief Any, Director Any, County Any];
    UnsignPetition "unsign_petition" "petition.write" [Clerk Assigned, Chief Any, Director Any, County Any];
    ScreenPetition "screen_petition" "petition.write" [Clerk Assigned, Chief Any, Director Any, County Any];
    AssignPetition "assign_petition" "petition.write" [Clerk Assigned, Chief Any, Director Any];
    RequestPetitionSupplement "request_petition_supplement" "petition.write" [Clerk Assigned, Chief Any];
    SupplementPetition "supplement_petition" "petition.write" [Clerk Assigned, Chief Any];
    CorrectPetitionSupplementRequest "correct_petition_supplement_request" "petition.write" [Clerk Assigned, Chief Any];
    StrikePetitionSupplement "strike_petition_supplement" "petition.write" [Clerk Assigned, Chief Any];
    NotePetitionLetters "note_petition_letters" "petition.write" [Clerk Assigned, Chief Any, Director Any, County Any];
    DraftPetitionReply "draft_petition_reply" "petition.write" [Clerk Assigned, Chief Any];
    ApprovePetitionReply "approve_petition_reply" "petition.approve" [Chief Any, Director Any];
    ReplyToPetition "reply_to_petition" "petition.write" [Clerk Assigned, Chief Any];
    ExtendPetition "extend_petition" "petition.write" [Clerk Assigned, Chief Any, Director Any];
    RevokePetitionExtension "revoke_petition_extension" "petition.approve" [Chief Any, Director Any];
    TransferPetition "transfer_petition" "petition.write" [Clerk Assigned, Chief Any, Director Any, County Any];
    TransferPetitionBack "transfer_petition_back" "petition.write" [Clerk Assigned, Chief Any, Director Any];
    WithdrawPetition "withdraw_petition" "petition.write" [Clerk Assigned, Chief Any, Director Any, County Any];
    FilePetitionWithoutReply "file_petition_without_reply" "petition.approve" [Clerk Assigned, Chief Any, Director Any];
    ReopenPetition "reopen_petition" "petition.approve" [Chief Any, Director Any];
    ClosePetition "close_petition" "petition.write" [Clerk Assigned, Chief Any];
    TreatPetitionAsAppeal "treat_petition_as_appeal" "petition.write" [Clerk Assigned, Chief Any, Director Any];
    MergePetition "merge_petition" "petition.approve" alone [Chief Any, Director Any];
    UnmergePetition "unmerge_petition" "petition.approve" alone [Chief Any, Director Any];
    SplitPetition "split_petition" "petition.approve" key [Chief Any, Director Any];
    GetSimilarPetitions "get_similar_petitions" "petition.read" [Clerk Assigned, Chief Any, Director Any];
}
