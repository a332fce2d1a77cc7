//! Spot checks, record books, the error ledger.

use serde_json::{Value, json};

use crate::cases::{act, birth, registered, review, take};
use crate::support::{Answer, TestApp};

fn plan(app: &TestApp) -> Value {
    app.post("/v1/spot-check-plans").user("chief1").json(&json!({"period": "115-11"})).send().expect(201).clone()
}

fn draw(app: &TestApp, user: &str, plan: &Value) -> Answer {
    let path = format!("/v1/spot-check-plans/{}/draws", plan["id"].as_str().unwrap());
    app.post(&path).user(user).json(&json!({})).send()
}

fn checks(app: &TestApp, user: &str) -> Vec<Value> {
    app.get("/v1/spot-checks?limit=100").user(user).send().expect(200)["items"].as_array().unwrap().clone()
}

fn on(app: &TestApp, user: &str, check: &Value, act: &str, body: &Value) -> Answer {
    let path = format!("/v1/spot-checks/{}", check["id"].as_str().unwrap());
    let tag = app.get(&path).user("chief1").send().etag().to_owned();
    app.post(&format!("{path}{act}")).user(user).if_match(&tag).json(body).send()
}

fn finding() -> Value {
    json!({"result": "ERROR", "finding": {"error_code": "WRONG_ENTRY", "severity": "MINOR", "cause": "OVERSIGHT", "note": "胎次登載錯誤"}})
}

#[test]
fn a_sample_is_drawn_and_comes_out_again() {
    let app = TestApp::new();
    for n in 1..=7 {
        registered(&app, &birth(n));
    }
    app.post("/v1/spot-check-plans")
        .user("chief1")
        .json(&json!({"period": "115-11", "min_per_clerk": 4}))
        .send()
        .refused(422, "invalid");
    app.post("/v1/spot-check-plans").user("chief1").json(&json!({"period": "115Q4"})).send().refused(422, "invalid");
    let plan = plan(&app);
    assert_eq!((plan["from"].as_str(), plan["to"].as_str()), (Some("2026-11-01"), Some("2026-11-30")));
    let drawn = draw(&app, "chief1", &plan);
    assert_eq!((drawn.expect(201)["population"].as_i64(), drawn.body["drawn"].as_i64()), (Some(7), Some(5)));
    let proof = app.get(&format!("/v1/spot-check-draws/{}:verify", drawn.body["id"].as_str().unwrap())).user("director1").send();
    assert_eq!((proof.expect(200)["same_population"].as_bool(), proof.body["same_sample"].as_bool()), (Some(true), Some(true)));
    assert_eq!(proof.body["numbers"].as_array().unwrap().len(), 5);
    app.get(&format!("/v1/spot-check-draws/{}", drawn.body["id"].as_str().unwrap())).user("clerk1").send().expect(200);
    assert_eq!((checks(&app, "chief1").len(), checks(&app, "clerk1").len(), checks(&app, "clerk2").len()), (5, 5, 0));
    assert_eq!(app.get("/v1/spot-check-plans").user("chief1").send().expect(200)["items"].as_array().unwrap().len(), 1);
}

#[test]
fn nobody_draws_what_passed_through_their_own_hands() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &birth(1)).expect(201).clone();
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    // The chief reviews it, and so does not check it; the other chief does.
    review(&app, "chief1", &case, "PASS").expect(201);
    let plan = plan(&app);
    assert_eq!(draw(&app, "chief1", &plan).expect(201)["population"], 0);
    assert_eq!(draw(&app, "chief2", &plan).expect(201)["population"], 1);
    let path = format!("/v1/spot-check-plans/{}/draws", plan["id"].as_str().unwrap());
    let clerk = app.get("/v1/me").user("clerk1").send().expect(200)["id"].clone();
    app.post(&path).user("chief1").json(&json!({"checker": clerk})).send().refused(422, "invalid");
    let check = checks(&app, "chief1")[0].clone();
    on(&app, "chief1", &check, "/findings", &finding()).refused(409, "same_person");
    on(&app, "director1", &check, "/findings", &finding()).refused(409, "assigned_to_other");
}

