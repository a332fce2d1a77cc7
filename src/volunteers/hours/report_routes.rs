//! Batches of hours that were reported to the ministry's system: entered, listed and taken back.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::judging::VolunteerHourVerdict;
use super::ledger::Ledger;
use super::model::VolunteerHourReporting;
use super::policy::{CreateHourReport, GetHourReport, ListHourReports, WithdrawHourReport};
use super::reporting::{
    self, Report, ReportLine, ReportSaid, VolunteerHourOutcome, VolunteerHourReportAct, VolunteerHourReportStatus, settle,
};
use super::store::{self, Line};
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Code, Error, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, PathId, Reply, Valid, coded};
use crate::node::Node;
use crate::people::{Label, Note, Reason};
use crate::states::in_own_matter;
use crate::view_of;
use crate::volunteers::entries::not_after;
use crate::volunteers::store as volunteers;

/// What the ministry's system said of a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"hour_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "outcome": "TAKEN"}))]
pub struct VolunteerHourReportLine {
    pub hour_id: Id,
    pub outcome: VolunteerHourOutcome,
}

/// A batch of hours that was reported.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "reported_on": "2026-11-20", "reference": "115-11 批次", "lines": [{"hour_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "outcome": "TAKEN"}]
}))]
pub struct VolunteerHourReportInput {
    /// Asia/Taipei; not after today.
    reported_on: NaiveDate,
    /// What the batch is called there.
    reference: Option<Label>,
    /// Each line once. TAKEN and REFUSED_… are of lines that count and are NOT_REPORTED or REFUSED, CORRECTED of lines that are TO_CORRECT.
    #[schema(min_items = 1, max_items = 500)]
    lines: Vec<VolunteerHourReportLine>,
    note: Option<Note>,
}

/// A batch of hours that was reported to the ministry's system.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "status": "STANDING", "reported_on": "2026-11-20", "reference": "115-11 批次",
    "lines": [{"hour_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "outcome": "TAKEN"}], "note": null, "withdrawn_because": null,
    "entered_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72", "entered_at": "2026-11-20T16:00:00+08:00",
    "allowed_actions": ["withdraw"]
}))]
pub struct VolunteerHourReportView {
    id: Id,
    status: VolunteerHourReportStatus,
    reported_on: NaiveDate,
    #[schema(max_length = 100)]
    reference: Option<String>,
    /// Of volunteers whom the caller sees.
    #[schema(max_items = 500)]
    lines: Vec<VolunteerHourReportLine>,
    #[schema(max_length = 500)]
    note: Option<String>,
    #[schema(max_length = 500)]
    withdrawn_because: Option<String>,
    /// `accounts/{id}`
    #[schema(max_length = 60)]
    entered_by: String,
    entered_at: Moment,
    /// What the caller may do now.
    #[schema(value_type = Vec<VolunteerHourReportAct>, max_items = 1)]
    allowed_actions: Vec<&'static str>,
}

/// The lines of a batch whose volunteers the caller sees, and the people whom it is about.
fn seen_lines(conn: &mut Conn, by: &By, report: Id) -> Result<(Vec<VolunteerHourReportLine>, Vec<Id>)> {
    let (mut seen, mut people) = (Vec::new(), Vec::new());
    for line in reporting::lines_of(conn, report)? {
        let Some(hour) = store::by_id(conn, line.hour_id)? else { continue };
        match volunteers::find(conn, by, hour.volunteer_id) {
            Ok(volunteer) => {
                people.push(volunteer.person_id);
                seen.push(VolunteerHourReportLine { hour_id: line.hour_id, outcome: line.outcome });
            }
            Err(Error::Problem(problem)) if problem.code == Code::NOT_FOUND => {}
            Err(error) => return Err(error),
        }
    }
    people.sort_unstable();
    people.dedup();
    Ok((seen, people))
}

