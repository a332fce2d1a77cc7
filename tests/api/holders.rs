//! Who works with an account, by which accounts of one person count as one; and what takes two people beside rights: names,
//! and the end of whoever decides for others.

use serde_json::{Value, json};

use crate::cases::{self, move_in, own, papers_of, registered, take};
use crate::identity::{login, user};
use crate::known::{matter, named_person};
use crate::nobody_alone::{ASKS, act, patch};
use crate::records::{join, known, on};
use crate::support::{Answer, PASSWORD, TestApp, person};

fn approve(app: &TestApp, by: &str, path: &str, asked: &Answer) -> Answer {
    act(app, by, path, ":approve", asked.etag())
}

/// What the administrator asks for an account.
fn ask(app: &TestApp, username: &str, body: &Value) -> (String, Answer) {
    let (path, tag) = user(app, username);
    let asked = patch(app, &path, &tag, body);
    asked.expect(200);
    (path, asked)
}

/// Names who works with an account, by two people.
pub fn name_holder(app: &TestApp, username: &str, who: &Value, approver: &str) {
    let (path, asked) = ask(app, username, &json!({"holder": who}));
    approve(app, approver, &path, &asked).expect(200);
    app.known_password(username);
    app.advance(chrono::Duration::seconds(1));
}

fn unnamed(app: &TestApp, username: &str) {
    app.sql(&format!("UPDATE accounts SET holder = NULL WHERE username = '{username}'"));
}

/// Makes a second administrator, clerk4.
pub fn second_administrator(app: &TestApp) {
    let (path, asked) = ask(app, "clerk4", &json!({"roles": ["ADM"]}));
    approve(app, "director1", &path, &asked).expect(200);
}

#[test]
fn an_account_of_which_nobody_knows_who_works_with_it_approves_nothing() {
    for (what, ask) in ASKS {
        let app = TestApp::new();
        unnamed(&app, "director1");
        let (path, tag) = ask(&app);
        let refused = act(&app, "director1", &path, ":approve", &tag);
        assert_eq!((refused.status, &refused.body["code"]), (409, &json!("holder_required")), "{what}");
        act(&app, "chief1", &path, ":approve", &tag).expect(200);
    }
}

#[test]
fn an_account_of_which_nobody_knows_who_works_with_it_decides_on_no_case() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &cases::birth(1)).expect(201).clone();
    cases::act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    unnamed(&app, "reviewer1");
    cases::review(&app, "reviewer1", &case, "PASS").refused(409, "holder_required");
    let seen = app.get(&cases::at(&case, "")).user("reviewer1").send();
    assert_eq!(seen.expect(200)["allowed_actions"], json!([]));
    // Nor is it known to be another who reviews what such an account took.
    app.sql("UPDATE accounts SET holder = (SELECT holder FROM accounts WHERE username = 'clerk2') WHERE username = 'reviewer1'");
    unnamed(&app, "clerk1");
    cases::review(&app, "reviewer1", &case, "PASS").refused(409, "holder_required");
    named_again(&app, "clerk1");
    let other = registered(&app, &cases::birth(2));
    unnamed(&app, "chief1");
    let revocation = json!({"reason": "重複登記", "office_error": false});
    cases::act(&app, "clerk1", &other, ":revoke", &revocation).expect(200);
    cases::act(&app, "chief1", &other, ":approve-change", &json!({})).refused(409, "holder_required");
    unnamed(&app, "clerk1");
    cases::act(&app, "chief2", &other, ":approve-change", &json!({})).refused(409, "holder_required");
    named_again(&app, "clerk1");
    cases::act(&app, "chief2", &other, ":approve-change", &json!({})).expect(200);
}

/// Lets an account be somebody's again.
fn named_again(app: &TestApp, username: &str) {
    app.sql(&format!(
        "UPDATE accounts SET holder = (SELECT holder FROM accounts WHERE username = 'clerk3') WHERE username = '{username}'"
    ));
}

#[test]
fn what_is_asked_by_whom_nobody_knows_is_not_approved() {
    // An agency's address needs a secret that was approved before.
    for (what, ask) in ASKS.into_iter().filter(|(what, _)| *what != "an agency's address") {
        let app = TestApp::new();
        unnamed(&app, "admin1");
        let (path, tag) = ask(&app);
        let refused = act(&app, "chief1", &path, ":approve", &tag);
        assert_eq!((refused.status, &refused.body["code"]), (409, &json!("holder_required")), "{what}");
        if path.starts_with("/v1/users/") {
            let shown = app.get(&path).user("chief1").send();
            assert!(!shown.expect(200)["allowed_actions"].as_array().unwrap().contains(&json!("approve")), "{what}");
        }
        act(&app, "chief1", &path, ":reject", &tag).expect(200);
    }
}

