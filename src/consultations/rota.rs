//! Operations on advisers and their rota.

use actix_web::web::Data;
use actix_web::{get, post, put};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::advisers::Advisers;
use super::model::Adviser;
use super::policy::{CreateAdviser, GetAdviser, GetRota, ListAdvisers, SetRota};
use super::store;
use crate::auth::{May, Role};
use crate::bounded_list;
use crate::calendar::Weekday;
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Record};
use crate::error::{Code, Error, Result, Text};
use crate::http::{BoundedListing, IfMatch, PathId, PathText, Reply, Stretch, Valid, is_plausible};
use crate::node::Node;
use crate::people::{Note, Words};
use crate::scheduling::Context;
use crate::scheduling::Plans;
use crate::scheduling::conflicts::{self, Cause, Conflict};
use crate::scheduling::roster::Roster;

bounded_list! {
    /// Advisers of the county.
    pub struct AdviserList of Adviser, at most 200
}

/// Lists the county's advisers.
///
/// With the weekdays on which the rota has them unless it says otherwise.
#[utoipa::path(tag = "Legal consultation", operation_id = "list_advisers", params(BoundedListing), responses((status = 200, description = "The advisers.", body = AdviserList)))]
#[get("/v1/consultations/advisers")]
pub async fn list_advisers(may: May<ListAdvisers>, stretch: Stretch) -> Result<Reply> {
    may.read(move |conn, _| {
        let page = stretch.page(store::all_advisers(conn)?, |adviser| adviser.id.to_string());
        Reply::ok(&AdviserList::from(page))
    })
    .await
}

/// Shows an adviser.
///
/// With the weekdays on which the rota has them unless it says otherwise.
#[utoipa::path(tag = "Legal consultation", operation_id = "get_adviser", params(IdInPath), responses((status = 200, description = "The adviser.", body = Adviser)))]
#[get("/v1/consultations/advisers/{id}")]
pub async fn get_adviser(may: May<GetAdviser>, id: PathId) -> Result<Reply> {
    may.read(move |conn, _| {
        let adviser = store::all_advisers(conn)?.into_iter().find(|adviser| adviser.id == id.0);
        Reply::ok(&adviser.ok_or(Code::NOT_FOUND)?)
    })
    .await
}

/// An adviser to add.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "林律師", "weekdays": ["MON", "WED"]}))]
pub struct AdviserInput {
    #[schema(value_type = Words)]
    name: String,
    /// Account with the role LEG, so that the adviser sees their own sessions.
    account_id: Option<Id>,
    /// Days on the rota unless it says otherwise.
    #[schema(max_items = 7)]
    weekdays: Vec<Weekday>,
}

/// Adds an adviser.
///
/// From the next matching weekday on their seats can be booked.
#[utoipa::path(tag = "Legal consultation", operation_id = "create_adviser", request_body = AdviserInput, responses(
    (status = 201, description = "The adviser.", body = Adviser),
    (status = 409, description = "`conflict` with `standing_id`: the account is an adviser's already."),
))]
#[post("/v1/consultations/advisers")]
pub async fn create_adviser(may: May<CreateAdviser>, Valid(input): Valid<AdviserInput>) -> Result<Reply> {
    // Monday is 0.
    let weekdays: Vec<u8> = input.weekdays.iter().map(|weekday| *weekday as u8).collect();
    may.write(move |tx, by| {
        if let Some(account) = input.account_id {
            let facts = crate::auth::account_facts(tx, account)?;
            if !facts.is_some_and(|facts| facts.roles.contains(&Role::Adviser)) {
                let text = Text::new("查無此法律顧問帳號", "no account with the role LEG has this id");
                return Err(Error::field("/account_id", "not_allowed", text));
            }
            if let Some(standing) = store::adviser_of(tx, account)? {
                return Err(Error::stands(standing, ("此帳號已登載為法律顧問", "the account is an adviser's already")));
            }
        }
        let id = store::insert_adviser(tx, &input.name, input.account_id, &weekdays, by.now)?;
        tx.record(Record::change("adviser.created", format!("consultations/advisers/{id}"), json!({"weekdays": input.weekdays})));
        let adviser = Adviser {
            id,
            name: input.name.clone(),
            account_id: input.account_id,
            weekdays: input.weekdays.clone(),
            active: true,
        };
        Reply::created(format!("/v1/consultations/advisers/{id}"), &adviser)
    })
    .await
}

/// Who sits on a date.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"adviser_ids": ["019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f"], "reason": "林律師請假"}))]
pub struct RotaInput {
    /// Empty: nobody sits, and the day has no slots.
    #[schema(max_items = 20)]
    adviser_ids: Vec<Id>,
    #[schema(value_type = Note)]
    reason: String,
}

