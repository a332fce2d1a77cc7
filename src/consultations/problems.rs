//! What can be refused with consultations beside what every domain refuses.

use crate::codes;
use crate::error::{Member, Shape, always};
use crate::scheduling::problems::ALTERNATIVES;

const OPENS_AT: Member = Member {
    name: "opens_at",
    meaning: ("連結開放的時間", "When the link opens."),
    shape: Shape::Moment,
    example: r#""2026-11-25T08:50:00+08:00""#,
};

const CLOSES_AT: Member = Member {
    name: "closes_at",
    meaning: ("連結關閉的時間", "When the link closes."),
    shape: Shape::Moment,
    example: r#""2026-11-25T09:40:00+08:00""#,
};

codes! {
    ADVISER_CONFLICT "adviser_conflict" 409
        "該時段律師須利益迴避" "Every adviser of this slot has a conflict of interest"
        "請改選其他時段。" "Choose another slot."
        [always(ALTERNATIVES)];
    LINK_NOT_OPEN "link_not_open" 409
        "視訊連結尚未開放或已關閉" "The video link is not open"
        "opens_at 與 closes_at 為開放時間。" "`opens_at` and `closes_at` say when it is."
        [always(OPENS_AT), always(CLOSES_AT)];
}
