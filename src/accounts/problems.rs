//! What can be refused with accounts and log-ins beside what every domain refuses.

use crate::codes;

codes! {
    IDENTITY_NOT_PROVEN "identity_not_proven" 409
        "無法於線上確認身分" "Your identity cannot be confirmed online"
        "請確認姓名、統一編號與出生日期，或攜帶身分證件至櫃檯辦理。" "Check name, number and date of birth, or show your identity card at the counter.";
}
