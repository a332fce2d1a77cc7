//! Draws from a plan: the seed is the office's, recorded, so that anyone can redraw the same sample.

use actix_web::{get, post};
use chrono::{Days, NaiveTime};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::model::SpotCheckStatus;
use super::plans::{self, PlanBody, SpotCheckPlan};
use super::sampling::{self, Drawn, Lot};
use crate::accounts;
use crate::auth::policy::{CreateDraw, GetDraw, VerifyDraw};
use crate::auth::vault::random_secret;
use crate::auth::{May, Role};
use crate::calendar::Moment;
use crate::cases::states::CaseStatus;
use crate::contract::IdInPath;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Code, Error, Result, Text};
use crate::http::{PathId, Reply, Valid};
use crate::office;
use crate::scheduling::services::Channel;
use crate::schema::{cases, spot_check_draws, spot_checks};

/// Who is to check.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct DrawInput {
    /// Account of the checking supervisor; the caller when absent.
    checker: Option<Id>,
}

/// A draw.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = spot_check_draws)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "plan_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "seed": "k3l0Xv9Vw2mA7qQd",
    "population": 1043, "population_hash": "hN3r…", "drawn": 25, "drawn_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71",
    "drawn_at": "2026-12-01T09:00:00+08:00"
}))]
pub struct Draw {
    pub id: Id,
    pub plan_id: Id,
    /// The sample is the lowest SHA-256 of `seed:number`, stratum by stratum: clerks, then types, then channels.
    #[schema(max_length = 40)]
    pub seed: String,
    /// Cases registered in the period, without those of the checker's own hand.
    #[schema(minimum = 0)]
    pub population: i32,
    /// SHA-256 of the population's case numbers in order, one a line.
    #[schema(max_length = 60)]
    pub population_hash: String,
    /// Cases drawn.
    #[schema(minimum = 0)]
    pub drawn: i32,
    #[schema(max_length = 60)]
    pub drawn_by: String,
    pub drawn_at: Moment,
}

/// Cases of the plan's period that the checker had no hand in.
fn population(conn: &mut Conn, plan: &SpotCheckPlan, checker: Id) -> Result<Vec<Lot>> {
    let start = Moment::from_taipei(plan.from, NaiveTime::MIN);
    let end = Moment::from_taipei(plan.to + Days::new(1), NaiveTime::MIN);
    type Row = (Id, Option<String>, Option<Id>, String, String, Channel);
    let rows: Vec<Row> = cases::table
        .filter(cases::status.eq_any([CaseStatus::Registered, CaseStatus::Corrected, CaseStatus::Revoked]))
        .filter(cases::registered_at.ge(start).and(cases::registered_at.lt(end)))
        .filter(cases::clerk.is_not_null().and(cases::clerk.ne(checker.to_string())))
        .filter(cases::reviewer.is_null().or(cases::reviewer.ne(checker.to_string())))
        .select((cases::id, cases::number, cases::clerk, cases::service_point, cases::type_code, cases::channel))
        .load(conn)?;
    let lot = |(case_id, number, clerk, service_point, type_code, channel): Row| {
        Some(Lot { case_id, number: number?, clerk: clerk?, service_point, type_code, channel: channel.to_string() })
    };
    Ok(rows.into_iter().filter_map(lot).collect())
}

fn minimums(plan: &SpotCheckPlan) -> sampling::Minimums {
    let body =
        PlanBody { min_per_clerk: plan.min_per_clerk, min_per_type: plan.min_per_type, min_per_channel: plan.min_per_channel };
    body.minimums()
}

fn keep(tx: &mut Tx, draw: &Draw, drawn: &[Drawn], checker: Id) -> Result<()> {
    let row = (
        spot_check_draws::id.eq(draw.id),
        spot_check_draws::plan_id.eq(draw.plan_id),
        spot_check_draws::seed.eq(&draw.seed),
        spot_check_draws::population.eq(draw.population),
        spot_check_draws::population_hash.eq(&draw.population_hash),
        spot_check_draws::drawn.eq(draw.drawn),
        spot_check_draws::drawn_by.eq(&draw.drawn_by),
        spot_check_draws::drawn_at.eq(draw.drawn_at),
    );
    diesel::insert_into(spot_check_draws::table).values(row).execute(&mut **tx)?;
    for one in drawn {
        let row = (
            spot_checks::id.eq(Id::new(draw.drawn_at)),
            spot_checks::draw_id.eq(draw.id),
            spot_checks::case_id.eq(one.lot.case_id),
            spot_checks::clerk.eq(one.lot.clerk.to_string()),
            spot_checks::service_point.eq(&one.lot.service_point),
            spot_checks::stratum.eq(&one.stratum),
            spot_checks::status.eq(SpotCheckStatus::Pending),
            spot_checks::checker.eq(Some(checker.to_string())),
            spot_checks::updated_at.eq(draw.drawn_at),
            spot_checks::version.eq(1),
        );
        diesel::insert_into(spot_checks::table).values(row).execute(&mut **tx)?;
    }
    let event = json!({"plan_id": draw.plan_id, "population": draw.population, "drawn": draw.drawn});
    tx.record(Record::change("spot_checks.drawn", format!("spot-check-draws/{}", draw.id), event));
    Ok(())
}

