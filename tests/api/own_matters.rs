//! A member of staff acts for the office in no matter of their own, on whichever road (行政程序法 §32).

use serde_json::{Value, json};

use crate::cases::{act, at, registered, take};
use crate::holders::name_holder;
use crate::known::{code, complete, declared, matter, paper};
use crate::records::{joining, on};
use crate::support::{Answer, TestApp, person};

const OWN: u32 = 91;

/// An office in which clerk1 is known to be somebody whom the register knows: their record.
fn office() -> (TestApp, String) {
    let app = TestApp::new();
    let case = take(&app, "clerk2", &complete(&app, matter(OWN))).expect(201).clone();
    name_holder(&app, "clerk1", &person(OWN), "director1");
    (app, case["parties"][0]["person_id"].as_str().unwrap().to_owned())
}

fn refused(answer: &Answer) {
    answer.refused(409, "own_request");
}

#[test]
fn nobody_settles_joins_parts_or_strikes_their_own_record() {
    let (app, own) = office();
    let other = known_by_another(&app, 92);
    let document = json!({"kind": "ID_CARD", "number": "字第 91 號"});
    let settle = json!({"birth_on": "1990", "document": document, "reason": "證件"});
    refused(&on(&app, "clerk1", &own, ":settle", &settle));
    on(&app, "clerk2", &own, ":settle", &settle).expect(200);
    refused(&on(&app, "clerk1", &own, ":strike-document", &json!({"document": document, "reason": "偽造"})));
    refused(&on(&app, "clerk1", &own, ":join", &joining(&other)));
    refused(&on(&app, "clerk1", &other, ":join", &joining(&own)));
    on(&app, "clerk2", &own, ":join", &joining(&other)).expect(200);
    refused(&on(&app, "clerk1", &own, ":part", &json!({"reason": "誤提"})));
    let seen = app.get(&format!("/v1/people/{own}")).user("clerk1").send();
    assert_eq!(seen.expect(200)["allowed_actions"], json!([]));
    // By another record of theirs as well.
    on(&app, "chief1", &own, ":join", &joining(&other)).expect(200);
    refused(&on(&app, "clerk1", &other, ":settle", &settle));
}

fn known_by_another(app: &TestApp, number: u32) -> String {
    let case = take(app, "clerk2", &matter(number)).expect(201).clone();
    case["parties"][0]["person_id"].as_str().unwrap().to_owned()
}

#[test]
fn nobody_proves_or_unproves_themselves_or_notes_their_own_letter() {
    let (app, own) = office();
    let token = declared(&app, "own", &person(OWN), "1990-05-04");
    let prove = |user: &str| {
        let body = paper(&code(&app, &token), &person(OWN));
        app.post("/v1/identity-proofs").user(user).once().json(&body).send()
    };
    refused(&prove("clerk1"));
    let proof = prove("clerk2").expect(201)["id"].as_str().unwrap().to_owned();
    name_holder(&app, "chief2", &person(OWN), "director1");
    let path = format!("/v1/identity-proofs/{proof}");
    let tag = app.get(&path).user("chief1").send().etag().to_owned();
    refused(&app.post(&format!("{path}:undo")).user("chief2").if_match(&tag).json(&json!({"reason": "x"})).send());
    let letter = json!({
        "proxy_username": "proxy1", "principal": person(OWN), "scope": "CASE", "valid_from": "2026-11-23", "valid_to": "2026-12-31"
    });
    let note = |user: &str, letter: &Value| app.post("/v1/letters-of-proxy").user(user).json(letter).send();
    refused(&note("clerk1", &letter));
    note("clerk2", &letter).expect(201);
    // Nor one by which they are the proxy.
    app.sql(&format!("UPDATE accounts SET person_id = NULL WHERE person_id = '{own}'"));
    app.sql(&format!("UPDATE accounts SET person_id = '{own}' WHERE username = 'proxy1'"));
    let mut letter = letter;
    letter["principal"] = person(93);
    refused(&note("clerk1", &letter));
}

