//! Certificates: right, fee, serial, proof, and who sees what.

use serde_json::{Value, json};

use crate::cases::{own, papers_of, registered};
use crate::support::{Answer, TestApp, person};

fn transcript(number: u32) -> Value {
    let mut applicant = person(number);
    applicant["relation"] = json!("SELF");
    json!({"kind": "TRANSCRIPT_ZH", "person": person(number), "applicant": applicant, "scope": "WHOLE", "purpose": "就學", "copies": 2, "sheets": 3})
}

fn apply(app: &TestApp, user: &str, body: &Value) -> Answer {
    app.post("/v1/certificates").user(user).once().json(body).send()
}

#[test]
fn a_transcript_is_issued_with_fee_serial_and_proof() {
    let app = TestApp::new();
    let made = apply(&app, "clerk1", &transcript(1));
    let body = made.expect(201).clone();
    assert_eq!(
        (body["serial"].as_str(), body["fee_twd"].as_i64(), body["status"].as_str()),
        (Some("115-TRANSCRIPT_ZH-000001"), Some(90), Some("ISSUED"))
    );
    let verify = |serial: &Value, code: &Value| {
        app.post("/v1/certificates:verify").json(&json!({"serial": serial, "check_code": code})).send()
    };
    let genuine = verify(&body["serial"], &body["check_code"]);
    assert_eq!((genuine.expect(200)["genuine"].as_bool(), genuine.body["kind"].as_str()), (Some(true), Some("TRANSCRIPT_ZH")));
    assert!(!genuine.text.contains("測試"));
    assert_eq!(verify(&body["serial"], &json!("forged")).expect(200)["genuine"], false);
    assert_eq!(verify(&json!("115-TRANSCRIPT_ZH-000099"), &body["check_code"]).expect(200)["genuine"], false);
    let path = format!("/v1/certificates/{}", body["id"].as_str().unwrap());
    assert!(app.get(&path).user("clerk1").send().expect(200)["check_code"].is_null(), "shown once");
    app.get(&path).user("clerk3").send().refused(404, "not_found");
    app.get(&path).user("citizen1").send().refused(404, "not_found");
}

#[test]
fn others_show_their_interest() {
    let app = TestApp::new();
    let mut body = transcript(1);
    let mut other = person(2);
    other["relation"] = json!("INTERESTED_PERSON");
    body["applicant"] = other;
    assert_eq!(apply(&app, "clerk1", &body).fields(), [("/interest_proof".to_owned(), "required".to_owned())]);
    body["interest_proof"] = json!("債權憑證 115 年度司促字第 1 號");
    apply(&app, "clerk1", &body).expect(201);
    body["applicant"]["relation"] = json!("UNDERTAKER");
    assert_eq!(apply(&app, "clerk1", &body).fields(), [("/applicant/relation".to_owned(), "not_allowed".to_owned())]);
    body["applicant"]["relation"] = json!("SELF");
    apply(&app, "clerk1", &body).refused(422, "invalid");
    body = transcript(1);
    body["person"]["name"] = json!("某人");
    assert_eq!(apply(&app, "clerk1", &body).fields(), [("/person/name".to_owned(), "name_mismatch".to_owned())]);
    body = transcript(1);
    body["kind"] = json!("BIRTH");
    assert_eq!(apply(&app, "clerk1", &body).fields(), [("/kind".to_owned(), "not_allowed".to_owned())]);
}

#[test]
fn a_citizens_application_online_waits_for_the_office() {
    let app = TestApp::new();
    let number = app.citizen_number(1);
    let body = json!({
        "kind": "TRANSCRIPT_ZH", "person": {"name": "王示範", "national_id": number},
        "applicant": {"name": "王示範", "national_id": number, "relation": "SELF"}, "purpose": "就學", "copies": 1
    });
    let made = apply(&app, "citizen1", &body);
    assert_eq!((made.expect(201)["status"].as_str(), made.body["channel"].as_str()), (Some("REQUESTED"), Some("ONLINE")));
    apply(&app, "citizen2", &body).refused(422, "invalid");
    let path = format!("/v1/certificates/{}", made.body["id"].as_str().unwrap());
    let issue = || app.post(&format!("{path}:issue")).user("clerk1").if_match("\"v1\"").send();
    assert!(issue().expect(200)["check_code"].is_string());
    issue().refused(412, "version_mismatch");
    let refuse = app.post(&format!("{path}:refuse")).user("clerk1").if_match("\"v2\"").json(&json!({"reason": "x"})).send();
    assert_eq!(refuse.refused(409, "wrong_state")["allowed_actions"], json!([]));
    let second = apply(&app, "citizen1", &body);
    let path = format!("/v1/certificates/{}", second.expect(201)["id"].as_str().unwrap());
    let refused =
        app.post(&format!("{path}:refuse")).user("clerk1").if_match("\"v1\"").json(&json!({"reason": "資料不符"})).send();
    assert_eq!(refused.expect(200)["status"], "REFUSED");
    let count = |user: &str, query: &str| {
        let list = app.get(&format!("/v1/certificates?include_total=true&{query}")).user(user).send();
        list.expect(200)["total"].as_i64().unwrap()
    };
    assert_eq!((count("clerk1", "channel=ONLINE"), count("citizen1", "status=ISSUED"), count("citizen2", "")), (2, 1, 0));
    assert_eq!((count("clerk3", ""), count("chief1", "kind=HC_FIRST")), (0, 0));
    let days = |query: &str| count("clerk1", query);
    assert_eq!((days("from=2026-11-23&to=2026-11-23"), days("from=2026-11-24"), days("to=2026-11-22")), (2, 0, 0));
}

#[test]
fn a_seal_certificate_needs_a_seal() {
    let app = TestApp::new();
    let mut body = transcript(1);
    body["kind"] = json!("SEAL_CERT");
    apply(&app, "clerk1", &body).refused(422, "invalid");
    let mut seal = own("SEAL_REGISTER", 1, json!({"kind": "SEAL", "village_code": "10007030-002"}), &[]);
    seal["papers"] = json!(papers_of(&app, "SEAL_REGISTER"));
    registered(&app, &seal);
    assert_eq!(apply(&app, "clerk1", &body).expect(201)["fee_twd"], 40);
}
