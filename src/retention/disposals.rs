//! Disposals: proposed by one, approved by another by the archive authority's word, taken back as long as nothing is erased.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{Duration, NaiveDate};
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::keepers::{Asking, Ended, Keepers, Parted};
use super::model::{DisposalAct, DisposalStatus};
use super::policy::{ApproveDisposal, CreateDisposal, GetDisposal, ListDisposals, TakeBackDisposal};
use super::settings::RetentionSettings;
use super::store::{self, Disposal, DisposedRecord};
use super::view::{DisposalView, applied, shown};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Backend, Conn, Id, Narrow, Record, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::{Label, Reason};
use crate::read_page;
use crate::schema::disposals;

/// What to dispose of.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"records": ["petitions/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70"]}))]
pub struct DisposalInput {
    /// Paths of records that are due, as GET /v1/due-records lists them, each once.
    #[schema(min_items = 1, max_items = 100)]
    records: Vec<String>,
}

/// By whose word a disposal is approved.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"document_number": "檔徵字第 1150000001 號", "document_on": "2026-11-20"}))]
pub struct DisposalApproval {
    /// Number of the document by which the archive authority has approved the register (檔案法 §12, 檔案法施行細則 §11).
    document_number: Label,
    /// Its day, not after today.
    document_on: NaiveDate,
}

/// Filters of the list of disposals.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DisposalFilter {
    status: Option<DisposalStatus>,
}

/// Lists disposals.
///
/// Newest first, those of which the caller sees every record.
#[utoipa::path(tag = "Retention", operation_id = "list_disposals", params(DisposalFilter, Listing), responses(
    (status = 200, description = "A page of disposals.", body = Page<DisposalView>),
))]
#[get("/v1/disposals")]
pub async fn list_disposals(
    may: May<ListDisposals>,
    node: Data<Node>,
    Params(query): Params<DisposalFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let seen = store::seen(conn, &node, by, None)?;
        let matching = || -> disposals::BoxedQuery<'_, Backend> {
            let rows = disposals::table.filter(disposals::id.eq_any(seen.clone())).into_boxed();
            rows.narrow(query.status, |status| disposals::status.eq(status))
        };
        let page = read_page!(conn, &paging, matching, disposals::id desc, Disposal)?;
        Reply::ok(&page.try_map(|disposal| DisposalView::of(conn, &node, by, disposal))?)
    })
    .await
}

/// Shows a disposal.
///
/// With its register: what each record was, and what has become of it.
#[utoipa::path(tag = "Retention", operation_id = "get_disposal", params(IdInPath), responses(
    (status = 200, description = "The disposal.", body = DisposalView),
))]
#[get("/v1/disposals/{id}")]
pub async fn get_disposal(may: May<GetDisposal>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let disposal = store::find(conn, &node, by, id.0)?;
        shown(conn, &node, by, disposal)
    })
    .await
}

/// Proposes a disposal.
///
/// Of records that are due, with all that goes together with them: petitions that were ever answered together, pieces of one, and the
/// inquiries and complaints out of which they came. Its register goes to the archive authority; whoever has its word approves it (`:approve`), another person than
/// whoever proposes it.
#[utoipa::path(tag = "Retention", operation_id = "create_disposal", request_body = DisposalInput, responses(
    (status = 201, description = "The disposal.", body = DisposalView),
))]
#[post("/v1/disposals")]
pub async fn create_disposal(may: May<CreateDisposal>, node: Data<Node>, Valid(input): Valid<DisposalInput>) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut disposal = Disposal {
            id: Id::new(by.now),
            status: DisposalStatus::Proposed,
            proposed_by: by.caller.name(),
            proposed_at: by.now,
            approved_by: None,
            approved_at: None,
            document_number: None,
            document_on: None,
            carried_out_from: None,
            carried_out_at: None,
            reason: String::new(),
            version: 1,
        };
        disposal.put_reason(tx, "");
        let mut records: Vec<DisposedRecord> = Vec::new();
        for (place, path) in (1..).zip(&input.records) {
            if records.iter().any(|one| one.record == *path) {
                let at = format!("/records/{}", place - 1);
                return Err(Error::field(at, "duplicate", Text::new("重複列出", "it is named twice")));
            }
            let one = due(tx, &node, by, (place, path.as_str()))?;
            records.push(DisposedRecord {
                disposal_id: disposal.id,
                place,
                record: path.clone(),
                number: one.number,
                category: one.category,
                ended_on: one.ended_on,
                erased_at: None,
                kept_because: None,
            });
        }
        require_whole(tx, &node, &records)?;
        store::insert(tx, &disposal, &records)?;
        tx.record(told(&disposal, DisposalAct::Propose));
        let (path, version) = (disposal.path(), disposal.version);
        Ok(Reply::created(format!("/v1/{path}"), &DisposalView::of(tx, &node, by, disposal)?)?.version(version))
    })
    .await
}

