//! What is given once is not given again to whoever has it: a card, a household certificate, a place of birth, the nationality.

use chrono::Duration;
use serde_json::{Value, json};

use crate::cases::{act, birth, correct, own, registered, review, take};
use crate::certificates::apply;
use crate::known::{complete, field};
use crate::moves::{HEMEI, HEMEI_WEST, TAICHUNG, moving};
use crate::relations::{as_applicant, as_party};
use crate::support::{Answer, TestApp, female, person};

fn already() -> Vec<(String, String)> {
    vec![field("/parties/0/national_id", "already_registered")]
}

fn of(app: &TestApp, type_code: &str, number: u32, fields: Value) -> Value {
    let mut body = complete(app, own(type_code, number, fields, &[]));
    body["confirm_not_duplicate"] = json!(true);
    body
}

fn card(app: &TestApp, type_code: &str) -> Value {
    of(app, type_code, 21, json!({"kind": "ID_CARD", "photo_taken_on": "2026-10-01"}))
}

fn later(app: &TestApp) {
    app.advance(Duration::seconds(1));
}

#[test]
fn a_first_card_is_given_once_until_it_has_ended_abroad() {
    let app = TestApp::new();
    let waiting = take(&app, "clerk1", &card(&app, "ID_FIRST")).expect(201).clone();
    act(&app, "clerk1", &waiting, ":submit-for-review", &json!({})).expect(200);
    let first = registered(&app, &card(&app, "ID_FIRST"));
    later(&app);
    assert_eq!(take(&app, "clerk1", &card(&app, "ID_FIRST")).fields(), already());
    let refused = review(&app, "reviewer1", &waiting, "PASS");
    assert_eq!((refused.refused(409, "conflict").clone(), refused.fields()).1, already());
    take(&app, "clerk1", &card(&app, "ID_REPLACE")).expect(201);
    correct(&app, &first, json!([{"pointer": "/fields/photo_taken_on", "value": "2026-10-02"}])).expect(200);
    // Whoever comes back from abroad has no card of theirs.
    later(&app);
    registered(&app, &moving(&app, "MOVE_OUT", 21, (HEMEI, ""), "2026-11-04"));
    later(&app);
    let mut back = moving(&app, "MOVE_IN", 21, ("日本國東京都港區白金台五丁目", HEMEI), "2026-11-20");
    back["papers"].as_array_mut().unwrap().push(json!("ENTRY_PAPER"));
    registered(&app, &back);
    take(&app, "clerk1", &card(&app, "ID_FIRST")).expect(201);
}

#[test]
fn a_first_household_certificate_is_given_once_by_cases_and_certificates_together() {
    let app = TestApp::new();
    let asked = |kind: &str| -> Answer {
        let body = json!({
            "kind": kind, "person": person(31), "applicant": as_applicant(person(31), "HOUSEHOLD_HEAD"), "scope": "PERSON",
            "purpose": "就學", "copies": 1
        });
        apply(&app, "clerk1", &body)
    };
    asked("HC_FIRST").expect(201);
    later(&app);
    asked("HC_FIRST").refused(409, "conflict");
    asked("HC_REISSUE").expect(201);
    let mut case = of(&app, "HC_FIRST", 31, json!({"kind": "HOUSEHOLD_CERTIFICATE", "copies": 1, "with_notes": true}));
    case["applicant"] = as_applicant(person(31), "HOUSEHOLD_HEAD");
    assert_eq!(take(&app, "clerk1", &case).fields(), already());
    // Elsewhere it is another household.
    later(&app);
    registered(&app, &moving(&app, "MOVE_WITHIN", 31, (HEMEI, HEMEI_WEST), "2026-11-20"));
    later(&app);
    let case = registered(&app, &case);
    later(&app);
    asked("HC_FIRST").refused(409, "conflict");
    let rests = json!({
        "kind": "HC_FIRST", "person": person(31), "applicant": as_applicant(person(31), "HOUSEHOLD_HEAD"), "scope": "PERSON",
        "purpose": "就學", "copies": 1, "case_id": case["id"]
    });
    apply(&app, "clerk1", &rests).expect(201);
}

#[test]
fn a_place_of_birth_is_registered_once() {
    let app = TestApp::new();
    let body = of(&app, "BIRTHPLACE", 41, json!({"kind": "COMMON", "matter": "出生地登記", "after": "彰化縣"}));
    registered(&app, &body);
    later(&app);
    assert_eq!(take(&app, "clerk1", &body).fields(), already());
}

fn acquired(app: &TestApp, number: u32, permitted_on: &str) -> Value {
    let permission = json!({"number": "台內戶字第1150123456號", "permitted_on": permitted_on});
    of(app, "NAT_ACQUIRE", number, json!({"kind": "NATIONALITY", "nationality": "日本", "permission": permission}))
}

#[test]
fn nobody_acquires_the_nationality_whom_the_register_has_as_a_national_by_then() {
    let app = TestApp::new();
    let mut born = birth(50);
    (born["event_on"], born["fields"]["national_id"]) = (json!("2026-11-10"), female(60)["national_id"].clone());
    registered(&app, &born);
    let child = json!({"name": "測小安", "national_id": female(60)["national_id"]});
    let mut body = acquired(&app, 1, "2026-11-20");
    body["parties"] = json!([as_party(child, "SUBJECT")]);
    body["applicant"] = as_applicant(female(50), "LEGAL_REPRESENTATIVE");
    let told = app.post("/v1/cases:check").user("clerk1").json(&body).send();
    assert!(told.fields().contains(&already()[0]), "{}", told.text);
    // A household is a national's, from its day on.
    registered(&app, &moving(&app, "MOVE_IN", 66, (TAICHUNG, HEMEI), "2026-11-04"));
    assert_eq!(take(&app, "clerk1", &acquired(&app, 66, "2026-11-18")).fields(), already());
    take(&app, "clerk1", &acquired(&app, 66, "2026-10-30")).expect(201);
    registered(&app, &acquired(&app, 67, "2026-11-18"));
}
