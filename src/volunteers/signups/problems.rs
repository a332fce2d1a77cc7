//! What keeps somebody from a shift, as it is refused: each with every blocker and with fresh counts.

use crate::codes;
use crate::error::{Member, Shape, always};

/// Every rule that is broken.
const BLOCKERS: Member = Member {
    name: "blockers",
    meaning: ("全部未符合之規則", "Every rule that is broken."),
    shape: Shape::Items { schema: "ShiftBlocker", at_most: 40 },
    example: "[]",
};

/// Seats as they are now.
const COUNTS: Member = Member {
    name: "counts",
    meaning: ("目前之席次（一筆）", "The seats as they are now: one item."),
    shape: Shape::Items { schema: "ShiftCounts", at_most: 1 },
    example: r#"[{"seats": 2, "taken": 2, "free": 0, "waiting": 1, "trainees": 0}]"#,
};

/// Those who are signed up.
const PEOPLE: Member = Member {
    name: "people",
    meaning: ("該班次之報名者", "Those who are signed up for the shift."),
    shape: Shape::Items { schema: "ShiftPerson", at_most: 1000 },
    example: "[]",
};

codes! {
    SHIFT_FULL "shift_full" 409
        "該班次已額滿" "No seat is free that they can take"
        "得以 wait: true 登記候補。" "Wait for a seat with `wait: true`."
        [always(BLOCKERS), always(COUNTS)];
    ALREADY_SIGNED_UP "already_signed_up" 409
        "已報名此班次" "They are signed up for the shift already"
        "blockers 列出現有報名之代碼。" "`blockers` names the standing sign-up."
        [always(BLOCKERS), always(COUNTS)];
    OVERLAP "overlap" 409
        "與已報名之班次時間重疊" "It overlaps another shift of theirs"
        "請先取消 blockers 所列之報名。" "Cancel the sign-up first that `blockers` names."
        [always(BLOCKERS), always(COUNTS)];
    REST_TOO_SHORT "rest_too_short" 409
        "與其他班次之間休息不足" "They would rest too short between two shifts"
        "間隔為設定值 signups.least_rest_minutes。" "The rest is the setting `signups.least_rest_minutes`."
        [always(BLOCKERS), always(COUNTS)];
    ONE_SHIFT_A_DAY "one_shift_a_day" 409
        "同日班次已達上限" "They have as many shifts that day as one may have"
        "上限為設定值 signups.most_a_day。" "The number is the setting `signups.most_a_day`."
        [always(BLOCKERS), always(COUNTS)];
    TRAINING_MISSING "training_missing" 409
        "未完成該類別所需訓練" "A training of the category is missing on the day of the shift"
        "請補登訓練（志願服務法 §9）。" "Enter the training that is missing (志願服務法 §9)."
        [always(BLOCKERS), always(COUNTS)];
    UNINSURED "uninsured" 409
        "班次當日無保險" "No insurance covers the day of the shift"
        "請補登保險（志願服務法 §16）。" "Enter an insurance that covers it (志願服務法 §16)."
        [always(BLOCKERS), always(COUNTS)];
    CONSENT_MISSING "consent_missing" 409
        "未成年而無法定代理人同意，或年齡不明" "A minor without consent on the day of the shift, or nobody can tell their age"
        "請補登同意或出生日期。" "Enter the consent, or the day of birth."
        [always(BLOCKERS), always(COUNTS)];
    UNAVAILABLE "unavailable" 409
        "非其可服務時段" "It is no time at which they can come"
        "請更新可服務時段，或另選班次。" "Change when they can come, or choose another shift."
        [always(BLOCKERS), always(COUNTS)];
    QUOTA "quota" 409
        "當月班次已達其上限" "They have as many shifts that month as they want"
        "上限為志工資料之 most_shifts_a_month。" "The number is `most_shifts_a_month` of the volunteer."
        [always(BLOCKERS), always(COUNTS)];
    SUSPENDED "suspended" 409
        "班次當日不在服務狀態" "They do not serve on the day of the shift"
        "blockers 說明原因。" "`blockers` tells why: suspended, retired, deceased or not joined yet."
        [always(BLOCKERS), always(COUNTS)];
    NOT_OPEN_YET "not_open_yet" 409
        "尚未開放報名" "Volunteers do not sign up for it yet"
        "開放時間為設定值 signups.opens_days。" "From when on they do is the setting `signups.opens_days`."
        [always(BLOCKERS), always(COUNTS)];
    TOO_LATE "too_late" 409
        "已逾時限" "It is too late to do it by oneself"
        "請洽本所承辦人。" "Ask the office."
        [always(BLOCKERS), always(COUNTS)];
    MORE_PEOPLE_THAN_SEATS "more_people_than_seats" 409
        "報名者多於席次" "More are signed up than there would be seats"
        "請以 leaving 指明何人退出；people 列出報名者。" "Say in `leaving` who leaves; `people` lists who is signed up."
        [always(PEOPLE)];
    SHIFT_HAS_PEOPLE "shift_has_people" 409
        "該班次已有人報名" "Somebody is signed up for the shift"
        "請先以 :cancel 取消班次並說明理由。" "Cancel the shift first (`:cancel`), with the reason that they are told."
        [always(PEOPLE)];
}
