//! Lines of the maintenance record book (戶籍資料維護紀錄簿): entered by corrections and revocations, shown whole
//! only for a logged reason.

use actix_web::post;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::case::Case;
use super::changes::ChangeKind;
use super::policy::RevealMaintenanceRecord;
use super::{counter, store};
use crate::auth::{By, May};
use crate::db::{Id, Record, Tx};
use crate::error::{Code, Error, Result};
use crate::http::{PathTail, PathText, Reply, Valid};
use crate::node::Node;
use crate::people::{Note, Reason};
use crate::schema::maintenance_records;

/// What the lines of one change have in common.
pub struct Entry<'a> {
    pub kind: ChangeKind,
    pub reason: &'a Note,
    pub office_error: bool,
    /// Who proposed it; whoever enters it has approved it.
    pub by: &'a str,
}

/// One changed member.
pub struct Line {
    pub pointer: String,
    pub before: Value,
    pub after: Value,
}

/// The name under which a line's values are sealed.
pub fn line_identity(roc_year: i32, number: i32, column: &str) -> String {
    format!("maintenance_records/{roc_year}/{number}/{column}")
}

/// Enters a line under the next running number of the year; none of what is only tried.
pub fn enter(tx: &mut Tx, node: &Node, by: &By, case: &Case, entry: &Entry<'_>, line: &Line) -> Result<()> {
    if tx.is_rehearsal() {
        return Ok(());
    }
    let roc_year = by.now.roc_year();
    let number = tx.next_number(&format!("maintenance/{roc_year}"))?;
    let number = i32::try_from(number).map_err(|e| Error::internal("a record book is full", e))?;
    let seal = |column, value: &Value| node.vault.seal_json(&line_identity(roc_year, number, column), value);
    let row = (
        maintenance_records::roc_year.eq(roc_year),
        maintenance_records::number.eq(number),
        maintenance_records::case_id.eq(case.id),
        maintenance_records::service_point.eq(&case.service_point),
        maintenance_records::kind.eq(entry.kind),
        maintenance_records::field.eq(&line.pointer),
        maintenance_records::before_value.eq(seal("before", &line.before)?),
        maintenance_records::after_value.eq(seal("after", &line.after)?),
        maintenance_records::reason.eq(tx.seal_text(&line_identity(roc_year, number, "reason"), entry.reason.as_str())),
        maintenance_records::office_error.eq(entry.office_error),
        maintenance_records::recorded_by.eq(entry.by),
        maintenance_records::approved_by.eq(by.caller.name()),
        maintenance_records::recorded_at.eq(by.now),
    );
    diesel::insert_into(maintenance_records::table).values(row).execute(&mut **tx)?;
    let event = json!({"roc_year": roc_year, "number": number, "case_id": case.id, "kind": entry.kind});
    let subject = format!("record-books/maintenance/{roc_year}-{number}");
    tx.record(Record::change("maintenance.recorded", subject, event).about(case.person_id).because(entry.reason.as_str()));
    Ok(())
}

/// The values of a line, unmasked.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "roc_year": 115, "number": 1, "case_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "field": "/fields/child_name",
    "before": "王小安", "after": "王小寧"
}))]
pub struct RevealedLine {
    #[schema(minimum = 100)]
    roc_year: i32,
    #[schema(minimum = 1)]
    number: i32,
    case_id: Id,
    /// JSON Pointer of the changed member.
    #[schema(max_length = 200)]
    field: String,
    /// The value until then, as JSON.
    before: Value,
    /// The value since, as JSON.
    after: Value,
}

/// Shows a line of the maintenance record book whole.
///
/// Before and after unmasked, for supervisors; logged with the reason.
#[utoipa::path(tag = "Quality", operation_id = "reveal_maintenance_record", params(
    ("roc_year" = i32, Path, description = "ROC year of the book.", minimum = 100, maximum = 300, example = 115),
    ("number" = i32, Path, description = "Running number of the year.", minimum = 1, example = 1),
), request_body = Reason, responses(
    (status = 200, description = "The line, unmasked.", body = RevealedLine, headers(("ETag" = String, description = "The line's version."))),
    (status = 409, description = "`own_request`: its case is about the caller or a relative of theirs; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/record-books/maintenance/{roc_year}/{number}:reveal")]
pub async fn reveal_maintenance_record(
    may: May<RevealMaintenanceRecord>,
    node: Data<Node>,
    roc_year: PathText<i32>,
    number: PathTail<i32>,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        use maintenance_records as book;
        type Row = (Id, String, String, String);
        let line = book::table.find((roc_year.0, number.0));
        let row: Option<Row> =
            line.select((book::case_id, book::field, book::before_value, book::after_value)).first(&mut **tx).optional()?;
        let (case_id, field, before, after) = row.ok_or(Code::NOT_FOUND)?;
        let case = store::find(tx, &node, by, case_id)?;
        counter::require_uninvolved(tx, &node, by, &case)?;
        let open =
            |column, sealed| -> Result<Value> { node.vault.open_json(&line_identity(roc_year.0, number.0, column), sealed) };
        let subject = format!("record-books/maintenance/{}-{}", roc_year.0, number.0);
        tx.record(Record::read("maintenance.revealed", subject, "before,after").because(why.as_str()));
        let (before, after) = (open("before", before)?, open("after", after)?);
        let striking = book::table.filter(book::strikes.eq(number.0)).filter(book::strikes_year.eq(roc_year.0));
        let struck: i64 = striking.count().get_result(&mut **tx)?;
        let line = RevealedLine { roc_year: roc_year.0, number: number.0, case_id, field, before, after };
        Ok(Reply::ok(&line)?.version(if struck > 0 { 2 } else { 1 }))
    })
    .await
}
