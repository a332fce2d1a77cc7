//! Letters of proxy as they are shown: what each is worth today, why it rests, and whose they are.

use serde_json::{Value, json};

use crate::cases::{registered, revoke};
use crate::known::death;
use crate::protection::mark;
use crate::records::known;
use crate::relations::guardianship;
use crate::status::person_id;
use crate::support::{Answer, TestApp, person};

fn note(app: &TestApp, principal: u32, days: (&str, &str)) -> Answer {
    let letter = json!({
        "proxy_username": "proxy1", "principal": person(principal), "scope": "CASE", "valid_from": days.0, "valid_to": days.1
    });
    app.post("/v1/letters-of-proxy").user("clerk1").json(&letter).send()
}

/// What of a letter tells how it stands, as somebody sees it.
fn standing(app: &TestApp, user: &str, letter: &Value) -> (Value, Value, Value) {
    let path = format!("/v1/letters-of-proxy/{}", letter["id"].as_str().unwrap());
    let shown = app.get(&path).user(user).send().expect(200).clone();
    let list = app.get("/v1/letters-of-proxy?limit=100").user(user).send().expect(200)["items"].clone();
    let listed = list.as_array().unwrap().iter().find(|one| one["id"] == letter["id"]).unwrap();
    assert_eq!(listed, &shown, "as in the list");
    (shown["status"].clone(), shown.get("rests_for").cloned().unwrap_or(Value::Null), shown["allowed_actions"].clone())
}

const TERM: (&str, &str) = ("2026-11-23", "2026-12-31");

#[test]
fn a_letter_says_what_it_is_worth_today() {
    let app = TestApp::new();
    let made = note(&app, 201, ("2026-11-25", "2026-11-26"));
    let letter = made.expect(201).clone();
    assert_eq!(
        (&letter["status"], &letter["rests_for"], &letter["allowed_actions"]),
        (&json!("UPCOMING"), &json!([]), &json!(["revoke"]))
    );
    let says = |user: &str| standing(&app, user, &letter);
    app.set_clock("2026-11-26T23:59:00+08:00");
    assert_eq!(says("clerk1"), (json!("IN_FORCE"), json!([]), json!(["revoke"])));
    assert_eq!(says("proxy1"), (json!("IN_FORCE"), Value::Null, json!([])));
    assert_eq!(says("chief1"), (json!("IN_FORCE"), json!([]), json!([])));
    app.set_clock("2026-11-27T00:00:00+08:00");
    assert_eq!(says("clerk1"), (json!("EXPIRED"), json!([]), json!(["revoke"])));
    let path = format!("/v1/letters-of-proxy/{}:revoke", letter["id"].as_str().unwrap());
    let revoked = app.post(&path).user("clerk1").if_match(made.etag()).send();
    assert_eq!((&revoked.expect(200)["status"], &revoked.body["allowed_actions"]), (&json!("REVOKED"), &json!([])));
    assert_eq!(says("clerk1"), (json!("REVOKED"), json!([]), json!([])));
}

#[test]
fn a_letter_rests_with_a_death_or_a_guardianship_and_staff_are_told_why() {
    let app = TestApp::new();
    let (one, other) = (note(&app, 31, TERM).expect(201).clone(), note(&app, 33, TERM).expect(201).clone());
    let died = registered(&app, &death(&app, 33));
    assert_eq!(standing(&app, "clerk1", &other), (json!("RESTING"), json!(["DEATH"]), json!(["revoke"])));
    assert_eq!(standing(&app, "proxy1", &other), (json!("RESTING"), Value::Null, json!([])));
    revoke(&app, &died);
    assert_eq!(standing(&app, "clerk1", &other), (json!("IN_FORCE"), json!([]), json!(["revoke"])));
    let mut ward = guardianship(&app, 31, (Some(32), "DECLARED"), "2026-11-01");
    ward["parties"][0]["birth_on"] = json!("1980-01-01");
    registered(&app, &ward);
    assert_eq!(standing(&app, "clerk1", &one), (json!("RESTING"), json!(["GUARDIANSHIP"]), json!(["revoke"])));
}

#[test]
fn that_a_protection_mark_lets_a_letter_rest_is_told_to_staff_alone() {
    let app = TestApp::new();
    let letter = note(&app, 34, TERM).expect(201).clone();
    let proxy = json!({"name": "何代理", "national_id": huzheng::people::IdNumber::make("N19800001").unwrap().expose()});
    let bars = json!({"ground": "OWN_BAR", "barred": [proxy], "from_on": "2026-11-20", "reason": "被害人申請"});
    mark(&app, "clerk1", letter["principal_person_id"].as_str().unwrap(), &bars).expect(201);
    assert_eq!(standing(&app, "clerk1", &letter), (json!("RESTING"), json!(["PROTECTION_MARK"]), json!(["revoke"])));
    assert_eq!(standing(&app, "proxy1", &letter), (json!("IN_FORCE"), Value::Null, json!([])));
}

#[test]
fn the_letters_of_one_person_are_listed_by_either_side() {
    let app = TestApp::new();
    let letter = note(&app, 35, TERM).expect(201).clone();
    let other = note(&app, 36, TERM).expect(201).clone();
    let of = |user: &str, id: &str| {
        let list = app.get(&format!("/v1/letters-of-proxy?limit=100&person_id={id}")).user(user).send();
        let ids = list.expect(200)["items"].as_array().unwrap().iter().map(|one| one["id"].clone());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(of("clerk1", &person_id(&app, &person(35))), [letter["id"].clone()]);
    let proxy = json!({"national_id": huzheng::people::IdNumber::make("N19800001").unwrap().expose()});
    let held = of("clerk1", &person_id(&app, &proxy));
    assert!(held.contains(&letter["id"]) && held.contains(&other["id"]), "{held:?}");
    assert_eq!(of("proxy1", &person_id(&app, &person(36))), [other["id"].clone()]);
    assert_eq!(of("citizen2", &person_id(&app, &person(36))), [Value::Null; 0]);
    assert_eq!(of("clerk1", &known(&app, 37)), [Value::Null; 0]);
}
