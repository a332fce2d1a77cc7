//! A member of staff acts for the office in no matter of their own, on whichever road (行政程序法 §32).

use serde_json::{Value, json};

use crate::cases::{self, act, at, papers_of, registered, review, take};
use crate::holders::name_holder;
use crate::known::{GROWN, code, complete, declared, married, matter, paper};
use crate::records::{joining, on};
use crate::support::{Answer, TestApp, female, person};

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

#[test]
fn nobody_strikes_a_paper_on_which_something_of_theirs_rests() {
    let (app, own) = office();
    let other = known_by_another(&app, 92);
    let settle = json!({"birth_on": "1990", "document": {"kind": "ID_CARD", "number": "字第 91 號"}, "reason": "證件"});
    for record in [&own, &other] {
        on(&app, "clerk2", record, ":settle", &settle).expect(200);
    }
    let strike = json!({"document": settle["document"], "reason": "偽造"});
    refused(&on(&app, "clerk1", &other, ":strike-document", &strike));
    on(&app, "clerk2", &other, ":strike-document", &strike).expect(200);
}

#[test]
fn nobody_tells_agencies_strikes_lines_or_ends_letters_in_their_own_matter() {
    let (app, _) = office();
    let mut move_in = cases::move_in(OWN);
    (move_in["papers"], move_in["confirm_not_duplicate"]) = (json!(papers_of(&app, "MOVE_IN")), json!(true));
    let case = take(&app, "clerk2", &move_in).expect(201).clone();
    act(&app, "clerk2", &case, ":submit-for-review", &json!({})).expect(200);
    review(&app, "reviewer1", &case, "PASS").expect(201);
    let consent = json!({"agencies": ["LAND"], "consent": {"at": app.now().to_string(), "by": "SELF", "form": "WRITTEN"}});
    let notify = |user: &str| app.post(&at(&case, "/agency-notices")).user(user).once().json(&consent).send();
    refused(&notify("clerk1"));
    let seen = app.get(&at(&case, "")).user("clerk1").send();
    assert_eq!(seen.expect(200)["allowed_actions"], json!([]));
    let told = format!("/v1/agency-notices/{}", notify("clerk2").expect(201)["id"].as_str().unwrap());
    let withdraw = |user: &str| app.post(&format!("{told}:withdraw-consent")).user(user).if_match("*").send();
    refused(&withdraw("clerk1"));
    withdraw("clerk2").expect(200);
    // A line in the record book.
    let change = json!({"pointer": "/fields/household_head", "value": "王大文"});
    let correction = json!({"changes": [change], "reason": "登載錯誤", "office_error": false});
    act(&app, "clerk2", &case, ":correct", &correction).expect(200);
    act(&app, "director1", &case, ":approve-change", &json!({})).expect(200);
    name_holder(&app, "chief2", &person(OWN), "director1");
    let strike = |user: &str| {
        let path = "/v1/record-books/maintenance/115/1:strike";
        app.post(path).user(user).if_match("*").json(&json!({"reason": "誤記"})).send()
    };
    refused(&strike("chief2"));
    strike("chief1").expect(200);
    // A letter, as its principal.
    let letter = json!({
        "proxy_username": "proxy1", "principal": person(OWN), "scope": "CASE", "valid_from": "2026-11-23", "valid_to": "2026-12-31"
    });
    let noted = app.post("/v1/letters-of-proxy").user("clerk2").json(&letter).send();
    let path = format!("/v1/letters-of-proxy/{}:revoke", noted.expect(201)["id"].as_str().unwrap());
    let revoke = |user: &str| app.post(&path).user(user).if_match("*").send();
    refused(&revoke("clerk1"));
    revoke("clerk2").expect(200);
}

#[test]
fn nobody_acts_in_a_matter_of_their_spouse_or_kin() {
    let app = TestApp::new();
    let child = |father: u32, child: &Value| {
        let mut body = complete(&app, cases::own("PARENTAGE", 1, json!({"kind": "COMMON", "matter": "認領"}), &[]));
        let (mut subject, mut father) = (child.clone(), person(father));
        (body["applicant"], body["event_on"]) = (child.clone(), json!("2026-11-20"));
        body["applicant"]["relation"] = json!("ACKNOWLEDGED");
        (subject["role"], father["role"]) = (json!("SUBJECT"), json!("FATHER"));
        body["parties"] = json!([subject, father]);
        body
    };
    let enter = |body: Value| {
        let case = take(&app, "clerk2", &body).expect(201).clone();
        act(&app, "clerk2", &case, ":submit-for-review", &json!({})).expect(200);
        review(&app, "reviewer1", &case, "PASS").expect(201);
        case
    };
    let refused_for = |number: u32| refused(&take(&app, "clerk1", &complete(&app, matter(number))));
    let free_for = |number: u32| take(&app, "clerk1", &complete(&app, matter(number))).expect(201).clone();
    // clerk1 is a child of 81; 82 their sibling, 83 and 84 children of it and of that, 85 a child of 84.
    enter(child(81, &person(OWN)));
    enter(child(81, &person(82)));
    enter(child(82, &person(83)));
    enter(child(83, &person(84)));
    enter(child(84, &person(85)));
    name_holder(&app, "clerk1", &person(OWN), "director1");
    for relative in [81, 82, 83, 84] {
        refused_for(relative);
    }
    free_for(85);
    // The sibling's spouse by law, and that spouse's kin, and whoever was one's own spouse.
    let wedding = enter(married(&app, 82, 86, GROWN));
    let about = |woman: &Value| {
        let mut body = complete(&app, matter(1));
        (body["parties"][0], body["applicant"]) = (woman.clone(), woman.clone());
        (body["parties"][0]["role"], body["applicant"]["relation"]) = (json!("SUBJECT"), json!("SELF"));
        body
    };
    refused(&take(&app, "clerk1", &about(&female(86))));
    // What never was ends nothing.
    act(&app, "clerk2", &wedding, ":revoke", &json!({"reason": "重複登記", "office_error": false})).expect(200);
    act(&app, "chief1", &wedding, ":approve-change", &json!({})).expect(200);
    take(&app, "clerk1", &about(&female(86))).expect(201);
    enter(child(88, &female(87)));
    enter(married(&app, OWN, 87, GROWN));
    refused(&take(&app, "clerk1", &about(&female(87))));
    refused_for(88);
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
