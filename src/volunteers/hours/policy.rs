//! Who may do what with hours: the office keeps the ledger, volunteers read their own lines and say whether they are right.

use crate::policy;

policy! {
    ListVolunteerHours "list_volunteer_hours" "volunteer_hours.read" [Volunteer Own, Clerk Any, Chief Any, Director Any];
    CreateVolunteerHours "create_volunteer_hours" "volunteer_hours.register" key [Clerk Any, Chief Any];
    ListHours "list_hours" "volunteer_hours.read" [Volunteer Own, Clerk Any, Chief Any, Director Any];
    GetHours "get_hours" "volunteer_hours.read" [Volunteer Own, Clerk Any, Chief Any, Director Any];
    ConfirmHours "confirm_hours" "volunteer_hours.write" [Volunteer Own, Clerk Any, Chief Any];
    DisputeHours "dispute_hours" "volunteer_hours.write" [Volunteer Own, Clerk Any, Chief Any];
    AnswerHoursDispute "answer_hours_dispute" "volunteer_hours.register" [Clerk Any, Chief Any];
    CorrectHours "correct_hours" "volunteer_hours.register" [Clerk Any, Chief Any];
    WithdrawHours "withdraw_hours" "volunteer_hours.register" [Clerk Any, Chief Any];
    RestoreHours "restore_hours" "volunteer_hours.register" [Clerk Any, Chief Any];
    JudgeHoursOverlap "judge_hours_overlap" "volunteer_hours.register" [Clerk Any, Chief Any];
    ListHourReports "list_hour_reports" "volunteer_hours.read" [Clerk Any, Chief Any, Director Any];
    CreateHourReport "create_hour_report" "volunteer_hours.report" key [Clerk Any, Chief Any];
    GetHourReport "get_hour_report" "volunteer_hours.read" [Clerk Any, Chief Any, Director Any];
    WithdrawHourReport "withdraw_hour_report" "volunteer_hours.report" [Clerk Any, Chief Any];
}
