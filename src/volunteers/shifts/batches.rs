//! Many shifts at once: what a batch does to each, shown before and kept, so that all of it can be taken back.

use actix_web::web::Data;
use actix_web::{get, post};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::days;
use super::model::{ShiftAct, ShiftInput, ShiftStatus};
use super::policy::{GetShiftBatch, ListShiftBatches, UndoShiftBatch};
use super::store::{self, Shift};
use super::view::note;
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::contract::IdInPath;
use crate::db::{Backend, Conn, Id, JsonText, Record, Tx};
use crate::error::{Code, Result};
use crate::http::{Listing, Page, Paging, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::Note;
use crate::scheduling::Plans;
use crate::schema::shift_batches as batches;
use crate::volunteers::history::{changes, json_of};
use crate::volunteers::signups::shift_changes;
use crate::{acts, find, prepared, read_page, text_enum};

text_enum! {
    /// How a batch came about.
    pub enum ShiftBatchKind {
        Generated = "GENERATED",
        Imported = "IMPORTED",
    }
}

text_enum! {
    /// States of a batch.
    pub enum ShiftBatchStatus {
        Stands = "STANDS",
        Undone = "UNDONE",
    }
}

acts! {
    /// Acts on a batch of shifts.
    pub enum ShiftBatchAct on "shift_batch" ShiftBatchStatus {
        Make "make" [] "made" Anyone {}
        Undo "undo-batch" [UndoShiftBatch ":undo-batch"] "undone" Anyone { Stands => Undone }
    }
}

text_enum! {
    /// What a batch does to a shift.
    pub enum ShiftStepKind {
        Added = "ADDED",
        Changed = "CHANGED",
        Deleted = "DELETED",
    }
}

text_enum! {
    /// What became of a step when its batch was undone.
    pub enum ShiftStepUndone {
        Undone = "UNDONE",
        /// Somebody has changed the shift since, or it is over: it stays as it is
        Kept = "KEPT",
    }
}

/// What a batch does, or did, to a shift.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "kind": "ADDED", "shift_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "key": null, "before": null, "after": {
        "starts_at": "2026-12-07T08:30:00+08:00", "ends_at": "2026-12-07T12:00:00+08:00", "place": "一樓服務臺", "category": "GUIDANCE",
        "needs": [{"skill": null, "seats": 2}], "kind": "VOLUNTEER", "service_point": null
    }, "volunteer_ids": [], "undone": null
}))]
pub struct ShiftStep {
    pub kind: ShiftStepKind,
    /// `null` in a dry run, for what would be added.
    pub shift_id: Option<Id>,
    /// What whoever imports it calls it.
    #[schema(max_length = 100)]
    pub key: Option<String>,
    /// As it was; `null` for what is added.
    pub before: Option<ShiftInput>,
    /// As it is then; `null` for what is deleted.
    pub after: Option<ShiftInput>,
    /// Those who are signed up for it, or wait for it.
    #[schema(max_items = 1000)]
    pub volunteer_ids: Vec<Id>,
    /// What became of it when the batch was undone.
    pub undone: Option<ShiftStepUndone>,
}

/// What is to be done to a shift.
pub enum Planned {
    /// It was never there.
    New(Shift),
    /// It was there, and was undone or dropped.
    Again(Shift, ShiftInput),
    Changed(Shift, ShiftInput),
    Gone(Shift),
}

impl Planned {
    /// What it does, as it is shown and kept.
    fn step(&self, tx: &mut Tx, node: &Node, by: &By, dry_run: bool) -> Result<ShiftStep> {
        let (kind, shift, before, after) = match self {
            Self::New(shift) => (ShiftStepKind::Added, shift, None, Some(shift.said()?)),
            Self::Again(shift, said) => (ShiftStepKind::Added, shift, None, Some(said.clone())),
            Self::Changed(shift, said) => (ShiftStepKind::Changed, shift, Some(shift.said()?), Some(said.clone())),
            Self::Gone(shift) => (ShiftStepKind::Deleted, shift, Some(shift.said()?), None),
        };
        if let Self::Changed(shift, said) = self {
            let mut then = shift.clone();
            then.put(said)?;
            shift_changes::judge_change(tx, node, by, &then, &[])?;
        }
        let volunteer_ids = shift_changes::people_of(tx, shift.id)?;
        let shift_id = (!dry_run || !matches!(self, Self::New(_))).then_some(shift.id);
        Ok(ShiftStep { kind, shift_id, key: shift.import_key.clone(), before, after, volunteer_ids, undone: None })
    }

