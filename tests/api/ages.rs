//! How old people must be: also once a correction changes what that hangs on.

use serde_json::{Value, json};

use crate::capacity::born;
use crate::cases::{correct, own, registered, revoke, take};
use crate::kinship::asks;
use crate::known::{GROWN, complete, field, married};
use crate::reinstatements::reinstate;
use crate::relations::{adoption, as_party, guardianship, parental};
use crate::support::{Answer, TestApp, female, person};

fn young(pointer: &str) -> (String, String) {
    field(pointer, "too_young")
}

/// Lets a party who is the applicant be somebody else.
fn exchanged(app: &TestApp, case: &Value, index: usize, who: &Value) -> Answer {
    let places = [format!("/parties/{index}"), "/applicant".to_owned()];
    let changes = places.iter().flat_map(|place| {
        ["national_id", "name"].map(|member| json!({"pointer": format!("{place}/{member}"), "value": who[member]}))
    });
    correct(app, case, json!(changes.collect::<Vec<_>>()))
}

#[test]
fn a_marriage_is_moved_to_no_day_and_given_to_nobody_too_young_for_it() {
    let app = TestApp::new();
    let case = registered(&app, &married(&app, 601, 602, GROWN));
    let moved = correct(&app, &case, json!([{"pointer": "/event_on", "value": "1990-01-01"}]));
    assert_eq!((moved.status, moved.fields()), (422, vec![young("/parties/0/birth_on"), young("/parties/1/birth_on")]));
    assert!(moved.text.contains("民法 §980"), "{}", moved.text);
    born(&app, 603, "2010-05-04");
    assert_eq!(exchanged(&app, &case, 0, &person(603)).fields(), [young("/parties/0/birth_on")]);
    exchanged(&app, &case, 0, &person(604)).expect(200);
    // Whose true day of birth shows that they were too young is married until a court annuls it.
    let births = json!([{"pointer": "/parties/1/birth_on", "value": "2012-01-01"}]);
    correct(&app, &case, births).expect(200);
    correct(&app, &case, json!([{"pointer": "/fields/witnesses/0/name", "value": "林證人"}])).expect(200);
}

#[test]
fn a_correction_makes_no_adopter_too_young() {
    let app = TestApp::new();
    let case = registered(&app, &adoption(&app, "ADOPTION", 611, &person(612), "2026-10-01"));
    let moved = correct(&app, &case, json!([{"pointer": "/parties/1/birth_on", "value": "1970-01-01"}]));
    assert_eq!((moved.status, moved.fields()), (422, vec![young("/parties/0/birth_on")]));
    assert!(moved.text.contains("民法 §1073"), "{}", moved.text);
    born(&app, 613, "1999-05-04");
    assert_eq!(exchanged(&app, &case, 0, &person(613)).fields(), [young("/parties/0/birth_on")]);
    let ruling = |number: u32| {
        let value = format!("彰化地方法院 115 年度司養聲字第 {number} 號");
        correct(&app, &case, json!([{"pointer": "/fields/court_ruling", "value": value}])).expect(200);
    };
    ruling(4);
    // Whatever the true days of birth turn out to be, which ruling it was is put right.
    let mut birthday = complete(&app, own("BIRTHDATE_CORRECTION", 612, json!({"kind": "COMMON", "matter": "出生日期更正"}), &[]));
    birthday["parties"][0]["birth_on"] = json!("2000-05-04");
    registered(&app, &birthday);
    ruling(5);
}

#[test]
fn a_correction_makes_nobody_a_guardian_who_is_under_age() {
    let app = TestApp::new();
    let case = registered(&app, &guardianship(&app, 621, (Some(622), "DECLARED"), "2026-11-01"));
    let own = correct(&app, &case, json!([{"pointer": "/parties/1/birth_on", "value": "2015-01-01"}]));
    assert_eq!((own.status, own.fields()), (422, vec![young("/changes/0/value")]));
    assert!(own.text.contains("民法 §1096"), "{}", own.text);
    born(&app, 623, "2010-05-04");
    let refused = exchanged(&app, &case, 1, &person(623));
    assert_eq!(refused.fields(), [young("/parties/1/birth_on"), field("/changes/0/value", "no_capacity")]);
    exchanged(&app, &case, 1, &person(624)).expect(200);
}

