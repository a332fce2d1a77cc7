//! Holds and disposals as they are shown.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::keepers::Keepers;
use super::model::{DisposalAct, DisposalStatus, HoldAct, HoldStatus, RetentionCategory};
use super::problems::DISPOSAL_FINAL;
use super::store::{self, Disposal, DisposedRecord, Hold};
use crate::auth::{By, WITHHELD};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::http::Reply;
use crate::node::Node;
use crate::states::{Part, parts_of};
use crate::view_of;

/// That a record is held back from disposal.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "record": "petitions/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "status": "STANDING",
    "reason": "訴訟進行中", "held_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "held_at": "2026-11-23T09:00:00+08:00",
    "lifted_by": null, "lifted_at": null, "lifted_because": "", "allowed_actions": ["lift"]
}))]
pub struct RetentionHoldView {
    id: Id,
    #[schema(max_length = 80)]
    record: String,
    status: HoldStatus,
    /// `＊＊＊` to whoever does not read the record as it was written and has not said it; empty once that is erased, as the next.
    #[schema(max_length = 500)]
    reason: String,
    #[schema(max_length = 60)]
    held_by: String,
    held_at: Moment,
    #[schema(max_length = 60)]
    lifted_by: Option<String>,
    lifted_at: Option<Moment>,
    /// Empty while it stands.
    #[schema(max_length = 500)]
    lifted_because: String,
    #[schema(value_type = Vec<HoldAct>, max_items = 10)]
    allowed_actions: Vec<&'static str>,
}

/// Why something was done with a record, to whoever is told it.
fn told_to(is_told: bool, text: String) -> String {
    if is_told || text.is_empty() { text } else { WITHHELD.to_owned() }
}

impl RetentionHoldView {
    pub fn of(conn: &mut Conn, node: &Node, by: &By, row: Hold) -> Result<Self> {
        let status = row.status();
        let is_known = node.part::<Keepers>().knows(conn, by, std::slice::from_ref(&row.record))?;
        let open = |column: &str, text: &str, said: Option<(&str, Moment)>| {
            let is_told = is_known || said.is_some_and(|said| by.caller.did(said));
            Ok::<_, Error>(told_to(is_told, node.vault.open_text(&row.identity(column), text)?))
        };
        let reason = open("reason", &row.reason, Some((row.held_by.as_str(), row.held_at)))?;
        let lifted_because = open("lifted_because", &row.lifted_because, row.lifted_by.as_deref().zip(row.lifted_at))?;
        let acts = HoldAct::possible(status).filter(|act| act.line().is_granted(&by.caller));
        let allowed_actions = acts.map(|act| act.line().name).collect();
        Ok(
            view_of!(RetentionHoldView, row { id, record, held_by, held_at, lifted_by, lifted_at } status, reason, lifted_because, allowed_actions),
        )
    }
}

/// A record of a disposal, as its register (檔案銷毀目錄) tells it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "record": "petitions/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "number": "115-P48210375", "category": "SUGGESTION",
    "ended_on": "2026-11-25", "erased_at": null, "kept_because": null
}))]
pub struct DisposedRecordView {
    #[schema(max_length = 80)]
    record: String,
    #[schema(max_length = 40)]
    number: String,
    category: RetentionCategory,
    ended_on: NaiveDate,
    erased_at: Option<Moment>,
    /// Why it was kept after all: `HELD`; `OPEN`, which something with it is, or its end has not gone out; `CITED`, `TOGETHER` with another that is kept, or `NOT_DUE` since it was taken up again.
    #[schema(max_length = 20)]
    kept_because: Option<String>,
}

/// A disposal.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "status": "APPROVED", "records": [],
    "proposed_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "proposed_at": "2032-01-05T09:00:00+08:00",
    "approved_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72", "approved_at": "2032-02-05T09:00:00+08:00",
    "document_number": "檔徵字第 1210000001 號", "document_on": "2032-02-02", "carried_out_from": "2032-03-06T09:00:00+08:00",
    "carried_out_at": null, "reason": "", "allowed_actions": ["take-back"]
}))]
pub struct DisposalView {
    id: Id,
    status: DisposalStatus,
    #[schema(max_items = 100)]
    records: Vec<DisposedRecordView>,
    #[schema(max_length = 60)]
    proposed_by: String,
    proposed_at: Moment,
    #[schema(max_length = 60)]
    approved_by: Option<String>,
    approved_at: Option<Moment>,
    /// Of the archive authority's approval of the register (檔案法 §12).
    #[schema(max_length = 100)]
    document_number: Option<String>,
    document_on: Option<NaiveDate>,
    /// Until then the approval can be taken back; from then on it is carried out.
    carried_out_from: Option<Moment>,
    carried_out_at: Option<Moment>,
    /// Why it was taken back; empty where it was not, or once one of its records is erased, and `＊＊＊` to whoever does not read all of
    /// them as they were written.
    #[schema(max_length = 500)]
    reason: String,
    #[schema(value_type = Vec<DisposalAct>, max_items = 10)]
    allowed_actions: Vec<&'static str>,
}

fn parts(conn: &mut Conn, by: &By, disposal: &Disposal) -> Result<Vec<Part>> {
    parts_of(conn, &by.caller, [(Part::Proposer, disposal.proposed_by.as_str(), Some(disposal.proposed_at))])
}

fn allowed(conn: &mut Conn, by: &By, disposal: &Disposal) -> Result<Vec<&'static str>> {
    let parts = parts(conn, by, disposal)?;
    let acts = DisposalAct::possible(disposal.status).filter(|act| act.line().is_granted(&by.caller));
    Ok(acts.filter(|act| act.keep_apart(&parts).is_ok()).map(|act| act.line().name).collect())
}

/// The state after an act, or the refusal: what was carried out is final.
pub fn applied(conn: &mut Conn, by: &By, disposal: &Disposal, act: DisposalAct) -> Result<DisposalStatus> {
    let Some(status) = act.after(disposal.status) else {
        if disposal.status == DisposalStatus::CarriedOut {
            return Err(DISPOSAL_FINAL.into());
        }
        return Err(Error::wrong_state(&allowed(conn, by, disposal)?));
    };
    act.keep_apart(&parts(conn, by, disposal)?)?;
    Ok(status)
}

impl DisposalView {
    pub fn of(conn: &mut Conn, node: &Node, by: &By, row: Disposal) -> Result<Self> {
        let shown = |row: DisposedRecord| {
            view_of!(DisposedRecordView, row { record, number, category, ended_on, erased_at, kept_because })
        };
        let records = store::records_of(conn, row.id)?;
        let paths: Vec<String> = records.iter().map(|one| one.record.clone()).collect();
        let is_known = node.part::<Keepers>().knows(conn, by, &paths)?;
        let records = records.into_iter().map(shown).collect();
        let (reason, allowed_actions) = (told_to(is_known, row.reason(&node.vault)?), allowed(conn, by, &row)?);
        Ok(view_of!(DisposalView, row {
            id, status, proposed_by, proposed_at, approved_by, approved_at, document_number, document_on, carried_out_from, carried_out_at
        } records, reason, allowed_actions))
    }
}

/// The answer that shows a disposal.
pub fn shown(conn: &mut Conn, node: &Node, by: &By, disposal: Disposal) -> Result<Reply> {
    let version = disposal.version;
    Ok(Reply::ok(&DisposalView::of(conn, node, by, disposal)?)?.version(version))
}
