//! Staff who hold their office no more: their accounts end with them, what they asked for is approved by nobody, and the office is
//! not left without whoever decides. And what the office keeps of looks, and tells whoever is barred.

use serde_json::json;

use crate::cases::{self, birth, registered, revoke};
use crate::holders::{name_holder, second_administrator};
use crate::identity::{login, user};
use crate::known::{self, code, death, declared, matter, named_person, paper};
use crate::nobody_alone::{ASKS, act, patch};
use crate::protection::{BARRED, PROTECTED, mark, mark_act, order, told};
use crate::records::{joining, known as met, on};
use crate::relations::guardianship;
use crate::support::{Answer, PASSWORD, TestApp, person};

/// What an account of which the holder is no more is told, whatever it does.
fn is_over(app: &TestApp, username: &str, token: &str) {
    let (path, tag) = user(app, "clerk3");
    app.get("/v1/me").bearer(token).send().refused(401, "unauthenticated");
    app.post(&format!("{path}:approve")).bearer(token).if_match(&tag).send().refused(401, "unauthenticated");
    login(app, username, PASSWORD).refused(401, "invalid_credentials");
}

fn suspend(app: &TestApp, by: &str, username: &str) -> Answer {
    let (path, tag) = user(app, username);
    act(app, by, &path, ":suspend", &tag)
}

/// Suspends a member of staff who decides for nobody.
fn suspended(app: &TestApp, username: &str) {
    assert_eq!(suspend(app, "admin1", username).expect(200)["status"], "SUSPENDED");
}

/// Suspends whoever decides for others, by two.
fn suspended_by_two(app: &TestApp, username: &str, [asks, approves]: [&str; 2]) {
    let asked = suspend(app, asks, username);
    asked.expect(200);
    let (path, _) = user(app, username);
    assert_eq!(act(app, approves, &path, ":approve", asked.etag()).expect(200)["status"], "SUSPENDED");
}

/// Asks for another duty of a clerk, as the administrator.
fn ask(app: &TestApp, duty: &str) -> (String, Answer) {
    let (path, tag) = user(app, "clerk3");
    let asked = patch(app, &path, &tag, &json!({"duties": [duty]}));
    asked.expect(200);
    (path, asked)
}

#[test]
fn the_death_of_whoever_works_with_an_account_ends_it_as_long_as_it_stands() {
    let app = TestApp::new();
    name_holder(&app, "chief2", &person(61), "director1");
    let token = app.token("chief2");
    app.get("/v1/me").bearer(&token).send().expect(200);
    let case = registered(&app, &death(&app, 61));
    is_over(&app, "chief2", &token);
    revoke(&app, &case);
    app.get("/v1/me").bearer(&token).send().expect(200);
    login(&app, "chief2", PASSWORD).expect(200);
}

#[test]
fn a_guardianship_that_is_registered_later_ends_the_account_of_staff() {
    let app = TestApp::new();
    name_holder(&app, "chief2", &person(61), "director1");
    let token = app.token("chief2");
    let mut ruling = guardianship(&app, 61, (Some(62), "DECLARED"), "2026-11-05");
    ruling["parties"][0]["birth_on"] = json!("1980-01-01");
    registered(&app, &ruling);
    is_over(&app, "chief2", &token);
}

#[test]
fn of_two_who_have_one_number_the_death_of_the_other_ends_nothing() {
    let app = TestApp::new();
    let first = met(&app, 63);
    let wrongly = cases::take(&app, "clerk1", &matter(63)).expect(201)["id"].clone();
    let twin = named_person(63, "同號之人");
    let split = json!({
        "sources": [format!("cases/{}", wrongly.as_str().unwrap())], "person": {"name": twin["name"], "national_id": twin["national_id"]},
        "reason": "統一編號重號"
    });
    on(&app, "chief1", &first, ":part", &split).expect(200);
    name_holder(&app, "chief2", &person(63), "director1");
    let token = app.token("chief2");
    let mut other = death(&app, 63);
    other["parties"][0]["name"] = twin["name"].clone();
    registered(&app, &other);
    app.get("/v1/me").bearer(&token).send().expect(200);
}

