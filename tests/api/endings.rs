//! A relation ends once, by the registration that is its own; and a certificate says which.

use chrono::Duration;
use serde_json::{Value, json};

use crate::cases::{own, registered, revoke, take};
use crate::kinship::asks;
use crate::known::{GROWN, complete, field, married};
use crate::reinstatements::reinstate;
use crate::relations::{adoption, as_applicant, as_party, guardianship, revoked_ruling};
use crate::support::{Answer, TestApp, female, person};

const LATER: &str = "later_entry";

/// A wedding of when a ceremony sufficed.
fn wed_early(app: &TestApp, man: u32, woman: u32) -> Value {
    let mut body = married(app, man, woman, GROWN);
    body["event_on"] = json!("2005-05-05");
    registered(app, &body)
}

/// The end of a marriage of a man and a woman by agreement.
fn agreed(app: &TestApp, type_code: &str, man: u32, woman: u32) -> Value {
    let mut body = married(app, man, woman, GROWN);
    body["type_code"] = json!(type_code);
    body["fields"] = json!({"kind": "DIVORCE", "witnesses": body["fields"]["witnesses"]});
    complete(app, body)
}

fn by_court(app: &TestApp, man: u32, woman: u32, day: &str) -> Value {
    let mut body = married(app, man, woman, GROWN);
    body["type_code"] = json!("DIVORCE_COURT");
    body["fields"] = json!({"kind": "DIVORCE", "witnesses": [], "court_ruling": "115 年度婚字第 1 號", "final_on": day});
    (body["event_on"], body["applicant"]["relation"]) = (json!(day), json!("ONE_PARTY"));
    complete(app, body)
}

/// The same by two women, the first of whom applies.
fn of_women(mut body: Value, one: u32) -> Value {
    let mut first = as_party(female(one), "SPOUSE");
    first["birth_on"] = json!(GROWN.0);
    body["parties"][0] = first;
    let relation = body["applicant"]["relation"].as_str().unwrap().to_owned();
    body["applicant"] = as_applicant(female(one), &relation);
    body
}

fn certified(app: &TestApp, kind: &str, who: &Value) -> Answer {
    let body = json!({
        "kind": kind, "person": who, "applicant": as_applicant(who.clone(), "SELF"), "scope": "PERSON", "purpose": "簽證", "copies": 1
    });
    app.post("/v1/certificates").user("clerk1").once().json(&body).send()
}

#[test]
fn a_marriage_ends_once_whichever_day_the_next_end_is_of() {
    let app = TestApp::new();
    wed_early(&app, 1, 2);
    let first = registered(&app, &agreed(&app, "DIVORCE_AGREED", 1, 2));
    let early = take(&app, "clerk1", &by_court(&app, 1, 2, "2026-11-20"));
    assert_eq!(early.fields(), [field("/fields/final_on", LATER)], "{}", early.text);
    assert!(early.text.contains(&format!("cases/{}", first["id"].as_str().unwrap())), "{}", early.text);
    let same_day = take(&app, "clerk1", &by_court(&app, 1, 2, "2026-11-23")).fields();
    assert!(same_day.contains(&field("/parties/0/national_id", "not_married")), "{same_day:?}");
    // A court had ended it before: what came after it is void, and is revoked first.
    revoke(&app, &first);
    registered(&app, &by_court(&app, 1, 2, "2026-11-20"));
    let again = take(&app, "clerk1", &by_court(&app, 1, 2, "2026-11-19"));
    assert_eq!(again.fields(), [field("/fields/final_on", LATER)]);
}

#[test]
fn two_marriages_of_one_pair_have_an_end_each() {
    let app = TestApp::new();
    wed_early(&app, 5, 6);
    registered(&app, &by_court(&app, 5, 6, "2010-03-01"));
    registered(&app, &married(&app, 5, 6, GROWN));
    registered(&app, &agreed(&app, "DIVORCE_AGREED", 5, 6));
    let early = take(&app, "clerk1", &by_court(&app, 5, 6, "2009-03-01"));
    assert_eq!(early.fields(), [field("/fields/final_on", LATER)]);
}

#[test]
fn an_adoption_ends_once() {
    let app = TestApp::new();
    let of = |type_code: &str, day: &str| adoption(&app, type_code, 11, &person(12), day);
    registered(&app, &of("ADOPTION", "2026-10-01"));
    registered(&app, &of("ADOPTION_END", "2026-11-20"));
    let early = take(&app, "clerk1", &of("ADOPTION_END", "2026-11-10"));
    assert_eq!(early.fields(), [field("/parties/0/national_id", LATER)], "{}", early.text);
    let late = take(&app, "clerk1", &of("ADOPTION_END", "2026-11-21"));
    assert_eq!(late.fields(), [field("/parties/0/national_id", "not_adopted")]);
}

