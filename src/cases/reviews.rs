//! Review by another person: pass registers, return goes back, error goes back and into the ledger.

use actix_web::web::Data;
use actix_web::{get, post};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::acts;
use super::again;
use super::allowed::explained;
use super::awaited;
use super::case::Case;
use super::counter;
use super::effects;
use super::errors::{self, ErrorSource, Finding};
use super::ex_officio;
use super::hints;
use super::outside::kept_from;
use super::policy::{CreateReview, ListReviews};
use super::residence;
use super::states::CaseAct;
use super::store;
use crate::auth::{By, May, WITHHELD, told};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, JsonText, Record, Tx};
use crate::domain::{Domains, case_path};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, PathId, Reply, Valid, page_of};
use crate::node::Node;
use crate::people::Note;
use crate::schema::case_reviews;
use crate::text_enum;

text_enum! {
    /// PASS registers; RETURN sends back; ERROR sends back and proposes an error record.
    pub enum ReviewResult {
        Pass = "PASS",
        Return = "RETURN",
        Error = "ERROR",
    }
}

/// A review.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"result": "RETURN", "findings": [{"error_code": "PAPER_MISSING", "severity": "MINOR", "cause": "OVERSIGHT", "note": "缺約定書影本"}]}))]
pub struct ReviewInput {
    result: ReviewResult,
    /// What was found; none with PASS, at least one otherwise.
    #[serde(default)]
    #[schema(max_items = 20)]
    findings: Vec<Finding>,
}

/// A review as kept.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "case_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "result": "PASS", "findings": [],
    "reviewer_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72", "reviewed_at": "2026-11-23T10:00:00+08:00", "case_status": "REGISTERED", "case_version": 3
}))]
pub struct Review {
    pub id: Id,
    pub case_id: Id,
    pub result: ReviewResult,
    #[schema(max_items = 20)]
    pub findings: Vec<Finding>,
    /// Account of the reviewer.
    pub reviewer_id: Id,
    pub reviewed_at: Moment,
    /// State of the case now.
    pub case_status: super::states::CaseStatus,
    #[schema(minimum = 1)]
    pub case_version: i32,
}

/// Who reviews: a person of their own, who never worked on the case, and whom nobody else has forestalled.
fn reviewer(tx: &mut Tx, node: &Node, by: &By, case: &Case, act: CaseAct) -> Result<Id> {
    let account = by.caller.account().ok_or(Code::FORBIDDEN)?;
    act.keep_apart(&store::parts(tx, &node.vault, case, account.id, by.now.date())?)?;
    match case.reviewer {
        Some(other) if other != account.id && !by.caller.supervises() => {
            Err(Problem::new(Code::ASSIGNED_TO_OTHER).with("reviewer_id", other).into())
        }
        _ => Ok(account.id),
    }
}

impl ReviewInput {
    fn act(&self) -> Result<CaseAct> {
        let text = |zh, en| Error::field("/findings", "required", Text::new(zh, en));
        match (self.result, self.findings.is_empty()) {
            (ReviewResult::Pass, true) => Ok(CaseAct::Pass),
            (ReviewResult::Pass, false) => Err(text("通過者不得有缺失", "a case that passes has no findings")),
            (_, true) => Err(text("退回或有誤者須敘明缺失", "say what was found")),
            (ReviewResult::Return, false) => Ok(CaseAct::Return),
            (ReviewResult::Error, false) => Ok(CaseAct::Error),
        }
    }
}

/// Reviews a case.
///
/// By a person who had no hand in it as a clerk. PASS registers the case and everything that follows from it; RETURN and
/// ERROR send it back, ERROR with a proposed error record that a section chief confirms. What the office enters ex officio, and
/// what hangs on a day of birth that is known in part (民法 §124), a birth less than 181 days from another one of the mother and not
/// together with it (民法 §1062), and a certificate of a marriage of which the register knows nothing (戶籍法 §66-1), a section chief
/// or the director registers (`forbidden` to others). What the register has come to say since is judged as by `:submit-for-review`.
#[utoipa::path(tag = "Cases", operation_id = "create_review", params(IdInPath, IfMatchHeader), request_body = ReviewInput, responses(
    (status = 201, description = "The review.", body = Review),
    (status = 409, description = "`wrong_state` with `allowed_actions`, `same_person`, `own_request`, `holder_required`: nobody knows who works with the account, or with the clerk's; `assigned_to_other`, `conflict`: the entry contradicts the register, or the register has come to have one of those who move elsewhere since it was submitted (`not_registered_there`), or the letter of proxy by which it was begun online is no longer in force, or of an entry that is asked for the legal representative is none any more, or with `errors` what the intake would have refused by what the register has come to say: return it, `documents_missing` with `missing_papers`: the register has given cause for them since: return it, `entry_incomplete`: what is to be entered is not there yet, or `protected`: the applicant or the proxy is barred by now from the data of whom they act for, or whose entry they ask for: return it."),
))]
#[post("/v1/cases/{id}/reviews")]
pub async fn create_review(
    may: May<CreateReview>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<ReviewInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut case = store::find_to_act(tx, &node, by, id.0)?;
        if_match.check(case.version)?;
        let before = case.clone();
        let review = pass_judgement(tx, &node, by, &mut case, &input);
        let review = review.map_err(|error| explained(tx, &node, by, &before, error))?;
        if input.result == ReviewResult::Pass {
            node.part::<Domains>().follow_case(tx, &node, by, case.id)?;
        }
        Ok(Reply::created(format!("/v1/cases/{}/reviews", case.id), &review)?.version(case.version))
    })
    .await
}

