//! Spot checks: finding, rebuttal by the clerk, ruling by another supervisor; each step a line in the record book.

use actix_web::web::Data;
use actix_web::{get, post};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::QualitySettings;
use super::books::checks::{self, About};
use super::draws;
use super::model::{SpotCheckAct, SpotCheckStatus};
use super::policy::{GetSpotCheck, HandOverSpotCheck, ListSpotChecks, RebutFinding, RecordFinding, RuleOnFinding};
use crate::auth::{By, May, Reach};
use crate::calendar::Deadline;
use crate::cases;
use crate::cases::errors::{self, ErrorSource, Finding};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Backend, Conn, Id, JsonText, Narrow, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid};
use crate::node::Node;
use crate::office::desk;
use crate::people::Note;
use crate::scheduling::Plans;
use crate::schema::spot_checks;
use crate::states::Part;
use crate::{find, read_page, save, text_enum};

#[derive(Clone, Debug, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = spot_checks, treat_none_as_null = true)]
struct Row {
    id: Id,
    draw_id: Id,
    case_id: Id,
    clerk: Id,
    service_point: String,
    stratum: String,
    status: SpotCheckStatus,
    checker: Option<Id>,
    finding: Option<JsonText>,
    rebuttal: Option<String>,
    ruling: Option<String>,
    error_id: Option<Id>,
    updated_at: Moment,
    version: i32,
    source: Option<ErrorSource>,
    found_at: Option<Moment>,
}

/// A spot check.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "draw_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70",
    "case_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "clerk_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72", "service_point": "HEMEI",
    "stratum": "type:BIRTH", "status": "FOUND", "checker_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e73",
    "finding": {"error_code": "WRONG_ENTRY", "severity": "MINOR", "cause": "OVERSIGHT", "note": "胎次登載錯誤"},
    "source": "SPOT_CHECK", "rebuttal": null, "ruling": null, "error_id": null, "rebuttal_due_at": "2026-12-10T23:59:59+08:00", "allowed_actions": ["rule-dismiss"],
    "updated_at": "2026-12-01T10:00:00+08:00"
}))]
pub struct SpotCheck {
    pub id: Id,
    pub draw_id: Id,
    pub case_id: Id,
    /// Account of the clerk in charge.
    pub clerk_id: Id,
    #[schema(max_length = 20)]
    pub service_point: String,
    /// What drew it: `clerk:…`, `type:…` or `channel:…`.
    #[schema(max_length = 80)]
    pub stratum: String,
    pub status: SpotCheckStatus,
    /// Account of the checking supervisor.
    pub checker_id: Option<Id>,
    pub finding: Option<Finding>,
    /// How the error came to light.
    pub source: Option<ErrorSource>,
    #[schema(max_length = 500)]
    pub rebuttal: Option<String>,
    #[schema(max_length = 500)]
    pub ruling: Option<String>,
    /// The error that an upheld finding made.
    pub error_id: Option<Id>,
    /// Until when the clerk is heard on the finding; before, it is not upheld without a rebuttal.
    pub rebuttal_due_at: Option<Moment>,
    /// What the caller can do now.
    #[schema(value_type = Vec<SpotCheckAct>, max_items = 5)]
    pub allowed_actions: Vec<&'static str>,
    pub updated_at: Moment,
}

/// What the caller can do, by name.
fn allowed(conn: &mut Conn, node: &Node, by: &By, row: &Row) -> Result<Vec<&'static str>> {
    let me = own(by)?;
    // Whoever sees only what is assigned to them does only what the clerk of the case does, and nobody else does that.
    let mine = |reach: Reach| (reach == Reach::Assigned) == (by.reach == Reach::Assigned);
    let mut names = Vec::new();
    for act in SpotCheckAct::possible(row.status) {
        let line = act.line();
        if !line.operation.and_then(|line| line.reach(by.caller.roles())).is_some_and(mine) {
            continue;
        }
        let may = match act {
            SpotCheckAct::Clear | SpotCheckAct::Find => {
                row.checker.is_none_or(|checker| checker == me) && act.keep_apart(&all_parts(conn, by, row, me)?).is_ok()
            }
            SpotCheckAct::Uphold | SpotCheckAct::Dismiss => {
                let apart = act.keep_apart(&all_parts(conn, by, row, me)?).is_ok();
                apart && (act == SpotCheckAct::Dismiss || is_heard(conn, node, by, row)?)
            }
            _ => act.keep_apart(&parts(row, me)).is_ok(),
        };
        if may {
            names.push(line.name);
        }
    }
    Ok(names)
}

