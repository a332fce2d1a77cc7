//! Work at the desk: who does what, notices, clocks, queues, case types in versions, and who reads.

use serde_json::{Value, json};

use crate::cases::{act, birth, count_of, own, papers_of, registered, review, tag, take};
use crate::records::found;
use crate::support::{Answer, TestApp, female, version};

fn at(case: &Value, act: &str) -> String {
    format!("/v1/cases/{}{act}", case["id"].as_str().unwrap())
}

fn patch(app: &TestApp, path: &str, case: &Value, body: &Value) -> Answer {
    let tag = tag(app, case);
    app.call("PATCH", path).user("clerk1").if_match(&tag).json(body).send()
}

fn me(app: &TestApp, user: &str) -> Value {
    app.get("/v1/me").user(user).send().expect(200)["id"].clone()
}

/// A new house number with no paper there, and a limit of five working days.
pub fn door(number: u32) -> Value {
    let fields = json!({"kind": "HOUSE_NUMBER", "act": "ASSIGN", "address": "彰化縣和美鎮和東里1鄰彰美路五段1號"});
    let mut body = own("DOOR_NEW", number, fields, &[]);
    body["applicant"]["relation"] = json!("OWNER");
    body
}

#[test]
fn whoever_worked_on_a_case_neither_reviews_nor_checks_it() {
    let app = TestApp::new();
    app.sql("UPDATE accounts SET roles = '[\"CLK\",\"REV\"]' WHERE username = 'clerk2'");
    let case = take(&app, "clerk2", &birth(1)).expect(201).clone();
    act(&app, "chief1", &case, ":assign", &json!({"clerk_id": me(&app, "clerk1")})).expect(200);
    act(&app, "chief1", &case, ":assign", &json!({"reviewer_id": me(&app, "clerk2")})).refused(409, "same_person");
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    let shown = app.get(&at(&case, "")).user("clerk2").send();
    assert!(!shown.expect(200)["allowed_actions"].as_array().unwrap().contains(&json!("reviews")));
    review(&app, "clerk2", &case, "PASS").refused(409, "same_person");
    review(&app, "reviewer1", &case, "RETURN").expect(201);
    // The reviewer of before does not become its clerk, and a chief who edits it does not review it.
    app.sql("UPDATE accounts SET roles = '[\"CLK\",\"REV\"]' WHERE username = 'reviewer1'");
    act(&app, "chief1", &case, ":assign", &json!({"clerk_id": me(&app, "reviewer1")})).refused(409, "same_person");
    act(&app, "chief1", &case, ":submit-for-review", &json!({})).expect(200);
    review(&app, "chief1", &case, "PASS").refused(409, "same_person");
    review(&app, "reviewer1", &case, "PASS").expect(201);
    // The chief submitted it: nobody checks what passed through their own hands.
    let plan = app.post("/v1/spot-check-plans").user("chief2").json(&json!({"period": "115-11"})).send().expect(201).clone();
    let draws = format!("/v1/spot-check-plans/{}/draws", plan["id"].as_str().unwrap());
    app.post(&draws).user("chief2").if_match("*").json(&json!({})).send().expect(201);
    let check = app.get("/v1/spot-checks").user("chief2").send().expect(200)["items"][0].clone();
    let path = format!("/v1/spot-checks/{}", check["id"].as_str().unwrap());
    app.sql(&format!("UPDATE spot_checks SET checker = '{}'", me(&app, "chief1").as_str().unwrap()));
    let found = app.post(&format!("{path}/findings")).user("chief1").if_match("\"v1\"").json(&json!({"result": "CLEAR"})).send();
    found.refused(409, "same_person");
}

#[test]
fn nobody_decides_on_a_case_of_their_own() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &birth(1)).expect(201).clone();
    let id = case["id"].as_str().unwrap();
    let becomes =
        |user: &str, person: &str| app.sql(&format!("UPDATE accounts SET person_id = {person} WHERE username = '{user}'"));
    let applicant = format!("(SELECT applicant_id FROM cases WHERE id = '{id}')");
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    becomes("reviewer1", &applicant);
    act(&app, "chief1", &case, ":assign", &json!({"reviewer_id": me(&app, "reviewer1")})).refused(409, "own_request");
    review(&app, "reviewer1", &case, "PASS").refused(409, "own_request");
    let shown = app.get(&at(&case, "")).user("reviewer1").send();
    assert!(!shown.expect(200)["allowed_actions"].as_array().unwrap().contains(&json!("reviews")));
    becomes("reviewer1", "NULL");
    review(&app, "reviewer1", &case, "PASS").expect(201);
    let change =
        json!({"changes": [{"pointer": "/fields/birth_order", "value": 2}], "reason": "出生證明書", "office_error": false});
    act(&app, "clerk1", &case, ":correct", &change).expect(200);
    becomes("chief1", &applicant);
    for (decision, body) in [(":approve-change", json!({})), (":reject-change", json!({"reason": "不實"}))] {
        act(&app, "chief1", &case, decision, &body).refused(409, "own_request");
    }
    becomes("chief1", "NULL");
    act(&app, "chief1", &case, ":approve-change", &json!({})).expect(200);
}

