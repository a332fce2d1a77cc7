//! Spot checks, record books, the error ledger.

use serde_json::{Value, json};

use crate::cases::{act, at, birth, registered, review, take};
use crate::support::{Answer, TestApp};

fn plan(app: &TestApp) -> Value {
    app.post("/v1/spot-check-plans").user("chief1").json(&json!({"period": "115-11"})).send().expect(201).clone()
}

fn draw(app: &TestApp, user: &str, plan: &Value) -> Answer {
    let path = format!("/v1/spot-check-plans/{}/draws", plan["id"].as_str().unwrap());
    app.post(&path).user(user).if_match("*").json(&json!({})).send()
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
    assert_eq!((plan["from_on"].as_str(), plan["to_on"].as_str()), (Some("2026-11-01"), Some("2026-11-30")));
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
    app.post(&path).user("chief1").if_match("*").json(&json!({"checker_id": clerk})).send().refused(422, "invalid");
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
    assert_eq!(lines, [(1, "CLEARED"), (2, "FOUND"), (3, "REBUTTED"), (4, "UPHELD")]);
    let upheld = &book.body["items"][3];
    assert_eq!(
        (&upheld["error_code"], &upheld["severity"], &upheld["cause"]),
        (&json!("WRONG_ENTRY"), &json!("MINOR"), &json!("OVERSIGHT"))
    );
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
    app.sql("UPDATE accounts SET roles = '[\"CLK\",\"CHF\"]' WHERE username = 'clerk1'");
    for n in 1..=2 {
        let case = take(&app, "clerk1", &birth(n)).expect(201).clone();
        act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
        review(&app, "reviewer1", &case, "ERROR").expect(201);
    }
    let list = app.get("/v1/quality/errors?status=PROPOSED&type=BIRTH&source=REVIEW").user("chief1").send();
    let errors = list.expect(200)["items"].as_array().unwrap().clone();
    assert_eq!(errors.len(), 2);
    let decide = |n: usize, act: &str| {
        app.post(&format!("/v1/quality/errors/{}:{act}", errors[n]["id"].as_str().unwrap())).user("chief1").if_match("*").send()
    };
    let own = format!("/v1/quality/errors/{}:dismiss", errors[0]["id"].as_str().unwrap());
    app.post(&own).user("clerk1").if_match("*").send().refused(409, "same_person");
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
    let changes = json!([{"pointer": "/fields/birth_order", "value": 2}, {"pointer": "/fields/child_name", "value": "-甲乙"}]);
    let body = json!({"changes": changes, "reason": "依證明更正", "office_error": true});
    act(&app, "chief1", &case, ":correct", &body).expect(200);
    act(&app, "chief2", &case, ":approve-change", &json!({})).expect(200);
    let book = app.get("/v1/record-books/maintenance?include_total=true").user("clerk1").send();
    let lines = book.expect(200)["items"].as_array().unwrap().clone();
    assert_eq!((lines.len(), book.body["total"].as_i64()), (2, Some(2)));
    assert_eq!((lines[0]["before"].as_str(), lines[0]["after"].as_str()), (Some("1"), Some("2")));
    assert_eq!(lines[1]["before"], "測○安", "masked");
    assert!(
        app.get("/v1/record-books/maintenance?roc_year=114").user("clerk1").send().expect(200)["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert!(app.get("/v1/record-books/maintenance").user("clerk4").send().expect(200)["items"].as_array().unwrap().is_empty());
    let export =
        |name: &str| format!("/v1/record-books/{name}?purpose=%E6%9F%A5%E6%A0%B8&legal_basis=%E5%80%8B%E8%B3%87%E6%B3%95");
    let csv = app.get(&export("maintenance.csv")).user("chief1").send();
    assert!(csv.status == 200 && csv.text.lines().count() == 3, "{}", csv.text);
    assert!(csv.text.contains("'-○乙"), "no formula: {}", csv.text);
    app.get("/v1/record-books/maintenance.csv").user("chief1").send().refused(400, "invalid_parameter");
    app.get("/v1/record-books/maintenance.csv?purpose=x").user("chief1").send().refused(400, "invalid_parameter");
    let lines = |user: &str| app.get(&export("maintenance.csv")).user(user).send().text.lines().count();
    assert_eq!((lines("clerk1"), lines("reviewer1"), lines("clerk3")), (3, 3, 1), "staff export what they may read");
    let log = app.get("/v1/audit-log?action=record_book.exported").user("director1").send();
    assert!(log.text.contains("查核（個資法）"), "{}", log.text);
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
    let again = |key: &str| {
        let call = app.post(&at(&other, "/one-time-notice")).user("clerk1").if_match("*").key(key);
        call.json(&json!({"given_how": "HANDED"})).send().refused(409, "not_told_once").clone()
    };
    let late = || app.get("/v1/quality/error-rates?by=TYPE").user("chief1").send().expect(200)["late_requests"].clone();
    let first = again("first");
    assert_eq!(
        (late(), again("first")["allowed_actions"].clone(), late()),
        (json!(1), first["allowed_actions"].clone(), json!(1))
    );
    again("second");
    assert_eq!(late(), 2);
}

#[test]
fn a_draw_comes_out_again_after_the_month_went_on() {
    let app = TestApp::new();
    for n in 1..=6 {
        registered(&app, &birth(n));
    }
    let plan = plan(&app);
    let path = format!("/v1/spot-check-plans/{}", plan["id"].as_str().unwrap());
    assert_eq!(app.get(&path).user("chief1").send().expect(200), &plan);
    let body = json!({"seed": "骰子 4 1 6"});
    let first = app.post(&format!("{path}/draws")).user("chief1").if_match("*").json(&body).send();
    assert_eq!((first.expect(201)["seed"].as_str(), first.body["population"].as_i64()), (Some("骰子 4 1 6"), Some(6)));
    let draw_path = format!("/v1/spot-check-draws/{}", first.body["id"].as_str().unwrap());
    let proof = app.get(&format!("{draw_path}:verify")).user("chief1").send().expect(200).clone();
    registered(&app, &birth(7));
    assert_eq!(app.get(&format!("{draw_path}:verify")).user("chief1").send().expect(200), &proof);
    assert_eq!((&proof["same_population"], &proof["same_sample"]), (&json!(true), &json!(true)));
    // Anyone can do the sum: the lowest hashes of seed and number.
    let lots = app.get(&format!("{draw_path}/population?include_total=true&limit=4")).user("chief1").send();
    assert_eq!((lots.expect(200)["total"].as_i64(), lots.body["items"].as_array().unwrap().len()), (Some(6), 4));
    let next = format!("{draw_path}/population?limit=4&cursor={}", lots.body["next"].as_str().unwrap());
    let rest = app.get(&next).user("chief1").send();
    let both = lots.body["items"].as_array().unwrap().iter().chain(rest.expect(200)["items"].as_array().unwrap());
    let mut tickets: Vec<(Vec<u8>, &str)> = both.map(|lot| ticket("骰子 4 1 6", lot["number"].as_str().unwrap())).collect();
    tickets.sort();
    let lowest: Vec<&str> = tickets.iter().take(5).map(|(_, number)| *number).collect();
    assert_eq!(proof["numbers"], json!(lowest));
    // What was drawn is not drawn again: the sixth and the new one are left.
    assert_eq!(draw(&app, "chief1", &plan).expect(201)["population"], 2);
}

fn ticket<'a>(seed: &str, number: &'a str) -> (Vec<u8>, &'a str) {
    use aws_lc_rs::digest::{SHA256, digest};
    (digest(&SHA256, format!("{seed}:{number}").as_bytes()).as_ref().to_vec(), number)
}

#[test]
fn a_plan_names_its_strata_and_no_month_to_come() {
    let app = TestApp::new();
    for n in 1..=3 {
        registered(&app, &birth(n));
    }
    let post = |body: Value| app.post("/v1/spot-check-plans").user("chief1").json(&body).send();
    assert_eq!(post(json!({"period": "115-12"})).refused(422, "invalid")["errors"][0]["pointer"], "/period");
    let refused = post(json!({"period": "115-11", "strata": ["TYPE"], "min_per_clerk": 5}));
    assert_eq!(refused.refused(422, "invalid")["errors"][0]["pointer"], "/min_per_clerk");
    let made = post(json!({"period": "115-11", "strata": ["TYPE", "TYPE"], "min_per_type": 2}));
    assert_eq!((&made.expect(201)["strata"], &made.body["min_per_clerk"]), (&json!(["TYPE"]), &json!(0)));
    assert_eq!(draw(&app, "chief1", &made.body).expect(201)["drawn"], 2);
}

#[test]
fn a_branch_sees_its_own_of_draws_checks_books_and_errors() {
    let app = TestApp::new();
    app.sql("UPDATE accounts SET service_point = 'XIANXI' WHERE username = 'chief2'");
    for n in 1..=2 {
        registered(&app, &birth(n));
    }
    let case = registered(&app, &birth(3));
    let change = json!({"changes": [{"pointer": "/fields/birth_order", "value": 2}], "reason": "更正", "office_error": true});
    act(&app, "chief1", &case, ":correct", &change).expect(200);
    let plan = plan(&app);
    let drawn = draw(&app, "chief1", &plan).expect(201).clone();
    let path = format!("/v1/spot-check-draws/{}", drawn["id"].as_str().unwrap());
    for user in ["clerk2", "clerk3", "chief2"] {
        for end in ["", ":verify", "/population"] {
            app.get(&format!("{path}{end}")).user(user).send().refused(404, "not_found");
        }
        assert!(checks(&app, user).is_empty(), "{user}");
    }
    assert_eq!(app.get(&format!("{path}:verify")).user("clerk1").send().expect(200)["numbers"].as_array().unwrap().len(), 2);
    let check = checks(&app, "chief1")[0]["id"].as_str().unwrap().to_owned();
    app.get(&format!("/v1/spot-checks/{check}")).user("chief2").send().refused(404, "not_found");
    for list in ["/v1/record-books/maintenance", "/v1/quality/errors", "/v1/notice-ledger", "/v1/agency-notices"] {
        assert_eq!(app.get(list).user("chief2").send().expect(200)["items"], json!([]), "{list}");
    }
    let rates = app.get("/v1/quality/error-rates?by=TYPE").user("chief2").send();
    assert_eq!(rates.expect(200)["items"], json!([]));
    assert_eq!(draw(&app, "chief2", &plan).expect(201)["population"], 0);
    app.post("/v1/record-books/maintenance/115/1:strike")
        .user("chief2")
        .if_match("*")
        .json(&json!({"reason": "誤登"}))
        .send()
        .refused(404, "not_found");
}

#[test]
fn a_reviewer_checks_what_others_reviewed() {
    let app = TestApp::new();
    registered(&app, &birth(1));
    let reviewer = |n: u8| app.get("/v1/me").user(&format!("reviewer{n}")).send().expect(200)["id"].clone();
    let plan = plan(&app);
    let path = format!("/v1/spot-check-plans/{}/draws", plan["id"].as_str().unwrap());
    let own = app.post(&path).user("chief1").if_match("*").json(&json!({"checker_id": reviewer(1)})).send();
    assert_eq!(own.expect(201)["population"], 0, "nobody checks what they reviewed");
    app.post(&path).user("chief1").if_match("*").json(&json!({"checker_id": reviewer(2)})).send().expect(201);
    let check = checks(&app, "reviewer2")[0].clone();
    assert_eq!(check["allowed_actions"], json!(["finding-clear", "finding-error"]));
    on(&app, "reviewer1", &check, "/findings", &finding()).refused(409, "same_person");
    let mut body = finding();
    body["source"] = json!("EX_OFFICIO_CORRECTION");
    let found = on(&app, "reviewer2", &check, "/findings", &body);
    assert_eq!((&found.expect(200)["source"], &found.body["allowed_actions"]), (&json!("EX_OFFICIO_CORRECTION"), &json!([])));
    assert_eq!(checks(&app, "clerk1")[0]["allowed_actions"], json!(["rebut"]));
    on(&app, "reviewer2", &check, ":rule", &json!({"uphold": true, "ruling": "x"})).refused(403, "forbidden");
    on(&app, "clerk1", &check, ":rebut", &json!({"rebuttal": "無誤"})).expect(200);
    on(&app, "chief1", &check, ":rule", &json!({"uphold": true, "ruling": "確有誤載"})).expect(200);
    let errors = app.get("/v1/quality/errors?source=EX_OFFICIO_CORRECTION").user("chief1").send();
    assert_eq!(errors.expect(200)["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_wrong_line_is_struck_by_a_new_one() {
    let app = TestApp::new();
    let case = registered(&app, &birth(1));
    let change = json!({"changes": [{"pointer": "/fields/birth_order", "value": 2}], "reason": "更正", "office_error": false});
    act(&app, "clerk1", &case, ":correct", &change).expect(200);
    act(&app, "director1", &case, ":approve-change", &json!({})).expect(200);
    let strike = |user: &str, book: &str, line: u8| {
        let path = format!("/v1/record-books/{book}/115/{line}:strike");
        app.post(&path).user(user).if_match("*").json(&json!({"reason": "誤登他案"})).send()
    };
    strike("director1", "maintenance", 1).refused(409, "same_person");
    strike("chief2", "maintenance", 7).refused(404, "not_found");
    let line = strike("chief2", "maintenance", 1);
    assert_eq!((line.expect(200)["strikes"].as_str(), line.body["after"].as_str()), (Some("115-1"), Some("2")));
    strike("chief1", "maintenance", 1).refused(409, "conflict");
    strike("chief1", "maintenance", 2).refused(409, "conflict");
    let book = app.get("/v1/record-books/maintenance").user("clerk1").send().expect(200)["items"].clone();
    assert_eq!((&book[0]["reason"], &book[0]["struck_by"]), (&json!("更正"), &json!("115-2")), "the original stays");
    assert_eq!(book[1]["reason"], "誤登他案");

    draw(&app, "chief1", &plan(&app)).expect(201);
    on(&app, "chief1", &checks(&app, "chief1")[0], "/findings", &finding()).expect(200);
    strike("chief1", "spot-checks", 1).refused(409, "same_person");
    let line = strike("chief2", "spot-checks", 1);
    assert_eq!((line.expect(200)["strikes"].as_str(), line.body["finding"].as_str()), (Some("115-1"), Some("誤登他案")));
    let book = app.get("/v1/record-books/spot-checks").user("clerk1").send().expect(200)["items"].clone();
    assert_eq!((book[0]["struck_by"].as_str(), book[0]["error_code"].as_str()), (Some("115-2"), Some("WRONG_ENTRY")));
}

#[test]
fn the_ledger_shows_rates_by_clerk_type_and_month_from_two_sources() {
    let app = TestApp::new();
    for n in 1..=3 {
        let case = registered(&app, &birth(n));
        if n == 1 {
            let change =
                json!({"changes": [{"pointer": "/fields/birth_order", "value": 2}], "reason": "更正", "office_error": true});
            act(&app, "chief1", &case, ":correct", &change).expect(200);
            act(&app, "chief2", &case, ":approve-change", &json!({})).expect(200);
        }
    }
    let ask = |query: &str| app.get(&format!("/v1/quality/errors?{query}")).user("chief1").send();
    let clerk = app.get("/v1/me").user("clerk1").send().expect(200)["id"].as_str().unwrap().to_owned();
    for (query, key) in [
        ("month=115-11&by=MONTH".to_owned(), "115-11"),
        (format!("month=115-11&by=CLERK&clerk_id={clerk}"), clerk.as_str()),
        ("type=BIRTH".to_owned(), "BIRTH"),
    ] {
        let ledger = ask(&query);
        assert_eq!(ledger.expect(200)["items"].as_array().unwrap().len(), 1, "{query}");
        let rates = ledger.body["rates"]["items"].as_array().unwrap();
        assert_eq!((rates.len(), rates[0]["key"].as_str()), (1, Some(key)), "{query}");
        let shown =
            ["accepted", "by_check", "by_correction", "rate", "check_rate", "correction_rate"].map(|name| rates[0][name].clone());
        assert_eq!(json!(shown), json!([3, 0, 1, "0.3333", "0.0000", "0.3333"]), "{query}");
    }
    assert_eq!(ask("month=115-10").expect(200)["items"], json!([]));
    ask("month=115-13").refused(400, "invalid_parameter");
    ask("month=115").refused(400, "invalid_parameter");
}

fn account(app: &TestApp, user: &str) -> Value {
    app.get("/v1/me").user(user).send().expect(200)["id"].clone()
}

fn offered(app: &TestApp, user: &str, check: &Value) -> Value {
    app.get(&format!("/v1/spot-checks/{}", check["id"].as_str().unwrap())).user(user).send().expect(200)["allowed_actions"]
        .clone()
}

#[test]
fn whoever_approved_a_correction_checks_nothing_of_it_and_hands_over() {
    let app = TestApp::new();
    let (first, second) = (registered(&app, &birth(1)), registered(&app, &birth(2)));
    let correct = |case: &Value| {
        let change =
            json!({"changes": [{"pointer": "/fields/birth_order", "value": 2}], "reason": "更正", "office_error": false});
        act(&app, "clerk1", case, ":correct", &change).expect(200);
        act(&app, "chief1", case, ":approve-change", &json!({})).expect(200);
    };
    correct(&first);
    assert_eq!(draw(&app, "chief1", &plan(&app)).expect(201)["population"], 1, "not what the checker approved");
    let check = checks(&app, "chief1")[0].clone();
    assert_eq!(check["case_id"], second["id"]);
    assert_eq!(offered(&app, "chief1", &check), json!(["finding-clear", "finding-error", "hand-over"]));
    for (user, may) in [("chief2", json!(["hand-over"])), ("director1", json!(["hand-over"])), ("reviewer2", json!([]))] {
        assert_eq!(offered(&app, user, &check), may, "{user}");
    }
    correct(&second);
    assert_eq!(offered(&app, "chief1", &check), json!(["hand-over"]));
    on(&app, "chief1", &check, "/findings", &json!({"result": "CLEAR"})).refused(409, "same_person");
    let hand_over = |to: &str| {
        let body = json!({"checker_id": account(&app, to), "reason": "原抽核者已核定更正"});
        on(&app, "director1", &check, ":hand-over", &body)
    };
    hand_over("reviewer1").refused(409, "same_person");
    hand_over("clerk2").refused(422, "invalid");
    assert_eq!(hand_over("chief2").expect(200)["checker_id"], account(&app, "chief2"));
    assert_eq!(offered(&app, "chief2", &check), json!(["finding-clear", "finding-error", "hand-over"]));
    on(&app, "chief2", &check, "/findings", &json!({"result": "CLEAR"})).expect(200);
    hand_over("chief2").refused(409, "wrong_state");
}

#[test]
fn a_clerk_is_heard_before_a_finding_is_upheld() {
    let app = TestApp::new();
    registered(&app, &birth(1));
    registered(&app, &birth(2));
    draw(&app, "chief1", &plan(&app)).expect(201);
    let all = checks(&app, "chief1");
    for check in &all {
        let found = on(&app, "chief1", check, "/findings", &finding());
        assert_eq!(
            (&found.expect(200)["rebuttal_due_at"], &found.body["allowed_actions"]),
            (&json!("2026-12-02T23:59:59+08:00"), &json!([]))
        );
        assert_eq!(offered(&app, "director1", check), json!(["rule-dismiss"]));
        let rule = on(&app, "director1", check, ":rule", &json!({"uphold": true, "ruling": "確有誤載"}));
        assert_eq!(rule.refused(409, "wrong_state")["allowed_actions"], json!(["rule-dismiss"]));
    }
    on(&app, "clerk1", &all[0], ":rebut", &json!({"rebuttal": "無誤"})).expect(200);
    assert_eq!(offered(&app, "director1", &all[0]), json!(["rule-uphold", "rule-dismiss"]));
    assert_eq!(offered(&app, "chief1", &all[0]), json!([]), "the checker does not rule");
    on(&app, "director1", &all[0], ":rule", &json!({"uphold": true, "ruling": "確有誤載"})).expect(200);
    // A day off in between gives the clerk a day more.
    let closed = json!({"date": "2026-12-01", "part": "ALL", "reason": "颱風"});
    app.post("/v1/calendar/closures").user("chief1").json(&closed).send().expect(201);
    app.set_clock("2026-12-03T09:00:00+08:00");
    assert_eq!(offered(&app, "director1", &all[1]), json!(["rule-dismiss"]));
    app.set_clock("2026-12-04T09:00:00+08:00");
    let ruled = on(&app, "director1", &all[1], ":rule", &json!({"uphold": true, "ruling": "未陳述意見"})).expect(200).clone();
    let error = app.get(&format!("/v1/quality/errors/{}", ruled["error_id"].as_str().unwrap())).user("chief1").send();
    let by = |user: &str| json!(format!("accounts/{}", account(&app, user).as_str().unwrap()));
    assert_eq!((&error.expect(200)["proposed_by"], &error.body["decided_by"]), (&by("chief1"), &by("director1")));
    assert_eq!(error.body["proposed_at"], "2026-11-23T09:00:00+08:00");
}

#[test]
fn an_office_error_is_proposed_by_whoever_proposed_its_correction() {
    let app = TestApp::new();
    let case = registered(&app, &birth(1));
    let change = json!({"changes": [{"pointer": "/fields/birth_order", "value": 2}], "reason": "更正", "office_error": true});
    act(&app, "clerk1", &case, ":correct", &change).expect(200);
    app.set_clock("2026-11-23T10:00:00+08:00");
    act(&app, "chief1", &case, ":approve-change", &json!({})).expect(200);
    let error = app.get("/v1/quality/errors").user("chief1").send().expect(200)["items"][0].clone();
    let by = |user: &str| json!(format!("accounts/{}", account(&app, user).as_str().unwrap()));
    assert_eq!((&error["proposed_by"], &error["decided_by"]), (&by("clerk1"), &by("chief1")));
    let at = (error["proposed_at"].as_str(), error["decided_at"].as_str());
    assert_eq!(at, (Some("2026-11-23T09:00:00+08:00"), Some("2026-11-23T10:00:00+08:00")));
}
