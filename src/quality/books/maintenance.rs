//! The maintenance record book (戶籍資料維護紀錄簿).

use std::collections::{BTreeMap, HashSet};

use actix_web::web::Data;
use actix_web::{get, post};
use diesel::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{BookExport, BookYear, export, line_name, next_number, refuse_struck, struck_name, version};
use crate::auth::{By, May, WITHHELD, is_one_with};
use crate::cases::{self, ChangeKind, closed_cases};
use crate::clock::Moment;
use crate::contract::IfMatchHeader;
use crate::db::{Backend, Conn, Id, Record, Tx};
use crate::error::{Code, Result};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathTail, PathText, Reply, Sheet, Valid, page_of};
use crate::node::Node;
use crate::office::desk;
use crate::people::{Reason, mask_numbers};
use crate::quality::policy::{
    ExportMaintenanceCsv, ExportMaintenanceXlsx, GetMaintenanceRecord, ListMaintenanceRecords, StrikeMaintenanceRecord,
};
use crate::schema::maintenance_records::{self, BoxedQuery, dsl as book};
use crate::secrets::vault::Vault;
use crate::states::{Part, keep_apart};

/// A line of the maintenance record book (戶籍資料維護紀錄簿).
#[derive(Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "roc_year": 115, "number": 1, "case_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "service_point": "HEMEI", "kind": "CORRECT",
    "field": "/fields/birth_order", "before": "1", "after": "2", "reason": "出生證明書登載第二胎", "office_error": true,
    "recorded_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "approved_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72",
    "recorded_at": "2026-11-24T09:00:00+08:00", "strikes": null, "struck_by": null
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
    /// The line that this one strikes: `115-1`.
    #[schema(max_length = 20)]
    strikes: Option<String>,
    /// The line that strikes this one; what it says no longer holds.
    #[schema(max_length = 20)]
    struck_by: Option<String>,
}

/// A line as kept, its values sealed.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = maintenance_records)]
struct Row {
    roc_year: i32,
    number: i32,
    case_id: Id,
    service_point: String,
    kind: ChangeKind,
    field: String,
    before_value: String,
    after_value: String,
    reason: String,
    office_error: bool,
    recorded_by: String,
    approved_by: String,
    recorded_at: Moment,
    strikes: Option<i32>,
    strikes_year: Option<i32>,
}

impl Row {
    fn opened(&self, vault: &Vault) -> Result<(Value, Value)> {
        let open =
            |column, sealed: &str| vault.open_json(&cases::line_identity(self.roc_year, self.number, column), sealed.to_owned());
        Ok((open("before", &self.before_value)?, open("after", &self.after_value)?))
    }

    /// As the caller sees it: without values and reason where the case is kept from them.
    fn shown(self, vault: &Vault, kept: &HashSet<Id>, struck_by: Option<String>) -> Result<MaintenanceRecord> {
        let is_kept = kept.contains(&self.case_id);
        let told = |text: String| if is_kept { WITHHELD.to_owned() } else { text };
        let (before, after) = self.opened(vault)?;
        Ok(MaintenanceRecord {
            roc_year: self.roc_year,
            number: self.number,
            case_id: self.case_id,
            service_point: self.service_point,
            kind: self.kind,
            before: told(masked(&self.field, before)),
            after: told(masked(&self.field, after)),
            field: self.field,
            reason: told(mask_numbers(
                &vault.open_text(&cases::line_identity(self.roc_year, self.number, "reason"), &self.reason)?,
            )),
            office_error: self.office_error,
            recorded_by: self.recorded_by,
            approved_by: self.approved_by,
            recorded_at: self.recorded_at,
            strikes: struck_name(self.strikes_year, self.strikes),
            struck_by,
        })
    }
}

/// A value as shown in a book: personal ones masked by the member's name.
fn masked(field: &str, value: Value) -> String {
    let name = field.rsplit('/').next().unwrap_or("").to_owned();
    let shown = cases::fields::masked(&json!({ name.clone(): value }));
    match &shown[&name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A year's lines within the caller's bounds, but for those of cases that are closed to them.
fn lines_of<'a>(by: &By, closed: &'a [Id], year: i32) -> BoxedQuery<'a, Backend> {
    let rows = maintenance_records::table
        .filter(book::roc_year.eq(year))
        .filter(book::case_id.ne_all(closed.iter().copied()))
        .into_boxed();
    match desk::bound(by) {
        Some(point) => rows.filter(book::service_point.eq(point.to_owned())),
        None => rows,
    }
}

