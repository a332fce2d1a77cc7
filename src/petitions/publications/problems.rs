//! What can be refused with petitions for publication beside what every domain refuses.

use crate::codes;
use crate::error::{Member, Shape, always};

const RULE: Member = Member {
    name: "rule",
    meaning: (
        "不得公開之規則：CONFIDENTIAL 應予保密、OPEN 尚未辦結、NO_REPLY 無有效之答復、REFUSED 陳情人不同意公開、CHANGED 內容已更正",
        "The rule that keeps it from the public: it is confidential, it is still open, no reply stands, its petitioner refuses, or it was corrected since.",
    ),
    shape: Shape::OneOf(&["CONFIDENTIAL", "OPEN", "NO_REPLY", "REFUSED", "CHANGED"]),
    example: "null",
};

codes! {
    PUBLICATION_BARRED "publication_barred" 409
        "此陳情不得公開" "The petition cannot be published"
        "rule 為其規則；情形改變後得重新提出。" "`rule` tells by which rule; propose it anew once that has changed."
        [always(RULE)];
}
