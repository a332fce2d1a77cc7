//! How volunteers are recruited: plans that are published before, applications on which another decides, one of an identity.

use serde_json::{Value, json};

use crate::known::declared;
use crate::support::{Answer, TestApp, person};
use crate::volunteers::{act, at as volunteer_at, get, made, reason, volunteer, with};

pub fn plan() -> Value {
    json!({
        "title": "116 年度志工招募計畫", "text": "招募引導服務志工，錄取後辦理基礎及特殊訓練。", "categories": ["GUIDANCE"], "places": 10,
        "opens_on": "2026-11-23", "closes_on": "2026-12-31"
    })
}

pub fn plan_at(plan: &Value) -> String {
    format!("/v1/recruitment-plans/{}", plan["id"].as_str().unwrap())
}

pub fn at(application: &Value) -> String {
    format!("/v1/volunteer-applications/{}", application["id"].as_str().unwrap())
}

/// A plan by which people may apply.
pub fn published(app: &TestApp) -> Value {
    let written = made(app, "clerk1", "/v1/recruitment-plans", &plan());
    act(app, "chief1", &plan_at(&written), "publish", &json!({})).expect(200).clone()
}

pub fn application(plan: &Value, number: u32) -> Value {
    let volunteer = volunteer(number);
    json!({
        "plan_id": plan["id"], "person": volunteer["person"], "profile": volunteer["profile"], "motive": "想為鄉里服務",
        "contact": {"phone": "0912345678"}
    })
}

/// Accepts whoever has shown their paper.
pub fn acceptance() -> Value {
    json!({"accept": true, "document": {"kind": "ID_CARD", "number": "製證字第 1150001234 號"}})
}

fn apply(app: &TestApp, user: Option<&str>, body: &Value) -> Answer {
    let call = app.post("/v1/volunteer-applications").once().json(body);
    if let Some(user) = user { call.user(user).send() } else { call.send() }
}

fn decide(app: &TestApp, user: &str, path: &str, body: &Value) -> Answer {
    act(app, user, path, "decide", body)
}

fn field(pointer: &str, code: &str) -> Vec<(String, String)> {
    vec![(pointer.to_owned(), code.to_owned())]
}

#[test]
fn a_plan_is_published_by_another_before_anybody_is_recruited() {
    let app = TestApp::new();
    let written = made(&app, "chief1", "/v1/recruitment-plans", &plan());
    let path = plan_at(&written);
    assert_eq!(written["status"], "DRAFT");
    app.get(&path).send().refused(404, "not_found");
    act(&app, "chief1", &path, "publish", &json!({})).refused(409, "own_request");
    act(&app, "clerk2", &path, "publish", &json!({})).refused(403, "forbidden");
    let blind = app.post(&format!("{path}:publish")).user("director1").once().if_match("*").send();
    blind.refused(428, "precondition_required");
    let body = with(plan(), "closes_on", json!("2026-11-22"));
    let tag = get(&app, "clerk1", &path).etag().to_owned();
    let wrong = app.call("PUT", &path).user("clerk1").if_match(&tag).json(&body).send();
    assert_eq!(wrong.fields(), field("/closes_on", "range"));
    let application = application(&written, 1);
    assert_eq!(apply(&app, Some("clerk1"), &application).fields(), field("/plan_id", "not_allowed"));
    assert_eq!(apply(&app, None, &application).fields(), field("/plan_id", "unknown"), "to the public a draft is not there");
    app.set_clock("2026-11-24T09:00:00+08:00");
    act(&app, "director1", &path, "publish", &json!({})).refused(409, "conflict");
    let tag = get(&app, "clerk1", &path).etag().to_owned();
    let moved = with(plan(), "opens_on", json!("2026-11-24"));
    app.call("PUT", &path).user("chief1").if_match(&tag).json(&moved).send().expect(200);
    let history = get(&app, "clerk1", &format!("{path}/history")).expect(200)["items"].clone();
    let change = json!({"pointer": "/opens_on", "before": "2026-11-23", "after": "2026-11-24"});
    assert_eq!(history[1]["changes"], json!([change]));
    act(&app, "director1", &path, "publish", &json!({})).expect(200);
    let shown = app.get(&path).send().expect(200).clone();
    assert_eq!((&shown["status"], &shown["allowed_actions"]), (&json!("PUBLISHED"), &Value::Null));
    let open = app.get("/v1/recruitment-plans?on=2026-12-31").send().expect(200)["items"].clone();
    assert_eq!(open[0]["id"], written["id"]);
    apply(&app, None, &application).expect(201);
    act(&app, "chief1", &path, "close", &reason()).expect(200);
    assert_eq!(apply(&app, None, &application).fields(), field("/plan_id", "not_allowed"));
    assert_eq!(act(&app, "chief1", &path, "reopen", &reason()).expect(200)["status"], "DRAFT");
    let tag = get(&app, "clerk1", &path).etag().to_owned();
    app.call("PUT", &path).user("volunteer1").if_match(&tag).json(&plan()).send().refused(403, "forbidden");
}

