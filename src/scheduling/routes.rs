//! Operations on services and slots.

use actix_web::web::Data;
use actix_web::{get, put};
use chrono::{Duration, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::availability::{OfferedSlot, View, next_open, offered};
use super::conflicts::{self, Cause, Conflict};
use super::kept::{self, Claimant};
use super::plan::Plan;
use super::plans::all_services;
use super::policy::{ExplainSlot, GetService, ListServices, ListSlots, UpdateService};
use super::rules::{RuleOutcome, Terms, personal_rules, seat_rule};
use super::services::{BookingRule, Channel, Service};
use super::specialties::Context;
use super::{find_service, save_service};
use crate::auth::{By, May};
use crate::bounded_list;
use crate::clock::Moment;
use crate::contract::IfMatchHeader;
use crate::db::{Conn, Record};
use crate::error::{Error, Result, Text};
use crate::http::{BoundedListing, IfMatch, Params, PathText, Reply, Stretch, Valid, parameter, span};
use crate::node::Node;
use crate::scheduling::Plans;

bounded_list! {
    /// All services of the office.
    pub struct ServiceList of Service, at most 200
}

/// Lists the office's services.
///
/// How to apply, fee, time limit, papers to bring, and whether slots can be booked.
#[utoipa::path(tag = "Booking", operation_id = "list_services", params(BoundedListing), responses((status = 200, description = "The catalogue.", body = ServiceList)))]
#[get("/v1/services")]
pub async fn list_services(may: May<ListServices>, stretch: Stretch) -> Result<Reply> {
    may.read_for_all(move |conn, _| {
        let page = stretch.page(all_services(conn)?, |service| service.code.clone());
        Ok(Reply::ok(&ServiceList::from(page))?.public())
    })
    .await
}

/// Shows one service with its booking rule.
///
/// The rule tells hours, slot length, window, holds, notice and what not coming costs.
#[utoipa::path(tag = "Booking", operation_id = "get_service", params(
    ("code" = String, Path, description = "The service's code.", max_length = 40, example = "LEGAL_CONSULTATION"),
), responses((status = 200, description = "The service.", body = Service)))]
#[get("/v1/services/{code}")]
pub async fn get_service(may: May<GetService>, code: PathText<String>) -> Result<Reply> {
    may.read(move |conn, _| {
        let (service, version) = find_service(conn, &code.0)?;
        Ok(Reply::ok(&service)?.version(version).public())
    })
    .await
}

/// A service as it is to be.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "service": {
        "code": "LEGAL_CONSULTATION", "name": {"zh": "免費法律諮詢", "en": "Free legal advice"}, "channels": ["ONLINE", "COUNTER"],
        "fee_twd": 0, "time_limit": {"zh": "每場 30 分鐘", "en": "30 minutes each"}, "required_papers": [], "bookable": false
    },
    "dry_run": true
}))]
pub struct ServiceInput {
    service: Service,
    /// Only tell what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// A changed service and the bookings that it hits.
#[derive(Serialize, ToSchema)]
pub struct ServiceChange {
    service: Service,
    dry_run: bool,
    /// Bookings whose slot or place no longer exists; an equal slot is kept where there is one.
    #[schema(max_items = 10000)]
    conflicts: Vec<Conflict>,
}

/// Changes a service and its booking rule.
///
/// Bookings already made keep the rule under which they were made; those whose slot no longer exists become
/// conflicts to work off. With `dry_run` nothing changes.
#[utoipa::path(tag = "Booking", operation_id = "update_service", params(
    ("code" = String, Path, description = "The service's code.", max_length = 40, example = "LEGAL_CONSULTATION"),
    IfMatchHeader,
), request_body = ServiceInput, responses((status = 200, description = "The change and its conflicts.", body = ServiceChange)))]
#[put("/v1/services/{code}")]
pub async fn update_service(
    may: May<UpdateService>,
    node: Data<Node>,
    code: PathText<String>,
    if_match: IfMatch,
    Valid(input): Valid<ServiceInput>,
) -> Result<Reply> {
    input.service.booking.as_ref().map_or(Ok(()), BookingRule::check)?;
    may.write(move |tx, by| {
        let ServiceInput { service, dry_run } = input.clone();
        let (_, version) = find_service(tx, &code.0)?;
        if_match.check(version)?;
        if service.code != code.0 {
            return Err(Error::field("/service/code", "not_allowed", Text::new("不得變更代碼", "the code cannot change")));
        }
        node.part::<Plans>().check_staffing("/service", &service)?;
        let mut plan = node.part::<Plans>().uncommitted(tx)?;
        plan.services.insert(service.code.clone(), service.clone());
        let span = (by.now, by.now + Duration::days(400));
        let context = Context::of(&node, &plan);
        let conflicts = conflicts::raise(tx, &context, Cause::Hours, &service.code, span, dry_run, by.now)?;
        if !dry_run {
            save_service(tx, &service, version + 1, by.now)?;
            let event = json!({"version": version + 1, "conflicts": conflicts.len()});
            tx.record(Record::change("service.changed", format!("services/{}", service.code), event));
        }
        let version = if dry_run { version } else { version + 1 };
        Ok(Reply::ok(&ServiceChange { service: service.clone(), dry_run, conflicts })?.version(version))
    })
    .await
}

/// Which slots to list.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SlotQuery {
    /// Code of a service of GET /v1/services: the `service_code` of what is listed.
    #[param(min_length = 1, max_length = 40, example = "LEGAL_CONSULTATION")]
    service: String,
    /// First day; today when absent.
    from: Option<NaiveDate>,
    /// Last day, at most 61 days after the first; seven days after it when absent.
    to: Option<NaiveDate>,
    /// Also those that are taken or cannot be booked now.
    #[param(default = false)]
    include_full: Option<bool>,
}

