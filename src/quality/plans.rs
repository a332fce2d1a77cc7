//! Plans of spot checks: a month and how many of each stratum.

use actix_web::web::Data;
use actix_web::{get, post};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::QualitySettings;
use super::model::Stratum;
use super::policy::{CreateSpotCheckPlan, GetSpotCheckPlan, ListSpotCheckPlans};
use super::sampling::Minimums;
use crate::auth::May;
use crate::calendar::period_bounds;
use crate::clock::Moment;
use crate::contract::IdInPath;
use crate::db::{Conn, Id, JsonText, Record, Tx, saved};
use crate::error::{Code, Error, Result, Text};
use crate::http::{Listing, Page, Paging, PathId, Reply, Valid, page_of};
use crate::node::Node;
use crate::schema::spot_check_plans;

fn every_stratum() -> Vec<Stratum> {
    Stratum::ALL.to_vec()
}

/// What a plan asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlanBody {
    #[serde(default = "every_stratum")]
    pub strata: Vec<Stratum>,
    pub min_per_clerk: i32,
    pub min_per_type: i32,
    pub min_per_channel: i32,
}

impl PlanBody {
    /// What was asked for, with the office's usual numbers where nothing was said.
    fn of(input: &SpotCheckPlanInput, usual: i32) -> Result<Self> {
        let mut strata = input.strata.clone().unwrap_or_else(every_stratum);
        strata.sort_unstable();
        strata.dedup();
        let minimum = |stratum, field: &str, asked: Option<i32>, usual: i32| match asked {
            _ if strata.contains(&stratum) => Ok(asked.unwrap_or(usual)),
            None => Ok(0),
            Some(_) => {
                let text = Text::new(format!("計畫未含 {stratum} 層"), format!("the plan leaves out the stratum {stratum}"));
                Err(Error::field(format!("/{field}"), "not_allowed", text))
            }
        };
        let body = Self {
            min_per_clerk: minimum(Stratum::Clerk, "min_per_clerk", input.min_per_clerk, usual)?,
            min_per_type: minimum(Stratum::Type, "min_per_type", input.min_per_type, 1)?,
            min_per_channel: minimum(Stratum::Channel, "min_per_channel", input.min_per_channel, 1)?,
            strata,
        };
        if body.strata.contains(&Stratum::Clerk) && body.min_per_clerk < usual {
            let text = Text::new(format!("每位承辦人至少 {usual} 件"), format!("at least {usual} of each clerk"));
            return Err(Error::field("/min_per_clerk", "range", text));
        }
        Ok(body)
    }
}

/// A plan to make.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"period": "115-11", "min_per_clerk": 5}))]
pub struct SpotCheckPlanInput {
    /// ROC month: `115-11`.
    #[schema(min_length = 5, max_length = 7, pattern = "^[0-9]{2,3}-(0[1-9]|1[0-2])$")]
    period: String,
    /// What the sample is layered by; all three when absent.
    #[schema(min_items = 1, max_items = 3)]
    strata: Option<Vec<Stratum>>,
    /// Cases of each clerk; the office's usual number when absent, and never fewer.
    #[schema(minimum = 1, maximum = 100)]
    min_per_clerk: Option<i32>,
    /// Cases of each type that occurred.
    #[schema(minimum = 0, maximum = 20)]
    min_per_type: Option<i32>,
    /// Cases of each channel that occurred.
    #[schema(minimum = 0, maximum = 20)]
    min_per_channel: Option<i32>,
}

/// A plan.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "period": "115-11", "from_on": "2026-11-01", "to_on": "2026-11-30",
    "strata": ["CLERK", "TYPE", "CHANNEL"], "min_per_clerk": 5, "min_per_type": 1, "min_per_channel": 1, "created_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71",
    "created_at": "2026-11-23T09:00:00+08:00"
}))]
pub struct SpotCheckPlan {
    pub id: Id,
    #[schema(max_length = 7)]
    pub period: String,
    /// First and last day of the period.
    pub from_on: chrono::NaiveDate,
    pub to_on: chrono::NaiveDate,
    #[schema(max_items = 3)]
    pub strata: Vec<Stratum>,
    /// 0 in a stratum that the plan leaves out.
    #[schema(minimum = 0)]
    pub min_per_clerk: i32,
    #[schema(minimum = 0)]
    pub min_per_type: i32,
    #[schema(minimum = 0)]
    pub min_per_channel: i32,
    #[schema(max_length = 60)]
    pub created_by: String,
    pub created_at: Moment,
}

impl SpotCheckPlan {
    pub fn minimums(&self) -> Minimums {
        let count = |n: i32| usize::try_from(n).unwrap_or(0);
        Minimums {
            per_clerk: count(self.min_per_clerk),
            per_type: count(self.min_per_type),
            per_channel: count(self.min_per_channel),
        }
    }
}

type Row = (Id, String, JsonText, String, Moment);

fn shown((id, period, body, created_by, created_at): Row) -> Result<SpotCheckPlan> {
    let (from_on, to_on) = period_bounds(&period).ok_or_else(|| Error::Internal("a plan's period is none".to_owned()))?;
    let body: PlanBody = body.read()?;
    Ok(SpotCheckPlan {
        id,
        period,
        from_on,
        to_on,
        strata: body.strata,
        min_per_clerk: body.min_per_clerk,
        min_per_type: body.min_per_type,
        min_per_channel: body.min_per_channel,
        created_by,
        created_at,
    })
}

