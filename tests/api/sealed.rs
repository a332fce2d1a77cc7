//! What names people stands in the clear nowhere in the store, and is told to nobody but those who work with the record.

use serde_json::{Value, json};

use crate::cases::{act, at, birth, papers_of, registered, review, take};
use crate::certificates;
use crate::exchange::{moved, notify};
use crate::identity::{login, user};
use crate::known::{card, code, complete, declared, matter, paper, prove};
use crate::nobody_alone::patch;
use crate::records::{known, on};
use crate::support::{PASSWORD, TestApp, WEDNESDAY_9, booking, person};

/// Stands in every text that somebody gives here.
const CANARY: &str = "鄰居林罕名";

fn because() -> Value {
    json!({"reason": format!("據{CANARY}告知")})
}

/// A registered case with reasons at each of its steps.
fn case_with_reasons(app: &TestApp) -> Value {
    let mut body = birth(1);
    body["proxy"] = person(9);
    (body["proxy"]["reason"], body["proxy"]["dated_on"]) = (because()["reason"].clone(), json!("2026-11-20"));
    let mut body = complete(app, body);
    body["papers"].as_array_mut().unwrap().extend(["ACK_PROOF", "POWER_OF_ATTORNEY", "PROXY_ID"].map(|paper| json!(paper)));
    let case = take(app, "clerk1", &body).expect(201).clone();
    act(app, "chief1", &case, ":approve-proxy", &because());
    act(app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    let finding = json!({"error_code": "PAPER_MISSING", "severity": "MINOR", "cause": "OVERSIGHT", "note": CANARY});
    let returned = json!({"result": "RETURN", "findings": [finding]});
    act(app, "reviewer1", &case, "/reviews", &returned).expect(201);
    act(app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
    review(app, "reviewer1", &case, "PASS").expect(201);
    let change = json!({
        "changes": [{"pointer": "/fields/birth_order", "value": 2}], "reason": because()["reason"], "office_error": true
    });
    act(app, "clerk1", &case, ":correct", &change).expect(200);
    act(app, "chief2", &case, ":approve-change", &json!({})).expect(200);
    case
}

#[test]
fn no_reason_and_no_name_stands_in_the_clear() {
    let app = TestApp::new();
    let case = case_with_reasons(&app);
    let shown = app.get(&at(&case, "")).user("clerk1").send().expect(200).clone();
    assert_eq!(shown["proxy"]["reason"], because()["reason"], "{shown}");
    // Certificates, bookings, deliveries.
    let asked = app.post("/v1/certificates").user("clerk1").once().json(&certificates::transcript(3)).send().expect(201).clone();
    let path = format!("/v1/certificates/{}", asked["id"].as_str().unwrap());
    let voided = app.post(&format!("{path}:void")).user("clerk2").if_match("*").json(&because()).send();
    assert_eq!(voided.expect(200)["reason"], because()["reason"]);
    let mut wish = booking(WEDNESDAY_9);
    (wish["person"], wish["channel"]) = (person(43), json!("COUNTER"));
    let booked = app.post("/v1/bookings").user("clerk1").once().json(&wish).send().expect(201)["id"].clone();
    let path = format!("/v1/bookings/{}", booked.as_str().unwrap());
    let cancelled = app.post(&format!("{path}:cancel")).user("clerk1").if_match("*").once().json(&because()).send();
    let history = cancelled.expect(200)["history"].clone();
    assert!(history.to_string().contains(CANARY), "{history}");
    let told = notify(&app, &moved(&app, 5), &["LAND"]).expect(201)["deliveries"][0]["id"].clone();
    app.get("/v1/agency-queue").bearer(&app.client_token("agency-land")).send().expect(200);
    let reject = json!({"code": "NO_RECORD", "reason": because()["reason"]});
    let path = format!("/v1/agency-queue/{}:reject", told.as_str().unwrap());
    app.post(&path).bearer(&app.client_token("agency-land")).json(&reject).send().expect(200);
    let delivery = app.get(&format!("/v1/agency-deliveries/{}", told.as_str().unwrap())).user("clerk1").send();
    assert_eq!(delivery.expect(200)["reason"], because()["reason"]);
    // People: what was settled, joined and parted, proven and undone.
    let (one, other) = (known(&app, 11), known(&app, 12));
    let settle = json!({"name": "林更正", "document": card(&person(11)), "reason": because()["reason"]});
    on(&app, "clerk1", &one, ":settle", &settle).expect(200);
    let path = format!("/v1/people/{one}/facts?purpose=%E9%84%B0%E5%B1%85%E6%9E%97%E7%BD%95%E5%90%8D");
    let facts = app.get(&path).user("clerk1").send().expect(200)["items"].clone();
    assert!(facts.as_array().unwrap().iter().any(|fact| fact["struck_reason"] == because()["reason"]), "{facts}");
    let joining = json!({"into_person_id": other, "document": card(&person(11)), "reason": because()["reason"]});
    on(&app, "clerk1", &one, ":join", &joining).expect(200);
    let waits = app.get(&format!("/v1/people/{one}")).user("clerk1").send().expect(200)["joins_asked"][0]["reason"].clone();
    assert_eq!(waits, because()["reason"]);
    on(&app, "clerk1", &one, ":part", &because()).expect(200);
    let token = declared(&app, "owner", &person(80), "1990-05-04");
    let proof = prove(&app, &paper(&code(&app, &token), &person(80))).expect(201)["id"].clone();
    let path = format!("/v1/identity-proofs/{}", proof.as_str().unwrap());
    let undo = app.post(&format!("{path}:undo")).user("chief1").if_match("*").json(&because()).send();
    assert_eq!(undo.expect(200)["undo_reason"], because()["reason"]);
    // Accounts.
    let (path, tag) = user(&app, "clerk3");
    let asked = patch(&app, &path, &tag, &json!({"name": CANARY}));
    assert_eq!(asked.expect(200)["requested_name"], CANARY);
    assert_eq!(patch(&app, &path, asked.etag(), &json!({"name": CANARY})).expect(200)["requested_name"], CANARY);
    let approved = app.post(&format!("{path}:approve")).user("chief1").if_match(asked.etag()).send();
    assert_eq!(approved.expect(200)["name"], CANARY);
    let search = json!({"national_id": person(1)["national_id"], "reason": because()["reason"]});
    app.post("/v1/people:search").user("clerk1").json(&search).send().expect(200);
    let log = app.get("/v1/audit-log?limit=100").user("director1").send().expect(200).clone();
    assert!(log.to_string().contains(CANARY));
    assert_eq!(app.get("/v1/audit-log:verify").user("director1").send().expect(200)["intact"], true);
    for (table, rows) in app.contents() {
        assert!(!rows.iter().any(|row| row.contains(CANARY)), "{table}: {rows:?}");
    }
}

#[test]
fn what_a_notice_says_and_where_people_are_registered_stands_in_the_clear_nowhere() {
    let app = TestApp::new();
    let mut body = birth(1);
    let area = format!("臺中市{CANARY}區");
    (body["papers"], body["off_site"], body["registered_area"]) = (json!([]), json!(true), json!(area));
    let case = take(&app, "clerk1", &body).expect(201).clone();
    assert_eq!(case["registered_area"], json!(area));
    let note = |paper: Value| json!({"document": paper, "note": format!("向{CANARY}索取")});
    let notes: Vec<Value> = papers_of(&app, "BIRTH").into_iter().map(note).collect();
    let first = act(&app, "clerk1", &case, "/one-time-notice", &json!({"notes": notes})).expect(201).clone();
    assert_eq!(first["items"][0]["note"], format!("向{CANARY}索取"), "{first}");
    let item = app.call("PATCH", &at(&case, "/one-time-notice/items/1")).user("clerk1").if_match("*");
    item.json(&json!({"received": true})).send().expect(200);
    let fact = json!({"new_fact": because()["reason"], "further_documents": [first["items"][0]["document"]]});
    act(&app, "clerk1", &case, "/one-time-notice", &fact).expect(201);
    let kept = app.get(&at(&case, "/one-time-notice")).user("clerk1").send().expect(200).clone();
    assert_eq!((&kept["new_fact"], &kept["givings"][1]["new_fact"]), (&because()["reason"], &because()["reason"]));
    let printed = app.get(&at(&case, "/one-time-notice.txt")).user("clerk1").send();
    assert!(printed.status == 200 && printed.text.contains(CANARY), "{}", printed.text);
    for (table, rows) in app.contents() {
        assert!(!rows.iter().any(|row| row.contains(CANARY)), "{table}: {rows:?}");
    }
}

#[test]
fn a_text_that_was_moved_to_another_row_opens_nowhere() {
    let app = TestApp::new();
    let (one, other) = (case_with_reasons(&app), take(&app, "clerk1", &complete(&app, matter(2))).expect(201).clone());
    app.sql(&format!(
        "UPDATE case_history SET reason = (SELECT reason FROM case_history WHERE case_id = '{}' AND reason <> '' ORDER BY line LIMIT 1) \
         WHERE case_id = '{}'",
        one["id"].as_str().unwrap(),
        other["id"].as_str().unwrap()
    ));
    assert_eq!(app.get(&at(&other, "/history")).user("clerk1").send().status, 500);
}

#[test]
fn the_county_learns_that_there_was_a_reason_and_not_which() {
    let app = TestApp::new();
    let case = case_with_reasons(&app);
    let county = app.client_token("county");
    let paths = ["/history", "/changes", "/reviews"].map(|under| at(&case, under));
    for path in paths.iter().map(String::as_str).chain(["/v1/audit-log?limit=100"]) {
        let staff = app.get(path).user("director1").send().expect(200).to_string();
        assert!(staff.contains(CANARY), "{path}: {staff}");
        let told = app.get(path).bearer(&county).send().expect(200).to_string();
        assert!(!told.contains(CANARY) && told.contains("＊＊＊"), "{path}: {told}");
    }
    let shown = app.get(&at(&case, "")).bearer(&county).send().expect(200).to_string();
    assert!(!shown.contains(CANARY), "{shown}");
}

#[test]
fn a_failed_log_in_names_the_account_and_never_what_was_typed() {
    let app = TestApp::new();
    let (typed, id) = ("my-secret-passphrase", user(&app, "citizen1").0);
    for _ in 0..5 {
        login(&app, "citizen1", "wrong-password").refused(401, "invalid_credentials");
        login(&app, typed, PASSWORD).refused(401, "invalid_credentials");
    }
    let lines = |action: &str| {
        let all = app.get(&format!("/v1/audit-log?action={action}")).user("director1").send().expect(200)["items"].clone();
        all.as_array().unwrap().iter().map(|line| line["subject"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let subject = id.trim_start_matches("/v1/").to_owned();
    assert_eq!(lines("login.failed"), vec![subject.clone(); 5]);
    let mut locked = lines("login.locked");
    locked.sort();
    assert_eq!(locked, ["login".to_owned(), subject]);
    for (table, rows) in app.contents() {
        assert!(!rows.iter().any(|row| row.contains(typed)), "{table}");
    }
}

#[test]
fn the_command_line_names_nobody_whom_the_register_knows_otherwise() {
    let app = TestApp::new();
    known(&app, 61);
    let refused = app.try_name_holder("clerk2", 61, "別人");
    assert!(refused.as_ref().is_err_and(|words| !words.is_empty()), "{refused:?}");
    registered(&app, &crate::known::death(&app, 62));
    assert!(app.try_name_holder("clerk2", 62, &crate::support::called(62)).is_err(), "the dead work with no account");
    app.try_name_holder("clerk2", 61, &crate::support::called(61)).unwrap();
}

#[test]
fn one_identity_card_proves_one_person() {
    let app = TestApp::new();
    let token = |username: &str, who: &Value| code(&app, &declared(&app, username, who, "1990-05-04"));
    let first = prove(&app, &paper(&token("owner", &person(81)), &person(81))).expect(201).clone();
    let mut body = paper(&token("other", &person(82)), &person(82));
    body["document"] = card(&person(81));
    let refused = prove(&app, &body);
    assert_eq!(refused.refused(409, "paper_proves_another")["proof_id"], first["id"]);
    body["dry_run"] = json!(true);
    prove(&app, &body).refused(409, "paper_proves_another");
    // The code stays good for the paper that is really theirs.
    body["document"] = card(&person(82));
    body["dry_run"] = json!(false);
    prove(&app, &body).expect(201);
    // A proof that was undone holds no paper.
    let path = format!("/v1/identity-proofs/{}", first["id"].as_str().unwrap());
    for user in ["chief1", "chief2"] {
        app.post(&format!("{path}:undo")).user(user).if_match("*").json(&because()).send().expect(200);
    }
    let mut body = paper(&token("third", &person(83)), &person(83));
    body["document"] = card(&person(81));
    prove(&app, &body).expect(201);
}

#[test]
fn a_card_that_was_seen_of_two_people_is_told_with_either() {
    let app = TestApp::new();
    let ids = [31, 32].map(|number| known(&app, number));
    let document = json!({"kind": "RESIDENT_CERT", "number": "FA 12345"});
    let settle =
        |id: &str, name: &str| on(&app, "clerk1", id, ":settle", &json!({"name": name, "document": document, "reason": "證件"}));
    let first = settle(&ids[0], "林志明").expect(200)["items"].to_string();
    assert!(!first.contains("document_of_others"), "{first}");
    let second = settle(&ids[1], "林志強").expect(200)["items"].clone();
    let told = second.as_array().unwrap().iter().find(|fact| fact["document"].is_object()).unwrap();
    assert_eq!(told["document_of_others"], json!([ids[0]]), "{told}");
}
