//! What a case says of its people beside their names: names in Latin letters, and the child whom a birth has made.

use serde_json::{Value, json};

use crate::cases::{at, birth, correct, registered, revoke, take};
use crate::known::{GROWN, complete, field, married, matter};
use crate::status::{facts, person_id};
use crate::support::{TestApp, female, person};

fn one(pointer: &str, value: impl Into<Value>) -> Value {
    json!([{"pointer": pointer, "value": value.into()}])
}

fn todays(app: &TestApp, who: &Value, kind: &str) -> Vec<Value> {
    let all = facts(app, &person_id(app, who)).into_iter();
    all.filter(|fact| fact["kind"] == kind && fact["is_todays"] == true).map(|fact| fact["value"].clone()).collect()
}

/// The pointers of the record book's lines.
fn lines(app: &TestApp) -> Vec<Value> {
    let book = app.get("/v1/record-books/maintenance").user("clerk1").send().expect(200)["items"].clone();
    book.as_array().unwrap().iter().map(|line| line["field"].clone()).collect()
}

#[test]
fn a_name_in_latin_letters_is_said_by_a_case_and_corrected_with_it() {
    let app = TestApp::new();
    let mut body = complete(&app, matter(41));
    body["parties"][0]["romanised_name"] = json!("測試");
    let refused = take(&app, "clerk1", &body).fields();
    assert_eq!(refused, [field("/parties/0/romanised_name", "not_a_name")]);
    body["parties"][0]["romanised_name"] = json!("CESHI, DINGJIA");
    let case = registered(&app, &body);
    let known = || todays(&app, &person(41), "ROMANISED_NAME");
    assert_eq!(known(), [json!("CESHI, DINGJIA")]);
    let wrong = correct(&app, &case, one("/parties/0/romanised_name", "測試"));
    assert_eq!(wrong.fields(), [field("/changes/0/value", "not_a_name")]);
    correct(&app, &case, one("/parties/0/romanised_name", "CE-SHI, DING-JIA")).expect(200);
    assert_eq!((known(), lines(&app)), (vec![json!("CE-SHI, DING-JIA")], vec![json!("/parties/0/romanised_name")]));
    let shown = app.get(&at(&case, "/changes")).user("clerk1").send().expect(200)["items"][0]["changes"][0]["value"].clone();
    assert_ne!(shown, "CE-SHI, DING-JIA", "masked as a name is");
    correct(&app, &case, one("/parties/0/romanised_name", Value::Null)).expect(200);
    assert_eq!(known(), [] as [Value; 0]);
    // Of a case that has said none.
    let wedding = registered(&app, &married(&app, 42, 43, GROWN));
    correct(&app, &wedding, one("/parties/1/romanised_name", "CESHI, NYU")).expect(200);
    assert_eq!(todays(&app, &female(43), "ROMANISED_NAME"), [json!("CESHI, NYU")]);
    correct(&app, &wedding, one("/applicant/romanised_name", "CESHI")).refused(422, "invalid");
}

#[test]
fn the_child_of_a_registered_birth_is_corrected_by_its_place_among_the_parties() {
    let app = TestApp::new();
    let mut body = birth(50);
    body["fields"]["national_id"] = female(60)["national_id"].clone();
    let case = registered(&app, &body);
    assert_eq!((case["parties"].as_array().unwrap().len(), &case["parties"][2]["role"]), (3, &json!("SUBJECT")));
    correct(&app, &case, one("/parties/2/name", "測小寧")).expect(200);
    correct(&app, &case, one("/parties/2/birth_on", "2026-11-11")).expect(200);
    correct(&app, &case, one("/parties/2/national_id", female(61)["national_id"].clone())).expect(200);
    assert_eq!(todays(&app, &female(61), "NAME"), [json!("測小寧")]);
    assert_eq!(todays(&app, &female(61), "BIRTH_ON"), [json!("2026-11-11")]);
    let mut book = lines(&app);
    book.sort_by_key(ToString::to_string);
    assert_eq!(book, [json!("/event_on"), json!("/fields/child_name"), json!("/fields/national_id")]);
    let twice = json!([
        {"pointer": "/parties/2/name", "value": "測小安"}, {"pointer": "/fields/child_name", "value": "測小安"}
    ]);
    assert_eq!(correct(&app, &case, twice).fields(), [field("/changes/1/pointer", "duplicate")]);
    for pointer in ["/parties/2/role", "/parties/2/identified_by", "/parties/3/name"] {
        assert_eq!(
            correct(&app, &case, one(pointer, "OTHER")).fields(),
            [field("/changes/0/pointer", "unknown_field")],
            "{pointer}"
        );
    }
    // Of the mother alone the child comes second.
    let mut alone = birth(51);
    alone["parties"].as_array_mut().unwrap().truncate(1);
    (alone["fields"]["surname_from"], alone["fields"]["national_id"]) = (json!("MOTHER"), female(62)["national_id"].clone());
    let alone = registered(&app, &alone);
    correct(&app, &alone, one("/parties/1/name", "測小二")).expect(200);
    assert_eq!(todays(&app, &female(62), "NAME"), [json!("測小二")]);
    // A child who has no number yet is no party.
    let unnumbered = registered(&app, &birth(52));
    let refused = correct(&app, &unnumbered, one("/parties/2/name", "測小寧"));
    assert_eq!(refused.fields(), [field("/changes/0/pointer", "unknown_field")]);
}

#[test]
fn a_birth_that_was_revoked_is_entered_anew() {
    let app = TestApp::new();
    let mut body = birth(50);
    (body["fields"]["national_id"], body["confirm_not_duplicate"]) = (female(60)["national_id"].clone(), json!(true));
    revoke(&app, &registered(&app, &body));
    registered(&app, &body);
    let mut another = birth(53);
    another["fields"]["national_id"] = female(60)["national_id"].clone();
    assert_eq!(take(&app, "clerk1", &another).fields(), [field("/fields/national_id", "taken")]);
}