#[test]
fn the_dead_are_none_of_those_whom_the_office_cannot_be_without() {
    let app = TestApp::new();
    name_holder(&app, "chief2", &person(61), "director1");
    registered(&app, &death(&app, 61));
    suspended_by_two(&app, "director1", ["admin1", "chief1"]);
    let refused = suspend(&app, "admin1", "chief1");
    assert_eq!(refused.refused(409, "conflict")["errors"][0]["code"], "last_supervisor");
    assert_eq!(suspend(&app, "admin1", "chief2").expect(200)["requested_status"], "SUSPENDED");
}

#[test]
fn administrators_stand_in_for_supervisors_who_have_all_died() {
    let app = TestApp::new();
    second_administrator(&app);
    for (username, number, approver) in [("chief1", 61, "director1"), ("chief2", 62, "director1"), ("director1", 63, "chief1")] {
        name_holder(&app, username, &person(number), approver);
    }
    let (path, asked) = ask(&app, "PRESS");
    act(&app, "clerk4", &path, ":approve", asked.etag()).refused(403, "forbidden");
    for number in [61, 62, 63] {
        registered(&app, &death(&app, number));
    }
    act(&app, "admin1", &path, ":approve", asked.etag()).refused(409, "own_request");
    act(&app, "clerk4", &path, ":approve", asked.etag()).expect(200);
}

#[test]
fn what_a_suspended_administrator_has_asked_for_is_rejected_and_never_approved() {
    for (what, asks) in ASKS {
        let app = TestApp::new();
        second_administrator(&app);
        app.advance(chrono::Duration::seconds(1));
        let (path, tag) = asks(&app);
        let (own, seen) = user(&app, "admin1");
        let asked = act(&app, "clerk4", &own, ":suspend", &seen);
        act(&app, "director1", &own, ":approve", asked.etag()).expect(200);
        let refused = act(&app, "chief1", &path, ":approve", &tag);
        assert_eq!((refused.status, &refused.body["code"]), (409, &json!("asker_gone")), "{what}: {}", refused.text);
        let shown = app.get(&path).user("chief1").send().expect(200).clone();
        if path.starts_with("/v1/users/") {
            assert!(!shown["allowed_actions"].as_array().unwrap().contains(&json!("approve")), "{what}: {shown}");
        }
        act(&app, "chief1", &path, ":reject", &tag).expect(200);
    }
}

#[test]
fn what_the_dead_have_asked_for_is_not_approved() {
    let app = TestApp::new();
    name_holder(&app, "admin1", &person(61), "director1");
    let (path, asked) = ask(&app, "PRESS");
    registered(&app, &death(&app, 61));
    act(&app, "chief1", &path, ":approve", asked.etag()).refused(409, "asker_gone");
}

#[test]
fn a_change_of_a_case_falls_with_the_office_of_whoever_proposed_it() {
    let app = TestApp::new();
    let case = registered(&app, &birth(2));
    let revocation = json!({"reason": "重複登記", "office_error": false});
    cases::act(&app, "clerk1", &case, ":revoke", &revocation).expect(200);
    suspended(&app, "clerk1");
    let shown = app.get(&cases::at(&case, "")).user("chief2").send().expect(200)["allowed_actions"].clone();
    let shown = shown.as_array().unwrap();
    assert!(!shown.contains(&json!("approve-change")) && shown.contains(&json!("reject-change")), "{shown:?}");
    cases::act(&app, "chief2", &case, ":approve-change", &json!({})).refused(409, "asker_gone");
    cases::act(&app, "chief2", &case, ":reject-change", &json!({"reason": "提出者已停職"})).expect(200);
    cases::act(&app, "chief1", &case, ":revoke", &revocation).expect(200);
    cases::act(&app, "chief2", &case, ":approve-change", &json!({})).expect(200);
    let kept = told(&app, "asker_gone.refused");
    assert_eq!((kept.len(), &kept[0]["operation"]), (1, &json!("approve_case_change")));
}

