//! The citizen's receipt of a notice to agencies.

use chrono::Duration;
use huzheng::config::Switch;
use serde_json::{Value, json};

use crate::exchange::{moved, notice, notify};
use crate::support::{TestApp, person};

#[test]
fn the_receipt_shows_the_state_and_nobody() {
    let app = TestApp::new();
    let case = moved(&app, 1);
    let made = notify(&app, &case, &["LAND"]).expect(201).clone();
    let ask =
        |secret: &Value| app.post("/v1/agency-notices:receipt").json(&json!({"number": made["number"], "secret": secret})).send();
    let receipt = ask(&made["receipt_secret"]);
    assert_eq!(receipt.expect(200)["deliveries"][0]["status"], "QUEUED");
    assert_eq!((&receipt.body["receipt_url"], receipt.body["case_id"].as_str()), (&made["receipt_url"], None));
    let land = app.client_token("agency-land");
    app.get("/v1/agency-queue").bearer(&land).send().expect(200);
    let path = format!("/v1/agency-queue/{}:reject", made["deliveries"][0]["id"].as_str().unwrap());
    app.post(&path).bearer(&land).json(&json!({"code": "NO_RECORD", "reason": "測試甲查無地籍"})).send().expect(200);
    // The token opens this form, and nothing else.
    let token = receipt.body["access_token"].as_str().unwrap();
    let path = made["receipt_url"].as_str().unwrap().strip_prefix("http://office.test").unwrap();
    let opened = app.get(path).bearer(token).send();
    let delivery = &opened.expect(200)["deliveries"][0];
    assert_eq!((delivery["status"].as_str(), delivery["reason_code"].as_str()), (Some("REJECTED"), Some("NO_RECORD")));
    assert!(delivery["reason"].is_null() && opened.body["case_id"].is_null());
    for text in ["測試", person(1)["national_id"].as_str().unwrap(), "彰美路", case["id"].as_str().unwrap()] {
        assert!(!receipt.text.contains(text) && !opened.text.contains(text));
    }
    assert_eq!(notice(&app, &made)["deliveries"][0]["reason"], "測試甲查無地籍", "staff read the words");
    let other = notify(&app, &moved(&app, 2), &["LAND"]).expect(201).clone();
    app.get(&format!("/v1/agency-notices/{}", other["id"].as_str().unwrap())).bearer(token).send().refused(404, "not_found");
    app.get("/v1/agency-notices").bearer(token).send().refused(403, "forbidden");
    app.advance(Duration::minutes(16));
    app.get(path).bearer(token).send().refused(401, "unauthenticated");
    ask(&json!("wrong")).refused(404, "not_found");
    assert!(notice(&app, &made)["receipt_secret"].is_null(), "shown once");
}

#[test]
fn receipts_have_an_allowance_of_their_own() {
    let app = TestApp::with(|config| (config.rate_limit, config.login_limit_per_minute) = (Switch::On, 3), "");
    let ask = || app.post("/v1/agency-notices:receipt").json(&json!({"number": "115-NOTICE-000001", "secret": "wrong"})).send();
    (0..3).for_each(|_| _ = ask().refused(404, "not_found"));
    ask().refused(429, "rate_limited");
    app.token("clerk1");
}
