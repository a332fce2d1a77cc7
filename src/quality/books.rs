//! The two record books: running numbers a year, appended to and never rewritten; on screen, as CSV and as XLSX.

use actix_web::get;
use actix_web::web::Data;
use diesel::prelude::*;
use rust_xlsxwriter::Workbook;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::auth::policy::{
    ExportMaintenanceCsv, ExportMaintenanceXlsx, ExportSpotChecksCsv, ExportSpotChecksXlsx, ListMaintenanceRecords,
    ListSpotCheckEntries,
};
use crate::auth::vault::{Sealed, Vault};
use crate::auth::{By, May};
use crate::calendar::Moment;
use crate::cases::{self, ChangeKind};
use crate::counters;
use crate::db::{Conn, Id, Record};
use crate::error::{Error, Result};
use crate::http::{Listing, Page, Paging, Params, Reply, page_of};
use crate::office::desk;
use crate::schema::{maintenance_records, spot_check_entries};
use crate::state::State;

/// Which year's book.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BookYear {
    /// ROC year; the running one when absent.
    #[validate(range(min = 100, max = 300))]
    #[param(minimum = 100, maximum = 300)]
    roc_year: Option<i32>,
}

/// Which year's book to export, and why.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BookExport {
    /// ROC year; the running one when absent.
    #[validate(range(min = 100, max = 300))]
    #[param(minimum = 100, maximum = 300)]
    roc_year: Option<i32>,
    /// What the export is for (個資法 §16); logged.
    #[validate(length(min = 1, max = 200))]
    #[param(min_length = 1, max_length = 200)]
    purpose: String,
}

impl BookYear {
    fn or_now(&self, now: Moment) -> i32 {
        self.roc_year.unwrap_or_else(|| counters::roc_year(now))
    }
}

/// A line of the maintenance record book (戶籍資料維護紀錄簿).
#[derive(Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "roc_year": 115, "number": 1, "case_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "service_point": "HEMEI", "kind": "CORRECT",
    "field": "/fields/birth_order", "before": "1", "after": "2", "reason": "出生證明書登載第二胎", "office_error": true,
    "recorded_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "approved_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72",
    "recorded_at": "2026-11-24T09:00:00+08:00"
}))]
pub struct MaintenanceRecord {
    #[schema(minimum = 100)]
    roc_year: i32,
    /// Running number of the year.
    #[schema(minimum = 1)]
    number: i32,
    case_id: Id,
    #[schema(max_length = 20)]
    service_point: String,
    kind: ChangeKind,
    /// JSON Pointer of the changed member.
    #[schema(max_length = 200)]
    field: String,
    /// Masked where it is personal.
    #[schema(max_length = 1000)]
    before: String,
    #[schema(max_length = 1000)]
    after: String,
    #[schema(max_length = 500)]
    reason: String,
    office_error: bool,
    #[schema(max_length = 60)]
    recorded_by: String,
    #[schema(max_length = 60)]
    approved_by: String,
    recorded_at: Moment,
}

type MaintenanceRow = (i32, i32, Id, String, ChangeKind, String, String, String, String, bool, String, String, Moment);

