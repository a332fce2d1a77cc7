//! Races over the rules of cases, certificates, spot checks and the record books.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cases::{birth, own, papers_of, registered, take};
use crate::serial::{CLIENTS, act, answered, at_once, id, items, log_in, made, once, reason};
use crate::support::{Answer, TestApp, female, person};

fn at(case: &Value, act: &str) -> String {
    format!("/v1/cases/{}{act}", id(case))
}

fn taken(app: &TestApp, body: &Value) -> Value {
    take(app, "clerk1", body).expect(201).clone()
}

/// A case that waits for its review.
fn submitted(app: &TestApp, body: &Value) -> Value {
    let case = taken(app, body);
    act(app, "clerk1", &at(&case, ":submit-for-review"), &Value::Null).expect(200);
    case
}

fn passed() -> Value {
    json!({"result": "PASS", "findings": []})
}

fn found_wrong() -> Value {
    let finding = json!({"error_code": "WRONG_ENTRY", "severity": "MINOR", "cause": "OVERSIGHT", "note": "胎次登載錯誤"});
    json!({"result": "ERROR", "findings": [finding]})
}

fn correction() -> Value {
    json!({"changes": [{"pointer": "/fields/birth_order", "value": 2}], "reason": "依證明更正", "office_error": true})
}

fn door() -> Value {
    let fields = json!({"kind": "HOUSE_NUMBER", "act": "ASSIGN", "address": "彰化縣和美鎮和東里1鄰彰美路五段1號"});
    let mut body = own("DOOR_NEW", 5, fields, &[]);
    body["applicant"]["relation"] = json!("OWNER");
    body
}

/// An application of somebody for themself with all papers, whatever was applied for before.
fn again(app: &TestApp, code: &str, number: u32, fields: Value) -> Value {
    let mut body = own(code, number, fields, &[]);
    (body["papers"], body["confirm_not_duplicate"]) = (json!(papers_of(app, code)), json!(true));
    body["event_on"] = json!("2026-11-20");
    body
}

/// Reviews of many cases at one moment, all of them a pass.
fn reviewed(app: &TestApp, cases: &[Value]) -> Vec<Answer> {
    log_in(app, &["reviewer1"]);
    at_once(cases.len(), |client| act(app, "reviewer1", &at(&cases[client], "/reviews"), &passed()))
}

/// Checks that running numbers go from 1 to the last one.
fn assert_running(numbers: impl Iterator<Item = u64>, last: usize) {
    let numbers: BTreeSet<u64> = numbers.collect();
    assert_eq!(numbers, (1..=last as u64).collect());
}

/// The running part of `115-HEMEI-000001`.
fn running(number: &Value) -> u64 {
    number.as_str().unwrap().rsplit('-').next().unwrap().parse().unwrap()
}

pub fn an_intake_sent_twice_is_a_possible_duplicate(app: &TestApp) {
    log_in(app, &["clerk1"]);
    once(&at_once(CLIENTS, |_| take(app, "clerk1", &birth(1))), "201", "409 possible_duplicate");
}

pub fn one_certificate_is_of_one_child(app: &TestApp) {
    log_in(app, &["clerk1"]);
    let answers = at_once(CLIENTS, |client| {
        let mut body = birth(200 + u32::try_from(client).unwrap());
        body["fields"]["certificate_number"] = json!("出字第 0000200 號");
        take(app, "clerk1", &body)
    });
    once(&answers, "201", "409 possible_duplicate");
}

pub fn case_numbers_have_no_gaps(app: &TestApp) {
    log_in(app, &["clerk1"]);
    // Every other one breaks a rule that is looked at after the number is drawn.
    taken(app, &birth(100));
    let answers = at_once(2 * CLIENTS, |client| {
        let number = u32::try_from(client).unwrap();
        take(app, "clerk1", &birth(if number.is_multiple_of(2) { number + 1 } else { 100 }))
    });
    answered(&answers, &[("201", CLIENTS), ("409 possible_duplicate", CLIENTS)]);
    let cases = items(app, "clerk1", "/v1/cases?limit=100");
    assert_running(cases.iter().map(|case| running(&case["number"])), CLIENTS + 1);
}

