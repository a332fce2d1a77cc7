//! What can be refused with surveys beside what every domain refuses.

use crate::codes;

codes! {
    ALREADY_ANSWERED "already_answered" 409
        "此代碼已用於作答" "This token has been used for an answer"
        "每一代碼僅得作答一次；答案不具名，無法查詢或更改。" "A token is good for one answer, which nobody can find again or change.";
    ALREADY_INVITED "already_invited" 409
        "此紀錄已發給作答代碼" "A token was issued for this record already"
        "每一紀錄、每一服務僅發給一次。" "One token is issued for a record and a service.";
    SURVEY_NOT_OPEN "survey_not_open" 409
        "此問卷目前不受理作答" "The survey takes no answers now"
        "請查 GET /v1/surveys/{id} 之 opens_on、ends_on 與 status。" "See `opens_on`, `ends_on` and `status` of GET /v1/surveys/{id}.";
    SURVEY_FULL "survey_full" 409
        "此問卷之答案已達上限" "The survey has as many answers as it takes"
        "請洽本所；上限為設定值。" "Ask the office; the number is a setting.";
    RESULTS_WITHHELD "results_withheld" 409
        "結果於問卷結束後公布" "Results are shown once the survey has closed"
        "作答期間不提供結果，以免由先後之差推知個別答案。" "While answers come in nothing is shown, so that no difference between two views tells one of them.";
    RESULTS_SHOWN "results_shown" 409
        "結果已公布，不得再開放作答" "Results were shown, so no further answers are taken"
        "如需續辦，請另建問卷。" "Make another survey instead.";
}