const COLUMNS: (
    spot_check_plans::id,
    spot_check_plans::period,
    spot_check_plans::body,
    spot_check_plans::created_by,
    spot_check_plans::created_at,
) = (
    spot_check_plans::id,
    spot_check_plans::period,
    spot_check_plans::body,
    spot_check_plans::created_by,
    spot_check_plans::created_at,
);

/// One plan with its version.
pub fn find(conn: &mut Conn, id: Id) -> Result<(SpotCheckPlan, i32)> {
    let row = spot_check_plans::table.find(id).select((COLUMNS, spot_check_plans::version));
    let (row, version): (Row, i32) = row.first(conn).optional()?.ok_or(Code::NOT_FOUND)?;
    Ok((shown(row)?, version))
}

/// Notes that a plan was drawn from, which makes another version of it: what is drawn next hangs on it.
pub fn note_draw(tx: &mut Tx, id: Id, version: i32) -> Result<()> {
    let plan = spot_check_plans::table.find(id).filter(spot_check_plans::version.eq(version));
    saved(diesel::update(plan).set(spot_check_plans::version.eq(version + 1)).execute(&mut **tx)?)
}

/// Plans the spot checks of a month.
///
/// A month that has begun. At least five cases of every clerk (a setting), and of every type and channel that
/// occurred, or of those of the three that `strata` names; supervisors draw from it (由主管抽核).
#[utoipa::path(tag = "Quality", operation_id = "create_spot_check_plan", request_body = SpotCheckPlanInput, responses((status = 201, description = "The plan.", body = SpotCheckPlan)))]
#[post("/v1/spot-check-plans")]
pub async fn create_spot_check_plan(
    may: May<CreateSpotCheckPlan>,
    node: Data<Node>,
    Valid(input): Valid<SpotCheckPlanInput>,
) -> Result<Reply> {
    let refused = |code, zh: &'static str, en: &'static str| Error::field("/period", code, Text::new(zh, en));
    let bounds = period_bounds(&input.period).filter(|_| input.period.contains('-'));
    let (from, _) = bounds.ok_or_else(|| refused("pattern", "應為 115-11 之月份", "a ROC month such as 115-11"))?;
    if from > may.now().date() {
        return Err(refused("range", "該月份尚未開始", "the month has not begun"));
    }
    let body = PlanBody::of(&input, node.config.of::<QualitySettings>().spot_checks_per_clerk)?;
    may.write(move |tx, by| {
        let id = Id::new(by.now);
        let row = (
            spot_check_plans::id.eq(id),
            spot_check_plans::period.eq(&input.period),
            spot_check_plans::body.eq(JsonText::of(&body)?),
            spot_check_plans::created_by.eq(by.caller.name()),
            spot_check_plans::created_at.eq(by.now),
            spot_check_plans::version.eq(1),
        );
        diesel::insert_into(spot_check_plans::table).values(row).execute(&mut **tx)?;
        tx.record(Record::change("spot_check_plan.made", format!("spot-check-plans/{id}"), json!({"period": input.period})));
        let (plan, version) = find(tx, id)?;
        Ok(Reply::created(format!("/v1/spot-check-plans/{id}"), &plan)?.version(version))
    })
    .await
}

/// Lists the plans of spot checks.
///
/// Newest first.
#[utoipa::path(tag = "Quality", operation_id = "list_spot_check_plans", params(Listing), responses((status = 200, description = "A page of plans.", body = Page<SpotCheckPlan>)))]
#[get("/v1/spot-check-plans")]
pub async fn list_spot_check_plans(may: May<ListSpotCheckPlans>, paging: Paging) -> Result<Reply> {
    may.read(move |conn, _| {
        let total = paging.total(|| spot_check_plans::table.count().get_result(conn))?;
        let mut page = spot_check_plans::table.into_boxed();
        if let Some(after) = &paging.after {
            page = page.filter(spot_check_plans::id.lt(after.clone()));
        }
        let rows: Vec<Row> = page.order(spot_check_plans::id.desc()).limit(paging.rows()).select(COLUMNS).load(conn)?;
        let plans = rows.into_iter().map(shown).collect::<Result<Vec<_>>>()?;
        Reply::ok(&page_of(&paging, plans, total, |plan: &SpotCheckPlan| plan.id.to_string()))
    })
    .await
}

/// Shows a plan of spot checks.
///
/// With its period and how many it asks for of each stratum.
#[utoipa::path(tag = "Quality", operation_id = "get_spot_check_plan", params(IdInPath), responses((status = 200, description = "The plan.", body = SpotCheckPlan)))]
#[get("/v1/spot-check-plans/{id}")]
pub async fn get_spot_check_plan(may: May<GetSpotCheckPlan>, id: PathId) -> Result<Reply> {
    may.read(move |conn, _| {
        let (plan, version) = find(conn, id.0)?;
        Ok(Reply::ok(&plan)?.version(version))
    })
    .await
}