    fn commit(self, tx: &mut Tx, node: &Node) -> Result<()> {
        match self {
            Self::New(shift) => {
                store::insert(tx, &shift)?;
                note(tx, node, &shift, ShiftAct::Add, ("", Vec::new()))
            }
            Self::Again(shift, said) => put(tx, node, shift, Some(&said), (ShiftAct::Revive, "")),
            Self::Changed(shift, said) => put(tx, node, shift, Some(&said), (ShiftAct::Change, "")),
            Self::Gone(shift) => put(tx, node, shift, None, (ShiftAct::Drop, "")),
        }
    }
}

/// Saves a shift as it is then, in the state to which an act leads.
fn put(tx: &mut Tx, node: &Node, mut shift: Shift, said: Option<&ShiftInput>, (act, why): (ShiftAct, &str)) -> Result<()> {
    shift.status = act.apply(shift.status)?;
    shift.cancelled_by = None;
    let before = json_of(&shift.said()?)?;
    if let Some(said) = said {
        shift.put(said)?;
    }
    let changed = changes(&before, &json_of(&shift.said()?)?);
    store::save(tx, &mut shift)?;
    note(tx, node, &shift, act, (why, changed))?;
    shift_changes::tell_people(tx, shift.id)?;
    match act {
        ShiftAct::Revive | ShiftAct::Restore => shift_changes::stand_again(tx, node, &shift),
        ShiftAct::Change => shift_changes::leave_shift(tx, node, shift.id, &[], why),
        _ => Ok(()),
    }
}

/// A batch as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = batches)]
struct Batch {
    id: Id,
    kind: ShiftBatchKind,
    status: ShiftBatchStatus,
    steps: JsonText,
    made_by: String,
    made_at: Moment,
    undone_at: Option<Moment>,
}

/// A batch of shifts.
#[derive(Serialize, ToSchema)]
pub struct ShiftBatchView {
    /// `null` in a dry run, and where nothing is done.
    id: Option<Id>,
    dry_run: bool,
    kind: ShiftBatchKind,
    status: ShiftBatchStatus,
    /// What it does to each shift; what is as it shall be already is not named.
    #[schema(max_items = 5000)]
    steps: Vec<ShiftStep>,
    /// `accounts/{id}`
    #[schema(max_length = 60)]
    made_by: String,
    made_at: Moment,
    undone_at: Option<Moment>,
}

impl Batch {
    fn view(self) -> Result<ShiftBatchView> {
        let steps = self.steps.read()?;
        let Self { id, kind, status, made_by, made_at, undone_at, .. } = self;
        Ok(ShiftBatchView { id: Some(id), dry_run: false, kind, status, steps, made_by, made_at, undone_at })
    }
}

/// Does what is planned, or only tells it.
pub fn carry_out(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    (kind, dry_run): (ShiftBatchKind, bool),
    planned: Vec<Planned>,
) -> Result<Reply> {
    let steps: Vec<ShiftStep> = planned.iter().map(|one| one.step(tx, node, by, dry_run)).collect::<Result<_>>()?;
    let (made_by, made_at, status) = (by.caller.name(), by.now, ShiftBatchStatus::Stands);
    if dry_run || steps.is_empty() {
        return Reply::ok(&ShiftBatchView { id: None, dry_run, kind, status, steps, made_by, made_at, undone_at: None });
    }
    for one in planned {
        one.commit(tx, node)?;
    }
    let id = Id::new(by.now);
    let batch = Batch { id, kind, status, steps: JsonText::of(&steps)?, made_by, made_at, undone_at: None };
    prepared!(&mut **tx, diesel::insert_into(batches::table).values(&batch), execute)?;
    let data = json!({"kind": kind, "shifts": steps.len()});
    tx.record(Record::change(ShiftBatchAct::Make.line().journal, path(id), data));
    Reply::created(format!("/v1/{}", path(id)), &batch.view()?)
}

fn path(id: Id) -> String {
    format!("shift-batches/{id}")
}

fn find(conn: &mut Conn, id: Id) -> Result<Batch> {
    let found: Option<Batch> = find!(conn, batches::table.find(id).select(Batch::as_select()))?;
    found.ok_or(Code::NOT_FOUND.into())
}

/// Lists batches of shifts.
///
/// Newest first, with what each has done.
#[utoipa::path(tag = "Shifts", operation_id = "list_shift_batches", params(Listing), responses((status = 200, description = "A page of batches.", body = Page<ShiftBatchView>)))]
#[get("/v1/shift-batches")]
pub async fn list_shift_batches(may: May<ListShiftBatches>, paging: Paging) -> Result<Reply> {
    may.read(move |conn, _| {
        let all = || -> batches::BoxedQuery<'_, Backend> { batches::table.into_boxed() };
        let page = read_page!(conn, &paging, all, batches::id desc, Batch)?;
        Reply::ok(&page.try_map(Batch::view)?)
    })
    .await
}