fn view(conn: &mut Conn, node: &Node, by: &By, row: Report) -> Result<VolunteerHourReportView> {
    let (lines, people) = seen_lines(conn, by, row.id)?;
    let parts = in_own_matter(conn, by, &people)?;
    let acts = VolunteerHourReportAct::possible(row.status).filter(|act| act.line().is_granted(&by.caller));
    let allowed_actions = acts.filter(|act| act.keep_apart(&parts).is_ok()).map(|act| act.line().name).collect();
    let ReportSaid { reference, note, withdrawn_because } = row.said(&node.vault)?;
    Ok(view_of!(VolunteerHourReportView, row { id, status, reported_on, entered_by, entered_at }
        reference, lines, note, withdrawn_because, allowed_actions))
}

/// Lists reported batches of hours.
///
/// Those that were reported to the ministry's system, newest first; those that were taken back too.
#[utoipa::path(tag = "Volunteer hours", operation_id = "list_hour_reports", params(Listing), responses(
    (status = 200, description = "A page of batches.", body = Page<VolunteerHourReportView>),
))]
#[get("/v1/hour-reports")]
pub async fn list_hour_reports(may: May<ListHourReports>, node: Data<Node>, paging: Paging) -> Result<Reply> {
    may.read(move |conn, by| {
        let page = reporting::list(conn, &paging)?;
        Reply::ok(&page.try_map(|row| view(conn, &node, by, row))?)
    })
    .await
}

/// Shows a reported batch of hours.
///
/// Which lines, when, and what the ministry's system said of each.
#[utoipa::path(tag = "Volunteer hours", operation_id = "get_hour_report", params(IdInPath), responses((status = 200, description = "The batch.", body = VolunteerHourReportView)))]
#[get("/v1/hour-reports/{id}")]
pub async fn get_hour_report(may: May<GetHourReport>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let row = reporting::find(conn, id.0)?;
        let version = row.version;
        Ok(Reply::ok(&view(conn, &node, by, row)?)?.version(version))
    })
    .await
}

/// Enters a reported batch of hours.
///
/// Which lines were reported to the ministry's system, which of them it has refused and for what, and which of those that were to be put
/// right there have been.
#[utoipa::path(tag = "Volunteer hours", operation_id = "create_hour_report", request_body = VolunteerHourReportInput, responses(
    (status = 201, description = "The batch.", body = VolunteerHourReportView),
    (status = 409, description = "`own_request`: a line is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/hour-reports")]
pub async fn create_hour_report(
    may: May<CreateHourReport>,
    node: Data<Node>,
    Valid(input): Valid<VolunteerHourReportInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        not_after("", "reported_on", input.reported_on, by.now.date())?;
        let hours = input.judged(tx, &node, by)?;
        let mut row = Report {
            id: Id::new(by.now),
            status: VolunteerHourReportStatus::Standing,
            reported_on: input.reported_on,
            said: String::new(),
            entered_by: by.caller.name(),
            entered_at: by.now,
            version: 1,
        };
        let said = ReportSaid {
            reference: input.reference.as_ref().map(|reference| reference.as_str().to_owned()),
            note: input.note.as_ref().map(|note| note.as_str().to_owned()),
            withdrawn_because: None,
        };
        row.say(&node.vault, &said)?;
        let outcome = |line: &VolunteerHourReportLine| {
            let (report_id, hour_id, outcome) = (row.id, line.hour_id, line.outcome);
            ReportLine { id: Id::new(by.now), report_id, hour_id, outcome }
        };
        reporting::insert(tx, &row, &input.lines.iter().map(outcome).collect::<Vec<_>>())?;
        follow(tx, hours)?;
        note(tx, &row, VolunteerHourReportAct::Enter, "");
        Ok(Reply::created(format!("/v1/{}", row.path()), &view(tx, &node, by, row)?)?.version(1))
    })
    .await
}