pub fn a_notice_is_given_once_and_later_requests_are_counted(app: &TestApp) {
    let case = taken(app, &door());
    let give = |_| act(app, "clerk1", &at(&case, "/one-time-notice"), &json!({}));
    once(&at_once(CLIENTS, give), "201", "409 not_told_once");
    let rates = app.get("/v1/quality/error-rates?by=TYPE").user("chief1").send();
    assert_eq!(rates.expect(200)["late_requests"], CLIENTS - 1);
}

pub fn a_notice_is_complete_with_its_last_paper(app: &TestApp) {
    let case = taken(app, &door());
    let given = act(app, "clerk1", &at(&case, "/one-time-notice"), &json!({})).expect(201).clone();
    let papers = given["items"].as_array().unwrap().len();
    assert!(papers > 1);
    let receive = |client: usize| {
        let path = at(&case, &format!("/one-time-notice/items/{}", client + 1));
        app.call("PATCH", &path).user("clerk1").if_match("*").json(&json!({"received": true})).send()
    };
    answered(&at_once(papers, receive), &[("200", papers)]);
    assert_eq!(app.get(&at(&case, "/one-time-notice")).user("clerk1").send().expect(200)["complete"], true);
    let now = app.get(&at(&case, "")).user("clerk1").send();
    assert_eq!((now.expect(200)["status"].as_str(), &now.body["missing_papers"]), (Some("ACCEPTED"), &json!([])));
}

pub fn a_case_has_one_open_change(app: &TestApp) {
    let case = registered(app, &birth(1));
    once(&at_once(CLIENTS, |_| act(app, "clerk1", &at(&case, ":correct"), &correction())), "200", "409 conflict");
    assert_eq!(items(app, "clerk1", &at(&case, "/changes")).len(), 1);
}

pub fn a_change_is_decided_once(app: &TestApp) {
    let case = registered(app, &birth(1));
    act(app, "clerk1", &at(&case, ":correct"), &correction()).expect(200);
    log_in(app, &["chief1", "chief2"]);
    let decided = at_once(CLIENTS, |client| match client % 2 {
        0 => act(app, "chief1", &at(&case, ":approve-change"), &json!({})),
        _ => act(app, "chief2", &at(&case, ":reject-change"), &reason()),
    });
    let corrected = once(&decided, "200", "409 wrong_state").body["status"] == "CORRECTED";
    assert_eq!(items(app, "clerk1", "/v1/record-books/maintenance").len(), usize::from(corrected));
}

pub fn a_revocation_is_undone_once(app: &TestApp) {
    let case = registered(app, &birth(1));
    act(app, "clerk1", &at(&case, ":revoke"), &json!({"reason": "重複登記", "office_error": false})).expect(200);
    act(app, "chief1", &at(&case, ":approve-change"), &json!({})).expect(200);
    let why = json!({"reason": "誤撤他案", "office_error": false});
    log_in(app, &["clerk1", "clerk2", "chief1", "chief2"]);
    let asked = at_once(CLIENTS, |_| act(app, "clerk1", &at(&case, ":reinstate"), &why));
    once(&asked, "200", "409 conflict");
    let decided = at_once(CLIENTS, |client| match client % 2 {
        0 => act(app, "chief1", &at(&case, ":approve-change"), &json!({})),
        _ => act(app, "chief2", &at(&case, ":reject-change"), &reason()),
    });
    let stands = once(&decided, "200", "409 wrong_state").body["status"] == "REGISTERED";
    assert_eq!(items(app, "clerk1", "/v1/record-books/maintenance").len(), 1 + usize::from(stands));
}

