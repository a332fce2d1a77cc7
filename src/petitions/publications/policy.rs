//! Who may do what with petitions for publication: everybody reads what is published.

use crate::policy;

policy! {
    ListPublishedPetitions "list_published_petitions" "" [];
    GetPublishedPetition "get_published_petition" "" [];
    ListPetitionPublications "list_petition_publications" "petition.read" [Clerk Assigned, Chief Any, Director Any];
    GetPetitionPublication "get_petition_publication" "petition.read" [Clerk Assigned, Chief Any, Director Any];
    CreatePetitionPublication "create_petition_publication" "petition.write" key [Clerk Assigned, Chief Any, Director Any];
    UpdatePetitionPublication "update_petition_publication" "petition.write" [Clerk Assigned, Chief Any, Director Any];
    PublishPetitionPublication "publish_petition_publication" "petition.approve" [Chief Any, Director Any];
    WithdrawPetitionPublication "withdraw_petition_publication" "petition.write" [Clerk Assigned, Chief Any, Director Any];
}