/// A value as shown in a book: personal ones masked by the member's name.
fn masked(field: &str, text: &str) -> String {
    let name = field.rsplit('/').next().unwrap_or("").to_owned();
    let value: Value = serde_json::from_str(text).unwrap_or_else(|_| text.into());
    let shown = cases::fields::masked(&json!({ name.clone(): value }));
    match &shown[&name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn maintenance(conn: &mut Conn, vault: &Vault, by: &By, year: i32, after: i32, limit: i64) -> Result<Vec<MaintenanceRecord>> {
    use maintenance_records as book;
    let mut rows = book::table.filter(book::roc_year.eq(year)).filter(book::number.gt(after)).into_boxed();
    if let Some(point) = desk::bound(by) {
        rows = rows.filter(book::service_point.eq(point.to_owned()));
    }
    let columns = (
        book::roc_year,
        book::number,
        book::case_id,
        book::service_point,
        book::kind,
        book::field,
        book::before_value,
        book::after_value,
        book::reason,
        book::office_error,
        book::recorded_by,
        book::approved_by,
        book::recorded_at,
    );
    let rows: Vec<MaintenanceRow> = rows.order(book::number).limit(limit).select(columns).load(conn)?;
    let line = |(
        roc_year,
        number,
        case_id,
        service_point,
        kind,
        field,
        before,
        after,
        reason,
        office_error,
        recorded_by,
        approved_by,
        recorded_at,
    ): MaintenanceRow| {
        let open = |column, sealed| {
            let text = vault.open(&cases::line_identity(roc_year, number, column), &Sealed::from_stored(sealed));
            text.map_err(|e| Error::internal("a line of a record book does not open", e))
        };
        let (before, after) = (masked(&field, &open("before", before)?), masked(&field, &open("after", after)?));
        Ok(MaintenanceRecord {
            roc_year,
            number,
            case_id,
            service_point,
            kind,
            field,
            before,
            after,
            reason,
            office_error,
            recorded_by,
            approved_by,
            recorded_at,
        })
    };
    rows.into_iter().map(line).collect()
}

/// Where a page of a book starts.
fn position(paging: &Paging) -> i32 {
    paging.after.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Reads the maintenance record book.
///
/// One year's lines in the order of their running numbers; lines are only ever added. A branch desk sees its own.
#[utoipa::path(tag = "Quality", operation_id = "list_maintenance_records", params(BookYear, Listing), responses((status = 200, description = "A page of the book.", body = Page<MaintenanceRecord>)))]
#[get("/v1/record-books/maintenance")]
pub async fn list_maintenance_records(
    may: May<ListMaintenanceRecords>,
    state: Data<State>,
    Params(query): Params<BookYear>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let year = query.or_now(by.now);
        let lines = maintenance(conn, &state.vault, by, year, position(&paging), paging.rows())?;
        let total = if paging.include_total { Some(count_maintenance(conn, by, year)?) } else { None };
        Reply::ok(&page_of(&paging, lines, total, |line| line.number.to_string()))
    })
    .await
}

fn count_maintenance(conn: &mut Conn, by: &By, year: i32) -> Result<i64> {
    let mut rows = maintenance_records::table.filter(maintenance_records::roc_year.eq(year)).into_boxed();
    if let Some(point) = desk::bound(by) {
        rows = rows.filter(maintenance_records::service_point.eq(point.to_owned()));
    }
    Ok(rows.count().get_result(conn)?)
}

/// A line of the spot-check record book (戶籍申請案件抽查紀錄簿).
#[derive(Clone, Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = spot_check_entries)]
#[schema(example = json!({
    "roc_year": 115, "number": 1, "spot_check_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "case_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70",
    "service_point": "HEMEI", "result": "UPHELD", "finding": "確有誤載", "remedy": "逕行更正", "recorded_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71",
    "recorded_at": "2026-12-01T10:00:00+08:00"
}))]
pub struct SpotCheckEntry {
    #[schema(minimum = 100)]
    roc_year: i32,
    /// Running number of the year.
    #[schema(minimum = 1)]
    number: i32,
    spot_check_id: Id,
    case_id: Id,
    #[schema(max_length = 20)]
    service_point: String,
    /// State of the check that the line tells.
    #[schema(max_length = 20)]
    result: String,
    #[schema(max_length = 500)]
    finding: String,
    #[schema(max_length = 500)]
    remedy: String,
    #[schema(max_length = 60)]
    recorded_by: String,
    recorded_at: Moment,
}

