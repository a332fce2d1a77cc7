//! Operations on the one-time notice.

use actix_web::web::Data;
use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::super::CaseSettings;
use super::super::allowed::explained;
use super::super::case::Case;
use super::super::outside::hidden_among;
use super::super::states::{CaseAct, CaseStatus};
use super::super::types::checklist::PaperRule;
use super::super::types::model::CaseRules;
use super::super::{acts, counter, store as cases};
use super::print;
use super::store::{self, GivenHow, Notice, NoticeGiving, NoticeItem};
use crate::auth::{By, May};
use crate::calendar::{Deadline, Period};
use crate::cases::policy::{GetNotice, GetNoticePdf, GetNoticeText, GiveNotice, ReceivePaper};
use crate::cases::problems::NOT_TOLD_ONCE;
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, JsonText, Record, Tx};
use crate::domain::case_path;
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, PathId, PathTail, Reply, Valid, patch};
use crate::node::Node;
use crate::people::{self, Note};
use crate::scheduling::Plans;

/// Why the clock stands still while papers are missing.
const ARTICLE: &str = "戶籍法施行細則 §20";

/// A notice to give. Its items are the whole checklist less what is there; a second one needs a new fact.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"given_how": "HANDED"}))]
pub struct NoticeInput {
    #[serde(default = "handed")]
    #[schema(default = "HANDED")]
    given_how: GivenHow,
    /// Period for handing in; the office's usual one when absent.
    #[schema(min_length = 2, max_length = 10, pattern = "^[1-9][0-9]*(D|WD|M)$", example = "10WD")]
    period: Option<String>,
    /// Words to single papers.
    #[serde(default)]
    #[schema(max_items = 60)]
    notes: Vec<PaperNote>,
    /// Papers to ask for after the notice was given, by their codes; with `new_fact`.
    #[serde(default)]
    #[schema(max_items = 60)]
    further_documents: Vec<String>,
    /// The fact that came up since and makes them necessary.
    new_fact: Option<Note>,
}

fn handed() -> GivenHow {
    GivenHow::Handed
}

/// A word to one paper.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperNote {
    #[schema(min_length = 1, max_length = 40)]
    document: String,
    note: Note,
}

impl NoticeInput {
    fn item(&self, n: usize, paper: &PaperRule) -> NoticeItem {
        let note = self.notes.iter().find(|note| note.document == paper.document).map(|note| note.note.as_str().to_owned());
        NoticeItem {
            n: i32::try_from(n).unwrap_or(i32::MAX),
            document: paper.document.clone(),
            name: paper.name.clone(),
            form: paper.form,
            one_of: paper.one_of.clone(),
            note,
            received_at: None,
        }
    }

    /// The line of the checklist with that code, for a paper named at `pointer`.
    fn known<'a>(rules: &'a CaseRules, document: &str, pointer: impl FnOnce() -> String) -> Result<&'a PaperRule> {
        let text = || Text::new("不在應備文件清單", "it is not on the checklist");
        let paper = rules.papers.iter().find(|paper| paper.document == document);
        paper.ok_or_else(|| Error::field(pointer(), "unknown", text()))
    }

    fn check_notes(&self, rules: &CaseRules) -> Result<()> {
        for (index, note) in self.notes.iter().enumerate() {
            Self::known(rules, &note.document, || format!("/notes/{index}/document"))?;
        }
        Ok(())
    }

    fn giving(&self, due: &Deadline, by: &By) -> NoticeGiving {
        let new_fact = self.new_fact.as_ref().map(|fact| fact.as_str().to_owned());
        NoticeGiving { given_how: self.given_how, given_at: by.now, period: Some(due.rule.clone()), new_fact }
    }

    fn due(&self, node: &Node, tx: &mut Tx, by: &By) -> Result<Deadline> {
        let refused = |_| Error::field("/period", "pattern", Text::new("應為 10WD、30D 或 1M", "10WD, 30D or 1M"));
        let own: Option<Period> = self.period.as_deref().map(|text| text.parse().map_err(refused)).transpose()?;
        let period = own.unwrap_or(node.config.of::<CaseSettings>().notice_period);
        let plan = node.part::<Plans>().at(tx)?;
        Ok(Deadline::compute(&plan.calendar, by.now.date(), period, &[]))
    }
}

