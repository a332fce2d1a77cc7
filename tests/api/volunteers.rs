//! Volunteers: entered, made full members, suspended and brought back, corrected, and who sees them.

use serde_json::{Value, json};

use crate::cases::registered;
use crate::holders::name_holder;
use crate::known::{complete, matter};
use crate::protection::{BARRED, PROTECTED, mark, order};
use crate::support::{Answer, TestApp, person};

/// A volunteer to enter, by the number of an invented person.
pub fn volunteer(number: u32) -> Value {
    let mut who = person(number);
    who["birth_on"] = json!("1970-05-04");
    json!({
        "person": who,
        "profile": {
            "background": "CIVIC_GROUP", "group_name": "和美志工隊", "languages": ["MANDARIN", "HAKKA"], "categories": ["GUIDANCE"],
            "service_points": ["HEMEI"]
        },
        "joined_on": "2026-01-05", "contact": {"phone": "0912345678"}
    })
}

pub fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

pub fn made(app: &TestApp, user: &str, path: &str, body: &Value) -> Value {
    app.post(path).user(user).once().json(body).send().expect(201).clone()
}

pub fn at(volunteer: &Value) -> String {
    format!("/v1/volunteers/{}", volunteer["id"].as_str().unwrap())
}

pub fn entry_at(entry: &Value) -> String {
    format!("/v1/volunteer-entries/{}", entry["id"].as_str().unwrap())
}

pub fn get(app: &TestApp, user: &str, path: &str) -> Answer {
    app.get(path).user(user).send()
}

/// Acts on a record at its present version.
pub fn act(app: &TestApp, user: &str, path: &str, name: &str, body: &Value) -> Answer {
    let tag = get(app, "director1", path).etag().to_owned();
    app.post(&format!("{path}:{name}")).user(user).once().if_match(&tag).json(body).send()
}

pub fn update(app: &TestApp, user: &str, path: &str, body: &Value) -> Answer {
    let tag = get(app, "director1", path).etag().to_owned();
    app.call("PATCH", path).user(user).if_match(&tag).json(body).send()
}

pub fn reason() -> Value {
    json!({"reason": "依志工書面申請"})
}

pub fn field(pointer: &str, code: &str) -> Vec<(String, String)> {
    vec![(pointer.to_owned(), code.to_owned())]
}

pub fn training(kind: &str, completed_on: &str) -> Value {
    let category = if kind == "SPECIAL" { json!("GUIDANCE") } else { Value::Null };
    json!({"kind": kind, "category": category, "completed_on": completed_on, "minutes": 360})
}

pub fn insurance(from: &str, to: &str) -> Value {
    json!({"insurer": "示範產物保險", "policy": "1150001", "from_on": from, "to_on": to})
}

/// A full member since April, trained by March and insured for the year.
pub fn member(app: &TestApp, number: u32) -> String {
    let path = at(&made(app, "clerk1", "/v1/volunteers", &volunteer(number)));
    made(app, "clerk1", &format!("{path}/trainings"), &training("BASIC", "2026-02-01"));
    made(app, "clerk1", &format!("{path}/trainings"), &training("SPECIAL", "2026-03-14"));
    made(app, "clerk1", &format!("{path}/insurances"), &insurance("2026-01-01", "2026-12-31"));
    act(app, "chief1", &path, "activate", &json!({"member_from": "2026-04-01", "reason": "實習期滿"})).expect(200);
    path
}

