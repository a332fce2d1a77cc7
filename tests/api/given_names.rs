//! Which part of a name changes by which type and for which reasons, how often, and whom a bar keeps from it (姓名條例 §8–§10, §15).

use serde_json::{Value, json};

use crate::cases::{correct, own, registered, take};
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
        [("測試甲", "測試一", "SPECIAL_REASON"), ("測試一", "測試二", "TRANSLITERATION"), ("測試二", "測試三", "SPECIAL_REASON")]
    {
        registered(&app, &renamed(&app, "NAME_GIVEN", (old, new), reason));
    }
    let fourth = |type_code: &str, reason: &str| check(&app, &renamed(&app, type_code, ("測試三", "測試四"), reason));
    let refused = [field("/fields/earlier_changes", "range")];
    for (type_code, reason) in [("NAME_GIVEN", "SPECIAL_REASON"), ("NAME_GIVEN", "TRANSLITERATION"), ("NAME_FULL", "OTHER")] {
        assert_eq!(fourth(type_code, reason).fields(), refused, "{type_code} {reason}");
    }
    for (type_code, reason) in [("NAME_GIVEN", "OTHER"), ("NAME_GIVEN", "CLERICAL_ERROR"), ("NAME_FULL", "SPECIAL_REASON")] {
        let told = fourth(type_code, reason).fields();
        assert_eq!(told, [refused[0].clone(), field("/fields/reason", "not_allowed")], "{type_code} {reason}");
    }
    // What the law lets without counting, and what is no change of a given name.
    for reason in ["SAME_NAME_NEARBY", "SAME_NAME_AS_ELDER", "SAME_NAME_AS_WANTED", "ADOPTION_OR_PARENTAGE", "TRADITIONAL_NAME"] {
        fourth("NAME_GIVEN", reason).expect(200);
    }
    for reason in ["TRANSLITERATION", "RELIGIOUS_LIFE", "OFFICIAL_DUTY"] {
        fourth("NAME_FULL", reason).expect(200);
        assert_eq!(fourth("NAME_GIVEN", reason).fields()[0], refused[0], "{reason}");
    }
    check(&app, &renamed(&app, "NAME_SURNAME", ("測試三", "李試三"), "OTHER")).expect(200);
    fourth("NAME_CORRECTION", "CLERICAL_ERROR").expect(200);
}

#[test]
fn each_type_changes_its_part_of_a_name() {
    let app = TestApp::new();
    let told = |type_code: &str, names: (&str, &str), reason: &str, surnames: [Option<&str>; 2]| {
        let mut body = renamed(&app, type_code, names, reason);
        for (member, said) in ["old_surname", "new_surname"].into_iter().zip(surnames) {
            if let Some(said) = said {
                body["fields"][member] = json!(said);
            }
        }
        let answer = check(&app, &body);
        if answer.status == 200 { Vec::new() } else { answer.fields() }
    };
    let other_part = [field("/fields/new_name", "not_allowed")];
    let given = |names: (&str, &str), surname: Option<&str>| told("NAME_GIVEN", names, "SPECIAL_REASON", [surname, None]);
    for names in [("王小明", "王大明"), ("王小明", "王明"), ("歐陽明", "歐陽大明"), ("歐明", "歐陽明")] {
        assert_eq!(given(names, None), [], "{names:?}");
    }
    for names in [("王小明", "李大明"), ("王小明", "王"), ("歐陽明", "歐大明"), ("王小明", "夏曼·藍波安")]
    {
        assert_eq!(given(names, None), other_part, "{names:?}");
    }
    // Whose surname is another than it seems says so.
    assert_eq!(given(("歐陽明", "歐大明"), Some("歐")), []);
    assert_eq!(given(("張王小美", "張李小美"), Some("張王")), other_part);
    assert_eq!(given(("王小明", "王大明"), Some("李")), [field("/fields/old_surname", "not_allowed")]);
    // Names that have no such parts.
    assert_eq!(told("NAME_GIVEN", ("夏曼·藍波安", "夏本·藍波安"), "TRADITIONAL_NAME", [None; 2]), []);
    assert_eq!(told("NAME_GIVEN", ("Yawi Nokan", "Watan Nokan"), "TRADITIONAL_NAME", [None; 2]), []);

    let surname = |names: (&str, &str), new: Option<&str>| told("NAME_SURNAME", names, "ADOPTION_OR_PARENTAGE", [None, new]);
    for names in [("王小明", "李小明"), ("王小明", "歐陽小明"), ("歐陽小明", "王小明"), ("王陽明", "歐陽明")]
    {
        assert_eq!(surname(names, None), [], "{names:?}");
    }
    for names in [("王小明", "李大明"), ("王小明", "李大小明"), ("王小明", "渡邊小明")] {
        assert_eq!(surname(names, None), other_part, "{names:?}");
    }
    assert_eq!(surname(("王小明", "渡邊小明"), Some("渡邊")), []);

    let spouse = |names: (&str, &str)| told("NAME_SPOUSE", names, "MARRIAGE_OR_DIVORCE", [None; 2]);
    assert_eq!((spouse(("王小美", "張王小美")), spouse(("張王小美", "王小美"))), (vec![], vec![]));
    assert_eq!(spouse(("王小美", "張小美")), other_part);
}