/// Until when the clerk is heard on a finding, by the office's days as they are now.
fn rebuttal_due_at(conn: &mut Conn, node: &Node, row: &Row) -> Result<Option<Moment>> {
    let Some(found_at) = row.found_at.filter(|_| row.finding.is_some()) else { return Ok(None) };
    let period = node.config.of::<QualitySettings>().rebuttal_period;
    let plan = node.part::<Plans>().at(conn)?;
    Ok(Some(Deadline::compute(&plan.calendar, found_at.date(), period, &[]).due_at))
}

/// Whether the clerk was heard on the finding, or has let the time for it pass.
fn is_heard(conn: &mut Conn, node: &Node, by: &By, row: &Row) -> Result<bool> {
    Ok(row.status != SpotCheckStatus::Found || rebuttal_due_at(conn, node, row)?.is_none_or(|due_at| by.now > due_at))
}

fn refused(conn: &mut Conn, node: &Node, by: &By, row: &Row) -> Result<Error> {
    Ok(Error::wrong_state(&allowed(conn, node, by, row)?))
}

/// The parts that an account has in a spot check and in its case.
fn all_parts(conn: &mut Conn, by: &By, row: &Row, account: Id) -> Result<Vec<Part>> {
    let case = cases::store::find(conn, by, row.case_id)?;
    let mut all = cases::store::parts(conn, &case, account)?;
    all.extend(parts(row, account));
    Ok(all)
}

/// The parts that an account has in a spot check, beside those in its case.
fn parts(row: &Row, account: Id) -> Vec<Part> {
    let own = [(Some(row.clerk), Part::Clerk), (row.checker, Part::Checker)];
    own.into_iter().filter(|(held, _)| *held == Some(account)).map(|(_, part)| part).collect()
}

fn view(conn: &mut Conn, node: &Node, by: &By, row: Row) -> Result<SpotCheck> {
    Ok(SpotCheck {
        allowed_actions: allowed(conn, node, by, &row)?,
        rebuttal_due_at: rebuttal_due_at(conn, node, &row)?,
        id: row.id,
        draw_id: row.draw_id,
        case_id: row.case_id,
        clerk_id: row.clerk,
        service_point: row.service_point,
        stratum: row.stratum,
        status: row.status,
        checker_id: row.checker,
        finding: row.finding.as_ref().map(JsonText::read).transpose()?,
        source: row.source,
        rebuttal: row.rebuttal,
        ruling: row.ruling,
        error_id: row.error_id,
        updated_at: row.updated_at,
    })
}

/// The answer that shows a spot check.
fn shown(conn: &mut Conn, node: &Node, by: &By, row: Row) -> Result<Reply> {
    let version = row.version;
    Ok(Reply::ok(&view(conn, node, by, row)?)?.version(version))
}

fn own(by: &By) -> Result<Id> {
    Ok(by.caller.account().ok_or(Code::FORBIDDEN)?.id)
}

/// A spot check within reach: clerks see those of their own cases, a branch desk those of its service point.
fn find(conn: &mut Conn, by: &By, id: Id) -> Result<Row> {
    let found: Option<Row> = find!(conn, spot_checks::table.find(id).select(Row::as_select()))?;
    let found = found.ok_or(Code::NOT_FOUND)?;
    let reached = if by.reach == Reach::Assigned { found.clerk == own(by)? } else { desk::sees(by, &found.service_point) };
    if reached { Ok(found) } else { Err(Code::NOT_FOUND.into()) }
}

fn save(tx: &mut Tx, node: &Node, by: &By, row: &mut Row, act: SpotCheckAct, why: &str) -> Result<()> {
    let Some(status) = act.after(row.status) else { return Err(refused(tx, node, by, row)?) };
    row.status = status;
    row.updated_at = by.now;
    save!(tx, spot_checks, &mut *row)?;
    let event = json!({"case_id": row.case_id, "status": row.status, "checker_id": row.checker});
    tx.record(Record::change(act.line().journal, format!("spot-checks/{}", row.id), event).because(why));
    Ok(())
}

/// Writes a line into the record book (戶籍申請案件抽查紀錄簿).
fn enter(tx: &mut Tx, by: &By, row: &Row, finding: &str, remedy: &str) -> Result<()> {
    let found: Option<Finding> = row.finding.as_ref().map(JsonText::read).transpose()?;
    let about = About { spot_check: row.id, case: row.case_id, service_point: &row.service_point, result: row.status };
    checks::enter(tx, by, &about, found.as_ref(), finding, remedy)
}

/// Filters of the list of spot checks.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SpotCheckFilter {
    /// Spot checks that have this status.
    status: Option<SpotCheckStatus>,
    /// Spot checks of this draw.
    draw_id: Option<Id>,
    /// Account of the clerk in charge.
    clerk_id: Option<Id>,
}