#[test]
fn nobody_issues_refuses_or_voids_their_own_certificate() {
    let (app, _) = office();
    let mut applicant = person(OWN);
    applicant["relation"] = json!("SELF");
    let body = json!({"kind": "TRANSCRIPT_ZH", "person": person(OWN), "applicant": applicant, "purpose": "就學", "copies": 1});
    let apply = |user: &str| app.post("/v1/certificates").user(user).once().json(&body).send();
    refused(&apply("clerk1"));
    let issued = apply("clerk2").expect(201)["id"].clone();
    let token = declared(&app, "own", &person(OWN), "1990-05-04");
    let asked = app.post("/v1/certificates").bearer(&token).once().json(&body).send().expect(201)["id"].clone();
    let on = |user: &str, id: &Value, act: &str, body: Value| {
        let path = format!("/v1/certificates/{}", id.as_str().unwrap());
        let tag = app.get(&path).user("chief1").send().etag().to_owned();
        app.post(&format!("{path}:{act}")).user(user).if_match(&tag).json(&body).send()
    };
    let paper = json!({"document": {"kind": "ID_CARD", "number": "字第 91 號"}});
    refused(&on("clerk1", &asked, "issue", paper.clone()));
    refused(&on("clerk1", &asked, "refuse", json!({"reason": "x"})));
    refused(&on("clerk1", &issued, "void", json!({"reason": "x"})));
    on("chief1", &issued, "void", json!({"reason": "誤印"})).expect(200);
    refused(&on("clerk1", &issued, "reinstate", json!({"reason": "x"})));
    on("clerk2", &asked, "issue", paper).expect(200);
}

#[test]
fn nobody_takes_or_leads_their_own_case() {
    let (app, _) = office();
    refused(&take(&app, "clerk1", &matter(OWN)));
    let mut about_another = matter(94);
    (about_another["applicant"], about_another["applicant"]["relation"]) = (person(OWN), json!("SELF"));
    assert_ne!(take(&app, "clerk1", &about_another).status, 201);
    let mut draft = complete(&app, matter(OWN));
    draft["draft"] = json!(true);
    refused(&take(&app, "clerk1", &draft));
    let case = take(&app, "clerk2", &draft).expect(201).clone();
    refused(&act(&app, "chief1", &case, ":assign", &json!({"clerk_id": account(&app, "clerk1")})));
    // As if nobody were in charge.
    app.sql(&format!("UPDATE cases SET clerk = NULL WHERE id = '{}'", case["id"].as_str().unwrap()));
    refused(&act(&app, "clerk1", &case, ":accept", &json!({})));
    refused(&act(&app, "clerk1", &case, ":withdraw", &json!({"reason": "x"})));
    refused(&act(&app, "clerk1", &case, ":assign", &json!({"clerk_id": account(&app, "clerk1")})));
    let tag = app.get(&at(&case, "")).user("clerk1").send();
    refused(&app.call("PATCH", &at(&case, "")).user("clerk1").if_match(tag.etag()).json(&json!({"papers": []})).send());
    assert_eq!(tag.body["allowed_actions"], json!([]));
    act(&app, "clerk2", &case, ":accept", &json!({})).expect(200);
    refused(&act(&app, "clerk1", &case, ":refuse", &json!({"reason": "x"})));
    refused(&act(&app, "clerk1", &case, ":submit-for-review", &json!({})));
}

fn account(app: &TestApp, username: &str) -> Value {
    let list = app.get("/v1/users?limit=100").user("admin1").send();
    let all = list.expect(200)["items"].as_array().unwrap().clone();
    all.iter().find(|one| one["username"] == username).unwrap()["id"].clone()
}

#[test]
fn nobody_corrects_a_case_so_that_it_is_about_themselves() {
    let (app, _) = office();
    let case = registered(&app, &complete(&app, matter(93)));
    let number = person(OWN)["national_id"].clone();
    let change = |pointer: &str, value: &Value| json!({"pointer": pointer, "value": value});
    let changes = json!([
        change("/parties/0/national_id", &number),
        change("/parties/0/name", &person(OWN)["name"]),
        change("/applicant/national_id", &number),
        change("/applicant/name", &person(OWN)["name"])
    ]);
    let body = json!({"changes": changes, "reason": "登錄錯人", "office_error": false});
    refused(&act(&app, "clerk1", &case, ":correct", &body));
    act(&app, "chief1", &case, ":correct", &body).expect(200);
    name_holder(&app, "chief2", &person(OWN), "director1");
    refused(&act(&app, "chief2", &case, ":approve-change", &json!({})));
    act(&app, "director1", &case, ":approve-change", &json!({})).expect(200);
}
