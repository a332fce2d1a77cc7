//! Promotion partners: village and neighbourhood heads, their terms of office, and how to reach them.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::volunteers::{act, get, made, reason, with};

pub fn head() -> Value {
    json!({
        "office": "VILLAGE_HEAD", "village_code": "10007030-002", "name": "林里長", "from_on": "2022-12-25", "until_on": "2026-12-24",
        "contact": {"phone": "0912345678"}
    })
}

pub fn at(partner: &Value) -> String {
    format!("/v1/promotion-partners/{}", partner["id"].as_str().unwrap())
}

fn field(pointer: &str, code: &str) -> Vec<(String, String)> {
    vec![(pointer.to_owned(), code.to_owned())]
}

#[test]
fn a_village_has_one_head_on_a_day() {
    let app = TestApp::new();
    let first = made(&app, "clerk1", "/v1/promotion-partners", &head());
    let path = at(&first);
    assert_eq!((&first["status"], &first["in_office"], &first["name"]), (&json!("CURRENT"), &json!(true), &json!("林里長")));
    assert!(first["village"].as_str().unwrap().starts_with("和美鎮"), "{first}");
    let send = |body: &Value| app.post("/v1/promotion-partners").user("clerk1").once().json(body).send();
    let next = with(with(head(), "name", json!("陳里長")), "from_on", json!("2026-11-21"));
    assert_eq!(send(&next).refused(409, "conflict")["standing_id"], first["id"]);
    let ending = |on: &str| json!({"ended_on": on, "reason": "辭職"});
    assert_eq!(act(&app, "clerk1", &path, "end", &ending("2026-11-24")).fields(), field("/ended_on", "range"));
    assert_eq!(act(&app, "clerk1", &path, "end", &ending("2022-12-24")).fields(), field("/ended_on", "range"));
    let ended = act(&app, "clerk1", &path, "end", &ending("2026-11-20")).expect(200).clone();
    assert_eq!((&ended["status"], &ended["in_office"]), (&json!("ENDED"), &json!(false)));
    let second = made(&app, "clerk1", "/v1/promotion-partners", &next);
    act(&app, "clerk1", &path, "reinstate", &reason()).refused(409, "conflict");
    act(&app, "clerk1", &at(&second), "end", &json!({"ended_on": "2026-11-21", "reason": "誤登"})).expect(200);
    act(&app, "clerk1", &path, "reinstate", &reason()).refused(409, "conflict");
    let in_office = |on: &str| {
        let listed =
            get(&app, "clerk1", &format!("/v1/promotion-partners?village_code=10007030-002&on={on}")).expect(200).clone();
        listed["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((in_office("2026-11-20"), in_office("2026-11-21")), (vec!["林里長".to_owned()], vec!["陳里長".to_owned()]));
    let unknown = with(head(), "village_code", json!("10007030-999"));
    assert_eq!(send(&unknown).fields(), field("/village_code", "unknown"));
    assert_eq!(send(&with(head(), "neighbourhood", json!(3))).fields(), field("/neighbourhood", "not_allowed"));
    let neighbourhood = with(with(head(), "office", json!("NEIGHBOURHOOD_HEAD")), "name", json!("黃鄰長"));
    assert_eq!(send(&neighbourhood).fields(), field("/neighbourhood", "required"));
    made(&app, "clerk1", "/v1/promotion-partners", &with(neighbourhood.clone(), "neighbourhood", json!(3)));
    made(&app, "clerk1", "/v1/promotion-partners", &with(neighbourhood.clone(), "neighbourhood", json!(4)));
    send(&with(neighbourhood, "neighbourhood", json!(4))).refused(409, "conflict");
    for user in ["volunteer1", "citizen1", "reviewer1"] {
        get(&app, user, "/v1/promotion-partners").refused(403, "forbidden");
    }
    get(&app, "clerk1", "/v1/promotion-partners?village_code=10007030-999").refused(400, "invalid_parameter");
}

#[test]
fn a_partner_is_corrected_with_a_reason_and_reached_by_a_logged_look() {
    let app = TestApp::new();
    let path = at(&made(&app, "clerk1", "/v1/promotion-partners", &head()));
    let patch = |body: &Value| {
        let tag = get(&app, "clerk1", &path).etag().to_owned();
        app.call("PATCH", &path).user("clerk1").if_match(&tag).json(body).send()
    };
    assert_eq!(patch(&json!({"name": "林村長"})).fields(), field("/reason", "required"));
    let corrected = patch(&json!({"name": "林村長", "until_on": null, "reason": "誤植"}));
    assert_eq!((&corrected.expect(200)["name"], &corrected.body["until_on"]), (&json!("林村長"), &Value::Null));
    let history = get(&app, "director1", &format!("{path}/history")).expect(200)["items"].clone();
    let change = json!({"pointer": "/name", "before": "林里長", "after": "林村長"});
    assert!(history[1]["changes"].as_array().unwrap().contains(&change), "{history}");
    let revealed = app.post(&format!("{path}:reveal-contact")).user("clerk1").json(&json!({"reason": "邀請宣導活動"})).send();
    let revealed = revealed.expect(200).clone();
    assert_eq!((&revealed["name"], &revealed["contact"]["phone"]), (&json!("林村長"), &json!("+886912345678")));
    let log = get(&app, "director1", "/v1/audit-log?limit=100").expect(200).to_string();
    assert!(log.contains("promotion_partner.contact_revealed"));
    for (table, rows) in app.contents() {
        assert!(!rows.iter().any(|row| row.contains("林村長")), "{table}");
    }
}

#[test]
fn whoever_was_entered_by_mistake_keeps_nobody_from_the_office() {
    let app = TestApp::new();
    let first = made(&app, "clerk1", "/v1/promotion-partners", &head());
    let path = at(&first);
    let right = with(head(), "name", json!("陳里長"));
    app.post("/v1/promotion-partners").user("clerk1").once().json(&right).send().refused(409, "conflict");
    let withdrawn = act(&app, "clerk1", &path, "withdraw", &json!({"reason": "非當選人"})).expect(200).clone();
    assert_eq!((&withdrawn["status"], &withdrawn["in_office"]), (&json!("WITHDRAWN"), &json!(false)));
    assert_eq!(withdrawn["allowed_actions"], json!(["restore"]));
    let second = made(&app, "clerk1", "/v1/promotion-partners", &right);
    let listed = |query: &str| {
        let found = get(&app, "clerk1", &format!("/v1/promotion-partners{query}")).expect(200)["items"].clone();
        found.as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((listed(""), listed("?status=WITHDRAWN")), (vec![second["id"].clone()], vec![first["id"].clone()]));
    let back = act(&app, "clerk1", &path, "restore", &reason());
    assert_eq!(back.refused(409, "conflict")["standing_id"], second["id"]);
    act(&app, "clerk1", &at(&second), "withdraw", &reason()).expect(200);
    assert_eq!(act(&app, "clerk1", &path, "restore", &reason()).expect(200)["status"], "CURRENT");
}

#[test]
fn the_history_of_a_partner_keeps_ends_and_contacts() {
    let app = TestApp::new();
    let path = at(&made(&app, "clerk1", "/v1/promotion-partners", &head()));
    act(&app, "clerk1", &path, "end", &json!({"ended_on": "2026-11-20", "reason": "辭職"})).expect(200);
    let tag = get(&app, "clerk1", &path).etag().to_owned();
    let change = json!({"contact": {"phone": "0987654321"}, "reason": "來電更正"});
    app.call("PUT", &format!("{path}/contact")).user("clerk2").if_match(&tag).json(&change).send().expect(200);
    let history = get(&app, "director1", &format!("{path}/history")).expect(200)["items"].clone();
    assert_eq!(history[1]["changes"], json!([{"pointer": "/ended_on", "before": null, "after": "2026-11-20"}]));
    assert_eq!((&history[2]["reason"], &history[2]["changes"][0]["before"]["masked"]), (&json!("來電更正"), &json!(true)));
    assert!(!history.to_string().contains("987654321"), "{history}");
}

pub fn a_village_gets_one_head(app: &TestApp) {
    crate::serial::log_in(app, &["clerk1", "clerk2"]);
    let answers = crate::serial::at_once(crate::serial::CLIENTS, |client| {
        let user = ["clerk1", "clerk2"][client % 2];
        app.post("/v1/promotion-partners").user(user).once().json(&head()).send()
    });
    crate::serial::once(&answers, "201", "409 conflict");
}