/// What keeps somebody from guiding on a day.
pub fn blockers(app: &TestApp, path: &str, on: &str) -> Vec<String> {
    let shown = get(app, "clerk1", &format!("{path}?on={on}")).expect(200).clone();
    let of_guidance = &shown["readiness"][0];
    assert_eq!((&of_guidance["category"], &of_guidance["on"]), (&json!("GUIDANCE"), &json!(on)));
    let found: Vec<String> =
        of_guidance["blockers"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect();
    assert_eq!(of_guidance["ready"], json!(found.is_empty()));
    found
}

#[test]
fn a_trainee_becomes_a_full_member_by_another_than_whoever_entered_them() {
    let app = TestApp::new();
    let entered = made(&app, "clerk1", "/v1/volunteers", &volunteer(1));
    let path = at(&entered);
    assert_eq!((&entered["status"], &entered["member_from"]), (&json!("TRAINEE"), &Value::Null));
    assert_eq!((&entered["contact"]["masked"], &entered["same_person_ids"]), (&json!(true), &json!([])));
    let activation = json!({"member_from": "2026-11-02", "reason": "實習期滿"});
    act(&app, "clerk1", &path, "activate", &activation).refused(409, "same_person");
    let early = json!({"member_from": "2026-01-04", "reason": "實習期滿"});
    assert_eq!(act(&app, "chief1", &path, "activate", &early).fields(), field("/member_from", "range"));
    let late = json!({"member_from": "2026-11-24", "reason": "實習期滿"});
    assert_eq!(act(&app, "chief1", &path, "activate", &late).fields(), field("/member_from", "range"));
    let active = act(&app, "chief1", &path, "activate", &activation).expect(200).clone();
    assert_eq!((&active["status"], &active["member_from"]), (&json!("ACTIVE"), &json!("2026-11-02")));
    act(&app, "chief1", &path, "activate", &activation).refused(409, "wrong_state");
    let back = act(&app, "clerk1", &path, "deactivate", &reason()).expect(200).clone();
    assert_eq!((&back["status"], &back["member_from"]), (&json!("TRAINEE"), &Value::Null));
    for user in ["citizen1", "reviewer1", "admin1"] {
        get(&app, user, "/v1/volunteers").refused(403, "forbidden");
    }
    act(&app, "director1", &path, "activate", &activation).refused(403, "forbidden");
}

#[test]
fn whoever_leaves_can_come_back_and_a_dry_run_changes_nothing() {
    let app = TestApp::new();
    let path = member(&app, 1);
    let tag = get(&app, "clerk1", &path).etag().to_owned();
    app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
    let before = app.contents();
    let tried = |act: &str, body: &Value| {
        let call = app.post(&format!("{path}:{act}")).user("clerk1").once().if_match(&tag);
        call.json(body).send().expect(200).clone()
    };
    let suspended = tried("suspend", &json!({"reason": "出國", "until_on": "2026-12-31", "dry_run": true}));
    assert_eq!((&suspended["dry_run"], &suspended["volunteer"]["status"]), (&json!(true), &json!("SUSPENDED")));
    assert_eq!(suspended["touched"][0]["kind"], "INSURANCE", "{suspended}");
    let retired = tried("retire", &json!({"reason": "遷居", "dry_run": true}));
    assert_eq!(retired["volunteer"]["status"], "RETIRED");
    let after = app.contents();
    for (table, rows) in before.iter().filter(|(table, _)| *table != "stored_answers") {
        assert!(*rows == after[table], "{table}");
    }
    assert_eq!(
        act(&app, "clerk1", &path, "suspend", &json!({"reason": "出國", "until_on": "2026-11-22"})).fields(),
        field("/until_on", "range")
    );
    act(&app, "clerk1", &path, "suspend", &json!({"reason": "出國"})).expect(200);
    assert_eq!(blockers(&app, &path, "2026-11-23"), ["SUSPENDED"]);
    assert!(blockers(&app, &path, "2026-11-22").is_empty(), "what was before today stays");
    act(&app, "clerk1", &path, "suspend", &json!({"reason": "出國"})).refused(409, "wrong_state");
    app.advance(chrono::Duration::days(2));
    let back = act(&app, "chief1", &path, "reinstate", &reason()).expect(200).clone();
    assert_eq!((&back["status"], &back["absences"][0]["until_on"]), (&json!("ACTIVE"), &json!("2026-11-24")));
    assert_eq!(blockers(&app, &path, "2026-11-24"), ["SUSPENDED"], "what was stays");
    assert!(blockers(&app, &path, "2026-11-25").is_empty());
    act(&app, "clerk1", &path, "retire", &json!({"reason": "遷居"})).expect(200);
    assert_eq!(blockers(&app, &path, "2026-11-25"), ["RETIRED"]);
    let again = act(&app, "clerk1", &path, "reinstate", &reason()).expect(200).clone();
    assert_eq!((&again["status"], again["absences"].as_array().unwrap().len()), (&json!("ACTIVE"), 1), "retired by mistake");
}

#[test]
fn a_suspension_that_was_given_an_end_is_lifted_after_it() {
    let app = TestApp::new();
    let path = member(&app, 1);
    let until = json!({"reason": "出國", "until_on": "2026-11-25"});
    assert_eq!(act(&app, "clerk1", &path, "suspend", &until).expect(200)["volunteer"]["suspended_until"], "2026-11-25");
    assert_eq!(blockers(&app, &path, "2026-11-25"), ["SUSPENDED"]);
    assert!(blockers(&app, &path, "2026-11-26").is_empty(), "the gate is of the day that is asked for");
    app.set_clock("2026-11-25T16:00:00+08:00");
    app.tick();
    assert_eq!(get(&app, "clerk1", &path).expect(200)["status"], "SUSPENDED");
    app.set_clock("2026-11-26T09:00:00+08:00");
    app.tick();
    app.tick();
    assert_eq!(get(&app, "clerk1", &path).expect(200)["status"], "ACTIVE");
    let history = get(&app, "clerk1", &format!("{path}/history")).expect(200)["items"].clone();
    let last = history.as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["act"], &last["by"]), (&json!("reinstated"), &json!("system")), "{history}");
}

