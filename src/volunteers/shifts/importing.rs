//! Shifts that are imported: compared by the key that whoever keeps them elsewhere calls each by, shown, and then taken over.

use std::collections::HashSet;

use actix_web::post;
use actix_web::web::Data;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::batches::{Planned, ShiftBatchKind, ShiftBatchView, carry_out};
use super::days;
use super::model::{ShiftInput, ShiftStatus};
use super::policy::ImportShifts;
use super::store::{self, Known, Shift};
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::db::Tx;
use crate::error::{Error, Result, Text};
use crate::http::{Reply, Valid};
use crate::node::Node;
use crate::people::Words;
use crate::volunteers::entries::{in_order, plausible};

/// A shift as it stands elsewhere.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"key": "115-12-07/AM/1F", "shift": {
    "starts_at": "2026-12-07T08:30:00+08:00", "ends_at": "2026-12-07T12:00:00+08:00", "place": "一樓服務臺", "category": "GUIDANCE",
    "needs": [{"skill": null, "seats": 2}]
}}))]
pub struct ShiftImportRow {
    /// What it is called there, always the same.
    key: Words,
    shift: ShiftInput,
}

/// All shifts of a stretch, as they stand elsewhere.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "2026-12-07", "to": "2026-12-11", "rows": [{"key": "115-12-07/AM/1F", "shift": {
    "starts_at": "2026-12-07T08:30:00+08:00", "ends_at": "2026-12-07T12:00:00+08:00", "place": "一樓服務臺", "category": "GUIDANCE",
    "needs": [{"skill": null, "seats": 2}]
}}], "dry_run": true}))]
pub struct ShiftImport {
    /// First day, Asia/Taipei. Each row begins within the stretch.
    from: NaiveDate,
    /// Last day.
    to: NaiveDate,
    /// All shifts of the stretch: what was imported before, begins within it and is not among them is deleted.
    #[schema(max_items = 1000)]
    rows: Vec<ShiftImportRow>,
    /// Only tell what is added, changed and deleted.
    #[serde(default)]
    #[schema(default = false)]
    dry_run: bool,
}

impl ShiftImport {
    fn check(&self) -> Result<()> {
        plausible("", "from", self.from)?;
        in_order("", "to", self.from, Some(self.to))?;
        let mut keys = HashSet::new();
        for (index, row) in self.rows.iter().enumerate() {
            row.shift.check().map_err(|refusal| refusal.within(&format!("/rows/{index}/shift")))?;
            let at = |name: &str| format!("/rows/{index}/{name}");
            if !keys.insert(row.key.as_str()) {
                return Err(Error::field(at("key"), "duplicate", Text::new("代碼重複", "each key stands once")));
            }
            let day = row.shift.starts_at.date();
            if day < self.from || day > self.to {
                let text = Text::new("應於所列期間內開始", "it begins within the stretch");
                return Err(Error::field(at("shift/starts_at"), "range", text));
            }
        }
        Ok(())
    }
}

/// What becomes of a row: what is over stays as it is, and what was deleted here by hand stays deleted.
fn planned(tx: &mut Tx, node: &Node, by: &By, (index, row): (usize, &ShiftImportRow)) -> Result<Option<Planned>> {
    let standing = store::of_key(tx, row.key.as_str())?;
    let planned = match standing {
        Some(shift) if shift.ends_at <= by.now && shift.status != ShiftStatus::Undone => return Ok(None),
        Some(shift) if shift.status == ShiftStatus::Undone => Planned::Again(shift, row.shift.clone()),
        Some(shift) if shift.status == ShiftStatus::Planned && shift.said()? != row.shift => {
            Planned::Changed(shift, row.shift.clone())
        }
        Some(_) => return Ok(None),
        None => Planned::New(Shift::new(by, &row.shift, &Known::ByKey(row.key.as_str().to_owned()))?),
    };
    let at = |name: &str| format!("/rows/{index}/shift/{name}");
    if row.shift.ends_at <= by.now {
        let text = Text::new("班次不得已結束", "a shift that is over is not planned");
        return Err(Error::field(at("ends_at"), "range", text));
    }
    let then = match &planned {
        Planned::New(shift) => shift.clone(),
        Planned::Again(shift, said) | Planned::Changed(shift, said) => {
            let mut then = shift.clone();
            then.put(said)?;
            then
        }
        Planned::Gone(shift) => shift.clone(),
    };
    days::require_open(tx, node, &then)?;
    Ok(Some(planned))
}

/// Imports shifts.
///
/// All of a stretch, each by the key that whoever keeps them elsewhere calls it by: what is new is added, what is otherwise is changed, and
/// what is missing is deleted. Shifts that were planned here, by hand or by a template, are left alone; so is what is over, and what
/// was deleted or cancelled here by hand. Each step names who is signed up. With `dry_run` nothing changes: the same body shows what it does and does it. The batch can be
/// undone.
#[utoipa::path(tag = "Shifts", operation_id = "import_shifts", request_body = ShiftImport, responses(
    (status = 200, description = "A dry run, or nothing is otherwise.", body = ShiftBatchView),
    (status = 201, description = "The batch.", body = ShiftBatchView),
    (status = 409, description = "`office_closed`; `more_people_than_seats` with `people`: change the shift by itself first."),
))]
#[post("/v1/shifts:import")]
pub async fn import_shifts(may: May<ImportShifts>, node: Data<Node>, Valid(input): Valid<ShiftImport>) -> Result<Reply> {
    input.check()?;
    may.write(move |tx, by| {
        let mut all = Vec::new();
        for row in input.rows.iter().enumerate() {
            all.extend(planned(tx, &node, by, row)?);
        }
        let named: HashSet<&str> = input.rows.iter().map(|row| row.key.as_str()).collect();
        let stretch = (Moment::start_of(input.from), Moment::end_of(input.to));
        for shift in store::imported_between(tx, stretch)? {
            let is_named = shift.import_key.as_deref().is_some_and(|key| named.contains(key));
            if !is_named && shift.ends_at > by.now {
                all.push(Planned::Gone(shift));
            }
        }
        carry_out(tx, &node, by, (ShiftBatchKind::Imported, input.dry_run), all)
    })
    .await
}
