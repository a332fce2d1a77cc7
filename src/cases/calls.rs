//! Whom to call about cases: those whose papers are missing.

use chrono::{Days, NaiveDate};
use diesel::prelude::*;

use super::case::Case;
use super::contact::path;
use super::states::CaseStatus;
use super::store::involved;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::domain::{Call, CallKind};
use crate::error::Result;
use crate::node::Node;
use crate::schema::{cases, one_time_notices as notices};

/// Applicants whose papers are missing, told that day or due by the day after; and all that the dead have applied for.
pub fn of_day(conn: &mut Conn, _: &Node, _: &By, day: NaiveDate) -> Result<Vec<Call>> {
    type Row = (Id, Option<String>, String, Id, Moment, CaseStatus);
    let columns = (cases::id, cases::number, cases::service_point, cases::applicant_id, cases::received_at, cases::status);
    let live = cases::table.filter(cases::status.eq_any(CaseStatus::OPEN).or(cases::status.eq(CaseStatus::Draft)));
    let rows: Vec<Row> = live.order(cases::id).select(columns).load(conn)?;
    let soon = day.checked_add_days(Days::new(1)).unwrap_or(day);
    let told = notices::made_at.ge(Moment::start_of(day)).and(notices::made_at.lt(Moment::end_of(day)));
    let due: Vec<(Id, Moment)> =
        notices::table.filter(told.or(notices::due_on.le(soon))).select((notices::case_id, notices::due_at)).load(conn)?;
    let call = |(id, number, service_point, person, received_at, status): Row| {
        let due_at = due.iter().find(|(case, _)| *case == id).map(|(_, at)| *at);
        let due_at = due_at.filter(|_| status == CaseStatus::AwaitingDocuments);
        Call {
            kind: due_at.map(|_| CallKind::Papers),
            record: path(id),
            contact: path(id),
            number,
            service_point,
            person,
            involved: |conn, node, call| {
                let case = cases::table.find(call.key()?).select(Case::as_select()).first(conn)?;
                involved(conn, &node.vault, &case)
            },
            at: due_at.unwrap_or(received_at),
        }
    };
    Ok(rows.into_iter().map(call).collect())
}