/// The first notice: everything that is missing.
fn first(tx: &mut Tx, node: &Node, by: &By, case: &Case, rules: &CaseRules, input: &NoticeInput) -> Result<Notice> {
    if let Some(document) = input.further_documents.first() {
        NoticeInput::known(rules, document, || "/further_documents/0".to_owned())?;
        let text = Text::new("首次告知已列全部應備文件", "the first notice names everything by itself");
        return Err(Error::field("/further_documents", "not_allowed", text));
    }
    let missing = acts::missing_papers(tx, node, case, rules)?;
    if missing.is_empty() {
        return Err(Problem::new(Code::WRONG_STATE).detail("文件已齊全，無須告知", "no paper is missing").into());
    }
    let due = input.due(node, tx, by)?;
    let number = case.number.clone().unwrap_or_default();
    let mut notice = Notice {
        case_id: case.id,
        number: format!("{number}-N"),
        given_how: input.given_how,
        due_on: due.due_on,
        due_at: due.due_at,
        items: missing.iter().enumerate().map(|(index, paper)| input.item(index + 1, paper)).collect(),
        new_fact: None,
        made_at: by.now,
        complete: false,
        givings: Vec::new(),
    };
    notice.give(input.giving(&due, by), &due);
    store::insert(tx, &notice, &by.caller.name())?;
    cases::stop_clock(tx, case.id, "補正文件", ARTICLE, by.now)?;
    Ok(notice)
}

/// What a new fact adds to the notice; a paper that came in before is asked for anew.
fn further(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    case: &mut Case,
    rules: &CaseRules,
    input: &NoticeInput,
    (mut notice, fact): (Notice, &Note),
) -> Result<Notice> {
    if input.further_documents.is_empty() {
        let text = Text::new("請列出因新事實所需之文件", "name the papers that the new fact makes necessary");
        return Err(Error::field("/further_documents", "required", text));
    }
    for (index, document) in input.further_documents.iter().enumerate() {
        let pointer = || format!("/further_documents/{index}");
        let paper = NoticeInput::known(rules, document, pointer)?;
        if notice.items.iter().any(|item| item.document == *document && !notice.is_met(item)) {
            let text = Text::new("已在告知單上", "it is on the notice already");
            return Err(Error::field(pointer(), "duplicate", text));
        }
        // It is asked for by itself, whatever else came in.
        let item = NoticeItem { one_of: None, ..input.item(notice.items.len() + 1, paper) };
        notice.items.push(item);
    }
    let told = [notice.new_fact.as_deref(), Some(fact.as_str())];
    let mut papers: Vec<String> = case.papers.read()?;
    papers.retain(|paper| !input.further_documents.contains(paper));
    case.papers = JsonText::of(&papers)?;
    notice.new_fact = Some(told.into_iter().flatten().collect::<Vec<_>>().join("；").chars().take(2000).collect());
    let due = input.due(node, tx, by)?;
    notice.give(input.giving(&due, by), &due);
    notice.complete = false;
    store::update(tx, &notice)?;
    Ok(notice)
}

/// Gives the first notice, or adds to the one before what a new fact makes necessary.
fn give(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    case: &mut Case,
    before: Option<(Notice, &Note)>,
    input: &NoticeInput,
) -> Result<Notice> {
    let next = CaseAct::GiveNotice.apply(case.status)?;
    counter::in_charge(tx, node, by, case)?;
    let case_type = counter::own_type(node, tx, case)?;
    input.check_notes(&case_type.rules)?;
    let notice = match before {
        None => first(tx, node, by, case, &case_type.rules, input)?,
        Some(before) => {
            if case.status != CaseStatus::AwaitingDocuments {
                cases::stop_clock(tx, case.id, "補正文件（新事實）", ARTICLE, by.now)?;
            }
            further(tx, node, by, case, &case_type.rules, input, before)?
        }
    };
    case.status = next;
    cases::save(tx, case, by.now)?;
    counter::record_act(tx, by, case, CaseAct::GiveNotice, input.new_fact.as_ref().map_or("", Note::as_str))?;
    Ok(notice)
}

/// Gives the one-time notice.
///
/// Built whole from the checklist of the case's type; the office's clock stands still until the papers are in
/// (戶籍法施行細則 §20). A second request is refused (`not_told_once`) and counted against quality, unless a new
/// fact makes further papers necessary: then it is given once more, by its own way and for a period of its own, and
/// nothing is counted.
#[utoipa::path(tag = "Cases", operation_id = "give_notice", params(IdInPath, IfMatchHeader), request_body = NoticeInput, responses(
    (status = 201, description = "The notice.", body = Notice),
    (status = 409, description = "`not_told_once`, `wrong_state` with `allowed_actions` (no paper is missing, too), or `assigned_to_other`; `own_request`: it is about whoever acts; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/cases/{id}/one-time-notice")]