/// Draws a sample.
///
/// From the cases registered in the plan's month, without those in which the checker had a hand: nobody checks
/// their own cases, nor what they reviewed. The seed is made by the office and recorded.
#[utoipa::path(tag = "Quality", operation_id = "create_draw", params(IdInPath), request_body = DrawInput, responses((status = 201, description = "The draw; its cases are spot checks now.", body = Draw)))]
#[post("/v1/spot-check-plans/{id}/draws")]
pub async fn create_draw(may: May<CreateDraw>, id: PathId, Valid(input): Valid<DrawInput>) -> Result<Reply> {
    may.write(move |tx, by| {
        let plan = plans::find(tx, id.0)?;
        let own = by.caller.account().ok_or(Code::Forbidden)?.id;
        let checker = input.checker.unwrap_or(own);
        let main = office::SERVICE_POINTS[0];
        let supervises = checker == own
            || accounts::may_work_at(tx, checker, Role::Chief, main)?
            || accounts::may_work_at(tx, checker, Role::Director, main)?;
        if !supervises {
            let text = Text::new("抽核者須為主管", "a supervisor checks");
            return Err(Error::field("/checker", "not_allowed", text));
        }
        let lots = population(tx, &plan, checker)?;
        let seed = random_secret(12);
        let drawn = sampling::draw(&seed, &lots, minimums(&plan));
        let count = |n: usize| i32::try_from(n).map_err(|e| Error::internal("a draw is too large", e));
        let draw = Draw {
            id: Id::new(by.now),
            plan_id: plan.id,
            population: count(lots.len())?,
            population_hash: sampling::population_hash(&lots),
            drawn: count(drawn.len())?,
            seed,
            drawn_by: by.caller.name(),
            drawn_at: by.now,
        };
        keep(tx, &draw, &drawn, checker)?;
        Reply::created(format!("/v1/spot-check-draws/{}", draw.id), &draw)
    })
    .await
}

fn find(conn: &mut Conn, id: Id) -> Result<Draw> {
    let row: Option<Draw> = spot_check_draws::table.find(id).select(Draw::as_select()).first(conn).optional()?;
    row.ok_or_else(|| Code::NotFound.into())
}

/// Shows a draw.
///
/// With seed and population, from which anyone can draw the same sample.
#[utoipa::path(tag = "Quality", operation_id = "get_draw", params(IdInPath), responses((status = 200, description = "The draw.", body = Draw)))]
#[get("/v1/spot-check-draws/{id}")]
pub async fn get_draw(may: May<GetDraw>, id: PathId) -> Result<Reply> {
    may.read(move |conn, _| Reply::ok(&find(conn, id.0)?)).await
}

/// Whether the sample comes out again.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"same_population": true, "same_sample": true, "numbers": ["115-HEMEI-000012"]}))]
pub struct DrawProof {
    /// The cases of the month are those of the draw.
    same_population: bool,
    /// The recorded seed draws the recorded sample.
    same_sample: bool,
    /// Case numbers of the sample, in the order of the draw.
    #[schema(max_items = 10000)]
    numbers: Vec<String>,
}

/// Draws again with the recorded seed.
///
/// And compares: the same population, the same sample.
#[utoipa::path(tag = "Quality", operation_id = "verify_draw", params(IdInPath), responses((status = 200, description = "The comparison.", body = DrawProof)))]
#[get("/v1/spot-check-draws/{id}:verify")]
pub async fn verify_draw(may: May<VerifyDraw>, id: PathId) -> Result<Reply> {
    may.read(move |conn, _| {
        let draw = find(conn, id.0)?;
        let plan = plans::find(conn, draw.plan_id)?;
        let rows: Vec<(Id, Option<Id>)> = spot_checks::table
            .filter(spot_checks::draw_id.eq(draw.id))
            .order(spot_checks::id)
            .select((spot_checks::case_id, spot_checks::checker))
            .load(conn)?;
        let checker = rows.iter().find_map(|(_, checker)| *checker);
        let lots = checker.map_or_else(|| Ok(Vec::new()), |checker| population(conn, &plan, checker))?;
        let again = sampling::draw(&draw.seed, &lots, minimums(&plan));
        let same_sample = again.iter().map(|one| one.lot.case_id).eq(rows.iter().map(|(case, _)| *case));
        Reply::ok(&DrawProof {
            same_population: sampling::population_hash(&lots) == draw.population_hash,
            same_sample,
            numbers: again.into_iter().map(|one| one.lot.number).collect(),
        })
    })
    .await
}
