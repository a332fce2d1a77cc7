//! The digest of a month as it is shown, and what the caller may do with it.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::changes;
use super::figures::{DigestFigures, DigestSatisfaction};
use super::model::{DigestAct, DigestStatus};
use super::month::Month;
use super::reading::Reading;
use super::settings::DigestSettings;
use super::store::{self, Digest, HistoryRow, RemarksRow, Snapshot};
use crate::auth::By;
use crate::calendar::OfficeCalendar;
use crate::clock::Moment;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::Reply;
use crate::node::Node;
use crate::people::mask_numbers;
use crate::petitions::first_received;
use crate::scheduling::Plans;
use crate::states::{Part, parts_of};

/// Lines of the history that are shown.
const LINES: i64 = 100;

/// The digest of a month in a list.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "month": "2026-10", "roc_period": "115-10", "status": "SUBMITTED", "revision": 0, "due_on": "2026-11-10", "overdue": true,
    "submitted_at": "2026-11-09T10:00:00+08:00", "read_at": null
}))]
pub struct PetitionDigestSummary {
    #[schema(max_length = 7)]
    month: String,
    /// The same in years of the Republic.
    #[schema(max_length = 6)]
    roc_period: String,
    status: DigestStatus,
    /// How often it was frozen.
    #[schema(minimum = 0)]
    revision: i32,
    due_on: NaiveDate,
    overdue: bool,
    submitted_at: Option<Moment>,
    read_at: Option<Moment>,
}

/// The day on which a month is due, by the calendar and the settings as they stand.
pub fn due_on(node: &Node, calendar: &OfficeCalendar, month: Month) -> NaiveDate {
    let settings = node.config.of::<DigestSettings>();
    month.due_on(calendar, settings.digest_due_day, settings.digest_due_moves)
}

fn is_overdue(status: DigestStatus, due_on: NaiveDate, now: Moment) -> bool {
    !status.is_frozen() && now.date() > due_on
}

impl PetitionDigestSummary {
    pub fn of(node: &Node, calendar: &OfficeCalendar, digest: &Digest, now: Moment) -> Self {
        let month = digest.month();
        let due_on = due_on(node, calendar, month);
        Self {
            month: month.to_string(),
            roc_period: month.roc_period(),
            status: digest.status,
            revision: digest.revision,
            due_on,
            overdue: is_overdue(digest.status, due_on, now),
            submitted_at: digest.submitted_at,
            read_at: digest.read_at,
        }
    }
}

/// A freezing of a month.
#[derive(Serialize, ToSchema)]
pub struct DigestFreezing {
    #[schema(minimum = 1)]
    revision: i32,
    /// `accounts/{id}`.
    #[schema(max_length = 60)]
    frozen_by: String,
    frozen_at: Moment,
    /// `null` for whoever does not see all of which its figures are any more.
    #[schema(min_length = 64, max_length = 64)]
    sha256: Option<String>,
    /// When it was taken back; it can be read still, with `revision`.
    unfrozen_at: Option<Moment>,
}

impl DigestFreezing {
    pub fn frozen_at(&self) -> Moment {
        self.frozen_at
    }

    pub fn unfrozen_at(&self) -> Option<Moment> {
        self.unfrozen_at
    }
}

impl DigestFreezing {
    fn of((snapshot, is_whole): &(Snapshot, bool)) -> Self {
        let Snapshot { revision, frozen_by, frozen_at, sha256, unfrozen_at, .. } = snapshot.clone();
        Self { revision, frozen_by, frozen_at, sha256: is_whole.then_some(sha256), unfrozen_at }
    }
}

/// What a director has remarked on a month.
#[derive(Serialize, ToSchema)]
pub struct DigestRemarks {
    /// The freezing on which it is.
    #[schema(minimum = 1)]
    revision: i32,
    /// `null` where nothing is remarked.
    #[schema(max_length = 500)]
    remarks: Option<String>,
    /// `accounts/{id}`.
    #[schema(max_length = 60)]
    by: String,
    at: Moment,
    /// Why it takes the place of what was remarked before; empty of what was first.
    #[schema(max_length = 500)]
    reason: String,
}

impl From<RemarksRow> for DigestRemarks {
    fn from((revision, remarks, by, at, reason): RemarksRow) -> Self {
        let remarks = remarks.map(|remarks| mask_numbers(&remarks));
        Self { revision, remarks, by, at, reason: mask_numbers(&reason) }
    }
}

/// One line of a digest's history.
#[derive(Serialize, ToSchema)]
pub struct DigestHistoryLine {
    #[schema(minimum = 1)]
    line: i32,
    at: Moment,
    /// `submitted`, `returned`, `frozen`, `read`, `remarks_corrected` or `unfrozen`.
    #[schema(max_length = 40)]
    action: String,
    /// `accounts/{id}`.
    #[schema(max_length = 60)]
    by: String,
    #[schema(max_length = 500)]
    reason: String,
}