#[test]
fn another_decides_on_an_application_and_makes_a_trainee_of_whoever_applied() {
    let app = TestApp::new();
    let plan = published(&app);
    let taken = apply(&app, Some("clerk1"), &application(&plan, 1)).expect(201).clone();
    let path = at(&taken);
    let shown = get(&app, "clerk2", &path).expect(200).clone();
    assert_eq!((&shown["status"], &shown["contact"]["masked"]), (&json!("OPEN"), &json!(true)));
    decide(&app, "clerk1", &path, &acceptance()).refused(409, "same_person");
    assert_eq!(decide(&app, "clerk2", &path, &json!({"accept": false})).fields(), field("/reason", "required"));
    let unseen = decide(&app, "clerk2", &path, &json!({"accept": true}));
    assert_eq!(unseen.fields(), field("/document", "required"), "what was only said makes nobody a volunteer");
    let accepted = decide(&app, "clerk2", &path, &acceptance()).expect(200).clone();
    assert_eq!(accepted["status"], "ACCEPTED");
    let volunteer = format!("/v1/volunteers/{}", accepted["volunteer_id"].as_str().unwrap());
    let made_of = get(&app, "clerk1", &volunteer).expect(200).clone();
    assert_eq!((&made_of["status"], &made_of["joined_on"]), (&json!("TRAINEE"), &json!("2026-11-23")));
    assert!(made_of["contact"]["phone"].is_string(), "with the contact of the application: {made_of}");
    // Taken back, the trainee retires with it; accepted after all, they are reinstated.
    decide(&app, "chief1", &path, &acceptance()).refused(409, "wrong_state");
    let reopened = act(&app, "chief1", &path, "reopen", &reason()).expect(200).clone();
    assert_eq!((&reopened["status"], &reopened["volunteer_id"]), (&json!("OPEN"), &Value::Null));
    assert_eq!(get(&app, "clerk1", &volunteer).expect(200)["status"], "RETIRED");
    assert_eq!(reopened["known_volunteer_ids"], json!([accepted["volunteer_id"]]));
    assert_eq!(decide(&app, "chief1", &path, &acceptance()).expect(200)["volunteer_id"], accepted["volunteer_id"]);
    assert_eq!(get(&app, "clerk1", &volunteer).expect(200)["status"], "TRAINEE");
    // Whoever serves by now is no trainee to take back.
    let activation = json!({"member_from": "2026-11-23", "reason": "實習期滿"});
    for hand in ["clerk1", "clerk2", "chief1"] {
        // Who took the application, and who decided on it.
        act(&app, hand, &volunteer, "activate", &activation).refused(409, "same_person");
    }
    act(&app, "chief2", &volunteer, "activate", &activation).expect(200);
    act(&app, "chief1", &path, "reopen", &reason()).refused(409, "conflict");
    let history = get(&app, "director1", &format!("{path}/history")).expect(200)["items"].clone();
    let acts: Vec<&str> = history.as_array().unwrap().iter().map(|line| line["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["received", "accepted", "reopened", "accepted"]);
    get(&app, "citizen1", &format!("{path}/history")).refused(403, "forbidden");
}

#[test]
fn a_second_application_of_one_identity_is_found() {
    let app = TestApp::new();
    let plan = published(&app);
    let first = apply(&app, Some("clerk1"), &application(&plan, 1)).expect(201).clone();
    let second = apply(&app, Some("clerk2"), &application(&plan, 1));
    assert_eq!(second.refused(409, "conflict")["standing_id"], first["id"]);
    // Whoever only says a number learns nothing of who has it; the office finds both.
    let nobody = apply(&app, None, &application(&plan, 1)).expect(201).clone();
    assert_eq!(get(&app, "clerk2", &at(&nobody)).expect(200)["same_identity_ids"], json!([first["id"]]));
    decide(&app, "clerk2", &at(&first), &acceptance()).expect(200);
    let volunteer = get(&app, "clerk2", &at(&first)).expect(200)["volunteer_id"].clone();
    let shown = get(&app, "clerk2", &at(&nobody)).expect(200).clone();
    assert_eq!(shown["known_volunteer_ids"], json!([volunteer]));
    let twice = decide(&app, "clerk2", &at(&nobody), &acceptance());
    assert_eq!(twice.refused(409, "conflict")["standing_id"], volunteer);
    let refused = decide(&app, "clerk2", &at(&nobody), &json!({"accept": false, "reason": "已為志工"})).expect(200).clone();
    assert_eq!(refused["status"], "REFUSED");
    let key = json!({"id": nobody["id"], "secret": nobody["secret"]});
    let tracked = app.post("/v1/volunteer-applications:track").json(&key).send().expect(200).clone();
    assert_eq!((&tracked["status"], &tracked["reason"]), (&json!("REFUSED"), &json!("已為志工")));
    let wrong = json!({"id": nobody["id"], "secret": first["secret"]});
    app.post("/v1/volunteer-applications:track").json(&wrong).send().refused(404, "not_found");
}

#[test]
fn whoever_applies_with_an_account_sees_and_withdraws_their_own() {
    let app = TestApp::new();
    let plan = published(&app);
    let mut body = application(&plan, 1);
    body.as_object_mut().unwrap().remove("person");
    assert_eq!(apply(&app, None, &body).fields(), field("/person", "required"));
    assert_eq!(apply(&app, Some("clerk1"), &body).fields(), field("/person", "required"));
    let taken = apply(&app, Some("citizen1"), &body).expect(201).clone();
    let path = at(&taken);
    let own = get(&app, "citizen1", &path).expect(200).clone();
    assert_eq!((&own["name"], &own["allowed_actions"]), (&json!("王示範"), &json!(["withdraw"])));
    get(&app, "citizen2", &path).refused(404, "not_found");
    assert_eq!(get(&app, "citizen2", "/v1/volunteer-applications").expect(200)["items"], json!([]));
    apply(&app, Some("citizen1"), &body).refused(409, "conflict");
    decide(&app, "citizen1", &path, &acceptance()).refused(403, "forbidden");
    let tag = get(&app, "citizen1", &path).etag().to_owned();
    let withdrawn = app.post(&format!("{path}:withdraw")).user("citizen1").once().if_match(&tag).json(&json!({})).send();
    assert_eq!(withdrawn.expect(200)["status"], "WITHDRAWN");
    apply(&app, Some("citizen1"), &body).expect(201);
    act(&app, "chief1", &path, "reopen", &reason()).refused(409, "conflict");
    let other = apply(&app, Some("clerk1"), &application(&plan, 2)).expect(201).clone();
    let without = act(&app, "clerk1", &at(&other), "withdraw", &json!({}));
    assert_eq!(without.fields(), field("/reason", "required"), "staff say at whose word");
    act(&app, "clerk1", &at(&other), "withdraw", &reason()).expect(200);
    let chosen = with(application(&plan, 3), "person", with(volunteer(3)["person"].clone(), "person_id", taken["id"].clone()));
    assert_eq!(apply(&app, None, &chosen).fields(), field("/person/person_id", "not_allowed"));
}

#[test]
fn an_accepted_citizen_is_the_human_of_their_number() {
    let app = TestApp::new();
    let plan = published(&app);
    let mut body = application(&plan, 1);
    body.as_object_mut().unwrap().remove("person");
    let taken = apply(&app, Some("citizen1"), &body).expect(201).clone();
    let accepted = decide(&app, "clerk1", &at(&taken), &json!({"accept": true})).expect(200).clone();
    let entered = with(volunteer(1), "person", json!({"name": "王示範", "national_id": app.citizen_number(1)}));
    let again = app.post("/v1/volunteers").user("clerk1").once().json(&entered).send();
    assert_eq!(again.refused(409, "conflict")["standing_id"], accepted["volunteer_id"]);
}

#[test]
fn whoever_retires_leaves_no_application_unseen() {
    let app = TestApp::new();
    let plan = published(&app);
    let taken = apply(&app, Some("clerk1"), &application(&plan, 1)).expect(201).clone();
    let accepted = decide(&app, "clerk2", &at(&taken), &acceptance()).expect(200).clone();
    let volunteer = json!({"id": accepted["volunteer_id"]});
    act(&app, "chief1", &at(&taken), "reopen", &reason()).expect(200);
    act(&app, "chief1", &volunteer_at(&volunteer), "reinstate", &reason()).expect(200);
    let retiring = act(&app, "chief1", &volunteer_at(&volunteer), "retire", &json!({"reason": "遷居", "dry_run": true}));
    let waits = json!({"kind": "APPLICATION", "at": at(&taken).trim_start_matches("/v1/"), "until_on": null});
    assert_eq!(retiring.expect(200)["touched"], json!([waits]));
}

#[test]
fn what_anybody_says_of_a_number_blocks_nobody_and_tells_nothing() {
    let app = TestApp::new();
    let plan = published(&app);
    // A stranger applies with the particulars of somebody else, before them.
    apply(&app, None, &application(&plan, 1)).expect(201);
    let token = declared(&app, "stranger", &person(1), "1970-05-04");
    let mut own = application(&plan, 1);
    own.as_object_mut().unwrap().remove("person");
    let as_declared = |body: &Value| app.post("/v1/volunteer-applications").once().bearer(&token).json(body).send();
    as_declared(&own).expect(201);
    as_declared(&own).refused(409, "conflict");
    let taken = apply(&app, Some("clerk1"), &application(&plan, 1)).expect(201).clone();
    // Whoever has only said who they are is told nothing of what the office has.
    apply(&app, None, &application(&plan, 1)).expect(201);
    let shown = get(&app, "clerk2", &at(&taken)).expect(200).clone();
    assert_eq!(shown["same_identity_ids"].as_array().unwrap().len(), 3);
    let token = declared(&app, "another", &person(1), "1970-05-04");
    app.post("/v1/volunteer-applications").once().bearer(&token).json(&own).send().expect(201);
    // The human themself is entered by the paper that they show.
    made(&app, "clerk1", "/v1/volunteers", &volunteer(1));
}

#[test]
fn whoever_applied_sees_the_contact_that_they_gave_and_no_other() {
    let app = TestApp::new();
    let plan = published(&app);
    let mut body = application(&plan, 1);
    body.as_object_mut().unwrap().remove("person");
    let path = at(&apply(&app, Some("citizen1"), &body).expect(201).clone());
    let tag = get(&app, "director1", &path).etag().to_owned();
    let learned = json!({"contact": {"phone": "0987654321"}, "reason": "向戶長查得"});
    let changed = app.call("PUT", &format!("{path}/contact")).user("clerk1").if_match(&tag).json(&learned).send();
    assert_eq!(changed.expect(200)["contact"]["masked"], json!(true));
    assert_eq!(get(&app, "citizen1", &path).expect(200)["contact"]["phone"], "+886912345678");
    let history = get(&app, "clerk1", &format!("{path}/history")).expect(200)["items"].clone();
    let line = history.as_array().unwrap().last().unwrap().clone();
    assert_eq!((&line["act"], &line["reason"]), (&json!("contact_changed"), &json!("向戶長查得")));
    assert_eq!(line["changes"][0]["after"]["masked"], json!(true), "{line}");
    assert!(!history.to_string().contains("987654321"), "{history}");
}

#[test]
fn whoever_was_refused_by_mistake_reads_that_it_waits_again() {
    let app = TestApp::new();
    let plan = published(&app);
    let taken = apply(&app, None, &application(&plan, 1)).expect(201).clone();
    let tracked = || {
        let key = json!({"id": taken["id"], "secret": taken["secret"]});
        app.post("/v1/volunteer-applications:track").json(&key).send().expect(200).clone()
    };
    decide(&app, "clerk1", &at(&taken), &json!({"accept": false, "reason": "年齡不符"})).expect(200);
    assert_eq!(tracked()["reason"], "年齡不符");
    act(&app, "chief1", &at(&taken), "reopen", &json!({"reason": "年齡誤算，重新審酌"})).expect(200);
    let now = tracked();
    assert_eq!(
        (&now["status"], &now["reason"], &now["decided_at"]),
        (&json!("OPEN"), &json!("年齡誤算，重新審酌"), &Value::Null)
    );
}

#[test]
fn whoever_was_brought_back_by_mistake_has_retired_again() {
    let app = TestApp::new();
    let plan = published(&app);
    let path = crate::volunteers::member(&app, 1);
    act(&app, "clerk1", &path, "retire", &json!({"reason": "遷居"})).expect(200);
    app.advance(chrono::Duration::days(1));
    let taken = apply(&app, Some("clerk1"), &application(&plan, 1)).expect(201).clone();
    decide(&app, "clerk2", &at(&taken), &acceptance()).expect(200);
    let back = get(&app, "clerk1", &path).expect(200).clone();
    assert_eq!((&back["status"], &back["absences"][0]["until_on"]), (&json!("ACTIVE"), &json!("2026-11-23")));
    act(&app, "chief1", &at(&taken), "reopen", &reason()).expect(200);
    assert_eq!(get(&app, "clerk1", &path).expect(200)["status"], "RETIRED");
    let history = get(&app, "clerk1", &format!("{path}/history?limit=100")).expect(200)["items"].clone();
    let last = history.as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["act"], &last["changes"][0]["pointer"]), (&json!("retired"), &json!("/absences")), "{history}");
}

