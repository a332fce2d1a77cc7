//! Operations on the one-time notice.

use actix_web::web::Data;
use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::super::case::Case;
use super::super::states::{CaseAct, CaseStatus};
use super::super::types::model::{CaseRules, PaperRule};
use super::super::{acts, desk, intake, store as cases};
use super::print;
use super::store::{self, GivenHow, Notice, NoticeItem};
use crate::auth::policy::{GetNotice, GetNoticePdf, GetNoticeText, GiveNotice, ReceivePaper};
use crate::auth::{By, May};
use crate::calendar::{Deadline, Period};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Record, Tx};
use crate::error::{Code, Error, Result, Text};
use crate::http::{IfMatch, PathId, PathTail, Reply, Valid};
use crate::people;
use crate::state::State;

/// A notice to give. Its items are the whole checklist less what is there; a second one needs a new fact.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"given_how": "HANDED"}))]
pub struct NoticeInput {
    given_how: GivenHow,
    /// Period for handing in; the office's usual one when absent.
    #[validate(length(min = 2, max = 10))]
    #[schema(min_length = 2, max_length = 10, pattern = "^[1-9][0-9]*(D|WD|M)$", example = "10WD")]
    period: Option<String>,
    /// Words to single papers.
    #[serde(default)]
    #[validate(nested, length(max = 60))]
    #[schema(max_items = 60)]
    notes: Vec<PaperNote>,
    /// Papers to ask for after the notice was given, by their codes.
    #[serde(default)]
    #[validate(length(max = 60))]
    #[schema(max_items = 60)]
    further_documents: Vec<String>,
    /// The fact that came up since and makes them necessary.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    new_fact: Option<String>,
}

/// A word to one paper.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperNote {
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40)]
    document: String,
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    note: String,
}

impl NoticeInput {
    fn item(&self, n: usize, paper: &PaperRule) -> NoticeItem {
        let note = self.notes.iter().find(|note| note.document == paper.document).map(|note| note.note.clone());
        NoticeItem {
            n: i32::try_from(n).unwrap_or(i32::MAX),
            document: paper.document.clone(),
            name: paper.name.clone(),
            form: paper.form,
            note,
            received_at: None,
        }
    }

    fn due(&self, state: &State, tx: &mut Tx, by: &By) -> Result<Deadline> {
        let text = self.period.as_deref().unwrap_or(&state.config.notice_period);
        let refused = || Error::field("/period", "pattern", Text::new("應為 10WD、30D 或 1M", "10WD, 30D or 1M"));
        let period: Period = text.parse().map_err(|_| refused())?;
        let plan = state.plans.at(tx)?;
        Ok(Deadline::compute(&plan.calendar, by.now.date(), period, &[]))
    }
}

/// The first notice: everything that is missing.
fn first(tx: &mut Tx, state: &State, by: &By, case: &Case, rules: &CaseRules, input: &NoticeInput) -> Result<Notice> {
    let (papers, circumstances): (Vec<String>, Vec<String>) = (case.papers.read()?, case.circumstances.read()?);
    let missing = intake::missing(rules.papers_for(&circumstances, case.proxy_id.is_some()), &papers);
    if missing.is_empty() {
        let text = Text::new("文件已齊全，無須告知", "no paper is missing");
        return Err(Error::field("/given_how", "nothing_missing", text));
    }
    let due = input.due(state, tx, by)?;
    let number = case.number.clone().unwrap_or_default();
    let notice = Notice {
        case_id: case.id,
        number: format!("{number}-N"),
        given_how: input.given_how,
        due_on: due.due_on,
        due_at: due.due_at,
        items: missing.iter().enumerate().map(|(index, paper)| input.item(index + 1, paper)).collect(),
        new_fact: None,
        made_at: by.now,
        complete: false,
    };
    store::insert(tx, &notice, &by.caller.name())?;
    cases::stop_clock(tx, case.id, "補正文件", "戶籍法施行細則 §20", by.now)?;
    Ok(notice)
}

