//! Lists of who is proposed for an honour, each checked for what is still missing.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::model::{HonourFamily, HonourGrade};
use super::policy::{CreateHonourBatch, GetHonourBatch, ListHonourBatches};
use super::settings::HonourSettings;
use super::standing::{HonourStanding, Record};
use super::store::{self, Batch};
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::contract::IdInPath;
use crate::db::{Conn, Id, Record as Told};
use crate::error::{Code, Error, Result};
use crate::http::{Listing, Page, Paging, PathId, Reply, Valid, coded};
use crate::node::Node;
use crate::schema::volunteers;
use crate::states::own_matters;
use crate::text_enum;
use crate::view_of;
use crate::volunteers::entries::plausible;
use crate::volunteers::hours::judging::{VolunteerHourReason, VolunteerHourVerdict};
use crate::volunteers::hours::model::VolunteerHourReporting;
use crate::volunteers::model::VolunteerStatus;
use crate::volunteers::store as people;

/// For whom and when a list is made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"family": "HONOUR_CARD", "grade": null, "on": "2026-11-23", "dry_run": true}))]
pub struct HonourBatchInput {
    family: HonourFamily,
    /// Of badges and awards, and of no other.
    grade: Option<HonourGrade>,
    /// Day on which they would apply, Asia/Taipei; today where none is given.
    on: Option<NaiveDate>,
    /// Whom it is about; all who serve where none are named.
    #[schema(max_items = 500)]
    volunteer_ids: Option<Vec<Id>>,
    /// Only show the list.
    #[serde(default)]
    #[schema(default = false)]
    dry_run: bool,
}

text_enum! {
    /// What is missing of somebody's papers.
    pub enum HonourGap {
        /// A line of hours that counts stands not in the ministry's system
        NotReported = "NOT_REPORTED",
        /// A line stands otherwise in the ministry's system
        ToCorrect = "TO_CORRECT",
        /// A line waits for the volunteer, a registrar or somebody's judgement
        LineWaits = "LINE_WAITS",
        /// There is no record book
        BookMissing = "BOOK_MISSING",
        /// There is no certificate of performance
        CertificateMissing = "CERTIFICATE_MISSING",
    }
}

/// Something that is missing.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"gap": "NOT_REPORTED", "hour_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71"}))]
pub struct HonourFinding {
    gap: HonourGap,
    /// The line that it is about.
    hour_id: Option<Id>,
}

/// A volunteer on a list of proposals.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "volunteer_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "complete": false, "findings": [{"gap": "BOOK_MISSING", "hour_id": null}],
    "standing": {
        "family": "HONOUR_CARD", "grade": null, "rule": "honours.card_rules after_later 2001-01-20:3y:300h", "granted": false,
        "eligible": true, "window_from": "2023-04-01", "hours_until": "2026-11-23", "counted_minutes": 19000, "used_minutes": 0,
        "missing_minutes": 0, "years_reached_on": "2026-04-01", "certificate_missing": false, "would_lose_minutes": 0,
        "would_lose_days": 0, "loses_nothing_from": null, "earliest_on": "2026-04-01", "next_deadline": null
    }
}))]
pub struct HonourProposal {
    volunteer_id: Id,
    /// Years and hours are reached, and nothing is missing.
    complete: bool,
    #[schema(max_items = 100000)]
    findings: Vec<HonourFinding>,
    standing: HonourStanding,
}

/// A list of proposals, as it was checked when it was made.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "dry_run": false, "family": "HONOUR_CARD", "grade": null, "judged_on": "2026-11-23",
    "proposals": [], "made_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72", "made_at": "2026-11-23T09:00:00+08:00"
}))]
pub struct HonourBatchView {
    /// `null` in a dry run.
    id: Option<Id>,
    dry_run: bool,
    family: HonourFamily,
    grade: Option<HonourGrade>,
    judged_on: NaiveDate,
    /// Those who were named, or all to whom it can be granted; without whomever the caller does not see, and without what is the caller's
    /// own matter.
    #[schema(max_items = 10000)]
    proposals: Vec<HonourProposal>,
    /// `accounts/{id}`
    #[schema(max_length = 60)]
    made_by: String,
    made_at: Moment,
}

