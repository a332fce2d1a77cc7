//! Recruitment plans as they are written, kept and shown.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::model::{RecruitmentPlanAct, RecruitmentPlanStatus};
use crate::auth::{By, STAFF};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, JsonText, Narrow, Tx};
use crate::error::{Code, Error, Result};
use crate::http::{Page, Paging};
use crate::schema::recruitment_plans as plans;
use crate::states::{Part, parts_of};
use crate::volunteers::model::VolunteerCategory;
use crate::{find, prepared, read_page, save, view_of};

/// What a recruitment plan says (志願服務法 §6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "116 年度志工招募計畫", "text": "招募引導服務志工，錄取後辦理基礎及特殊訓練。", "categories": ["GUIDANCE"], "places": 10,
    "opens_on": "2035-01-02", "closes_on": "2035-03-31"
}))]
pub struct RecruitmentPlanInput {
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// How volunteers are recruited, trained, employed, looked after and appraised (志願服務法 §7).
    #[schema(min_length = 1, max_length = 10000)]
    pub text: String,
    #[schema(min_items = 1, max_items = 4)]
    pub categories: Vec<VolunteerCategory>,
    /// How many are wanted.
    #[schema(minimum = 1, maximum = 1000)]
    pub places: u32,
    /// First day on which people may apply, Asia/Taipei; not before the plan is published.
    pub opens_on: NaiveDate,
    /// Last day, included; not before the first.
    pub closes_on: NaiveDate,
}

/// A recruitment plan as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = plans, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Plan {
    pub id: Id,
    pub status: RecruitmentPlanStatus,
    pub body: JsonText,
    pub opens_on: NaiveDate,
    pub closes_on: NaiveDate,
    /// Who wrote it last.
    pub written_by: String,
    pub written_at: Moment,
    pub published_by: Option<String>,
    pub published_at: Option<Moment>,
    pub version: i32,
}

impl Plan {
    pub fn path(&self) -> String {
        format!("recruitment-plans/{}", self.id)
    }

    pub fn said(&self) -> Result<RecruitmentPlanInput> {
        self.body.read()
    }

    pub fn say(&mut self, by: &By, said: &RecruitmentPlanInput) -> Result<()> {
        self.body = JsonText::of(said)?;
        (self.opens_on, self.closes_on) = (said.opens_on, said.closes_on);
        (self.written_by, self.written_at) = (by.caller.name(), by.now);
        Ok(())
    }

    /// Whether people may apply by it on a day.
    pub fn takes(&self, day: NaiveDate) -> bool {
        self.status == RecruitmentPlanStatus::Published && self.opens_on <= day && day <= self.closes_on
    }
}

pub fn insert(tx: &mut Tx, plan: &Plan) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(plans::table).values(plan), execute)?;
    Ok(())
}

pub fn save(tx: &mut Tx, plan: &mut Plan) -> Result<()> {
    save!(tx, plans, plan)
}

/// Whether the caller works in the office.
pub fn is_staff(by: &By) -> bool {
    STAFF.iter().any(|role| by.caller.has_role(*role))
}

/// A plan that the caller sees: to all what was published, to the office every one. Of two writes that find one, one waits for the other.
pub fn find(conn: &mut Conn, by: &By, id: Id) -> Result<Plan> {
    let found: Option<Plan> = find!(conn, plans::table.find(id).select(Plan::as_select()))?;
    let found = found.filter(|plan| plan.published_at.is_some() || is_staff(by));
    found.ok_or_else(|| Code::NOT_FOUND.into())
}

/// Filters of the list of recruitment plans.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RecruitmentPlanFilter {
    pub status: Option<RecruitmentPlanStatus>,
    /// Those by which people may apply on a day, Asia/Taipei.
    pub on: Option<NaiveDate>,
}

/// A page of the plans that match and that the caller sees, the newest first.
pub fn list(conn: &mut Conn, by: &By, filter: &RecruitmentPlanFilter, paging: &Paging) -> Result<Page<Plan>> {
    let is_staff = is_staff(by);
    let matching = || -> plans::BoxedQuery<'_, Backend> {
        let rows = plans::table.into_boxed();
        let rows = if is_staff { rows } else { rows.filter(plans::published_at.is_not_null()) };
        rows.narrow(filter.status, |status| plans::status.eq(status)).narrow(filter.on, |day| {
            plans::status.eq(RecruitmentPlanStatus::Published).and(plans::opens_on.le(day)).and(plans::closes_on.ge(day))
        })
    };
    read_page!(conn, paging, matching, plans::id desc, Plan)
}

/// A recruitment plan.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "status": "PUBLISHED",
    "plan": {
        "title": "116 年度志工招募計畫", "text": "招募引導服務志工，錄取後辦理基礎及特殊訓練。", "categories": ["GUIDANCE"], "places": 10,
        "opens_on": "2035-01-02", "closes_on": "2035-03-31"
    },
    "published_at": "2034-12-20T09:00:00+08:00"
}))]
pub struct RecruitmentPlanView {
    id: Id,
    status: RecruitmentPlanStatus,
    plan: RecruitmentPlanInput,
    /// When it was published, last.
    published_at: Option<Moment>,
    /// What the caller may do now; to staff alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<RecruitmentPlanAct>>, max_items = 4, nullable = false)]
    allowed_actions: Option<Vec<&'static str>>,
}

fn parts(conn: &mut Conn, by: &By, plan: &Plan) -> Result<Vec<Part>> {
    parts_of(conn, &by.caller, [(Part::Proposer, plan.written_by.as_str(), Some(plan.written_at))])
}

fn allowed(conn: &mut Conn, by: &By, plan: &Plan) -> Result<Vec<&'static str>> {
    let parts = parts(conn, by, plan)?;
    let acts = RecruitmentPlanAct::possible(plan.status).filter(|act| act.line().is_granted(&by.caller));
    Ok(acts.filter(|act| act.keep_apart(&parts).is_ok()).map(|act| act.line().name).collect())
}

/// The state after an act, or the refusal that names what the caller may do.
pub fn applied(conn: &mut Conn, by: &By, plan: &Plan, act: RecruitmentPlanAct) -> Result<RecruitmentPlanStatus> {
    let Some(status) = act.after(plan.status) else { return Err(Error::wrong_state(&allowed(conn, by, plan)?)) };
    act.keep_apart(&parts(conn, by, plan)?)?;
    Ok(status)
}

/// A plan as the caller sees it.
pub fn plan_view(conn: &mut Conn, by: &By, row: Plan) -> Result<RecruitmentPlanView> {
    let allowed_actions = if is_staff(by) { Some(allowed(conn, by, &row)?) } else { None };
    let plan = row.said()?;
    Ok(view_of!(RecruitmentPlanView, row { id, status, published_at } plan, allowed_actions))
}