/// Who sits on a date, as things stand.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "date": "2026-11-25", "adviser_ids": ["019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f"], "set_by_hand": false, "reason": null
}))]
pub struct RotaDay {
    date: NaiveDate,
    #[schema(max_items = 20)]
    adviser_ids: Vec<Id>,
    /// Whether the day was set; else it follows the advisers' weekdays.
    set_by_hand: bool,
    /// Why it was set.
    #[schema(max_length = 500)]
    reason: Option<String>,
}

/// Shows who sits on a date.
///
/// Its `ETag` is what setting the date wants as `If-Match`: version 0 while it follows the weekdays.
#[utoipa::path(tag = "Legal consultation", operation_id = "get_rota", params(
    ("date" = NaiveDate, Path, description = "The day, `YYYY-MM-DD`.", example = "2026-11-25"),
), responses((status = 200, description = "The rota of the date.", body = RotaDay)))]
#[get("/v1/consultation-rota/{date}")]
pub async fn get_rota(may: May<GetRota>, node: Data<Node>, date: PathText<NaiveDate>) -> Result<Reply> {
    let date = date.0;
    if !is_plausible(date) {
        return Err(Code::NOT_FOUND.into());
    }
    may.read(move |conn, _| {
        let (day, version) = match store::rota_of(conn, &node.vault, date)? {
            Some((adviser_ids, reason, version)) => {
                (RotaDay { date, adviser_ids, set_by_hand: true, reason: Some(reason) }, version)
            }
            None => {
                let adviser_ids =
                    node.part::<Plans>().at(conn)?.on_duty(Advisers.code(), date).iter().map(|adviser| adviser.id).collect();
                (RotaDay { date, adviser_ids, set_by_hand: false, reason: None }, 0)
            }
        };
        Ok(Reply::ok(&day)?.version(version))
    })
    .await
}

/// The rota of a date and the bookings that its change hits.
#[derive(Serialize, ToSchema)]
pub struct RotaChange {
    date: NaiveDate,
    #[schema(max_items = 20)]
    adviser_ids: Vec<Id>,
    /// Bookings whose adviser no longer sits; an equal slot is kept where there is one.
    #[schema(max_items = 1000)]
    conflicts: Vec<Conflict>,
}

/// Sets who sits on a date.
///
/// Today or later. `If-Match` is `"v0"` for a date that follows the weekdays so far, else the version last
/// answered. Bookings with an adviser who no longer sits become conflicts to work off.
#[utoipa::path(tag = "Legal consultation", operation_id = "set_rota", params(
    ("date" = NaiveDate, Path, description = "The day, `YYYY-MM-DD`.", example = "2026-11-25"), IfMatchHeader,
), request_body = RotaInput, responses((status = 200, description = "The rota as set.", body = RotaChange)))]
#[put("/v1/consultation-rota/{date}")]
pub async fn set_rota(
    may: May<SetRota>,
    node: Data<Node>,
    date: PathText<NaiveDate>,
    if_match: IfMatch,
    Valid(input): Valid<RotaInput>,
) -> Result<Reply> {
    let date = date.0;
    if !is_plausible(date) {
        return Err(Code::NOT_FOUND.into());
    }
    may.write(move |tx, by| {
        let version = store::rota_of(tx, &node.vault, date)?.map_or(0, |(_, _, version)| version);
        if_match.check(version)?;
        if date < by.now.date() {
            return Err(Error::field("/date", "range", Text::new("不得變更過去日期", "a day that has passed cannot be set")));
        }
        check_advisers(&input.adviser_ids, &store::all_advisers(tx)?)?;
        store::put_rota(tx, date, &input.adviser_ids, &input.reason, version + 1, by.now)?;
        let plan = node.part::<Plans>().uncommitted(tx)?;
        let context = Context::of(&node, &plan);
        let day = Advisers.day(date);
        conflicts::withdraw(tx, &context, &day, by.now)?;
        let span = (Moment::start_of(date), Moment::end_of(date));
        let conflicts = conflicts::raise(tx, &context, Cause::Rota, &day, span, false, by.now)?;
        let event = json!({"date": date, "adviser_ids": input.adviser_ids, "conflicts": conflicts.len()});
        tx.record(Record::change("rota.set", format!("consultation-rota/{date}"), event).because(input.reason.clone()));
        Ok(Reply::ok(&RotaChange { date, adviser_ids: input.adviser_ids.clone(), conflicts })?.version(version + 1))
    })
    .await
}

/// Each an active adviser, and each once.
fn check_advisers(ids: &[Id], known: &[Adviser]) -> Result<()> {
    for (index, id) in ids.iter().enumerate() {
        let pointer = format!("/adviser_ids/{index}");
        if !known.iter().any(|adviser| adviser.id == *id && adviser.active) {
            return Err(Error::field(pointer, "not_allowed", Text::new("查無此法律顧問", "no such adviser")));
        }
        if ids[..index].contains(id) {
            return Err(Error::field(pointer, "unique", Text::new("法律顧問重複", "the adviser is named twice")));
        }
    }
    Ok(())
}