#[test]
fn papers_that_an_edit_brings_are_ticked_on_the_notice() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &door(5)).expect(201).clone();
    // The body may be left out: handed over at the counter.
    let tag = tag(&app, &case);
    let given = app.post(&at(&case, "/one-time-notice")).user("clerk1").if_match(&tag).send();
    assert_eq!(given.expect(201)["given_how"], "HANDED");
    let papers = papers_of(&app, "DOOR_NEW");
    let one = patch(&app, &at(&case, ""), &case, &json!({"papers": [papers[0]]}));
    assert_eq!(one.expect(200)["status"], "AWAITING_DOCUMENTS");
    let notice = app.get(&at(&case, "/one-time-notice")).user("clerk1").send();
    let ticked = notice.expect(200)["items"].as_array().unwrap().iter().filter(|item| !item["received_at"].is_null()).count();
    assert_eq!(ticked, 1);
    assert_eq!(patch(&app, &at(&case, ""), &case, &json!({"papers": papers})).expect(200)["status"], "ACCEPTED");
    let clock = app.get(&at(&case, "/clock")).user("clerk1").send();
    assert_eq!(clock.expect(200)["stopped"], false);
    // A slip is taken back as long as the case is not submitted.
    let item = at(&case, "/one-time-notice/items/1");
    assert_eq!(patch(&app, &item, &case, &json!({"received": false})).expect(200)["complete"], false);
    assert_eq!(patch(&app, &item, &case, &json!({})).expect(200)["complete"], false);
    let waits = app.get(&at(&case, "")).user("clerk1").send();
    assert_eq!(waits.expect(200)["status"], "AWAITING_DOCUMENTS");
    patch(&app, &item, &case, &json!({"received": true})).expect(200);
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    patch(&app, &item, &case, &json!({"received": false})).refused(409, "wrong_state");
}

#[test]
fn a_new_fact_asks_for_known_papers_that_are_not_asked_for_already() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &door(5)).expect(201).clone();
    let give = |body: Value| act(&app, "clerk1", &case, "/one-time-notice", &body);
    let unknown = [("/further_documents/0".to_owned(), "unknown".to_owned())];
    assert_eq!(give(json!({"further_documents": ["PASSPORT_OF_MARS"]})).fields(), unknown);
    assert_eq!(give(json!({"notes": [{"document": "NONE", "note": "x"}]})).fields()[0].0, "/notes/0/document");
    give(json!({})).expect(201);
    let fact = |paper: &str| json!({"new_fact": "土地已移轉", "further_documents": [paper]});
    let first = papers_of(&app, "DOOR_NEW")[0].as_str().unwrap().to_owned();
    assert_eq!(give(fact(&first)).fields(), [("/further_documents/0".to_owned(), "duplicate".to_owned())]);
    assert_eq!(give(fact("PASSPORT_OF_MARS")).fields(), unknown);
    let refused = give(json!({}));
    assert!(
        refused.refused(409, "not_told_once")["allowed_actions"].as_array().unwrap().contains(&json!("one-time-notice/items"))
    );
}