/// What a new fact adds to the notice.
fn further(tx: &mut Tx, state: &State, by: &By, rules: &CaseRules, input: &NoticeInput, mut notice: Notice) -> Result<Notice> {
    let Some(fact) = &input.new_fact else { return Err(Code::NotToldOnce.into()) };
    if input.further_documents.is_empty() {
        let text = Text::new("請列出因新事實所需之文件", "name the papers that the new fact makes necessary");
        return Err(Error::field("/further_documents", "required", text));
    }
    for (index, document) in input.further_documents.iter().enumerate() {
        let text = || Text::new("不在應備文件清單", "it is not on the checklist");
        let pointer = format!("/further_documents/{index}");
        let paper = rules.papers.iter().find(|paper| paper.document == *document);
        let paper = paper.ok_or_else(|| Error::field(pointer, "not_allowed", text()))?;
        let item = input.item(notice.items.len() + 1, paper);
        notice.items.push(item);
    }
    let told = [notice.new_fact.as_deref(), Some(fact.as_str())];
    notice.new_fact = Some(told.into_iter().flatten().collect::<Vec<_>>().join("；").chars().take(2000).collect());
    let due = input.due(state, tx, by)?;
    (notice.due_on, notice.due_at) = (due.due_on, due.due_at);
    notice.complete = false;
    store::update(tx, &notice)?;
    store::count_late_request(tx, notice.case_id, &by.caller.name(), false, by.now)?;
    Ok(notice)
}

/// Gives the one-time notice.
///
/// Built whole from the checklist of the case's type; the office's clock stands still until the papers are in
/// (戶籍法施行細則 §20). A second request is refused (`not_told_once`) and counted against quality, unless a new
/// fact makes further papers necessary.
#[utoipa::path(tag = "Cases", operation_id = "give_notice", params(IdInPath, IfMatchHeader), request_body = NoticeInput, responses(
    (status = 201, description = "The notice.", body = Notice),
    (status = 409, description = "`not_told_once`, `wrong_state` with `allowed_actions`, or `assigned_to_other`."),
))]
#[post("/v1/cases/{id}/one-time-notice")]
pub async fn give_notice(
    may: May<GiveNotice>,
    state: Data<State>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<NoticeInput>,
) -> Result<Reply> {
    let shared = state.clone();
    let given = may
        .write(move |tx, by| {
            let mut case = cases::find(tx, by, id.0)?;
            if_match.check(case.version)?;
            let before = store::of_case(tx, case.id)?;
            // Told by what was due, not by the state: papers in, another asked for.
            if before.is_some() && input.new_fact.is_none() {
                return Err(Code::NotToldOnce.into());
            }
            let next = CaseAct::GiveNotice.apply(case.status)?;
            desk::in_charge(by, &mut case)?;
            let case_type = desk::own_type(&shared, tx, &case)?;
            let stopped = case.status == CaseStatus::AwaitingDocuments;
            let notice = match before {
                None => first(tx, &shared, by, &case, &case_type.rules, &input)?,
                Some(notice) => {
                    let notice = further(tx, &shared, by, &case_type.rules, &input, notice)?;
                    if !stopped {
                        cases::stop_clock(tx, case.id, "補正文件（新事實）", "戶籍法施行細則 §20", by.now)?;
                    }
                    notice
                }
            };
            case.status = next;
            cases::save(tx, &mut case, by.now)?;
            desk::told(tx, by, &case, "case.notice_given", input.new_fact.as_deref().unwrap_or(""))?;
            Ok(Reply::created(format!("/v1/cases/{}/one-time-notice", case.id), &notice)?.version(case.version))
        })
        .await;
    if let Err(Error::Problem(problem)) = &given
        && problem.code == Code::NotToldOnce
    {
        // The refusal leaves no trace of its own: it is counted in a transaction that stands.
        may.note(move |tx, by| {
            let case = cases::find(tx, by, id.0)?;
            store::count_late_request(tx, case.id, &by.caller.name(), true, by.now)?;
            let event = json!({"service_point": case.service_point});
            tx.record(Record::change("case.late_request_refused", format!("cases/{}", case.id), event).about(case.person_id));
            Ok(())
        })
        .await?;
    }
    given
}

/// What came in.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"received": true}))]
pub struct ItemInput {
    /// Whether the paper is there.
    received: bool,
}

