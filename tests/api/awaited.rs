//! What an entry waits for beside papers: the ministry's permission, a number, a revocation.

use huzheng::people::IdNumber;
use serde_json::{Value, json};

use crate::cases::{act, at, own, papers_of, registered, review, revoke, tag, take};
use crate::known::{complete, field, matter};
use crate::reinstatements::reinstate;
use crate::status::{facts, person_id};
use crate::support::{TestApp, female, person};

fn check(app: &TestApp, body: &Value) -> Vec<(String, String)> {
    app.post("/v1/cases:check").user("clerk1").json(body).send().fields()
}

/// Whether a case waits for a member of its fields, by which article.
fn waits(app: &TestApp, case: &Value, member: &str, law: &str) {
    let refused = act(app, "clerk1", case, ":submit-for-review", &json!({}));
    let problem = refused.refused(409, "entry_incomplete");
    assert_eq!(problem["errors"][0]["pointer"], format!("/fields/{member}"));
    assert!(!problem["allowed_actions"].as_array().unwrap().contains(&json!("submit-for-review")), "{}", refused.text);
    assert!(refused.text.contains(law), "{}", refused.text);
}

/// Says more in the fields of a case.
fn say(app: &TestApp, case: &Value, fields: &Value) {
    let tag = tag(app, case);
    app.call("PATCH", &at(case, "")).user("clerk1").if_match(&tag).json(&json!({"fields": fields})).send().expect(200);
}

fn pass(app: &TestApp, case: &Value) {
    act(app, "clerk1", case, ":submit-for-review", &json!({})).expect(200);
    review(app, "reviewer1", case, "PASS").expect(201);
}

fn nationality(app: &TestApp, type_code: &str, number: u32, permission: &Value) -> Value {
    let mut body = complete(app, own(type_code, number, json!({"kind": "NATIONALITY", "nationality": "日本"}), &[]));
    if !permission.is_null() {
        body["fields"]["permission"] = permission.clone();
    }
    body
}

#[test]
fn a_nationality_is_forwarded_and_holds_from_the_day_of_the_permission() {
    let app = TestApp::new();
    for (number, type_code, law) in
        [(1, "NAT_LOSS", "國籍法 §11"), (2, "NAT_RESTORE", "國籍法 §17"), (3, "NAT_ACQUIRE", "國籍法 §8")]
    {
        let case = take(&app, "clerk1", &nationality(&app, type_code, number, &Value::Null)).expect(201).clone();
        waits(&app, &case, "permission", law);
        let mut fields = json!({"kind": "NATIONALITY", "nationality": "日本", "forwarding_number": "彰和戶字第1150000123號"});
        say(&app, &case, &fields);
        waits(&app, &case, "permission", law);
        fields["permission"] = json!({"number": "台內戶字第1150123456號", "permitted_on": "2026-11-18"});
        say(&app, &case, &fields);
        pass(&app, &case);
        let all = facts(&app, &person_id(&app, &person(number)));
        let held = all.iter().find(|fact| fact["kind"] == "NATIONALITY").unwrap();
        assert_eq!(held["valid_from"], "2026-11-18", "{type_code}");
    }
}

#[test]
fn a_permission_has_come_and_a_certificate_wants_none() {
    let app = TestApp::new();
    let on = |day: &str| json!({"number": "台內戶字第1150123456號", "permitted_on": day});
    let late = [field("/fields/permission/permitted_on", "range")];
    assert_eq!(check(&app, &nationality(&app, "NAT_LOSS", 1, &on("2026-11-24"))), late);
    let mut unborn = nationality(&app, "NAT_LOSS", 1, &on("2001-05-03"));
    unborn["parties"][0]["birth_on"] = json!("2001-05-04");
    assert_eq!(check(&app, &unborn), late);
    let certificate = nationality(&app, "NAT_CERT", 1, &on("2026-11-20"));
    assert_eq!(check(&app, &certificate), [field("/fields/permission", "not_allowed")]);
    registered(&app, &nationality(&app, "NAT_CERT", 1, &Value::Null));
}

