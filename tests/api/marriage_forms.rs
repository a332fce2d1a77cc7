//! By which type a marriage ends: that of two of one sex by its termination, any other by a divorce (民法 §1049;
//! 司法院釋字第七四八號解釋施行法 §16).

use serde_json::{Value, json};

use crate::cases::{own, papers_of, registered, take};
use crate::known::{GROWN, complete, field, married};
use crate::relations::as_party;
use crate::support::{TestApp, female, person};

/// The wedding of two men.
fn of_two_men(app: &TestApp, one: u32, other: u32) -> Value {
    let mut body = married(app, one, other, GROWN);
    body["parties"][1] = as_party(person(other), "SPOUSE");
    body["parties"][1]["birth_on"] = json!(GROWN.1);
    body
}

fn ended(app: &TestApp, wedding: &Value, type_code: &str) -> Value {
    let mut body = wedding.clone();
    (body["type_code"], body["papers"]) = (json!(type_code), json!(papers_of(app, type_code)));
    body["fields"] = json!({"kind": "DIVORCE", "witnesses": wedding["fields"]["witnesses"]});
    body
}

#[test]
fn a_marriage_ends_by_the_type_of_its_own_law() {
    let app = TestApp::new();
    let wrong = [field("/type_code", "not_allowed")];
    for (wedding, own_type, other, law) in [
        (of_two_men(&app, 1, 2), "MARRIAGE_END_748", "DIVORCE_AGREED", "司法院釋字第七四八號解釋施行法 §16"),
        (married(&app, 3, 4, GROWN), "DIVORCE_AGREED", "MARRIAGE_END_748", "民法 §1049"),
    ] {
        // Also of a marriage that the register does not hold.
        assert_eq!(take(&app, "clerk1", &ended(&app, &wedding, other)).fields(), wrong, "{other}");
        registered(&app, &wedding);
        let refused = take(&app, "clerk1", &ended(&app, &wedding, other));
        assert_eq!(refused.fields(), wrong, "{other}");
        assert!(refused.text.contains(law) && refused.text.contains(own_type), "{}", refused.text);
        registered(&app, &ended(&app, &wedding, own_type));
    }
}

#[test]
fn a_change_of_sex_leaves_a_marriage_under_its_law() {
    let app = TestApp::new();
    let wedding = married(&app, 11, 12, GROWN);
    registered(&app, &wedding);
    let fields = json!({
        "kind": "UID", "old_number": person(11)["national_id"], "new_number": female(111)["national_id"], "reason": "SEX_CHANGE"
    });
    registered(&app, &complete(&app, own("UID_CHANGE", 11, fields, &[])));
    let mut parted = ended(&app, &wedding, "DIVORCE_AGREED");
    parted["parties"][0]["national_id"] = female(111)["national_id"].clone();
    parted["applicant"]["national_id"] = female(111)["national_id"].clone();
    registered(&app, &parted);
}

#[test]
fn a_marriage_that_the_register_does_not_have_is_of_one_sex_where_all_numbers_agree() {
    let app = TestApp::new();
    let renumbered = |old: &Value, new: &Value, reason: &str| {
        let fields = json!({"kind": "UID", "old_number": old["national_id"], "new_number": new["national_id"], "reason": reason});
        let mut body = complete(&app, own("UID_CHANGE", 1, fields, &[]));
        body["parties"] = json!([as_party(old.clone(), "SUBJECT")]);
        (body["applicant"], body["applicant"]["relation"]) = (old.clone(), json!("SELF"));
        registered(&app, &body);
    };
    let parted = |one: Value, other: Value| {
        let mut body = ended(&app, &of_two_men(&app, 31, 32), "DIVORCE_AGREED");
        (body["applicant"], body["applicant"]["relation"]) = (one.clone(), json!("BOTH_PARTIES"));
        body["parties"] = json!([as_party(one, "SPOUSE"), as_party(other, "SPOUSE")]);
        (body["parties"][0]["birth_on"], body["parties"][1]["birth_on"]) = (json!(GROWN.0), json!(GROWN.1));
        app.post("/v1/cases:check").user("clerk1").json(&body).send()
    };
    let mut duplicate = person(131);
    duplicate["name"] = person(31)["name"].clone();
    renumbered(&person(31), &duplicate, "DUPLICATE");
    assert_eq!(parted(duplicate, person(32)).fields(), [field("/type_code", "not_allowed")]);
    // Of whoever changed their sex nobody can tell by the numbers what they were.
    let mut changed = person(133);
    changed["name"] = female(33)["name"].clone();
    renumbered(&female(33), &changed, "SEX_CHANGE");
    parted(changed, person(34)).expect(200);
}

#[test]
fn two_of_one_sex_are_of_age_and_have_witnesses_by_their_own_law() {
    let app = TestApp::new();
    let mut early = of_two_men(&app, 21, 22);
    (early["event_on"], early["fields"]["abroad"]) = (json!("2020-05-04"), json!(true));
    early["parties"] = json!([as_party(female(21), "SPOUSE"), as_party(female(22), "SPOUSE")]);
    early["applicant"] = female(21);
    early["applicant"]["relation"] = json!("BOTH_PARTIES");
    (early["parties"][0]["birth_on"], early["parties"][1]["birth_on"]) = (json!("1990-05-04"), json!("2003-05-04"));
    let young = take(&app, "clerk1", &early);
    assert_eq!(young.fields(), [field("/parties/1/birth_on", "too_young")]);
    assert!(young.text.contains("司法院釋字第七四八號解釋施行法 §3"), "{}", young.text);
    let mut unseen = of_two_men(&app, 23, 24);
    unseen["fields"]["witnesses"] = json!([]);
    let refused = take(&app, "clerk1", &unseen);
    assert_eq!(refused.fields(), [field("/fields/witnesses", "parties")]);
    assert!(refused.text.contains("司法院釋字第七四八號解釋施行法 §4"), "{}", refused.text);
}
