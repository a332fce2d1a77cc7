//! Accounts that pass from one person to another, and locks that one person sets: what was done stays whose it was, the keys change, and
//! nobody shuts out the last who may decide.

use chrono::Duration;
use serde_json::{Value, json};

use crate::cases::{self, at, move_in, take};
use crate::holders::name_holder;
use crate::identity::{login, text, user};
use crate::known::{complete, named_person};
use crate::nobody_alone::{ASKS, act, patch};
use crate::protection::{BARRED, PROTECTED, ask, mark, mark_act, order};
use crate::records::known;
use crate::support::{Answer, PASSWORD, TestApp, called, person};

/// Who holds an account first, and who next.
const FIRST: u32 = 201;
const NEXT: u32 = 202;

/// A case that a clerk has taken and handed to review.
fn submitted(app: &TestApp, clerk: &str, number: u32) -> Value {
    let case = take(app, clerk, &complete(app, move_in(number))).expect(201).clone();
    cases::act(app, clerk, &case, ":submit-for-review", &json!({})).expect(200);
    app.advance(Duration::seconds(1));
    case
}

#[test]
fn whoever_took_a_case_reviews_it_by_no_account_after_theirs_has_passed_on() {
    let app = TestApp::new();
    name_holder(&app, "clerk2", &person(FIRST), "director1");
    let case = submitted(&app, "clerk2", 71);
    name_holder(&app, "clerk2", &person(NEXT), "director1");
    name_holder(&app, "reviewer1", &person(FIRST), "director1");
    let seen = app.get(&at(&case, "")).user("reviewer1").send().expect(200)["allowed_actions"].clone();
    assert!(!seen.as_array().unwrap().contains(&json!("reviews")), "{seen}");
    cases::review(&app, "reviewer1", &case, "PASS").refused(409, "same_person");
    cases::review(&app, "reviewer2", &case, "PASS").expect(201);
    // What the next holder does is not theirs.
    let later = submitted(&app, "clerk2", 72);
    cases::review(&app, "reviewer1", &later, "PASS").expect(201);
}

#[test]
fn whoever_asked_to_lift_a_mark_lifts_it_by_no_other_account() {
    let app = TestApp::new();
    name_holder(&app, "clerk2", &person(FIRST), "director1");
    let made = mark(&app, "clerk1", &known(&app, PROTECTED), &order(&person(BARRED))).expect(201).clone();
    mark_act(&app, "clerk2", &made, ":lift").expect(200);
    app.advance(Duration::seconds(1));
    name_holder(&app, "clerk2", &person(NEXT), "director1");
    name_holder(&app, "chief2", &person(FIRST), "director1");
    mark_act(&app, "chief2", &made, ":lift").refused(409, "own_request");
    mark_act(&app, "chief1", &made, ":lift").refused(409, "asker_gone");
    ask(&app, "clerk1", &person(PROTECTED), &person(BARRED)).refused(409, "protected");
    mark_act(&app, "chief1", &made, ":keep").expect(200);
    mark_act(&app, "clerk2", &made, ":lift").expect(200);
    assert_eq!(mark_act(&app, "chief2", &made, ":lift").expect(200)["status"], "LIFTED");
}

#[test]
fn whoever_asked_for_something_approves_it_by_no_other_account() {
    for (what, asks) in ASKS {
        let app = TestApp::new();
        name_holder(&app, "admin1", &person(FIRST), "director1");
        let (path, tag) = asks(&app);
        app.advance(Duration::seconds(1));
        name_holder(&app, "admin1", &person(NEXT), "director1");
        name_holder(&app, "chief2", &person(FIRST), "director1");
        let approve = |by: &str| {
            let answer = act(&app, by, &path, ":approve", &tag);
            (answer.status, answer.body["code"].clone())
        };
        assert_eq!(approve("chief2"), (409, json!("own_request")), "{what}");
        assert_eq!(approve("chief1"), (409, json!("asker_gone")), "{what}");
        act(&app, "chief1", &path, ":reject", &tag).expect(200);
        // What their successor asks for is not theirs.
        let (path, tag) = user(&app, "clerk1");
        let asked = patch(&app, &path, &tag, &json!({"duties": ["PRESS"]}));
        act(&app, "chief2", &path, ":approve", asked.etag()).expect(200);
    }
}

#[test]
fn whoever_is_to_hold_an_account_does_not_approve_that() {
    let app = TestApp::new();
    name_holder(&app, "chief2", &person(FIRST), "director1");
    let (path, tag) = user(&app, "clerk3");
    let asked = patch(&app, &path, &tag, &json!({"holder": person(FIRST)}));
    act(&app, "chief2", &path, ":approve", asked.etag()).refused(409, "own_request");
    act(&app, "chief1", &path, ":approve", asked.etag()).expect(200);
}