#[test]
fn an_initial_registration_gives_a_national_number_in_the_place_of_a_resident_one() {
    let app = TestApp::new();
    let number_of = |stem: &str| json!(IdNumber::make(stem).unwrap().expose());
    let resident = number_of("A90000001");
    let subject = json!({"role": "SUBJECT", "name": "阮氏明", "national_id": resident, "birth_on": "1990-02-03"});
    let body = |number: Option<Value>| {
        let mut body = json!({
            "type_code": "INITIAL", "parties": [subject], "event_on": "2026-11-20",
            "applicant": {"name": "阮氏明", "national_id": resident, "relation": "SELF"},
            "fields": {"kind": "COMMON", "matter": "歸化後初設戶籍"}, "papers": papers_of(&app, "INITIAL"),
            "confirm_not_duplicate": true
        });
        if let Some(number) = number {
            body["fields"]["new_number"] = number;
        }
        body
    };
    let wrong = [field("/fields/new_number", "pattern")];
    assert_eq!(check(&app, &body(Some(person(50)["national_id"].clone()))), wrong, "a man's number");
    assert_eq!(check(&app, &body(Some(number_of("A90000002")))), wrong, "a resident number");
    let case = take(&app, "clerk1", &body(None)).expect(201).clone();
    waits(&app, &case, "new_number", "身分證辦法 §4");
    let number = female(50)["national_id"].clone();
    say(&app, &case, &json!({"kind": "COMMON", "matter": "歸化後初設戶籍", "new_number": number}));
    pass(&app, &case);
    let found_by = |number: &Value| {
        let search = json!({"national_id": number, "reason": "核對"});
        let found = app.post("/v1/people:search").user("clerk1").json(&search).send().expect(200).clone();
        found["items"][0]["found_by"].clone()
    };
    assert_eq!((found_by(&number), found_by(&resident)), (json!("CURRENT"), json!("FORMER")));
    revoke(&app, &case);
    assert_eq!(found_by(&number), Value::Null);
    registered(&app, &body(Some(number.clone())));
    assert_eq!(found_by(&number), "CURRENT");
}

#[test]
fn an_application_for_a_revocation_waits_until_the_entry_is_revoked() {
    let app = TestApp::new();
    let case = registered(&app, &complete(&app, matter(1)));
    let other = registered(&app, &complete(&app, matter(2)));
    let body = |type_code: &str, revokes: &Value| {
        let fields = json!({"kind": "COMMON", "matter": "登記自始不存在", "revokes": revokes});
        let mut body = complete(&app, own(type_code, 1, fields, &[]));
        (body["event_on"], body["confirm_not_duplicate"]) = (json!("2026-11-20"), json!(true));
        body
    };
    assert_eq!(check(&app, &body("CORRECTION", &case["number"])), [field("/fields/revokes", "not_allowed")]);
    for number in [&json!("115-HEMEI-999999"), &other["number"]] {
        assert_eq!(check(&app, &body("REVOCATION", number)), [field("/fields/revokes", "not_registered")]);
    }
    let application = take(&app, "clerk1", &body("REVOCATION", &case["number"])).expect(201).clone();
    waits(&app, &application, "revokes", "戶籍法 §23");
    assert_eq!(revoke(&app, &case)["status"], "REVOKED");
    pass(&app, &application);
    // It stands no more once the entry does, and not again before that is revoked again.
    revoke(&app, &application);
    reinstate(&app, &case).expect(200);
    reinstate(&app, &application).refused(409, "entry_incomplete");
    revoke(&app, &case);
    reinstate(&app, &application).expect(200);
    // Of an entry that is no case of this office it says which one that is.
    let mut elsewhere = body("REVOCATION", &Value::Null);
    elsewhere["fields"].as_object_mut().unwrap().remove("revokes");
    let elsewhere = take(&app, "clerk1", &elsewhere).expect(201).clone();
    waits(&app, &elsewhere, "revokes", "戶籍法 §23");
    say(&app, &elsewhere, &json!({"kind": "COMMON", "matter": "登記自始不存在", "before": "民國 80 年他所登記之認領"}));
    pass(&app, &elsewhere);
}
