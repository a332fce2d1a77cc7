//! What of the ledger stands in the ministry's system: batches in which lines were reported, and what it said of each.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{VolunteerHourKind, VolunteerHourReporting, VolunteerHourStatus, VolunteerHourUnit};
use super::policy::{CreateHourReport, WithdrawHourReport};
use super::store::Line;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Tx};
use crate::error::{Code, Result};
use crate::http::{Page, Paging};
use crate::schema::{volunteer_hour_report_lines as lines, volunteer_hour_reports as reports};
use crate::secrets::vault::Vault;
use crate::{acts, find, prepared, read_page, save, text_enum};

text_enum! {
    /// What the ministry's system said of a line.
    pub enum VolunteerHourOutcome {
        Taken = "TAKEN",
        /// The field of service was missing, or unknown there
        RefusedField = "REFUSED_FIELD",
        /// The position or category was missing, or unknown there
        RefusedPosition = "REFUSED_POSITION",
        /// It was longer than it takes
        RefusedLength = "REFUSED_LENGTH",
        RefusedOtherwise = "REFUSED_OTHERWISE",
        /// A line that was reported, and has been replaced or taken back since, was put right there
        Corrected = "CORRECTED",
    }
}

text_enum! {
    /// States of a batch of reported hours.
    pub enum VolunteerHourReportStatus {
        Standing = "STANDING",
        /// It was entered by mistake: what it says of its lines holds no more
        Withdrawn = "WITHDRAWN",
    }
}

acts! {
    /// Acts on a batch of reported hours; nobody reports their own.
    pub enum VolunteerHourReportAct on "volunteer_hour_report" VolunteerHourReportStatus {
        Enter "enter" [CreateHourReport ""] "entered" Clerk apart [Unnamed, Subject] {}
        Withdraw "withdraw" [WithdrawHourReport ":withdraw"] "withdrawn" Clerk apart [Unnamed, Subject] { Standing => Withdrawn }
    }
}

/// A batch as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = reports, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Report {
    pub id: Id,
    pub status: VolunteerHourReportStatus,
    pub reported_on: NaiveDate,
    /// Sealed.
    pub said: String,
    pub entered_by: String,
    pub entered_at: Moment,
    pub version: i32,
}

impl Report {
    pub fn path(&self) -> String {
        format!("hour-reports/{}", self.id)
    }

    fn identity(&self) -> String {
        format!("volunteer_hour_reports/{}/said", self.id)
    }

    pub fn said(&self, vault: &Vault) -> Result<ReportSaid> {
        vault.open_json(&self.identity(), self.said.clone())
    }

    pub fn say(&mut self, vault: &Vault, said: &ReportSaid) -> Result<()> {
        self.said = vault.seal_json(&self.identity(), said)?;
        Ok(())
    }
}

/// What of a batch is kept sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReportSaid {
    pub reference: Option<String>,
    pub note: Option<String>,
    pub withdrawn_because: Option<String>,
}

/// What was said of one line.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = lines)]
pub struct ReportLine {
    pub id: Id,
    pub report_id: Id,
    pub hour_id: Id,
    pub outcome: VolunteerHourOutcome,
}

pub fn insert(tx: &mut Tx, report: &Report, outcomes: &[ReportLine]) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(reports::table).values(report), execute)?;
    for line in outcomes {
        prepared!(&mut **tx, diesel::insert_into(lines::table).values(line), execute)?;
    }
    Ok(())
}

pub fn save(tx: &mut Tx, report: &mut Report) -> Result<()> {
    save!(tx, reports, report)
}

/// A batch. Of two writes that find one, one waits for the other.
pub fn find(conn: &mut Conn, id: Id) -> Result<Report> {
    let found: Option<Report> = find!(conn, reports::table.find(id).select(Report::as_select()))?;
    found.ok_or_else(|| Code::NOT_FOUND.into())
}

/// The lines of a batch, in their order.
pub fn lines_of(conn: &mut Conn, report: Id) -> Result<Vec<ReportLine>> {
    let rows = lines::table.filter(lines::report_id.eq(report)).order(lines::id);
    Ok(rows.select(ReportLine::as_select()).load(conn)?)
}

/// A page of batches, the newest first.
pub fn list(conn: &mut Conn, paging: &Paging) -> Result<Page<Report>> {
    let matching = || -> reports::BoxedQuery<'_, Backend> { reports::table.into_boxed() };
    read_page!(conn, paging, matching, reports::id desc, Report)
}

/// What the ministry's system said last of a line, in a batch that stands.
fn last_outcome(conn: &mut Conn, hour: Id) -> Result<Option<VolunteerHourOutcome>> {
    let standing = reports::table.filter(reports::status.eq(VolunteerHourReportStatus::Standing)).select(reports::id);
    let said = lines::table.filter(lines::hour_id.eq(hour)).filter(lines::report_id.eq_any(standing));
    Ok(said.order(lines::id.desc()).select(lines::outcome).first(conn).optional()?)
}

/// Where a line stands with the ministry's system, by what that said of it last.
fn after(line: &Line, last: Option<VolunteerHourOutcome>) -> VolunteerHourReporting {
    use VolunteerHourReporting as Reporting;
    let is_there = last == Some(VolunteerHourOutcome::Taken);
    let is_due = line.unit == VolunteerHourUnit::Own
        && line.kind == VolunteerHourKind::Service
        && !line.is_paid
        && line.status.stands()
        && line.status != VolunteerHourStatus::Claimed;
    match (is_due, last) {
        (true, None | Some(VolunteerHourOutcome::Corrected)) => Reporting::NotReported,
        (true, Some(VolunteerHourOutcome::Taken)) => Reporting::Reported,
        (true, Some(_)) => Reporting::Refused,
        (false, _) if is_there => Reporting::ToCorrect,
        (false, _) => Reporting::NotDue,
    }
}

/// Says anew where a line stands with the ministry's system; whoever changes a line or a batch ends with it.
pub fn settle(tx: &mut Tx, line: &mut Line) -> Result<()> {
    line.reporting = after(line, last_outcome(tx, line.id)?);
    Ok(())
}