#[test]
fn nobody_of_the_office_takes_their_own_application() {
    let app = TestApp::new();
    let plan = published(&app);
    app.name_holder("clerk2", 7);
    apply(&app, Some("clerk2"), &application(&plan, 7)).refused(409, "own_request");
    let taken = apply(&app, Some("clerk1"), &application(&plan, 7)).expect(201).clone();
    act(&app, "clerk2", &at(&taken), "withdraw", &reason()).refused(409, "own_request");
    decide(&app, "clerk2", &at(&taken), &acceptance()).refused(409, "own_request");
}

pub fn an_identity_applies_once(app: &TestApp) {
    let plan = published(app);
    crate::serial::log_in(app, &["clerk1", "clerk2"]);
    let body = application(&plan, 1);
    let answers = crate::serial::at_once(crate::serial::CLIENTS, |client| {
        let user = ["clerk1", "clerk2"][client % 2];
        app.post("/v1/volunteer-applications").user(user).once().json(&body).send()
    });
    crate::serial::once(&answers, "201", "409 conflict");
}

pub fn two_applications_of_one_identity_make_one_volunteer(app: &TestApp) {
    let plan = published(app);
    let body = application(&plan, 1);
    let paths: Vec<String> = (0..crate::serial::CLIENTS)
        .map(|_| at(app.post("/v1/volunteer-applications").once().json(&body).send().expect(201)))
        .collect();
    crate::serial::log_in(app, &["chief1", "clerk2"]);
    let answers = crate::serial::at_once(crate::serial::CLIENTS, |client| {
        let user = ["chief1", "clerk2"][client % 2];
        let call = app.post(&format!("{}:decide", paths[client])).user(user).once().if_match("\"v1\"");
        call.json(&acceptance()).send()
    });
    crate::serial::once(&answers, "200", "409 conflict");
}
