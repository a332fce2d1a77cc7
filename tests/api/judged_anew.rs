//! A correction is judged as its entry was at the intake, at the day of that: what was right then and is not touched stays right.

use chrono::Duration;
use serde_json::{Value, json};

use crate::capacity::with;
use crate::cases::{act, at, birth, correct, own, registered, review, revoke, take};
use crate::known::{GROWN, complete, death, field, married, matter};
use crate::moves::{HEMEI, HEMEI_WEST, TAICHUNG, XIANXI, moving};
use crate::relations::{as_applicant, as_party};
use crate::status::{facts, person_id};
use crate::support::{Answer, TestApp, called, female, person};
use crate::taken_out::replaced;

fn one(pointer: &str, value: impl Into<Value>) -> Value {
    json!([{"pointer": pointer, "value": value.into()}])
}

/// What the register forbids of a correction.
fn forbidden(refused: &Answer) -> Vec<(String, String)> {
    refused.refused(409, "conflict");
    refused.fields()
}

#[test]
fn a_move_is_corrected_to_no_other_kind_of_move_and_to_no_other_applicants_matter() {
    let app = TestApp::new();
    let case = registered(&app, &moving(&app, "MOVE_IN", 70, (TAICHUNG, HEMEI), "2026-11-04"));
    let refused = correct(&app, &case, one("/fields/from_address", HEMEI_WEST));
    assert_eq!(refused.fields(), [field("/fields/to_address", "not_allowed")], "{}", refused.text);
    correct(&app, &case, one("/fields/from_address", "臺中市北區三民路一段3號")).expect(200);
    let left = registered(&app, &moving(&app, "MOVE_OUT", 71, (HEMEI, TAICHUNG), "2026-11-04"));
    let refused = correct(&app, &left, one("/fields/extent", "WHOLE_HOUSEHOLD"));
    assert_eq!(refused.fields(), [field("/applicant/relation", "not_allowed")], "{}", refused.text);
    assert!(refused.text.contains("戶籍法 §41"), "{}", refused.text);
    let by_head = json!([
        {"pointer": "/fields/extent", "value": "WHOLE_HOUSEHOLD"}, {"pointer": "/applicant/relation", "value": "HOUSEHOLD_HEAD"}
    ]);
    correct(&app, &left, by_head).expect(200);
}

/// Two who married abroad long ago.
fn wed(app: &TestApp, man: u32, woman: u32) {
    let mut wedding = married(app, man, woman, GROWN);
    (wedding["fields"]["abroad"], wedding["event_on"]) = (json!(true), json!("2020-05-05"));
    let told = app.post("/v1/cases:check").user("clerk1").json(&wedding).send().expect(200)["missing_papers"].clone();
    let missing = told.as_array().unwrap().iter().map(|paper| paper["document"].clone());
    wedding["papers"].as_array_mut().unwrap().extend(missing);
    registered(app, &wedding);
}

#[test]
fn nobody_becomes_the_spouse_who_applied_for_a_death_by_a_correction() {
    let app = TestApp::new();
    wed(&app, 31, 32);
    wed(&app, 33, 34);
    let mut body = death(&app, 31);
    body["applicant"] = as_applicant(female(32), "SPOUSE");
    let case = registered(&app, &complete(&app, body));
    take(&app, "clerk1", &matter(35)).expect(201);
    let mismatch = [field("/applicant/relation", "party_mismatch")];
    assert_eq!(forbidden(&correct(&app, &case, replaced(&["/applicant"], &person(35)))), mismatch);
    assert_eq!(forbidden(&correct(&app, &case, replaced(&["/parties/0"], &person(33)))), mismatch, "his wife is another");
    // What is not touched stays right.
    correct(&app, &case, one("/fields/place", "秀傳紀念醫院")).expect(200);
    let both = [replaced(&["/parties/0"], &person(33)), replaced(&["/applicant"], &female(34))];
    let both: Vec<Value> = both.iter().flat_map(|changes| changes.as_array().unwrap().clone()).collect();
    correct(&app, &case, json!(both)).expect(200);
}

