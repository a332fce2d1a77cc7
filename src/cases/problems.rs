//! What can be refused with cases beside what every domain refuses.

use crate::codes;
use crate::error::{Member, Shape, always, sometimes};

const MATCHES: Member = Member {
    name: "matches",
    meaning: ("相近的案件", "The cases that this may be."),
    shape: Shape::Items { schema: "PossibleDuplicate", at_most: 100 },
    example: "[]",
};

const MISSING_PAPERS: Member = Member {
    name: "missing_papers",
    meaning: ("尚缺文件", "Papers that are missing."),
    shape: Shape::Items { schema: "PaperRule", at_most: 100 },
    example: "[]",
};

const CONTRADICTIONS: Member = Member {
    name: "contradictions",
    meaning: ("同時存在之婚姻或收養登記", "Marriages or adoptions that would stand at once."),
    shape: Shape::Items { schema: "Contradiction", at_most: 100 },
    example: "[]",
};

codes! {
    REGISTER_CONTRADICTS "register_contradicts" 409
        "登記將互相牴觸" "The register would contradict itself"
        "contradictions 列出將同時存在之婚姻或收養登記；經核對後，請於 confirm_contradictions 敘明依法存續者再送：EARLIER 為後婚、後收養無效（民法 §985、§988、§1075、§1079-4），其登記一併撤銷；LATER 限婚姻，為雙方善意信賴前婚之離婚登記、確定判決（民法 §988-1）或死亡宣告（家事事件法 §163），前婚自後婚成立之日起視為消滅。" "`contradictions` lists marriages or adoptions that would stand at once; look at both and say in `confirm_contradictions` which stands by law: EARLIER where the later is void (民法 §985, §988; §1075, §1079-4), whose registration is revoked as well; LATER, of marriages alone, where its parties trusted in good faith in a registered divorce (民法 §988-1) or a declaration of death (家事事件法 §163), and the earlier one has ended by it."
        [always(CONTRADICTIONS), sometimes(Member::ALLOWED_ACTIONS)];
    POSSIBLE_DUPLICATE "possible_duplicate" 409
        "可能為重複案件" "This may be the same case as another"
        "matches 列出相近案件；確認非重複者請帶 confirm_not_duplicate 重送。" "`matches` lists the cases; send `confirm_not_duplicate` when it is another matter."
        [always(MATCHES), sometimes(Member::ALLOWED_ACTIONS)];
    NOT_TOLD_ONCE "not_told_once" 409
        "應備文件已一次告知，不得再行要求" "What is missing has been told once and cannot be asked for again"
        "除有新事實外，不得再要求當時即應備之文件。" "Only a new fact makes a further request possible: say it in `new_fact`."
        [sometimes(Member::ALLOWED_ACTIONS)];
    DOCUMENTS_MISSING "documents_missing" 409
        "文件尚未齊全" "Papers are missing"
        "missing_papers 列出尚缺文件；請開立一次告知單。" "`missing_papers` lists them; give the one-time notice."
        [always(MISSING_PAPERS), sometimes(Member::ALLOWED_ACTIONS)];
    ENTRY_INCOMPLETE "entry_incomplete" 409
        "登載事項尚未齊備" "What is to be entered is not there yet"
        "errors 列出送審及登記前尚待之事項：內政部之許可（國籍法 §8、§11、§17）、應配賦之統一編號（身分證辦法 §4）、應先經二人撤銷之登記（戶籍法 §23）。" "`errors` names what must be there before the case is submitted and registered: the ministry's permission (國籍法 §8, §11, §17), the number to be assigned (身分證辦法 §4), or the entry that two people revoke first (戶籍法 §23)."
        [sometimes(Member::ALLOWED_ACTIONS)];
    ASK_AT_COUNTER "ask_at_counter" 409
        "請至櫃檯辦理" "The office goes on with the applicant whom it has met: ask at the counter"
        "此案件自受理後依櫃檯所驗證之申請人辦理：請申請人持證件至櫃檯（或以 POST /v1/me/identity-code 證明身分後再送），由承辦人撤回或變更；委託書失效者亦同。" "Since its acceptance the case is the applicant's whom the office has met by a paper: have a clerk withdraw or change it at the counter, or prove that this account is theirs (POST /v1/me/identity-code) and send it again; so too where a letter of proxy is no longer in force."
        [sometimes(Member::ALLOWED_ACTIONS)];
    PROXY_NOT_APPROVED "proxy_not_approved" 409
        "委託申請尚未經核准" "The proxy has not been approved"
        "請由主管核准後再送審（戶籍法 §47）。" "A supervisor must approve this proxy first (戶籍法 §47)."
        [sometimes(Member::ALLOWED_ACTIONS)];
}