#[test]
fn accounts_that_are_named_for_one_person_count_as_one() {
    for (what, ask) in ASKS {
        let app = TestApp::new();
        name_holder(&app, "chief2", &person(61), "director1");
        name_holder(&app, "admin1", &person(61), "director1");
        let (path, tag) = ask(&app);
        let own = act(&app, "chief2", &path, ":approve", &tag);
        assert_eq!((own.status, &own.body["code"]), (409, &json!("own_request")), "{what}");
        act(&app, "chief1", &path, ":approve", &tag).expect(200);
    }
}

#[test]
fn a_change_of_a_registered_case_is_not_decided_by_another_account_of_whoever_proposed_it() {
    let app = TestApp::new();
    name_holder(&app, "clerk1", &person(62), "director1");
    name_holder(&app, "chief1", &person(62), "director1");
    let mut application = move_in(63);
    application["papers"] = Value::Array(papers_of(&app, application["type_code"].as_str().unwrap()));
    let case = registered(&app, &application);
    let reason = json!({"reason": "重複登記", "office_error": false});
    cases::act(&app, "clerk1", &case, ":revoke", &reason).expect(200);
    cases::act(&app, "chief1", &case, ":approve-change", &json!({})).refused(409, "own_request");
    let shown = app.get(&cases::at(&case, "")).user("chief1").send();
    assert!(!shown.expect(200)["allowed_actions"].as_array().unwrap().contains(&json!("approve-change")));
    cases::act(&app, "chief2", &case, ":approve-change", &json!({})).expect(200);
}

#[test]
fn another_number_makes_nobody_another_person() {
    let app = TestApp::new();
    let fields = json!({
        "kind": "UID", "old_number": person(85)["national_id"], "new_number": person(185)["national_id"], "reason": "OTHER"
    });
    let mut change = own("UID_CHANGE", 85, fields, &[]);
    change["papers"] = Value::Array(papers_of(&app, "UID_CHANGE"));
    change["event_on"] = json!("2026-11-20");
    registered(&app, &change);
    name_holder(&app, "chief2", &person(85), "director1");
    let mut renumbered = person(185);
    renumbered["name"] = person(85)["name"].clone();
    name_holder(&app, "admin1", &renumbered, "director1");
    let (path, asked) = ask(&app, "clerk3", &json!({"duties": ["PRESS"]}));
    approve(&app, "chief2", &path, &asked).refused(409, "own_request");
}

#[test]
fn another_record_makes_nobody_another_person() {
    for (one, into) in [(61, 62), (62, 61)] {
        let app = TestApp::new();
        let records = [one, into].map(|number| known(&app, number));
        name_holder(&app, "chief2", &person(61), "director1");
        name_holder(&app, "admin1", &person(62), "director1");
        let asked = || {
            let (path, tag) = user(&app, "clerk3");
            let asked = patch(&app, &path, &tag, &json!({"duties": ["PRESS"]}));
            act(&app, "chief2", &path, ":approve", asked.etag())
        };
        join(&app, &records[0], &records[1]).expect(200);
        asked().refused(409, "own_request");
        on(&app, "chief1", &records[0], ":part", &json!({"reason": "並非同一人"})).expect(200);
        asked().expect(200);
    }
}

#[test]
fn whoever_truly_has_anothers_number_too_is_known_by_it() {
    let app = TestApp::new();
    let first = known(&app, 63);
    let wrongly = take(&app, "clerk1", &matter(63)).expect(201)["id"].clone();
    let twin = named_person(63, "同號之人");
    let split = json!({
        "sources": [format!("cases/{}", wrongly.as_str().unwrap())], "person": {"name": twin["name"], "national_id": twin["national_id"]},
        "reason": "統一編號重號"
    });
    on(&app, "chief1", &first, ":part", &split).expect(200);
    let second = app.get(&format!("/v1/cases/{}", wrongly.as_str().unwrap())).user("clerk1").send();
    let second = second.expect(200)["parties"][0]["person_id"].as_str().unwrap().to_owned();
    // The twin's account is proven, by whatever means; the administrator's holder is named by the number.
    app.sql(&format!("UPDATE accounts SET person_id = '{second}', holder = NULL WHERE username = 'chief2'"));
    name_holder(&app, "admin1", &person(63), "director1");
    let (path, asked) = ask(&app, "clerk3", &json!({"duties": ["PRESS"]}));
    approve(&app, "chief2", &path, &asked).refused(409, "own_request");
}