/// Which lines of a year are struck, and by which.
fn struck(conn: &mut Conn, year: i32) -> Result<BTreeMap<i32, String>> {
    let rows = maintenance_records::table.filter(book::strikes_year.eq(year)).filter(book::strikes.is_not_null());
    let rows: Vec<(Option<i32>, i32, i32)> = rows.select((book::strikes, book::roc_year, book::number)).load(conn)?;
    Ok(rows.into_iter().filter_map(|(struck, year, number)| Some((struck?, line_name(year, number)))).collect())
}

/// A year's lines, all of them after a number or so many.
fn read(conn: &mut Conn, node: &Node, by: &By, year: i32, after: i32, limit: Option<i64>) -> Result<Vec<MaintenanceRecord>> {
    let closed = closed_cases(conn, node, by)?;
    let mut rows = lines_of(by, &closed, year).filter(book::number.gt(after)).order(book::number);
    if let Some(limit) = limit {
        rows = rows.limit(limit);
    }
    let rows: Vec<Row> = rows.select(Row::as_select()).load(conn)?;
    let mut struck = struck(conn, year)?;
    let kept = cases::kept_from(conn, node, by, &rows.iter().map(|row| row.case_id).collect::<Vec<_>>())?;
    rows.into_iter()
        .map(|row| {
            let by = struck.remove(&row.number);
            row.shown(&node.vault, &kept, by)
        })
        .collect()
}

/// Reads the maintenance record book.
///
/// One year's lines in the order of their running numbers; lines are only ever added: a wrong one is struck
/// by a new one. A branch desk sees its own. In a matter of the caller's own, a relative's, or of somebody from whose data they are
/// barred, values and reasons are not told (行政程序法 §32).
#[utoipa::path(tag = "Quality", operation_id = "list_maintenance_records", params(BookYear, Listing), responses((status = 200, description = "A page of the book.", body = Page<MaintenanceRecord>)))]
#[get("/v1/record-books/maintenance")]
pub async fn list_maintenance_records(
    may: May<ListMaintenanceRecords>,
    node: Data<Node>,
    Params(query): Params<BookYear>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let year = query.or_now(by.now);
        let lines = read(conn, &node, by, year, paging.after_number(), Some(paging.rows()))?;
        let closed = closed_cases(conn, &node, by)?;
        let total = paging.total(|| lines_of(by, &closed, year).count().get_result(conn))?;
        Reply::ok(&page_of(&paging, lines, total, |line| line.number.to_string()))
    })
    .await
}

/// A line within the caller's bounds, and which one strikes it.
fn find(conn: &mut Conn, node: &Node, by: &By, (year, number): (i32, i32)) -> Result<(Row, Option<String>)> {
    let closed = closed_cases(conn, node, by)?;
    let line = lines_of(by, &closed, year).filter(book::number.eq(number)).select(Row::as_select());
    let line: Row = line.first(conn).optional()?.ok_or(Code::NOT_FOUND)?;
    Ok((line, struck(conn, year)?.remove(&number)))
}

/// Shows a line of the maintenance record book.
///
/// With the version that striking it must name, and the line that has struck it, where one has.
#[utoipa::path(tag = "Quality", operation_id = "get_maintenance_record", params(
    ("roc_year" = i32, Path, description = "The book's ROC year.", minimum = 100, maximum = 300, example = 115),
    ("number" = i32, Path, description = "The line's running number.", minimum = 1, example = 1),
), responses((status = 200, description = "The line.", body = MaintenanceRecord)))]
#[get("/v1/record-books/maintenance/{roc_year}/{number}")]
pub async fn get_maintenance_record(
    may: May<GetMaintenanceRecord>,
    node: Data<Node>,
    year: PathText<i32>,
    number: PathTail<i32>,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let (line, struck_by) = find(conn, &node, by, (year.0, number.0))?;
        let version = version(struck_by.is_some());
        let kept = cases::kept_from(conn, &node, by, &[line.case_id])?;
        Ok(Reply::ok(&line.shown(&node.vault, &kept, struck_by)?)?.version(version))
    })
    .await
}

fn sheet(lines: Vec<MaintenanceRecord>) -> Sheet {
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
        "strikes",
        "struck_by",
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
            line.strikes.unwrap_or_default(),
            line.struck_by.unwrap_or_default(),
        ]
    };
    Sheet::new(header, lines.into_iter().map(row).collect())
}

