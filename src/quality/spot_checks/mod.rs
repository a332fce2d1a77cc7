//! Spot checks: finding, rebuttal by the clerk, ruling by another supervisor; each step a line in the record book.

mod store;
mod view;

use actix_web::web::Data;
use actix_web::{get, post};
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::books::checks::{self, About};
use super::draws;
use super::model::{SpotCheckAct, SpotCheckStatus};
use super::policy::{GetSpotCheck, HandOverSpotCheck, ListSpotChecks, RebutFinding, RecordFinding, RuleOnFinding};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::cases;
use crate::cases::errors::{self, ErrorSource, Finding};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, JsonText, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::Note;
use crate::states::require_holder;
use crate::text_enum;
use store::{Row, own};
use view::{SpotCheck, all_parts, allowed, is_anothers, is_heard, parts_in_handing_over, refused, shown, view_all};

/// What an act leaves behind: itself, the reason, and what it writes into the record book, if anything.
type Acted = (SpotCheckAct, String, Option<Written>);

/// What a line of the record book says.
struct Written {
    finding: String,
    remedy: String,
}

impl Written {
    fn new(finding: &str, remedy: Option<&Note>) -> Option<Self> {
        Some(Self { finding: finding.to_owned(), remedy: remedy.map_or("", Note::as_str).to_owned() })
    }
}

/// Changes one spot check: found within reach, at the version that the caller read, saved, told, written down and shown.
async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    id: Id,
    if_match: IfMatch,
    act: impl Fn(&mut Tx, &Node, &By, &mut Row) -> Result<Acted> + Send + 'static,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = store::find(tx, &node, by, id)?;
        if_match.check(row.version)?;
        let (done, why, written) = act(tx, &node, by, &mut row)?;
        let Some(status) = done.after(row.status) else { return Err(refused(tx, &node, by, &row)?) };
        (row.status, row.updated_at) = (status, by.now);
        store::save(tx, &mut row)?;
        let event = json!({"case_id": row.case_id, "status": row.status, "checker_id": row.checker});
        tx.record(Record::change(done.line().journal, format!("spot-checks/{}", row.id), event).because(&why));
        if let Some(written) = written {
            enter(tx, &node, by, &row, &written)?;
        }
        shown(tx, &node, by, row)
    })
    .await
}

/// Writes a line into the record book (戶籍申請案件抽查紀錄簿).
fn enter(tx: &mut Tx, node: &Node, by: &By, row: &Row, written: &Written) -> Result<()> {
    let found = row.found(&node.vault)?;
    let about = About { spot_check: row.id, case: row.case_id, service_point: &row.service_point, result: row.status };
    checks::enter(tx, by, &about, found.as_ref(), &written.finding, &written.remedy)
}

/// Filters of the list of spot checks.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SpotCheckFilter {
    /// Spot checks that have this status.
    pub status: Option<SpotCheckStatus>,
    /// Spot checks of this draw.
    pub draw_id: Option<Id>,
    /// Account of the clerk in charge.
    pub clerk_id: Option<Id>,
}

/// Lists spot checks.
///
/// In the order of the draw; clerks see those of their own cases, a branch desk those of its service point. Of a case that is the
/// caller's own matter, a relative's, or one of somebody from whose data they are barred, nothing is told that was said in words
/// (行政程序法 §32).
#[utoipa::path(tag = "Quality", operation_id = "list_spot_checks", params(SpotCheckFilter, Listing), responses((status = 200, description = "A page of spot checks.", body = Page<SpotCheck>)))]
#[get("/v1/spot-checks")]
pub async fn list_spot_checks(
    may: May<ListSpotChecks>,
    node: Data<Node>,
    Params(query): Params<SpotCheckFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let page = store::list(conn, &node, by, &query, &paging)?;
        Reply::ok(&view_all(conn, &node, by, page)?)
    })
    .await
}

