//! Writing, publishing and closing recruitment plans.

use actix_web::web::Data;
use actix_web::{get, post, put};
use serde_json::json;

use super::model::{RecruitmentPlanAct, RecruitmentPlanStatus};
use super::plans::{self, Plan, RecruitmentPlanFilter, RecruitmentPlanInput, RecruitmentPlanView, applied, is_staff, plan_view};
use super::policy::{
    CloseRecruitmentPlan, CreateRecruitmentPlan, GetRecruitmentPlan, ListRecruitmentPlanHistory, ListRecruitmentPlans,
    PublishRecruitmentPlan, ReopenRecruitmentPlan, UpdateRecruitmentPlan,
};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, JsonText, Record, Tx};
use crate::error::{Code, Problem, Result};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, plausible_day};
use crate::node::Node;
use crate::people::Reason;
use crate::volunteers::entries::{in_order, plausible};
use crate::volunteers::history::{self, VolunteerHistoryLine, changes, json_of};

fn check(said: &RecruitmentPlanInput) -> Result<()> {
    plausible("", "opens_on", said.opens_on)?;
    in_order("", "closes_on", said.opens_on, Some(said.closes_on))
}

/// Tells history and journal.
fn note(
    tx: &mut Tx,
    node: &Node,
    plan: &Plan,
    act: RecruitmentPlanAct,
    (why, changed): (&str, Vec<history::VolunteerChange>),
) -> Result<()> {
    history::tell(tx, &node.vault, (&plan.path(), act.line().past), why, changed)?;
    let data = json!({"status": plan.status, "opens_on": plan.opens_on, "closes_on": plan.closes_on});
    tx.record(Record::change(act.line().journal, plan.path(), data).because(why));
    Ok(())
}

fn shown(conn: &mut Conn, by: &By, plan: Plan) -> Result<Reply> {
    let version = plan.version;
    Ok(Reply::ok(&plan_view(conn, by, plan)?)?.version(version))
}

/// Lists recruitment plans.
///
/// Newest first: to all what was published, to the office drafts too.
#[utoipa::path(tag = "Volunteer recruitment", operation_id = "list_recruitment_plans", params(RecruitmentPlanFilter, Listing), responses(
    (status = 200, description = "A page of recruitment plans.", body = Page<RecruitmentPlanView>),
))]
#[get("/v1/recruitment-plans")]
pub async fn list_recruitment_plans(
    may: May<ListRecruitmentPlans>,
    Params(query): Params<RecruitmentPlanFilter>,
    paging: Paging,
) -> Result<Reply> {
    plausible_day("on", query.on)?;
    may.read(move |conn, by| {
        let page = plans::list(conn, by, &query, &paging)?;
        let reply = Reply::ok(&page.try_map(|plan| plan_view(conn, by, plan))?)?;
        Ok(if is_staff(by) { reply } else { reply.public() })
    })
    .await
}

/// Shows a recruitment plan.
///
/// To all once it was published, also after it was closed.
#[utoipa::path(tag = "Volunteer recruitment", operation_id = "get_recruitment_plan", params(IdInPath), responses((status = 200, description = "The recruitment plan.", body = RecruitmentPlanView)))]
#[get("/v1/recruitment-plans/{id}")]
pub async fn get_recruitment_plan(may: May<GetRecruitmentPlan>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let plan = plans::find(conn, by, id.0)?;
        let reply = shown(conn, by, plan)?;
        Ok(if is_staff(by) { reply } else { reply.public() })
    })
    .await
}

/// Lists what was done with a recruitment plan.
///
/// In order, with reasons and both values of whatever was written anew.
#[utoipa::path(tag = "Volunteer recruitment", operation_id = "list_recruitment_plan_history", params(IdInPath, Listing), responses(
    (status = 200, description = "A page of the history.", body = Page<VolunteerHistoryLine>),
))]
#[get("/v1/recruitment-plans/{id}/history")]
pub async fn list_recruitment_plan_history(
    may: May<ListRecruitmentPlanHistory>,
    node: Data<Node>,
    id: PathId,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let plan = plans::find(conn, by, id.0)?;
        Reply::ok(&history::list(conn, &node.vault, &plan.path(), &paging)?)
    })
    .await
}

