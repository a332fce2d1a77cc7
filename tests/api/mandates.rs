//! What somebody began as a legal representative is theirs to follow as long as the mandate lasts, on whichever road.

use serde_json::{Value, json};

use crate::capacity::{born, certificate, custody, seal, with};
use crate::cases::{act, at, registered, revoke, take};
use crate::protection::{mark, mark_act, order};
use crate::support::{Answer, TestApp, person};

const CHILD: u32 = 61;
const LAST_DAY: &str = "2026-11-24T23:59:00+08:00";
const BIRTHDAY: &str = "2026-11-25T00:00:00+08:00";

fn mother(app: &TestApp) -> Value {
    json!({"name": "王示範", "national_id": app.citizen_number(1)})
}

fn ids(app: &TestApp, path: &str) -> Vec<Value> {
    let list = app.get(path).user("citizen1").send();
    list.expect(200)["items"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect()
}

fn certify(app: &TestApp, key: &str) -> Answer {
    let body = certificate(&person(CHILD), &mother(app), "LEGAL_REPRESENTATIVE");
    app.post("/v1/certificates").user("citizen1").key(key).json(&body).send()
}

#[test]
fn a_parents_mandate_ends_with_the_18th_birthday_on_every_road() {
    let app = TestApp::new();
    born(&app, CHILD, "2008-11-25");
    let ruling = registered(&app, &custody(&app, CHILD, &mother(&app)));
    let case = take(&app, "clerk1", &seal(&app, CHILD, &mother(&app), "LEGAL_REPRESENTATIVE")).expect(201).clone();
    let asked = certify(&app, "once").expect(201).clone();
    let path = format!("/v1/certificates/{}", asked["id"].as_str().unwrap());
    let roads = ["", "/history", "/clock"].map(|road| at(&case, road)).into_iter().chain([path.clone()]);
    let roads: Vec<String> = roads.collect();
    app.set_clock(LAST_DAY);
    for road in &roads {
        app.get(road).user("citizen1").send().expect(200);
    }
    assert!(ids(&app, "/v1/cases").contains(&case["id"]));
    assert_eq!(ids(&app, "/v1/certificates"), [asked["id"].clone()]);
    assert_eq!(certify(&app, "once").expect(201)["id"], asked["id"], "the answer is given again");
    app.set_clock(BIRTHDAY);
    for road in &roads {
        app.get(road).user("citizen1").send().refused(404, "not_found");
    }
    assert_eq!(ids(&app, "/v1/certificates"), Vec::<Value>::new());
    certify(&app, "once").refused(422, "idempotency_mismatch");
    let why = json!({"reason": "不辦了"});
    let act = |path: String| app.post(&path).user("citizen1").if_match("*").json(&why).send();
    act(at(&case, ":withdraw")).refused(404, "not_found");
    act(format!("{path}:withdraw")).refused(404, "not_found");
    // What is the parent's own stays: the case about the rights was their own to apply for.
    let left = ids(&app, "/v1/cases");
    assert!(left.contains(&ruling["id"]) && !left.contains(&case["id"]), "{left:?}");
    app.get(&at(&ruling, "")).user("citizen1").send().expect(200);
    // To the office nothing has changed.
    app.get(&at(&case, "")).user("clerk1").send().expect(200);
    app.get(&path).user("clerk1").send().expect(200);
}

#[test]
fn a_parent_who_consents_reads_the_case_until_the_mandate_ends() {
    let app = TestApp::new();
    born(&app, CHILD, "2008-11-25");
    registered(&app, &custody(&app, CHILD, &mother(&app)));
    let mut body = seal(&app, CHILD, &person(CHILD), "SELF");
    body["parties"].as_array_mut().unwrap().push(with(mother(&app), "role", "LEGAL_REPRESENTATIVE"));
    let case = take(&app, "clerk1", &body).expect(201).clone();
    app.get(&at(&case, "")).user("citizen1").send().expect(200);
    assert!(ids(&app, "/v1/cases").contains(&case["id"]));
    app.set_clock(BIRTHDAY);
    app.get(&at(&case, "")).user("citizen1").send().refused(404, "not_found");
    assert!(!ids(&app, "/v1/cases").contains(&case["id"]));
}

#[test]
fn a_parent_who_consents_and_is_barred_sees_nothing_of_the_case() {
    let app = TestApp::new();
    born(&app, CHILD, "2009-11-25");
    registered(&app, &custody(&app, CHILD, &mother(&app)));
    let mut body = seal(&app, CHILD, &person(CHILD), "SELF");
    body["parties"].as_array_mut().unwrap().push(with(mother(&app), "role", "LEGAL_REPRESENTATIVE"));
    body["papers"] = json!([]);
    let case = take(&app, "clerk1", &body).expect(201).clone();
    act(&app, "clerk1", &case, "/one-time-notice", &json!({})).expect(201);
    let roads = ["", "/history", "/clock", "/one-time-notice", "/one-time-notice.txt"].map(|under| at(&case, under));
    for road in &roads {
        assert_eq!(app.get(road).user("citizen1").send().status, 200, "{road}");
    }
    let child = case["parties"][0]["person_id"].as_str().unwrap();
    let marked = mark(&app, "clerk1", child, &order(&mother(&app))).expect(201).clone();
    for road in &roads {
        app.get(road).user("citizen1").send().refused(404, "not_found");
    }
    assert!(!ids(&app, "/v1/cases").contains(&case["id"]));
    // The office hears them all the same.
    assert_eq!(app.get(&roads[0]).user("clerk1").send().expect(200)["parties"].as_array().unwrap().len(), 2);
    mark_act(&app, "clerk2", &marked, ":confirm").expect(200);
    mark_act(&app, "clerk1", &marked, ":lift").expect(200);
    mark_act(&app, "chief1", &marked, ":lift").expect(200);
    app.get(&roads[0]).user("citizen1").send().expect(200);
}

#[test]
fn a_mandate_ends_with_the_ruling_that_gives_it_to_somebody_else_and_comes_back_with_its_revocation() {
    let app = TestApp::new();
    born(&app, CHILD, "2015-11-25");
    registered(&app, &custody(&app, CHILD, &mother(&app)));
    let case = take(&app, "clerk1", &seal(&app, CHILD, &mother(&app), "LEGAL_REPRESENTATIVE")).expect(201).clone();
    let read = || app.get(&at(&case, "")).user("citizen1").send().status;
    assert_eq!(read(), 200);
    let mut later = custody(&app, CHILD, &crate::support::female(62));
    (later["event_on"], later["confirm_not_duplicate"]) = (json!("2026-11-22"), json!(true));
    let later = registered(&app, &later);
    assert_eq!(read(), 404);
    assert!(!ids(&app, "/v1/cases").contains(&case["id"]));
    revoke(&app, &later);
    assert_eq!(read(), 200);
}

#[test]
fn of_whom_no_case_has_registered_a_birthday_the_one_that_is_known_counts() {
    let app = TestApp::new();
    let mut body = seal(&app, 63, &mother(&app), "LEGAL_REPRESENTATIVE");
    body["parties"][0]["birth_on"] = json!("2008-11-25");
    let case = take(&app, "clerk1", &body).expect(201).clone();
    let read = || app.get(&at(&case, "")).user("citizen1").send().status;
    assert_eq!(read(), 200);
    app.set_clock(BIRTHDAY);
    assert_eq!(read(), 404);
}
