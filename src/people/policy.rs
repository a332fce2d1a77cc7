//! Who may look into what is known of people, and settle it.

use crate::policy;

policy! {
    SearchPeople "search_people" "person.read" anew [Clerk Office, Reviewer Office, Chief Office, Director Office];
    GetPerson "get_person" "person.read" [Clerk Office, Reviewer Office, Chief Office, Director Office];
    ListFacts "list_facts" "person.read" [Clerk Office, Reviewer Office, Chief Office, Director Office];
    SettlePerson "settle_person" "person.write" [Clerk Office, Chief Office];
    JoinPerson "join_person" "person.write" [Clerk Office, Chief Office, Director Office];
    PartPerson "part_person" "person.write" [Clerk Office, Chief Office];
    StrikeDocument "strike_document" "person.write" [Clerk Office, Chief Office];
}
