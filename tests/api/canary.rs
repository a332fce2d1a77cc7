//! Personal numbers seeded through everything: none stands in the clear in the file, the log, the metrics, a problem
//! or an address.

use serde_json::{Value, json};

use crate::cases::{act, birth, move_in, papers_of, registered, take};
use crate::process::{Server, command};
use crate::support::{TestApp, booking, female, person};

fn numbers() -> Vec<String> {
    let text = |value: Value| value["national_id"].as_str().unwrap().to_owned();
    (41..=46).flat_map(|n| [text(person(n)), text(female(n))]).collect()
}

/// Does a little of everything with the canaries; gives all answers that must not name them.
fn sing(app: &TestApp) -> Vec<String> {
    let mut seen = Vec::new();
    let case = registered(app, &birth(41));
    let mut moved = move_in(42);
    moved["papers"] = json!(papers_of(app, "MOVE_IN"));
    let moved = registered(app, &moved);
    let notices = format!("/v1/cases/{}/agency-notices", moved["id"].as_str().unwrap());
    let consent =
        json!({"agencies": ["LAND", "LOCAL_TAX"], "consent": {"at": app.now().to_string(), "by": "SELF", "form": "ORAL"}});
    seen.push(app.post(&notices).user("clerk1").once().json(&consent).send().text);
    let mut booked = booking(crate::support::WEDNESDAY_9);
    (booked["person"], booked["channel"]) = (person(43), json!("PHONE"));
    seen.push(app.post("/v1/bookings").user("clerk1").once().json(&booked).send().text);
    let mut applicant = person(44);
    applicant["relation"] = json!("SELF");
    let certificate =
        json!({"kind": "TRANSCRIPT_ZH", "person": person(44), "applicant": applicant, "purpose": "就學", "copies": 1});
    seen.push(app.post("/v1/certificates").user("clerk1").once().json(&certificate).send().text);
    app.post("/v1/cases:search").user("clerk1").json(&json!({"national_id": female(41)["national_id"], "reason": "查詢"})).send();
    let correction = json!({"changes": [{"pointer": "/fields/national_id", "value": female(45)["national_id"]}], "reason": "配號", "office_error": false});
    seen.push(act(app, "chief1", &case, ":correct", &correction).text);
    seen.push(act(app, "chief2", &case, ":approve-change", &json!({})).text);
    let canary = format!("申請人{}查無資料", person(46)["national_id"].as_str().unwrap());
    seen.push(act(app, "clerk1", &case, ":revoke", &json!({"reason": canary, "office_error": false})).text);
    // Refusals of every kind.
    seen.push(take(app, "clerk1", &birth(41)).text);
    let mut wrong = birth(46);
    wrong["applicant"]["national_id"] = json!("N146000000");
    seen.push(take(app, "clerk1", &wrong).text);
    wrong["fields"] = person(46);
    seen.push(take(app, "clerk1", &wrong).text);
    seen.push(take(app, "citizen1", &birth(46)).text);
    let canary = person(46)["national_id"].as_str().unwrap().to_owned();
    seen.push(app.get(&format!("/v1/cases?{canary}=1")).user("clerk1").send().text);
    seen.push(app.get(&format!("/v1/cases/{canary}")).user("clerk1").send().text);
    for path in ["/metrics", "/v1/cases", "/v1/agency-notices", "/v1/certificates", "/v1/bookings"] {
        seen.push(app.get(path).user("clerk1").send().text);
    }
    for path in ["/v1/audit-log?limit=100", "/v1/record-books/maintenance", "/v1/notice-ledger"] {
        seen.push(app.get(path).user("director1").send().text);
    }
    seen
}

#[test]
fn no_number_stands_in_the_clear() {
    let app = TestApp::new();
    let seen = sing(&app);
    for number in numbers() {
        for text in &seen {
            assert!(!text.contains(&number), "{number} in {text}");
        }
    }
    if app.uses_postgres() {
        return;
    }
    for name in ["huzheng.db", "huzheng.db-wal"] {
        let Ok(bytes) = std::fs::read(app.folder.path().join(name)) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        for number in numbers() {
            assert!(!text.contains(&number), "{number} in {name}");
        }
    }
}