#[test]
fn a_case_that_waits_for_papers_is_not_overdue_and_its_limit_moves() {
    let app = TestApp::new();
    let waiting = take(&app, "clerk1", &door(5)).expect(201).clone();
    let missing = act(&app, "clerk1", &waiting, ":submit-for-review", &json!({}));
    let may = missing.refused(409, "documents_missing")["allowed_actions"].as_array().unwrap().clone();
    assert!(may.contains(&json!("one-time-notice")) && !may.contains(&json!("submit-for-review")), "{may:?}");
    act(&app, "clerk1", &waiting, "/one-time-notice", &json!({})).expect(201);
    let running = take(&app, "clerk1", &door(6)).expect(201).clone();
    app.set_clock("2026-12-14T10:00:00+08:00");
    let list = |query: &str| app.get(&format!("/v1/cases?{query}")).user("clerk1").send().expect(200)["items"].clone();
    assert_eq!(list("overdue=true").as_array().unwrap().len(), 1);
    assert_eq!(list("due_before=2026-12-31")[0]["id"], running["id"]);
    assert_eq!(list("status=AWAITING_DOCUMENTS")[0]["due_at"], Value::Null);
    let shown = app.get(&at(&waiting, "")).user("clerk1").send();
    let clock = app.get(&at(&waiting, "/clock")).user("clerk1").send();
    assert_eq!(shown.expect(200)["due"]["at"], clock.expect(200)["due_at"]);
    assert!(shown.body["due"]["at"].as_str().unwrap() > "2026-12-14");
}

#[test]
fn every_queue_lists_what_it_counts() {
    let app = TestApp::new();
    let waiting = take(&app, "clerk1", &door(5)).expect(201).clone();
    act(&app, "clerk1", &waiting, "/one-time-notice", &json!({})).expect(201);
    let case = take(&app, "clerk1", &birth(1)).expect(201).clone();
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    let mut draft = birth(2);
    draft["draft"] = json!(true);
    take(&app, "clerk1", &draft).expect(201);
    take(&app, "clerk2", &birth(3)).expect(201);
    for clock in ["2026-11-23T10:00:00+08:00", "2026-12-14T10:00:00+08:00"] {
        app.set_clock(clock);
        for user in ["clerk1", "clerk2", "reviewer1", "chief1", "clerk3"] {
            let queues = app.get("/v1/queues").user(user).send().expect(200)["items"].as_array().unwrap().clone();
            for queue in queues {
                let list =
                    app.get(&format!("/v1/cases?include_total=true&{}", queue["list"].as_str().unwrap())).user(user).send();
                assert_eq!(list.expect(200)["total"], queue["count"], "{} of {user}", queue["queue"]);
            }
        }
    }
    app.get("/v1/cases?queue=OVERDUE&overdue=true").user("clerk1").send().refused(400, "invalid_parameter");
}

#[test]
fn nobody_is_refused_while_the_one_notice_leaves_time() {
    let app = TestApp::new();
    let [case, given_up] = [5, 6].map(|number| {
        let case = take(&app, "clerk1", &door(number)).expect(201).clone();
        act(&app, "clerk1", &case, "/one-time-notice", &json!({})).expect(201);
        case
    });
    let refuse = || act(&app, "clerk1", &case, ":refuse", &json!({"reason": "未補正"}));
    let told = refuse();
    let may = told.refused(409, "wrong_state")["allowed_actions"].as_array().unwrap().clone();
    assert!(may.contains(&json!("withdraw")) && !may.contains(&json!("refuse")), "{may:?}");
    assert!(told.text.contains("2026-12-07"), "{}", told.text);
    // Whoever gives it up withdraws it.
    act(&app, "clerk1", &given_up, ":withdraw", &json!({"reason": "申請人不再辦理"})).expect(200);
    app.set_clock("2026-12-07T23:59:59+08:00");
    refuse().refused(409, "wrong_state");
    app.set_clock("2026-12-08T00:00:00+08:00");
    let shown = app.get(&at(&case, "")).user("clerk1").send().expect(200)["allowed_actions"].clone();
    assert!(shown.as_array().unwrap().contains(&json!("refuse")), "{shown}");
    assert_eq!(refuse().expect(200)["status"], "REFUSED");
}

#[test]
fn the_clock_of_a_refused_case_has_ended() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &door(5)).expect(201).clone();
    app.set_clock("2026-11-24T10:00:00+08:00");
    act(&app, "clerk1", &case, ":refuse", &json!({"reason": "未補正"})).expect(200);
    app.set_clock("2026-12-14T10:00:00+08:00");
    let clock = app.get(&at(&case, "/clock")).user("clerk1").send();
    assert_eq!(clock.expect(200)["stretches"][0]["to_at"], "2026-11-24T10:00:00+08:00");
    assert_eq!(clock.body["working_days_used"], 1);
}