/// Shows a batch of shifts.
///
/// With what it has done, and what became of it when it was undone.
#[utoipa::path(tag = "Shifts", operation_id = "get_shift_batch", params(IdInPath), responses((status = 200, description = "The batch.", body = ShiftBatchView)))]
#[get("/v1/shift-batches/{id}")]
pub async fn get_shift_batch(may: May<GetShiftBatch>, id: PathId) -> Result<Reply> {
    may.read(move |conn, _| Reply::ok(&find(conn, id.0)?.view()?)).await
}

/// Which batch to undo, and why.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"batch_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "reason": "選錯月份", "dry_run": true}))]
pub struct ShiftBatchUndoing {
    batch_id: Id,
    reason: Note,
    /// Only tell what it does.
    #[serde(default)]
    #[schema(default = false)]
    dry_run: bool,
}

/// Undoes a batch of shifts.
///
/// With a reason: what it added is not planned any more, and a later run may make it again; what it changed is as it was, and what it deleted
/// is planned again. A shift that somebody has changed since, that is over, at whose time the office is closed, or that would have fewer seats
/// than people, stays as it is and is marked `KEPT`. Whoever is signed up for what is not planned any more has no seat there. With `dry_run` nothing changes.
#[utoipa::path(tag = "Shifts", operation_id = "undo_shift_batch", request_body = ShiftBatchUndoing, responses(
    (status = 200, description = "The batch, or in a dry run what it would be.", body = ShiftBatchView),
    (status = 409, description = "`wrong_state`: it was undone already."),
))]
#[post("/v1/shifts:undo-batch")]
pub async fn undo_shift_batch(
    may: May<UndoShiftBatch>,
    node: Data<Node>,
    Valid(input): Valid<ShiftBatchUndoing>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut batch = find(tx, input.batch_id)?;
        batch.status = ShiftBatchAct::Undo.apply(batch.status)?;
        batch.undone_at = Some(by.now);
        let mut steps: Vec<ShiftStep> = batch.steps.read()?;
        // The last step first: what it did to one shift twice is taken back in order.
        for step in steps.iter_mut().rev() {
            step.undone = Some(undo(tx, &node, by, step, (input.reason.as_str(), input.dry_run))?);
        }
        batch.steps = JsonText::of(&steps)?;
        if !input.dry_run {
            let changed =
                (batches::status.eq(batch.status), batches::undone_at.eq(batch.undone_at), batches::steps.eq(&batch.steps));
            diesel::update(batches::table.find(batch.id)).set(changed).execute(&mut **tx)?;
            let data = json!({"kind": batch.kind, "shifts": steps.len()});
            let line = ShiftBatchAct::Undo.line().journal;
            tx.record(Record::change(line, path(batch.id), data).because(input.reason.as_str()));
        }
        Reply::ok(&ShiftBatchView { dry_run: input.dry_run, ..batch.view()? })
    })
    .await
}

/// Takes back what a step did, where the shift is as the step left it.
fn undo(tx: &mut Tx, node: &Node, by: &By, step: &ShiftStep, (why, dry_run): (&str, bool)) -> Result<ShiftStepUndone> {
    let Some(id) = step.shift_id else { return Ok(ShiftStepUndone::Kept) };
    let shift = store::by_id(tx, id)?.ok_or(Code::NOT_FOUND)?;
    let is_as_left = match &step.after {
        Some(after) => shift.said()? == *after,
        None => shift.status == ShiftStatus::Deleted,
    };
    let act = match step.kind {
        ShiftStepKind::Added => ShiftAct::TakeBack,
        ShiftStepKind::Changed => ShiftAct::Change,
        ShiftStepKind::Deleted => ShiftAct::Restore,
    };
    if !is_as_left || shift.ends_at <= by.now || act.after(shift.status).is_none() {
        return Ok(ShiftStepUndone::Kept);
    }
    if let Some(before) = &step.before {
        let mut then = shift.clone();
        then.put(before)?;
        let is_open = days::lets(&node.part::<Plans>().at(tx)?.calendar, &then);
        if !is_open || !shift_changes::has_seats(tx, node, &then)? {
            return Ok(ShiftStepUndone::Kept);
        }
    }
    if !dry_run {
        put(tx, node, shift, step.before.as_ref(), (act, why))?;
    }
    Ok(ShiftStepUndone::Undone)
}
