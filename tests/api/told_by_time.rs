//! How long an answer takes tells nobody outside the office whom it knows, nor on whom a protection mark stands: whatever the register
//! holds of whom somebody names, the office asks its store as often.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::known::{declared, matter};
use crate::protection::{certificate, mark, order, record_of};
use crate::records::known;
use crate::support::{Call, TestApp, booking, count_queries, person};

/// What the office holds of whom somebody names.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Held {
    Nothing,
    Record,
    /// A mark that bars somebody else.
    Mark,
    /// A mark that bars whoever names them.
    MarkAgainst,
}

/// Each is looked at so often, and the cheapest counts: the first answer of all also fills what the office keeps in memory.
const ROUNDS: u32 = 2;

/// How many queries each answer cost.
type Costs = BTreeMap<&'static str, usize>;

struct Meter<'a> {
    app: &'a TestApp,
    costs: &'a mut Costs,
}

impl Meter<'_> {
    /// The body of an answer, of which the queries are counted.
    fn of(&mut self, road: &'static str, status: u16, call: Call<'_>) -> Value {
        let before = self.app.queries();
        let answer = call.send();
        let made = self.app.queries() - before;
        let cheapest = self.costs.entry(road).or_insert(made);
        *cheapest = made.min(*cheapest);
        answer.expect(status).clone()
    }
}

/// Lets the office hold that of somebody.
fn hold(app: &TestApp, number: u32, held: Held, asking: u32) {
    if held == Held::Nothing {
        return;
    }
    known(app, number);
    let barred = if held == Held::MarkAgainst { asking } else { 900 };
    if held != Held::Record {
        mark(app, "clerk1", &record_of(app, &person(number)), &order(&person(barred))).expect(201);
    }
}

/// An application for a transcript of one's own.
fn transcript(own: u32) -> Value {
    let mut body = matter(own);
    body["type_code"] = json!("TRANSCRIPT_ZH");
    body["fields"] = json!({"kind": "TRANSCRIPT", "scope": "PERSON", "purpose": "就學", "copies": 1});
    body
}

/// The same, in which one names somebody else too.
fn naming(own: u32, other: u32) -> Value {
    let (mut body, mut party) = (transcript(own), person(other));
    (party["role"], party["birth_on"]) = (json!("OTHER"), json!("1980-01-01"));
    body["parties"].as_array_mut().unwrap().push(party);
    body
}

/// What somebody does who names another.
fn names_another(app: &TestApp, costs: &mut Costs, token: &str, (own, other): (u32, u32)) {
    let mut meter = Meter { app, costs };
    let case = meter.of("takes a case", 201, app.post("/v1/cases").bearer(token).once().json(&naming(own, other)));
    let at = |act: &str| format!("/v1/cases/{}{act}", case["id"].as_str().unwrap());
    meter.of("reads it", 200, app.get(&at("")).bearer(token));
    let papers = json!({"papers": ["ID_CARD"]});
    meter.of("changes it", 200, app.call("PATCH", &at("")).bearer(token).if_match("*").json(&papers));
    meter.of("reads its history", 200, app.get(&at("/history")).bearer(token));
    meter.of("lists cases", 200, app.get("/v1/cases").bearer(token));
    meter.of("lists cases of a place", 200, app.get("/v1/cases?service_point=HEMEI").bearer(token));
    meter.of("counts cases", 200, app.get("/v1/cases?include_total=true").bearer(token));
    let why = json!({"reason": "不辦了"});
    meter.of("withdraws it", 200, app.post(&at(":withdraw")).bearer(token).if_match("*").json(&why));
    let mut asks = certificate(&person(other), &person(own));
    asks["scope"] = json!("PART");
    let asked = meter.of("asks for a certificate", 201, app.post("/v1/certificates").bearer(token).once().json(&asks));
    meter.of("reads the certificate", 200, app.get(&format!("/v1/certificates/{}", asked["id"].as_str().unwrap())).bearer(token));
    meter.of("lists certificates", 200, app.get("/v1/certificates").bearer(token));
    let mut for_other = transcript(other);
    for_other["applicant"] = person(own);
    for_other["applicant"]["relation"] = json!("LEGAL_REPRESENTATIVE");
    meter.of("acts for them", 422, app.post("/v1/cases").bearer(token).once().json(&for_other));
}

