//! Certificates: right, fee, serial, proof, and who sees what.

use serde_json::{Value, json};

use crate::cases::{act, correct, move_in, own, papers_of, registered, revoke, take};
use crate::known::{self, GROWN, declared, married};
use crate::records::{self, found};
use crate::reinstatements::reinstate;
use crate::support::{Answer, TestApp, female, person};

pub fn transcript(number: u32) -> Value {
    let mut applicant = person(number);
    applicant["relation"] = json!("SELF");
    json!({"kind": "TRANSCRIPT_ZH", "person": person(number), "applicant": applicant, "scope": "WHOLE", "purpose": "就學", "copies": 2, "sheets": 3})
}

pub fn apply(app: &TestApp, user: &str, body: &Value) -> Answer {
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
    (body["applicant"], body["scope"]) = (other, json!("PART"));
    assert_eq!(apply(&app, "clerk1", &body).fields(), [("/interest_proof".to_owned(), "required".to_owned())]);
    body["interest_proof"] = json!("債權憑證 115 年度司促字第 1 號");
    apply(&app, "clerk1", &body).expect(201);
    body["applicant"]["relation"] = json!("UNDERTAKER");
    assert_eq!(apply(&app, "clerk1", &body).fields(), [("/applicant/relation".to_owned(), "not_allowed".to_owned())]);
    body["applicant"]["relation"] = json!("SELF");
    apply(&app, "clerk1", &body).refused(422, "invalid");
    body = transcript(1);
    body["person"]["name"] = json!("某人");
    apply(&app, "clerk1", &body).refused(409, "identity_unsettled");
    body = transcript(1);
    body["kind"] = json!("BIRTH");
    assert_eq!(apply(&app, "clerk1", &body).fields(), [("/kind".to_owned(), "unknown".to_owned())]);
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
    // What is not given online is told where it was chosen, and where the channel was named.
    let mut record = body.clone();
    record["kind"] = json!("CERT_MOVE_RECORD");
    let refused = apply(&app, "citizen1", &record);
    assert_eq!(refused.fields(), [("/kind".to_owned(), "not_allowed".to_owned())]);
    assert!(refused.text.contains("COUNTER"), "{}", refused.text);
    record["channel"] = json!("ONLINE");
    assert_eq!(apply(&app, "citizen1", &record).fields(), [("/channel".to_owned(), "not_allowed".to_owned())]);
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
fn what_a_declared_account_applies_for_is_issued_by_a_paper() {
    let app = TestApp::new();
    let token = declared(&app, "online", &person(5), "1990-05-04");
    let made = app.post("/v1/certificates").bearer(&token).once().json(&transcript(5)).send();
    let path = format!("/v1/certificates/{}", made.expect(201)["id"].as_str().unwrap());
    assert!(made.body.get("identity_level").is_none(), "to staff only");
    let seen = app.get(&path).user("clerk1").send();
    assert_eq!(seen.expect(200)["identity_level"], "DECLARED");
    let issue = |body: &Value| app.post(&format!("{path}:issue")).user("clerk1").if_match("\"v1\"").json(body).send();
    assert_eq!(issue(&json!({})).fields(), [("/document".to_owned(), "required".to_owned())]);
    let fee = json!({"document": {"kind": "FEE", "number": "收據第 5 號"}});
    assert_eq!(issue(&fee).fields(), [("/document/kind".to_owned(), "not_allowed".to_owned())]);
    let paper = json!({"kind": "ID_CARD", "number": "字第 5 號"});
    assert!(issue(&json!({"document": paper})).expect(200)["check_code"].is_string());
    // What the office knows by the paper falls with it.
    let all = found(&app, &person(5));
    let known = all.iter().find(|one| one["found_by"] == "CURRENT").unwrap();
    let id = known["person_id"].as_str().unwrap().to_owned();
    let facts = || app.get(&format!("/v1/people/{id}/facts?purpose=x")).user("clerk1").send().expect(200)["items"][0].clone();
    assert_eq!((&facts()["rank"], &facts()["document"]), (&json!("SEEN"), &paper));
    records::on(&app, "clerk2", &id, ":strike-document", &json!({"document": paper, "reason": "偽造"})).expect(200);
    assert_eq!(facts()["struck_reason"], "偽造");
    let proven = json!({
        "kind": "TRANSCRIPT_ZH", "person": {"name": "王示範", "national_id": app.citizen_number(1)},
        "applicant": {"name": "王示範", "national_id": app.citizen_number(1), "relation": "SELF"}, "purpose": "就學", "copies": 1
    });
    let proven = apply(&app, "citizen1", &proven).expect(201)["id"].clone();
    let seen = app.get(&format!("/v1/certificates/{}", proven.as_str().unwrap())).user("clerk1").send();
    assert_eq!(seen.expect(200)["identity_level"], "PROVEN");
    let counter = apply(&app, "clerk1", &transcript(6));
    assert!(counter.expect(201).get("identity_level").is_none(), "a clerk has taken it");
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

fn on(app: &TestApp, user: &str, certificate: &Value, act: &str) -> Answer {
    let path = format!("/v1/certificates/{}", certificate["id"].as_str().unwrap());
    let tag = app.get(&path).user("chief2").send().etag().to_owned();
    let body = if act == "issue" { json!({}) } else { json!({"reason": "誤印他人資料"}) };
    app.post(&format!("{path}:{act}")).user(user).if_match(&tag).json(&body).send()
}

fn verdict(app: &TestApp, issued: &Value) -> Value {
    let proof = json!({"serial": issued["serial"], "check_code": issued["check_code"]});
    app.post("/v1/certificates:verify").json(&proof).send().expect(200).clone()
}

#[test]
fn a_misprint_is_voided_by_another_and_reinstated_by_a_third() {
    let app = TestApp::new();
    let issued = apply(&app, "clerk1", &transcript(1)).expect(201).clone();
    let shown = |user: &str| {
        let path = format!("/v1/certificates/{}", issued["id"].as_str().unwrap());
        app.get(&path).user(user).send().expect(200).clone()
    };
    assert_eq!(issued["allowed_actions"], json!([]), "whoever issued it does not void it");
    assert_eq!((&shown("clerk2")["allowed_actions"], &shown("reviewer1")["allowed_actions"]), (&json!(["void"]), &json!([])));
    on(&app, "clerk1", &issued, "void").refused(409, "same_person");
    on(&app, "reviewer1", &issued, "void").refused(403, "forbidden");
    on(&app, "chief1", &issued, "reinstate").refused(409, "wrong_state");
    let voided = on(&app, "clerk2", &issued, "void");
    assert_eq!((voided.expect(200)["status"].as_str(), voided.body["reason"].as_str()), (Some("VOIDED"), Some("誤印他人資料")));
    assert_eq!((voided.body["voided_at"].is_string(), &voided.body["allowed_actions"]), (true, &json!([])));
    let told = verdict(&app, &issued);
    assert_eq!(
        (&told["genuine"], &told["voided_on"], &told["kind"]),
        (&json!(false), &json!("2026-11-23"), &json!("TRANSCRIPT_ZH"))
    );
    on(&app, "clerk2", &issued, "reinstate").refused(409, "same_person");
    assert_eq!(shown("chief1")["allowed_actions"], json!(["reinstate"]));
    let again = on(&app, "chief1", &issued, "reinstate");
    assert_eq!((again.expect(200)["status"].as_str(), again.body["reason"].is_null()), (Some("ISSUED"), true));
    let told = verdict(&app, &issued);
    assert_eq!((&told["genuine"], &told["voided_on"], &told["outdated"]), (&json!(true), &Value::Null, &json!(false)));
}

#[test]
fn a_certificate_is_void_with_the_case_that_it_rests_on() {
    let app = TestApp::new();
    let names = json!({"kind": "NAME", "old_name": "測試甲", "new_name": "測試一", "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false});
    let mut body = own("NAME_GIVEN", 1, names, &[]);
    body["papers"] = json!(papers_of(&app, "NAME_GIVEN"));
    let case = registered(&app, &body);
    let mut body = transcript(1);
    (body["person"]["name"], body["applicant"]["name"]) = (json!("測試一"), json!("測試一"));
    let loose = apply(&app, "clerk1", &body).expect(201).clone();
    body["case_id"] = case["id"].clone();
    let bound = apply(&app, "clerk1", &body).expect(201).clone();
    let mut asked = bound.clone();
    asked["id"] = apply(&app, "clerk1", &body).expect(201)["id"].clone();
    app.sql(&format!(
        "UPDATE certificates SET status = 'REQUESTED', serial = NULL, check_code_hash = NULL, issued_by = NULL, issued_at = NULL WHERE id = '{}'",
        asked["id"].as_str().unwrap()
    ));
    app.advance(chrono::Duration::minutes(1));
    revoke(&app, &case);
    let told = verdict(&app, &bound);
    assert_eq!((&told["genuine"], &told["voided_on"]), (&json!(false), &json!("2026-11-23")));
    on(&app, "clerk2", &bound, "reinstate").refused(409, "conflict");
    // One that names no case shows a name that nobody has.
    let told = verdict(&app, &loose);
    assert_eq!((&told["genuine"], &told["voided_on"]), (&json!(false), &json!("2026-11-23")));
    on(&app, "clerk2", &loose, "reinstate").refused(409, "conflict");
    let list = |query: &str| app.get(&format!("/v1/certificates?{query}")).user("clerk2").send().expect(200)["items"].clone();
    let of_case = list(&format!("case_id={}", case["id"].as_str().unwrap()));
    let found: Vec<_> = of_case.as_array().unwrap().iter().map(|one| (&one["status"], &one["allowed_actions"])).collect();
    assert_eq!(found, [(&json!("REQUESTED"), &json!(["refuse", "withdraw"])), (&json!("VOIDED"), &json!([]))]);
    assert_eq!(list("status=ISSUED"), json!([]));
    on(&app, "clerk2", &asked, "issue").refused(409, "conflict");
    (body["person"]["name"], body["applicant"]["name"]) = (json!("測試甲"), json!("測試甲"));
    assert_eq!(apply(&app, "clerk1", &body).fields(), [("/case_id".to_owned(), "not_allowed".to_owned())]);
}

#[test]
fn records_are_certified_of_entries_that_stand_and_fall_with_them() {
    let app = TestApp::new();
    let names = json!({"kind": "NAME", "old_name": "測試甲", "new_name": "測試一", "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false});
    let renamed = known::complete(&app, own("NAME_GIVEN", 1, names, &[]));
    let moved = known::complete(&app, move_in(9));
    let wedding = married(&app, 5, 6, GROWN);
    for (kind, number, body, called) in [
        ("CERT_NAME_RECORD", 1, renamed, "測試一"),
        ("CERT_MOVE_RECORD", 9, moved, "測試壬"),
        ("CERT_MARRIAGE_RECORD", 5, wedding, "測試戊"),
    ] {
        let record = |name: &Value| {
            let mut body = transcript(number);
            (body["kind"], body["scope"]) = (json!(kind), json!("PERSON"));
            (body["person"]["name"], body["applicant"]["name"]) = (name.clone(), name.clone());
            apply(&app, "clerk1", &body)
        };
        let (before, since) = (person(number)["name"].clone(), json!(called));
        record(&before).expect(201);
        app.advance(chrono::Duration::seconds(1));
        let case = registered(&app, &body);
        let issued = record(&since).expect(201).clone();
        app.advance(chrono::Duration::seconds(1));
        revoke(&app, &case);
        assert_eq!(verdict(&app, &issued)["genuine"], false, "{kind}");
        record(&before).refused(409, "conflict");
        app.advance(chrono::Duration::seconds(1));
        reinstate(&app, &case).expect(200);
        assert_eq!(verdict(&app, &issued)["genuine"], true, "{kind}");
        record(&since).expect(201);
    }
}

#[test]
fn what_names_somebody_by_a_revoked_number_is_void_and_what_was_issued_in_between_stands() {
    let app = TestApp::new();
    let number = female(101)["national_id"].clone();
    let fields = json!({"kind": "UID", "old_number": person(1)["national_id"], "new_number": number, "reason": "SEX_CHANGE"});
    let mut body = known::complete(&app, own("UID_CHANGE", 1, fields, &[]));
    body["event_on"] = json!("2026-11-20");
    let case = registered(&app, &body);
    let issued = |number: &Value| {
        let mut body = transcript(1);
        (body["person"]["national_id"], body["applicant"]["national_id"]) = (number.clone(), number.clone());
        let issued = apply(&app, "clerk1", &body).expect(201).clone();
        app.advance(chrono::Duration::seconds(1));
        issued
    };
    let genuine = |one: &Value| verdict(&app, one)["genuine"] == true;
    let first = issued(&number);
    revoke(&app, &case);
    assert!(!genuine(&first));
    app.advance(chrono::Duration::seconds(1));
    let between = issued(&person(1)["national_id"]);
    reinstate(&app, &case).expect(200);
    assert_eq!((genuine(&first), genuine(&between)), (true, true));
    app.advance(chrono::Duration::seconds(1));
    revoke(&app, &case);
    assert_eq!((genuine(&first), genuine(&between)), (false, true));
}

#[test]
fn a_certificate_is_outdated_once_the_register_no_longer_says_what_it_shows() {
    let app = TestApp::new();
    let case = registered(&app, &married(&app, 5, 6, GROWN));
    app.advance(chrono::Duration::seconds(1));
    let issued = |body: &Value| apply(&app, "clerk1", body).expect(201).clone();
    let (of_5, of_7) = (issued(&transcript(5)), issued(&transcript(7)));
    let outdated = |one: &Value| {
        let path = format!("/v1/certificates/{}", one["id"].as_str().unwrap());
        app.get(&path).user("clerk1").send().expect(200)["outdated"].clone()
    };
    app.advance(chrono::Duration::seconds(1));
    // It was another's marriage: the one whom the case named before is not named by it any more.
    let one = |pointer: &str, who: &Value, member: &str| json!({"pointer": pointer, "value": who[member]});
    let other = person(8);
    let changes = json!([
        one("/parties/0/national_id", &other, "national_id"),
        one("/parties/0/name", &other, "name"),
        one("/applicant/national_id", &other, "national_id"),
        one("/applicant/name", &other, "name")
    ]);
    correct(&app, &case, changes).expect(200);
    assert_eq!((outdated(&of_5), outdated(&of_7)), (json!(true), json!(false)));
    app.advance(chrono::Duration::seconds(1));
    assert_eq!(outdated(&issued(&transcript(5))), json!(false), "a new one shows what is right");
}

/// A letter for `proxy1` by which they apply for somebody.
pub fn letter_of(app: &TestApp, principal: &Value) -> String {
    let letter = json!({
        "proxy_username": "proxy1", "principal": principal, "scope": "CASE", "valid_from": "2026-11-23", "valid_to": "2026-11-25"
    });
    let noted = app.post("/v1/letters-of-proxy").user("clerk1").once().json(&letter).send();
    format!("/v1/letters-of-proxy/{}", noted.expect(201)["id"].as_str().unwrap())
}

#[test]
fn what_a_proxy_applied_for_is_followed_while_the_letter_is_in_force() {
    let app = TestApp::new();
    let principal = person(5);
    let letter = letter_of(&app, &principal);
    let asked = apply(&app, "proxy1", &transcript(5)).expect(201).clone();
    let seen = app.get(&format!("/v1/certificates/{}", asked["id"].as_str().unwrap())).user("clerk1").send();
    assert!(seen.expect(200)["proxy"].as_str().unwrap().contains('○'), "{}", seen.text);
    let mut draft = known::transcript(&app, None);
    for named in ["/parties/0", "/applicant"] {
        let place = draft.pointer_mut(named).unwrap();
        (place["name"], place["national_id"]) = (principal["name"].clone(), principal["national_id"].clone());
    }
    let draft = take(&app, "proxy1", &draft).expect(201).clone();
    let issue = || on(&app, "clerk1", &asked, "issue");
    let accept = || act(&app, "clerk1", &draft, ":accept", &json!({}));
    let ended = |answer: Answer| assert_eq!(answer.refused(409, "conflict")["detail"], "代理權已消滅");
    app.post(&format!("{letter}:revoke")).user("clerk1").if_match("*").send().expect(200);
    ended(issue());
    ended(accept());
    // Nor by one that has run out.
    letter_of(&app, &principal);
    app.set_clock("2026-11-26T10:00:00+08:00");
    ended(issue());
    ended(accept());
    app.set_clock("2026-11-25T10:00:00+08:00");
    issue().expect(200);
    accept().expect(200);
}
