//! One rule for certificates that a clerk issues and for cases of their types: of whom there is an entry, and who looks at them
//! beside whoever took the application (戶籍法 §4, §15, §56, §65, §66-1).

use huzheng::people::IdNumber;
use serde_json::{Value, json};

use crate::cases::{own, registered};
use crate::certificates::apply;
use crate::known::{complete, field};
use crate::relations::{as_applicant, as_party};
use crate::support::{Answer, TestApp, person};

fn asked(kind: &str, who: &Value, relation: &str) -> Value {
    json!({
        "kind": kind, "person": who, "applicant": as_applicant(who.clone(), relation), "scope": "PERSON", "purpose": "簽證", "copies": 1
    })
}

/// A foreigner whom the office has never seen.
fn stranger() -> Value {
    json!({"name": "JOHN SMITH", "identified_by":
        {"kind": "FOREIGN_PAPER", "country": "GBR", "paper": "PASSPORT", "number": "509123456"}})
}

fn path(certificate: &Value) -> String {
    format!("/v1/certificates/{}", certificate["id"].as_str().unwrap())
}

fn issue(app: &TestApp, user: &str, certificate: &Value) -> Answer {
    let tag = app.get(&path(certificate)).user("chief2").send().etag().to_owned();
    app.post(&format!("{}:issue", path(certificate))).user(user).if_match(&tag).json(&json!({})).send()
}

fn allowed(app: &TestApp, user: &str, certificate: &Value) -> Value {
    app.get(&path(certificate)).user(user).send().expect(200)["allowed_actions"].clone()
}

#[test]
fn nothing_is_certified_of_whom_the_register_has_no_entry() {
    let app = TestApp::new();
    let refused = [field("/person/identified_by", "not_national")];
    for kind in ["TRANSCRIPT_ZH", "CERT_MOVE_RECORD", "CERT_MARRIAGE", "CERT_MARRIAGE_RECORD"] {
        let answer = apply(&app, "clerk1", &asked(kind, &stranger(), "SELF"));
        assert_eq!(answer.fields(), refused, "{kind}: {}", answer.text);
    }
    assert_eq!(apply(&app, "clerk1", &asked("HC_REISSUE", &stranger(), "HOUSEHOLD_HEAD")).fields(), refused);
    let resident = json!({"name": "阮氏明", "national_id": IdNumber::make("A90000001").unwrap().expose()});
    let answer = apply(&app, "clerk1", &asked("HC_REISSUE", &resident, "HOUSEHOLD_HEAD"));
    assert_eq!(answer.fields(), [field("/person/national_id", "not_national")], "{}", answer.text);
    // A case of the type is refused by the same rule.
    let fields = json!({"kind": "TRANSCRIPT", "scope": "PERSON", "purpose": "訴訟", "copies": 1});
    let mut body = complete(&app, own("TRANSCRIPT_ZH", 1, fields, &[]));
    (body["parties"], body["applicant"]) = (json!([as_party(stranger(), "SUBJECT")]), as_applicant(stranger(), "SELF"));
    let answer = app.post("/v1/cases:check").user("clerk1").json(&body).send();
    assert_eq!(answer.fields(), [field("/parties/0/identified_by", "not_national")], "{}", answer.text);
}

#[test]
fn whoever_has_lost_the_nationality_has_no_household_certificate() {
    let app = TestApp::new();
    let first = || apply(&app, "clerk1", &asked("HC_FIRST", &person(61), "HOUSEHOLD_HEAD"));
    first().expect(201);
    let permission = json!({"number": "台內戶字第1150123456號", "permitted_on": "2026-11-20"});
    let fields = json!({"kind": "NATIONALITY", "nationality": "日本", "permission": permission});
    registered(&app, &complete(&app, own("NAT_LOSS", 61, fields, &[])));
    let answer = first();
    assert_eq!(answer.fields(), [field("/person/national_id", "not_national")], "{}", answer.text);
    // What was entered before stays to be shown.
    apply(&app, "clerk1", &asked("TRANSCRIPT_ZH", &person(61), "SELF")).expect(201);
}

#[test]
fn a_marriage_that_nobody_knows_is_certified_by_a_supervisor() {
    let app = TestApp::new();
    for kind in ["CERT_MARRIAGE", "CERT_DIVORCE"] {
        let taken = apply(&app, "clerk1", &asked(kind, &person(81), "SELF")).expect(201).clone();
        assert_eq!((&taken["status"], &taken["serial"]), (&json!("REQUESTED"), &Value::Null), "{kind}");
        assert!(taken.get("check_code").is_none(), "{kind}");
        let refused = issue(&app, "clerk2", &taken);
        refused.refused(403, "forbidden");
        assert!(refused.text.contains("戶籍法 §66-1"), "{}", refused.text);
        assert_eq!(allowed(&app, "clerk2", &taken), json!(["refuse", "withdraw"]));
        assert_eq!(allowed(&app, "chief1", &taken), json!(["issue"]));
        let issued = issue(&app, "chief1", &taken);
        assert_eq!(issued.expect(200)["status"], "ISSUED");
        assert!(issued.body["check_code"].is_string());
    }
}

#[test]
fn kinship_is_looked_at_by_two() {
    let app = TestApp::new();
    let mut body = asked("KINSHIP", &person(1), "LISTED_PURPOSE_APPLICANT");
    body["papers"] = json!(["PURPOSE_PROOF"]);
    let taken = apply(&app, "clerk1", &body).expect(201).clone();
    assert_eq!(taken["status"], "REQUESTED");
    assert_eq!(allowed(&app, "clerk1", &taken), json!(["refuse", "withdraw"]));
    issue(&app, "clerk1", &taken).refused(409, "same_person");
    let issued = issue(&app, "clerk2", &taken);
    assert_eq!((&issued.expect(200)["status"], issued.body["check_code"].is_string()), (&json!("ISSUED"), true));
    // Neither of the two voids it.
    assert_eq!((allowed(&app, "clerk1", &taken), allowed(&app, "chief1", &taken)), (json!([]), json!(["void"])));
}