impl From<HistoryRow> for DigestHistoryLine {
    fn from((line, at, action, by, reason): HistoryRow) -> Self {
        Self { line, at, action, by, reason: mask_numbers(&reason) }
    }
}

/// The digest of a month.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "month": "2026-10", "roc_period": "115-10", "from_on": "2026-10-01", "to_on": "2026-10-31", "is_over": true, "first_month": "2026-09",
    "status": "LIVE", "revision": 0, "sha256": null, "withdrawn": false,
    "figures": {
        "received": 2, "reopened": 0, "first_replied": 2, "closed": 2, "closed_late": 0, "extended": 0, "pending": 0, "pending_late": 0,
        "first_reply_days": "4.00", "closing_days": "5.00", "suggestions_adopted": 0, "repeated": {"petitioners": 0, "petitions": 0},
        "by_kind": [{"code": "INQUIRY", "received": 2, "closed": 2, "closed_late": 0, "extended": 0, "pending": 0}],
        "by_channel": [], "by_topic": [], "by_outcome": [{"code": "CLOSED", "count": 2}], "pending_by_age": []
    },
    "satisfaction": null,
    "seen": {
        "received": 2, "reopened": 0, "first_replied": 2, "closed": 2, "closed_late": 0, "extended": 0, "pending": 0, "pending_late": 0,
        "first_reply_days": "4.00", "closing_days": "5.00", "suggestions_adopted": 0, "repeated": {"petitioners": 0, "petitions": 0},
        "by_kind": [], "by_channel": [], "by_topic": [], "by_outcome": [], "pending_by_age": []
    },
    "changes": 0, "due_on": "2026-11-10", "overdue": true, "submitted_by": null, "submitted_at": null, "read_by": null, "read_at": null,
    "remarks": null, "all_remarks": [], "freezings": [], "history": [], "allowed_actions": ["submit"]
}))]
pub struct PetitionDigest {
    /// `YYYY-MM`, Asia/Taipei.
    #[schema(max_length = 7)]
    pub month: String,
    /// The same in years of the Republic: `115-10`.
    #[schema(max_length = 6)]
    pub roc_period: String,
    pub from_on: NaiveDate,
    /// Its last day, included.
    pub to_on: NaiveDate,
    /// Whether the month has ended; a running one is counted as far as it has gone.
    pub is_over: bool,
    /// The month of the first petition that everybody sees who sees the digest; a month before it has nothing but noughts. `null` where
    /// there is no petition yet.
    #[schema(max_length = 7)]
    pub first_month: Option<String>,
    pub status: DigestStatus,
    /// The freezing that is shown; 0 where the figures are counted as they stand.
    #[schema(minimum = 0)]
    pub revision: i32,
    /// Of a freezing: SHA-256 in lower-case hex of the object of the four members `figures`, `month`, `revision` and `satisfaction`
    /// of this answer in the canonical form of RFC 8785 (members sorted by name, no white space). `null` where it is `withdrawn`.
    #[schema(min_length = 64, max_length = 64)]
    pub sha256: Option<String>,
    /// Whether figures of the freezing were withdrawn from the caller: some of its petitions are not seen by everybody any more, and not by
    /// them, or not with who petitions. Then `figures` are counted without these, `satisfaction` is `null` where any of its ratings is of one, and there is no hash.
    /// Whoever sees them reads what was frozen. The page is so for everybody, since it is for handing on.
    pub withdrawn: bool,
    /// Of the petitions that everybody sees who sees the digest: without confidential ones, those that concern staff or a service point,
    /// those that are a matter of somebody who handles petitions, and those that are answered together with one of these.
    pub figures: DigestFigures,
    /// Of the same petitions; `null` until the month is frozen, and fixed with its first freezing. See `withdrawn`.
    pub satisfaction: Option<DigestSatisfaction>,
    /// Of all petitions that the caller sees, confidential ones among them. Of a frozen month too it has none that they do not see any
    /// more, and it is no part of the hash. `repeated` is of those of which the caller reads who petitions.
    pub seen: DigestFigures,
    /// How many periods of petitions that the caller sees count otherwise since the month was frozen: see …/changes.
    pub changes: u32,
    /// By the calendar and the settings as they stand.
    pub due_on: NaiveDate,
    pub overdue: bool,
    /// `accounts/{id}`.
    #[schema(max_length = 60)]
    pub submitted_by: Option<String>,
    pub submitted_at: Option<Moment>,
    /// `accounts/{id}`.
    #[schema(max_length = 60)]
    pub read_by: Option<String>,
    pub read_at: Option<Moment>,
    /// What the director remarks on the freezing that is shown.
    #[schema(max_length = 500)]
    pub remarks: Option<String>,
    /// All that was remarked, on whichever freezing, in order: what was put right stays readable.
    #[schema(max_items = 1000)]
    pub all_remarks: Vec<DigestRemarks>,
    #[schema(max_items = 1000)]
    pub freezings: Vec<DigestFreezing>,
    /// The latest hundred lines.
    #[schema(max_items = 100)]
    pub history: Vec<DigestHistoryLine>,
    /// What the caller may do now.
    #[schema(value_type = Vec<DigestAct>, max_items = 6)]
    pub allowed_actions: Vec<&'static str>,
}