#[test]
fn another_holder_is_another_key_and_another_name_is_none() {
    let app = TestApp::new();
    let old = app.token("clerk2");
    let (path, tag) = user(&app, "clerk2");
    let asked = patch(&app, &path, &tag, &json!({"holder": person(NEXT)}));
    let first = text(&asked.expect(200)["initial_password"]);
    app.get("/v1/me").bearer(&old).send().expect(200);
    let approved = act(&app, "director1", &path, ":approve", asked.etag());
    let whole = first + &text(&approved.expect(200)["second_half"]);
    app.get("/v1/me").bearer(&old).send().refused(401, "unauthenticated");
    login(&app, "clerk2", PASSWORD).refused(401, "invalid_credentials");
    let token = text(&login(&app, "clerk2", &whole).expect(200)["access_token"]);
    app.get("/v1/cases").bearer(&token).send().refused(403, "password_change_required");
    // Whoever is called otherwise since is nobody else.
    let (path, tag) = user(&app, "clerk2");
    let asked = patch(&app, &path, &tag, &json!({"holder": named_person(NEXT, "林新名")}));
    assert!(asked.expect(200).get("initial_password").is_none(), "{}", asked.text);
    act(&app, "director1", &path, ":approve", asked.etag()).expect(200);
    login(&app, "clerk2", &whole).expect(200);
}

#[test]
fn a_request_for_another_holder_that_is_taken_back_takes_its_key_with_it() {
    let app = TestApp::new();
    name_holder(&app, "clerk2", &person(FIRST), "director1");
    let (path, tag) = user(&app, "clerk2");
    let asked = patch(&app, &path, &tag, &json!({"holder": person(NEXT)}));
    assert_eq!(asked.expect(200)["requested_password"], true);
    let back = patch(&app, &path, asked.etag(), &json!({"holder": person(FIRST)}));
    assert_eq!(back.expect(200)["requested_password"], false);
    login(&app, "clerk2", PASSWORD).expect(200);
}

#[test]
fn the_command_line_leaves_nobody_the_key_of_an_account_that_passes_on() {
    let app = TestApp::new();
    app.sql("UPDATE accounts SET holder = NULL WHERE username = 'clerk3'");
    // Of whom nobody has known who works with it, it is said for the first time.
    assert_eq!(app.try_name_holder("clerk3", FIRST, &called(FIRST)), Ok(false));
    login(&app, "clerk3", PASSWORD).expect(200);
    assert_eq!(app.try_name_holder("clerk3", NEXT, &called(NEXT)), Ok(true));
    login(&app, "clerk3", PASSWORD).refused(401, "invalid_credentials");
}

#[test]
fn an_account_that_is_proven_to_be_somebodys_passes_on_to_nobody() {
    let app = TestApp::new();
    let (path, tag) = user(&app, "citizen1");
    patch(&app, &path, &tag, &json!({"holder": person(NEXT)})).refused(409, "conflict");
}

/// Those who decide: section chiefs and the director, each known by a rare name.
const DECIDING: [(&str, u32, &str); 3] = [("chief1", 211, "林罕名"), ("chief2", 212, "林罕見"), ("director1", 213, "林罕姓")];

fn named_deciders(app: &TestApp) {
    for (username, number, name) in DECIDING {
        let approver = if username == "director1" { "chief1" } else { "director1" };
        name_holder(app, username, &named_person(number, name), approver);
    }
}

/// The victim's own bar of all these.
fn own_bar(barred: &[Value]) -> Value {
    json!({"ground": "OWN_BAR", "barred": barred, "from_on": "2026-11-20", "reason": "被害人申請"})
}

fn names() -> Vec<Value> {
    DECIDING.iter().map(|(_, _, name)| json!({"name": name})).collect()
}

/// Acts on a mark as somebody reads it whom nothing keeps from it.
fn by_tag(app: &TestApp, user: &str, made: &Value, act: &str) -> Answer {
    let path = format!("/v1/protection-marks/{}", made["id"].as_str().unwrap());
    let tag = app.get(&path).user("reviewer1").send().etag().to_owned();
    app.post(&format!("{path}{act}")).user(user).if_match(&tag).json(&json!({"reason": "核對完畢"})).send()
}

