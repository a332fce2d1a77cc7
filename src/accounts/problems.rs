//! What can be refused with accounts and log-ins beside what every domain refuses.

use crate::codes;
use crate::error::{Member, sometimes};

codes! {
    IDENTITY_MISMATCH "identity_mismatch" 409
        "證件與帳號所稱身分不符" "The paper and the account say different things"
        "代碼已失效；請核對證件，由本人重新取得代碼。" "The code is spent. Look at the paper again, and let the holder get another code."
        [sometimes(Member::ALLOWED_ACTIONS)];
    HAS_ACCOUNT "has_account" 409
        "此人已有經證明之帳號" "This person has a proven account already"
        "請先由股長及另一位主管撤銷原帳號之身分證明（POST /v1/identity-proofs/{id}:undo）。" "Have a section chief and another supervisor undo the proof of the other account first (POST /v1/identity-proofs/{id}:undo)."
        [sometimes(Member::PROOF), sometimes(Member::ALLOWED_ACTIONS)];
    PAPER_PROVES_ANOTHER "paper_proves_another" 409
        "此證件已用以證明另一人之身分" "The paper has proven another person"
        "proof_id 為現行之身分證明。請核對證件種類與號碼；二國發給同號證件者，號碼前加註國名。確為同一證件者，由股長核對後撤銷其中有誤者（POST /v1/identity-proofs/{id}:undo）。" "`proof_id` is the proof that stands. Look at the paper's kind and number again; where two countries have issued the same number, put the country before it. If it is the same paper, a section chief looks at both and undoes the wrong one (POST /v1/identity-proofs/{id}:undo)."
        [sometimes(Member::PROOF), sometimes(Member::ALLOWED_ACTIONS)];
    SEVERAL_HOLDERS "several_holders" 409
        "此統一編號另有其人或曾經使用" "The number is, or was, another person's too"
        "請依證件於人員資料釐清後再辦理。" "Settle by the papers whose number it is first."
        [sometimes(Member::ALLOWED_ACTIONS)];
}