fn checks(conn: &mut Conn, by: &By, year: i32, after: i32, limit: i64) -> Result<Vec<SpotCheckEntry>> {
    use spot_check_entries as book;
    let mut rows = book::table.filter(book::roc_year.eq(year)).filter(book::number.gt(after)).into_boxed();
    if let Some(point) = desk::bound(by) {
        rows = rows.filter(book::service_point.eq(point.to_owned()));
    }
    Ok(rows.order(book::number).limit(limit).select(SpotCheckEntry::as_select()).load(conn)?)
}

/// Reads the spot-check record book.
///
/// One year's lines in the order of their running numbers; lines are only ever added. A branch desk sees its own.
#[utoipa::path(tag = "Quality", operation_id = "list_spot_check_entries", params(BookYear, Listing), responses((status = 200, description = "A page of the book.", body = Page<SpotCheckEntry>)))]
#[get("/v1/record-books/spot-checks")]
pub async fn list_spot_check_entries(
    may: May<ListSpotCheckEntries>,
    Params(query): Params<BookYear>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let year = query.or_now(by.now);
        let lines = checks(conn, by, year, position(&paging), paging.rows())?;
        let total = if paging.include_total {
            let mut rows = spot_check_entries::table.filter(spot_check_entries::roc_year.eq(year)).into_boxed();
            if let Some(point) = desk::bound(by) {
                rows = rows.filter(spot_check_entries::service_point.eq(point.to_owned()));
            }
            Some(rows.count().get_result(conn)?)
        } else {
            None
        };
        Reply::ok(&page_of(&paging, lines, total, |line| line.number.to_string()))
    })
    .await
}

/// A book as a table: header and rows of text.
struct Sheet {
    header: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

/// Keeps a cell from being run as a formula.
fn inert(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() }
}

impl Sheet {
    fn csv(&self) -> Result<Reply> {
        let broken = |e| Error::internal("a book cannot be written", e);
        let mut file = csv::Writer::from_writer(Vec::new());
        file.write_record(&self.header).map_err(broken)?;
        for row in &self.rows {
            file.write_record(row.iter().map(|cell| inert(cell))).map_err(broken)?;
        }
        let bytes = file.into_inner().map_err(|e| Error::internal("a book cannot be written", e))?;
        Ok(Reply::file("text/csv; charset=utf-8", bytes))
    }

    fn xlsx(&self) -> Result<Reply> {
        let broken = |e| Error::internal("a book cannot be written", e);
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        let header = std::iter::once(self.header.iter().map(|cell| (*cell).to_owned()).collect());
        for (row, cells) in (0_u32..).zip(header.chain(self.rows.iter().cloned())) {
            let cells: Vec<String> = cells;
            for (column, cell) in (0_u16..).zip(&cells) {
                // Written as text: never a formula.
                sheet.write_string(row, column, cell).map_err(broken)?;
            }
        }
        let bytes = book.save_to_buffer().map_err(broken)?;
        Ok(Reply::file("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", bytes))
    }
}

const ALL: i64 = 100_000;

fn maintenance_sheet(conn: &mut Conn, vault: &Vault, by: &By, year: i32) -> Result<Sheet> {
    let header = vec![
        "roc_year",
        "number",
        "case_id",
        "service_point",
        "kind",
        "field",
        "before",
        "after",
        "reason",
        "office_error",
        "recorded_by",
        "approved_by",
        "recorded_at",
    ];
    let row = |line: MaintenanceRecord| {
        vec![
            line.roc_year.to_string(),
            line.number.to_string(),
            line.case_id.to_string(),
            line.service_point,
            line.kind.to_string(),
            line.field,
            line.before,
            line.after,
            line.reason,
            line.office_error.to_string(),
            line.recorded_by,
            line.approved_by,
            line.recorded_at.to_string(),
        ]
    };
    let rows = maintenance(conn, vault, by, year, 0, ALL)?.into_iter().map(row).collect();
    Ok(Sheet { header, rows })
}

