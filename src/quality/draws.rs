//! Draws from a plan: seed and population are kept, so that anyone can redraw the same sample for ever.

use actix_web::{get, post};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::model::SpotCheckStatus;
use super::plans::{self, SpotCheckPlan};
use super::policy::{CreateDraw, GetDraw, GetDrawPopulation, VerifyDraw};
use super::sampling::{self, Drawn, Lot};
use crate::accounts;
use crate::auth::{By, May, Reach, Role};
use crate::cases::closed_cases;
use crate::cases::states::CaseStatus;
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, JsonText, Record, Tx};
use crate::error::{Code, Error, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, PathId, Reply, Valid, page_of};
use crate::office::{self, desk};
use crate::people::Words;
use crate::scheduling::services::Channel;
use crate::schema::{case_history, cases, spot_check_draws, spot_check_populations, spot_checks};
use crate::secrets::vault::random_secret;
use crate::states::require_holder;

/// Who is to check, and from which seed.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"seed": "dice 4 1 6 6 2 3"}))]
pub struct DrawInput {
    /// Account of the checking supervisor or reviewer; the caller when absent.
    checker_id: Option<Id>,
    /// A seed that was thrown before witnesses; the office makes one when absent.
    seed: Option<Words>,
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
    #[schema(max_length = 100)]
    pub seed: String,
    /// Cases registered in the period until the draw, without those of the checker's own hand and those of the
    /// plan's earlier draws.
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

/// Cases of the plan's period, registered until now and in no earlier draw, that the checker had no hand in.
fn population(conn: &mut Conn, by: &By, plan: &SpotCheckPlan, checker: Id) -> Result<Vec<Lot>> {
    let start = Moment::start_of(plan.from_on);
    let end = Moment::end_of(plan.to_on);
    let drawn = spot_checks::table
        .inner_join(spot_check_draws::table.on(spot_check_draws::id.eq(spot_checks::draw_id)))
        .filter(spot_check_draws::plan_id.eq(plan.id))
        .select(spot_checks::case_id);
    let touched = case_history::table
        .filter(case_history::case_id.eq(cases::id))
        .filter(case_history::actor.eq(format!("accounts/{checker}")))
        .select(case_history::line);
    type Row = (Id, Option<String>, Option<Id>, String, String, Channel);
    let mut rows = cases::table
        .filter(cases::status.eq_any([CaseStatus::Registered, CaseStatus::Corrected, CaseStatus::Revoked]))
        .filter(cases::registered_at.ge(start).and(cases::registered_at.lt(end)).and(cases::registered_at.le(by.now)))
        .filter(cases::clerk.is_not_null().and(cases::clerk.ne(checker.to_string())))
        .filter(cases::reviewer.is_null().or(cases::reviewer.ne(checker.to_string())))
        .filter(cases::id.ne_all(drawn))
        .filter(not(exists(touched)))
        .into_boxed();
    if let Some(point) = desk::bound(by) {
        rows = rows.filter(cases::service_point.eq(point.to_owned()));
    }
    let columns = (cases::id, cases::number, cases::clerk, cases::service_point, cases::type_code, cases::channel);
    let rows: Vec<Row> = rows.order(cases::number).select(columns).load(conn)?;
    let lot = |(case_id, number, clerk, service_point, type_code, channel): Row| {
        Some(Lot { case_id, number: number?, clerk_id: clerk?, service_point, type_code, channel })
    };
    Ok(rows.into_iter().filter_map(lot).collect())
}

/// The population as it was when the draw was made.
fn stored_population(conn: &mut Conn, draw: Id) -> Result<Vec<Lot>> {
    let row = spot_check_populations::table.find(draw).select(spot_check_populations::lots);
    let lots: Option<JsonText> = row.first(conn).optional()?;
    lots.map_or_else(|| Ok(Vec::new()), |lots| lots.read())
}

fn insert(tx: &mut Tx, draw: &Draw, lots: &[Lot], drawn: &[Drawn], checker: Id) -> Result<()> {
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
    let population = (spot_check_populations::draw_id.eq(draw.id), spot_check_populations::lots.eq(JsonText::of(&lots)?));
    diesel::insert_into(spot_check_populations::table).values(population).execute(&mut **tx)?;
    for one in drawn {
        let row = (
            spot_checks::id.eq(Id::new(draw.drawn_at)),
            spot_checks::draw_id.eq(draw.id),
            spot_checks::case_id.eq(one.lot.case_id),
            spot_checks::clerk.eq(one.lot.clerk_id.to_string()),
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

/// Whether an account may check what was done at a service point.
pub fn may_check(tx: &mut Tx, checker: Id, point: &str) -> Result<bool> {
    for role in [Role::Chief, Role::Director, Role::Reviewer] {
        if accounts::may_work_at(tx, checker, role, point)? {
            return Ok(true);
        }
    }
    Ok(false)
}

pub fn no_checker() -> Error {
    Error::field("/checker_id", "not_allowed", Text::new("抽核者須為主管或審核人員", "a supervisor or a reviewer checks"))
}

/// Draws a sample.
///
/// From the cases registered in the plan's month until now, without those in which the checker had a hand (nobody
/// checks their own cases, nor what they reviewed, assigned or approved) and those of the plan's earlier draws. Seed and population are
/// kept, so that anyone can draw the same sample again. `If-Match` names the plan's version, which each draw changes.
#[utoipa::path(tag = "Quality", operation_id = "create_draw", params(IdInPath, IfMatchHeader), request_body = DrawInput, responses(
    (status = 201, description = "The draw; its cases are spot checks now.", body = Draw),
    (status = 409, description = "`holder_required`: nobody knows who works with the account of whoever is to check."),
))]
#[post("/v1/spot-check-plans/{id}/draws")]
pub async fn create_draw(may: May<CreateDraw>, id: PathId, if_match: IfMatch, Valid(input): Valid<DrawInput>) -> Result<Reply> {
    may.write(move |tx, by| {
        let (plan, version) = plans::find(tx, id.0)?;
        if_match.check(version)?;
        let own = by.caller.account().ok_or(Code::FORBIDDEN)?.id;
        let checker = input.checker_id.unwrap_or(own);
        let point = desk::bound(by).unwrap_or(office::SERVICE_POINTS[0]);
        if checker != own && !may_check(tx, checker, point)? {
            return Err(no_checker());
        }
        require_holder(tx, checker)?;
        let lots = population(tx, by, &plan, checker)?;
        let seed = input.seed.as_ref().map_or_else(|| random_secret(12), |seed| seed.as_str().to_owned());
        let drawn = sampling::draw(&seed, &lots, plan.minimums());
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
        insert(tx, &draw, &lots, &drawn, checker)?;
        plans::note_draw(tx, plan.id, version)?;
        Reply::created(format!("/v1/spot-check-draws/{}", draw.id), &draw)
    })
    .await
}

/// Whether the caller may see a case of a draw: clerks their own, a branch desk that of its service point.
fn sees(by: &By, lot: &Lot) -> bool {
    match by.reach {
        Reach::Assigned => by.caller.account().is_some_and(|account| account.id == lot.clerk_id),
        _ => desk::sees(by, &lot.service_point),
    }
}

/// A draw and its population, if the caller made it or may see one of its cases.
fn find(conn: &mut Conn, by: &By, id: Id) -> Result<(Draw, Vec<Lot>)> {
    let row: Option<Draw> = spot_check_draws::table.find(id).select(Draw::as_select()).first(conn).optional()?;
    let draw = row.ok_or(Code::NOT_FOUND)?;
    let lots = stored_population(conn, id)?;
    let whole = by.reach != Reach::Assigned && desk::bound(by).is_none();
    if whole || draw.drawn_by == by.caller.name() || lots.iter().any(|lot| sees(by, lot)) {
        return Ok((draw, lots));
    }
    Err(Code::NOT_FOUND.into())
}

/// Shows a draw.
///
/// With the seed, from which anyone can draw the same sample of its population. To supervisors, and to clerks in
/// whose cases it was drawn.
#[utoipa::path(tag = "Quality", operation_id = "get_draw", params(IdInPath), responses((status = 200, description = "The draw.", body = Draw)))]
#[get("/v1/spot-check-draws/{id}")]
pub async fn get_draw(may: May<GetDraw>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| Reply::ok(&find(conn, by, id.0)?.0)).await
}