/// Lists spot checks.
///
/// In the order of the draw; clerks see those of their own cases, a branch desk those of its service point.
#[utoipa::path(tag = "Quality", operation_id = "list_spot_checks", params(SpotCheckFilter, Listing), responses((status = 200, description = "A page of spot checks.", body = Page<SpotCheck>)))]
#[get("/v1/spot-checks")]
pub async fn list_spot_checks(
    may: May<ListSpotChecks>,
    node: Data<Node>,
    Params(query): Params<SpotCheckFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let clerk = if by.reach == Reach::Assigned { Some(own(by)?) } else { query.clerk_id };
        let matching = || -> spot_checks::BoxedQuery<'_, Backend> {
            let rows = spot_checks::table.into_boxed();
            rows.narrow(query.status, |status| spot_checks::status.eq(status))
                .narrow(query.draw_id, |draw| spot_checks::draw_id.eq(draw))
                .narrow(clerk, |clerk| spot_checks::clerk.eq(clerk))
                .narrow(desk::bound(by), |point| spot_checks::service_point.eq(point))
        };
        let page = read_page!(conn, &paging, matching, spot_checks::id asc, Row)?;
        Reply::ok(&page.try_map(|row| view(conn, &node, by, row))?)
    })
    .await
}

/// Shows a spot check.
///
/// To supervisors and reviewers, and to the clerk whose case it is.
#[utoipa::path(tag = "Quality", operation_id = "get_spot_check", params(IdInPath), responses((status = 200, description = "The spot check.", body = SpotCheck)))]
#[get("/v1/spot-checks/{id}")]
pub async fn get_spot_check(may: May<GetSpotCheck>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let row = find(conn, by, id.0)?;
        shown(conn, &node, by, row)
    })
    .await
}

text_enum! {
    /// What a check found.
    pub enum CheckResult {
        Clear = "CLEAR",
        Error = "ERROR",
    }
}

/// A finding.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"result": "ERROR", "finding": {"error_code": "WRONG_ENTRY", "severity": "MINOR", "cause": "OVERSIGHT", "note": "胎次登載錯誤"}}))]
pub struct FindingInput {
    result: CheckResult,
    /// With ERROR.
    finding: Option<Finding>,
    /// How the error came to light, with ERROR; SPOT_CHECK when absent.
    source: Option<ErrorSource>,
}

/// Records what a spot check found.
///
/// By the supervisor or reviewer who checks it; CLEAR closes it, ERROR waits for the clerk's rebuttal and a ruling. A
/// checker who has had a hand in the case meanwhile hands it over.
#[utoipa::path(tag = "Quality", operation_id = "record_finding", params(IdInPath, IfMatchHeader), request_body = FindingInput, responses(
    (status = 200, description = "The spot check.", body = SpotCheck),
    (status = 409, description = "`wrong_state` with `allowed_actions`, `assigned_to_other`, or `same_person` or `own_request`: a case of the own hand or about oneself."),
))]
#[post("/v1/spot-checks/{id}/findings")]
pub async fn record_finding(
    may: May<RecordFinding>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<FindingInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = find(tx, by, id.0)?;
        if_match.check(row.version)?;
        let me = own(by)?;
        SpotCheckAct::Find.keep_apart(&all_parts(tx, by, &row, me)?)?;
        if row.checker.is_some_and(|checker| checker != me) {
            return Err(Problem::new(Code::ASSIGNED_TO_OTHER).with("checker_id", row.checker).into());
        }
        let act = match (input.result, &input.finding) {
            (CheckResult::Clear, None) if input.source.is_none() => SpotCheckAct::Clear,
            (CheckResult::Error, Some(_)) => SpotCheckAct::Find,
            _ => {
                let text = Text::new("有誤時須敘明缺失，無誤時不得填寫", "say what was found with ERROR, and only then");
                return Err(Error::field("/finding", "required", text));
            }
        };
        row.finding = input.finding.as_ref().map(JsonText::of).transpose()?;
        row.source = input.finding.as_ref().map(|_| input.source.unwrap_or(ErrorSource::SpotCheck));
        row.found_at = input.finding.as_ref().map(|_| by.now);
        save(tx, &node, by, &mut row, act, "")?;
        let note = input.finding.as_ref().map_or("", |finding| finding.note.as_str());
        enter(tx, by, &row, note, "")?;
        shown(tx, &node, by, row)
    })
    .await
}

/// Who is to check instead, and why.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"checker_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e73", "reason": "原抽核者已核定本案之更正"}))]
pub struct HandOver {
    /// Account of a supervisor or reviewer who had no hand in the case.
    checker_id: Id,
    reason: Note,
}