#[test]
fn who_works_with_an_account_is_shown_masked_and_opens_nothing() {
    let app = TestApp::new();
    let number = app.citizen_number(1);
    let who = json!({"name": "王示範", "national_id": number});
    let body = json!({"username": "clerk9", "name": "王示範", "roles": ["CLK"], "holder": who});
    let made = app.post("/v1/users").user("admin1").json(&body).send();
    assert_eq!(made.expect(201)["holder"]["name"], "王○範");
    let asked = json!({"holder": {"name": "王示範", "national_id": "A123456788"}});
    assert_eq!(ask_refused(&app, &asked), [("/holder/national_id".to_owned(), "check_digit".to_owned())]);
    name_holder(&app, "clerk3", &who, "chief1");
    let (path, tag) = user(&app, "clerk3");
    let again = patch(&app, &path, &tag, &json!({"holder": who}));
    assert_eq!((again.etag(), again.expect(200).get("requested_holder")), (tag.as_str(), None), "that is in force");
    for by in ["admin1", "chief1"] {
        let shown = app.get(&path).user(by).send();
        assert_ne!(shown.expect(200)["holder"]["national_id"], json!(number));
        assert!(!shown.text.contains(&number));
    }
    let me = app.get("/v1/me").user("clerk3").send();
    assert_eq!(me.expect(200)["person"], Value::Null, "it proves nothing");
}

fn ask_refused(app: &TestApp, body: &Value) -> Vec<(String, String)> {
    let (path, tag) = user(app, "clerk3");
    patch(app, &path, &tag, body).fields()
}

#[test]
fn an_administrator_who_stands_in_is_told_of_no_record() {
    let app = TestApp::new();
    take(&app, "clerk1", &matter(124)).expect(201);
    second_administrator(&app);
    app.advance(chrono::Duration::seconds(1));
    for name in ["chief1", "chief2", "director1"] {
        unnamed(&app, name);
    }
    let (path, asked) = ask(&app, "clerk3", &json!({"holder": named_person(124, "別人")}));
    let refused = approve(&app, "clerk4", &path, &asked);
    assert_eq!(refused.refused(409, "conflict").get("differences"), None, "{}", refused.text);
    let (path, asked) = ask(&app, "clerk3", &json!({"holder": person(124)}));
    approve(&app, "clerk4", &path, &asked).expect(200);
}

#[test]
fn a_name_that_is_read_out_at_the_counter_is_changed_by_two() {
    for name in ["citizen1", "proxy1", "clerk1"] {
        let app = TestApp::new();
        let (path, asked) = ask(&app, name, &json!({"name": "陳大文"}));
        assert_ne!(asked.body["name"], "陳大文", "{name}");
        let seen = app.get(&path).user("chief1").send();
        assert_eq!(seen.expect(200)["requested_name"], "陳大文");
        act(&app, "admin1", &path, ":approve", asked.etag()).refused(403, "forbidden");
        let approved = approve(&app, "chief1", &path, &asked);
        assert_eq!((&approved.expect(200)["name"], approved.body.get("requested_name")), (&json!("陳大文"), None));
    }
}

#[test]
fn a_supervisor_or_an_administrator_is_suspended_and_reinstated_by_two() {
    for name in ["director1", "chief2", "clerk4"] {
        let app = TestApp::new();
        second_administrator(&app);
        app.advance(chrono::Duration::seconds(1));
        let (token, (path, tag)) = (app.token(name), user(&app, name));
        let asked = act(&app, "admin1", &path, ":suspend", &tag);
        assert_eq!((&asked.expect(200)["status"], &asked.body["requested_status"]), (&json!("ACTIVE"), &json!("SUSPENDED")));
        app.get("/v1/me").bearer(&token).send().expect(200);
        act(&app, "admin1", &path, ":suspend", asked.etag()).refused(409, "wrong_state");
        act(&app, "admin1", &path, ":approve", asked.etag()).refused(409, "own_request");
        act(&app, name, &path, ":approve", asked.etag()).refused(409, "own_request");
        act(&app, name, &path, ":reject", asked.etag()).refused(409, "own_request");
        let suspended = approve(&app, "chief1", &path, &asked);
        assert_eq!((&suspended.expect(200)["status"], suspended.body.get("requested_status")), (&json!("SUSPENDED"), None));
        app.get("/v1/me").bearer(&token).send().refused(401, "unauthenticated");
        login(&app, name, PASSWORD).refused(401, "invalid_credentials");
        let asked = act(&app, "admin1", &path, ":reinstate", suspended.etag());
        assert_eq!((&asked.expect(200)["status"], &asked.body["requested_status"]), (&json!("SUSPENDED"), &json!("ACTIVE")));
        login(&app, name, PASSWORD).refused(401, "invalid_credentials");
        assert_eq!(approve(&app, "chief1", &path, &asked).expect(200)["status"], "ACTIVE");
        login(&app, name, PASSWORD).expect(200);
    }
}

