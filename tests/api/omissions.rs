//! Who was left out of an entry is added to it by a correction, and who does not belong to it is taken out (戶籍法 §22), by the rules of
//! the intake.

use chrono::Duration;
use serde_json::{Value, json};

use crate::capacity::{born, with};
use crate::cases::{act, at, birth, registered, revoke};
use crate::known::{GROWN, field, married};
use crate::moves::{HEMEI, TAICHUNG, moving};
use crate::protection::{BARRED, PROTECTED, citizen, mark, order, record_of};
use crate::records::{found, known};
use crate::relations::{adoption, as_party, guardianship};
use crate::status::{facts, person_id};
use crate::support::{Answer, TestApp, female, person};

/// Corrects a registered case by two people, with papers that are shown for it.
fn amend(app: &TestApp, case: &Value, changes: &Value, papers: &[&str]) -> Answer {
    let body = json!({"changes": changes, "papers": papers, "reason": "原登記脫漏", "office_error": false});
    let proposed = act(app, "clerk1", case, ":correct", &body);
    if proposed.status != 200 {
        return proposed;
    }
    app.advance(Duration::seconds(1));
    act(app, "chief1", case, ":approve-change", &json!({}))
}

fn one(pointer: &str, value: impl Into<Value>) -> Value {
    json!([{"pointer": pointer, "value": value.into()}])
}

/// How many facts of a kind hold of somebody today.
fn todays(app: &TestApp, who: &Value, kind: &str) -> usize {
    let all = facts(app, &person_id(app, who)).into_iter();
    all.filter(|fact| fact["kind"] == kind && fact["is_todays"] == true).count()
}

fn roles(app: &TestApp, case: &Value) -> Vec<Value> {
    let now = app.get(&at(case, "")).user("clerk1").send().expect(200).clone();
    now["parties"].as_array().unwrap().iter().map(|party| party["role"].clone()).collect()
}

fn late(pointer: &str) -> Vec<(String, String)> {
    vec![field(pointer, "later_entry")]
}

#[test]
fn a_father_who_was_left_out_of_a_birth_is_added_and_taken_out_again() {
    let app = TestApp::new();
    let mut body = birth(50);
    body["parties"].as_array_mut().unwrap().pop();
    (body["fields"]["surname_from"], body["fields"]["national_id"]) = (json!("MOTHER"), female(60)["national_id"].clone());
    let case = registered(&app, &body);
    let child = json!({"name": "測小安", "national_id": female(60)["national_id"]});
    let father = with(as_party(person(50), "FATHER"), "birth_on", "1993-02-11");
    // As at the intake: nobody is the father of a birth without an acknowledgment.
    let asked = amend(&app, &case, &one("/parties/-", father.clone()), &[]);
    assert_eq!(asked.refused(409, "documents_missing")["missing_papers"][0]["document"], "ACK_PROOF");
    amend(&app, &case, &one("/parties/-", father.clone()), &["ACK_PROOF"]).expect(200);
    assert_eq!(roles(&app, &case), ["MOTHER", "FATHER", "SUBJECT"]);
    assert_eq!(todays(&app, &child, "PARENT"), 2);
    let line = app.post("/v1/record-books/maintenance/115/1:reveal").user("chief1").json(&json!({"reason": "查核"})).send();
    let line = line.expect(200).clone();
    assert_eq!((&line["field"], &line["before"]), (&json!("/parties/1"), &Value::Null));
    assert_eq!((&line["after"]["role"], &line["after"]["national_id"]), (&json!("FATHER"), &father["national_id"]));
    // The child stands last, and is corrected there as before.
    amend(&app, &case, &one("/parties/2/name", "測小寧"), &[]).expect(200);
    amend(&app, &case, &one("/parties/1", Value::Null), &[]).expect(200);
    assert_eq!(roles(&app, &case), ["MOTHER", "SUBJECT"]);
    let child = with(child, "name", "測小寧");
    assert_eq!(todays(&app, &child, "PARENT"), 1);
    assert_eq!(found(&app, &person(50))[0]["found_by"], "EMPTY", "what it said of him alone has gone with him");
    // The next place of those that the case shows is the same.
    amend(&app, &case, &one("/parties/2", father), &["ACK_PROOF"]).expect(200);
    assert_eq!((roles(&app, &case).len(), todays(&app, &child, "PARENT")), (3, 2));
}

