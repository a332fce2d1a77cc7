//! Who may do what with honours: chiefs enter and approve them, one what another has entered, and volunteers see their own.

use crate::policy;

policy! {
    GetVolunteerHonours "get_volunteer_honours" "volunteer_honours.read" [Volunteer Own, Chief Any, Director Any];
    CreateVolunteerHonour "create_volunteer_honour" "volunteer_honours.write" key [Chief Any];
    GetVolunteerHonour "get_volunteer_honour" "volunteer_honours.read" [Volunteer Own, Chief Any, Director Any];
    ApproveVolunteerHonour "approve_volunteer_honour" "volunteer_honours.approve" [Chief Any, Director Any];
    RejectVolunteerHonour "reject_volunteer_honour" "volunteer_honours.approve" [Chief Any, Director Any];
    WithdrawVolunteerHonour "withdraw_volunteer_honour" "volunteer_honours.write" [Chief Any];
    RestoreVolunteerHonour "restore_volunteer_honour" "volunteer_honours.write" [Chief Any];
    ListHonourBatches "list_honour_batches" "volunteer_honours.read" [Chief Any];
    CreateHonourBatch "create_honour_batch" "volunteer_honours.write" key [Chief Any];
    GetHonourBatch "get_honour_batch" "volunteer_honours.read" [Chief Any];
}
