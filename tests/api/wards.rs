//! A guardian for somebody's age is theirs until they come of age; one by a declaration until a court revokes it.

use serde_json::{Value, json};

use crate::capacity::{born, certificate, seal};
use crate::cases::{own, registered, take};
use crate::kinship::asks;
use crate::known::{GROWN, complete, field, married};
use crate::records::join;
use crate::relations::guardianship;
use crate::status::{facts, person_id};
use crate::support::{Answer, TestApp, person};

/// The day before an 18th birthday.
const BORN: &str = "2008-11-24";
const BIRTHDAY: &str = "2026-11-24T09:00:00+08:00";

/// A guardian from a day on on which the ward was 17.
fn guarded(app: &TestApp, ward: u32, guardian: u32) -> Value {
    let mut body = guardianship(app, ward, (Some(guardian), "DECLARED"), "2026-11-05");
    body["parties"][0]["birth_on"] = json!(BORN);
    body
}

fn apply(app: &TestApp, of: u32, by: u32) -> Answer {
    let relation = if of == by { "SELF" } else { "LEGAL_REPRESENTATIVE" };
    let body = certificate(&person(of), &person(by), relation);
    app.post("/v1/certificates").user("clerk1").once().json(&body).send()
}

fn letter(app: &TestApp, principal: u32, more: &Value) -> Answer {
    let mut body = json!({
        "proxy_username": "proxy1", "principal": person(principal), "scope": "CASE", "valid_from": "2026-11-23", "valid_to": "2026-12-31"
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.post("/v1/letters-of-proxy").user("clerk1").json(&body).send()
}

fn rulings(app: &TestApp, ward: u32) -> Vec<Value> {
    facts(app, &person_id(app, &person(ward))).into_iter().filter(|fact| fact["kind"] == "GUARDIANSHIP").collect()
}

#[test]
fn the_guardianship_of_a_minor_is_over_with_the_first_minute_of_the_18th_birthday() {
    let app = TestApp::new();
    born(&app, 501, BORN);
    registered(&app, &guarded(&app, 501, 502));
    // It takes nothing of what a minor can do with a consent.
    assert_eq!(apply(&app, 501, 501).fields(), [field("/representative_paper", "required")]);
    let consent = json!({"representative_paper": {"kind": "LEGAL_REP_CONSENT", "number": "字第 1 號"}});
    assert_eq!(letter(&app, 501, &consent).expect(201)["status"], "IN_FORCE");
    apply(&app, 501, 502).expect(201);
    assert_eq!(rulings(&app, 501)[0]["is_todays"], true);
    app.set_clock(BIRTHDAY);
    apply(&app, 501, 501).expect(201);
    let former = apply(&app, 501, 502);
    assert_eq!(former.fields(), [field("/applicant/relation", "not_representative")]);
    assert!(former.text.contains("民法 §12"), "{}", former.text);
    let sealed = take(&app, "clerk1", &seal(&app, 501, &person(501), "SELF")).expect(201).clone();
    assert!(!asks(&sealed, "LEGAL_REP_CONSENT"), "{sealed}");
    let wedding = take(&app, "clerk1", &married(&app, 501, 503, (BORN, GROWN.1))).expect(201).clone();
    assert_eq!(wedding["missing_papers"], json!([]));
    let over = rulings(&app, 501)[0].clone();
    assert_eq!((&over["is_todays"], &over["valid_to"]), (&json!(false), &json!("2026-11-24")));
}

#[test]
fn a_guardianship_that_another_record_of_the_same_human_replaces_is_none_of_today() {
    let app = TestApp::new();
    registered(&app, &guardianship(&app, 521, (Some(522), "DECLARED"), "2026-11-01"));
    registered(&app, &guardianship(&app, 523, (Some(524), "DECLARED"), "2026-11-10"));
    let records = [521, 523].map(|ward| person_id(&app, &person(ward)));
    let ruling = |record: &String| facts(&app, record).into_iter().find(|fact| fact["kind"] == "GUARDIANSHIP").unwrap();
    let rulings = || records.each_ref().map(ruling);
    assert_eq!(rulings().map(|ruling| ruling["is_todays"].clone()), [true, true]);
    join(&app, &records[1], &records[0]).expect(200);
    let [replaced, latest] = rulings();
    assert_eq!((&replaced["is_todays"], &replaced["valid_to"]), (&json!(false), &json!("2026-11-10")));
    assert_eq!((&latest["is_todays"], latest.get("valid_to")), (&json!(true), None));
}

#[test]
fn a_guardianship_by_a_declaration_lasts_beyond_the_minority() {
    let app = TestApp::new();
    let no_capacity = [field("/applicant/national_id", "no_capacity")];
    born(&app, 511, BORN);
    let mut declared = guarded(&app, 511, 512);
    declared["fields"]["by_declaration"] = json!(true);
    registered(&app, &declared);
    assert_eq!(rulings(&app, 511)[0]["value"], "DECLARED");
    let grown = {
        let mut body = guarded(&app, 513, 514);
        body["parties"][0]["birth_on"] = json!("1980-01-01");
        body
    };
    registered(&app, &grown);
    for clock in ["2026-11-23T10:00:00+08:00", BIRTHDAY] {
        app.set_clock(clock);
        for (ward, guardian) in [(511, 512), (513, 514)] {
            assert_eq!(apply(&app, ward, ward).fields(), no_capacity, "{ward}");
            apply(&app, ward, guardian).expect(201);
        }
    }
    let mut assistance = complete(&app, own("ASSISTANCE", 515, json!({"kind": "COMMON", "matter": "輔助宣告"}), &[]));
    assistance["fields"]["by_declaration"] = json!(true);
    let refused = take(&app, "clerk1", &assistance).fields();
    assert!(refused.contains(&field("/fields/by_declaration", "not_allowed")), "{refused:?}");
}

#[test]
fn where_no_case_has_registered_the_day_of_birth_a_paper_tells_whether_a_guardianship_is_over() {
    let app = TestApp::new();
    registered(&app, &guarded(&app, 521, 522));
    apply(&app, 521, 522).expect(201);
    app.set_clock(BIRTHDAY);
    assert_eq!(apply(&app, 521, 522).fields(), [field("/representative_paper", "required")]);
    apply(&app, 521, 521).expect(201);
    assert_eq!(letter(&app, 521, &json!({})).expect(201)["status"], "IN_FORCE");
}
