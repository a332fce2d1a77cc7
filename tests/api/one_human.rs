//! Two records of one human say together what the register can say of one: joins obey the rules of registration.

use serde_json::{Value, json};

use crate::cases::{birth, registered, revoke};
use crate::known::{GROWN, death, field, married};
use crate::records::{join, joining, known, on};
use crate::status::person_id;
use crate::support::{TestApp, female, person};

fn refused(app: &TestApp, from: &str, into: &str) -> Vec<(String, String)> {
    let answer = join(app, from, into);
    answer.refused(409, "conflict");
    answer.fields()
}

fn at(code: &str) -> (String, String) {
    field("/into_person_id", code)
}

#[test]
fn nobody_is_joined_into_two_marriages() {
    let app = TestApp::new();
    registered(&app, &married(&app, 31, 32, GROWN));
    let second = registered(&app, &married(&app, 33, 34, GROWN));
    let ids = [person(31), female(32), person(33), female(34)].map(|who| person_id(&app, &who));
    assert_eq!(refused(&app, &ids[2], &ids[0]), [at("already_married")]);
    assert_eq!(refused(&app, &ids[1], &ids[0]), [at("same_person")]);
    let told = on(&app, "clerk1", &ids[2], ":join", &joining(&ids[0]));
    assert!(told.text.contains(&format!("cases/{}", second["id"].as_str().unwrap())), "{}", told.text);
    // Once one of them is revoked they are; what is registered meanwhile is judged when it is confirmed.
    revoke(&app, &second);
    let asked = on(&app, "clerk1", &ids[2], ":join", &joining(&ids[0]));
    assert_eq!(asked.expect(200)["status"], "JOIN_ASKED");
    let again = registered(&app, &married(&app, 33, 34, GROWN));
    let confirmed = on(&app, "chief1", &ids[2], ":join", &joining(&ids[0]));
    confirmed.refused(409, "conflict");
    assert_eq!(confirmed.fields(), [at("already_married")]);
    let shown = app.get(&format!("/v1/people/{}", ids[2])).user("chief1").send().expect(200).clone();
    assert_eq!((&shown["status"], &shown["joined_into"]), (&json!("JOIN_ASKED"), &Value::Null));
    revoke(&app, &again);
    assert_eq!(on(&app, "chief1", &ids[2], ":join", &joining(&ids[0])).expect(200)["status"], "JOINED");
}

#[test]
fn a_join_makes_nobody_their_own_parent_or_a_spouse_of_the_dead() {
    let app = TestApp::new();
    let mut body = birth(50);
    body["fields"]["national_id"] = female(60)["national_id"].clone();
    registered(&app, &body);
    let (child, father) = (person_id(&app, &female(60)), person_id(&app, &person(50)));
    assert_eq!(refused(&app, &child, &father), [at("same_person")]);
    registered(&app, &death(&app, 41));
    registered(&app, &married(&app, 42, 43, GROWN));
    let (dead, husband) = (person_id(&app, &person(41)), person_id(&app, &person(42)));
    assert_eq!(refused(&app, &husband, &dead), [at("later_entry")]);
    // Dead in the one and alive in the other is dead.
    join(&app, &known(&app, 44), &dead).expect(200);
    let mut later = death(&app, 45);
    (later["event_on"], later["fields"]["died_on"]) = (json!("2026-11-22"), json!("2026-11-22"));
    registered(&app, &later);
    assert_eq!(refused(&app, &person_id(&app, &person(45)), &dead), [at("already_registered")]);
}