#[test]
fn a_lifting_and_a_join_fall_with_the_office_of_whoever_asked_for_them() {
    let app = TestApp::new();
    let entered = mark(&app, "clerk1", &met(&app, 71), &order(&person(72))).expect(201).clone();
    let (one, other) = (met(&app, 73), met(&app, 74));
    mark_act(&app, "clerk2", &entered, ":lift").expect(200);
    on(&app, "clerk2", &one, ":join", &joining(&other)).expect(200);
    suspended(&app, "clerk2");
    mark_act(&app, "chief1", &entered, ":lift").refused(409, "asker_gone");
    mark_act(&app, "chief1", &entered, ":keep").expect(200);
    mark_act(&app, "chief1", &entered, ":lift").expect(200);
    assert_eq!(mark_act(&app, "director1", &entered, ":lift").expect(200)["status"], "LIFTED");
    on(&app, "chief1", &one, ":join", &joining(&other)).refused(409, "asker_gone");
    on(&app, "chief1", &one, ":part", &json!({"reason": "提出者已停職"})).expect(200);
    on(&app, "chief1", &one, ":join", &joining(&other)).expect(200);
    assert_eq!(on(&app, "director1", &one, ":join", &joining(&other)).expect(200)["status"], "JOINED");
}

#[test]
fn the_end_of_a_proof_is_asked_for_anew_where_whoever_asked_is_gone() {
    let app = TestApp::new();
    let token = declared(&app, "owner", &person(85), "1990-05-04");
    let proof = known::prove(&app, &paper(&code(&app, &token), &person(85))).expect(201)["id"].clone();
    let undo = |username: &str| {
        let path = format!("/v1/identity-proofs/{}", proof.as_str().unwrap());
        let tag = app.get(&path).user("director1").send().etag().to_owned();
        app.post(&format!("{path}:undo")).user(username).if_match(&tag).json(&json!({"reason": "證件係冒用"})).send()
    };
    undo("chief2").expect(200);
    suspended_by_two(&app, "chief2", ["admin1", "director1"]);
    let anew = undo("director1");
    let by = anew.expect(200)["undo_asked_by"].clone();
    assert_eq!((&anew.body["status"], by == json!(actor(&app, "director1"))), (&json!("UNDO_ASKED"), true), "{}", anew.text);
    undo("director1").refused(409, "own_request");
    assert_eq!(undo("chief1").expect(200)["status"], "UNDONE");
}

fn actor(app: &TestApp, username: &str) -> String {
    format!("accounts/{}", user(app, username).0.trim_start_matches("/v1/users/"))
}

#[test]
fn every_look_at_what_is_known_of_a_person_is_logged() {
    let app = TestApp::new();
    let id = met(&app, PROTECTED);
    let entered = mark(&app, "clerk1", &id, &order(&person(BARRED))).expect(201)["id"].clone();
    let contract = app.get("/openapi.json").send().expect(200)["paths"].clone();
    let reads = |path: &&String| path.starts_with("/v1/people/") || path.starts_with("/v1/protection-marks/");
    let lines = || {
        let log = app.get(&format!("/v1/audit-log?person_id={id}&include_total=true&limit=1")).user("director1").send();
        log.expect(200)["total"].as_i64().unwrap()
    };
    let paths: Vec<String> = contract
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, item)| item.get("get").is_some())
        .map(|(path, _)| path.clone())
        .collect();
    let mut looks = 0;
    for path in paths.iter().filter(reads) {
        let record = if path.starts_with("/v1/people/") { id.as_str() } else { entered.as_str().unwrap() };
        let purpose = if path.ends_with("/facts") { "?purpose=x" } else { "" };
        let before = lines();
        app.get(&format!("{}{purpose}", path.replace("{id}", record))).user("clerk1").send().expect(200);
        assert_eq!(lines(), before + 1, "{path}");
        looks += 1;
    }
    assert!(looks >= 4, "{looks}");
}
