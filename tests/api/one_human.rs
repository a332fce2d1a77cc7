//! Two records of one human say together what the register can say of one: joins obey the rules of registration.

use serde_json::{Value, json};

use crate::cases::{birth, registered, revoke};
use crate::known::{GROWN, death, field, married};
use crate::records::{join, joining, known, on};
use crate::relations::{adoption, as_party, parental};
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

fn father_of(app: &TestApp, child: &Value, father: u32) -> Value {
    let man = as_party(person(father), "FATHER");
    registered(app, &parental(app, "PARENTAGE", (child.clone(), man), "ACKNOWLEDGER"))
}

/// Refused, since kin do not have what a case has registered; once that is revoked the two are joined.
fn goes_first(app: &TestApp, (from, into): (u32, u32), case: &Value) {
    let [from, into] = [from, into].map(|number| person_id(app, &person(number)));
    let asked = on(app, "clerk1", &from, ":join", &joining(&into));
    asked.refused(409, "conflict");
    assert_eq!(asked.fields(), [at("close_relative")], "{}", asked.text);
    assert!(asked.text.contains(&format!("cases/{}", case["id"].as_str().unwrap())), "{}", asked.text);
    revoke(app, case);
    join(app, &from, &into).expect(200);
}

#[test]
fn a_join_makes_nobody_their_own_ancestor_through_however_many_others() {
    let app = TestApp::new();
    father_of(&app, &person(71), 72);
    father_of(&app, &person(72), 73);
    father_of(&app, &person(73), 74);
    let last = father_of(&app, &person(74), 75);
    goes_first(&app, (71, 75), &last);
}

#[test]
fn a_join_makes_no_siblings_of_spouses() {
    let app = TestApp::new();
    father_of(&app, &person(81), 83);
    father_of(&app, &female(82), 84);
    let wedding = registered(&app, &married(&app, 81, 82, GROWN));
    goes_first(&app, (83, 84), &wedding);
    // Of the kin of one alone it changes nothing.
    father_of(&app, &person(85), 83);
    registered(&app, &married(&app, 85, 86, GROWN));
    join(&app, &known(&app, 87), &person_id(&app, &person(84))).expect(200);
}

#[test]
fn a_join_makes_nobody_the_adopter_of_their_own_grandchild() {
    let app = TestApp::new();
    father_of(&app, &person(91), 92);
    father_of(&app, &person(92), 93);
    let adopted = registered(&app, &adoption(&app, "ADOPTION", 91, &person(94), "2026-11-02"));
    goes_first(&app, (93, 94), &adopted);
}