/// Lists the population of a draw.
///
/// As it was then, in the order of the case numbers: what the seed draws the sample from. Clerks see their own
/// cases, a branch desk those of its service point.
#[utoipa::path(tag = "Quality", operation_id = "get_draw_population", params(IdInPath, Listing), responses((status = 200, description = "A page of the population.", body = Page<Lot>)))]
#[get("/v1/spot-check-draws/{id}/population")]
pub async fn get_draw_population(may: May<GetDrawPopulation>, id: PathId, paging: Paging) -> Result<Reply> {
    let node = may.node().clone();
    may.read(move |conn, by| {
        let mut lots = find(conn, by, id.0)?.1;
        let closed = closed_cases(conn, &node, by)?;
        lots.retain(|lot| sees(by, lot) && !closed.contains(&lot.case_id));
        let total = if paging.include_total { i64::try_from(lots.len()).ok() } else { None };
        let after = paging.after.clone().unwrap_or_default();
        let page = lots.into_iter().filter(|lot| lot.number > after).take(paging.limit + 1).collect();
        Reply::ok(&page_of(&paging, page, total, |lot: &Lot| lot.number.clone()))
    })
    .await
}

/// Whether the sample comes out again.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"same_population": true, "same_sample": true, "numbers": ["115-HEMEI-000012"]}))]
pub struct DrawProof {
    /// The kept population is the one whose hash was recorded.
    same_population: bool,
    /// The recorded seed draws the recorded sample.
    same_sample: bool,
    /// Case numbers of the sample, in the order of the draw, as far as the caller may see them.
    #[schema(max_items = 10000)]
    numbers: Vec<String>,
}

/// Draws again with the recorded seed.
///
/// From the population that was kept, and compares: the same population, the same sample, however long ago.
#[utoipa::path(tag = "Quality", operation_id = "verify_draw", params(IdInPath), responses((status = 200, description = "The comparison.", body = DrawProof)))]
#[get("/v1/spot-check-draws/{id}:verify")]
pub async fn verify_draw(may: May<VerifyDraw>, id: PathId) -> Result<Reply> {
    let node = may.node().clone();
    may.read(move |conn, by| {
        let (draw, lots) = find(conn, by, id.0)?;
        let (plan, _) = plans::find(conn, draw.plan_id)?;
        let drawn = spot_checks::table.filter(spot_checks::draw_id.eq(draw.id)).order(spot_checks::id);
        let drawn: Vec<Id> = drawn.select(spot_checks::case_id).load(conn)?;
        let closed = closed_cases(conn, &node, by)?;
        let is_seen = |lot: &Lot| sees(by, lot) && !closed.contains(&lot.case_id);
        let again = sampling::draw(&draw.seed, &lots, plan.minimums());
        Reply::ok(&DrawProof {
            same_population: sampling::population_hash(&lots) == draw.population_hash,
            same_sample: again.iter().map(|one| one.lot.case_id).eq(drawn),
            numbers: again.into_iter().filter(|one| is_seen(&one.lot)).map(|one| one.lot.number).collect(),
        })
    })
    .await
}