/// Enters the end of a relation, and what the same two begin after it, in either order; the end, as it was taken. A revocation of it
/// that was a mistake is undone whatever has begun since.
fn ended_and_begun(app: &TestApp, (end, begin): (&Value, &Value), is_late: bool) -> Value {
    let enter = |body: &Value| {
        app.advance(Duration::seconds(1));
        registered(app, body)
    };
    if is_late {
        enter(begin);
    }
    let check = app.post("/v1/cases:check").user("clerk1").json(end).send().expect(200).clone();
    let ended = enter(end);
    if !is_late {
        enter(begin);
    }
    app.advance(Duration::seconds(1));
    revoke(app, &ended);
    reinstate(app, &ended).expect(200);
    check
}

#[test]
fn what_ended_before_the_same_two_began_again_is_entered_in_any_order() {
    let app = TestApp::new();
    let with_proof = |mut body: Value| {
        body["papers"].as_array_mut().unwrap().push(json!("RELATION_PROOF"));
        body
    };
    for (is_late, one) in [(false, 41), (true, 51)] {
        let mut wedding = married(&app, one, one + 1, GROWN);
        wedding["event_on"] = json!("2005-05-05");
        let check = ended_and_begun(&app, (&by_court(&app, one, one + 1, "2003-03-01"), &wedding), is_late);
        assert_eq!(check["register_hints"], json!([{"pointer": "/parties", "kind": "MARRIAGE_UNKNOWN"}]), "{is_late}");
        let again = take(&app, "clerk1", &married(&app, one, one + 2, GROWN));
        assert_eq!(again.fields(), [field("/parties/0/national_id", "already_married")]);
        let of = |type_code: &str, day: &str| adoption(&app, type_code, one + 3, &person(one + 4), day);
        let end = of("ADOPTION_END", "2026-10-01");
        let check = app.post("/v1/cases:check").user("clerk1").json(&end).send();
        assert!(asks(check.expect(200), "RELATION_PROOF"), "{is_late}");
        ended_and_begun(&app, (&with_proof(end), &of("ADOPTION", "2026-11-01")), is_late);
        let end = with_proof(revoked_ruling(&app, one + 5, one + 6, "2026-10-01"));
        let begin = guardianship(&app, one + 5, (Some(one + 6), "DECLARED"), "2026-11-01");
        ended_and_begun(&app, (&end, &begin), is_late);
    }
}

#[test]
fn a_marriage_of_a_man_and_a_woman_ends_by_divorce_and_each_end_has_its_certificate() {
    let app = TestApp::new();
    wed_early(&app, 21, 22);
    let wrong = take(&app, "clerk1", &agreed(&app, "MARRIAGE_END_748", 21, 22));
    assert_eq!(wrong.fields(), [field("/type_code", "not_allowed")], "{}", wrong.text);
    registered(&app, &agreed(&app, "DIVORCE_AGREED", 21, 22));
    certified(&app, "CERT_DIVORCE", &female(22)).expect(201);
    certified(&app, "CERT_MARRIAGE_END", &female(22)).refused(409, "conflict");
    registered(&app, &of_women(married(&app, 1, 24, GROWN), 23));
    registered(&app, &of_women(agreed(&app, "MARRIAGE_END_748", 1, 24), 23));
    certified(&app, "CERT_MARRIAGE_END", &female(24)).expect(201);
    certified(&app, "CERT_DIVORCE", &female(24)).refused(409, "conflict");
    let fields = json!({"kind": "COMMON", "matter": "離婚證明"});
    let mut asked = complete(&app, own("CERT_DIVORCE", 1, fields, &[]));
    asked["parties"] = json!([as_party(female(24), "SUBJECT")]);
    (asked["applicant"], asked["confirm_not_duplicate"]) = (as_applicant(female(24), "SELF"), json!(true));
    assert_eq!(take(&app, "clerk1", &asked).fields(), [field("/parties/0/national_id", "not_registered")]);
}

#[test]
fn a_court_ends_a_marriage_of_two_women_and_the_certificate_says_so() {
    let app = TestApp::new();
    registered(&app, &of_women(married(&app, 1, 26, GROWN), 25));
    registered(&app, &of_women(by_court(&app, 1, 26, "2026-11-23"), 25));
    certified(&app, "CERT_MARRIAGE_END", &female(25)).expect(201);
    certified(&app, "CERT_DIVORCE", &female(25)).refused(409, "conflict");
}

#[test]
fn whoever_adopts_alone_though_they_are_married_is_looked_at_once_more() {
    let app = TestApp::new();
    wed_early(&app, 31, 32);
    let told = |child: u32, adopter: u32| {
        let mut body = adoption(&app, "ADOPTION", child, &person(adopter), "2026-11-02");
        body["parties"][0]["birth_on"] = json!(GROWN.0);
        let check = app.post("/v1/cases:check").user("clerk1").json(&body).send();
        check.expect(200)["register_hints"].clone()
    };
    assert_eq!(told(33, 31), json!([{"pointer": "/parties/0", "kind": "ADOPTS_ALONE"}]));
    assert_eq!(told(33, 34), json!([]), "nobody's spouse");
    // The other one's child is adopted alone.
    let mut wifes = adoption(&app, "ADOPTION", 35, &female(32), "2026-11-02");
    wifes["parties"][0]["birth_on"] = json!(GROWN.1);
    registered(&app, &wifes);
    assert_eq!(told(35, 31), json!([]));
}