#[test]
fn actions_are_those_of_the_caller() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &birth(1)).expect(201).clone();
    let may = |user: &str| app.get(&at(&case, "")).user(user).send().expect(200)["allowed_actions"].clone();
    assert_eq!(may("clerk1"), json!(["edit", "submit-for-review", "withdraw", "refuse"]));
    assert_eq!((may("clerk2"), may("reviewer1"), may("director1")), (json!([]), json!(["assign"]), json!(["assign"])));
    let refused = act(&app, "clerk2", &case, ":submit-for-review", &json!({}));
    assert_eq!(refused.refused(409, "assigned_to_other")["allowed_actions"], json!([]));
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    assert_eq!((may("reviewer1"), may("clerk1")), (json!(["assign", "reviews"]), json!(["withdraw", "recall"])));
    review(&app, "reviewer1", &case, "PASS").expect(201);
    assert_eq!((may("clerk1"), may("reviewer1")), (json!(["correct", "revoke"]), json!([])));
    act(&app, "clerk1", &case, ":revoke", &json!({"reason": "x", "office_error": false})).expect(200);
    let decide = json!(["approve-change", "reject-change"]);
    assert_eq!((may("clerk1"), may("chief1")), (json!(["withdraw-change"]), decide));
}

#[test]
fn the_county_reads_cases_and_reviews_masked() {
    let app = TestApp::new();
    let case = registered(&app, &birth(1));
    let county = app.client_token("county");
    let get = |path: &str| app.get(path).bearer(&county).send();
    assert_eq!(get("/v1/cases").expect(200)["items"].as_array().unwrap().len(), 1);
    let shown = get(&at(&case, ""));
    assert_eq!((shown.expect(200)["fields"]["child_name"].as_str(), &shown.body["allowed_actions"]), (Some("測○安"), &json!([])));
    for path in ["/reviews", "/history", "/clock", "/changes"] {
        get(&at(&case, path)).expect(200);
    }
    app.post(&at(&case, ":reveal")).bearer(&county).json(&json!({"reason": "x"})).send().refused(403, "forbidden");
}

#[test]
fn a_branch_does_not_learn_whom_another_knows() {
    let app = TestApp::new();
    take(&app, "clerk1", &birth(1)).expect(201);
    let search = |user: &str| {
        let body = json!({"national_id": female(1)["national_id"], "reason": "查詢"});
        app.post("/v1/cases:search").user(user).json(&body).send().expect(200)["person_id"].clone()
    };
    assert!(search("clerk1").is_string());
    assert_eq!(search("clerk3"), Value::Null);
}

#[test]
fn case_types_show_their_versions_and_no_paper_twice() {
    let app = TestApp::new();
    let old = app.get("/v1/case-types/BIRTH").send();
    let mut rules = old.expect(200).clone();
    for member in ["code", "version", "valid_from", "party_roles"] {
        rules.as_object_mut().unwrap().remove(member);
    }
    let put = |tag: &str, rules: &Value| {
        let body = json!({"valid_from": "2027-01-01", "reason": "簡化", "rules": rules});
        app.call("PUT", "/v1/case-types/BIRTH").user("chief1").if_match(tag).json(&body).send()
    };
    let mut twice = rules.clone();
    let first = twice["papers"][0].clone();
    twice["papers"].as_array_mut().unwrap().push(first);
    assert_eq!(put(old.etag(), &twice).fields()[0].1, "duplicate");
    put(old.etag(), &rules).expect(200);
    // What is shown today is still the first version, and so is its tag.
    assert_eq!(version(&app.get("/v1/case-types/BIRTH").send()), 1);
    assert_eq!(version(&app.get("/v1/case-types/BIRTH?on=2027-01-01").send()), 2);
    let versions = app.get("/v1/case-types/BIRTH/versions").send();
    let days: Vec<_> = versions.expect(200)["items"].as_array().unwrap().iter().map(|v| v["valid_from"].clone()).collect();
    assert_eq!(days, [json!("2018-01-01"), json!("2027-01-01")]);
    app.get("/v1/case-types/NONE/versions").send().refused(404, "not_found");
}

