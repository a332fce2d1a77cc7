//! Who may do what with spot checks, record books and errors.

use crate::policy;

policy! {
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
    HandOverSpotCheck "hand_over_spot_check" "spot_check.write" alone [Chief Office, Director Any];
    RebutFinding "rebut_finding" "spot_check.rebut" alone [Clerk Assigned];
    RuleOnFinding "rule_on_finding" "spot_check.write" alone [Chief Office, Director Any];
    ListMaintenanceRecords "list_maintenance_records" "record_book.read" [Clerk Office, Reviewer Office, Chief Office, Director Any];
    GetMaintenanceRecord "get_maintenance_record" "record_book.read" [Clerk Office, Reviewer Office, Chief Office, Director Any];
    ExportMaintenanceCsv "export_maintenance_csv" "record_book.export" [Clerk Office, Reviewer Office, Chief Office, Director Any];
    ExportMaintenanceXlsx "export_maintenance_xlsx" "record_book.export" [Clerk Office, Reviewer Office, Chief Office, Director Any];
    StrikeMaintenanceRecord "strike_maintenance_record" "record_book.strike" alone [Chief Office, Director Any];
    ListSpotCheckEntries "list_spot_check_entries" "record_book.read" [Clerk Office, Reviewer Office, Chief Office, Director Any];
    GetSpotCheckEntry "get_spot_check_entry" "record_book.read" [Clerk Office, Reviewer Office, Chief Office, Director Any];
    ExportSpotChecksCsv "export_spot_checks_csv" "record_book.export" [Clerk Office, Reviewer Office, Chief Office, Director Any];
    ExportSpotChecksXlsx "export_spot_checks_xlsx" "record_book.export" [Clerk Office, Reviewer Office, Chief Office, Director Any];
    StrikeSpotCheckEntry "strike_spot_check_entry" "record_book.strike" alone [Chief Office, Director Any];
    ListErrors "list_errors" "quality.read" [Chief Office, Director Any];
    GetError "get_error" "quality.read" [Chief Office, Director Any];
    ConfirmError "confirm_error" "quality.write" alone [Chief Office, Director Any];
    DismissError "dismiss_error" "quality.write" alone [Chief Office, Director Any];
    ListErrorRates "list_error_rates" "quality.read" [Chief Office, Director Any];
}
