//! Who may do what with agencies.

use crate::policy;

policy! {
    ListAgencies "list_agencies" "" [];
    GetAgency "get_agency" "" [];
    RotateAgencySecret "rotate_agency_secret" "agency.write" alone [Administrator Any];
}