/// A revoked birth is reinstated at the moment at which another one gives its number.
pub fn a_number_is_a_reinstated_childs_or_anothers(app: &TestApp) {
    let born = |parents: u32| {
        let mut body = birth(parents);
        body["fields"]["national_id"] = female(300)["national_id"].clone();
        body
    };
    let case = registered(app, &born(1));
    act(app, "clerk1", &at(&case, ":revoke"), &json!({"reason": "重複登記", "office_error": false})).expect(200);
    act(app, "chief1", &at(&case, ":approve-change"), &json!({})).expect(200);
    act(app, "clerk1", &at(&case, ":reinstate"), &json!({"reason": "誤撤他案", "office_error": false})).expect(200);
    let other = submitted(app, &born(2));
    log_in(app, &["chief1", "reviewer1"]);
    let answers = at_once(2, |client| match client {
        0 => act(app, "chief1", &at(&case, ":approve-change"), &json!({})),
        _ => act(app, "reviewer1", &at(&other, "/reviews"), &json!({"result": "PASS", "findings": []})),
    });
    assert_eq!(answers.iter().filter(|answer| answer.status < 300).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|answer| answer.status < 300 || answer.body["code"] == "conflict"), "{answers:?}");
}

pub fn a_history_has_a_line_an_act(app: &TestApp) {
    let case = taken(app, &birth(1));
    let clerks = ["clerk1", "clerk2"].map(|user| app.get("/v1/me").user(user).send().expect(200)["id"].clone());
    log_in(app, &["chief1"]);
    let assign = |client: usize| act(app, "chief1", &at(&case, ":assign"), &json!({"clerk_id": clerks[client % 2]}));
    let assigned = at_once(CLIENTS, assign);
    answered(&assigned, &[("200", CLIENTS)]);
    assert_eq!(items(app, "chief1", &at(&case, "/history")).len(), 1 + CLIENTS);
    let tags: BTreeSet<&str> = assigned.iter().map(Answer::etag).collect();
    assert_eq!(tags.len(), CLIENTS, "each change makes a version of its own");
}

pub fn a_case_is_reviewed_once(app: &TestApp) {
    let case = submitted(app, &birth(1));
    log_in(app, &["reviewer1"]);
    once(&at_once(CLIENTS, |_| act(app, "reviewer1", &at(&case, "/reviews"), &passed())), "201", "409 wrong_state");
    assert_eq!(items(app, "clerk1", &at(&case, "/reviews")).len(), 1);
}

pub fn a_case_is_withdrawn_or_registered(app: &TestApp) {
    let case = submitted(app, &birth(1));
    log_in(app, &["reviewer1"]);
    let answers = at_once(2, |client| match client {
        0 => act(app, "clerk1", &at(&case, ":withdraw"), &reason()),
        _ => act(app, "reviewer1", &at(&case, "/reviews"), &passed()),
    });
    let won = |answer: &Answer| answer.status < 300;
    assert!(won(&answers[0]) != won(&answers[1]), "{answers:?}");
    assert!(answers.iter().all(|answer| won(answer) || answer.body["code"] == "wrong_state"), "{answers:?}");
    let status = app.get(&at(&case, "")).user("clerk1").send().expect(200)["status"].clone();
    assert_eq!(status, if won(&answers[0]) { "WITHDRAWN" } else { "REGISTERED" });
}

pub fn a_first_card_is_given_once(app: &TestApp) {
    let card = json!({"kind": "ID_CARD", "photo_taken_on": "2026-10-01"});
    let cases: Vec<Value> = (0..4).map(|_| submitted(app, &again(app, "ID_FIRST", 1, card.clone()))).collect();
    once(&reviewed(app, &cases), "201", "409 conflict");
}

pub fn a_person_has_one_seal(app: &TestApp) {
    let seal = json!({"kind": "SEAL", "village_code": "10007030-002"});
    let cases: Vec<Value> = (0..4).map(|_| submitted(app, &again(app, "SEAL_REGISTER", 1, seal.clone()))).collect();
    once(&reviewed(app, &cases), "201", "409 conflict");
}

