//! Reading petitions: the list, one, its history, its limit, and who is behind a confidential one.

use actix_web::web::Data;
use actix_web::{get, post};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::acting::Open;
use super::listing;
use super::model::{PetitionAct, PetitionFilter, PetitionStatus};
use super::petitioners::{Decision, Matter, Petitioner};
use super::policy::{GetPetition, GetPetitionDeadline, GetPetitionHistory, ListPetitions, RevealPetition, SearchPetitions};
use super::sight::find;
use super::steps::{Closing, Extension};
use super::store::{self, HistoryRow, REVEALED};
use super::veil::Veil;
use super::view::{PetitionSummary, PetitionView, covered, shown, veil_for};
use super::whom::{PetitionSearch, Whom};
use crate::auth::policy::Action;
use crate::auth::{May, WITHHELD};
use crate::calendar::Deadline;
use crate::clock::Moment;
use crate::contract::IdInPath;
use crate::db::Record;
use crate::error::Result;
use crate::http::{Listing, Page, Paging, Params, PathId, Reply, Valid, of_body, ordered_days, page_of};
use crate::node::Node;
use crate::people::{Reason, ShownContact, contacts, mask_numbers};
use crate::scheduling::Plans;

/// Lists petitions.
///
/// Newest first, of those that the caller sees: section chiefs, the director and clerks with the duty PETITIONS the open ones; other
/// clerks those in their charge. Confidential ones are for whoever handles them, for supervisors with the duty, and for the custodian
/// (PETITION_CUSTODIAN); nobody finds or counts one that concerns them. Queues are filters of it, with `include_total`. With `q` those in which it stands,
/// newest in the register first (`POST /v1/petitions:search` where it is a name): hits and counts are of what the caller sees, as they read it.
#[utoipa::path(tag = "Petitions", operation_id = "list_petitions", params(PetitionFilter, Listing), responses(
    (status = 200, description = "A page of petitions.", body = Page<PetitionSummary>),
))]
#[get("/v1/petitions")]
pub async fn list_petitions(
    may: May<ListPetitions>,
    node: Data<Node>,
    Params(query): Params<PetitionFilter>,
    paging: Paging,
) -> Result<Reply> {
    listed(&may, node, (query, Whom::default()), paging).await
}

/// Searches petitions.
///
/// As the list with its filters does, which stand in the body: names and words that somebody looks for have no place in an address,
/// which access logs and browsers keep. By `petitioner` and `phone` those are found again who ask for what became of their petition. Rights, order and answers are those of `GET /v1/petitions`; `next` goes on with the same body. The
/// log tells that it was searched, and not for what.
#[utoipa::path(tag = "Petitions", operation_id = "search_petitions", params(Listing), request_body = PetitionSearch, responses(
    (status = 200, description = "A page of petitions.", body = Page<PetitionSummary>),
))]
#[post("/v1/petitions:search")]
pub async fn search_petitions(
    may: May<SearchPetitions>,
    node: Data<Node>,
    paging: Paging,
    Valid(search): Valid<PetitionSearch>,
) -> Result<Reply> {
    let (filter, whom) = search.parts();
    let fields = if whom.is_anybody() { "subject,body,replies" } else { "subject,body,replies,petitioners,contact" };
    let reply = listed(&may, node, (filter, whom), paging).await.map_err(of_body)?;
    may.write_beside(move |tx, _| {
        tx.record(Record::read("petition.searched", "petitions".to_owned(), fields));
        Ok(())
    })
    .await?;
    Ok(reply)
}

/// A page of the petitions that match, of those that the caller sees.
async fn listed<A: Action>(
    may: &May<A>,
    node: Data<Node>,
    (filter, whom): (PetitionFilter, Whom),
    paging: Paging,
) -> Result<Reply> {
    ordered_days(filter.from, filter.to)?;
    may.read(move |conn, by| {
        let page = listing::page(conn, &node, by, (&filter, &whom), &paging)?;
        Reply::ok(&page.try_map(|row| PetitionSummary::of(&node, row))?)
    })
    .await
}

