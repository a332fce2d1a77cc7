//! What was taken down wrongly of how an application came, of who came for the applicant and by which letter, is put right before the
//! entry and after it, with both values kept (戶籍法 §22).

use serde_json::{Value, json};

use crate::cases::{act, at, correct, registered, take};
use crate::known::{complete, death, field, matter};
use crate::records::found;
use crate::support::{Answer, CONTRACT, TestApp, person};

fn sent(app: &TestApp) -> Value {
    let mut body = complete(app, matter(601));
    body["proxy"] = person(602);
    (body["proxy"]["reason"], body["proxy"]["dated_on"]) = (json!("住院"), json!("2026-11-20"));
    body["papers"].as_array_mut().unwrap().extend(["POWER_OF_ATTORNEY", "PROXY_ID"].map(Value::from));
    body
}

fn one(pointer: &str, value: impl Into<Value>) -> Value {
    json!([{"pointer": pointer, "value": value.into()}])
}

/// A line of the record book of a member, with both values.
fn line(app: &TestApp, pointer: &str) -> (Value, Value) {
    let book = app.get("/v1/record-books/maintenance").user("chief1").send().expect(200)["items"].clone();
    let line = book.as_array().unwrap().iter().find(|line| line["field"] == pointer).unwrap().clone();
    let path = format!("/v1/record-books/maintenance/{}/{}:reveal", line["roc_year"], line["number"]);
    let whole = app.post(&path).user("chief1").json(&json!({"reason": "查核"})).send().expect(200).clone();
    (whole["before"].clone(), whole["after"].clone())
}

fn patched(app: &TestApp, case: &Value, change: &Value) -> Answer {
    app.call("PATCH", &at(case, "")).user("clerk1").if_match("*").json(change).send()
}

fn whole(app: &TestApp, case: &Value) -> Value {
    app.post(&at(case, ":reveal")).user("clerk1").json(&json!({"reason": "核對"})).send().expect(200).clone()
}

#[test]
fn another_person_than_came_is_put_right_as_the_proxy_and_both_are_kept() {
    let app = TestApp::new();
    let case = registered(&app, &sent(&app));
    let is_named = |number: u32| found(&app, &person(number)).iter().any(|one| one["found_by"] == "CURRENT");
    assert!(is_named(602) && !is_named(603));
    let other = person(603);
    let to = json!([
        {"pointer": "/proxy/name", "value": other["name"]}, {"pointer": "/proxy/national_id", "value": other["national_id"]},
        {"pointer": "/proxy/dated_on", "value": "2026-11-21"}, {"pointer": "/proxy/reason", "value": "出國"}
    ]);
    correct(&app, &case, to).expect(200);
    let proxy = whole(&app, &case)["proxy"].clone();
    assert_eq!((&proxy["name"], &proxy["national_id"]), (&other["name"], &other["national_id"]));
    assert_eq!((&proxy["dated_on"], &proxy["reason"]), (&json!("2026-11-21"), &json!("出國")));
    assert!(is_named(603), "the office knows them by it");
    let was = person(602);
    assert_eq!(line(&app, "/proxy/national_id"), (was["national_id"].clone(), other["national_id"].clone()));
    assert_eq!(line(&app, "/proxy/name"), (was["name"].clone(), other["name"].clone()));
    assert_eq!(line(&app, "/proxy/dated_on"), (json!("2026-11-20"), json!("2026-11-21")));
    // It is judged as the intake judges: nobody is their own proxy, and none has died.
    let own = correct(&app, &case, one("/proxy/national_id", person(601)["national_id"].clone()));
    assert!(own.fields().contains(&field("/changes/0/value", "same_person")), "{}", own.text);
    let late = correct(&app, &case, one("/proxy/dated_on", "2026-11-24"));
    assert_eq!(late.fields(), [field("/changes/0/value", "range")]);
    registered(&app, &death(&app, 604));
    let dead = json!([
        {"pointer": "/proxy/name", "value": person(604)["name"]}, {"pointer": "/proxy/national_id", "value": person(604)["national_id"]}
    ]);
    let dead = correct(&app, &case, dead);
    assert!(dead.fields().contains(&field("/changes/1/value", "person_deceased")), "{}", dead.text);
    // Where nobody came for the applicant there is none to put right.
    let alone = registered(&app, &complete(&app, matter(605)));
    assert_eq!(correct(&app, &alone, one("/proxy/name", "王大明")).fields(), [field("/changes/0/pointer", "unknown_field")]);
}

