//! Protection marks as they are shown and entered: whole for a reason, and each once while it stands.

use serde_json::{Value, json};

use crate::holders::name_holder;
use crate::protection::{BARRED, PROTECTED, mark, mark_act, order, told};
use crate::records::{join, known};
use crate::support::{TestApp, person};

#[test]
fn a_mark_is_revealed_for_a_reason_and_what_it_shows_can_be_sent_back() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    let mut body = order(&person(BARRED));
    let paper = json!({"kind": "FOREIGN_PAPER", "country": "VNM", "paper": "PASSPORT", "number": "C1234567"});
    let others = [json!({"name": "阮氏明", "identified_by": paper}), json!({"name": "林大同"})];
    body["barred"].as_array_mut().unwrap().extend(others);
    let made = mark(&app, "clerk1", &id, &body).expect(201).clone();
    let path = format!("/v1/protection-marks/{}", made["id"].as_str().unwrap());
    let reveal = |user: &str| app.post(&format!("{path}:reveal")).user(user).json(&json!({"reason": "更正註記"})).send();
    let whole = reveal("clerk2");
    let barred = whole.expect(200)["barred"].clone();
    assert_eq!((&barred, &whole.body["history"][0]["barred"]), (&body["barred"], &barred));
    assert_eq!(told(&app, "protection_mark.revealed")[0]["purpose"], "更正註記");
    let mut wider = barred.as_array().unwrap().clone();
    wider.push(person(103));
    let correct = |barred: &[Value]| {
        let body = json!({"barred": barred, "reason": "另有一人"});
        app.call("PATCH", &path).user("clerk2").if_match(whole.etag()).json(&body).send()
    };
    assert_eq!(correct(made["barred"].as_array().unwrap()).status, 422, "what is masked means nobody");
    let corrected = correct(&wider);
    assert_eq!(corrected.expect(200)["barred"][0]["name"], "測○○○乙", "{}", corrected.text);
    app.post(&format!("{path}:reveal")).user("clerk1").json(&json!({})).send().refused(422, "invalid");
    reveal("admin1").refused(403, "forbidden");
    name_holder(&app, "clerk1", &person(BARRED), "director1");
    reveal("clerk1").refused(409, "own_request");
}

#[test]
fn the_same_mark_is_entered_once_while_it_stands() {
    let app = TestApp::new();
    let (id, twin) = (known(&app, PROTECTED), known(&app, 104));
    let two = |first: u32, second: u32| {
        let mut body = order(&person(first));
        body["barred"].as_array_mut().unwrap().push(person(second));
        body
    };
    let first = mark(&app, "clerk1", &id, &two(BARRED, 103)).expect(201).clone();
    let again = |id: &str, body: &Value| {
        let refused = mark(&app, "clerk2", id, body);
        assert_eq!(refused.refused(409, "conflict")["standing_id"], first["id"]);
        assert_eq!(refused.body["detail"], "已有相同之註記");
    };
    again(&id, &two(BARRED, 103));
    again(&id, &two(103, BARRED));
    let mut longer = two(BARRED, 103);
    (longer["until_on"], longer["reason"]) = (Value::Null, json!("延長"));
    again(&id, &longer);
    join(&app, &twin, &id).expect(200);
    again(&twin, &two(BARRED, 103));
    // Another order, other people, another ground.
    let mut other = two(BARRED, 103);
    other["order"]["number"] = json!("彰化地方法院 115 年度家護字第 13 號");
    mark(&app, "clerk1", &id, &other).expect(201);
    mark(&app, "clerk1", &id, &order(&person(BARRED))).expect(201);
    let mut own = two(BARRED, 103);
    (own["ground"], own["order"]) = (json!("OWN_BAR"), Value::Null);
    mark(&app, "clerk1", &id, &own).expect(201);
    mark_act(&app, "clerk1", &first, ":lift").expect(200);
    again(&id, &two(BARRED, 103));
    mark_act(&app, "chief1", &first, ":lift").expect(200);
    mark(&app, "clerk1", &id, &two(BARRED, 103)).expect(201);
}
