//! A shift as it is shown.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::model::{ShiftAct, ShiftKind, ShiftNeed, ShiftStatus};
use super::store::Shift;
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::{Id, Record, Tx};
use crate::error::{Error, Result};
use crate::http::Reply;
use crate::node::Node;
use crate::view_of;
use crate::volunteers::history::{self, VolunteerChange};
use crate::volunteers::model::VolunteerCategory;

/// A shift.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "status": "PLANNED", "kind": "VOLUNTEER", "category": "GUIDANCE", "service_point": "HEMEI",
    "place": "一樓服務臺", "starts_at": "2026-12-07T08:30:00+08:00", "ends_at": "2026-12-07T12:00:00+08:00",
    "needs": [{"skill": null, "seats": 2}], "template_id": null, "occurs_on": null, "key": null, "office_closed": false,
    "entered_at": "2026-11-23T09:00:00+08:00", "allowed_actions": ["update", "cancel", "delete"]
}))]
pub struct ShiftView {
    id: Id,
    status: ShiftStatus,
    kind: ShiftKind,
    category: VolunteerCategory,
    /// Code from GET /v1/office.
    #[schema(max_length = 20)]
    service_point: Option<String>,
    #[schema(max_length = 100)]
    place: String,
    starts_at: Moment,
    ends_at: Moment,
    #[schema(max_items = 10)]
    needs: Vec<ShiftNeed>,
    /// The template that made it.
    template_id: Option<Id>,
    /// The office day, Asia/Taipei, for which the template made it: it stays so when the shift is moved.
    occurs_on: Option<NaiveDate>,
    /// What whoever imported it calls it.
    #[schema(max_length = 100)]
    key: Option<String>,
    /// It was cancelled since the office is closed, and takes place again where the closure is withdrawn.
    office_closed: bool,
    entered_at: Moment,
    /// What the caller may do now.
    #[schema(value_type = Vec<ShiftAct>, max_items = 5)]
    allowed_actions: Vec<&'static str>,
}

/// What the caller may do with a shift now: what is over stays as it is.
fn allowed(by: &By, shift: &Shift) -> Vec<&'static str> {
    if by.reach == Reach::Own || shift.ends_at <= by.now {
        return Vec::new();
    }
    ShiftAct::possible(shift.status).filter(|act| act.line().is_granted(&by.caller)).map(|act| act.line().name).collect()
}

/// The state after an act, or the refusal that names what the caller may do.
pub fn applied(by: &By, shift: &Shift, act: ShiftAct) -> Result<ShiftStatus> {
    let after = act.after(shift.status).filter(|_| shift.ends_at > by.now);
    after.ok_or_else(|| Error::wrong_state(&allowed(by, shift)))
}

/// A shift as the caller sees it.
pub fn view(by: &By, row: Shift) -> Result<ShiftView> {
    let allowed_actions = allowed(by, &row);
    let (needs, office_closed) = (row.needs()?, row.cancelled_by.is_some());
    let key = row.import_key.clone().filter(|_| by.reach != Reach::Own);
    Ok(view_of!(ShiftView, row {
        id, status, kind, category, service_point, place, starts_at, ends_at, template_id, occurs_on, entered_at
    } needs, key, office_closed, allowed_actions))
}

/// The answer that shows a shift.
pub fn shown(by: &By, row: Shift) -> Result<Reply> {
    let version = row.version;
    Ok(Reply::ok(&view(by, row)?)?.version(version))
}

/// Tells history and journal.
pub fn note(tx: &mut Tx, node: &Node, row: &Shift, act: ShiftAct, (why, changed): (&str, Vec<VolunteerChange>)) -> Result<()> {
    history::tell(tx, &node.vault, (&row.path(), act.line().past), why, changed)?;
    let data = json!({"status": row.status, "starts_at": row.starts_at, "ends_at": row.ends_at, "category": row.category});
    tx.record(Record::change(act.line().journal, row.path(), data).because(why));
    Ok(())
}