#[test]
fn what_is_corrected_keeps_both_values() {
    let app = TestApp::new();
    let path = member(&app, 1);
    let book = |number: &str| json!({"number": number, "issued_on": "2026-05-04"});
    let correction = json!({"record_book": book("第 12 號"), "reason": "補登"});
    assert_eq!(update(&app, "clerk1", &path, &correction).expect(200)["record_book"], book("第 12 號"));
    let correction = json!({"record_book": book("第 21 號"), "member_from": "2026-04-08", "reason": "字號及日期誤植"});
    update(&app, "clerk2", &path, &correction).expect(200);
    assert_eq!(update(&app, "clerk1", &path, &json!({"card": null})).fields(), field("/reason", "required"));
    let early = json!({"joined_on": "2026-04-09", "reason": "誤植"});
    assert_eq!(update(&app, "clerk1", &path, &early).fields(), field("/member_from", "range"));
    let unknown = with(volunteer(1)["profile"].clone(), "service_points", json!(["HEMEI", "NOWHERE"]));
    let unknown = update(&app, "clerk1", &path, &json!({"profile": unknown, "reason": "x"}));
    assert_eq!(unknown.fields(), field("/profile/service_points/1", "unknown"));
    let volunteer1 = get(&app, "volunteer1", "/v1/me").expect(200)["id"].clone();
    let supervised = update(&app, "clerk1", &path, &json!({"supervisor_id": volunteer1, "reason": "指定督導"}));
    assert_eq!(supervised.fields()[0].0, "/supervisor_id", "a volunteer is no supervisor: {}", supervised.text);
    let chief = get(&app, "chief1", "/v1/me").expect(200)["id"].clone();
    update(&app, "clerk1", &path, &json!({"supervisor_id": chief, "reason": "指定督導"})).expect(200);
    let history = get(&app, "chief1", &format!("{path}/history?limit=100")).expect(200)["items"].clone();
    let change = |pointer: &str| {
        let lines = history.as_array().unwrap().iter().rev();
        let mut changes = lines.flat_map(|line| line["changes"].as_array().unwrap().iter().map(move |change| (line, change)));
        changes.find(|(_, change)| change["pointer"] == pointer).map(|(line, change)| (line.clone(), change.clone())).unwrap()
    };
    let (line, number) = change("/record_book/number");
    assert_eq!((&number["before"], &number["after"]), (&json!("第 12 號"), &json!("第 21 號")));
    assert_eq!((&line["act"], &line["reason"]), (&json!("updated"), &json!("字號及日期誤植")));
    assert_eq!(change("/member_from").1["before"], "2026-04-01");
    get(&app, "volunteer1", &format!("{path}/history")).refused(403, "forbidden");
}

