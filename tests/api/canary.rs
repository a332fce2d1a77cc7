//! Personal numbers seeded through everything: none stands in the clear in the file, the metrics, a problem or an
//! address.

use serde_json::{Value, json};

use crate::cases::{act, birth, move_in, papers_of, registered, take};
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