pub fn a_number_is_given_once(app: &TestApp) {
    let change = |number: u32| {
        let new = person(100)["national_id"].clone();
        let fields =
            json!({"kind": "UID", "old_number": person(number)["national_id"], "new_number": new, "reason": "DUPLICATE"});
        submitted(app, &again(app, "UID_CHANGE", number, fields))
    };
    let cases: Vec<Value> = (1..=4).map(change).collect();
    once(&reviewed(app, &cases), "201", "409 conflict");
}

/// Two records joined to each other at one moment: one is asked to point, and the other is not.
pub fn two_records_join_one_way(app: &TestApp) {
    let met = |number: u32| {
        let fields = json!({"kind": "COMMON", "matter": "註記"});
        taken(app, &own("OTHER_LAW", number, fields, &[]))["parties"][0]["person_id"].clone()
    };
    let records = [met(7), met(8)];
    log_in(app, &["clerk1"]);
    let answers = at_once(2, |client| {
        let path = format!("/v1/people/{}:join", records[client].as_str().unwrap());
        let paper = json!({"kind": "COURT_RULING", "number": "115 年度訴字第 1 號"});
        let body = json!({"into_person_id": records[1 - client], "document": paper, "reason": "同一人"});
        app.post(&path).user("clerk1").if_match("*").json(&body).send()
    });
    once(&answers, "200", "409 conflict");
}

pub fn a_name_is_changed_from_the_name_of_now(app: &TestApp) {
    let change = |new: &str| {
        let fields = json!({
            "kind": "NAME", "old_name": "測試甲", "new_name": new, "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false
        });
        submitted(app, &again(app, "NAME_GIVEN", 1, fields))
    };
    let cases = ["測試二", "測試三", "測試四", "測試五"].map(change);
    once(&reviewed(app, &cases), "201", "409 conflict");
}

fn transcript(who: Value, number: u32) -> Value {
    let mut applicant = who.clone();
    applicant["relation"] = json!("SELF");
    json!({"kind": "TRANSCRIPT_ZH", "person": who, "applicant": applicant, "purpose": format!("就學{number}"), "copies": 1})
}

pub fn serials_of_certificates_have_no_gaps(app: &TestApp) {
    log_in(app, &["clerk1"]);
    let apply = |client: usize| {
        let number = u32::try_from(client).unwrap() + 1;
        let mut body = transcript(person(number), number);
        if client >= CLIENTS {
            // A seal that is not registered: refused, and no serial is lost.
            body["kind"] = json!("SEAL_CERT");
        }
        app.post("/v1/certificates").user("clerk1").once().json(&body).send()
    };
    let answers = at_once(2 * CLIENTS, apply);
    answered(&answers, &[("201", CLIENTS), ("422 invalid", CLIENTS)]);
    let issued = answers.iter().filter(|answer| answer.status == 201);
    assert_running(issued.map(|answer| running(&answer.body["serial"])), CLIENTS);
}

pub fn a_certificate_is_issued_once(app: &TestApp) {
    let who = json!({"name": "王示範", "national_id": app.citizen_number(1)});
    let asked = made(app, "citizen1", "/v1/certificates", &transcript(who, 1));
    log_in(app, &["clerk1"]);
    let path = format!("/v1/certificates/{}", id(&asked));
    let answers = at_once(CLIENTS, |client| match client % 2 {
        0 => act(app, "clerk1", &format!("{path}:issue"), &json!({})),
        _ => act(app, "clerk1", &format!("{path}:refuse"), &reason()),
    });
    once(&answers, "200", "409 wrong_state");
}

fn plan(app: &TestApp) -> Value {
    made(app, "chief1", "/v1/spot-check-plans", &json!({"period": "115-11"}))
}

fn draw(app: &TestApp, plan: &Value) -> Answer {
    app.post(&format!("/v1/spot-check-plans/{}/draws", id(plan))).user("chief1").once().if_match("*").json(&json!({})).send()
}

