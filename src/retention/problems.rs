//! What can be refused with retention beside what every domain refuses.

use crate::codes;

codes! {
    DISPOSAL_FINAL "disposal_final" 409
        "已銷毀，不得撤回" "The disposal was carried out and is final"
        "核准後於寬限期內始得撤回；內容已無從回復。" "An approval can be taken back within its grace; what was erased cannot be brought back.";
}