/// Passes a case within a transaction that has submitted it.
pub fn pass(tx: &mut Tx, node: &Node, by: &By, case: &mut Case) -> Result<()> {
    let passed = ReviewInput { result: ReviewResult::Pass, findings: Vec::new() };
    pass_judgement(tx, node, by, case, &passed).map(drop)
}

fn pass_judgement(tx: &mut Tx, node: &Node, by: &By, case: &mut Case, input: &ReviewInput) -> Result<Review> {
    let act = input.act()?;
    let next = act.apply(case.status)?;
    let reviewer = reviewer(tx, node, by, case, act)?;
    (case.status, case.reviewer) = (next, Some(reviewer));
    if act == CaseAct::Pass {
        let missing = again::require_still(tx, node, by, case)?;
        let fields = effects::entered(tx, node, case)?;
        if let Some(problem) = awaited::incomplete(tx, node, case)? {
            return Err(problem.into());
        }
        hints::require_look(tx, node, by, case, &fields)?;
        ex_officio::require_supervisor(tx, node, by, case)?;
        residence::require_shown(tx, node, case, &fields, by.now)?;
        acts::require_papers(missing)?;
        case.registered_at = Some(by.now);
        effects::registered(tx, node, by, case)?;
    }
    if act == CaseAct::Error {
        for finding in &input.findings {
            let error = errors::enter(tx, by, case, ErrorSource::Review, finding, None)?;
            let event = json!({"error_id": error.id, "error_code": error.error_code, "source": error.source});
            tx.record(Record::change("case.error_proposed", case_path(case.id), event).about(case.person_id));
        }
    }
    store::save(tx, case, by.now)?;
    let reason = input.findings.iter().map(|f| f.note.as_str()).collect::<Vec<_>>().join("；");
    counter::record_act(tx, by, case, act, &reason.chars().take(500).collect::<String>())?;
    insert(tx, by, case, input, reviewer)
}

fn insert(tx: &mut Tx, by: &By, case: &Case, input: &ReviewInput, reviewer: Id) -> Result<Review> {
    let review = Review {
        id: Id::new(by.now),
        case_id: case.id,
        result: input.result,
        findings: input.findings.clone(),
        reviewer_id: reviewer,
        reviewed_at: by.now,
        case_status: case.status,
        case_version: case.version,
    };
    let row = (
        case_reviews::id.eq(review.id),
        case_reviews::case_id.eq(case.id),
        case_reviews::result.eq(review.result),
        case_reviews::findings.eq(tx.seal_text(&findings_identity(review.id), JsonText::of(&review.findings)?.as_str())),
        case_reviews::reviewer.eq(reviewer.to_string()),
        case_reviews::reviewed_at.eq(by.now),
    );
    diesel::insert_into(case_reviews::table).values(row).execute(&mut **tx)?;
    Ok(review)
}

/// Findings as a caller is told them: without their words where the case is kept from them.
fn told_findings(by: &By, is_kept: bool, findings: Vec<Finding>) -> Vec<Finding> {
    let words = |note: &Note| if is_kept { WITHHELD.to_owned() } else { told(by, note.as_str().to_owned()) };
    findings.into_iter().map(|one| Finding { note: Note::from_store(words(&one.note)), ..one }).collect()
}

fn findings_identity(id: Id) -> String {
    format!("case_reviews/{id}/findings")
}

/// Lists a case's reviews.
///
/// Oldest first, with what each found: without its words to whoever works in the office, but has not reviewed it, and whose own
/// matter the case is, or a relative's (行政程序法 §32).
#[utoipa::path(tag = "Cases", operation_id = "list_reviews", params(IdInPath, Listing), responses((status = 200, description = "A page of reviews.", body = Page<Review>)))]
#[get("/v1/cases/{id}/reviews")]
pub async fn list_reviews(may: May<ListReviews>, node: Data<Node>, id: PathId, paging: Paging) -> Result<Reply> {
    may.read(move |conn, by| {
        let case = store::find(conn, &node, by, id.0)?;
        let of_case = || case_reviews::table.filter(case_reviews::case_id.eq(case.id));
        let total = paging.total(|| of_case().count().get_result(conn))?;
        type Row = (Id, ReviewResult, String, Id, Moment);
        let rows: Vec<Row> = of_case()
            .filter(case_reviews::id.gt(paging.after.clone().unwrap_or_default()))
            .order(case_reviews::id)
            .limit(paging.rows())
            .select((
                case_reviews::id,
                case_reviews::result,
                case_reviews::findings,
                case_reviews::reviewer,
                case_reviews::reviewed_at,
            ))
            .load(conn)?;
        let is_kept = kept_from(conn, &node, by, &[case.id])?.contains(&case.id);
        let me = by.caller.account().map(|account| account.id);
        let review = |(id, result, findings, reviewer, reviewed_at): Row| {
            let findings = node.vault.open_text(&findings_identity(id), &findings)?;
            Ok(Review {
                id,
                case_id: case.id,
                result,
                findings: told_findings(by, is_kept && me != Some(reviewer), JsonText::from_store(findings).read()?),
                reviewer_id: reviewer,
                reviewed_at,
                case_status: case.status,
                case_version: case.version,
            })
        };
        let reviews = rows.into_iter().map(review).collect::<Result<Vec<_>>>()?;
        Reply::ok(&page_of(&paging, reviews, total, |review: &Review| review.id.to_string()))
    })
    .await
}
