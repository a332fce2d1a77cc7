//! Shifts that templates make over the office's days.

use actix_web::post;
use actix_web::web::Data;
use chrono::{Duration, NaiveDate};
use serde::Deserialize;
use utoipa::ToSchema;

use super::batches::{Planned, ShiftBatchKind, ShiftBatchView, carry_out};
use super::days;
use super::model::ShiftStatus;
use super::policy::GenerateShifts;
use super::store::{self, Known, Shift};
use super::templates::{self, Template};
use crate::auth::{By, May};
use crate::calendar::OfficeCalendar;
use crate::db::{Id, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{Reply, Valid};
use crate::node::Node;
use crate::scheduling::Plans;
use crate::volunteers::entries::{in_order, plausible};

/// For which days shifts are made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "2026-12-07", "to": "2026-12-20", "dry_run": true}))]
pub struct ShiftGeneration {
    /// First day, Asia/Taipei; not before today.
    from: NaiveDate,
    /// Last day, at most 91 days after the first.
    to: NaiveDate,
    /// These templates alone; all that have not ended when absent.
    #[schema(min_items = 1, max_items = 100)]
    template_ids: Option<Vec<Id>>,
    /// Only tell what it makes.
    #[serde(default)]
    #[schema(default = false)]
    dry_run: bool,
}

/// The longest stretch of one run, in days after the first.
const LONGEST: i64 = 91;

impl ShiftGeneration {
    fn check(&self, by: &By) -> Result<()> {
        plausible("", "from", self.from)?;
        if self.from < by.now.date() {
            return Err(Error::field("/from", "range", Text::new("不得早於今日", "not before today")));
        }
        in_order("", "to", self.from, Some(self.to))?;
        if self.to - self.from > Duration::days(LONGEST) {
            return Err(Error::field("/to", "range", Text::new("期間最長 92 日", "92 days at most")));
        }
        Ok(())
    }

    fn templates(&self, tx: &mut Tx) -> Result<Vec<Template>> {
        let active = templates::active(tx)?;
        let Some(ids) = &self.template_ids else { return Ok(active) };
        for (index, id) in ids.iter().enumerate() {
            if !active.iter().any(|template| template.id == *id) {
                let text = Text::new("無此範本，或已停用", "no such template, or it has ended");
                return Err(Error::field(format!("/template_ids/{index}"), "unknown", text));
            }
        }
        Ok(active.into_iter().filter(|template| ids.contains(&template.id)).collect())
    }
}

/// What a template makes for an office day: nothing where it has made a shift for it, whatever has become of that, unless the batch was
/// undone.
fn planned(tx: &mut Tx, by: &By, calendar: &OfficeCalendar, template: &Template, day: NaiveDate) -> Result<Option<Planned>> {
    if !template.is_for(day)? {
        return Ok(None);
    }
    let said = template.shift_on(day)?;
    let fresh = Shift::new(by, &said, &Known::ByTemplate(template.id, day))?;
    if said.starts_at <= by.now || !days::lets(calendar, &fresh) {
        return Ok(None);
    }
    Ok(match store::of_template(tx, template.id, day)? {
        None => Some(Planned::New(fresh)),
        Some(standing) if standing.status == ShiftStatus::Undone => Some(Planned::Again(standing, said)),
        Some(_) => None,
    })
}

/// Makes shifts from templates.
///
/// For each office day of a stretch of up to 92 days. A shift is known by its template and that day, and not by its times: one that was moved
/// is not made again, and one that was deleted stays so. Run again, it adds only what is missing. With `dry_run` nothing changes. The
/// batch can be undone.
#[utoipa::path(tag = "Shifts", operation_id = "generate_shifts", request_body = ShiftGeneration, responses(
    (status = 200, description = "A dry run, or nothing is missing.", body = ShiftBatchView),
    (status = 201, description = "The batch.", body = ShiftBatchView),
))]
#[post("/v1/shifts:generate")]
pub async fn generate_shifts(may: May<GenerateShifts>, node: Data<Node>, Valid(input): Valid<ShiftGeneration>) -> Result<Reply> {
    may.write(move |tx, by| {
        input.check(by)?;
        let plan = node.part::<Plans>().at(tx)?;
        let templates = input.templates(tx)?;
        let mut all = Vec::new();
        for day in input.from.iter_days().take_while(|day| *day <= input.to) {
            for template in &templates {
                all.extend(planned(tx, by, &plan.calendar, template, day)?);
            }
        }
        carry_out(tx, &node, by, (ShiftBatchKind::Generated, input.dry_run), all)
    })
    .await
}