#[test]
fn how_and_where_a_case_was_taken_is_put_right_before_its_entry_and_after() {
    let app = TestApp::new();
    let mut body = matter(611);
    body["type_code"] = json!("TRANSCRIPT_ZH");
    body["fields"] = json!({"kind": "TRANSCRIPT", "scope": "PERSON", "purpose": "就學", "copies": 1});
    let body = complete(&app, body);
    let case = take(&app, "clerk1", &body).expect(201).clone();
    let by_mail = json!({"channel": "MAIL", "off_site": true, "registered_area": "臺中市北區"});
    let shown = patched(&app, &case, &by_mail).expect(200).clone();
    let taken = |case: &Value| ["channel", "off_site", "registered_area"].map(|member| case[member].clone());
    assert_eq!(taken(&shown), [json!("MAIL"), json!(true), json!("臺中市北區")]);
    assert_eq!(patched(&app, &case, &json!({"off_site": false})).fields(), [field("/registered_area", "not_allowed")]);
    let back = json!({"channel": "COUNTER", "off_site": false, "registered_area": null});
    assert_eq!(taken(patched(&app, &case, &back).expect(200)), [json!("COUNTER"), json!(false), Value::Null]);
    patched(&app, &case, &by_mail).expect(200);
    assert_eq!(patched(&app, &case, &json!({"channel": "ONLINE"})).fields(), [field("/channel", "not_allowed")]);
    act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    crate::cases::review(&app, "reviewer1", &case, "PASS").expect(201);
    correct(
        &app,
        &case,
        json!([
            {"pointer": "/registered_area", "value": "臺中市西區"}, {"pointer": "/channel", "value": "FAX"}
        ]),
    )
    .expect(200);
    assert_eq!(taken(&whole(&app, &case)), [json!("FAX"), json!(true), json!("臺中市西區")]);
    assert_eq!(line(&app, "/registered_area"), (json!("臺中市北區"), json!("臺中市西區")));
    assert_eq!(line(&app, "/channel"), (json!("MAIL"), json!("FAX")));
    assert_eq!(correct(&app, &case, one("/off_site", false)).fields(), [field("/registered_area", "not_allowed")]);
    assert_eq!(correct(&app, &case, one("/channel", "ONLINE")).fields(), [field("/changes/0/value", "not_allowed")]);
    correct(&app, &case, json!([{"pointer": "/off_site", "value": false}, {"pointer": "/registered_area", "value": null}]))
        .expect(200);
    assert_eq!(taken(&whole(&app, &case)), [json!("FAX"), json!(false), Value::Null]);
}

#[test]
fn every_member_of_an_application_is_put_right_or_the_refusal_says_what_to_do_in_its_place() {
    let app = TestApp::new();
    let case = registered(&app, &sent(&app));
    let contract = serde_json::to_value(&**CONTRACT).unwrap();
    let members = |schema: &str| contract["components"]["schemas"][schema]["properties"].as_object().unwrap().clone();
    let (all, patch) = (members("CaseInput"), members("CasePatch"));
    let staying = ["confirm_not_duplicate", "contact", "draft", "service_point", "type_code"];
    let unpatched: Vec<&String> = all.keys().filter(|member| !patch.contains_key(*member)).collect();
    let mut sorted = unpatched.clone();
    sorted.sort();
    assert_eq!(sorted, staying);
    for member in staying.iter().chain(&["papers", "circumstances"]) {
        let refused = correct(&app, &case, one(&format!("/{member}"), "x"));
        assert_eq!(refused.fields(), [field("/changes/0/pointer", "unknown_field")], "{member}");
        let detail = refused.body["errors"][0]["detail"].as_str().unwrap();
        assert_ne!(detail, "案件無此欄位或不得更正", "{member} says what to do");
    }
    // All others are members that are corrected, or have some that are.
    for pointer in ["/channel", "/off_site", "/registered_area", "/ex_officio", "/event_on", "/fields/matter", "/proxy/name"] {
        let told = correct(&app, &case, one(pointer, json!([]))).fields();
        assert!(!told.contains(&field("/changes/0/pointer", "unknown_field")), "{pointer}: {told:?}");
    }
}