#[test]
fn nothing_is_offered_that_would_be_refused() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &birth(1)).expect(201).clone();
    let may = |user: &str| app.get(&at(&case, "")).user(user).send().expect(200)["allowed_actions"].clone();
    let offered = may("clerk1");
    let told = act(&app, "clerk1", &case, "/one-time-notice", &json!({"given_how": "HANDED"}));
    assert_eq!(told.refused(409, "wrong_state")["allowed_actions"], offered, "no paper is missing");
    // Whoever has a case hands it to nobody, and is not told that somebody else has it.
    for (member, user) in [("clerk_id", "clerk2"), ("reviewer_id", "reviewer1")] {
        act(&app, "clerk1", &case, ":assign", &json!({member: me(&app, user)})).refused(403, "forbidden");
    }
    let mut own = door(5);
    own["draft"] = json!(true);
    let draft = take(&app, "clerk1", &own).expect(201).clone();
    act(&app, "clerk1", &draft, ":accept", &json!({})).expect(200);
    let offered = app.get(&at(&draft, "")).user("clerk1").send().expect(200)["allowed_actions"].clone();
    assert!(offered.as_array().unwrap().contains(&json!("one-time-notice")), "{offered}");
    // Whoever worked on a case is not offered its review.
    app.sql("UPDATE accounts SET roles = '[\"CLK\",\"REV\"]' WHERE username = 'clerk1'");
    assert!(!may("clerk1").as_array().unwrap().contains(&json!("assign")));
}

#[test]
fn a_further_notice_is_kept_as_it_was_given_and_counts_against_nobody() {
    let app = TestApp::new();
    let case = take(&app, "clerk1", &door(5)).expect(201).clone();
    let first = act(&app, "clerk1", &case, "/one-time-notice", &json!({"given_how": "HANDED"})).expect(201).clone();
    act(&app, "clerk1", &case, "/one-time-notice", &json!({})).refused(409, "not_told_once");
    let counted = || app.get("/v1/quality/error-rates?by=TYPE").user("chief1").send().expect(200)["late_requests"].clone();
    assert_eq!(counted(), 1);
    patch(&app, &at(&case, "/one-time-notice/items/1"), &case, &json!({"received": true})).expect(200);
    app.set_clock("2026-11-25T10:00:00+08:00");
    let paper = first["items"][0]["document"].clone();
    let fact = json!({"given_how": "MAIL", "new_fact": "土地已移轉", "further_documents": [paper], "period": "5WD"});
    act(&app, "clerk1", &case, "/one-time-notice", &fact).expect(201);
    let notice = app.get(&at(&case, "/one-time-notice")).user("clerk1").send().expect(200).clone();
    assert_eq!(
        (notice["given_how"].as_str(), notice["made_at"].as_str(), notice["due_on"].as_str()),
        (Some("MAIL"), Some("2026-11-25T10:00:00+08:00"), Some("2026-12-02"))
    );
    let givings = json!([
        {"given_how": "HANDED", "given_at": first["made_at"], "period": "10WD", "new_fact": null},
        {"given_how": "MAIL", "given_at": "2026-11-25T10:00:00+08:00", "period": "5WD", "new_fact": "土地已移轉"},
    ]);
    assert_eq!(notice["givings"], givings);
    assert_eq!(counted(), 1, "a new fact is nobody's fault");
}

#[test]
fn a_closed_day_moves_the_limit_for_papers_and_the_period_of_law() {
    let app = TestApp::new();
    let waiting = take(&app, "clerk1", &door(5)).expect(201).clone();
    act(&app, "clerk1", &waiting, "/one-time-notice", &json!({})).expect(201);
    // Sixty days from 23 September end on a Sunday: Monday 23 November.
    app.set_clock("2026-11-24T09:00:00+08:00");
    let mut late = birth(1);
    late["event_on"] = json!("2026-09-23");
    let late = take(&app, "clerk1", &late).expect(201).clone();
    assert_eq!((late["legal_due_on"].as_str(), late["late"].as_bool()), (Some("2026-11-23"), Some(true)));
    let close = |date: &str, dry_run: bool| {
        let body = json!({"date": date, "part": "ALL", "reason": "颱風", "dry_run": dry_run});
        app.post("/v1/calendar/closures").user("chief1").json(&body).send()
    };
    let undo = |closed: &Answer| {
        let undone = app.call("DELETE", &closed.headers["location"]).user("chief1").if_match(closed.etag()).send();
        assert_eq!(undone.status, 204);
    };
    let moved = |closed: &Answer, limit: &str, case: &Value| -> Value {
        let all = closed.body["deadlines"].as_array().unwrap();
        let found = all.iter().find(|one| one["limit"] == limit && one["id"] == case["id"]);
        found.unwrap_or_else(|| panic!("{limit} in {all:?}"))["after"].clone()
    };
    let notice = || app.get(&at(&waiting, "/one-time-notice")).user("clerk1").send().expect(200)["due_on"].clone();
    let legal = || {
        let shown = app.get(&at(&late, "")).user("clerk1").send();
        (shown.expect(200)["legal_due_on"].clone(), shown.body["late"].clone())
    };
    assert_eq!(notice(), "2026-12-07");
    let trial = close("2026-12-07", true);
    trial.expect(200);
    assert_eq!((moved(&trial, "PAPERS", &waiting), notice()), (json!("2026-12-08T23:59:59+08:00"), json!("2026-12-07")));
    // Posted after the day itself as well.
    app.set_clock("2026-12-08T08:00:00+08:00");
    let closed = close("2026-12-07", false);
    closed.expect(201);
    assert_eq!((moved(&closed, "PAPERS", &waiting), notice()), (json!("2026-12-08T23:59:59+08:00"), json!("2026-12-08")));
    undo(&closed);
    assert_eq!(notice(), "2026-12-07");
    let closed = close("2026-11-23", false);
    closed.expect(201);
    assert_eq!(moved(&closed, "LEGAL", &late), "2026-11-24T23:59:59+08:00");
    assert_eq!(legal(), (json!("2026-11-24"), json!(false)), "it came in time");
    let history = app.get(&at(&late, "/history")).user("clerk1").send();
    assert_eq!(history.expect(200)["items"].as_array().unwrap().last().unwrap()["action"], "legal_due_moved");
    undo(&closed);
    assert_eq!(legal(), (json!("2026-11-23"), json!(true)));
}