/// Ticks a paper in.
///
/// With the last one the clock runs on and the case is `ACCEPTED` again; a slip is taken back with
/// `received: false`.
#[utoipa::path(tag = "Cases", operation_id = "receive_paper", params(
    IdInPath, ("n" = i32, Path, description = "Number of the paper on the notice.", minimum = 1, maximum = 1000, example = 1), IfMatchHeader,
), request_body = ItemInput, responses(
    (status = 200, description = "The notice.", body = Notice),
    (status = 409, description = "`wrong_state` with `allowed_actions`, or `assigned_to_other`."),
))]
#[patch("/v1/cases/{id}/one-time-notice/items/{n}")]
pub async fn receive_paper(
    may: May<ReceivePaper>,
    state: Data<State>,
    id: PathId,
    n: PathTail<i32>,
    if_match: IfMatch,
    Valid(input): Valid<ItemInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut case = cases::find(tx, by, id.0)?;
        if_match.check(case.version)?;
        let mut notice = store::of_case(tx, case.id)?.ok_or(Code::NotFound)?;
        let item = notice.items.iter_mut().find(|item| item.n == n.0).ok_or(Code::NotFound)?;
        CaseAct::ReceivePaper.apply(case.status)?;
        desk::in_charge(by, &mut case)?;
        item.received_at = input.received.then_some(by.now);
        let document = item.document.clone();
        let mut papers: Vec<String> = case.papers.read()?;
        papers.retain(|paper| *paper != document);
        if input.received {
            papers.push(document.clone());
        }
        case.papers = crate::db::JsonText::of(&papers)?;
        notice.complete = notice.is_complete();
        store::update(tx, &notice)?;
        let action = if notice.complete { "case.papers_complete" } else { "case.paper_received" };
        if notice.complete {
            acts::resume(tx, &state, &mut case, by.now)?;
        }
        cases::save(tx, &mut case, by.now)?;
        desk::told(tx, by, &case, action, &document)?;
        Ok(Reply::ok(&notice)?.version(case.version))
    })
    .await
}

/// Shows the one-time notice.
///
/// To the applicant and to staff, as long as the case is kept.
#[utoipa::path(tag = "Cases", operation_id = "get_notice", params(IdInPath), responses((status = 200, description = "The notice.", body = Notice)))]
#[get("/v1/cases/{id}/one-time-notice")]
pub async fn get_notice(may: May<GetNotice>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let case = cases::find(conn, by, id.0)?;
        let notice = store::of_case(conn, case.id)?.ok_or(Code::NotFound)?;
        Ok(Reply::ok(&notice)?.version(case.version))
    })
    .await
}

fn page(conn: &mut crate::db::Conn, state: &State, by: &By, id: crate::db::Id) -> Result<print::Page> {
    let case = cases::find(conn, by, id)?;
    let notice = store::of_case(conn, case.id)?.ok_or(Code::NotFound)?;
    let case_type = desk::own_type(state, conn, &case)?;
    let (applicant, _) = people::store::masked(conn, &state.vault, case.applicant_id)?;
    Ok(print::page(&case, &case_type.rules, &notice, &applicant))
}

/// Prints the one-time notice as text.
///
/// In Chinese, UTF-8, for a printer or a message to the applicant.
#[utoipa::path(tag = "Cases", operation_id = "get_notice_text", params(IdInPath), responses((status = 200, description = "The notice in Chinese.", body = String, content_type = "text/plain")))]
#[get("/v1/cases/{id}/one-time-notice.txt")]
pub async fn get_notice_text(may: May<GetNoticeText>, state: Data<State>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| Ok(Reply::text("text/plain; charset=utf-8", page(conn, &state, by, id.0)?.text()))).await
}

/// Prints the one-time notice as PDF.
///
/// A4, in Chinese. The file names the Chinese font and leaves it to the reader's or the printer's own, so that
/// names with rare characters print as well.
#[utoipa::path(tag = "Cases", operation_id = "get_notice_pdf", params(IdInPath), responses((status = 200, description = "The notice in Chinese.", body = Vec<u8>, content_type = "application/pdf")))]
#[get("/v1/cases/{id}/one-time-notice.pdf")]
pub async fn get_notice_pdf(may: May<GetNoticePdf>, state: Data<State>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| Ok(Reply::file("application/pdf", page(conn, &state, by, id.0)?.pdf()))).await
}
