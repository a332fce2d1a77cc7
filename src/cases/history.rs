//! What happened to a case, and its clocks.

use actix_web::get;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::clock::CaseClock;
use super::counter;
use super::fields::CaseFields;
use super::intake;
use super::outside::hides_words;
use super::policy::{GetCaseClock, GetCaseHistory};
use super::states::{CaseAct, CaseStatus};
use super::store::{self, HistoryRow};
use crate::auth::{By, May, Reach, told};
use crate::clock::Moment;
use crate::contract::IdInPath;
use crate::error::Result;
use crate::http::{Listing, Page, Paging, PathId, Reply, page_of};
use crate::node::Node;
use crate::people::mask_numbers;
use crate::scheduling::Plans;

/// One line of a case's history.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "line": 1, "at": "2026-11-23T09:00:00+08:00", "action": "accepted", "status": "ACCEPTED",
    "actor": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "reason": ""
}))]
pub struct CaseHistoryLine {
    #[schema(minimum = 1)]
    pub line: i32,
    pub at: Moment,
    /// What happened: `accepted`, `submitted`, `returned` …
    #[schema(max_length = 40)]
    pub action: String,
    /// State after it.
    pub status: CaseStatus,
    /// `accounts/{id}`; to the person a member of the office is only a role: CLK, REV, CHF.
    #[schema(max_length = 60)]
    pub actor: String,
    /// Told to the person where it is theirs, or where the case was refused; to staff whose own or relative's matter it is
    /// (行政程序法 §32), where it is theirs; to the county `＊＊＊` where there was one.
    #[schema(max_length = 500)]
    pub reason: String,
}

/// A line as the caller sees it; where others' words are hidden from them without why those did what they did.
fn shown(by: &By, hides_words: bool, (line, at, action, status, actor, reason): HistoryRow) -> CaseHistoryLine {
    let own = actor == by.caller.name();
    let reason = if hides_words && !own { String::new() } else { reason };
    let open = by.reach != Reach::Own || own;
    CaseHistoryLine {
        line,
        at,
        status,
        reason: if open || action == CaseAct::Refuse.line().past { told(by, mask_numbers(&reason)) } else { String::new() },
        actor: if open { actor } else { CaseAct::part_of(&action).role().to_string() },
        action,
    }
}

/// Shows a case's history.
///
/// Every act in order, with actor and reason; lines are only ever added. The person sees roles instead of names.
#[utoipa::path(tag = "Cases", operation_id = "get_case_history", params(IdInPath, Listing), responses((status = 200, description = "A page of the history.", body = Page<CaseHistoryLine>)))]
#[get("/v1/cases/{id}/history")]
pub async fn get_case_history(may: May<GetCaseHistory>, node: Data<Node>, id: PathId, paging: Paging) -> Result<Reply> {
    may.read(move |conn, by| {
        let case = store::find(conn, &node, by, id.0)?;
        let total = paging.total(|| store::count_history(conn, case.id))?;
        let rows = store::history(conn, &node.vault, case.id, &paging)?;
        let hides_words = hides_words(conn, &node, by, &case)?;
        let lines = rows.into_iter().map(|row| shown(by, hides_words, row)).collect();
        Reply::ok(&page_of(&paging, lines, total, |line: &CaseHistoryLine| line.line.to_string()))
    })
    .await
}

/// Shows a case's clocks.
///
/// The office's: running and stopped stretches, why, by which article, and the days used and left of its limit. The
/// applicant's: the period of law with its ledger.
#[utoipa::path(tag = "Cases", operation_id = "get_case_clock", params(IdInPath), responses((status = 200, description = "The clocks.", body = CaseClock)))]
#[get("/v1/cases/{id}/clock")]
pub async fn get_case_clock(may: May<GetCaseClock>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let case = store::find(conn, &node, by, id.0)?;
        let case_type = counter::own_type(&node, conn, &case)?;
        let stops = store::stops(conn, case.id)?;
        let plan = node.part::<Plans>().at(conn)?;
        let form = CaseFields::kept(case_type.rules.form, &store::open_fields(&node.vault, &case)?).ok();
        let legal = form.and_then(|form| intake::legal(&case_type, &plan.calendar, &form, case.event_on));
        Reply::ok(&CaseClock { legal, ..CaseClock::of(&case, &case_type.rules, &stops, &plan.calendar, by.now) })
    })
    .await
}