#[test]
fn a_case_is_recalled_from_review_and_taken_up_again_after_it_was_refused_or_withdrawn() {
    let app = TestApp::new();
    let why = json!({"reason": "承辦人誤送"});
    let case = take(&app, "clerk1", &birth(1)).expect(201).clone();
    act(&app, "clerk1", &case, ":recall", &why).refused(409, "wrong_state");
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    act(&app, "clerk2", &case, ":recall", &why).refused(409, "assigned_to_other");
    let recalled = act(&app, "clerk1", &case, ":recall", &why);
    assert_eq!(recalled.expect(200)["status"], "ACCEPTED");
    review(&app, "reviewer1", &case, "PASS").refused(409, "wrong_state");
    for end in [":refuse", ":withdraw"] {
        act(&app, "clerk1", &case, end, &why).expect(200);
        assert!(found(&app, &female(1)).iter().all(|one| one["found_by"] == "EMPTY"), "nobody is known by it");
        act(&app, "clerk1", &case, ":reopen", &why).refused(403, "forbidden");
        let reopened = act(&app, "chief1", &case, ":reopen", &why);
        assert_eq!(reopened.expect(200)["status"], "DRAFT");
        app.advance(chrono::Duration::hours(3));
        let again = act(&app, "clerk1", &case, ":accept", &json!({}));
        assert_eq!((again.expect(200)["status"].as_str(), &again.body["number"]), (Some("ACCEPTED"), &case["number"]));
        assert_eq!(again.body["accepted_at"], json!(app.now().to_string()), "the clock starts anew");
        assert_eq!(found(&app, &female(1))[0]["found_by"], "CURRENT");
    }
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    review(&app, "reviewer1", &case, "PASS").expect(201);
    act(&app, "chief1", &case, ":reopen", &why).refused(409, "wrong_state");
    let history = app.get(&format!("/v1/cases/{}/history", case["id"].as_str().unwrap())).user("clerk1").send();
    let acts: Vec<&str> =
        history.expect(200)["items"].as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(acts.iter().filter(|act| **act == "reopened").count(), 2, "{acts:?}");
}

#[test]
fn a_change_that_waits_stands_in_the_queue_of_those_who_may_decide_on_it() {
    let app = TestApp::new();
    let case = registered(&app, &birth(1));
    let count = |user: &str| count_of(&app, user, "TO_APPROVE");
    assert_eq!(count("chief1"), json!(0));
    act(&app, "chief1", &case, ":revoke", &json!({"reason": "重複登記", "office_error": false})).expect(200);
    assert_eq!(
        (count("chief1"), count("chief2"), count("director1")),
        (json!(0), json!(1), json!(1)),
        "not to whoever proposed it"
    );
    let list = app.get("/v1/cases?queue=TO_APPROVE").user("chief2").send();
    assert_eq!(list.expect(200)["items"][0]["id"], case["id"]);
    act(&app, "chief2", &case, ":reject-change", &json!({"reason": "並無重複"})).expect(200);
    assert_eq!(count("director1"), json!(0));
}