#[test]
fn volunteers_see_their_own_record_alone() {
    let app = TestApp::new();
    let own = get(&app, "volunteer1", "/v1/volunteers?include_total=true").expect(200).clone();
    assert_eq!(own["total"], 1);
    let path = at(&own["items"][0]);
    let shown = get(&app, "volunteer1", &path).expect(200).clone();
    assert_eq!(
        (&shown["name"], &shown["contact"]["masked"], &shown["allowed_actions"]),
        (&json!("周志工"), &json!(false), &json!([]))
    );
    assert_eq!(shown["readiness"][0]["ready"], true, "{shown}");
    for noun in ["trainings", "insurances", "consents", "certificates", "appraisals"] {
        get(&app, "volunteer1", &format!("{path}/{noun}")).expect(200);
        get(&app, "volunteer2", &format!("{path}/{noun}")).refused(404, "not_found");
    }
    get(&app, "volunteer2", &path).refused(404, "not_found");
    get(&app, "volunteer1", &format!("{path}/incidents")).refused(403, "forbidden");
    // What happened on duty can tell of others.
    let incident = json!({"happened_on": "2026-11-20", "what": "民眾滑倒", "harm": "OTHERS"});
    let incident = made(&app, "clerk1", &format!("{path}/incidents"), &incident);
    get(&app, "volunteer1", &entry_at(&incident)).refused(404, "not_found");
    get(&app, "clerk1", &entry_at(&incident)).expect(200);
    let tag = get(&app, "volunteer1", &path).etag().to_owned();
    let change = json!({"contact": {"phone": "0987654321"}});
    let changed = app.call("PUT", &format!("{path}/contact")).user("volunteer1").if_match(&tag).json(&change).send();
    assert_eq!(changed.expect(200)["contact"]["phone"], "+886987654321");
    let revealed = app.post(&format!("{path}:reveal-contact")).user("clerk1").json(&json!({"reason": "通知值勤"})).send();
    assert_eq!(revealed.expect(200)["contact"]["phone"], "+886987654321");
    app.post("/v1/volunteers").user("volunteer1").once().json(&volunteer(1)).send().refused(403, "forbidden");
}

