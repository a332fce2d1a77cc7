//! What any standing source says of somebody stays known, whichever of them falls first.

use serde_json::{Value, json};

use crate::cases::{act, correct, own, papers_of, registered, revoke, take};
use crate::known::{complete, matter, named};
use crate::records::on;
use crate::status::{facts, person_id};
use crate::support::{TestApp, called, person};

const BORN: &str = "1990-05-04";

/// A small matter of somebody who says when they were born.
fn dated(app: &TestApp, number: u32) -> Value {
    let mut body = complete(app, matter(number));
    body["parties"][0]["birth_on"] = json!(BORN);
    body
}

/// What is known of somebody today: the name and the day of birth.
fn known(app: &TestApp, id: &str) -> (Vec<String>, Vec<String>) {
    let all = facts(app, id);
    let todays = |kind: &str| -> Vec<String> {
        let own = all.iter().filter(|fact| fact["kind"] == kind && fact["is_todays"] == true);
        own.map(|fact| fact["value"].as_str().unwrap().to_owned()).collect()
    };
    (todays("NAME"), todays("BIRTH_ON"))
}

fn withdraw(app: &TestApp, case: &Value) {
    act(app, "clerk1", case, ":withdraw", &json!({"reason": "不辦了"})).expect(200);
}

fn whole(number: u32) -> (Vec<String>, Vec<String>) {
    (vec![called(number)], vec![BORN.to_owned()])
}

fn another(who: &Value) -> Value {
    let at = |at: &str| ["national_id", "name"].map(|member| json!({"pointer": format!("{at}/{member}"), "value": who[member]}));
    json!(["/parties/0", "/applicant"].map(at).concat())
}

#[test]
fn what_a_standing_case_says_stays_known_whichever_falls_first() {
    let app = TestApp::new();
    let first = take(&app, "clerk1", &dated(&app, 41)).expect(201).clone();
    let second = take(&app, "clerk1", &dated(&app, 41)).expect(201).clone();
    let third = registered(&app, &dated(&app, 41));
    let id = person_id(&app, &person(41));
    withdraw(&app, &first);
    assert_eq!(known(&app, &id), whole(41));
    withdraw(&app, &second);
    assert_eq!(known(&app, &id), whole(41));
    // Said of somebody else from now on, it is known of nobody whom no other source names.
    correct(&app, &third, another(&person(42))).expect(200);
    assert_eq!(known(&app, &id), (vec![], vec![]));
    assert_eq!(known(&app, &person_id(&app, &person(42))), whole(42));
}

#[test]
fn each_source_says_it_once_however_often_its_case_is_looked_at() {
    let app = TestApp::new();
    registered(&app, &dated(&app, 43));
    let case = registered(&app, &dated(&app, 43));
    let id = person_id(&app, &person(43));
    let own = format!("cases/{}", case["id"].as_str().unwrap());
    let all = facts(&app, &id);
    let names = all.iter().filter(|fact| fact["kind"] == "NAME" && fact["source"] == own);
    assert_eq!(names.count(), 1, "{all:?}");
}

#[test]
fn a_name_that_was_changed_is_the_one_of_before_once_the_first_source_falls_and_the_change_is_revoked() {
    let app = TestApp::new();
    let first = take(&app, "clerk1", &dated(&app, 44)).expect(201).clone();
    let fields = json!({
        "kind": "NAME", "old_name": called(44), "new_name": "測新名", "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false
    });
    let mut body = own("NAME_GIVEN", 44, fields, &[]);
    (body["papers"], body["confirm_not_duplicate"]) = (json!(papers_of(&app, "NAME_GIVEN")), json!(true));
    let change = registered(&app, &body);
    let id = person_id(&app, &person(44));
    withdraw(&app, &first);
    assert_eq!(known(&app, &id).0, ["測新名"]);
    revoke(&app, &change);
    assert_eq!(known(&app, &id).0, [called(44)]);
}

#[test]
fn what_a_false_paper_overruled_stands_again() {
    let app = TestApp::new();
    let case = take(&app, "clerk2", &named(dated(&app, 45), "林志名")).expect(201).clone();
    let id = person_id(&app, &person(45));
    let document = json!({"kind": "ID_CARD", "number": "字第 45 號"});
    let settle = json!({"name": "林志明", "birth_on": "1991-01-01", "document": document, "reason": "核對證件"});
    on(&app, "clerk1", &id, ":settle", &settle).expect(200);
    assert_eq!(known(&app, &id), (vec!["林志明".to_owned()], vec!["1991-01-01".to_owned()]));
    on(&app, "clerk1", &id, ":strike-document", &json!({"document": document, "reason": "偽造"})).expect(200);
    assert_eq!(known(&app, &id), (vec!["林志名".to_owned()], vec![BORN.to_owned()]));
    // What came to nothing in between does not.
    on(&app, "clerk1", &id, ":settle", &settle).expect(200);
    act(&app, "clerk2", &case, ":withdraw", &json!({"reason": "不辦了"})).expect(200);
    on(&app, "clerk1", &id, ":strike-document", &json!({"document": document, "reason": "偽造"})).expect(200);
    assert_eq!(known(&app, &id), (vec![], vec![]));
}

#[test]
fn a_store_of_before_says_again_what_its_standing_cases_say() {
    let app = TestApp::new();
    let first = take(&app, "clerk1", &dated(&app, 46)).expect(201).clone();
    registered(&app, &dated(&app, 46));
    let id = person_id(&app, &person(46));
    // As it was: the first source's word alone.
    app.sql(&format!("DELETE FROM facts WHERE source <> 'cases/{}' AND person_id = '{id}'", first["id"].as_str().unwrap()));
    app.sql("UPDATE facts SET said_index = NULL");
    app.sql("UPDATE case_named SET said = NULL");
    app.start_again();
    assert_eq!(known(&app, &id), whole(46));
    withdraw(&app, &first);
    assert_eq!(known(&app, &id), whole(46));
}