impl VolunteerHourReportInput {
    /// The lines of the ledger, or why one of them cannot be reported so; in one order, so that no two batches wait for each other.
    fn judged(&self, tx: &mut Tx, node: &Node, by: &By) -> Result<Vec<Line>> {
        let mut named: Vec<(usize, &VolunteerHourReportLine)> = self.lines.iter().enumerate().collect();
        named.sort_by_key(|(_, line)| line.hour_id);
        let (mut ledgers, mut seen, mut found) = (BTreeMap::new(), HashSet::new(), Vec::new());
        let mut people = Vec::new();
        for (place, said) in named {
            let fault = |code: &'static str, text: Text| Error::field(format!("/lines/{place}/hour_id"), code, text);
            if !seen.insert(said.hour_id) {
                return Err(fault("not_allowed", Text::new("重複列入", "it stands in the batch twice")));
            }
            let (line, volunteer) = store::find(tx, by, said.hour_id).map_err(|error| match error {
                Error::Problem(problem) if problem.code == Code::NOT_FOUND => fault("unknown", coded("unknown").1),
                other => other,
            })?;
            people.push(volunteer.person_id);
            let ledger = match ledgers.entry(volunteer.id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(Ledger::of(tx, node, &volunteer)?),
            };
            let counts = ledger.judged[&line.id].judgement.verdict == VolunteerHourVerdict::Countable;
            let fits = match said.outcome {
                VolunteerHourOutcome::Corrected => line.reporting == VolunteerHourReporting::ToCorrect,
                _ => counts && [VolunteerHourReporting::NotReported, VolunteerHourReporting::Refused].contains(&line.reporting),
            };
            if !fits {
                let text = Text::new("此筆非可如此通報之時數", "a line in that state is not reported so");
                return Err(fault("not_allowed", text));
            }
            found.push(line);
        }
        VolunteerHourReportAct::Enter.keep_apart(&in_own_matter(tx, by, &people)?)?;
        Ok(found)
    }
}

/// Says anew where lines stand with the ministry's system.
fn follow(tx: &mut Tx, hours: Vec<Line>) -> Result<()> {
    for mut line in hours {
        settle(tx, &mut line)?;
        store::save(tx, &mut line)?;
    }
    Ok(())
}

/// Tells the journal of a batch, which is about many.
fn note(tx: &mut Tx, row: &Report, act: VolunteerHourReportAct, why: &str) {
    let data = json!({"status": row.status, "reported_on": row.reported_on});
    tx.record(Record::change(act.line().journal, row.path(), data).because(why));
}

/// Takes back a reported batch of hours.
///
/// With a reason: it was entered by mistake. What it says of its lines holds no more; what an earlier batch said of them does again.
#[utoipa::path(tag = "Volunteer hours", operation_id = "withdraw_hour_report", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The batch.", body = VolunteerHourReportView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: a line is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/hour-reports/{id}:withdraw")]
pub async fn withdraw_hour_report(
    may: May<WithdrawHourReport>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = reporting::find(tx, id.0)?;
        if_match.check(row.version)?;
        let (_, people) = seen_lines(tx, by, row.id)?;
        row.status = VolunteerHourReportAct::Withdraw.apply(row.status)?;
        VolunteerHourReportAct::Withdraw.keep_apart(&in_own_matter(tx, by, &people)?)?;
        let mut said = row.said(&node.vault)?;
        said.withdrawn_because = Some(why.as_str().to_owned());
        row.say(&node.vault, &said)?;
        reporting::save(tx, &mut row)?;
        let mut hours = Vec::new();
        for line in reporting::lines_of(tx, row.id)? {
            hours.extend(store::by_id(tx, line.hour_id)?);
        }
        hours.sort_by_key(|line| line.id);
        follow(tx, hours)?;
        note(tx, &row, VolunteerHourReportAct::Withdraw, why.as_str());
        let version = row.version;
        Ok(Reply::ok(&view(tx, &node, by, row)?)?.version(version))
    })
    .await
}