pub async fn give_notice(
    may: May<GiveNotice>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<NoticeInput>,
) -> Result<Reply> {
    let shared = node.clone();
    let given = may
        .write(move |tx, by| {
            let mut case = cases::find(tx, &shared, by, id.0)?;
            if_match.check(case.version)?;
            // Told by what was due, not by the state: papers in, another asked for.
            let before = match (store::of_case(tx, &shared.vault, case.id)?, &input.new_fact) {
                (Some(_), None) => return refuse_second(tx, by, &case),
                (Some(notice), Some(fact)) => Some((notice, fact)),
                (None, _) => None,
            };
            let kept = case.clone();
            let notice = give(tx, &shared, by, &mut case, before, &input);
            let notice = notice.map_err(|error| explained(tx, &shared, by, &kept, error))?;
            Ok(Reply::created(format!("/v1/cases/{}/one-time-notice", case.id), &notice)?.version(case.version))
        })
        .await?;
    let refused = match given.or_refuse(|| NOT_TOLD_ONCE) {
        Err(refused) => refused,
        given => return given,
    };
    let explained = may.read(move |conn, by| {
        let case = cases::find(conn, &node, by, id.0)?;
        Ok(explained(conn, &node, by, &case, refused))
    });
    Err(explained.await?)
}

/// Counts a request for papers that should have been named before.
fn refuse_second(tx: &mut Tx, by: &By, case: &Case) -> Result<Reply> {
    store::count_late_request(tx, case.id, &by.caller.name(), by.now)?;
    let event = json!({"service_point": case.service_point});
    tx.record(Record::change("case.late_request_refused", case_path(case.id), event).about(case.person_id));
    Ok(Reply::refused())
}

/// Keeps what is in, and lets the case wait or go on accordingly.
fn save_ticks(tx: &mut Tx, node: &Node, case: &mut Case, notice: &mut Notice, now: Moment) -> Result<()> {
    notice.complete = notice.is_complete();
    store::update(tx, notice)?;
    match (notice.complete, case.status == CaseStatus::AwaitingDocuments) {
        (true, true) => acts::resume(tx, node, case, now),
        (false, false) => {
            case.status = CaseStatus::AwaitingDocuments;
            cases::stop_clock(tx, case.id, "補正文件", ARTICLE, now)
        }
        _ => Ok(()),
    }
}

/// Ticks on the notice what an edit of the case brought in or took out.
pub fn tick_from_case(tx: &mut Tx, node: &Node, case: &mut Case, now: Moment) -> Result<()> {
    let Some(mut notice) = store::of_case(tx, &node.vault, case.id)? else { return Ok(()) };
    let papers: Vec<String> = case.papers.read()?;
    notice.tick(&papers, now);
    save_ticks(tx, node, case, &mut notice, now)
}

/// What came in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"received": true}))]
pub struct ItemInput {
    /// Whether the paper is there.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    received: Option<bool>,
}

/// Ticks a paper in.
///
/// With the last one the clock runs on and the case is `ACCEPTED` again. A slip is taken back with `received: false`
/// as long as the case is not submitted: it waits for papers again then.
#[utoipa::path(tag = "Cases", operation_id = "receive_paper", params(
    IdInPath, ("n" = i32, Path, description = "Number of the paper on the notice.", minimum = 1, maximum = 1000, example = 1), IfMatchHeader,
), request_body = ItemInput, responses(
    (status = 200, description = "The notice.", body = Notice),
    (status = 409, description = "`wrong_state` with `allowed_actions`, or `assigned_to_other`; `own_request`: it is about whoever acts; `holder_required`: nobody knows who works with the account."),
))]
#[patch("/v1/cases/{id}/one-time-notice/items/{n}")]
pub async fn receive_paper(
    may: May<ReceivePaper>,
    node: Data<Node>,
    id: PathId,
    n: PathTail<i32>,
    if_match: IfMatch,
    Valid(input): Valid<ItemInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut case = cases::find(tx, &node, by, id.0)?;
        if_match.check(case.version)?;
        let mut notice = store::of_case(tx, &node.vault, case.id)?.ok_or(Code::NOT_FOUND)?;
        let item = notice.items.iter_mut().find(|item| item.n == n.0).ok_or(Code::NOT_FOUND)?;
        let allowed = CaseAct::ReceivePaper.apply(case.status).and_then(|_| counter::in_charge(tx, &node, by, &mut case));
        allowed.map_err(|error| explained(tx, &node, by, &case, error))?;
        let Some(received) = input.received.filter(|received| item.received_at.is_some() != *received) else {
            return Ok(Reply::ok(&notice)?.version(case.version));
        };
        item.received_at = received.then_some(by.now);
        let document = item.document.clone();
        let mut papers: Vec<String> = case.papers.read()?;
        papers.retain(|paper| *paper != document);
        if received {
            papers.push(document.clone());
        }
        case.papers = JsonText::of(&papers)?;
        save_ticks(tx, &node, &mut case, &mut notice, by.now)?;
        let act = match (received, notice.complete) {
            (false, _) => CaseAct::MissPaper,
            (true, false) => CaseAct::ReceivePaper,
            (true, true) => CaseAct::ReceiveLastPaper,
        };
        cases::save(tx, &mut case, by.now)?;
        counter::record_act(tx, by, &case, act, &document)?;
        Ok(Reply::ok(&notice)?.version(case.version))
    })
    .await
}

