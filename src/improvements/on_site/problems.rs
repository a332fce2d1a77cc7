//! What can be refused with complaints on the spot beside what every domain refuses.

use crate::codes;

codes! {
    STEP_STANDS "step_stands" 409
        "此步驟已登錄" "The step was entered already"
        "如先前登錄有誤，請先敘明理由撤回該步驟。" "Where it was entered wrongly, take it back with a reason first.";
    STEP_TAKEN_BACK "step_taken_back" 409
        "此步驟已撤回" "The step was taken back already"
        "請重新讀取案件。" "Read the complaint again.";
}