/// Shows a spot check.
///
/// To supervisors and reviewers, and to the clerk whose case it is; in a matter of the caller's own without what was said in words.
#[utoipa::path(tag = "Quality", operation_id = "get_spot_check", params(IdInPath), responses((status = 200, description = "The spot check.", body = SpotCheck)))]
#[get("/v1/spot-checks/{id}")]
pub async fn get_spot_check(may: May<GetSpotCheck>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let row = store::find(conn, &node, by, id.0)?;
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
    change(may, node, id.0, if_match, move |tx, node, by, row| {
        let me = own(by)?;
        SpotCheckAct::Find.keep_apart(&all_parts(tx, node, by, row, me)?)?;
        if is_anothers(row, me) {
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
        let finding = input.finding.as_ref().map(JsonText::of).transpose()?;
        row.finding = finding.and_then(|finding| row.seal(tx, "finding", finding.as_str()));
        row.source = input.finding.as_ref().map(|_| input.source.unwrap_or(ErrorSource::SpotCheck));
        row.found_at = input.finding.as_ref().map(|_| by.now);
        let note = input.finding.as_ref().map_or("", |finding| finding.note.as_str());
        Ok((act, String::new(), Written::new(note, None)))
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
    (status = 409, description = "`wrong_state` with `allowed_actions`, `same_person`: the new checker had a hand in the case, or it is the caller's own; `own_request`: the case names whoever acts or the new checker, or is about their spouse or kin (行政程序法 §32); `holder_required`: nobody knows who works with one of these accounts."),
))]
#[post("/v1/spot-checks/{id}:hand-over")]
pub async fn hand_over_spot_check(
    may: May<HandOverSpotCheck>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<HandOver>,
) -> Result<Reply> {
    change(may, node, id.0, if_match, move |tx, node, by, row| {
        SpotCheckAct::HandOver.keep_apart(&parts_in_handing_over(tx, node, by, row)?)?;
        if !draws::may_check(tx, input.checker_id, &row.service_point)? {
            return Err(draws::no_checker());
        }
        require_holder(tx, input.checker_id)?;
        row.checker = Some(input.checker_id);
        SpotCheckAct::Find.keep_apart(&all_parts(tx, node, by, row, input.checker_id)?)?;
        Ok((SpotCheckAct::HandOver, input.reason.as_str().to_owned(), None))
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
    change(may, node, id.0, if_match, move |tx, _, _, row| {
        row.rebuttal = row.seal(tx, "rebuttal", input.rebuttal.as_str());
        Ok((SpotCheckAct::Rebut, String::new(), Written::new(input.rebuttal.as_str(), None)))
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
/// By a supervisor who is not the checker and had no hand in the case; in the clerk's favour at any time, against the clerk
/// once they have rebutted it or their time for it (`rebuttal_due_at`) has passed. An upheld finding becomes a confirmed
/// error in the ledger, proposed by the checker; either way a line goes into the record book.
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
    change(may, node, id.0, if_match, move |tx, node, by, row| {
        let act = if input.uphold { SpotCheckAct::Uphold } else { SpotCheckAct::Dismiss };
        if act.after(row.status).is_none() {
            return Err(refused(tx, node, by, row)?);
        }
        act.keep_apart(&all_parts(tx, node, by, row, own(by)?)?)?;
        if act == SpotCheckAct::Uphold && !is_heard(tx, node, by, row)? {
            let (zh, en) = ("承辦人陳述意見期間尚未屆滿", "the clerk has not been heard, and still has time");
            let allowed = allowed(tx, node, by, row)?;
            return Err(Problem::new(Code::WRONG_STATE).detail(zh, en).with("allowed_actions", allowed).into());
        }
        if let Some(finding) = row.found(&node.vault)?.filter(|_| input.uphold) {
            let case = cases::store::find(tx, node, by, row.case_id)?;
            let proposer = row.checker.map_or_else(|| by.caller.name(), |checker| format!("accounts/{checker}"));
            let proposed = Some((proposer, row.found_at.unwrap_or(row.updated_at)));
            let error = errors::enter(tx, by, &case, row.source.unwrap_or(ErrorSource::SpotCheck), &finding, proposed)?;
            row.error_id = Some(error.id);
        }
        row.ruling = row.seal(tx, "ruling", input.ruling.as_str());
        Ok((act, String::new(), Written::new(input.ruling.as_str(), input.remedy.as_ref())))
    })
    .await
}
