//! What follows from a registration, and what corrections and revocations do to it.

use chrono::Duration;
use serde_json::{Value, json};

use crate::cases::{act, birth, correct, own, papers_of, registered, review, revoke, take};
use crate::records::found;
use crate::reinstatements::reinstate;
use crate::status::{facts, person_id};
use crate::support::{TestApp, female, person, version};

fn with_papers(app: &TestApp, mut body: Value) -> Value {
    body["papers"] = json!(papers_of(app, body["type_code"].as_str().unwrap()));
    body
}

fn uid_change(app: &TestApp) -> Value {
    let fields = json!({
        "kind": "UID", "old_number": person(1)["national_id"], "new_number": person(100)["national_id"], "reason": "DUPLICATE"
    });
    let mut body = with_papers(app, own("UID_CHANGE", 1, fields, &[]));
    body["event_on"] = json!("2026-11-20");
    registered(app, &body)
}

fn rename(old: &str, new: &str) -> Value {
    json!({"kind": "NAME", "old_name": old, "new_name": new, "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false})
}

fn name_change(app: &TestApp) -> Value {
    registered(app, &with_papers(app, own("NAME_GIVEN", 1, rename("測試甲", "測試一"), &[])))
}

fn seal(app: &TestApp, code: &str) -> Value {
    with_papers(app, own(code, 1, json!({"kind": "SEAL", "village_code": "10007030-002"}), &[]))
}

/// The person's number and name as the register has them.
fn revealed(app: &TestApp, case: &Value) -> (Value, Value) {
    let path = format!("/v1/cases/{}:reveal", case["id"].as_str().unwrap());
    let whole = app.post(&path).user("clerk1").json(&json!({"reason": "核對"})).send();
    // The case shows its people as it named them, and to staff who they are today where that differs.
    let party = &whole.expect(200)["parties"][0];
    let today = if party["today"].is_null() { party } else { &party["today"] };
    (today["national_id"].clone(), today["name"].clone())
}

/// Whether the number is one of before; it finds the person in any case.
fn former(app: &TestApp, number: &Value) -> Value {
    let search = json!({"national_id": number, "reason": "查詢"});
    let found = app.post("/v1/cases:search").user("clerk1").json(&search).send();
    assert!(found.expect(200)["person_id"].is_string());
    found.body["former_number"].clone()
}

#[test]
fn a_change_of_number_is_corrected_to_the_right_one() {
    let app = TestApp::new();
    let case = uid_change(&app);
    let right = person(101)["national_id"].clone();
    let taken = json!([{"pointer": "/fields/new_number", "value": case_number(&app)}]);
    correct(&app, &case, json!([{"pointer": "/fields/new_number", "value": right}])).expect(200);
    assert_eq!(revealed(&app, &case).0, right);
    assert_eq!(former(&app, &person(1)["national_id"]), true);
    assert_eq!(found(&app, &person(100)).len(), 0, "a number that was entered by mistake was never theirs");
    assert_eq!(former(&app, &right), false);
    correct(&app, &case, taken).refused(409, "conflict");
}

/// The number of somebody else who is in the register.
fn case_number(app: &TestApp) -> Value {
    take(app, "clerk1", &birth(5)).expect(201);
    person(5)["national_id"].clone()
}

#[test]
fn a_new_number_tells_the_sex_that_the_reason_says() {
    let app = TestApp::new();
    let told = |new: &Value, reason: &str| {
        let fields = json!({"kind": "UID", "old_number": person(1)["national_id"], "new_number": new, "reason": reason});
        app.post("/v1/cases:check").user("clerk1").json(&with_papers(&app, own("UID_CHANGE", 1, fields, &[]))).send()
    };
    let (man, woman) = (person(100)["national_id"].clone(), female(100)["national_id"].clone());
    for (new, reason) in [(&man, "SEX_CHANGE"), (&woman, "DUPLICATE"), (&woman, "OTHER"), (&json!("A800000014"), "OTHER")] {
        let refused = told(new, reason);
        assert_eq!(refused.fields(), [("/fields/new_number".to_owned(), "pattern".to_owned())], "{reason}");
        assert!(refused.text.contains("身分證辦法 §3"), "{}", refused.text);
    }
    for (new, reason) in
        [(&woman, "SEX_CHANGE"), (&man, "DUPLICATE"), (&man, "OTHER"), (&man, "WRONG_NUMBER"), (&woman, "WRONG_NUMBER")]
    {
        told(new, reason).expect(200);
    }
}

#[test]
fn a_revoked_change_of_number_gives_the_former_one_back() {
    let app = TestApp::new();
    let case = uid_change(&app);
    assert_eq!(revoke(&app, &case)["status"], "REVOKED");
    assert_eq!(revealed(&app, &case).0, person(1)["national_id"]);
    assert_eq!((former(&app, &person(1)["national_id"]), found(&app, &person(1)).len()), (json!(false), 1));
    assert_eq!(found(&app, &person(100)).len(), 0);
}

/// The change of number that follows on the first one.
fn next_uid_change(app: &TestApp) -> Value {
    let fields = json!({
        "kind": "UID", "old_number": person(100)["national_id"], "new_number": person(102)["national_id"], "reason": "OTHER"
    });
    let mut subject = person(100);
    (subject["role"], subject["name"]) = (json!("SUBJECT"), json!("測試甲"));
    let mut next = with_papers(app, own("UID_CHANGE", 100, fields, &[]));
    (next["parties"], next["applicant"]["name"]) = (json!([subject]), json!("測試甲"));
    (next["event_on"], next["confirm_not_duplicate"]) = (json!("2026-11-21"), json!(true));
    registered(app, &next)
}

#[test]
fn a_number_is_put_right_and_taken_back_and_given_again_under_the_next_one() {
    let app = TestApp::new();
    let case = uid_change(&app);
    app.advance(Duration::seconds(1));
    let next = next_uid_change(&app);
    let number = |number: u32| person(number)["national_id"].clone();
    let by = |number: u32| found(&app, &person(number)).first().map_or(Value::Null, |one| one["found_by"].clone());
    app.advance(Duration::seconds(1));
    correct(&app, &case, json!([change("/fields/new_number", number(101).as_str().unwrap())])).expect(200);
    assert_eq!((revealed(&app, &case).0, by(1), by(100), by(101)), (number(102), json!("FORMER"), Value::Null, json!("FORMER")));
    assert_eq!(revoke(&app, &case)["status"], "REVOKED");
    assert_eq!((revealed(&app, &case).0, by(1), by(101)), (number(102), json!("FORMER"), Value::Null));
    reinstate(&app, &case).expect(200);
    assert_eq!((revealed(&app, &case).0, by(1), by(101)), (number(102), json!("FORMER"), json!("FORMER")));
    correct(&app, &next, json!([change("/fields/new_number", number(103).as_str().unwrap())])).expect(200);
    assert_eq!((revealed(&app, &case).0, by(102)), (number(103), Value::Null));
    revoke(&app, &next);
    assert_eq!((revealed(&app, &case).0, by(1), by(103)), (number(101), json!("FORMER"), Value::Null));
}

#[test]
fn a_corrected_name_renames_and_a_revoked_one_is_given_back() {
    let app = TestApp::new();
    let case = name_change(&app);
    assert_eq!(revealed(&app, &case).1, "測試一");
    correct(&app, &case, json!([{"pointer": "/fields/new_name", "value": "測試壹"}])).expect(200);
    assert_eq!(revealed(&app, &case).1, "測試壹");
    revoke(&app, &case);
    assert_eq!(revealed(&app, &case).1, "測試甲");
}

#[test]
fn a_name_that_changed_again_since_stays_when_the_first_change_is_revoked() {
    let app = TestApp::new();
    let case = name_change(&app);
    let mut next = with_papers(&app, own("NAME_GIVEN", 1, rename("測試一", "測試二"), &[]));
    (next["applicant"]["name"], next["confirm_not_duplicate"]) = (json!("測試一"), json!(true));
    next["parties"][0]["name"] = json!("測試一");
    let next = registered(&app, &next);
    // Another case has registered the old name: it cannot be corrected away.
    correct(&app, &next, json!([change("/fields/old_name", "測試零")])).refused(409, "conflict");
    revoke(&app, &case);
    assert_eq!(revealed(&app, &case).1, "測試二");
}

#[test]
fn a_name_is_put_right_under_a_later_change_which_stays_todays() {
    let app = TestApp::new();
    let case = name_change(&app);
    app.advance(Duration::seconds(1));
    let mut next = with_papers(&app, own("NAME_GIVEN", 1, rename("測試一", "測試二"), &[]));
    (next["applicant"]["name"], next["confirm_not_duplicate"]) = (json!("測試一"), json!(true));
    next["parties"][0]["name"] = json!("測試一");
    let next = registered(&app, &next);
    app.advance(Duration::seconds(1));
    let corrected = |case: &Value, member: &str, to: &str| correct(&app, case, json!([change(&format!("/fields/{member}"), to)]));
    corrected(&case, "new_name", "測試壹").expect(200);
    assert_eq!(revealed(&app, &case).1, "測試二");
    // What the later one took for the name of before is what its papers showed, and stands in no way of its other members.
    corrected(&next, "new_name", "測試貳").expect(200);
    assert_eq!(revealed(&app, &case).1, "測試貳");
    corrected(&next, "old_name", "測試零").refused(409, "conflict");
    corrected(&next, "old_name", "測試壹").expect(200);
    revoke(&app, &next);
    assert_eq!(revealed(&app, &case).1, "測試壹");
    reinstate(&app, &next).expect(200);
    assert_eq!(revealed(&app, &case).1, "測試貳");
}

#[test]
fn a_day_of_birth_is_put_right_under_a_later_one_which_stays_todays() {
    let app = TestApp::new();
    let born = |day: &str| {
        let mut body =
            with_papers(&app, own("BIRTHDATE_CORRECTION", 71, json!({"kind": "COMMON", "matter": "出生日期更正"}), &[]));
        (body["parties"][0]["birth_on"], body["confirm_not_duplicate"]) = (json!(day), json!(true));
        registered(&app, &body)
    };
    let first = born("1991-06-05");
    app.advance(Duration::seconds(1));
    born("1991-06-06");
    app.advance(Duration::seconds(1));
    correct(&app, &first, json!([change("/parties/0/birth_on", "1991-06-04")])).expect(200);
    let all = facts(&app, &person_id(&app, &person(71)));
    let today = all.iter().find(|fact| fact["kind"] == "BIRTH_ON" && fact["is_todays"] == true).unwrap();
    assert_eq!(today["value"], "1991-06-06");
}

#[test]
fn a_seal_is_put_right_under_the_next_one_and_a_cancellation_is_taken_back_under_a_new_seal() {
    let app = TestApp::new();
    let village = |case: &Value| {
        let to = json!([change("/fields/village_code", "10007030-003")]);
        correct(&app, case, to).expect(200);
    };
    let first = registered(&app, &seal(&app, "SEAL_REGISTER"));
    village(&registered(&app, &seal(&app, "SEAL_CHANGE")));
    village(&first);
    let cancelled = registered(&app, &seal(&app, "SEAL_CANCEL"));
    let mut again = seal(&app, "SEAL_REGISTER");
    again["confirm_not_duplicate"] = json!(true);
    let again = registered(&app, &again);
    revoke(&app, &cancelled);
    let held = |code: &str| {
        let mut body = seal(&app, code);
        body["confirm_not_duplicate"] = json!(true);
        app.post("/v1/cases:check").user("clerk1").json(&body).send().status
    };
    assert_eq!((held("SEAL_REGISTER"), held("SEAL_CHANGE")), (422, 200), "the new seal stands alone");
    revoke(&app, &again);
    assert_eq!((held("SEAL_REGISTER"), held("SEAL_CHANGE")), (422, 200), "the former one stands again");
}

#[test]
fn a_revoked_seal_certifies_nothing() {
    let app = TestApp::new();
    let case = registered(&app, &seal(&app, "SEAL_REGISTER"));
    let fields = json!({"kind": "SEAL_CERTIFICATE", "purpose": "不動產登記", "copies": 2});
    let certificate = with_papers(&app, own("SEAL_CERT", 1, fields, &[]));
    assert_eq!(take(&app, "clerk1", &certificate).expect(201)["fee_twd"], 40);
    revoke(&app, &case);
    let mut again = certificate.clone();
    again["confirm_not_duplicate"] = json!(true);
    assert_eq!(take(&app, "clerk1", &again).fields(), [("/parties/0/national_id".to_owned(), "not_registered".to_owned())]);
}

#[test]
fn a_revoked_change_of_seal_lets_the_former_one_stand() {
    let app = TestApp::new();
    let first = registered(&app, &seal(&app, "SEAL_REGISTER"));
    let change = registered(&app, &seal(&app, "SEAL_CHANGE"));
    act(&app, "clerk1", &first, ":revoke", &json!({"reason": "x", "office_error": false})).refused(409, "conflict");
    revoke(&app, &change);
    let cancelled = registered(&app, &seal(&app, "SEAL_CANCEL"));
    revoke(&app, &cancelled);
    let log = app.get("/v1/audit-log?action=seal.restored").user("director1").send();
    assert_eq!(log.expect(200)["items"].as_array().unwrap().len(), 2);
    assert_eq!(revoke(&app, &first)["status"], "REVOKED");
}

#[test]
fn the_day_of_birth_is_corrected_and_the_period_counted_anew() {
    let app = TestApp::new();
    let case = registered(&app, &birth(1));
    let changes = json!([
        {"pointer": "/event_on", "value": "2026-09-01"},
        {"pointer": "/applicant/relation", "value": "GRANDMOTHER"},
        {"pointer": "/parties/1/name", "value": "測試壹"},
        {"pointer": "/parties/1/birth_on", "value": "1993-02-12"},
    ]);
    let body = correct(&app, &case, changes).expect(200).clone();
    assert_eq!(
        (body["event_on"].as_str(), body["late"].as_bool(), body["legal_due_on"].as_str()),
        (Some("2026-09-01"), Some(true), Some("2026-11-02"))
    );
    assert_eq!(
        (body["applicant"]["relation"].as_str(), body["parties"][1]["name"].as_str()),
        (Some("GRANDMOTHER"), Some("測○壹"))
    );
    let book = app.get("/v1/record-books/maintenance").user("chief1").send();
    assert_eq!(book.expect(200)["items"].as_array().unwrap().len(), 4);
    let line = "/v1/record-books/maintenance/115/3:reveal";
    app.post(line).user("clerk1").json(&json!({"reason": "查核"})).send().refused(403, "forbidden");
    let whole = app.post(line).user("chief1").json(&json!({"reason": "查核"})).send();
    assert_eq!((whole.expect(200)["before"].as_str(), whole.body["after"].as_str()), (Some("測試甲"), Some("測試壹")));
    assert_eq!(version(&whole), version(&app.get("/v1/record-books/maintenance/115/3").user("chief1").send()));
    app.post("/v1/record-books/maintenance/115/99:reveal")
        .user("chief1")
        .json(&json!({"reason": "查核"}))
        .send()
        .refused(404, "not_found");
    let log = app.get("/v1/audit-log?action=maintenance.revealed").user("director1").send();
    assert_eq!(log.expect(200)["items"][0]["purpose"], "查核");
}

#[test]
fn a_correction_that_changes_nothing_or_too_much_is_refused() {
    let app = TestApp::new();
    let case = registered(&app, &birth(1));
    let refused = |changes: Value| correct(&app, &case, changes).fields();
    for (change, pointer, code) in [
        (json!({"pointer": "/fields/birth_order", "value": 1}), "/changes/0/value", "unchanged"),
        (json!({"pointer": "/event_on", "value": "2026-11-10"}), "/changes/0/value", "unchanged"),
        (json!({"pointer": "/event_on", "value": "tomorrow"}), "/changes/0/value", "invalid_type"),
        (json!({"pointer": "/parties/7/name", "value": "王"}), "/changes/0/pointer", "unknown_field"),
        (json!({"pointer": "/service_point", "value": "XIANXI"}), "/changes/0/pointer", "unknown_field"),
        (json!({"pointer": "/applicant/relation", "value": "SELF"}), "/changes/0/value", "not_allowed"),
    ] {
        assert_eq!(refused(json!([change])), [(pointer.to_owned(), code.to_owned())]);
    }
    let twice = json!({"pointer": "/fields/weeks", "value": 40});
    assert_eq!(refused(json!([twice, twice])), [("/changes/1/pointer".to_owned(), "duplicate".to_owned())]);
    // What stands there already is refused where nothing else is changed.
    let same = json!({"pointer": "/fields/birth_order", "value": 1});
    let unchanged = |index: u8| (format!("/changes/{index}/value"), "unchanged".to_owned());
    assert_eq!(refused(json!([same, {"pointer": "/event_on", "value": "2026-11-10"}])), [unchanged(0), unchanged(1)]);
    correct(&app, &case, json!([same, twice])).expect(200);
    let path = "/v1/record-books/maintenance";
    let lines = app.get(path).user("chief1").send().expect(200)["items"].clone();
    let pointers: Vec<_> = lines.as_array().unwrap().iter().map(|line| line["field"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/fields/weeks"]);
}

#[test]
fn a_seal_cancelled_before_the_review_is_not_certified() {
    let app = TestApp::new();
    registered(&app, &seal(&app, "SEAL_REGISTER"));
    let fields = json!({"kind": "SEAL_CERTIFICATE", "purpose": "不動產登記", "copies": 1});
    let mut body = with_papers(&app, own("SEAL_CERT", 1, fields, &[]));
    body["confirm_not_duplicate"] = json!(true);
    let [waits, passes] = [0, 1].map(|_| take(&app, "clerk1", &body).expect(201).clone());
    act(&app, "clerk1", &passes, ":submit-for-review", &json!({})).expect(200);
    registered(&app, &seal(&app, "SEAL_CANCEL"));
    act(&app, "clerk1", &waits, ":submit-for-review", &json!({})).refused(409, "conflict");
    review(&app, "reviewer1", &passes, "PASS").refused(409, "conflict");
}

fn change(pointer: &str, value: &str) -> Value {
    json!({"pointer": pointer, "value": value})
}

/// What the case calls its subject and applicant, and what it says was the name.
fn names_of(app: &TestApp, case: &Value) -> [Value; 3] {
    let path = format!("/v1/cases/{}:reveal", case["id"].as_str().unwrap());
    let whole = app.post(&path).user("clerk1").json(&json!({"reason": "核對"})).send().expect(200).clone();
    [&whole["parties"][0]["name"], &whole["applicant"]["name"], &whole["fields"]["old_name"]].map(Clone::clone)
}

#[test]
fn whoever_is_named_more_than_once_in_a_case_is_corrected_everywhere() {
    for pointer in ["/applicant/name", "/parties/0/name", "/fields/old_name"] {
        let app = TestApp::new();
        let case = name_change(&app);
        let corrected = correct(&app, &case, json!([change(pointer, "測試零")]));
        assert_eq!(corrected.expect(200)["status"], "CORRECTED", "{pointer}");
        assert_eq!(names_of(&app, &case), [json!("測試零"), json!("測試零"), json!("測試零")], "{pointer}");
        assert_eq!(revealed(&app, &case).1, "測試一", "{pointer}: the name that was registered stays");
        let lines = app.get("/v1/record-books/maintenance").user("clerk1").send().expect(200)["items"].clone();
        assert_eq!(lines.as_array().unwrap().len(), 3, "{lines}");
        correct(&app, &case, json!([change("/fields/new_name", "測試壹")])).expect(200);
        assert_eq!(revealed(&app, &case).1, "測試壹", "{pointer}");
        revoke(&app, &case);
        assert_eq!(revealed(&app, &case).1, "測試零", "{pointer}: what two have seen stands again");
    }
}

#[test]
fn one_human_has_one_name_in_a_correction_and_in_a_change_of_name() {
    let app = TestApp::new();
    let case = name_change(&app);
    let two = correct(&app, &case, json!([change("/parties/0/name", "測試零"), change("/applicant/name", "測試〇")]));
    assert_eq!(two.fields(), [("/changes/1/value".to_owned(), "party_mismatch".to_owned())]);
    let one = correct(&app, &case, json!([change("/parties/0/name", "測試零"), change("/applicant/name", "測試零")]));
    one.expect(200);
    for pointer in ["/parties/00/name", "/parties/+0/name", "/parties/9/name"] {
        let wrong = correct(&app, &case, json!([change(pointer, "測試乙")]));
        assert_eq!(wrong.fields(), [("/changes/0/pointer".to_owned(), "unknown_field".to_owned())], "{pointer}");
    }
    let mut other = with_papers(&app, own("NAME_GIVEN", 2, rename("測試丙", "測試二"), &[]));
    let refused = take(&app, "clerk1", &other);
    assert_eq!(refused.fields(), [("/fields/old_name".to_owned(), "party_mismatch".to_owned())]);
    other["fields"]["old_name"] = person(2)["name"].clone();
    take(&app, "clerk1", &other).expect(201);
}
