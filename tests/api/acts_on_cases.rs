//! Random acts on cases, certificates, and on what other agencies are told.

use serde_json::{Value, json};

use crate::acts::{Dice, Known, Request, any, case, post, with};
use crate::cases::{birth, move_in, own};
use crate::support::{female, person};

fn intake(d: &mut Dice, mut body: Value) -> Option<Request> {
    if d.one_in(4) {
        body["draft"] = json!(true);
    }
    if d.one_in(3) {
        body["confirm_not_duplicate"] = json!(true);
    }
    post(d.of(&["clerk1", "clerk2"]), "/v1/cases", body)
}

pub fn take_birth(d: &mut Dice, _: &Known) -> Option<Request> {
    let body = birth(d.number(200));
    intake(d, body)
}

pub fn take_move(d: &mut Dice, k: &Known) -> Option<Request> {
    let mut body = move_in(d.number(120));
    body["papers"] = k.papers["MOVE_IN"].clone();
    intake(d, body)
}

pub fn take_door(d: &mut Dice, _: &Known) -> Option<Request> {
    let fields = json!({"kind": "HOUSE_NUMBER", "act": "ASSIGN", "address": "彰化縣和美鎮和東里1鄰彰美路五段1號"});
    let mut body = own("DOOR_NEW", d.number(120), fields, &[]);
    body["applicant"]["relation"] = json!("OWNER");
    intake(d, body)
}

pub fn edit(d: &mut Dice, k: &Known) -> Option<Request> {
    let body = json!({"papers": if d.one_in(2) { json!(["ID_CARD"]) } else { json!(crate::cases::BIRTH_PAPERS) }});
    with("PATCH", case(d, k, &["ACCEPTED", "DRAFT", "RETURNED"], &["clerk1", "clerk2"], "", body))
}

pub fn review(d: &mut Dice, k: &Known) -> Option<Request> {
    let finding = json!({"error_code": "WRONG_ENTRY", "severity": "MINOR", "cause": "OVERSIGHT", "note": "登載錯誤"});
    let body = match d.below(6) {
        0 => json!({"result": "RETURN", "findings": [finding]}),
        1 => json!({"result": "ERROR", "findings": [finding]}),
        _ => json!({"result": "PASS", "findings": []}),
    };
    case(d, k, &["IN_REVIEW"], &["reviewer1", "reviewer2", "director1"], "/reviews", body)
}

pub fn assign(d: &mut Dice, k: &Known) -> Option<Request> {
    let body = json!({"clerk_id": k.clerks[d.below(k.clerks.len())], "reason": "請假"});
    case(d, k, &["ACCEPTED", "IN_REVIEW"], &["chief1", "chief2"], ":assign", body)
}

pub fn receive(d: &mut Dice, k: &Known) -> Option<Request> {
    let path = format!("/one-time-notice/items/{}", d.number(5));
    let body = json!({"received": !d.one_in(6)});
    with("PATCH", case(d, k, &["AWAITING_DOCUMENTS"], &["clerk1", "clerk2"], &path, body))
}

pub fn correct(d: &mut Dice, k: &Known) -> Option<Request> {
    let change = json!({"pointer": "/fields/birth_order", "value": d.number(4)});
    let body = json!({"changes": [change], "reason": "依證明更正", "office_error": d.one_in(2)});
    case(d, k, &["REGISTERED", "CORRECTED"], &["clerk1", "clerk2"], ":correct", body)
}

fn transcript(who: Value) -> Value {
    let mut applicant = who.clone();
    applicant["relation"] = json!("SELF");
    json!({"kind": "TRANSCRIPT_ZH", "person": who, "applicant": applicant, "purpose": "就學", "copies": 1})
}

pub fn certify(d: &mut Dice, _: &Known) -> Option<Request> {
    let who = if d.one_in(2) { person(d.number(40)) } else { female(d.number(40)) };
    post(d.of(&["clerk1", "clerk2"]), "/v1/certificates", transcript(who))
}

pub fn ask_certificate(_: &mut Dice, k: &Known) -> Option<Request> {
    post("citizen1", "/v1/certificates", transcript(json!({"name": "王示範", "national_id": k.citizen_numbers[0]})))
}

pub fn tell(d: &mut Dice, k: &Known) -> Option<Request> {
    let all = ["LAND", "LOCAL_TAX", "NHI", "MOTOR_VEHICLES"];
    let first = d.below(all.len());
    let agencies: Vec<&str> = all.iter().cycle().skip(first).take(1 + d.below(2)).copied().collect();
    let consent = json!({"at": crate::support::MONDAY, "by": "SELF", "form": "WRITTEN"});
    let case = k.any(d, "/v1/cases", &["REGISTERED"])?;
    post("clerk1", &format!("{}/agency-notices", case.path), json!({"agencies": agencies, "consent": consent}))
}

fn client_of(agency: &str) -> Option<&'static str> {
    [("LAND", "agency-land"), ("LOCAL_TAX", "agency-tax")].into_iter().find(|(code, _)| *code == agency).map(|(_, name)| name)
}

pub fn read_queue(d: &mut Dice, _: &Known) -> Option<Request> {
    let user = d.of(&["agency-land", "agency-tax"]);
    Some(Request { user, method: "GET", path: "/v1/agency-queue?limit=100".to_owned(), tag: None, body: Value::Null })
}

pub fn answer(d: &mut Dice, k: &Known) -> Option<Request> {
    let delivery = k.any(d, "/v1/agency-queue", &["LAND", "LOCAL_TAX"])?;
    let act = d.of(&[":acknowledge", ":update", ":reject"]);
    let body = if act == ":reject" { json!({"reason": "查無此人"}) } else { Value::Null };
    post(client_of(&delivery.status)?, &format!("{}{act}", delivery.path), body)
}

pub fn send_again(d: &mut Dice, k: &Known) -> Option<Request> {
    any(d, k, "/v1/agency-deliveries", &["REJECTED"], "clerk1", ":resend", Value::Null)
}
