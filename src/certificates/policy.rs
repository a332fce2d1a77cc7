//! Who may do what with certificates.

use crate::policy;

policy! {
    CreateCertificate "create_certificate" "certificate.write" key [Citizen Own, Proxy Own, Clerk Office];
    ListCertificates "list_certificates" "certificate.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Any, Director Any];
    GetCertificate "get_certificate" "certificate.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Any, Director Any];
    ChangeCertificateContact "change_certificate_contact" "certificate.write" [Citizen Own, Proxy Own, Clerk Office];
    RevealCertificateContact "reveal_certificate_contact" "certificate.read" anew [Clerk Office, Reviewer Office, Chief Any, Director Any];
    IssueCertificate "issue_certificate" "certificate.write" [Clerk Office, Chief Any, Director Any];
    RefuseCertificate "refuse_certificate" "certificate.write" [Clerk Office];
    WithdrawCertificate "withdraw_certificate" "certificate.write" [Citizen Own, Proxy Own, Clerk Office];
    ReopenCertificate "reopen_certificate" "certificate.void" [Chief Any, Director Any];
    VoidCertificate "void_certificate" "certificate.void" [Clerk Office, Chief Any, Director Any];
    ReinstateCertificate "reinstate_certificate" "certificate.void" [Clerk Office, Chief Any, Director Any];
    VerifyCertificate "verify_certificate" "" anew [];
}