/// Shows a petition.
///
/// Of a confidential one the matter and not the person; each look is logged.
#[utoipa::path(tag = "Petitions", operation_id = "get_petition", params(IdInPath), responses((status = 200, description = "The petition.", body = PetitionView)))]
#[get("/v1/petitions/{id}")]
pub async fn get_petition(may: May<GetPetition>, node: Data<Node>, id: PathId) -> Result<Reply> {
    let (reply, is_logged) = may
        .read(move |conn, by| {
            let open = Open::of(&node, find(conn, by, id.0)?)?;
            let is_logged = open.row.confidential;
            Ok((shown(conn, &node, by, open)?, is_logged))
        })
        .await?;
    if is_logged {
        may.write_beside(move |tx, _| {
            tx.record(Record::read("petition.read", store::path(id.0), "subject,body"));
            Ok(())
        })
        .await?;
    }
    Ok(reply)
}

/// One line of a petition's history.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "line": 1, "at": "2026-11-23T09:00:00+08:00", "action": "received", "status": "RECEIVED", "actor": "anonymous", "reason": ""
}))]
pub struct PetitionHistoryLine {
    #[schema(minimum = 1)]
    line: i32,
    at: Moment,
    /// What happened: `received`, `assigned`, `replied` …
    #[schema(max_length = 40)]
    action: String,
    /// State after it.
    status: PetitionStatus,
    /// `accounts/{id}`, `anonymous` or `system`; `＊＊＊` of how a confidential one was brought and revealed, but for the custodian: it may
    /// be whoever petitions.
    #[schema(max_length = 60)]
    actor: String,
    #[schema(max_length = 500)]
    reason: String,
}

impl PetitionHistoryLine {
    fn of((line, at, action, status, actor, reason): HistoryRow, is_original: bool) -> Self {
        // Whatever a veil goes over is hidden whole.
        let reason = if is_original { mask_numbers(&reason) } else { reason };
        Self { line, at, action, status, actor, reason }
    }
}

/// A page of lines through a veil, without what may tell who brought the petition: that is left out only once it is settled by who has
/// written a line what of it is hidden.
fn lines_through(veil: &Veil, page: &Page<PetitionHistoryLine>) -> Result<Value> {
    let mut shown = veil.over(page)?;
    let hides = |action: &str| PetitionAct::enters(action) || action == REVEALED;
    for line in shown["items"].as_array_mut().into_iter().flatten() {
        if line["action"].as_str().is_none_or(hides) {
            line["actor"] = WITHHELD.into();
        }
    }
    Ok(shown)
}

/// Shows a petition's history.
///
/// Every act in order, and to whom it was revealed who petitions; lines are only ever added. Of a confidential one it is told to its
/// custodian alone who brought it, and who has had it revealed.
#[utoipa::path(tag = "Petitions", operation_id = "get_petition_history", params(IdInPath, Listing), responses((status = 200, description = "A page of the history.", body = Page<PetitionHistoryLine>)))]
#[get("/v1/petitions/{id}/history")]
pub async fn get_petition_history(may: May<GetPetitionHistory>, node: Data<Node>, id: PathId, paging: Paging) -> Result<Reply> {
    may.read(move |conn, by| {
        let (row, sight) = find(conn, by, id.0)?;
        let veil = veil_for(conn, &node, (&row, &sight, &row.handling(&node.vault)?))?;
        let total = paging.total(|| store::count_lines(conn, row.id))?;
        let lines = store::lines(conn, &node.vault, row.id, &paging)?;
        let lines = lines.into_iter().map(|line| PetitionHistoryLine::of(line, veil.is_none())).collect();
        let page = page_of(&paging, lines, total, |line: &PetitionHistoryLine| line.line.to_string());
        veil.map_or_else(|| Reply::ok(&page), |veil| Reply::ok(&lines_through(&veil, &page)?))
    })
    .await
}

/// The limit of a petition, and what it was kept within.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "deadline": {"rule": "7WD", "from_on": "2026-11-23", "ends_on": "2026-12-02", "due_on": "2026-12-02", "due_at": "2026-12-02T23:59:59+08:00",
        "provisional": false, "ledger": [{"date": "2026-11-23", "counted": false, "kind": "FIRST_DAY", "article": "行政程序法 §48 II"}]},
    "supplement_stops_clock": true, "stopped": false, "extension": null, "first_reply_at": null, "closed_at": null, "closings": [], "periods": 1
}))]
pub struct PetitionDeadline {
    /// Of today's period, with every day.
    deadline: Option<Deadline>,
    /// As the setting was when the period began.
    supplement_stops_clock: Option<bool>,
    /// The clock stands still now: a supplement is awaited, and the request has reached the petitioner.
    stopped: bool,
    extension: Option<Extension>,
    /// When anything was replied first, and when it was closed: each counts by itself.
    first_reply_at: Option<Moment>,
    closed_at: Option<Moment>,
    /// Earlier ends, each with the limit of its time.
    #[schema(max_items = 100)]
    closings: Vec<Closing>,
    /// How many periods have begun: more than one where it was taken up again.
    #[schema(minimum = 0)]
    periods: usize,
}

