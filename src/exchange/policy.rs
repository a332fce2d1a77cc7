//! Who may do what with notices to agencies.

use crate::policy;

policy! {
    UpdateAgency "update_agency" "agency.write" alone [Administrator Any];
    ApproveAgency "approve_agency" "agency.approve" alone [Chief Any, Director Any];
    RejectAgency "reject_agency" "agency.approve" alone [Chief Any, Director Any];
    ListAgencyNotices "list_agency_notices" "agency_notice.read" [Clerk Office, Reviewer Office, Chief Office, Director Any];
    GetAgencyNotice "get_agency_notice" "agency_notice.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Office, Director Any, ReceiptHolder Own];
    LookUpReceipt "look_up_receipt" "" anew [];
    WithdrawConsent "withdraw_consent" "agency_notice.write" alone [Citizen Own, Proxy Own, Clerk Office];
    ListAgencyDeliveries "list_agency_deliveries" "agency_notice.read" [Clerk Office, Reviewer Office, Chief Office, Director Any];
    GetAgencyDelivery "get_agency_delivery" "agency_notice.read" [Clerk Office, Reviewer Office, Chief Office, Director Any];
    ResendDelivery "resend_delivery" "agency_notice.write" alone [Clerk Office, Chief Office];
    ListAgencyQueue "list_agency_queue" "agency_queue.read" [Partner Own];
    AcknowledgeDelivery "acknowledge_delivery" "agency_queue.write" [Partner Own];
    UpdateDelivery "update_delivery" "agency_queue.write" [Partner Own];
    RejectDelivery "reject_delivery" "agency_queue.write" [Partner Own];
    ListAgencyBatches "list_agency_batches" "agency_queue.read" [Partner Own];
    GetAgencyBatch "get_agency_batch" "agency_queue.read" [Partner Own];
    ListNoticeLedger "list_notice_ledger" "notice_ledger.read" [Chief Office, Director Any, Partner Own];
    CreateReconciliation "create_reconciliation" "notice_ledger.write" alone [Chief Office, Director Any, Partner Own];
    ListReconciliations "list_reconciliations" "notice_ledger.read" [Chief Office, Director Any, Partner Own];
    GetReconciliation "get_reconciliation" "notice_ledger.read" [Chief Office, Director Any, Partner Own];
}