/// What somebody does who says that they are another.
fn is_another(app: &TestApp, costs: &mut Costs, token: &str, (number, slot): (u32, &str)) {
    let mut meter = Meter { app, costs };
    let case = meter.of("takes a case as them", 201, app.post("/v1/cases").bearer(token).once().json(&transcript(number)));
    meter.of("reads it", 200, app.get(&format!("/v1/cases/{}", case["id"].as_str().unwrap())).bearer(token));
    meter.of("lists cases", 200, app.get("/v1/cases").bearer(token));
    meter.of("lists cases of a place", 200, app.get("/v1/cases?service_point=HEMEI").bearer(token));
    let asks = certificate(&person(number), &person(number));
    meter.of("asks for a certificate", 201, app.post("/v1/certificates").bearer(token).once().json(&asks));
    meter.of("lists certificates", 200, app.get("/v1/certificates").bearer(token));
    let booked = meter.of("books", 201, app.post("/v1/bookings").bearer(token).once().json(&booking(slot)));
    let at = format!("/v1/bookings/{}", booked["id"].as_str().unwrap());
    meter.of("reads the booking", 200, app.get(&at).bearer(token));
    meter.of("lists bookings", 200, app.get("/v1/bookings").bearer(token));
    let why = json!({"reason": "不來了"});
    meter.of("cancels it", 200, app.post(&format!("{at}:cancel")).bearer(token).if_match("*").json(&why));
}

/// The costs beside what the office holds, which must be the same.
fn same(all: &[(Held, Costs)]) {
    let (_, first) = &all[0];
    assert!(first.values().all(|cost| *cost > 0), "{first:?}");
    for (held, costs) in &all[1..] {
        assert_eq!(costs, first, "{held:?}");
    }
}

#[test]
fn whom_the_office_knows_and_whom_a_mark_protects_costs_no_query_more_to_a_stranger_who_names_them() {
    count_queries();
    let app = TestApp::new();
    let all = [Held::Nothing, Held::Record, Held::Mark, Held::MarkAgainst];
    let mut told: Vec<(Held, Costs)> = all.iter().map(|held| (*held, Costs::new())).collect();
    for round in 0..ROUNDS {
        for (place, (held, costs)) in (0..).zip(&mut told) {
            let (own, other) = (500 + 10 * round + place, 600 + 10 * round + place);
            hold(&app, other, *held, own);
            let token = declared(&app, &format!("stranger{own}"), &person(own), "1990-05-04");
            names_another(&app, costs, &token, (own, other));
        }
    }
    same(&told);
}

#[test]
fn whom_the_office_knows_and_whom_a_mark_protects_costs_no_query_more_to_whoever_says_that_they_are_them() {
    count_queries();
    let app = TestApp::new();
    let all = [Held::Nothing, Held::Record, Held::Mark];
    let mut told: Vec<(Held, Costs)> = all.iter().map(|held| (*held, Costs::new())).collect();
    for round in 0..ROUNDS {
        for (place, (held, costs)) in (0..).zip(&mut told) {
            let number = 700 + 10 * round + place;
            hold(&app, number, *held, 901);
            let token = declared(&app, &format!("claimant{number}"), &person(number), "1990-05-04");
            let day = if round == 0 { "20261125" } else { "20261127" };
            let slot = format!("LEGAL_CONSULTATION-{day}T{}", ["0900", "0930", "1000"][place as usize]);
            is_another(&app, costs, &token, (number, &slot));
        }
    }
    same(&told);
}
