//! Who may do what with the monthly digest of petitions; what of it somebody sees is decided by `reading`.

use crate::policy;

policy! {
    ListPetitionDigests "list_petition_digests" "digest.read" [Clerk Any, Chief Any, Director Any];
    GetPetitionDigest "get_petition_digest" "digest.read" [Clerk Any, Chief Any, Director Any];
    GetPetitionDigestPage "get_petition_digest_page" "digest.read" [Clerk Any, Chief Any, Director Any];
    GetPetitionDigestPdf "get_petition_digest_pdf" "digest.read" [Clerk Any, Chief Any, Director Any];
    ListDigestedPetitions "list_digested_petitions" "digest.read" [Clerk Any, Chief Any, Director Any];
    ListPetitionDigestChanges "list_petition_digest_changes" "digest.read" [Clerk Any, Chief Any, Director Any];
    SubmitPetitionDigest "submit_petition_digest" "digest.write" alone [Clerk Any];
    ReturnPetitionDigest "return_petition_digest" "digest.write" [Clerk Any, Chief Any];
    FreezePetitionDigest "freeze_petition_digest" "digest.freeze" alone [Chief Any];
    MarkPetitionDigestRead "mark_petition_digest_read" "digest.approve" [Director Any];
    CorrectPetitionDigestRemarks "correct_petition_digest_remarks" "digest.approve" [Director Any];
    UnfreezePetitionDigest "unfreeze_petition_digest" "digest.approve" [Director Any];
}
