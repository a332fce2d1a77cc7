//! The error ledger's records: who got what wrong, found how, confirmed by whom.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::case::Case;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::{Error, Result};
use crate::people::Note;
use crate::schema::error_records;
use crate::text_enum;

text_enum! {
    /// What kind of error.
    pub enum ErrorCode {
        WrongEntry = "WRONG_ENTRY",
        MissingEntry = "MISSING_ENTRY",
        WrongType = "WRONG_TYPE",
        PaperMissing = "PAPER_MISSING",
        NotEntitled = "NOT_ENTITLED",
        WrongIdentity = "WRONG_IDENTITY",
        LimitMissed = "LIMIT_MISSED",
        Other = "OTHER",
    }
}

text_enum! {
    /// How grave it is.
    pub enum Severity {
        Minor = "MINOR",
        Major = "MAJOR",
    }
}

text_enum! {
    /// What it comes from.
    pub enum ErrorCause {
        Oversight = "OVERSIGHT",
        RuleUnclear = "RULE_UNCLEAR",
        System = "SYSTEM",
        Applicant = "APPLICANT",
        Other = "OTHER",
    }
}

text_enum! {
    /// How it was found: review and spot check before harm, ex-officio correction after (施行細則 §15).
    pub enum ErrorSource {
        Review = "REVIEW",
        SpotCheck = "SPOT_CHECK",
        ExOfficioCorrection = "EX_OFFICIO_CORRECTION",
    }
}

text_enum! {
    /// A reviewer proposes, a section chief confirms; only confirmed errors count.
    pub enum ErrorStatus {
        Proposed = "PROPOSED",
        Confirmed = "CONFIRMED",
        Dismissed = "DISMISSED",
    }
}

/// One finding.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"error_code": "WRONG_ENTRY", "severity": "MINOR", "cause": "OVERSIGHT", "note": "胎次登載錯誤"}))]
pub struct Finding {
    pub error_code: ErrorCode,
    pub severity: Severity,
    pub cause: ErrorCause,
    pub note: Note,
}

/// An error as it stands in the ledger.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, Serialize, ToSchema)]
#[diesel(table_name = error_records)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "case_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "type_code": "BIRTH",
    "service_point": "HEMEI", "clerk_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "accepted_on": "2026-11-23", "source": "REVIEW",
    "error_code": "WRONG_ENTRY", "severity": "MINOR", "cause": "OVERSIGHT", "status": "PROPOSED",
    "proposed_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72", "proposed_at": "2026-11-23T10:00:00+08:00",
    "decided_by": null, "decided_at": null
}))]
pub struct ErrorRecord {
    pub id: Id,
    pub case_id: Id,
    #[schema(max_length = 40)]
    pub type_code: String,
    #[schema(max_length = 20)]
    pub service_point: String,
    /// Account of the clerk in charge.
    #[diesel(column_name = clerk)]
    pub clerk_id: Id,
    /// The year of this day is the year in which the error counts.
    pub accepted_on: NaiveDate,
    pub source: ErrorSource,
    pub error_code: ErrorCode,
    pub severity: Severity,
    pub cause: ErrorCause,
    pub status: ErrorStatus,
    #[schema(max_length = 60)]
    pub proposed_by: String,
    pub proposed_at: Moment,
    #[schema(max_length = 60)]
    pub decided_by: Option<String>,
    pub decided_at: Option<Moment>,
}

impl ErrorRecord {
    /// Its version: it changes once, when it is decided.
    pub fn version(&self) -> i32 {
        if self.status == ErrorStatus::Proposed { 1 } else { 2 }
    }
}

/// Notes an error of a case, which the caller proposes; or, where somebody else proposed it, confirms.
pub fn enter(
    tx: &mut Tx,
    by: &By,
    case: &Case,
    source: ErrorSource,
    finding: &Finding,
    proposed: Option<(String, Moment)>,
) -> Result<ErrorRecord> {
    let unfinished = || Error::Internal(format!("case {} has no clerk or was never accepted", case.id));
    let decided = proposed.is_some();
    let status = if decided { ErrorStatus::Confirmed } else { ErrorStatus::Proposed };
    let (proposed_by, proposed_at) = proposed.unwrap_or_else(|| (by.caller.name(), by.now));
    let record = ErrorRecord {
        id: Id::new(by.now),
        case_id: case.id,
        type_code: case.type_code.clone(),
        service_point: case.service_point.clone(),
        clerk_id: case.clerk.ok_or_else(unfinished)?,
        accepted_on: case.accepted_at.ok_or_else(unfinished)?.date(),
        source,
        error_code: finding.error_code,
        severity: finding.severity,
        cause: finding.cause,
        status,
        proposed_by,
        proposed_at,
        decided_by: decided.then(|| by.caller.name()),
        decided_at: decided.then_some(by.now),
    };
    diesel::insert_into(error_records::table).values(&record).execute(&mut **tx)?;
    Ok(record)
}

/// Errors of a case, oldest first.
pub fn of_case(conn: &mut Conn, case: Id) -> Result<Vec<ErrorRecord>> {
    let rows = error_records::table.filter(error_records::case_id.eq(case)).order(error_records::id);
    Ok(rows.select(ErrorRecord::as_select()).load(conn)?)
}
