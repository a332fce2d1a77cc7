//! Who is given work on a matter, and who gives it: neither whom it names nor their spouse and kin (行政程序法 §32), nor an account
//! of which nobody knows who works with it.

use serde_json::{Value, json};

use crate::cases::{act, at, registered, take};
use crate::holders::name_holder;
use crate::known::{GROWN, complete, married, matter};
use crate::support::{Answer, TestApp, person};

/// Somebody on the staff, and whom they are married to.
const OWN: u32 = 91;
const SPOUSE: u32 = 92;

fn account(app: &TestApp, username: &str) -> Value {
    app.get("/v1/me").user(username).send().expect(200)["id"].clone()
}

fn unnamed(app: &TestApp, username: &str) {
    app.sql(&format!("UPDATE accounts SET holder = NULL WHERE username = '{username}'"));
}

/// An office in which the holders of these accounts are married to somebody, and a case about that one.
fn office(usernames: &[&str]) -> (TestApp, Value) {
    let app = TestApp::new();
    app.sql("UPDATE accounts SET service_point = 'HEMEI' WHERE username = 'clerk3'");
    let wedding = registered(&app, &married(&app, OWN, SPOUSE, GROWN));
    for username in usernames {
        name_holder(&app, username, &person(OWN), "director1");
    }
    let spouse = wedding["parties"][1].clone();
    assert_eq!(spouse["role"], "SPOUSE");
    let mut body = complete(&app, matter(93));
    let other = crate::support::female(SPOUSE);
    (body["parties"][0]["name"], body["parties"][0]["national_id"]) = (other["name"].clone(), other["national_id"].clone());
    (body["applicant"]["name"], body["applicant"]["national_id"]) = (other["name"].clone(), other["national_id"].clone());
    let case = take(&app, "clerk2", &body).expect(201).clone();
    (app, case)
}

fn assign(app: &TestApp, user: &str, case: &Value, member: &str, to: &str) -> Answer {
    act(app, user, case, ":assign", &json!({member: account(app, to)}))
}

fn offered(app: &TestApp, user: &str, case: &Value) -> Value {
    app.get(&at(case, "")).user(user).send().expect(200)["allowed_actions"].clone()
}

#[test]
fn no_spouse_is_given_a_case_takes_it_or_says_who_does() {
    let (app, case) = office(&["clerk1", "reviewer1", "chief1"]);
    assign(&app, "chief2", &case, "clerk_id", "clerk1").refused(409, "own_request");
    assign(&app, "chief2", &case, "reviewer_id", "reviewer1").refused(409, "own_request");
    assign(&app, "reviewer1", &case, "reviewer_id", "reviewer1").refused(409, "own_request");
    // Who works on it is not for the spouse to say either.
    assign(&app, "chief1", &case, "clerk_id", "clerk3").refused(409, "own_request");
    assert_eq!(offered(&app, "chief1", &case), json!([]));
    assert!(offered(&app, "chief2", &case).as_array().unwrap().contains(&json!("assign")));
    assert_eq!(assign(&app, "chief2", &case, "clerk_id", "clerk3").expect(200)["clerk_id"], account(&app, "clerk3"));
}

#[test]
fn an_account_of_which_nobody_knows_who_works_with_it_is_given_no_case_and_gives_none() {
    let (app, case) = office(&[]);
    unnamed(&app, "clerk1");
    unnamed(&app, "reviewer1");
    unnamed(&app, "chief1");
    assign(&app, "chief2", &case, "clerk_id", "clerk1").refused(409, "holder_required");
    assign(&app, "chief2", &case, "reviewer_id", "reviewer1").refused(409, "holder_required");
    assign(&app, "reviewer1", &case, "reviewer_id", "reviewer1").refused(409, "holder_required");
    assign(&app, "chief1", &case, "clerk_id", "clerk3").refused(409, "holder_required");
    assign(&app, "chief2", &case, "clerk_id", "clerk3").expect(200);
    // What such an account has in its hands can be taken out of them.
    unnamed(&app, "clerk3");
    assert!(offered(&app, "chief2", &case).as_array().unwrap().contains(&json!("assign")));
    assign(&app, "chief2", &case, "clerk_id", "clerk2").expect(200);
}

#[test]
fn a_spot_check_is_handed_over_neither_by_nor_to_whoever_keeps_away_from_its_case() {
    let (app, case) = office(&["chief2"]);
    act(&app, "clerk2", &case, ":submit-for-review", &json!({})).expect(200);
    crate::cases::review(&app, "reviewer2", &case, "PASS").expect(201);
    let plan = app.post("/v1/spot-check-plans").user("chief1").json(&json!({"period": "115-11"})).send().expect(201).clone();
    let path = format!("/v1/spot-check-plans/{}/draws", plan["id"].as_str().unwrap());
    let draw = |body: Value| app.post(&path).user("chief1").if_match("*").json(&body).send();
    unnamed(&app, "reviewer1");
    draw(json!({"checker_id": account(&app, "reviewer1")})).refused(409, "holder_required");
    draw(json!({})).expect(201);
    let list = app.get("/v1/spot-checks").user("chief1").send().expect(200)["items"].clone();
    let check = list.as_array().unwrap().iter().find(|one| one["case_id"] == case["id"]).unwrap().clone();
    let path = format!("/v1/spot-checks/{}", check["id"].as_str().unwrap());
    let hand_over = |user: &str, to: &str| {
        let tag = app.get(&path).user("director1").send().etag().to_owned();
        let body = json!({"checker_id": account(&app, to), "reason": "請假"});
        app.post(&format!("{path}:hand-over")).user(user).if_match(&tag).json(&body).send()
    };
    hand_over("chief2", "director1").refused(409, "own_request");
    hand_over("chief1", "chief2").refused(409, "own_request");
    hand_over("chief1", "reviewer1").refused(409, "holder_required");
    let seen = app.get(&path).user("chief2").send();
    assert_eq!(seen.expect(200)["allowed_actions"], json!([]));
    assert_eq!(hand_over("chief1", "director1").expect(200)["checker_id"], account(&app, "director1"));
}

#[test]
fn an_account_without_a_holder_is_told_so_when_it_notes_a_call() {
    let app = TestApp::new();
    app.sql("UPDATE accounts SET service_point = 'HEMEI' WHERE username = 'clerk3'");
    let booked = app.book_for(OWN, "LEGAL_CONSULTATION-20261125T0900").expect(201).clone();
    let record = format!("bookings/{}", booked["id"].as_str().unwrap());
    let note = json!({"date": "2026-11-25", "kind": "BOOKING", "record": record, "status": "REACHED"});
    let noted = |user: &str| app.post("/v1/call-list:note").user(user).json(&note).send();
    unnamed(&app, "clerk1");
    noted("clerk1").refused(409, "holder_required");
    name_holder(&app, "clerk2", &person(OWN), "director1");
    noted("clerk2").refused(409, "own_request");
    noted("clerk3").expect(200);
}