/// Shows a petition's limit.
///
/// With its ledger: the day of receipt is not counted (行政程序法 §48), whatever keeps the petition from being handled; supplements stop
/// it, and so does another body with which it is; an extension goes on from its end. It follows the office's days, and so do the limits
/// of earlier ends.
#[utoipa::path(tag = "Petitions", operation_id = "get_petition_deadline", params(IdInPath), responses((status = 200, description = "The limit.", body = PetitionDeadline)))]
#[get("/v1/petitions/{id}/deadline")]
pub async fn get_petition_deadline(may: May<GetPetitionDeadline>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let (row, sight) = find(conn, by, id.0)?;
        let mut handling = row.handling(&node.vault)?;
        let veil = veil_for(conn, &node, (&row, &sight, &handling))?;
        if veil.is_some() {
            handling.leave_double_out();
        }
        let plan = node.part::<Plans>().at(conn)?;
        let deadline = PetitionDeadline {
            deadline: handling.deadline(&plan.calendar)?,
            supplement_stops_clock: handling.periods.last().map(|period| period.stops_clock),
            stopped: row.status == PetitionStatus::AwaitingSupplement && handling.is_stopped(by.now.date()),
            periods: handling.periods.len(),
            extension: handling.extension,
            first_reply_at: row.first_reply_at,
            closed_at: row.closed_at,
            closings: handling.closings,
        };
        covered(veil.as_ref(), &deadline)
    })
    .await
}

/// A petitioner, whole.
#[derive(Serialize, ToSchema)]
pub struct RevealedPetitioner {
    #[schema(max_length = 100)]
    name: String,
    /// Number or paper; `null` where none was said.
    #[schema(max_length = 100)]
    number: Option<String>,
}

/// Who is behind a petition.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"petitioners": [{"name": "王小明", "number": null}], "contact": null, "against_decision": null, "forwarded_by": null}))]
pub struct RevealedPetition {
    /// The representative of a group first.
    #[schema(max_items = 21)]
    petitioners: Vec<RevealedPetitioner>,
    contact: Option<ShownContact>,
    /// The decision against which it turns: the number of a case finds whom it is of.
    against_decision: Option<Decision>,
    /// The body that sent it on.
    #[schema(max_length = 100)]
    forwarded_by: Option<String>,
}

/// Shows who is behind a petition.
///
/// Whole, to whoever must reach them; logged with the reason, in the history too. Nothing of it may go into a letter or to another body
/// (公益揭弊者保護法 §15).
#[utoipa::path(tag = "Petitions", operation_id = "reveal_petition", params(IdInPath), request_body = Reason, responses((status = 200, description = "The petitioners and how to reach them.", body = RevealedPetition)))]
#[post("/v1/petitions/{id}:reveal")]
pub async fn reveal_petition(may: May<RevealPetition>, node: Data<Node>, id: PathId, Valid(why): Valid<Reason>) -> Result<Reply> {
    may.write(move |tx, by| {
        let (row, _) = find(tx, by, id.0)?;
        let whole =
            |one: Petitioner| RevealedPetitioner { number: one.identifier().map(|number| number.shown()), name: one.name };
        let petitioners = row.petitioners(&node.vault)?.into_iter().map(whole).collect();
        let contact = contacts::of(tx, &node.vault, &row.path())?.map(|contact| contact.shown(true));
        store::add_line(tx, &row, REVEALED, &by.caller.name(), (why.as_str(), by.now))?;
        tx.record(Record::read("petition.revealed", row.path(), "petitioners,contact,matter").because(why.as_str()));
        let Matter { against_decision, forwarded_by, .. } = row.matter(&node.vault)?;
        Reply::ok(&RevealedPetition { petitioners, contact, against_decision, forwarded_by })
    })
    .await
}
