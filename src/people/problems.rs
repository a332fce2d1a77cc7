//! What can be refused about who people are.

use crate::codes;
use crate::error::{Member, Shape, always, sometimes};

const DIFFERENCES: Member = Member {
    name: "differences",
    meaning: ("與本所所知不符之處", "Where somebody is named otherwise than the office knows them."),
    shape: Shape::Items { schema: "IdentityDifference", at_most: 70 },
    example: "[]",
};

const CANDIDATES: Member = Member {
    name: "candidates",
    meaning: ("可能之當事人", "Those who may be meant."),
    shape: Shape::Items { schema: "PersonCandidate", at_most: 20 },
    example: "[]",
};

codes! {
    AMBIGUOUS_PERSON "ambiguous_person" 409
        "此統一編號及姓名有數人" "Several people have this number and name"
        "candidates 列出各人；請依證件確認為何人，以 person_id 指明後再送。" "`candidates` lists them: look at the paper, and say who it is by `person_id`."
        [always(CANDIDATES), sometimes(Member::ALLOWED_ACTIONS)];
    IDENTITY_UNSETTLED "identity_unsettled" 409
        "當事人身分資料不符，尚待釐清" "Somebody is known otherwise than they are named here"
        "differences 列出不符之處；請核對證件，以 POST /v1/people/{id}:settle 釐清，或更正所填資料。" "`differences` lists where; look at the paper, then settle it (POST /v1/people/{id}:settle) or mend what is named here."
        [always(DIFFERENCES), sometimes(Member::ALLOWED_ACTIONS)];
    PROTECTED "protected" 409
        "當事人受保護註記，申請人不得查閱" "A protection mark keeps whoever applies from this person's data"
        "僅供承辦人員知悉：請勿告知申請人有此註記，並依一般資格不符駁回（家庭暴力防治法 §14、§58-2；跟蹤騷擾防制法 §12）。同姓名而持其他證件者亦同；經股長查明非同一人者，先以 POST /v1/people/{id}:part 註記。地址寫法不一或不全、無從判斷是否同住者，視為同住；經更正地址登記後再行判斷。" "For the office alone: do not tell the applicant that there is a mark, and refuse as anybody who has no right to it (家庭暴力防治法 §14, §58-2; 跟蹤騷擾防制法 §12). Whoever is called so and has another paper counts as well, until a section chief notes that it is another human (POST /v1/people/{id}:part). Where addresses leave it open whether somebody lives with a protected one, they are taken to, until the entry of the address is corrected."
        [sometimes(Member::ALLOWED_ACTIONS)];
}
