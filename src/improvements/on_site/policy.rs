//! Who may do what with complaints on the spot; which of them somebody sees is decided by `sight`.

use crate::policy;

policy! {
    ListOnSiteComplaints "list_on_site_complaints" "on_site.read" [Clerk Office, Chief Any, Director Any];
    GetOnSiteComplaint "get_on_site_complaint" "on_site.read" [Clerk Office, Chief Any, Director Any];
    CreateOnSiteComplaint "create_on_site_complaint" "on_site.write" key [Clerk Office, Chief Any, Director Any];
    UpdateOnSiteComplaint "update_on_site_complaint" "on_site.write" [Clerk Office, Chief Any, Director Any];
    CreateOnSiteStep "create_on_site_step" "on_site.write" [Clerk Office, Chief Any, Director Any];
    TakeBackOnSiteStep "take_back_on_site_step" "on_site.write" [Clerk Office, Chief Any, Director Any];
    RevealOnSiteContact "reveal_on_site_contact" "on_site.read" anew [Clerk Office, Chief Any, Director Any];
}