/// Exports the maintenance record book as CSV.
///
/// A whole year within the caller's bounds, personal values masked; purpose and legal basis are logged.
#[utoipa::path(tag = "Quality", operation_id = "export_maintenance_csv", params(BookExport), responses((status = 200, description = "The book.", body = String, content_type = "text/csv")))]
#[get("/v1/record-books/maintenance.csv")]
pub async fn export_maintenance_csv(
    may: May<ExportMaintenanceCsv>,
    node: Data<Node>,
    Params(query): Params<BookExport>,
) -> Result<Reply> {
    let whole = move |conn: &mut Conn, by: &By, year| Ok(sheet(read(conn, &node, by, year, 0, None)?));
    export(may, query, "maintenance", whole, Sheet::csv).await
}

/// Exports the maintenance record book as XLSX.
///
/// A whole year within the caller's bounds, personal values masked; purpose and legal basis are logged.
#[utoipa::path(tag = "Quality", operation_id = "export_maintenance_xlsx", params(BookExport), responses((status = 200, description = "The book.", body = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))]
#[get("/v1/record-books/maintenance.xlsx")]
pub async fn export_maintenance_xlsx(
    may: May<ExportMaintenanceXlsx>,
    node: Data<Node>,
    Params(query): Params<BookExport>,
) -> Result<Reply> {
    let whole = move |conn: &mut Conn, by: &By, year| Ok(sheet(read(conn, &node, by, year, 0, None)?));
    export(may, query, "maintenance", whole, Sheet::xlsx).await
}

/// A new line that says the same as another and strikes it, sealed under its own number.
fn striking(tx: &mut Tx, vault: &Vault, by: &By, wrong: &Row, reason: &str) -> Result<Row> {
    let roc_year = by.now.roc_year();
    let number = next_number(tx, "maintenance", roc_year)?;
    let (before, after) = wrong.opened(vault)?;
    let seal = |column, value: &Value| vault.seal_json(&cases::line_identity(roc_year, number, column), value);
    Ok(Row {
        roc_year,
        number,
        case_id: wrong.case_id,
        service_point: wrong.service_point.clone(),
        kind: wrong.kind,
        field: wrong.field.clone(),
        before_value: seal("before", &before)?,
        after_value: seal("after", &after)?,
        reason: tx.seal_text(&cases::line_identity(roc_year, number, "reason"), reason),
        office_error: wrong.office_error,
        recorded_by: by.caller.name(),
        approved_by: by.caller.name(),
        recorded_at: by.now,
        strikes: Some(wrong.number),
        strikes_year: Some(wrong.roc_year),
    })
}

/// Strikes a line of the maintenance record book.
///
/// By a new line with the reason, which is the answer; the wrong one stays as it is. By a supervisor who neither
/// recorded nor approved it.
#[utoipa::path(tag = "Quality", operation_id = "strike_maintenance_record", params(
    ("roc_year" = i32, Path, description = "The book's ROC year.", minimum = 100, maximum = 300, example = 115),
    ("number" = i32, Path, description = "The line's running number.", minimum = 1, example = 1), IfMatchHeader,
), request_body = Reason, responses(
    (status = 200, description = "The new line.", body = MaintenanceRecord),
    (status = 409, description = "`conflict`: it is struck already, or strikes another; `same_person`: the own line; `own_request`: the case is about whoever strikes it; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/record-books/maintenance/{roc_year}/{number}:strike")]
pub async fn strike_maintenance_record(
    may: May<StrikeMaintenanceRecord>,
    node: Data<Node>,
    year: PathText<i32>,
    number: PathTail<i32>,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let (wrong, struck_by) = find(tx, &node, by, (year.0, number.0))?;
        if_match.check(version(struck_by.is_some()))?;
        refuse_struck(struck_by.is_some(), wrong.strikes.is_some())?;
        let at = Some(wrong.recorded_at);
        let recorded = is_one_with(tx, &by.caller, (&wrong.recorded_by, at))?;
        let own = recorded || is_one_with(tx, &by.caller, (&wrong.approved_by, at))?;
        keep_apart(if own { &[Part::Author] } else { &[] }, &[Part::Author])?;
        let case = cases::store::find(tx, &node, by, wrong.case_id)?;
        cases::require_uninvolved(tx, &node, by, &case)?;
        let line = striking(tx, &node.vault, by, &wrong, why.as_str())?;
        diesel::insert_into(maintenance_records::table).values(&line).execute(&mut **tx)?;
        let subject = format!("record-books/maintenance/{}", line_name(line.roc_year, line.number));
        let event = json!({"roc_year": line.roc_year, "number": line.number, "strikes": line_name(wrong.roc_year, wrong.number)});
        tx.record(Record::change("maintenance.struck", subject, event).because(why.as_str()));
        Ok(Reply::ok(&line.shown(&node.vault, &HashSet::new(), None)?)?.version(version(false)))
    })
    .await
}
