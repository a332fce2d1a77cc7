//! The spot-check record book (戶籍申請案件抽查紀錄簿).

use std::collections::{BTreeMap, HashSet};

use actix_web::web::Data;
use actix_web::{get, post};
use diesel::prelude::*;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{BookExport, BookYear, export, line_name, next_number, refuse_struck, struck_name, version};
use crate::auth::{By, May, WITHHELD, is_one_with};
use crate::cases::errors::{ErrorCause, ErrorCode, Finding, Severity};
use crate::cases::{self, closed_cases, kept_from};
use crate::clock::Moment;
use crate::contract::IfMatchHeader;
use crate::db::{Backend, Conn, Id, Record, Tx};
use crate::error::{Code, Result};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathTail, PathText, Reply, Sheet, Valid, page_of};
use crate::node::Node;
use crate::office::desk;
use crate::people::{Reason, mask_numbers};
use crate::quality::model::SpotCheckStatus;
use crate::quality::policy::{
    ExportSpotChecksCsv, ExportSpotChecksXlsx, GetSpotCheckEntry, ListSpotCheckEntries, StrikeSpotCheckEntry,
};
use crate::schema::spot_check_entries::{self, BoxedQuery, dsl as book};
use crate::secrets::vault::Vault;
use crate::states::{Part, keep_apart};

/// A line of the spot-check record book (戶籍申請案件抽查紀錄簿).
#[derive(Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "roc_year": 115, "number": 1, "spot_check_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "case_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70",
    "service_point": "HEMEI", "result": "UPHELD", "finding": "確有誤載", "remedy": "逕行更正", "recorded_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71",
    "recorded_at": "2026-12-01T10:00:00+08:00", "error_code": "WRONG_ENTRY", "severity": "MINOR", "cause": "OVERSIGHT", "strikes": null, "struck_by": null
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
    result: SpotCheckStatus,
    #[schema(max_length = 500)]
    finding: String,
    #[schema(max_length = 500)]
    remedy: String,
    #[schema(max_length = 60)]
    recorded_by: String,
    recorded_at: Moment,
    error_code: Option<ErrorCode>,
    severity: Option<Severity>,
    cause: Option<ErrorCause>,
    /// The line that this one strikes: `115-1`.
    #[schema(max_length = 20)]
    strikes: Option<String>,
    /// The line that strikes this one; what it says no longer holds.
    #[schema(max_length = 20)]
    struck_by: Option<String>,
}

/// A line as kept.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = spot_check_entries)]
struct Row {
    roc_year: i32,
    number: i32,
    spot_check_id: Id,
    case_id: Id,
    service_point: String,
    result: SpotCheckStatus,
    finding: String,
    remedy: String,
    recorded_by: String,
    recorded_at: Moment,
    error_code: Option<ErrorCode>,
    severity: Option<Severity>,
    cause: Option<ErrorCause>,
    strikes_year: Option<i32>,
    strikes: Option<i32>,
}

fn identity(roc_year: i32, number: i32, column: &str) -> String {
    format!("spot_check_entries/{roc_year}/{number}/{column}")
}

impl Row {
    /// As the caller sees it: without its words where the case is kept from them.
    fn shown(self, vault: &Vault, kept: &HashSet<Id>, struck_by: Option<String>) -> Result<SpotCheckEntry> {
        let open = |column, words: &str| match kept.contains(&self.case_id) && !words.is_empty() {
            true => Ok(WITHHELD.to_owned()),
            false => vault.open_text(&identity(self.roc_year, self.number, column), words),
        };
        let (finding, remedy) = (open("finding", &self.finding)?, open("remedy", &self.remedy)?);
        Ok(SpotCheckEntry {
            roc_year: self.roc_year,
            number: self.number,
            spot_check_id: self.spot_check_id,
            case_id: self.case_id,
            service_point: self.service_point,
            result: self.result,
            finding: mask_numbers(&finding),
            remedy: mask_numbers(&remedy),
            recorded_by: self.recorded_by,
            recorded_at: self.recorded_at,
            error_code: self.error_code,
            severity: self.severity,
            cause: self.cause,
            strikes: struck_name(self.strikes_year, self.strikes),
            struck_by,
        })
    }