/// Hands a spot check over.
///
/// One that nobody has worked off yet, to another supervisor or reviewer: where the checker is away, or has had a hand
/// in the case since it was drawn.
#[utoipa::path(tag = "Quality", operation_id = "hand_over_spot_check", params(IdInPath, IfMatchHeader), request_body = HandOver, responses(
    (status = 200, description = "The spot check.", body = SpotCheck),
    (status = 409, description = "`wrong_state` with `allowed_actions`, or `same_person`: the new checker had a hand in the case, or it is the caller's own."),
))]
#[post("/v1/spot-checks/{id}:hand-over")]
pub async fn hand_over_spot_check(
    may: May<HandOverSpotCheck>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<HandOver>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = find(tx, by, id.0)?;
        if_match.check(row.version)?;
        SpotCheckAct::HandOver.keep_apart(&parts(&row, own(by)?))?;
        if !draws::may_check(tx, input.checker_id, &row.service_point)? {
            return Err(draws::no_checker());
        }
        row.checker = Some(input.checker_id);
        SpotCheckAct::Find.keep_apart(&all_parts(tx, by, &row, input.checker_id)?)?;
        save(tx, &node, by, &mut row, SpotCheckAct::HandOver, input.reason.as_str())?;
        shown(tx, &node, by, row)
    })
    .await
}

/// The clerk's side.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"rebuttal": "依出生證明書登載，並無錯誤"}))]
pub struct RebuttalInput {
    rebuttal: Note,
}

/// Contests a finding.
///
/// By the clerk whose case it is; then another supervisor rules. A line goes into the record book.
#[utoipa::path(tag = "Quality", operation_id = "rebut_finding", params(IdInPath, IfMatchHeader), request_body = RebuttalInput, responses(
    (status = 200, description = "The spot check.", body = SpotCheck),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/spot-checks/{id}:rebut")]
pub async fn rebut_finding(
    may: May<RebutFinding>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<RebuttalInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = find(tx, by, id.0)?;
        if_match.check(row.version)?;
        row.rebuttal = Some(input.rebuttal.as_str().to_owned());
        save(tx, &node, by, &mut row, SpotCheckAct::Rebut, "")?;
        enter(tx, by, &row, input.rebuttal.as_str(), "")?;
        shown(tx, &node, by, row)
    })
    .await
}

/// A ruling.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"uphold": true, "ruling": "確有誤載", "remedy": "逕行更正並通知當事人"}))]
pub struct RulingInput {
    /// The finding stands.
    uphold: bool,
    ruling: Note,
    /// What is to be done.
    remedy: Option<Note>,
}

/// Rules on a finding.
///
/// By a supervisor other than the checker, who had no hand in the case either; in the clerk's favour at any time, against the clerk once they have rebutted
/// it or their time for it (`rebuttal_due_at`) has passed. An upheld finding becomes a confirmed error in the ledger,
/// proposed by the checker; either way a line goes into the record book.
#[utoipa::path(tag = "Quality", operation_id = "rule_on_finding", params(IdInPath, IfMatchHeader), request_body = RulingInput, responses(
    (status = 200, description = "The spot check.", body = SpotCheck),
    (status = 409, description = "`wrong_state` with `allowed_actions`: also where the clerk still has time to be heard; or `same_person`, `own_request`: neither the checker rules, nor whoever had a hand in the case, nor anybody whom it is about."),
))]
#[post("/v1/spot-checks/{id}:rule")]
pub async fn rule_on_finding(
    may: May<RuleOnFinding>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<RulingInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = find(tx, by, id.0)?;
        if_match.check(row.version)?;
        let act = if input.uphold { SpotCheckAct::Uphold } else { SpotCheckAct::Dismiss };
        if act.after(row.status).is_none() {
            return Err(refused(tx, &node, by, &row)?);
        }
        act.keep_apart(&all_parts(tx, by, &row, own(by)?)?)?;
        if act == SpotCheckAct::Uphold && !is_heard(tx, &node, by, &row)? {
            let (zh, en) = ("承辦人陳述意見期間尚未屆滿", "the clerk has not been heard, and still has time");
            let allowed = allowed(tx, &node, by, &row)?;
            return Err(Problem::new(Code::WRONG_STATE).detail(zh, en).with("allowed_actions", allowed).into());
        }
        let finding: Option<Finding> = row.finding.as_ref().map(JsonText::read).transpose()?;
        if let Some(finding) = finding.filter(|_| input.uphold) {
            let case = cases::store::find(tx, by, row.case_id)?;
            let proposer = row.checker.map_or_else(|| by.caller.name(), |checker| format!("accounts/{checker}"));
            let proposed = Some((proposer, row.found_at.unwrap_or(row.updated_at)));
            let error = errors::enter(tx, by, &case, row.source.unwrap_or(ErrorSource::SpotCheck), &finding, proposed)?;
            row.error_id = Some(error.id);
        }
        row.ruling = Some(input.ruling.as_str().to_owned());
        save(tx, &node, by, &mut row, act, "")?;
        enter(tx, by, &row, input.ruling.as_str(), input.remedy.as_ref().map_or("", Note::as_str))?;
        shown(tx, &node, by, row)
    })
    .await
}
