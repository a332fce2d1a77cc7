//! Who may do what: one table of operations, scopes, roles and how far each role reaches.
//! Printed to `tests/golden/policy.txt`; a change of this table is a change of that file.

use crate::db::Mode;
use crate::text_enum;

text_enum! {
    /// A role of the office (or of its partners): what its holder may do is printed in the policy table.
    pub enum Role {
        /// Citizen 民眾
        Citizen = "CIT",
        /// Proxy 代理人
        Proxy = "PRX",
        /// Volunteer 志工
        Volunteer = "VOL",
        /// Clerk 承辦人
        Clerk = "CLK",
        /// Reviewer 審核
        Reviewer = "REV",
        /// Section chief 股長
        Chief = "CHF",
        /// Director 主任
        Director = "DIR",
        /// Legal adviser 法律顧問
        Adviser = "LEG",
        /// County auditor or integration client 縣府
        County = "CTY",
        /// Partner agency's client 合作機關
        Partner = "PAR",
        /// Administrator 系統管理員
        Administrator = "ADM",
        /// Holder of a token that is good for one booking; never an account's role
        BookingHolder = "BOOKING",
        /// Holder of a token that is good for one notice's receipt; never an account's role
        ReceiptHolder = "RECEIPT",
    }
}

/// How far a role reaches within an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Records of oneself, or of the principal for a proxy.
    Own,
    /// Records assigned to oneself.
    Assigned,
    /// Records of one's own service point.
    Office,
    /// All records.
    Any,
}

/// One line of the table, as a type.
pub trait Action: 'static {
    const LINE: &'static Line;
}

/// One line of the table.
#[derive(Debug)]
pub struct Line {
    /// `operationId` in the contract.
    pub operation: &'static str,
    /// Scope that the token must hold; empty for public operations.
    pub scope: &'static str,
    /// Empty: everyone, signed in or not.
    pub grants: &'static [(Role, Reach)],
    /// Whether its write runs beside others or alone.
    pub mode: Mode,
}

impl Line {
    pub fn is_public(&self) -> bool {
        self.grants.is_empty()
    }

    /// The widest reach that these roles give.
    pub fn reach(&self, roles: &[Role]) -> Option<Reach> {
        self.grants.iter().filter(|(role, _)| roles.contains(role)).map(|(_, reach)| *reach).max()
    }
}

macro_rules! mode {
    () => {
        Mode::Shared
    };
    (alone) => {
        Mode::Alone
    };
}

macro_rules! policy {
    ($($action:ident $operation:literal $scope:literal $($mode:ident)? [$($role:ident $reach:ident),* $(,)?];)+) => {
        $(
            #[doc = concat!("Permission to call `", $operation, "`.")]
            #[derive(Clone, Copy, Debug)]
            pub struct $action;
            impl Action for $action {
                const LINE: &'static Line = &Line {
                    operation: $operation,
                    scope: $scope,
                    grants: &[$((Role::$role, Reach::$reach)),*],
                    mode: mode!($($mode)?),
                };
            }
        )+
        /// The whole table.
        pub const TABLE: &[&Line] = &[$($action::LINE),+];
    };
}