    /// Adds the line to the book under the next number; its texts are sealed from then on.
    fn enter(&mut self, tx: &mut Tx, by: &By) -> Result<()> {
        self.roc_year = by.now.roc_year();
        self.number = next_number(tx, "spot-checks", self.roc_year)?;
        let seal = |tx: &Tx, column, text: &str| tx.seal_text(&identity(self.roc_year, self.number, column), text);
        (self.finding, self.remedy) = (seal(tx, "finding", &self.finding), seal(tx, "remedy", &self.remedy));
        (self.recorded_by, self.recorded_at) = (by.caller.name(), by.now);
        diesel::insert_into(spot_check_entries::table).values(&*self).execute(&mut **tx)?;
        let event = json!({"roc_year": self.roc_year, "number": self.number, "case_id": self.case_id});
        let subject = format!("record-books/spot-checks/{}", line_name(self.roc_year, self.number));
        tx.record(Record::change("spot_check.recorded", subject, event));
        Ok(())
    }
}

/// What a line is about: the check and its case.
pub struct About<'a> {
    pub spot_check: Id,
    pub case: Id,
    pub service_point: &'a str,
    pub result: SpotCheckStatus,
}

/// Writes a line into the book.
pub fn enter(tx: &mut Tx, by: &By, about: &About<'_>, found: Option<&Finding>, finding: &str, remedy: &str) -> Result<()> {
    let mut line = Row {
        roc_year: 0,
        number: 0,
        spot_check_id: about.spot_check,
        case_id: about.case,
        service_point: about.service_point.to_owned(),
        result: about.result,
        finding: finding.to_owned(),
        remedy: remedy.to_owned(),
        recorded_by: String::new(),
        recorded_at: by.now,
        error_code: found.map(|found| found.error_code),
        severity: found.map(|found| found.severity),
        cause: found.map(|found| found.cause),
        strikes_year: None,
        strikes: None,
    };
    line.enter(tx, by)
}

/// A year's lines within the caller's bounds, but for those of cases that are closed to them.
fn lines_of<'a>(by: &By, closed: &'a [Id], year: i32) -> BoxedQuery<'a, Backend> {
    let rows = spot_check_entries::table
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
    let rows = spot_check_entries::table.filter(book::strikes_year.eq(year)).filter(book::strikes.is_not_null());
    let rows: Vec<(Option<i32>, i32, i32)> = rows.select((book::strikes, book::roc_year, book::number)).load(conn)?;
    Ok(rows.into_iter().filter_map(|(struck, year, number)| Some((struck?, line_name(year, number)))).collect())
}

/// A year's lines, all of them after a number or so many.
fn read(conn: &mut Conn, node: &Node, by: &By, year: i32, (after, limit): (i32, Option<i64>)) -> Result<Vec<SpotCheckEntry>> {
    let closed = closed_cases(conn, node, by)?;
    let mut rows = lines_of(by, &closed, year).filter(book::number.gt(after)).order(book::number);
    if let Some(limit) = limit {
        rows = rows.limit(limit);
    }
    let rows: Vec<Row> = rows.select(Row::as_select()).load(conn)?;
    let mut struck = struck(conn, year)?;
    let kept = kept_from(conn, node, by, &rows.iter().map(|row| row.case_id).collect::<Vec<_>>())?;
    let shown = |row: Row| {
        let by = struck.remove(&row.number);
        row.shown(&node.vault, &kept, by)
    };
    rows.into_iter().map(shown).collect()
}

/// Reads the spot-check record book.
///
/// One year's lines in the order of their running numbers; lines are only ever added: a wrong one is struck
/// by a new one. A branch desk sees its own. In a matter of the caller's own, a relative's, or of somebody from whose data they are
/// barred, nothing is told that was said in words (行政程序法 §32).
#[utoipa::path(tag = "Quality", operation_id = "list_spot_check_entries", params(BookYear, Listing), responses((status = 200, description = "A page of the book.", body = Page<SpotCheckEntry>)))]
#[get("/v1/record-books/spot-checks")]
pub async fn list_spot_check_entries(
    may: May<ListSpotCheckEntries>,
    node: Data<Node>,
    Params(query): Params<BookYear>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let year = query.or_now(by.now);
        let lines = read(conn, &node, by, year, (paging.after_number(), Some(paging.rows())))?;
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

/// Shows a line of the spot-check record book.
///
/// With the version that striking it must name, and the line that has struck it, where one has.
#[utoipa::path(tag = "Quality", operation_id = "get_spot_check_entry", params(
    ("roc_year" = i32, Path, description = "The book's ROC year.", minimum = 100, maximum = 300, example = 115),
    ("number" = i32, Path, description = "The line's running number.", minimum = 1, example = 1),
), responses((status = 200, description = "The line.", body = SpotCheckEntry)))]
#[get("/v1/record-books/spot-checks/{roc_year}/{number}")]
pub async fn get_spot_check_entry(
    may: May<GetSpotCheckEntry>,
    node: Data<Node>,
    year: PathText<i32>,
    number: PathTail<i32>,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let (line, struck_by) = find(conn, &node, by, (year.0, number.0))?;
        let version = version(struck_by.is_some());
        let kept = kept_from(conn, &node, by, &[line.case_id])?;
        Ok(Reply::ok(&line.shown(&node.vault, &kept, struck_by)?)?.version(version))
    })
    .await
}