pub fn a_case_is_drawn_once_a_plan(app: &TestApp) {
    for number in 1..=7 {
        registered(app, &birth(number));
    }
    let plan = plan(app);
    let draws = at_once(4, |_| draw(app, &plan));
    answered(&draws, &[("201", 4)]);
    let drawn: u64 = draws.iter().map(|draw| draw.body["drawn"].as_u64().unwrap()).sum();
    let checks = items(app, "chief1", "/v1/spot-checks?limit=100");
    let cases: BTreeSet<&str> = checks.iter().map(|check| check["case_id"].as_str().unwrap()).collect();
    assert_eq!((drawn, checks.len(), cases.len()), (7, 7, 7));
}

/// Spot checks of so many cases.
fn checks(app: &TestApp, cases: u32) -> Vec<String> {
    for number in 1..=cases {
        registered(app, &birth(number));
    }
    draw(app, &plan(app)).expect(201);
    items(app, "chief1", "/v1/spot-checks?limit=100").iter().map(|check| format!("/v1/spot-checks/{}", id(check))).collect()
}

pub fn a_finding_is_recorded_once(app: &TestApp) {
    let check = checks(app, 1).remove(0);
    let find = |_| act(app, "chief1", &format!("{check}/findings"), &json!({"result": "CLEAR"}));
    once(&at_once(CLIENTS, find), "200", "409 wrong_state");
    assert_eq!(items(app, "clerk1", "/v1/record-books/spot-checks").len(), 1);
}

pub fn the_books_have_no_gaps(app: &TestApp) {
    let cases: Vec<Value> = (11..=14).map(|number| registered(app, &birth(number))).collect();
    for case in &cases {
        act(app, "clerk1", &at(case, ":correct"), &correction()).expect(200);
    }
    let checks = checks(app, 1);
    log_in(app, &["chief2"]);
    let count = cases.len() + checks.len();
    let answers = at_once(count, |client| match cases.get(client) {
        Some(case) => act(app, "chief2", &at(case, ":approve-change"), &json!({})),
        None => act(app, "chief1", &format!("{}/findings", checks[client - cases.len()]), &json!({"result": "CLEAR"})),
    });
    answered(&answers, &[("200", count)]);
    for (book, lines) in [("maintenance", cases.len()), ("spot-checks", checks.len())] {
        let list = items(app, "clerk1", &format!("/v1/record-books/{book}"));
        assert_running(list.iter().map(|line| line["number"].as_u64().unwrap()), lines);
    }
}

pub fn a_line_is_struck_once(app: &TestApp) {
    let case = registered(app, &birth(1));
    act(app, "clerk1", &at(&case, ":correct"), &correction()).expect(200);
    act(app, "chief1", &at(&case, ":approve-change"), &json!({})).expect(200);
    log_in(app, &["chief2"]);
    let strike = |_| act(app, "chief2", "/v1/record-books/maintenance/115/1:strike", &reason());
    once(&at_once(CLIENTS, strike), "200", "409 conflict");
    assert_eq!(items(app, "clerk1", "/v1/record-books/maintenance").len(), 2);
}

pub fn an_error_is_decided_once(app: &TestApp) {
    let case = submitted(app, &birth(1));
    act(app, "reviewer1", &at(&case, "/reviews"), &found_wrong()).expect(201);
    let error = items(app, "chief1", "/v1/quality/errors")[0].clone();
    log_in(app, &["chief2"]);
    let answers = at_once(CLIENTS, |client| {
        let (user, word) = [("chief1", "confirm"), ("chief2", "dismiss")][client % 2];
        app.post(&format!("/v1/quality/errors/{}:{word}", id(&error))).user(user).if_match("*").send()
    });
    let decided = once(&answers, "200", "409 wrong_state").body["status"].clone();
    assert_eq!(items(app, "chief1", "/v1/quality/errors")[0]["status"], decided);
}