fn checks_sheet(conn: &mut Conn, by: &By, year: i32) -> Result<Sheet> {
    let header = vec![
        "roc_year",
        "number",
        "spot_check_id",
        "case_id",
        "service_point",
        "result",
        "finding",
        "remedy",
        "recorded_by",
        "recorded_at",
    ];
    let row = |line: SpotCheckEntry| {
        vec![
            line.roc_year.to_string(),
            line.number.to_string(),
            line.spot_check_id.to_string(),
            line.case_id.to_string(),
            line.service_point,
            line.result,
            line.finding,
            line.remedy,
            line.recorded_by,
            line.recorded_at.to_string(),
        ]
    };
    let rows = checks(conn, by, year, 0, ALL)?.into_iter().map(row).collect();
    Ok(Sheet { header, rows })
}

fn exported(book: &str, query: &BookExport, year: i32) -> Record {
    Record::read("record_book.exported", format!("record-books/{book}/{year}"), "lines").because(query.purpose.clone())
}

/// Exports the maintenance record book as CSV.
///
/// A whole year within the caller's bounds, personal values masked; the purpose is logged.
#[utoipa::path(tag = "Quality", operation_id = "export_maintenance_csv", params(BookExport), responses((status = 200, description = "The book.", body = String, content_type = "text/csv")))]
#[get("/v1/record-books/maintenance.csv")]
pub async fn export_maintenance_csv(
    may: May<ExportMaintenanceCsv>,
    state: Data<State>,
    Params(query): Params<BookExport>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let year = query.roc_year.unwrap_or_else(|| counters::roc_year(by.now));
        tx.record(exported("maintenance", &query, year));
        maintenance_sheet(tx, &state.vault, by, year)?.csv()
    })
    .await
}

/// Exports the maintenance record book as XLSX.
///
/// A whole year within the caller's bounds, personal values masked; the purpose is logged.
#[utoipa::path(tag = "Quality", operation_id = "export_maintenance_xlsx", params(BookExport), responses((status = 200, description = "The book.", body = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))]
#[get("/v1/record-books/maintenance.xlsx")]
pub async fn export_maintenance_xlsx(
    may: May<ExportMaintenanceXlsx>,
    state: Data<State>,
    Params(query): Params<BookExport>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let year = query.roc_year.unwrap_or_else(|| counters::roc_year(by.now));
        tx.record(exported("maintenance", &query, year));
        maintenance_sheet(tx, &state.vault, by, year)?.xlsx()
    })
    .await
}

/// Exports the spot-check record book as CSV.
///
/// A whole year within the caller's bounds; the purpose is logged.
#[utoipa::path(tag = "Quality", operation_id = "export_spot_checks_csv", params(BookExport), responses((status = 200, description = "The book.", body = String, content_type = "text/csv")))]
#[get("/v1/record-books/spot-checks.csv")]
pub async fn export_spot_checks_csv(may: May<ExportSpotChecksCsv>, Params(query): Params<BookExport>) -> Result<Reply> {
    may.write(move |tx, by| {
        let year = query.roc_year.unwrap_or_else(|| counters::roc_year(by.now));
        tx.record(exported("spot-checks", &query, year));
        checks_sheet(tx, by, year)?.csv()
    })
    .await
}

/// Exports the spot-check record book as XLSX.
///
/// A whole year within the caller's bounds; the purpose is logged.
#[utoipa::path(tag = "Quality", operation_id = "export_spot_checks_xlsx", params(BookExport), responses((status = 200, description = "The book.", body = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))]
#[get("/v1/record-books/spot-checks.xlsx")]
pub async fn export_spot_checks_xlsx(may: May<ExportSpotChecksXlsx>, Params(query): Params<BookExport>) -> Result<Reply> {
    may.write(move |tx, by| {
        let year = query.roc_year.unwrap_or_else(|| counters::roc_year(by.now));
        tx.record(exported("spot-checks", &query, year));
        checks_sheet(tx, by, year)?.xlsx()
    })
    .await
}
