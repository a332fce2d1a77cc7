//! Who may do what with volunteers: the office looks after them, and they see their own record and nobody else's.

use crate::policy;

policy! {
    ListVolunteers "list_volunteers" "volunteer.read" [Volunteer Own, Clerk Any, Chief Any, Director Any];
    SearchVolunteers "search_volunteers" "volunteer.read" anew [Clerk Any, Chief Any, Director Any];
    GetVolunteer "get_volunteer" "volunteer.read" [Volunteer Own, Clerk Any, Chief Any, Director Any];
    ListVolunteerHistory "list_volunteer_history" "volunteer.read" [Clerk Any, Chief Any, Director Any];
    CreateVolunteer "create_volunteer" "volunteer.write" key [Clerk Any, Chief Any];
    UpdateVolunteer "update_volunteer" "volunteer.write" [Clerk Any, Chief Any];
    ChangeVolunteerContact "change_volunteer_contact" "volunteer.write" [Volunteer Own, Clerk Any, Chief Any];
    RevealVolunteerContact "reveal_volunteer_contact" "volunteer.read" anew [Clerk Any, Chief Any];
    ActivateVolunteer "activate_volunteer" "volunteer.approve" [Clerk Any, Chief Any];
    DeactivateVolunteer "deactivate_volunteer" "volunteer.approve" [Clerk Any, Chief Any];
    SuspendVolunteer "suspend_volunteer" "volunteer.approve" [Clerk Any, Chief Any];
    RetireVolunteer "retire_volunteer" "volunteer.approve" [Clerk Any, Chief Any];
    ReinstateVolunteer "reinstate_volunteer" "volunteer.approve" [Clerk Any, Chief Any];
    CorrectVolunteerAbsence "correct_volunteer_absence" "volunteer.approve" [Clerk Any, Chief Any];
    MergeVolunteer "merge_volunteer" "volunteer.approve" [Clerk Any, Chief Any];
    UnmergeVolunteer "unmerge_volunteer" "volunteer.approve" [Clerk Any, Chief Any];
    ListVolunteerTrainings "list_volunteer_trainings" "volunteer.read" [Volunteer Own, Clerk Any, Chief Any, Director Any];
    CreateVolunteerTraining "create_volunteer_training" "volunteer.write" key [Clerk Any, Chief Any];
    ListVolunteerInsurances "list_volunteer_insurances" "volunteer.read" [Volunteer Own, Clerk Any, Chief Any, Director Any];
    CreateVolunteerInsurance "create_volunteer_insurance" "volunteer.write" key [Clerk Any, Chief Any];
    ListVolunteerConsents "list_volunteer_consents" "volunteer.read" [Volunteer Own, Clerk Any, Chief Any, Director Any];
    CreateVolunteerConsent "create_volunteer_consent" "volunteer.write" key [Clerk Any, Chief Any];
    ListVolunteerCertificates "list_volunteer_certificates" "volunteer.read" [Volunteer Own, Clerk Any, Chief Any, Director Any];
    CreateVolunteerCertificate "create_volunteer_certificate" "volunteer.write" key [Clerk Any, Chief Any];
    ListVolunteerAppraisals "list_volunteer_appraisals" "volunteer.read" [Volunteer Own, Clerk Any, Chief Any, Director Any];
    CreateVolunteerAppraisal "create_volunteer_appraisal" "volunteer.write" key [Clerk Any, Chief Any];
    ListVolunteerIncidents "list_volunteer_incidents" "volunteer.read" [Clerk Any, Chief Any, Director Any];
    CreateVolunteerIncident "create_volunteer_incident" "volunteer.write" key [Clerk Any, Chief Any];
    GetVolunteerEntry "get_volunteer_entry" "volunteer.read" [Volunteer Own, Clerk Any, Chief Any, Director Any];
    CorrectVolunteerEntry "correct_volunteer_entry" "volunteer.write" [Clerk Any, Chief Any];
    WithdrawVolunteerEntry "withdraw_volunteer_entry" "volunteer.write" [Clerk Any, Chief Any];
    RestoreVolunteerEntry "restore_volunteer_entry" "volunteer.write" [Clerk Any, Chief Any];
}