/// The notice of a case within reach; it tells where the case was taken, so that there is none to whoever must not know it.
fn noticed(conn: &mut Conn, node: &Node, by: &By, id: Id) -> Result<(Case, Notice)> {
    let case = cases::find(conn, node, by, id)?;
    if !hidden_among(conn, node, by, std::slice::from_ref(&case))?.is_empty() {
        return Err(Code::NOT_FOUND.into());
    }
    let notice = store::of_case(conn, &node.vault, case.id)?.ok_or(Code::NOT_FOUND)?;
    Ok((case, notice))
}

/// Shows the one-time notice.
///
/// To the applicant and to staff, as long as the case is kept. Whoever is barred from the data of one of its people and does not
/// apply themself finds none.
#[utoipa::path(tag = "Cases", operation_id = "get_notice", params(IdInPath), responses((status = 200, description = "The notice.", body = Notice)))]
#[get("/v1/cases/{id}/one-time-notice")]
pub async fn get_notice(may: May<GetNotice>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let (case, notice) = noticed(conn, &node, by, id.0)?;
        Ok(Reply::ok(&notice)?.version(case.version))
    })
    .await
}

fn page(conn: &mut Conn, node: &Node, by: &By, id: Id) -> Result<print::Page> {
    let (case, notice) = noticed(conn, node, by, id)?;
    let case_type = counter::own_type(node, conn, &case)?;
    let (applicant, _) = people::store::masked(conn, &node.vault, case.applicant_id)?;
    Ok(print::page(&case, &case_type.rules, &notice, &applicant))
}

/// Prints the one-time notice as text.
///
/// In Chinese, UTF-8, for a printer or a message to the applicant.
#[utoipa::path(tag = "Cases", operation_id = "get_notice_text", params(IdInPath), responses((
    status = 200, description = "The notice in Chinese.", body = String, content_type = "text/plain",
    example = json!("彰化縣和美戶政事務所　一次告知單\n\n編號：115-HEMEI-000001-N\n申請事項：出生登記\n□ 1. 出生證明書　正本（收存）\n"),
)))]
#[get("/v1/cases/{id}/one-time-notice.txt")]
pub async fn get_notice_text(may: May<GetNoticeText>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| Ok(Reply::text("text/plain; charset=utf-8", page(conn, &node, by, id.0)?.text()))).await
}

/// Prints the one-time notice as PDF.
///
/// A4, in Chinese, archivable and readable aloud (PDF/A-2a, PDF/UA-1), with its fonts embedded: it looks the same everywhere, and
/// the same notice is the same bytes. A character that no font has is printed as ⬚ with its code point (`⬚U+20BB7`); the setting
/// `print.fonts_dir` names a folder of further ones. Only a few are printed at a time: while too many wait, or four of the caller's own, 503 `overloaded`.
#[utoipa::path(tag = "Cases", operation_id = "get_notice_pdf", params(IdInPath), responses((
    status = 200, description = "The notice in Chinese.", body = String, content_type = "application/pdf", example = json!("%PDF-1.7 …"),
)))]
#[get("/v1/cases/{id}/one-time-notice.pdf")]
pub async fn get_notice_pdf(may: May<GetNoticePdf>, node: Data<Node>, id: PathId) -> Result<Reply> {
    let page = may.read(move |conn, by| page(conn, &node, by, id.0)).await?;
    crate::print::pdf(&may, page.printout()?).await
}