fn are_shut_out(app: &TestApp, id: &str) -> [bool; 3] {
    DECIDING.map(|(username, ..)| app.get(&format!("/v1/people/{id}")).user(username).send().status == 404)
}

#[test]
fn by_one_persons_word_no_mark_shuts_out_the_last_who_may_decide_on_it() {
    let app = TestApp::new();
    named_deciders(&app);
    let id = known(&app, PROTECTED);
    let made = mark(&app, "clerk1", &id, &own_bar(&names())).expect(201).clone();
    let staff = made["staff"].as_array().unwrap();
    let told = |one: &Value| one["by"] == "NAME" && one["in_force"] == false;
    assert!(staff.len() == 3 && staff.iter().all(told), "{made}");
    assert_eq!(are_shut_out(&app, &id), [false; 3]);
    // Whoever comes to the counter is kept away at once.
    ask(&app, "clerk1", &person(PROTECTED), &named_person(301, "林罕名")).refused(409, "protected");
    by_tag(&app, "clerk1", &made, ":lift").expect(200);
    by_tag(&app, "reviewer2", &made, ":lift").refused(403, "forbidden");
    assert_eq!(by_tag(&app, "chief1", &made, ":lift").expect(200)["status"], "LIFTED");
}

#[test]
fn a_mark_that_leaves_one_who_may_decide_holds_against_the_others_at_once() {
    let app = TestApp::new();
    named_deciders(&app);
    let id = known(&app, PROTECTED);
    let made = mark(&app, "clerk1", &id, &own_bar(&names()[..2])).expect(201).clone();
    assert!(made["staff"].as_array().unwrap().iter().all(|one| one["in_force"] == true), "{made}");
    assert_eq!(are_shut_out(&app, &id), [true, true, false]);
    by_tag(&app, "clerk1", &made, ":lift").expect(200);
    assert_eq!(by_tag(&app, "director1", &made, ":lift").expect(200)["status"], "LIFTED");
}

#[test]
fn several_marks_and_numbers_shut_out_no_more_than_one_mark_does() {
    let app = TestApp::new();
    named_deciders(&app);
    let id = known(&app, PROTECTED);
    let numbered = |at: usize| named_person(DECIDING[at].1, DECIDING[at].2);
    mark(&app, "clerk1", &id, &own_bar(&[numbered(0), numbered(1)])).expect(201);
    assert_eq!(are_shut_out(&app, &id), [true, true, false]);
    mark(&app, "clerk1", &id, &own_bar(&[numbered(2)])).expect(201);
    assert_eq!(are_shut_out(&app, &id), [false; 3]);
    // Nor does whoever decides shut out the others, to decide alone.
    let other = known(&app, 103);
    let made = mark(&app, "chief1", &other, &own_bar(&names()[1..])).expect(201).clone();
    assert!(made["staff"].as_array().unwrap().iter().all(|one| one["in_force"] == false), "{made}");
}

#[test]
fn where_confirmed_marks_leave_nobody_two_others_lift_them_and_the_director_sees_that_they_stand() {
    let app = TestApp::new();
    named_deciders(&app);
    let id = known(&app, PROTECTED);
    let made = mark(&app, "clerk1", &id, &own_bar(&names())).expect(201).clone();
    by_tag(&app, "clerk2", &made, ":confirm").expect(200);
    assert_eq!(are_shut_out(&app, &id), [true; 3]);
    let log = app.get("/v1/audit-log?limit=100&action=protection_mark.entered").user("director1").send();
    let lines = log.expect(200)["items"].as_array().unwrap().clone();
    let line = &lines[0];
    let entrant = format!("accounts/{}", user(&app, "clerk1").0.trim_start_matches("/v1/users/"));
    assert_eq!((lines.len(), &line["actor"], &line["subject"]), (1, &json!(entrant), &json!("＊＊＊")), "{line}");
    assert_eq!((&line["person_id"], &line["purpose"]), (&Value::Null, &json!("＊＊＊")), "{line}");
    let of_person = app.get(&format!("/v1/audit-log?include_total=true&person_id={id}")).user("director1").send();
    assert_eq!(of_person.expect(200)["total"], 0);
    // Whoever entered it asks, and does not lift it.
    by_tag(&app, "reviewer2", &made, ":lift").expect(200);
    by_tag(&app, "clerk1", &made, ":lift").refused(409, "own_request");
    by_tag(&app, "chief1", &made, ":lift").refused(409, "own_request");
    assert_eq!(by_tag(&app, "clerk2", &made, ":lift").expect(200)["status"], "LIFTED");
    assert_eq!(are_shut_out(&app, &id), [false; 3]);
}