bounded_list! {
    /// Slots of a service.
    pub struct SlotList of OfferedSlot, at most 5000
}

/// Lists slots that can be booked.
///
/// Free ones within their booking window only, unless `include_full=true`. `open` is the same for everyone:
/// whether a citizen without hold or offer could book it online now, of the places that are given out online.
/// Days are those of Asia/Taipei. The whole stretch is given unless `limit` asks for pages.
#[utoipa::path(tag = "Booking", operation_id = "list_slots", params(SlotQuery, BoundedListing), responses((status = 200, description = "The slots, by start.", body = SlotList)))]
#[get("/v1/slots")]
pub async fn list_slots(
    may: May<ListSlots>,
    node: Data<Node>,
    Params(query): Params<SlotQuery>,
    stretch: Stretch,
) -> Result<Reply> {
    may.read_for_all(move |conn, by| {
        let plan = node.part::<Plans>().at(conn)?;
        plan.service(&query.service).ok_or_else(unknown_service)?;
        let days = span(query.from, query.to, by.now.date(), 7, 61)?;
        let mut items = offered(conn, &plan, &query.service, days, View::PUBLIC, by.now)?;
        if !query.include_full.unwrap_or(false) {
            items.retain(|slot| slot.open);
        }
        let page = stretch.page(items, |slot| slot.id.clone());
        Ok(Reply::ok(&SlotList::from(page))?.public())
    })
    .await
}

fn unknown_service() -> Error {
    parameter("service", "unknown", Text::new("查無此服務，或該服務無時段", "no such service, or it has no slots"))
}

/// Which slot to explain.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ExplainQuery {
    /// Code of a service of GET /v1/services: the `service_code` of what is listed.
    #[param(min_length = 1, max_length = 40, example = "LEGAL_CONSULTATION")]
    service: String,
    /// Start of the slot; write the plus sign of an offset as `%2B`.
    #[param(value_type = String, format = DateTime, example = "2026-11-25T09:00:00+08:00")]
    at: Moment,
}

/// Why a slot can be booked or not.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "slot_id": "LEGAL_CONSULTATION-20261124T0900", "bookable": false,
    "rules": [{"rule": "office_day", "passed": true, "reason": {"zh": "2026-11-24 為辦公日（WORKDAY）", "en": "2026-11-24 is an office day (WORKDAY)"}},
              {"rule": "slot_exists", "passed": false, "reason": {"zh": "當日無時段：非服務日、未辦公或無值班人員", "en": "there are no slots that day: none by rule, the office is closed, or nobody is on duty"}}],
    "next": []
}))]
pub struct Explanation {
    #[schema(max_length = 80)]
    slot_id: String,
    bookable: bool,
    /// Every rule in order; the personal ones when signed in.
    #[schema(max_items = 20)]
    rules: Vec<RuleOutcome>,
    /// The next bookable slots.
    #[schema(max_items = 3)]
    next: Vec<OfferedSlot>,
}

/// Explains whether a time can be booked.
///
/// Every rule in order, passed or not, with its reason in words, and the next bookable slots. The rules are
/// those that POST /v1/bookings applies. Signed-in citizens also see those about themselves, their holds and
/// offers count, and `next` leaves out days on which they have one. Which seats somebody must not have
/// nobody is told here: a slot that has no others left is `slot_taken` when it is booked.
#[utoipa::path(tag = "Booking", operation_id = "explain_slot", params(ExplainQuery), responses((status = 200, description = "The rules as they turn out.", body = Explanation)))]
#[get("/v1/slots/explain")]
pub async fn explain_slot(may: May<ExplainSlot>, node: Data<Node>, Params(query): Params<ExplainQuery>) -> Result<Reply> {
    may.read(move |conn, by| {
        let plan = node.part::<Plans>().at(conn)?;
        Reply::ok(&explain(conn, &Context::of(&node, &plan), by, &query)?)
    })
    .await
}

fn explain(conn: &mut Conn, context: &Context<'_>, by: &By, query: &ExplainQuery) -> Result<Explanation> {
    let (plan, code): (&Plan, &str) = (context.plan, &query.service);
    let (service, rule) = plan.service(code).ok_or_else(unknown_service)?;
    let slot_id = super::plan::slot_id(code, query.at.date(), query.at.time());
    let slot = plan.slot(&slot_id).filter(|slot| slot.starts_at == query.at);
    let (caller, person, channel) = (by.caller.name(), by.caller.own_record(), Channel::Online);
    let kept = match &slot {
        Some(slot) => kept::find(conn, slot, &Claimant { caller: &caller, person, own: &[] }, by.now)?,
        None => Vec::new(),
    };
    let slot = slot.as_ref();
    let terms = Terms { plan, service, rule, at: query.at, slot, channel, kept: !kept.is_empty(), now: by.now };
    let mut rules = terms.explain();
    let mut suspended = false;
    if let Some(person) = person {
        let personal = personal_rules(conn, &terms, person)?;
        suspended = personal.iter().any(|rule| rule.rule == "not_suspended" && !rule.passed);
        rules.extend(personal);
    }
    if let Some(slot) = slot {
        rules.push(seat_rule(conn, &terms, slot, &kept)?);
    }
    let view = View { channel, person, ..View::PUBLIC };
    let next = if suspended { Vec::new() } else { next_open(conn, plan, code, query.at, view, by.now)? };
    let bookable = rules.iter().all(|rule| rule.passed);
    Ok(Explanation { slot_id, bookable, rules, next })
}