#[test]
fn whom_the_type_wants_is_not_taken_out_and_the_child_of_a_birth_neither() {
    let app = TestApp::new();
    let mut body = birth(50);
    body["fields"]["national_id"] = female(60)["national_id"].clone();
    let case = registered(&app, &body);
    let refused = amend(&app, &case, &one("/parties/0", Value::Null), &[]);
    assert!(refused.fields().contains(&field("/parties", "parties")), "{}", refused.text);
    let unknown = [field("/changes/0/pointer", "unknown_field")];
    assert_eq!(amend(&app, &case, &one("/parties/2", Value::Null), &[]).fields(), unknown, "the child");
    assert_eq!(amend(&app, &case, &one("/parties/9", Value::Null), &[]).fields(), unknown);
    let second = as_party(female(61), "MOTHER");
    let refused = amend(&app, &case, &one("/parties/-", second), &[]);
    assert!(refused.fields().contains(&field("/parties", "parties")), "{}", refused.text);
    let child = as_party(female(62), "SUBJECT");
    assert_eq!(amend(&app, &case, &one("/parties/-", child), &[]).fields(), [field("/changes/0/value/role", "not_allowed")]);
    let stranger = as_party(person(63), "ADOPTER");
    let refused = amend(&app, &case, &one("/parties/-", stranger), &[]);
    assert!(refused.fields().contains(&field("/changes/0/value/role", "not_allowed")), "{}", refused.text);
    let both = json!([{"pointer": "/parties/1/name", "value": "測試甲"}, {"pointer": "/parties/1", "value": null}]);
    assert_eq!(amend(&app, &case, &both, &[]).fields(), [field("/changes/1/pointer", "duplicate")]);
}

#[test]
fn a_member_who_was_left_out_of_a_move_is_added_and_not_taken_out_once_they_have_moved_on() {
    let app = TestApp::new();
    let case = registered(&app, &moving(&app, "MOVE_IN", 70, (TAICHUNG, HEMEI), "2026-11-04"));
    let member = as_party(person(71), "MEMBER");
    let asked = amend(&app, &case, &one("/parties/1", member.clone()), &[]);
    assert_eq!(asked.refused(409, "documents_missing")["missing_papers"][0]["document"], "REPRESENTATIVE_PROOF");
    amend(&app, &case, &one("/parties/1", member), &["REPRESENTATIVE_PROOF"]).expect(200);
    assert_eq!(roles(&app, &case), ["SUBJECT", "MEMBER"]);
    let left = registered(&app, &moving(&app, "MOVE_OUT", 71, (HEMEI, TAICHUNG), "2026-11-20"));
    let refused = amend(&app, &case, &one("/parties/1", Value::Null), &[]);
    refused.refused(409, "conflict");
    assert_eq!(refused.fields(), late("/parties"), "{}", refused.text);
    revoke(&app, &left);
    amend(&app, &case, &one("/parties/1", Value::Null), &[]).expect(200);
    assert_eq!(roles(&app, &case), ["SUBJECT"]);
}