impl HonourBatchInput {
    /// The volunteers whom it is about, as far as they are another's matter than the caller's.
    fn volunteers(&self, conn: &mut Conn, by: &By) -> Result<Vec<people::Volunteer>> {
        let named = match &self.volunteer_ids {
            Some(ids) => ids.clone(),
            None => {
                let serving = [VolunteerStatus::Active, VolunteerStatus::Suspended];
                let rows = volunteers::table.filter(volunteers::status.eq_any(serving)).order(volunteers::id);
                rows.select(volunteers::id).load(conn)?
            }
        };
        let mut found = Vec::new();
        for (place, id) in named.into_iter().enumerate() {
            match people::find(conn, by, id) {
                Ok(volunteer) => found.push(volunteer),
                Err(Error::Problem(problem)) if problem.code == Code::NOT_FOUND => {
                    if self.volunteer_ids.is_some() {
                        return Err(Error::field(format!("/volunteer_ids/{place}"), "unknown", coded("unknown").1));
                    }
                }
                Err(error) => return Err(error),
            }
        }
        let records: Vec<Id> = found.iter().map(|volunteer| volunteer.person_id).collect();
        let own = own_matters(conn, by, &records)?;
        found.retain(|volunteer| !own.contains(&volunteer.person_id));
        Ok(found)
    }

    fn proposals(&self, conn: &mut Conn, node: &Node, by: &By, on: NaiveDate) -> Result<Vec<HonourProposal>> {
        let mut proposals = Vec::new();
        for volunteer in self.volunteers(conn, by)? {
            let record = Record::of(conn, node, &volunteer)?;
            let kind = (self.family, self.grade);
            let Some(standing) = record.find(node.config.of::<HonourSettings>(), kind, (on, by.now.date())) else { continue };
            let is_near = standing.missing_minutes == 0 && !standing.granted;
            if self.volunteer_ids.is_none() && !is_near {
                continue;
            }
            let findings = findings(&record, &standing);
            let complete = standing.eligible && findings.is_empty();
            proposals.push(HonourProposal { volunteer_id: volunteer.id, complete, findings, standing });
        }
        Ok(proposals)
    }
}

/// What is missing of somebody's papers for an honour.
fn findings(record: &Record, standing: &HonourStanding) -> Vec<HonourFinding> {
    let mut found = Vec::new();
    let mut find = |gap, hour_id| found.push(HonourFinding { gap, hour_id });
    if !record.has_book {
        find(HonourGap::BookMissing, None);
    }
    if standing.certificate_missing {
        find(HonourGap::CertificateMissing, None);
    }
    let is_within = |day: NaiveDate| standing.window_from.is_none_or(|from| from <= day) && day <= standing.hours_until;
    for line in record.ledger.lines.iter().filter(|line| is_within(line.served_on)) {
        let Some(judged) = record.ledger.judged.get(&line.id) else { continue };
        let unreported = [VolunteerHourReporting::NotReported, VolunteerHourReporting::Refused].contains(&line.reporting);
        match judged.judgement.verdict {
            _ if line.reporting == VolunteerHourReporting::ToCorrect => find(HonourGap::ToCorrect, Some(line.id)),
            VolunteerHourVerdict::Countable if unreported => find(HonourGap::NotReported, Some(line.id)),
            VolunteerHourVerdict::Waiting if judged.judgement.reason != Some(VolunteerHourReason::BookToCome) => {
                find(HonourGap::LineWaits, Some(line.id));
            }
            _ => {}
        }
    }
    found
}