#[test]
fn a_finding_is_contested_ruled_on_and_counted() {
    let app = TestApp::new();
    registered(&app, &birth(1));
    registered(&app, &birth(2));
    draw(&app, "chief1", &plan(&app)).expect(201);
    let all = checks(&app, "chief1");
    on(&app, "chief1", &all[0], "/findings", &json!({"result": "CLEAR"})).expect(200);
    on(&app, "chief1", &all[1], "/findings", &json!({"result": "ERROR"})).refused(422, "invalid");
    on(&app, "chief1", &all[1], "/findings", &finding()).expect(200);
    on(&app, "chief1", &all[1], ":rule", &json!({"uphold": true, "ruling": "確有誤載"})).refused(409, "same_person");
    on(&app, "clerk2", &all[1], ":rebut", &json!({"rebuttal": "無誤"})).refused(404, "not_found");
    assert_eq!(on(&app, "clerk1", &all[1], ":rebut", &json!({"rebuttal": "無誤"})).expect(200)["status"], "REBUTTED");
    let ruled = on(&app, "director1", &all[1], ":rule", &json!({"uphold": true, "ruling": "確有誤載", "remedy": "逕行更正"}));
    assert!(ruled.expect(200)["error_id"].is_string());
    let again = on(&app, "director1", &all[1], ":rule", &json!({"uphold": false, "ruling": "x"}));
    assert_eq!(again.refused(409, "wrong_state")["allowed_actions"], json!([]));
    let book = app.get("/v1/record-books/spot-checks").user("clerk1").send();
    let lines = book.expect(200)["items"].as_array().unwrap().clone();
    let lines: Vec<_> = lines.iter().map(|l| (l["number"].as_i64().unwrap(), l["result"].as_str().unwrap())).collect();
    assert_eq!(lines, [(1, "CLEARED"), (2, "FOUND"), (3, "UPHELD")]);
    assert!(app.get("/v1/record-books/spot-checks").user("clerk3").send().expect(200)["items"].as_array().unwrap().is_empty());
    let rates = app.get("/v1/quality/error-rates?by=TYPE").user("chief1").send();
    let item = &rates.expect(200)["items"][0];
    assert_eq!((item["key"].as_str(), item["accepted"].as_i64(), item["by_check"].as_i64()), (Some("BIRTH"), Some(2), Some(1)));
    assert_eq!(item["rate"], "0.5000");
    let months = app.get("/v1/quality/error-rates?by=MONTH").user("chief1").send();
    let november = months.expect(200)["items"].as_array().unwrap().iter().find(|i| i["key"] == "115-11").unwrap().clone();
    assert_eq!((november["accepted"].as_i64(), november["rate"].as_str()), (Some(2), Some("0.5000")));
    assert_eq!(
        app.get("/v1/quality/error-rates?by=CLERK").user("chief1").send().expect(200)["items"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn a_reviewers_error_counts_once_a_chief_confirms_it() {
    let app = TestApp::new();
    for n in 1..=2 {
        let case = take(&app, "clerk1", &birth(n)).expect(201).clone();
        act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
        review(&app, "reviewer1", &case, "ERROR").expect(201);
    }
    let list = app.get("/v1/quality/errors?status=PROPOSED&type=BIRTH&source=REVIEW").user("chief1").send();
    let errors = list.expect(200)["items"].as_array().unwrap().clone();
    assert_eq!(errors.len(), 2);
    let decide = |n: usize, act: &str| {
        app.post(&format!("/v1/quality/errors/{}:{act}", errors[n]["id"].as_str().unwrap())).user("chief1").send()
    };
    assert_eq!(decide(0, "confirm").expect(200)["status"], "CONFIRMED");
    decide(0, "confirm").refused(409, "wrong_state");
    assert_eq!(decide(1, "dismiss").expect(200)["status"], "DISMISSED");
    let rate = app.get("/v1/quality/error-rates?by=TYPE").user("chief1").send().expect(200)["items"][0]["rate"].clone();
    assert_eq!(rate, "0.5000");
    assert_eq!(app.get("/v1/quality/errors?from=2026-11-24").user("chief1").send().expect(200)["items"], json!([]));
}

#[test]
fn the_maintenance_book_runs_by_year_and_exports() {
    let app = TestApp::new();
    let case = registered(&app, &birth(1));
    let changes = json!([{"pointer": "/fields/birth_order", "value": 2}, {"pointer": "/fields/child_name", "value": "=1+1"}]);
    let body = json!({"changes": changes, "reason": "依證明更正", "office_error": true});
    act(&app, "chief1", &case, ":correct", &body).expect(200);
    act(&app, "chief2", &case, ":approve-change", &json!({})).expect(200);
    let book = app.get("/v1/record-books/maintenance?include_total=true").user("clerk1").send();
    let lines = book.expect(200)["items"].as_array().unwrap().clone();
    assert_eq!((lines.len(), book.body["total"].as_i64()), (2, Some(2)));
    assert_eq!((lines[0]["before"].as_str(), lines[0]["after"].as_str()), (Some("1"), Some("2")));
    assert_eq!(lines[1]["before"], "王○安", "masked");
    assert!(
        app.get("/v1/record-books/maintenance?roc_year=114").user("clerk1").send().expect(200)["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert!(app.get("/v1/record-books/maintenance").user("clerk4").send().expect(200)["items"].as_array().unwrap().is_empty());
    let export = |name: &str| format!("/v1/record-books/{name}?purpose=%E6%9F%A5%E6%A0%B8");
    let csv = app.get(&export("maintenance.csv")).user("chief1").send();
    assert!(csv.status == 200 && csv.text.lines().count() == 3, "{}", csv.text);
    assert!(csv.text.contains("'=○○1"), "no formula: {}", csv.text);
    app.get("/v1/record-books/maintenance.csv").user("chief1").send().refused(400, "invalid_parameter");
    assert!(app.get(&export("maintenance.xlsx")).user("chief1").bytes().starts_with(b"PK"));
    assert!(app.get(&export("spot-checks.xlsx")).user("chief1").bytes().starts_with(b"PK"));
    assert_eq!(app.get(&export("spot-checks.csv")).user("chief1").send().text.lines().count(), 1);
    // The office's own error counts as one found by correction.
    let rates = app.get("/v1/quality/error-rates?by=TYPE").user("chief1").send();
    assert_eq!(rates.expect(200)["items"][0]["by_correction"], 1);
    let mut missing = birth(2);
    missing["papers"] = json!([]);
    let other = take(&app, "clerk1", &missing).expect(201).clone();
    act(&app, "clerk1", &other, "/one-time-notice", &json!({"given_how": "HANDED"})).expect(201);
    act(&app, "clerk1", &other, "/one-time-notice", &json!({"given_how": "HANDED"})).refused(409, "not_told_once");
    assert_eq!(app.get("/v1/quality/error-rates?by=TYPE").user("chief1").send().expect(200)["late_requests"], 1);
}