policy! {
    GetHealth "get_health" "" [];
    GetReadiness "get_readiness" "" [];
    GetMetrics "get_metrics" "" [];
    GetContract "get_contract" "" [];
    GetOffice "get_office" "" [];
    ListProblems "list_problems" "" [];
    GetProblem "get_problem" "" [];

    Login "login" "" [];
    RefreshLogin "refresh_login" "" [];
    Logout "logout" "me.write" [Citizen Own, Proxy Own, Volunteer Own, Clerk Own, Reviewer Own, Chief Own, Director Own, Adviser Own, County Own, Partner Own, Administrator Own];
    ChangePassword "change_password" "me.write" [Citizen Own, Proxy Own, Volunteer Own, Clerk Own, Reviewer Own, Chief Own, Director Own, Adviser Own, County Own, Partner Own, Administrator Own];
    RegisterCitizen "register_citizen" "" [];
    IssueClientToken "issue_client_token" "" [];
    RevokeToken "revoke_token" "" [];
    IntrospectToken "introspect_token" "" [];
    ListSigningKeys "list_signing_keys" "" [];
    GetAuthorizationServer "get_authorization_server" "" [];
    GetMe "get_me" "me.read" [Citizen Own, Proxy Own, Volunteer Own, Clerk Own, Reviewer Own, Chief Own, Director Own, Adviser Own, County Own, Partner Own, Administrator Own];

    ListUsers "list_users" "user.read" [Administrator Any, Chief Any, Director Any];
    CreateUser "create_user" "user.write" alone [Administrator Any];
    GetUser "get_user" "user.read" [Administrator Any, Chief Any, Director Any];
    UpdateUser "update_user" "user.write" alone [Administrator Any];
    ApproveUser "approve_user" "user.approve" alone [Chief Any, Director Any];
    RejectUser "reject_user" "user.approve" alone [Chief Any, Director Any];
    SuspendUser "suspend_user" "user.write" alone [Administrator Any];
    ReinstateUser "reinstate_user" "user.write" alone [Administrator Any];
    ResetUserPassword "reset_user_password" "user.write" alone [Administrator Any];
    ListClients "list_clients" "client.read" [Administrator Any, Chief Any, Director Any];
    CreateClient "create_client" "client.write" alone [Administrator Any];
    GetClient "get_client" "client.read" [Administrator Any, Chief Any, Director Any];
    UpdateClient "update_client" "client.write" alone [Administrator Any];
    RotateClientSecret "rotate_client_secret" "client.write" alone [Administrator Any];
    RevokeClient "revoke_client" "client.write" alone [Administrator Any];
    ListLettersOfProxy "list_letters_of_proxy" "proxy.read" [Citizen Own, Proxy Own, Clerk Any, Chief Any, Director Any];
    CreateLetterOfProxy "create_letter_of_proxy" "proxy.write" alone [Clerk Any];
    RevokeLetterOfProxy "revoke_letter_of_proxy" "proxy.write" alone [Citizen Own, Clerk Any];

    ListAuditLog "list_audit_log" "audit.read" [Director Any, County Any];
    VerifyAuditLog "verify_audit_log" "audit.read" [Director Any, County Any];

    ListCalendarDays "list_calendar_days" "" [];
    GetCalendarDay "get_calendar_day" "" [];
    ListClosures "list_closures" "" [];
    GetClosure "get_closure" "" [];
    SetCalendarDay "set_calendar_day" "calendar.write" alone [Chief Any, Director Any];
    CreateClosure "create_closure" "calendar.write" alone [Chief Any, Director Any];
    DeleteClosure "delete_closure" "calendar.write" alone [Chief Any, Director Any];
    PreviewDeadline "preview_deadline" "" [];

    ListServices "list_services" "" [];
    GetService "get_service" "" [];
    UpdateService "update_service" "service.write" alone [Chief Any, Director Any];
    ListSlots "list_slots" "" [];
    ExplainSlot "explain_slot" "" [];
    CreateHold "create_hold" "booking.write" [Citizen Own, Proxy Own, Clerk Any];
    GetHold "get_hold" "booking.read" [Citizen Own, Proxy Own, Clerk Any];
    DeleteHold "delete_hold" "booking.write" [Citizen Own, Proxy Own, Clerk Any];
    CreateBooking "create_booking" "booking.write" [Citizen Own, Proxy Own, Clerk Any];
    ListBookings "list_bookings" "booking.read" [Citizen Own, Proxy Own, Clerk Any, Reviewer Any, Chief Any, Director Any, Adviser Assigned];
    GetBooking "get_booking" "booking.read" [Citizen Own, Proxy Own, Clerk Any, Reviewer Any, Chief Any, Director Any, Adviser Assigned, BookingHolder Own];
    RescheduleBooking "reschedule_booking" "booking.write" [Citizen Own, Proxy Own, Clerk Any, Chief Any, BookingHolder Own];
    CancelBooking "cancel_booking" "booking.write" [Citizen Own, Proxy Own, Clerk Any, Chief Any, BookingHolder Own];
    CheckInBooking "check_in_booking" "booking.write" [Clerk Any, Chief Any, Adviser Assigned];
    CompleteBooking "complete_booking" "booking.write" [Clerk Any, Chief Any, Adviser Assigned];
    MarkBookingNoShow "mark_booking_no_show" "booking.write" alone [Clerk Any, Chief Any, Adviser Assigned];
    LookUpBooking "look_up_booking" "" [];
    GetBookingCalendar "get_booking_calendar" "booking.read" [Citizen Own, Proxy Own, Clerk Any, Reviewer Any, Chief Any, Director Any, Adviser Assigned, BookingHolder Own];
    CreateCalendarToken "create_calendar_token" "me.write" [Citizen Own, Proxy Own, Clerk Own, Chief Own, Director Own, Adviser Own];
    GetMyCalendar "get_my_calendar" "" [];
    JoinWaitlist "join_waitlist" "booking.write" alone [Citizen Own, Clerk Any];
    ListWaitlist "list_waitlist" "booking.read" [Citizen Own, Clerk Any, Chief Any, Director Any];
    GetWaitlistEntry "get_waitlist_entry" "booking.read" [Citizen Own, Clerk Any, Chief Any, Director Any];
    LeaveWaitlist "leave_waitlist" "booking.write" alone [Citizen Own, Clerk Any];
    ListBookingConflicts "list_booking_conflicts" "booking.read" [Clerk Any, Chief Any, Director Any];

    ListConsultationSessions "list_consultation_sessions" "" [];
    ListAdvisers "list_advisers" "consultation.read" [Clerk Any, Chief Any, Director Any];
    CreateAdviser "create_adviser" "consultation.write" alone [Chief Any];
    GetRota "get_rota" "consultation.read" [Clerk Any, Chief Any, Director Any];
    SetRota "set_rota" "consultation.write" alone [Chief Any];
    RecordConsultationOutcome "record_consultation_outcome" "consultation.write" alone [Clerk Any, Adviser Assigned];
    CreateReferral "create_referral" "referral.write" alone [Clerk Any];
    ListReferrals "list_referrals" "referral.read" [Citizen Own, Clerk Any, Chief Any, Director Any];
    GetReferral "get_referral" "referral.read" [Citizen Own, Clerk Any, Chief Any, Director Any];
    AcceptReferral "accept_referral" "referral.write" alone [Citizen Own, Clerk Any];
    DeclineReferral "decline_referral" "referral.write" alone [Citizen Own, Clerk Any];
    JoinConsultation "join_consultation" "booking.read" [Citizen Own, Proxy Own, Adviser Assigned, BookingHolder Own];

    ListCaseTypes "list_case_types" "" [];
    GetCaseType "get_case_type" "" [];
    ListCaseTypeVersions "list_case_type_versions" "" [];
    UpdateCaseType "update_case_type" "case_type.write" alone [Chief Any];
    CheckCase "check_case" "" [];
    CreateCase "create_case" "case.write" [Citizen Own, Proxy Own, Clerk Office];
    ListCases "list_cases" "case.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Any, Director Any, County Any];
    SearchCases "search_cases" "case.read" [Clerk Office, Reviewer Office, Chief Any, Director Any];
    GetCase "get_case" "case.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Any, Director Any, County Any];
    RevealCase "reveal_case" "case.read" [Clerk Office, Reviewer Office, Chief Any, Director Any];
    UpdateCase "update_case" "case.write" [Citizen Own, Proxy Own, Clerk Office, Chief Any];
    GetCaseHistory "get_case_history" "case.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Any, Director Any, County Any];
    GetCaseClock "get_case_clock" "case.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Any, Director Any, County Any];
    AcceptCase "accept_case" "case.write" [Clerk Office, Chief Any];
    SubmitCase "submit_case" "case.write" [Clerk Office, Chief Any];
    WithdrawCase "withdraw_case" "case.write" [Citizen Own, Proxy Own, Clerk Office, Chief Any];
    RefuseCase "refuse_case" "case.write" [Clerk Office, Chief Any];
    AssignCase "assign_case" "case.assign" [Clerk Office, Reviewer Office, Chief Any, Director Any];
    ApproveCaseProxy "approve_case_proxy" "case.approve" [Chief Any, Director Any];
    CreateReview "create_review" "case.review" [Reviewer Office, Chief Any, Director Any];
    ListReviews "list_reviews" "case.read" [Clerk Office, Reviewer Office, Chief Any, Director Any, County Any];
    CorrectCase "correct_case" "case.write" alone [Clerk Office, Chief Any, Director Any];
    RevokeCase "revoke_case" "case.write" alone [Clerk Office, Chief Any, Director Any];
    ApproveCaseChange "approve_case_change" "case.approve" alone [Chief Any, Director Any];
    RejectCaseChange "reject_case_change" "case.approve" alone [Chief Any, Director Any];
    ListCaseChanges "list_case_changes" "case.read" [Clerk Office, Reviewer Office, Chief Any, Director Any, County Any];
    RevealMaintenanceRecord "reveal_maintenance_record" "record_book.read" [Chief Any, Director Any];
    GiveNotice "give_notice" "case.write" [Clerk Office, Chief Any];
    ReceivePaper "receive_paper" "case.write" [Clerk Office, Chief Any];
    GetNotice "get_notice" "case.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Any, Director Any];
    GetNoticeText "get_notice_text" "case.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Any, Director Any];
    GetNoticePdf "get_notice_pdf" "case.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Any, Director Any];
    ListQueues "list_queues" "case.read" [Clerk Office, Reviewer Office, Chief Any, Director Any];

    CreateCertificate "create_certificate" "certificate.write" [Citizen Own, Proxy Own, Clerk Office];
    ListCertificates "list_certificates" "certificate.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Any, Director Any];
    GetCertificate "get_certificate" "certificate.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Any, Director Any];
    IssueCertificate "issue_certificate" "certificate.write" [Clerk Office];
    RefuseCertificate "refuse_certificate" "certificate.write" [Clerk Office];
    VerifyCertificate "verify_certificate" "" [];

    CreateSpotCheckPlan "create_spot_check_plan" "spot_check.write" alone [Chief Office, Director Any];
    ListSpotCheckPlans "list_spot_check_plans" "spot_check.read" [Chief Office, Director Any];
    GetSpotCheckPlan "get_spot_check_plan" "spot_check.read" [Chief Office, Director Any];
    CreateDraw "create_draw" "spot_check.write" alone [Chief Office, Director Any];
    GetDraw "get_draw" "spot_check.read" [Clerk Assigned, Chief Office, Director Any];
    GetDrawPopulation "get_draw_population" "spot_check.read" [Clerk Assigned, Chief Office, Director Any];
    VerifyDraw "verify_draw" "spot_check.read" [Clerk Assigned, Chief Office, Director Any];
    ListSpotChecks "list_spot_checks" "spot_check.read" [Clerk Assigned, Reviewer Office, Chief Office, Director Any];
    GetSpotCheck "get_spot_check" "spot_check.read" [Clerk Assigned, Reviewer Office, Chief Office, Director Any];
    RecordFinding "record_finding" "spot_check.find" alone [Reviewer Office, Chief Office, Director Any];
    RebutFinding "rebut_finding" "spot_check.rebut" alone [Clerk Assigned];
    RuleOnFinding "rule_on_finding" "spot_check.write" alone [Chief Office, Director Any];
    ListMaintenanceRecords "list_maintenance_records" "record_book.read" [Clerk Office, Reviewer Office, Chief Office, Director Any];
    ExportMaintenanceCsv "export_maintenance_csv" "record_book.export" [Clerk Office, Reviewer Office, Chief Office, Director Any];
    ExportMaintenanceXlsx "export_maintenance_xlsx" "record_book.export" [Clerk Office, Reviewer Office, Chief Office, Director Any];
    StrikeMaintenanceRecord "strike_maintenance_record" "record_book.strike" alone [Chief Office, Director Any];
    ListSpotCheckEntries "list_spot_check_entries" "record_book.read" [Clerk Office, Reviewer Office, Chief Office, Director Any];
    ExportSpotChecksCsv "export_spot_checks_csv" "record_book.export" [Clerk Office, Reviewer Office, Chief Office, Director Any];
    ExportSpotChecksXlsx "export_spot_checks_xlsx" "record_book.export" [Clerk Office, Reviewer Office, Chief Office, Director Any];
    StrikeSpotCheckEntry "strike_spot_check_entry" "record_book.strike" alone [Chief Office, Director Any];
    ListErrors "list_errors" "quality.read" [Chief Office, Director Any];
    ConfirmError "confirm_error" "quality.write" alone [Chief Office, Director Any];
    DismissError "dismiss_error" "quality.write" alone [Chief Office, Director Any];
    ListErrorRates "list_error_rates" "quality.read" [Chief Office, Director Any];

    ListAgencies "list_agencies" "" [];
    GetAgency "get_agency" "" [];
    UpdateAgency "update_agency" "agency.write" alone [Administrator Any];
    RotateAgencySecret "rotate_agency_secret" "agency.write" alone [Administrator Any];
    CreateAgencyNotice "create_agency_notice" "agency_notice.write" [Citizen Own, Proxy Own, Clerk Office];
    ListAgencyNotices "list_agency_notices" "agency_notice.read" [Clerk Office, Reviewer Office, Chief Office, Director Any];
    GetAgencyNotice "get_agency_notice" "agency_notice.read" [Citizen Own, Proxy Own, Clerk Office, Reviewer Office, Chief Office, Director Any, ReceiptHolder Own];
    LookUpReceipt "look_up_receipt" "" [];
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

/// Every scope that these roles can use, for a log-in's token.
pub fn scopes(roles: &[Role]) -> Vec<&'static str> {
    let mut scopes: Vec<_> =
        TABLE.iter().filter(|line| !line.is_public() && line.reach(roles).is_some()).map(|line| line.scope).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

/// The table for people: one line an operation.
pub fn print() -> String {
    let mut text = String::new();
    for line in TABLE {
        let grants: Vec<_> = line.grants.iter().map(|(role, reach)| format!("{role} {reach:?}")).collect();
        let grants = if grants.is_empty() { "everyone".to_owned() } else { grants.join(", ") };
        let scope = if line.scope.is_empty() { "-" } else { line.scope };
        let alone = if line.mode == Mode::Alone { "alone" } else { "" };
        text.push_str(&format!("{:<30} {:<20} {alone:<5} {grants}\n", line.operation, scope));
    }
    text
}
