//! Random acts on bookings, holds, the waiting list, and on what slots are made of.

use serde_json::{Value, json};

use crate::acts::{Dice, Known, Request, any, on, post, with};
use crate::support::{booking, person};

const SLOTS: [&str; 12] = [
    "COUNTER-20261124T0800",
    "COUNTER-20261124T0815",
    "COUNTER-20261125T0930",
    "COUNTER-20261126T1400",
    "COUNTER-20261127T1015",
    "COUNTER-20261130T1630",
    "LEGAL_CONSULTATION-20261125T0900",
    "LEGAL_CONSULTATION-20261125T0930",
    "LEGAL_CONSULTATION-20261127T0900",
    "LEGAL_CONSULTATION-20261127T1030",
    "LEGAL_CONSULTATION-20261130T0900",
    "LEGAL_CONSULTATION-20261130T1000",
];
const CITIZENS: [&str; 6] = ["citizen1", "citizen2", "citizen3", "citizen4", "citizen5", "citizen6"];

/// Half of the time one that many want.
fn slot(d: &mut Dice) -> String {
    if d.one_in(2) {
        return d.of(&SLOTS).to_owned();
    }
    let minute = 8 * 60 + 15 * d.below(36);
    format!("COUNTER-202611{}T{:02}{:02}", d.of(&["24", "25", "26", "27", "30"]), minute / 60, minute % 60)
}

fn wish(d: &mut Dice) -> Value {
    let mut body = booking(&slot(d));
    if body["answers"].get("topic").is_some() && d.one_in(3) {
        body["answers"]["opponent"] = person(d.number(40))["name"].clone();
    }
    body
}

pub fn book(d: &mut Dice, _: &Known) -> Option<Request> {
    let mut body = wish(d);
    (body["person"], body["channel"]) = (person(d.number(40)), json!("PHONE"));
    post(d.of(&["clerk1", "clerk2"]), "/v1/bookings", body)
}

pub fn book_own(d: &mut Dice, _: &Known) -> Option<Request> {
    let body = wish(d);
    post(d.of(&CITIZENS), "/v1/bookings", body)
}

pub fn hold(d: &mut Dice, _: &Known) -> Option<Request> {
    let body = json!({"slot_id": slot(d)});
    post(d.of(&CITIZENS[..3]), "/v1/holds", body)
}

pub fn redeem(d: &mut Dice, k: &Known) -> Option<Request> {
    let held = k.any(d, "/v1/holds", &[])?;
    let answers = if held.status.starts_with("COUNTER") { json!({}) } else { json!({"topic": "FAMILY"}) };
    let id = held.path.rsplit('/').next().unwrap();
    post(held.user, "/v1/bookings", json!({"hold_id": id, "contact": {"phone": "0912345678"}, "answers": answers}))
}

pub fn give_back(d: &mut Dice, k: &Known) -> Option<Request> {
    let held = k.any(d, "/v1/holds", &[])?;
    with("DELETE", on(&held, held.user, "", Value::Null))
}

pub fn reschedule(d: &mut Dice, k: &Known) -> Option<Request> {
    let body = json!({"slot_id": slot(d)});
    any(d, k, "/v1/bookings", &["BOOKED"], "clerk1", ":reschedule", body)
}

pub fn cancel(d: &mut Dice, k: &Known) -> Option<Request> {
    let booked = k.any(d, "/v1/bookings", &["BOOKED"])?;
    on(&booked, booked.user, ":cancel", json!({"reason": "臨時有事"}))
}

pub fn wait(d: &mut Dice, _: &Known) -> Option<Request> {
    let service = d.of(&["LEGAL_CONSULTATION", "COUNTER"]);
    let mut body = json!({"service": service, "from": "2026-11-24", "to": "2026-11-30"});
    if d.one_in(2) {
        return post(d.of(&CITIZENS), "/v1/waitlist", body);
    }
    body["person"] = person(d.number(40));
    post("clerk1", "/v1/waitlist", body)
}

pub fn leave(d: &mut Dice, k: &Known) -> Option<Request> {
    with("DELETE", any(d, k, "/v1/waitlist", &["WAITING"], "clerk2", "", Value::Null))
}

const DAYS: [&str; 4] = ["2026-11-25", "2026-11-26", "2026-11-27", "2026-11-30"];

pub fn close(d: &mut Dice, _: &Known) -> Option<Request> {
    let body = json!({"date": d.of(&DAYS), "part": d.of(&["AM", "PM"]), "reason": "颱風"});
    post("chief1", "/v1/calendar/closures", body)
}

pub fn set_day(d: &mut Dice, k: &Known) -> Option<Request> {
    let hours = d.of(&["12:00:00", "17:00:00"]);
    let body = json!({"kind": "WORKDAY", "opens": "08:00:00", "closes": hours, "reason": "停電"});
    with("PUT", any(d, k, "/v1/calendar/days", &[], "chief1", "", body))
}

pub fn set_rota(d: &mut Dice, k: &Known) -> Option<Request> {
    let advisers = if d.one_in(4) { json!([]) } else { json!([k.advisers[d.below(k.advisers.len())]]) };
    let body = json!({"adviser_ids": advisers, "reason": "調班"});
    with("PUT", any(d, k, "/v1/consultation-rota", &[], "chief1", "", body))
}

pub fn change_service(d: &mut Dice, k: &Known) -> Option<Request> {
    let service = k.any(d, "/v1/services", &[])?;
    let mut body = k.services[service.path.rsplit('/').next().unwrap()].clone();
    body["booking"]["seats"] = json!(2 + d.below(3));
    body["booking"]["hold_minutes"] = json!(5 + d.below(10));
    with("PUT", on(&service, "chief2", "", json!({"service": body})))
}
