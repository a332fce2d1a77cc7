//! Limits of open cases counted anew when the office's days change.

use chrono::{NaiveDate, NaiveTime};
use diesel::prelude::*;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::case::Case;
use super::states::CaseStatus;
use super::store;
use super::types::store::CaseTypes;
use crate::calendar::OfficeCalendar;
use crate::clock::Moment;
use crate::db::{Id, Record, Tx};
use crate::error::{Error, Result};
use crate::schema::cases;

/// A case that is due on another day than before.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-HEMEI-000001",
    "before": "2026-11-25T23:59:59+08:00", "after": "2026-11-26T23:59:59+08:00"
}))]
pub struct MovedDeadline {
    id: Id,
    #[schema(max_length = 40)]
    number: Option<String>,
    before: Moment,
    after: Moment,
}

/// Finds the open cases whose limit the calendar moves, of those due on `from` or later; unless it is a dry run,
/// sets their new limits.
pub fn recount(
    tx: &mut Tx,
    types: &CaseTypes,
    calendar: &OfficeCalendar,
    from: NaiveDate,
    dry_run: bool,
    now: Moment,
) -> Result<Vec<MovedDeadline>> {
    let catalogue = types.at(tx)?;
    let open: Vec<Case> = cases::table
        .filter(cases::status.eq_any(CaseStatus::OPEN))
        .filter(cases::due_at.ge(Moment::from_taipei(from, NaiveTime::MIN)))
        .order(cases::id)
        .select(Case::as_select())
        .load(&mut **tx)?;
    let mut moved = Vec::new();
    for mut case in open {
        let (Some(accepted_at), Some(before)) = (case.accepted_at, case.due_at) else { continue };
        let case_type = catalogue
            .version(&case.type_code, case.type_version)
            .ok_or_else(|| Error::Internal(format!("case {} has a type that is gone", case.id)))?;
        let pauses = store::pauses(&store::stops(tx, case.id)?);
        let Some(due) = case_type.rules.due(calendar, accepted_at, &pauses).filter(|due| due.at != before) else { continue };
        moved.push(MovedDeadline { id: case.id, number: case.number.clone(), before, after: due.at });
        if !dry_run {
            case.due_at = Some(due.at);
            store::save(tx, &mut case, now)?;
            let actor = tx.origin().actor.clone();
            store::add_line(tx, &case, "due_moved", &actor, "", now)?;
            let event = json!({"number": case.number, "before": before, "after": due.at, "service_point": case.service_point});
            tx.record(Record::change("case.due_moved", format!("cases/{}", case.id), event).about(case.person_id));
        }
    }
    Ok(moved)
}
