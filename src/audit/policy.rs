//! Who may do what with the audit log.

use crate::policy;

policy! {
    ListAuditLog "list_audit_log" "audit.read" [Director Any, County Any];
    VerifyAuditLog "verify_audit_log" "audit.read" [Director Any, County Any];
}
