//! Who may do what with the retention of records: supervisors, of what each of them sees.

use crate::policy;

policy! {
    ListDueRecords "list_due_records" "retention.read" [Chief Any, Director Any];
    ListRetentionHolds "list_retention_holds" "retention.read" [Chief Any, Director Any];
    GetRetentionHold "get_retention_hold" "retention.read" [Chief Any, Director Any];
    CreateRetentionHold "create_retention_hold" "retention.write" key [Chief Any, Director Any];
    LiftRetentionHold "lift_retention_hold" "retention.write" [Chief Any, Director Any];
    ListDisposals "list_disposals" "retention.read" [Chief Any, Director Any];
    GetDisposal "get_disposal" "retention.read" [Chief Any, Director Any];
    CreateDisposal "create_disposal" "retention.write" alone key [Chief Any, Director Any];
    ApproveDisposal "approve_disposal" "retention.approve" alone [Chief Any, Director Any];
    TakeBackDisposal "take_back_disposal" "retention.write" alone [Chief Any, Director Any];
}