fn view(conn: &mut Conn, node: &Node, by: &By, batch: Batch) -> Result<HonourBatchView> {
    let proposals: Vec<HonourProposal> = node.vault.open_json(&batch.identity(), batch.said.clone())?;
    let mut seen = Vec::with_capacity(proposals.len());
    for proposal in proposals {
        match people::find(conn, by, proposal.volunteer_id) {
            Ok(volunteer) if own_matters(conn, by, &[volunteer.person_id])?.is_empty() => seen.push(proposal),
            Ok(_) => {}
            Err(Error::Problem(problem)) if problem.code == Code::NOT_FOUND => {}
            Err(error) => return Err(error),
        }
    }
    let (id, proposals) = (Some(batch.id), seen);
    Ok(view_of!(HonourBatchView, batch { family, grade, judged_on, made_by, made_at } id, dry_run: false, proposals))
}

/// Makes a list of proposals for an honour.
///
/// Of all who serve and have the hours, or of those who are named: whether years and hours are reached on the day, and what is missing: each
/// line that is not in the ministry's system yet or stands there otherwise, each that waits, the record book, the certificate of performance.
/// With `dry_run` nothing is kept, and 200 is answered.
#[utoipa::path(tag = "Volunteer honours", operation_id = "create_honour_batch", request_body = HonourBatchInput, responses(
    (status = 200, description = "A dry run: the list.", body = HonourBatchView),
    (status = 201, description = "The list, which is kept.", body = HonourBatchView),
))]
#[post("/v1/honour-batches")]
pub async fn create_honour_batch(
    may: May<CreateHonourBatch>,
    node: Data<Node>,
    Valid(input): Valid<HonourBatchInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        input.family.check_grade(input.grade)?;
        let judged_on = input.on.unwrap_or(by.now.date());
        plausible("", "on", judged_on)?;
        let proposals = input.proposals(tx, &node, by, judged_on)?;
        let mut batch = Batch {
            id: Id::new(by.now),
            family: input.family,
            grade: input.grade,
            judged_on,
            said: String::new(),
            made_by: by.caller.name(),
            made_at: by.now,
        };
        if input.dry_run {
            let shown = view_of!(HonourBatchView, batch { family, grade, judged_on, made_by, made_at } id: None, dry_run: true, proposals);
            return Reply::ok(&shown);
        }
        batch.said = node.vault.seal_json(&batch.identity(), &proposals)?;
        store::insert_batch(tx, &batch)?;
        let address = format!("honour-batches/{}", batch.id);
        let data = json!({"family": batch.family, "grade": batch.grade, "judged_on": judged_on, "proposals": proposals.len()});
        tx.record(Told::change("volunteer_honour.list_made", address.clone(), data));
        Reply::created(format!("/v1/{address}"), &view(tx, &node, by, batch)?)
    })
    .await
}

/// Lists the lists of proposals for honours.
///
/// Newest first, each as it was checked when it was made.
#[utoipa::path(tag = "Volunteer honours", operation_id = "list_honour_batches", params(Listing), responses(
    (status = 200, description = "A page of lists.", body = Page<HonourBatchView>),
))]
#[get("/v1/honour-batches")]
pub async fn list_honour_batches(may: May<ListHonourBatches>, node: Data<Node>, paging: Paging) -> Result<Reply> {
    may.read(move |conn, by| {
        let page = store::list_batches(conn, &paging)?;
        Reply::ok(&page.try_map(|batch| view(conn, &node, by, batch))?)
    })
    .await
}

/// Shows a list of proposals for an honour.
///
/// As it was checked when it was made: to be printed and handed in.
#[utoipa::path(tag = "Volunteer honours", operation_id = "get_honour_batch", params(IdInPath), responses((status = 200, description = "The list.", body = HonourBatchView)))]
#[get("/v1/honour-batches/{id}")]
pub async fn get_honour_batch(may: May<GetHonourBatch>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let batch = store::find_batch(conn, id.0)?;
        Reply::ok(&view(conn, &node, by, batch)?)
    })
    .await
}