#[test]
fn a_second_adopter_is_added_who_is_the_spouse_of_the_first() {
    let app = TestApp::new();
    let mut wedding = married(&app, 80, 82, GROWN);
    wedding["event_on"] = json!("2005-05-05");
    registered(&app, &wedding);
    let case = registered(&app, &adoption(&app, "ADOPTION", 81, &person(80), "2026-11-02"));
    let adopter = |who: Value| with(as_party(who, "ADOPTER"), "birth_on", GROWN.1);
    let refused = amend(&app, &case, &one("/parties/-", adopter(female(83))), &[]);
    assert!(refused.fields().contains(&field("/changes/0/value/national_id", "not_married")), "{}", refused.text);
    amend(&app, &case, &one("/parties/-", adopter(female(82))), &[]).expect(200);
    assert_eq!(todays(&app, &person(81), "PARENT"), 2);
    amend(&app, &case, &one("/parties/2", Value::Null), &[]).expect(200);
    assert_eq!(todays(&app, &person(81), "PARENT"), 1);
}

#[test]
fn a_second_guardian_is_added_who_is_of_age() {
    let app = TestApp::new();
    let case = registered(&app, &guardianship(&app, 91, (Some(92), "DECLARED"), "2026-11-01"));
    born(&app, 93, "2010-05-04");
    let refused = amend(&app, &case, &one("/parties/-", as_party(person(93), "GUARDIAN")), &[]);
    assert!(refused.fields().contains(&field("/changes/0/value/national_id", "no_capacity")), "{}", refused.text);
    amend(&app, &case, &one("/parties/-", as_party(person(94), "GUARDIAN")), &[]).expect(200);
    assert_eq!(todays(&app, &person(91), "GUARDIANSHIP"), 2);
}

#[test]
fn nobody_is_added_beside_whom_a_mark_bars_the_applicant() {
    let app = TestApp::new();
    let id = known(&app, PROTECTED);
    mark(&app, "clerk1", &id, &order(&person(BARRED))).expect(201);
    let case = registered(&app, &moving(&app, "MOVE_IN", BARRED, (TAICHUNG, HEMEI), "2026-11-04"));
    let add = |number: u32| amend(&app, &case, &one("/parties/-", as_party(person(number), "MEMBER")), &["REPRESENTATIVE_PROOF"]);
    add(PROTECTED).refused(409, "protected");
    add(103).expect(200);
}

#[test]
fn nobody_who_is_barred_is_put_beside_the_protected_into_an_entry_that_tells_where_they_live() {
    let app = TestApp::new();
    let barred = citizen(&app);
    let id = known(&app, PROTECTED);
    let case = registered(&app, &moving(&app, "MOVE_IN", PROTECTED, (TAICHUNG, HEMEI), "2026-11-04"));
    let add = |who: Value| amend(&app, &case, &one("/parties/-", as_party(who, "HOUSEHOLD_HEAD")), &[]);
    // Whoever is the head sees the move, until a mark bars them from it.
    let mut headed = moving(&app, "MOVE_IN", 104, (TAICHUNG, HEMEI), "2026-11-04");
    headed["parties"].as_array_mut().unwrap().push(as_party(barred.clone(), "HOUSEHOLD_HEAD"));
    let headed = registered(&app, &headed);
    let sees = || app.get(&at(&headed, "")).user("citizen1").send().status;
    let listed = || {
        let list = app.get("/v1/cases").user("citizen1").send().expect(200)["items"].clone();
        list.as_array().unwrap().iter().any(|one| one["id"] == headed["id"])
    };
    assert_eq!((sees(), listed()), (200, true));
    mark(&app, "clerk1", &record_of(&app, &person(104)), &order(&barred)).expect(201);
    assert_eq!((sees(), listed()), (404, false));
    mark(&app, "clerk1", &id, &order(&barred)).expect(201);
    add(barred.clone()).refused(409, "protected");
    add(person(103)).expect(200);
    // Nor are they put in the place of somebody who is one.
    let number = one("/parties/1/national_id", barred["national_id"].clone());
    let mut both = number.as_array().unwrap().clone();
    both.push(json!({"pointer": "/parties/1/name", "value": barred["name"]}));
    amend(&app, &case, &json!(both), &[]).refused(409, "protected");
}