/// A record that is due, and that the caller sees.
fn due(conn: &mut Conn, node: &Node, by: &By, (place, path): (i32, &str)) -> Result<Ended> {
    let refused =
        |code, zh: &'static str, en: &'static str| Err(Error::field(format!("/records/{}", place - 1), code, Text::new(zh, en)));
    let keepers = node.part::<Keepers>();
    let keeper = Parted::of(path).and_then(|parted| Some((keepers.of(&parted.kind)?, parted.id)));
    let Some((keeper, id)) = keeper else { return refused("unknown", "查無此紀錄", "there is no such record") };
    if (keeper.seen)(conn, by, &[id])?.is_empty() {
        return refused("unknown", "查無此紀錄", "there is no such record");
    }
    let ids = [id];
    let asking = Asking::due(node, by.now.date(), Some(by), Some(&ids));
    match store::due(conn, node, &keeper, &asking)?.pop() {
        Some(one) => Ok(one),
        None => refused(
            "not_due",
            "尚未屆保存年限，或仍應保存（暫緩銷毀、訴願、關聯之案件未結），或已列入銷毀",
            "it is not due: by its age, or since it is held back, under appeal, bound to what is open, or in a disposal already",
        ),
    }
}

/// Refuses a record without those that it goes together with.
fn require_whole(conn: &mut Conn, node: &Node, records: &[DisposedRecord]) -> Result<()> {
    for (n, record) in records.iter().enumerate() {
        let with = store::together(conn, node, &record.record)?;
        if with.iter().any(|path| !records.iter().any(|one| one.record == *path)) {
            let text = Text::new(
                "曾併案或分案之陳情，及其來源之詢問、申訴，須一併銷毀",
                "petitions that were ever answered together, pieces of one, and what one came out of are disposed of together",
            );
            return Err(Error::field(format!("/records/{n}"), "incomplete", text));
        }
    }
    Ok(())
}

fn told(disposal: &Disposal, act: DisposalAct) -> Record {
    Record::change(act.line().journal, disposal.path(), json!({"status": disposal.status}))
}

/// Changes one disposal: at the version that the caller read, judged, saved, told and shown.
async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match, act): (Id, IfMatch, DisposalAct),
    why: String,
    effect: impl Fn(&mut Tx, &By, &mut Disposal) -> Result<()> + Send + 'static,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut disposal = store::find(tx, &node, by, id)?;
        if act == DisposalAct::Approve {
            if_match.seen(disposal.version)?;
        } else {
            if_match.check(disposal.version)?;
        }
        disposal.status = applied(tx, by, &disposal, act)?;
        effect(tx, by, &mut disposal)?;
        store::save(tx, &mut disposal)?;
        tx.record(told(&disposal, act).because(why.as_str()));
        shown(tx, &node, by, disposal)
    })
    .await
}

/// Approves a disposal.
///
/// By another person than whoever proposed it, as it was seen, by the document with which the archive authority has approved the register.
/// It is carried out once `retention.disposal_grace_days` are over: what the records say, whom they name and how these are reached is
/// erased for good, with files and mail; the rows stay by which they are counted. What is held back, or taken up again, until then is kept.
#[utoipa::path(tag = "Retention", operation_id = "approve_disposal", params(IdInPath, IfMatchHeader), request_body = DisposalApproval, responses(
    (status = 200, description = "The approved disposal.", body = DisposalView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: whoever proposes a disposal does not approve it; `asker_gone`; `holder_required`: nobody knows who works with the account; `disposal_final`: it was carried out."),
))]
#[post("/v1/disposals/{id}:approve")]
pub async fn approve_disposal(
    may: May<ApproveDisposal>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<DisposalApproval>,
) -> Result<Reply> {
    let grace = Duration::days(node.config.of::<RetentionSettings>().disposal_grace_days);
    change(may, node, (id.0, if_match, DisposalAct::Approve), String::new(), move |_, by, disposal| {
        if input.document_on > by.now.date() || !crate::http::is_plausible(input.document_on) {
            return Err(Error::field("/document_on", "range", Text::new("不得晚於今日", "not after today")));
        }
        (disposal.approved_by, disposal.approved_at) = (Some(by.caller.name()), Some(by.now));
        disposal.document_number = Some(input.document_number.as_str().to_owned());
        (disposal.document_on, disposal.carried_out_from) = (Some(input.document_on), Some(by.now + grace));
        Ok(())
    })
    .await
}

/// Takes a disposal back.
///
/// With the reason, before it is carried out; its records are due again. Afterwards it is final (`disposal_final`).
#[utoipa::path(tag = "Retention", operation_id = "take_back_disposal", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "It is taken back.", body = DisposalView),
    (status = 409, description = "`disposal_final`: it was carried out, and nothing brings back what was erased; `wrong_state` with `allowed_actions`: it is taken back already."),
))]
#[post("/v1/disposals/{id}:take-back")]
pub async fn take_back_disposal(
    may: May<TakeBackDisposal>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let reason = why.as_str().to_owned();
    let kept = reason.clone();
    change(may, node, (id.0, if_match, DisposalAct::TakeBack), reason, move |tx, _, disposal| {
        disposal.put_reason(tx, &kept);
        Ok(())
    })
    .await
}