#[test]
fn the_demo_has_volunteers_of_each_kind() {
    let app = TestApp::new();
    let of = |number: u8| get(&app, &format!("volunteer{number}"), "/v1/volunteers").expect(200)["items"][0].clone();
    let states: Vec<String> = (1..=9).map(|number| of(number)["status"].as_str().unwrap().to_owned()).collect();
    let expected = ["ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE", "SUSPENDED", "ACTIVE", "TRAINEE", "TRAINEE", "RETIRED"];
    assert_eq!(states, expected);
    let blockers = |number: u8| get(&app, "clerk1", &at(&of(number))).expect(200)["readiness"][0]["blockers"].clone();
    assert_eq!((blockers(3), blockers(4)), (json!([]), json!([])), "a minor with consent, and one without a record book");
    assert_eq!(get(&app, "clerk1", &at(&of(4))).expect(200)["record_book"], Value::Null);
    assert_eq!(blockers(7), json!(["NOT_FULL_MEMBER", "SPECIAL_TRAINING_MISSING"]));
    let listed = |query: &str| {
        let found = get(&app, "clerk1", &format!("/v1/volunteers?{query}")).expect(200)["items"].clone();
        found.as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(listed("language=VIETNAMESE"), [of(2)["id"].clone()]);
    assert_eq!(listed("category=FORM_FILLING"), [of(6)["id"].clone()]);
    assert_eq!(listed("background=PUPIL"), [of(3)["id"].clone()]);
    assert_eq!(listed("expiring=true"), [of(6)["id"].clone()]);
    assert_eq!((listed("expiring=false").len(), listed("limit=100").len()), (8, 9));
    assert_eq!(listed("status=SUSPENDED"), [of(5)["id"].clone()]);
}

#[test]
fn nobody_of_the_office_acts_on_their_own_record_as_a_volunteer() {
    let app = TestApp::new();
    app.name_holder("clerk2", 7);
    let path = member(&app, 7);
    act(&app, "clerk2", &path, "suspend", &reason()).refused(409, "own_request");
    let own = app.post(&format!("{path}/trainings")).user("clerk2").once().json(&training("BASIC", "2026-11-20")).send();
    own.refused(409, "own_request");
    let entry = entry_at(&get(&app, "clerk1", &format!("{path}/trainings")).expect(200)["items"][0]);
    act(&app, "clerk2", &entry, "withdraw", &reason()).refused(409, "own_request");
    assert_eq!(get(&app, "clerk2", &path).expect(200)["allowed_actions"], json!([]));
    // What is kept from volunteers is kept from whoever works in the office besides.
    let incident = json!({"happened_on": "2026-11-20", "what": "民眾滑倒", "harm": "OTHERS"});
    let incident = made(&app, "clerk1", &format!("{path}/incidents"), &incident);
    get(&app, "clerk2", &format!("{path}/incidents")).refused(409, "own_request");
    get(&app, "clerk2", &format!("{path}/history")).refused(409, "own_request");
    get(&app, "clerk2", &entry_at(&incident)).refused(404, "not_found");
    app.post("/v1/volunteers").user("clerk2").once().json(&volunteer(7)).send().refused(409, "own_request");
}

#[test]
fn whoever_is_barred_finds_nothing_of_a_volunteer() {
    let app = TestApp::new();
    name_holder(&app, "clerk2", &person(BARRED), "chief1");
    let case = registered(&app, &complete(&app, matter(PROTECTED)));
    let mut body = volunteer(PROTECTED);
    body["person"] = person(PROTECTED);
    let volunteer = made(&app, "clerk1", "/v1/volunteers", &body);
    let path = at(&volunteer);
    let entry = entry_at(&made(&app, "clerk1", &format!("{path}/trainings"), &training("BASIC", "2026-02-01")));
    get(&app, "clerk2", &path).expect(200);
    mark(&app, "clerk1", case["parties"][0]["person_id"].as_str().unwrap(), &order(&person(BARRED))).expect(201);
    for road in [path.clone(), format!("{path}/history"), format!("{path}/trainings"), entry] {
        get(&app, "clerk2", &road).refused(404, "not_found");
    }
    let reveal = app.post(&format!("{path}:reveal-contact")).user("clerk2").json(&json!({"reason": "通知"})).send();
    reveal.refused(404, "not_found");
    let listed = get(&app, "clerk2", "/v1/volunteers?limit=100").expect(200).to_string();
    assert!(!listed.contains(volunteer["id"].as_str().unwrap()));
    get(&app, "clerk1", &path).expect(200);
}

#[test]
fn what_is_said_of_volunteers_stands_in_the_clear_nowhere() {
    let app = TestApp::new();
    const CANARY: &str = "鄰居林罕名";
    let mut body = volunteer(1);
    body["profile"]["wishes"] = json!(format!("與{CANARY}同班"));
    body["profile"]["group_name"] = json!(format!("{CANARY}志工隊"));
    let path = at(&made(&app, "clerk1", "/v1/volunteers", &body));
    act(&app, "clerk1", &path, "suspend", &json!({"reason": format!("據{CANARY}告知")})).expect(200);
    act(&app, "clerk1", &path, "reinstate", &json!({"reason": format!("據{CANARY}告知")})).expect(200);
    let incident = json!({"happened_on": "2026-11-20", "what": format!("{CANARY}滑倒"), "harm": "OTHERS"});
    made(&app, "clerk1", &format!("{path}/incidents"), &incident);
    let history = get(&app, "clerk1", &format!("{path}/history")).expect(200).to_string();
    assert!(history.contains(CANARY), "{history}");
    for (table, rows) in app.contents() {
        assert!(!rows.iter().any(|row| row.contains(CANARY)), "{table}");
    }
}

pub fn an_identity_is_one_volunteer(app: &TestApp) {
    crate::serial::log_in(app, &["clerk1", "clerk2"]);
    let answers = crate::serial::at_once(crate::serial::CLIENTS, |client| {
        let user = ["clerk1", "clerk2"][client % 2];
        app.post("/v1/volunteers").user(user).once().json(&volunteer(1)).send()
    });
    crate::serial::once(&answers, "201", "409 conflict");
}

pub fn a_volunteer_becomes_a_full_member_once(app: &TestApp) {
    let path = at(&made(app, "clerk1", "/v1/volunteers", &volunteer(1)));
    crate::serial::log_in(app, &["chief1", "clerk2"]);
    let answers = crate::serial::at_once(crate::serial::CLIENTS, |client| {
        let body = json!({"member_from": "2026-11-02", "reason": "實習期滿"});
        let user = ["chief1", "clerk2"][client % 2];
        app.post(&format!("{path}:activate")).user(user).once().if_match("\"v1\"").json(&body).send()
    });
    crate::serial::once(&answers, "200", "412 version_mismatch");
}

pub fn a_number_is_one_certificates(app: &TestApp) {
    let path = member(app, 1);
    crate::serial::log_in(app, &["clerk1", "clerk2"]);
    let body = json!({"number": "第 1 號", "issued_on": "2026-11-20", "from_on": "2026-04-01", "to_on": "2026-10-31"});
    let answers = crate::serial::at_once(crate::serial::CLIENTS, |client| {
        let user = ["clerk1", "clerk2"][client % 2];
        app.post(&format!("{path}/certificates")).user(user).once().json(&body).send()
    });
    crate::serial::once(&answers, "201", "422 invalid");
}
