//! Who may look into what is known of people, settle it, and bar others from it.

use crate::policy;

policy! {
    SearchPeople "search_people" "person.read" anew [Clerk Office, Reviewer Office, Chief Office, Director Office];
    GetPerson "get_person" "person.read" [Clerk Office, Reviewer Office, Chief Office, Director Office];
    ListFacts "list_facts" "person.read" [Clerk Office, Chief Office, Director Office];
    SettlePerson "settle_person" "person.write" [Clerk Office, Chief Office];
    JoinPerson "join_person" "person.write" [Clerk Office, Chief Office, Director Office];
    PartPerson "part_person" "person.write" alone [Clerk Office, Chief Office];
    StrikeDocument "strike_document" "person.write" alone [Clerk Office, Chief Office];
    ListProtectionMarks "list_protection_marks" "person.read" [Clerk Office, Reviewer Office, Chief Office, Director Office];
    GetProtectionMark "get_protection_mark" "person.read" [Clerk Office, Reviewer Office, Chief Office, Director Office];
    RevealProtectionMark "reveal_protection_mark" "person.read" anew [Clerk Office, Reviewer Office, Chief Office, Director Office];
    CreateProtectionMark "create_protection_mark" "person.write" alone [Clerk Office, Reviewer Office, Chief Office, Director Office];
    UpdateProtectionMark "update_protection_mark" "person.write" alone [Clerk Office, Reviewer Office, Chief Office, Director Office];
    ConfirmProtectionMark "confirm_protection_mark" "person.write" alone [Clerk Office, Reviewer Office, Chief Office, Director Office];
    LiftProtectionMark "lift_protection_mark" "person.write" alone [Clerk Office, Reviewer Office, Chief Office, Director Office];
    KeepProtectionMark "keep_protection_mark" "person.write" alone [Clerk Office, Reviewer Office, Chief Office, Director Office];
}