#[test]
fn whoever_has_an_interest_applies_by_a_correction_where_nobody_else_lived_on_the_day_of_the_intake() {
    let app = TestApp::new();
    let case = registered(&app, &birth(50));
    let to_interest = || correct(&app, &case, one("/applicant/relation", "INTERESTED_PERSON"));
    let refused = to_interest();
    assert_eq!(forbidden(&refused), [field("/changes/0/value", "not_allowed")], "{}", refused.text);
    assert!(refused.text.contains("戶籍法 §45"), "{}", refused.text);
    // That they have died since makes nothing of it right.
    app.advance(Duration::days(2));
    for (number, who) in [(1, female(50)), (2, person(50))] {
        let mut body = death(&app, 50);
        body["parties"] = json!([as_party(who, "DECEASED")]);
        (body["event_on"], body["fields"]["died_on"]) = (json!("2026-11-24"), json!("2026-11-24"));
        body["fields"]["certificate_number"] = json!(format!("死字第 115000{number} 號"));
        registered(&app, &body);
    }
    assert_eq!(forbidden(&to_interest()), [field("/changes/0/value", "not_allowed")]);
}

fn renamed(app: &TestApp, number: u32) -> Value {
    let fields = json!({
        "kind": "NAME", "old_name": called(number), "new_name": "測新名", "reason": "SPECIAL_REASON", "earlier_changes": 0, "barred": false
    });
    let mut body = complete(app, own("NAME_GIVEN", number, fields, &[]));
    body["confirm_not_duplicate"] = json!(true);
    body
}

#[test]
fn the_name_of_before_is_the_one_that_the_office_has_seen_elsewhere() {
    let app = TestApp::new();
    take(&app, "clerk1", &matter(41)).expect(201);
    app.advance(Duration::seconds(1));
    let case = registered(&app, &renamed(&app, 41));
    let refused = correct(&app, &case, one("/fields/old_name", "測錯名"));
    refused.refused(409, "conflict");
    revoke(&app, &case);
    let all = facts(&app, &person_id(&app, &person(41)));
    let today: Vec<&Value> =
        all.iter().filter(|fact| fact["kind"] == "NAME" && fact["is_todays"] == true).map(|fact| &fact["value"]).collect();
    assert_eq!(today, [&json!(called(41))]);
}

#[test]
fn of_two_moves_of_one_day_the_second_is_looked_at_again_before_it_is_registered() {
    let app = TestApp::new();
    let submitted = |to: &str| {
        let case = take(&app, "clerk1", &moving(&app, "MOVE_IN", 73, (TAICHUNG, to), "2026-11-20")).expect(201).clone();
        act(&app, "clerk1", &case, ":submit-for-review", &json!({})).expect(200);
        case
    };
    let (first, second) = (submitted(HEMEI), submitted(XIANXI));
    app.advance(Duration::seconds(1));
    review(&app, "reviewer1", &first, "PASS").expect(201);
    let refused = review(&app, "reviewer1", &second, "PASS");
    assert_eq!(forbidden(&refused), [field("/fields/from_address", "not_registered_there")]);
    // Whoever submits it again is shown it.
    review(&app, "reviewer1", &second, "RETURN").expect(201);
    let shown = app.get(&at(&second, "")).user("clerk1").send().expect(200)["register_hints"].clone();
    assert_eq!(shown, json!([{"pointer": "/fields/from_address", "kind": "REGISTERED_ELSEWHERE"}]));
    app.advance(Duration::seconds(1));
    act(&app, "clerk1", &second, ":submit-for-review", &json!({})).expect(200);
    review(&app, "reviewer1", &second, "PASS").expect(201);
}

#[test]
fn whoever_decides_is_shown_what_a_party_who_is_added_brings_with_them() {
    let app = TestApp::new();
    let mut dead = death(&app, 50);
    (dead["event_on"], dead["fields"]["died_on"]) = (json!("2025-01-02"), json!("2025-01-02"));
    registered(&app, &dead);
    let mut body = birth(50);
    body["parties"].as_array_mut().unwrap().pop();
    (body["fields"]["surname_from"], body["fields"]["national_id"]) = (json!("MOTHER"), female(60)["national_id"].clone());
    let case = registered(&app, &body);
    let father = with(as_party(person(50), "FATHER"), "birth_on", "1993-02-11");
    let changes = one("/parties/-", father);
    let proposal = |paper: &str| {
        let proposal = json!({"changes": changes, "papers": [paper], "reason": "原登記脫漏", "office_error": false});
        act(&app, "clerk1", &case, ":correct", &proposal)
    };
    // Of a father who has died a court decides (民法 §1067 II).
    let refused = proposal("ACK_PROOF").refused(409, "documents_missing")["missing_papers"].clone();
    assert_eq!(refused[0]["document"], "COURT_RULING");
    proposal("COURT_RULING").expect(200);
    let shown = app.get(&at(&case, "")).user("chief1").send().expect(200)["register_hints"].clone();
    let told = json!({"pointer": "/parties/1", "kind": "FATHER_DIED_BEFORE"});
    assert!(shown.as_array().unwrap().contains(&told), "{shown}");
}