#[test]
fn a_suspension_that_waits_is_taken_back() {
    let app = TestApp::new();
    let (path, tag) = user(&app, "director1");
    let asked = act(&app, "admin1", &path, ":suspend", &tag);
    let taken_back = act(&app, "admin1", &path, ":reject", asked.etag());
    assert_eq!((&taken_back.expect(200)["status"], taken_back.body.get("requested_status")), (&json!("ACTIVE"), None));
    act(&app, "chief1", &path, ":approve", taken_back.etag()).refused(409, "wrong_state");
}

#[test]
fn another_administrator_approves_a_suspension_and_nothing_else() {
    let app = TestApp::new();
    second_administrator(&app);
    app.advance(chrono::Duration::seconds(1));
    let (path, tag) = user(&app, "director1");
    let suspension = act(&app, "admin1", &path, ":suspend", &tag);
    let both = patch(&app, &path, suspension.etag(), &json!({"duties": ["PRESS"]}));
    assert_eq!(both.expect(200)["requested_status"], "SUSPENDED");
    approve(&app, "clerk4", &path, &both).refused(403, "forbidden");
    let alone = patch(&app, &path, both.etag(), &json!({"duties": ["PETITIONS"]}));
    assert_eq!(approve(&app, "clerk4", &path, &alone).expect(200)["status"], "SUSPENDED");
    let (path, asked) = ask(&app, "clerk3", &json!({"duties": ["PRESS"]}));
    approve(&app, "clerk4", &path, &asked).refused(403, "forbidden");
}

#[test]
fn the_last_supervisor_stays_one() {
    let app = TestApp::new();
    for name in ["director1", "chief2"] {
        let (path, tag) = user(&app, name);
        let asked = act(&app, "admin1", &path, ":suspend", &tag);
        approve(&app, "chief1", &path, &asked).expect(200);
    }
    let (path, tag) = user(&app, "chief1");
    let refused = act(&app, "admin1", &path, ":suspend", &tag);
    assert_eq!(refused.refused(409, "conflict")["errors"][0]["code"], "last_supervisor");
}

#[test]
fn an_administrator_has_no_other_role() {
    let app = TestApp::new();
    let rule = [("/roles".to_owned(), "administrator_alone".to_owned())];
    for role in ["CIT", "PRX", "VOL", "CLK", "REV", "CHF", "DIR", "LEG", "CTY", "PAR"] {
        let body = json!({"username": "mixed", "name": "林管理", "roles": ["ADM", role]});
        let made = app.post("/v1/users").user("admin1").json(&body).send();
        assert_eq!((made.status, made.fields()), (422, rule.to_vec()), "{role}");
        for name in ["admin1", "clerk3"] {
            let (path, tag) = user(&app, name);
            let asked = patch(&app, &path, &tag, &json!({"roles": [role, "ADM"]}));
            assert_eq!((asked.status, asked.fields()), (422, rule.to_vec()), "{name} {role}");
        }
        let client = json!({"name": "mixed", "roles": ["ADM", role], "scopes": [], "expires_on": "2027-11-22"});
        app.post("/v1/clients").user("admin1").json(&client).send().refused(422, "invalid");
    }
    // What was asked for before there was the rule.
    let (path, asked) = ask(&app, "clerk3", &json!({"roles": ["CLK", "REV"]}));
    app.sql("UPDATE accounts SET requested_roles = '[\"ADM\",\"CHF\"]' WHERE username = 'clerk3'");
    let approved = approve(&app, "chief1", &path, &asked);
    assert_eq!((approved.status, approved.fields()), (422, rule.to_vec()));
}

#[test]
fn one_person_with_a_clerks_and_a_reviewers_account_reviews_no_case_of_theirs() {
    let app = TestApp::new();
    name_holder(&app, "clerk1", &person(62), "director1");
    name_holder(&app, "reviewer1", &person(62), "director1");
    let mut body = move_in(5);
    body["papers"] = json!(papers_of(&app, "MOVE_IN"));
    let case = cases::take(&app, "clerk1", &body).expect(201).clone();
    cases::act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    cases::review(&app, "reviewer1", &case, "PASS").refused(409, "same_person");
    let seen = app.get(&cases::at(&case, "")).user("reviewer1").send().expect(200)["allowed_actions"].clone();
    assert!(!seen.as_array().unwrap().contains(&json!("reviews")), "{seen}");
    cases::review(&app, "reviewer2", &case, "PASS").expect(201);
    // Nor does anybody review a case that is about the person who works with the account.
    name_holder(&app, "reviewer2", &person(6), "director1");
    let mut body = move_in(6);
    body["papers"] = json!(papers_of(&app, "MOVE_IN"));
    let case = cases::take(&app, "clerk2", &body).expect(201).clone();
    cases::act(&app, "clerk2", &case, ":submit-for-review", &json!({})).expect(200);
    cases::review(&app, "reviewer2", &case, "PASS").refused(409, "own_request");
}
