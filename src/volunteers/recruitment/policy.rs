//! Who may do what with recruitment plans and applications: everybody reads what is published and may apply, the office decides.

use crate::policy;

policy! {
    ListRecruitmentPlans "list_recruitment_plans" "" [];
    GetRecruitmentPlan "get_recruitment_plan" "" [];
    ListRecruitmentPlanHistory "list_recruitment_plan_history" "volunteer.read" [Clerk Any, Chief Any, Director Any];
    CreateRecruitmentPlan "create_recruitment_plan" "volunteer.write" key [Clerk Any, Chief Any];
    UpdateRecruitmentPlan "update_recruitment_plan" "volunteer.write" [Clerk Any, Chief Any];
    PublishRecruitmentPlan "publish_recruitment_plan" "volunteer.approve" [Chief Any, Director Any];
    CloseRecruitmentPlan "close_recruitment_plan" "volunteer.approve" [Chief Any, Director Any];
    ReopenRecruitmentPlan "reopen_recruitment_plan" "volunteer.approve" [Chief Any, Director Any];
    CreateVolunteerApplication "create_volunteer_application" "" key [];
    TrackVolunteerApplication "track_volunteer_application" "" anew [];
    ListVolunteerApplications "list_volunteer_applications" "volunteer_application.read" [Citizen Own, Volunteer Own, Clerk Any, Chief Any, Director Any];
    GetVolunteerApplication "get_volunteer_application" "volunteer_application.read" [Citizen Own, Volunteer Own, Clerk Any, Chief Any, Director Any];
    ListVolunteerApplicationHistory "list_volunteer_application_history" "volunteer.read" [Clerk Any, Chief Any, Director Any];
    DecideVolunteerApplication "decide_volunteer_application" "volunteer.approve" [Clerk Any, Chief Any];
    WithdrawVolunteerApplication "withdraw_volunteer_application" "volunteer_application.write" [Citizen Own, Volunteer Own, Clerk Any, Chief Any];
    ReopenVolunteerApplication "reopen_volunteer_application" "volunteer.approve" [Clerk Any, Chief Any];
    ChangeVolunteerApplicationContact "change_volunteer_application_contact" "volunteer_application.write" [Citizen Own, Volunteer Own, Clerk Any, Chief Any];
    RevealVolunteerApplicationContact "reveal_volunteer_application_contact" "volunteer.read" anew [Clerk Any, Chief Any];
}