#[test]
fn each_type_has_its_reasons() {
    let app = TestApp::new();
    let told = |type_code: &str, new: &str, reason: &str| {
        let answer = check(&app, &renamed(&app, type_code, ("王小明", new), reason));
        if answer.status == 200 { Vec::new() } else { answer.fields() }
    };
    let refused = [field("/fields/reason", "not_allowed")];
    for (type_code, new, lawful, others) in [
        ("NAME_SURNAME", "李小明", "ADOPTION_OR_PARENTAGE", ["SPECIAL_REASON", "MARRIAGE_OR_DIVORCE"]),
        ("NAME_SPOUSE", "張王小明", "MARRIAGE_OR_DIVORCE", ["SPECIAL_REASON", "OTHER"]),
        ("NAME_GIVEN", "王大明", "SAME_NAME_AS_ELDER", ["OTHER", "RELIGIOUS_LIFE"]),
        ("NAME_FULL", "釋一明", "RELIGIOUS_LIFE", ["SPECIAL_REASON", "SAME_NAME_NEARBY"]),
        ("NAME_INDIGENOUS", "夏曼·藍波安", "TRADITIONAL_NAME", ["OTHER", "CLERICAL_ERROR"]),
        ("NAME_CORRECTION", "汪小明", "CLERICAL_ERROR", ["SPECIAL_REASON", "OTHER"]),
    ] {
        assert_eq!(told(type_code, new, lawful), [], "{type_code}");
        for reason in others {
            assert_eq!(told(type_code, new, reason), refused, "{type_code} {reason}");
        }
    }
    let answer = check(&app, &renamed(&app, "NAME_SURNAME", ("王小明", "李小明"), "SPECIAL_REASON"));
    assert!(answer.text.contains("姓名條例 §8"), "{}", answer.text);
}

#[test]
fn a_correction_changes_no_other_part_of_a_name_than_its_type() {
    let app = TestApp::new();
    let case = registered(&app, &renamed(&app, "NAME_GIVEN", ("測試甲", "測試一"), "SPECIAL_REASON"));
    let change = |pointer: &str, value: &str| correct(&app, &case, json!([{"pointer": pointer, "value": value}]));
    assert_eq!(change("/fields/new_name", "李試一").fields(), [field("/changes/0/value", "not_allowed")]);
    assert_eq!(change("/fields/reason", "OTHER").fields(), [field("/changes/0/value", "not_allowed")]);
    let two = json!([{"pointer": "/fields/earlier_changes", "value": 1}, {"pointer": "/fields/barred", "value": "x"}]);
    assert_eq!(correct(&app, &case, two).fields(), [field("/changes/1/value", "invalid_type")]);
    change("/fields/new_name", "測試壹").expect(200);
    change("/fields/reason", "SAME_NAME_NEARBY").expect(200);
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
    registered(&app, &young(("測試甲", "測試一"), "SPECIAL_REASON"));
    let second = take(&app, "clerk1", &young(("測試一", "測試二"), "TRANSLITERATION")).fields();
    assert!(second.contains(&field("/fields/earlier_changes", "too_young")), "{second:?}");
}

#[test]
fn a_bar_keeps_from_another_name_and_from_no_correction() {
    let app = TestApp::new();
    let barred = |type_code: &str, new: &str, reason: &str| {
        let mut body = renamed(&app, type_code, ("測試甲", new), reason);
        body["fields"]["barred"] = json!(true);
        check(&app, &body)
    };
    for (type_code, new, reason) in
        [("NAME_SURNAME", "李試甲", "OTHER"), ("NAME_GIVEN", "測試一", "SPECIAL_REASON"), ("NAME_FULL", "釋一", "RELIGIOUS_LIFE")]
    {
        assert_eq!(barred(type_code, new, reason).fields(), [field("/fields/barred", "not_allowed")], "{type_code}");
    }
    barred("NAME_CORRECTION", "測試一", "CLERICAL_ERROR").expect(200);
    barred("NAME_INDIGENOUS", "測試一", "TRADITIONAL_NAME").expect(200);
}
