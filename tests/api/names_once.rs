//! Changes of name that the law allows once, or of a spouse's surname alone (民法 §1000; 姓名條例 §1, §8, §11).

use chrono::Duration;
use serde_json::{Value, json};

use crate::cases::{own, registered, revoke, take};
use crate::known::{GROWN, complete, field, married};
use crate::relations::{as_applicant, as_party};
use crate::support::{TestApp, female, person};

fn renamed(app: &TestApp, type_code: &str, number: &Value, (old, new): (&str, &str)) -> Value {
    let reason = match type_code {
        "NAME_SPOUSE" => "MARRIAGE_OR_DIVORCE",
        "NAME_INDIGENOUS" => "TRADITIONAL_NAME",
        _ => "OTHER",
    };
    let fields =
        json!({"kind": "NAME", "old_name": old, "new_name": new, "reason": reason, "earlier_changes": 0, "barred": false});
    let who = json!({"name": old, "national_id": number});
    let mut body = complete(app, own(type_code, 1, fields, &[]));
    body["parties"] = json!([as_party(who.clone(), "SUBJECT")]);
    (body["applicant"], body["confirm_not_duplicate"]) = (as_applicant(who, "SELF"), json!(true));
    body
}

fn once() -> [(String, String); 1] {
    [field("/fields/new_name", "already_registered")]
}

#[test]
fn the_true_name_is_corrected_once() {
    let app = TestApp::new();
    let number = person(1)["national_id"].clone();
    let first = registered(&app, &renamed(&app, "NAME_TRUE", &number, ("測試甲", "測本名")));
    let again = take(&app, "clerk1", &renamed(&app, "NAME_TRUE", &number, ("測本名", "測他名")));
    assert_eq!(again.fields(), [field("/parties/0/national_id", "already_registered")], "{}", again.text);
    // What was taken back counts for nothing.
    revoke(&app, &first);
    take(&app, "clerk1", &renamed(&app, "NAME_TRUE", &number, ("測試甲", "測他名"))).expect(201);
}

#[test]
fn a_chinese_name_that_was_taken_for_a_naturalisation_is_changed_once() {
    let app = TestApp::new();
    let number = person(5)["national_id"].clone();
    let name = person(5)["name"].as_str().unwrap().to_owned();
    let first = registered(&app, &renamed(&app, "NAME_FULL", &number, (&name, "測新名")));
    let mut again = renamed(&app, "NAME_FULL", &number, ("測新名", "測他名"));
    again["fields"]["earlier_changes"] = json!(1);
    assert_eq!(take(&app, "clerk1", &again).fields(), once());
    let mut by_duty = again.clone();
    by_duty["fields"]["reason"] = json!("OFFICIAL_DUTY");
    app.post("/v1/cases:check").user("clerk1").json(&by_duty).send().expect(200);
    revoke(&app, &first);
    app.post("/v1/cases:check").user("clerk1").json(&renamed(&app, "NAME_FULL", &number, (&name, "測他名"))).send().expect(200);
}

#[test]
fn one_goes_back_to_the_traditional_and_to_the_han_name_once_each() {
    let app = TestApp::new();
    let number = person(3)["national_id"].clone();
    let change = |old: &str, new: &str| renamed(&app, "NAME_INDIGENOUS", &number, (old, new));
    registered(&app, &change("測試丙", "夏曼·藍波安"));
    app.advance(Duration::days(1));
    registered(&app, &change("夏曼·藍波安", "測試丙"));
    app.advance(Duration::days(1));
    assert_eq!(take(&app, "clerk1", &change("測試丙", "夏曼·藍波安")).fields(), once());
    assert_eq!(take(&app, "clerk1", &change("測試丙", "瓦歷斯·諾幹")).fields(), once());
}

#[test]
fn a_spouse_takes_the_surname_of_the_spouse_while_they_are_married() {
    let app = TestApp::new();
    let (number, own_name) = (female(12)["national_id"].clone(), female(12)["name"].as_str().unwrap().to_owned());
    let takes = |surname: &str| {
        let new = format!("{surname}{own_name}");
        take(&app, "clerk1", &renamed(&app, "NAME_SPOUSE", &number, (&own_name, &new)))
    };
    let mut early = married(&app, 11, 12, GROWN);
    early["event_on"] = json!("2005-05-05");
    registered(&app, &early);
    assert_eq!(takes("王").fields(), [field("/fields/new_name", "party_mismatch")]);
    takes("測").expect(201);
    let mut divorce = married(&app, 11, 12, GROWN);
    divorce["type_code"] = json!("DIVORCE_AGREED");
    divorce["fields"] = json!({"kind": "DIVORCE", "witnesses": divorce["fields"]["witnesses"]});
    registered(&app, &complete(&app, divorce));
    app.advance(Duration::days(1));
    assert_eq!(takes("測").fields(), [field("/fields/new_name", "not_married")]);
}

#[test]
fn within_one_marriage_one_goes_back_to_ones_own_surname_once() {
    let app = TestApp::new();
    let number = female(22)["national_id"].clone();
    let own_name = female(22)["name"].as_str().unwrap().to_owned();
    let both = format!("測{own_name}");
    let mut early = married(&app, 21, 22, GROWN);
    early["event_on"] = json!("2005-05-05");
    registered(&app, &early);
    let takes = || renamed(&app, "NAME_SPOUSE", &number, (&own_name, &both));
    let goes_back = || renamed(&app, "NAME_SPOUSE", &number, (&both, &own_name));
    for body in [takes(), goes_back(), takes()] {
        registered(&app, &body);
        app.advance(Duration::days(1));
    }
    let again = take(&app, "clerk1", &goes_back());
    assert_eq!(again.fields(), once(), "{}", again.text);
    assert!(again.text.contains("民法 §1000"), "{}", again.text);
}