impl PetitionDigest {
    /// The freezing that is shown.
    pub fn freezing(&self) -> Option<&DigestFreezing> {
        self.freezings.iter().find(|freezing| freezing.revision == self.revision)
    }
}

/// What keeps the caller from an act that the state allows.
fn obstacle(conn: &mut Conn, by: &By, digest: &Digest, act: DigestAct) -> Result<Option<Error>> {
    if act == DigestAct::Submit && digest.month().end() > by.now {
        return Ok(Some(super::problems::MONTH_NOT_OVER.into()));
    }
    if act.line().apart.is_empty() {
        return Ok(None);
    }
    let done = digest.submitted_by.as_deref().map(|name| (Part::Clerk, name, digest.submitted_at));
    Ok(act.keep_apart(&parts_of(conn, &by.caller, done)?).err())
}

/// What the caller may do now.
pub fn allowed(conn: &mut Conn, by: &By, digest: &Digest) -> Result<Vec<&'static str>> {
    let mut names = Vec::new();
    for act in DigestAct::possible(digest.status) {
        if act.line().is_granted(&by.caller) && obstacle(conn, by, digest, act)?.is_none() {
            names.push(act.line().name);
        }
    }
    Ok(names)
}

/// The state after an act, or why it is refused.
pub fn applied(conn: &mut Conn, by: &By, digest: &Digest, act: DigestAct) -> Result<DigestStatus> {
    let Some(status) = act.after(digest.status) else { return Err(Error::wrong_state(&allowed(conn, by, digest)?)) };
    match obstacle(conn, by, digest, act)? {
        Some(refusal) => Err(refusal),
        None => Ok(status),
    }
}

/// A month as the caller sees it.
pub fn view(conn: &mut Conn, node: &Node, by: &By, reading: &Reading) -> Result<PetitionDigest> {
    let (digest, month) = (&reading.digest, reading.month);
    let plan = node.part::<Plans>().at(conn)?;
    let due_on = due_on(node, &plan.calendar, month);
    let revision = reading.snapshot.as_ref().map_or(0, |snapshot| snapshot.revision);
    let all_remarks = store::remarks_of(conn, &node.vault, digest.id)?;
    let said = all_remarks.iter().rfind(|(on, ..)| *on == revision).map(|(_, said, ..)| said.clone());
    let kept = || digest.remarks.as_ref().filter(|_| revision == digest.revision);
    // Before each version was kept, the digest had the last one alone.
    let before = || kept().map(|kept| node.vault.open_text(&digest.remarks_identity(), kept)).transpose();
    let remarks = said.map_or_else(before, Ok)?;
    let changes = changes::since(conn, by, reading)?.len();
    Ok(PetitionDigest {
        month: month.to_string(),
        roc_period: month.roc_period(),
        from_on: month.first_day(),
        to_on: month.last_day(),
        is_over: month.end() <= by.now,
        first_month: first_received(conn, by.now)?.map(|at| Month::of(at.date()).to_string()),
        status: digest.status,
        revision,
        sha256: reading.snapshot.as_ref().filter(|_| !reading.withdrawn).map(|snapshot| snapshot.sha256.clone()),
        withdrawn: reading.withdrawn,
        figures: reading.counted.figures.clone(),
        satisfaction: reading.counted.satisfaction.clone(),
        seen: DigestFigures::of(&reading.seen()),
        changes: u32::try_from(changes).unwrap_or(u32::MAX),
        due_on,
        overdue: is_overdue(digest.status, due_on, by.now),
        submitted_by: digest.submitted_by.clone(),
        submitted_at: digest.submitted_at,
        read_by: digest.read_by.clone(),
        read_at: digest.read_at,
        remarks: remarks.map(|remarks| mask_numbers(&remarks)),
        all_remarks: all_remarks.into_iter().map(DigestRemarks::from).collect(),
        freezings: reading.freezings.iter().map(DigestFreezing::of).collect(),
        history: store::lines(conn, &node.vault, digest.id, LINES)?.into_iter().map(DigestHistoryLine::from).collect(),
        allowed_actions: allowed(conn, by, digest)?,
    })
}

/// The answer that shows a month.
pub fn shown(conn: &mut Conn, node: &Node, by: &By, (month, revision): (Month, Option<i32>)) -> Result<Reply> {
    let reading = Reading::of(conn, node, by, (month, revision))?;
    Ok(Reply::ok(&view(conn, node, by, &reading)?)?.version(reading.digest.version))
}