fn sheet(lines: Vec<SpotCheckEntry>) -> Sheet {
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
        "error_code",
        "severity",
        "cause",
        "strikes",
        "struck_by",
    ];
    let row = |line: SpotCheckEntry| {
        vec![
            line.roc_year.to_string(),
            line.number.to_string(),
            line.spot_check_id.to_string(),
            line.case_id.to_string(),
            line.service_point,
            line.result.to_string(),
            line.finding,
            line.remedy,
            line.recorded_by,
            line.recorded_at.to_string(),
            line.error_code.map_or("", ErrorCode::as_str).to_owned(),
            line.severity.map_or("", Severity::as_str).to_owned(),
            line.cause.map_or("", ErrorCause::as_str).to_owned(),
            line.strikes.unwrap_or_default(),
            line.struck_by.unwrap_or_default(),
        ]
    };
    Sheet::new(header, lines.into_iter().map(row).collect())
}

fn whole(node: Data<Node>) -> impl FnOnce(&mut Conn, &By, i32) -> Result<Sheet> + Send + 'static {
    move |conn, by, year| Ok(sheet(read(conn, &node, by, year, (0, None))?))
}

/// Exports the spot-check record book as CSV.
///
/// A whole year within the caller's bounds; purpose and legal basis are logged.
#[utoipa::path(tag = "Quality", operation_id = "export_spot_checks_csv", params(BookExport), responses((status = 200, description = "The book.", body = String, content_type = "text/csv")))]
#[get("/v1/record-books/spot-checks.csv")]
pub async fn export_spot_checks_csv(
    may: May<ExportSpotChecksCsv>,
    node: Data<Node>,
    Params(query): Params<BookExport>,
) -> Result<Reply> {
    export(may, query, "spot-checks", whole(node), Sheet::csv).await
}

/// Exports the spot-check record book as XLSX.
///
/// A whole year within the caller's bounds; purpose and legal basis are logged.
#[utoipa::path(tag = "Quality", operation_id = "export_spot_checks_xlsx", params(BookExport), responses((status = 200, description = "The book.", body = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))]
#[get("/v1/record-books/spot-checks.xlsx")]
pub async fn export_spot_checks_xlsx(
    may: May<ExportSpotChecksXlsx>,
    node: Data<Node>,
    Params(query): Params<BookExport>,
) -> Result<Reply> {
    export(may, query, "spot-checks", whole(node), Sheet::xlsx).await
}

/// Strikes a line of the spot-check record book.
///
/// By a new line with the reason, which is the answer; the wrong one stays as it is. By a supervisor who did not
/// record it.
#[utoipa::path(tag = "Quality", operation_id = "strike_spot_check_entry", params(
    ("roc_year" = i32, Path, description = "The book's ROC year.", minimum = 100, maximum = 300, example = 115),
    ("number" = i32, Path, description = "The line's running number.", minimum = 1, example = 1), IfMatchHeader,
), request_body = Reason, responses(
    (status = 200, description = "The new line.", body = SpotCheckEntry),
    (status = 409, description = "`conflict`: it is struck already, or strikes another; `same_person`: the own line; `own_request`: the case is about whoever strikes it; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/record-books/spot-checks/{roc_year}/{number}:strike")]
pub async fn strike_spot_check_entry(
    may: May<StrikeSpotCheckEntry>,
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
        let own = is_one_with(tx, &by.caller, (&wrong.recorded_by, Some(wrong.recorded_at)))?;
        keep_apart(if own { &[Part::Author] } else { &[] }, &[Part::Author])?;
        let case = cases::store::find(tx, &node, by, wrong.case_id)?;
        cases::require_uninvolved(tx, &node, by, &case)?;
        let mut line = Row {
            finding: why.as_str().to_owned(),
            remedy: String::new(),
            strikes_year: Some(wrong.roc_year),
            strikes: Some(wrong.number),
            ..wrong
        };
        line.enter(tx, by)?;
        Ok(Reply::ok(&line.shown(&node.vault, &HashSet::new(), None)?)?.version(version(false)))
    })
    .await
}