#[test]
fn of_spouses_who_adopt_together_one_is_20_years_older_and_the_other_16() {
    let app = TestApp::new();
    // The child is born on 2015-05-04.
    let by = |births: &[&str]| {
        let mut body = adoption(&app, "ADOPTION", 631, &person(632), "2026-11-02");
        body["parties"].as_array_mut().unwrap().push(as_party(female(633), "ADOPTER"));
        body["parties"].as_array_mut().unwrap().truncate(births.len() + 1);
        for (place, born) in [0, 2].into_iter().zip(births) {
            body["parties"][place]["birth_on"] = json!(born);
        }
        body
    };
    let check = |body: &Value| app.post("/v1/cases:check").user("clerk1").json(body).send();
    for births in [["1990-05-04", "1999-05-04"], ["1999-05-04", "1990-05-04"]] {
        check(&by(&births)).expect(200);
    }
    let first = [young("/parties/0/birth_on")];
    assert_eq!(check(&by(&["1998-05-04"])).fields(), first, "alone");
    assert_eq!(check(&by(&["1999-05-05", "1990-05-04"])).fields(), first, "under 16 years");
    let neither = check(&by(&["1995-05-05", "1998-05-04"]));
    assert_eq!(neither.fields(), [first[0].clone(), young("/parties/2/birth_on")]);
    assert!(neither.text.contains("夫妻共同收養"), "{}", neither.text);
    let mut stepchild = by(&["1990-05-04", "1998-05-04"]);
    stepchild["fields"]["adopts_spouses_child"] = json!(true);
    assert_eq!(check(&stepchild).fields(), [field("/fields/adopts_spouses_child", "not_allowed")]);
}

#[test]
fn a_spouses_child_is_the_spouses_as_the_register_has_it() {
    let app = TestApp::new();
    registered(&app, &married(&app, 641, 642, ("1998-05-04", "1999-05-04")));
    let of = |child: u32, adopter: u32| {
        let mut body = adoption(&app, "ADOPTION", child, &person(adopter), "2026-11-23");
        body["parties"][0]["birth_on"] = json!("1998-05-04");
        body["fields"]["adopts_spouses_child"] = json!(true);
        take(&app, "clerk1", &body)
    };
    for (child, mother) in [(643, 642), (644, 645)] {
        registered(&app, &parental(&app, "PARENTAGE", (person(child), as_party(female(mother), "MOTHER")), "ACKNOWLEDGER"));
    }
    assert!(!asks(of(643, 641).expect(201), "RELATION_PROOF"));
    let another = of(644, 641);
    assert_eq!(another.fields(), [field("/fields/adopts_spouses_child", "not_allowed")]);
    assert!(another.text.contains("民法 §1073"), "{}", another.text);
    // What the register does not know a paper tells.
    assert!(asks(of(646, 641).expect(201), "RELATION_PROOF"));
    assert!(asks(of(643, 647).expect(201), "RELATION_PROOF"));
}

#[test]
fn an_adoption_that_a_true_day_of_birth_makes_void_is_not_reinstated() {
    let app = TestApp::new();
    let adopted = registered(&app, &adoption(&app, "ADOPTION", 651, &person(652), "2026-10-01"));
    revoke(&app, &adopted);
    let mut birthday = complete(&app, own("BIRTHDATE_CORRECTION", 652, json!({"kind": "COMMON", "matter": "出生日期更正"}), &[]));
    birthday["parties"][0]["birth_on"] = json!("2000-05-04");
    let birthday = registered(&app, &birthday);
    let refused = reinstate(&app, &adopted);
    assert_eq!((refused.status, refused.fields()), (422, vec![young("/parties/0/birth_on")]));
    assert!(refused.text.contains("民法 §1073"), "{}", refused.text);
    revoke(&app, &birthday);
    reinstate(&app, &adopted).expect(200);
}

#[test]
fn whoever_was_adopted_by_a_spouse_is_no_child_of_theirs_once_that_has_ended() {
    let app = TestApp::new();
    let mut wedding = married(&app, 661, 662, GROWN);
    wedding["event_on"] = json!("2005-05-05");
    registered(&app, &wedding);
    let mut of_hers = adoption(&app, "ADOPTION", 663, &person(661), "2026-11-20");
    (of_hers["parties"][0]["birth_on"], of_hers["fields"]["adopts_spouses_child"]) = (json!(GROWN.0), json!(true));
    let circumstances = || {
        let told = app.post("/v1/cases:check").user("clerk1").json(&of_hers).send().expect(200)["circumstances"].clone();
        told.as_array().unwrap().contains(&json!("RELATION_UNKNOWN"))
    };
    let mut by_her = adoption(&app, "ADOPTION", 663, &female(662), "2026-11-02");
    by_her["parties"][0]["birth_on"] = json!(GROWN.1);
    registered(&app, &by_her);
    assert!(!circumstances(), "her child");
    let mut end = adoption(&app, "ADOPTION_END", 663, &female(662), "2026-11-10");
    end["parties"][0]["birth_on"] = json!(GROWN.1);
    registered(&app, &end);
    assert!(circumstances(), "a paper tells whose child it is");
}
