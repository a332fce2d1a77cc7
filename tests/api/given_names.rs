//! How often a given name changes, for which reasons, and whom a bar keeps from it (姓名條例 §9, §10, §15).

use serde_json::{Value, json};

use crate::cases::{own, registered, take};
use crate::known::{complete, field};
use crate::support::{Answer, TestApp};

fn renamed(app: &TestApp, type_code: &str, (old, new): (&str, &str), reason: &str) -> Value {
    let fields =
        json!({"kind": "NAME", "old_name": old, "new_name": new, "reason": reason, "earlier_changes": 0, "barred": false});
    let mut body = complete(app, own(type_code, 1, fields, &[]));
    (body["applicant"]["name"], body["confirm_not_duplicate"]) = (json!(old), json!(true));
    body["parties"][0]["name"] = json!(old);
    body
}

fn check(app: &TestApp, body: &Value) -> Answer {
    app.post("/v1/cases:check").user("clerk1").json(body).send()
}

#[test]
fn no_reason_of_another_name_goes_round_the_three_changes() {
    let app = TestApp::new();
    for (old, new, reason) in
        [("測試甲", "測試一", "OTHER"), ("測試一", "測試二", "MARRIAGE_OR_DIVORCE"), ("測試二", "測試三", "SPECIAL_REASON")]
    {
        registered(&app, &renamed(&app, "NAME_GIVEN", (old, new), reason));
    }
    let fourth = |type_code: &str, reason: &str| check(&app, &renamed(&app, type_code, ("測試三", "測試四"), reason));
    let refused = [field("/fields/earlier_changes", "range")];
    for reason in ["SPECIAL_REASON", "OTHER", "CLERICAL_ERROR", "MARRIAGE_OR_DIVORCE"] {
        assert_eq!(fourth("NAME_GIVEN", reason).fields(), refused, "{reason}");
        assert_eq!(fourth("NAME_FULL", reason).fields(), refused, "{reason}");
    }
    // What the law lets without counting, and what is no change of a given name.
    for reason in ["SAME_NAME_NEARBY", "SAME_NAME_AS_ELDER", "SAME_NAME_AS_WANTED", "ADOPTION_OR_PARENTAGE"] {
        fourth("NAME_GIVEN", reason).expect(200);
    }
    for reason in ["TRANSLITERATION", "RELIGIOUS_LIFE", "OFFICIAL_DUTY"] {
        fourth("NAME_FULL", reason).expect(200);
        assert_eq!(fourth("NAME_GIVEN", reason).fields(), refused, "{reason}");
    }
    fourth("NAME_SURNAME", "OTHER").expect(200);
    fourth("NAME_CORRECTION", "CLERICAL_ERROR").expect(200);
}

#[test]
fn a_minors_second_change_waits_whatever_it_is_called() {
    let app = TestApp::new();
    let young = |(old, new): (&str, &str), reason: &str| {
        let mut body = renamed(&app, "NAME_GIVEN", (old, new), reason);
        body["parties"][0]["birth_on"] = json!("2012-05-04");
        body["papers"].as_array_mut().unwrap().extend([json!("LEGAL_REP_PRESENT"), json!("LEGAL_REP_CONSENT")]);
        body
    };
    registered(&app, &young(("測試甲", "測試一"), "OTHER"));
    let second = take(&app, "clerk1", &young(("測試一", "測試二"), "OTHER")).fields();
    assert!(second.contains(&field("/fields/earlier_changes", "too_young")), "{second:?}");
}

#[test]
fn a_bar_keeps_from_another_name_and_from_no_correction() {
    let app = TestApp::new();
    let barred = |type_code: &str, reason: &str| {
        let mut body = renamed(&app, type_code, ("測試甲", "測試一"), reason);
        body["fields"]["barred"] = json!(true);
        check(&app, &body)
    };
    for type_code in ["NAME_SURNAME", "NAME_GIVEN", "NAME_FULL"] {
        assert_eq!(barred(type_code, "SPECIAL_REASON").fields(), [field("/fields/barred", "not_allowed")], "{type_code}");
    }
    barred("NAME_CORRECTION", "CLERICAL_ERROR").expect(200);
    barred("NAME_INDIGENOUS", "TRADITIONAL_NAME").expect(200);
}