/// Writes a recruitment plan.
///
/// A draft, which another publishes (`:publish`) before anybody is recruited (志願服務法 §6).
#[utoipa::path(tag = "Volunteer recruitment", operation_id = "create_recruitment_plan", request_body = RecruitmentPlanInput, responses(
    (status = 201, description = "The draft.", body = RecruitmentPlanView),
))]
#[post("/v1/recruitment-plans")]
pub async fn create_recruitment_plan(
    may: May<CreateRecruitmentPlan>,
    node: Data<Node>,
    Valid(said): Valid<RecruitmentPlanInput>,
) -> Result<Reply> {
    check(&said)?;
    may.write(move |tx, by| {
        let plan = Plan {
            id: Id::new(by.now),
            status: RecruitmentPlanStatus::Draft,
            body: JsonText::of(&said)?,
            opens_on: said.opens_on,
            closes_on: said.closes_on,
            written_by: by.caller.name(),
            written_at: by.now,
            published_by: None,
            published_at: None,
            version: 1,
        };
        plans::insert(tx, &plan)?;
        note(tx, &node, &plan, RecruitmentPlanAct::Write, ("", Vec::new()))?;
        Ok(Reply::created(format!("/v1/{}", plan.path()), &plan_view(tx, by, plan)?)?.version(1))
    })
    .await
}

/// Writes a recruitment plan anew.
///
/// As long as it is a draft; one that was published is closed and reopened before.
#[utoipa::path(tag = "Volunteer recruitment", operation_id = "update_recruitment_plan", params(IdInPath, IfMatchHeader), request_body = RecruitmentPlanInput, responses(
    (status = 200, description = "The draft.", body = RecruitmentPlanView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[put("/v1/recruitment-plans/{id}")]
pub async fn update_recruitment_plan(
    may: May<UpdateRecruitmentPlan>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(said): Valid<RecruitmentPlanInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut plan = plans::find(tx, by, id.0)?;
        if_match.check(plan.version)?;
        plan.status = applied(tx, by, &plan, RecruitmentPlanAct::Update)?;
        check(&said)?;
        let changed = changes(&json_of(&plan.said()?)?, &json_of(&said)?);
        if !changed.is_empty() {
            plan.say(by, &said)?;
            plans::save(tx, &mut plan)?;
            note(tx, &node, &plan, RecruitmentPlanAct::Update, ("", changed))?;
        }
        shown(tx, by, plan)
    })
    .await
}

/// Changes the state of one plan.
async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match, act): (Id, IfMatch, RecruitmentPlanAct),
    why: String,
    effect: impl Fn(&By, &mut Plan) -> Result<()> + Send + 'static,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut plan = plans::find(tx, by, id)?;
        // Whoever publishes what another has written names what they saw.
        if act == RecruitmentPlanAct::Publish {
            if_match.seen(plan.version)?;
        } else {
            if_match.check(plan.version)?;
        }
        plan.status = applied(tx, by, &plan, act)?;
        effect(by, &mut plan)?;
        plans::save(tx, &mut plan)?;
        note(tx, &node, &plan, act, (&why, Vec::new()))?;
        shown(tx, by, plan)
    })
    .await
}

/// Publishes a recruitment plan.
///
/// By a section chief or the director who has not written it, as it was seen, on the day on which people may first apply or before it
/// (志願服務法 §6).
#[utoipa::path(tag = "Volunteer recruitment", operation_id = "publish_recruitment_plan", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The published plan.", body = RecruitmentPlanView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict`: people may apply since a day that has passed; `own_request`: whoever wrote it does not publish it; `asker_gone`; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/recruitment-plans/{id}:publish")]
pub async fn publish_recruitment_plan(
    may: May<PublishRecruitmentPlan>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
) -> Result<Reply> {
    change(may, node, (id.0, if_match, RecruitmentPlanAct::Publish), String::new(), |by, plan| {
        if plan.opens_on < by.now.date() {
            let (zh, en) =
                ("招募計畫應於招募前公告（志願服務法 §6）", "it is published before recruiting begins (志願服務法 §6)");
            return Err(Problem::new(Code::CONFLICT).detail(zh, en).into());
        }
        (plan.published_by, plan.published_at) = (Some(by.caller.name()), Some(by.now));
        Ok(())
    })
    .await
}

/// Closes a recruitment plan.
///
/// With a reason: nobody applies by it any more. Applications that wait stay.
#[utoipa::path(tag = "Volunteer recruitment", operation_id = "close_recruitment_plan", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The closed plan.", body = RecruitmentPlanView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/recruitment-plans/{id}:close")]
pub async fn close_recruitment_plan(
    may: May<CloseRecruitmentPlan>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let act = (id.0, if_match, RecruitmentPlanAct::Close);
    change(may, node, act, why.as_str().to_owned(), |_, _| Ok(())).await
}

/// Opens a recruitment plan again.
///
/// With a reason: it is a draft, to be put right and published again.
#[utoipa::path(tag = "Volunteer recruitment", operation_id = "reopen_recruitment_plan", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The draft.", body = RecruitmentPlanView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/recruitment-plans/{id}:reopen")]
pub async fn reopen_recruitment_plan(
    may: May<ReopenRecruitmentPlan>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let act = (id.0, if_match, RecruitmentPlanAct::Reopen);
    change(may, node, act, why.as_str().to_owned(), |_, plan| {
        (plan.published_by, plan.published_at) = (None, None);
        Ok(())
    })
    .await
}