/// Requests with a canary in every field of text or number that these operations offer, and in the address.
fn strange_calls(canary: &str) -> Vec<(&'static str, String, &'static str, Value)> {
    let nobody = "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f";
    let finding = json!({"error_code": canary, "severity": "MINOR", "cause": "OVERSIGHT", "note": canary});
    let reason = json!({"reason": canary});
    vec![
        ("GET", format!("/v1/cases/{canary}"), "clerk1", Value::Null),
        ("GET", format!("/v1/cases?clerk_id={canary}"), "clerk1", Value::Null),
        ("GET", format!("/v1/nothing/{canary}?{canary}={canary}"), "clerk1", Value::Null),
        ("GET", format!("/v1/agencies/{canary}"), "clerk1", Value::Null),
        ("GET", format!("/v1/agency-deliveries?agency={canary}"), "clerk1", Value::Null),
        ("GET", format!("/v1/notice-ledger?status={canary}"), "director1", Value::Null),
        ("GET", format!("/v1/record-books/maintenance.csv?purpose={canary}&legal_basis={canary}"), "clerk1", Value::Null),
        ("GET", format!("/v1/quality/errors?month={canary}&clerk_id={canary}"), "director1", Value::Null),
        ("POST", "/v1/agency-notices:receipt".to_owned(), "clerk1", json!({"number": canary, "secret": canary})),
        (
            "POST",
            format!("/v1/cases/{nobody}/agency-notices"),
            "clerk1",
            json!({"agencies": [canary], "consent": {"at": canary}}),
        ),
        ("POST", "/v1/spot-check-plans".to_owned(), "director1", json!({"period": canary, "strata": [canary]})),
        ("POST", format!("/v1/spot-check-plans/{nobody}/draws"), "director1", json!({"seed": canary, "checker_id": canary})),
        ("POST", format!("/v1/spot-checks/{nobody}/findings"), "director1", json!({"result": "ERROR", "finding": finding})),
        ("POST", format!("/v1/spot-checks/{nobody}:rebut"), "clerk1", json!({"rebuttal": canary})),
        (
            "POST",
            format!("/v1/spot-checks/{nobody}:rule"),
            "director1",
            json!({"uphold": true, "ruling": canary, "remedy": canary}),
        ),
        ("POST", format!("/v1/record-books/maintenance/115/{canary}:strike"), "director1", reason.clone()),
        ("POST", "/v1/record-books/spot-checks/115/1:strike".to_owned(), "director1", reason),
        (
            "POST",
            format!("/v1/agencies/{canary}/reconciliations"),
            "director1",
            json!({"from_on": canary, "to_on": canary, "received_ids": [canary]}),
        ),
        ("POST", "/v1/cases:search".to_owned(), "clerk1", json!({"national_id": canary, "reason": canary})),
        ("PUT", "/v1/agencies/LAND".to_owned(), "admin1", json!({"name": canary, "webhook_url": canary, "note": canary})),
    ]
}

#[test]
fn whoever_may_not_decide_on_their_own_request_stands_in_the_log() {
    let folder = tempfile::TempDir::new().unwrap();
    let log = folder.path().join("log");
    let mut command = command(folder.path());
    command.stderr(std::fs::File::create(&log).unwrap());
    let server = Server::run(command).0;
    let key = || uuid::Uuid::new_v4().to_string();
    let send = |user: &str, path: &str, body: Value| server.send("POST", path, &server.token_of(user), &key(), &body).unwrap();
    let case = send("clerk1", "/v1/cases", birth(1)).1;
    let path = format!("/v1/cases/{}", case["id"].as_str().unwrap());
    assert_eq!(send("clerk1", &format!("{path}:submit-for-review"), json!({})).0, 200);
    assert_eq!(send("reviewer1", &format!("{path}/reviews"), json!({"result": "PASS"})).0, 201);
    assert_eq!(send("chief1", &format!("{path}:revoke"), json!({"reason": "重複", "office_error": false})).0, 200);
    let refused = send("chief1", &format!("{path}:approve-change"), json!({}));
    assert_eq!((refused.0, &refused.1["code"]), (409, &json!("own_request")), "{}", refused.1);
    drop(server);
    let said = std::fs::read_to_string(&log).unwrap();
    let line = said.lines().find(|line| line.contains("huzheng::refused") && line.contains("own_request"));
    assert!(line.is_some_and(|line| line.contains("accounts/")), "{said}");
}

#[test]
fn a_real_server_writes_no_number_into_its_log_or_its_answers() {
    let folder = tempfile::TempDir::new().unwrap();
    let log = folder.path().join("log");
    let mut command = command(folder.path());
    command.stderr(std::fs::File::create(&log).unwrap()).env("HUZHENG_LOG", "debug");
    let server = Server::run(command).0;
    let mut tokens = std::collections::HashMap::new();
    let canaries: Vec<String> = [person(51), female(52)].iter().map(|p| p["national_id"].as_str().unwrap().to_owned()).collect();
    for canary in &canaries {
        let before = canary.as_str();
        let mut made = birth(53);
        made["applicant"]["national_id"] = json!(before);
        made["parties"][0]["national_id"] = json!(before);
        let calls = strange_calls(before).into_iter().chain([("POST", "/v1/cases".to_owned(), "clerk1", made)]);
        for (method, path, user, body) in calls {
            let token = tokens.entry(user).or_insert_with(|| server.token_of(user)).clone();
            let key = uuid::Uuid::new_v4().to_string();
            let (status, answer) = server.send(method, &path, &token, &key, &body).unwrap();
            assert!(status < 500, "{method} {path}: {status}");
            assert!(!answer.to_string().contains(before), "{method} {path}: {answer}");
        }
    }
    drop(server);
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(said.contains("huzheng::access"), "there is a log");
    for canary in &canaries {
        assert!(!said.contains(canary), "{canary} in the log");
    }
    let bytes = std::fs::read(folder.path().join("data/huzheng.db")).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    // Reasons for a search or an export are kept as they were given, for the audit.
    for national_id in [female(53), person(53)].iter().map(|p| p["national_id"].as_str().unwrap()) {
        assert!(!text.contains(national_id), "{national_id} in the database");
    }
}
