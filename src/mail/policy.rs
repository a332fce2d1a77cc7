//! Who may do what with mail.

use crate::policy;

policy! {
    ListMails "list_mails" "mail.read" [Clerk Office, Chief Any, Director Any];
    GetMail "get_mail" "mail.read" [Clerk Office, Chief Any, Director Any];
    ResendMail "resend_mail" "mail.write" [Clerk Office, Chief Any, Director Any];
    StopMail "stop_mail" "mail.write" [Clerk Office, Chief Any, Director Any];
    SettleMail "settle_mail" "mail.write" [Clerk Office, Chief Any, Director Any];
    ReportBounce "report_bounce" "mail.report" [Clerk Office, Chief Any, Director Any, County Any];
}
